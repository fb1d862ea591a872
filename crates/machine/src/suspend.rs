//! Suspended processes: a program that waits for one child, or for a moment, as data.
//!
//! A running program is a future, which no checkpoint can keep. One that can say where it is and go on from there need not be
//! a future while it waits: it ends its future and leaves a [`Suspended`] in the process table, and when the child it waits
//! for ends, or the moment comes, it runs again as a new future. That happens whether or not a checkpoint is ever taken, so a world that was
//! restored does the same as the one it was taken of.

use std::collections::BTreeMap;
use std::rc::Rc;

use sim::{Duration, Time};

use crate::fd::Copies;
use crate::{Fd, Kernel, LocalFuture, Pid, Process, User};

/// How a suspended program goes on.
pub trait Resume {
    /// The program from where it was, once what it waited for has come. It is run on a copy of the world as well:
    /// what it holds of open files is to be taken from `copies`.
    fn resume(&self, process: Process, copies: &mut Copies) -> LocalFuture<i32>;
}

/// What a suspended program waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Awaits {
    /// The end of this child.
    Child(Pid),
    /// This moment.
    Moment(Time),
}

/// What a process that is data holds beside its entry in the table.
pub(crate) struct Suspended {
    pub awaits: Awaits,
    /// SIGINT, which it catches, ends the wait.
    interruptible: bool,
    program: Rc<dyn Resume>,
    user: Rc<User>,
    argv: Rc<[String]>,
    env: Rc<BTreeMap<String, String>>,
    cwd: Rc<str>,
    fds: BTreeMap<u32, Fd>,
    umask: u32,
}

impl Process {
    /// Waits as data for so long, if what it has open can be data; gives the process back if not. Otherwise its future is to
    /// end at once, without waiting for anything.
    pub fn sleep_as_data(self, duration: Duration, program: Rc<dyn Resume>) -> Option<Process> {
        if !self.fds.values().all(Fd::can_be_data) {
            return Some(self);
        }
        let until = self.now() + duration;
        self.suspend(Awaits::Moment(until), false, program);
        None
    }

    /// Leaves this process as data until what it awaits has come. Its future is to end at once, without waiting for anything.
    pub(crate) fn suspend(self, awaits: Awaits, interruptible: bool, program: Rc<dyn Resume>) {
        let Process { kernel, pid, user, argv, env, cwd, fds, umask, .. } = self;
        let suspended = Rc::new(Suspended { awaits, interruptible, program, user, argv, env, cwd, fds, umask });
        kernel.with(|state| state.set_suspended(pid, Some(suspended)));
    }
}

impl Kernel {
    /// Whether this process lives as data: a checkpoint keeps all of it.
    pub(crate) fn is_data(&self, pid: Pid) -> bool {
        self.with(|state| state.processes.get(&pid).is_some_and(crate::ProcessData::is_data))
    }

    /// A process ended: if its parent is suspended and waits for it, that goes on.
    pub(crate) fn resume_parent(&self, child: Pid, parent: Option<Pid>) {
        if let Some(parent) = parent {
            self.resume_if(parent, |suspended| suspended.awaits == Awaits::Child(child));
        }
    }

    /// SIGINT comes to a suspended process that catches it. One that waits for a command in the foreground leaves it to that.
    pub(crate) fn interrupt_suspended(&self, pid: Pid) {
        if self.resume_if(pid, |suspended| suspended.interruptible) {
            self.live(pid).interrupted.set(true);
        }
    }

    /// A signal that a process handles has come: it goes on if it waits for nothing else than its children in the background.
    pub(crate) fn resume_interruptible(&self, pid: Pid) -> bool {
        self.resume_if(pid, |suspended| suspended.interruptible)
    }

    /// The moment that a suspended process waits for has come, if it does.
    pub(crate) fn resume_at(&self, pid: Pid, moment: Time) -> bool {
        self.resume_if(pid, |suspended| suspended.awaits == Awaits::Moment(moment))
    }

    fn resume_if(&self, pid: Pid, goes_on: impl Fn(&Suspended) -> bool) -> bool {
        let found = self.with(|state| {
            let data = state.processes.get(&pid)?;
            let found = data.suspended.clone().filter(|suspended| goes_on(suspended))?;
            let machine = data.machine;
            state.set_suspended(pid, None);
            Some((found, machine))
        });
        let Some((suspended, machine)) = found else { return false };
        let mut copies = Copies::default();
        let process = Process {
            kernel: self.clone(),
            pid,
            machine,
            user: suspended.user.clone(),
            argv: suspended.argv.clone(),
            env: suspended.env.clone(),
            cwd: suspended.cwd.clone(),
            fds: copies.of(&suspended.fds),
            umask: suspended.umask,
            owed: Rc::default(),
        };
        let main = suspended.program.resume(process.clone(), &mut copies);
        self.run_process(process, main).leave();
        true
    }
}
