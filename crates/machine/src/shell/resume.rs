//! A shell that waits for a child as data, and goes on from there.
//!
//! A script's state beside its variables is where it is: in which turn of which loop, in which branch, in which function. When
//! the shell comes to wait for a child that lives as data (`sleep`), it leaves its constructs with [`Flow::Suspended`], as
//! `exit` does, and each of them puts a [`Frame`] on the shell's path instead of ending. To go on, the script is run again
//! with that path: each construct takes its frame off and goes straight to where it was, the innermost to the child.
//!
//! Where something on the way has no frame (a trap, `eval`, a builtin that runs a program), [`Shell::unresumable`] counts it,
//! and the shell waits as a future, as it does for a child that is none.

use std::collections::BTreeMap;
use std::rc::Rc;

use brush_parser::ast::{AndOrList, CompoundList, FunctionDefinition, Program};
use sim::Time;

use super::state::Variable;
use super::{Flow, Shell, ShellState};
use crate::fd::Copies;
use crate::suspend::{Awaits, Resume};
use crate::{Child, Exit, Fd, LocalFuture, Pid, Process};

/// Where a construct is, so that it can go on from there.
#[derive(Clone)]
pub(crate) enum Frame {
    /// At the item of this number: of a script, a list, a list of `&&` and `||`.
    Item(usize),
    /// In a pipeline of one command, which started then.
    Pipeline(Time),
    /// In a compound command with redirections; the shell's own files.
    Redirected(BTreeMap<u32, Fd>),
    /// In the condition or the body of this branch of an `if`.
    Branch { at: usize, body: bool },
    /// In the condition or the body of a `while`, `until` or `for ((`; the last turn's status.
    Loop { body: bool, status: i32 },
    /// In the body of a `for`, with the words that are left and the last turn's status.
    For { rest: Vec<String>, status: i32 },
    /// In the list of this item of a `case`; what is compared, and the status so far.
    Case { at: usize, value: String },
    /// In a simple command.
    Simple(Simple),
    /// In a function; what it hid of the caller's.
    Call { positional: Vec<String>, loops: u32, fds: BTreeMap<u32, Fd> },
    /// Waiting for this child.
    Child(Pid),
}

/// What a simple command puts back when it has ended.
#[derive(Clone)]
pub(crate) struct Simple {
    pub runs: Runs,
    /// The shell's own files.
    pub fds: BTreeMap<u32, Fd>,
    /// What assignments for this command hid.
    pub hidden: Vec<(String, Option<Variable>)>,
    /// Numbers of process substitutions.
    pub temporary: Vec<u32>,
    /// What `$_` becomes.
    pub last: Option<String>,
}

/// What a simple command runs.
#[derive(Clone)]
pub(crate) enum Runs {
    Program,
    Function(String, Rc<FunctionDefinition>),
    /// A builtin that begins again: `wait`.
    Again(Vec<String>),
}

impl Frame {
    fn copied(&self, copies: &mut Copies) -> Frame {
        let mut copy = self.clone();
        if let Frame::Redirected(fds) | Frame::Call { fds, .. } | Frame::Simple(Simple { fds, .. }) = &mut copy {
            *fds = copies.of(fds);
        }
        copy
    }
}

/// What a process runs that is a shell from its beginning to its end.
#[derive(Clone)]
pub(crate) enum Root {
    /// A script: the shell's own process.
    Script(Rc<Program>),
    /// A job in the background.
    Job(Rc<AndOrList>),
    /// A subshell.
    Subshell(Rc<CompoundList>),
}

/// A shell that waits.
struct Waiting {
    root: Root,
    state: ShellState,
    path: Vec<Frame>,
}

impl Resume for Waiting {
    fn resume(&self, process: Process, copies: &mut Copies) -> LocalFuture<i32> {
        let mut shell = Shell::new(self.state.clone(), process);
        shell.path = self.path.iter().map(|frame| frame.copied(copies)).collect();
        Box::pin(shell.run_root(self.root.clone()))
    }
}

impl Shell {
    /// Runs a whole process's work: to its end, or until it waits as data.
    pub(crate) async fn run_root(mut self, root: Root) -> i32 {
        self.unresumable = u32::from(self.path.is_empty() && !self.process.fds.values().all(Fd::can_be_data));
        let result = match &root {
            Root::Script(program) => self.run_program(program).await,
            Root::Job(list) => self.run_and_or(list).await,
            Root::Subshell(list) => self.run_list(list).await,
        };
        if is_suspended(&result) {
            return self.suspend(root);
        }
        self.unresumable = 1;
        match root {
            Root::Script(_) => {
                let status = match self.settle(result).await {
                    Ok(status) | Err(status) => status,
                };
                self.finish(status).await
            }
            _ => self.end_of_child(result).await,
        }
    }

    /// Leaves this shell's process as data.
    fn suspend(self, root: Root) -> i32 {
        let Shell { state, process, path, .. } = self;
        if let Some(Frame::Child(child)) = path.first() {
            let child = *child;
            let interruptible = matches!(path.get(1), Some(Frame::Simple(Simple { runs: Runs::Again(_), .. })));
            process.suspend(Awaits::Child(child), interruptible, Rc::new(Waiting { root, state, path }));
        } // else it has become a program that lives as data
        0
    }

    /// Keeps where a construct is if it is left because the shell waits as data.
    pub(crate) fn at<T>(&mut self, result: Result<T, Flow>, frame: Frame) -> Result<T, Flow> {
        if is_suspended(&result) {
            self.path.push(frame);
        }
        result
    }

    /// How a child ended; `None` if it is data, and this shell is to wait for it as data.
    pub(crate) async fn end_of(&self, child: &Child) -> Option<Exit> {
        if self.unresumable == 0 { child.ends_or_is_data().await } else { Some(child.ends().await) }
    }

    /// The path from here begins with this child.
    pub(crate) fn suspended_at(&mut self, child: Child) -> Flow {
        self.path.push(Frame::Child(child.leave()));
        Flow::Suspended
    }

    /// Waits for a child in the foreground.
    pub(crate) async fn wait_in_place(&mut self, child: Child) -> Result<Exit, Flow> {
        if self.end_of(&child).await.is_none() {
            return Err(self.suspended_at(child));
        }
        let exit = child.wait_exit().await;
        self.process.take_interrupt(); // the child had it: its end says what it made of it
        Ok(exit)
    }
}

/// Whether a construct was left because the shell waits as data.
pub(crate) fn is_suspended<T>(result: &Result<T, Flow>) -> bool {
    matches!(result, Err(Flow::Suspended))
}
