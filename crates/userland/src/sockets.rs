//! Who listens where, for `ss`, `netstat` and `lsof`. A connection here is over as soon as it was answered, so none is ever shown.

use machine::Proto;

use super::prelude::*;

/// A listening socket.
pub(crate) struct Socket {
    pub(crate) proto: &'static str,
    pub(crate) address: String,
    pub(crate) port: u16,
    /// The process's number and name, where the person may know it.
    pub(crate) owner: Option<(u32, String, String)>,
}

pub(crate) fn listening(p: &Process) -> Vec<Socket> {
    let me = p.user();
    let mut all = p.kernel().with(|state| {
        let Some(host) = state.host_of(p.machine()).and_then(|host| state.network.host(host)) else {
            return Vec::new();
        };
        let mut all = Vec::new();
        for listener in &host.listeners {
            let process = state.listening(listener.id);
            let visible =
                process.filter(|one| me.uid == 0 || one.user.uid == me.uid).filter(|one| one.machine == p.machine());
            let owner = visible.map(|one| {
                let name = one.argv.first().map_or("", |name| name.rsplit('/').next().unwrap_or(name));
                let user = if one.user.name.is_empty() { one.user.uid.to_string() } else { one.user.name.clone() };
                (one.local_pid, name.chars().take(15).collect(), user)
            });
            all.push(Socket {
                proto: if listener.proto == Proto::Udp { "udp" } else { "tcp" },
                address: listener.address.map_or_else(|| "0.0.0.0".to_owned(), |address| address.to_string()),
                port: listener.port,
                owner,
            });
        }
        all
    });
    sim::order::sort_by(&mut all, |a, b| (a.proto, a.port).cmp(&(b.proto, b.port)));
    all
}
