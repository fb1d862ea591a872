//! The project's kubectl beside the real one: each session of `tests/clients/crosswise` is typed to both, each with a fresh
//! cluster of the same seed, whose time stands still between commands; what they print and their exit codes must be the
//! same, byte for byte. `cargo xtask test clients` brings the real one and runs this.

mod common;

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use common::{Served, texts};
use regex::Regex;

/// Commands that are known to differ, `SESSION: COMMAND` a line, with `#N` for the Nth time.
const EXPECTED: &str = "expected-differences.txt";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/clients/crosswise")
}

/// One kubectl and its cluster.
struct Side {
    served: Served,
    programs: String,
}

impl Side {
    fn start(session: &str, ours: bool) -> Side {
        let name = format!("crosswise-{session}-{}", if ours { "ours" } else { "real" });
        // Long ago, so that ages by a client's clock are years.
        let options = ["--paused", "--epoch", "2001-01-01T00:00:00Z"];
        let served = Served::start(&name, &options);
        let work = served.folder.join("work");
        copy(&folder().join("../../manifests"), &work);
        copy(&folder().join("files"), &work);
        let programs = served.folder.join("programs");
        fs::create_dir_all(&programs).expect("a folder");
        let kubectl = programs.join("kubectl");
        if ours {
            let text = format!("#!/bin/sh\nexec {} kubectl \"$@\"\n", env!("CARGO_BIN_EXE_kube-playground"));
            fs::write(&kubectl, text).expect("a script");
            let done = Command::new("chmod").arg("+x").arg(&kubectl).status();
            assert!(done.is_ok_and(|status| status.success()));
        } else {
            symlink(Path::new(&Served::clients()).join("kubectl"), &kubectl).expect("a link");
        }
        Side { served, programs: programs.display().to_string() }
    }

    fn spawn(&self, line: &str) -> std::process::Child {
        let mut command = self.served.bash(line, &self.programs, self.served.folder.join("work"));
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("bash")
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("files").flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).expect("a copy");
        }
    }
}

/// What no two runs have in common.
static VOLATILE: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (r"crosswise-[a-z-]+-(ours|real)", "SIDE"),
        (r"127\.0\.0\.1:\d+", "ADDRESS"),
        (r"/tmp/(LIVE|MERGED)-\d+", "/tmp/$1-N"),
        (r"/tmp/kubectl-edit-\d+", "/tmp/kubectl-edit-N"),
        (r"(LIVE|MERGED)-\d+/", "$1-N/"),
        (r"(-debugger-|debugger-)[a-z0-9]{5}\b", "${1}SUFFIX"),
        // diff tells when its files were written.
        (r"\t20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \+0000", "\tTIME"),
        (r"\b(20[2-9]\d)-\d\d-\d\dT\d\d:\d\d:\d\dZ", "NOW"),
        // Logs of klog: when and where.
        (r"(?m)^[EWI]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ ", "LOG "),
    ]
    .into_iter()
    .map(|(pattern, with)| (Regex::new(pattern).expect("a rule"), with))
    .collect()
});

/// What follows from how often chance was asked, and from how many writes there were: a command that differs would make all
/// that come later differ.
static CHANCE: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UID"),
        (r#"(resourceVersion"?: ?"?)\d+"#, "${1}N"),
        (r"\b10\.(9[6-9]|1[01]\d)\.\d+\.\d+\b", "CLUSTERIP"),
    ]
    .into_iter()
    .map(|(pattern, with)| (Regex::new(pattern).expect("a rule"), with))
    .collect()
});

/// What moments of a flowing time make different.
static FLOWING: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [(r"2001-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "THEN"), (r"\b(\d+h)?(\d+m)?\d+(\.\d+)?m?s\b", "AGE"), (r" +", " ")]
        .into_iter()
        .map(|(pattern, with)| (Regex::new(pattern).expect("a rule"), with))
        .collect()
});

fn mask(text: &str, rules: &[(Regex, &str)]) -> String {
    rules.iter().fold(text.to_owned(), |text, (rule, with)| rule.replace_all(&text, *with).into_owned())
}

/// How much of a line is shown.
const LONGEST_LINE: usize = 400;

