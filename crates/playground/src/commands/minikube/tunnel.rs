//! `minikube tunnel`: as long as it runs, Services of type LoadBalancer have their ClusterIP as external address, and this
//! computer has a route to those.
//!
//! pkg/minikube/tunnel of github.com/kubernetes/minikube, as it works with the docker driver on Linux. The password that `sudo`
//! asks for the route is left out.

use api::{Method, PatchType, Request, path};
use machine::Process;
use network::{Ipv4Net, Topology};
use serde_json::{Value, json};
use sim::Duration;

use super::mark;
use crate::control::{Shared, WeakShared, upgrade};
use crate::transport::json_of;

/// How often it looks (`tunnel.Manager`'s delay).
const EVERY: Duration = Duration::from_secs(5);
/// The network interface of the laptop that the node is on.
const INTERFACE: &str = "br-minikube";

pub(super) async fn run(process: &Process, world: &WeakShared, flags: &[&str]) -> i32 {
    if let Some(flag) = flags.iter().find(|flag| flag.starts_with("--bind-address")) {
        process.err(&format!("{} tunnel {flag} is not simulated here.\n", mark(process, "❌ "))).await;
        process.hint_not_simulated("minikube tunnel --bind-address");
        return 80;
    }
    let Some(range) = upgrade(world).map(|world| range(&world)) else { return 1 };
    if !upgrade(world).is_some_and(|world| add_route(&world, range)) {
        let text = format!(
            "\n{} Exiting due to TUNNEL_ALREADY_RUNNING: Another tunnel process is already running, terminate the existing instance \
             to start a new one\n",
            mark(process, "❌ "),
        );
        process.err(&text).await;
        return 111;
    }
    process.catch_interrupt();
    let _tunnel = Tunnel { world: world.clone(), range };
    let mut told = None;
    loop {
        let Some(services) = upgrade(world).map(|world| services(&world, true)) else { return 1 };
        if told.as_ref() != Some(&services) {
            let text = format!(
                "Status:\t\n\tmachine: minikube\n\tpid: {}\n\troute: {range} -> {}\n\tminikube: Running\n\tservices: [{}]\n    \
                 errors: \n\t\tminikube: no errors\n\t\trouter: no errors\n\t\tloadbalancer emulator: no errors\n",
                process.local_pid(),
                Topology::NODE,
                services.join(", "),
            );
            process.out(&text).await;
            told = Some(services);
        }
        if process.unless_interrupted(process.sleep(EVERY)).await.is_none() {
            return 0;
        }
    }
}

/// A tunnel that is open; it takes everything back when it ends, however that comes.
struct Tunnel {
    world: WeakShared,
    range: Ipv4Net,
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        let Some(world) = upgrade(&self.world) else { return };
        world.kernel.with(|state| {
            let Some(laptop) = state.host_of(world.laptop) else { return };
            if let Some(host) = state.network.host_mut(laptop) {
                host.routes.retain(|route| route.destination != self.range);
            }
        });
        services(&world, false);
    }
}

/// The addresses of Services.
fn range(world: &Shared) -> Ipv4Net {
    let (network, bits) = world.control.borrow().cluster.settings().service_cidr;
    Ipv4Net::new_assert(network, bits)
}

/// Gives this computer its route; false when there is one already.
fn add_route(world: &Shared, range: Ipv4Net) -> bool {
    world.kernel.with(|state| {
        let Some(laptop) = state.host_of(world.laptop) else { return false };
        if state.network.host(laptop).is_some_and(|host| host.routes.iter().any(|route| route.destination == range)) {
            return false;
        }
        state.network.add_route(laptop, range, Topology::NODE, INTERFACE);
        true
    })
}

/// Gives Services of type LoadBalancer their address, or takes it back; their names.
fn services(world: &Shared, open: bool) -> Vec<String> {
    let services = json_of(world.handle(&Request::get("/api/v1/services".to_owned())));
    let mut names = Vec::new();
    for service in path::list(&services, "items").iter().filter(|one| path::str(one, "spec.type") == "LoadBalancer") {
        let (namespace, name) = (path::str(service, "metadata.namespace"), path::str(service, "metadata.name"));
        names.push(name.to_owned());
        let ingress = path::list(service, "status.loadBalancer.ingress");
        let address = path::str(service, "spec.clusterIP");
        let body = match (open, ingress) {
            (true, [one]) if one["ip"] == address => continue,
            (true, _) => json!([{"op": "add", "path": "/status/loadBalancer/ingress", "value": [{"ip": address}]}]),
            (false, []) => continue,
            (false, _) => json!([{"op": "remove", "path": "/status/loadBalancer/ingress"}]),
        };
        let place = format!("/api/v1/namespaces/{namespace}/services/{name}/status");
        world.handle(&json_patch(place, body));
    }
    names
}

fn json_patch(place: String, body: Value) -> Request {
    Request { body, patch: Some(PatchType::Json), ..Request::new(Method::Patch, place) }
}
