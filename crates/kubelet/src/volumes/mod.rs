//! A Pod's volumes: whether they can be mounted, and what a container sees of them.
//!
//! <https://kubernetes.io/docs/concepts/storage/volumes/>, pkg/volume

mod files;
pub(super) mod live;

use api::path;
use component::Context;
use component::node::{Mount, MountSource, Node, NodeFile, Pull};
use component::resources::amount;
use serde_json::Value;

use super::env::Environment;

/// Sets up a Pod's volumes as far as that needs no container.
///
/// # Errors
/// The message of the `FailedMount` event.
pub(super) fn set_up(cx: &Context, pod: &Value, node: &mut dyn Node) -> Result<(), String> {
    for volume in path::list(pod, "spec.volumes") {
        if files::is_source(volume) {
            files::check(cx, pod, volume).map_err(|why| failed(volume, &why))?;
        } else if let Some(place) = place(cx, pod, volume)? {
            place.check(node)?;
        } else if volume["image"].is_object() {
            let reference = path::str(volume, "image.reference");
            match node.pull_image(reference, &super::pull_secrets::read(cx, pod).all) {
                Pull::Fails(why) => return Err(failed(volume, &why)),
                Pull::Takes(..) => node.image_pulled(reference),
                Pull::Present(_) => {}
            }
        } else if let Some(kind) = kind(volume).filter(|kind| *kind != "emptyDir") {
            let why = format!(
                "volumes of the kind {kind} are not simulated in this playground; use emptyDir, hostPath or a \
                 PersistentVolumeClaim"
            );
            return Err(failed(volume, &why));
        }
    }
    Ok(())
}

/// Writes the files of volumes again that differ from what the API has now.
///
/// # Errors
/// The message of the `FailedMount` event of the first volume that cannot be written; its files stay as they are.
fn refresh(cx: &Context, pod: &Value, node: &mut dyn Node) -> Result<(), String> {
    let mut outcome = Ok(());
    for volume in path::list(pod, "spec.volumes").iter().filter(|volume| files::is_source(volume)) {
        match files::of(cx, pod, volume) {
            Ok(files) => {
                let uid = path::str(pod, "metadata.uid");
                node.write_volume(uid, path::str(volume, "name"), &files, files::fs_group(pod));
            }
            Err(why) => outcome = outcome.and(Err(failed(volume, &why))),
        }
    }
    outcome
}

/// A container's mounts.
///
/// # Errors
/// Why one of them cannot be made.
pub(super) fn mounts(
    cx: &Context,
    pod: &Value,
    container: &Value,
    variables: &Environment,
) -> Result<Vec<Mount>, String> {
    let mut mounts = Vec::new();
    for mount in path::list(container, "volumeMounts") {
        let name = path::str(mount, "name");
        let Some(volume) = path::list(pod, "spec.volumes").iter().find(|volume| volume["name"] == name) else {
            continue;
        };
        let is_files = files::is_source(volume);
        let read_only = is_files
            || path::bool(mount, "readOnly")
            || path::bool(volume, "persistentVolumeClaim.readOnly")
            || volume["image"].is_object();
        mounts.push(Mount {
            path: path::str(mount, "mountPath").to_owned(),
            source: source(cx, pod, volume, sub_path(mount, variables)?)?,
            read_only,
        });
    }
    Ok(mounts)
}

/// The path below the volume that a mount shows; empty for all (`makeMounts` in pkg/kubelet/kubelet_pods.go).
fn sub_path(mount: &Value, variables: &Environment) -> Result<String, String> {
    let path = match mount["subPathExpr"].as_str().filter(|text| !text.is_empty()) {
        Some(text) => variables.expand_known(text)?,
        None => path::str(mount, "subPath").to_owned(),
    };
    if path.starts_with('/') {
        return Err(format!("error SubPath `{path}` must not be an absolute path"));
    }
    if path.split('/').any(|part| part == "..") {
        return Err(format!("unable to provision SubPath `{path}`: must not contain '..'"));
    }
    Ok(path.trim_matches('/').to_owned())
}

fn source(cx: &Context, pod: &Value, volume: &Value, sub_path: String) -> Result<MountSource, String> {
    let name = path::str(volume, "name").to_owned();
    if files::is_source(volume) {
        // Files whose source is gone stay as they were.
        let kind = files::kind(volume);
        // Only a ConfigMap may be written to a disk.
        let memory = (kind != "configmap").then(|| memory(pod, &Value::Null)).flatten();
        return Ok(MountSource::Files { volume: name, kind, sub_path, files: files::of(cx, pod, volume).ok(), memory });
    }
    if let Some(place) = place(cx, pod, volume)? {
        return Ok(MountSource::NodePath(match sub_path.is_empty() {
            true => place.path,
            false => format!("{}/{sub_path}", place.path.trim_end_matches('/')),
        }));
    }
    if volume["image"].is_object() {
        return Ok(MountSource::Image { reference: path::str(volume, "image.reference").to_owned(), sub_path });
    }
    let memory = (volume["emptyDir"]["medium"] == "Memory").then(|| memory(pod, &volume["emptyDir"]["sizeLimit"]));
    Ok(MountSource::EmptyDir { volume: name, sub_path, memory: memory.flatten() })
}

