//! Programs that never end by themselves: they get their time and SIGINT, in time that a person has, and leave a machine that
//! works.

use sim::Duration;
use tests::world;

/// Runs a script and gives its transcript; at most so many steps are taken.
fn run(script: &str, most_steps: u64) -> String {
    let mut world = world(1);
    let before = world.session().end_steps;
    let mut transcript = String::new();
    world.run_script(script, &mut |text| transcript.push_str(text));
    let steps = world.session().end_steps - before;
    assert!(steps <= most_steps, "{steps} steps: {script}");
    transcript
}

/// A command line that runs until 600 seconds are over.
fn check(command: &str) {
    let transcript = run(&format!("{command}\ndate -u +%H:%M:%S; echo alive\n"), 1_200_000);
    let lines: Vec<&str> = transcript.lines().collect();
    let [first, .., status, _, time, alive] = lines.as_slice() else { panic!("{transcript}") };
    assert_eq!(*first, format!("$ {command}"));
    assert_eq!((*status, *time, *alive), ("? 130", "10:11:20", "alive"), "{command}");
}

#[test]
fn loops_that_only_compute() {
    check("while true; do :; done");
    check("minikube ssh 'while :; do :; done'");
}

#[test]
fn loops_that_print() {
    check("while true; do echo x; done");
}

#[test]
fn loops_that_start_processes() {
    check("until false; do sleep 0; done");
    check("until false; do (:) & done");
}

#[test]
fn a_loop_in_the_background_takes_no_time_from_others() {
    let script = "while true; do :; done &\nsleep 100\ndate -u +%T\nkill %1; wait\nsleep 1; date -u +%T\n";
    let transcript = run(script, 1_000_000);
    assert!(!transcript.contains('?'), "{transcript}");
    assert!(transcript.contains("\n10:03:00\n"), "{transcript}");
}

#[test]
fn a_loop_of_a_hundred_thousand_turns_is_done() {
    let transcript = run("for i in $(seq 100000); do x=$((x + i)); done; echo $x\n", 500_000);
    assert!(transcript.contains("\n5000050000\n"), "{transcript}");
}

#[test]
fn a_fork_bomb_ends() {
    let transcript = run(":(){ :|:& };:\nsleep 10; echo alive\n", 3_000_000);
    assert!(transcript.contains("fork: Resource temporarily unavailable"), "{transcript}");
    assert!(transcript.ends_with("\nalive\n"), "{transcript}");
}

#[test]
fn endless_recursion_is_an_error() {
    // A debug build's frames are large: as much stack as the main thread has.
    let run = || run("f() { f; }; f\necho alive\n", 100_000);
    let thread = std::thread::Builder::new().stack_size(8 << 20).spawn(run).expect("a thread");
    let transcript = thread.join().expect("no overflow");
    assert!(transcript.contains("f: maximum function nesting level exceeded"), "{transcript}");
    assert!(transcript.ends_with("\nalive\n"), "{transcript}");
}

#[test]
fn the_reader_of_an_endless_writer_ends_it() {
    assert_eq!(run("yes | head -2; echo ${PIPESTATUS[@]}\n", 10_000).lines().last(), Some("141 0"));
}

/// In the page: each frame has its fuel, the loop takes its share of virtual time, Ctrl-C is seen at once.
#[test]
fn a_loop_at_a_terminal_leaves_the_fuel_in_hand() {
    let mut world = world(1);
    let terminal = world.open_terminal(80, 24);
    world.input(terminal, b"while true; do :; done\r");
    let until = world.now() + Duration::from_secs(100);
    let before = world.session().end_steps;
    let advance = world.advance(until, 10_000);
    assert!(advance.out_of_fuel && advance.busy);
    assert!(world.session().end_steps - before < 10_100, "fuel is counted in steps of the shell too");
    assert!(until.since(advance.now) > Duration::from_secs(99), "10,000 steps of 50 µs are half a second");
    world.input(terminal, b"\x03");
    let until = world.now() + Duration::from_millis(10);
    assert!(!world.advance(until, 10_000).busy, "Ctrl-C is seen within a slice");
}
