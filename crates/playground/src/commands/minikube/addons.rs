//! `minikube addons`: the list, and those that can be turned on and off here: ingress-nginx, MetalLB, the metrics server.
//!
//! cmd/minikube/cmd/config of github.com/kubernetes/minikube.

use std::net::Ipv4Addr;

use api::{Method, Request, path};
use machine::Process;
use serde_json::Value;
use sim::Duration;

use super::{mark, metrics, table};
use crate::commands::{ingress_nginx, metallb, network_plugins};
use crate::control::{Shared, WeakShared, upgrade};
use crate::transport::json_of;

/// Name, whether it is on from the beginning, who maintains it.
const ADDONS: [(&str, bool, &str); 8] = [
    ("dashboard", false, "Kubernetes"),
    ("default-storageclass", true, "Kubernetes"),
    ("ingress", false, "Kubernetes"),
    ("metallb", false, "3rd party (MetalLB)"),
    ("metrics-server", false, "Kubernetes"),
    ("registry", false, "minikube"),
    ("storage-provisioner", true, "minikube"),
    ("volumesnapshots", false, "Kubernetes"),
];

const IMAGES: [&str; 2] = ["quay.io/metallb/controller:v0.9.6", "quay.io/metallb/speaker:v0.9.6"];
/// How often it looks whether an addon has gone, and how many times.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
const MOST_LOOKS: u32 = 120;
const INGRESS: &str = "/apis/apps/v1/namespaces/ingress-nginx/deployments/ingress-nginx-controller";
const CONTROLLER: &str = "/apis/apps/v1/namespaces/metallb-system/deployments/controller";

const PROVISIONER: &str = "/api/v1/namespaces/kube-system/pods/storage-provisioner";

/// Makes again what is missing of what a new cluster runs beside its control plane, as `minikube start` does; of one kind only, if one
/// is named.
pub(super) fn restore(world: &Shared, kind: Option<&str>) {
    let settings = world.node.borrow().settings.clone();
    for object in cluster::system_objects(&settings) {
        if kind.is_none_or(|kind| object["kind"] == kind) {
            create(world, object);
        }
    }
}

/// Installs a network plugin by minikube's name for it. False if there is none of this name here.
pub(in crate::commands) fn install_network_plugin(world: &Shared, name: &str) -> bool {
    let Some(manifest) = network_plugins::of_minikube(name) else { return false };
    for document in manifest::parse(&manifest).documents {
        create(world, document.value);
    }
    true
}

/// Waits until what was installed is ready, as it is on a cluster that minikube has just made.
pub(super) async fn await_network_plugin(process: &Process, world: &Shared) {
    let mut looks = MOST_LOOKS;
    while looks > 0 && !world.kernel.with(|state| state.network.filters()) {
        process.sleep(LOOK_AGAIN).await;
        looks -= 1;
    }
}

