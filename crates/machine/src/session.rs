//! Sessions: an interactive shell of one machine on the terminal of a process of another.

use std::rc::Rc;

use crate::{Fd, MachineId, Process, Spawn, User};

/// An interactive shell on a machine, on the terminal of the process that asks for it.
#[derive(Clone, Debug)]
pub struct Session {
    /// Where.
    pub machine: MachineId,
    /// The shell's words: `bash`, or `-bash` for a login shell; anything else is run as a program.
    pub argv: Vec<String>,
    /// Who; `None` is the machine's user.
    pub user: Option<User>,
    /// Its environment; `None` is the machine's.
    pub env: Option<Vec<(String, String)>>,
    /// Its directory; `None` is the machine's.
    pub cwd: Option<String>,
    /// Printed before the first prompt.
    pub banner: String,
    /// What is printed after it ended.
    pub end: SessionEnd,
}

/// What a session's client says after the session ended.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum SessionEnd {
    /// Nothing.
    #[default]
    Silent,
    /// If the status is not 0, this on standard error, `{}` being the status: kubectl's
    /// `command terminated with exit code {}`.
    Failed(String),
}

impl SessionEnd {
    /// The line for a status, if there is one.
    pub fn message(&self, status: i32) -> Option<String> {
        match self {
            SessionEnd::Failed(text) if status != 0 => Some(format!("{}\n", text.replace("{}", &status.to_string()))),
            _ => None,
        }
    }
}

impl Session {
    /// A session with the machine's own user, environment and directory.
    pub fn new<S: Into<String>>(machine: MachineId, argv: impl IntoIterator<Item = S>) -> Self {
        Session {
            machine,
            argv: argv.into_iter().map(Into::into).collect(),
            user: None,
            env: None,
            cwd: None,
            banner: String::new(),
            end: SessionEnd::Silent,
        }
    }
}

/// Whether these words start an interactive shell on a terminal, and of which kind.
pub fn is_interactive_shell(argv: &[String]) -> bool {
    let name = argv.first().map_or("", |name| name.rsplit('/').next().unwrap_or(name));
    matches!(name.trim_start_matches('-'), "bash" | "sh" | "ash" | "dash")
        && argv[1..]
            .iter()
            .all(|word| matches!(word.as_str(), "-i" | "-l" | "-il" | "-li" | "--login" | "--norc" | "--noprofile"))
}

impl Process {
    /// Runs a session and gives its status, having printed its end's message.
    ///
    /// At a terminal's prompt, as a whole simple command, an interactive shell takes the terminal over: this process ends
    /// (the call never returns), and the session's status becomes the command's. Elsewhere it runs inside this process.
    pub async fn session(&self, session: Session) -> i32 {
        let live = self.kernel.live(self.pid);
        let shell = is_interactive_shell(&session.argv);
        if shell && live.may_hand_over.get() && self.is_tty(0) && self.is_tty(1) {
            *live.handover.borrow_mut() = Some(session);
            self.exit(0).await;
        }
        self.out(&session.banner).await;
        let status = self.nested_session(&session, shell).await;
        if let Some(text) = session.end.message(status) {
            self.err(&text).await;
        }
        status
    }

    async fn nested_session(&self, session: &Session, shell: bool) -> i32 {
        let caught = self.set_catches(true); // Ctrl-C is for what runs in the session
        let Some(mut process) = self.kernel.outsider(session.machine, None) else { return 255 };
        if let Some(user) = &session.user {
            process.user = Rc::new(user.clone());
        }
        if let Some(env) = &session.env {
            process.env = Rc::new(sim::order::collect(env.iter().cloned()));
        }
        if let Some(cwd) = &session.cwd {
            process.cwd = cwd.as_str().into();
        }
        let output = self.fds.get(&1).cloned().unwrap_or_else(Fd::null);
        let input = self.fds.get(&0).cloned().unwrap_or_else(Fd::null);
        let tty = input.tty_id().filter(|_| input.is_tty());
        let status = match tty {
            Some(tty) if shell => {
                let spawned =
                    self.fork_on(session.machine, User::clone(&process.user), session.argv.clone(), |child| {
                        let fds =
                            [(0, input.dressed(true)), (1, output.dressed(true)), (2, output.dressed(true))].into();
                        let child = Process { env: process.env, cwd: process.cwd, fds, ..child };
                        crate::terminal::interactive(child, tty)
                    });
                match spawned {
                    Ok(child) => child.wait().await,
                    Err(error) => error.status(),
                }
            }
            _ => {
                let spawn = Spawn {
                    argv: session.argv.clone(),
                    env: Some(process.environ()),
                    cwd: Some(process.cwd()),
                    user: Some(process.user()),
                    machine: Some(session.machine),
                    tty: true,
                    ..Spawn::default()
                };
                match self.spawn(spawn) {
                    Ok(child) => child.wait().await,
                    Err(error) => {
                        self.err(&format!("{error}\n")).await;
                        error.status()
                    }
                }
            }
        };
        self.set_catches(caught);
        status
    }
}
