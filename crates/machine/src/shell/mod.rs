//! bash, over simulated processes.

use crate::Program;

/// The shells as programs: `bash` and `sh`.
pub fn programs() -> Vec<Program> {
    Vec::new()
}
