//! `sort`: sorts lines, by bytes as in the C locale that containers have. sort(1) of GNU coreutils 9.1.

use std::cmp::Ordering;

use super::prelude::*;

const SPEC: Spec = Spec {
    short: "bcCdfgh\u{1}Mik:nmo:rRsS:t:T:uVz",
    long: &[
        ("ignore-leading-blanks", 'b'),
        ("check", 'c'),
        ("dictionary-order", 'd'),
        ("ignore-case", 'f'),
        ("general-numeric-sort", 'g'),
        ("human-numeric-sort", 'h'),
        ("month-sort", 'M'),
        ("key", 'k'),
        ("merge", 'm'),
        ("numeric-sort", 'n'),
        ("output", 'o'),
        ("reverse", 'r'),
        ("random-sort", 'R'),
        ("stable", 's'),
        ("field-separator", 't'),
        ("unique", 'u'),
        ("version-sort", 'V'),
    ],
    usage: "[OPTION]... [FILE]...",
    status: 2,
};

#[derive(Clone, Default)]
struct Key {
    start: (usize, usize),
    end: Option<(usize, usize)>,
    flags: String,
}

/// Reads `2`, `2,3`, `2.3nr,4.1`.
fn key(text: &str) -> Result<Key, String> {
    let place = |part: &str, what: &str| -> Result<((usize, usize), String), String> {
        let end = part.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(part.len());
        let (numbers, flags) = part.split_at(end);
        let (field, column) = numbers.split_once('.').unwrap_or((numbers, "0"));
        let field: usize =
            field.parse().map_err(|_| format!("invalid number at field {what}: invalid count at start of \0{part}"))?;
        if field == 0 {
            return Err(format!("-: invalid field specification \0{text}"));
        }
        if let Some(flag) = flags.chars().find(|c| !"bdfghinMRrV".contains(*c)) {
            let _ = flag;
            return Err(format!("stray character in field spec: invalid field specification \0{text}"));
        }
        Ok(((field, column.parse().unwrap_or(0)), flags.to_owned()))
    };
    let (start, end) = match text.split_once(',') {
        Some((start, end)) => (start, Some(end)),
        None => (text, None),
    };
    let (start, mut flags) = place(start, "start")?;
    let end = match end {
        Some(end) => {
            let (end, more) = place(end, "end")?;
            flags.push_str(&more);
            Some(end)
        }
        None => None,
    };
    Ok(Key { start, end, flags })
}

/// The part of a line that a key compares.
fn part<'a>(line: &'a str, key: &Key, separator: Option<char>) -> &'a str {
    let mut fields: Vec<(usize, usize)> = Vec::new();
    match separator {
        Some(separator) => {
            let mut from = 0;
            for field in line.split(separator) {
                fields.push((from, from + field.len()));
                from += field.len() + separator.len_utf8();
            }
        }
        None => {
            // A field starts with the blanks before it.
            let bytes = line.as_bytes();
            let blank = |at: usize| bytes[at] == b' ' || bytes[at] == b'\t';
            let mut at = 0;
            while at < bytes.len() {
                let from = at;
                while at < bytes.len() && blank(at) {
                    at += 1;
                }
                while at < bytes.len() && !blank(at) {
                    at += 1;
                }
                fields.push((from, at));
            }
        }
    }
    let skip = key.flags.contains('b');
    let offset = |field: usize, column: usize| -> usize {
        let Some(&(from, _)) = fields.get(field - 1) else { return line.len() };
        let rest = &line[from..];
        let blanks = if skip { rest.len() - rest.trim_start_matches([' ', '\t']).len() } else { 0 };
        let at = rest[blanks..].char_indices().nth(column).map_or(rest.len() - blanks, |(at, _)| at);
        from + blanks + at
    };
    let start = offset(key.start.0, key.start.1.saturating_sub(1));
    let end = match key.end {
        None => line.len(),
        Some((field, 0)) => fields.get(field - 1).map_or(line.len(), |(_, end)| *end),
        Some((field, column)) => offset(field, column),
    };
    line.get(start..end.max(start)).unwrap_or("")
}

