//! Reads a [`ClusterView`] from the API's objects. Pods, of which there may be many, are read again only when they changed.

use std::rc::Rc;

use api::path;
use playground::{Playground, Timeline};
use serde_json::Value;

use super::{
    Change, ClaimView, ClusterView, IngressView, NodeView, PodView, ServiceView, Source, Tone, VolumeView, What,
    WorkloadView, change, kind, places, pod,
};

pub(super) fn text(object: &Value, at: &str) -> String {
    path::str(object, at).to_owned()
}

fn own(object: &Value) -> bool {
    !path::str(object, "metadata.namespace").starts_with("kube-")
}

fn full_name(object: &Value) -> (&str, &str) {
    (path::str(object, "metadata.namespace"), path::str(object, "metadata.name"))
}

/// Reads the cluster. What is as it was in `last` is shared with it.
pub(in crate::session) fn read(playground: &Playground, timeline: &Timeline, last: &ClusterView) -> ClusterView {
    let all = |resource: &str| -> Vec<Rc<Value>> {
        playground.objects(resource, None).into_iter().filter(|object| own(object)).collect()
    };
    let slices = all("endpointslices.discovery.k8s.io");
    let services = all("services");
    let services = services.iter().filter(|service| full_name(service) != ("default", "kubernetes"));
    let jobs = all("jobs.batch");
    let configs = [("ConfigMap", all("configmaps")), ("Secret", all("secrets"))];
    let mut sources = read_pods(playground.objects("pods", None), &jobs, &configs, &last.sources);
    let mut pods = places::give(&mut sources, timeline);
    keep(&mut pods, &last.pods);
    let mut namespaces = vec!["default".to_owned()];
    for namespace in playground.objects("namespaces", None) {
        let name = path::str(&namespace, "metadata.name");
        if name != "default" && !name.starts_with("kube-") {
            namespaces.push(name.to_owned());
        }
    }
    let workloads = share(workloads(&all, &jobs), &last.workloads);
    let mut change = change::between(&last.sources, &sources);
    if let Some(change) = &mut change {
        change.had = had(change, &workloads, &pods);
    }
    ClusterView {
        nodes: playground.objects("nodes", None).iter().map(|node| read_node(node)).collect(),
        namespaces,
        services: share(services.map(|service| read_service(service, &slices)), &last.services),
        ingresses: share(all("ingresses.networking.k8s.io").iter().map(|it| read_ingress(it)), &last.ingresses),
        workloads,
        claims: share(all("persistentvolumeclaims").iter().map(|it| read_claim(it, playground)), &last.claims),
        volumes: share(playground.objects("persistentvolumes", None).iter().map(|it| read_volume(it)), &last.volumes),
        pods,
        change: change.or_else(|| last.change.clone()),
        sources,
    }
}

/// How many Pods the workload of those that were made had before, and how many it wants.
fn had(change: &Change, workloads: &[Rc<WorkloadView>], pods: &[Rc<PodView>]) -> Option<(usize, i64)> {
    let made = &change.pod;
    let (kind, name) = made.owner.as_ref().filter(|(kind, _)| change.what == What::Made && !kind.ends_with("Job"))?;
    let same = |it: &&Rc<WorkloadView>| it.kind == *kind && it.name == *name && it.namespace == made.namespace;
    let want = workloads.iter().find(same)?.want;
    let own = |pod: &&Rc<PodView>| {
        pod.namespace == made.namespace && pod.owner == made.owner && !matches!(pod.tone, Tone::Ending | Tone::Done)
    };
    let before = pods.iter().filter(own).count().checked_sub(change.more + 1)?;
    // While a Deployment goes over to another template there are more than it wants.
    (before < usize::try_from(want).unwrap_or(0)).then_some((before, want))
}

/// Things behind counted pointers, those of before where they are the same.
fn share<T: PartialEq>(new: impl IntoIterator<Item = T>, last: &[Rc<T>]) -> Vec<Rc<T>> {
    let mut new: Vec<Rc<T>> = new.into_iter().map(Rc::new).collect();
    keep(&mut new, last);
    new
}

fn keep<T: PartialEq>(new: &mut [Rc<T>], last: &[Rc<T>]) {
    for (one, old) in new.iter_mut().zip(last) {
        if !Rc::ptr_eq(one, old) && **one == **old {
            *one = old.clone();
        }
    }
}

