//! Which parts of the control plane run, and of what minikube runs in Pods beside it: what their containers do decides whether they
//! act.

use apiserver::ObjectKey;
use component::Component;

/// The parts, in the order of the bootstrap's list.
const ETCD: u8 = 1;
const API_SERVER: u8 = 1 << 1;
const CONTROLLERS: u8 = 1 << 2;
const SCHEDULER: u8 = 1 << 3;
const PROXY: u8 = 1 << 4;
const PROVISIONER: u8 = 1 << 5;

/// What has stopped of the control plane. A new cluster's acts before its containers are there.
#[derive(Clone, Copy, Default)]
pub(crate) struct ControlPlane {
    /// Whose container has been seen to run.
    seen: u8,
    /// Whose container ran and does not.
    stopped: u8,
    /// The last thing that was noted is the start of kube-proxy.
    proxy_starts: bool,
}

impl ControlPlane {
    /// Whether the API server answers. Without etcd it ends, too.
    pub fn answers(self) -> bool {
        self.stopped & (ETCD | API_SERVER) == 0
    }

    /// Whether a component acts now. What it misses it learns when it starts, from a list of all objects.
    pub fn lets_work(self, component: Component, key: &ObjectKey) -> bool {
        if self.stopped == 0 {
            return true;
        }
        let needs = match component {
            Component::Kubelet => return true,
            // Events expire in etcd.
            Component::GarbageCollector if &*key.resource == "events" => return true,
            Component::Scheduler => SCHEDULER,
            Component::Proxy => PROXY,
            Component::Provisioner => PROVISIONER,
            // The API server's own, and what looks for its Pods itself.
            Component::ApiServer
            | Component::Definitions
            | Component::LoadBalancer
            | Component::MetricsServer
            | Component::IngressNginx
            | Component::NetworkPlugin => 0,
            _ => CONTROLLERS,
        };
        self.answers() && self.stopped & needs == 0
    }

    /// Whether the last thing that was noted is the start of kube-proxy, which tells of it.
    pub fn proxy_starts(self) -> bool {
        self.proxy_starts
    }

    /// Notes whether a part's container runs. True when something that had stopped acts again.
    pub fn note(&mut self, part: usize, runs: bool) -> bool {
        let bit = 1 << part;
        let before = self.stopped;
        self.proxy_starts = runs && bit == PROXY && (self.seen & bit == 0 || self.stopped & bit != 0);
        if runs {
            self.seen |= bit;
            self.stopped &= !bit;
        } else {
            self.stopped |= self.seen & bit;
        }
        before & !self.stopped != 0
    }
}
