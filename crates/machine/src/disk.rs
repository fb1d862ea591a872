//! Disks: trees of files that share what they have in common.

use std::rc::Rc;

use sim::{SharedMap, SharedSet, Time};

use crate::{Errno, LongFile};

mod write;

/// Names a disk of a world.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct DiskId(pub u64);

/// The most one file may hold that does not repeat, so that no loop eats the tab.
pub const FILE_LIMIT: u64 = 8 << 20;
/// The most a disk may hold of such bytes beyond what it started with.
pub const DISK_LIMIT: u64 = 32 << 20;
/// What is free on the disk of a computer, in bytes.
pub const DISK_ROOM: u64 = (61_255_492 - 9_671_204 - 3_128_616) << 10;
/// How many files a disk may get.
pub(crate) const FILES_LIMIT: u64 = 20_000;
/// Longest name of a file, as NAME_MAX.
pub(crate) const NAME_LIMIT: usize = 255;

/// A tree of files. A clone costs nothing and shares everything until one of the two is written to.
///
/// Paths here are lists of names from the disk's root, without `.`, `..`, symbolic links or mounts: those are the
/// file system's business ([`crate::KernelState`]).
#[derive(Clone, Debug)]
pub struct Disk {
    root: Rc<Inode>,
    image: Option<Rc<Inode>>,
    next_number: u64,
    /// What is written, and how much of it is held in memory ([`LongFile`]).
    used: u64,
    held: u64,
    limit: u64,
    files: u64,
    /// How large it says to be, where it is memory.
    memory: Option<u64>,
    /// The numbers of files that have, or had, more than one name.
    linked: SharedSet<u64>,
}

/// What a disk knows of one file.
#[derive(Clone, Debug)]
pub struct Inode {
    /// Tells two files of a disk apart; kept when a file is written to or renamed.
    pub number: u64,
    /// Permission bits, as in chmod(2), without the type.
    pub mode: u32,
    /// The owner.
    pub uid: u32,
    /// The owning group.
    pub gid: u32,
    /// When it was last written to.
    pub modified: Time,
    /// What it is and holds.
    pub content: Content,
}

/// What a file is and holds.
#[derive(Clone, Debug)]
pub enum Content {
    /// A regular file's bytes.
    File(Rc<Vec<u8>>),
    /// A regular file with so many bytes that not all of them are held.
    Long(Rc<LongFile>),
    /// A directory's entries.
    Directory(SharedMap<Rc<str>, Rc<Inode>>),
    /// Where a symbolic link points.
    Symlink(Rc<str>),
    /// A device.
    Device(Device),
}

/// The devices of `/dev`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Device {
    /// `/dev/null`
    Null,
    /// `/dev/zero`
    Zero,
    /// `/dev/full`
    Full,
    /// `/dev/urandom`, `/dev/random`
    Random,
    /// `/dev/tty`: the process's terminal.
    Tty,
    /// A socket with a name in the file system (`/run/docker.sock`). Nothing here listens on one.
    Socket,
    /// A FIFO: a pipe with a name. What is in it is the kernel's, for as long as somebody holds an end.
    Fifo,
}

/// How a file of a disk differs from the image the disk started as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// Not in the image.
    Added,
    /// In the image, with other content.
    Changed,
    /// In the image, no longer here.
    Removed,
}

impl Inode {
    /// Whether this is a directory.
    pub fn is_dir(&self) -> bool {
        matches!(self.content, Content::Directory(_))
    }

    /// The size that stat(2) gives.
    pub fn size(&self) -> u64 {
        match &self.content {
            Content::File(bytes) => bytes.len() as u64,
            Content::Long(file) => file.len(),
            Content::Directory(_) => 4096,
            Content::Symlink(target) => target.len() as u64,
            Content::Device(_) => 0,
        }
    }

    /// How much room a file's bytes take: less than its size, if it has holes.
    pub fn allocated(&self) -> u64 {
        match &self.content {
            Content::Long(file) => file.allocated(),
            _ => self.size(),
        }
    }
}

