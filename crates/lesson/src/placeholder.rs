//! Commands with something to fill in: `curl <POD-IP>`.

use api::path;
use serde_json::Value;

use crate::evidence::Evidence;

/// The command with its placeholders filled in from the cluster; `None` while the cluster has nothing to fill in.
///
/// `<POD>` and `<POD-IP>` are the first Pod that runs with an address and the label `app=nginx`; `<PORT>` and
/// `<CLUSTER-IP>` are the Service `my-nginx`'s.
pub fn fill(command: &str, world: &dyn Evidence) -> Option<String> {
    let mut filled = command.to_owned();
    for (placeholder, find) in PLACEHOLDERS {
        if filled.contains(placeholder) {
            filled = filled.replace(placeholder, &find(world)?);
        }
    }
    Some(filled)
}

type Find = fn(&dyn Evidence) -> Option<String>;

const PLACEHOLDERS: &[(&str, Find)] = &[
    ("<POD-IP>", |world| pod(world).map(|pod| path::str(&pod, "status.podIP").to_owned())),
    ("<POD>", |world| pod(world).map(|pod| path::str(&pod, "metadata.name").to_owned())),
    ("<PORT>", |world| service(world)?["spec"]["ports"][0]["nodePort"].as_i64().map(|port| port.to_string())),
    ("<CLUSTER-IP>", |world| service(world)?["spec"]["clusterIP"].as_str().map(str::to_owned)),
];

fn pod(world: &dyn Evidence) -> Option<std::rc::Rc<Value>> {
    world.objects("pods").into_iter().find(|pod| {
        pod["metadata"]["labels"]["app"] == "nginx"
            && pod["metadata"].get("deletionTimestamp").is_none()
            && !path::str(pod, "status.podIP").is_empty()
            && pod["status"]["phase"] == "Running"
    })
}

fn service(world: &dyn Evidence) -> Option<std::rc::Rc<Value>> {
    world.objects("services").into_iter().find(|service| service["metadata"]["name"] == "my-nginx")
}
