//! The StatefulSet controller: Pods with numbers, made in order, each with claims of its own.
//!
//! <https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/>, pkg/controller/statefulset

use std::collections::BTreeMap;
use std::rc::Rc;

use api::path;
use apiserver::ObjectKey;
use component::index::Phase;
use component::{Context, PodInfo, Reconciled, Write, write_status};
use serde_json::{Value, json};

use super::replicaset::{AT_ONCE, pause};
use super::{available, claim_pods, controller_reference, revisions, statefulset_claims, template_hash};

const HASH: &str = "controller-revision-hash";

/// Reconciles one StatefulSet.
#[inline(never)]
pub fn reconcile(cx: &mut Context, key: &ObjectKey) -> Reconciled {
    let mut out = Reconciled::default();
    let Some(set) = cx.view.get(&key.resource, &key.namespace, &key.name) else { return out };
    let pods = claim_pods(cx, set, &mut out);
    if !path::get(set, "metadata.deletionTimestamp").is_null() {
        return out;
    }
    let revision = format!("{}-{}", key.name, template_hash(&set["spec"]["template"], None));
    revisions::keep(cx, set, &revision, &mut out);
    let current = match path::str(set, "status.currentRevision") {
        "" => revision.clone(),
        current => current.to_owned(),
    };
    let wanted = path::int(set, "spec.replicas").unwrap_or(1).max(0);
    let start = path::int(set, "spec.ordinals.start").unwrap_or(0);
    let numbered = pods.iter().filter_map(|pod| Some((number_of(&pod.key.name, &key.name)?, pod)));
    let numbered: BTreeMap<i64, &Rc<PodInfo>> = sim::order::collect(numbered);
    let by_number = |number: i64| numbered.get(&number).copied();
    let is_wanted = |number: i64| (start..start + wanted).contains(&number);
    let with_numbers: Vec<(i64, &Rc<PodInfo>)> = numbered.iter().map(|(number, pod)| (*number, *pod)).collect();
    statefulset_claims::keep(cx, set, &with_numbers, &is_wanted, &mut out);
    let mut made = 0;
    let parallel = set["spec"]["podManagementPolicy"] == "Parallel";
    let partition = path::int(set, "spec.updateStrategy.rollingUpdate.partition").unwrap_or(0);
    let healthy = |pod: &PodInfo| pod.phase == Phase::Running && pod.ready_since.is_some() && !pod.terminating;
    'act: {
        // Scale up in order: each Pod waits until the one before is ready.
        for number in start..start + wanted {
            match by_number(number) {
                None => {
                    // Pods below the partition are made of the old template, while its revision exists.
                    let at = if number < start + partition { &current } else { &revision };
                    create(cx, set, number, at, &mut out);
                    made += 1;
                    if !parallel {
                        break 'act;
                    }
                    if made == AT_ONCE {
                        out.requeue_not_before = Some(pause(pods.len(), wanted as usize));
                        break 'act;
                    }
                }
                Some(pod) if pod.ended() && !pod.terminating => {
                    remove(set, pod, &mut out);
                    if !parallel {
                        break 'act;
                    }
                }
                Some(pod) if pod.phase == Phase::Pending && !pod.terminating => {
                    // A claim that was going when the Pod was made has gone since.
                    create_claims(cx, set, &pod.key.name, &mut out);
                    if !parallel {
                        break 'act;
                    }
                }
                Some(pod) if !parallel && (!healthy(pod) || available_wait(cx, set, pod, &mut out)) => break 'act,
                Some(_) => {}
            }
        }
        // Scale down: the last Pod first, one at a time.
        let mut surplus: Vec<(i64, &Rc<PodInfo>)> = pods
            .iter()
            .filter_map(|pod| Some((number_of(&pod.key.name, &key.name)?, pod)))
            .filter(|(number, _)| *number < start || *number >= start + wanted)
            .collect();
        sim::order::sort_by(&mut surplus, |(a, _), (b, _)| b.cmp(a));
        for (_, pod) in surplus {
            if !pod.terminating {
                remove(set, pod, &mut out);
            }
            if !parallel {
                break 'act;
            }
        }
        if set["spec"]["updateStrategy"]["type"] == "OnDelete" {
            break 'act;
        }
        // Update: the last Pod first, one at a time, down to the partition.
        for number in (start + partition..start + wanted).rev() {
            let Some(pod) = by_number(number) else { break 'act };
            if pod.labels[HASH] != revision.as_str() && !pod.terminating {
                remove(set, pod, &mut out);
                break 'act;
            }
            if !healthy(pod) {
                break 'act;
            }
        }
    }
    let status = status(cx, set, &pods, &current, &revision, wanted);
    write_status(&mut out, key, &set["status"], status);
    out
}

fn number_of(pod: &str, set: &str) -> Option<i64> {
    pod.strip_prefix(set)?.strip_prefix('-')?.parse().ok()
}

fn available_wait(cx: &Context, set: &Value, pod: &PodInfo, out: &mut Reconciled) -> bool {
    match available(pod, path::int(set, "spec.minReadySeconds").unwrap_or(0), cx.now) {
        Ok(()) => false,
        Err(wait) => {
            wait.into_iter().for_each(|wait| out.requeue_within(wait));
            true
        }
    }
}

