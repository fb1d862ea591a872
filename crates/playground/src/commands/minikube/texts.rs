//! What minikube says about a cluster that runs.

use machine::Process;
use sim::Duration;

use super::{mark, table};
use crate::control::{WeakShared, upgrade};

pub(super) const VERSION: &str = "minikube version: v1.37.0\ncommit: 65318f4cfff9c12cc87ec9eb8f4cdd57b25047f3\n";
pub(super) const VERSION_LINE: &str = "minikube version: v1.37.0\n";

pub(super) const HELP: &str =
    "minikube provisions and manages local Kubernetes clusters optimized for development workflows.

Basic Commands:
  start            Starts a local Kubernetes cluster
  status           Gets the status of a local Kubernetes cluster

Configuration and Management Commands:
  addons           List the addons of minikube
  profile          List the profiles (clusters)

Networking and Connectivity Commands:
  service          Returns a URL to connect to a service
  tunnel           Connect to LoadBalancer services

Advanced Commands:
  ssh              Log into the minikube environment (for debugging)
  kubectl          Run a kubectl binary matching the cluster version

Troubleshooting Commands:
  ip               Retrieves the IP address of the specified node

Other Commands:
  version          Print the version of minikube

Use \"minikube <command> --help\" for more information about a given command.
";

/// `minikube status`: its status has a bit for each of host, kubelet and API server that does not run.
pub(super) async fn status(process: &Process, world: &WeakShared, flags: &[&str]) -> i32 {
    process.sleep(Duration::from_millis(300)).await;
    let json = flags.windows(2).any(|pair| pair == ["-o", "json"])
        || flags.iter().any(|flag| matches!(*flag, "-ojson" | "-o=json" | "--output=json"));
    let Some(world) = upgrade(world) else { return 1 };
    let (kubelet, server) = {
        let control = world.control.borrow();
        (control.cluster.kubelet_runs(), control.cluster.api_answers())
    };
    let word = |runs: bool| if runs { "Running" } else { "Stopped" };
    let text = if json {
        format!(
            "{{\"Name\":\"minikube\",\"Host\":\"Running\",\"Kubelet\":\"{}\",\"APIServer\":\"{}\",\
             \"Kubeconfig\":\"Configured\",\"Worker\":false}}\n",
            word(kubelet),
            word(server)
        )
    } else {
        format!(
            "minikube\ntype: Control Plane\nhost: Running\nkubelet: {}\napiserver: {}\nkubeconfig: Configured\n\n",
            word(kubelet),
            word(server)
        )
    };
    process.out(&text).await;
    2 * i32::from(!kubelet || !server)
}

/// `minikube profile [list]`.
pub(super) async fn profile(process: &Process, words: &[&str]) -> i32 {
    if words.first() != Some(&"list") {
        process.out("minikube\n").await;
        return 0;
    }
    let header =
        ["PROFILE", "DRIVER", "RUNTIME", "IP", "VERSION", "STATUS", "NODES", "ACTIVE PROFILE", "ACTIVE KUBECONTEXT"];
    let row = ["minikube", "docker", "docker", "192.168.49.2", "v1.36.2", "OK", "1", "*", "*"];
    process.out(&table::draw(&header, &[row.map(str::to_owned).to_vec()])).await;
    0
}

/// A profile that is not there.
pub(super) async fn no_profile(process: &Process, name: &str) -> i32 {
    let text = format!(
        "{} Profile \"{name}\" not found. Run \"minikube profile list\" to view all profiles.\n{} To start a cluster, run: \
         \"minikube start -p {name}\"\n",
        mark(process, "🤷 "),
        mark(process, "👉 "),
    );
    process.err(&text).await;
    85
}

/// Why a command is not here.
pub(super) fn not_simulated(command: &str) -> &'static str {
    match command {
        "stop" | "delete" | "pause" | "unpause" => {
            "The simulated cluster always runs: it cannot be stopped, paused or deleted. Use the page's Reset to begin anew."
        }
        "node" => "The simulated cluster has one node, minikube: nodes cannot be added, stopped or deleted here.",
        "dashboard" => "The dashboard is not simulated here: the page's picture shows the cluster.",
        "logs" => {
            "minikube's collected logs are not simulated here: see 'kubectl logs' and, in 'minikube ssh', 'sudo journalctl -u kubelet'."
        }
        "docker-env" => "This computer has no docker: no image can be built here.",
        _ => "This command of minikube is not simulated here.",
    }
}
