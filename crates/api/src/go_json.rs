//! JSON as Go's encoder writes it: `<`, `>` and `&` as escapes, and the fields of structs in their order.

use std::sync::OnceLock;

use serde_json::Value;

/// With line breaks and four spaces, as `-o json`; no final line end.
pub fn pretty(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, Some(0));
    text
}

/// A text of [`pretty`] or [`typed`] with two spaces for each depth.
pub fn narrow(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let bare = line.trim_start();
        format!("{}{bare}", " ".repeat((line.len() - bare.len()) / 2))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// In one line without spaces.
pub fn compact(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, None);
    text
}

/// The fields of Go's structs in their order, as far as people see objects so. `parent/field` goes before `field`.
const ORDER: &str = "\
    roleRef/apiGroup ownerReferences/apiVersion kind scaleTargetRef/name \
    involvedObject/namespace involvedObject/name involvedObject/uid apiVersion groupVersion apiGroup preferences clusters users contexts \
    conditions/type managedFields/manager operation managedFields/apiVersion managedFields/time fieldsType fieldsV1 subresource metadata Status/status Status/message \
    key operator name image generateName cluster user namespace context current-context uid resourceVersion generation \
    creationTimestamp deletionTimestamp deletionGracePeriodSeconds labels annotations ownerReferences finalizers managedFields \
    controller blockOwnerDeletion \
    verbs apiGroups rules/resources resourceNames nonResourceURLs subjects aggregationRule roleRef \
    spec immutable data stringData value effect globalDefault description \
    observedGeneration conditions/status lastProbeTime lastUpdateTime lastTransitionTime schedule timeZone startingDeadlineSeconds concurrencyPolicy parallelism completions \
    activeDeadlineSeconds podFailurePolicy backoffLimit scaleTargetRef minReplicas maxReplicas metrics \
    minAvailable replicas ports selector manualSelector maxUnavailable jobTemplate/spec template strategy completionMode \
    suspend jobTemplate ingressClassName defaultBackend tls rules hosts secretName httpGet/path httpGet/port host http \
    expirationSeconds paths path pathType backend service number \
    clusterIP clusterIPs type rollingUpdate maxSurge minReadySeconds revisionHistoryLimit progressDeadlineSeconds \
    volumes initContainers containers ephemeralContainers restartPolicy terminationGracePeriodSeconds dnsPolicy nodeSelector \
    serviceAccountName serviceAccount automountServiceAccountToken nodeName hostNetwork command args workingDir \
    containers/ports hostPort containerPort envFrom env valueFrom resources resizePolicy volumeMounts volumeDevices livenessProbe \
    readinessProbe startupProbe lifecycle terminationMessagePath terminationMessagePolicy imagePullPolicy securityContext \
    imagePullSecrets schedulerName tolerations priority enableServiceLinks preemptionPolicy stdin stdinOnce tty readOnly mountPath \
    sources exec httpGet tcpSocket grpc initialDelaySeconds timeoutSeconds periodSeconds successThreshold failureThreshold \
    protocol appProtocol port targetPort scheme nodePort externalIPs sessionAffinity loadBalancerIP externalName \
    externalTrafficPolicy sessionAffinityConfig ipFamilies ipFamilyPolicy allocateLoadBalancerNodePorts internalTrafficPolicy \
    hard scopes scopeSelector successfulJobsHistoryLimit failedJobsHistoryLimit \
    disruptionsAllowed currentHealthy desiredHealthy currentReplicas desiredReplicas currentMetrics \
    status phase involvedObject reason message source component \
    firstTimestamp lastTimestamp count items/type eventTime reportingComponent reportingInstance target averageUtilization averageValue \
    resources/name resources/singularName resources/namespaced resources/group resources/version resources/kind \
    resources/verbs resources/shortNames resources/categories storageVersionHash \
    versions serverAddressByClientCIDRs clientCIDR serverAddress preferredVersion major minor gitVersion gitCommit gitTreeState buildDate goVersion compiler platform username groups extra details causes field retryAfterSeconds code";
/// What is below these goes by the alphabet: names of people's.
const MAPS: &str = "labels annotations data stringData matchLabels nodeSelector limits requests fieldsV1 hard extra";

/// As [`pretty`], with the fields of objects in the order of Go's structs.
pub fn typed(value: &Value) -> String {
    let mut text = String::new();
    write_in_order(&mut text, value, kind_with_own_order(value), Some(0));
    text
}

/// As [`compact`], in that order.
pub fn typed_compact(value: &Value) -> String {
    let mut text = String::new();
    write_in_order(&mut text, value, kind_with_own_order(value), None);
    text
}

/// What stands above the fields of a whole document, where its kind decides their order.
fn kind_with_own_order(value: &Value) -> &'static str {
    match crate::path::str(value, "kind") {
        "List" => "List",
        "Status" => "Status",
        _ => "",
    }
}

