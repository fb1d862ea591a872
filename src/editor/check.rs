//! What `kubectl apply` would complain about, with the place in the text: first what a file alone shows, then what the API
//! server says to a dry run.

use api::{Method, Request, Status, path, resource_of_kind};
use lesson::Lang;
use manifest::{Diagnostic, Document, Severity};
use playground::Playground;

use crate::text::help;

/// Something wrong with a file.
#[derive(Clone, PartialEq, Debug)]
pub struct Problem {
    /// kubectl takes it, but it is probably not meant.
    pub warning: bool,
    /// In kubectl's words.
    pub message: String,
    /// What to do about it, in the person's language.
    pub help: Option<String>,
    /// The line, from 1.
    pub line: usize,
    /// From and to, in UTF-16 units from 0; `None` is the whole line.
    pub columns: Option<(usize, usize)>,
    /// What the marked text should be.
    pub fix: Option<String>,
}

/// Looks at a file. Only YAML and JSON can be wrong.
pub fn problems(file: &str, text: &str, playground: &Playground, lang: Lang) -> Vec<Problem> {
    if ![".yaml", ".yml", ".json"].iter().any(|end| file.ends_with(end)) || text.trim().is_empty() {
        return Vec::new();
    }
    let mut found = manifest::diagnose(text);
    if !found.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        for document in &manifest::parse(text).documents {
            found.extend(refused(document, playground));
        }
    }
    found.iter().map(|diagnostic| problem(text, diagnostic, lang)).collect()
}

/// What the server says to a dry run. An object that is there already is only asked about as a change of itself.
fn refused(document: &Document, playground: &Playground) -> Vec<Diagnostic> {
    let object = &document.value;
    let Some(resource) = resource_of_kind(path::str(object, "apiVersion"), path::str(object, "kind")) else {
        return Vec::new();
    };
    let namespace = match path::str(object, "metadata.namespace") {
        "" => "default",
        namespace => namespace,
    };
    let request = Request::new(Method::Post, resource.path(Some(namespace), None))
        .with_query("dryRun", "All")
        .with_query("fieldValidation", "Strict")
        .with_body(object.clone());
    let answer = playground.get(&request);
    if answer["kind"] != "Status" || answer["status"] != "Failure" || answer["code"] == 409 {
        return Vec::new();
    }
    manifest::place_status(document, &Status::from_value(&answer))
}

fn problem(text: &str, diagnostic: &Diagnostic, lang: Lang) -> Problem {
    let span = diagnostic.span;
    let line = text.lines().nth(span.line.saturating_sub(1)).unwrap_or_default();
    // Columns count characters; the editor counts UTF-16 units.
    let units = |column: usize| line.chars().take(column.saturating_sub(1)).map(char::len_utf16).sum();
    let columns = (span.end_column > span.column).then(|| (units(span.column), units(span.end_column)));
    Problem {
        warning: diagnostic.severity == Severity::Warning,
        message: diagnostic.message.clone(),
        help: diagnostic.help.as_ref().map(|advice| help::advice(advice, lang)),
        line: span.line.max(1),
        columns,
        fix: diagnostic.help.as_ref().and_then(|advice| advice.fix.clone()),
    }
}
