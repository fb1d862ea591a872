//! `kubectl explain`: the fields of a kind and what they are for, from the server's OpenAPI.
//!
//! Follows k8s.io/kubectl/pkg/explain/v2 and its template.

use api::{Request, path, split_api_version};
use serde_json::Value;

use crate::command::Verb;
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::session::Session;

const FLAGS: &[Flag] = &[
    flag("recursive", ' ', Takes::Bool, "false"),
    flag("api-version", ' ', Takes::Text, ""),
    flag("output", 'o', Takes::Text, "plaintext"),
];

/// The verb.
pub static VERB: Verb =
    Verb { name: "explain", aliases: &[], flags: &[FLAGS], run: |session, args| Box::pin(explain(session, args)) };

/// How deep a recursive list goes; nothing real is deeper.
const DEEPEST: usize = 32;

async fn explain(session: &Session, args: &Args) -> Outcome {
    if !matches!(args.text("output"), "plaintext" | "plaintext-openapiv2") {
        return plain(format!("unrecognized format: {}", args.text("output")));
    }
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
    // kubectl says this one without `error: ` before it.
    let resource =
        session.resource_of(parts.next().unwrap_or_default()).map_err(|error| Error::Verbatim(error.to_string()))?;
    let mut fields: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    // The group may stand behind the resource: `deployments.apps.spec`.
    let group: Vec<&str> = resource.group.split('.').collect();
    if fields.starts_with(&group) {
        fields.drain(..group.len());
    }
    let (group, version) = match args.text("api-version") {
        "" => (resource.group, resource.version),
        given => split_api_version(given),
    };
    let place = match group {
        "" => format!("/openapi/v3/api/{version}"),
        group => format!("/openapi/v3/apis/{group}/{version}"),
    };
    let Ok(document) = session.json(Request::get(place)).await else {
        return plain(format!("couldn't find resource for \"{group}/{version}, Resource={}\"", resource.plural));
    };
    let schemas = &document["components"]["schemas"];
    let is_it = |schema: &&Value| {
        path::list(schema, "x-kubernetes-group-version-kind")
            .iter()
            .any(|kind| kind["group"] == *group && kind["version"] == *version && kind["kind"] == *resource.kind)
    };
    let Some(root) = schemas.as_object().into_iter().flat_map(|all| all.values()).find(is_it) else {
        return plain(format!("GVR ({group}/{version}, Resource={}) not found in OpenAPI schema", resource.plural));
    };
    let mut text = String::new();
    if !group.is_empty() {
        text.push_str(&format!("GROUP:      {group}\n"));
    }
    text.push_str(&format!("KIND:       {}\nVERSION:    {version}\n\n", resource.kind));
    let document = Document { schemas, recursive: args.on("recursive") };
    if !document.output(root, &fields, &mut text, 0) {
        let last = fields.last().copied().unwrap_or_default();
        session.out(&text).await;
        return Err(Error::Plain(format!("field {last:?} does not exist")));
    }
    text.push('\n');
    session.out(&text).await;
    Ok(())
}

struct Document<'a> {
    schemas: &'a Value,
    recursive: bool,
}

