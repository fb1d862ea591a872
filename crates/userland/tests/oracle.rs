//! Shells and programs against what Debian's own answered: `oracle/*.txt` hold scripts with the output and status recorded
//! from the real ones, byte for byte.
//!
//! A file's name begins with the shell that runs it. A case is `== ` and a script (more lines follow), `-- ` and its
//! status, then its output; `%` ends output that had no newline. `oracle/known.txt` lists the scripts that differ still, each after its
//! file's name: one that starts to agree must leave it. `cargo test -p userland --test oracle -- --ignored record` records anew; to add a
//! case, write its script and any status.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use machine::{Disk, Kernel, Machine};
use sim::{Sim, Time};
use userland::images;

const ENVIRONMENT: [(&str, &str); 3] =
    [("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"), ("HOME", "/root"), ("LANG", "C.UTF-8")];
/// An empty folder, there as here.
const FOLDER: &str = "/tmp/oracle";

/// Where busybox' programs are when its answers are recorded.
const APPLETS: &str = "/tmp/oracle-bin";

#[derive(PartialEq)]
struct Answer {
    status: i32,
    output: String,
}

struct Case {
    script: String,
    answer: Answer,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle")
}

/// The files of cases, with the words that start their shell.
fn files() -> Vec<(PathBuf, &'static [&'static str])> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder()).expect("the cases").map(|e| e.expect("a file").path()).collect();
    files.sort();
    let shell = |path: PathBuf| {
        let name = path.file_stem()?.to_str()?;
        let words: &[&str] = match name.split('-').next()? {
            "bash" => &["bash"],
            "dash" => &["sh"],
            "busybox" => &["busybox", "sh"],
            _ => return None,
        };
        Some((path, words))
    };
    files.into_iter().filter_map(shell).collect()
}

fn scripts(text: &str) -> Vec<(String, String)> {
    let blocks = format!("\n{}", text.strip_suffix('\n').unwrap_or(text));
    let blocks = blocks.split("\n== ").skip(1);
    let parts = blocks.map(|block| match block.split_once("\n-- ") {
        Some((script, rest)) => (script.to_owned(), rest.to_owned()),
        None => (block.trim_end_matches('\n').to_owned(), "0".to_owned()),
    });
    parts.collect()
}

fn cases(text: &str) -> Vec<Case> {
    let case = |(script, rest): (String, String)| {
        // A case without output has nothing after its status; an empty line would be one.
        let (status, output) = match rest.split_once('\n') {
            Some((status, "")) => (status, "\n"),
            Some(parts) => parts,
            None => (rest.as_str(), ""),
        };
        let output = match output.strip_suffix("%\n").or(output.strip_suffix('%')) {
            Some(open) => open.to_owned(),
            None if output.is_empty() || output.ends_with('\n') => output.to_owned(),
            None => format!("{output}\n"),
        };
        Case { script, answer: Answer { status: status.parse().expect("a number"), output } }
    };
    scripts(text).into_iter().map(case).collect()
}

fn answer(words: &[&str], script: &str) -> Answer {
    let now = Time::from_unix_secs(1_795_341_600);
    let kernel = Kernel::new(Sim::new(now, 1), userland::programs());
    let disk: Disk = if words[0] == "busybox" {
        images::lookup("busybox:1.36").expect("an image").disk()
    } else {
        images::laptop(now)
    };
    let machine = kernel.with(|state| {
        let (disk, host) = (state.add_disk(disk), state.network.add_host("laptop"));
        let mut machine = Machine::new("laptop", disk, host);
        machine.env = ENVIRONMENT.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        machine.cwd = "/root".into();
        state.add_machine(machine)
    });
    let output = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let shell = if words[0] == "busybox" { "sh" } else { words[0] };
    let argv = [shell.to_owned(), "-c".to_owned(), format!("mkdir -p {FOLDER}; cd {FOLDER}\n{script}")];
    let text = machine::Fd::capture(output.clone());
    let child = kernel.execute(machine, &argv, machine::Fd::null(), text.clone(), text).expect("a shell");
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
    let output = String::from_utf8_lossy(&output.borrow()).into_owned();
    Answer { status, output }
}

#[test]
fn shells_and_programs_answer_as_debians() {
    let known = fs::read_to_string(folder().join("known.txt")).unwrap_or_default();
    let known: Vec<String> = scripts(&known).into_iter().map(|(script, _)| script).collect();
    let (mut failures, mut count) = (Vec::new(), 0);
    for (path, words) in files() {
        let file = path.file_stem().expect("a name").to_string_lossy().into_owned();
        for case in cases(&fs::read_to_string(path).expect("the cases")) {
            count += 1;
            let given = answer(words, &case.script);
            let agrees = given == case.answer;
            if agrees == known.contains(&format!("{file}: {}", case.script)) {
                let note = if agrees { " (agrees now: take it out of known.txt)" } else { "" };
                let Answer { status, output } = case.answer;
                failures.push(format!(
                    "== {file}: {}\n-- wanted {status}, given {}{note}\n{output}-- given\n{}",
                    case.script, given.status, given.output
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {count} differ:\n{}", failures.len(), failures.join("\n"));
}

/// Writes the answers of this machine's own shells and programs into the files: Debian 12 with bash, dash, busybox, mawk,
/// jq, xxd, bc, openssl, and what a base system has.
#[test]
#[ignore = "needs Debian's programs"]
fn record() {
    // busybox' shell takes what PATH has: its own programs, by links.
    fs::create_dir_all(APPLETS).expect("a folder");
    Command::new("busybox").args(["--install", "-s", APPLETS]).status().expect("busybox");
    for (path, words) in files() {
        let search = if words[0] == "busybox" { APPLETS } else { ENVIRONMENT[0].1 };
        let mut text = String::new();
        for (script, _) in scripts(&fs::read_to_string(&path).expect("the cases")) {
            let _ = fs::remove_dir_all(FOLDER);
            fs::create_dir_all(FOLDER).expect("a folder");
            let real = Command::new(format!("/usr/bin/{}", words[0]))
                .args(&words[1..])
                .arg("-c")
                .arg(format!("exec 2>&1\n{script}"))
                .current_dir(FOLDER)
                .env_clear()
                .envs(ENVIRONMENT)
                .env("PATH", search)
                .stdin(Stdio::null())
                .output()
                .expect("a shell");
            let output = String::from_utf8_lossy(&real.stdout);
            let end = if output.is_empty() || output.ends_with('\n') { "" } else { "%\n" };
            text.push_str(&format!("== {script}\n-- {}\n{output}{end}", real.status.code().unwrap_or(-1)));
        }
        fs::write(path, text).expect("the cases");
    }
}
