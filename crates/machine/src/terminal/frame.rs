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
            process.env = Rc::new(env.into_iter().collect());
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
        Some(Frame { process, shell, pending: String::new(), end: session.end })
    }

    /// What the shell runs before its first prompt: the person's start-up file, if there is one.
    pub(crate) fn startup(&self) -> Option<String> {
        let home = self.shell.get("HOME")?;
        let files: &[&str] = match (self.shell.flavour, self.shell.login) {
            (Flavour::Bash, false) => &[".bashrc"],
            (_, true) => &[".bash_profile", ".profile"],
            _ => &[],
        };
        let file =
            files.iter().map(|file| format!("{home}/{file}")).find(|file| self.process.metadata(file).is_ok())?;
        Some(format!(". '{}'\n", file.replace('\'', "'\\''")))
    }

    /// The prompt to show.
    pub(crate) fn prompt(&self) -> String {
        let name = if self.pending.is_empty() { "PS1" } else { "PS2" };
        prompt(&self.shell, &self.process, self.shell.get(name).unwrap_or_default())
    }

    /// Whether no background job of it runs.
    pub(crate) fn is_idle(&self) -> bool {
        self.shell.jobs.iter().all(|job| job.ended.is_some())
    }
}