impl<'a> Document<'a> {
    /// What a schema refers to, or itself.
    fn resolve(&self, schema: &'a Value) -> &'a Value {
        match path::str(schema, "$ref").rsplit('/').next() {
            Some(name) if !name.is_empty() => &self.schemas[name],
            _ => schema,
        }
    }

    /// Follows the fields and shows what they lead to; false when there is no such field.
    fn output(&self, schema: &'a Value, fields: &[&str], text: &mut String, depth: usize) -> bool {
        if depth > DEEPEST {
            return false;
        }
        let here = self.resolve(schema);
        let Some((first, rest)) = fields.split_first() else {
            text.push_str("DESCRIPTION:\n");
            let mut description = String::new();
            self.description(here, &mut description, 0);
            if description.is_empty() {
                description.push_str("<empty>");
            }
            text.push_str(&indent(4, &wrap(76, &description)));
            text.push('\n');
            let mut list = String::new();
            self.fields(here, 1, &mut Vec::new(), &mut list);
            if !list.is_empty() {
                text.push_str(&format!("FIELDS:\n{list}"));
            }
            return true;
        };
        if let Some(property) = here["properties"].get(*first) {
            if rest.is_empty() {
                text.push_str(&format!("FIELD: {first} <{}>\n", self.type_of(property)));
                let values = shown_values(property);
                if !values.is_empty() {
                    text.push_str(&format!("ENUM:\n    {}", values.join("\n    ")));
                }
                text.push_str("\n\n");
            }
            return self.output(property, rest, text, depth + 1);
        }
        for below in ["items", "additionalProperties"] {
            if here[below].is_object() {
                return self.output(&here[below], fields, text, depth + 1);
            }
        }
        path::list(here, "allOf").iter().any(|part| self.output(part, fields, text, depth + 1))
    }

    /// A schema's description and those of what it is made of, a line end behind each.
    fn description(&self, schema: &'a Value, text: &mut String, depth: usize) {
        let here = self.resolve(schema);
        let own = path::str(here, "description");
        if !own.is_empty() {
            text.push_str(own);
            text.push('\n');
        }
        if depth > DEEPEST {
            return;
        }
        path::list(here, "allOf").iter().for_each(|part| self.description(part, text, depth + 1));
        for below in ["items", "additionalProperties"] {
            if here[below].is_object() {
                self.description(&here[below], text, depth + 1);
            }
        }
    }

    fn fields(&self, schema: &'a Value, level: usize, above: &mut Vec<&'a str>, text: &mut String) {
        let reference = path::str(schema, "$ref");
        if !reference.is_empty() && above.contains(&reference) || level > DEEPEST {
            return;
        }
        above.push(reference);
        let here = self.resolve(schema);
        for (name, property) in here["properties"].as_object().into_iter().flatten() {
            let required = path::list(here, "required").iter().any(|field| *field == **name);
            self.field(name, property, required, level, text);
            if self.recursive {
                self.fields(property, level + 1, above, text);
            }
        }
        path::list(here, "allOf").iter().for_each(|part| self.fields(part, level, above, text));
        for below in ["items", "additionalProperties"] {
            if here[below].is_object() {
                self.fields(&here[below], level, above, text);
            }
        }
        above.pop();
    }

    fn field(&self, name: &str, schema: &'a Value, required: bool, level: usize, text: &mut String) {
        let margin = level * 2;
        text.push_str(&format!("{}{name}\t<{}>", " ".repeat(margin), self.type_of(schema)));
        if required {
            text.push_str(" -required-");
        }
        let mut values = shown_values(schema);
        if !values.is_empty() {
            if values.len() > 4 {
                values.truncate(4);
                values.push("....".to_owned());
            }
            text.push_str(&format!("\n{}enum: {}", " ".repeat(margin), values.join(", ")));
        }
        text.push('\n');
        if !self.recursive {
            let description = match path::str(schema, "description") {
                "" => "<no description>",
                description => description,
            };
            text.push_str(&indent(margin + 2, &wrap(78 - margin, description)));
            text.push_str("\n\n");
        }
    }

    /// `[]Container`, `map[string]string`, `integer`
    fn type_of(&self, schema: &'a Value) -> String {
        if schema["items"].is_object() {
            return format!("[]{}", self.type_of(&schema["items"]));
        }
        if schema["additionalProperties"].is_object() {
            return format!("map[string]{}", self.type_of(&schema["additionalProperties"]));
        }
        if let ([only], true) = (path::list(schema, "allOf"), schema["properties"].is_null()) {
            return self.type_of(only);
        }
        let reference = path::str(schema, "$ref");
        let kind = if reference.is_empty() { schema } else { self.resolve(schema) };
        match (path::str(kind, "type"), reference.rsplit(['/', '.']).next()) {
            ("" | "object", Some(name)) if !name.is_empty() => name.to_owned(),
            ("" | "object", _) => "Object".to_owned(),
            (kind, _) => kind.to_owned(),
        }
    }
}

/// The values a field may have.
fn shown_values(schema: &Value) -> Vec<String> {
    path::list(schema, "enum")
        .iter()
        .map(|value| match value {
            Value::String(text) if text.is_empty() => "\"\"".to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
        .collect()
}

fn indent(amount: usize, text: &str) -> String {
    let margin = " ".repeat(amount);
    format!("{margin}{}", text.replace('\n', &format!("\n{margin}")))
}

/// Breaks lines between words so that none is longer than `limit`, if it can be (github.com/mitchellh/go-wordwrap).
fn wrap(limit: usize, text: &str) -> String {
    let mut out = String::new();
    let (mut word, mut space) = (String::new(), String::new());
    let (mut current, mut word_length) = (0, 0);
    for c in text.chars() {
        if c == '\n' {
            if !word.is_empty() || current + space.len() <= limit {
                out.push_str(&space);
            }
            out.push_str(&word);
            (space, word, word_length) = (String::new(), String::new(), 0);
            out.push('\n');
            current = 0;
        } else if c.is_whitespace() && c != '\u{a0}' {
            if space.is_empty() || !word.is_empty() {
                current += space.len() + word_length;
                out.push_str(&space);
                out.push_str(&word);
                (space, word, word_length) = (String::new(), String::new(), 0);
            }
            space.push(c);
        } else {
            word.push(c);
            word_length += 1;
            if current + word_length + space.len() > limit && word_length < limit {
                out.push('\n');
                current = 0;
                space.clear();
            }
        }
    }
    if !word.is_empty() || current + space.len() <= limit {
        out.push_str(&space);
    }
    out + &word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        for (limit, text, expected) in [
            (10, "one two three four", "one two\nthree four"),
            (5, "abcdefghij k", "abcdefghij\nk"),
            (10, "one\n two\n", "one\n two\n"),
            (76, "", ""),
        ] {
            assert_eq!(wrap(limit, text), expected, "{text}");
        }
    }
}
