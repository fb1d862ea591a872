//! A template in pieces: text, and the tokens of each action.

pub(super) enum Piece {
    Text(String),
    /// Each token with its place in the template, in bytes: of a chain of fields that of its second field, which is where Go
    /// says that something is wrong with it.
    Action(Vec<(Token, usize)>),
}

#[derive(Clone, PartialEq, Debug)]
pub(super) enum Token {
    Word(String),
    /// `.a.b`, `.`
    Field(Vec<String>),
    /// `$x.a`
    Variable(String, Vec<String>),
    Text(String),
    Number(f64),
    Open,
    /// `)` with what may follow it: `(…).a`
    Close(Vec<String>),
    Pipe,
    Comma,
    Assign,
    Declare,
}

pub(super) fn lex(template: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let (mut rest, mut trim) = (template, false);
    loop {
        let Some(start) = rest.find("{{") else {
            let text = if trim { rest.trim_start() } else { rest };
            pieces.push(Piece::Text(text.to_owned()));
            return Ok(pieces);
        };
        let mut text = &rest[..start];
        if trim {
            text = text.trim_start();
        }
        let mut inner = &rest[start + 2..];
        if inner.starts_with("- ") {
            text = text.trim_end();
            inner = &inner[1..];
        }
        pieces.push(Piece::Text(text.to_owned()));
        let end = action_end(inner).ok_or("unclosed action")?;
        let from = template.len() - inner.len();
        let mut body = &inner[..end];
        rest = &inner[end + 2..];
        trim = body.ends_with(" -");
        if trim {
            body = &body[..body.len() - 1];
        }
        let from = from + (body.len() - body.trim_start().len());
        let body = body.trim();
        if !(body.starts_with("/*") && body.ends_with("*/")) {
            pieces.push(Piece::Action(tokens(body, from)?));
        }
    }
}

/// The end of an action: `}}` outside of quotes.
fn action_end(text: &str) -> Option<usize> {
    let (mut quote, mut escaped) = (None, false);
    for (at, c) in text.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some('"') if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '`' => quote = Some(c),
            None if text[at..].starts_with("}}") => return Some(at),
            None => {}
        }
    }
    None
}

fn fields(chars: &[char], at: &mut usize) -> Vec<String> {
    let mut names = Vec::new();
    while chars.get(*at) == Some(&'.') {
        *at += 1;
        let name: String = chars[*at..].iter().take_while(|c| c.is_alphanumeric() || **c == '_').collect();
        *at += name.chars().count();
        if !name.is_empty() {
            names.push(name);
        }
    }
    names
}

fn tokens(body: &str, from: usize) -> Result<Vec<(Token, usize)>, String> {
    let chars: Vec<char> = body.chars().collect();
    let (mut tokens, mut at) = (Vec::<(Token, usize)>::new(), 0);
    while let Some(&c) = chars.get(at) {
        let start = from + chars[..at].iter().map(|c| c.len_utf8()).sum::<usize>();
        let mut push = |token: Token| {
            let place = match &token {
                Token::Field(path) if path.len() > 1 => start + 1 + path[0].len(),
                Token::Variable(name, path) if !path.is_empty() => start + name.len(),
                _ => start,
            };
            tokens.push((token, place));
        };
        match c {
            ' ' | '\t' | '\n' | '\r' => at += 1,
            '.' => push(Token::Field(fields(&chars, &mut at))),
            '$' => {
                at += 1;
                let name: String = chars[at..].iter().take_while(|c| c.is_alphanumeric() || **c == '_').collect();
                at += name.chars().count();
                push(Token::Variable(format!("${name}"), fields(&chars, &mut at)));
            }
            '"' | '`' => {
                at += 1;
                let mut text = String::new();
                loop {
                    let Some(&d) = chars.get(at) else { return Err("unterminated quoted string".to_owned()) };
                    at += 1;
                    match d {
                        d if d == c => break,
                        '\\' if c == '"' => {
                            let escaped = chars.get(at).copied();
                            at += 1;
                            text.push(match escaped {
                                Some('n') => '\n',
                                Some('t') => '\t',
                                Some('r') => '\r',
                                Some(d) => d,
                                None => return Err("unterminated quoted string".to_owned()),
                            });
                        }
                        d => text.push(d),
                    }
                }
                push(Token::Text(text));
            }
            '(' => {
                at += 1;
                push(Token::Open);
            }
            ')' => {
                at += 1;
                push(Token::Close(fields(&chars, &mut at)));
            }
            '|' => {
                at += 1;
                push(Token::Pipe);
            }
            ',' => {
                at += 1;
                push(Token::Comma);
            }
            ':' if chars.get(at + 1) == Some(&'=') => {
                at += 2;
                push(Token::Declare);
            }
            '=' => {
                at += 1;
                push(Token::Assign);
            }
            c if c.is_ascii_digit() || c == '-' || c == '+' => {
                let text: String =
                    chars[at..].iter().take_while(|c| c.is_ascii_digit() || "+-.eE".contains(**c)).collect();
                at += text.chars().count();
                push(Token::Number(text.parse().map_err(|_| format!("bad number syntax: {text:?}"))?));
            }
            c if c.is_alphabetic() || c == '_' => {
                let word: String = chars[at..].iter().take_while(|c| c.is_alphanumeric() || **c == '_').collect();
                at += word.chars().count();
                push(Token::Word(word));
            }
            c => return Err(format!("unexpected {c:?} in command")),
        }
    }
    Ok(tokens)
}
