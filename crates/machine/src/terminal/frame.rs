//! One interactive shell of a terminal's stack, at its prompt.

use std::rc::Rc;

use crate::kernel::NewProcess;
use crate::shell::{Flavour, ShellState, Variable, prompt};
use crate::{Fd, Kernel, Process, Session, SessionEnd, TtyId};

/// A shell at its prompt: plain data.
#[derive(Clone)]
pub struct Frame {
    pub(crate) process: Process,
    /// What the shell remembers.
    pub shell: ShellState,
    /// The lines of a command that is not complete yet.
    pub(crate) pending: String,
    pub(crate) end: SessionEnd,
    /// What was meant by the line before: Tab on an empty line puts it in.
    pub(crate) offer: Option<String>,
}

/// Which shell a program file is: what it is registered as.
pub(crate) fn flavour_of(kernel: &Kernel, process: &Process, name: &str) -> Option<Flavour> {
    let path =
        process.env("PATH").unwrap_or_else(|| "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".into());
    let (machine, user) = (process.machine(), process.user());
    let file = kernel.find_program(machine, &user, &path, &process.cwd(), name.trim_start_matches('-')).ok()?;
    let bytes = kernel.with(|state| state.read_file(machine, &user, &file)).ok()?;
    match crate::disk::executable_program(&bytes)? {
        "bash" => Some(Flavour::Bash),
        "sh" => Some(Flavour::Dash),
        "busybox-sh" => Some(Flavour::Ash),
        _ => None,
    }
}

/// The state of an interactive shell that a process starts as.
pub(crate) fn interactive_state(process: &Process, flavour: Flavour, argv: &[String]) -> ShellState {
    let name = argv.first().map_or("bash", String::as_str);
    let mut state = ShellState::new(flavour, name, &process.environ(), &process.cwd(), process.now());
    state.interactive = true;
    state.options.expand_aliases = true;
    state.numbered = false;
    state.login =
        name.starts_with('-') || argv.iter().any(|word| matches!(word.as_str(), "-l" | "--login" | "-il" | "-li"));
    let (first, second) = match flavour {
        Flavour::Bash => ("\\u@\\h:\\w\\$ ", "> "),
        Flavour::Ash => ("\\w \\$ ", "> "),
        Flavour::Dash if process.user().uid == 0 => ("# ", "> "),
        Flavour::Dash => ("$ ", "> "),
    };
    for (name, text) in [("PS1", first), ("PS2", second)] {
        if state.get(name).is_none() {
            state.variables.insert(name.into(), Variable::scalar(text));
        }
    }
    let user = process.user();
    for (name, text) in [("HOME", user.home.as_str()), ("TERM", "xterm-256color")] {
        if state.get(name).is_none() {
            state.variables.insert(name.into(), Variable { exported: true, ..Variable::scalar(text) });
        }
    }
    state
}

impl Frame {
    /// Starts an interactive shell for a session; `None` if the machine is gone or has no such shell.
    pub(crate) fn open(kernel: &Kernel, tty: TtyId, session: Session) -> Option<Frame> {
        let mut process = kernel.outsider(session.machine, Some(tty))?;
        if let Some(user) = session.user {
            process.user = Rc::new(user);
        }
        if let Some(env) = session.env {
            process.env = Rc::new(sim::order::collect(env));
        }
        if let Some(cwd) = session.cwd {
            process.cwd = cwd.as_str().into();
        }
        let name = session.argv.first()?.clone();
        let flavour = flavour_of(kernel, &process, &name)?;
        let (machine, user, argv, now) = (process.machine, process.user(), session.argv.clone(), process.now());
        process.pid = kernel.with(|state| {
            let pid =
                state.add_process(NewProcess { machine, parent: None, group: None, user, argv, tty: Some(tty), now });
            if let Some(data) = state.processes.get_mut(&pid) {
                data.catches_interrupt = true;
                data.interactive_shell = true;
            }
            pid
        });
        process.argv = session.argv.clone().into();
        let fd = Fd::tty(tty);
        process.fds = [(0, fd.clone()), (1, fd.clone()), (2, fd)].into();
        let shell = interactive_state(&process, flavour, &session.argv);
        Some(Frame { process, shell, pending: String::new(), end: session.end, offer: None })
    }

    /// What the shell runs before its first prompt: the person's start-up file, if there is one. A file that only defines
    /// aliases, as the usual one does, is taken in here and needs no shell: most terminals are ready a little earlier, and
    /// the page has its first prompt before it has fetched a parser.
    pub(crate) fn startup(&mut self) -> Option<String> {
        let home = self.shell.get("HOME")?;
        let files: &[&str] = match (self.shell.flavour, self.shell.login) {
            (Flavour::Bash, false) => &[".bashrc"],
            (_, true) => &[".bash_profile", ".profile"],
            _ => &[],
        };
        let file =
            files.iter().map(|file| format!("{home}/{file}")).find(|file| self.process.metadata(file).is_ok())?;
        let text = self.process.read_file(&file).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        if let Some(aliases) = text.as_deref().and_then(plain_aliases) {
            self.shell.aliases.extend(aliases);
            return None;
        }
        Some(format!(". '{}'\n", file.replace('\'', "'\\''")))
    }

    /// The prompt to show.
    pub(crate) fn prompt(&self) -> String {
        let name = if self.pending.is_empty() { "PS1" } else { "PS2" };
        prompt(&self.shell, &self.process, self.shell.get(name).unwrap_or_default())
    }

    /// Whether no background job of it runs as a future.
    pub(crate) fn is_idle(&self) -> bool {
        let kernel = self.process.kernel();
        self.shell.jobs.iter().all(|job| job.ended.is_some() || job.pids.iter().all(|pid| kernel.is_data(*pid)))
    }
}

/// The aliases of a script that has nothing but lines `alias NAME=word`, `alias NAME='words'`, comments and blank lines;
/// `None` for any other, which a shell has to run.
fn plain_aliases(script: &str) -> Option<Vec<(String, String)>> {
    let of_word = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    let mut aliases = Vec::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (name, value) = line.strip_prefix("alias ")?.split_once('=')?;
        let quoted =
            value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).filter(|text| !text.contains('\''));
        let text = quoted.or_else(|| Some(value).filter(|word| word.chars().all(of_word)))?;
        if name.is_empty() || !name.chars().all(of_word) {
            return None;
        }
        aliases.push((name.to_owned(), text.to_owned()));
    }
    Some(aliases)
}

#[cfg(test)]
mod tests {
    use super::plain_aliases;

    #[test]
    fn only_plain_aliases_are_read_without_a_shell() {
        let read = |script| plain_aliases(script).map(|all| all.into_iter().map(|(a, b)| format!("{a}={b}")).collect());
        let cases: [(&str, Option<Vec<String>>); 8] = [
            ("# none\n\n", Some(vec![])),
            ("alias k=kubectl\n alias ll='ls -alF'", Some(vec!["k=kubectl".into(), "ll=ls -alF".into()])),
            ("alias k=kubectl; echo hi", None),
            ("alias a='b' c='d'", None),
            ("alias a=$HOME", None),
            ("alias a=\"b\"", None),
            ("alias a='b", None),
            ("echo hello", None),
        ];
        for (script, expected) in cases {
            assert_eq!(read(script), expected, "{script}");
        }
    }
}
