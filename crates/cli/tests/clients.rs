//! The real `kubectl` and `helm` against `kube-playground serve`: each session of `tests/clients` in a fresh cluster whose
//! time goes on while a command waits for it. `cargo xtask test clients` brings the programs and runs this.

mod common;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use common::Served;
use tests::{Transcript, normalize};

/// Commands that are known to differ, `SESSION: COMMAND` a line.
const EXPECTED_FAILURES: &str = "expected-failures.txt";

fn sessions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/clients")
}

/// Runs a command line; gives what it printed on both streams, and its status.
fn run(served: &Served, line: &str) -> (String, i32) {
    let line = format!("exec 2>&1\n{line}");
    let own = Path::new(env!("CARGO_BIN_EXE_kube-playground")).parent().expect("a folder");
    let programs = format!("{}:{}", Served::clients(), own.display());
    let mut bash = served.bash(&line, &programs, sessions());
    let client = bash.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("bash");
    let (printed, _, code) = common::texts(&served.wait_for(client));
    (printed, code)
}

/// Runs a session's commands and compares what they print after normalising. `BLESS=1` writes what is printed now, but for
/// the commands that are expected to fail.
fn check(name: &str) {
    let path = sessions().join(format!("{name}.transcript"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let known = fs::read_to_string(sessions().join(EXPECTED_FAILURES)).expect("the list");
    let bless = std::env::var_os("BLESS").is_some();
    let served = Served::start(name, &["--paused"]);
    let (mut report, mut blessed) = (String::new(), String::new());
    for item in Transcript::parse(&text).items {
        let Some(command) = item.line.strip_prefix("$ ") else {
            if let Some(seconds) = item.line.strip_prefix("# sleep ") {
                served.clock(&format!("advance?seconds={seconds}"));
            }
            let _ = writeln!(blessed, "{}", item.line);
            continue;
        };
        let label = format!("{name}: {command}");
        let expected_to_differ = known.lines().any(|line| line == label);
        let (printed, code) = run(&served, command);
        let same = code == item.code && normalize(&printed) == normalize(&item.output);
        if same && expected_to_differ {
            let _ =
                writeln!(report, "{label}\n  is listed in {EXPECTED_FAILURES} but passes now: take it off the list\n");
        } else if !same && !expected_to_differ {
            let (want, have) = (normalize(&item.output), normalize(&printed));
            let _ = writeln!(report, "{label}\nexpected ({}):\n{want}\nprinted ({code}):\n{have}\n", item.code);
        }
        let keep = same || expected_to_differ;
        let (printed, code) = if keep { (item.output, item.code) } else { (printed, code) };
        let newline = if printed.is_empty() || printed.ends_with('\n') { "" } else { "\n" };
        let status = if code == 0 { String::new() } else { format!("? {code}\n") };
        let _ = write!(blessed, "{}\n{printed}{newline}{status}", item.line);
    }
    if bless {
        fs::write(&path, blessed).expect("writing a transcript");
    } else {
        assert!(report.is_empty(), "{report}");
    }
}

#[test]
fn tutorial() {
    check("tutorial");
}

#[test]
fn rollout() {
    check("rollout");
}

#[test]
fn exec_and_logs() {
    check("exec-and-logs");
}

#[test]
fn port_forward() {
    check("port-forward");
}

#[test]
fn imperative() {
    check("imperative");
}

#[test]
fn discovery() {
    check("discovery");
}

#[test]
fn media_types() {
    check("media-types");
}

#[test]
fn openapi_v2() {
    check("openapi-v2");
}

#[test]
fn server_side_apply() {
    check("server-side-apply");
}

#[test]
fn helm() {
    check("helm");
}

#[test]
fn interactive() {
    check("interactive");
}

#[test]
fn limits() {
    check("limits");
}

#[test]
fn tokens() {
    check("tokens");
}
