//! The file system of a machine: paths, mounts, symbolic links and permissions over its disks.
//!
//! Here: what a file is, and the calls that only read.

mod change;
mod mount;
mod walk;

use std::rc::Rc;

use sim::Time;

use crate::{Content, Device, Disk, DiskId, Errno, Inode, KernelState, MEMORY_LIMIT, MachineId, User};

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
    /// The room that its bytes take on the disk.
    pub allocated: u64,
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
    /// Which device it is, if it is one.
    pub device: Option<Device>,
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

/// What an inode is, symbolic links not followed.
fn type_of(inode: &Inode) -> FileType {
    match &inode.content {
        Content::File(_) | Content::Long(_) => FileType::File,
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
        allocated: inode.allocated(),
        mode: inode.mode,
        uid: inode.uid,
        gid: inode.gid,
        modified: inode.modified,
        identity: (id, inode.number),
        device: if let Content::Device(device) = inode.content { Some(device) } else { None },
        links,
    }
}

/// Whether `user` may do `want` (bits of [`READ`], [`WRITE`], [`EXECUTE`]) with a file.
pub(crate) fn permits(user: &User, mode: u32, uid: u32, gid: u32, want: u32) -> bool {
    if user.uid == 0 && !user.lacks.has("DAC_OVERRIDE") {
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
    /// stat(2), or lstat(2) without `follow`. `path` is absolute, here and below.
    ///
    /// # Errors
    ///
    /// Those of stat(2).
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
    /// # Errors
    ///
    /// Besides open(2)'s, ENOMEM for a device that has no end, and for a file of which no program here holds all.
    pub fn read_file(&self, machine: MachineId, user: &User, path: &str) -> Result<Vec<u8>, Errno> {
        Ok(self.read_file_after(machine, user, path, 0)?.1)
    }

    /// A regular file's length and its bytes from a place on.
    ///
    /// # Errors
    ///
    /// As [`KernelState::read_file`].
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
            Content::Long(file) => match file.read(offset as u64, MEMORY_LIMIT + 1) {
                bytes if bytes.len() > MEMORY_LIMIT => Err(Errno::ENOMEM),
                bytes => Ok((file.len() as usize, bytes)),
            },
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
    ///
    /// # Errors
    ///
    /// Those of opendir(3).
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
    ///
    /// # Errors
    ///
    /// Those of readlink(2).
    pub fn read_link(&self, machine: MachineId, user: &User, path: &str) -> Result<String, Errno> {
        let place = self.walk(machine, user, path, false)?;
        match &self.inode(&place).ok_or(Errno::ENOENT)?.content {
            Content::Symlink(target) => Ok(target.to_string()),
            _ => Err(Errno::EINVAL),
        }
    }
}
