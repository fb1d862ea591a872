//! A terminal as a person sees it: line editing, history, completion, and a stack of interactive shells.
//!
//! Each interactive shell is a frame: the terminal's own, `minikube ssh` inside it, `kubectl exec -it` inside that. A frame
//! at its prompt is plain data ([`TerminalState`]), so a checkpoint can be taken however deep the sessions are nested. Only
//! a running command is a future.

mod completion;
mod frame;
mod history;
mod misspelt;
mod nested;
mod readline;
mod screen;

use std::cell::RefCell;
use std::rc::Rc;

pub use completion::{Completer, CompletionRequest};
pub use frame::Frame;
pub(crate) use nested::interactive;
pub use readline::Readline;

use crate::shell::{Shell, SyntaxError, parse};
use crate::{Exit, Kernel, MachineId, Output, Session, SessionEnd, Tty, TtyId};
use readline::Event;

/// The status of a command that there is none of.
const NOT_FOUND: i32 = 127;

/// What a checkpoint keeps of a terminal beside the kernel's state.
#[derive(Clone)]
pub struct TerminalState {
    tty: TtyId,
    frames: Vec<Frame>,
    readline: Readline,
    first: Session,
}

struct Inner {
    state: TerminalState,
    running: bool,
    /// The person's line that runs.
    line: Option<String>,
    completer: Option<Rc<dyn Completer>>,
}

/// A terminal with a shell in it.
#[derive(Clone)]
pub struct Terminal {
    kernel: Kernel,
    inner: Rc<RefCell<Inner>>,
}

impl Terminal {
    /// A terminal for a person, with an interactive shell on a machine (`["bash"]`, or `["-bash"]` for a login shell).
    pub fn new(kernel: &Kernel, machine: MachineId, argv: &[&str]) -> Self {
        let tty = kernel.add_tty(true);
        let first = Session::new(machine, argv.iter().copied());
        let state = TerminalState { tty, frames: Vec::new(), readline: Readline::default(), first };
        let inner = Inner { state, running: false, line: None, completer: None };
        let terminal = Terminal { kernel: kernel.clone(), inner: Rc::new(RefCell::new(inner)) };
        terminal.open_first();
        terminal
    }

    fn open_first(&self) {
        let first = self.inner.borrow().state.first.clone();
        self.open(first);
    }

    /// Asks `completer` for words that the shell does not know: a program's own.
    pub fn set_completer(&self, completer: Rc<dyn Completer>) {
        self.inner.borrow_mut().completer = Some(completer);
    }

    /// The terminal's name in the kernel.
    pub fn tty(&self) -> TtyId {
        self.inner.borrow().state.tty
    }

    /// Whether every shell is at its prompt and no background job runs, so that [`Terminal::state`] is all there is.
    pub fn is_idle(&self) -> bool {
        let inner = self.inner.borrow();
        !inner.running && inner.state.frames.iter().all(Frame::is_idle)
    }

    /// Whether a command is running in the front.
    pub fn is_running(&self) -> bool {
        self.inner.borrow().running
    }

    /// The line that a person entered and that runs in the front.
    pub fn running_line(&self) -> Option<String> {
        self.inner.borrow().line.clone()
    }

    /// The machines of the nested shells, outermost first.
    pub fn machines(&self) -> Vec<MachineId> {
        self.inner.borrow().state.frames.iter().map(|frame| frame.process.machine()).collect()
    }

    /// `$?` of the shell in front.
    pub fn last_status(&self) -> i32 {
        self.inner.borrow().state.frames.last().map_or(0, |frame| frame.shell.status)
    }

    /// The working directory of the shell in front.
    pub fn cwd(&self) -> String {
        self.inner.borrow().state.frames.last().map_or_else(|| "/".into(), |frame| frame.shell.cwd.clone())
    }

    /// A copy of all that a checkpoint keeps; meaningful while [`Terminal::is_idle`].
    pub fn state(&self) -> TerminalState {
        self.inner.borrow().state.clone()
    }

    /// Goes back to a copy, after the kernel did.
    pub fn restore(&self, mut state: TerminalState) {
        for frame in &mut state.frames {
            frame.process.kernel = self.kernel.clone();
            frame.process.owed = Rc::default();
        }
        let mut inner = self.inner.borrow_mut();
        inner.state = state;
        inner.running = false;
        inner.line = None;
    }

    /// A terminal from a copy, on a kernel that has the same state: the other half of a fork.
    pub fn from_state(kernel: &Kernel, state: TerminalState) -> Self {
        let inner = Inner { state: state.clone(), running: false, line: None, completer: None };
        let terminal = Terminal { kernel: kernel.clone(), inner: Rc::new(RefCell::new(inner)) };
        terminal.restore(state);
        terminal
    }

    /// What is to be shown since this was last called.
    pub fn take_output(&self) -> Vec<Output> {
        self.sweep();
        let tty = self.tty();
        self.kernel.with(|state| state.tty_mut(tty).map(Tty::take_output).unwrap_or_default())
    }

