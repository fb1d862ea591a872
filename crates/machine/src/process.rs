//! A process as the program that it runs sees it.

use std::collections::BTreeMap;
use std::future::Future;
use std::rc::Rc;

use sim::{Duration, Sim, Time};

use crate::fd::{PIPE_CAPACITY, Stream};
use crate::files::join;
use crate::{Content, Device, DirEntry, Errno, Exit, Fd, Kernel, MachineId, Metadata, Note, Pid, Signal, TtyId, User};

/// What a terminal takes for a byte, so that endless output costs time.
const TTY_BYTE: Duration = Duration::from_micros(1);
/// Read at most so many bytes of a file at once.
const CHUNK: usize = 64 * 1024;

/// A handle on a process: its words, environment, directory, files. Clones are the same process.
///
/// Paths are relative to its working directory.
#[derive(Clone)]
pub struct Process {
    pub(crate) kernel: Kernel,
    pub(crate) pid: Pid,
    pub(crate) machine: MachineId,
    pub(crate) user: Rc<User>,
    pub(crate) argv: Rc<[String]>,
    pub(crate) env: Rc<BTreeMap<String, String>>,
    pub(crate) cwd: Rc<str>,
    pub(crate) fds: BTreeMap<u32, Fd>,
    pub(crate) umask: u32,
}

/// A line of `ps`.
#[derive(Clone, Debug)]
pub struct PsEntry {
    /// The number that the machine shows.
    pub pid: u32,
    /// The parent's; 0 if it is not of this machine.
    pub parent: u32,
    /// The owner's name.
    pub user: String,
    /// Its words.
    pub argv: Rc<[String]>,
    /// When it started.
    pub started: Time,
    /// Its terminal.
    pub tty: Option<TtyId>,
    /// Ended, and its parent has not looked.
    pub zombie: bool,
}

impl Process {
    /// Its words; the first is the name it was called by.
    pub fn args(&self) -> &[String] {
        &self.argv
    }

    /// The name it was called by, without directories: how its error messages start.
    pub fn name(&self) -> &str {
        self.argv.first().map_or("", |name| name.rsplit('/').next().unwrap_or(name))
    }

    /// An environment variable.
    pub fn env(&self, name: &str) -> Option<String> {
        self.env.get(name).cloned()
    }

