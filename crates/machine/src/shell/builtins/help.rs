//! `help [name …]`: lists the builtins.

use crate::shell::{Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let Some(name) = words[1..].iter().find(|word| !word.starts_with('-')) else {
            let text = format!("These shell commands are defined internally:\n {}\n", super::names().join("\n "));
            return Ok(shell.print("help", text.as_bytes()).await);
        };
        if super::find(name, shell.state.flavour).is_none() {
            let text = format!("no help topics match `{name}'.  Try `help help' or `man -k {name}' or `info {name}'.");
            return Ok(shell.builtin_error("help", &text, 1).await);
        }
        let text = format!("{name}: {name}\n    The text of bash's help is not simulated here.\n");
        Ok(shell.print("help", text.as_bytes()).await)
    })
}
