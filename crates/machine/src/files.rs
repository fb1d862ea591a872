//! The file system of a machine: paths, mounts, symbolic links and permissions over its disks.

use std::rc::Rc;

use sim::Time;

use crate::disk::split;
use crate::{Content, Device, Disk, DiskId, Errno, Inode, KernelState, MachineId, MountPoint, User};

/// Symbolic links followed in one path before ELOOP, as Linux.
const LINK_LIMIT: u32 = 40;
/// Longest path, as PATH_MAX.
const PATH_LIMIT: usize = 4096;

/// What a file is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileType {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A character device.
    Device,
    /// A socket.
    Socket,
    /// A FIFO.
    Fifo,
}

/// What stat(2) says of a file.
#[derive(Clone, Debug)]
pub struct Metadata {
    /// What it is.
    pub file_type: FileType,
    /// Its size in bytes.
    pub size: u64,
    /// Permission bits without the type.
    pub mode: u32,
    /// The owner's number.
    pub uid: u32,
    /// The group's number.
    pub gid: u32,
    /// When it was last written to.
    pub modified: Time,
    /// The disk and the file's number on it: equal for two paths to one file.
    pub identity: (DiskId, u64),
    /// How many directory entries point to it: 2 and one for each subdirectory, or as many names as it has.
    pub links: u32,
}

impl Metadata {
    /// Whether this is a directory.
    pub fn is_dir(&self) -> bool {
        self.file_type == FileType::Directory
    }

    /// Whether this is a regular file.
    pub fn is_file(&self) -> bool {
        self.file_type == FileType::File
    }

    /// Whether this is a symbolic link.
    pub fn is_symlink(&self) -> bool {
        self.file_type == FileType::Symlink
    }
}

/// An entry of a directory.
#[derive(Clone, Debug)]
pub struct DirEntry {
    /// Its name.
    pub name: String,
    /// What it is, symbolic links not followed.
    pub file_type: FileType,
}

/// A place on a disk.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub disk: DiskId,
    pub path: Vec<String>,
    pub read_only: bool,
    /// The absolute path on the machine, links resolved.
    pub absolute: String,
}

/// A device, and which file it is: its disk and number.
pub(crate) type DeviceFile = (Device, (DiskId, u64));

/// May read, write, execute: the bits of access(2).
pub const READ: u32 = 4;
/// See [`READ`].
pub const WRITE: u32 = 2;
/// See [`READ`].
pub const EXECUTE: u32 = 1;
/// What is made in a directory with this bit belongs to the directory's group.
const SETGID: u32 = 0o2000;

/// What an inode is, symbolic links not followed.
fn type_of(inode: &Inode) -> FileType {
    match &inode.content {
        Content::File(_) => FileType::File,
        Content::Directory(_) => FileType::Directory,
        Content::Symlink(_) => FileType::Symlink,
        Content::Device(Device::Socket) => FileType::Socket,
        Content::Device(Device::Fifo) => FileType::Fifo,
        Content::Device(_) => FileType::Device,
    }
}

fn metadata_of(id: DiskId, disk: &Disk, inode: &Inode) -> Metadata {
    let links = match &inode.content {
        Content::Directory(entries) => 2 + entries.values().filter(|entry| entry.is_dir()).count() as u32,
        _ => disk.names_of(inode),
    };
    Metadata {
        file_type: type_of(inode),
        size: inode.size(),
        mode: inode.mode,
        uid: inode.uid,
        gid: inode.gid,
        modified: inode.modified,
        identity: (id, inode.number),
        links,
    }
}

/// Whether `user` may do `want` (bits of [`READ`], [`WRITE`], [`EXECUTE`]) with a file.
pub(crate) fn permits(user: &User, mode: u32, uid: u32, gid: u32, want: u32) -> bool {
    if user.uid == 0 {
        return want & EXECUTE == 0 || mode & 0o111 != 0;
    }
    let bits = if user.uid == uid {
        mode >> 6
    } else if user.gid == gid || user.groups.contains(&gid) {
        mode >> 3
    } else {
        mode
    };
    bits & want == want
}