pub(super) async fn run(process: &Process, world: &WeakShared, words: &[&str]) -> i32 {
    let Some(world) = upgrade(world) else { return 1 };
    let known = |name: &str| ADDONS.iter().any(|(known, ..)| *known == name);
    match words {
        ["list", ..] => list(process, &world).await,
        ["enable", "metallb"] => {
            let warnings = [
                "is a 3rd party addon and is not maintained or verified by minikube maintainers, enable at your own risk.",
                "does not currently have an associated maintainer.",
            ];
            for warning in warnings {
                process.err(&format!("{} metallb {warning}\n", mark(process, "❗ "))).await;
            }
            enable(process, &world, None).await;
            process.out(&format!("{} The 'metallb' addon is enabled\n", mark(process, "🌟 "))).await;
            0
        }
        ["disable", "metallb"] => {
            if is_enabled(&world) {
                world.handle(&Request::new(Method::Delete, "/api/v1/namespaces/metallb-system"));
            }
            // As `kubectl delete` does, it waits until all is gone.
            let mut looks = MOST_LOOKS;
            while looks > 0 && is_enabled(&world) {
                process.sleep(LOOK_AGAIN).await;
                looks -= 1;
            }
            process.out(&format!("{} \"The 'metallb' addon is disabled\n", mark(process, "🌑 "))).await;
            0
        }
        ["enable", "metrics-server"] => {
            let text = "metrics-server is an addon maintained by Kubernetes. For any concerns contact minikube on GitHub.\nYou can view the \
                 list of minikube maintainers at: https://github.com/kubernetes/minikube/blob/master/OWNERS";
            process.out(&format!("{} {text}\n", mark(process, "💡 "))).await;
            process.out(&format!("{} Using image {}\n", mark(process, "    ▪"), metrics::IMAGE)).await;
            for document in manifest::parse(&metrics::addon()).documents {
                create(&world, document.value);
            }
            process.out(&format!("{} The 'metrics-server' addon is enabled\n", mark(process, "🌟 "))).await;
            0
        }
        ["enable", "ingress"] => {
            let text = "ingress is an addon maintained by Kubernetes. For any concerns contact minikube on GitHub.\nYou can view the list \
                 of minikube maintainers at: https://github.com/kubernetes/minikube/blob/master/OWNERS";
            process.out(&format!("{} {text}\n", mark(process, "💡 "))).await;
            for image in ingress_nginx::images() {
                process.out(&format!("{} Using image {image}\n", mark(process, "    ▪"))).await;
            }
            for document in manifest::parse(&ingress_nginx::addon()).documents {
                create(&world, document.value);
            }
            process.out(&format!("{} Verifying ingress addon...\n", mark(process, "🔎 "))).await;
            let mut looks = MOST_LOOKS * 3;
            while looks > 0 && !takes_requests(&world) {
                process.sleep(LOOK_AGAIN).await;
                looks -= 1;
            }
            process.out(&format!("{} The 'ingress' addon is enabled\n", mark(process, "🌟 "))).await;
            0
        }
        ["disable", "ingress"] => {
            for document in manifest::parse(&ingress_nginx::addon()).documents.into_iter().rev() {
                remove(&world, &document.value);
            }
            process.out(&format!("{} \"The 'ingress' addon is disabled\n", mark(process, "🌑 "))).await;
            0
        }
        ["disable", "metrics-server"] => {
            for object in metrics::OBJECTS {
                world.handle(&Request::new(Method::Delete, object));
            }
            process.out(&format!("{} \"The 'metrics-server' addon is disabled\n", mark(process, "🌑 "))).await;
            0
        }
        ["enable", "storage-provisioner"] => {
            let text = "storage-provisioner is an addon maintained by minikube. For any concerns contact minikube on GitHub.\nYou can view \
                        the list of minikube maintainers at: https://github.com/kubernetes/minikube/blob/master/OWNERS";
            process.out(&format!("{} {text}\n", mark(process, "💡 "))).await;
            let image = "gcr.io/k8s-minikube/storage-provisioner:v5";
            process.out(&format!("{} Using image {image}\n", mark(process, "    ▪"))).await;
            restore(&world, Some("Pod"));
            process.out(&format!("{} The 'storage-provisioner' addon is enabled\n", mark(process, "🌟 "))).await;
            0
        }
        ["disable", "storage-provisioner"] => {
            world.handle(&Request::new(Method::Delete, PROVISIONER));
            process.out(&format!("{} \"The 'storage-provisioner' addon is disabled\n", mark(process, "🌑 "))).await;
            0
        }
        ["configure", "metallb"] => {
            let Some(first) = address(process, "-- Enter Load Balancer Start IP: ").await else { return 1 };
            let Some(last) = address(process, "-- Enter Load Balancer End IP: ").await else { return 1 };
            enable(process, &world, Some(format!("{first}-{last}"))).await;
            process.out(&format!("{} metallb was successfully configured\n", mark(process, "✅ "))).await;
            0
        }
        ["configure", name, ..] if known(name) => {
            process.err(&format!("{} {name} has no available configuration options\n", mark(process, "❌ "))).await;
            0
        }
        [verb @ ("enable" | "disable"), name, ..] if !known(name) => {
            let (why, status) = match *verb {
                "enable" => (format!("MK_ADDON_ENABLE: enable failed: {name} is not a valid addon"), 80),
                _ => (format!("SVC_ADDON_UNSUPPORTED: \"'{name}' is not a valid minikube addon"), 116),
            };
            process.err(&format!("\n{} Exiting due to {why}\n\n", mark(process, "❌ "))).await;
            status
        }
        _ => {
            process.hint_not_simulated("minikube addons");
            let text = "Of addons, only ingress, metallb, metrics-server and storage-provisioner can be turned on and off here.";
            process.err(&format!("{} {text}\n", mark(process, "❌ "))).await;
            80
        }
    }
}

