//! Volumes whose files the kubelet writes from what is in the API: ConfigMap, Secret, downward API, projected.
//!
//! <https://kubernetes.io/docs/concepts/storage/projected-volumes/>, `MakePayload` in pkg/volume/configmap/configmap.go and
//! pkg/volume/secret/secret.go, `collectData` in pkg/volume/projected/projected.go

use api::path;
use component::Context;
use component::node::VolumeFile;
use serde_json::Value;
use sim::Time;

use super::super::env;

/// The mode of files for which the API says none.
const MODE: u32 = 0o644;

/// Collects files; or none of them, where only their existence is checked.
type Files<'a> = Option<&'a mut Vec<VolumeFile>>;

/// Whether a volume's files are written by the kubelet.
pub(super) fn is_source(volume: &Value) -> bool {
    ["projected", "configMap", "secret", "downwardAPI"].iter().any(|kind| volume[*kind].is_object())
}

/// A volume's kind, as paths on the node have it.
pub(super) fn kind(volume: &Value) -> &'static str {
    let kinds = [("configMap", "configmap"), ("secret", "secret"), ("downwardAPI", "downward-api")];
    kinds.into_iter().find(|(field, _)| volume[*field].is_object()).map_or("projected", |(_, kind)| kind)
}

/// Checks that everything a volume shows exists.
///
/// # Errors
/// What is missing.
pub(super) fn check(cx: &Context, pod: &Value, volume: &Value) -> Result<(), String> {
    collect(cx, pod, volume, None)
}

/// The files of a volume.
///
/// # Errors
/// What is missing.
pub(super) fn of(cx: &Context, pod: &Value, volume: &Value) -> Result<Vec<VolumeFile>, String> {
    let mut files = Vec::new();
    collect(cx, pod, volume, Some(&mut files))?;
    Ok(files)
}

/// The group of the Pod's volumes (`fsGroup`).
pub(super) fn fs_group(pod: &Value) -> Option<u32> {
    number(path::get(pod, "spec.securityContext.fsGroup"))
}

/// The ConfigMaps and Secrets that a volume shows: their resource and name.
pub(super) fn sources(volume: &Value) -> impl Iterator<Item = (&'static str, &str)> {
    let own = of_map(&volume["configMap"], "configmaps", "name")
        .or_else(|| of_map(&volume["secret"], "secrets", "secretName"));
    let projected = path::list(volume, "projected.sources").iter().filter_map(|source| {
        of_map(&source["configMap"], "configmaps", "name").or_else(|| of_map(&source["secret"], "secrets", "name"))
    });
    own.into_iter().chain(projected)
}

fn of_map<'a>(source: &'a Value, resource: &'static str, field: &str) -> Option<(&'static str, &'a str)> {
    source[field].as_str().map(|name| (resource, name))
}

/// Whether a volume shows fields of its Pod.
pub(super) fn shows_pod(volume: &Value) -> bool {
    volume["downwardAPI"].is_object()
        || path::list(volume, "projected.sources").iter().any(|source| {
            let items = path::list(source, "downwardAPI.items");
            // The namespace of a token's volume never changes.
            items.iter().any(|item| item["fieldRef"]["fieldPath"] != "metadata.namespace")
        })
}

fn number(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|number| u32::try_from(number).ok())
}

fn collect(cx: &Context, pod: &Value, volume: &Value, files: Files) -> Result<(), String> {
    let mode = |source: &Value| number(&source["defaultMode"]).unwrap_or(MODE);
    if volume["configMap"].is_object() {
        let map = &volume["configMap"];
        keyed(cx, pod, "configmaps", (map, path::str(map, "name")), mode(map), files)
    } else if volume["secret"].is_object() {
        let secret = &volume["secret"];
        keyed(cx, pod, "secrets", (secret, path::str(secret, "secretName")), mode(secret), files)
    } else if volume["downwardAPI"].is_object() {
        downward(cx, pod, &volume["downwardAPI"], mode(&volume["downwardAPI"]), files);
        Ok(())
    } else {
        projected(cx, pod, &volume["projected"], mode(&volume["projected"]), files)
    }
}

/// The files of a ConfigMap or Secret: all its keys, or the `items` chosen.
fn keyed(
    cx: &Context,
    pod: &Value,
    resource: &'static str,
    (source, name): (&Value, &str),
    mode: u32,
    mut files: Files,
) -> Result<(), String> {
    let optional = path::bool(source, "optional");
    let secret = resource == "secrets";
    let Some(object) = cx.view.get(resource, path::str(pod, "metadata.namespace"), name) else {
        let kind = if secret { "secret" } else { "configmap" };
        return if optional { Ok(()) } else { Err(format!("{kind} \"{name}\" not found")) };
    };
    let mut put = |path: &str, mode: u32, content: &dyn Fn() -> Vec<u8>| {
        if let Some(files) = &mut files {
            files.push(VolumeFile { path: path.to_owned(), content: content(), mode, owner: 0 });
        }
    };
    let items = path::list(source, "items");
    if items.is_empty() {
        for (key, content) in env::entries(object) {
            put(key, mode, &content);
        }
        return Ok(());
    }
    for item in items {
        let key = path::str(item, "key");
        match env::entry(object, key) {
            Some(content) => put(path::str(item, "path"), number(&item["mode"]).unwrap_or(mode), &content),
            None if optional => {}
            None if secret => return Err(format!("references non-existent secret key: {key}")),
            None => return Err(format!("configmap references non-existent config key: {key}")),
        }
    }
    Ok(())
}