/// How many bytes a volume in memory may hold, but for what the node has: its limit or the Pod's (`calculateEmptyDirMemorySize`
/// in pkg/volume/emptydir/empty_dir.go).
fn memory(pod: &Value, limit: &Value) -> Option<u64> {
    let of_container = |container: &Value| {
        let limit = path::get(container, "resources.limits.memory");
        (!limit.is_null()).then(|| amount(limit))
    };
    let mut containers = path::list(pod, "spec.containers").iter().map(of_container);
    let of_pod = containers.try_fold(0_i64, |sum, one| Some(sum.saturating_add(one?))).filter(|sum| *sum > 0);
    let mut size = of_pod.unwrap_or(i64::MAX);
    if !limit.is_null() && amount(limit) > 0 {
        size = size.min(amount(limit));
    }
    u64::try_from(size).ok()
}

/// Why a volume cannot be mounted, as the event says it.
fn failed(volume: &Value, why: &str) -> String {
    failed_named(path::str(volume, "name"), why)
}

fn failed_named(name: &str, why: &str) -> String {
    format!("MountVolume.SetUp failed for volume \"{name}\" : {why}")
}

/// The kind of a volume; `None` for a volume without a source, which is an `emptyDir`.
fn kind(volume: &Value) -> Option<&str> {
    volume.as_object()?.iter().find(|(field, value)| *field != "name" && value.is_object()).map(|(field, _)| &**field)
}

/// A path of the node that a volume shows.
struct Place {
    /// The name of the volume in events: for a PersistentVolume its own.
    name: String,
    path: String,
    /// `hostPath.type`; empty for no check.
    kind: String,
    /// A `local` volume must be there.
    local: bool,
}

impl Place {
    fn of_host_path(name: &str, source: &Value) -> Place {
        Place {
            name: name.to_owned(),
            path: path::str(source, "path").to_owned(),
            kind: path::str(source, "type").to_owned(),
            local: false,
        }
    }

    /// Whether the node has what the volume says (`checkTypeInternal` in pkg/volume/hostpath/host_path.go).
    fn check(&self, node: &mut dyn Node) -> Result<(), String> {
        let path = &self.path;
        let found = node.node_file(path);
        if self.local && found.is_none() {
            return Err(format!(
                "MountVolume.NewMounter initialization failed for volume \"{}\" : path \"{path}\" does not exist",
                self.name
            ));
        }
        let why = match (&*self.kind, found) {
            ("FileOrCreate", None) if node.make_file(path) => return Ok(()),
            ("FileOrCreate", None) => format!("open {path}: no such file or directory"),
            ("", _) | ("DirectoryOrCreate", None) => return Ok(()),
            ("Directory" | "DirectoryOrCreate", Some(NodeFile::Directory)) => return Ok(()),
            ("File" | "FileOrCreate", Some(found)) if found != NodeFile::Directory => return Ok(()),
            ("Socket", Some(NodeFile::Socket)) => return Ok(()),
            ("CharDevice", Some(NodeFile::CharDevice)) => return Ok(()),
            (kind, _) => {
                let wanted = match kind {
                    "Directory" | "DirectoryOrCreate" => "directory",
                    "File" | "FileOrCreate" => "file",
                    "Socket" => "socket file",
                    "CharDevice" => "character device",
                    _ => "block device",
                };
                format!("hostPath type check failed: {path} is not a {wanted}")
            }
        };
        Err(failed_named(&self.name, &why))
    }
}

/// The path of a volume on the node; `None` for a volume that has none.
///
/// # Errors
/// The message of the `FailedMount` event, where a claim has none.
fn place(cx: &Context, pod: &Value, volume: &Value) -> Result<Option<Place>, String> {
    let name = path::str(volume, "name");
    if volume["hostPath"].is_object() {
        return Ok(Some(Place::of_host_path(name, &volume["hostPath"])));
    }
    let namespace = path::str(pod, "metadata.namespace");
    if let Some(claim) = volume["persistentVolumeClaim"]["claimName"].as_str() {
        return claimed(cx, namespace, claim).map(Some);
    }
    if volume["ephemeral"].is_object() {
        let claim = format!("{}-{name}", path::str(pod, "metadata.name"));
        return claimed(cx, namespace, &claim).map(Some);
    }
    Ok(None)
}

/// The path of a claim's volume on the node.
fn claimed(cx: &Context, namespace: &str, name: &str) -> Result<Place, String> {
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
    if spec["hostPath"].is_object() {
        return Ok(Place::of_host_path(volume, &spec["hostPath"]));
    }
    match spec["local"]["path"].as_str() {
        Some(path) => Ok(Place { name: volume.to_owned(), path: path.to_owned(), kind: String::new(), local: true }),
        None => Err(format!(
            "MountVolume.NewMounter initialization failed for volume \"{volume}\" : this kind of volume is not simulated"
        )),
    }
}
