//! What the API server, the kubelet and the others keep about themselves, and few people look at: APIServices, priority and
//! fairness, Leases, the range of Services' addresses, CSINodes. No component reads it, so what is missing is made when somebody
//! asks for anything of its API group.
//!
//! pkg/controlplane/apiserver/aggregator.go, k8s.io/apiserver/pkg/apis/flowcontrol/bootstrap, pkg/controlplane/controller

use api::{Resource, path};
use apiserver::{ObjectKey, served};
use serde_json::{Value, json};

use super::create;
use crate::{Cluster, Cx};

/// Groups of built-in resources: the name, and what decides the order of groups and of versions within one.
const GROUPS: &[(&str, i64, i64)] = &[
    ("", 18000, 1),
    ("apps", 17800, 15),
    ("events.k8s.io", 17750, 15),
    ("authentication.k8s.io", 17700, 15),
    ("authorization.k8s.io", 17600, 15),
    ("autoscaling", 17500, 15),
    ("batch", 17400, 15),
    ("certificates.k8s.io", 17300, 15),
    ("networking.k8s.io", 17200, 15),
    ("policy", 17100, 15),
    ("rbac.authorization.k8s.io", 17000, 15),
    ("storage.k8s.io", 16800, 15),
    ("apiextensions.k8s.io", 16700, 15),
    ("admissionregistration.k8s.io", 16700, 15),
    ("scheduling.k8s.io", 16600, 15),
    ("coordination.k8s.io", 16500, 15),
    ("node.k8s.io", 16300, 15),
    ("discovery.k8s.io", 16200, 15),
    ("flowcontrol.apiserver.k8s.io", 16100, 21),
    ("resource.k8s.io", 15900, 20),
];

/// Levels: name, shares, lendable per cent, queues, hand size. Without queues a level refuses.
const LEVELS: &[(&str, i64, i64, i64, i64)] = &[
    ("catch-all", 5, 0, 0, 0),
    ("global-default", 20, 50, 128, 6),
    ("leader-election", 10, 0, 16, 4),
    ("node-high", 40, 25, 64, 6),
    ("system", 30, 33, 64, 6),
    ("workload-high", 40, 50, 128, 6),
    ("workload-low", 100, 90, 128, 6),
];

/// Name, level, precedence, how requests are told apart, whose requests, which.
type Flow = (&'static str, &'static str, i64, &'static str, &'static [&'static str], &'static str);

const FLOWS: &[Flow] = &[
    ("exempt", "exempt", 1, "", &["g system:masters"], "all"),
    ("probes", "exempt", 2, "", &["g system:unauthenticated", "g system:authenticated"], "probes"),
    (
        "system-leader-election",
        "leader-election",
        100,
        "ByUser",
        &["u system:kube-controller-manager", "u system:kube-scheduler", "s kube-system"],
        "elections",
    ),
    ("system-node-high", "node-high", 400, "ByUser", &["g system:nodes"], "nodes"),
    ("system-nodes", "system", 500, "ByUser", &["g system:nodes"], "all"),
    ("kube-controller-manager", "workload-high", 800, "ByNamespace", &["u system:kube-controller-manager"], "all"),
    ("kube-scheduler", "workload-high", 800, "ByNamespace", &["u system:kube-scheduler"], "all"),
    ("kube-system-service-accounts", "workload-high", 900, "ByNamespace", &["s kube-system"], "all"),
    ("service-accounts", "workload-low", 9000, "ByUser", &["g system:serviceaccounts"], "all"),
    (
        "global-default",
        "global-default",
        9900,
        "ByUser",
        &["g system:unauthenticated", "g system:authenticated"],
        "all",
    ),
    ("catch-all", "catch-all", 10000, "ByUser", &["g system:unauthenticated", "g system:authenticated"], "all"),
];

/// Drivers of volumes that became drivers of CSI.
const MIGRATED: &str = "kubernetes.io/aws-ebs,kubernetes.io/azure-disk,kubernetes.io/azure-file,kubernetes.io/cinder,\
    kubernetes.io/gce-pd,kubernetes.io/portworx-volume,kubernetes.io/vsphere-volume";

/// Makes what is missing of the objects that a request may be about.
pub(crate) fn make(cluster: &mut Cluster, cx: &mut Cx, at: &str) {
    let Some(at) = at.strip_prefix("/apis/") else { return };
    let Some((group, rest)) = at.split_once('/') else { return };
    let is_about = |resource: &str| rest.contains(resource);
    let kept = match group {
        "apiregistration.k8s.io" | "flowcontrol.apiserver.k8s.io" | "coordination.k8s.io" => true,
        "networking.k8s.io" => is_about("servicecidrs") || is_about("ipaddresses"),
        "storage.k8s.io" => is_about("csinodes"),
        _ => false,
    };
    if kept {
        make_group(cluster, cx, group, is_about("servicecidrs"));
    }
}

/// Apart from the question whether anything is wanted, which every request asks.
#[inline(never)]
fn make_group(cluster: &mut Cluster, cx: &mut Cx, group: &str, is_range: bool) {
    let wanted = match group {
        "apiregistration.k8s.io" => services(cluster),
        "flowcontrol.apiserver.k8s.io" => priorities(),
        "coordination.k8s.io" => leases(cluster, cx),
        "networking.k8s.io" if is_range => vec![service_cidr(cluster)],
        "networking.k8s.io" => addresses(cluster),
        _ => csi_nodes(cluster),
    };
    put(cluster, cx, wanted);
}

fn put(cluster: &mut Cluster, cx: &mut Cx, wanted: Vec<Value>) {
    let began = cluster.store().get(&ObjectKey::new("namespaces", "", "kube-system"));
    let began = began.and_then(|one| sim::Time::parse_rfc3339(path::str(one, "metadata.creationTimestamp")));
    // With a generator of its own, as the roles have: what is made does not change what the world draws later.
    let mut rng = sim::Rng::new(cluster.revision());
    let mut then = Cx { now: began.unwrap_or(cx.now), rng: &mut rng };
    for mut object in wanted {
        let Some(resource) = api::resource_of_kind(path::str(&object, "apiVersion"), path::str(&object, "kind")) else {
            continue;
        };
        let name = path::str(&object, "metadata.name");
        if cluster
            .store()
            .get(&ObjectKey::new(resource.key(), path::str(&object, "metadata.namespace"), name))
            .is_none()
        {
            for condition in object["status"].get_mut("conditions").and_then(Value::as_array_mut).into_iter().flatten()
            {
                condition["lastTransitionTime"] = then.now.rfc3339().into();
            }
            create(cluster, &mut then, object);
        }
    }
}

/// An object that has no namespace.
fn object(api_version: &str, kind: &str, name: &str) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}})
}

