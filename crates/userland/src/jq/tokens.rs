//! Taking a jq program apart into tokens.

use super::parse::DEPTH_LIMIT;

const SYMBOLS: [&str; 40] = [
    "?//", "|=", "//=", "+=", "-=", "*=", "/=", "%=", "==", "!=", "<=", ">=", "//", "..", "|", ",", "=", "<", ">", "+",
    "-", "*", "/", "%", "(", ")", "[", "]", "{", "}", ":", ";", ".", "?", "$", "\"", "@", "!", "&", "^",
];

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Text(Vec<Piece>),
    /// `.name`
    Field(String),
    Name(String),
    Variable(String),
    Format(String),
    Symbol(&'static str),
    Other(char),
    End,
}

/// A piece of a string: its text, or the tokens of what is put in.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    Text(String),
    Tokens(Vec<Token>),
}

/// Takes a text apart, to its end or (`inner`) to the parenthesis that closes what is put into a string.
pub(super) fn tokens(
    chars: &[char],
    at: &mut usize,
    inner: bool,
    depth: usize,
    starts: &mut Vec<usize>,
) -> Result<Vec<Token>, String> {
    if depth > DEPTH_LIMIT {
        return Err("syntax error, the program is nested too deeply".to_owned());
    }
    let mut found = Vec::new();
    let mut open = 0;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let word = |from: usize| {
        let mut end = from;
        while chars.get(end).is_some_and(|c| is_name(*c))
            || chars.get(end) == Some(&':') && chars.get(end + 1) == Some(&':') && end > from
        {
            end += if chars[end] == ':' { 2 } else { 1 };
        }
        end
    };
    while let Some(&c) = chars.get(*at) {
        let from = *at;
        let before = found.len();
        if c.is_whitespace() {
            *at += 1;
        } else if c == '#' {
            while chars.get(*at).is_some_and(|c| *c != '\n') {
                *at += 1;
            }
        } else if c == '"' {
            *at += 1;
            found.push(Token::Text(string(chars, at, depth)?));
        } else if c.is_ascii_digit() || c == '.' && chars.get(*at + 1).is_some_and(char::is_ascii_digit) {
            let from = *at;
            while chars.get(*at).is_some_and(|c| c.is_ascii_digit() || *c == '.') {
                *at += 1;
            }
            if chars.get(*at).is_some_and(|c| "eE".contains(*c)) {
                let sign = usize::from(chars.get(*at + 1).is_some_and(|c| "+-".contains(*c)));
                if chars.get(*at + 1 + sign).is_some_and(char::is_ascii_digit) {
                    *at += 1 + sign;
                    while chars.get(*at).is_some_and(char::is_ascii_digit) {
                        *at += 1;
                    }
                }
            }
            let text: String = chars[from..*at].iter().collect();
            found.push(Token::Number(
                text.parse().map_err(|_| "syntax error, unexpected INVALID_CHARACTER".to_owned())?,
            ));
        } else if c == '.' && chars.get(*at + 1).is_some_and(|c| is_name(*c)) {
            let end = word(*at + 1);
            found.push(Token::Field(chars[*at + 1..end].iter().collect()));
            *at = end;
        } else if c == '$' && chars.get(*at + 1).is_some_and(|c| is_name(*c)) {
            let end = word(*at + 1);
            found.push(Token::Variable(chars[*at + 1..end].iter().collect()));
            *at = end;
        } else if c == '@' && chars.get(*at + 1).is_some_and(|c| is_name(*c)) {
            let end = word(*at + 1);
            found.push(Token::Format(chars[*at + 1..end].iter().collect()));
            *at = end;
        } else if is_name(c) {
            let end = word(*at);
            found.push(Token::Name(chars[*at..end].iter().collect()));
            *at = end;
        } else {
            let rest: String = chars[*at..].iter().take(3).collect();
            match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
                Some(symbol) => {
                    if inner && *symbol == ")" && open == 0 {
                        break;
                    }
                    open += usize::from(*symbol == "(");
                    open = open.saturating_sub(usize::from(*symbol == ")"));
                    *at += symbol.chars().count();
                    found.push(Token::Symbol(symbol));
                }
                None => {
                    *at += 1;
                    found.push(Token::Other(c));
                }
            }
        }
        if found.len() > before {
            starts.push(from);
        }
    }
    found.push(Token::End);
    Ok(found)
}

/// The rest of a string, after its first quote.
fn string(chars: &[char], at: &mut usize, depth: usize) -> Result<Vec<Piece>, String> {
    let unfinished =
        || "syntax error, unexpected $end, expecting QQSTRING_TEXT or QQSTRING_INTERP_START or QQSTRING_END".to_owned();
    let (mut pieces, mut text) = (Vec::new(), String::new());
    loop {
        let c = *chars.get(*at).ok_or_else(unfinished)?;
        *at += 1;
        match c {
            '"' => {
                pieces.push(Piece::Text(text));
                return Ok(pieces);
            }
            '\\' => {
                let c = *chars.get(*at).ok_or_else(unfinished)?;
                *at += 1;
                match c {
                    '(' => {
                        pieces.push(Piece::Text(std::mem::take(&mut text)));
                        pieces.push(Piece::Tokens(tokens(chars, at, true, depth + 1, &mut Vec::new())?));
                        if chars.get(*at) != Some(&')') {
                            return Err("syntax error, unexpected $end".to_owned());
                        }
                        *at += 1;
                    }
                    'u' => {
                        let mut units = Vec::new();
                        loop {
                            let digits: String = chars[*at..].iter().take(4).collect();
                            units.push(u16::from_str_radix(&digits, 16).map_err(|_| unfinished())?);
                            *at += 4;
                            let pair = units.len() == 1 && (0xd800..0xdc00).contains(&units[0]);
                            if !pair || chars.get(*at) != Some(&'\\') || chars.get(*at + 1) != Some(&'u') {
                                break;
                            }
                            *at += 2;
                        }
                        text.extend(char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')));
                    }
                    c => text.push(match c {
                        'n' => '\n',
                        't' => '\t',
                        'r' => '\r',
                        'b' => '\u{8}',
                        'f' => '\u{c}',
                        '"' | '\\' | '/' => c,
                        _ => return Err("syntax error, unexpected INVALID_CHARACTER".to_owned()),
                    }),
                }
            }
            c => text.push(c),
        }
    }
}
