//! `cd [-L|-P] [dir|-]`

use crate::Errno;
use crate::shell::{Flavour, Flow, Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let mut rest = &words[1..];
        let mut physical = false;
        while let Some(flag) = rest.first().filter(|word| matches!(word.as_str(), "-L" | "-P" | "--" | "-e")) {
            physical |= flag == "-P";
            rest = &rest[1..];
        }
        if rest.len() > 1 && shell.state.flavour == Flavour::Bash {
            return Ok(shell.builtin_error("cd", "too many arguments", 1).await);
        }
        let (dir, show) = match rest.first().map(String::as_str) {
            None => match shell.state.get("HOME") {
                Some(home) => (home.to_owned(), false),
                None => return Ok(shell.builtin_error("cd", "HOME not set", 1).await),
            },
            Some("-") => match shell.state.get("OLDPWD") {
                Some(old) => (old.to_owned(), true),
                None => return Ok(shell.builtin_error("cd", "OLDPWD not set", 1).await),
            },
            Some(dir) => (dir.to_owned(), false),
        };
        if dir.is_empty() {
            return Ok(0);
        }
        let status = if physical {
            let dir = shell.process.canonicalize(&dir).unwrap_or(dir);
            go(shell, "cd", &dir).await?
        } else {
            go(shell, "cd", &dir).await?
        };
        if status != 0 {
            return Ok(status);
        }
        if show {
            return Ok(shell.print("cd", format!("{}\n", shell.state.cwd).as_bytes()).await);
        }
        Ok(0)
    })
}

/// Goes to a directory, or says for a builtin why that cannot be.
pub(super) async fn go(shell: &mut Shell, builtin: &str, dir: &str) -> Result<i32, Flow> {
    let found = shell.process.metadata(dir).and_then(|metadata| match metadata.is_dir() {
        false => Err(Errno::ENOTDIR),
        true if !shell.process.may(dir, crate::EXECUTE) => Err(Errno::EACCES),
        true => Ok(()),
    });
    if let Err(error) = found {
        let text = match shell.state.flavour {
            Flavour::Bash => format!("{dir}: {error}"),
            Flavour::Dash => format!("can't cd to {dir}"),
            Flavour::Ash => format!("can't cd to {dir}: {error}"),
        };
        let status = if shell.state.flavour == Flavour::Bash { 1 } else { 2 };
        return Ok(shell.builtin_error(builtin, &text, status).await);
    }
    shell.change_dir(shell.process.resolve(dir));
    Ok(0)
}

impl Shell {
    /// Moves the shell to an absolute directory.
    pub(super) fn change_dir(&mut self, target: String) {
        let old = std::mem::replace(&mut self.state.cwd, target.clone());
        self.process.cwd = target.as_str().into();
        for (name, value) in [("OLDPWD", old), ("PWD", target)] {
            self.state.set(name, value);
            if let Some(variable) = self.state.variables.get_mut(name) {
                variable.exported = true;
            }
        }
    }
}
