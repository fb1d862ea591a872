//! From text to a program, with bash's words for what is wrong.

use super::{Flavour, misplaced, patterns};
use brush_parser::{ParseError, Parser, ParserOptions, SourcePosition, Token, TokenizerError, ast};

/// Longest text parsed at once.
const LENGTH_LIMIT: usize = 256 * 1024;
/// Deepest nesting of brackets, quotes and compound commands.
const NESTING_LIMIT: usize = 24;

/// Deepest nesting of `[`: the parser tries each as a subscript and as a pattern.
const BRACKETS_LIMIT: usize = 4;
/// Deepest nesting of `(`: the parser tries each `((` as arithmetic and as two subshells.
const PARENTHESES_LIMIT: usize = 14;

/// Why text is no program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum SyntaxError {
    /// More lines could complete it; the text to say if there are none.
    Incomplete(String),
    /// It cannot become one: the line, and what bash says after its prefix.
    Wrong { line: usize, text: String },
}

pub(crate) fn options() -> ParserOptions {
    ParserOptions { enable_extended_globbing: true, ..ParserOptions::default() }
}

/// How a shell's words and commands are read: dash knows nothing of bash's.
pub(crate) fn options_of(flavour: Flavour) -> ParserOptions {
    ParserOptions { sh_mode: flavour == Flavour::Dash, ..options() }
}

/// Reads a program as bash does.
pub(crate) fn parse(text: &str) -> Result<ast::Program, SyntaxError> {
    parse_as(text, Flavour::Bash)
}

/// What bash reads and dash and busybox' shell refuse: `<<<`, `name=(words)`, and in dash `<(list)` and `function`. The line,
/// and what they say.
fn refused(text: &str, flavour: Flavour) -> Option<(usize, &'static str)> {
    let dash = flavour == Flavour::Dash;
    let suspects = ["<<<", "=(", "<(", ">(", "function "];
    if !suspects.iter().take(if dash { 5 } else { 2 }).any(|part| text.contains(part)) {
        return None;
    }
    let tokens = brush_parser::uncached_tokenize_str(text, &options().tokenizer_options()).ok()?;
    let mut before: Option<&Token> = None;
    for (at, token) in tokens.iter().enumerate() {
        if let Token::Word(word, span) = token
            && dash
            && word == "function"
            && before.is_none_or(|before| matches!(before, Token::Operator(..)))
            && matches!(tokens.get(at + 1), Some(Token::Word(..)))
        {
            // A command of that name, with words up to what it cannot have.
            return Some(match tokens.get(at + 2) {
                Some(Token::Operator(operator, _)) if operator == "(" => {
                    (span.start.line, "syntax error near unexpected token `('")
                }
                _ => (span.start.line, "syntax error near unexpected token `}'"),
            });
        }
        if let Token::Operator(operator, span) = token {
            if operator == "<<<" {
                return Some((span.start.line, "syntax error unexpected redirection"));
            }
            let joins = before.is_some_and(|before| match before {
                Token::Operator(first, _) => dash && (first == "<" || first == ">"),
                Token::Word(word, own) => word.ends_with('=') && own.end.index == span.start.index,
            });
            if operator == "(" && joins {
                return Some((span.start.line, "syntax error near unexpected token `('"));
            }
        }
        before = Some(token);
    }
    None
}

