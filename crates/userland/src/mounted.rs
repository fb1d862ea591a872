//! What is mounted on a machine, for `df` and `mount`.

use super::prelude::*;

/// The size of a computer's disk in bytes, and what is on it that no disk of this world holds.
pub(crate) const DISK_SIZE: u64 = 61_255_492 << 10;
const DISK_USED: u64 = 9_671_204 << 10;
const INODES: u64 = 3_907_584;
const INODES_USED: u64 = 412_803;

/// A mounted file system: what `df` and `mount` know of it.
pub(crate) struct Mounted {
    pub(crate) path: String,
    pub(crate) kind: &'static str,
    pub(crate) source: &'static str,
    /// Its size, where `mount` says it.
    pub(crate) size: Option<u64>,
    pub(crate) read_only: bool,
    pub(crate) used: u64,
    pub(crate) free: u64,
    pub(crate) inodes: u64,
    pub(crate) inodes_used: u64,
}

pub(crate) fn mounted(p: &Process) -> Vec<Mounted> {
    p.kernel().with(|state| {
        let Some(machine) = state.machines.get(&p.machine()) else { return Vec::new() };
        let container = !machine.image.is_empty();
        let entry = |mount: &machine::MountPoint| {
            let disk = state.disks.get(&mount.disk);
            let used = disk.map_or(0, |disk| disk.used().div_ceil(4096) * 4096);
            let files = disk.map_or(0, |disk| disk.files());
            let size = disk.and_then(|disk| disk.memory());
            let (kind, source) = match size {
                Some(_) => ("tmpfs", "tmpfs"),
                None if container && mount.path == "/" => ("overlay", "overlay"),
                None => ("ext4", "/dev/sda1"),
            };
            let known = if size.is_some() { 0 } else { DISK_USED };
            Mounted {
                path: mount.path.clone(),
                kind,
                source,
                size,
                read_only: mount.read_only,
                used: used + known,
                free: size.unwrap_or(machine::DISK_ROOM).saturating_sub(used),
                inodes: size.map_or(INODES, |size| size / 4096),
                inodes_used: files + if size.is_some() { 1 } else { INODES_USED },
            }
        };
        // `/proc` is told of apart.
        machine.mounts.iter().filter(|mount| mount.path != "/proc").map(entry).collect()
    })
}
