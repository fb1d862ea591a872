//! A Pod's volumes: whether they can be mounted, and what a container sees of them.
//!
//! <https://kubernetes.io/docs/concepts/storage/volumes/>

use api::path;
use serde_json::Value;

use super::env;
use crate::node::{Mount, MountSource};
use crate::runtime::Context;

type Files = Vec<(String, Vec<u8>)>;

/// Whether all volumes can be mounted.
///
/// # Errors
/// The message of the `FailedMount` event.
pub(super) fn check(cx: &Context, pod: &Value) -> Result<(), String> {
    for volume in path::list(pod, "spec.volumes") {
        source(cx, pod, volume, "")?;
    }
    Ok(())
}

/// A container's mounts.
///
/// # Errors
/// Why one of them cannot be made.
pub(super) fn mounts(cx: &Context, pod: &Value, container: &Value) -> Result<Vec<Mount>, String> {
    let mut mounts = Vec::new();
    for mount in path::list(container, "volumeMounts") {
        let name = path::str(mount, "name");
        let Some(volume) = path::list(pod, "spec.volumes").iter().find(|volume| volume["name"] == name) else {
            continue;
        };
        let sub_path = path::str(mount, "subPath").trim_matches('/');
        if sub_path.split('/').any(|part| part == "..") {
            return Err(format!(
                "failed to prepare subPath for volumeMount \"{name}\" of container \"{}\"",
                path::str(container, "name")
            ));
        }
        let read_only = path::bool(mount, "readOnly")
            || path::bool(volume, "persistentVolumeClaim.readOnly")
            || ["configMap", "secret", "projected", "downwardAPI"].iter().any(|kind| volume[*kind].is_object());
        mounts.push(Mount {
            path: path::str(mount, "mountPath").to_owned(),
            source: source(cx, pod, volume, sub_path)?,
            read_only,
        });
    }
    Ok(mounts)
}

fn source(cx: &Context, pod: &Value, volume: &Value, sub_path: &str) -> Result<MountSource, String> {
    let name = path::str(volume, "name");
    let failed = |why: String| format!("MountVolume.SetUp failed for volume \"{name}\" : {why}");
    let below = |path: &str| {
        if sub_path.is_empty() { path.to_owned() } else { format!("{}/{sub_path}", path.trim_end_matches('/')) }
    };
    let namespace = path::str(pod, "metadata.namespace");
    if volume["hostPath"].is_object() {
        return Ok(MountSource::NodePath(below(path::str(volume, "hostPath.path"))));
    }
    if let Some(claim) = volume["persistentVolumeClaim"]["claimName"].as_str() {
        return claimed(cx, namespace, claim).map(|path| MountSource::NodePath(below(&path)));
    }
    if volume["ephemeral"].is_object() {
        let claim = format!("{}-{name}", path::str(pod, "metadata.name"));
        return claimed(cx, namespace, &claim).map(|path| MountSource::NodePath(below(&path)));
    }
    let files = if volume["configMap"].is_object() {
        let map = &volume["configMap"];
        keyed(cx, namespace, "configmaps", "configmap", path::str(map, "name"), map).map_err(failed)?
    } else if volume["secret"].is_object() {
        let secret = &volume["secret"];
        keyed(cx, namespace, "secrets", "secret", path::str(secret, "secretName"), secret).map_err(failed)?
    } else if volume["downwardAPI"].is_object() {
        downward(cx, pod, &volume["downwardAPI"])
    } else if volume["projected"].is_object() {
        projected(cx, pod, namespace, volume).map_err(failed)?
    } else {
        return Ok(MountSource::EmptyDir(if sub_path.is_empty() {
            name.to_owned()
        } else {
            format!("{name}/{sub_path}")
        }));
    };
    if sub_path.is_empty() {
        return Ok(MountSource::Files(files));
    }
    // One file (its name is then empty: the mount's path is the file) or one folder of the volume.
    if let Some((_, content)) = files.iter().find(|(path, _)| path == sub_path) {
        return Ok(MountSource::Files(vec![(String::new(), content.clone())]));
    }
    let prefix = format!("{sub_path}/");
    let inside =
        files.into_iter().filter_map(|(path, content)| Some((path.strip_prefix(&prefix)?.to_owned(), content)));
    Ok(MountSource::Files(inside.collect()))
}

