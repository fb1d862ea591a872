//! Hosts, addresses, routes, NAT and listeners: where a packet goes and why.
