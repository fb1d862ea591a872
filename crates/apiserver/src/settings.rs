//! How a cluster is set up: addresses, versions, sizes.

use std::net::Ipv4Addr;

/// How a cluster is set up.
#[derive(Clone, PartialEq, Debug)]
pub struct Settings {
    /// The one node's name.
    pub node_name: String,
    /// The one node's address.
    pub node_ip: Ipv4Addr,
    /// The range of Pod addresses, such as `172.17.0.0/16`.
    pub pod_cidr: String,
    /// The range of Service addresses.
    pub service_cidr: (Ipv4Addr, u8),
    /// The version the API server and the kubelet claim.
    pub version: String,
    /// Pods a node runs at most.
    pub max_pods: u32,
    /// The node's CPUs.
    pub cpus: u32,
    /// The node's memory, as a quantity.
    pub memory: String,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            node_name: "minikube".to_owned(),
            node_ip: Ipv4Addr::new(192, 168, 49, 2),
            pod_cidr: "172.17.0.0/16".to_owned(),
            service_cidr: (Ipv4Addr::new(10, 96, 0, 0), 12),
            version: "v1.36.2".to_owned(),
            max_pods: 110,
            cpus: 2,
            memory: "8Gi".to_owned(),
        }
    }
}
