//! `budgets.toml` beside what was measured.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::shell::{Failure, Outcome, because};
use crate::suites::Count;

/// The file's numbers by `section.name`, and its lists of strings.
struct Budgets {
    numbers: BTreeMap<String, f64>,
    lists: BTreeMap<String, Vec<String>>,
}

/// Reads the few forms of TOML that the file uses: `[section]`, `name = 1.5`, `name = ["text"]`.
fn read() -> Outcome<Budgets> {
    let text = fs::read_to_string("budgets.toml").map_err(because("budgets.toml"))?;
    let mut budgets = Budgets { numbers: BTreeMap::new(), lists: BTreeMap::new() };
    let mut section = String::new();
    for line in
        text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()).filter(|line| !line.is_empty())
    {
        let odd = || Failure(format!("budgets.toml: cannot read {line:?}"));
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name.to_owned();
            continue;
        }
        let (name, value) = line.split_once('=').ok_or_else(odd)?;
        let (name, value) = (format!("{section}.{}", name.trim()), value.trim());
        if let Some(list) = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let words =
                list.split(',').map(|word| word.trim().trim_matches('"').to_owned()).filter(|word| !word.is_empty());
            budgets.lists.insert(name, words.collect());
        } else {
            budgets.numbers.insert(name, value.parse().map_err(|_| odd())?);
        }
    }
    Ok(budgets)
}

/// Prints the bytes of `dist/` by kind, gzip, and compares the sum.
pub fn page() -> Outcome<Count> {
    let budgets = read()?;
    let pieces = |key: &str| budgets.lists.get(key).cloned().unwrap_or_default();
    let (later, asked) = (pieces("page.later"), pieces("page.asked"));
    let (linked, host) = (pieces("page.linked"), pieces("page.host"));
    let mut files = Vec::new();
    list(Path::new("dist"), &mut files)?;
    // What comes before the first command, what comes later, what comes when it is asked for, what is only linked
    // to, and what is for pages of others.
    let mut parts: [BTreeMap<&str, f64>; 5] = Default::default();
    let mut first = Vec::new();
    for file in files {
        let name = file.strip_prefix("dist").map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
        let is_one_of = |pieces: &[String]| pieces.iter().any(|piece| name.contains(piece.as_str()));
        let part = if is_one_of(&host) {
            4
        } else if is_one_of(&linked) {
            3
        } else if is_one_of(&asked) {
            2
        } else {
            usize::from(is_one_of(&later))
        };
        let kind = match file.extension().and_then(|extension| extension.to_str()) {
            Some("wasm") => "wasm",
            Some("js" | "mjs") => "js",
            Some("css") => "css",
            Some("html") => "html",
            Some("woff2" | "woff" | "ttf") => "fonts",
            _ => "other",
        };
        let bytes = fs::read(&file).map_err(because(file.display()))?;
        let size = gzip(&bytes)? as f64 / 1000.0;
        if part == 0 {
            first.push(format!("    {size:6.1} {name}{}", sections(&bytes)?));
        }
        *parts[part].entry(kind).or_default() += size;
    }
    let mut count = Count::default();
    for (part, when, key) in [
        (0, "before the first command", "page.total_kb"),
        (1, "while the page is read", "page.later_kb"),
        (2, "when it is asked for", "page.asked_kb"),
        (3, "behind a link", "page.linked_kb"),
        (4, "in a page of others", "page.host_kb"),
    ] {
        let sizes: Vec<String> = parts[part].iter().map(|(kind, size)| format!("{kind} {size:.1}")).collect();
        println!("  page, KB gzip {when}: {}", sizes.join(", "));
        first.drain(..).for_each(|line| println!("{line}"));
        count += compare(&budgets, key, Some(parts[part].values().sum()));
    }
    Ok(count)
}

/// Compares what benchmarks printed, lines `budget NAME VALUE`, with the section `[counted]`, and prints it beside the section
/// `[timed]`: a time depends on the machine and on what else it does, so it fails only
/// when it is missing.
pub fn native(printed: &str) -> Outcome<Count> {
    Ok(judge(&read()?, printed))
}

