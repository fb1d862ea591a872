//! The kubelet's admission of Pods that were bound to its node past the scheduler.
//!
//! pkg/kubelet/lifecycle/predicate.go

use api::path;
use apiserver::ObjectKey;
use component::Context;
use component::placement::{AFFINITY_MISMATCH, PORTS_TAKEN, matches_affinity, ports_are_free};
use component::resources::Resources;
use serde_json::Value;

/// Why the kubelet rejects a Pod that was bound to its node past the scheduler: the reason and the message
/// (`canAdmitPod`).
#[inline(never)]
pub fn refusal(cx: &Context, key: &ObjectKey, pod: &Value) -> Option<(String, String)> {
    let node = cx.view.get("nodes", "", path::str(pod, "spec.nodeName"))?;
    let used = cx.index.nodes.get(path::str(node, "metadata.name")).cloned().unwrap_or_default();
    let me = cx.index.pods.get(key)?;
    let has = Resources::read(&node["status"]["allocatable"]);
    let others = used.requests.minus(me.requests);
    for (name, wants, used, has) in [
        ("cpu", me.requests.milli_cpu, others.milli_cpu, has.milli_cpu),
        ("memory", me.requests.memory, others.memory, has.memory),
        ("ephemeral-storage", me.requests.ephemeral_storage, others.ephemeral_storage, has.ephemeral_storage),
    ] {
        if wants > 0 && wants > has - used {
            let message =
                format!("Node didn't have enough resource: {name}, requested: {wants}, used: {used}, capacity: {has}");
            return Some((format!("OutOf{name}"), message));
        }
    }
    let mut others = used;
    others.pods.remove(key);
    for (name, fits, reason) in [
        ("NodeAffinity", matches_affinity(pod, node), AFFINITY_MISMATCH),
        ("NodePorts", ports_are_free(pod, &others), PORTS_TAKEN),
    ] {
        if !fits {
            return Some((name.to_owned(), format!("Predicate {name} failed: {reason}")));
        }
    }
    None
}

/// Why the kubelet rejects a Pod whoever bound it: a kernel parameter that is allowed only where the kubelet is configured so
/// (pkg/kubelet/sysctl/safe_sysctls.go).
pub fn forbidden_sysctl(pod: &Value) -> Option<(String, String)> {
    const SAFE: &str = "kernel.shm_rmid_forced net.ipv4.ip_local_port_range net.ipv4.tcp_syncookies net.ipv4.ping_group_range \
                        net.ipv4.ip_unprivileged_port_start net.ipv4.ip_local_reserved_ports net.ipv4.tcp_keepalive_time \
                        net.ipv4.tcp_fin_timeout net.ipv4.tcp_keepalive_intvl net.ipv4.tcp_keepalive_probes net.ipv4.tcp_rmem \
                        net.ipv4.tcp_wmem";
    let names =
        path::list(pod, "spec.securityContext.sysctls").iter().map(|one| path::str(one, "name").replace('/', "."));
    let mut names = names.into_iter();
    let name = names.find(|name| !SAFE.split_whitespace().any(|safe| safe == name))?;
    Some(("SysctlForbidden".to_owned(), format!("forbidden sysctl: {name:?} not allowlisted")))
}
