//! What a file descriptor stands for.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::{Rc, Weak};

use sim::Notify;

use crate::attach::Input;
use crate::files::{DeviceFile, Place};
use crate::shell::NetworkFile;
use crate::{Device, DiskId, Kernel, TtyId};

/// An open file, as a process holds it under a number.
#[derive(Clone)]
pub struct Fd(pub(crate) Rc<Stream>);

pub(crate) enum Stream {
    Null,
    Device(Device),
    Tty(TtyId),
    /// Another stream that is, or is not, a terminal to those who ask.
    Dressed {
        inner: Fd,
        terminal: bool,
    },
    PipeReader(Pipe),
    PipeWriter(Pipe),
    /// Bytes read from memory: a here-document.
    Bytes {
        bytes: Vec<u8>,
        offset: Cell<usize>,
    },
    /// Bytes kept in memory; of what is more than `most` nothing is kept, or the write fails.
    Capture {
        into: Rc<RefCell<Vec<u8>>>,
        most: usize,
        fails: bool,
    },
    File(OpenFile),
    /// What whoever is attached to the container types.
    Input(Rc<Input>),
    /// A connection that bash opened.
    Network(Box<NetworkFile>),
    /// The log of the process's container.
    Log {
        machine: crate::MachineId,
        stderr: bool,
    },
}

pub(crate) struct OpenFile {
    pub place: Place,
    pub number: u64,
    pub offset: Cell<u64>,
    pub append: bool,
    pub read: bool,
    pub write: bool,
}

/// A pipe's capacity, as Linux.
pub(crate) const PIPE_CAPACITY: usize = 64 * 1024;

#[derive(Clone)]
pub(crate) struct Pipe(Rc<PipeState>);

#[derive(Default)]
pub(crate) struct PipeState {
    pub buffer: RefCell<VecDeque<u8>>,
    pub readers: Cell<usize>,
    pub writers: Cell<usize>,
    pub bell: Notify,
    /// Whether it has a name (a FIFO): then who comes first waits for the other end, and whether that has been there.
    pub named: bool,
    pub read_from: Cell<bool>,
    pub written_to: Cell<bool>,
}

impl std::ops::Deref for Pipe {
    type Target = PipeState;
    fn deref(&self) -> &PipeState {
        &self.0
    }
}

impl Kernel {
    /// A device, opened.
    pub(crate) fn open_device(&self, (device, file): DeviceFile, writes: bool) -> Fd {
        match device {
            Device::Null => Fd::null(),
            Device::Fifo => self.0.fifos.open(file, writes),
            device => Fd::new(Stream::Device(device)),
        }
    }
}

impl Pipe {
    /// Whether a reader has come to the end: nobody can write any more, and somebody could.
    pub(crate) fn is_over(&self) -> bool {
        self.writers.get() == 0 && (!self.named || self.written_to.get())
    }

    /// Whether nobody will read what is written.
    pub(crate) fn is_broken(&self) -> bool {
        self.readers.get() == 0 && (!self.named || self.read_from.get())
    }
}

/// The FIFOs that somebody holds an end of, by disk and number.
#[derive(Default)]
pub(crate) struct Fifos(RefCell<BTreeMap<(DiskId, u64), Weak<PipeState>>>);

impl Fifos {
    /// An end of the FIFO of a file.
    pub(crate) fn open(&self, file: (DiskId, u64), writes: bool) -> Fd {
        let mut open = self.0.borrow_mut();
        let pipe = open.get(&file).and_then(Weak::upgrade).unwrap_or_else(|| {
            let pipe = Rc::new(PipeState { named: true, ..PipeState::default() });
            open.retain(|_, pipe| pipe.strong_count() > 0);
            open.insert(file, Rc::downgrade(&pipe));
            pipe
        });
        let (ends, been) = if writes { (&pipe.writers, &pipe.written_to) } else { (&pipe.readers, &pipe.read_from) };
        ends.set(ends.get() + 1);
        been.set(true);
        pipe.bell.notify_all();
        let pipe = Pipe(pipe);
        Fd::new(if writes { Stream::PipeWriter(pipe) } else { Stream::PipeReader(pipe) })
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        match self {
            Stream::PipeReader(pipe) => pipe.readers.set(pipe.readers.get() - 1),
            Stream::PipeWriter(pipe) => pipe.writers.set(pipe.writers.get() - 1),
            _ => return,
        }
        if let Stream::PipeReader(pipe) | Stream::PipeWriter(pipe) = self {
            pipe.bell.notify_all();
        }
    }
}

impl Fd {
    pub(crate) fn new(stream: Stream) -> Self {
        Fd(Rc::new(stream))
    }

