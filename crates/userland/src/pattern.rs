//! POSIX regular expressions, read into `regex-lite`'s syntax.
//!
//! What differs from glibc: of alternatives the first that matches wins, not the longest, and a back-reference inside a
//! pattern is refused.

use regex_lite::{Regex, RegexBuilder};

/// Which of POSIX's two syntaxes a pattern is written in, or none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Syntax {
    /// `grep` and `sed` without options: `\(`, `\|`, `\+`, `\?`, `\{` are special.
    Basic,
    /// `grep -E`, `sed -E`, awk.
    Extended,
    /// `grep -F`.
    Fixed,
}

/// Compiles a pattern; the error is the sentence glibc would give, or why it is not simulated.
pub(crate) fn compile(pattern: &str, syntax: Syntax, ignore_case: bool) -> Result<Regex, String> {
    let translated = translate(pattern, syntax)?;
    build(&translated, ignore_case)
}

/// Compiles what [`translate`] gave.
pub(crate) fn build(translated: &str, ignore_case: bool) -> Result<Regex, String> {
    RegexBuilder::new(translated)
        .case_insensitive(ignore_case)
        .size_limit(1 << 20)
        .build()
        .map_err(|_| "Invalid regular expression".to_owned())
}

fn push_literal(out: &mut String, c: char) {
    if "\\.+*?()|[]{}^$#&-~".contains(c) {
        out.push('\\');
    }
    out.push(c);
}

/// A bracket expression from after its `[`; gives how many characters it used.
fn bracket(chars: &[char], out: &mut String) -> Result<usize, String> {
    const UNMATCHED: &str = "Unmatched [, [^, [:, [., or [=";
    out.push('[');
    let mut at = 0;
    if chars.first() == Some(&'^') {
        out.push('^');
        at += 1;
    }
    let first = at;
    loop {
        let Some(&c) = chars.get(at) else { return Err(UNMATCHED.to_owned()) };
        if c == ']' && at > first {
            break;
        }
        if c == '[' && matches!(chars.get(at + 1), Some(':' | '.' | '=')) {
            let kind = chars[at + 1];
            let rest = &chars[at + 2..];
            let Some(end) = rest.windows(2).position(|pair| pair == [kind, ']']) else {
                return Err(UNMATCHED.to_owned());
            };
            let name: String = rest[..end].iter().collect();
            at += 2 + end + 2;
            if kind == ':' {
                const CLASSES: [&str; 12] = [
                    "alpha", "digit", "alnum", "upper", "lower", "space", "blank", "punct", "print", "graph", "cntrl",
                    "xdigit",
                ];
                if !CLASSES.contains(&name.as_str()) {
                    return Err("Invalid character class name".to_owned());
                }
                out.push_str(&format!("[:{name}:]"));
            } else {
                name.chars().for_each(|c| push_literal(out, c));
            }
            continue;
        }
        let range = chars.get(at + 1) == Some(&'-') && chars.get(at + 2).is_some_and(|c| *c != ']');
        if range {
            let last = chars[at + 2];
            if last < c {
                return Err("Invalid range end".to_owned());
            }
            push_literal(out, c);
            out.push('-');
            push_literal(out, last);
            at += 3;
        } else {
            push_literal(out, c);
            at += 1;
        }
    }
    out.push(']');
    Ok(at + 1)
}

