//! What lies on the node's own disk of its Pods: logs below `/var/log` and `/var/lib/docker`, volumes below
//! `/var/lib/kubelet/pods`.
//!
//! Most people never look there, so it is made when somebody does who could see it: a shell on the node, or a Pod that mounts
//! such a folder. From then on it is kept up to date.
//! <https://kubernetes.io/docs/concepts/cluster-administration/logging/#log-location-node>

use machine::MountPoint;

use super::volumes::split;
use super::{Container, NodeRuntime, Pod};

/// The folders that are made.
const PLACES: [&str; 4] = ["/var/log", "/var/lib/docker", "/var/lib/kubelet", "/etc/kubernetes"];

/// Whether a folder of the node holds one of the places, or is in one.
fn shows(path: &str) -> bool {
    let within = |path: &str, folder: &str| {
        path.strip_prefix(folder.trim_end_matches('/')).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    PLACES.iter().any(|place| within(place, path) || within(path, place))
}

fn pod_logs(uid: &str, pod: &Pod) -> String {
    format!("/var/log/pods/{}_{}_{uid}", pod.namespace, pod.name)
}

fn pod_folder(uid: &str) -> String {
    format!("/var/lib/kubelet/pods/{uid}")
}

/// The link to a container's log that agents look for.
fn link(id: &str, pod: &Pod, container: &Container) -> String {
    format!("/var/log/containers/{}_{}_{}-{id}.log", pod.name, pod.namespace, container.name)
}

fn docker_folder(id: &str) -> String {
    format!("/var/lib/docker/containers/{id}")
}

impl NodeRuntime<'_> {
    /// A Pod mounts this folder of the node.
    pub(super) fn show_files_below(&mut self, path: &str) {
        if shows(path) {
            self.show_files();
        }
    }

    /// Somebody looks at the node's disk.
    pub(crate) fn show_files(&mut self) {
        if self.state.shows_files {
            return;
        }
        self.state.shows_files = true;
        self.show_manifests();
        let pods: Vec<String> = self.state.pods.keys().cloned().collect();
        pods.iter().for_each(|uid| self.show_pod(uid));
        let containers: Vec<String> = self.state.containers.keys().cloned().collect();
        containers.iter().for_each(|id| self.show_container(id));
    }

    /// Shows a Pod's folder with its volumes.
    fn show_pod(&mut self, uid: &str) {
        let Some(pod) = self.state.pods.get(uid).cloned() else { return };
        let folder = pod_folder(uid);
        let (now, disk) = (self.now(), self.state.disk);
        self.kernel.with(|state| {
            if let Some(disk) = state.disks.get_mut(&disk) {
                for part in ["containers", "plugins", "volumes"] {
                    disk.add_dir(&format!("{folder}/{part}"), now);
                }
            }
        });
        self.show_mount(format!("{folder}/etc-hosts"), pod.files, "/hosts");
        for (name, volume) in pod.volumes.iter() {
            self.show_volume(uid, name, volume);
        }
    }

    fn show_volume(&mut self, uid: &str, name: &str, volume: &super::Volume) {
        self.show_mount(format!("{}/volumes/kubernetes.io~{}/{name}", pod_folder(uid), volume.kind), volume.disk, "");
    }

    /// A Pod has a new volume.
    pub(super) fn volume_made(&mut self, uid: &str, name: &str, volume: &super::Volume) {
        if self.state.shows_files {
            self.show_volume(uid, name, volume);
        }
    }

    fn show_mount(&mut self, path: String, disk: machine::DiskId, subpath: &str) {
        let (now, node) = (self.now(), self.state.machine);
        let mount = MountPoint { path, disk, subpath: subpath.to_owned(), read_only: false };
        self.kernel.with(|state| state.mount(node, mount, now));
    }

    /// A container was made.
    pub(super) fn container_made(&mut self, id: &str, pod_uid: &str) {
        if self.state.shows_files {
            self.show_pod(pod_uid);
            self.show_container(id);
        }
    }

    /// Shows a container's log.
    fn show_container(&mut self, id: &str) {
        let Some(container) = self.state.containers.get(id) else { return };
        let Some(pod) = self.state.pods.get(&container.pod_uid) else { return };
        let (now, disk, docker) = (self.now(), self.state.disk, docker_folder(id));
        let log = format!("{}/{}/{}.log", pod_logs(&container.pod_uid, pod), container.name, container.run);
        let file = format!("{docker}/{id}-json.log");
        self.kernel.with(|state| {
            state.keep_log_file(container.machine, disk, &file, now);
            if let Some(disk) = state.disks.get_mut(&disk) {
                disk.set_mode(&docker, 0o710);
                disk.add_dir(&format!("{}/containers/{}", pod_folder(&container.pod_uid), container.name), now);
                disk.add_symlink(&log, &file, now);
                disk.add_symlink(&link(id, pod, container), &log, now);
            }
        });
    }

    /// A container is removed.
    pub(super) fn hide_container(&mut self, id: &str, container: &Container) {
        if !self.state.shows_files {
            return;
        }
        let Some(pod) = self.state.pods.get(&container.pod_uid) else { return };
        let log = format!("{}/{}/{}.log", pod_logs(&container.pod_uid, pod), container.name, container.run);
        self.remove_from_node([docker_folder(id), log, link(id, pod, container)]);
    }

    /// A Pod is removed, and its containers were.
    pub(super) fn hide_pod(&mut self, uid: &str, pod: &Pod) {
        if !self.state.shows_files {
            return;
        }
        let folder = pod_folder(uid);
        self.kernel.with(|state| {
            if let Some(node) = state.machines.get_mut(&self.state.machine) {
                node.mounts.retain(|mount| !mount.path.starts_with(&folder));
            }
        });
        self.remove_from_node([folder, pod_logs(uid, pod)]);
    }

    fn remove_from_node<const N: usize>(&mut self, paths: [String; N]) {
        let (now, disk) = (self.now(), self.state.disk);
        self.kernel.with(|state| {
            if let Some(disk) = state.disks.get_mut(&disk) {
                for path in &paths {
                    disk.remove(&split(path), now);
                }
            }
        });
    }
}
