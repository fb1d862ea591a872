//! How objects are shown: `-o` and what it names.

pub mod columns;
pub mod go_template;
pub mod jsonpath;
mod kyaml;
pub mod table;

use serde_json::{Value, json};

pub use api::go_json as json;

use crate::Host;
use crate::error::{Outcome, plain};
use crate::flags::Args;
use crate::session::Session;
use crate::target::Target;

/// What `-o` asks for.
#[derive(Clone, PartialEq, Debug)]
pub enum Output {
    /// Nothing: a verb's own sentence, or a table.
    Human,
    /// A table with all columns.
    Wide,
    /// `kind/name`
    Name,
    /// JSON
    Json {
        /// Whether `managedFields` are shown.
        managed: bool,
    },
    /// YAML
    Yaml {
        /// Whether `managedFields` are shown.
        managed: bool,
    },
    /// KYAML
    Kyaml {
        /// Whether `managedFields` are shown.
        managed: bool,
    },
    /// A JSONPath template, and whether a field that is not there is an error.
    JsonPath(String, bool),
    /// The same, whose results are shown as a JSON list.
    JsonPathAsJson(String, bool),
    /// Columns by JSONPath: `NAME:.metadata.name,…`
    Columns(String),
    /// A Go template.
    Template(String),
}

const FORMATS: &[&str] = &[
    "custom-columns",
    "custom-columns-file",
    "go-template",
    "go-template-file",
    "json",
    "jsonpath",
    "jsonpath-as-json",
    "jsonpath-file",
    "kyaml",
    "name",
    "template",
    "templatefile",
    "wide",
    "yaml",
];

/// Reads `-o` (with `--template` and `--show-managed-fields`). `get`: whether the verb also knows tables (`wide`, `custom-columns`).
///
/// # Errors
/// In kubectl's words.
pub fn output(host: &dyn Host, args: &Args, get: bool) -> Outcome<Output> {
    let (text, template, managed) = (args.text("output"), args.text("template"), args.on("show-managed-fields"));
    let (format, argument) = match text.split_once('=') {
        Some((format, argument)) => (format, argument),
        None => (text, template),
    };
    let strict = args.has("allow-missing-template-keys") && !args.on("allow-missing-template-keys");
    let needed = |what: &str| match argument {
        "" => plain(format!("{what} format specified but no {} given", what.replace('-', " "))),
        argument => Ok(argument.to_owned()),
    };
    let flag = if format == "custom-columns-file" { "template" } else { "--template" };
    let file = |path: String| match host.read_file(&path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) => plain(format!("error reading {flag} {path}, open {path}: {error}")),
    };
    Ok(match format {
        "" if template.is_empty() => Output::Human,
        "" | "go-template" | "template" => Output::Template(needed("template")?),
        "wide" if get => Output::Wide,
        "name" => Output::Name,
        "json" => Output::Json { managed },
        "yaml" => Output::Yaml { managed },
        "jsonpath" => Output::JsonPath(needed("template")?, strict),
        "jsonpath-as-json" => Output::JsonPathAsJson(needed("template")?, strict),
        "jsonpath-file" => Output::JsonPath(file(needed("template")?)?, strict),
        "go-template-file" | "templatefile" => Output::Template(file(needed("template")?)?),
        "custom-columns" if get && argument.is_empty() => {
            return plain("custom-columns format specified but no custom columns given");
        }
        "custom-columns" if get => Output::Columns(argument.to_owned()),
        "custom-columns-file" if get => Output::Columns(columns::from_file(&file(needed("custom-columns")?)?)?),
        "kyaml" => Output::Kyaml { managed },
        _ => {
            let formats: Vec<&str> =
                FORMATS.iter().copied().filter(|name| get || !name.contains("columns") && *name != "wide").collect();
            return plain(format!(
                "unable to match a printer suitable for the output format {text:?}, allowed formats are: {}",
                formats.join(",")
            ));
        }
    })
}

/// An object as people are shown it: without `managedFields`.
pub fn shown(object: &Value) -> Value {
    let mut object = object.clone();
    api::path::remove(&mut object, "metadata.managedFields");
    object
}

/// Prints objects in one of the formats that show them whole.
///
/// # Errors
/// What is wrong with a template.
pub fn objects(output: &Output, targets: &[Target], single: bool) -> Outcome<String> {
    print(output, targets, single, json!({}), false)
}

/// As [`objects`]; but a list is Go's struct: `kubectl apply`.
///
/// # Errors
/// What is wrong with a template.
pub fn applied(output: &Output, targets: &[Target]) -> Outcome<String> {
    let single = targets.len() == 1;
    print(output, targets, single, json!({}), !single)
}

/// Prints one object of those a verb prints one after the other: YAML documents are parted from each other.
///
/// # Errors
/// What is wrong with a template.
pub fn one(session: &Session, output: &Output, target: Target) -> Outcome<String> {
    let text = print(output, &[target], true, json!({}), session.typed)?;
    Ok(match output {
        Output::Yaml { .. } | Output::Kyaml { .. } if session.documents.replace(true) => format!("---\n{text}"),
        _ => text,
    })
}

/// As [`objects`], but that the list has a version of its own, an empty one: `kubectl get`.
///
/// # Errors
/// What is wrong with a template.
pub fn listed(output: &Output, targets: &[Target], single: bool) -> Outcome<String> {
    print(output, targets, single, json!({"resourceVersion": ""}), false)
}

fn print(output: &Output, targets: &[Target], single: bool, metadata: Value, typed: bool) -> Outcome<String> {
    let managed = !matches!(
        output,
        Output::Json { managed: false } | Output::Yaml { managed: false } | Output::Kyaml { managed: false }
    );
    let one = |target: &Target| if managed { target.object.clone() } else { shown(&target.object) };
    let value = || match targets {
        [target] if single => one(target),
        targets => {
            let items: Vec<Value> = targets.iter().map(one).collect();
            json!({"apiVersion": "v1", "kind": "List", "metadata": metadata, "items": items})
        }
    };
    Ok(match output {
        Output::Name => targets.iter().map(|target| target.label() + "\n").collect(),
        Output::Columns(spec) => {
            let items: Vec<&Value> = targets.iter().map(|target| &target.object).collect();
            columns::print(spec, &items, true)?
        }
        Output::Human | Output::Wide => String::new(),
        output => whole(output, &value(), typed)?.unwrap_or_default(),
    })
}

/// Prints a value whole, in JSON as Go's struct if it is `typed`; `None` in the formats that need objects of a server.
///
/// # Errors
/// What is wrong with a template.
pub fn whole(output: &Output, value: &Value, typed: bool) -> Outcome<Option<String>> {
    Ok(Some(match output {
        Output::Json { .. } if typed => json::typed(value) + "\n",
        Output::Json { .. } => json::pretty(value) + "\n",
        Output::Yaml { .. } => manifest::to_yaml(value),
        Output::Kyaml { .. } => kyaml::print(value),
        Output::JsonPath(template, strict) => jsonpath::print(template, *strict, value)?,
        Output::JsonPathAsJson(template, strict) => jsonpath::print_as_json(template, *strict, value)?,
        Output::Template(template) => go_template::print(template, value)?,
        Output::Name | Output::Columns(_) | Output::Human | Output::Wide => return Ok(None),
    }))
}
