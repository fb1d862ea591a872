//! Containers: machines over an image's disk.

use cluster::node::{ContainerSpec, Mount, MountSource, Security};
use machine::{Capabilities, ContainerInput, Content, Disk, DiskId, Machine, MachineId, MountPoint, User};
use userland::images::TERMINATION_LOG;

use super::volumes::split;
use super::{Container, Mounted, NodeRuntime, Source};

/// What docker, its shim and runc say before the reason why a container's first process cannot be started.
const CREATE_FAILED: &str = "failed to create task for container: failed to create shim task: OCI runtime create failed: runc \
                             create failed: unable to start container process: error during container init";

impl NodeRuntime<'_> {
    /// Starts a container in its Pod's sandbox.
    pub(super) fn start(&mut self, spec: &ContainerSpec, id: &str) -> Result<(), String> {
        let now = self.now();
        let image = super::images::find(&spec.image).ok_or_else(|| format!("No such image: {}", spec.image))?;
        let pod = self.state.pods.get(&spec.pod_uid).cloned().ok_or("the Pod's sandbox is gone")?;
        let mut disk = image.disk();
        if is_coredns(&image.name) {
            disk.add_program("/coredns", "coredns", now);
        }
        let layer = disk.container_layer();
        let disk_of_image = layer.clone();
        let (machine, root) = self.kernel.with(|state| {
            let root = state.add_disk(layer);
            let mut machine = Machine::new(&pod.hostname, root, pod.host);
            machine.image = image.familiar.clone();
            let name = [&*spec.name, &*pod.name, &*pod.namespace, &*spec.pod_uid].join("_");
            machine.runtime = (id.to_owned(), format!("k8s_{name}_{}", spec.restart_count));
            machine.user = user(&disk_of_image, &image.user, &spec.security);
            if spec.security.read_only_root {
                machine.mounts.iter_mut().for_each(|mount| mount.read_only = true);
            }
            machine.input = ContainerInput { stdin: spec.stdin, once: spec.stdin_once, tty: spec.tty };
            machine.capabilities = capabilities(&spec.security);
            machine.user.lacks = Capabilities::ALL.without(machine.capabilities);
            machine.no_new_privileges = spec.security.no_new_privileges;
            machine.seccomp = spec.security.seccomp;
            machine.unprivileged_port_start = if pod.host_network { 1024 } else { 0 };
            machine.memory_limit = spec.memory_limit;
            machine.cpu_limit = spec.cpu_limit;
            machine.env = sim::order::collect(image.env.iter().cloned());
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
            let path = self.kernel.with(|state| state.mount(machine, mount, now));
            mounts.push(Mounted { asked: path.clone(), path, source: Source::Files });
        }
        let message = &spec.termination_message_path;
        if !message.is_empty() && (message != TERMINATION_LOG || spec.security.read_only_root) {
            self.mount_message(machine, message, &mut extra);
        }
        for mount in &spec.mounts {
            match self.mount(machine, spec, mount, &mut extra) {
                Ok(mounted) => mounts.push(mounted),
                Err(error) => {
                    self.take_down(machine, root, &extra);
                    return Err(error);
                }
            }
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
            self.take_down(machine, root, &extra);
            return Err(format!("{CREATE_FAILED}: {error}"));
        }
        let container = Container {
            machine,
            pod_uid: spec.pod_uid.clone(),
            name: spec.name.clone(),
            root,
            extra,
            mounts,
            started: now,
            run: spec.restart_count,
            exited: None,
        };
        self.state.containers.insert(id.to_owned(), container);
        self.container_made(id, &spec.pod_uid);
        Ok(())
    }

    /// A container that did not start leaves nothing.
    fn take_down(&mut self, machine: MachineId, root: DiskId, extra: &[DiskId]) {
        self.kernel.remove_machine(machine);
        self.kernel.with(|state| {
            for disk in extra.iter().chain([&root]) {
                state.disks.remove(disk);
            }
        });
    }

    /// The file that a container may leave a word about its end in, where the image's is not the one.
    fn mount_message(&mut self, machine: MachineId, path: &str, extra: &mut Vec<DiskId>) {
        let now = self.now();
        let mut disk = Disk::new(now);
        disk.add_file("file", Vec::new(), 0o666, now);
        self.kernel.with(|state| {
            let disk = state.add_disk(disk);
            extra.push(disk);
            let mount = MountPoint { path: normal(path), disk, subpath: "file".to_owned(), read_only: false };
            state.mount(machine, mount, now);
        });
    }

    /// Errors: the runtime's words when there is nothing to mount.
    fn mount(
        &mut self,
        machine: MachineId,
        spec: &ContainerSpec,
        mount: &Mount,
        extra: &mut Vec<DiskId>,
    ) -> Result<Mounted, String> {
        let now = self.now();
        let (uid, fs_group) = (&*spec.pod_uid, spec.security.fs_group);
        let (disk, subpath, source) = match &mount.source {
            MountSource::NodePath(path) => {
                let place = self.kernel.with(|state| state.resolve(self.state.machine, path));
                self.show_files_below(&place);
                (self.state.disk, place, Source::NodePath(normal(path)))
            }
            MountSource::EmptyDir { volume, sub_path, memory } => {
                let disk = self.empty_dir(uid, volume, *memory, fs_group);
                (disk, sub_path.clone(), Source::EmptyDir(volume.clone()))
            }
            MountSource::Files { volume, kind, sub_path, files, memory } => {
                let disk = match (files, self.known_volume(uid, volume)) {
                    (None, Some(disk)) => disk,
                    (files, _) => {
                        self.write_source(uid, volume, files.as_deref().unwrap_or_default(), (kind, *memory), fs_group)
                    }
                };
                if sub_path.is_empty() {
                    (disk, String::new(), Source::Files)
                } else {
                    let piece = self.piece(disk, sub_path);
                    (self.extra(piece, extra), "file".to_owned(), Source::Files)
                }
            }
            MountSource::Image { reference, sub_path } => {
                let image = super::images::find(reference).ok_or_else(|| format!("No such image: {reference}"))?;
                (self.extra(image.disk(), extra), sub_path.clone(), Source::Files)
            }
        };
        self.make_sub_path(disk, &subpath);
        let point = MountPoint { path: normal(&mount.path), disk, subpath, read_only: mount.read_only };
        let path = self.kernel.with(|state| state.mount(machine, point, now));
        Ok(Mounted { asked: normal(&mount.path), path, source })
    }

    /// A disk that goes with the container.
    fn extra(&mut self, disk: Disk, extra: &mut Vec<DiskId>) -> DiskId {
        let id = self.kernel.with(|state| state.add_disk(disk));
        extra.push(id);
        id
    }

    /// A folder of a volume that is missing is made with the permissions of the volume's own (`SafeMakeDir`).
    fn make_sub_path(&mut self, disk: DiskId, path: &str) {
        let (now, names) = (self.now(), split(path));
        if disk == self.state.disk || names.is_empty() {
            return;
        }
        self.kernel.with(|state| {
            let Some(disk) = state.disks.get_mut(&disk) else { return };
            let Some((mode, gid)) = disk.get::<&str>(&[]).map(|root| (root.mode, root.gid)) else { return };
            for depth in 1..=names.len() {
                if disk.get(&names[..depth]).is_none() {
                    let path = names[..depth].join("/");
                    disk.add_dir(&path, now);
                    disk.set_mode(&path, mode & 0o777);
                    disk.set_owner(&path, 0, gid);
                }
            }
        });
    }

    /// Removes a container with its layer and log.
    pub(super) fn remove(&mut self, id: &str) {
        let Some(container) = self.state.containers.remove(id) else { return };
        self.hide_container(id, &container);
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
/// What root may in a container: the runtime's set without what is dropped, with what is added.
fn capabilities(security: &Security) -> Capabilities {
    if security.privileged {
        return Capabilities::ALL;
    }
    // `ALL` goes first: what is named beside it is the exception.
    let all = |names: &[String]| names.iter().any(|name| name.eq_ignore_ascii_case("ALL"));
    let set = match (all(&security.adds), all(&security.drops)) {
        (true, _) => Capabilities::ALL,
        (false, true) => Capabilities(0),
        (false, false) => Capabilities::CONTAINER,
    };
    let named = |names: &[String]| {
        let names = names.iter().filter(|name| !name.eq_ignore_ascii_case("ALL"));
        names.fold(Capabilities(0), |set, name| set.with(Capabilities::named(name)))
    };
    set.with(named(&security.adds)).without(named(&security.drops))
}

fn is_coredns(image: &str) -> bool {
    image.starts_with("registry.k8s.io/coredns/")
}

/// The path without a slash at its end.
fn normal(path: &str) -> String {
    let trimmed = path.trim_end_matches('/');
    if trimmed.starts_with('/') { trimmed.to_owned() } else { format!("/{trimmed}") }
}

/// The groups that an image's list of groups names a user in.
fn groups_of(disk: &Disk, user: &str) -> Vec<u32> {
    let text = match disk.get(&["etc", "group"]).map(|inode| &inode.content) {
        Some(Content::File(bytes)) if !user.is_empty() => String::from_utf8_lossy(bytes).into_owned(),
        _ => return Vec::new(),
    };
    let of_line = |line: &str| {
        let mut fields = line.split(':').skip(2);
        let number = fields.next()?.parse().ok()?;
        fields.next()?.split(',').any(|member| member == user).then_some(number)
    };
    text.lines().filter_map(of_line).collect()
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
            Some(User { name, uid, gid: gid.parse().ok()?, groups: Vec::new(), home, ..User::root() })
        });
        let unknown =
            || User { name: String::new(), uid, gid: 0, groups: Vec::new(), home: "/".to_owned(), ..User::root() };
        user = found.unwrap_or_else(unknown);
    }
    user.gid = security.group.unwrap_or(user.gid);
    user.groups = security.groups.iter().copied().chain(security.fs_group).collect();
    if !security.strict_groups {
        for group in groups_of(disk, &user.name) {
            if group != user.gid && !user.groups.contains(&group) {
                user.groups.push(group);
            }
        }
    }
    user
}
