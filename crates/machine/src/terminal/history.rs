//! History expansion: `!!`, `!n`, `!-n`, `!text`.

/// How many lines a shell remembers, as HISTSIZE.
pub(super) const LIMIT: usize = 500;

/// Replaces history references in a line; `Err` is what bash says of one that is not found.
pub(super) fn expand(line: &str, history: &[String]) -> Result<String, String> {
    if !line.contains('!') {
        return Ok(line.to_owned());
    }
    let mut expanded = String::new();
    let (mut single, mut double) = (false, false);
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\\' => {
                expanded.push(c);
                if let Some(next) = rest.chars().next() {
                    expanded.push(next);
                    rest = &rest[next.len_utf8()..];
                }
                continue;
            }
            '\'' if !double => single = !single,
            '"' if !single => double = !double,
            '!' if !single => {
                let next = rest.chars().next();
                let name_ends = |c: char| c.is_whitespace() || ";&|()<>\"'".contains(c);
                if next.is_none_or(|c| name_ends(c) || c == '=')
                    || expanded.ends_with(['$', '[', '{'])
                    || double && next == Some('"')
                {
                    expanded.push(c);
                    continue;
                }
                let (word, after) = match next {
                    Some('!') => rest.split_at(1),
                    _ => rest.split_at(rest.find(name_ends).unwrap_or(rest.len())),
                };
                let found = match word {
                    "!" => history.last(),
                    word => match word.parse::<i64>() {
                        Ok(n) if n < 0 => {
                            history.len().checked_sub(n.unsigned_abs() as usize).and_then(|at| history.get(at))
                        }
                        Ok(n) => usize::try_from(n - 1).ok().and_then(|at| history.get(at)),
                        Err(_) => history.iter().rev().find(|line| line.starts_with(word)),
                    },
                };
                match found {
                    Some(line) => expanded.push_str(line),
                    None => return Err(format!("bash: !{word}: event not found")),
                }
                rest = after;
                continue;
            }
            _ => {}
        }
        expanded.push(c);
    }
    Ok(expanded)
}
