//! A Pod's volumes on the node: `emptyDir`s, and folders whose files the kubelet replaces all at once.

use std::rc::Rc;

use cluster::node::{NodeFile, VolumeFile};
use machine::{Content, Disk, DiskId, Inode};
use sim::Time;

use super::{NodeRuntime, Volume};

/// Which of a volume's folders is shown: a link to it, that changes when all has been written.
const DATA: &str = "..data";

/// The node's memory in bytes, as its Node says it.
const NODE_MEMORY: u64 = 8 << 30;

/// What a volume's folders are open to: all, as the kubelet makes them.
const OPEN: u32 = 0o777;
const SETGID: u32 = 0o2000;

/// Names of a path.
pub(super) fn split(path: &str) -> Vec<&str> {
    path.split('/').filter(|name| !name.is_empty() && *name != ".").collect()
}

impl NodeRuntime<'_> {
    /// A Pod's volume, if it was made.
    pub(super) fn known_volume(&self, pod_uid: &str, name: &str) -> Option<DiskId> {
        self.state.pods.get(pod_uid)?.volumes.get(name).map(|volume| volume.disk)
    }

    fn add_volume(&mut self, pod_uid: &str, name: &str, kind: &'static str, disk: Disk) -> DiskId {
        let volume = Volume { disk: self.kernel.with(|state| state.add_disk(disk)), kind };
        let id = volume.disk;
        self.volume_made(pod_uid, name, &volume);
        if let Some(pod) = self.state.pods.get_mut(pod_uid) {
            pod.volumes.insert(name.to_owned(), volume);
        }
        id
    }

    /// A Pod's `emptyDir`, made when it is first mounted.
    pub(super) fn empty_dir(
        &mut self,
        pod_uid: &str,
        name: &str,
        memory: Option<u64>,
        fs_group: Option<u32>,
    ) -> DiskId {
        if let Some(disk) = self.known_volume(pod_uid, name) {
            return disk;
        }
        let mut disk = Disk::new(self.now());
        if let Some(bytes) = memory {
            disk.set_memory(bytes.min(NODE_MEMORY));
        }
        open(&mut disk, fs_group);
        self.add_volume(pod_uid, name, "empty-dir", disk)
    }

    /// Replaces the files of a volume, if they differ; made when they are first written.
    pub(super) fn write_source(
        &mut self,
        pod_uid: &str,
        name: &str,
        files: &[VolumeFile],
        (kind, memory): (&'static str, Option<u64>),
        fs_group: Option<u32>,
    ) -> DiskId {
        let now = self.now();
        // It tells apart what is written within one second.
        let number = suffix(pod_uid, name, now);
        match self.known_volume(pod_uid, name) {
            Some(id) => {
                self.kernel.with(|state| {
                    if let Some(disk) = state.disks.get_mut(&id)
                        && !shows(disk, files)
                    {
                        write(disk, files, fs_group, number, now);
                    }
                });
                id
            }
            None => {
                let mut disk = Disk::new(now);
                if let Some(bytes) = memory {
                    disk.set_memory(bytes.min(NODE_MEMORY));
                }
                open(&mut disk, fs_group);
                write(&mut disk, files, fs_group, number, now);
                self.add_volume(pod_uid, name, kind, disk)
            }
        }
    }

    /// A disk of its own with what a file or folder of such a volume is now; an empty folder where there is none.
    pub(super) fn piece(&self, volume: DiskId, sub_path: &str) -> Disk {
        let now = self.now();
        let found = self.kernel.with(|state| {
            let disk = state.disks.get(&volume)?;
            let data = data(disk)?.to_owned();
            let path: Vec<&str> = [data.as_str()].into_iter().chain(split(sub_path)).collect();
            disk.get(&path).cloned()
        });
        let mut disk = Disk::new(now);
        match found {
            Some(inode) => {
                let _ = disk.insert::<&str>(&[], "file", Inode::clone(&inode), now);
            }
            None => disk.add_dir("file", now),
        }
        disk
    }

    /// What is at a path of the node.
    pub(super) fn file_of_node(&self, path: &str) -> Option<NodeFile> {
        self.kernel.with(|state| {
            let metadata = state.metadata(self.state.machine, &machine::User::root(), path, true).ok()?;
            Some(match metadata.file_type {
                machine::FileType::Directory => NodeFile::Directory,
                machine::FileType::Device => NodeFile::CharDevice,
                machine::FileType::Socket => NodeFile::Socket,
                _ => NodeFile::File,
            })
        })
    }

    /// Makes an empty file on the node, if its folder is there.
    pub(super) fn add_node_file(&mut self, path: &str) -> bool {
        let (now, id) = (self.now(), self.state.disk);
        self.kernel.with(|state| {
            let place = state.resolve(self.state.machine, path);
            let names = split(&place);
            let Some((name, dir)) = names.split_last() else { return false };
            let Some(disk) = state.disks.get_mut(&id) else { return false };
            let inode = disk.make(Content::File(Default::default()), 0o644, (0, 0), now);
            disk.insert(dir, name, inode, now).is_ok()
        })
    }
}