/// Joins a path to the directory it is relative to.
pub(crate) fn join(cwd: &str, path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("{cwd}/{path}") }
}

/// A machine's tree as one user sees it; what each system call does is documented in its section-2 manual page.
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
    fn enter(&self, machine: MachineId, place: &mut Place, dir: &Inode, name: &str) -> Option<Rc<Inode>> {
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

    /// stat(2), or lstat(2) without `follow`. `path` is absolute, here and below.
    pub fn metadata(&self, machine: MachineId, user: &User, path: &str, follow: bool) -> Result<Metadata, Errno> {
        let place = self.walk(machine, user, path, follow || path.ends_with('/'))?;
        let disk = self.disks.get(&place.disk).ok_or(Errno::EIO)?;
        Ok(metadata_of(place.disk, disk, disk.get(&place.path).ok_or(Errno::ENOENT)?))
    }

    /// access(2): whether the user may do `want` with the file.
    pub fn may(&self, machine: MachineId, user: &User, path: &str, want: u32) -> bool {
        self.walk(machine, user, path, true).is_ok_and(|place| {
            self.inode(&place).is_some_and(|inode| {
                permits(user, inode.mode, inode.uid, inode.gid, want) && !(want & WRITE != 0 && place.read_only)
            })
        })
    }

    /// A regular file's bytes.
    ///
    /// Errors: besides open(2)'s, ENOMEM for a device that has no end.
    pub fn read_file(&self, machine: MachineId, user: &User, path: &str) -> Result<Vec<u8>, Errno> {
        Ok(self.read_file_after(machine, user, path, 0)?.1)
    }

    /// A regular file's length and its bytes from a place on.
    ///
    /// Errors: as [`KernelState::read_file`].
    pub(crate) fn read_file_after(
        &self,
        machine: MachineId,
        user: &User,
        path: &str,
        offset: usize,
    ) -> Result<(usize, Vec<u8>), Errno> {
        let place = self.walk(machine, user, path, true)?;
        let inode = self.inode(&place).ok_or(Errno::ENOENT)?;
        if !permits(user, inode.mode, inode.uid, inode.gid, READ) {
            return Err(Errno::EACCES);
        }
        match &inode.content {
            Content::File(bytes) => Ok((bytes.len(), bytes.get(offset..).unwrap_or_default().to_vec())),
            Content::Directory(_) => Err(Errno::EISDIR),
            Content::Device(Device::Zero | Device::Full | Device::Random) => Err(Errno::ENOMEM),
            _ => Ok((0, Vec::new())),
        }
    }

    /// The device that a path leads to, opened for reading, and which file it is; `None` for what is no device.
    pub(crate) fn read_device(&self, machine: MachineId, user: &User, path: &str) -> Result<Option<DeviceFile>, Errno> {
        let place = self.walk(machine, user, path, true)?;
        let inode = self.inode(&place).ok_or(Errno::ENOENT)?;
        let Content::Device(device) = inode.content else { return Ok(None) };
        if device == Device::Socket {
            return Err(Errno::ENXIO);
        }
        match permits(user, inode.mode, inode.uid, inode.gid, READ) {
            true => Ok(Some((device, (place.disk, inode.number)))),
            false => Err(Errno::EACCES),
        }
    }

    /// A directory's entries in the order of their names, without `.` and `..`.
    pub fn read_dir(&self, machine: MachineId, user: &User, path: &str) -> Result<Vec<DirEntry>, Errno> {
        let place = self.walk(machine, user, path, true)?;
        let inode = self.inode(&place).ok_or(Errno::ENOENT)?;
        let Content::Directory(entries) = &inode.content else { return Err(Errno::ENOTDIR) };
        if !permits(user, inode.mode, inode.uid, inode.gid, READ) {
            return Err(Errno::EACCES);
        }
        let entry =
            |(name, inode): (&Rc<str>, &Rc<Inode>)| DirEntry { name: name.to_string(), file_type: type_of(inode) };
        Ok(entries.iter().map(entry).collect())
    }

    /// Where a symbolic link points; EINVAL for anything else.
    pub fn read_link(&self, machine: MachineId, user: &User, path: &str) -> Result<String, Errno> {
        let place = self.walk(machine, user, path, false)?;
        match &self.inode(&place).ok_or(Errno::ENOENT)?.content {
            Content::Symlink(target) => Ok(target.to_string()),
            _ => Err(Errno::EINVAL),
        }
    }

    /// The absolute path without links, `.` and `..`. All of it must exist.
    pub fn canonicalize(&self, machine: MachineId, user: &User, path: &str) -> Result<String, Errno> {
        let place = self.walk(machine, user, path, true)?;
        self.inode(&place).ok_or(Errno::ENOENT)?;
        Ok(place.absolute)
    }

    /// Checks that the user may add or remove names in the directory that holds `place`; gives the directory's path on
    /// its disk, and the name.
    fn parent<'a>(&self, user: &User, place: &'a Place) -> Result<(&'a [String], &'a str), Errno> {
        let (name, dir) = place.path.split_last().ok_or(Errno::EBUSY)?;
        let inode = self.disks.get(&place.disk).and_then(|disk| disk.get(dir)).ok_or(Errno::ENOENT)?;
        if !inode.is_dir() {
            return Err(Errno::ENOTDIR);
        }
        if place.read_only {
            return Err(Errno::EROFS);
        }
        if !permits(user, inode.mode, inode.uid, inode.gid, WRITE | EXECUTE) {
            return Err(Errno::EACCES);
        }
        Ok((dir, name))
    }

    /// In a directory with the sticky bit (`/tmp`), only its owner and the file's may remove a file.
    fn may_remove(&self, user: &User, place: &Place) -> Result<(), Errno> {
        let (dir, _) = self.parent(user, place)?;
        let disk = self.disks.get(&place.disk).ok_or(Errno::EIO)?;
        if let (Some(dir), Some(inode)) = (disk.get(dir), disk.get(&place.path))
            && dir.mode & 0o1000 != 0
            && user.uid != 0
            && user.uid != dir.uid
            && user.uid != inode.uid
        {
            return Err(Errno::EPERM);
        }
        Ok(())
    }

    fn is_mount(&self, machine: MachineId, place: &Place) -> bool {
        self.machines.get(&machine).is_some_and(|m| m.mounts.iter().any(|mount| mount.path == place.absolute))
    }

    fn create(&mut self, user: &User, place: &Place, content: Content, mut mode: u32, now: Time) -> Result<(), Errno> {
        if self.inode(place).is_some() {
            return Err(Errno::EEXIST);
        }
        let (dir, name) = self.parent(user, place)?;
        let disk = self.disks.get_mut(&place.disk).ok_or(Errno::EIO)?;
        let mut gid = user.gid;
        if let Some(parent) = disk.get(dir).filter(|parent| parent.mode & SETGID != 0) {
            gid = parent.gid;
            if matches!(content, Content::Directory(_)) {
                mode |= SETGID;
            }
        }
        let inode = disk.make(content, mode, (user.uid, gid), now);
        disk.insert(dir, name, inode, now)
    }

    /// open(2) for writing: makes the file if it is missing, empties it if `truncate`. Gives its place.
    pub(crate) fn open_write(
        &mut self,
        machine: MachineId,
        user: &User,
        path: &str,
        truncate: bool,
        umask: u32,
        now: Time,
    ) -> Result<Place, Errno> {
        if path.ends_with('/') {
            return Err(Errno::EISDIR);
        }
        let place = self.walk(machine, user, path, true)?;
        match self.inode(&place) {
            None => self.create(user, &place, Content::File(Rc::default()), 0o666 & !umask, now)?,
            Some(inode) => {
                if inode.is_dir() {
                    return Err(Errno::EISDIR);
                }
                if matches!(inode.content, Content::Device(Device::Socket)) {
                    return Err(Errno::ENXIO);
                }
                if place.read_only {
                    return Err(Errno::EROFS);
                }
                if !permits(user, inode.mode, inode.uid, inode.gid, WRITE) {
                    return Err(Errno::EACCES);
                }
                if truncate
                    && matches!(inode.content, Content::File(_))
                    && let Some(disk) = self.disks.get_mut(&place.disk)
                {
                    disk.write(&place.path, now, Vec::clear)?;
                }
            }
        }
        Ok(place)
    }

    /// Replaces a file's bytes, making it if it is missing; with `append`, adds to them.
    pub fn write_file(
        &mut self,
        machine: MachineId,
        user: &User,
        path: &str,
        bytes: &[u8],
        append: bool,
        now: Time,
    ) -> Result<(), Errno> {
        self.write_masked(machine, user, path, bytes, append, 0o022, now)
    }

    /// Likewise; a file that it makes lacks the permissions of `umask`.
    #[expect(clippy::too_many_arguments, reason = "as write_file, and a mask")]
    pub(crate) fn write_masked(
        &mut self,
        machine: MachineId,
        user: &User,
        path: &str,
        bytes: &[u8],
        append: bool,
        umask: u32,
        now: Time,
    ) -> Result<(), Errno> {
        let place = self.open_write(machine, user, path, !append, umask, now)?;
        match self.inode(&place).map(|inode| &inode.content) {
            Some(Content::Device(Device::Full)) if !bytes.is_empty() => Err(Errno::ENOSPC),
            Some(Content::Device(_)) => Ok(()),
            _ => {
                let disk = self.disks.get_mut(&place.disk).ok_or(Errno::EIO)?;
                disk.write(&place.path, now, |file| file.extend_from_slice(bytes))
            }
        }
    }

    /// mkdir(2). The parent must exist.
    pub fn create_dir(
        &mut self,
        machine: MachineId,
        user: &User,
        path: &str,
        mode: u32,
        now: Time,
    ) -> Result<(), Errno> {
        let trimmed = if path.len() > 1 { path.trim_end_matches('/') } else { path };
        let place = self.walk(machine, user, if trimmed.is_empty() { "/" } else { trimmed }, false)?;
        self.create(user, &place, Content::Directory(sim::SharedMap::new()), mode, now)
    }

    /// symlink(2).
    pub fn symlink(
        &mut self,
        machine: MachineId,
        user: &User,
        target: &str,
        path: &str,
        now: Time,
    ) -> Result<(), Errno> {
        let place = self.walk(machine, user, path, false)?;
        self.create(user, &place, Content::Symlink(target.into()), 0o777, now)
    }

    /// link(2): another name for a file; a symbolic link is not followed. Linux lets nobody link to another's file that he
    /// could not write (`fs.protected_hardlinks`).
    pub fn link(&mut self, machine: MachineId, user: &User, from: &str, to: &str, now: Time) -> Result<(), Errno> {
        let source = self.walk(machine, user, from, false)?;
        let inode = self.inode(&source).ok_or(Errno::ENOENT)?;
        let owner = user.uid == 0 || user.uid == inode.uid;
        if inode.is_dir() || !owner && !permits(user, inode.mode, inode.uid, inode.gid, READ | WRITE) {
            return Err(Errno::EPERM);
        }
        let target = self.walk(machine, user, to, false)?;
        if self.inode(&target).is_some() {
            return Err(Errno::EEXIST);
        }
        let (dir, name) = self.parent(user, &target)?;
        let (dir, name) = (dir.to_vec(), name.to_owned());
        if source.disk != target.disk {
            return Err(Errno::EXDEV);
        }
        self.disks.get_mut(&target.disk).ok_or(Errno::EIO)?.link(&source.path, &dir, &name, now)
    }

    /// mkfifo(2).
    pub fn make_fifo(
        &mut self,
        machine: MachineId,
        user: &User,
        path: &str,
        mode: u32,
        now: Time,
    ) -> Result<(), Errno> {
        let place = self.walk(machine, user, path, false)?;
        self.create(user, &place, Content::Device(Device::Fifo), mode, now)
    }

    /// unlink(2): removes what is not a directory.
    pub fn remove_file(&mut self, machine: MachineId, user: &User, path: &str, now: Time) -> Result<(), Errno> {
        let place = self.walk(machine, user, path, false)?;
        if self.inode(&place).ok_or(Errno::ENOENT)?.is_dir() {
            return Err(Errno::EISDIR);
        }
        self.may_remove(user, &place)?;
        if self.is_mount(machine, &place) {
            return Err(Errno::EBUSY);
        }
        self.disks.get_mut(&place.disk).and_then(|disk| disk.remove(&place.path, now)).map(drop).ok_or(Errno::ENOENT)
    }

    /// rmdir(2): removes an empty directory.
    pub fn remove_dir(&mut self, machine: MachineId, user: &User, path: &str, now: Time) -> Result<(), Errno> {
        let place = self.walk(machine, user, path.trim_end_matches('/'), false)?;
        match &self.inode(&place).ok_or(Errno::ENOENT)?.content {
            Content::Directory(_) if self.is_mount(machine, &place) => return Err(Errno::EBUSY),
            Content::Directory(entries) if !entries.is_empty() => return Err(Errno::ENOTEMPTY),
            Content::Directory(_) => {}
            _ => return Err(Errno::ENOTDIR),
        }
        self.may_remove(user, &place)?;
        self.disks.get_mut(&place.disk).and_then(|disk| disk.remove(&place.path, now)).map(drop).ok_or(Errno::ENOENT)
    }

    /// rename(2): within one disk (else EXDEV), replacing a file or an empty directory at `to`.
    pub fn rename(&mut self, machine: MachineId, user: &User, from: &str, to: &str, now: Time) -> Result<(), Errno> {
        let trim = |path: &str| if path.len() > 1 { path.trim_end_matches('/').to_owned() } else { path.to_owned() };
        let source = self.walk(machine, user, &trim(from), false)?;
        let target = self.walk(machine, user, &trim(to), false)?;
        let moved = self.inode(&source).ok_or(Errno::ENOENT)?.clone();
        self.may_remove(user, &source)?;
        self.parent(user, &target)?;
        if self.is_mount(machine, &source) || self.is_mount(machine, &target) {
            return Err(Errno::EBUSY);
        }
        if source.disk != target.disk {
            return Err(Errno::EXDEV);
        }
        if source.path == target.path {
            return Ok(());
        }
        if target.path.starts_with(&source.path) {
            return Err(Errno::EINVAL);
        }
        if let Some(old) = self.inode(&target) {
            match (&old.content, moved.is_dir()) {
                (Content::Directory(_), false) => return Err(Errno::EISDIR),
                (Content::Directory(entries), true) if !entries.is_empty() => return Err(Errno::ENOTEMPTY),
                (Content::Directory(_), true) => {}
                (_, true) => return Err(Errno::ENOTDIR),
                (_, false) => {}
            }
            self.may_remove(user, &target)?;
        }
        let disk = self.disks.get_mut(&target.disk).ok_or(Errno::EIO)?;
        disk.remove(&target.path, now);
        disk.remove(&source.path, now);
        let (name, dir) = target.path.split_last().ok_or(Errno::EBUSY)?;
        disk.insert(dir, name, Inode::clone(&moved), now)
    }

    /// Changes mode, owner or time of a file its owner (or root) asks to.
    pub(crate) fn change(
        &mut self,
        machine: MachineId,
        user: &User,
        path: &str,
        f: impl FnOnce(&mut Inode),
    ) -> Result<(), Errno> {
        let place = self.walk(machine, user, path, true)?;
        let inode = self.inode(&place).ok_or(Errno::ENOENT)?;
        if place.read_only {
            return Err(Errno::EROFS);
        }
        if user.uid != 0 && user.uid != inode.uid {
            return Err(Errno::EPERM);
        }
        self.disks.get_mut(&place.disk).ok_or(Errno::EIO)?.set_metadata(&place.path, f);
        Ok(())
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
