//! Handing out addresses.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use sim::SharedSet;

/// A range's addresses, handed out in rotation: the next free one after the last that was handed out, so that an address
/// just given back is not given away at once. Follows the CNI plugin `host-local`
/// (github.com/containernetworking/plugins, `plugins/ipam/host-local`).
#[derive(Clone, Debug)]
pub struct AddressPool {
    range: Ipv4Net,
    used: SharedSet<u32>,
    last: u32,
}

/// Every address of the range is in use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("no IP addresses available in range set: {first}-{last}")]
pub struct NoFreeAddress {
    /// The range's first usable address.
    pub first: Ipv4Addr,
    /// The range's last usable address.
    pub last: Ipv4Addr,
}

impl AddressPool {
    /// A pool over `range` in which the first usable address is the gateway's and is never handed out.
    pub fn new(range: Ipv4Net) -> Self {
        let gateway = u32::from(range.network()).saturating_add(1);
        AddressPool { range, used: SharedSet::from_iter([gateway]), last: gateway }
    }

    /// The gateway: the range's first usable address.
    pub fn gateway(&self) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.range.network()).saturating_add(1))
    }

    /// The whole range.
    pub fn range(&self) -> Ipv4Net {
        self.range
    }

    /// Hands out the next free address.
    ///
    /// # Errors
    /// [`NoFreeAddress`] when all are in use.
    pub fn allocate(&mut self) -> Result<Ipv4Addr, NoFreeAddress> {
        let first = u32::from(self.range.network()).saturating_add(1);
        let last = u32::from(self.range.broadcast()).saturating_sub(1);
        let full = NoFreeAddress { first: first.into(), last: last.into() };
        if first >= last || self.used.len() as u64 > u64::from(last - first) {
            return Err(full);
        }
        let mut candidate = self.last;
        loop {
            candidate = if candidate >= last { first } else { candidate + 1 };
            if !self.used.contains(&candidate) {
                self.used.insert(candidate);
                self.last = candidate;
                return Ok(candidate.into());
            }
            if candidate == self.last {
                return Err(full);
            }
        }
    }

    /// Takes an address back; one that was not handed out is ignored.
    pub fn release(&mut self, address: Ipv4Addr) {
        if address != self.gateway() {
            self.used.remove(&u32::from(address));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_rotate_and_are_never_handed_out_twice() {
        let mut pool = AddressPool::new("10.0.0.0/29".parse().unwrap());
        let mut next = || pool.allocate().map(|address| address.octets()[3]);
        assert_eq!([next(), next(), next()], [Ok(2), Ok(3), Ok(4)]);
        pool.release(Ipv4Addr::new(10, 0, 0, 3));
        pool.release(Ipv4Addr::new(10, 0, 0, 1)); // the gateway stays
        let mut next = || pool.allocate().map(|address| address.octets()[3]);
        assert_eq!([next(), next(), next()], [Ok(5), Ok(6), Ok(3)]);
        assert_eq!(next().unwrap_err().to_string(), "no IP addresses available in range set: 10.0.0.1-10.0.0.6",);
        let mut tiny = AddressPool::new("10.0.0.0/32".parse().unwrap());
        assert!(tiny.allocate().is_err());
    }
}
