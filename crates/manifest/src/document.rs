//! A file of manifests: documents parted by `---`, each with its value and the places of its fields.

use serde_json::Value;

use crate::compose::{Duplicate, compose, key_text};
use crate::yaml::{Content, Mark, Node, SyntaxError, parser};

/// The largest file that is read, in bytes: more than the API server takes in one request.
pub const MAX_BYTES: usize = 3 * 1024 * 1024;

/// A range of text on one line. Lines and columns count from 1, columns in characters; the end is exclusive.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Span {
    /// The line.
    pub line: usize,
    /// The first column.
    pub column: usize,
    /// The column behind the last one.
    pub end_column: usize,
}

/// One document of a file.
#[derive(Clone, PartialEq, Debug)]
pub struct Document {
    /// What it says; `Value::Null` for an empty one.
    pub value: Value,
    /// The line of the file, from 0, on which it begins.
    pub first_line: usize,
    /// Keys that stand twice.
    pub(crate) duplicates: Vec<Duplicate>,
    pub(crate) root: Option<Node>,
}

/// Why a file cannot be read.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct ParseError {
    /// In kubectl's words, as after `error parsing FILE: `.
    pub message: String,
    /// libyaml's words for it, such as `did not find expected key`.
    pub problem: String,
    /// Where to look.
    pub span: Span,
}

/// A file as far as it could be read: kubectl works on what comes before an error, too.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Parsed {
    /// The documents, empty ones left out.
    pub documents: Vec<Document>,
    /// What is wrong with the rest.
    pub error: Option<ParseError>,
}

/// Reads a file of YAML documents, or of JSON objects one after the other.
pub fn parse(text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    if text.len() > MAX_BYTES {
        let problem = format!("the file is larger than {MAX_BYTES} bytes");
        parsed.error = Some(ParseError { message: problem.clone(), problem, span: Span::default() });
        return parsed;
    }
    for chunk in chunks(text) {
        match chunk.and_then(|(first_line, chunk)| document(first_line, chunk)) {
            Ok(document) if document.value.is_null() => {}
            Ok(document) => parsed.documents.push(document),
            Err(error) => {
                // JSON may be indented with tabs and put one object behind the other; YAML may not.
                if parsed.documents.is_empty()
                    && text.trim_start().starts_with('{')
                    && let Some(values) = json(text)
                {
                    let document = |value| Document { value, first_line: 0, duplicates: Vec::new(), root: None };
                    parsed.documents = values.into_iter().map(document).collect();
                    return parsed;
                }
                parsed.error = Some(error);
                break;
            }
        }
    }
    parsed
}

fn json(text: &str) -> Option<Vec<Value>> {
    serde_json::Deserializer::from_str(text).into_iter::<Value>().collect::<Result<_, _>>().ok()
}

/// Cuts a file at its `---` lines, as kubectl does before it parses: lines in errors count from the cut.
fn chunks(text: &str) -> Vec<Result<(usize, &str), ParseError>> {
    let mut chunks = Vec::new();
    let (mut start, mut first_line, mut offset) = (0, 0, 0);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if let Some(rest) = line.strip_prefix("---") {
            let rest = rest.trim();
            // `--- a` and `----` are no document markers to kubectl.
            if !rest.is_empty() && !rest.starts_with('#') {
                let problem = format!("invalid Yaml document separator: {rest}");
                let columns = line.trim_end().chars().count();
                let span = Span { line: number + 1, column: 1, end_column: columns + 1 };
                chunks.push(Ok((first_line, &text[start..offset])));
                chunks.push(Err(ParseError { message: problem.clone(), problem, span }));
                return chunks;
            }
            if offset > start {
                chunks.push(Ok((first_line, &text[start..offset])));
                start = offset + line.len();
                first_line = number + 1;
            }
        }
        offset += line.len();
    }
    chunks.push(Ok((first_line, &text[start..])));
    chunks
}

