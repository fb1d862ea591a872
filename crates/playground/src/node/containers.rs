//! Containers: machines over an image's disk.

use cluster::node::{ContainerSpec, Mount, MountSource, Security};
use machine::{ContainerInput, Content, Disk, DiskId, Machine, MachineId, MountPoint, User};

use super::{Container, Hands, Source};

/// What docker, its shim and runc say before the reason why a container's first process cannot be started.
const CREATE_FAILED: &str = "failed to create task for container: failed to create shim task: OCI runtime create failed: runc \
                             create failed: unable to start container process: error during container init";

impl Hands<'_> {
    /// Starts a container in its Pod's sandbox.
    pub(super) fn start(&mut self, spec: &ContainerSpec) -> Result<String, String> {
        let now = self.now();
        let image = super::images::find(&spec.image).ok_or_else(|| format!("No such image: {}", spec.image))?;
        let pod = self.state.pods.get(&spec.pod_uid).cloned().ok_or("the Pod's sandbox is gone")?;
        let mut disk = image.disk();
        if is_coredns(&image.name) {
            disk.add_program("/coredns", "coredns", now);
        }
        let mut layer = disk.container_layer();
        if let Some(bytes) = spec.memory_limit {
            layer.add_file("/sys/fs/cgroup/memory.max", format!("{bytes}\n"), 0o444, now);
        }
        if let Some(milli) = spec.cpu_limit {
            layer.add_file("/sys/fs/cgroup/cpu.max", format!("{} 100000\n", milli * 100), 0o444, now);
        }
        let disk_of_image = layer.clone();
        let (machine, root) = self.kernel.with(|state| {
            let root = state.add_disk(layer);
            let mut machine = Machine::new(&pod.hostname, root, pod.host);
            machine.image = image.familiar.clone();
            machine.user = user(&disk_of_image, &image.user, &spec.security);
            if spec.security.read_only_root {
                machine.mounts.iter_mut().for_each(|mount| mount.read_only = true);
            }
            machine.input = ContainerInput { stdin: spec.stdin, once: spec.stdin_once, tty: spec.tty };
            machine.memory_limit = spec.memory_limit;
            machine.env = sim::order::gather(image.env.iter().cloned());
            machine.env.insert("HOSTNAME".to_owned(), pod.hostname.clone());
            machine.env.extend(spec.env.iter().cloned());
            let home = machine.user.home.clone();
            machine.env.entry("HOME".to_owned()).or_insert(home);
            machine.cwd = [&spec.working_dir, &image.working_dir]
                .into_iter()
                .find(|dir| !dir.is_empty())
                .map_or_else(|| "/".to_owned(), Clone::clone);
            (state.add_machine(machine), root)
        });
        let mut extra = Vec::new();
        let mut mounts = Vec::new();
        for name in ["hosts", "resolv.conf", "hostname"] {
            let (path, subpath) = (format!("/etc/{name}"), format!("/{name}"));
            let mount = MountPoint { path, disk: pod.files, subpath, read_only: false };
            self.kernel.with(|state| state.mount(machine, mount, now));
            mounts.push((format!("/etc/{name}"), Source::Files));
        }
        for mount in &spec.mounts {
            let source = self.mount(machine, &spec.pod_uid, mount, spec.security.fs_group, &mut extra);
            mounts.push((normal(&mount.path), source));
        }
        let argv: Vec<String> = match (spec.command.is_empty(), spec.args.is_empty()) {
            (true, true) => image.entrypoint.iter().chain(&image.cmd).cloned().collect(),
            (true, false) => image.entrypoint.iter().chain(&spec.args).cloned().collect(),
            (false, _) => spec.command.iter().chain(&spec.args).cloned().collect(),
        };
        let started = if argv.is_empty() {
            Err("no command specified".to_owned())
        } else {
            self.kernel.start_container(machine, &argv)
        };
        if let Err(error) = started {
            self.kernel.remove_machine(machine);
            self.kernel.with(|state| {
                for disk in extra.iter().chain([&root]) {
                    state.disks.remove(disk);
                }
            });
            return Err(format!("{CREATE_FAILED}: {error}"));
        }
        let id = self.state.rng.hex(64);
        let container = Container {
            machine,
            pod_uid: spec.pod_uid.clone(),
            name: spec.name.clone(),
            root,
            extra,
            mounts,
            exited: None,
        };
        self.state.containers.insert(id.clone(), container);
        Ok(id)
    }

    fn mount(
        &mut self,
        machine: MachineId,
        pod_uid: &str,
        mount: &Mount,
        fs_group: Option<u32>,
        extra: &mut Vec<DiskId>,
    ) -> Source {
        let now = self.now();
        let (disk, subpath, source) = match &mount.source {
            MountSource::NodePath(path) => (self.state.disk, path.clone(), Source::NodePath(normal(path))),
            MountSource::EmptyDir(name) => {
                let (volume, subpath) = name.split_once('/').unwrap_or((name, ""));
                (self.volume(pod_uid, volume, fs_group), subpath.to_owned(), Source::EmptyDir(volume.to_owned()))
            }
            MountSource::Files(files) => {
                let mut disk = Disk::new(now);
                // A file without a name is mounted itself: `subPath` of one key.
                let mut subpath = String::new();
                for (name, bytes) in files {
                    if name.is_empty() {
                        subpath = "file".to_owned();
                    }
                    let name = if name.is_empty() { "file" } else { name };
                    disk.add_file(name, bytes.clone(), 0o644, now);
                    if let Some(group) = fs_group {
                        disk.set_owner(name, 0, group);
                    }
                }
                if let Some(group) = fs_group {
                    disk.set_owner("/", 0, group);
                    disk.set_mode("/", 0o2777);
                }
                let disk = self.kernel.with(|state| state.add_disk(disk));
                extra.push(disk);
                (disk, subpath, Source::Files)
            }
        };
        let point = MountPoint { path: normal(&mount.path), disk, subpath, read_only: mount.read_only };
        self.kernel.with(|state| state.mount(machine, point, now));
        source
    }

    /// A Pod's `emptyDir`, made when it is first mounted.
    fn volume(&mut self, pod_uid: &str, name: &str, fs_group: Option<u32>) -> DiskId {
        let now = self.now();
        if let Some(disk) = self.state.pods.get(pod_uid).and_then(|pod| pod.volumes.get(name)) {
            return *disk;
        }
        let mut disk = Disk::new(now);
        disk.set_mode("/", if fs_group.is_some() { 0o2777 } else { 0o777 });
        if let Some(group) = fs_group {
            disk.set_owner("/", 0, group);
        }
        let disk = self.kernel.with(|state| state.add_disk(disk));
        if let Some(pod) = self.state.pods.get_mut(pod_uid) {
            pod.volumes.insert(name.to_owned(), disk);
        }
        disk
    }

    /// Removes a container with its layer and log.
    pub(super) fn remove(&mut self, id: &str) {
        let Some(container) = self.state.containers.remove(id) else { return };
        self.state.forget_commands(id);
        self.kernel.remove_machine(container.machine);
        self.kernel.with(|state| {
            for disk in container.extra.iter().chain([&container.root]) {
                state.disks.remove(disk);
            }
        });
    }
}

