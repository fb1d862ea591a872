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
use crate::{Settings, commands};

/// How long after `minikube start` the world is handed over.
pub(crate) const HANDOVER: Duration = Duration::from_secs(80);
/// The outside computer's user.
pub(crate) const USER: &str = "student";
/// Its home folder.
pub(crate) const HOME: &str = "/home/student";

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
    let kernel = Kernel::new(sim.clone());
    let range = pod_range(settings);
    let Topology { network, laptop, node, bridge, pool } = Topology::new(range);
    kernel.with(|state| state.network = network);
    let (laptop_machine, _) = computer(&kernel, Computer::Laptop, laptop, now);
    let (node_machine, node_disk) = computer(&kernel, Computer::Node, node, now);
    kernel.with(|state| state.editor_on = Some(laptop_machine));
    write_home(&kernel, laptop_machine, settings, now);
    let mut rng = Rng::new(settings.seed ^ 0x6b75_6265);
    let cluster_settings =
        cluster::Settings { pod_cidr: range.to_string(), max_pods: settings.max_pods, ..cluster::Settings::default() };
    let node = NodeState {
        machine: node_machine,
        shows_files: false,
        disk: node_disk,
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
        node_machine,
    });
    commands::register(&shared.kernel, &Rc::downgrade(&shared));
    shared
}

#[derive(Clone, Copy)]
enum Computer {
    Laptop,
    Node,
}

/// A computer with its disk and what `ps` shows on it.
fn computer(kernel: &Kernel, which: Computer, host: HostId, now: Time) -> (MachineId, DiskId) {
    let (disk, hostname, user) = match which {
        Computer::Laptop => (machine::images::laptop(now), "laptop", User::named(USER, 1000)),
        Computer::Node => (machine::images::node(now), "minikube", User::named("docker", 1000)),
    };
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
    let machine = kernel.with(|state| state.add_machine(machine));
    let root = User::root();
    match which {
        Computer::Laptop => drop(kernel.add_idle_process(machine, root, &["/sbin/init"])),
        Computer::Node => {
            for argv in [
                &["/sbin/init"][..],
                &["/usr/bin/dockerd", "-H", "tcp://0.0.0.0:2376"],
                &["/usr/bin/cri-dockerd", "--container-runtime-endpoint", "unix:///var/run/cri-dockerd.sock"],
                &crate::node::KUBELET,
            ] {
                kernel.add_idle_process(machine, root.clone(), argv);
            }
        }
    }
    (machine, disk)
}

/// The home folder: the settings' files, and what minikube and kubectl keep there.
fn write_home(kernel: &Kernel, laptop: MachineId, settings: &Settings, now: Time) {
    let config = ::kubectl::minikube_kubeconfig(&format!("https://{}:8443", Topology::NODE), HOME);
    let hidden = [(".kube/config".to_owned(), config.into_bytes())];
    for (path, bytes) in hidden.iter().chain(&settings.files) {
        write_file(kernel, laptop, path, bytes, now);
    }
}

/// Writes a file below the home folder, with its folders. What cannot be written (a folder is in the way) is left out.
pub(crate) fn write_file(kernel: &Kernel, laptop: MachineId, path: &str, bytes: &[u8], now: Time) {
    let user = User::named(USER, 1000);
    let Some(path) = below_home(path) else { return };
    kernel.with(|state| {
        let mut folder = HOME.to_owned();
        let parts: Vec<&str> = path[HOME.len()..].split('/').filter(|part| !part.is_empty()).collect();
        for part in parts.iter().take(parts.len().saturating_sub(1)) {
            folder = format!("{folder}/{part}");
            let _ = state.create_dir(laptop, &user, &folder, 0o755, now);
        }
        let _ = state.write_file(laptop, &user, &path, bytes, false, now);
    });
}

/// The absolute path of a path below the home folder; `None` when it leads out of it or names nothing.
pub(crate) fn below_home(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    (!parts.is_empty() && !parts.contains(&"..")).then(|| format!("{HOME}/{}", parts.join("/")))
}
