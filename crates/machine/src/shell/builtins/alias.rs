//! `alias [name[=value] …]`, `unalias [-a] name …`

use super::quote_always;
use crate::shell::{Flavour, Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let names: Vec<&String> = words[1..].iter().filter(|word| *word != "-p").collect();
        if names.is_empty() {
            let lead = if shell.state.flavour == Flavour::Bash { "alias " } else { "" };
            let lines: Vec<String> = shell
                .state
                .aliases
                .iter()
                .map(|(name, text)| format!("{lead}{name}={}\n", quote_always(text)))
                .collect();
            return Ok(shell.print("alias", lines.concat().as_bytes()).await);
        }
        let lead = if shell.state.flavour == Flavour::Bash { "alias " } else { "" };
        let mut status = 0;
        for word in names {
            match word.split_once('=') {
                Some((name, text)) => drop(shell.state.aliases.insert(name.to_owned(), text.to_owned())),
                None => match shell.state.aliases.get(word.as_str()) {
                    Some(text) => {
                        let line = format!("{lead}{word}={}\n", quote_always(text));
                        status = shell.print("alias", line.as_bytes()).await;
                    }
                    None => status = shell.builtin_error("alias", &format!("{word}: not found"), 1).await,
                },
            }
        }
        Ok(status)
    })
}

pub(super) fn unalias<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let mut status = 0;
        for word in &words[1..] {
            if word == "-a" {
                shell.state.aliases.clear();
            } else if shell.state.aliases.remove(word).is_none() {
                status = shell.builtin_error("unalias", &format!("{word}: not found"), 1).await;
            }
        }
        Ok(status)
    })
}
