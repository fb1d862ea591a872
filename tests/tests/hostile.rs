//! Input that was made to freeze the page, to eat its memory or to get a wrong answer: `tests/hostile/*.txt` are scripts, in
//! which `# = ` says what must be printed after the lines before, and `# ! ` what must not be.
//!
//! A script is played twice: without a person, when it has to end with those words in a number of steps that a person waits
//! for; and at a terminal, when no line may take many steps without a pause, and Ctrl-C has to bring the prompt back.

use std::fs;
use std::path::Path;

use playground::{Output, Playground, TerminalId};
use sim::Duration;
use tests::world;

/// Steps that one script may take.
const MOST: u64 = 3_000_000;
/// Steps that may be taken before the page can draw and take a key again; its own frame asks for 500.
const UNBROKEN: u64 = 10_000;

fn scripts() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("hostile");
    let mut found: Vec<(String, String)> = fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a text");
            (path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), text)
        })
        .collect();
    found.sort();
    found
}

#[test]
fn scripts_end_with_the_right_words() {
    let mut wrong = String::new();
    for (name, script) in scripts() {
        let mut world = world(1);
        let before = world.session().end_steps;
        let mut said = String::new();
        let lines = script.lines().filter(|line| !line.starts_with("# "));
        let lines: String = lines.map(|line| line.to_owned() + "\n").collect();
        world.run_script(&lines, &mut |text| said.push_str(text));
        let steps = world.session().end_steps - before;
        println!("{name}: {steps} steps");
        if steps > MOST {
            wrong += &format!("{name}: {steps} steps\n");
        }
        // In the order in which they stand, each in what its line printed.
        let mut rest = said.as_str();
        for line in script.lines() {
            if let Some(wanted) = line.strip_prefix("# = ") {
                let wanted = wanted.replace("\\n", "\n");
                match rest.find(&wanted) {
                    Some(at) => rest = &rest[at + wanted.len()..],
                    None => wrong += &format!("{name}: no {wanted:?} in\n{}\n", shown(rest)),
                }
            } else if let Some(unwanted) = line.strip_prefix("# ! ") {
                if said.contains(&format!("\n{unwanted}\n")) {
                    wrong += &format!("{name}: {unwanted:?} in\n{}\n", shown(&said));
                }
            } else if !line.starts_with('#') {
                // The command itself, which is printed too.
                rest = rest.find(line).map_or(rest, |at| &rest[at + line.len()..]);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn shown(text: &str) -> String {
    text.chars().take(4_000).collect()
}

/// Lets a world go on by as much as a frame of the page does, and sees that it comes back.
fn frame(world: &mut Playground, line: &str) {
    let before = world.session().end_steps;
    let until = world.now() + Duration::from_millis(50);
    world.advance(until, 500);
    let steps = world.session().end_steps - before;
    assert!(steps < UNBROKEN, "{steps} steps without a pause: {line}");
}

fn text(world: &mut Playground, terminal: TerminalId) -> String {
    let shown = world.output(terminal);
    let bytes: Vec<u8> = shown
        .iter()
        .flat_map(|output| match output {
            Output::Bytes(bytes) => bytes.as_slice(),
            _ => &[],
        })
        .copied()
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn every_line_can_be_interrupted() {
    for (name, script) in scripts() {
        let mut world = world(1);
        let terminal = world.open_terminal(80, 24);
        frame(&mut world, "");
        for line in script.lines().filter(|line| !line.starts_with("# ")) {
            world.input(terminal, line.as_bytes());
            world.input(terminal, b"\r");
            for _ in 0..100 {
                frame(&mut world, line);
                if !world.is_busy(terminal) {
                    break;
                }
            }
            text(&mut world, terminal);
            let mut alive = false;
            for _ in 0..5 {
                world.input(terminal, b"\x03\x15/bin/echo al''ive\r");
                for _ in 0..40 {
                    frame(&mut world, line);
                }
                alive = text(&mut world, terminal).contains("\nalive");
                if alive {
                    break;
                }
            }
            assert!(alive, "{name}: no prompt after Ctrl-C: {line}");
        }
    }
}
