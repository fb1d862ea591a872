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
    /// Any other of Linux' signals, by its number: see [`Signal::default_action`].
    Other(u8),
}

/// What a signal does to a process that says nothing of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DefaultAction {
    /// It ends.
    End,
    /// Nothing.
    Nothing,
    /// It stops until it is continued, which is not simulated.
    Stop,
}

/// Linux' names in the order of the numbers, from 1 on.
const NAMES: [&str; 31] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
    "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO",
    "PWR", "SYS",
];

/// The first and the last signal for real-time use.
const REAL_TIME: std::ops::RangeInclusive<u8> = 34..=64;

impl Signal {
    /// The signal of a number.
    pub fn of_number(number: u8) -> Option<Signal> {
        Some(match number {
            1 => Signal::Hangup,
            2 => Signal::Interrupt,
            3 => Signal::Quit,
            9 => Signal::Kill,
            10 => Signal::User1,
            12 => Signal::User2,
            13 => Signal::Pipe,
            15 => Signal::Terminate,
            other if (1..=31).contains(&other) || REAL_TIME.contains(&other) => Signal::Other(other),
            _ => return None,
        })
    }

    /// Its number on Linux.
    pub fn number(self) -> i32 {
        match self {
            Signal::Hangup => 1,
            Signal::Interrupt => 2,
            Signal::Quit => 3,
            Signal::Kill => 9,
            Signal::User1 => 10,
            Signal::User2 => 12,
            Signal::Pipe => 13,
            Signal::Terminate => 15,
            Signal::Other(number) => i32::from(number),
        }
    }

    /// Reads `9`, `KILL` or `SIGKILL`.
    pub fn parse(text: &str) -> Option<Signal> {
        if let Ok(number) = text.parse::<u8>() {
            return Signal::of_number(number);
        }
        let upper = text.to_ascii_uppercase();
        let name = upper.strip_prefix("SIG").unwrap_or(&upper);
        let other = match name {
            "IOT" => "ABRT",
            "CLD" => "CHLD",
            "POLL" => "IO",
            name => name,
        };
        if let Some(at) = NAMES.iter().position(|known| *known == other) {
            return Signal::of_number(at as u8 + 1);
        }
        REAL_TIME.filter_map(Signal::of_number).find(|signal| signal.name() == name)
    }

    /// Its name without `SIG`.
    pub fn name(self) -> String {
        let number = self.number();
        match number {
            34 => "RTMIN".to_owned(),
            35..=49 => format!("RTMIN+{}", number - 34),
            50..=63 => format!("RTMAX-{}", 64 - number),
            64 => "RTMAX".to_owned(),
            _ => NAMES.get(number as usize - 1).copied().unwrap_or_default().to_owned(),
        }
    }

    /// What it does to who says nothing of it: signal(7).
    pub fn default_action(self) -> DefaultAction {
        match self {
            Signal::Other(17 | 18 | 23 | 28) => DefaultAction::Nothing,
            Signal::Other(19..=22) => DefaultAction::Stop,
            _ => DefaultAction::End,
        }
    }

    /// What a shell says of a process that it ended: strsignal(3).
    pub fn description(self) -> String {
        let text = match self.number() {
            1 => "Hangup",
            2 => "Interrupt",
            3 => "Quit",
            4 => "Illegal instruction",
            5 => "Trace/breakpoint trap",
            6 => "Aborted",
            7 => "Bus error",
            8 => "Floating point exception",
            9 => "Killed",
            10 => "User defined signal 1",
            11 => "Segmentation fault",
            12 => "User defined signal 2",
            13 => "Broken pipe",
            14 => "Alarm clock",
            15 => "Terminated",
            24 => "CPU time limit exceeded",
            25 => "File size limit exceeded",
            26 => "Virtual timer expired",
            27 => "Profiling timer expired",
            29 => "I/O possible",
            30 => "Power failure",
            31 => "Bad system call",
            number => return format!("Real-time signal {}", number - 34),
        };
        text.to_owned()
    }

    /// The table of `kill -l` and `trap -l`, five in a row.
    pub fn table() -> String {
        let mut text = String::new();
        let all: Vec<Signal> = (1..=64).filter_map(Signal::of_number).collect();
        for (at, signal) in all.iter().enumerate() {
            text.push_str(&format!("{:>2}) SIG{}", signal.number(), signal.name()));
            text.push_str(if at % 5 == 4 { "\n" } else { "\t" });
        }
        text + "\n"
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
