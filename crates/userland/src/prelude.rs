//! What nearly every program uses.

pub use machine::libc::quote::{quote_always, quote_if_needed};
pub use machine::libc::strftime;
pub use machine::{Errno, Metadata, Process};
pub use sim::{Duration, Time};

pub use super::input::{Source, Sources, exhausted, lines, operands_or_stdin, read_operands};
pub use super::options::{Options, Spec};
pub use super::words::{fail, glob_match, is_busybox, name_of, quote, usage_hint};
