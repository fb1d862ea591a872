//! Nothing a person types takes the tab with it: nesting, size, time, and a stack as small as wasm's.

use machine::headless::Headless;
use machine::{Kernel, Machine};
use sim::{Duration, Sim, Time};
use userland::images;

/// Runs scripts on a stack of 1 MiB, as wasm has (debug builds need more for the same depth: four times).
fn on_a_small_stack(scripts: Vec<String>) {
    let size = if cfg!(debug_assertions) { 4 << 20 } else { 1 << 20 };
    let run = move || {
        let now = Time::from_unix_secs(1_795_341_600);
        let kernel = Kernel::new(Sim::new(now, 1), userland::programs());
        let machine = kernel.with(|state| {
            let (disk, host) = (state.add_disk(images::laptop(now)), state.network.add_host("laptop"));
            state.add_machine(Machine::new("laptop", disk, host))
        });
        for script in scripts {
            let start: String = script.chars().take(40).collect();
            let shell = Headless::new(&kernel, machine);
            let before = kernel.sim().steps();
            shell.run(&script, Duration::from_millis(500));
            assert!(!shell.is_running(), "no end: {start}");
            assert!(kernel.sim().steps() - before < 1_000_000, "many steps: {start}");
        }
    };
    let thread = std::thread::Builder::new().stack_size(size).spawn(run).expect("a thread");
    thread.join().expect("no panic, no overflow");
}

fn nested(open: &str, middle: &str, close: &str, depth: usize) -> String {
    format!("{}{middle}{}", open.repeat(depth), close.repeat(depth))
}

#[test]
fn deep_nesting_is_refused_or_done() {
    let mut scripts = Vec::new();
    for depth in [5, 12, 14, 24, 30, 100, 1000] {
        for (open, middle, close) in [
            ("(", "echo", ")"),
            ("((", "1", "))"),
            ("$((", "1", "))"),
            ("echo $(", "echo", ")"),
            ("echo \"$(", "echo", ")\""),
            ("{ ", "echo;", " }"),
            ("if true; then ", "echo", "; fi"),
            ("while false; do ", "echo", "; done"),
            ("case x in x) ", "echo", ";; esac"),
            ("${x:-", "y", "}"),
            ("echo ${x:-", "y", "}"),
            ("echo \"${x:-", "y", "}\""),
            ("! ", "true", ""),
            ("[[ ( ", "a", " ) ]]"),
            ("f() { ", "echo;", " }"),
            ("{a,", "b", "}"),
            ("echo {a,", "b", "}"),
            ("`", "echo", "`"),
            ("eval ", "echo", ""),
            ("<(", "echo", ")"),
            ("echo [", "x", "]"),
            ("x[", "1", "]=1"),
            ("echo $[", "1", "]"),
            ("((", "x", ""),
            ("a=(", "x", ")"),
            ("@(", "x", ")"),
            ("echo @(a|", "x", ")"),
            ("echo $((1+(", "1", ")))"),
            ("true && ", "true", ""),
            ("echo | ", "cat", ""),
        ] {
            scripts.push(nested(open, middle, close, depth));
        }
    }
    on_a_small_stack(scripts);
}

#[test]
fn endless_things_end() {
    on_a_small_stack(
        [
            "f() { f; }; f",
            "f() { echo $(f); }; f",
            "x=a; while :; do x=$x$x; done",
            "x=1234567890; while :; do x=${x//1/$x}; done",
            "echo {1..100000000}",
            "echo {1..999}{1..999}{1..999}",
            "eval 'eval \"eval eval\"'; e='eval \"$e\"'; eval \"$e\"",
            "while :; do echo x; done > f",
            "yes",
            "yes > f",
            "cat /dev/zero",
            "cat /dev/urandom | tr a b",
            "a='b[$a]'; echo $((a))",
            "a=b; b=a; echo $((a))",
            ": $((1 << 99999)) $((2 ** 99999999999))",
            "alias a='b' b='a'; a",
            "while read x; do echo $x >> f; done < f; cat f f f f > f",
            "trap 'exit' EXIT; exit",
            "x=$(yes)",
            "printf '%999999999s' x",
            "read x < /dev/zero",
            "until false; do (:) & done",
            "exec bash -c 'exec bash -c \"exec bash -c :\"'",
            "echo '. ./s' > s; . ./s",
            "echo '$0' > s; chmod +x s; PATH=.:$PATH; s",
        ]
        .map(str::to_owned)
        .to_vec(),
    );
}
