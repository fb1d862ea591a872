//! The node's container runtime, network agent and folders: [`cluster::Node`] over simulated machines.
//!
//! A Pod's sandbox is a host of the network; each container is a machine on it whose root is a layer over its image's disk.

pub(crate) mod api_server;
mod commands;
mod containers;
mod corefile;
mod crictl;
mod dns;
mod filters;
mod images;
pub(crate) mod ingress;
mod manifests;
mod network;
mod probes;
pub(crate) mod proxy;
mod sandbox;
mod services;
mod views;
mod volumes;

use std::net::Ipv4Addr;
use std::rc::Rc;

use ::network::{AddressPool, HostId, LinkId};
use machine::{DiskId, Exit, Kernel, MachineId, Pid};
use sim::{Duration, SharedMap, SharedSet, Time};

pub(crate) use crictl::program as crictl;
pub(crate) use dns::{ClusterBackend, program as coredns};
pub(crate) use images::{is_preloaded as preloaded, on_node as images_on};
pub(crate) use services::{KUBELET, Services, journalctl, systemctl};

/// A Pod's sandbox.
#[derive(Clone, Debug)]
pub(crate) struct Pod {
    pub namespace: String,
    pub name: String,
    pub hostname: String,
    pub ip: Ipv4Addr,
    pub host: HostId,
    pub host_network: bool,
    /// Volumes that live as long as it does, by name.
    pub volumes: SharedMap<String, Volume>,
    /// `/etc/hosts` and the like.
    pub files: DiskId,
    /// Ports of the node are open for it.
    pub has_host_ports: bool,
}

/// A volume with a disk of its own.
#[derive(Clone, Debug)]
pub(crate) struct Volume {
    pub disk: DiskId,
    /// How the kubelet calls its kind in paths: `empty-dir`.
    pub kind: &'static str,
}

/// What a mount of a container shows, for people who ask what becomes of a file there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Source {
    NodePath(String),
    EmptyDir(String),
    Files,
}

/// A mount of a container.
#[derive(Clone, Debug)]
pub(crate) struct Mounted {
    /// The path that the manifest says.
    pub asked: String,
    /// Where it lies, links of the image resolved.
    pub path: String,
    pub source: Source,
}

/// A container.
#[derive(Clone, Debug)]
pub(crate) struct Container {
    pub machine: MachineId,
    pub pod_uid: String,
    pub name: String,
    pub root: DiskId,
    /// Disks of its own beside the root: files given by content.
    pub extra: Vec<DiskId>,
    pub mounts: Vec<Mounted>,
    pub started: Time,
    /// How often the container ran before.
    pub run: u32,
    pub exited: Option<(Exit, Time)>,
}

/// The runtime's books.
#[derive(Clone)]
pub(crate) struct NodeState {
    pub machine: MachineId,
    /// Whether the node's disk shows what its Pods have.
    pub shows_files: bool,
    pub disk: DiskId,
    /// The folder of static Pods as the kubelet saw it last; only kept up while the disk shows files.
    pub manifests: Option<Rc<machine::Inode>>,
    /// How the cluster is set up.
    pub settings: Rc<cluster::Settings>,
    pub host: HostId,
    pub bridge: LinkId,
    pub pool: AddressPool,
    pub images: SharedSet<String>,
    pub pods: SharedMap<String, Pod>,
    pub containers: SharedMap<String, Container>,
    /// Containers to kill when their grace period is over.
    pub kills: SharedSet<(Time, String)>,
    /// What the kubelet runs in containers.
    pub commands: SharedMap<Pid, commands::Command>,
    /// The ids of containers come from a chance of their own.
    pub rng: sim::Rng,
    pub dns_service: Ipv4Addr,
    /// Addresses that the node answers for, besides its own.
    pub announced: Vec<Ipv4Addr>,
    /// What the network plugin filters; `None` if nothing filters.
    pub filters: Option<Rc<Vec<cluster::node::PodFilter>>>,
    pub services: Services,
}

impl NodeState {
    /// Records that a container's first process ended. Gives the container, if it is still there.
    pub fn ended(&mut self, machine: MachineId, exit: Exit, at: Time) -> Option<String> {
        let id = self.containers.iter().find(|(_, c)| c.machine == machine).map(|(id, _)| id.clone())?;
        self.containers.get_mut(&id)?.exited = Some((exit, at));
        self.forget_commands(&id);
        Some(id)
    }

