//! What is typed at a terminal, and programs that are handed to bash, sed and awk.

use playground::{Output, Playground, TerminalId};
use sim::Duration;

use super::worlds::{fresh, pass};

/// Frames of the page that one input is played for, and the steps that it may take in each.
const FRAMES: (usize, u64) = (100, 500);
/// Steps that may be taken before the page can draw and take a key again.
const UNBROKEN: u64 = 10_000;
/// The most bytes that reach the terminal meanwhile.
const LARGEST_OUTPUT: usize = 16 << 20;

/// A line, or several.
///
/// # Panics
/// When no shell answers any more, or something ran for too long without a pause.
pub fn line(bytes: &[u8]) -> bool {
    let mut world = fresh();
    !play(&mut world, bytes).contains("syntax error")
}

/// A script of bash.
///
/// # Panics
/// As [`line`].
pub fn bash(bytes: &[u8]) -> bool {
    program("bash program < input", bytes)
}

/// A script of sed.
///
/// # Panics
/// As [`line`].
pub fn sed(bytes: &[u8]) -> bool {
    program("sed -E -s -f program input input; sed -n -f program input", bytes)
}

/// A program of awk.
///
/// # Panics
/// As [`line`].
pub fn awk(bytes: &[u8]) -> bool {
    program("awk -v v=1 -f program input - < input", bytes)
}

/// What the programs work on.
const INPUT: &str = "one 1 first\ntwo 22 second line\n\nkey=value; key2=\"quoted\"\n한글 utf-8\nlast 99.5 -7 0x10";

/// Runs a command line that reads the input as the file `program`. True when it succeeds.
fn program(command: &str, bytes: &[u8]) -> bool {
    let mut world = fresh();
    world.save_file("program", bytes);
    world.save_file("input", INPUT.as_bytes());
    let shown = play(&mut world, format!("{command}; echo sta''tus $?").as_bytes());
    shown.contains("\nstatus 0\r\n")
}

/// Types, waits a few seconds, and leaves whatever is open, as a person does who is lost. What the terminal shows until then.
fn play(world: &mut Playground, typed: &[u8]) -> String {
    let terminal = world.open_terminal(80, 24);
    frame(world);
    world.input(terminal, typed);
    world.input(terminal, b"\r");
    let mut printed = String::new();
    for _ in 0..FRAMES.0 {
        frame(world);
        printed += &take_output(world, terminal);
        if !world.is_busy(terminal) {
            break;
        }
    }
    assert!(printed.len() <= LARGEST_OUTPUT, "{} bytes", printed.len());
    let mut shown = String::new();
    // What goes on in the background, as many processes as there can be, is given the steps to come to its end.
    let keys =
        ["", "\x03", "\x03", "\x04", "\x1b:q!\r", "\x03q", "\x03", "exit\r", "\x03\x15", "\x03", "exit\r", "\x03"];
    let keys = keys.map(|keys| (keys, 20_000)).into_iter().chain([("\x03", 500_000); 3]);
    for (keys, fuel) in keys {
        world.input(terminal, keys.as_bytes());
        pass(world, Duration::from_secs(3), fuel);
        take_output(world, terminal);
        world.input(terminal, b"\x15/bin/echo al''ive\r");
        pass(world, Duration::from_secs(3), fuel);
        shown = take_output(world, terminal);
        if shown.contains("\nalive") {
            return printed;
        }
    }
    panic!("no shell answers, but {shown:?}");
}

fn frame(world: &mut Playground) {
    let before = world.session().end_steps;
    pass(world, Duration::from_millis(50), FRAMES.1);
    let steps = world.session().end_steps - before;
    assert!(steps < UNBROKEN, "{steps} steps without a pause");
}

fn take_output(world: &mut Playground, terminal: TerminalId) -> String {
    let bytes: Vec<u8> = world
        .output(terminal)
        .into_iter()
        .flat_map(|output| match output {
            Output::Bytes(bytes) => bytes,
            _ => Vec::new(),
        })
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}