fn numeric(text: &str) -> f64 {
    let text = text.trim_start_matches([' ', '\t']);
    let mut end = usize::from(text.starts_with('-'));
    let mut dot = false;
    for c in text[end..].chars() {
        if c == '.' && !dot {
            dot = true;
        } else if !c.is_ascii_digit() {
            break;
        }
        end += 1;
    }
    text[..end].parse().unwrap_or(0.0)
}

fn human(text: &str) -> f64 {
    let trimmed = text.trim_start();
    let digits = trimmed.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
    let power = match digits.chars().next() {
        Some('K' | 'k') => 1,
        Some('M') => 2,
        Some('G') => 3,
        Some('T') => 4,
        _ => 0,
    };
    numeric(trimmed) * 1024f64.powi(power)
}

fn month(text: &str) -> usize {
    const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    let start: String = text.trim_start().chars().take(3).collect::<String>().to_ascii_uppercase();
    MONTHS.iter().position(|month| *month == start).map_or(0, |at| at + 1)
}

/// Compares as `sort -V`, `ls -v`: runs of digits as numbers.
pub(crate) fn version(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        match (a.first(), b.first()) {
            (None, None) => return Ordering::Equal,
            (None, _) => return Ordering::Less,
            (_, None) => return Ordering::Greater,
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let run = |s: &[u8]| s.iter().take_while(|c| c.is_ascii_digit()).count();
                let (m, n) = (run(a), run(b));
                let strip = |s: &[u8]| -> Vec<u8> { s.iter().copied().skip_while(|c| *c == b'0').collect() };
                let (x, y) = (strip(&a[..m]), strip(&b[..n]));
                match x.len().cmp(&y.len()).then_with(|| x.cmp(&y)) {
                    Ordering::Equal => (a, b) = (&a[m..], &b[n..]),
                    other => return other,
                }
            }
            (Some(x), Some(y)) if x == y => (a, b) = (&a[1..], &b[1..]),
            (Some(x), Some(y)) => return x.cmp(y),
        }
    }
}