/// A volume's top folder: open to all, and the group's if there is one.
fn open(disk: &mut Disk, fs_group: Option<u32>) {
    disk.set_mode("/", fs_group.map_or(OPEN, |_| SETGID | OPEN));
    if let Some(group) = fs_group {
        disk.set_owner("/", 0, group);
    }
}

/// The folder that a volume shows.
fn data(disk: &Disk) -> Option<&str> {
    match &disk.get(&[DATA])?.content {
        Content::Symlink(target) => Some(target),
        _ => None,
    }
}

/// Whether a volume shows these files, and no others.
fn shows(disk: &Disk, files: &[VolumeFile]) -> bool {
    fn count(inode: &Inode) -> usize {
        match &inode.content {
            Content::Directory(entries) => entries.values().map(|inode| count(inode)).sum(),
            _ => 1,
        }
    }
    let Some(data) = data(disk) else { return false };
    let same = |file: &VolumeFile| {
        let path: Vec<&str> = [data].into_iter().chain(split(&file.path)).collect();
        matches!(disk.get(&path).map(|inode| &inode.content), Some(Content::File(bytes)) if **bytes == file.content)
    };
    files.iter().all(same) && disk.get(&[data]).is_some_and(|inode| count(inode) == files.len())
}

/// Writes a new folder, then lets the link lead to it, then links what is new and takes away what is gone, the old folder too
/// (`AtomicWriter` in pkg/volume/util/atomic_writer.go).
fn write(disk: &mut Disk, files: &[VolumeFile], fs_group: Option<u32>, number: u32, now: Time) {
    let old = data(disk).map(str::to_owned);
    let t = now.civil();
    let folder =
        format!("..{:04}_{:02}_{:02}_{:02}_{:02}_{:02}.{number}", t.year, t.month, t.day, t.hour, t.minute, t.second);
    disk.add_dir(&folder, now);
    for file in files {
        // Most have no folder of their own, and every Pod has three.
        if file.path.contains('/') {
            let path = format!("{folder}/{}", file.path);
            disk.add_file(&path, file.content.clone(), file.mode, now);
            disk.set_owner(&path, file.owner, 0);
        } else {
            let content = Content::File(Rc::new(file.content.clone()));
            let inode = disk.make(content, file.mode, (file.owner, 0), now);
            let _ = disk.insert(&[&folder], &file.path, inode, now);
        }
    }
    disk.add_symlink(DATA, &folder, now);
    for file in files {
        let name = split(&file.path).first().copied().unwrap_or_default();
        let target = Content::Symlink(format!("{DATA}/{name}").into());
        let link = disk.make(target, 0o777, (0, 0), now);
        // One that is there stays.
        let _ = disk.insert::<&str>(&[], name, link, now);
    }
    if let Some(old) = old.filter(|old| *old != folder) {
        disk.remove(&[old], now);
        let shown: Vec<String> = match disk.get::<&str>(&[]).map(|root| &root.content) {
            Some(Content::Directory(entries)) => entries.keys().map(|name| name.to_string()).collect(),
            _ => Vec::new(),
        };
        for name in shown.iter().filter(|name| !name.starts_with("..")) {
            if disk.get(&[&folder, name]).is_none() {
                disk.remove(&[name], now);
            }
        }
    }
    if let Some(group) = fs_group {
        own(disk, "", group);
    }
}

/// Gives a folder and what is in it to a group, which may read it (`SetVolumeOwnership` of a volume that is read-only).
fn own(disk: &mut Disk, path: &str, group: u32) {
    let below: Vec<String> = match disk.get(&split(path)).map(|inode| &inode.content) {
        Some(Content::Directory(entries)) => entries.keys().map(|name| format!("{path}/{name}")).collect(),
        _ => Vec::new(),
    };
    disk.set_metadata(&split(path), |inode| {
        inode.gid = group;
        inode.mode |= match inode.content {
            Content::Directory(_) => SETGID | 0o550,
            Content::Symlink(_) => 0,
            _ => 0o440,
        };
    });
    for path in below {
        own(disk, &path, group);
    }
}

/// A number that looks like chance, and is the same for the same volume at the same time.
fn suffix(pod_uid: &str, name: &str, now: Time) -> u32 {
    let bytes = pod_uid.bytes().chain(name.bytes()).chain(now.unix_micros().to_le_bytes());
    bytes.fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