fn create(cx: &Context, set: &Rc<Value>, number: i64, revision: &str, out: &mut Reconciled) {
    let (namespace, name) = (path::str(set, "metadata.namespace"), path::str(set, "metadata.name"));
    let pod_name = format!("{name}-{number}");
    let known =
        cx.view.get("controllerrevisions.apps", namespace, revision).map(|one| &one["data"]["spec"]["template"]);
    let mut template = known.unwrap_or(&set["spec"]["template"]).clone();
    path::remove(&mut template, "$patch");
    let mut pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": pod_name, "generateName": format!("{name}-"), "namespace": namespace,
            "labels": template["metadata"]["labels"], "ownerReferences": [controller_reference(set)],
        },
        "spec": template["spec"],
    });
    if template["metadata"]["annotations"].is_object() {
        pod["metadata"]["annotations"] = template["metadata"]["annotations"].clone();
    }
    let labels = &mut pod["metadata"]["labels"];
    labels["apps.kubernetes.io/pod-index"] = number.to_string().into();
    labels[HASH] = revision.into();
    labels["statefulset.kubernetes.io/pod-name"] = pod_name.clone().into();
    pod["spec"]["hostname"] = pod_name.clone().into();
    if !path::str(set, "spec.serviceName").is_empty() {
        pod["spec"]["subdomain"] = set["spec"]["serviceName"].clone();
    }
    let mut volumes = path::list(&pod, "spec.volumes").to_vec();
    for claim in path::list(set, "spec.volumeClaimTemplates") {
        let volume = path::str(claim, "metadata.name");
        let claim_name = format!("{volume}-{pod_name}");
        volumes.retain(|known| known["name"] != volume);
        volumes.push(json!({"name": volume, "persistentVolumeClaim": {"claimName": claim_name}}));
    }
    create_claims(cx, set, &pod_name, out);
    if !volumes.is_empty() {
        pod["spec"]["volumes"] = volumes.into();
    }
    out.writes.push(Write::Create("pods", pod));
    out.normal(set, "SuccessfulCreate", format!("Create Pod {pod_name} in StatefulSet {name} successful"));
}

/// Makes the claims of a Pod that are missing (`createMissingPersistentVolumeClaims`).
fn create_claims(cx: &Context, set: &Rc<Value>, pod_name: &str, out: &mut Reconciled) {
    let (namespace, name) = (path::str(set, "metadata.namespace"), path::str(set, "metadata.name"));
    for claim in path::list(set, "spec.volumeClaimTemplates") {
        let claim_name = format!("{}-{pod_name}", path::str(claim, "metadata.name"));
        if cx.view.get("persistentvolumeclaims", namespace, &claim_name).is_some() {
            continue;
        }
        let mut labels = claim["metadata"]["labels"].clone();
        for (label, value) in path::object(set, "spec.selector.matchLabels").into_iter().flatten() {
            labels[label.as_str()] = value.clone();
        }
        let mut object = json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": claim_name, "namespace": namespace, "labels": labels},
            "spec": claim["spec"],
        });
        if claim["metadata"]["annotations"].is_object() {
            object["metadata"]["annotations"] = claim["metadata"]["annotations"].clone();
        }
        if let Some(owners) = statefulset_claims::owners(set) {
            object["metadata"]["ownerReferences"] = owners;
        }
        out.writes.push(Write::Create("persistentvolumeclaims", object));
        let message = format!("Create Claim {claim_name} Pod {pod_name} in StatefulSet {name} success");
        out.normal(set, "SuccessfulCreate", message);
    }
}

fn remove(set: &Rc<Value>, pod: &PodInfo, out: &mut Reconciled) {
    let message = format!("Delete Pod {} in StatefulSet {} successful", pod.key.name, path::str(set, "metadata.name"));
    out.normal(set, "SuccessfulDelete", message);
    out.writes.push(Write::Delete(pod.key.clone(), Value::Null));
}

fn status(cx: &Context, set: &Value, pods: &[Rc<PodInfo>], current: &str, update: &str, wanted: i64) -> Value {
    let min_ready = path::int(set, "spec.minReadySeconds").unwrap_or(0);
    let mut counts = [("readyReplicas", 0), ("availableReplicas", 0), ("currentReplicas", 0), ("updatedReplicas", 0)];
    for pod in pods {
        let running = pod.phase == Phase::Running && pod.ready_since.is_some();
        counts[0].1 += i64::from(running);
        counts[1].1 += i64::from(running && available(pod, min_ready, cx.now).is_ok());
        counts[2].1 += i64::from(!pod.terminating && pod.labels[HASH] == current);
        counts[3].1 += i64::from(!pod.terminating && pod.labels[HASH] == update);
    }
    let mut status = if set["status"].is_object() { set["status"].clone() } else { json!({}) };
    let mut current = current;
    // When all are updated and ready, the new revision is the current one.
    if current != update && counts[3].1 == wanted && counts[0].1 == wanted && pods.len() as i64 == wanted {
        current = update;
        counts[2].1 = counts[3].1;
    }
    status["replicas"] = pods.len().into();
    for (field, count) in counts {
        if count == 0 && field != "availableReplicas" {
            path::remove(&mut status, field);
        } else {
            status[field] = count.into();
        }
    }
    status["currentRevision"] = current.into();
    status["updateRevision"] = update.into();
    status["observedGeneration"] = set["metadata"]["generation"].clone();
    if status["collisionCount"].is_null() {
        status["collisionCount"] = 0.into();
    }
    status
}
