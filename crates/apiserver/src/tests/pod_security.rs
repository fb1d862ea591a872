//! Namespaces that allow only some Pods.

use api::{Method, PatchType, Request};
use serde_json::{Value, json};

use super::{World, message, pod};
use crate::Reply;

const NAMESPACE: &str = "/api/v1/namespaces/dev";

fn label(world: &mut World, labels: Value) -> (Result<(), String>, Vec<String>) {
    let mut request = Request::new(Method::Patch, NAMESPACE).with_body(json!({"metadata": {"labels": labels}}));
    request.patch = Some(PatchType::Merge);
    answer(world.send(&request))
}

fn answer(reply: Reply) -> (Result<(), String>, Vec<String>) {
    let Reply::Json { code, value, warnings } = reply else { panic!("no object") };
    (if code < 400 { Ok(()) } else { Err(value["message"].as_str().unwrap_or_default().to_owned()) }, warnings)
}

fn in_dev(name: &str, more: Value) -> Value {
    let mut object = pod(name);
    object["metadata"]["namespace"] = "dev".into();
    for (field, value) in more.as_object().into_iter().flatten() {
        object["spec"][field.as_str()] = value.clone();
    }
    object
}

/// Why a Pod is refused, without the beginning of the sentence.
fn refusal(world: &mut World, more: Value) -> String {
    let mut object = in_dev("p", more);
    (object["apiVersion"], object["kind"]) = ("v1".into(), "Pod".into());
    let request =
        Request::new(Method::Post, "/api/v1/namespaces/dev/pods").with_query("dryRun", "All").with_body(object);
    match answer(world.send(&request)).0 {
        Ok(()) => "allowed".to_owned(),
        Err(message) => message.trim_start_matches("pods \"p\" is forbidden: violates PodSecurity ").to_owned(),
    }
}

const ALL: &str = "allowPrivilegeEscalation != false (container \"c\" must set securityContext.allowPrivilegeEscalation=false), \
                   unrestricted capabilities (container \"c\" must set securityContext.capabilities.drop=[\"ALL\"]), \
                   runAsNonRoot != true (pod or container \"c\" must set securityContext.runAsNonRoot=true), seccompProfile \
                   (pod or container \"c\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \
                   \"Localhost\")";

