//! An object's summary: the few facts a person asks for first.

use std::time::Duration;

use api::path;
use serde_json::Value;
use yew::prelude::*;

use crate::page::Page;
use crate::session::{ClusterView, ObjectRef};

/// A list of facts.
#[inline(never)]
pub fn summary(page: &Page, object: &ObjectRef, value: &Value, cluster: &ClusterView) -> Html {
    let f = &page.t.fields;
    let text = |at: &str| path::str(value, at).to_owned();
    let map = |at: &str| {
        let map = path::object(value, at).into_iter().flatten();
        map.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect::<Vec<_>>().join(", ")
    };
    let list = |at: &str| path::list(value, at).iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ");
    let mut facts: Vec<(&str, String)> = match object.kind {
        "Pod" => {
            let pod = cluster.pod(&object.namespace, &object.name);
            let restarts = pod.map_or(0, |pod| pod.restarts);
            let owner = &value["metadata"]["ownerReferences"][0];
            let owner =
                owner["kind"].as_str().map(|kind| format!("{kind} {}", owner["name"].as_str().unwrap_or_default()));
            vec![
                (f.status, pod.map(|pod| pod.status.clone()).unwrap_or_default()),
                (f.address, text("status.podIP")),
                (page.t.old_ip, pod.and_then(|pod| pod.old_ip.clone()).unwrap_or_default()),
                (f.node, text("spec.nodeName")),
                (f.owner, owner.unwrap_or_default()),
                (f.image, value["spec"]["containers"][0]["image"].as_str().unwrap_or_default().to_owned()),
                (f.labels, map("metadata.labels")),
                (f.restarts, if restarts > 0 { restarts.to_string() } else { String::new() }),
            ]
        }
        "Service" => {
            let service = cluster.services.iter().find(|it| it.name == object.name && it.namespace == object.namespace);
            let ports = path::list(value, "spec.ports").iter().map(|port| {
                let node = path::int(port, "nodePort").map(|node| format!(":{node}")).unwrap_or_default();
                format!("{}{node}/{}", path::int(port, "port").unwrap_or_default(), path::str(port, "protocol"))
            });
            let endpoints = service
                .map(|service| service.endpoints.iter().map(|(ip, _)| ip.clone()).collect::<Vec<_>>().join(", "));
            vec![
                (f.kind, text("spec.type")),
                (f.address, text("spec.clusterIP")),
                (f.ports, ports.collect::<Vec<_>>().join(", ")),
                (f.selector, map("spec.selector")),
                (f.endpoints, endpoints.unwrap_or_default()),
            ]
        }
        "PersistentVolumeClaim" => vec![
            (f.status, text("status.phase")),
            (f.size, text("spec.resources.requests.storage")),
            (f.access, list("spec.accessModes")),
            (f.class, text("spec.storageClassName")),
            (f.volume, text("spec.volumeName")),
        ],
        "PersistentVolume" => vec![
            (f.status, text("status.phase")),
            (f.size, text("spec.capacity.storage")),
            (f.access, list("spec.accessModes")),
            (f.claim, text("spec.claimRef.name")),
            (f.class, text("spec.storageClassName")),
            (f.path, text("spec.hostPath.path")),
        ],
        "Ingress" => {
            let given = path::list(value, "status.loadBalancer.ingress").first();
            let address = given.and_then(|one| one["ip"].as_str());
            let status = address.unwrap_or(page.t.ingress_idle).to_owned();
            vec![(f.status, status), (f.class, text("spec.ingressClassName"))]
        }
        "CronJob" => vec![(f.schedule, text("spec.schedule"))],
        "ConfigMap" | "Secret" => {
            let keys: Vec<&str> =
                path::object(value, "data").into_iter().flatten().map(|(key, _)| key.as_str()).collect();
            vec![(f.kind, text("type")), (f.keys, keys.join(", "))]
        }
        _ => vec![(f.replicas, path::int(value, "spec.replicas").map(|it| it.to_string()).unwrap_or_default())],
    };
    let now = page.session.read(playground::Playground::now);
    if let Some(made) = sim::Time::parse_rfc3339(path::str(value, "metadata.creationTimestamp")) {
        facts.push((f.age, age(now.since(made))));
    }
    html! {
        <dl>
            { for facts.into_iter().filter(|(_, fact)| !fact.is_empty()).map(|(name, fact)| html! {
                <><dt>{ name }</dt><dd class="mono">{ fact }</dd></>
            }) }
        </dl>
    }
}

/// An age as kubectl writes it: the part of `duration.HumanDuration` a playground reaches.
pub fn age(age: Duration) -> String {
    let seconds = age.as_secs();
    match seconds {
        0..120 => format!("{seconds}s"),
        120..600 if !seconds.is_multiple_of(60) => format!("{}m{}s", seconds / 60, seconds % 60),
        120..10_800 => format!("{}m", seconds / 60),
        _ => format!("{}h", seconds / 3600),
    }
}
