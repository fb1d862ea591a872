//! The informers' event handlers: which keys of which components a change of an object enqueues.

use std::rc::Rc;
use std::time::Duration;

use api::path;
use apiserver::{ObjectKey, Settings, Store, StoreEvent, metrics_api, selector};
use component::index::{Applied, controller_of, same_spec};
use component::{Component, PodInfo, View, is_deleting, singleton_key};
use controllers::replicaset::REPLICATION_CONTROLLERS;
use controllers::{certificate_signer, ingress_nginx, metallb, metrics_server, network_policy};
use serde_json::Value;
use sim::Time;

use super::Runtime;

/// How soon the API server sees that its own Service is gone (it looks every ten seconds).
const OWN_SERVICE_EVERY: Duration = Duration::from_secs(5);

const BUDGETS: &str = "poddisruptionbudgets.policy";

/// The controllers that own Pods: their resource, kind and component.
const POD_OWNERS: [(&str, &str, Component); 5] = [
    ("replicasets.apps", "ReplicaSet", Component::ReplicaSet),
    (REPLICATION_CONTROLLERS, "ReplicationController", Component::ReplicationController),
    ("statefulsets.apps", "StatefulSet", Component::StatefulSet),
    ("daemonsets.apps", "DaemonSet", Component::DaemonSet),
    ("jobs.batch", "Job", Component::Job),
];

