//! `minikube start` on a cluster that runs: it looks, and is done. What its flags ask for cannot be had of a cluster that is
//! there; minikube says so of some, and of the others we do.

use machine::Process;
use sim::Duration;

use super::{addons, mark};
use crate::control::{WeakShared, upgrade};

const VERSION: &str = "1.36.2";

/// Flags with a value, by their long names.
const VALUES: &[&str] = &[
    "addons",
    "apiserver-ips",
    "apiserver-name",
    "apiserver-names",
    "apiserver-port",
    "base-image",
    "cert-expiration",
    "cni",
    "container-runtime",
    "cpus",
    "cri-socket",
    "disk-size",
    "dns-domain",
    "docker-env",
    "docker-opt",
    "driver",
    "extra-config",
    "extra-disks",
    "feature-gates",
    "gpus",
    "image-mirror-country",
    "image-repository",
    "insecure-registry",
    "iso-url",
    "kubernetes-version",
    "listen-address",
    "memory",
    "mount-string",
    "network",
    "network-plugin",
    "nodes",
    "output",
    "ports",
    "registry-mirror",
    "service-cluster-ip-range",
    "static-ip",
    "subnet",
    "vm-driver",
    "wait",
    "wait-timeout",
];

/// Flags without one.
const SWITCHES: &[&str] = &[
    "alsologtostderr",
    "auto-update-drivers",
    "cache-images",
    "delete-on-failure",
    "disable-metrics",
    "disable-optimizations",
    "download-only",
    "dry-run",
    "embed-certs",
    "enable-default-cni",
    "force",
    "force-systemd",
    "ha",
    "install-addons",
    "interactive",
    "keep-context",
    "logtostderr",
    "mount",
    "native-ssh",
    "no-kubernetes",
    "preload",
];

/// Of these nothing could be seen, or minikube has a word of its own.
const QUIET: &[&str] = &[
    "alsologtostderr",
    "auto-update-drivers",
    "cache-images",
    "cpus",
    "delete-on-failure",
    "disable-metrics",
    "disk-size",
    "driver",
    "embed-certs",
    "extra-disks",
    "force",
    "ha",
    "install-addons",
    "interactive",
    "keep-context",
    "kubernetes-version",
    "logtostderr",
    "memory",
    "native-ssh",
    "nodes",
    "output",
    "preload",
    "static-ip",
    "vm-driver",
    "wait",
    "wait-timeout",
];

/// The flags and their values, or what is wrong with them.
fn read(args: &[String]) -> Result<Vec<(String, String)>, String> {
    let mut flags = Vec::new();
    let mut rest = args.iter().map(String::as_str);
    while let Some(arg) = rest.next() {
        let Some(long) = arg.strip_prefix('-') else { continue };
        let (name, value) = long
            .trim_start_matches('-')
            .split_once('=')
            .map_or_else(|| (long.trim_start_matches('-'), None), |(name, value)| (name, Some(value.to_owned())));
        let name = match name {
            "n" if !long.starts_with('-') => "nodes",
            "p" | "profile" => {
                if value.is_none() {
                    rest.next();
                }
                continue;
            }
            "v" => continue,
            name => name,
        };
        if SWITCHES.contains(&name) {
            flags.push((name.to_owned(), value.unwrap_or_else(|| "true".to_owned())));
        } else if VALUES.contains(&name) {
            let Some(value) = value.or_else(|| rest.next().map(str::to_owned)) else {
                return Err(format!("flag needs an argument: --{name}"));
            };
            flags.push((name.to_owned(), value));
        } else {
            return Err(match name.chars().next().filter(|_| !long.starts_with('-')) {
                Some(letter) => format!("unknown shorthand flag: '{letter}' in -{long}"),
                None => format!("unknown flag: --{name}"),
            });
        }
    }
    Ok(flags)
}

/// What minikube says of a flag to which a cluster that is there does not bend.
fn warning(name: &str, value: &str) -> Option<String> {
    let delete = |what: &str| {
        Some(format!("You cannot change the {what} for an existing minikube cluster. Please first delete the cluster."))
    };
    match (name, value) {
        ("nodes", _) => Some(
            "You cannot change the number of nodes for an existing minikube cluster. Please use 'minikube node add' to add \
             nodes to an existing cluster."
                .to_owned(),
        ),
        ("ha", "true") => Some(
            "Changing the HA (multi-control plane) mode of an existing minikube cluster is not currently supported. Please \
             first delete the cluster and use 'minikube start --ha' to create new one."
                .to_owned(),
        ),
        ("memory", "8192" | "8192mb" | "8g" | "8gb") | ("cpus", "2") => None,
        ("memory", _) => delete("memory size"),
        ("cpus", _) => delete("CPUs"),
        ("disk-size", _) => delete("disk size"),
        ("static-ip", _) => delete("static IP"),
        ("extra-disks", _) => Some(
            "You cannot add or remove extra disks for an existing minikube cluster. Please first delete the cluster.".to_owned(),
        ),
        ("container-runtime", "docker") | ("network-plugin", "cni") => None,
        ("cni", "calico" | "cilium" | "bridge" | "auto" | "") => None,
        ("cni", other) => Some(format!(
            "--cni={other} is not simulated here: the cluster's network stays as it is. --cni=calico and --cni=cilium install a \
             plugin that acts on NetworkPolicies."
        )),
        ("kubernetes-version", version) if number(version).is_some_and(|version| Some(version) > number(VERSION)) => {
            Some(format!("Upgrading is not simulated here: the cluster stays at Kubernetes v{VERSION}."))
        }
        (name, _) if !QUIET.contains(&name) => Some(format!("--{name} is not simulated here: the cluster stays as it is.")),
        _ => None,
    }
}

