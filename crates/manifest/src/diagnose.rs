//! What is wrong with a manifest, and where: for an editor, before anything is applied.

use api::schema::{self, Struct, Type};
use api::{Status, path, resource_of_kind, resources};
use serde_json::Value;

use crate::document::{Document, ParseError, Span, parse, segments};

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Severity {
    /// `kubectl apply` refuses it.
    Error,
    /// `kubectl apply` takes it, but it is probably not meant.
    Warning,
}

/// Something wrong with a manifest. `code` and `params` are for whoever renders it in a person's language; `message` is
/// what kubectl or the server says, and is never translated.
#[derive(Clone, PartialEq, Debug)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// `yaml-syntax`, `duplicate-key`, `unknown-field`, `wrong-type`, `kind-missing`, `version-missing`, `no-such-kind`,
    /// `name-missing`, `not-an-object`, `refused`.
    pub code: &'static str,
    /// What the code is about, by name: `field`, `key`, `problem` …
    pub params: Vec<(&'static str, String)>,
    /// kubectl's words.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What to do about it.
    pub help: Option<Help>,
}

/// What to do about a [`Diagnostic`].
#[derive(Clone, PartialEq, Debug)]
pub struct Help {
    /// `stray-command`, `tab-indent`, `check-indent`, `close-quote`, `quote-value`, `did-you-mean`, `indent-less`,
    /// `indent-more`, `use-version`.
    pub code: &'static str,
    /// What the code is about, by name.
    pub params: Vec<(&'static str, String)>,
    /// The same in English.
    pub text: String,
    /// What the marked text should be, where that is certain enough for a click.
    pub fix: Option<String>,
}

fn help(code: &'static str, params: Vec<(&'static str, String)>, text: impl Into<String>) -> Option<Help> {
    Some(Help { code, params, text: text.into(), fix: None })
}

/// Everything wrong with a file, in the order of its lines. What only a server can know is not here: see [`place_status`].
pub fn diagnose(text: &str) -> Vec<Diagnostic> {
    let parsed = parse(text);
    let mut found = Vec::new();
    for document in &parsed.documents {
        duplicates(document, &mut found);
        object(document, &mut found);
    }
    if let Some(error) = &parsed.error {
        found.push(syntax(text, error));
    }
    let place = |diagnostic: &Diagnostic| (diagnostic.span.line, diagnostic.span.column);
    sim::order::sort_by(&mut found, |a, b| place(a).cmp(&place(b)));
    found
}

/// The places of a server's complaints about a document; a complaint without a field is about the whole object.
pub fn place_status(document: &Document, status: &Status) -> Vec<Diagnostic> {
    let refused = |field: &str, message: String| Diagnostic {
        severity: Severity::Error,
        code: "refused",
        params: vec![("field", field.to_owned()), ("message", message.clone())],
        message,
        span: document.locate_value(field).unwrap_or_default(),
        help: None,
    };
    let causes: Vec<Diagnostic> = status
        .causes
        .iter()
        .filter(|cause| !cause.field.is_empty() && cause.field != "<nil>")
        .map(|cause| refused(&cause.field, format!("{}: {}", cause.field, cause.message)))
        .collect();
    if !causes.is_empty() {
        return causes;
    }
    // A decoding error names its field in the sentence: `unknown field "spec.ports[0].targetport"`.
    let quoted = status.message.split('"').nth(1).filter(|_| status.message.contains("unknown field"));
    let field = status.message.split("unknown field \"").nth(1).and_then(|rest| rest.split('"').next()).or(quoted);
    vec![refused(field.unwrap_or("kind"), status.message.clone())]
}

/// Programs whose names begin lines that people paste along with a manifest.
const COMMANDS: &[&str] = &[
    "kubectl", "vi", "vim", "nano", "cat", "cd", "ls", "curl", "minikube", "touch", "echo", "ping", "sudo", "docker",
    "k",
];