impl Runtime {
    /// Takes one change of the store into the indices, and enqueues the keys that it concerns.
    pub(crate) fn on_changed(&mut self, store: &Store, settings: &Settings, event: &StoreEvent, now: Time) {
        let pod_before = self.index.pods.get(&event.key).cloned();
        let Applied { is_relevant: changed, owners_changed } = self.index.apply(event);
        let view = View::new(store);
        let key = &event.key;
        self.enqueue_garbage_collector(view, event, owners_changed, now);
        self.enqueue_quotas(store, event, now);
        if &*key.resource == "pods" {
            for (budget, _) in store.list(BUDGETS, Some(&key.namespace)) {
                self.queue.enqueue(Component::Disruption, budget.clone(), now);
            }
        }
        if event.after.is_none() && !key.namespace.is_empty() {
            let namespace = ObjectKey::new("namespaces", "", &key.namespace);
            if store.get(&namespace).is_some_and(|object| is_deleting(object)) {
                self.queue.enqueue(Component::Namespace, namespace, now);
            }
        }
        match &*key.resource {
            "pods" => self.on_pod_changed(view, settings, event, pod_before.as_deref(), changed, now),
            "namespaces" => {
                for component in [Component::ServiceAccount, Component::RootCa, Component::Namespace] {
                    self.queue.enqueue(component, key.clone(), now);
                }
                if network_policy::are_there(view) {
                    self.queue.enqueue(Component::NetworkPlugin, singleton_key(), now);
                }
            }
            network_policy::POLICIES => self.queue.enqueue(Component::NetworkPlugin, singleton_key(), now),
            "serviceaccounts" if &*key.name == "default" => {
                self.queue.enqueue(Component::ServiceAccount, ObjectKey::new("namespaces", "", &key.namespace), now);
            }
            "configmaps" if &*key.name == "kube-root-ca.crt" => {
                self.queue.enqueue(Component::RootCa, ObjectKey::new("namespaces", "", &key.namespace), now);
            }
            "configmaps" | "secrets" => {
                self.kubelet.source_changed(&mut self.queue, event, now);
                if &*key.resource == "configmaps" && &*key.namespace == metallb::NAMESPACE {
                    self.queue.enqueue(Component::LoadBalancer, singleton_key(), now);
                }
            }
            "apiservices.apiregistration.k8s.io" if &*key.name == metrics_api::SERVICE.1 => {
                self.queue.enqueue(Component::MetricsServer, singleton_key(), now);
            }
            apiserver::served::DEFINITIONS => self.queue.enqueue(Component::Definitions, key.clone(), now),
            certificate_signer::REQUESTS => self.queue.enqueue(Component::CertificateSigner, key.clone(), now),
            BUDGETS => self.queue.enqueue(Component::Disruption, key.clone(), now),
            "resourcequotas" => self.queue.enqueue(Component::ResourceQuota, key.clone(), now),
            "horizontalpodautoscalers.autoscaling" => {
                let due = now + controllers::horizontal::EVERY;
                self.queue.enqueue_at(Component::HorizontalPodAutoscaler, key.clone(), due);
            }
            "deployments.apps" => self.queue.enqueue(Component::Deployment, key.clone(), now),
            "replicasets.apps" => {
                self.queue.enqueue(Component::ReplicaSet, key.clone(), now);
                self.enqueue_owner(event, "Deployment", "deployments.apps", Component::Deployment, view, now);
            }
            REPLICATION_CONTROLLERS => self.queue.enqueue(Component::ReplicationController, key.clone(), now),
            "statefulsets.apps" => self.queue.enqueue(Component::StatefulSet, key.clone(), now),
            "daemonsets.apps" => self.queue.enqueue(Component::DaemonSet, key.clone(), now),
            "jobs.batch" => {
                self.queue.enqueue(Component::Job, key.clone(), now);
                self.enqueue_owner(event, "CronJob", "cronjobs.batch", Component::CronJob, view, now);
            }
            "cronjobs.batch" => self.queue.enqueue(Component::CronJob, key.clone(), now),
            "services" => {
                if event.after.is_none() && &*key.namespace == "default" && &*key.name == "kubernetes" {
                    self.queue.enqueue_at(Component::ApiServer, key.clone(), now + OWN_SERVICE_EVERY);
                }
                self.queue.enqueue(Component::EndpointSlice, key.clone(), now);
                self.queue.enqueue(Component::Endpoints, key.clone(), now);
                self.queue.enqueue(Component::Proxy, singleton_key(), now);
                let balanced = |service: &Rc<Value>| service["spec"]["type"] == "LoadBalancer";
                if [&event.before, &event.after].into_iter().flatten().any(balanced) {
                    self.queue.enqueue(Component::LoadBalancer, singleton_key(), now);
                }
            }
            metallb::POOLS | metallb::ADVERTISEMENTS => {
                self.queue.enqueue(Component::LoadBalancer, singleton_key(), now);
            }
            ingress_nginx::INGRESSES => self.queue.enqueue(Component::IngressNginx, key.clone(), now),
            ingress_nginx::CLASSES => self.enqueue_ingresses(view, now),
            "endpointslices.discovery.k8s.io" => {
                self.queue.enqueue(Component::Proxy, singleton_key(), now);
                let object = event.after.as_ref().or(event.before.as_ref());
                let service = object.map_or("", |slice| {
                    slice["metadata"]["labels"]["kubernetes.io/service-name"].as_str().unwrap_or_default()
                });
                if !service.is_empty() {
                    let service = ObjectKey::new("services", &key.namespace, service);
                    self.queue.enqueue(Component::EndpointSlice, service, now);
                }
            }
            // Of a Service without a selector somebody else writes them, and slices mirror them.
            "endpoints" if event.before.is_some() || lacks_selector(view, key) => {
                let service = ObjectKey::new("services", &key.namespace, &key.name);
                self.queue.enqueue(Component::Endpoints, service, now);
            }
            "persistentvolumeclaims" => {
                for component in [Component::PersistentVolume, Component::Provisioner, Component::PvcProtection] {
                    self.queue.enqueue(component, key.clone(), now);
                }
                let object = event.after.as_ref().or(event.before.as_ref());
                let volume = object.map_or("", |claim| path::str(claim, "spec.volumeName"));
                if !volume.is_empty() {
                    self.queue.enqueue(
                        Component::PersistentVolume,
                        ObjectKey::new("persistentvolumes", "", volume),
                        now,
                    );
                }
                self.scheduler.storage_changed(&key.namespace, &mut self.queue, now);
                if event.after.is_none() {
                    self.enqueue_sets_of_claim(view, key, now);
                }
            }
            "persistentvolumes" => {
                for component in [Component::PersistentVolume, Component::Provisioner, Component::PvProtection] {
                    self.queue.enqueue(component, key.clone(), now);
                }
                self.enqueue_claims_of_volume(view, event, now);
                self.scheduler.storage_changed("", &mut self.queue, now);
            }
            "storageclasses.storage.k8s.io" => {
                self.enqueue_pending_claims(view, None, now);
                self.scheduler.storage_changed("", &mut self.queue, now);
            }
            "nodes" => self.on_node_changed(view, settings, event, now),
            _ => {}
        }
    }