    /// The Pod of a container.
    pub fn pod_of(&self, container: &str) -> Option<&Pod> {
        self.pods.get(&self.containers.get(container)?.pod_uid)
    }

    /// The running container of a Pod.
    pub fn running(&self, namespace: &str, pod: &str) -> impl Iterator<Item = (&String, &Container)> {
        let uid = self.pods.iter().find(|(_, p)| p.namespace == namespace && p.name == pod).map(|(uid, _)| uid.clone());
        self.containers
            .iter()
            .filter(move |(_, c)| uid.as_ref().is_some_and(|uid| *uid == c.pod_uid) && c.exited.is_none())
    }

    /// The Pod and container a machine is, if it is one.
    pub fn place_of(&self, machine: MachineId) -> Option<(&Pod, &Container)> {
        let container = self.containers.values().find(|c| c.machine == machine)?;
        Some((self.pods.get(&container.pod_uid)?, container))
    }

    /// When the next grace period is over.
    pub fn next_due(&self) -> Option<Time> {
        self.kills.first().map(|(at, _)| *at)
    }

    /// Kills a container whose grace period is over. False when there was none.
    pub fn step(&mut self, kernel: &Kernel, now: Time) -> bool {
        let Some((at, id)) = self.kills.first().cloned().filter(|(at, _)| *at <= now) else { return false };
        self.kills.remove(&(at, id.clone()));
        if let Some(container) = self.containers.get(&id)
            && container.exited.is_none()
        {
            kernel.kill_container(container.machine);
        }
        true
    }
}

/// The container runtime and the network of the node, as the kubelet and kube-proxy use them: the runtime's own records, and the
/// kernel that runs the machines.
pub(crate) struct NodeRuntime<'a> {
    pub kernel: &'a Kernel,
    pub state: &'a mut NodeState,
}

impl NodeRuntime<'_> {
    fn now(&self) -> Time {
        self.kernel.sim().now()
    }
}