    /// `/dev/null`.
    pub fn null() -> Self {
        Fd::new(Stream::Null)
    }

    /// A terminal.
    pub fn tty(tty: TtyId) -> Self {
        Fd::new(Stream::Tty(tty))
    }

    /// Bytes to be read.
    pub fn bytes(bytes: Vec<u8>) -> Self {
        Fd::new(Stream::Bytes { bytes, offset: Cell::new(0) })
    }

    /// Collects what is written into `into`; more than a disk may hold is EFBIG.
    pub fn capture(into: Rc<RefCell<Vec<u8>>>) -> Self {
        Fd::new(Stream::Capture { into, most: crate::DISK_LIMIT as usize, fails: true })
    }

    /// Collects the first `most` bytes that are written; the rest goes nowhere.
    pub(crate) fn capture_beginning(into: Rc<RefCell<Vec<u8>>>, most: usize) -> Self {
        Fd::new(Stream::Capture { into, most, fails: false })
    }

    /// The log of the container that a PID 1 is.
    pub(crate) fn log(machine: crate::MachineId, stderr: bool) -> Self {
        Fd::new(Stream::Log { machine, stderr })
    }

    /// The same stream, which is (or is not) a terminal to those who ask: what `ssh -t` and `exec -i` make of theirs.
    pub fn dressed(&self, terminal: bool) -> Self {
        Fd::new(Stream::Dressed { inner: self.clone(), terminal })
    }

    /// A pipe: the end to read from and the end to write to. It holds 64 KiB; a writer waits for room.
    pub fn pipe() -> (Fd, Fd) {
        let pipe = Pipe(Rc::default());
        pipe.readers.set(1);
        pipe.writers.set(1);
        (Fd::new(Stream::PipeReader(pipe.clone())), Fd::new(Stream::PipeWriter(pipe)))
    }

    /// Whether a process that inherited it can be data. A pipe is known to others by who holds it; the input of whoever is
    /// attached is waited for by futures; and who inherits an open file shares its place in it with its parent.
    pub(crate) fn can_be_data(&self) -> bool {
        match self.bare() {
            Stream::Null | Stream::Device(_) | Stream::Log { .. } | Stream::Tty(_) => true,
            Stream::File(file) => file.append,
            _ => false,
        }
    }

    /// Whether it is an end of a pipe.
    pub fn is_pipe(&self) -> bool {
        matches!(self.bare(), Stream::PipeReader(_) | Stream::PipeWriter(_))
    }

    /// Whether it is a file on a disk, which has an end.
    pub fn is_file(&self) -> bool {
        matches!(self.bare(), Stream::File(_))
    }

    /// The stream under any dressing.
    pub(crate) fn bare(&self) -> &Stream {
        match &*self.0 {
            Stream::Dressed { inner, .. } => inner.bare(),
            stream => stream,
        }
    }

    /// What isatty(3) says.
    pub fn is_tty(&self) -> bool {
        match &*self.0 {
            Stream::Dressed { terminal, .. } => *terminal,
            Stream::Tty(_) => true,
            Stream::Input(input) => input.tty,
            _ => false,
        }
    }

    /// The terminal it is, if it is one.
    pub(crate) fn tty_id(&self) -> Option<TtyId> {
        match self.bare() {
            Stream::Tty(tty) => Some(*tty),
            Stream::Input(input) => input.tty_id(),
            _ => None,
        }
    }
}

/// Copies of open files for a process that goes on from data, which more than one world may hold. Files that were one stay
/// one.
#[derive(Default)]
pub struct Copies(Vec<(Fd, Fd)>);

impl Copies {
    /// A process's files, copied.
    pub(crate) fn of(&mut self, fds: &BTreeMap<u32, Fd>) -> BTreeMap<u32, Fd> {
        sim::order::collect(fds.iter().map(|(number, fd)| (*number, self.one(fd))))
    }

    fn one(&mut self, fd: &Fd) -> Fd {
        if let Some((_, copy)) = self.0.iter().find(|(known, _)| Rc::ptr_eq(&known.0, &fd.0)) {
            return copy.clone();
        }
        let copy = match &*fd.0 {
            Stream::File(file) => {
                Fd::new(Stream::File(OpenFile { place: file.place.clone(), offset: file.offset.clone(), ..*file }))
            }
            Stream::Bytes { bytes, offset } => Fd::new(Stream::Bytes { bytes: bytes.clone(), offset: offset.clone() }),
            Stream::Dressed { inner, terminal } => {
                Fd::new(Stream::Dressed { inner: self.one(inner), terminal: *terminal })
            }
            _ => fd.clone(), // nothing of it changes
        };
        self.0.push((fd.clone(), copy.clone()));
        copy
    }
}