    /// Enqueues the quotas of a namespace in which an object is gone or a Pod has ended: it no longer counts.
    fn enqueue_quotas(&mut self, store: &Store, event: &StoreEvent, now: Time) {
        let ended = |object: &Option<Rc<Value>>| {
            object.as_ref().is_some_and(|pod| matches!(path::str(pod, "status.phase"), "Succeeded" | "Failed"))
        };
        let frees =
            event.after.is_none() || &*event.key.resource == "pods" && ended(&event.after) && !ended(&event.before);
        if !frees || event.key.namespace.is_empty() {
            return;
        }
        for (quota, _) in store.list("resourcequotas", Some(&event.key.namespace)) {
            self.queue.enqueue(Component::ResourceQuota, quota.clone(), now);
        }
    }

    /// Enqueues what the garbage collector may have to delete or release: an object whose owner is gone, the dependents of an object
    /// that is gone, an owner that waits for its dependents.
    fn enqueue_garbage_collector(&mut self, view: View, event: &StoreEvent, changed: bool, now: Time) {
        match &event.after {
            Some(object) => {
                let held = is_deleting(object)
                    && path::list(object, "metadata.finalizers")
                        .iter()
                        .any(|name| name == "foregroundDeletion" || name == "orphan");
                if held || changed && lacks_an_owner(view, event, object) {
                    self.queue.enqueue(Component::GarbageCollector, event.key.clone(), now);
                }
            }
            None => {
                let before = event.before.as_ref();
                let uid = before.map_or("", |object| path::str(object, "metadata.uid"));
                let dependents: Vec<ObjectKey> = self.index.owned.get(uid).into_iter().flatten().cloned().collect();
                for dependent in dependents {
                    self.queue.enqueue(Component::GarbageCollector, dependent, now);
                }
                // an owner that waits for its dependents in the foreground
                for owner in before.map(|object| path::list(object, "metadata.ownerReferences")).unwrap_or_default() {
                    if path::bool(owner, "blockOwnerDeletion")
                        && let Some(resource) =
                            view.resource_of_kind(path::str(owner, "apiVersion"), path::str(owner, "kind"))
                    {
                        let namespace = if resource.namespaced { &*event.key.namespace } else { "" };
                        let owner = ObjectKey::new(resource.key(), namespace, path::str(owner, "name"));
                        self.queue.enqueue(Component::GarbageCollector, owner, now);
                    }
                }
            }
        }
    }

    fn enqueue_ingresses(&mut self, view: View, now: Time) {
        for ingress in view.list(ingress_nginx::INGRESSES, None) {
            let name = |field: &str| ingress["metadata"][field].as_str().unwrap_or_default();
            let key = ObjectKey::new(ingress_nginx::INGRESSES, name("namespace"), name("name"));
            self.queue.enqueue(Component::IngressNginx, key, now);
        }
    }

