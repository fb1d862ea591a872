//! `pushd [-n] [+N|-N|dir]`, `popd [-n] [+N|-N]`, `dirs [-clpv] [+N|-N]`: the stack of directories, whose top is the
//! working directory.

use crate::shell::{Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let (mut long, mut lines, mut numbered) = (false, false, false);
        for word in words.iter().skip(1) {
            match word.as_str() {
                "-c" => {
                    shell.state.directories.clear();
                    return Ok(0);
                }
                "-l" => long = true,
                "-p" => lines = true,
                "-v" => (lines, numbered) = (true, true),
                word => {
                    let all = shell.stack();
                    return match rotation(word, all.len()) {
                        Some(Some(at)) => {
                            let text = format!("{}\n", shell.with_tilde(&all[at]));
                            Ok(shell.print("dirs", text.as_bytes()).await)
                        }
                        Some(None) => Ok(shell
                            .builtin_error("dirs", &format!("{}: directory stack index out of range", &word[1..]), 1)
                            .await),
                        None => {
                            let status = shell.builtin_error("dirs", &format!("{word}: invalid option"), 1).await;
                            shell.process.err("dirs: usage: dirs [-clpv] [+N] [-N]\n").await;
                            Ok(status)
                        }
                    };
                }
            }
        }
        let all = shell.stack();
        let shown = all.iter().map(|dir| if long { dir.clone() } else { shell.with_tilde(dir) });
        let text = if numbered {
            shown.enumerate().map(|(at, dir)| format!("{at:>2}  {dir}\n")).collect()
        } else {
            shown.collect::<Vec<String>>().join(if lines { "\n" } else { " " }) + "\n"
        };
        Ok(shell.print("dirs", text.as_bytes()).await)
    })
}

pub(super) fn pushd<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let stay = words.get(1).is_some_and(|word| word == "-n");
        let mut all = shell.stack();
        let word = words.get(if stay { 2 } else { 1 });
        match word.map(|word| (word, rotation(word, all.len()))) {
            None if all.len() < 2 => return Ok(shell.builtin_error("pushd", "no other directory", 1).await),
            None => all.swap(0, 1),
            Some((_, Some(Some(at)))) => all.rotate_left(at),
            Some((word, Some(None))) => {
                let text = format!("{}: directory stack index out of range", &word[1..]);
                return Ok(shell.builtin_error("pushd", &text, 1).await);
            }
            Some((dir, None)) if stay => all.insert(1, dir.clone()),
            Some((dir, None)) => {
                let old = shell.state.cwd.clone();
                let status = super::cd::go(shell, "pushd", dir).await?;
                if status != 0 {
                    return Ok(1);
                }
                shell.state.directories.insert(0, old);
                return run(shell, &[]).await;
            }
        }
        shell.settle_stack("pushd", all).await
    })
}

pub(super) fn popd<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let mut all = shell.stack();
        if all.len() < 2 {
            return Ok(shell.builtin_error("popd", "directory stack empty", 1).await);
        }
        let at = match words.get(1) {
            None => 0,
            Some(word) if word == "-n" => 1,
            Some(word) => match rotation(word, all.len()) {
                Some(Some(at)) => at,
                Some(None) => {
                    let text = format!("{}: directory stack index out of range", &word[1..]);
                    return Ok(shell.builtin_error("popd", &text, 1).await);
                }
                None => {
                    let status = shell.builtin_error("popd", &format!("{word}: invalid argument"), 2).await;
                    shell.process.err("popd: usage: popd [-n] [+N | -N]\n").await;
                    return Ok(status);
                }
            },
        };
        all.remove(at);
        shell.settle_stack("popd", all).await
    })
}

/// The place in a stack of so many that `+N` or `-N` names; `Some(None)` if there is none, `None` if it is no such word.
fn rotation(word: &str, count: usize) -> Option<Option<usize>> {
    let number: usize = word.get(1..)?.parse().ok()?;
    match word.as_bytes()[0] {
        b'+' => Some(Some(number).filter(|at| *at < count)),
        b'-' => Some((count - 1).checked_sub(number)),
        _ => None,
    }
}

impl Shell {
    /// The stack from its top on, the working directory first.
    fn stack(&self) -> Vec<String> {
        let top = std::iter::once(&self.state.cwd);
        top.chain(&self.state.directories).cloned().collect()
    }

    fn with_tilde(&self, dir: &str) -> String {
        let home = self.state.get("HOME").unwrap_or_default();
        match dir.strip_prefix(home) {
            Some(rest) if home.len() > 1 && (rest.is_empty() || rest.starts_with('/')) => format!("~{rest}"),
            _ => dir.to_owned(),
        }
    }

    /// Goes to the top of a changed stack and shows it.
    async fn settle_stack(&mut self, builtin: &str, mut all: Vec<String>) -> Result<i32, crate::shell::Flow> {
        let top = all.remove(0);
        if top != self.state.cwd && super::cd::go(self, builtin, &top).await? != 0 {
            return Ok(1);
        }
        self.state.directories = all;
        run(self, &[]).await
    }
}
