//! Mounts: where they come to lie in a machine's tree.

use sim::Time;

use super::Place;
use super::walk::LINK_LIMIT;
use crate::disk::split;
use crate::{Content, KernelState, MachineId, MountPoint};

impl KernelState {
    pub(super) fn is_mount(&self, machine: MachineId, place: &Place) -> bool {
        self.machines.get(&machine).is_some_and(|m| m.mounts.iter().any(|mount| mount.path == place.absolute))
    }

    /// Where a mount at `path` comes to lie: symbolic links of the way are followed inside of the machine's tree, as container
    /// runtimes do (`/var/run` of most images leads to `/run`). What is missing of it stays as it is written.
    fn mount_path(&self, machine: MachineId, path: &str) -> Option<Place> {
        let mut way = path.to_owned();
        'way: for _ in 0..LINK_LIMIT {
            let mut place = self.locate(machine, &[])?;
            let mut inode = self.inode(&place).cloned();
            let mut names = way.split('/').filter(|name| !name.is_empty() && *name != ".");
            while let Some(name) = names.next() {
                if name == ".." {
                    let mut above: Vec<String> = split(&place.absolute).into_iter().map(str::to_owned).collect();
                    above.pop();
                    place = self.locate(machine, &above)?;
                    inode = self.inode(&place).cloned();
                    continue;
                }
                let above = place.absolute.len();
                let Some(dir) = inode.as_deref() else {
                    place.absolute.push('/');
                    place.absolute.push_str(name);
                    place.path.push(name.to_owned());
                    continue;
                };
                inode = self.enter(machine, &mut place, dir, name);
                if let Some(Content::Symlink(target)) = inode.as_deref().map(|inode| &inode.content) {
                    let target = target.clone();
                    let mut next = match target.starts_with('/') {
                        true => target.to_string(),
                        false => format!("{}/{target}", &place.absolute[..above]),
                    };
                    for name in names {
                        next.push('/');
                        next.push_str(name);
                    }
                    way = next;
                    continue 'way;
                }
            }
            return Some(place);
        }
        None
    }

    /// The absolute path that `path` leads to, links resolved as far as there is anything; what is missing stays as it is written.
    pub fn resolve(&self, machine: MachineId, path: &str) -> String {
        self.mount_path(machine, path).map_or_else(|| path.to_owned(), |place| place.absolute)
    }

    /// Mounts a part of a disk into a machine, making the directory (or, for a file, the file) it covers and, if
    /// missing, the directory that is mounted, as container runtimes do. Gives the path at which it lies, links resolved.
    pub fn mount(&mut self, machine: MachineId, mut mount: MountPoint, now: Time) -> String {
        if let Some(disk) = self.disks.get_mut(&mount.disk)
            && disk.get(&split(&mount.subpath)).is_none()
        {
            disk.add_dir(&mount.subpath, now);
        }
        let is_dir = self
            .disks
            .get(&mount.disk)
            .and_then(|disk| disk.get(&split(&mount.subpath)))
            .is_none_or(|inode| inode.is_dir());
        if let Some(place) = self.mount_path(machine, &mount.path) {
            if self.inode(&place).is_none()
                && let Some(disk) = self.disks.get_mut(&place.disk)
            {
                let path = place.path.join("/");
                if is_dir {
                    disk.add_dir(&path, now);
                } else {
                    disk.add_file(&path, Vec::new(), 0o644, now);
                }
            }
            mount.path = place.absolute;
        }
        let path = mount.path.clone();
        if let Some(machine) = self.machines.get_mut(&machine) {
            machine.push_mount(mount);
        }
        path
    }
}
