//! Following a path through mounts and symbolic links: path_resolution(7).

use std::rc::Rc;

use super::{EXECUTE, Place, permits};
use crate::disk::split;
use crate::{Content, Errno, Inode, KernelState, MachineId, MountPoint, User};

/// Symbolic links followed in one path before ELOOP, as Linux.
pub(super) const LINK_LIMIT: u32 = 40;

/// Longest path, as PATH_MAX.
const PATH_LIMIT: usize = 4096;

impl KernelState {
    pub(crate) fn locate(&self, machine: MachineId, path: &[String]) -> Option<Place> {
        let absolute = format!("/{}", path.join("/"));
        let mounts = &self.machines.get(&machine)?.mounts;
        let covers = |mount: &&MountPoint| {
            mount.path == "/"
                || absolute
                    .strip_prefix(mount.path.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let mount = mounts.iter().filter(covers).max_by_key(|mount| mount.path.len())?;
        let rest = if mount.path == "/" { &absolute } else { &absolute[mount.path.len()..] };
        let inner = split(&mount.subpath).into_iter().chain(split(rest)).map(str::to_owned).collect();
        Some(Place { disk: mount.disk, path: inner, read_only: mount.read_only, absolute })
    }

    /// The file `name` in the folder at `place`, as a place; its file, if there is one. Only where a mount begins is the way
    /// looked for from the root again, so that a path costs its length.
    pub(super) fn enter(&self, machine: MachineId, place: &mut Place, dir: &Inode, name: &str) -> Option<Rc<Inode>> {
        let end = place.absolute.len();
        if end > 1 {
            place.absolute.push('/');
        }
        place.absolute.push_str(name);
        let mounts = &self.machines.get(&machine)?.mounts;
        if mounts.iter().any(|mount| mount.path == place.absolute) {
            let names: Vec<String> = split(&place.absolute).into_iter().map(str::to_owned).collect();
            *place = self.locate(machine, &names)?;
            return self.inode(place).cloned();
        }
        place.path.push(name.to_owned());
        match &dir.content {
            Content::Directory(entries) => entries.get(name).cloned(),
            _ => None,
        }
    }

    pub(crate) fn inode(&self, place: &Place) -> Option<&Rc<Inode>> {
        self.disks.get(&place.disk)?.get(&place.path)
    }

    /// Follows `path` to a place, which need not exist if only its last name is missing.
    pub(crate) fn walk(&self, machine: MachineId, user: &User, path: &str, follow: bool) -> Result<Place, Errno> {
        if path.is_empty() {
            return Err(Errno::ENOENT);
        }
        if path.len() > PATH_LIMIT {
            return Err(Errno::ENAMETOOLONG);
        }
        let (place, inode) = self.walk_on(machine, user, path, follow, 0)?;
        let must_be_dir = path.ends_with('/') || path.ends_with("/.");
        if must_be_dir && inode.is_some_and(|inode| !inode.is_dir() && (follow || !path.ends_with('/'))) {
            return Err(Errno::ENOTDIR);
        }
        Ok(place)
    }

    /// Likewise, after so many symbolic links; with the file, if there is one.
    fn walk_on(
        &self,
        machine: MachineId,
        user: &User,
        path: &str,
        follow: bool,
        links: u32,
    ) -> Result<(Place, Option<Rc<Inode>>), Errno> {
        let mut place = self.locate(machine, &[]).ok_or(Errno::EIO)?;
        let mut inode = self.inode(&place).cloned();
        let mut names = path.split('/').filter(|name| !name.is_empty()).peekable();
        while let Some(name) = names.next() {
            let dir = inode.ok_or(Errno::ENOENT)?;
            if !dir.is_dir() {
                return Err(Errno::ENOTDIR);
            }
            if !permits(user, dir.mode, dir.uid, dir.gid, EXECUTE) {
                return Err(Errno::EACCES);
            }
            match name {
                "." => {
                    inode = Some(dir);
                    continue;
                }
                ".." => {
                    let mut above: Vec<String> = split(&place.absolute).into_iter().map(str::to_owned).collect();
                    above.pop();
                    place = self.locate(machine, &above).ok_or(Errno::EIO)?;
                    inode = self.inode(&place).cloned();
                    continue;
                }
                _ if name.len() > crate::disk::NAME_LIMIT => return Err(Errno::ENAMETOOLONG),
                _ => {}
            }
            let above = place.absolute.len();
            inode = self.enter(machine, &mut place, &dir, name);
            let is_last = names.peek().is_none();
            match inode.as_ref().map(|inode| &inode.content) {
                Some(Content::Symlink(target)) if follow || !is_last => {
                    if links == LINK_LIMIT {
                        return Err(Errno::ELOOP);
                    }
                    let mut way = match target.starts_with('/') {
                        true => target.to_string(),
                        false => format!("{}/{target}", &place.absolute[..above]),
                    };
                    for name in names {
                        way.push('/');
                        way.push_str(name);
                    }
                    return self.walk_on(machine, user, &way, follow, links + 1);
                }
                None if !is_last => return Err(Errno::ENOENT),
                _ => {}
            }
        }
        Ok((place, inode))
    }

    /// The absolute path without links, `.` and `..`. All of it must exist.
    ///
    /// # Errors
    ///
    /// Those of realpath(3).
    pub fn canonicalize(&self, machine: MachineId, user: &User, path: &str) -> Result<String, Errno> {
        let place = self.walk(machine, user, path, true)?;
        self.inode(&place).ok_or(Errno::ENOENT)?;
        Ok(place.absolute)
    }
}