fn syntax(text: &str, error: &ParseError) -> Diagnostic {
    let line = text.lines().nth(error.span.line.saturating_sub(1)).unwrap_or_default();
    let first = line.split_whitespace().next().unwrap_or_default();
    let rest = line.trim().len() > first.len();
    let problem = error.problem.as_str();
    let help = if COMMANDS.contains(&first) && rest {
        let params = vec![("line", line.trim().to_owned())];
        help(
            "stray-command",
            params,
            format!("\"{}\" is a command, not part of the manifest; take the line out", line.trim()),
        )
    } else if problem.starts_with("found a tab character")
        || problem.starts_with("found character that cannot start") && line.trim_start_matches(' ').starts_with('\t')
    {
        help("tab-indent", Vec::new(), "YAML is indented with spaces; there is a tab here")
    } else if problem.starts_with("found unexpected end of stream") {
        help("close-quote", Vec::new(), "a quote is opened here and never closed")
    } else if problem.starts_with("mapping values are not allowed") {
        help("quote-value", Vec::new(), "this line is indented too far, or a value with \": \" in it needs quotes")
    } else if ["did not find expected key", "did not find expected '-' indicator", "could not find expected ':'"]
        .contains(&problem)
    {
        help(
            "check-indent",
            Vec::new(),
            "compare the indentation of this line with the lines around it; a key is followed by a colon",
        )
    } else {
        None
    };
    Diagnostic {
        severity: Severity::Error,
        code: "yaml-syntax",
        params: vec![("problem", error.problem.clone())],
        message: error.message.clone(),
        span: error.span,
        help,
    }
}

fn duplicates(document: &Document, found: &mut Vec<Diagnostic>) {
    for duplicate in &document.duplicates {
        let first = document.first_line + duplicate.first.line + 1;
        found.push(Diagnostic {
            severity: Severity::Warning,
            code: "duplicate-key",
            params: vec![("key", duplicate.key.clone()), ("line", first.to_string())],
            message: format!(
                "key {:?} is set twice; the last one counts (the first is on line {first})",
                duplicate.key
            ),
            span: document.span(duplicate.start, duplicate.end),
            help: None,
        });
    }
}

fn error(code: &'static str, params: Vec<(&'static str, String)>, message: String, span: Span) -> Diagnostic {
    Diagnostic { severity: Severity::Error, code, params, message, span, help: None }
}

fn object(document: &Document, found: &mut Vec<Diagnostic>) {
    let value = &document.value;
    let start = Span { line: document.first_content_line(), column: 1, end_column: 2 };
    if !value.is_object() {
        let message = "error validating data: invalid object to validate".to_owned();
        let mut diagnostic = error("not-an-object", Vec::new(), message, document.locate("").unwrap_or(start));
        if let Some(line) = value.as_str() {
            let first = line.split_whitespace().next().unwrap_or_default();
            if COMMANDS.contains(&first) {
                let text = format!("\"{first} …\" is a command, not a manifest");
                diagnostic.help = help("stray-command", vec![("line", line.to_owned())], text);
            }
        }
        found.push(diagnostic);
        return;
    }
    let (version, kind) = (path::str(value, "apiVersion"), path::str(value, "kind"));
    if version.is_empty() {
        let mut diagnostic =
            error("version-missing", Vec::new(), "error validating data: apiVersion not set".to_owned(), start);
        diagnostic.help = use_version(kind);
        found.push(diagnostic);
    }
    if kind.is_empty() {
        found.push(error("kind-missing", Vec::new(), "error validating data: kind not set".to_owned(), start));
    }
    if version.is_empty() || kind.is_empty() {
        return;
    }
    // The items of a List are objects of their own, whose places the list has.
    if kind.ends_with("List") && value["items"].is_array() {
        return;
    }
    let Some(resource) = resource_of_kind(version, kind) else {
        let message = format!("no matches for kind {kind:?} in version {version:?}");
        let field = if resources().iter().any(|resource| resource.kind == kind) { "apiVersion" } else { "kind" };
        let params = vec![("kind", kind.to_owned()), ("version", version.to_owned())];
        let mut diagnostic = error("no-such-kind", params, message, document.locate_value(field).unwrap_or(start));
        diagnostic.help = use_version(kind).or_else(|| near(kind, resources().iter().map(|resource| resource.kind)));
        found.push(diagnostic);
        return;
    };
    if path::str(value, "metadata.name").is_empty() && path::str(value, "metadata.generateName").is_empty() {
        let message = "resource name may not be empty".to_owned();
        found.push(error("name-missing", Vec::new(), message, document.locate("metadata").unwrap_or(start)));
    }
    if let Some(kind) = schema::struct_of(resource) {
        fields(document, kind, found);
    }
}

/// Which apiVersion a kind has, when it is one of the built-in ones.
fn use_version(kind: &str) -> Option<Help> {
    let resource = resources().iter().find(|resource| resource.kind == kind)?;
    let version = resource.api_version();
    let text = format!("a {kind} is made with apiVersion: {version}");
    let params = vec![("kind", kind.to_owned()), ("version", version.clone())];
    help("use-version", params, text).map(|help| Help { fix: Some(version), ..help })
}

