//! Patterns of a `case` within `$( )`: the tokenizer takes the `)` after one for the end of the substitution, unless it has its `(`.

/// Where the text is within a `case`.
#[derive(Clone, Copy, PartialEq)]
enum Case {
    /// Before its `in`.
    Word,
    /// Where a pattern may begin.
    BeforePattern,
    Pattern,
    /// In the commands of a pattern.
    Commands,
}

/// One `$(`, `(` or quote that is open.
struct Level {
    close: char,
    /// It holds commands.
    commands: bool,
    cases: Vec<Case>,
}

/// The text with a `(` before each pattern within `$( )` that has none; `None` if nothing is missing.
pub(super) fn with_both_parentheses(text: &str) -> Option<String> {
    if !text.contains("$(") || !text.contains("case") || !text.contains("esac") {
        return None;
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut levels = vec![Level { close: '\0', commands: true, cases: Vec::new() }];
    let mut found = false;
    let mut at = 0;
    // Whether the next word may be the first of a command.
    let mut begins = true;
    let mut ends_of_documents: Vec<String> = Vec::new();
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let depth = levels.len();
        let level = levels.last_mut()?;
        let mut length = c.len_utf8();
        if level.cases.last() == Some(&Case::BeforePattern) && !c.is_whitespace() && c != '#' {
            let ends = rest.strip_prefix("esac").is_some_and(|after| !after.starts_with(is_of_word));
            if ends {
                length = 4;
                level.cases.pop();
                begins = false;
            } else {
                *level.cases.last_mut()? = Case::Pattern;
                if c != '(' {
                    length = 0;
                    if depth > 1 {
                        found = true;
                        out.push('(');
                    }
                }
            }
        } else if c == '\\' && level.close != '\'' {
            length += rest[1..].chars().next().map_or(0, char::len_utf8);
            begins = false;
        } else if c == level.close && !(c == ')' && level.cases.last() == Some(&Case::Pattern)) {
            levels.pop();
            begins = false;
        } else if level.close == '\'' {
            // Nothing else means anything there.
        } else if rest.starts_with("$((") {
            length = 3;
            levels.push(Level { close: ')', commands: false, cases: Vec::new() });
            levels.push(Level { close: ')', commands: false, cases: Vec::new() });
        } else if rest.starts_with("$(") {
            length = 2;
            levels.push(Level { close: ')', commands: true, cases: Vec::new() });
            begins = true;
        } else if rest.starts_with("${") {
            length = 2;
            levels.push(Level { close: '}', commands: false, cases: Vec::new() });
        } else if c == '"' {
            levels.push(Level { close: '"', commands: false, cases: Vec::new() });
            begins = false;
        } else if !level.commands {
            if c == '(' && level.close == ')' {
                levels.push(Level { close: ')', commands: false, cases: Vec::new() });
            }
        } else if c == '\'' {
            levels.push(Level { close: '\'', commands: false, cases: Vec::new() });
            begins = false;
        } else if c == '#' && !text[..at].ends_with(|before: char| !before.is_whitespace() && !";&|(".contains(before))
        {
            length = rest.find('\n').unwrap_or(rest.len());
        } else if let Some(after) = rest.strip_prefix("<<").filter(|after| !after.starts_with('<')) {
            let word = after.trim_start_matches(['-', ' ']);
            let word: String = word.chars().take_while(|c| !c.is_whitespace() && !";&|)<>".contains(*c)).collect();
            ends_of_documents.push(word.replace(['\'', '"', '\\'], ""));
            length = 2;
        } else if c == '\n' && !ends_of_documents.is_empty() {
            length = documents(rest, &mut ends_of_documents);
            begins = true;
        } else if level.cases.last() == Some(&Case::Pattern) {
            if c == ')' {
                *level.cases.last_mut()? = Case::Commands;
                begins = true;
            }
        } else if rest.starts_with(";;") || rest.starts_with(";&") {
            length = if rest.starts_with(";;&") { 3 } else { 2 };
            if let Some(case) = level.cases.last_mut() {
                *case = Case::BeforePattern;
            }
            begins = true;
        } else if is_of_word(c) {
            let word: &str = &rest[..rest.find(|c| !is_of_word(c)).unwrap_or(rest.len())];
            length = word.len();
            let alone = !text[at + length..].starts_with(|c: char| !c.is_whitespace() && !";&|()".contains(c));
            match (word, level.cases.last_mut()) {
                ("in", Some(case)) if *case == Case::Word && alone => *case = Case::BeforePattern,
                ("case", _) if begins && alone => level.cases.push(Case::Word),
                ("esac", Some(Case::Commands)) if begins && alone => drop(level.cases.pop()),
                _ => {}
            }
            begins = matches!(word, "then" | "do" | "else" | "if" | "elif" | "while" | "until") && begins;
        } else if c == '(' {
            levels.push(Level { close: ')', commands: true, cases: Vec::new() });
            begins = true;
        } else {
            begins = matches!(c, '\n' | ';' | '&' | '|' | '{' | '!') || begins && c.is_whitespace();
        }
        out.push_str(&rest[..length]);
        at += length;
    }
    found.then_some(out)
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || "_-./$%+=:,@*?[]~".contains(c)
}

/// The length of the here-documents that begin after a newline.
fn documents(text: &str, ends: &mut Vec<String>) -> usize {
    let mut length = 1;
    for end in std::mem::take(ends) {
        for line in text[length..].split_inclusive('\n') {
            length += line.len();
            if line.trim_start_matches('\t').trim_end_matches('\n') == end {
                break;
            }
        }
    }
    // The newline before what follows begins a command, as any does.
    length
}

#[cfg(test)]
mod tests {
    use super::with_both_parentheses;

    #[test]
    fn patterns_within_substitutions_get_their_parenthesis() {
        for (text, changed) in [
            ("echo $(case a in a) echo 1;; esac)", "echo $(case a in (a) echo 1;; esac)"),
            ("x=\"$(case $1 in a|b) echo 1;; *) f;; esac)\"; g", "x=\"$(case $1 in (a|b) echo 1;; (*) f;; esac)\"; g"),
            (
                "y=$(if true; then case \"a b\" in\n  \"a \"*) case x in x) f; esac ;;\n  esac; fi)",
                "y=$(if true; then case \"a b\" in\n  (\"a \"*) case x in (x) f; esac ;;\n  esac; fi)",
            ),
            ("$(f $(case a in 'x)') g;& b) h;; esac) )", "$(f $(case a in ('x)') g;& (b) h;; esac) )"),
        ] {
            assert_eq!(with_both_parentheses(text).as_deref(), Some(changed), "{text}");
        }
        for text in [
            "echo $(case a in (a) echo 1;; esac)",
            "case $(f) in a) echo 1;; esac",
            "cat > x.sh <<'EOF'\necho $(case a in a) echo 1;; esac)\nEOF\n",
            "echo '$(case a in a) echo 1;; esac)'",
            "# $(case a in a) esac\necho $(echo case in esac)",
            "echo $(echo in case a b esac) $((1 + (2))) ${x:-case} esac",
            "echo \"$(",
        ] {
            assert_eq!(with_both_parentheses(text), None, "{text}");
        }
    }
}
