//! The calls that change a machine's tree, each as its section-2 manual page has it.

use std::rc::Rc;

use sim::Time;

use super::{EXECUTE, Place, READ, WRITE, permits};
use crate::{Content, Device, Disk, Errno, Inode, KernelState, MachineId, User};

/// What is made in a directory with this bit belongs to the directory's group.
const SETGID: u32 = 0o2000;

impl KernelState {
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
            && (user.uid != 0 || user.lacks.has("FOWNER"))
            && user.uid != dir.uid
            && user.uid != inode.uid
        {
            return Err(Errno::EPERM);
        }
        Ok(())
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
                    && matches!(inode.content, Content::File(_) | Content::Long(_))
                    && let Some(disk) = self.disks.get_mut(&place.disk)
                {
                    disk.resize(&place.path, now, 0, false)?;
                }
            }
        }
        Ok(place)
    }

    /// Replaces a file's bytes; with `append`, adds to them. A file that is missing is made, with mode 0644.
    ///
    /// # Errors
    ///
    /// Those of open(2) and write(2).
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
                disk.write_at(&place.path, now, None, bytes).map(drop)
            }
        }
    }

    /// Opens a regular file to write, and does so to its disk.
    pub(crate) fn write_by(
        &mut self,
        machine: MachineId,
        user: &User,
        path: &str,
        (umask, now): (u32, Time),
        f: impl FnOnce(&mut Disk, &[String]) -> Result<(), Errno>,
    ) -> Result<(), Errno> {
        let place = self.open_write(machine, user, path, false, umask, now)?;
        f(self.disks.get_mut(&place.disk).ok_or(Errno::EIO)?, &place.path)
    }

    /// mkdir(2). The parent must exist.
    ///
    /// # Errors
    ///
    /// Those of mkdir(2).
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
    ///
    /// # Errors
    ///
    /// Those of symlink(2).
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
    ///
    /// # Errors
    ///
    /// Those of link(2).
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
    ///
    /// # Errors
    ///
    /// Those of mkfifo(3).
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
    ///
    /// # Errors
    ///
    /// Those of unlink(2), but EISDIR for a directory.
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
    ///
    /// # Errors
    ///
    /// Those of rmdir(2).
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
    ///
    /// # Errors
    ///
    /// Those of rename(2).
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
}
