//! Signals and how processes end.

use std::fmt;

/// A process's global number; `ps` shows the machine's own ([`crate::PsEntry`]).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Pid(pub u64);

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The signals people send.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signal {
    /// A terminal went away.
    Hangup,
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-\.
    Quit,
    /// Cannot be caught.
    Kill,
    /// A write to a pipe nobody reads.
    Pipe,
    /// A polite request to end.
    Terminate,
    /// For programs' own use.
    User1,
    /// For programs' own use.
    User2,
}

const SIGNALS: [(Signal, i32, &str); 8] = [
    (Signal::Hangup, 1, "HUP"),
    (Signal::Interrupt, 2, "INT"),
    (Signal::Quit, 3, "QUIT"),
    (Signal::Kill, 9, "KILL"),
    (Signal::User1, 10, "USR1"),
    (Signal::User2, 12, "USR2"),
    (Signal::Pipe, 13, "PIPE"),
    (Signal::Terminate, 15, "TERM"),
];

impl Signal {
    /// Its number on Linux.
    pub fn number(self) -> i32 {
        SIGNALS.iter().find(|(signal, ..)| *signal == self).map_or(0, |(_, number, _)| *number)
    }

    /// Reads `9`, `KILL` or `SIGKILL`.
    pub fn parse(text: &str) -> Option<Signal> {
        let upper = text.to_ascii_uppercase();
        let name = upper.strip_prefix("SIG").unwrap_or(&upper);
        let found = SIGNALS.iter().find(|(_, number, short)| *short == name || number.to_string() == name);
        found.map(|(signal, ..)| *signal)
    }

    /// Its name without `SIG`.
    pub fn name(self) -> &'static str {
        SIGNALS.iter().find(|(signal, ..)| *signal == self).map_or("", |(_, _, name)| name)
    }
}

/// How a process ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// It exited by itself.
    Code(i32),
    /// A signal ended it.
    Signal(Signal),
    /// The kernel killed it, and all of its container, for want of memory.
    OutOfMemory,
}

impl Exit {
    /// What `$?` shows: the code, or 128 and the signal's number.
    pub fn status(self) -> i32 {
        match self {
            Exit::Code(code) => code & 0xff,
            Exit::Signal(signal) => 128 + signal.number(),
            Exit::OutOfMemory => 128 + Signal::Kill.number(),
        }
    }
}