impl cluster::Node for NodeRuntime<'_> {
    fn pull_image(&mut self, image: &str, accounts: &[cluster::node::Account]) -> cluster::node::Pull {
        self.pull(image, accounts)
    }

    fn image_count(&self) -> usize {
        self.state.images.len()
    }

    fn images(&self) -> Vec<(Vec<String>, u64)> {
        images::sizes(self.state)
    }

    fn image_pulled(&mut self, image: &str) {
        self.pulled(image);
    }

    fn create_sandbox(&mut self, sandbox: &cluster::node::Sandbox) -> Result<Ipv4Addr, String> {
        self.make_sandbox(sandbox)
    }

    fn start_container(&mut self, spec: &cluster::node::ContainerSpec) -> Result<String, cluster::node::StartError> {
        let id = self.state.rng.hex(64);
        self.start(spec, &id).map(|()| id.clone()).map_err(|message| cluster::node::StartError { id, message })
    }

    fn write_volume(
        &mut self,
        pod_uid: &str,
        volume: &str,
        files: &[cluster::node::VolumeFile],
        fs_group: Option<u32>,
    ) {
        if self.known_volume(pod_uid, volume).is_some() {
            self.write_source(pod_uid, volume, files, ("", None), fs_group);
        }
    }

    fn volume_usage(&self, pod_uid: &str, volume: &str) -> u64 {
        let id = self.known_volume(pod_uid, volume);
        self.kernel.with(|state| id.and_then(|id| state.disks.get(&id)).map_or(0, |disk| disk.used()))
    }

    fn disk_usage(&self) -> (u64, u64) {
        let volumes = self.state.pods.values().flat_map(|pod| pod.volumes.values()).map(|volume| volume.disk);
        let layers = self.state.containers.values().map(|container| container.root);
        self.kernel.with(|state| {
            let on_disk =
                |id: DiskId| state.disks.get(&id).filter(|disk| disk.memory().is_none()).map_or(0, machine::Disk::used);
            (on_disk(self.state.disk), volumes.chain(layers).map(on_disk).sum())
        })
    }

    fn container_usage(&self, id: &str) -> u64 {
        let Some(container) = self.state.containers.get(id) else { return 0 };
        self.kernel.with(|state| {
            let layer = state.disks.get(&container.root).map_or(0, |disk| disk.used());
            let log = state.machines.get(&container.machine).map(|machine| machine.log.iter());
            layer + log.into_iter().flatten().map(|line| line.text.len() as u64 + 1).sum::<u64>()
        })
    }

    fn container_load(&self, id: &str) -> cluster::node::Load {
        let Some(container) = self.state.containers.get(id) else { return Default::default() };
        let usage = self.kernel.with(|state| state.usage(container.machine));
        cluster::node::Load { computed: usage.computed, busy: usage.busy, memory: usage.memory }
    }

    fn container_file(&self, id: &str, path: &str) -> Option<Vec<u8>> {
        let machine = self.state.containers.get(id)?.machine;
        self.kernel.with(|state| state.read_file(machine, &machine::User::root(), path).ok())
    }

    fn container_state(&self, id: &str) -> Option<cluster::node::ContainerState> {
        use cluster::node::ContainerState;
        self.state.containers.get(id).map(|container| match container.exited {
            Some((Exit::OutOfMemory, at)) => ContainerState::OutOfMemory { at },
            Some((exit, at)) => ContainerState::Exited { code: exit.status(), at },
            None => ContainerState::Running,
        })
    }

    fn stop_container(&mut self, id: &str, grace: Duration) {
        let Some(container) = self.state.containers.get(id).filter(|c| c.exited.is_none()) else { return };
        self.kernel.terminate_container(container.machine);
        self.state.kills.insert((self.now() + grace, id.to_owned()));
    }

    fn resize_container(&mut self, id: &str, memory: Option<u64>, cpu: Option<i64>) {
        let Some(container) = self.state.containers.get(id).cloned() else { return };
        self.kernel.with(|state| {
            if let Some(machine) = state.machines.get_mut(&container.machine) {
                machine.memory_limit = memory;
                machine.cpu_limit = cpu;
            }
        });
    }

    fn remove_container(&mut self, id: &str) {
        self.remove(id);
    }

    fn remove_sandbox(&mut self, pod_uid: &str) {
        self.remove_pod(pod_uid);
    }

    fn probe(&mut self, pod_ip: Ipv4Addr, probe: &cluster::node::Probe) -> Result<(), String> {
        self.probe_now(pod_ip, probe)
    }

    fn start_command(&mut self, container: &str, command: &[String]) -> Result<u64, String> {
        self.start_in(container, command)
    }

    fn command_state(&self, id: u64) -> Option<cluster::node::CommandState> {
        self.command(id)
    }

    fn end_command(&mut self, id: u64) {
        self.forget_command(id);
    }

    fn container_log(&self, id: &str) -> Vec<(Time, String)> {
        let Some(machine) = self.state.containers.get(id).map(|c| c.machine) else { return Vec::new() };
        self.kernel.with(|state| {
            let log = state.machines.get(&machine).map(|machine| machine.log.clone()).unwrap_or_default();
            log.iter().map(|line| (line.time, line.text.to_string())).collect()
        })
    }

    fn sign(&self, authority: &str, request: &str, usages: &[&str], validity: (Time, Time)) -> Option<String> {
        userland::tls::sign(authority, "minikubeCA", request, usages, validity)
    }

    fn make_directory(&mut self, path: &str) {
        let (now, disk) = (self.now(), self.state.disk);
        self.kernel.with(|state| {
            if let Some(disk) = state.disks.get_mut(&disk) {
                disk.add_dir(path, now);
                disk.set_mode(path, 0o777);
            }
        });
    }

    fn node_file(&self, path: &str) -> Option<cluster::node::NodeFile> {
        self.file_of_node(path)
    }

    fn make_file(&mut self, path: &str) -> bool {
        self.add_node_file(path)
    }

    fn remove_directory(&mut self, path: &str) {
        let (now, disk) = (self.now(), self.state.disk);
        let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
        self.kernel.with(|state| {
            if let Some(disk) = state.disks.get_mut(&disk) {
                disk.remove(&names, now);
            }
        });
    }

    fn static_pods(&mut self) -> Vec<serde_json::Value> {
        self.read_static_pods()
    }

    fn announce(&mut self, addresses: &[Ipv4Addr]) -> Vec<Ipv4Addr> {
        self.answer_for(addresses)
    }

    fn sync_filters(&mut self, filters: Option<Vec<cluster::node::PodFilter>>) {
        self.state.filters = filters.map(Rc::new);
        self.program_filters();
    }

    fn sync_services(&mut self, rules: &[cluster::node::ServiceRule]) {
        self.program_services(rules);
    }
}
