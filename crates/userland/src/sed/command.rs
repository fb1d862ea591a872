//! The commands of a `sed` script, as they are once they were read.

use regex_lite::Regex;

use super::replacement::Piece;

/// Which lines a command is for.
#[derive(Clone, Debug)]
pub(super) enum Address {
    /// The line of this number.
    Line(usize),
    /// `~N`, after a comma: the next line whose number is a multiple of it.
    Multiple(usize),
    /// `FIRST~STEP`.
    Step(usize, usize),
    /// `$`.
    Last,
    /// `/PATTERN/`; `None` is the last one used.
    Pattern(Option<Regex>),
    /// `,+N`.
    Plus(usize),
}

/// What a command does; see sed(1).
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub(super) enum Verb {
    /// `{`: goes to this command when the address does not match.
    Block(usize),
    Substitute {
        regex: Option<Regex>,
        replacement: Vec<Piece>,
        global: bool,
        nth: usize,
        print: bool,
        write: Option<String>,
    },
    Delete,
    DeleteFirst,
    Print,
    PrintFirst,
    List,
    LineNumber,
    Quit(i32, bool),
    Append(String),
    Insert(String),
    Change(String),
    Read(String),
    Write(String),
    Transliterate(Vec<char>, Vec<char>),
    Hold,
    HoldAppend,
    Get,
    GetAppend,
    Exchange,
    Next,
    NextAppend,
    Branch(usize),
    BranchIf(usize),
    BranchUnless(usize),
}

/// One command with its lines.
#[derive(Clone, Debug)]
pub(super) struct Command {
    /// The line, or the first of the range.
    pub from: Option<Address>,
    /// The end of the range.
    pub to: Option<Address>,
    /// `!`.
    pub negate: bool,
    /// What it does.
    pub verb: Verb,
}

impl Command {
    /// Whether it asks which line is the last (finding out means reading one line ahead).
    pub(super) fn needs_last(&self) -> bool {
        matches!(self.from, Some(Address::Last)) || matches!(self.to, Some(Address::Last))
    }
}
