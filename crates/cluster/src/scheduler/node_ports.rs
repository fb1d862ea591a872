//! Filter: a host port can be taken once.

use serde_json::Value;

use super::{Candidate, Rejection, WaitsFor};
use crate::runtime::host_ports;

/// Rejects a node on which another Pod has a wanted host port.
pub fn filter(pod: &Value, candidate: &Candidate) -> Result<(), Rejection> {
    let wanted = host_ports(pod);
    if wanted.is_empty() {
        return Ok(());
    }
    let any = |address: &str| address == "0.0.0.0";
    let taken = candidate.used.pods.values().flat_map(|pod| pod.host_ports.iter()).any(|(protocol, address, port)| {
        wanted.iter().any(|(wanted_protocol, wanted_address, wanted_port)| {
            wanted_port == port
                && wanted_protocol == protocol
                && (wanted_address == address || any(wanted_address) || any(address))
        })
    });
    if taken {
        return Err(Rejection::of("node(s) didn't have free ports for the requested pod ports", WaitsFor::Room));
    }
    Ok(())
}