    fn on_pod_changed(
        &mut self,
        view: View,
        settings: &Settings,
        event: &StoreEvent,
        before: Option<&PodInfo>,
        changed: bool,
        now: Time,
    ) {
        let key = &event.key;
        let after = self.index.pods.get(key).cloned();
        let on_this_node = |pod: Option<&PodInfo>| pod.is_some_and(|pod| *pod.node == *settings.node_name);
        if on_this_node(before) || on_this_node(after.as_deref()) {
            let spec_changed = match (&event.before, &event.after) {
                (Some(before), Some(after)) => {
                    let differs = |field| path::get(before, field) != path::get(after, field);
                    !same_spec(before, after)
                        || differs("metadata.deletionTimestamp")
                        || differs("metadata.uid")
                        || path::get(after, "spec.readinessGates").is_array() && differs("status.conditions")
                }
                _ => true,
            };
            if self.kubelet.pod_changed(event, now) || spec_changed {
                self.queue.enqueue(Component::Kubelet, key.clone(), now);
            }
            if self.taint_evicts && before.is_none_or(|before| before.node.is_empty()) {
                let node = ObjectKey::new("nodes", "", &settings.node_name);
                self.queue.enqueue(Component::NodeLifecycle, node, now);
            }
        } else if after.as_ref().is_some_and(|pod| !pod.node.is_empty()) {
            self.queue.enqueue_at(Component::PodGc, key.clone(), now + controllers::pod_gc::PATIENCE);
        }
        self.scheduler.pod_changed(key, before, after.as_deref(), event, &mut self.queue, now);
        if !changed {
            return;
        }
        if let (Some(gone), None) = (&event.before, &event.after) {
            self.jobs.pod_gone(view, key, gone);
        }
        if let Some(pod) = after.as_deref().filter(|pod| !pod.claims.is_empty() && before.is_none() && !pod.terminating)
        {
            let volumes = event.after.iter().flat_map(|pod| path::list(pod, "spec.volumes"));
            if volumes.into_iter().any(|volume| volume["ephemeral"].is_object()) {
                self.queue.enqueue(Component::EphemeralVolume, pod.key.clone(), now);
            }
        }
        self.enqueue_pod_owners(view, event, before, after.as_deref(), now);
        if &*key.namespace == metallb::NAMESPACE {
            self.queue.enqueue(Component::LoadBalancer, singleton_key(), now);
        }
        if &*key.namespace == ingress_nginx::NAMESPACE {
            self.enqueue_ingresses(view, now);
        }
        let measures = |pod: &PodInfo| pod.labels["k8s-app"] == "metrics-server";
        if &*key.namespace == metrics_server::NAMESPACE
            && [before, after.as_deref()].into_iter().flatten().any(measures)
        {
            self.queue.enqueue(Component::MetricsServer, singleton_key(), now);
        }
        let is_plugin = |pod: &PodInfo| apiserver::network_plugin::is_of_one(&pod.key, &pod.labels);
        if network_policy::are_there(view) || [before, after.as_deref()].into_iter().flatten().any(is_plugin) {
            self.queue.enqueue(Component::NetworkPlugin, singleton_key(), now);
        }
        self.enqueue_services(view, before, after.as_deref(), now);
        let gone = after.as_ref().is_none_or(|pod| pod.ended());
        for claim in before.filter(|_| gone).map(|pod| pod.claims.clone()).iter().flat_map(|claims| claims.iter()) {
            let claim = ObjectKey::new("persistentvolumeclaims", &key.namespace, claim);
            self.queue.enqueue(Component::PvcProtection, claim, now);
        }
    }

    /// Enqueues the controller of a Pod, and those that may adopt it.
    fn enqueue_pod_owners(
        &mut self,
        view: View,
        event: &StoreEvent,
        before: Option<&PodInfo>,
        after: Option<&PodInfo>,
        now: Time,
    ) {
        let namespace = &*event.key.namespace;
        for object in [&event.before, &event.after].into_iter().flatten() {
            let Some(owner) = controller_of(object) else { continue };
            let kind = path::str(owner, "kind");
            if let Some((resource, _, component)) = POD_OWNERS.iter().find(|(_, known, _)| *known == kind) {
                self.queue.enqueue(*component, ObjectKey::new(resource, namespace, path::str(owner, "name")), now);
            }
            // a Deployment that recreates waits for the last Pod to be gone
            if event.after.as_ref().is_none_or(|_| after.is_some_and(PodInfo::ended))
                && kind == "ReplicaSet"
                && let Some(set) = view.get("replicasets.apps", namespace, path::str(owner, "name"))
                && let Some(deployment) = controller_of(set)
            {
                let deployment = ObjectKey::new("deployments.apps", namespace, path::str(deployment, "name"));
                self.queue.enqueue(Component::Deployment, deployment, now);
            }
        }
        // a Pod without a controller may be adopted
        if let Some(pod) = after
            && pod.controller.is_empty()
            && before.is_none_or(|before| before.labels != pod.labels || !before.controller.is_empty())
        {
            for (resource, _, component) in POD_OWNERS {
                for owner in view.list(resource, Some(namespace)) {
                    let wanted = &owner["spec"]["selector"];
                    let selects = match component {
                        Component::ReplicationController => selector::matches_map(wanted, &pod.labels),
                        _ => selector::matches(wanted, &pod.labels),
                    };
                    if selects {
                        let owner = ObjectKey::new(resource, namespace, path::str(owner, "metadata.name"));
                        self.queue.enqueue(component, owner, now);
                    }
                }
            }
        }
    }