impl Disk {
    /// An empty disk: a root directory, root's, mode 755.
    pub fn new(now: Time) -> Self {
        let content = Content::Directory(SharedMap::new());
        let root = Rc::new(Inode { number: 1, mode: 0o755, uid: 0, gid: 0, modified: now, content });
        Disk {
            root,
            image: None,
            next_number: 2,
            used: 0,
            held: 0,
            limit: DISK_ROOM,
            files: 0,
            memory: None,
            linked: SharedSet::new(),
        }
    }

    /// A disk that starts as this one and remembers it, so that [`Disk::changes`] can tell what was written since.
    pub fn container_layer(&self) -> Disk {
        let mut disk = self.clone();
        disk.image = Some(self.root.clone());
        disk.used = 0;
        disk.held = 0;
        disk.files = 0;
        disk
    }

    /// Lets it be of memory (tmpfs), with this size, in bytes.
    pub fn set_memory(&mut self, bytes: u64) {
        self.memory = Some(bytes);
        self.set_limit(bytes);
    }

    /// Its size, if it is of memory.
    pub fn memory(&self) -> Option<u64> {
        self.memory
    }

    /// Limits what the disk may hold beyond what it started with, in bytes.
    pub fn set_limit(&mut self, bytes: u64) {
        self.limit = bytes;
    }

    /// Bytes written beyond what the disk started with.
    pub fn used(&self) -> u64 {
        self.used
    }

    /// How many files it got beyond what it started with.
    pub fn files(&self) -> u64 {
        self.files
    }

    /// Whether it takes so much more. EDQUOT is the error where the disk of a real computer would have taken it.
    fn has_room(&self, more: Weight) -> Result<(), Errno> {
        match () {
            () if self.used.saturating_add(more.used) > self.limit => Err(Errno::ENOSPC),
            () if self.held + more.held > DISK_LIMIT => Err(Errno::EDQUOT),
            () => Ok(()),
        }
    }

    /// The most that may be written.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// The file at `path`, if there is one.
    pub fn get<S: AsRef<str>>(&self, path: &[S]) -> Option<&Rc<Inode>> {
        let mut inode = &self.root;
        for name in path {
            match &inode.content {
                Content::Directory(entries) => inode = entries.get(name.as_ref())?,
                _ => return None,
            }
        }
        Some(inode)
    }