/// `v1.30.0` as numbers that compare.
fn number(version: &str) -> Option<[u32; 3]> {
    let mut parts = version.trim_start_matches('v').split('.').map(str::parse::<u32>);
    Some([parts.next()?.ok()?, parts.next()?.ok()?, parts.next().unwrap_or(Ok(0)).ok()?])
}

/// Why minikube stops at once: its exit code and what it says.
fn refusal(process: &Process, flags: &[(String, String)]) -> Option<(i32, String)> {
    let hint = mark(process, "💡 ");
    for (name, value) in flags {
        if matches!(name.as_str(), "driver" | "vm-driver") && !matches!(value.as_str(), "docker" | "") {
            let text = format!(
                "\n{} Exiting due to GUEST_DRIVER_MISMATCH: The existing \"minikube\" cluster was created using the \"docker\" \
                 driver, which is incompatible with requested \"{value}\" driver.\n{hint} Suggestion: Delete the existing \
                 'minikube' cluster using: 'minikube delete', or start the existing 'minikube' cluster using: 'minikube start \
                 --driver=docker'\n\n",
                mark(process, "💢 ")
            );
            return Some((81, text));
        }
        if name == "kubernetes-version" && number(value).is_some_and(|wanted| Some(wanted) < number(VERSION)) {
            let new = value.trim_start_matches('v');
            let text = format!(
                "\n{} Exiting due to K8S_DOWNGRADE_UNSUPPORTED: Unable to safely downgrade existing Kubernetes v{VERSION} \
                 cluster to v{new}\n{hint} Suggestion: \n\n    1) Recreate the cluster with Kubernetes {new}, by running:\n    \n    \
                 minikube delete\n    minikube start --kubernetes-version=v{new}\n    \n    2) Create a second cluster with \
                 Kubernetes {new}, by running:\n    \n    minikube start -p minikube2 --kubernetes-version=v{new}\n    \n    3) Use \
                 the existing cluster at version Kubernetes {VERSION}, by running:\n    \n    minikube start \
                 --kubernetes-version=v{VERSION}\n    \n\n",
                mark(process, "🙈 ")
            );
            return Some((106, text));
        }
    }
    None
}

/// Installs the network plugin that the flags ask for, if they do, and waits until it filters.
async fn configure_network(process: &Process, world: &WeakShared, flags: &[(String, String)]) {
    let wanted = flags.iter().rev().find(|(name, _)| name == "cni").map(|(_, value)| value.as_str());
    let (Some(name), Some(world)) = (wanted, upgrade(world)) else { return };
    let title = match name {
        "calico" => "Calico",
        "cilium" => "Cilium",
        _ => return,
    };
    let text = format!("Configuring {title} (Container Networking Interface) ...\n");
    process.out(&format!("{} {text}", mark(process, "🔗 "))).await;
    addons::install_network_plugin(&world, name);
    addons::await_network_plugin(process, &world).await;
}

/// `minikube start`, with what follows the word.
pub(super) async fn run(process: &Process, world: &WeakShared, args: &[String]) -> i32 {
    let flags = match read(args) {
        Ok(flags) => flags,
        Err(why) => {
            process.err(&format!("Error: {why}\nSee 'minikube start --help' for usage.\n")).await;
            return 1;
        }
    };
    for (wait, symbol, text) in [
        (40, "😄 ", "minikube v1.37.0 on Ubuntu 24.04"),
        (30, "✨ ", "Using the docker driver based on existing profile"),
        (20, "👍 ", "Starting \"minikube\" primary control-plane node in \"minikube\" cluster"),
        (300, "🚜 ", "Pulling base image v0.0.48 ..."),
        (900, "🏃 ", "Updating the running docker \"minikube\" container ..."),
        (1500, "🐳 ", "Preparing Kubernetes v1.36.2 on Docker 28.0.4 ..."),
        (1200, "🔎 ", "Verifying Kubernetes components..."),
        (300, "    ▪", "Using image gcr.io/k8s-minikube/storage-provisioner:v5"),
        (400, "🌟 ", "Enabled addons: storage-provisioner, default-storageclass"),
        (
            100,
            "🏄 ",
            "Done! kubectl is now configured to use \"minikube\" cluster and \"default\" namespace by default",
        ),
    ] {
        process.sleep(Duration::from_millis(wait)).await;
        if symbol == "🔎 " {
            configure_network(process, world, &flags).await;
        }
        process.out(&format!("{} {text}\n", mark(process, symbol))).await;
        if symbol == "😄 "
            && let Some((code, text)) = refusal(process, &flags)
        {
            process.err(&text).await;
            return code;
        }
        if symbol == "✨ " {
            for text in flags.iter().filter_map(|(name, value)| warning(name, value)) {
                process.err(&format!("{} {text}\n", mark(process, "❗ "))).await;
            }
        }
    }
    0
}