/// People's Pods in the store's order; those whose object is the same as in `last` are taken from there.
fn read_pods(
    pods: Vec<Rc<Value>>,
    jobs: &[Rc<Value>],
    configs: &[(&'static str, Vec<Rc<Value>>); 2],
    last: &[Source],
) -> Vec<Source> {
    let mut old = last.iter().peekable();
    let reads = |pod: Rc<Value>| {
        // Both lists are in the order of namespace and name.
        let before = |it: &&Source| !Rc::ptr_eq(&it.object, &pod) && full_name(&it.object) < full_name(&pod);
        while old.next_if(before).is_some() {}
        if let Some(known) = old.peek().filter(|it| Rc::ptr_eq(&it.object, &pod) && it.view.configs.is_empty()) {
            return Some((*known).clone());
        }
        if !own(&pod) {
            return None;
        }
        let namespace = path::str(&pod, "metadata.namespace");
        let exists = |kind: &str, name: &str| {
            let objects = configs.iter().find(|(known, _)| *known == kind).map_or(&[][..], |(_, objects)| &objects[..]);
            objects.iter().any(|object| full_name(object) == (namespace, name))
        };
        let view = Rc::new(pod::read(&pod, owner(&pod, jobs), &exists));
        Some(Source { object: pod, placed: view.clone(), view })
    };
    pods.into_iter().filter_map(reads).collect()
}

/// Kind and name of what makes a Pod, as far as people made that.
fn owner(pod: &Value, jobs: &[Rc<Value>]) -> Option<(&'static str, String)> {
    let first = &pod["metadata"]["ownerReferences"][0];
    let name = path::str(first, "name");
    let of_kind = kind(path::str(first, "kind"))?;
    if of_kind == "ReplicaSet" {
        // A Deployment's ReplicaSet is named after the Deployment and the template's hash.
        let hash = path::object(pod, "metadata.labels").and_then(|labels| labels.get("pod-template-hash")?.as_str());
        if let Some(deployment) = hash.and_then(|hash| name.strip_suffix(hash)?.strip_suffix('-')) {
            return Some(("Deployment", deployment.to_owned()));
        }
    }
    if of_kind == "Job" {
        let namespace = path::str(pod, "metadata.namespace");
        let job = jobs.iter().find(|job| full_name(job) == (namespace, name));
        let above = job.map(|job| &job["metadata"]["ownerReferences"][0]).filter(|above| above["kind"] == "CronJob");
        if let Some(above) = above {
            return Some(("CronJob", text(above, "name")));
        }
    }
    Some((of_kind, name.to_owned()))
}

fn read_node(node: &Value) -> NodeView {
    let address = path::list(node, "status.addresses").iter().find(|address| address["type"] == "InternalIP");
    let ready = path::list(node, "status.conditions").iter().find(|condition| condition["type"] == "Ready");
    NodeView {
        name: text(node, "metadata.name"),
        ip: address.map(|address| text(address, "address")).unwrap_or_default(),
        ready: ready.is_some_and(|condition| condition["status"] == "True"),
    }
}

fn read_service(service: &Value, slices: &[Rc<Value>]) -> ServiceView {
    let (namespace, name) = full_name(service);
    let mut endpoints = Vec::new();
    for slice in slices {
        if slice["metadata"]["labels"]["kubernetes.io/service-name"] == *name
            && slice["metadata"]["namespace"] == *namespace
        {
            for endpoint in path::list(slice, "endpoints") {
                let ready = endpoint["conditions"]["ready"].as_bool().unwrap_or(true);
                endpoints.push((endpoint["addresses"][0].as_str().unwrap_or_default().to_owned(), ready));
            }
        }
    }
    let selector = path::object(service, "spec.selector").into_iter().flatten();
    ServiceView {
        kind: text(service, "spec.type"),
        ip: text(service, "spec.clusterIP"),
        ports: (path::list(service, "spec.ports").iter())
            .map(|port| (path::int(port, "port").unwrap_or_default(), path::int(port, "nodePort")))
            .collect(),
        endpoints,
        selector: selector.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect(),
        external_name: text(service, "spec.externalName"),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    }
}

fn read_ingress(ingress: &Value) -> IngressView {
    let mut rules = Vec::new();
    let backend = |backend: &Value| text(backend, "service.name");
    if ingress["spec"].get("defaultBackend").is_some() {
        rules.push(("*".to_owned(), backend(&ingress["spec"]["defaultBackend"])));
    }
    for rule in path::list(ingress, "spec.rules") {
        let host = rule["host"].as_str().unwrap_or("*");
        for path in path::list(rule, "http.paths") {
            rules.push((format!("{host}{}", path::str(path, "path")), backend(&path["backend"])));
        }
    }
    let (namespace, name) = full_name(ingress);
    let given = path::list(ingress, "status.loadBalancer.ingress").first();
    let address = given.map_or_else(String::new, |one| text(one, "ip"));
    IngressView { namespace: namespace.to_owned(), name: name.to_owned(), rules, address }
}

fn workloads(all: &dyn Fn(&str) -> Vec<Rc<Value>>, jobs: &[Rc<Value>]) -> Vec<WorkloadView> {
    let mut found = Vec::new();
    let of = |kind: &'static str, object: &Value, ready: Option<i64>, want: Option<i64>| {
        let (namespace, name) = full_name(object);
        WorkloadView {
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            ready: ready.unwrap_or(0),
            want: want.unwrap_or(1),
            schedule: String::new(),
        }
    };
    let replicas = |object: &Value| (path::int(object, "status.readyReplicas"), path::int(object, "spec.replicas"));
    let alone = |object: &&Rc<Value>| path::list(object, "metadata.ownerReferences").is_empty();
    for (kind, resource) in [("Deployment", "deployments.apps"), ("StatefulSet", "statefulsets.apps")] {
        for object in all(resource) {
            let (ready, want) = replicas(&object);
            found.push(of(kind, &object, ready, want));
        }
    }
    for object in all("replicasets.apps").iter().filter(alone) {
        let (ready, want) = replicas(object);
        found.push(of("ReplicaSet", object, ready, want));
    }
    for object in all("replicationcontrollers") {
        let (ready, want) = replicas(&object);
        found.push(of("ReplicationController", &object, ready, want));
    }
    for object in all("daemonsets.apps") {
        let ready = path::int(&object, "status.numberReady");
        found.push(of("DaemonSet", &object, ready, path::int(&object, "status.desiredNumberScheduled").or(Some(0))));
    }
    for object in jobs.iter().filter(alone) {
        found.push(of("Job", object, path::int(object, "status.succeeded"), path::int(object, "spec.completions")));
    }
    for object in all("cronjobs.batch") {
        let (namespace, name) = full_name(&object);
        let mine = |job: &&Rc<Value>| {
            let owner = &job["metadata"]["ownerReferences"][0];
            owner["kind"] == "CronJob" && owner["name"] == *name && full_name(job).0 == namespace
        };
        let there = jobs.iter().filter(mine).count() as i64;
        let succeeded =
            jobs.iter().filter(mine).filter(|job| path::int(job, "status.succeeded") > Some(0)).count() as i64;
        let view = of("CronJob", &object, Some(succeeded), Some(there));
        found.push(WorkloadView { schedule: text(&object, "spec.schedule"), ..view });
    }
    found
}

fn read_claim(claim: &Value, playground: &Playground) -> ClaimView {
    let capacity = text(claim, "status.capacity.storage");
    let (namespace, name) = full_name(claim);
    let files = playground.claim_files(namespace, name).into_iter().filter(|file| !file.is_dir);
    ClaimView {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        phase: text(claim, "status.phase"),
        size: if capacity.is_empty() { text(claim, "spec.resources.requests.storage") } else { capacity },
        volume: Some(text(claim, "spec.volumeName")).filter(|name| !name.is_empty()),
        ending: claim["metadata"].get("deletionTimestamp").is_some(),
        files: files.map(|file| file.path.trim_start_matches('/').to_owned()).collect(),
    }
}

fn read_volume(volume: &Value) -> VolumeView {
    let source = ["hostPath", "local", "nfs", "csi"].into_iter().find(|kind| volume["spec"].get(*kind).is_some());
    VolumeView {
        name: text(volume, "metadata.name"),
        phase: text(volume, "status.phase"),
        size: text(volume, "spec.capacity.storage"),
        source: source.unwrap_or_default().to_owned(),
    }
}
