//! A started process, as who started it sees it.

use std::rc::Rc;

use crate::kernel::Live;
use crate::{Exit, Kernel, Pid};

/// A started process. Dropped without [`Child::wait`], it goes on by itself.
pub struct Child {
    kernel: Kernel,
    pid: Pid,
    live: Rc<Live>,
    reaped: bool,
}

impl Child {
    pub(super) fn of(kernel: &Kernel, pid: Pid, live: Rc<Live>) -> Child {
        Child { kernel: kernel.clone(), pid, live, reaped: false }
    }

    /// Its global number.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Leaves it running; [`Kernel::child`] finds it again.
    pub(crate) fn leave(mut self) -> Pid {
        self.reaped = true;
        self.pid
    }

    /// How it ended, if it has.
    pub fn ended(&self) -> Option<Exit> {
        self.kernel.with(|state| match state.processes.get(&self.pid) {
            Some(data) => data.ended,
            None => Some(self.live.exit.get().or(self.live.killed.get()).unwrap_or(Exit::Signal(crate::Signal::Kill))),
        })
    }

    /// Waits for its end and gives the status a shell shows.
    pub async fn wait(self) -> i32 {
        self.wait_exit().await.status()
    }

    /// Waits for its end.
    pub async fn wait_exit(mut self) -> Exit {
        loop {
            let ended = self.live.ended.notified();
            if let Some(exit) = self.ended() {
                self.reaped = true;
                self.kernel.reap(self.pid);
                return exit;
            }
            ended.await;
        }
    }

    /// Waits for its end, or until it lives as data (`None`).
    pub(crate) async fn ends_or_is_data(&self) -> Option<Exit> {
        loop {
            let changed = self.live.ended.notified();
            if let Some(exit) = self.ended() {
                return Some(exit);
            }
            if self.kernel.is_data(self.pid) {
                return None;
            }
            changed.await;
        }
    }

    /// Likewise, without giving up the child.
    pub(crate) async fn ends(&self) -> Exit {
        loop {
            let ended = self.live.ended.notified();
            if let Some(exit) = self.ended() {
                return exit;
            }
            ended.await;
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if !self.reaped {
            self.kernel.detach(self.pid);
        }
    }
}

impl Kernel {
    /// A process that was left running, as the child it is.
    pub(crate) fn child(&self, pid: Pid) -> Child {
        let lives = self.with(|state| state.processes.get(&pid).is_some_and(|data| data.ended.is_none()));
        let live = if lives { self.live(pid) } else { Rc::default() };
        Child::of(self, pid, live)
    }

    pub(crate) fn reap(&self, pid: Pid) {
        self.with(|state| {
            if state.processes.get(&pid).is_some_and(|p| p.ended.is_some()) {
                state.processes.remove(&pid);
            }
        });
    }

    fn detach(&self, pid: Pid) {
        let Ok(mut state) = self.0.state.try_borrow_mut() else { return };
        match state.processes.get_mut(&pid) {
            Some(data) if data.ended.is_some() => {
                state.processes.remove(&pid);
            }
            Some(data) => data.detached = true,
            None => {}
        }
    }
}