async fn list(process: &Process, world: &Shared) -> i32 {
    let rows: Vec<Vec<String>> = ADDONS
        .iter()
        .map(|(name, from_start, maintainer)| {
            let enabled = match *name {
                "metallb" => is_enabled(world),
                "metrics-server" => measures(world),
                "storage-provisioner" => json_of(world.handle(&Request::get(PROVISIONER)))["kind"] == "Pod",
                "ingress" => json_of(world.handle(&Request::get(INGRESS)))["kind"] == "Deployment",
                _ => *from_start,
            };
            let state = if enabled { "enabled ✅" } else { "disabled" };
            [*name, "minikube", state, *maintainer].map(str::to_owned).to_vec()
        })
        .collect();
    process.out(&table::draw(&["ADDON NAME", "PROFILE", "STATUS", "MAINTAINER"], &rows)).await;
    0
}

/// Whether the controller is the addon's, and not one that somebody installed.
fn is_enabled(world: &Shared) -> bool {
    let controller = json_of(world.handle(&Request::get(CONTROLLER.to_owned())));
    let containers = path::list(&controller, "spec.template.spec.containers");
    containers.first().is_some_and(|container| container["image"] == IMAGES[0])
}

/// Whether the metrics server is the addon's.
fn measures(world: &Shared) -> bool {
    let server = json_of(world.handle(&Request::get(metrics::DEPLOYMENT.to_owned())));
    server["metadata"]["labels"]["kubernetes.io/minikube-addons"] == "metrics-server"
}

/// Makes what is missing of the addon; with a range, its settings anew.
async fn enable(process: &Process, world: &Shared, range: Option<String>) {
    for image in IMAGES {
        process.out(&format!("{} Using image {image}\n", mark(process, "    ▪"))).await;
    }
    for document in manifest::parse(&metallb::addon()).documents {
        create(world, document.value);
    }
    let config = metallb::addon_config(range.as_deref().unwrap_or("-"));
    if range.is_some() {
        let place = "/api/v1/namespaces/metallb-system/configmaps/config";
        world.handle(&Request::new(Method::Delete, place));
    }
    for document in manifest::parse(&config).documents {
        create(world, document.value);
    }
}

/// Whether the addon's ingress controller is ready.
fn takes_requests(world: &Shared) -> bool {
    json_of(world.handle(&Request::get(INGRESS)))["status"]["readyReplicas"].as_u64().is_some_and(|ready| ready > 0)
}

/// Where an object is; without its name for the list of its kind.
fn place(object: &Value, named: bool) -> Option<String> {
    let resource = api::resource_of_kind(path::str(object, "apiVersion"), path::str(object, "kind"))?;
    let (namespace, name) = (path::str(object, "metadata.namespace"), path::str(object, "metadata.name"));
    Some(resource.path(Some(namespace).filter(|namespace| !namespace.is_empty()), named.then_some(name)))
}

fn remove(world: &Shared, object: &Value) {
    if let Some(place) = place(object, true) {
        world.handle(&Request::new(Method::Delete, place));
    }
}

/// Makes an object; one that is there stays as it is.
fn create(world: &Shared, object: Value) {
    let Some(place) = place(&object, false) else { return };
    world.handle(&Request { body: object, ..Request::new(Method::Post, place) });
}

/// Asks for an address until it is one; `None` at the end of the input.
async fn address(process: &Process, prompt: &str) -> Option<Ipv4Addr> {
    process.out(prompt).await;
    loop {
        let line = process.read_line(0).await.filter(|line| !line.is_empty())?;
        match String::from_utf8_lossy(&line).trim() {
            "" => process.err("--Error, please enter a value:").await,
            text => match text.parse() {
                Ok(address) => return Some(address),
                Err(_) => process.err("--Invalid input, please enter a value:").await,
            },
        }
    }
}
