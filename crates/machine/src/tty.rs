//! A terminal as the kernel sees it: the line discipline between a keyboard and the programs that read it.

use crate::{Pid, TraceId};
/// Names a terminal of a world.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct TtyId(pub u64);

/// What a terminal shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// Bytes for the screen, with terminal control sequences.
    Bytes(Vec<u8>),
    /// Something its host says or does in its own way.
    Note(Note),
}

/// Something a terminal's host says in the person's language, or does for a program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Note {
    /// A connection failed; the trace says why.
    Trace(TraceId),
    /// The person may be lost.
    Hint(Hint),
    /// A program asks to edit a file: open the editor on it.
    Edit {
        /// The file's absolute path on the outside computer.
        path: String,
        /// The program waits for Return on its terminal.
        awaited: bool,
    },
}

/// What a person may have misunderstood.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Hint {
    /// `kubectl` or `minikube` was typed inside a session (the node, a container) that has none.
    CommandNotInSession {
        /// The command.
        command: String,
        /// The machine's host name.
        hostname: String,
    },
    /// There is no such command, but there is one that was probably meant.
    Misspelt {
        /// The whole line as it was meant.
        line: String,
        /// It was typed with the Korean keyboard.
        keyboard: bool,
    },
    /// A command, such as `docker run` or `minikube tunnel`, does nothing here; it has said so in English.
    NotSimulated(String),
    /// A placeholder such as `<POD-IP>` was typed as it stands.
    Placeholder(String),
}

/// The state of one terminal; data, so that a checkpoint keeps it.
#[derive(Clone, Debug)]
pub struct Tty {
    /// Bytes a program may read now.
    pub(crate) ready: Vec<u8>,
    /// How many end-of-files are due after `ready` was read: each makes one read return nothing.
    pub(crate) eof: u32,
    /// The line being typed, in cooked mode.
    line: Vec<u8>,
    /// Typed while nobody reads: shown and cooked when a program does, else the shell's line editor gets it.
    waiting: Vec<u8>,
    /// How many programs wait for input.
    pub(crate) readers: u32,
    /// Bytes go through as they come.
    pub(crate) raw: bool,
    /// Input is shown.
    pub(crate) echo: bool,
    /// `\n` is written as `\r\n`.
    pub(crate) crlf: bool,
    output: Vec<Output>,
    /// What was shown since somebody last asked, while a container's log is made of it.
    pub(crate) recorded: Option<Vec<u8>>,
    /// Columns and rows.
    pub window: (u16, u16),
    /// The process group that gets Ctrl-C.
    pub(crate) foreground: Option<Pid>,
    /// Whether there is a person (else: a headless feed).
    pub(crate) interactive: bool,
}

/// The most undrained output that is kept; older bytes go.
const OUTPUT_LIMIT: usize = 4 << 20;
/// The most that is kept of what was typed and nobody read.
const TYPED_LIMIT: usize = 256 * 1024;
/// Longest line in cooked mode, as Linux.
const LINE_LIMIT: usize = 4095;

impl Tty {
    /// A terminal of 80 by 24, for a person or headless.
    pub fn new(interactive: bool) -> Self {
        Tty {
            ready: Vec::new(),
            eof: 0,
            line: Vec::new(),
            waiting: Vec::new(),
            readers: 0,
            raw: false,
            echo: interactive,
            crlf: interactive,
            output: Vec::new(),
            recorded: None,
            window: (80, 24),
            foreground: None,
            interactive,
        }
    }

    /// Shows bytes.
    pub fn write(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        if !matches!(self.output.last(), Some(Output::Bytes(_))) {
            self.output.push(Output::Bytes(Vec::new()));
        }
        if let Some(recorded) = self.recorded.as_mut().filter(|recorded| recorded.len() < OUTPUT_LIMIT) {
            recorded.extend_from_slice(bytes);
        }
        let crlf = self.crlf;
        if let Some(Output::Bytes(out)) = self.output.last_mut() {
            for &byte in bytes {
                if byte == b'\n' && crlf && out.last() != Some(&b'\r') {
                    out.push(b'\r');
                }
                out.push(byte);
            }
            if out.len() > OUTPUT_LIMIT {
                out.drain(..out.len() - OUTPUT_LIMIT / 2);
            }
        }
    }

    /// Says something beside the screen.
    pub fn note(&mut self, note: Note) {
        self.output.push(Output::Note(note));
    }

    /// What was shown and said since this was last called.
    pub fn take_output(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.output)
    }

    /// Takes one typed byte. True: Ctrl-C, the foreground group is to be interrupted.
    pub(crate) fn take(&mut self, byte: u8) -> bool {
        if self.raw {
            self.ready.push(byte);
            false
        } else if byte == 0x03 {
            self.waiting.clear();
            self.cook(byte)
        } else if self.readers > 0 && self.wants_more() && self.waiting.is_empty() {
            self.cook(byte)
        } else {
            if self.waiting.len() < TYPED_LIMIT {
                self.waiting.push(byte);
            }
            false
        }
    }

    /// A program is about to wait for input: what was typed meanwhile is there.
    pub(crate) fn catch_up(&mut self) {
        let mut taken = 0;
        while self.wants_more() && taken < self.waiting.len() {
            self.cook(self.waiting[taken]);
            taken += 1;
        }
        self.waiting.drain(..taken);
    }

    /// Whether a reader would wait: no line is complete.
    fn wants_more(&self) -> bool {
        self.ready.is_empty() && self.eof == 0
    }

    /// Takes one typed byte in cooked mode. True: Ctrl-C, the foreground group is to be interrupted.
    fn cook(&mut self, byte: u8) -> bool {
        match byte {
            0x03 => {
                self.line.clear();
                self.ready.clear();
                if self.echo {
                    self.write(b"^C");
                }
                return true;
            }
            0x04 => {
                if self.line.is_empty() {
                    self.eof += 1;
                } else {
                    self.ready.append(&mut self.line);
                }
            }
            b'\r' | b'\n' => {
                self.line.push(b'\n');
                self.ready.append(&mut self.line);
                if self.echo {
                    self.write(b"\n");
                }
            }
            0x7f | 0x08 => {
                let text = String::from_utf8_lossy(&self.line).into_owned();
                if let Some(last) = text.chars().last() {
                    self.line.truncate(self.line.len() - last.len_utf8().min(self.line.len()));
                    if self.echo {
                        let width = unicode_width::UnicodeWidthChar::width(last).unwrap_or(2).max(1);
                        self.write("\u{8} \u{8}".repeat(width).as_bytes());
                    }
                }
            }
            0x15 => {
                while !self.line.is_empty() {
                    self.cook(0x7f);
                }
            }
            _ if self.line.len() >= LINE_LIMIT => {}
            _ => {
                self.line.push(byte);
                if self.echo {
                    if byte < 0x20 && byte != b'\t' {
                        self.write(&[b'^', byte + 0x40]);
                    } else {
                        self.write(&[byte]);
                    }
                }
            }
        }
        false
    }
}

impl Tty {
    /// What was typed and nobody read: it goes to the shell's line editor.
    pub(crate) fn take_unread(&mut self) -> Vec<u8> {
        self.eof = 0;
        let mut unread = std::mem::take(&mut self.ready);
        unread.append(&mut self.line);
        unread.append(&mut self.waiting);
        unread
    }
}
