//! What `kubectl apply` would complain about, with the place in the text.

use playground::Playground;

/// Something wrong with a file.
#[derive(Clone, PartialEq, Debug)]
pub struct Problem {
    /// kubectl takes it, but it is probably not meant.
    pub warning: bool,
    /// In kubectl's words.
    pub message: String,
    /// The line, from 1.
    pub line: usize,
    /// From and to, in UTF-16 units from 0; `None` is the whole line.
    pub columns: Option<(usize, usize)>,
    /// What the marked text should be.
    pub fix: Option<String>,
}

/// Looks at a file. Only YAML and JSON can be wrong.
pub fn problems(path: &str, text: &str, playground: &Playground) -> Vec<Problem> {
    let _ = playground;
    if ![".yaml", ".yml", ".json"].iter().any(|end| path.ends_with(end)) || text.trim().is_empty() {
        return Vec::new();
    }
    let parsed = manifest::parse(text);
    parsed.error.iter().map(|error| problem(text, error.message.clone(), error.span, false)).collect()
}

fn problem(text: &str, message: String, span: manifest::Span, warning: bool) -> Problem {
    let line = text.lines().nth(span.line.saturating_sub(1)).unwrap_or_default();
    // Columns count characters; the editor counts UTF-16 units.
    let units = |column: usize| line.chars().take(column.saturating_sub(1)).map(char::len_utf16).sum();
    let columns = (span.end_column > span.column).then(|| (units(span.column), units(span.end_column)));
    Problem { warning, message, line: span.line.max(1), columns, fix: None }
}
