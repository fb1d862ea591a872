//! Files, as a process reaches them: paths are relative to its working directory.

use sim::Time;

use crate::fd::{OpenFile, Stream};
use crate::files::{join, permits};
use crate::{Content, DirEntry, Errno, Fd, Metadata, Process, READ};

impl Process {
    /// The absolute path, with `.` and `..` taken out by their words.
    pub fn resolve(&self, path: &str) -> String {
        let joined = join(&self.cwd, path);
        let mut names: Vec<&str> = Vec::new();
        for name in crate::disk::split(&joined) {
            if name == ".." {
                names.pop();
            } else {
                names.push(name);
            }
        }
        format!("/{}", names.join("/"))
    }

    fn absolute(&self, path: &str) -> String {
        if path.is_empty() {
            return String::new();
        }
        let path = join(&self.cwd, path);
        self.show_proc(&path);
        path
    }

    /// The number of the process's own file that a path names: `/dev/stdin`, `/dev/fd/63`.
    fn own_number(path: &str) -> Option<u32> {
        match path {
            "/dev/stdin" => Some(0),
            "/dev/stdout" => Some(1),
            "/dev/stderr" => Some(2),
            path => path.strip_prefix("/dev/fd/").and_then(|number| number.parse().ok()),
        }
    }

    /// The file that is to be written under a path, if it is one of the process's own, a device, or a terminal.
    ///
    /// # Errors
    ///
    /// Those of open(2).
    pub fn open_to_write(&self, path: &str) -> Result<Option<Fd>, Errno> {
        if let Some(number) = Self::own_number(path) {
            return self.fd(number).map(Some).ok_or(Errno::ENOENT);
        }
        let absolute = self.absolute(path);
        self.kernel.with(|state| {
            let device = match state.read_device(self.machine, &self.user, &absolute) {
                Ok(Some(device)) => device,
                _ => return Ok(None),
            };
            Ok(Some(self.kernel.open_device(device, true)))
        })
    }

    /// Opens a file to add to its end, making it without the permissions of `umask` if it is missing.
    ///
    /// # Errors
    ///
    /// Those of open(2).
    pub fn open_append(&self, path: &str, umask: u32) -> Result<Fd, Errno> {
        let (path, now) = (self.absolute(path), self.now());
        self.kernel.with(|state| {
            let place = state.open_write(self.machine, &self.user, &path, false, umask, now)?;
            let number = state.inode(&place).ok_or(Errno::ENOENT)?.number;
            let offset = std::cell::Cell::new(0);
            Ok(Fd::new(Stream::File(OpenFile { place, number, offset, append: true, read: false, write: true })))
        })
    }

    /// A file's bytes.
    ///
    /// # Errors
    ///
    /// Those of open(2), and ENOMEM for a device that has no end.
    pub fn read_file(&self, path: &str) -> Result<Vec<u8>, Errno> {
        if let Some(number) = Self::own_number(path) {
            // What is there already: a process substitution's output, a here-document.
            let fd = self.fd(number).ok_or(Errno::ENOENT)?;
            if let Stream::Bytes { bytes, offset } = fd.bare() {
                let from = offset.replace(bytes.len()).min(bytes.len());
                return Ok(bytes[from..].to_vec());
            }
        }
        let absolute = self.absolute(path);
        self.kernel.with(|state| state.read_file(self.machine, &self.user, &absolute))
    }

    /// A file's length and its bytes from a place on.
    ///
    /// # Errors
    ///
    /// Those of open(2), and ENOMEM for a device that has no end.
    pub fn read_file_after(&self, path: &str, offset: usize) -> Result<(usize, Vec<u8>), Errno> {
        let path = self.absolute(path);
        self.kernel.with(|state| state.read_file_after(self.machine, &self.user, &path, offset))
    }

    /// What a path stands for that is read as a stream: a device, one of the process's own files (`/dev/fd/3`), or a long file.
    /// `None` for any other file on a disk.
    ///
    /// # Errors
    ///
    /// Those of open(2).
    pub fn open_stream(&self, path: &str) -> Result<Option<Fd>, Errno> {
        if let Some(number) = Self::own_number(path) {
            return self.fd(number).map(Some).ok_or(Errno::ENOENT);
        }
        let absolute = self.absolute(path);
        let device = self.kernel.with(|state| state.read_device(self.machine, &self.user, &absolute))?;
        match device {
            Some(device) => Ok(Some(self.kernel.open_device(device, false))),
            None => self.open_long(&absolute),
        }
    }

    fn open_long(&self, absolute: &str) -> Result<Option<Fd>, Errno> {
        self.kernel.with(|state| {
            let place = state.walk(self.machine, &self.user, absolute, true)?;
            let inode = state.inode(&place).ok_or(Errno::ENOENT)?;
            if !matches!(inode.content, Content::Long(_)) {
                return Ok(None);
            }
            if !permits(&self.user, inode.mode, inode.uid, inode.gid, READ) {
                return Err(Errno::EACCES);
            }
            let (number, offset) = (inode.number, std::cell::Cell::new(0));
            let file = OpenFile { place, number, offset, append: false, read: true, write: false };
            Ok(Some(Fd::new(Stream::File(file))))
        })
    }