/// An APIService for each version of each group, as far as this server answers for it.
fn services(cluster: &mut Cluster) -> Vec<Value> {
    let mut found: Vec<Value> = Vec::new();
    let custom: Vec<&'static Resource> = served::resources(cluster.store()).collect();
    for resource in api::resources().iter().chain(custom) {
        let (group, version) = (resource.group, resource.version);
        let name = format!("{version}.{group}");
        let is_there = found.iter().any(|one| path::str(one, "metadata.name") == name);
        let built_in = GROUPS.iter().find(|(known, _, _)| *known == group);
        let (managed, priority, of_version) = match built_in {
            Some(&(_, priority, of_version)) if version == "v2" => ("onstart", priority, 2 * of_version),
            Some(&(_, priority, of_version)) => ("onstart", priority, of_version),
            None if resource.definition.is_some() => ("true", 1000, 100),
            // The aggregator does not name itself, and who is aggregated names itself.
            None => continue,
        };
        if is_there {
            continue;
        }
        let mut service = object("apiregistration.k8s.io/v1", "APIService", &name);
        service["metadata"]["labels"] = json!({"kube-aggregator.kubernetes.io/automanaged": managed});
        service["spec"] = json!({"groupPriorityMinimum": priority, "version": version, "versionPriority": of_version});
        if !group.is_empty() {
            service["spec"]["group"] = group.into();
        }
        service["status"] = json!({"conditions": [{
            "type": "Available", "status": "True", "reason": "Local",
            "message": "Local APIServices are always available",
        }]});
        found.push(service);
    }
    remove_stale(cluster, "apiservices.apiregistration.k8s.io", &found, |one| {
        one["metadata"]["labels"]["kube-aggregator.kubernetes.io/automanaged"] == "true"
    });
    found
}

/// Takes away what is managed and no longer wanted.
fn remove_stale(cluster: &mut Cluster, resource: &str, wanted: &[Value], is_managed: fn(&Value) -> bool) {
    let is_wanted = |key: &ObjectKey| wanted.iter().any(|one| path::str(one, "metadata.name") == &*key.name);
    let all = cluster.store().list(resource, None).filter(|(key, one)| is_managed(one) && !is_wanted(key));
    let stale: Vec<ObjectKey> = all.map(|(key, _)| key.clone()).collect();
    for key in stale {
        cluster.server.put(key, None);
    }
}