    /// The whole environment, in the order of names.
    pub fn environ(&self) -> Vec<(String, String)> {
        self.env.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// The working directory.
    pub fn cwd(&self) -> String {
        self.cwd.to_string()
    }

    /// The machine it runs on.
    pub fn machine(&self) -> MachineId {
        self.machine
    }

    /// The machine's host name.
    pub fn hostname(&self) -> String {
        self.kernel.with(|state| state.machines.get(&self.machine).map_or(String::new(), |m| m.hostname.clone()))
    }

    /// Who it runs as.
    pub fn user(&self) -> User {
        User::clone(&self.user)
    }

    /// Its global number.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// The number its machine shows: `$$`.
    pub fn local_pid(&self) -> u32 {
        self.kernel.with(|state| state.processes.get(&self.pid).map_or(0, |p| p.local_pid))
    }

    /// The virtual time.
    pub fn now(&self) -> Time {
        self.sim().now()
    }

    /// The world's time, chance and tasks.
    pub fn sim(&self) -> &Sim {
        self.kernel.sim()
    }

    /// The world's machines.
    pub fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    /// A number below `bound` from the world's chance.
    pub fn random(&self, bound: u64) -> u64 {
        self.sim().random(|rng| rng.below(bound))
    }

    /// Its terminal, if it has one.
    pub fn tty(&self) -> Option<TtyId> {
        self.kernel.with(|state| state.processes.get(&self.pid).and_then(|p| p.tty))
    }

    /// Waits; a signal that is not caught ends the process meanwhile.
    pub async fn sleep(&self, duration: Duration) {
        self.sim().sleep(duration).await;
    }

    /// From now on Ctrl-C does not end it; see [`Process::interrupted`].
    pub fn catch_interrupt(&self) {
        self.kernel.live(self.pid).interrupted.set(false);
        self.set_catches(true);
    }

    pub(crate) fn set_catches(&self, catches: bool) -> bool {
        self.kernel.with(|state| {
            let data = state.processes.get_mut(&self.pid);
            data.is_some_and(|data| std::mem::replace(&mut data.catches_interrupt, catches))
        })
    }

    /// Waits for a SIGINT that came since [`Process::catch_interrupt`] or since this last returned.
    pub async fn interrupted(&self) {
        let live = self.kernel.live(self.pid);
        loop {
            let signal = live.signal.notified();
            if live.interrupted.take() {
                return;
            }
            signal.await;
        }
    }

    pub(crate) fn take_interrupt(&self) -> bool {
        self.kernel.0.live.borrow().get(&self.pid).is_some_and(|live| live.interrupted.take())
    }

    /// Ends the process at once with a status.
    pub async fn exit(&self, status: i32) -> ! {
        self.die(Exit::Code(status)).await
    }

    pub(crate) async fn die(&self, exit: Exit) -> ! {
        self.kernel.kill_now(self.pid, exit);
        loop {
            std::future::pending::<()>().await;
        }
    }

    /// The file under a number.
    pub fn fd(&self, fd: u32) -> Option<Fd> {
        self.fds.get(&fd).cloned()
    }

    /// Whether the file under a number is a terminal.
    pub fn is_tty(&self, fd: u32) -> bool {
        self.fds.get(&fd).is_some_and(Fd::is_tty)
    }

    /// Columns and rows of its terminal; 80 by 24 without one.
    pub fn window(&self) -> (u16, u16) {
        let tty = self.fds.values().find_map(Fd::tty_id).or_else(|| self.tty());
        self.kernel.with(|state| tty.and_then(|tty| state.ttys.get(&tty)).map_or((80, 24), |tty| tty.window))
    }

    /// Says something beside the screen of its terminal, if it has one.
    pub fn note(&self, note: Note) {
        if let Some(tty) = self.tty() {
            self.kernel.with(|state| {
                if let Some(tty) = state.ttys.get_mut(&tty) {
                    tty.note(note);
                }
            });
        }
    }

    /// Opens the person's editor on a file, if there is a person and the file is on the outside computer; else `None`.
    pub fn open_editor(&self, path: &str) -> Option<()> {
        let tty = self.tty()?;
        let on_outside = self.kernel.with(|state| {
            state.ttys.get(&tty).is_some_and(|tty| tty.interactive) && state.editor_on == Some(self.machine)
        });
        on_outside.then(|| self.note(Note::Edit { path: self.resolve(path) }))
    }

    /// Writes to standard output.
    pub async fn out(&self, text: &str) {
        self.write(1, text.as_bytes()).await;
    }

    /// Writes to standard error.
    pub async fn err(&self, text: &str) {
        let _ = self.try_write(2, text.as_bytes()).await;
    }

    /// Writes. Nobody reading the pipe ends the process with SIGPIPE; any other error ends it with the message that GNU's
    /// programs print and status 1.
    pub async fn write(&self, fd: u32, bytes: &[u8]) {
        match self.try_write(fd, bytes).await {
            Ok(()) => {}
            Err(Errno::EPIPE) => self.die(Exit::Signal(Signal::Pipe)).await,
            Err(error) => {
                self.err(&format!("{}: write error: {error}\n", self.name())).await;
                self.exit(1).await
            }
        }
    }

    /// Writes all bytes, waiting for room in a pipe.
    ///
    /// Errors: EBADF, EPIPE, ENOSPC, EFBIG.
    pub async fn try_write(&self, fd: u32, bytes: &[u8]) -> Result<(), Errno> {
        let file = self.fds.get(&fd).ok_or(Errno::EBADF)?;
        match file.bare() {
            Stream::Null | Stream::Dressed { .. } => Ok(()),
            Stream::Device(Device::Full) if !bytes.is_empty() => Err(Errno::ENOSPC),
            Stream::Device(Device::Tty) => self.write_tty(self.tty().ok_or(Errno::EIO)?, bytes).await,
            Stream::Device(_) => Ok(()),
            Stream::Tty(tty) => self.write_tty(*tty, bytes).await,
            Stream::PipeReader(_) | Stream::Bytes { .. } => Err(Errno::EBADF),
            Stream::Capture(into) => {
                into.borrow_mut().extend_from_slice(bytes);
                Ok(())
            }
            Stream::Log { stderr } => {
                let now = self.now();
                self.kernel.with(|state| state.write_log(self.machine, *stderr, bytes, now));
                Ok(())
            }
            Stream::File(open) => {
                if !open.write {
                    return Err(Errno::EBADF);
                }
                let now = self.now();
                self.kernel.with(|state| {
                    let disk = state.disks.get_mut(&open.place.disk).ok_or(Errno::EIO)?;
                    match disk.get(&open.place.path) {
                        Some(inode) if inode.number == open.number => {}
                        _ => return Ok(()), // removed meanwhile: the bytes go nowhere
                    }
                    let mut end = 0;
                    disk.write(&open.place.path, now, |file| {
                        let at = if open.append { file.len() } else { (open.offset.get() as usize).min(1 << 30) };
                        if file.len() < at {
                            file.resize(at.min(crate::disk::FILE_LIMIT as usize + 1), 0);
                        }
                        let overlap = bytes.len().min(file.len().saturating_sub(at));
                        if let Some(old) = file.get_mut(at..at + overlap) {
                            old.copy_from_slice(&bytes[..overlap]);
                        }
                        file.extend_from_slice(&bytes[overlap..]);
                        end = (at + bytes.len()) as u64;
                    })?;
                    open.offset.set(end);
                    Ok(())
                })
            }
            Stream::PipeWriter(pipe) => {
                let mut rest = bytes;
                while !rest.is_empty() {
                    let bell = pipe.bell.notified();
                    if pipe.readers.get() == 0 {
                        return Err(Errno::EPIPE);
                    }
                    let room = PIPE_CAPACITY - pipe.buffer.borrow().len().min(PIPE_CAPACITY);
                    if room == 0 {
                        bell.await;
                        continue;
                    }
                    let (now, later) = rest.split_at(room.min(rest.len()));
                    pipe.buffer.borrow_mut().extend(now);
                    pipe.bell.notify_all();
                    rest = later;
                }
                Ok(())
            }
        }
    }

    async fn write_tty(&self, tty: TtyId, bytes: &[u8]) -> Result<(), Errno> {
        self.kernel.with(|state| state.ttys.get_mut(&tty).map(|tty| tty.write(bytes))).ok_or(Errno::EIO)?;
        self.sim().sleep(TTY_BYTE * bytes.len() as u32).await;
        Ok(())
    }

    /// Some bytes; none at the end of the file (or when it cannot be read).
    pub async fn read(&self, fd: u32) -> Vec<u8> {
        self.read_at_most(fd, CHUNK).await
    }

    /// At least one and at most `most` bytes; none at the end of the file (or when it cannot be read).
    pub async fn read_at_most(&self, fd: u32, most: usize) -> Vec<u8> {
        let Some(file) = self.fds.get(&fd) else { return Vec::new() };
        match file.bare() {
            Stream::Null | Stream::Dressed { .. } => Vec::new(),
            Stream::PipeWriter(_) | Stream::Capture(_) | Stream::Log { .. } => Vec::new(),
            Stream::Device(Device::Null) => Vec::new(),
            Stream::Device(Device::Random) => {
                self.tick().await;
                (0..most).map(|_| self.random(256) as u8).collect()
            }
            Stream::Device(Device::Tty) => match self.tty() {
                Some(tty) => self.read_tty(tty, most).await,
                None => Vec::new(),
            },
            Stream::Device(_) => {
                self.tick().await;
                vec![0; most]
            }
            Stream::Tty(tty) => self.read_tty(*tty, most).await,
            Stream::Bytes { bytes, offset } => {
                let start = offset.get().min(bytes.len());
                let end = (start + most).min(bytes.len());
                offset.set(end);
                bytes[start..end].to_vec()
            }
            Stream::File(open) => {
                let bytes = self.kernel.with(|state| {
                    let inode = state.disks.get(&open.place.disk)?.get(&open.place.path)?;
                    match &inode.content {
                        Content::File(bytes) if open.read && inode.number == open.number => {
                            let start = (open.offset.get() as usize).min(bytes.len());
                            Some(bytes[start..(start + most).min(bytes.len())].to_vec())
                        }
                        _ => None,
                    }
                });
                let bytes = bytes.unwrap_or_default();
                open.offset.set(open.offset.get() + bytes.len() as u64);
                bytes
            }
            Stream::PipeReader(pipe) => loop {
                let bell = pipe.bell.notified();
                let bytes: Vec<u8> = {
                    let mut buffer = pipe.buffer.borrow_mut();
                    let take = most.min(buffer.len());
                    buffer.drain(..take).collect()
                };
                if !bytes.is_empty() {
                    pipe.bell.notify_all();
                    return bytes;
                }
                if pipe.writers.get() == 0 {
                    return bytes;
                }
                bell.await;
            },
        }
    }

    async fn read_tty(&self, tty: TtyId, most: usize) -> Vec<u8> {
        let bell = self.kernel.bell(tty);
        let _reader = Reader::new(&self.kernel, tty);
        loop {
            let ring = bell.notified();
            let found = self.kernel.with(|state| {
                let Some(tty) = state.ttys.get_mut(&tty) else { return Some(Vec::new()) };
                if !tty.ready.is_empty() {
                    let line = if tty.raw {
                        tty.ready.len()
                    } else {
                        tty.ready.iter().position(|byte| *byte == b'\n').map_or(tty.ready.len(), |at| at + 1)
                    };
                    return Some(tty.ready.drain(..line.min(most)).collect());
                }
                (tty.eof > 0).then(|| {
                    tty.eof -= 1;
                    Vec::new()
                })
            });
            match found {
                Some(bytes) => return bytes,
                None => ring.await,
            }
        }
    }

    /// The next line with its newline, if it has one; `None` at the end of the file. Reads no further than the line.
    pub async fn read_line(&self, fd: u32) -> Option<Vec<u8>> {
        let mut line = Vec::new();
        loop {
            // What can be put back is read in one go, the rest byte by byte, as bash's `read` does.
            let more = match self.fds.get(&fd).map(Fd::bare) {
                Some(Stream::File(open)) => {
                    let offset = open.offset.get();
                    let mut bytes = self.read_at_most(fd, 4096).await;
                    if let Some(at) = bytes.iter().position(|byte| *byte == b'\n') {
                        bytes.truncate(at + 1);
                    }
                    open.offset.set(offset + bytes.len() as u64);
                    bytes
                }
                Some(Stream::Tty(_)) => self.read_at_most(fd, 4096).await,
                Some(Stream::Device(Device::Zero | Device::Full | Device::Random)) => return None,
                _ => self.read_at_most(fd, 1).await,
            };
            line.extend_from_slice(&more);
            if more.is_empty() {
                return if line.is_empty() { None } else { Some(line) };
            }
            if line.last() == Some(&b'\n') || line.len() > crate::disk::FILE_LIMIT as usize {
                return Some(line);
            }
        }
    }

    /// All bytes up to the end of the file, but no more than the largest file may hold.
    pub async fn read_to_end(&self, fd: u32) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            let more = self.read(fd).await;
            if more.is_empty() || all.len() > crate::disk::FILE_LIMIT as usize {
                return all;
            }
            all.extend_from_slice(&more);
        }
    }

    /// Lets a step's worth of time pass, so that endless loops end with the world's fuel.
    pub async fn tick(&self) {
        self.sim().sleep(Duration::from_micros(50)).await;
    }

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
        if path.is_empty() { String::new() } else { join(&self.cwd, path) }
    }

    /// A file's bytes.
    pub fn read_file(&self, path: &str) -> Result<Vec<u8>, Errno> {
        self.kernel.with(|state| state.read_file(self.machine, &self.user, &self.absolute(path)))
    }

    /// Replaces a file's bytes, making it if it is missing.
    pub fn write_file(&self, path: &str, bytes: &[u8]) -> Result<(), Errno> {
        self.put(path, bytes, false)
    }

    /// Adds to a file's bytes, making it if it is missing.
    pub fn append_file(&self, path: &str, bytes: &[u8]) -> Result<(), Errno> {
        self.put(path, bytes, true)
    }

    fn put(&self, path: &str, bytes: &[u8], append: bool) -> Result<(), Errno> {
        let (path, now) = (self.absolute(path), self.now());
        self.kernel.with(|state| state.write_file(self.machine, &self.user, &path, bytes, append, now))
    }

    /// stat(2): symbolic links are followed.
    pub fn metadata(&self, path: &str) -> Result<Metadata, Errno> {
        self.kernel.with(|state| state.metadata(self.machine, &self.user, &self.absolute(path), true))
    }

    /// lstat(2): a symbolic link is what it is.
    pub fn symlink_metadata(&self, path: &str) -> Result<Metadata, Errno> {
        self.kernel.with(|state| state.metadata(self.machine, &self.user, &self.absolute(path), false))
    }

    /// access(2), with bits of [`crate::READ`], [`crate::WRITE`], [`crate::EXECUTE`].
    pub fn may(&self, path: &str, want: u32) -> bool {
        self.kernel.with(|state| state.may(self.machine, &self.user, &self.absolute(path), want))
    }

    /// A directory's entries in the order of their names (bytes), without `.` and `..`.
    pub fn read_dir(&self, path: &str) -> Result<Vec<DirEntry>, Errno> {
        self.kernel.with(|state| state.read_dir(self.machine, &self.user, &self.absolute(path)))
    }

    /// Where a symbolic link points; EINVAL if it is none.
    pub fn read_link(&self, path: &str) -> Result<String, Errno> {
        self.kernel.with(|state| state.read_link(self.machine, &self.user, &self.absolute(path)))
    }

    /// mkdir(2), with the usual mode.
    pub fn create_dir(&self, path: &str) -> Result<(), Errno> {
        let (path, now, mode) = (self.absolute(path), self.now(), 0o777 & !self.umask);
        self.kernel.with(|state| state.create_dir(self.machine, &self.user, &path, mode, now))
    }

    /// unlink(2).
    pub fn remove_file(&self, path: &str) -> Result<(), Errno> {
        let (path, now) = (self.absolute(path), self.now());
        self.kernel.with(|state| state.remove_file(self.machine, &self.user, &path, now))
    }

    /// rmdir(2): the directory must be empty.
    pub fn remove_dir(&self, path: &str) -> Result<(), Errno> {
        let (path, now) = (self.absolute(path), self.now());
        self.kernel.with(|state| state.remove_dir(self.machine, &self.user, &path, now))
    }

    /// rename(2): EXDEV across disks.
    pub fn rename(&self, from: &str, to: &str) -> Result<(), Errno> {
        let (from, to, now) = (self.absolute(from), self.absolute(to), self.now());
        self.kernel.with(|state| state.rename(self.machine, &self.user, &from, &to, now))
    }

    /// symlink(2): `target` is taken as it stands.
    pub fn symlink(&self, target: &str, path: &str) -> Result<(), Errno> {
        let (path, now) = (self.absolute(path), self.now());
        self.kernel.with(|state| state.symlink(self.machine, &self.user, target, &path, now))
    }

    /// chmod(2).
    pub fn set_mode(&self, path: &str, mode: u32) -> Result<(), Errno> {
        let path = self.absolute(path);
        self.kernel.with(|state| state.change(self.machine, &self.user, &path, |inode| inode.mode = mode & 0o7777))
    }

    /// chown(2); only root may.
    pub fn set_owner(&self, path: &str, uid: u32, gid: u32) -> Result<(), Errno> {
        if self.user.uid != 0 {
            return Err(Errno::EPERM);
        }
        let path = self.absolute(path);
        self.kernel.with(|state| state.change(self.machine, &self.user, &path, |i| (i.uid, i.gid) = (uid, gid)))
    }

    /// Sets when a file was last written to, making an empty file if it is missing.
    pub fn touch(&self, path: &str, time: Time) -> Result<(), Errno> {
        if self.metadata(path).is_err_and(|error| error == Errno::ENOENT) {
            self.append_file(path, b"")?;
        }
        let path = self.absolute(path);
        self.kernel.with(|state| state.change(self.machine, &self.user, &path, |inode| inode.modified = time))
    }

    /// The absolute path without links, `.` and `..`; all of it must exist.
    pub fn canonicalize(&self, path: &str) -> Result<String, Errno> {
        self.kernel.with(|state| state.canonicalize(self.machine, &self.user, &self.absolute(path)))
    }

    /// The processes its machine shows, in the order of their numbers.
    pub fn processes(&self) -> Vec<PsEntry> {
        self.kernel.with(|state| {
            let local = |pid: Option<Pid>| {
                let data = pid.and_then(|pid| state.processes.get(&pid));
                data.filter(|p| p.machine == self.machine).map_or(0, |p| p.local_pid)
            };
            let entry = |p: &crate::ProcessData| PsEntry {
                pid: p.local_pid,
                parent: local(p.parent),
                user: p.user.name.clone(),
                argv: p.argv.clone(),
                started: p.started,
                tty: p.tty,
                zombie: p.ended.is_some(),
            };
            state.processes.values().filter(|p| p.machine == self.machine).map(entry).collect()
        })
    }

    /// Sends a signal to a process of its machine, by the number the machine shows.
    ///
    /// Errors: ESRCH, EPERM.
    pub fn kill(&self, local_pid: u32, signal: Signal) -> Result<(), Errno> {
        let found = self.kernel.with(|state| {
            let mine = |p: &&crate::ProcessData| p.machine == self.machine && p.local_pid == local_pid;
            state.processes.values().find(mine).map(|p| (p.pid, p.user.uid))
        });
        let (pid, uid) = found.ok_or(Errno::ESRCH)?;
        if self.user.uid != 0 && self.user.uid != uid {
            return Err(Errno::EPERM);
        }
        self.kernel.kill(pid, signal);
        Ok(())
    }

    /// Runs `future` until it is done or SIGINT comes (`None`); the process must catch it.
    pub async fn unless_interrupted<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        use futures_util::future::{Either, select};
        match select(Box::pin(future), Box::pin(self.interrupted())).await {
            Either::Left((value, _)) => Some(value),
            Either::Right(_) => None,
        }
    }
}

/// A process that waits for a terminal's input, for as long as this lives.
struct Reader {
    kernel: Kernel,
    tty: TtyId,
}

impl Reader {
    fn new(kernel: &Kernel, tty: TtyId) -> Self {
        kernel.with(|state| {
            if let Some(tty) = state.ttys.get_mut(&tty) {
                tty.readers += 1;
                tty.catch_up();
            }
        });
        Reader { kernel: kernel.clone(), tty }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Ok(mut state) = self.kernel.0.state.try_borrow_mut()
            && let Some(tty) = state.ttys.get_mut(&self.tty)
        {
            tty.readers = tty.readers.saturating_sub(1);
        }
    }
}