fn downward(cx: &Context, pod: &Value, source: &Value, mode: u32, files: Files) {
    let Some(files) = files else { return };
    for item in path::list(source, "items") {
        let text = if item["fieldRef"].is_object() {
            env::field(cx, pod, path::str(item, "fieldRef.fieldPath"), None)
        } else {
            env::resource_field(cx, pod, &item["resourceFieldRef"])
        };
        let mode = number(&item["mode"]).unwrap_or(mode);
        files.push(VolumeFile { path: path::str(item, "path").to_owned(), content: text.into_bytes(), mode, owner: 0 });
    }
}

fn projected(cx: &Context, pod: &Value, source: &Value, mode: u32, mut files: Files) -> Result<(), String> {
    let mut errors = Vec::new();
    for source in path::list(source, "sources") {
        let outcome = if source["configMap"].is_object() {
            let map = &source["configMap"];
            keyed(cx, pod, "configmaps", (map, path::str(map, "name")), mode, files.as_deref_mut())
        } else if source["secret"].is_object() {
            let secret = &source["secret"];
            keyed(cx, pod, "secrets", (secret, path::str(secret, "name")), mode, files.as_deref_mut())
        } else if source["downwardAPI"].is_object() {
            downward(cx, pod, &source["downwardAPI"], mode, files.as_deref_mut());
            Ok(())
        } else if source["serviceAccountToken"].is_object() {
            if let Some(files) = &mut files {
                files.push(token_file(cx, pod, path::str(source, "serviceAccountToken.path"), mode));
            }
            Ok(())
        } else {
            Ok(())
        };
        errors.extend(outcome.err().filter(|error| !errors.contains(error)));
    }
    match errors.len() {
        0 => Ok(()),
        1 => Err(errors.remove(0)),
        _ => Err(format!("[{}]", errors.join(", "))),
    }
}

/// A token's file: only for who runs as the Pod's user, where it says one.
fn token_file(cx: &Context, pod: &Value, path: &str, mode: u32) -> VolumeFile {
    let user = fs_user(pod);
    let mode = if user.is_some() || fs_group(pod).is_some() { 0o600 } else { mode };
    VolumeFile { path: path.to_owned(), content: token(cx, pod).into_bytes(), mode, owner: user.unwrap_or(0) }
}

/// The owner of a Pod's token: the one user that all its containers run as, if they set it (`FsUserFrom` in
/// pkg/volume/util/util.go).
fn fs_user(pod: &Value) -> Option<u32> {
    let of_pod = path::get(pod, "spec.securityContext.runAsUser");
    let mut found = None;
    for container in ["initContainers", "containers"].into_iter().flat_map(|list| path::list(&pod["spec"], list)) {
        let own = path::get(container, "securityContext.runAsUser");
        let user = number(if own.is_null() { of_pod } else { own })?;
        if *found.get_or_insert(user) != user {
            return None;
        }
    }
    found
}

/// For how long a mounted token is good: a year, whatever it says, as long as the API server extends tokens
/// (`--service-account-extend-token-expiration`).
const TOKEN_LIFE: i64 = 365 * 24 * 3600;

/// A Pod's token, the same for its whole life: the API server knows it by what it says.
fn token(cx: &Context, pod: &Value) -> String {
    let name = match path::str(pod, "spec.serviceAccountName") {
        "" => "default",
        account => account,
    };
    let of_pod = |field: &str| path::str(&pod["metadata"], field);
    let namespace = of_pod("namespace");
    let account = cx.view.get("serviceaccounts", namespace, name);
    let uid = account.map_or("", |account| path::str(account, "metadata.uid"));
    let made = Time::parse_rfc3339(of_pod("creationTimestamp")).unwrap_or_default().unix_secs();
    let claims = format!(
        "{{\"exp\":{},\"iat\":{made},\"kubernetes.io\":{{\"namespace\":\"{namespace}\",\"pod\":{{\"name\":\"{}\",\"uid\":\"{}\"}},\
         \"serviceaccount\":{{\"name\":\"{name}\",\"uid\":\"{uid}\"}}}},\"sub\":\"system:serviceaccount:{namespace}:{name}\"}}",
        made + TOKEN_LIFE,
        of_pod("name"),
        of_pod("uid"),
    );
    format!(
        "{}.{}.{}",
        api::base64::encode_url(b"{\"alg\":\"RS256\"}"),
        api::base64::encode_url(claims.as_bytes()),
        api::base64::encode_url(of_pod("uid").as_bytes())
    )
}
