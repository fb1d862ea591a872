//! `command [-vV] name [arg …]`, `builtin name [arg …]`: without functions; without programs.

use super::{Builtin, find};
use crate::shell::{Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let mut rest = &words[1..];
        let mut show = None;
        while let Some(flag) = rest.first().filter(|word| matches!(word.as_str(), "-v" | "-V" | "-p" | "--")) {
            match flag.as_str() {
                "-v" => show = Some(false),
                "-V" => show = Some(true),
                _ => {}
            }
            rest = &rest[1..];
        }
        if let Some(long) = show {
            let mut status = 1;
            for name in rest {
                match shell.describe(name, long) {
                    Some(text) => {
                        shell.print("command", format!("{text}\n").as_bytes()).await;
                        status = 0;
                    }
                    None if long => {
                        shell.builtin_error("command", &format!("{name}: not found"), 1).await;
                    }
                    None => {}
                }
            }
            let is_dash = shell.state.flavour == crate::shell::Flavour::Dash;
            return Ok(if is_dash && status != 0 { 127 } else { status });
        }
        let Some(name) = rest.first() else { return Ok(0) };
        match find(name, shell.state.flavour) {
            Some(Builtin::Words(run)) => run(shell, rest).await,
            Some(Builtin::Arguments(run)) => {
                let arguments = rest[1..].iter().map(|word| super::Argument::Word(word.clone())).collect();
                run(shell, name, arguments).await
            }
            None => shell.run_external(rest, false, false).await,
        }
    })
}

pub(super) fn builtin<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let Some(name) = words.get(1) else { return Ok(0) };
        if find(name, shell.state.flavour).is_none() {
            return Ok(shell.builtin_error("builtin", &format!("{name}: not a shell builtin"), 1).await);
        }
        run(shell, &words[0..]).await
    })
}
