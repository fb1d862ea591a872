//! Manifests named by `-f`: files, folders, `-` for standard input.

use serde_json::Value;

use api::path;

use crate::error::Error;
use crate::session::Session;

/// An object in a file.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The object.
    pub value: Value,
    /// The file, as it was named; `STDIN` for standard input.
    pub source: String,
}

/// Reads all files named. What could be read comes beside what could not.
pub async fn read(session: &Session, names: &[String], recursive: bool) -> (Vec<Manifest>, Vec<Error>) {
    let (mut manifests, mut errors) = (Vec::new(), Vec::new());
    for name in names {
        if name == "-" {
            let bytes = session.host.read_stdin().await;
            parse(&bytes, "STDIN", &mut manifests, &mut errors);
            continue;
        }
        if name.starts_with("http://") || name.starts_with("https://") {
            if let Some(bytes) = session.host.fetch(name) {
                parse(&bytes, name, &mut manifests, &mut errors);
                continue;
            }
            errors.push(Error::Plain(format!("unable to read URL {name:?}: the internet is not simulated here")));
            continue;
        }
        match session.host.read_dir(name) {
            Ok(entries) => {
                let mut files = Vec::new();
                folder(session, name, &entries, recursive, 0, &mut files);
                if files.is_empty() {
                    let message = format!("error reading [{name}]: recognized file extensions are [.json .yaml .yml]");
                    errors.push(Error::Plain(message));
                }
                for file in files {
                    file_of(session, &file, &mut manifests, &mut errors);
                }
            }
            Err(_) => file_of(session, name, &mut manifests, &mut errors),
        }
    }
    (manifests, errors)
}

fn folder(session: &Session, name: &str, entries: &[String], recursive: bool, depth: usize, files: &mut Vec<String>) {
    for entry in entries {
        let path = match name.trim_end_matches('/') {
            "." | "" => entry.clone(),
            name => format!("{name}/{entry}"),
        };
        if let Some(path) = path.strip_suffix('/') {
            if recursive && depth < 32 {
                let entries = session.host.read_dir(path).unwrap_or_default();
                folder(session, path, &entries, recursive, depth + 1, files);
            }
        } else if [".json", ".yaml", ".yml"].iter().any(|extension| path.ends_with(extension)) {
            files.push(path);
        }
    }
}

fn file_of(session: &Session, name: &str, manifests: &mut Vec<Manifest>, errors: &mut Vec<Error>) {
    match session.host.read_file(name) {
        Ok(bytes) => parse(&bytes, name, manifests, errors),
        Err(error) if error.to_lowercase() == "no such file or directory" => {
            errors.push(Error::Plain(format!("the path {name:?} does not exist")));
        }
        Err(error) => errors.push(Error::Plain(format!("open {name}: {}", error.to_lowercase()))),
    }
}

fn parse(bytes: &[u8], source: &str, manifests: &mut Vec<Manifest>, errors: &mut Vec<Error>) {
    for text in json_documents(&decoded(bytes)) {
        parse_text(text, source, manifests, errors);
    }
}

/// A file's text by its byte order mark, or else UTF-8, in which U+FFFD stands for what is none (cli-runtime's
/// `unicode.BOMOverride`).
fn decoded(bytes: &[u8]) -> String {
    let units = |read: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes[2..].chunks(2).map(|pair| read([pair[0], *pair.get(1).unwrap_or(&0)])).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xff, 0xfe, ..] => units(u16::from_le_bytes),
        [0xfe, 0xff, ..] => units(u16::from_be_bytes),
        bytes => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// JSON documents one behind the other, parted; other texts as they are.
fn json_documents(mut text: &str) -> Vec<&str> {
    let mut documents = Vec::new();
    while text.trim_start().starts_with('{') {
        let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
        let end = text.find(|c: char| {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => quoted = !quoted,
                '{' if !quoted => depth += 1,
                '}' if !quoted => depth = depth.saturating_sub(1),
                _ => {}
            }
            c == '}' && !quoted && depth == 0
        });
        let Some(end) = end.filter(|end| text[end + 1..].trim_start().starts_with('{')) else { break };
        let (document, rest) = text.split_at(end + 1);
        documents.push(document);
        text = rest;
    }
    documents.push(text);
    documents
}

fn parse_text(text: &str, source: &str, manifests: &mut Vec<Manifest>, errors: &mut Vec<Error>) {
    if text.trim_start().starts_with('{') {
        // JSON that is cut off; what is no JSON may be YAML.
        let cut = serde_json::from_str::<Value>(text).is_err_and(|error| error.is_eof());
        if cut {
            return errors.push(Error::Plain(format!("error parsing {source}: unexpected EOF")));
        }
    }
    let parsed = manifest::parse(text);
    for document in parsed.documents {
        let mut lists = vec![document.value];
        while let Some(value) = lists.pop() {
            if let Some(error) = check(&value, source) {
                errors.push(error);
                return;
            }
            // A List is its items.
            match path::str(&value, "kind").ends_with("List") && value["items"].is_array() {
                true => lists.extend(path::list(&value, "items").iter().rev().cloned()),
                false => manifests.push(Manifest { value, source: source.to_owned() }),
            }
        }
    }
    if let Some(error) = parsed.error {
        errors.push(Error::Plain(format!("error parsing {source}: {}", error.message)));
    }
}

/// What kubectl itself asks of an object before it sends it anywhere.
fn check(value: &Value, source: &str) -> Option<Error> {
    let hint = "if you choose to ignore these errors, turn validation off with --validate=false";
    if !value.is_object() {
        let problem = "invalid object to validate";
        return Some(Error::Plain(format!("error validating {source:?}: error validating data: {problem}; {hint}")));
    }
    let missing: Vec<&str> = [("apiVersion", "apiVersion not set"), ("kind", "kind not set")]
        .into_iter()
        .filter(|(field, _)| path::str(value, field).is_empty())
        .map(|(_, message)| message)
        .collect();
    let problem = match missing.as_slice() {
        [] => return None,
        [problem] => (*problem).to_owned(),
        problems => format!("[{}]", problems.join(", ")),
    };
    Some(Error::Plain(format!("error validating {source:?}: error validating data: {problem}; {hint}")))
}
