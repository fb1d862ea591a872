//! `crictl inspect` and `inspectp`.

use machine::Process;
use serde_json::json;

use super::containers::{containers, pod_started, sandbox_id};
use super::{Words, fatal, one};
use crate::control::Shared;

pub(super) async fn inspect(p: &Process, world: &Shared, args: &[String]) -> i32 {
    let words = Words::read(args, &["o", "output", "template"], false);
    let one = match one(p, world, words.operands.first()).await {
        Ok(found) => found,
        Err(status) => return status,
    };
    let (state, finished, code) = match one.ended {
        Some((code, at)) => ("CONTAINER_EXITED", at.rfc3339(), code),
        None => ("CONTAINER_RUNNING", "0001-01-01T00:00:00Z".to_owned(), 0),
    };
    let reason = match one.ended {
        None => "",
        Some((0, _)) => "Completed",
        Some(_) => "Error",
    };
    let mounts: Vec<serde_json::Value> =
        world.node.borrow().containers.get(&one.id).map_or_else(Vec::new, |container| {
            container.mounts.iter().map(|mount| json!({"containerPath": mount.path})).collect()
        });
    let text = json!({
        "status": {
            "id": one.id,
            "metadata": {"attempt": one.attempt, "name": one.name},
            "state": state,
            "createdAt": one.started.rfc3339(),
            "startedAt": one.started.rfc3339(),
            "finishedAt": finished,
            "exitCode": code,
            "image": {"annotations": {}, "image": one.image, "userSpecifiedImage": ""},
            "imageRef": format!("docker://sha256:{}", one.image_id),
            "reason": reason,
            "message": "",
            "labels": {
                "io.kubernetes.container.name": one.name,
                "io.kubernetes.pod.name": one.pod,
                "io.kubernetes.pod.namespace": one.namespace,
                "io.kubernetes.pod.uid": one.uid,
            },
            "mounts": mounts,
            "logPath": format!("/var/log/pods/{}_{}_{}/{}/{}.log", one.namespace, one.pod, one.uid, one.name, one.attempt),
        },
        "info": {"sandboxID": sandbox_id(&one.uid)},
    });
    p.out(&format!("{text:#}\n")).await;
    0
}

pub(super) async fn inspect_pod(p: &Process, world: &Shared, args: &[String]) -> i32 {
    let words = Words::read(args, &["o", "output", "template"], false);
    let id = words.operands.first().cloned().unwrap_or_default();
    let found = world
        .node
        .borrow()
        .pods
        .iter()
        .find(|(uid, _)| sandbox_id(uid).starts_with(&id))
        .map(|(uid, pod)| (uid.clone(), pod.name.clone(), pod.namespace.clone(), pod.ip));
    let Some((uid, name, namespace, ip)) = found.filter(|_| !id.is_empty()) else {
        return fatal(p, &format!("getting the status of the pod sandbox \"{id}\": rpc error: code = NotFound")).await;
    };
    let started = pod_started(&containers(world), &uid, p.now()).rfc3339();
    let text = json!({
        "status": {
            "id": sandbox_id(&uid),
            "metadata": {"attempt": 0, "name": name, "namespace": namespace, "uid": uid},
            "state": "SANDBOX_READY",
            "createdAt": started,
            "network": {"additionalIps": [], "ip": ip.to_string()},
            "labels": {"io.kubernetes.pod.name": name, "io.kubernetes.pod.namespace": namespace, "io.kubernetes.pod.uid": uid},
        },
    });
    p.out(&format!("{text:#}\n")).await;
    0
}
