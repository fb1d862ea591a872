//! `type [-t] [-p] name …`

use super::find;
use crate::shell::{Flavour, Run, Shell};

const KEYWORDS: [&str; 21] = [
    "!", "[[", "]]", "case", "coproc", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in",
    "select", "then", "time", "until", "while", "{",
];

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let (mut kind_only, mut path_only, mut status) = (false, false, 0);
        for word in &words[1..] {
            match word.as_str() {
                "-t" => kind_only = true,
                "-p" | "-P" => path_only = true,
                "-a" | "-f" | "--" => {}
                name => {
                    let text = match (kind_only, path_only) {
                        (true, _) => shell.kind(name).map(str::to_owned),
                        (_, true) => shell.describe(name, false).filter(|path| path.starts_with('/')),
                        _ => shell.describe(name, true),
                    };
                    match text {
                        Some(text) => drop(shell.print("type", format!("{text}\n").as_bytes()).await),
                        None if kind_only || path_only => status = 1,
                        None if shell.state.flavour == Flavour::Bash => {
                            status = shell.builtin_error("type", &format!("{name}: not found"), 1).await;
                        }
                        None => {
                            shell.print("type", format!("{name}: not found\n").as_bytes()).await;
                            status = 127;
                        }
                    }
                }
            }
        }
        Ok(status)
    })
}

impl Shell {
    fn kind(&self, name: &str) -> Option<&'static str> {
        if self.state.aliases.contains_key(name) {
            Some("alias")
        } else if KEYWORDS.contains(&name) || name == "}" {
            Some("keyword")
        } else if self.state.functions.contains_key(name) {
            Some("function")
        } else if find(name, self.state.flavour).is_some() {
            Some("builtin")
        } else {
            self.program_path(name).map(|_| "file")
        }
    }

    fn program_path(&self, name: &str) -> Option<String> {
        let (process, path) = (&self.process, self.state.get("PATH").unwrap_or_default());
        process.kernel.find_program(process.machine, &process.user, path, &process.cwd, name).ok()
    }

    /// What a name runs: one word for `command -v`, a sentence for `type`.
    pub(in crate::shell) fn describe(&self, name: &str, sentence: bool) -> Option<String> {
        let kind = self.kind(name)?;
        Some(match (kind, sentence) {
            ("alias", true) => format!("{name} is aliased to `{}'", self.state.aliases[name]),
            ("alias", false) => format!("alias {name}={}", super::quote_always(&self.state.aliases[name])),
            ("keyword", true) => format!("{name} is a shell keyword"),
            ("function", true) => format!("{name} is a function\n{}", self.state.functions[name]),
            ("builtin", true) => format!("{name} is a shell builtin"),
            ("file", sentence) => {
                let path = self.program_path(name)?;
                if sentence { format!("{name} is {path}") } else { path }
            }
            _ => name.to_owned(),
        })
    }
}
