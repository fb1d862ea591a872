//! `echo [-neE] [arg …]`

use crate::shell::expand::echo_escapes;
use crate::shell::{Flavour, Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let dash = shell.state.flavour == Flavour::Dash;
        let (mut newline, mut escapes) = (true, dash);
        let mut rest = &words[1..];
        while let Some(word) = rest.first() {
            let flags = word.strip_prefix('-').unwrap_or_default();
            if flags.is_empty() || !flags.chars().all(|c| c == 'n' || !dash && (c == 'e' || c == 'E')) {
                break;
            }
            for flag in flags.chars() {
                match flag {
                    'n' => newline = false,
                    flag => escapes = flag == 'e',
                }
            }
            rest = &rest[1..];
        }
        let mut text = rest.join(" ").into_bytes();
        if escapes {
            let (bytes, ended) = echo_escapes(&rest.join(" "), true);
            text = bytes;
            newline &= !ended;
        }
        if newline {
            text.push(b'\n');
        }
        Ok(shell.print("echo", &text).await)
    })
}