    /// Changes the window's size, in columns and rows.
    pub fn resize(&self, columns: u16, rows: u16) {
        let tty = self.tty();
        self.kernel.with(|state| {
            if let Some(tty) = state.tty_mut(tty) {
                tty.window = (columns.max(2), rows.max(2));
            }
        });
        let shown = {
            let readline = &mut self.inner.borrow_mut().state.readline;
            readline.resize(columns.max(2));
            readline.take_output()
        };
        self.write(&shown);
    }

    /// Bytes from the keyboard.
    pub fn input(&self, bytes: &[u8]) {
        self.sweep();
        if self.inner.borrow().running {
            self.kernel.type_at(self.tty(), bytes);
            return;
        }
        for (at, byte) in bytes.iter().enumerate() {
            self.key(*byte);
            if self.inner.borrow().running {
                // The rest belongs to whoever reads next: the program, or the shell after it.
                self.kernel.type_at(self.tty(), &bytes[at + 1..]);
                break;
            }
        }
    }

    fn write(&self, text: &str) {
        let tty = self.tty();
        self.kernel.with(|state| {
            if let Some(tty) = state.tty_mut(tty) {
                tty.write(text.as_bytes());
            }
        });
    }

    fn key(&self, byte: u8) {
        let (shown, event) = {
            let mut inner = self.inner.borrow_mut();
            let Inner { state, completer, .. } = &mut *inner;
            let Some(frame) = state.frames.last() else { return };
            let event = state.readline.key(byte, &frame.shell.history);
            let event = match event {
                Event::Complete if frame.offer.is_some() && state.readline.text().is_empty() => {
                    let offer: Vec<char> = frame.offer.iter().flat_map(|text| text.chars()).collect();
                    state.readline.insert(&offer);
                    Event::None
                }
                Event::Complete => {
                    completion::complete(frame, &mut state.readline, completer.as_deref());
                    Event::None
                }
                other => other,
            };
            (state.readline.take_output(), event)
        };
        self.write(&shown);
        match event {
            Event::None | Event::Complete => {}
            Event::Line(line) => self.line(line),
            Event::Interrupt => {
                let mut inner = self.inner.borrow_mut();
                if let Some(frame) = inner.state.frames.last_mut() {
                    frame.pending.clear();
                    frame.shell.status = 130;
                }
                drop(inner);
                self.show_prompt();
            }
            Event::EndOfFile => {
                let mut inner = self.inner.borrow_mut();
                let Some(frame) = inner.state.frames.last_mut() else { return };
                let pending = std::mem::take(&mut frame.pending);
                drop(inner);
                if pending.is_empty() {
                    self.run("exit".into(), false);
                } else {
                    self.write("bash: syntax error: unexpected end of file\n");
                    self.show_prompt();
                }
            }
        }
    }

    fn show_prompt(&self) {
        let mut inner = self.inner.borrow_mut();
        let Inner { state, .. } = &mut *inner;
        let Some(frame) = state.frames.last() else { return };
        let text = frame.prompt();
        state.readline.start(&text, frame.process.window().0);
        let shown = state.readline.take_output();
        drop(inner);
        self.write(&shown);
    }

    /// A line was entered: more of a command, or all of it.
    fn line(&self, line: String) {
        let mut inner = self.inner.borrow_mut();
        let Some(frame) = inner.state.frames.last_mut() else { return };
        let line = match history::expand(&line, &frame.shell.history) {
            Ok(line) => line,
            Err(error) => {
                drop(inner);
                self.write(&format!("{error}\n"));
                self.show_prompt();
                return;
            }
        };
        frame.pending.push_str(&line);
        frame.pending.push('\n');
        let text = frame.pending.clone();
        if matches!(parse(&text), Err(SyntaxError::Incomplete(_))) {
            drop(inner);
            self.show_prompt();
            return;
        }
        frame.pending.clear();
        let remembered = text.trim_end_matches('\n');
        if !remembered.trim().is_empty()
            && !remembered.starts_with(' ')
            && frame.shell.history.last().map(String::as_str) != Some(remembered)
        {
            frame.shell.history.push(remembered.to_owned());
            if frame.shell.history.len() > history::LIMIT {
                frame.shell.history.remove(0);
            }
        }
        drop(inner);
        if remembered.trim().is_empty() {
            self.show_prompt();
        } else {
            self.run(text, true);
        }
    }