    /// Enqueues the Services that select a Pod, if its address, readiness or labels changed.
    fn enqueue_services(&mut self, view: View, before: Option<&PodInfo>, after: Option<&PodInfo>, now: Time) {
        let endpoint = |pod: Option<&PodInfo>| {
            pod.filter(|pod| !pod.ip.is_empty()).map(|pod| {
                (pod.ip.clone(), pod.ready_since.is_some(), pod.terminating, pod.ended(), pod.labels.clone())
            })
        };
        if endpoint(before) == endpoint(after) {
            return;
        }
        let Some(pod) = after.or(before) else { return };
        let namespace = pod.key.namespace.clone();
        for service in view.list("services", Some(&namespace)) {
            let wanted = &service["spec"]["selector"];
            let matches = |pod: Option<&PodInfo>| pod.is_some_and(|pod| selector::matches_map(wanted, &pod.labels));
            if wanted.is_object() && (matches(before) || matches(after)) {
                let key = ObjectKey::new("services", &namespace, path::str(service, "metadata.name"));
                self.queue.enqueue(Component::EndpointSlice, key.clone(), now);
                self.queue.enqueue(Component::Endpoints, key, now);
            }
        }
    }

    /// Enqueues the owner of this kind of an object; of a ReplicaSet without one, the Deployments that select it.
    fn enqueue_owner(
        &mut self,
        event: &StoreEvent,
        kind: &str,
        resource: &str,
        component: Component,
        view: View,
        now: Time,
    ) {
        let namespace = &*event.key.namespace;
        for object in [&event.before, &event.after].into_iter().flatten() {
            match controller_of(object) {
                Some(owner) if path::str(owner, "kind") == kind => {
                    self.queue.enqueue(component, ObjectKey::new(resource, namespace, path::str(owner, "name")), now);
                }
                Some(_) => {}
                None if component == Component::Deployment => {
                    for owner in view.list("deployments.apps", Some(namespace)) {
                        if selector::matches(&owner["spec"]["selector"], &object["metadata"]["labels"]) {
                            let owner = ObjectKey::new(resource, namespace, path::str(owner, "metadata.name"));
                            self.queue.enqueue(component, owner, now);
                        }
                    }
                }
                None => {}
            }
        }
    }

    /// Enqueues the StatefulSets of Pods that name a claim which is gone: of a Pod that waits for it they make it again.
    fn enqueue_sets_of_claim(&mut self, view: View, claim: &ObjectKey, now: Time) {
        let pods: Vec<ObjectKey> = self.index.users.get(claim).into_iter().flatten().cloned().collect();
        for pod in pods {
            let Some(object) = view.get("pods", &pod.namespace, &pod.name) else { continue };
            if let Some(owner) = controller_of(object).filter(|owner| owner["kind"] == "StatefulSet") {
                let set = ObjectKey::new("statefulsets.apps", &pod.namespace, path::str(owner, "name"));
                self.queue.enqueue(Component::StatefulSet, set, now);
            }
        }
    }