fn judge(budgets: &Budgets, printed: &str) -> Count {
    let measured: BTreeMap<&str, f64> = printed
        .lines()
        .filter_map(|line| {
            let mut words = line.trim().strip_prefix("budget ")?.split_whitespace();
            Some((words.next()?, words.next()?.parse().ok()?))
        })
        .collect();
    let mut count = Count::default();
    for (name, goal) in budgets.numbers.iter().filter_map(|(key, goal)| Some((key.strip_prefix("timed.")?, goal))) {
        match measured.get(name) {
            Some(took) => println!("  timed.{name}: {took:.3}, meant to be {goal} at most"),
            None => {
                println!("  FAILED timed.{name}: not measured");
                count += Count::of(&format!("timed.{name}: not measured"), false);
            }
        }
    }
    for (key, name) in budgets.numbers.keys().filter_map(|key| Some((key, key.strip_prefix("counted.")?))) {
        count += compare(budgets, key, measured.get(name).copied());
    }
    count
}

/// What a measure means beside its budget. A known gap passes up to its own limit, and fails once the budget is met, so that
/// it is taken off the list.
fn compare(budgets: &Budgets, key: &str, measured: Option<f64>) -> Count {
    let known = budgets.numbers.get(&format!("known.{key}")).copied();
    let (passed, words) = match (measured, budgets.numbers.get(key).copied(), known) {
        (None, ..) => (false, "not measured".to_owned()),
        (_, None, _) => (false, "no budget in budgets.toml".to_owned()),
        (Some(have), Some(budget), None) if have <= budget => (true, format!("{have:.3} of {budget}")),
        (Some(have), Some(budget), None) => (false, format!("{have:.3} is over {budget}")),
        (Some(have), Some(budget), Some(_)) if have <= budget => {
            (false, format!("{have:.3} of {budget}: met at last, so take it out of [known]"))
        }
        (Some(have), Some(budget), Some(known)) if have <= known => {
            (true, format!("{have:.3} is over {budget}: a known gap, no larger than {known}"))
        }
        (Some(have), Some(budget), Some(known)) => {
            (false, format!("{have:.3} is over {budget}, and grew over {known}"))
        }
    };
    println!("  {}{key}: {words}", if passed { "" } else { "FAILED " });
    Count::of(&format!("{key}: {words}"), passed)
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Outcome<()> {
    for entry in fs::read_dir(folder).map_err(because(folder.display()))? {
        let path = entry.map_err(because(folder.display()))?.path();
        if path.is_dir() { list(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

/// What is in a wasm file, compressed by itself.
fn sections(file: &[u8]) -> Outcome<String> {
    let (mut sizes, mut other) = (Vec::new(), 0.0);
    if !file.starts_with(b"\0asm") {
        return Ok(String::new());
    }
    for payload in wasmparser::Parser::new(0).parse_all(file) {
        let payload = payload.map_err(|error| Failure(format!("a wasm file: {error}")))?;
        let Some((id, range)) = payload.as_section() else { continue };
        let size = gzip(&file[range])? as f64 / 1000.0;
        match id {
            10 => sizes.push(format!("code {size:.1}")),
            11 => sizes.push(format!("data {size:.1}")),
            _ => other += size,
        }
    }
    Ok(format!(" ({}, tables {other:.1})", sizes.join(", ")))
}

fn gzip(bytes: &[u8]) -> Outcome<usize> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).map_err(because("gzip"))?;
    Ok(encoder.finish().map_err(because("gzip"))?.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_judged_and_times_are_not() {
        let numbers = [("counted.writes", 8.0), ("timed.boot_ms", 50.0)].map(|(name, most)| (name.to_owned(), most));
        let budgets = Budgets { numbers: BTreeMap::from(numbers), lists: BTreeMap::new() };
        for (printed, failed) in [
            ("budget writes 8\nbudget boot_ms 49", 0),
            ("budget writes 8\nbudget boot_ms 5000", 0),
            ("budget writes 8.001\nbudget boot_ms 49", 1),
            ("not counted: valgrind is missing", 2),
        ] {
            assert_eq!(judge(&budgets, printed).failed, failed, "{printed}");
        }
    }

    #[test]
    fn a_known_gap_may_neither_grow_nor_stay_listed_once_it_is_closed() {
        for (known, have, passes) in [
            (None, 899.0, true),
            (None, 901.0, false),
            (Some(1000.0), 999.0, true),
            (Some(1000.0), 1001.0, false),
            (Some(1000.0), 899.0, false),
        ] {
            let mut numbers = BTreeMap::from([("page.total_kb".to_owned(), 900.0)]);
            numbers.extend(known.map(|known| ("known.page.total_kb".to_owned(), known)));
            let budgets = Budgets { numbers, lists: BTreeMap::new() };
            assert_eq!(compare(&budgets, "page.total_kb", Some(have)).passed == 1, passes, "{known:?} {have}");
        }
    }
}
