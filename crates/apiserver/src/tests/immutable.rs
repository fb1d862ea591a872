//! What may not change, and what a real API server (v1.36.2) said of it.

use api::PatchType;
use serde_json::{Value, json};

use super::{World, message};

fn deployment() -> Value {
    json!({"metadata": {"name": "nginx-deployment", "labels": {"app": "nginx"}}, "spec": {"replicas": 3,
        "selector": {"matchLabels": {"app": "nginx"}}, "template": {"metadata": {"labels": {"app": "nginx"}},
        "spec": {"containers": [{"name": "nginx", "image": "nginx:1.14.2", "ports": [{"containerPort": 80}]}]}}}})
}

const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/default/deployments/nginx-deployment";
const CLAIM: &str = "/api/v1/namespaces/default/persistentvolumeclaims/myclaim";
const POD: &str = "/api/v1/namespaces/default/pods/mypod";

#[test]
fn a_deployments_selector() {
    let mut world = World::new();
    world.create("apps/v1", "Deployment", deployment()).unwrap();
    let patch = json!({"spec": {"selector": {"matchLabels": {"app": "other"}}, "template": {"metadata": {"labels": {"app": "other"}}}}});
    assert_eq!(
        message(world.patch(DEPLOYMENT, PatchType::Strategic, patch)),
        "Deployment.apps \"nginx-deployment\" is invalid: spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"other\"}}: \
         field is immutable"
    );
    let patched = world.patch(DEPLOYMENT, PatchType::Merge, json!({"spec": {"replicas": 2}})).unwrap();
    assert_eq!((&patched["metadata"]["generation"], &patched["spec"]["replicas"]), (&json!(2), &json!(2)));
    let sidecar = json!({"spec": {"template": {"spec": {"containers": [{"name": "sidecar", "image": "busybox"}]}}}});
    let patched = world.patch(DEPLOYMENT, PatchType::Strategic, sidecar).unwrap();
    let names: Vec<&Value> =
        patched["spec"]["template"]["spec"]["containers"].as_array().unwrap().iter().map(|c| &c["name"]).collect();
    assert_eq!(names, ["sidecar", "nginx"]);
    let again = world.patch(DEPLOYMENT, PatchType::Strategic, json!({"spec": {"replicas": 2}})).unwrap();
    assert_eq!(again["metadata"]["resourceVersion"], patched["metadata"]["resourceVersion"], "no change, no revision");
    let error = world.patch(DEPLOYMENT, PatchType::Strategic, json!({"spec": {"replicas": "x"}})).unwrap_err();
    assert_eq!(
        error.message,
        " \"\" is invalid: patch: Invalid value: \"map[spec:map[replicas:x]]\": unrecognized type: int32"
    );
}

#[test]
fn a_claim() {
    let mut world = World::new();
    let claim = json!({"metadata": {"name": "myclaim"}, "spec": {"accessModes": ["ReadWriteMany"],
        "resources": {"requests": {"storage": "10Mi"}}}});
    let created = world.create("v1", "PersistentVolumeClaim", claim).unwrap();
    assert_eq!(created["spec"]["storageClassName"], "standard");
    assert_eq!(created["metadata"]["finalizers"], json!(["kubernetes.io/pvc-protection"]));
    let storage = |size: &str| json!({"spec": {"resources": {"requests": {"storage": size}}}});
    assert_eq!(
        message(world.patch(CLAIM, PatchType::Merge, storage("20Mi"))).lines().next().unwrap(),
        "PersistentVolumeClaim \"myclaim\" is invalid: spec: Forbidden: spec is immutable after creation except \
         resources.requests and volumeAttributesClassName for bound claims"
    );
    let bound =
        json!({"status": {"phase": "Bound", "capacity": {"storage": "10Mi"}, "accessModes": ["ReadWriteMany"]}});
    world.patch(&format!("{CLAIM}/status"), PatchType::Merge, bound).unwrap();
    let status = world.patch(CLAIM, PatchType::Merge, storage("20Mi")).unwrap_err();
    assert_eq!(
        (status.message.as_str(), status.code),
        (
            "persistentvolumeclaims \"myclaim\" is forbidden: only dynamically provisioned pvc can be resized and the \
             storageclass that provisions the pvc must support resize",
            403
        )
    );
    assert_eq!(
        message(world.patch(CLAIM, PatchType::Merge, storage("5Mi"))),
        "PersistentVolumeClaim \"myclaim\" is invalid: spec.resources.requests.storage: Forbidden: field can not be less \
         than status.capacity"
    );
    assert_eq!(
        message(world.patch(CLAIM, PatchType::Merge, json!({"spec": {"accessModes": ["ReadWriteOnce"]}})))
            .lines()
            .next()
            .unwrap(),
        "PersistentVolumeClaim \"myclaim\" is invalid: spec: Forbidden: spec is immutable after creation except \
         resources.requests and volumeAttributesClassName for bound claims"
    );
}

#[test]
fn a_pods_spec() {
    let mut world = World::new();
    let pod = json!({"metadata": {"name": "mypod"}, "spec": {"containers": [{"name": "myfrontend", "image": "nginx",
        "volumeMounts": [{"mountPath": "/var/www/html", "name": "mypd"}]}],
        "volumes": [{"name": "mypd", "persistentVolumeClaim": {"claimName": "myclaim"}}]}});
    world.create("v1", "Pod", pod).unwrap();
    let patch = json!({"spec": {"$setElementOrder/containers": [{"name": "myfrontend"}], "containers": [{
        "$setElementOrder/volumeMounts": [{"mountPath": "/data"}], "name": "myfrontend",
        "volumeMounts": [{"mountPath": "/data", "name": "mypd"}, {"$patch": "delete", "mountPath": "/var/www/html"}]}]}});
    let refused = message(world.patch(POD, PatchType::Strategic, patch));
    assert_eq!(
        refused.lines().next().unwrap(),
        "Pod \"mypod\" is invalid: spec: Forbidden: pod updates may not change fields other than \
         `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only \
         additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously \
         negative)"
    );
    assert!(refused.contains("\"mountPath\": \"/data\""), "{refused}");
    let image = json!({"spec": {"containers": [{"name": "myfrontend", "image": "nginx:1.25"}]}});
    let changed = world.patch(POD, PatchType::Strategic, image).unwrap();
    assert_eq!(changed["spec"]["containers"][0]["image"], "nginx:1.25");
    assert_eq!(changed["metadata"]["generation"], 2);
}