fn compare(a: &str, b: &str, flags: &str) -> Ordering {
    let order = if flags.contains('n') || flags.contains('g') {
        numeric(a).total_cmp(&numeric(b))
    } else if flags.contains('h') {
        human(a).total_cmp(&human(b))
    } else if flags.contains('M') {
        month(a).cmp(&month(b))
    } else if flags.contains('V') {
        version(a, b)
    } else {
        let clean = |text: &str| -> String {
            let text = if flags.contains('b') { text.trim_start_matches([' ', '\t']) } else { text };
            text.chars()
                .filter(|c| !flags.contains('d') || c.is_alphanumeric() || *c == ' ' || *c == '\t')
                .flat_map(|c| if flags.contains('f') { c.to_uppercase().collect::<Vec<_>>() } else { vec![c] })
                .collect()
        };
        if flags.contains(['b', 'd', 'f']) { clean(a).cmp(&clean(b)) } else { a.cmp(b) }
    };
    if flags.contains('r') { order.reverse() } else { order }
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let options = SPEC.parse(&p).await?;
    let global: String =
        options.given.iter().map(|(letter, _)| *letter).filter(|c| "bdfghinMRrV".contains(*c)).collect();
    let mut keys = Vec::new();
    for text in options.values('k') {
        match key(text) {
            Ok(mut key) => {
                if key.flags.is_empty() {
                    key.flags = global.clone();
                }
                keys.push(key);
            }
            Err(error) => {
                let text = match error.split_once('\0') {
                    Some((text, value)) => format!("{text}{}", quote(&p, value)),
                    None => error,
                };
                return fail_with(&p, 2, &text).await;
            }
        }
    }
    let separator = match options.value('t') {
        None => None,
        Some("\\0") => Some('\0'),
        Some(text) if text.chars().count() == 1 => text.chars().next(),
        Some("") => {
            return fail_with(&p, 2, "empty tab").await;
        }
        Some(text) => {
            return fail_with(&p, 2, &format!("multi-character tab {}", quote(&p, text))).await;
        }
    };
    let mut data = Vec::new();
    for path in operands_or_stdin(&options.operands) {
        let text = match Source::open(&p, &path) {
            Ok(mut source) => source.all().await,
            Err(error) => {
                let doing = if error == Errno::EISDIR { "read failed" } else { "cannot read" };
                return fail_with(&p, 2, &format!("{doing}: {}: {error}", quote_if_needed(&path))).await;
            }
        };
        data.extend(text);
        if data.last().is_some_and(|last| *last != b'\n') {
            data.push(b'\n');
        }
    }
    let mut rows: Vec<String> = lines(&data).iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    let by_keys = |a: &String, b: &String| -> Ordering {
        if keys.is_empty() {
            return compare(a, b, &global);
        }
        keys.iter()
            .map(|key| compare(part(a, key, separator), part(b, key, separator), &key.flags))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    };
    let last_resort = |a: &String, b: &String| if global.contains('r') { b.cmp(a) } else { a.cmp(b) };
    let unique = options.has('u');
    if options.has('c') || options.has('C') {
        let wrong = rows.windows(2).position(|pair| {
            let order = by_keys(&pair[0], &pair[1]);
            order.is_gt() || (unique && order.is_eq())
        });
        return match wrong {
            Some(at) if options.has('c') => {
                let path = options.operands.first().map_or("-", String::as_str);
                fail(&p, &format!("{path}:{}: disorder: {}", at + 2, rows[at + 1])).await
            }
            Some(_) => Err(ExitStatus(1)),
            None => Ok(()),
        };
    }
    if global.contains('R') {
        p.sim().random(|rng| {
            for at in (1..rows.len()).rev() {
                rows.swap(at, rng.below(at as u64 + 1) as usize);
            }
        });
    } else if options.has('s') || unique {
        sim::order::sort_by(&mut rows, by_keys);
    } else {
        sim::order::sort_by(&mut rows, |a, b| by_keys(a, b).then_with(|| last_resort(a, b)));
    }
    if unique {
        rows.dedup_by(|b, a| by_keys(a, b).is_eq());
    }
    let mut out = rows.join("\n");
    if !rows.is_empty() {
        out.push('\n');
    }
    match options.value('o') {
        Some(path) => match p.write_file(path, out.as_bytes()) {
            Ok(()) => Ok(()),
            Err(error) => fail_with(&p, 2, &format!("open failed: {}: {error}", quote_if_needed(path))).await,
        },
        None => {
            p.out(&out).await;
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_name_parts_of_a_line() {
        for (spec, line, separator, expected) in [
            ("2", "a b c", None, " b c"),
            ("2,2", "a  b c", None, "  b"),
            ("2b,2", "a  b c", None, "b"),
            ("2,2", "a:b:c", Some(':'), "b"),
            ("1.2,1.3", "abcd", None, "bc"),
            ("5", "a b", None, ""),
        ] {
            assert_eq!(part(line, &key(spec).unwrap(), separator), expected, "{spec}");
        }
    }

    #[test]
    fn orders() {
        assert!(compare("10", "9", "n").is_gt() && compare("10", "9", "").is_lt());
        assert!(compare("10", "9", "nr").is_lt());
        assert!(compare("2K", "1M", "h").is_lt());
        assert!(version("a10", "a9").is_gt());
        assert!(compare("a", "B", "f").is_lt() && compare("a", "B", "").is_gt());
        assert!((numeric(" -3.5x") + 3.5).abs() < 1e-9);
    }
}
