//! JSON as Go's encoder writes it: `<`, `>` and `&` as escapes.

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

/// The fields of Go's structs in their order, as far as objects have them that kubectl prints typed. `parent/field` goes
/// before `field`.
const ORDER: &str = "\
    roleRef/apiGroup ownerReferences/apiVersion kind scaleTargetRef/name \
    involvedObject/namespace involvedObject/name involvedObject/uid apiVersion groupVersion apiGroup preferences clusters users contexts \
    managedFields/manager operation managedFields/time fieldsType fieldsV1 subresource metadata \
    key operator name image generateName cluster user namespace context current-context uid resourceVersion generation \
    creationTimestamp deletionTimestamp deletionGracePeriodSeconds labels annotations ownerReferences finalizers managedFields \
    controller blockOwnerDeletion \
    verbs apiGroups rules/resources resourceNames nonResourceURLs subjects aggregationRule roleRef \
    spec immutable data stringData value effect globalDefault description \
    conditions/type conditions/status schedule timeZone startingDeadlineSeconds concurrencyPolicy parallelism completions \
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
    resources/verbs resources/shortNames resources/categories \
    major minor gitVersion gitCommit gitTreeState buildDate goVersion compiler platform username groups extra";
/// What is below these goes by the alphabet: names of people's.
const MAPS: &str = "labels annotations data stringData matchLabels nodeSelector limits requests fieldsV1 hard extra";

/// As [`pretty`], with the fields of objects in the order of Go's structs.
pub fn typed(value: &Value) -> String {
    let mut text = String::new();
    let of_list = api::path::str(value, "kind") == "List";
    write_in_order(&mut text, value, if of_list { "List" } else { "" }, 0);
    text
}

fn write_in_order(text: &mut String, value: &Value, parent: &str, depth: usize) {
    let has = |words: &str, wanted: &str| words.split_ascii_whitespace().position(|word| word == wanted);
    match value {
        Value::Object(map) if !map.is_empty() && has(MAPS, parent).is_none() => {
            let place = |field: &str| has(ORDER, &format!("{parent}/{field}")).or_else(|| has(ORDER, field));
            let mut fields: Vec<(&String, usize)> =
                map.keys().map(|field| (field, place(field).unwrap_or(usize::MAX))).collect();
            sim::order::sort_by(&mut fields, |a, b| a.1.cmp(&b.1));
            for (index, (field, _)) in fields.into_iter().enumerate() {
                text.push_str(if index == 0 { "{" } else { "," });
                line(text, depth + 1);
                string(text, field);
                text.push_str(": ");
                // The objects of a list are no structs.
                let below = if parent == "List" && field == "items" { "data" } else { field };
                write_in_order(text, &map[field], below, depth + 1);
            }
            line(text, depth);
            text.push('}');
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index == 0 { "[" } else { "," });
                line(text, depth + 1);
                write_in_order(text, item, parent, depth + 1);
            }
            line(text, depth);
            text.push(']');
        }
        other => write(text, other, Some(depth)),
    }
}

fn line(text: &mut String, depth: usize) {
    text.push('\n');
    text.extend(std::iter::repeat_n("    ", depth));
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
                if let Some(depth) = inner {
                    line(text, depth);
                }
                string(text, key);
                text.push_str(if depth.is_some() { ": " } else { ":" });
                write(text, value, inner);
            }
            if let Some(depth) = depth {
                line(text, depth);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (index, value) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                if let Some(depth) = inner {
                    line(text, depth);
                }
                write(text, value, inner);
            }
            if let Some(depth) = depth {
                line(text, depth);
            }
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