/// Where a claim's volume lies on the node.
fn claimed(cx: &Context, namespace: &str, name: &str) -> Result<String, String> {
    let claim = cx
        .view
        .get("persistentvolumeclaims", namespace, name)
        .ok_or_else(|| format!("Unable to attach or mount volumes: error processing PVC {namespace}/{name}: failed to fetch PVC from API server: persistentvolumeclaims \"{name}\" not found"))?;
    if claim["metadata"]["annotations"]["pv.kubernetes.io/bind-completed"].is_null() {
        return Err(format!(
            "Unable to attach or mount volumes: error processing PVC {namespace}/{name}: PVC is not bound"
        ));
    }
    let volume = path::str(claim, "spec.volumeName");
    let spec = cx.view.get("persistentvolumes", "", volume).map(|volume| &volume["spec"]);
    let spec = spec.ok_or_else(|| format!("persistentvolumes \"{volume}\" not found"))?;
    match spec["hostPath"]["path"].as_str().or_else(|| spec["local"]["path"].as_str()) {
        Some(path) => Ok(path.to_owned()),
        None => Err(format!(
            "MountVolume.NewMounter initialization failed for volume \"{volume}\" : this kind of volume is not simulated"
        )),
    }
}

/// The files of a ConfigMap or Secret: all its keys, or the `items` chosen.
fn keyed(
    cx: &Context,
    namespace: &str,
    resource: &'static str,
    kind: &str,
    name: &str,
    spec: &Value,
) -> Result<Files, String> {
    let optional = path::bool(spec, "optional");
    let Some(object) = cx.view.get(resource, namespace, name) else {
        return if optional { Ok(Vec::new()) } else { Err(format!("{kind} \"{name}\" not found")) };
    };
    let data = env::data(object);
    if !spec["items"].is_array() {
        return Ok(data);
    }
    let mut files = Vec::new();
    for item in path::list(spec, "items") {
        let key = path::str(item, "key");
        match data.iter().find(|(known, _)| known == key) {
            Some((_, content)) => files.push((path::str(item, "path").to_owned(), content.clone())),
            None if optional => {}
            None => return Err(format!("references non-existent {kind} key: {key}")),
        }
    }
    Ok(files)
}

fn downward(cx: &Context, pod: &Value, spec: &Value) -> Files {
    let items = path::list(spec, "items").iter().map(|item| {
        let text = if item["fieldRef"].is_object() {
            env::field(cx, pod, path::str(item, "fieldRef.fieldPath"), None)
        } else {
            env::resource_field(cx, pod, &item["resourceFieldRef"])
        };
        (path::str(item, "path").to_owned(), text.into_bytes())
    });
    items.collect()
}

fn projected(cx: &Context, pod: &Value, namespace: &str, volume: &Value) -> Result<Files, String> {
    let mut files = Vec::new();
    for source in path::list(volume, "projected.sources") {
        if source["configMap"].is_object() {
            let map = &source["configMap"];
            files.extend(keyed(cx, namespace, "configmaps", "configmap", path::str(map, "name"), map)?);
        } else if source["secret"].is_object() {
            let secret = &source["secret"];
            files.extend(keyed(cx, namespace, "secrets", "secret", path::str(secret, "name"), secret)?);
        } else if source["downwardAPI"].is_object() {
            files.extend(downward(cx, pod, &source["downwardAPI"]));
        } else if source["serviceAccountToken"].is_object() {
            let token = &source["serviceAccountToken"];
            files.push((path::str(token, "path").to_owned(), self::token(pod).into_bytes()));
        }
    }
    Ok(files)
}

/// Something of a token's shape, the same for a Pod's whole life. Nothing here checks it.
fn token(pod: &Value) -> String {
    let account = match path::str(pod, "spec.serviceAccountName") {
        "" => "default",
        account => account,
    };
    let claims = format!(
        "{{\"sub\":\"system:serviceaccount:{}:{account}\",\"uid\":\"{}\"}}",
        path::str(pod, "metadata.namespace"),
        path::str(pod, "metadata.uid")
    );
    format!(
        "{}.{}.{}",
        api::base64::encode_url(b"{\"alg\":\"RS256\"}"),
        api::base64::encode_url(claims.as_bytes()),
        api::base64::encode_url(path::str(pod, "metadata.uid").as_bytes())
    )
}