/// Whether an image is the cluster's name server, which this crate brings.
fn is_coredns(image: &str) -> bool {
    image.starts_with("registry.k8s.io/coredns/")
}

/// The path without a slash at its end.
fn normal(path: &str) -> String {
    let trimmed = path.trim_end_matches('/');
    if trimmed.starts_with('/') { trimmed.to_owned() } else { format!("/{trimmed}") }
}

/// Who a container's first process runs as: the image's user, or the one that its specification says, with the name, the group
/// and the home that `/etc/passwd` of the image gives it.
fn user(disk: &Disk, of_image: &User, security: &Security) -> User {
    let mut user = of_image.clone();
    if let Some(uid) = security.user.filter(|uid| *uid != of_image.uid) {
        let text = match disk.get(&["etc", "passwd"]).map(|inode| &inode.content) {
            Some(Content::File(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
            _ => String::new(),
        };
        let found = text.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            let [name, _, number, gid, _, home, ..] = fields.as_slice() else { return None };
            (number.parse() == Ok(uid)).then_some(())?;
            let (name, home) = ((*name).to_owned(), (*home).to_owned());
            Some(User { name, uid, gid: gid.parse().ok()?, groups: Vec::new(), home })
        });
        let unknown = || User { name: String::new(), uid, gid: 0, groups: Vec::new(), home: "/".to_owned() };
        user = found.unwrap_or_else(unknown);
    }
    user.gid = security.group.unwrap_or(user.gid);
    user.groups = security.groups.iter().copied().chain(security.fs_group).collect();
    user
}