/// Reads a program as a shell does.
pub(crate) fn parse_as(text: &str, flavour: Flavour) -> Result<ast::Program, SyntaxError> {
    if flavour != Flavour::Bash
        && let Some((line, text)) = refused(text, flavour)
    {
        return Err(SyntaxError::Wrong { line, text: text.to_owned() });
    }
    let wrong = |line: usize, text: &str| Err(SyntaxError::Wrong { line, text: text.to_owned() });
    if text.len() > LENGTH_LIMIT {
        return wrong(1, "syntax error: the command is too long");
    }
    if nesting(text) > NESTING_LIMIT
        || depth(text, '[', ']') > BRACKETS_LIMIT
        || depth(text, '(', ')') > PARENTHESES_LIMIT
    {
        return wrong(1, "syntax error: the command is nested too deeply");
    }
    if huge_number(text) {
        return wrong(1, "syntax error: a number is too large");
    }
    if open_beside_here_document(text) {
        return wrong(1, "syntax error near unexpected token `newline'");
    }
    if ends_in_continuation(text) {
        return Err(SyntaxError::Incomplete("syntax error: unexpected end of file".into()));
    }
    let selects = if flavour == Flavour::Bash { selects(text) } else { None };
    let text = selects.as_deref().unwrap_or(text);
    let patterns = patterns::with_both_parentheses(text);
    let text = patterns.as_deref().unwrap_or(text);
    // The tokenizer reads the `;;` of `for ((;;))` as case's.
    let spaced = text.contains("((;;").then(|| text.replace("((;;", "((; ;"));
    let text = spaced.as_deref().unwrap_or(text);
    let mut parser = Parser::new(text.as_bytes(), &options_of(flavour));
    let error = match parser.parse_program() {
        Ok(program) => {
            return if here_document_missing(text) { Err(SyntaxError::Incomplete(String::new())) } else { Ok(program) };
        }
        Err(error) => error,
    };
    if let Some((token, line)) = misplaced::find(text) {
        return wrong(line, &format!("syntax error near unexpected token `{token}'"));
    }
    match error {
        ParseError::ParsingNear(position) => {
            let (token, line) = token_at(text, &position);
            wrong(line, &format!("syntax error near unexpected token `{token}'"))
        }
        ParseError::ParsingAtEndOfInput => Err(SyntaxError::Incomplete("syntax error: unexpected end of file".into())),
        ParseError::Tokenizing { inner, .. } => Err(unterminated(&inner)),
    }
}

fn unterminated(error: &TokenizerError) -> SyntaxError {
    let quote = |c: char| SyntaxError::Incomplete(format!("unexpected EOF while looking for matching `{c}'"));
    match error {
        TokenizerError::UnterminatedSingleQuote(_) | TokenizerError::UnterminatedAnsiCQuote(_) => quote('\''),
        TokenizerError::UnterminatedDoubleQuote(_) => quote('"'),
        TokenizerError::UnterminatedBackquote(_) => quote('`'),
        TokenizerError::UnterminatedVariable => quote('}'),
        TokenizerError::UnterminatedCommandSubstitution
        | TokenizerError::UnterminatedExpansion
        | TokenizerError::UnterminatedExtendedGlob(_) => quote(')'),
        TokenizerError::UnterminatedHereDocuments(..) | TokenizerError::UnterminatedEscapeSequence => {
            SyntaxError::Incomplete(String::new())
        }
        TokenizerError::MissingHereTag(_) | TokenizerError::MissingHereTagForDocumentBody => {
            SyntaxError::Wrong { line: 1, text: "syntax error near unexpected token `newline'".into() }
        }
        other => SyntaxError::Wrong { line: 1, text: format!("syntax error: {other}") },
    }
}

/// The token that starts at or after a position, as bash names it.
fn token_at(text: &str, position: &SourcePosition) -> (String, usize) {
    let Ok(tokens) = brush_parser::uncached_tokenize_str(text, &options().tokenizer_options()) else {
        return ("newline".into(), position.line);
    };
    for token in &tokens {
        let (Token::Operator(word, span) | Token::Word(word, span)) = token;
        if span.start.index >= position.index {
            let name = if word == "\n" { "newline" } else { word.as_str() };
            return (name.to_owned(), span.start.line);
        }
    }
    ("newline".into(), position.line)
}

