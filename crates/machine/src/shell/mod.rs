//! bash, over simulated processes: the grammar is `brush-parser`'s, the interpreter is here.
//!
//! A shell is a [`ShellState`] (plain data) and, while a command line runs, a [`Shell`]: the state and the process it runs
//! as. Every simple command, builtin and turn of a loop takes 50 µs of virtual time, so nothing runs for ever at once. The
//! time is slept off in pieces: before another process could notice ([`Process::tick`]).

mod alias;
mod assign;
mod builtins;
mod command;
mod compound;
mod condition;
mod expand;
mod external;
mod function;
mod jobs;
mod main_program;
mod misplaced;
mod network_file;
mod parse;
mod patterns;
mod prompt;
mod redirect;
mod resume;
mod run;
mod select;
mod state;

use std::future::Future;
use std::pin::Pin;

pub use main_program::programs;
pub use prompt::prompt;
pub use state::{Flavour, Options, ShellState, Value, Variable, is_name};

pub(crate) use builtins::names as builtin_names;
pub(crate) use network_file::NetworkFile;
pub(crate) use parse::{SyntaxError, close_here_document, parse, parse_as};

use crate::Process;

/// Whether a text is a whole command (or an error), rather than the beginning of one: `for i in 1 2`, an open quote, a
/// here-document without its end.
pub fn is_complete(text: &str) -> bool {
    !matches!(parse(text), Err(SyntaxError::Incomplete(_)))
}

/// Deepest nesting of functions, `eval`, `source` and substitutions.
pub(crate) const DEPTH_LIMIT: u32 = 60;
/// Longest text an expansion may give.
pub(crate) const EXPANSION_LIMIT: usize = 1 << 20;

/// Why the commands after this one do not run.
#[derive(Debug)]
pub(crate) enum Flow {
    /// `break n`
    Break(u32),
    /// `continue n`
    Continue(u32),
    /// `return`
    Return(i32),
    /// `exit`, `set -e`, or an error that ends a script
    Exit(i32),
    /// An error that ends the command line, and a script
    Abort(i32),
    /// Ctrl-C
    Interrupt,
    /// The shell waits as data: see [`resume`]
    Suspended,
}

/// What running something comes to.
pub(crate) type Run<'a, T = i32> = Pin<Box<dyn Future<Output = Result<T, Flow>> + 'a>>;

/// A shell while it runs.
pub struct Shell {
    /// What it remembers.
    pub state: ShellState,
    /// What it runs as.
    pub process: Process,
    /// This is a child whose only work is the next simple command: run it in this process.
    in_place: bool,
    /// The next simple command is a whole line at a terminal's prompt: a session it starts may take the terminal over.
    whole_line: bool,
    /// A session that took the terminal over.
    pub(crate) handover: Option<crate::Session>,
    /// Where its constructs were when it came to wait as data, the innermost first; empty while it runs.
    path: Vec<resume::Frame>,
    /// How many of the things it is in cannot go on from a path.
    unresumable: u32,
}

impl Shell {
    /// A shell that runs as `process`.
    pub fn new(state: ShellState, mut process: Process) -> Self {
        process.cwd = state.cwd.as_str().into();
        process.umask = state.umask;
        let (path, unresumable) = (Vec::new(), 1);
        Shell { state, process, in_place: false, whole_line: false, handover: None, path, unresumable }
    }

    /// The next text is a whole line typed at a terminal's prompt.
    pub(crate) fn set_whole_line(&mut self) {
        self.whole_line = true;
    }

    /// Runs the text of one or more command lines and gives `$?`. `Err` is the status the shell is to end with.
    pub async fn run_text(&mut self, text: &str) -> Result<i32, i32> {
        let flow = self.evaluate(text).await;
        self.settle(flow).await
    }

    /// Likewise for a line by itself, as a person types it: an error that ends it leaves the shell as it is.
    pub(crate) async fn run_fed(&mut self, text: &str) -> Result<i32, i32> {
        let flow = match self.evaluate(text).await {
            // 127 is a variable that must be set, which ends a script.
            Err(Flow::Abort(status)) if status != 127 => Ok(status),
            flow => flow,
        };
        self.settle(flow).await
    }