    /// Enqueues the claim of a volume, or the claims that may bind to it.
    fn enqueue_claims_of_volume(&mut self, view: View, event: &StoreEvent, now: Time) {
        for volume in [&event.before, &event.after].into_iter().flatten() {
            let claim = &volume["spec"]["claimRef"];
            if claim.is_object() {
                let claim =
                    ObjectKey::new("persistentvolumeclaims", path::str(claim, "namespace"), path::str(claim, "name"));
                self.queue.enqueue(Component::PersistentVolume, claim, now);
            }
        }
        if let Some(volume) = &event.after
            && !volume["spec"]["claimRef"].is_object()
        {
            self.enqueue_pending_claims(view, Some(path::str(volume, "spec.storageClassName")), now);
        }
    }

    /// Enqueues the claims that are not bound, of one class or of all.
    fn enqueue_pending_claims(&mut self, view: View, class: Option<&str>, now: Time) {
        for claim in view.list("persistentvolumeclaims", None) {
            if path::str(claim, "status.phase") != "Bound"
                && class.is_none_or(|class| class == path::str(claim, "spec.storageClassName"))
            {
                let key = ObjectKey::new(
                    "persistentvolumeclaims",
                    path::str(claim, "metadata.namespace"),
                    path::str(claim, "metadata.name"),
                );
                self.queue.enqueue(Component::PersistentVolume, key.clone(), now);
                self.queue.enqueue(Component::Provisioner, key, now);
            }
        }
    }

    fn on_node_changed(&mut self, view: View, settings: &Settings, event: &StoreEvent, now: Time) {
        let seen = |node: &Option<Rc<Value>>| {
            node.as_ref().map(|node| {
                let states = path::list(node, "status.conditions").iter().map(|condition| condition["status"].clone());
                (
                    node["metadata"]["labels"].clone(),
                    node["spec"].clone(),
                    node["status"]["allocatable"].clone(),
                    states.collect::<Vec<Value>>(),
                )
            })
        };
        if seen(&event.before) == seen(&event.after) {
            return;
        }
        let evicts = |taint: &Value| taint["effect"] == "NoExecute";
        self.taint_evicts = view.list("nodes", None).any(|node| path::list(node, "spec.taints").iter().any(evicts));
        if event.after.is_none() {
            let pods = self.index.nodes.get(&*event.key.name).into_iter().flat_map(|node| node.pods.keys());
            for pod in pods {
                self.queue.enqueue_at(Component::PodGc, pod.clone(), now + controllers::pod_gc::PATIENCE);
            }
        }
        self.queue.enqueue(Component::NodeLifecycle, event.key.clone(), now);
        self.scheduler.nodes_changed(&mut self.queue, now);
        if *event.key.name == *settings.node_name {
            self.queue.enqueue(Component::Kubelet, event.key.clone(), now);
        }
        for set in view.list("daemonsets.apps", None) {
            let key = ObjectKey::new(
                "daemonsets.apps",
                path::str(set, "metadata.namespace"),
                path::str(set, "metadata.name"),
            );
            self.queue.enqueue(Component::DaemonSet, key, now);
        }
    }
}

/// Whether the Service of these Endpoints selects nothing.
fn lacks_selector(view: View, endpoints: &ObjectKey) -> bool {
    let service = view.get("services", &endpoints.namespace, &endpoints.name);
    service.is_some_and(|service| service["spec"]["selector"].as_object().is_none_or(serde_json::Map::is_empty))
}

/// Whether one of the owners it names is not there (any more).
fn lacks_an_owner(view: View, event: &StoreEvent, object: &Value) -> bool {
    path::list(object, "metadata.ownerReferences").iter().any(|owner| {
        let Some(resource) = view.resource_of_kind(path::str(owner, "apiVersion"), path::str(owner, "kind")) else {
            return false;
        };
        let namespace = if resource.namespaced { &*event.key.namespace } else { "" };
        let found = view.get(resource.key(), namespace, path::str(owner, "name"));
        found.is_none_or(|found| found["metadata"]["uid"] != owner["uid"] || is_deleting(found))
    })
}
