//! Ports of one machine that lead to another host's own network: `kubectl port-forward`.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

use network::{AddressInUse, HostId, ListenerId, Proto};
use sim::Notify;

use crate::kernel::NewProcess;
use crate::{Daemon, Exit, Kernel, MachineId, Pid, Process, Service, ServiceCx, Signal};

/// Ports below this are for root.
const PRIVILEGED: u16 = 1024;

/// Something that happened at a forwarded port.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Forwarded {
    /// Somebody connected to this local port.
    Connection(u16),
    /// Nobody listens at the other end.
    Refused {
        /// The local port.
        local: u16,
        /// The port of the other end.
        remote: u16,
    },
    /// The other end is gone.
    Gone {
        /// The port here.
        local: u16,
        /// The port there.
        remote: u16,
    },
}

/// Why a local port cannot be listened at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ListenError {
    /// EADDRINUSE
    #[error("address already in use")]
    InUse,
    /// EACCES
    #[error("permission denied")]
    Denied,
    /// EADDRNOTAVAIL
    #[error("cannot assign requested address")]
    NotAvailable,
}

#[derive(Default)]
struct Queue {
    events: RefCell<VecDeque<Forwarded>>,
    bell: Notify,
    last: RefCell<Option<(Ipv4Addr, u16)>>,
}

/// Listening ports whose connections are made again from inside another host. Dropped, they are closed.
pub struct Forward {
    kernel: Kernel,
    machine: MachineId,
    uid: u32,
    to: HostId,
    queue: Rc<Queue>,
    ends: Vec<(Pid, ListenerId)>,
}

/// One listening port.
struct Tunnel {
    to: HostId,
    local: u16,
    remote: u16,
    queue: Rc<Queue>,
}

impl Service for Tunnel {
    fn respond(&self, cx: &mut ServiceCx<'_>, request: &[u8]) -> Vec<u8> {
        // A client that goes on speaking over its connection has been told of already.
        if self.queue.last.replace(Some(cx.client)) != Some(cx.client) {
            self.push_event(Forwarded::Connection(self.local));
        }
        if cx.kernel.network.host(self.to).is_none() {
            self.push_event(Forwarded::Gone { local: self.local, remote: self.remote });
            return Vec::new();
        }
        match cx.ask((self.to, cx.client.1), (Ipv4Addr::LOCALHOST, self.remote), request) {
            Ok(answer) => answer,
            Err(_) => {
                self.push_event(Forwarded::Refused { local: self.local, remote: self.remote });
                Vec::new()
            }
        }
    }

    fn signal(&self, _: Signal, _: bool) -> Option<(Duration, Exit)> {
        None
    }
}

impl Tunnel {
    fn push_event(&self, event: Forwarded) {
        self.queue.events.borrow_mut().push_back(event);
        self.queue.bell.notify_all();
    }
}

impl Process {
    /// A forward from this process's machine to a host, with no ports yet.
    pub fn forward(&self, to: HostId) -> Forward {
        let (kernel, machine, uid) = (self.kernel.clone(), self.machine, self.user.uid);
        Forward { kernel, machine, uid, to, queue: Rc::default(), ends: Vec::new() }
    }
}

impl Forward {
    /// Listens at a local port (0: one that is free), for connections to a port of the other end. Gives the local port.
    ///
    /// # Errors
    /// As bind(2).
    pub fn listen(&mut self, address: Ipv4Addr, local: u16, remote: u16) -> Result<u16, ListenError> {
        if local != 0 && local < PRIVILEGED && self.uid != 0 {
            return Err(ListenError::Denied);
        }
        let (sim, kernel) = (self.kernel.sim().clone(), self.kernel.clone());
        let mut tries = 0;
        loop {
            let port = if local == 0 { 32768 + sim.random(|rng| rng.below(28232)) as u16 } else { local };
            let bound = kernel.with(|state| {
                let host = state.host_of(self.machine).ok_or(ListenError::NotAvailable)?;
                let own = state.network.host(host).is_some_and(|host| host.has_address(address));
                if !own && !address.is_unspecified() {
                    return Err(ListenError::NotAvailable);
                }
                let bind = Some(address).filter(|address| !address.is_unspecified());
                let listener = state.network.listen(host, Proto::Tcp, bind, port);
                let listener = listener.map_err(|AddressInUse| ListenError::InUse)?;
                // Nothing that `ps` shows: the process that forwards is there already.
                let (machine, user) = (MachineId(0), crate::User::root());
                let argv = vec!["port-forward".to_owned()];
                let now = sim.now();
                let pid =
                    state.add_process(NewProcess { machine, parent: None, group: None, user, argv, tty: None, now });
                let tunnel = Tunnel { to: self.to, local: port, remote, queue: self.queue.clone() };
                state.set_daemon(pid, Some(Daemon::new(tunnel)));
                state.listeners.insert(listener, pid);
                Ok((pid, listener))
            });
            match bound {
                Ok(end) => {
                    self.ends.push(end);
                    return Ok(port);
                }
                Err(ListenError::InUse) if local == 0 && tries < 100 => tries += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Waits for the next thing that happens.
    pub async fn next(&self) -> Forwarded {
        loop {
            let bell = self.queue.bell.notified();
            if let Some(event) = self.queue.events.borrow_mut().pop_front() {
                return event;
            }
            bell.await;
        }
    }
}

impl Drop for Forward {
    fn drop(&mut self) {
        let Ok(mut state) = self.kernel.0.state.try_borrow_mut() else { return };
        let host = state.host_of(self.machine);
        for (pid, listener) in self.ends.drain(..) {
            state.listeners.remove(&listener);
            if let Some(host) = host {
                state.network.close(host, listener);
            }
            state.set_daemon(pid, None);
            state.processes.remove(&pid);
        }
    }
}
