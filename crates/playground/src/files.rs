//! The files of Pods: what containers have beyond their images, and what becomes of it.

use std::rc::Rc;

use api::path;
use cluster::{ObjectKey, Store};
use machine::{Change, Content, Disk, DiskId, Inode, KernelState};
use serde_json::Value;
use sim::{SharedMap, SharedSet, Time};

use crate::lives::{LifeKey, Lives};
use crate::node::{Container, Mounted, NodeState, Source};
use crate::{PodFile, Survival};

/// Folders whose files nobody made: where the kubelet puts its own.
const OWN: &[&str] = &["/var/run/secrets", "/run/secrets", "/dev", "/proc", "/sys"];
/// How deep folders are looked into, and how many files are listed.
const DEEPEST: usize = 24;
const MOST: usize = 2000;

struct Found {
    key: LifeKey,
    file: PodFile,
}

/// What becomes of the files below each mount of a container.
fn survivals(pod: &Value, container: &Container) -> Vec<(String, Survival)> {
    let spec = path::list(pod, "spec.containers")
        .iter()
        .chain(path::list(pod, "spec.initContainers"))
        .find(|spec| path::str(spec, "name") == container.name);
    let Some(spec) = spec else { return Vec::new() };
    let volumes = path::list(pod, "spec.volumes");
    let mut found = Vec::new();
    for mount in path::list(spec, "volumeMounts") {
        let name = path::str(mount, "name");
        let Some(volume) = volumes.iter().find(|volume| path::str(volume, "name") == name) else { continue };
        let survival = if !volume["persistentVolumeClaim"].is_null() {
            Survival::Claim { claim: path::str(volume, "persistentVolumeClaim.claimName").to_owned() }
        } else if !volume["emptyDir"].is_null() {
            Survival::PodVolume { volume: name.to_owned() }
        } else if !volume["hostPath"].is_null() {
            Survival::NodePath { path: path::str(volume, "hostPath.path").to_owned() }
        } else {
            continue; // projected files: nobody made them
        };
        let place = path::str(mount, "mountPath").trim_end_matches('/');
        found.push((if place.is_empty() { "/".to_owned() } else { place.to_owned() }, survival));
    }
    found
}

fn below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || folder == "/")
}

/// The files of one container.
fn of_container(kernel: &KernelState, id: &str, container: &Container, pod: &Value) -> Vec<Found> {
    let mut found = Vec::new();
    let Some(root) = kernel.disks.get(&container.root) else { return found };
    let mounted = |path: &str| container.mounts.iter().any(|mount| below(path, &mount.path));
    for (path, change) in root.changes() {
        if change == Change::Removed || mounted(&path) || OWN.iter().any(|own| below(&path, own) || below(own, &path)) {
            continue;
        }
        let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
        let Some(inode) = root.get(&names) else { continue };
        // A folder that only leads to a mount is the runtime's.
        if inode.is_dir() && container.mounts.iter().any(|mount| below(&mount.path, &path)) {
            continue;
        }
        found.push(Found {
            key: LifeKey::Layer(id.to_owned(), path.clone()),
            file: describe(container, path, inode, Survival::ContainerLayer),
        });
        if found.len() >= MOST {
            return found;
        }
    }
    let survivals = survivals(pod, container);
    for mount in &container.mounts {
        let place = &mount.path;
        let Some((_, survival)) = survivals.iter().find(|(path, _)| *path == mount.asked) else { continue };
        let Some((disk, subpath)) = volume_disk(kernel, container, mount) else { continue };
        let Some(data) = kernel.disks.get(&disk) else { continue };
        let names: Vec<&str> = subpath.split('/').filter(|name| !name.is_empty()).collect();
        let Some(top) = data.get(&names) else { continue };
        walk(top, place, 0, &mut |path, inode| {
            found.push(Found {
                key: LifeKey::Volume(disk.0, inode.number),
                file: describe(container, path, inode, survival.clone()),
            });
            found.len() < MOST
        });
    }
    found
}

/// The disk and the folder of it that a mount shows.
fn volume_disk(kernel: &KernelState, container: &Container, mounted: &Mounted) -> Option<(DiskId, String)> {
    if matches!(mounted.source, Source::Files) {
        return None;
    }
    let machine = kernel.machines.get(&container.machine)?;
    let mount = machine.mounts.iter().find(|mount| mount.path == mounted.path)?;
    Some((mount.disk, mount.subpath.clone()))
}

fn walk(folder: &Inode, path: &str, depth: usize, f: &mut dyn FnMut(String, &Rc<Inode>) -> bool) -> bool {
    let Content::Directory(entries) = &folder.content else { return true };
    if depth > DEEPEST {
        return true;
    }
    for (name, inode) in entries.iter() {
        let path = format!("{}/{name}", path.trim_end_matches('/'));
        if !f(path.clone(), inode) || !walk(inode, &path, depth + 1, f) {
            return false;
        }
    }
    true
}

fn describe(container: &Container, path: String, inode: &Inode, survival: Survival) -> PodFile {
    PodFile {
        container: container.name.clone(),
        path,
        is_dir: inode.is_dir(),
        size: inode.size(),
        modified: inode.modified,
        survival,
    }
}

/// The files of a Pod's running containers.
pub(crate) fn pod_files(
    kernel: &KernelState,
    node: &NodeState,
    store: &Store,
    namespace: &str,
    pod: &str,
) -> Vec<PodFile> {
    let Some(object) = store.get(&ObjectKey::new("pods", namespace, pod)) else { return Vec::new() };
    node.running(namespace, pod)
        .flat_map(|(id, container)| of_container(kernel, id, container, object))
        .map(|found| found.file)
        .collect()
}

