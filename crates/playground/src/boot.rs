//! Building a world and starting it: what lies between `minikube start` and the first prompt.

use std::cell::RefCell;
use std::net::Ipv4Addr;
use std::rc::Rc;

use ::machine::{DiskId, Kernel, Machine, MachineId, User};
use cluster::Cluster;
use network::{HostId, Topology};
use sim::{Duration, Notify, Rng, SharedMap, SharedSet, Sim, Time};

use crate::control::{ControlPlane, Shared};
use crate::node::NodeState;
use crate::{Computer, Settings, commands};

/// How long after `minikube start` the world is handed over.
pub(crate) const HANDOVER: Duration = Duration::from_secs(80);

/// The range of Pod addresses of a setting; the docker bridge's where the setting is none.
fn pod_range(settings: &Settings) -> network::Ipv4Net {
    let range: Option<network::Ipv4Net> = settings.pod_cidr.parse().ok();
    range.filter(|range| (8..=28).contains(&range.prefix_len())).unwrap_or(DOCKER_BRIDGE)
}

const DOCKER_BRIDGE: network::Ipv4Net = network::Ipv4Net::new_assert(Ipv4Addr::new(172, 17, 0, 0), 16);

/// Makes the machines and the control plane; nothing has run yet.
pub(crate) fn build(settings: &Settings) -> Rc<Shared> {
    let now = settings.epoch;
    let sim = Sim::new(now, settings.seed);
    let kernel = Kernel::new(sim.clone(), userland::programs());
    let range = pod_range(settings);
    let Topology { network, laptop, node, bridge, pool } = Topology::new(range);
    kernel.with(|state| state.network = network);
    let user = match settings.computer {
        Computer::Laptop => User::named("student", 1000),
        Computer::ControlPlane => User::root(),
    };
    let (laptop_machine, _) = outside_computer(&kernel, settings.computer, &user, laptop, now);
    let (node_machine, node_disk) = node_computer(&kernel, settings.computer.node_name(), node, now);
    kernel.with(|state| state.editor_on = Some(laptop_machine));
    let mut rng = Rng::new(settings.seed ^ 0x6b75_6265);
    let cluster_settings = cluster::Settings {
        node_name: settings.computer.node_name().to_owned(),
        pod_cidr: range.to_string(),
        max_pods: settings.max_pods,
        ..cluster::Settings::default()
    };
    let node = NodeState {
        machine: node_machine,
        shows_files: false,
        disk: node_disk,
        manifests: None,
        settings: Rc::new(cluster_settings.clone()),
        host: node,
        bridge,
        pool,
        images: SharedSet::new(),
        pods: SharedMap::new(),
        containers: SharedMap::new(),
        kills: SharedSet::new(),
        commands: SharedMap::new(),
        rng: Rng::new(settings.seed ^ 0x6e6f_6465),
        dns_service: Ipv4Addr::new(10, 96, 0, 10),
        announced: Vec::new(),
        filters: None,
        services: crate::node::Services::default(),
    };
    let cluster = Cluster::new(cluster_settings, now, &mut rng);
    let shared = Rc::new(Shared {
        sim,
        kernel,
        control: RefCell::new(ControlPlane { cluster, rng }),
        node: RefCell::new(node),
        lives: RefCell::default(),
        store_bell: Notify::new(),
        container_bell: Notify::new(),
        laptop: laptop_machine,
        user,
        node_machine,
    });
    if settings.computer == Computer::ControlPlane {
        share_node_files(&shared, now);
    }
    write_home(&shared, settings);
    commands::register(&shared.kernel, &Rc::downgrade(&shared));
    if settings.computer == Computer::ControlPlane {
        commands::install_network_plugin(&shared);
    }
    shared
}

