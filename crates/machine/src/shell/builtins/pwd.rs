//! `pwd [-L|-P]`

use crate::shell::{Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let physical = words[1..].iter().any(|word| word == "-P");
        let path = match physical {
            true => shell.process.canonicalize(".").unwrap_or_else(|_| shell.state.cwd.clone()),
            false => shell.state.cwd.clone(),
        };
        Ok(shell.print("pwd", format!("{path}\n").as_bytes()).await)
    })
}
