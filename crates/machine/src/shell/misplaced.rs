//! The first token that no longer line could make right: the parser only says that it stopped.

use brush_parser::Token;

use super::parse::options;

/// The token, as bash names it, and its line.
pub(super) fn find(text: &str) -> Option<(String, usize)> {
    let tokens = brush_parser::uncached_tokenize_str(text, &options().tokenizer_options()).ok()?;
    let mut open: Vec<&str> = Vec::new();
    let mut at_command = true;
    for (at, token) in tokens.iter().enumerate() {
        let (Token::Operator(word, span) | Token::Word(word, span)) = token;
        let next = tokens.get(at + 1);
        let here = || Some((if word == "\n" { "newline".to_owned() } else { word.clone() }, span.start.line));
        let newline = || Some(("newline".to_owned(), span.start.line));
        let in_patterns = open.last() == Some(&"case");
        if let Token::Operator(..) = token {
            let redirects = matches!(
                word.as_str(),
                "<" | ">" | ">>" | "<<<" | ">|" | "<>" | "&>" | "&>>" | ">&" | "<&" | "<<" | "<<-"
            );
            if redirects {
                match next {
                    None => return newline(),
                    Some(Token::Operator(after, span)) if after != "(" => {
                        return Some((if after == "\n" { "newline".into() } else { after.clone() }, span.start.line));
                    }
                    _ => {}
                }
                at_command = false;
                continue;
            }
            match word.as_str() {
                "(" if at > 0
                    && !at_command
                    && matches!(tokens[at - 1], Token::Word(..))
                    && next.is_none_or(is_newline) =>
                {
                    return newline();
                }
                "(" => open.push("("),
                ")" if in_patterns => {}
                ")" => match open.last() {
                    Some(&"(") => drop(open.pop()),
                    _ => return here(),
                },
                ";" | "&" | "&&" | "||" | "|" | ";;"
                    if at_command && !in_patterns && (word != ";;" || !open.contains(&"case")) =>
                {
                    let after_newline = at > 0 && is_newline(&tokens[at - 1]);
                    if at == 0 || !after_newline || word != ";;" {
                        return here();
                    }
                }
                ";;" if !open.contains(&"case") => return here(),
                _ => {}
            }
            at_command = word != ")";
            continue;
        }
        if !at_command {
            continue;
        }
        if open.last() == Some(&"for") && word != "do" && word != "{" {
            return here();
        }
        let closes: &[&str] = match word.as_str() {
            "then" => &["if"],
            "elif" | "else" | "fi" => &["then", "else"],
            "do" => &["while", "for"],
            "done" => &["do"],
            "esac" => &["case"],
            "}" => &["{"],
            _ => &[],
        };
        if !closes.is_empty() {
            if in_patterns && word != "esac" {
                at_command = false;
                continue;
            }
            match open.last() {
                Some(top) if closes.contains(top) => drop(open.pop()),
                _ => return here(),
            }
        }
        let opens = match word.as_str() {
            "if" | "elif" => Some("if"),
            "then" => Some("then"),
            "else" => Some("else"),
            "while" | "until" => Some("while"),
            "for" | "select" => Some("for"),
            "do" => Some("do"),
            "case" => Some("case"),
            "{" => Some("{"),
            _ => None,
        };
        if in_patterns && word != "esac" {
            at_command = false;
            continue;
        }
        open.extend(opens);
        if matches!(word.as_str(), "for" | "function" | "select" | "case") && next.is_none_or(is_newline) {
            return newline();
        }
        at_command =
            matches!(word.as_str(), "if" | "then" | "elif" | "else" | "while" | "until" | "do" | "{" | "!" | "time");
        // `fi`, `done`, `esac`, `}` end a command: only an operator may follow, and the parser sees to that.
    }
    None
}

fn is_newline(token: &Token) -> bool {
    matches!(token, Token::Operator(word, _) if word == "\n")
}
