//! Comparing a world with a transcript.

use std::fmt::Write as _;
use std::fs;

use crate::worlds::{here, world};
use test_support::normalize;
use test_support::{Item, Transcript};

/// Where the commands stand that are known to differ.
const EXPECTED_FAILURES: &str = "transcripts/expected-failures.txt";

/// Runs a transcript's commands in a fresh world that has the manifests in its home folder, and compares what they print.
///
/// `reference/…` is compared after normalising, and the commands listed in `transcripts/expected-failures.txt` must differ
/// (so that the list is never too long). `own/…` is what the script beside it printed, compared byte for byte; `BLESS=1`
/// writes what the world prints now.
///
/// # Panics
/// When a command prints something else, with the difference; when a command that is expected to differ does not.
pub fn check(name: &str) {
    let path = here().join("transcripts").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    if name.starts_with("own/") {
        let script = path.with_extension("script");
        let script = fs::read_to_string(&script).unwrap_or_else(|error| panic!("{}: {error}", script.display()));
        let printed = run(&script);
        if std::env::var_os("BLESS").is_some() {
            fs::write(&path, &printed).expect("writing a transcript");
        } else if printed != text {
            panic!("{name} differs (BLESS=1 accepts what is printed now):\n{}", difference(&text, &printed));
        }
        return;
    }
    let expected = Transcript::parse(&text);
    let got = Transcript::parse_like(&run(&expected.script()), &expected);
    let known = fs::read_to_string(here().join(EXPECTED_FAILURES)).unwrap_or_default();
    let mut report = String::new();
    let mut differing = Vec::new();
    for (index, want) in expected.items.iter().enumerate() {
        if want.line.starts_with('#') {
            continue;
        }
        let label = label(name, &expected, index);
        let have = got.items.get(index);
        let same = have.is_some_and(|have| equal(want, have));
        let expected_to_differ = known.lines().any(|line| line == label);
        match (same, expected_to_differ) {
            (true, true) => {
                let _ = writeln!(
                    report,
                    "{label}\n  is listed in {EXPECTED_FAILURES} but passes now: take it off the list\n"
                );
            }
            (false, false) => {
                let empty = Item { line: String::new(), output: "(not run)".to_owned(), code: -1 };
                let have = have.unwrap_or(&empty);
                let _ = writeln!(report, "{label}\n{}", difference(&shown(want), &shown(have)));
            }
            _ => {}
        }
        if !same {
            differing.push(label);
        }
    }
    if std::env::var_os("LIST_FAILURES").is_some() {
        println!("{}", differing.join("\n"));
    }
    assert!(report.is_empty(), "{report}");
}

/// What a fresh world prints for a script.
fn run(script: &str) -> String {
    let mut printed = String::new();
    world(1).run_script(script, &mut |text| printed.push_str(text));
    printed
}

fn equal(want: &Item, have: &Item) -> bool {
    want.code == have.code && normalize(&want.output) == normalize(&have.output)
}

fn shown(item: &Item) -> String {
    format!("{}\n? {}\n", normalize(&item.output), item.code)
}

/// `TRANSCRIPT: COMMAND`, and which one when the same command stands there more than once.
fn label(name: &str, transcript: &Transcript, index: usize) -> String {
    let name = name.trim_start_matches("reference/");
    let line = &transcript.items[index].line;
    let earlier = transcript.items[..index].iter().filter(|item| item.line == *line).count();
    let command = line.trim_start_matches("$ ");
    if earlier == 0 { format!("{name}: {command}") } else { format!("{name}: {command} #{}", earlier + 1) }
}

/// The lines that only one side has (`-` expected, `+` printed), with the equal ones around them.
fn difference(want: &str, have: &str) -> String {
    let want: Vec<&str> = want.lines().collect();
    let have: Vec<&str> = have.lines().collect();
    // The longest common subsequence, from the end.
    let mut common = vec![vec![0_u32; have.len() + 1]; want.len() + 1];
    for (i, left) in want.iter().enumerate().rev() {
        for (j, right) in have.iter().enumerate().rev() {
            common[i][j] =
                if left == right { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut lines: Vec<(char, &str)> = Vec::new();
    while i < want.len() || j < have.len() {
        if i < want.len() && j < have.len() && want[i] == have[j] {
            lines.push((' ', want[i]));
            (i, j) = (i + 1, j + 1);
        } else if i < want.len() && (j == have.len() || common[i + 1][j] >= common[i][j + 1]) {
            lines.push(('-', want[i]));
            i += 1;
        } else {
            lines.push(('+', have[j]));
            j += 1;
        }
    }
    let near = |index: usize| {
        let from = index.saturating_sub(2);
        lines[from..(index + 3).min(lines.len())].iter().any(|(sign, _)| *sign != ' ')
    };
    let mut text = String::new();
    for (index, (sign, line)) in lines.iter().enumerate().filter(|(index, _)| near(*index)) {
        let _ = (index, writeln!(text, "  {sign} {line}"));
    }
    text
}
