//! What the runtime has in its books: containers, sandboxes, images.

use machine::MachineId;
use sim::{Rng, Time};

use crate::control::Shared;

/// A container.
pub(super) struct Found {
    pub(super) id: String,
    pub(super) image: String,
    pub(super) image_id: String,
    pub(super) started: Time,
    pub(super) ended: Option<(i32, Time)>,
    pub(super) name: String,
    pub(super) attempt: u32,
    pub(super) uid: String,
    pub(super) pod: String,
    pub(super) namespace: String,
    pub(super) machine: MachineId,
}

/// A Pod's sandbox has an id of its own, which nobody else asks for.
pub(super) fn sandbox_id(uid: &str) -> String {
    let seed = uid
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    Rng::new(seed).hex(64)
}

pub(super) fn containers(world: &Shared) -> Vec<Found> {
    let node = world.node.borrow();
    let mut all: Vec<Found> = Vec::new();
    for (id, container) in node.containers.iter() {
        let Some(pod) = node.pods.get(&container.pod_uid) else { continue };
        let image = world.kernel.with(|state| state.machines.get(&container.machine).map(|one| one.image.clone()));
        let image = image.unwrap_or_default();
        let image_id = userland::images::lookup(&image).map(|found| found.id).unwrap_or_default();
        all.push(Found {
            id: id.clone(),
            image_id: image_id.trim_start_matches("sha256:").to_owned(),
            image,
            started: container.started,
            ended: container.exited.map(|(exit, at)| (exit.status(), at)),
            name: container.name.clone(),
            attempt: container.run,
            uid: container.pod_uid.clone(),
            pod: pod.name.clone(),
            namespace: pod.namespace.clone(),
            machine: container.machine,
        });
    }
    sim::order::sort_by(&mut all, |a, b| (b.started, &a.id).cmp(&(a.started, &b.id)));
    all
}

/// A Pod's start: of its first container, as far as it is known.
pub(super) fn pod_started(found: &[Found], uid: &str, now: Time) -> Time {
    found.iter().filter(|one| one.uid == uid).map(|one| one.started).min().unwrap_or(now)
}

/// The names of what was pulled, and of what runs: minikube's preload was never pulled.
pub(super) fn image_names(world: &Shared) -> Vec<String> {
    let node = world.node.borrow();
    let mut names: Vec<String> = node.images.iter().cloned().collect();
    let running = world.kernel.with(|state| {
        let machine = |one: &super::super::Container| Some(state.machines.get(&one.machine)?.image.clone());
        node.containers.values().filter_map(machine).collect::<Vec<String>>()
    });
    names.extend(running.iter().filter_map(|name| Some(super::super::images::find(name)?.name)));
    names
}