fn document(first_line: usize, chunk: &str) -> Result<Document, ParseError> {
    let failed = |error: SyntaxError| {
        let mark = error.true_mark();
        let line = chunk.lines().nth(mark.line).unwrap_or_default();
        let columns = line.trim_end().chars().count();
        // An error behind the last line is shown on the last line that has text.
        let span = if chunk.lines().nth(mark.line).is_some() {
            Span {
                line: first_line + mark.line + 1,
                column: mark.column + 1,
                end_column: (columns + 1).max(mark.column + 2),
            }
        } else {
            let last = chunk.lines().count().max(1);
            let columns = chunk.lines().last().unwrap_or_default().chars().count();
            Span { line: first_line + last, column: 1, end_column: columns + 1 }
        };
        let message = format!("error converting YAML to JSON: {}", error.go_message());
        ParseError { message, problem: error.problem, span }
    };
    let root = parser::parse(chunk).map_err(failed)?;
    let (value, duplicates) = match &root {
        Some(root) => compose(root).map_err(failed)?,
        None => (Value::Null, Vec::new()),
    };
    Ok(Document { value, first_line, duplicates, root })
}

impl Document {
    pub(crate) fn span(&self, start: Mark, end: Mark) -> Span {
        let end_column = if end.line == start.line { end.column + 1 } else { start.column + 2 };
        Span {
            line: self.first_line + start.line + 1,
            column: start.column + 1,
            end_column: end_column.max(start.column + 2),
        }
    }

    /// The line, from 1, where its content begins.
    pub(crate) fn first_content_line(&self) -> usize {
        self.first_line + self.root.as_ref().map_or(0, |root| root.start.line) + 1
    }

    /// The place of a field's key, or of a list's item: for `spec.ports[0].targetPort`, as the API server writes field
    /// paths. For a field that is not there, its nearest parent that is; `None` for JSON and for an empty document.
    pub fn locate(&self, field: &str) -> Option<Span> {
        let (key, value) = self.find(&segments(field))?;
        let node = key.unwrap_or(value);
        Some(self.span(node.start, node.end))
    }

    /// The place of a field's value; of its key where the value spans lines, or for a field that is not there its parent.
    pub fn locate_value(&self, field: &str) -> Option<Span> {
        let (key, value) = self.find(&segments(field))?;
        let whole = value.start.line == value.end.line && value.start != value.end;
        let node = if whole { value } else { key.unwrap_or(value) };
        Some(self.span(node.start, node.end))
    }

    /// The field path at a place of the file (both from 1): what an editor asks for completion.
    pub fn field_at(&self, line: usize, column: usize) -> Option<String> {
        let mark = (line.checked_sub(self.first_line + 1)?, column.saturating_sub(1));
        let mut path = String::new();
        let mut node = self.root.as_ref()?;
        loop {
            let inside =
                |node: &Node| (node.start.line, node.start.column) <= mark && mark <= (node.end.line, node.end.column);
            match &node.content {
                Content::Mapping(entries) => {
                    let entry = entries.iter().rev().find(|(key, _)| (key.start.line, key.start.column) <= mark)?;
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(&key_text(&entry.0)?);
                    if inside(&entry.0) {
                        return Some(path);
                    }
                    node = &entry.1;
                }
                Content::Sequence(items) => {
                    let index = items.iter().rposition(|item| (item.start.line, item.start.column) <= mark)?;
                    path.push_str(&format!("[{index}]"));
                    node = &items[index];
                }
                _ => return Some(path),
            }
        }
    }

    fn find(&self, segments: &[String]) -> Option<(Option<&Node>, &Node)> {
        let mut found = (None, self.root.as_ref()?);
        let mut rest = segments;
        'next: while !rest.is_empty() {
            match &found.1.content {
                // Keys may hold dots: the longest run of segments that is a key wins.
                Content::Mapping(entries) => {
                    for taken in (1..=rest.len()).rev() {
                        let name = rest[..taken].join(".");
                        let entry = entries.iter().rev().find(|(key, _)| key_text(key).as_deref() == Some(&name));
                        if let Some((key, value)) = entry {
                            found = (Some(key), value);
                            rest = &rest[taken..];
                            continue 'next;
                        }
                    }
                    break;
                }
                Content::Sequence(items) => {
                    match rest[0].parse::<usize>().ok().and_then(|index| items.get(index)) {
                        Some(item) => found = (None, item),
                        None => break,
                    }
                    rest = &rest[1..];
                }
                _ => break,
            }
        }
        Some(found)
    }
}

/// `spec.containers[0].resources.limits[memory]` in pieces.
pub(crate) fn segments(field: &str) -> Vec<String> {
    field.split(['.', '[', ']']).filter(|part| !part.is_empty()).map(|part| part.trim_matches('"').to_owned()).collect()
}
