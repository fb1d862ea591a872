//! Whatever a person types at a terminal or writes into a manifest: the tab goes on, and a refusal has words.

use playground::{Playground, TerminalId};
use sim::{Duration, Rng};
use tests::{manifests, world};

const WORDS: &[&str] = &[
    "echo",
    "cat",
    "ls",
    "grep",
    "sed",
    "awk",
    "cut",
    "tr",
    "sort",
    "uniq",
    "wc",
    "head",
    "tail",
    "find",
    "xargs",
    "tee",
    "test",
    "[",
    "[[",
    "]]",
    "]",
    "printf",
    "read",
    "cd",
    "export",
    "local",
    "declare",
    "set",
    "trap",
    "kill",
    "wait",
    "jobs",
    "fg",
    "bg",
    "exec",
    "eval",
    "source",
    "return",
    "break",
    "continue",
    "shift",
    "unset",
    "alias",
    "history",
    "time",
    "env",
    "bash",
    "sh",
    "-c",
    "watch",
    "timeout",
    "sleep",
    "yes",
    "seq",
    "curl",
    "ping",
    "ps",
    "vi",
    "less",
    "minikube",
    "ssh",
    "kubectl",
    "get",
    "apply",
    "-f",
    "deployment.yaml",
    "delete",
    "pod",
    "--all",
    "exec",
    "-it",
    "mypod",
    "--",
    "logs",
    "describe",
    "-o",
    "jsonpath={.items[*]",
    "yaml",
    "wide",
    "run",
    "x",
    "--image=nginx",
    "create",
    "scale",
    "--replicas=3",
    "deploy",
    "rollout",
    "undo",
    "expose",
    "--port=80",
    "patch",
    "-p",
    "edit",
    "config",
    "explain",
    "port-forward",
    "cp",
    "debug",
    "top",
    "-n",
    "kube-system",
    "-w",
    "-l",
    "a=b",
    "--dry-run=client",
    "if",
    "then",
    "fi",
    "else",
    "for",
    "in",
    "do",
    "done",
    "while",
    "until",
    "case",
    "esac",
    "function",
    "f()",
    "{",
    "}",
    "(",
    ")",
    "((",
    "))",
    "$((",
    "$(",
    "`",
    "${",
    "${x",
    "${x:-",
    "${x[",
    "$x",
    "$1",
    "$@",
    "$?",
    "$!",
    "\"",
    "'",
    "\\",
    ";",
    ";;",
    "&",
    "&&",
    "|",
    "||",
    "!",
    ">",
    ">>",
    "<",
    "<<EOF",
    "EOF",
    "<<<",
    ">&2",
    "2>&1",
    ">(",
    "<(",
    "*",
    "?",
    "[a-",
    "~",
    "{a,b}",
    "{1..5}",
    "{1..",
    "1",
    "0",
    "-1",
    "99999999999999999999",
    "x=1",
    "x=",
    "x+=1",
    "a[1]=2",
    "=",
    "==",
    "=~",
    "-eq",
    "-e",
    "-z",
    "/",
    "/dev/null",
    "/dev/tty",
    "/proc/1",
    "..",
    "한글",
    "\u{7f}",
    "#",
    "%",
    "%1",
    "+",
    "-",
    "--",
    "-n",
    "-",
    "\t",
    "  ",
    "\n",
    "\u{1b}[A",
    "\u{12}",
    "\u{1}",
    "\u{17}",
];

fn line(rng: &mut Rng) -> String {
    let mut line = String::new();
    for _ in 0..1 + rng.below(9) {
        line += WORDS[rng.below(WORDS.len() as u64) as usize];
        if rng.below(5) > 0 {
            line.push(' ');
        }
    }
    line
}

fn pass(world: &mut Playground, seconds: u64) {
    let until = world.now() + Duration::from_secs(seconds);
    world.advance(until, 20_000);
}

