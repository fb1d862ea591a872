//! The shell against what GNU bash 5.2 answered: `bash/*.txt` hold scripts with the output and status recorded from it.
//!
//! A case is `== ` and a script (more lines follow), `-- ` and its status, then its output; `%` ends output that had no
//! newline. `bash/known.txt` lists the scripts that differ still, by their text: one that starts to agree must leave it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use machine::headless::Headless;
use machine::{Disk, Kernel, Machine};
use sim::{Duration, Sim, Time};
use userland::images;

struct Case {
    script: String,
    status: i32,
    output: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bash")
}

fn cases(text: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for block in format!("\n{text}").split("\n== ").skip(1) {
        let (script, rest) = block.split_once("\n-- ").expect("a case has a status");
        let (status, output) = rest.split_once('\n').expect("a status is a line");
        let output = output.strip_suffix('\n').unwrap_or(output);
        let output = output.strip_suffix("%").map_or_else(|| output.to_owned(), str::to_owned);
        let output = output.trim_end_matches('\n').to_owned();
        cases.push(Case { script: script.to_owned(), status: status.parse().expect("a number"), output });
    }
    cases
}

fn all_cases() -> Vec<Case> {
    let mut found = Vec::new();
    for name in ["expansion", "control", "redirection", "errors", "limits", "signals"] {
        found.extend(cases(&fs::read_to_string(folder().join(name).with_extension("txt")).expect("the cases")));
    }
    found
}

fn world() -> (Kernel, machine::MachineId) {
    let now = Time::from_unix_secs(1_795_341_600);
    let kernel = Kernel::new(Sim::new(now, 1), userland::programs());
    let disk: Disk = images::laptop(now);
    let machine = kernel.with(|state| {
        let (disk, host) = (state.add_disk(disk), state.network.add_host("laptop"));
        let mut machine = Machine::new("laptop", disk, host);
        machine.env = [("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"), ("HOME", "/root")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        machine.cwd = "/root".into();
        state.add_machine(machine)
    });
    (kernel, machine)
}

/// Runs a script as `bash -c` would.
fn run(script: &str) -> (String, i32) {
    let (kernel, machine) = world();
    let output = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let argv = ["bash".to_owned(), "-c".to_owned(), script.to_owned()];
    let text = machine::Fd::capture(output.clone());
    let child = kernel.execute(machine, &argv, machine::Fd::null(), text.clone(), text).expect("bash");
    let sim = kernel.sim().clone();
    let mut steps = 0;
    while child.ended().is_none() {
        let due = [sim.next_due(), kernel.next_due()].into_iter().flatten().min().expect("something to wait for");
        sim.set_now(due);
        if !sim.step() {
            kernel.step();
        }
        steps += 1;
        assert!(steps < 2_000_000, "no end: {script}");
    }
    let status = child.ended().map_or(0, |exit| exit.status());
    let text = String::from_utf8_lossy(&output.borrow()).into_owned();
    (text, status)
}

#[test]
fn scripts_answer_as_in_bash() {
    let known = fs::read_to_string(folder().join("known.txt")).unwrap_or_default();
    let known: BTreeSet<&str> = known.split("\n== ").map(|text| text.trim_start_matches("== ").trim_end()).collect();
    let (mut failures, mut count) = (Vec::new(), 0);
    for case in all_cases() {
        count += 1;
        let (output, status) = run(&case.script);
        let agrees = output.trim_end_matches('\n') == case.output && status == case.status;
        if agrees == known.contains(case.script.as_str()) {
            failures.push(format!(
                "== {}\n-- {} wanted, {status} given{}\n{}\n-- given\n{output}",
                case.script,
                case.status,
                if agrees { " (agrees now: take it out of known.txt)" } else { "" },
                case.output,
            ));
        }
    }
    assert!(failures.is_empty(), "{} of {count} differ:\n{}", failures.len(), failures.join("\n"));
}

/// The recorded answers are bash's own: run by hand on a machine with GNU bash 5.2 (`cargo test -- --ignored`).
#[test]
#[ignore = "needs GNU bash 5.2"]
fn the_records_are_bashs() {
    for case in all_cases() {
        let shell = Command::new("bash")
            .arg("-c")
            .arg(format!("exec 2>&1\n{}", case.script))
            .current_dir("/root")
            .env_clear()
            .envs([
                ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
                ("HOME", "/root"),
                ("LANG", "C.UTF-8"),
            ])
            .stdin(Stdio::null())
            .output()
            .expect("bash");
        assert_eq!(shell.status.code(), Some(case.status), "{}", case.script);
    }
}

#[test]
fn random_words_end_without_a_panic() {
    const WORDS: [&str; 48] = [
        "echo", "x", "$x", "${x:-", "}", "$(", ")", "`", "'", "\"", "if", "then", "fi", "while", "do", "done", "for",
        "in", "case", "esac", ";;", ";", "&", "&&", "||", "|", "(", "{", "((", "))", "[[", "]]", "<", ">", "<<EOF",
        "EOF", "\n", "$((", "1", "+", "a=(", "!", "*", "[a-", "\\", "f()", "exit", "<<<",
    ];
    let mut rng = sim::Rng::new(5);
    let (kernel, machine) = world();
    for _ in 0..1500 {
        let count = 1 + rng.below(14);
        let words: Vec<&str> = (0..count).map(|_| WORDS[rng.below(WORDS.len() as u64) as usize]).collect();
        let script = words.join(if rng.below(4) == 0 { "" } else { " " });
        let shell = Headless::new(&kernel, machine);
        shell.run(&script, Duration::from_secs(2));
        assert!(!shell.is_running(), "no end: {script}");
    }
}
