//! The commands people type, one a file.

use crate::Program;

/// All of them, to be registered with a kernel.
pub fn all() -> Vec<Program> {
    Vec::new()
}