/// The place of a word in [`ORDER`].
fn place(word: &str) -> Option<usize> {
    static WORDS: OnceLock<Vec<(&str, usize)>> = OnceLock::new();
    let words = WORDS.get_or_init(|| {
        let mut words: Vec<(&str, usize)> =
            ORDER.split_ascii_whitespace().enumerate().map(|(index, word)| (word, index)).collect();
        sim::order::sort_by(&mut words, |a, b| a.0.cmp(b.0));
        words
    });
    words.binary_search_by(|(known, _)| (*known).cmp(word)).ok().map(|at| words[at].1)
}

fn write_in_order(text: &mut String, value: &Value, parent: &str, depth: Option<usize>) {
    let inner = depth.map(|depth| depth + 1);
    match value {
        Value::Object(map) if !map.is_empty() && !MAPS.split(' ').any(|word| word == parent) => {
            let mut fields: Vec<(&String, usize)> = Vec::with_capacity(map.len());
            for field in map.keys() {
                let place = place(&format!("{parent}/{field}")).or_else(|| place(field)).unwrap_or(usize::MAX);
                fields.push((field, place));
            }
            sim::order::sort_by(&mut fields, |a, b| a.1.cmp(&b.1));
            for (index, (field, _)) in fields.into_iter().enumerate() {
                text.push_str(if index == 0 { "{" } else { "," });
                line(text, inner);
                string(text, field);
                text.push_str(if depth.is_some() { ": " } else { ":" });
                // The objects of a list are no structs.
                let below = if parent == "List" && field == "items" { "data" } else { field };
                write_in_order(text, &map[field], below, inner);
            }
            line(text, depth);
            text.push('}');
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index == 0 { "[" } else { "," });
                line(text, inner);
                write_in_order(text, item, parent, inner);
            }
            line(text, depth);
            text.push(']');
        }
        other => write(text, other, depth),
    }
}

fn line(text: &mut String, depth: Option<usize>) {
    if let Some(depth) = depth {
        text.push('\n');
        text.extend(std::iter::repeat_n("    ", depth));
    }
}

fn write(text: &mut String, value: &Value, depth: Option<usize>) {
    let inner = depth.map(|depth| depth + 1);
    match value {
        Value::Object(map) if map.is_empty() => text.push_str("{}"),
        Value::Array(items) if items.is_empty() => text.push_str("[]"),
        Value::Object(map) => {
            text.push('{');
            for (index, (key, value)) in map.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                line(text, inner);
                string(text, key);
                text.push_str(if depth.is_some() { ": " } else { ":" });
                write(text, value, inner);
            }
            line(text, depth);
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (index, value) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                line(text, inner);
                write(text, value, inner);
            }
            line(text, depth);
            text.push(']');
        }
        Value::String(value) => string(text, value),
        other => text.push_str(&other.to_string()),
    }
}

fn string(text: &mut String, value: &str) {
    let quoted = Value::String(value.to_owned()).to_string();
    for c in quoted.chars() {
        match c {
            '<' => text.push_str("\\u003c"),
            '>' => text.push_str("\\u003e"),
            '&' => text.push_str("\\u0026"),
            '\u{2028}' => text.push_str("\\u2028"),
            '\u{2029}' => text.push_str("\\u2029"),
            c => text.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_come_in_the_order_of_gos_structs() {
        let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"creationTimestamp": "T",
            "labels": {"z": "1", "a": "<"}, "name": "kubernetes", "namespace": "default", "uid": "U"}});
        assert_eq!(
            typed_compact(&service),
            "{\"kind\":\"Service\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"kubernetes\",\"namespace\":\"default\",\
             \"uid\":\"U\",\"creationTimestamp\":\"T\",\"labels\":{\"a\":\"\\u003c\",\"z\":\"1\"}}}"
        );
        let entry = json!({"kind": "Pod", "name": "pods", "namespaced": true, "shortNames": ["po"], "singularName": "pod",
            "verbs": ["get"], "categories": ["all"], "storageVersionHash": "x"});
        assert_eq!(
            typed_compact(&json!({"resources": [entry], "groupVersion": "v1", "kind": "APIResourceList"})),
            "{\"kind\":\"APIResourceList\",\"groupVersion\":\"v1\",\"resources\":[{\"name\":\"pods\",\
             \"singularName\":\"pod\",\"namespaced\":true,\"kind\":\"Pod\",\"verbs\":[\"get\"],\"shortNames\":[\"po\"],\
             \"categories\":[\"all\"],\"storageVersionHash\":\"x\"}]}"
        );
        let status = json!({"apiVersion": "v1", "kind": "Status", "code": 403, "status": "Failure", "metadata": {},
            "reason": "Forbidden", "details": {}, "message": "m"});
        let text = narrow(&typed(&status));
        let names: Vec<&str> = text.split('"').skip(1).step_by(2).filter(|word| status.get(word).is_some()).collect();
        assert_eq!(names, ["kind", "apiVersion", "metadata", "status", "message", "reason", "details", "code"]);
    }
}