/// Rewrites a POSIX pattern for `regex-lite`.
pub(crate) fn translate(pattern: &str, syntax: Syntax) -> Result<String, String> {
    let mut out = String::new();
    if syntax == Syntax::Fixed {
        pattern.chars().for_each(|c| push_literal(&mut out, c));
        return Ok(out);
    }
    let extended = syntax == Syntax::Extended;
    let chars: Vec<char> = pattern.chars().collect();
    let mut at = 0;
    let mut depth = 0usize;
    // Whether a `*` here has nothing to repeat (and then, in a basic expression, is a plain star).
    let mut start = true;
    while at < chars.len() {
        let c = chars[at];
        let next = chars.get(at + 1).copied();
        let (special, escaped) = match c {
            '\\' => (next, true),
            _ => (Some(c), false),
        };
        at += if escaped { 2 } else { 1 };
        let was_start = std::mem::replace(&mut start, false);
        match special {
            None => return Err("Trailing backslash".to_owned()),
            Some(c @ ('(' | ')' | '|' | '{' | '}' | '+' | '?')) if escaped != extended => match c {
                '(' => {
                    depth += 1;
                    start = true;
                    out.push('(');
                }
                ')' if depth == 0 => {
                    if extended {
                        out.push_str("\\)");
                    } else {
                        return Err("Unmatched ) or \\)".to_owned());
                    }
                }
                ')' => {
                    depth -= 1;
                    out.push(')');
                }
                '|' => {
                    start = true;
                    out.push('|');
                }
                '{' => {
                    let rest: String = chars[at..].iter().collect();
                    let close = if extended { "}" } else { "\\}" };
                    match rest.split_once(close) {
                        Some((range, _))
                            if !range.is_empty() && range.chars().all(|c| c.is_ascii_digit() || c == ',') =>
                        {
                            let range = if range.starts_with(',') { format!("0{range}") } else { range.to_owned() };
                            out.push_str(&format!("{{{range}}}"));
                            at += rest.split(close).next().map_or(0, |range| range.chars().count()) + close.len();
                        }
                        Some(_) if extended => out.push_str("\\{"),
                        Some(_) => return Err("Invalid content of \\{\\}".to_owned()),
                        None if extended => out.push_str("\\{"),
                        None => return Err("Unmatched { or \\{".to_owned()),
                    }
                }
                '}' => out.push_str("\\}"),
                _ if was_start => {
                    // A repetition of nothing: GNU takes it as itself in basic, and as nothing in extended expressions.
                    if !extended {
                        push_literal(&mut out, c);
                    }
                    start = extended;
                }
                c => out.push(c),
            },
            Some('*') if !escaped => {
                if was_start && !extended {
                    out.push_str("\\*");
                } else if !was_start {
                    out.push('*');
                }
            }
            Some('.') if !escaped => out.push('.'),
            Some('[') if !escaped => at += bracket(&chars[at..], &mut out)?,
            Some('^') if !escaped => {
                if extended || was_start {
                    out.push('^');
                    start = true;
                } else {
                    out.push_str("\\^");
                }
            }
            Some('$') if !escaped => {
                let rest: String = chars[at..].iter().take(2).collect();
                if extended || rest.is_empty() || rest.starts_with("\\)") || rest.starts_with("\\|") {
                    out.push('$');
                } else {
                    out.push_str("\\$");
                }
            }
            Some(c @ ('w' | 'W' | 's' | 'S' | 'b' | 'B' | '<' | '>')) if escaped => {
                out.push('\\');
                out.push(c);
            }
            Some('`') if escaped => out.push_str("\\A"),
            Some('\'') if escaped => out.push_str("\\z"),
            Some('n') if escaped => out.push_str("\\n"),
            Some('t') if escaped => out.push_str("\\t"),
            Some(c @ '1'..='9') if escaped => {
                return Err(format!("a back-reference in a pattern (\\{c}) is not simulated"));
            }
            Some(c) => push_literal(&mut out, c),
        }
    }
    if depth > 0 {
        return Err("Unmatched ( or \\(".to_owned());
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_syntaxes_find_what_glibc_finds() {
        use Syntax::{Basic, Extended, Fixed};
        for (syntax, pattern, text, found) in [
            (Basic, "a.c", "xabcx", Some("abc")),
            (Basic, "a+", "aa+", Some("a+")),
            (Basic, r"a\+", "xaa+", Some("aa")),
            (Extended, "a+", "xaa+", Some("aa")),
            (Basic, r"\(ab\)*c", "ababc", Some("ababc")),
            (Basic, "*a", "x*a", Some("*a")),
            (Basic, "^*a", "*a", Some("*a")),
            (Basic, r"a\{2\}", "caaa", Some("aa")),
            (Extended, "a{2,3}", "caaaa", Some("aaa")),
            (Extended, "{x", "a{x", Some("{x")),
            (Basic, "[]x]", "a]", Some("]")),
            (Basic, "[^[:space:]]*$", "ab cd", Some("cd")),
            (Basic, r"[\n]", r"a\b", Some("\\")),
            (Basic, "a^b$c", "a^b$c", Some("a^b$c")),
            (Extended, "foo|bar", "a bar", Some("bar")),
            (Basic, r"foo\|bar", "a bar", Some("bar")),
            (Basic, r"\<cd\>", "abcd cd", Some("cd")),
            (Extended, "[a-c]+&&", "abc&&", Some("abc&&")),
            (Fixed, "a.c*", "abc a.c*", Some("a.c*")),
            (Basic, "가.다", "x가나다", Some("가나다")),
            (Basic, "x", "y", None),
        ] {
            let regex = compile(pattern, syntax, false).unwrap_or_else(|error| panic!("{pattern}: {error}"));
            assert_eq!(regex.find(text).map(|found| found.as_str()), found, "{pattern}");
        }
        for (syntax, pattern, error) in [
            (Basic, "[a", "Unmatched [, [^, [:, [., or [="),
            (Basic, r"\(a", r"Unmatched ( or \("),
            (Extended, "(a", r"Unmatched ( or \("),
            (Basic, r"a\)", r"Unmatched ) or \)"),
            (Basic, "a\\", "Trailing backslash"),
            (Basic, "[z-a]", "Invalid range end"),
            (Basic, "[[:foo:]]", "Invalid character class name"),
        ] {
            assert_eq!(compile(pattern, syntax, false).map(|_| ()), Err(error.to_owned()), "{pattern}");
        }
        assert!(compile("ABC", Basic, true).unwrap().is_match("xabc"));
    }
}
