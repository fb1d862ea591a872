//! How processes end, by themselves or by a signal.

use crate::{DefaultAction, Exit, Kernel, Pid, Signal};

impl Kernel {
    /// A process ended: tells its waiters; if it was a container's PID 1, all others of the container go too.
    pub(crate) fn end(&self, pid: Pid, exit: Exit) {
        let parent = self.with(|state| state.processes.get(&pid).filter(|data| data.ended.is_none())?.parent);
        let others = self.with(|state| state.end_process(pid, exit, self.0.sim.now()));
        let live = self.0.live.borrow_mut().remove(&pid);
        if let Some(live) = live {
            live.exit.set(Some(exit));
            live.ended.notify_all();
        }
        for other in others {
            self.kill_now(other, Exit::Signal(Signal::Kill));
        }
        self.resume_parent(pid, parent);
    }

    /// Ends a process without asking it.
    pub(crate) fn kill_now(&self, pid: Pid, exit: Exit) {
        let live = self.0.live.borrow().get(&pid).cloned();
        match live {
            Some(live) if self.with(|s| s.processes.get(&pid).is_some_and(|p| !p.is_data())) => {
                if live.killed.get().is_none() {
                    live.killed.set(Some(exit));
                }
                live.signal.notify_all(); // its own task drops it, at the same virtual time
            }
            _ => self.end(pid, exit),
        }
    }

    /// Sends a signal as kill(2) does from outside of a container: its PID 1 gets only signals it handles, and SIGKILL.
    pub fn kill(&self, pid: Pid, signal: Signal) {
        let now = self.0.sim.now();
        let Some((is_init, daemon, catches, interactive)) = self.with(|state| {
            let data = state.processes.get(&pid)?;
            let is_init = state.machines.get(&data.machine).is_some_and(|machine| machine.init == Some(pid));
            data.ended.is_none().then(|| (is_init, data.daemon.clone(), data.catches_interrupt, data.interactive_shell))
        }) else {
            return;
        };
        if signal == Signal::Kill {
            return self.kill_now(pid, Exit::Signal(signal));
        }
        if self.with(|state| state.processes.get(&pid).is_some_and(|data| data.ignores.contains(&signal))) {
            return;
        }
        if self.with(|state| state.leave_pending(pid, signal)) {
            // One that waits for a command in the foreground comes to it afterwards.
            if !self.resume_interruptible(pid)
                && let Some(live) = self.0.live.borrow().get(&pid)
            {
                live.signal.notify_all();
            }
            return;
        }
        if signal.default_action() != DefaultAction::End {
            return; // whoever sends one that stops a process has said that it is not simulated
        }
        if let Some(mut daemon) = daemon {
            if let Some((after, exit)) = daemon.service.signal(signal, is_init) {
                if after.is_zero() {
                    return self.end(pid, exit);
                }
                daemon.ends = Some((now + after, exit));
                self.with(|state| state.set_daemon(pid, Some(daemon)));
            }
            return;
        }
        if signal == Signal::Interrupt && catches && self.is_data(pid) {
            self.interrupt_suspended(pid);
            return;
        }
        let live = self.0.live.borrow().get(&pid).cloned();
        match (signal, live) {
            (Signal::Interrupt, Some(live)) if catches => {
                live.interrupted.set(true);
                live.signal.notify_all();
            }
            (Signal::Terminate | Signal::Quit, _) if interactive => {}
            (Signal::Interrupt, None) if !self.is_data(pid) => {} // a shell at its prompt: its terminal's readline has seen the key
            _ if is_init => {}
            _ => self.kill_now(pid, Exit::Signal(signal)),
        }
    }

    /// Sends a signal to all processes of a group.
    pub fn kill_group(&self, group: Pid, signal: Signal) {
        let members: Vec<Pid> = self
            .with(|s| s.processes.values().filter(|p| p.group == group && p.ended.is_none()).map(|p| p.pid).collect());
        for pid in members {
            self.kill(pid, signal);
        }
    }
}