    /// Gives a file another length, making it if it is missing. What it becomes longer by are zeros; a hole takes no room.
    ///
    /// # Errors
    ///
    /// Those of open(2) and ftruncate(2).
    pub fn resize_file(&self, path: &str, len: u64, hole: bool) -> Result<(), Errno> {
        let (path, now) = (self.absolute(path), self.now());
        self.kernel.with(|state| {
            state.write_by(self.machine, &self.user, &path, (self.umask, now), |disk, path| {
                disk.resize(path, now, len, hole)
            })
        })
    }

    /// Writes into a file from a place on, making it if it is missing.
    ///
    /// # Errors
    ///
    /// Those of open(2) and write(2).
    pub fn write_file_at(&self, path: &str, at: u64, bytes: &[u8]) -> Result<(), Errno> {
        let (path, now) = (self.absolute(path), self.now());
        self.kernel.with(|state| {
            state.write_by(self.machine, &self.user, &path, (self.umask, now), |disk, path| {
                disk.write_at(path, now, Some(at), bytes).map(drop)
            })
        })
    }

    /// Lets `to` hold what the long file `from` does, and gives how much room that takes; `None` if `from` is not long.
    ///
    /// # Errors
    ///
    /// Those of open(2) and write(2).
    pub fn copy_long(&self, from: &str, to: &str) -> Result<Option<u64>, Errno> {
        let (from, to, now) = (self.absolute(from), self.absolute(to), self.now());
        self.kernel.with(|state| {
            let place = state.walk(self.machine, &self.user, &from, true).ok();
            let inode = place.and_then(|place| state.inode(&place));
            let Some(Content::Long(file)) = inode.map(|inode| inode.content.clone()) else { return Ok(None) };
            let mask = (self.umask, now);
            state.write_by(self.machine, &self.user, &to, mask, |disk, path| disk.replace(path, now, &file))?;
            Ok(Some(file.allocated()))
        })
    }

    /// Replaces a file's bytes, making it if it is missing.
    ///
    /// # Errors
    ///
    /// Those of open(2) and write(2).
    pub fn write_file(&self, path: &str, bytes: &[u8]) -> Result<(), Errno> {
        self.put(path, bytes, false)
    }

    /// Adds to a file's bytes, making it if it is missing.
    ///
    /// # Errors
    ///
    /// Those of open(2) and write(2).
    pub fn append_file(&self, path: &str, bytes: &[u8]) -> Result<(), Errno> {
        self.put(path, bytes, true)
    }

    fn put(&self, path: &str, bytes: &[u8], append: bool) -> Result<(), Errno> {
        let (path, now) = (self.absolute(path), self.now());
        self.kernel.with(|state| state.write_masked(self.machine, &self.user, &path, bytes, append, self.umask, now))
    }

    /// stat(2): symbolic links are followed.
    ///
    /// # Errors
    ///
    /// Those of stat(2).
    pub fn metadata(&self, path: &str) -> Result<Metadata, Errno> {
        if let Some(number) = Self::own_number(path) {
            self.fd(number).ok_or(Errno::ENOENT)?;
            let (now, user) = (self.now(), &self.user);
            return Ok(Metadata {
                file_type: crate::FileType::Device,
                size: 0,
                allocated: 0,
                mode: 0o620,
                uid: user.uid,
                gid: user.gid,
                modified: now,
                identity: (crate::DiskId(0), u64::from(number)),
                device: None,
                links: 1,
            });
        }
        let absolute = self.absolute(path);
        self.kernel.with(|state| state.metadata(self.machine, &self.user, &absolute, true))
    }

    /// lstat(2): a symbolic link is what it is.
    ///
    /// # Errors
    ///
    /// Those of lstat(2).
    pub fn symlink_metadata(&self, path: &str) -> Result<Metadata, Errno> {
        let absolute = self.absolute(path);
        self.kernel.with(|state| state.metadata(self.machine, &self.user, &absolute, false))
    }

    /// access(2), with bits of [`crate::READ`], [`crate::WRITE`], [`crate::EXECUTE`].
    pub fn may(&self, path: &str, want: u32) -> bool {
        let absolute = self.absolute(path);
        self.kernel.with(|state| state.may(self.machine, &self.user, &absolute, want))
    }

    /// A directory's entries in the order of their names (bytes), without `.` and `..`.
    ///
    /// # Errors
    ///
    /// Those of opendir(3).
    pub fn read_dir(&self, path: &str) -> Result<Vec<DirEntry>, Errno> {
        let absolute = self.absolute(path);
        self.kernel.with(|state| state.read_dir(self.machine, &self.user, &absolute))
    }