    /// Turns what happened to a command line into `$?`, or the status to end with.
    async fn settle(&mut self, flow: Result<i32, Flow>) -> Result<i32, i32> {
        self.process.catch_up().await;
        let status = match flow {
            Ok(status) | Err(Flow::Return(status)) => status,
            Err(Flow::Break(_) | Flow::Continue(_) | Flow::Suspended) => 0,
            Err(Flow::Exit(status)) => {
                self.state.status = status;
                return Err(status & 0xff);
            }
            Err(Flow::Abort(status)) => {
                if !self.state.interactive {
                    self.state.status = status;
                    return Err(status);
                }
                status
            }
            Err(Flow::Interrupt) => {
                if !self.state.interactive {
                    self.state.status = 130;
                    return Err(130);
                }
                self.process.err("\n").await; // the cursor is after `^C`
                130
            }
        };
        while !self.state.scopes.is_empty() {
            self.state.leave_scope();
        }
        self.state.calls.clear();
        while let Some(hidden) = self.state.hidden_traps.pop() {
            self.state.traps.extend(hidden);
        }
        self.state.trapping = false;
        (self.state.loops, self.state.tested, self.state.depth) = (0, 0, 0);
        self.state.status = status;
        Ok(status)
    }

    /// Runs the EXIT trap, if there is one, and gives the final status.
    pub async fn finish(&mut self, status: i32) -> i32 {
        let status = match self.run_traps().await {
            Err(Flow::Exit(status)) => status & 0xff,
            _ => status,
        };
        let Some(trap) = self.state.traps.remove("EXIT") else { return status };
        self.state.status = status;
        match self.evaluate(&trap).await {
            Err(Flow::Exit(status)) => status & 0xff,
            _ => status,
        }
    }

    /// Parses and runs text, telling a syntax error as bash does.
    pub(crate) fn evaluate<'a>(&'a mut self, text: &'a str) -> Run<'a> {
        Box::pin(async move {
            self.unresumable += 1;
            let result = self.evaluate_here(text).await;
            self.unresumable -= 1;
            result
        })
    }

    fn evaluate_here<'a>(&'a mut self, text: &'a str) -> Run<'a> {
        Box::pin(async move {
            match parse_as(text, self.state.flavour) {
                Ok(program) => self.run_program(&program).await,
                Err(error) => {
                    let closed = match &error {
                        SyntaxError::Incomplete(said) if said.is_empty() => close_here_document(text),
                        _ => None,
                    };
                    if let Some((closed, tag)) = closed
                        && let Ok(program) = parse_as(&closed, self.state.flavour)
                    {
                        let opened = text.find("<<").map_or(1, |at| text[..at].lines().count().max(1));
                        let before = std::mem::replace(&mut self.state.line, text.lines().count());
                        let said = format!("warning: here-document at line {opened} delimited by end-of-file");
                        self.complain(&format!("{said} (wanted `{tag}')")).await;
                        self.state.line = before;
                        return self.run_program(&program).await;
                    }
                    self.syntax_error(text, error).await;
                    self.state.status = 2;
                    Err(Flow::Abort(2))
                }
            }
        })
    }

    pub(crate) async fn syntax_error(&mut self, text: &str, error: SyntaxError) {
        self.print_syntax_error(text, error).await;
        if let Some(placeholder) = parse::placeholder(text) {
            self.process.kernel.hint(self.process.tty(), crate::Hint::Placeholder(placeholder));
        }
    }

