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
    let later = budgets.lists.get("page.later").cloned().unwrap_or_default();
    let mut files = Vec::new();
    list(Path::new("dist"), &mut files)?;
    let mut kinds: BTreeMap<&str, f64> = BTreeMap::new();
    let mut total = 0.0;
    for file in files {
        let name = file.strip_prefix("dist").map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
        if later.iter().any(|start| name.starts_with(start.as_str())) {
            continue;
        }
        let kind = match file.extension().and_then(|extension| extension.to_str()) {
            Some("wasm") => "wasm",
            Some("js" | "mjs") => "js",
            Some("css") => "css",
            Some("html") => "html",
            Some("woff2" | "woff" | "ttf") => "fonts",
            _ => "other",
        };
        let size = gzip(&fs::read(&file).map_err(because(file.display()))?)? as f64 / 1000.0;
        *kinds.entry(kind).or_default() += size;
        total += size;
    }
    let parts: Vec<String> = kinds.iter().map(|(kind, size)| format!("{kind} {size:.1}")).collect();
    println!("  page, KB gzip before the first command: {}", parts.join(", "));
    let budget = budgets.numbers.get("page.total_kb").copied();
    Ok(compare("page.total_kb", Some(total), budget))
}

/// Compares what a benchmark printed, lines `budget NAME VALUE`, with the section `[native]`.
pub fn native(printed: &str) -> Outcome<Count> {
    let measured: BTreeMap<&str, f64> = printed
        .lines()
        .filter_map(|line| {
            let mut words = line.trim().strip_prefix("budget ")?.split_whitespace();
            Some((words.next()?, words.next()?.parse().ok()?))
        })
        .collect();
    let mut count = Count::default();
    for (name, budget) in
        read()?.numbers.iter().filter_map(|(name, budget)| Some((name.strip_prefix("native.")?, *budget)))
    {
        count += compare(name, measured.get(name).copied(), Some(budget));
    }
    Ok(count)
}

fn compare(name: &str, measured: Option<f64>, budget: Option<f64>) -> Count {
    let (Some(measured), Some(budget)) = (measured, budget) else {
        println!("  FAILED {name}: {}", if measured.is_none() { "not measured" } else { "no budget in budgets.toml" });
        return Count { passed: 0, failed: 1 };
    };
    if measured <= budget {
        println!("  {name}: {measured:.3} of {budget}");
        Count { passed: 1, failed: 0 }
    } else {
        println!("  FAILED {name}: {measured:.3} is over {budget}");
        Count { passed: 0, failed: 1 }
    }
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Outcome<()> {
    for entry in fs::read_dir(folder).map_err(because(folder.display()))? {
        let path = entry.map_err(because(folder.display()))?.path();
        if path.is_dir() { list(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

fn gzip(bytes: &[u8]) -> Outcome<usize> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).map_err(because("gzip"))?;
    Ok(encoder.finish().map_err(because("gzip"))?.len())
}