/// Leaves whatever is open, as a person does who is lost, and sees that a shell is there.
fn alive(world: &mut Playground, terminal: TerminalId, after: &str) {
    for keys in ["\x03", "\x03", "\x04", "\x03q", "\x03", "exit\r", "\x03\x15", "\x03", "exit\r", "\x03\x15", "\x03"] {
        world.input(terminal, keys.as_bytes());
        pass(world, 3);
        world.output(terminal);
        if !world.is_busy(terminal) {
            world.input(terminal, b"\x15/bin/echo al''ive\r");
            pass(world, 3);
            let shown = world.output(terminal);
            if format!("{shown:?}").len() > 10 && text(&shown).contains("\nalive") {
                return;
            }
        }
    }
    panic!("no shell answers after {after:?}");
}

fn text(shown: &[playground::Output]) -> String {
    let bytes = shown.iter().flat_map(|output| match output {
        playground::Output::Bytes(bytes) => bytes.clone(),
        _ => Vec::new(),
    });
    String::from_utf8_lossy(&bytes.collect::<Vec<u8>>()).into_owned()
}

fn sessions(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let mut rng = Rng::new(seed);
        let mut world = world(seed);
        let terminal = world.open_terminal(80, 24);
        for _ in 0..25 {
            let line = line(&mut rng);
            world.input(terminal, line.as_bytes());
            world.input(terminal, b"\r");
            pass(&mut world, 2);
            alive(&mut world, terminal, &line);
        }
    }
}

fn on_a_main_threads_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(8 << 20).spawn(run).expect("a thread");
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

fn count(default: u64) -> u64 {
    std::env::var("SEEDS").ok().and_then(|count| count.parse().ok()).unwrap_or(default)
}

#[test]
fn any_line_leaves_a_shell() {
    on_a_main_threads_stack(|| sessions(0..count(12)));
}

/// Manifests with a few bytes changed: kubectl says something, and what it says has a code.
#[test]
fn any_manifest_is_answered() {
    on_a_main_threads_stack(|| {
        let files = manifests();
        let pieces = [
            "-", ": ", "\n", "  ", "\t", "#", "'", "\"", "|", ">", "&a ", "*a", "!!int ", "{", "}", "[", "]", ",",
            "null", "-1", "---\n", "한",
        ];
        for seed in 0..count(8) {
            let mut rng = Rng::new(seed);
            let mut world = world(seed);
            for _ in 0..25 {
                let (name, bytes) = &files[rng.below(files.len() as u64) as usize];
                let mut chars: Vec<char> = String::from_utf8_lossy(bytes).chars().collect();
                for _ in 0..rng.below(4) {
                    let at = rng.below(chars.len() as u64 + 1) as usize;
                    let end = (at + rng.below(12) as usize).min(chars.len());
                    let piece = pieces[rng.below(pieces.len() as u64) as usize];
                    match rng.below(4) {
                        0 => drop(chars.drain(at..end)),
                        1 => drop(chars.splice(at..end, piece.chars())),
                        2 => drop(chars.splice(at..at, piece.chars())),
                        _ => drop(chars.splice(at..at, chars[at..end].to_vec())),
                    }
                }
                let spoiled: String = chars.into_iter().collect();
                world.save_file("spoiled.yaml", spoiled.as_bytes());
                let verb = [
                    "apply",
                    "create",
                    "replace",
                    "diff",
                    "delete --wait=false",
                    "apply --dry-run=server",
                    "apply --server-side",
                ];
                let verb = verb[rng.below(verb.len() as u64) as usize];
                let mut said = String::new();
                world.run_script(&format!("kubectl {verb} -f spoiled.yaml\n"), &mut |text| said.push_str(text));
                assert!(
                    said.lines().count() > 1 || ["diff", "replace"].contains(&verb),
                    "{name} {verb}: not a word\n{spoiled}"
                );
                assert!(
                    !said.contains("(InternalError)") && !said.contains("\n? 130"),
                    "{name} {verb}: {said}\n{spoiled}"
                );
            }
        }
    });
}
