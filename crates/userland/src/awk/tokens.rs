//! The words of an awk program.

/// A word of a program.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Text(String),
    Regex(String),
    Name(String),
    /// A name with `(` right after it.
    Function(String),
    Symbol(&'static str),
    Newline,
    End,
}

const SYMBOLS: [&str; 42] = [
    "&&", "||", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "==", "<=", ">=", "!=", "!~", ">>", "**", "{", "}",
    "(", ")", "[", "]", ";", ",", "+", "-", "*", "/", "%", "^", "!", ">", "<", "|", "?", ":", "~", "$", "=", "&", "@",
];

/// Takes a program apart; the error is awk's sentence.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let chars: Vec<char> = text.chars().collect();
    let mut found: Vec<Token> = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        // A slash starts a pattern where a value may start.
        let value_before = matches!(
            found.last(),
            Some(
                Token::Number(_)
                    | Token::Text(_)
                    | Token::Name(_)
                    | Token::Regex(_)
                    | Token::Symbol(")" | "]" | "$" | "++" | "--")
            )
        );
        match c {
            '\n' => {
                found.push(Token::Newline);
                at += 1;
            }
            '\\' if chars.get(at + 1) == Some(&'\n') => at += 2,
            '#' => {
                while chars.get(at).is_some_and(|c| *c != '\n') {
                    at += 1;
                }
            }
            c if c.is_whitespace() => at += 1,
            '"' => {
                let mut text = String::new();
                at += 1;
                loop {
                    match chars.get(at) {
                        None | Some('\n') => return Err("unterminated string".to_owned()),
                        Some('"') => break,
                        Some('\\') => {
                            at += 1;
                            match chars.get(at) {
                                Some('n') => text.push('\n'),
                                Some('t') => text.push('\t'),
                                Some('r') => text.push('\r'),
                                Some('\\') => text.push('\\'),
                                Some('"') => text.push('"'),
                                Some('/') => text.push('/'),
                                Some(c) => text.extend(['\\', *c]),
                                None => {}
                            }
                        }
                        Some(c) => text.push(*c),
                    }
                    at += 1;
                }
                at += 1;
                found.push(Token::Text(text));
            }
            '/' if !value_before => {
                let mut text = String::new();
                at += 1;
                loop {
                    match chars.get(at) {
                        None | Some('\n') => return Err("unterminated regexp".to_owned()),
                        Some('/') => break,
                        Some('\\') if chars.get(at + 1) == Some(&'/') => {
                            text.push('/');
                            at += 1;
                        }
                        Some('\\') => {
                            text.push('\\');
                            at += 1;
                            text.extend(chars.get(at));
                        }
                        Some(c) => text.push(*c),
                    }
                    at += 1;
                }
                at += 1;
                found.push(Token::Regex(text));
            }
            c if c.is_ascii_digit() || (c == '.' && chars.get(at + 1).is_some_and(char::is_ascii_digit)) => {
                let from = at;
                while chars.get(at).is_some_and(|c| c.is_ascii_digit() || *c == '.') {
                    at += 1;
                }
                if chars.get(at).is_some_and(|c| *c == 'e' || *c == 'E')
                    && chars.get(at + 1).is_some_and(char::is_ascii_digit)
                {
                    at += 1;
                    while chars.get(at).is_some_and(char::is_ascii_digit) {
                        at += 1;
                    }
                }
                let text: String = chars[from..at].iter().collect();
                found.push(Token::Number(text.parse().unwrap_or(0.0)));
            }
            c if c.is_ascii_alphabetic() || c == '_' => {
                let from = at;
                while chars.get(at).is_some_and(|c| c.is_ascii_alphanumeric() || *c == '_') {
                    at += 1;
                }
                let name: String = chars[from..at].iter().collect();
                let call = chars.get(at) == Some(&'(');
                found.push(if call { Token::Function(name) } else { Token::Name(name) });
            }
            _ => {
                let rest: String = chars[at..].iter().take(2).collect();
                let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) else {
                    return Err(format!("unexpected character '{c}'"));
                };
                found.push(Token::Symbol(if *symbol == "**" { "^" } else { symbol }));
                at += symbol.len();
            }
        }
    }
    found.push(Token::End);
    Ok(found)
}