    fn edit<S: AsRef<str>, R>(&mut self, path: &[S], f: impl FnOnce(&mut Inode) -> R) -> Option<R> {
        fn walk<'a, S: AsRef<str>>(inode: &'a mut Rc<Inode>, path: &[S]) -> Option<&'a mut Inode> {
            let inode = Rc::make_mut(inode);
            match path.split_first() {
                None => Some(inode),
                Some((name, rest)) => match &mut inode.content {
                    Content::Directory(entries) => walk(entries.get_mut(name.as_ref())?, rest),
                    _ => None,
                },
            }
        }
        self.get(path)?; // so that a path that leads nowhere copies nothing
        walk(&mut self.root, path).map(f)
    }

    /// Puts a new file under `name` into the directory `dir`, or moves one there.
    ///
    /// # Errors
    ///
    /// ENOENT or ENOTDIR for `dir`, EEXIST, ENAMETOOLONG, ENOSPC, EDQUOT.
    pub fn insert<S: AsRef<str>>(&mut self, dir: &[S], name: &str, inode: Inode, now: Time) -> Result<(), Errno> {
        if name.len() > NAME_LIMIT {
            return Err(Errno::ENAMETOOLONG);
        }
        match &self.get(dir).ok_or(Errno::ENOENT)?.content {
            Content::Directory(entries) if entries.contains_key(name) => return Err(Errno::EEXIST),
            Content::Directory(_) => {}
            _ => return Err(Errno::ENOTDIR),
        }
        let weight = weight(&inode);
        self.has_room(weight)?;
        if self.files >= FILES_LIMIT {
            return Err(Errno::EDQUOT);
        }
        self.used += weight.used;
        self.held += weight.held;
        self.files += 1;
        let inode = Rc::new(inode);
        self.edit(dir, |dir| {
            if let Content::Directory(entries) = &mut dir.content {
                entries.insert(name.into(), inode);
                dir.modified = now;
            }
        });
        Ok(())
    }

    /// Makes a file with a number of its own, to be given to [`Disk::insert`].
    pub fn make(&mut self, content: Content, mode: u32, (uid, gid): (u32, u32), now: Time) -> Inode {
        self.next_number += 1;
        Inode { number: self.next_number, mode, uid, gid, modified: now, content }
    }

    /// Takes the file at `path` out of its directory, with all below it; `None` if there is none.
    pub fn remove<S: AsRef<str>>(&mut self, path: &[S], now: Time) -> Option<Rc<Inode>> {
        let (name, dir) = path.split_last()?;
        let removed = self.edit(dir, |dir| match &mut dir.content {
            Content::Directory(entries) => {
                let removed = entries.remove(name.as_ref());
                if removed.is_some() {
                    dir.modified = now;
                }
                removed
            }
            _ => None,
        })??;
        self.count(Weight::default(), weight(&removed));
        self.files = self.files.saturating_sub(1);
        Some(Rc::unwrap_or_clone(removed))
    }

    /// Gives the file at `path` another name in the directory `dir`: link(2).
    ///
    /// # Errors
    ///
    /// As [`Disk::insert`], ENOENT.
    pub fn link<S: AsRef<str>>(&mut self, path: &[S], dir: &[S], name: &str, now: Time) -> Result<(), Errno> {
        let inode = self.get(path).ok_or(Errno::ENOENT)?.clone();
        let number = inode.number;
        self.insert(dir, name, Inode::clone(&inode), now)?;
        self.linked.insert(number);
        Ok(())
    }

    /// How many names a file has.
    pub fn names_of(&self, inode: &Inode) -> u32 {
        if self.linked.contains(&inode.number) { self.paths_of(inode.number).len() as u32 } else { 1 }
    }

    /// The paths of the files with a number.
    fn paths_of(&self, number: u64) -> Vec<Vec<Rc<str>>> {
        fn walk(inode: &Inode, number: u64, path: &mut Vec<Rc<str>>, found: &mut Vec<Vec<Rc<str>>>) {
            let Content::Directory(entries) = &inode.content else { return };
            for (name, inode) in entries.iter() {
                path.push(name.clone());
                if inode.number == number && !inode.is_dir() {
                    found.push(path.clone());
                }
                walk(inode, number, path, found);
                path.pop();
            }
        }
        let mut found = Vec::new();
        walk(&self.root, number, &mut Vec::new(), &mut found);
        found
    }

    /// What changed of a file under one of its names is seen under all. Each name has the file of its own here; looking for
    /// them costs a walk over the disk, which only files with several names do.
    fn show_under_all_names<S: AsRef<str>>(&mut self, path: &[S]) {
        if self.linked.is_empty() {
            return;
        }
        let Some(inode) = self.get(path).filter(|inode| self.linked.contains(&inode.number)).cloned() else { return };
        for other in self.paths_of(inode.number) {
            if other.iter().map(|name| &**name).ne(path.iter().map(AsRef::as_ref)) {
                self.edit(&other, |old| *old = Inode::clone(&inode));
            }
        }
    }

    /// Changes what stat(2) shows of a file: mode, owner, time. False if there is none.
    pub fn set_metadata<S: AsRef<str>>(&mut self, path: &[S], f: impl FnOnce(&mut Inode)) -> bool {
        let found = self.edit(path, f).is_some();
        self.show_under_all_names(path);
        found
    }

    /// Builds: the directory `path` (`/a/b`) with its parents, root's, mode 755 if new.
    pub fn add_dir(&mut self, path: &str, now: Time) {
        let names = split(path);
        for depth in 0..names.len() {
            if self.get(&names[..=depth]).is_none() {
                let inode = self.make(Content::Directory(SharedMap::new()), 0o755, (0, 0), now);
                let _ = self.insert(&names[..depth], names[depth], inode, now);
            }
        }
    }

    fn add(&mut self, path: &str, content: Content, mode: u32, now: Time) {
        let names = split(path);
        let Some((name, dir)) = names.split_last() else { return };
        self.add_dir(&dir.join("/"), now);
        self.remove(&names, now);
        let inode = self.make(content, mode, (0, 0), now);
        let _ = self.insert(dir, name, inode, now);
    }

    /// Builds: the file `path` with its parents, root's, replacing what was there.
    pub fn add_file(&mut self, path: &str, bytes: impl Into<Vec<u8>>, mode: u32, now: Time) {
        self.add(path, Content::File(Rc::new(bytes.into())), mode, now);
    }

    /// Builds: a symbolic link at `path` to `target`.
    pub fn add_symlink(&mut self, path: &str, target: &str, now: Time) {
        self.add(path, Content::Symlink(target.into()), 0o777, now);
    }

    /// Builds: a device at `path`.
    pub fn add_device(&mut self, path: &str, device: Device, now: Time) {
        self.add(path, Content::Device(device), 0o666, now);
    }

    /// Builds: an executable file at `path` that runs the [`crate::Program`] registered as `program`.
    pub fn add_program(&mut self, path: &str, program: &str, now: Time) {
        self.add_file(path, executable(program), 0o755, now);
    }

    /// Builds: gives the file at `path` to someone.
    pub fn set_owner(&mut self, path: &str, uid: u32, gid: u32) {
        self.set_metadata(&split(path), |inode| (inode.uid, inode.gid) = (uid, gid));
    }

    /// Builds: sets the permission bits of the file at `path`.
    pub fn set_mode(&mut self, path: &str, mode: u32) {
        self.set_metadata(&split(path), |inode| inode.mode = mode);
    }

    /// Whether nothing was written to either since they were one: quick, and never wrongly true.
    pub fn same_files(&self, other: &Disk) -> bool {
        Rc::ptr_eq(&self.root, &other.root)
    }

    /// What differs from the image the disk started as: paths from the root, in order. Directories are listed only when
    /// they are new or gone; the files below a new directory are listed too.
    pub fn changes(&self) -> Vec<(String, Change)> {
        let mut found = Vec::new();
        if let Some(image) = &self.image {
            compare(image, &self.root, "", &mut found);
        }
        found
    }
}

