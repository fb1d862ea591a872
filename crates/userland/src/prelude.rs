//! What nearly every program uses.

pub(crate) use machine::libc::quote::{quote_always, quote_if_needed};
pub(crate) use machine::libc::strftime;
pub(crate) use machine::{Errno, ExitStatus, Metadata, Process};
pub(crate) use sim::{Duration, Time};

pub(crate) use super::input::{Source, Sources, exhausted, lines, operands_or_stdin, read_operands};
pub(crate) use super::options::{Options, Spec};
pub(crate) use super::words::{
    complain, fail, fail_with, glob_match, is_busybox, name_of, quote, usage_error, usage_hint,
};