fn ends_in_continuation(text: &str) -> bool {
    let trimmed = text.strip_suffix('\n').unwrap_or(text);
    let slashes = trimmed.bytes().rev().take_while(|byte| *byte == b'\\').count();
    slashes % 2 == 1 && {
        // Within single quotes or a comment a backslash is only itself.
        let line = trimmed.rsplit('\n').next().unwrap_or_default();
        !line.trim_start().starts_with('#') && trimmed.matches('\'').count().is_multiple_of(2)
    }
}

/// Whether the text ends inside a here-document. The tokenizer reports most of these itself.
fn here_document_missing(text: &str) -> bool {
    match brush_parser::uncached_tokenize_str(text, &options().tokenizer_options()) {
        Err(TokenizerError::UnterminatedHereDocuments(..)) => true,
        Err(_) | Ok(_) => false,
    }
}

/// The text of a here-document that was left open at the end of a script, closed as bash does with a warning.
pub(crate) fn close_here_document(text: &str) -> Option<(String, String)> {
    let at = text.find("<<")?;
    let word: String =
        text[at + 2..].trim_start_matches(['-', ' ']).chars().take_while(|c| !c.is_whitespace()).collect();
    let tag = word.trim_matches(|c| c == '\'' || c == '"' || c == '\\').to_owned();
    let newline = if text.ends_with('\n') { "" } else { "\n" };
    (!tag.is_empty()).then(|| (format!("{text}{newline}{tag}\n"), tag))
}

/// The parser has no `select`: it reads one as a `for` over a variable with this before its name.
pub(crate) const SELECT: &str = "__select__";

/// The text with each `select NAME` that begins a command made a `for`; `None` if there is none.
fn selects(text: &str) -> Option<String> {
    if !text.contains("select ") {
        return None;
    }
    let (mut changed, mut found) = (String::new(), false);
    // Whether a command may begin here, and what quotes are open.
    let (mut begins, mut quote, mut escaped) = (true, None, false);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if begins
            && quote.is_none()
            && let Some(after) = rest.strip_prefix("select ")
            && let name = after.trim_start()
            && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        {
            changed.push_str("for ");
            changed.push_str(SELECT);
            rest = name;
            (found, begins) = (true, false);
            continue;
        }
        match c {
            _ if std::mem::take(&mut escaped) => begins = false,
            '\\' if quote != Some('\'') => escaped = true,
            '\'' | '"' if quote.is_none() => quote = Some(c),
            c if quote == Some(c) => quote = None,
            _ if quote.is_some() => {}
            '\n' | ';' | '&' | '|' | '(' | '{' => begins = true,
            ' ' | '\t' => {
                let word = changed.rsplit(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
                begins |= matches!(word, "then" | "do" | "else");
            }
            _ => begins = false,
        }
        changed.push(c);
        rest = &rest[c.len_utf8()..];
    }
    found.then_some(changed)
}