/// What a file counts against a disk's limits.
#[derive(Clone, Copy, Default)]
struct Weight {
    used: u64,
    held: u64,
}

/// What a file counts, with all below it.
fn weight(inode: &Inode) -> Weight {
    weight_of(&inode.content)
}

fn weight_of(content: &Content) -> Weight {
    match content {
        Content::File(bytes) => Weight { used: bytes.len() as u64, held: bytes.len() as u64 },
        Content::Long(file) => Weight { used: file.allocated(), held: file.held() },
        Content::Directory(entries) => entries.values().fold(Weight::default(), |sum, inode| {
            let one = weight(inode);
            Weight { used: sum.used + one.used, held: sum.held + one.held }
        }),
        _ => Weight::default(),
    }
}

fn compare(old: &Rc<Inode>, new: &Rc<Inode>, path: &str, found: &mut Vec<(String, Change)>) {
    if Rc::ptr_eq(old, new) {
        return;
    }
    match (&old.content, &new.content) {
        (Content::Directory(before), Content::Directory(after)) => {
            for (name, inode) in after.iter() {
                let path = format!("{path}/{name}");
                match before.get(name) {
                    Some(old) => compare(old, inode, &path, found),
                    None => added(inode, path, found),
                }
            }
            for name in before.keys().filter(|name| !after.contains_key(*name)) {
                found.push((format!("{path}/{name}"), Change::Removed));
            }
        }
        (Content::File(before), Content::File(after)) if before == after => {}
        (Content::Long(before), Content::Long(after)) if before == after => {}
        (Content::Symlink(before), Content::Symlink(after)) if before == after => {}
        (Content::Device(_), Content::Device(_)) => {}
        _ => found.push((path.to_owned(), Change::Changed)),
    }
}

fn added(inode: &Inode, path: String, found: &mut Vec<(String, Change)>) {
    found.push((path.clone(), Change::Added));
    if let Content::Directory(entries) = &inode.content {
        for (name, inode) in entries.iter() {
            added(inode, format!("{path}/{name}"), found);
        }
    }
}

/// The names in a path, without `.` and empty ones.
pub(crate) fn split(path: &str) -> Vec<&str> {
    path.split('/').filter(|name| !name.is_empty() && *name != ".").collect()
}

const MAGIC: &[u8] = b"\x7fELF\x02\x01\x01\0";

/// The bytes of an executable file that stands for a registered program.
pub fn executable(program: &str) -> Vec<u8> {
    [MAGIC, program.as_bytes()].concat()
}

/// The program an executable file stands for.
pub(crate) fn executable_program(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes.strip_prefix(MAGIC)?).ok()
}