fn priorities() -> Vec<Value> {
    const API: &str = "flowcontrol.apiserver.k8s.io/v1";
    let mut found = Vec::new();
    let mut exempt = object(API, "PriorityLevelConfiguration", "exempt");
    exempt["spec"] = json!({"type": "Exempt", "exempt": {"lendablePercent": 0, "nominalConcurrencyShares": 0}});
    found.push(exempt);
    for &(name, shares, lendable, queues, hand) in LEVELS {
        let mut level = object(API, "PriorityLevelConfiguration", name);
        let response = match queues {
            0 => json!({"type": "Reject"}),
            _ => {
                json!({"type": "Queue", "queuing": {"handSize": hand, "queueLengthLimit": 50, "queues": queues}})
            }
        };
        level["spec"] = json!({"type": "Limited", "limited": {
            "lendablePercent": lendable, "limitResponse": response, "nominalConcurrencyShares": shares}});
        found.push(level);
    }
    for &(name, level, precedence, by, subjects, rules) in FLOWS {
        let mut flow = object(API, "FlowSchema", name);
        let subjects: Vec<Value> = subjects
            .iter()
            .map(|subject| match subject.split_at(2) {
                ("g ", name) => json!({"kind": "Group", "group": {"name": name}}),
                ("u ", name) => json!({"kind": "User", "user": {"name": name}}),
                (_, namespace) => {
                    json!({"kind": "ServiceAccount", "serviceAccount": {"name": "*", "namespace": namespace}})
                }
            })
            .collect();
        let rule = |verbs: &[&str], group: &str, resources: &[&str], cluster_too: bool| {
            let mut rule = json!({"verbs": verbs, "apiGroups": [group], "resources": resources, "namespaces": ["*"]});
            if cluster_too {
                rule["clusterScope"] = true.into();
            }
            rule
        };
        let mut policy = json!({"subjects": subjects});
        match rules {
            "all" => {
                policy["resourceRules"] = json!([rule(&["*"], "*", &["*"], true)]);
                policy["nonResourceRules"] = json!([{"verbs": ["*"], "nonResourceURLs": ["*"]}]);
            }
            "probes" => {
                let urls = ["/healthz", "/readyz", "/livez"];
                policy["nonResourceRules"] = json!([{"verbs": ["get"], "nonResourceURLs": urls}]);
            }
            "nodes" => {
                policy["resourceRules"] = json!([
                    rule(&["*"], "", &["nodes", "nodes/status"], true),
                    rule(&["*"], "coordination.k8s.io", &["leases"], false),
                ]);
            }
            _ => {
                let verbs = ["get", "create", "update"];
                policy["resourceRules"] = json!([rule(&verbs, "coordination.k8s.io", &["leases"], false)]);
            }
        }
        flow["spec"] = json!({"matchingPrecedence": precedence, "priorityLevelConfiguration": {"name": level},
            "rules": [policy]});
        if !by.is_empty() {
            flow["spec"]["distinguisherMethod"] = json!({"type": by});
        }
        let message =
            format!("This FlowSchema references the PriorityLevelConfiguration object named \"{level}\" and it exists");
        flow["status"] = json!({"conditions": [
            {"type": "Dangling", "status": "False", "reason": "Found", "message": message}]});
        found.push(flow);
    }
    for one in &mut found {
        one["metadata"]["annotations"] = json!({"apf.kubernetes.io/autoupdate-spec": "true"});
    }
    found
}

/// Who leads, and that the API server lives, of those whose static Pod is there. Nobody renews them, so that reading changes nothing.
fn leases(cluster: &Cluster, cx: &Cx) -> Vec<Value> {
    let node = cluster.settings().node_name.clone();
    let renewed = cx.now.rfc3339_micros();
    let mut found = Vec::new();
    for (component, seconds) in [("kube-apiserver", 3600), ("kube-controller-manager", 15), ("kube-scheduler", 15)] {
        let is_server = component == "kube-apiserver";
        let pod = cluster.store().get(&ObjectKey::new("pods", "kube-system", &format!("{component}-{node}")));
        let uid = pod.map(|pod| path::str(pod, "metadata.uid").to_owned());
        let short: String = uid.as_deref().unwrap_or_default().chars().filter(|c| *c != '-').take(26).collect();
        let name = if is_server { format!("apiserver-{short}") } else { component.to_owned() };
        let Some(uid) = uid else { continue };
        let mut lease = object("coordination.k8s.io/v1", "Lease", &name);
        lease["metadata"]["namespace"] = "kube-system".into();
        let holder = if is_server { &name } else { &node };
        lease["spec"] = json!({"holderIdentity": format!("{holder}_{uid}"), "leaseDurationSeconds": seconds,
            "renewTime": renewed});
        if is_server {
            lease["metadata"]["labels"] =
                json!({"apiserver.kubernetes.io/identity": "kube-apiserver", "kubernetes.io/hostname": node});
        } else {
            lease["spec"]["acquireTime"] = renewed.clone().into();
            lease["spec"]["leaseTransitions"] = 0.into();
        }
        found.push(lease);
    }
    found
}