#[test]
fn what_is_enforced_is_refused() {
    let mut world = World::new();
    let containers =
        |context: Value| json!({"containers": [{"name": "c", "image": "nginx", "securityContext": context}]});
    assert_eq!(label(&mut world, json!({"pod-security.kubernetes.io/enforce": "baseline"})), (Ok(()), Vec::new()));
    assert_eq!(refusal(&mut world, json!({})), "allowed");
    for (spec, why) in [
        (
            containers(json!({"privileged": true})),
            "privileged (container \"c\" must not set securityContext.privileged=true)",
        ),
        (json!({"hostPID": true, "hostNetwork": true}), "host namespaces (hostNetwork=true, hostPID=true)"),
        (
            json!({"volumes": [{"name": "a", "hostPath": {"path": "/"}}, {"name": "b", "hostPath": {"path": "/"}}]}),
            "hostPath volumes (volumes \"a\", \"b\")",
        ),
        (
            json!({"containers": [{"name": "c", "image": "x", "ports": [{"containerPort": 80, "hostPort": 80}]}]}),
            "hostPort (container \"c\" uses hostPort 80)",
        ),
        (
            containers(json!({"capabilities": {"add": ["SYS_ADMIN", "CHOWN", "NET_ADMIN"]}})),
            "non-default capabilities (container \"c\" must not include \"NET_ADMIN\", \"SYS_ADMIN\" in \
             securityContext.capabilities.add)",
        ),
        (
            json!({"securityContext": {"seccompProfile": {"type": "Unconfined"}}}),
            "seccompProfile (pod must not set securityContext.seccompProfile.type to \"Unconfined\")",
        ),
        (
            json!({"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}}),
            "forbidden sysctls (kernel.msgmax)",
        ),
    ] {
        assert_eq!(refusal(&mut world, spec), format!("\"baseline:latest\": {why}"));
    }
    let strict = json!({"pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/enforce-version": "v1.30"});
    label(&mut world, strict).0.unwrap();
    assert_eq!(refusal(&mut world, json!({})), format!("\"restricted:v1.30\": {ALL}"));
    let good = json!({"allowPrivilegeEscalation": false, "runAsNonRoot": true, "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"}});
    assert_eq!(refusal(&mut world, containers(good.clone())), "allowed");
    let mut with_volume = containers(good.clone());
    with_volume["volumes"] = json!([{"name": "v", "nfs": {"server": "s", "path": "/"}}]);
    assert_eq!(
        refusal(&mut world, with_volume),
        "\"restricted:v1.30\": restricted volume types (volume \"v\" uses restricted volume type \"nfs\")"
    );
    let mut root = containers(good);
    root["securityContext"] = json!({"runAsUser": 0, "runAsNonRoot": false});
    assert_eq!(
        refusal(&mut world, root),
        "\"restricted:v1.30\": runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false), runAsUser=0 (pod \
         must not set runAsUser=0)"
    );
}

#[test]
fn workloads_are_warned_of() {
    let mut world = World::new();
    label(&mut world, json!({"pod-security.kubernetes.io/enforce": "restricted"})).0.unwrap();
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {
        "selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": pod("x")["spec"]}}});
    let request = Request::new(Method::Post, "/apis/apps/v1/namespaces/dev/deployments").with_body(deployment);
    let warning = format!("would violate PodSecurity \"restricted:latest\": {ALL}");
    assert_eq!(answer(world.send(&request)), (Ok(()), vec![warning.clone()]));
    let labels = json!({"pod-security.kubernetes.io/enforce": null, "pod-security.kubernetes.io/warn": "restricted"});
    label(&mut world, labels).0.unwrap();
    let mut object = in_dev("p", json!({}));
    (object["apiVersion"], object["kind"]) = ("v1".into(), "Pod".into());
    let request = Request::new(Method::Post, "/api/v1/namespaces/dev/pods").with_body(object);
    assert_eq!(answer(world.send(&request)), (Ok(()), vec![warning]));
    // A change that is none of the image's is not looked at.
    let mut patch = Request::new(Method::Patch, "/api/v1/namespaces/dev/pods/p");
    patch.patch = Some(PatchType::Strategic);
    let labelled = patch.clone().with_body(json!({"metadata": {"labels": {"a": "b"}}}));
    assert_eq!(answer(world.send(&labelled)), (Ok(()), Vec::new()));
    label(&mut world, json!({"pod-security.kubernetes.io/enforce": "restricted"})).0.unwrap();
    let changed = patch.with_body(json!({"spec": {"containers": [{"name": "c", "image": "httpd"}]}}));
    assert!(answer(world.send(&changed)).0.unwrap_err().contains("violates PodSecurity"));
}

#[test]
fn a_namespace_says_which_of_its_pods_it_would_not_take() {
    let mut world = World::new();
    for name in ["one", "two", "three"] {
        let host = json!({"hostNetwork": name == "two"});
        world.create("v1", "Pod", in_dev(name, host)).unwrap();
    }
    let restricted =
        "allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile";
    assert_eq!(
        label(&mut world, json!({"pod-security.kubernetes.io/enforce": "restricted"})),
        (
            Ok(()),
            vec![
                "existing pods in namespace \"dev\" violate the new PodSecurity enforce level \"restricted:latest\""
                    .to_owned(),
                format!("one (and 1 other pod): {restricted}"),
                format!("two: host namespaces, {restricted}"),
            ]
        )
    );
    assert_eq!(label(&mut world, json!({"pod-security.kubernetes.io/enforce": "baseline"})), (Ok(()), Vec::new()));
    let wrong =
        json!({"pod-security.kubernetes.io/enforce": "strict", "pod-security.kubernetes.io/warn-version": "1.30"});
    assert_eq!(
        label(&mut world, wrong).0.unwrap_err(),
        "Namespace \"dev\" is invalid: [metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: \"strict\": must be \
         one of privileged, baseline, restricted, metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: \
         \"1.30\": must be \"latest\" or \"v1.x\"]"
    );
    let unlabelled = json!({"metadata": {"name": "x", "labels": {"pod-security.kubernetes.io/audit": "none"}}});
    assert!(
        message(world.create("v1", "Namespace", unlabelled))
            .contains("must be one of privileged, baseline, restricted")
    );
}