/// The lines in which two texts differ: what is not in both, in order.
fn difference(real: &str, ours: &str) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) = (real.split('\n').collect(), ours.split('\n').collect());
    // How long the common lines of two ends are.
    let mut common = vec![vec![0_usize; b.len() + 1]; a.len() + 1];
    for (i, left) in a.iter().enumerate().rev() {
        for (j, right) in b.iter().enumerate().rev() {
            common[i][j] =
                if left == right { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let short = |line: &str| line.chars().take(LONGEST_LINE).collect::<String>();
    let (mut i, mut j, mut text) = (0, 0, String::new());
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || i < a.len() && common[i + 1][j] >= common[i][j + 1] {
            let _ = writeln!(text, "  - {}", short(a[i]));
            i += 1;
        } else {
            let _ = writeln!(text, "  + {}", short(b[j]));
            j += 1;
        }
    }
    text
}

/// Types a session to both. Lines: `$ COMMAND` with time standing still, `~ COMMAND` with time that goes on
/// while the command waits, `# sleep N`.
fn check(name: &str) {
    let text = fs::read_to_string(folder().join(format!("{name}.session"))).expect("a session");
    let known = fs::read_to_string(folder().join(EXPECTED)).expect("the list");
    let (real, ours) = (Side::start(name, false), Side::start(name, true));
    let both = [&real, &ours];
    let (mut report, mut seen, mut compared) = (String::new(), Vec::<String>::new(), 0);
    for line in text.lines() {
        if let Some(seconds) = line.strip_prefix("# sleep ") {
            for side in both {
                side.served.clock(&format!("advance?seconds={seconds}"));
            }
            continue;
        }
        let (command, flows) = match (line.strip_prefix("$ "), line.strip_prefix("~ ")) {
            (Some(command), _) => (command, false),
            (_, Some(command)) => (command, true),
            _ => continue,
        };
        let children = both.map(|side| side.spawn(command));
        let outputs = if flows {
            let (served, [real_child, our_child]) = (both.map(|side| &side.served), children);
            std::thread::scope(|scope| {
                let real = scope.spawn(|| served[0].wait_for(real_child));
                let ours = served[1].wait_for(our_child);
                [real.join().expect("an output"), ours].map(|output| texts(&output))
            })
        } else {
            children.map(|child| texts(&child.wait_with_output().expect("an end")))
        };
        if flows {
            // Both go on from the same moment.
            let times = both.map(|side| side.served.clock("advance?seconds=0"));
            let until = (times[0].max(times[1]) + 1.0).ceil();
            for (side, time) in both.iter().zip(times) {
                side.served.clock(&format!("advance?seconds={:.6}", until - time));
            }
        }
        compared += 1;
        seen.push(command.to_owned());
        let label = match seen.iter().filter(|one| *one == command).count() {
            1 => format!("{name}: {command}"),
            count => format!("{name}: {command} #{count}"),
        };
        let [real, ours] = outputs.map(|(out, err, code)| {
            let plain = |text: &str| mask(&mask(text, &VOLATILE), &CHANCE);
            let text = |text: &str| if flows { mask(&plain(text), &FLOWING) } else { plain(text) };
            (text(&out), text(&err), code)
        });
        let expected_to_differ = known.lines().any(|line| line == label);
        match (real == ours, expected_to_differ) {
            (true, true) => {
                let _ = writeln!(report, "{label}\n  is listed in {EXPECTED} and does not differ: take it off\n");
            }
            (false, false) => {
                let _ = writeln!(report, "{label}");
                if real.2 != ours.2 {
                    let _ = writeln!(report, "  exit codes: {} {}", real.2, ours.2);
                }
                report += &difference(&real.0, &ours.0);
                if real.1 != ours.1 {
                    let _ = write!(report, "  stderr:\n{}", difference(&real.1, &ours.1));
                }
                report.push('\n');
            }
            _ => {}
        }
    }
    for label in known.lines().filter(|line| line.starts_with(&format!("{name}: "))) {
        let (command, count) = label.rsplit_once(" #").map_or((label, 1), |(label, count)| match count.parse() {
            Ok(count) => (label, count),
            Err(_) => (label, 1),
        });
        let command = &command[name.len() + 2..];
        if seen.iter().filter(|one| *one == command).count() < count {
            let _ = writeln!(report, "{label}\n  is listed in {EXPECTED} and not in the session\n");
        }
    }
    assert!(compared > 0, "an empty session");
    assert!(report.is_empty(), "the real kubectl (-) and ours (+) differ:\n\n{report}");
}

macro_rules! sessions {
    ($($test:ident $name:literal,)*) => {
        $(#[test] fn $test() { check($name); })*

        #[test]
        fn every_session_is_typed() {
            let mut files: Vec<String> = fs::read_dir(folder()).expect("sessions").flatten().filter_map(|entry| {
                Some(entry.file_name().to_str()?.strip_suffix(".session")?.to_owned())
            }).collect();
            files.sort();
            let mut typed = vec![$($name.to_owned()),*];
            typed.sort();
            assert_eq!(files, typed);
        }
    };
}

sessions! {
    apply "apply",
    containers "containers",
    create "create",
    describe "describe",
    discovery "discovery",
    get "get",
    imperative "imperative",
    kustomize "kustomize",
    local "local",
    nodes "nodes",
    record "record",
    rollout "rollout",
    suite "suite",
    suite_more "suite-more",
    suite_pods "suite-pods",
    typed "typed",
}
