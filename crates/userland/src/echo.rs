//! `echo` as a program (the shell's own is a builtin). echo(1) of GNU coreutils 9.1.

use machine::libc::escape::unescape;

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let args = p.args().to_vec();
    let mut words = args.get(1..).unwrap_or_default();
    let (mut newline, mut escapes) = (true, false);
    while let [first, rest @ ..] = words {
        match first.strip_prefix('-') {
            Some(letters) if !letters.is_empty() && letters.chars().all(|c| "neE".contains(c)) => {
                for letter in letters.chars() {
                    match letter {
                        'n' => newline = false,
                        other => escapes = other == 'e',
                    }
                }
                words = rest;
            }
            _ => break,
        }
    }
    let mut text = words.join(" ").into_bytes();
    if escapes {
        let (bytes, stop) = unescape(&text, true);
        text = bytes;
        newline &= !stop;
    }
    if newline {
        text.push(b'\n');
    }
    p.write(1, &text).await;
    Ok(())
}
