//! Reading and writing what a process has open.

use sim::Duration;

use crate::fd::{PIPE_CAPACITY, Stream};
use crate::{Content, Device, Errno, Exit, Fd, Kernel, Process, Signal, TtyId};

/// What a terminal takes for a byte, so that endless output costs time.
const TTY_BYTE: Duration = Duration::from_micros(1);
/// The most a program keeps of what it reads.
pub const MEMORY_LIMIT: usize = crate::disk::FILE_LIMIT as usize;
/// Read at most so many bytes of a file at once.
const CHUNK: usize = 64 * 1024;

impl Process {
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
    /// # Errors
    ///
    /// EBADF, EPIPE, ENOSPC, EFBIG.
    pub async fn try_write(&self, fd: u32, bytes: &[u8]) -> Result<(), Errno> {
        let file = self.fds.get(&fd).ok_or(Errno::EBADF)?;
        match file.bare() {
            Stream::Null | Stream::Dressed { .. } => Ok(()),
            Stream::Device(Device::Full) if !bytes.is_empty() => Err(Errno::ENOSPC),
            Stream::Device(Device::Tty) => self.write_tty(self.tty().ok_or(Errno::EIO)?, bytes).await,
            Stream::Device(_) => Ok(()),
            Stream::Tty(tty) => self.write_tty(*tty, bytes).await,
            Stream::PipeReader(_) | Stream::Bytes { .. } | Stream::Input(_) => Err(Errno::EBADF),
            Stream::Capture { into, most, fails } => {
                let mut into = into.borrow_mut();
                let room = most.saturating_sub(into.len());
                into.extend_from_slice(&bytes[..bytes.len().min(room)]);
                if *fails && bytes.len() > room { Err(Errno::EFBIG) } else { Ok(()) }
            }
            Stream::Network(file) => {
                file.write(bytes);
                Ok(())
            }
            Stream::Log { machine, stderr } => {
                self.catch_up().await;
                let now = self.now();
                self.kernel.with(|state| state.write_log(*machine, *stderr, bytes, now));
                Ok(())
            }
            Stream::File(open) => {
                if !open.write {
                    return Err(Errno::EBADF);
                }
                let now = self.now();
                let done = self.kernel.with(|state| {
                    let disk = state.disks.get_mut(&open.place.disk).ok_or(Errno::EIO)?;
                    match disk.get(&open.place.path) {
                        Some(inode) if inode.number == open.number => {}
                        _ => return Ok(()), // removed meanwhile: the bytes go nowhere
                    }
                    let at = if open.append { None } else { Some(open.offset.get()) };
                    let end = disk.write_at(&open.place.path, now, at, bytes)?;
                    open.offset.set(end);
                    Ok(())
                });
                if done.is_ok() {
                    self.wrote().await;
                }
                done
            }
            Stream::PipeWriter(pipe) => {
                self.catch_up().await;
                let mut rest = bytes;
                while !rest.is_empty() {
                    let bell = pipe.bell.notified();
                    if pipe.is_broken() {
                        return Err(Errno::EPIPE);
                    }
                    let room = PIPE_CAPACITY - pipe.buffer.borrow().len().min(PIPE_CAPACITY);
                    // Into a FIFO nothing is written before somebody reads.
                    if room == 0 || pipe.readers.get() == 0 {
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
        self.catch_up().await;
        self.kernel.with(|state| state.ttys.get_mut(&tty).map(|tty| tty.write(bytes))).ok_or(Errno::EIO)?;
        self.compute(TTY_BYTE * bytes.len() as u32).await;
        Ok(())
    }

    /// Some bytes; none at the end of the file (or when it cannot be read).
    pub async fn read(&self, fd: u32) -> Vec<u8> {
        self.read_at_most(fd, CHUNK).await
    }

    /// At least one and at most `most` bytes; none at the end of the file (or when it cannot be read).
    pub async fn read_at_most(&self, fd: u32, most: usize) -> Vec<u8> {
        let Some(file) = self.fds.get(&fd) else { return Vec::new() };
        if matches!(
            file.bare(),
            Stream::PipeReader(_) | Stream::Tty(_) | Stream::Input(_) | Stream::Device(Device::Tty)
        ) {
            self.catch_up().await; // it may wait
        }
        match file.bare() {
            Stream::Null | Stream::Dressed { .. } => Vec::new(),
            Stream::PipeWriter(_) | Stream::Capture { .. } | Stream::Log { .. } => Vec::new(),
            Stream::Device(Device::Null) => Vec::new(),
            Stream::Device(Device::Random) => {
                self.tick().await;
                self.random_bytes(most)
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
            Stream::Input(input) => input.read(self, most).await,
            Stream::Network(file) => file.read(most).await,
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
                        Content::Long(file) if open.read && inode.number == open.number => {
                            Some(file.read(open.offset.get(), most))
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
                let bytes = {
                    let mut buffer = pipe.buffer.borrow_mut();
                    let take = most.min(buffer.len());
                    let (front, back) = buffer.as_slices();
                    let split = take.min(front.len());
                    let bytes = [&front[..split], &back[..take - split]].concat();
                    buffer.drain(..take);
                    bytes
                };
                if !bytes.is_empty() {
                    pipe.bell.notify_all();
                    return bytes;
                }
                if pipe.is_over() {
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

    /// Takes what can be read without waiting: what a program has read ahead, nobody else gets.
    pub fn skip_ready(&self, fd: u32) {
        match self.fds.get(&fd).map(Fd::bare) {
            Some(Stream::Bytes { bytes, offset }) => offset.set(bytes.len()),
            Some(Stream::PipeReader(pipe)) => {
                pipe.buffer.borrow_mut().clear();
                pipe.bell.notify_all();
            }
            Some(Stream::File(open)) if open.read => {
                let length = self.kernel.with(|state| {
                    let inode = state.disks.get(&open.place.disk)?.get(&open.place.path)?;
                    match &inode.content {
                        Content::File(_) | Content::Long(_) if inode.number == open.number => Some(inode.size()),
                        _ => None,
                    }
                });
                open.offset.set(open.offset.get().max(length.unwrap_or_default()));
            }
            _ => {}
        }
    }

    /// All bytes up to the end of the file.
    ///
    /// # Errors
    ///
    /// ENOMEM for more than the largest file may hold.
    pub async fn read_to_end(&self, fd: u32) -> Result<Vec<u8>, Errno> {
        let mut all = Vec::new();
        loop {
            let more = self.read(fd).await;
            if more.is_empty() {
                return Ok(all);
            }
            all.extend_from_slice(&more);
            if all.len() > MEMORY_LIMIT {
                return Err(Errno::ENOMEM);
            }
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
