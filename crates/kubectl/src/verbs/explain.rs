//! `kubectl explain`: the fields of a kind, from the schema table. Descriptions are not in the table.

use api::schema::{Field, Struct, Type, struct_of};
use api::split_api_version;

use crate::command::Verb;
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::session::Session;

const FLAGS: &[Flag] = &[
    flag("recursive", ' ', Takes::Bool, "false", "When true, print the name of all the fields recursively."),
    flag("api-version", ' ', Takes::Text, "", "Use given api-version (group/version) of the resource."),
    flag(
        "output",
        'o',
        Takes::Text,
        "plaintext",
        "Format in which to render the schema. Valid values are: (plaintext).",
    ),
];

/// The verb.
pub static VERB: Verb = Verb {
    name: "explain",
    aliases: &[],
    usage: "TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext]",
    short: "Get documentation for a resource",
    long: "Fields and their types come from the API's schema; their descriptions are not simulated here.",
    examples: &["kubectl explain pods", "kubectl explain pods.spec.containers"],
    flags: &[FLAGS],
    run: |session, args| Box::pin(explain(session, args)),
};

async fn explain(session: &Session, args: &Args) -> Outcome {
    let [word] = args.words.as_slice() else {
        let problem = match args.words.len() {
            0 => {
                "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of supported resources."
            }
            _ => "We accept only this format: explain RESOURCE",
        };
        return plain(format!("{problem}\n"));
    };
    let mut parts = word.split('.');
    let resource = session.resource_of(parts.next().unwrap_or_default())?;
    let path: Vec<&str> = parts.collect();
    let mut text = String::new();
    let (group, version) = split_api_version(args.text("api-version"));
    let version = if version.is_empty() { resource.version } else { version };
    let group = if group.is_empty() { resource.group } else { group };
    if !group.is_empty() {
        text.push_str(&format!("GROUP:      {group}\n"));
    }
    text.push_str(&format!("KIND:       {}\nVERSION:    {version}\n\n", resource.kind));
    let Some(mut here) = struct_of(resource) else {
        session.out(&text).await;
        return plain(format!("the schema of {} is not simulated here", resource.kind));
    };
    let mut field: Option<&Field> = None;
    for (index, name) in path.iter().enumerate() {
        let Some(found) = here.field(name) else {
            session.out(&text).await;
            return Err(Error::Plain(format!("field {name:?} does not exist")));
        };
        field = Some(found);
        match found.kind.element() {
            Some(inner) => here = inner,
            None if index + 1 < path.len() => {
                session.out(&text).await;
                return Err(Error::Plain(format!("field {:?} does not exist", path[index + 1])));
            }
            None => {}
        }
    }
    let mut fields = Some(here);
    if let (Some(field), Some(name)) = (field, path.last()) {
        text.push_str(&format!("FIELD: {name} <{}>\n\n\n", type_name(&field.kind)));
        fields = field.kind.element();
    }
    text.push_str("DESCRIPTION:\n    <no description: descriptions are not simulated here>\n    \n");
    if let Some(here) = fields {
        text.push_str("FIELDS:\n");
        list(&mut text, here, args.on("recursive"), 1);
    }
    session.out(&text).await;
    Ok(())
}

fn list(text: &mut String, here: &Struct, recursive: bool, depth: usize) {
    for field in &here.fields {
        let kind = if field.name == "fieldsV1" { "FieldsV1".to_owned() } else { type_name(&field.kind) };
        text.push_str(&format!("{}{}\t<{kind}>", "  ".repeat(depth), field.name));
        text.push('\n');
        if let (true, Some(inner)) = (recursive && depth < 16, field.kind.element())
            && inner.name != here.name
        {
            list(text, inner, recursive, depth + 1);
        }
        if !recursive {
            text.push_str("    <no description>\n\n");
        }
    }
}

/// `[]Container`, `map[string]string`, `integer`
fn type_name(kind: &Type) -> String {
    match kind {
        Type::Int32 | Type::Int64 => "integer".to_owned(),
        Type::Bool => "boolean".to_owned(),
        Type::Float => "number".to_owned(),
        Type::Quantity => "Quantity".to_owned(),
        Type::IntOrString => "IntOrString".to_owned(),
        Type::String | Type::Time | Type::Bytes => "string".to_owned(),
        Type::Any => "Object".to_owned(),
        Type::List(inner) => format!("[]{}", type_name(inner)),
        Type::Map(inner) => format!("map[string]{}", type_name(inner)),
        Type::Struct(_) => kind.element().map_or("Object", |inner| inner.go_struct()).to_owned(),
    }
}
