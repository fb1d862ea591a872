//! What others wrote, and whether we may have it: licences and sources by `deny.toml`, known flaws by `cargo deny` and
//! `npm audit`.
//!
//! cargo-deny takes some ten minutes to compile on two cores, and its list of flaws a network, so a test run does not bring
//! it: licences and sources are read here, and where cargo-deny is on PATH it is asked for all that it knows.

use std::process::Command;

use serde_json::Value;

use crate::packages::{self, Package};
use crate::shell::{self, Failure, Outcome, because};
use crate::suites::Count;

const CRATES: &str = "registry+https://github.com/rust-lang/crates.io-index";
const NPM: &str = "https://registry.npmjs.org/";

/// Each check as a test; what cannot be looked up here is said and not counted.
pub fn check() -> Outcome<Count> {
    let mut count = Count::default();
    let problems = shell::timed("licences and sources of what others wrote", || {
        let text = std::fs::read_to_string("deny.toml").map_err(because("deny.toml"))?;
        let allowed = allowed(&text).ok_or_else(|| Failure("deny.toml has no list `allow`".into()))?;
        Ok(problems(&packages::crates()?, CRATES, &allowed)
            .into_iter()
            .chain(problems(&packages::npm()?, NPM, &allowed))
            .collect::<Vec<_>>())
    })?;
    problems.iter().for_each(|problem| println!("  {problem}"));
    count += Count::of("licences and sources", problems.is_empty());
    count += known_flaws_of_crates()?;
    count += known_flaws_of_npm()?;
    Ok(count)
}

/// The words of the list `allow` in a `deny.toml`.
fn allowed(text: &str) -> Option<Vec<String>> {
    let (_, rest) = text.split_once("\nallow = [")?;
    let (list, _) = rest.split_once(']')?;
    let words = list.lines().map(|line| line.split('#').next().unwrap_or_default()).flat_map(|line| line.split(','));
    Some(words.map(|word| word.trim().trim_matches('"').to_owned()).filter(|word| !word.is_empty()).collect())
}

/// What speaks against packages of others, in words.
fn problems(packages: &[Package], source: &str, allowed: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for package in packages {
        let Some(from) = &package.source else { continue };
        let name = format!("{} {}", package.name, package.version);
        if !from.starts_with(source) {
            found.push(format!("{name} comes from {from}, not from {source}"));
        }
        if !package.is_checked() {
            found.push(format!("{name} has no checksum in the lock file"));
        }
        if !permits(&package.license, allowed) {
            found.push(format!("{name} is licensed under {}, which deny.toml does not allow", package.license));
        }
    }
    found
}

/// Whether an SPDX expression holds when these licences do. False for what is none.
fn permits(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    any_of(&mut words, allowed) == Some(true) && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any_of(words: &mut Words<'_>, allowed: &[String]) -> Option<bool> {
    let mut holds = all_of(words, allowed)?;
    while words.next_if_eq(&"OR").is_some() {
        holds |= all_of(words, allowed)?;
    }
    Some(holds)
}

fn all_of(words: &mut Words<'_>, allowed: &[String]) -> Option<bool> {
    let mut holds = one_of(words, allowed)?;
    while words.next_if_eq(&"AND").is_some() {
        holds &= one_of(words, allowed)?;
    }
    Some(holds)
}

fn one_of(words: &mut Words<'_>, allowed: &[String]) -> Option<bool> {
    match words.next()? {
        "(" => {
            let holds = any_of(words, allowed)?;
            words.next_if_eq(&")").map(|_| holds)
        }
        ")" | "OR" | "AND" | "WITH" => None,
        name => {
            let whole = match words.next_if_eq(&"WITH") {
                Some(_) => format!("{name} WITH {}", words.next()?),
                None => name.to_owned(),
            };
            Some(allowed.contains(&whole))
        }
    }
}

/// All that cargo-deny knows, where it is there.
fn known_flaws_of_crates() -> Outcome<Count> {
    if shell::which("cargo-deny").is_none() {
        println!("  skipped: known flaws of crates; `cargo install --locked cargo-deny` brings what looks them up");
        return Ok(Count::default());
    }
    let (success, text) = shell::attempt("cargo deny", shell::cargo(&["deny", "--all-features", "check"]), None)?;
    if !success
        && ["failed to fetch advisory database", "failed to open advisory database"].iter().any(|it| text.contains(it))
    {
        println!("  skipped: known flaws of crates; cargo-deny cannot fetch its database from here");
        return Ok(Count::default());
    }
    if !success {
        println!("{text}");
    }
    Ok(Count::of("cargo deny", success))
}

/// What the npm registry knows of the packages in the lock file.
fn known_flaws_of_npm() -> Outcome<Count> {
    let Some(npm) = shell::which("npm") else { return Err(Failure("npm is needed: https://nodejs.org/".into())) };
    let mut command = Command::new(npm);
    command.args(["audit", "--json", "--fetch-retries=0"]).current_dir("www");
    let output = shell::timed("npm audit", || command.output().map_err(because("npm audit")))?;
    match audited(&String::from_utf8_lossy(&output.stdout)) {
        Ok(flaws) => {
            flaws.iter().for_each(|flaw| println!("  {flaw}"));
            Ok(Count::of("npm audit", flaws.is_empty()))
        }
        Err(why) => {
            println!("  skipped: known flaws of npm packages; the registry does not tell them here: {why}");
            Ok(Count::default())
        }
    }
}

/// The flaws in what `npm audit --json` prints.
///
/// # Errors
/// When it has not looked, with its reason.
fn audited(printed: &str) -> Result<Vec<String>, String> {
    let report: Value = serde_json::from_str(printed).map_err(|error| error.to_string())?;
    let Some(flaws) = report["vulnerabilities"].as_object() else {
        let why = report["message"].as_str().or(report["error"]["summary"].as_str());
        return Err(why.unwrap_or("it says nothing").to_owned());
    };
    Ok(flaws.iter().map(|(name, flaw)| format!("{name}: {}", flaw["severity"].as_str().unwrap_or("a flaw"))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_are_expressions() {
        let allowed =
            allowed("[licenses]\nallow = [\n  \"MIT\", # the usual\n  \"Apache-2.0\",\n  \"Zlib\"\n]\n").unwrap();
        assert_eq!(allowed, ["MIT", "Apache-2.0", "Zlib"]);
        for good in
            ["MIT", "MIT/Apache-2.0", "GPL-3.0 OR MIT", "(GPL-3.0 OR MIT) AND Zlib", "Apache-2.0 WITH X OR Apache-2.0"]
        {
            assert!(permits(good, &allowed), "{good}");
        }
        for bad in ["", "none", "GPL-3.0", "MIT AND GPL-3.0", "Apache-2.0 WITH X", "MIT Zlib", "(MIT", "MIT OR", "MIT)"]
        {
            assert!(!permits(bad, &allowed), "{bad}");
        }
    }

    #[test]
    fn an_audit_that_did_not_happen_is_no_clean_one() {
        assert_eq!(audited(r#"{"vulnerabilities":{}}"#), Ok(Vec::new()));
        let found = audited(r#"{"vulnerabilities":{"left-pad":{"severity":"high"}}}"#);
        assert_eq!(found, Ok(vec!["left-pad: high".to_owned()]));
        assert_eq!(audited(r#"{"message":"405 Method Not Allowed"}"#), Err("405 Method Not Allowed".to_owned()));
        assert!(audited("").is_err());
    }
}
