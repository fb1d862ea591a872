//! What the shell and the programs take from the C library and gnulib: formats of texts and times, time zones, quoting.
//!
//! Here: formatting that the shell's builtins share with programs. Not here: the resolver, which is [`crate::Process`]'s
//! own, and whatever only programs need.

pub mod escape;
pub mod printf;
pub mod quote;
pub mod strftime;
pub mod zone;