    async fn print_syntax_error(&mut self, text: &str, error: SyntaxError) {
        let (line, said) = match error {
            SyntaxError::Wrong { line, text } => (line, text),
            SyntaxError::Incomplete(said) => {
                let said = if said.is_empty() { "syntax error: unexpected end of file".to_owned() } else { said };
                let extra = usize::from(!said.starts_with("unexpected"));
                (text.lines().count().max(1) + extra * usize::from(!text.is_empty()), said)
            }
        };
        let line = line + self.state.line.saturating_sub(1) * usize::from(self.state.depth > 0);
        match self.state.flavour {
            Flavour::Bash if self.state.numbered => {
                let near = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
                let name = &self.state.name;
                let command = if self.state.name.contains('.') { "" } else { "-c: " };
                let quote = if said.contains("near") {
                    format!("{name}: {command}line {line}: `{near}'\n")
                } else {
                    String::new()
                };
                let text = format!("{name}: {command}line {line}: {said}\n{quote}");
                self.process.err(&text).await;
            }
            Flavour::Bash => {
                let name = &self.state.name;
                let text = format!("{name}: {said}\n");
                self.process.err(&text).await;
            }
            Flavour::Dash => {
                let said = dash_syntax(&said);
                let text = format!("{}: {line}: {said}\n", self.state.name.trim_start_matches('-'));
                self.process.err(&text).await;
            }
            Flavour::Ash => {
                let said = said
                    .replace("near unexpected token `", "unexpected \"")
                    .replace('\'', "\"")
                    .replace("syntax error ", "syntax error: ");
                let text = format!("{}: {said}\n", self.state.name);
                self.process.err(&text).await;
            }
        }
    }

    /// Says something on standard error, after the shell's prefix.
    pub(crate) async fn complain(&self, text: &str) {
        let line = format!("{}: {text}\n", self.state.prefix());
        self.process.err(&line).await;
    }

    /// Writes a builtin's output; a failed write is told as bash does and becomes its status.
    pub(crate) async fn print(&self, builtin: &str, text: &[u8]) -> i32 {
        match self.process.try_write(1, text).await {
            Ok(()) => 0,
            Err(crate::Errno::EPIPE) if self.state.in_subshell => {
                self.process.die(crate::Exit::Signal(crate::Signal::Pipe)).await
            }
            Err(error) => {
                self.complain(&format!("{builtin}: write error: {error}")).await;
                1
            }
        }
    }

    /// One step of work: time passes; Ctrl-C is seen.
    pub(crate) async fn tick(&mut self) -> Result<(), Flow> {
        self.process.tick().await;
        self.see_interrupt().await
    }

    /// Takes the time for work on so many characters; Ctrl-C is seen.
    pub(crate) async fn work(&mut self, amount: u64) -> Result<(), Flow> {
        self.process.work(amount).await;
        self.see_interrupt().await
    }

    /// Runs the traps of the signals that have come; gives the status that the last one makes of what it interrupted.
    pub(crate) async fn run_traps(&mut self) -> Result<Option<i32>, Flow> {
        let mut status = None;
        while let Some(signal) = self.process.take_signal() {
            status = Some(128 + signal.number());
            if let Some(action) = self.state.traps.get(&signal.name()).filter(|action| !action.is_empty()).cloned() {
                let last = self.state.status;
                self.evaluate(&action).await?;
                self.state.status = last;
            }
        }
        Ok(status)
    }

    async fn see_interrupt(&mut self) -> Result<(), Flow> {
        self.run_traps().await?;
        if self.process.take_interrupt() {
            if let Some(trap) = self.state.traps.get("INT").cloned() {
                if !trap.is_empty() {
                    self.evaluate(&trap).await?;
                }
                return Ok(());
            }
            return Err(Flow::Interrupt);
        }
        Ok(())
    }
}

fn dash_syntax(said: &str) -> String {
    match said.strip_prefix("syntax error near unexpected token `") {
        Some("newline'") => "Syntax error: newline unexpected".into(),
        Some(token) => format!("Syntax error: \"{}\" unexpected", token.trim_end_matches('\'')),
        None if said.ends_with("redirection") => "Syntax error: redirection unexpected".into(),
        None if said.contains("matching `'") || said.contains("matching `\"") => {
            "Syntax error: Unterminated quoted string".into()
        }
        None => "Syntax error: end of file unexpected".into(),
    }
}