/// Shows the files that Kubernetes has on the node on the computer `controlplane`, which stands for the same computer.
#[inline(never)]
fn share_node_files(shared: &Shared, now: Time) {
    let mut node = shared.node.borrow_mut();
    crate::node::NodeRuntime { kernel: &shared.kernel, state: &mut node }.show_files();
    for path in ["/etc/kubernetes", "/var/lib/kubelet", "/var/log/pods", "/var/log/containers"] {
        let mount = ::machine::MountPoint {
            path: path.to_owned(),
            disk: node.disk,
            subpath: path.to_owned(),
            read_only: false,
        };
        shared.kernel.with(|state| state.mount(shared.laptop, mount, now));
    }
}

/// The outside computer with its disk and what `ps` shows on it.
fn outside_computer(kernel: &Kernel, which: Computer, user: &User, host: HostId, now: Time) -> (MachineId, DiskId) {
    let disk = match which {
        Computer::Laptop => userland::images::laptop(now),
        Computer::ControlPlane => userland::images::control_plane(now),
    };
    let (machine, disk) = computer(kernel, disk, which.hostname(), user.clone(), host);
    kernel.add_idle_process(machine, User::root(), &["/sbin/init"]);
    (machine, disk)
}

/// The node with its disk and what `ps` shows on it.
fn node_computer(kernel: &Kernel, name: &str, host: HostId, now: Time) -> (MachineId, DiskId) {
    let (machine, disk) = computer(kernel, userland::images::node(now), name, User::named("docker", 1000), host);
    for argv in [
        &["/sbin/init"][..],
        &["/usr/bin/dockerd", "-H", "tcp://0.0.0.0:2376"],
        &["/usr/bin/cri-dockerd", "--container-runtime-endpoint", "unix:///var/run/cri-dockerd.sock"],
        &crate::node::KUBELET,
    ] {
        kernel.add_idle_process(machine, User::root(), argv);
    }
    (machine, disk)
}

/// A computer whose user's shells begin in the home folder.
fn computer(kernel: &Kernel, disk: ::machine::Disk, hostname: &str, user: User, host: HostId) -> (MachineId, DiskId) {
    let disk = kernel.with(|state| state.add_disk(disk));
    let mut machine = Machine::new(hostname, disk, host);
    machine.cwd.clone_from(&user.home);
    for (name, value) in [
        ("HOME", user.home.as_str()),
        ("USER", user.name.as_str()),
        ("LOGNAME", user.name.as_str()),
        ("SHELL", "/bin/bash"),
        ("LANG", "C.UTF-8"),
        ("TERM", "xterm-256color"),
        ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
    ] {
        machine.env.insert(name.to_owned(), value.to_owned());
    }
    machine.user = user;
    (kernel.with(|state| state.add_machine(machine)), disk)
}

/// The home folder: the settings' files, and what minikube and kubectl keep there.
fn write_home(shared: &Shared, settings: &Settings) {
    let config = ::kubectl::minikube_kubeconfig(&format!("https://{}:8443", Topology::NODE), &shared.user.home);
    let hidden = [(".kube/config".to_owned(), config.into_bytes())];
    for (path, bytes) in hidden.iter().chain(&settings.files) {
        write_file(shared, path, bytes);
    }
}

/// Writes a file of the outside computer, with its folders. What cannot be written (a folder is in the way) is left out.
pub(crate) fn write_file(shared: &Shared, path: &str, bytes: &[u8]) {
    let Some(path) = absolute(&shared.user, path) else { return };
    let now = shared.sim.now();
    shared.kernel.with(|state| {
        let mut folder = String::new();
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        for part in parts.iter().take(parts.len().saturating_sub(1)) {
            folder = format!("{folder}/{part}");
            let _ = state.create_dir(shared.laptop, &shared.user, &folder, 0o755, now);
        }
        let _ = state.write_file(shared.laptop, &shared.user, &path, bytes, false, now);
    });
}

/// The absolute path of a path below the home folder, or of root's absolute one; `None` when it leads out of the home folder or
/// names nothing.
pub(crate) fn absolute(user: &User, path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.is_empty() || parts.contains(&"..") {
        return None;
    }
    let home = if user.uid == 0 && path.starts_with('/') { "" } else { &user.home };
    Some(format!("{home}/{}", parts.join("/")))
}