fn service_cidr(cluster: &Cluster) -> Value {
    let (first, bits) = cluster.settings().service_cidr;
    let mut range = object("networking.k8s.io/v1", "ServiceCIDR", "kubernetes");
    range["metadata"]["finalizers"] = json!(["networking.k8s.io/service-cidr-finalizer"]);
    range["spec"] = json!({"cidrs": [format!("{first}/{bits}")]});
    range["status"] = json!({"conditions": [{
        "type": "Ready", "status": "True", "reason": "", "message": "Kubernetes Service CIDR is ready"}]});
    range
}

/// The address of each Service.
fn addresses(cluster: &mut Cluster) -> Vec<Value> {
    let mut found = Vec::new();
    for (key, service) in cluster.store().list("services", None) {
        let ip = path::str(service, "spec.clusterIP");
        if ip.parse::<std::net::Ipv4Addr>().is_err() {
            continue;
        }
        let mut address = object("networking.k8s.io/v1", "IPAddress", ip);
        address["metadata"]["labels"] = json!({
            "ipaddress.kubernetes.io/ip-family": "IPv4", "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io"});
        address["spec"] = json!({"parentRef": {
            "name": &*key.name, "namespace": &*key.namespace, "resource": "services"}});
        found.push(address);
    }
    remove_stale(cluster, "ipaddresses.networking.k8s.io", &found, |one| {
        one["metadata"]["labels"]["ipaddress.kubernetes.io/managed-by"] == "ipallocator.k8s.io"
    });
    found
}

/// Each node, without drivers.
fn csi_nodes(cluster: &Cluster) -> Vec<Value> {
    let mut found = Vec::new();
    for (key, node) in cluster.store().list("nodes", None) {
        // Only a kubelet makes one, and only this node has one.
        if *key.name != *cluster.settings().node_name {
            continue;
        }
        let mut one = object("storage.k8s.io/v1", "CSINode", &key.name);
        one["metadata"]["annotations"] = json!({"storage.alpha.kubernetes.io/migrated-plugins": MIGRATED});
        one["metadata"]["ownerReferences"] = json!([{"apiVersion": "v1", "kind": "Node", "name": &*key.name,
            "uid": node["metadata"]["uid"]}]);
        one["spec"] = json!({"drivers": null});
        found.push(one);
    }
    found
}

#[cfg(test)]
mod tests {
    use api::Request;

    use crate::{Cluster, Cx, Settings};

    #[test]
    fn the_control_planes_own_objects_are_there_when_asked_for() {
        let mut rng = sim::Rng::new(1);
        let now = sim::Time::parse_rfc3339("2026-11-22T10:00:00Z").unwrap();
        let mut cluster = Cluster::new(Settings::default(), now, &mut rng);
        let mut names = |at: &str| -> Vec<String> {
            let list = cluster.handle(&mut Cx { now, rng: &mut rng }, &Request::get(at)).json().unwrap();
            let name = |one: &serde_json::Value| one["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            list["items"].as_array().unwrap().iter().map(name).collect()
        };
        let services = names("/apis/apiregistration.k8s.io/v1/apiservices");
        assert_eq!(services[..3], ["v1.", "v1.admissionregistration.k8s.io", "v1.apiextensions.k8s.io"]);
        assert!(services.contains(&"v2.autoscaling".to_owned()));
        // All groups but the aggregator's own have a place in the order.
        let groups: std::collections::BTreeSet<&str> = api::resources().iter().map(|one| one.group).collect();
        for group in groups.iter().filter(|group| **group != "apiregistration.k8s.io") {
            assert!(super::GROUPS.iter().any(|(known, _, _)| known == group), "{group}");
        }
        assert_eq!(names("/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations").len(), 8);
        assert_eq!(names("/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas").len(), 11);
        let leases = names("/apis/coordination.k8s.io/v1/namespaces/kube-system/leases");
        assert_eq!(leases[1..], ["kube-controller-manager", "kube-scheduler"]);
        assert_eq!(names("/apis/networking.k8s.io/v1/servicecidrs"), ["kubernetes"]);
        assert_eq!(names("/apis/networking.k8s.io/v1/ipaddresses"), ["10.96.0.1", "10.96.0.10"]);
        assert_eq!(names("/apis/storage.k8s.io/v1/csinodes"), ["minikube"]);
        assert_eq!(names("/apis/apiregistration.k8s.io/v1/apiservices"), services);
    }
}