/// Unknown fields and values of a wrong type.
fn fields(document: &Document, kind: &'static Struct, found: &mut Vec<Diagnostic>) {
    let mut value = document.value.clone();
    let decoded = schema::decode(kind, &mut value);
    for field in &decoded.unknown {
        found.push(Diagnostic {
            severity: Severity::Error,
            code: "unknown-field",
            params: vec![("field", field.clone())],
            message: format!("strict decoding error: unknown field {field:?}"),
            span: document.locate(field).unwrap_or_default(),
            help: suggest(kind, field),
        });
    }
    // The decoder stops at the first wrong type: take that value out and look again.
    let mut next = decoded.error;
    for _ in 0..20 {
        let Some(wrong) = next else { break };
        found.push(Diagnostic {
            severity: Severity::Error,
            code: "wrong-type",
            params: vec![("field", wrong.path.clone()), ("expected", expected(kind, &wrong.path))],
            message: wrong.message.clone(),
            span: document.locate_value(&wrong.path).unwrap_or_default(),
            help: None,
        });
        if !remove(&mut value, &segments(&wrong.path)) {
            break;
        }
        next = schema::decode(kind, &mut value).error.filter(|error| error.path != wrong.path);
    }
}

fn remove(value: &mut Value, path: &[String]) -> bool {
    let Some((first, rest)) = path.split_first() else { return false };
    match value {
        Value::Object(map) if rest.is_empty() => map.remove(first).is_some(),
        Value::Object(map) => map.get_mut(first).is_some_and(|inner| remove(inner, rest)),
        Value::Array(items) => {
            let Some(item) = first.parse::<usize>().ok().and_then(|index| items.get_mut(index)) else { return false };
            if rest.is_empty() {
                *item = Value::Null;
                return true;
            }
            remove(item, rest)
        }
        _ => false,
    }
}

/// The fields on a path, without indices.
fn names(path: &str) -> Vec<String> {
    segments(path).into_iter().filter(|part| part.parse::<usize>().is_err()).collect()
}

/// The struct a path leads to.
fn struct_at(root: &'static Struct, names: &[String]) -> Option<&'static Struct> {
    names.iter().try_fold(root, |here, name| here.field(name)?.kind.element())
}

fn expected(root: &'static Struct, path: &str) -> String {
    let names = names(path);
    let Some((last, parents)) = names.split_last() else { return String::new() };
    let kind = struct_at(root, parents).and_then(|here| here.field(last)).map(|field| &field.kind);
    match kind {
        Some(Type::Int32 | Type::Int64) => "a whole number",
        Some(Type::Bool) => "true or false",
        Some(Type::String) => "text",
        Some(Type::Float) => "a number",
        Some(Type::Quantity) => "a quantity, such as 10Mi",
        Some(Type::List(_)) => "a list",
        Some(Type::Map(_) | Type::Struct(_)) => "an object",
        Some(Type::IntOrString) => "a number or text",
        _ => "another type",
    }
    .to_owned()
}

/// What an unknown field was perhaps meant to be.
fn suggest(root: &'static Struct, field: &str) -> Option<Help> {
    let names = names(field);
    let (last, parents) = names.split_last()?;
    let here = struct_at(root, parents)?;
    if let Some(help) = near(last, here.fields.iter().map(|field| field.name)) {
        return Some(help);
    }
    // The right name at the wrong depth: indented too far, or not far enough.
    for depth in (0..parents.len()).rev() {
        if struct_at(root, &parents[..depth]).is_some_and(|above| above.field(last).is_some()) {
            let place = if depth == 0 { "the top level".to_owned() } else { parents[..depth].join(".") };
            let params = vec![("field", last.clone()), ("place", place.clone())];
            return help("indent-less", params, format!("{last} belongs to {place}: indent it less"));
        }
    }
    let below = here.fields.iter().find(|field| {
        field.kind.element().is_some_and(|inner| inner.name != here.name && inner.field(last).is_some())
    })?;
    let params = vec![("field", last.clone()), ("place", below.name.to_owned())];
    help("indent-more", params, format!("{last} belongs under {}: indent it more", below.name))
}

/// The name nearest to a word: the same but for case, or one or two letters away.
fn near(word: &str, names: impl Iterator<Item = &'static str>) -> Option<Help> {
    let allowed = if word.chars().count() <= 4 { 1 } else { 2 };
    let (found, _) = names
        .map(|name| (name, if name.eq_ignore_ascii_case(word) { 0 } else { api::names::distance(word, name) }))
        .filter(|(_, distance)| *distance <= allowed)
        .min_by_key(|(_, distance)| *distance)?;
    let params = vec![("suggestion", found.to_owned())];
    help("did-you-mean", params, format!("did you mean {found}?"))
        .map(|help| Help { fix: Some(found.to_owned()), ..help })
}
