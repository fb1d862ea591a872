//! How a world begins.

use sim::Time;

/// The kubelet's own limit.
pub(crate) const MAX_PODS: u32 = 110;
/// The highest limit that a session's file may set.
pub(crate) const MOST_PODS: u32 = 1000;

/// How a world begins. The same settings and the same session give the same bytes.
#[derive(Clone, PartialEq, Debug)]
pub struct Settings {
    /// Where all chance comes from.
    pub seed: u64,
    /// When `minikube start` was run; the world is handed over a little later, when everything is up.
    pub epoch: Time,
    /// The Pods' addresses. `172.17.0.0/16` as the docker bridge had them: from outside, nobody answers to ARP.
    /// `10.244.0.0/16` as newer minikubes have them: from outside, time-out.
    pub pod_cidr: String,
    /// How many Pods the node runs at most.
    pub max_pods: u32,
    /// Whose computer the terminals are on.
    pub computer: Computer,
    /// Files of the outside computer: path below its home folder (or, of `root@controlplane`, an absolute one), content.
    pub files: Vec<(String, Vec<u8>)>,
}

impl Default for Settings {
    /// Seed 1, 22 November 2026 10:00 UTC, at most 110 Pods, on 172.17.0.0/16, a laptop, no files.
    fn default() -> Self {
        Settings {
            seed: 1,
            epoch: Time::from_unix_secs(1_795_341_600),
            pod_cidr: "172.17.0.0/16".to_owned(),
            max_pods: MAX_PODS,
            computer: Computer::default(),
            files: Vec::new(),
        }
    }
}

/// The outside computer: who works on it, and what the node beside it is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Computer {
    /// `student@laptop`, beside the node `minikube`.
    #[default]
    Laptop,
    /// `root@controlplane`, as public scenarios expect it: the cluster's node has that name, too. They are two computers all
    /// the same; what Kubernetes has on the node (its files, `systemctl`, `journalctl`, `crictl`) is reached from this one.
    ControlPlane,
}

impl Computer {
    /// Its host name, as the prompt shows it.
    pub fn hostname(self) -> &'static str {
        match self {
            Computer::Laptop => "laptop",
            Computer::ControlPlane => "controlplane",
        }
    }

    /// The name of the cluster's node.
    pub fn node_name(self) -> &'static str {
        match self {
            Computer::Laptop => "minikube",
            Computer::ControlPlane => "controlplane",
        }
    }
}