/// How deep brackets are nested, `[[` counting once; a new command starts anew.
fn depth(text: &str, open: char, close: char) -> usize {
    let (mut depth, mut deepest) = (0usize, 0usize);
    for c in text.replace("[[", "[").replace("]]", "]").chars() {
        if c == open {
            depth += 1;
        } else if c == close || open == '[' && (c == '\n' || c == ';') {
            depth = if c == close { depth.saturating_sub(1) } else { 0 };
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// A rough, cheap bound on how deep the parser would have to go.
fn nesting(text: &str) -> usize {
    let (mut brackets, mut commands, mut deepest) = (0usize, 0usize, 0usize);
    let mut word = String::new();
    let mut ticks = 0usize;
    for c in text.chars().chain([' ']) {
        match c {
            '(' | '{' | '[' => brackets += 1,
            ')' | '}' | ']' => brackets = brackets.saturating_sub(1),
            '`' => ticks += 1,
            _ => {}
        }
        if c.is_ascii_alphabetic() {
            word.push(c);
        } else {
            match word.as_str() {
                "if" | "while" | "until" | "for" | "case" | "select" => commands += 1,
                "fi" | "done" | "esac" => commands = commands.saturating_sub(1),
                _ => {}
            }
            word.clear();
        }
        deepest = deepest.max(brackets + commands);
    }
    deepest + ticks / 16
}

/// The first `<POD-IP>` in a text: a word of capitals that stands for something to fill in.
pub(crate) fn placeholder(text: &str) -> Option<String> {
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let end = rest.find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-' || c == '_'))?;
        if rest[end..].starts_with('>') && rest.starts_with(|c: char| c.is_ascii_uppercase()) {
            return Some(format!("<{}>", &rest[..end]));
        }
    }
    None
}

/// Whether an expansion is opened on the line of a here-document's `<<`, after it, and not closed there. The tokenizer
/// panics at some of these; hardly anyone writes one.
fn open_beside_here_document(text: &str) -> bool {
    text.split('\n').any(|line| {
        let Some(at) = line.replace("<<<", "   ").find("<<") else { return false };
        let rest = line.get(at + 2..).unwrap_or_default();
        let (mut open, mut ticks, mut before) = (Vec::new(), 0usize, ' ');
        for c in rest.chars() {
            match c {
                '(' | '[' | '{' if !open.is_empty() || matches!(before, '$' | '<' | '>' | '(' | '[') => open.push(c),
                ')' if open.last() == Some(&'(') => drop(open.pop()),
                ']' if open.last() == Some(&'[') => drop(open.pop()),
                '}' if open.last() == Some(&'{') => drop(open.pop()),
                '`' => ticks += 1,
                _ => {}
            }
            before = c;
        }
        !open.is_empty() || ticks % 2 == 1
    })
}

/// Whether a number stands where the parser takes any number and panics at one it cannot hold: before a redirection,
/// in `~1`, in `{1..2}`.
pub(crate) fn huge_number(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut digits = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if byte.is_ascii_digit() {
            digits += 1;
            continue;
        }
        if digits > 9 {
            let start = at - digits;
            let tilde =
                bytes[..start].ends_with(b"~") || bytes[..start].ends_with(b"~+") || bytes[..start].ends_with(b"~-");
            let brace =
                *byte == b'.' || *byte == b'}' || bytes[..start].ends_with(b"..") || bytes[..start].ends_with(b"..-");
            let alone = bytes[..start].last().is_none_or(|byte| b" \t\n;|&()<>".contains(byte));
            let descriptor = matches!(byte, b'<' | b'>') && alone && text[start..at].parse::<i32>().is_err();
            if descriptor || tilde || brace && digits > 18 {
                return true;
            }
        }
        digits = 0;
    }
    digits > 9 && bytes[..bytes.len() - digits].iter().rev().take(2).any(|byte| *byte == b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_parser_would_panic_at_is_refused() {
        for text in [
            "<<EOF $(( ) ] ; \nEOF\n",
            "<<EOF $(( f() ]] [a- \nEOF\n",
            "<<EOF $[ ; $( \\ $( f() \nEOF\n",
            "<<EOF))$(($((*fi)\n<<EOF\n]))for\nEOF\n",
            "if [a- if } ${x:- <<EOF case $( x } $[ ] fi \nEOF\n",
            "echo 99999999999999999999999999>x",
            "echo ~99999999999999999999999999",
            "echo ~+99999999999999999999999999/",
            "echo {1..99999999999999999999999999}",
            "echo {99999999999999999999999999..1}",
        ] {
            assert!(matches!(parse(text), Err(SyntaxError::Wrong { .. })), "{text}");
        }
        for text in [
            "x=$(cat <<EOF\nhi\nEOF\n)\n",
            "cat <<EOF | grep $(echo x) > f\nx\nEOF\n",
            "cat <<EOF > ${x:-f}\nx\nEOF\n",
            "echo 12345678901234567890 2>f $((1<<3))\n",
            "kubectl apply -f - <<'EOF'\na: {b: [1]}\nEOF\n",
            "cat <<< \"$(echo a)\"\n",
        ] {
            assert!(parse(text).is_ok(), "{text}");
        }
    }
}