    /// Runs text in the shell in front. `typed`: a person's line, whose command may hand the terminal over.
    fn run(&self, text: String, typed: bool) {
        let (frame, tty) = {
            let mut inner = self.inner.borrow_mut();
            inner.running = true;
            inner.line = typed.then(|| text.trim_end_matches('\n').to_owned());
            let Some(frame) = inner.state.frames.last() else { return };
            (frame.clone(), inner.state.tty)
        };
        let pid = frame.process.pid();
        self.kernel.with(|state| {
            if let Some(tty) = state.tty_mut(tty) {
                tty.foreground = Some(pid);
            }
        });
        let live = self.kernel.live(pid);
        live.interrupted.set(false);
        let (terminal, lines) = (self.clone(), if typed { text.lines().count() } else { 0 });
        self.kernel.sim().spawn(async move {
            let mut shell = Shell::new(frame.shell, frame.process);
            let outcome = {
                let shell = &mut shell;
                terminal.kernel.run_as(pid, async move {
                    if typed { shell.run_line(&text).await } else { shell.run_text(&text).await }
                })
            }
            .await;
            terminal.done(shell, outcome, lines).await;
        });
    }

    /// A command line ended.
    async fn done(&self, mut shell: Shell, outcome: Result<Result<i32, i32>, Exit>, lines: usize) {
        let pid = shell.process.pid();
        let ended = match outcome {
            Ok(Ok(_)) => None,
            Ok(Err(status)) => {
                if shell.state.flavour == crate::shell::Flavour::Bash {
                    self.write(if shell.state.login { "logout\n" } else { "exit\n" });
                }
                Some(shell.finish(status).await)
            }
            Err(exit) => Some(exit.status()),
        };
        let handover = shell.handover.take();
        let jobs = if ended.is_none() { shell.ended_jobs() } else { String::new() };
        let mut hint = None;
        {
            let mut inner = self.inner.borrow_mut();
            inner.running = false;
            let line = inner.line.take();
            if let Some(frame) = inner.state.frames.last_mut().filter(|frame| frame.process.pid() == pid) {
                frame.shell = shell.state;
                frame.shell.lines_before += lines;
                frame.process = shell.process;
                let unknown = line.filter(|_| frame.shell.status == NOT_FOUND);
                let meant = unknown.and_then(|line| misspelt::meant(frame, &line));
                frame.offer = meant.as_ref().map(|(line, _)| line.clone());
                hint = meant.map(|(line, keyboard)| crate::Hint::Misspelt { line, keyboard });
            }
        }
        if let Some(hint) = hint {
            self.kernel.hint(Some(self.tty()), hint);
        }
        self.kernel.0.live.borrow_mut().remove(&pid);
        self.write(&jobs);
        match (ended, handover) {
            (Some(status), _) => {
                self.kernel.end(pid, Exit::Code(status));
                self.pop(status);
            }
            (None, Some(session)) => self.open(session),
            (None, None) => self.show_prompt(),
        }
        let tty = self.tty();
        if self.inner.borrow().running {
            return; // a start-up file
        }
        let unread = self.kernel.with(|state| state.tty_mut(tty).map(crate::Tty::take_unread)).unwrap_or_default();
        if !unread.is_empty() {
            self.input(&unread);
        }
    }

    /// Opens a session: a frame on top.
    fn open(&self, session: Session) {
        let tty = self.tty();
        self.write(&session.banner);
        let end = session.end.clone();
        match Frame::open(&self.kernel, tty, session) {
            Some(mut frame) => {
                let startup = frame.startup();
                self.inner.borrow_mut().state.frames.push(frame);
                match startup {
                    Some(text) => self.run(text, false),
                    None => self.show_prompt(),
                }
            }
            None => {
                self.end_message(&end, 127);
                self.after_session(127);
            }
        }
    }

    fn end_message(&self, end: &SessionEnd, status: i32) {
        if let Some(text) = end.message(status) {
            self.write(&text);
        }
    }

    /// The shell in front is over; the one below goes on.
    fn pop(&self, status: i32) {
        let Some(frame) = self.inner.borrow_mut().state.frames.pop() else { return };
        self.end_message(&frame.end, status);
        self.after_session(status);
    }

    fn after_session(&self, status: i32) {
        {
            let mut inner = self.inner.borrow_mut();
            if let Some(below) = inner.state.frames.last_mut() {
                below.shell.status = status;
            }
        }
        if self.inner.borrow().state.frames.is_empty() {
            self.open_first(); // a terminal always has a shell
        } else {
            self.show_prompt();
        }
    }

    /// Ends shells whose machine went away while they were at their prompt.
    fn sweep(&self) {
        loop {
            {
                let inner = self.inner.borrow();
                if inner.running {
                    return;
                }
                let Some(frame) = inner.state.frames.last() else { return };
                let pid = frame.process.pid();
                let alive =
                    self.kernel.with(|state| state.processes.get(&pid).is_some_and(|data| data.ended.is_none()));
                if alive || inner.state.frames.len() == 1 {
                    return;
                }
            }
            let shown = {
                let mut inner = self.inner.borrow_mut();
                inner.state.readline.leave();
                inner.state.readline.take_output()
            };
            self.write(&shown);
            self.pop(137);
        }
    }
}

impl Shell {
    /// Runs a line typed at a terminal's prompt: if it is one simple command, a session it starts may take the terminal
    /// over.
    pub(crate) async fn run_line(&mut self, text: &str) -> Result<i32, i32> {
        self.set_whole_line();
        self.run_text(text).await
    }
}
