//! `compgen [-W words] [-A action] [word]`, `complete …`, `compopt …`: what scripts of completion call. The list is worked
//! out; what `complete` says of a command's arguments is taken and not used.

use crate::shell::{Run, Shell};

pub(super) fn complete<'a>(_: &'a mut Shell, _: &'a [String]) -> Run<'a> {
    Box::pin(async move { Ok(0) })
}

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let mut found: Vec<String> = Vec::new();
        let mut start = "";
        let mut rest = words[1..].iter();
        while let Some(word) = rest.next() {
            let state = &shell.state;
            match word.as_str() {
                "-W" => {
                    let list = rest.next().cloned().unwrap_or_default();
                    let list = shell.expand_to_string(&list).await?;
                    found.extend(list.split_whitespace().map(str::to_owned));
                }
                "-b" => found.extend(super::names().into_iter().map(str::to_owned)),
                "-a" => found.extend(state.aliases.keys().cloned()),
                "-v" => found.extend(state.variables.keys().cloned()),
                "-A" => match rest.next().map(String::as_str) {
                    Some("function") => found.extend(state.functions.keys().cloned()),
                    Some("builtin") => found.extend(super::names().into_iter().map(str::to_owned)),
                    Some("alias") => found.extend(state.aliases.keys().cloned()),
                    Some("variable") => found.extend(state.variables.keys().cloned()),
                    action => {
                        let text = format!("-A {}: not simulated here", action.unwrap_or_default());
                        return Ok(shell.builtin_error("compgen", &text, 2).await);
                    }
                },
                "--" => {}
                flag if flag.len() > 1 && flag.starts_with('-') => {
                    let text = format!("{flag}: not simulated here");
                    return Ok(shell.builtin_error("compgen", &text, 2).await);
                }
                word => start = word,
            }
        }
        found.retain(|word| word.starts_with(start));
        if found.is_empty() {
            return Ok(1);
        }
        let text = found.join("\n") + "\n";
        Ok(shell.print("compgen", text.as_bytes()).await)
    })
}
