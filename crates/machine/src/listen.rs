//! A port at which a running program listens: `nc -l`.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::rc::Rc;

use network::{AddressInUse, ListenerId, Proto};
use sim::{Duration, Notify};

use crate::kernel::NewProcess;
use crate::{Daemon, Exit, Kernel, ListenError, MachineId, Pid, Process, Service, ServiceCx, Signal};

#[derive(Default)]
struct Heard {
    requests: RefCell<VecDeque<Vec<u8>>>,
    bell: Notify,
}

/// Hands what comes to the program, and answers with what the program has prepared.
struct Ear {
    heard: Rc<Heard>,
    answer: Vec<u8>,
}

impl Service for Ear {
    fn respond(&self, _: &mut ServiceCx<'_>, request: &[u8]) -> Vec<u8> {
        self.heard.requests.borrow_mut().push_back(request.to_vec());
        self.heard.bell.notify_all();
        self.answer.clone()
    }

    fn signal(&self, _: Signal, _: bool) -> Option<(Duration, Exit)> {
        None
    }
}

/// A listening port that a service answers at. Dropped, it is closed.
pub struct Serving {
    kernel: Kernel,
    machine: MachineId,
    end: (Pid, ListenerId),
}

/// A listening port whose program hears what comes. Dropped, it is closed.
pub struct Listening {
    heard: Rc<Heard>,
    _serving: Serving,
}

impl Process {
    /// Listens at a port of all addresses; whoever connects gets `answer`.
    ///
    /// # Errors
    /// As bind(2).
    pub fn listen(&self, proto: Proto, port: u16, answer: Vec<u8>) -> Result<Listening, ListenError> {
        let heard = Rc::<Heard>::default();
        let serving = self.serve(proto, None, port, Ear { heard: heard.clone(), answer })?;
        Ok(Listening { heard, _serving: serving })
    }

    /// Lets a service answer at a port, of one address or of all.
    ///
    /// # Errors
    /// As bind(2).
    pub fn serve(
        &self,
        proto: Proto,
        address: Option<Ipv4Addr>,
        port: u16,
        service: impl Service + 'static,
    ) -> Result<Serving, ListenError> {
        if !self.may_bind(port) {
            return Err(ListenError::Denied);
        }
        let now = self.now();
        let end = self.kernel.with(|state| {
            let host = state.host_of(self.machine).ok_or(ListenError::NotAvailable)?;
            let listener =
                state.network.listen(host, proto, address, port).map_err(|AddressInUse| ListenError::InUse)?;
            // Nothing that `ps` shows: the process that listens is there already.
            let (machine, user, argv) = (MachineId(0), crate::User::root(), vec!["listen".to_owned()]);
            let pid = state.add_process(NewProcess { machine, parent: None, group: None, user, argv, tty: None, now });
            state.set_daemon(pid, Some(Daemon::new(service)));
            state.listeners.insert(listener, pid);
            Ok((pid, listener))
        })?;
        Ok(Serving { kernel: self.kernel.clone(), machine: self.machine, end })
    }
}

impl Listening {
    /// Waits for the next connection: what the client sent first.
    pub async fn next(&self) -> Vec<u8> {
        loop {
            let bell = self.heard.bell.notified();
            if let Some(request) = self.heard.requests.borrow_mut().pop_front() {
                return request;
            }
            bell.await;
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let Ok(mut state) = self.kernel.0.state.try_borrow_mut() else { return };
        let (pid, listener) = self.end;
        state.listeners.remove(&listener);
        if let Some(host) = state.host_of(self.machine) {
            state.network.close(host, listener);
        }
        state.set_daemon(pid, None);
        state.processes.remove(&pid);
    }
}