/// The files in a claim's volume, by their paths below the volume's top; none when it is bound to no folder of the node.
pub(crate) fn claim_files(
    kernel: &KernelState,
    node: &NodeState,
    store: &Store,
    namespace: &str,
    claim: &str,
) -> Vec<PodFile> {
    let mut found = Vec::new();
    let volume = store.get(&ObjectKey::new("persistentvolumeclaims", namespace, claim));
    let volume = volume.map(|claim| path::str(claim, "spec.volumeName")).filter(|name| !name.is_empty());
    let Some(volume) = volume.and_then(|name| store.get(&ObjectKey::new("persistentvolumes", "", name))) else {
        return found;
    };
    let folder = ["spec.hostPath.path", "spec.local.path"].map(|at| path::str(volume, at));
    let Some(folder) = folder.into_iter().find(|folder| !folder.is_empty()) else { return found };
    let names: Vec<&str> = folder.split('/').filter(|name| !name.is_empty()).collect();
    let Some(top) = kernel.disks.get(&node.disk).and_then(|disk| disk.get(&names)) else { return found };
    walk(top, "", 0, &mut |path, inode| {
        found.push(PodFile {
            container: String::new(),
            path,
            is_dir: inode.is_dir(),
            size: inode.size(),
            modified: inode.modified,
            survival: Survival::Claim { claim: claim.to_owned() },
        });
        found.len() < MOST
    });
    found
}

/// What was seen when files were last looked at.
#[derive(Clone, Default)]
pub(crate) struct Watcher {
    /// The disks, as they were.
    seen: SharedMap<DiskId, Disk>,
    /// The containers there were.
    known: SharedSet<String>,
    checked: Time,
}

impl Watcher {
    /// Whether it is time to look again, at `now`: it costs, and files are not made that often.
    pub fn is_due(&self, now: Time) -> bool {
        now.since(self.checked) >= sim::Duration::from_millis(50)
    }

    /// Begins and ends the lives of files as they came and went since the last look.
    pub fn look(&mut self, kernel: &KernelState, node: &NodeState, store: &Store, lives: &mut Lives, now: Time) {
        self.checked = now;
        let mut changed = kernel.disks.changed_since(&self.seen);
        changed.retain(|id| match (kernel.disks.get(id), self.seen.get(id)) {
            (Some(now), Some(before)) => !now.same_files(before),
            _ => true,
        });
        self.seen = kernel.disks.clone();
        let containers_changed = !node.containers.keys().eq(self.known.iter());
        if changed.is_empty() && !containers_changed {
            return;
        }
        let changed = |id: &DiskId| changed.binary_search(id).is_ok();
        let node_changed = changed(&node.disk);
        let mut dirty = node_changed || containers_changed;
        for (id, container) in node.containers.iter() {
            let Some(pod) = node.pods.get(&container.pod_uid).filter(|pod| !pod.namespace.starts_with("kube-")) else {
                continue;
            };
            let volumes = pod.volumes.values().any(|volume| changed(&volume.disk));
            let mounted =
                node_changed && container.mounts.iter().any(|mount| matches!(mount.source, Source::NodePath(_)));
            let fresh = containers_changed && !self.known.contains(id);
            if !(fresh || mounted || volumes || changed(&container.root)) {
                continue;
            }
            dirty = true;
            let Some(object) = store.get(&ObjectKey::new("pods", &pod.namespace, &pod.name)) else { continue };
            for found in of_container(kernel, id, container, object) {
                let hidden = found.file.path.rsplit('/').next().is_some_and(|name| name.starts_with(".bash_history"));
                if !found.file.is_dir && !hidden && !lives.lasts(&found.key) {
                    let name = format!("{}:{}", pod.name, found.file.path);
                    lives.begin_file(found.key, &pod.namespace, name, found.file.survival, now);
                }
            }
        }
        if !dirty {
            return;
        }
        if containers_changed {
            let gone: Vec<String> =
                self.known.iter().filter(|id| !node.containers.contains_key(*id)).cloned().collect();
            gone.iter().for_each(|id| _ = self.known.remove(id));
            for id in node.containers.keys() {
                if !self.known.contains(id) {
                    self.known.insert(id.clone());
                }
            }
        }
        self.end_missing(kernel, node, lives, now);
    }

    /// Ends the lives of files that are no longer where they were.
    fn end_missing(&self, kernel: &KernelState, node: &NodeState, lives: &mut Lives, now: Time) {
        let mut numbers: SharedMap<u64, SharedSet<u64>> = SharedMap::new();
        for key in lives.files() {
            let there = match &key {
                LifeKey::Object(_) => true,
                LifeKey::Layer(container, path) => node.containers.get(container).is_some_and(|container| {
                    let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
                    kernel.disks.get(&container.root).is_some_and(|disk| disk.get(&names).is_some())
                }),
                LifeKey::Volume(disk, number) => numbers
                    .get_or_insert_with(*disk, || {
                        let mut all = SharedSet::new();
                        let none: [&str; 0] = [];
                        if let Some(top) = kernel.disks.get(&DiskId(*disk)).and_then(|disk| disk.get(&none)) {
                            walk(top, "", 0, &mut |_, inode| {
                                all.insert(inode.number);
                                true
                            });
                        }
                        all
                    })
                    .contains(number),
            };
            if !there {
                lives.end(&key, now);
            }
        }
    }
}