    /// Where a symbolic link points; EINVAL if it is none.
    ///
    /// # Errors
    ///
    /// Those of readlink(2).
    pub fn read_link(&self, path: &str) -> Result<String, Errno> {
        let absolute = self.absolute(path);
        self.kernel.with(|state| state.read_link(self.machine, &self.user, &absolute))
    }

    /// mkdir(2), with the usual mode.
    ///
    /// # Errors
    ///
    /// Those of mkdir(2).
    pub fn create_dir(&self, path: &str) -> Result<(), Errno> {
        let (path, now, mode) = (self.absolute(path), self.now(), 0o777 & !self.umask);
        self.kernel.with(|state| state.create_dir(self.machine, &self.user, &path, mode, now))
    }

    /// unlink(2).
    ///
    /// # Errors
    ///
    /// Those of unlink(2), but EISDIR for a directory.
    pub fn remove_file(&self, path: &str) -> Result<(), Errno> {
        let (path, now) = (self.absolute(path), self.now());
        self.kernel.with(|state| state.remove_file(self.machine, &self.user, &path, now))
    }

    /// rmdir(2): the directory must be empty.
    ///
    /// # Errors
    ///
    /// Those of rmdir(2).
    pub fn remove_dir(&self, path: &str) -> Result<(), Errno> {
        let (path, now) = (self.absolute(path), self.now());
        self.kernel.with(|state| state.remove_dir(self.machine, &self.user, &path, now))
    }

    /// rename(2): EXDEV across disks.
    ///
    /// # Errors
    ///
    /// Those of rename(2).
    pub fn rename(&self, from: &str, to: &str) -> Result<(), Errno> {
        let (from, to, now) = (self.absolute(from), self.absolute(to), self.now());
        self.kernel.with(|state| state.rename(self.machine, &self.user, &from, &to, now))
    }

    /// symlink(2): `target` is taken as it stands.
    ///
    /// # Errors
    ///
    /// Those of symlink(2).
    pub fn symlink(&self, target: &str, path: &str) -> Result<(), Errno> {
        let (path, now) = (self.absolute(path), self.now());
        self.kernel.with(|state| state.symlink(self.machine, &self.user, target, &path, now))
    }

    /// link(2): another name for a file.
    ///
    /// # Errors
    ///
    /// Those of link(2).
    pub fn link(&self, from: &str, to: &str) -> Result<(), Errno> {
        let (from, to, now) = (self.absolute(from), self.absolute(to), self.now());
        self.kernel.with(|state| state.link(self.machine, &self.user, &from, &to, now))
    }

    /// mkfifo(2), with these permissions without those of the umask.
    ///
    /// # Errors
    ///
    /// Those of mkfifo(3).
    pub fn make_fifo(&self, path: &str, mode: u32) -> Result<(), Errno> {
        let (path, now, mode) = (self.absolute(path), self.now(), mode & !self.umask);
        self.kernel.with(|state| state.make_fifo(self.machine, &self.user, &path, mode, now))
    }

    /// chmod(2).
    ///
    /// # Errors
    ///
    /// Those of chmod(2).
    pub fn set_mode(&self, path: &str, mode: u32) -> Result<(), Errno> {
        if self.user.lacks.has("FOWNER") && self.metadata(path)?.uid != self.user.uid {
            return Err(Errno::EPERM);
        }
        let path = self.absolute(path);
        self.kernel.with(|state| state.change(self.machine, &self.user, &path, |inode| inode.mode = mode & 0o7777))
    }

    /// chown(2); only root may, where it has `CAP_CHOWN`.
    ///
    /// # Errors
    ///
    /// Those of chown(2).
    pub fn set_owner(&self, path: &str, uid: u32, gid: u32) -> Result<(), Errno> {
        if !self.is_capable("CHOWN") {
            return Err(Errno::EPERM);
        }
        let path = self.absolute(path);
        self.kernel.with(|state| state.change(self.machine, &self.user, &path, |i| (i.uid, i.gid) = (uid, gid)))
    }

    /// Sets when a file was last written to, making an empty file if it is missing.
    ///
    /// # Errors
    ///
    /// Those of utimensat(2).
    pub fn touch(&self, path: &str, time: Time) -> Result<(), Errno> {
        if self.metadata(path).is_err_and(|error| error == Errno::ENOENT) {
            self.append_file(path, b"")?;
        }
        let path = self.absolute(path);
        self.kernel.with(|state| state.change(self.machine, &self.user, &path, |inode| inode.modified = time))
    }

    /// The absolute path without links, `.` and `..`; all of it must exist.
    ///
    /// # Errors
    ///
    /// Those of realpath(3).
    pub fn canonicalize(&self, path: &str) -> Result<String, Errno> {
        let absolute = self.absolute(path);
        self.kernel.with(|state| state.canonicalize(self.machine, &self.user, &absolute))
    }
}
