//! What programs and the loop share: the kernel, the cluster, the node's runtime.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use api::Request;
use cluster::{Cluster, Cx, Reply};
use machine::{Kernel, MachineId};
use sim::{Notify, Rng, Sim};

use crate::lives::Lives;
use crate::node::{NodeRuntime, NodeState};

/// The control plane with its own chance, so that the cluster's draws and the programs' do not depend on each other's order.
#[derive(Clone)]
pub(crate) struct ControlPlane {
    pub cluster: Cluster,
    pub rng: Rng,
}

/// Everything that programs such as kubectl reach for, behind one reference.
pub(crate) struct Shared {
    pub sim: Sim,
    pub kernel: Kernel,
    pub control: RefCell<ControlPlane>,
    pub node: RefCell<NodeState>,
    pub lives: RefCell<Lives>,
    /// Rings when the store changed.
    pub store_bell: Notify,
    /// Rings when some container's log or state may have changed.
    pub container_bell: Notify,
    /// The outside computer.
    pub laptop: MachineId,
    /// Whose shells run there.
    pub user: machine::User,
    pub node_machine: MachineId,
}

/// A program's reference to the world, which does not keep it alive.
pub(crate) type WeakShared = Weak<Shared>;

impl Shared {
    /// Answers a request now.
    pub fn handle(&self, request: &Request) -> Reply {
        self.handle_at(self.sim.now(), request)
    }

    /// Answers a request, at a moment that is known: inside of a daemon the clock is not to be asked.
    pub fn handle_at(&self, now: sim::Time, request: &Request) -> Reply {
        let mut control = self.control.borrow_mut();
        let ControlPlane { cluster, rng } = &mut *control;
        let before = cluster.revision();
        let reply = cluster.handle(&mut Cx { now, rng }, request);
        let changed = cluster.revision() != before;
        drop(control);
        if changed {
            self.store_bell.notify_all();
        }
        reply
    }

    /// Lets the component that is due make its one decision.
    pub fn step_cluster(&self) -> Option<cluster::Step> {
        let now = self.sim.now();
        let mut control = self.control.borrow_mut();
        let mut node = self.node.borrow_mut();
        let ControlPlane { cluster, rng } = &mut *control;
        let before = cluster.revision();
        let step = cluster.step(&mut Cx { now, rng }, &mut NodeRuntime { kernel: &self.kernel, state: &mut node });
        let changed = cluster.revision() != before;
        drop((control, node));
        if changed {
            self.store_bell.notify_all();
        }
        step
    }

    /// Takes the ends of containers, and of commands in them, from the kernel, and tells the kubelet.
    pub fn notice_containers(&self) {
        let (events, ends) = self.kernel.with(|kernel| (kernel.take_events(), kernel.take_command_ends()));
        if events.is_empty() && ends.is_empty() {
            return;
        }
        let mut node = self.node.borrow_mut();
        let mut control = self.control.borrow_mut();
        let now = self.sim.now();
        // First whose command it was: with its container it is forgotten.
        let commands: Vec<String> = ends.into_iter().filter_map(|end| node.command_ended(end)).collect();
        let containers = events.into_iter().filter_map(|event| node.ended(event.machine, event.exit, event.time));
        let containers: Vec<String> = containers.collect();
        for id in commands.iter().chain(&containers) {
            if let Some(pod) = node.pod_of(id) {
                control.cluster.pod_changed(&pod.namespace, &pod.name, now);
            }
        }
        drop((control, node));
        self.container_bell.notify_all();
    }
}

/// The world, if it still is.
pub(crate) fn upgrade(world: &WeakShared) -> Option<Rc<Shared>> {
    world.upgrade()
}
