//! kubectl: one verb a file, printers and describers; a client over any transport.
//!
//! Here: what the `kubectl` command does with its arguments, its files and the API server's answers, in kubectl 1.36's words.
//! Not here: anything a server decides, a terminal, a shell. Nothing here knows what is simulated.

mod host;

use std::rc::Rc;

pub use host::{Host, MemoryHost};

/// Runs `kubectl` with these arguments (without the program's name) and returns its exit code.
pub async fn run(args: Vec<String>, host: Rc<dyn Host>, api: Rc<dyn api::Transport>) -> i32 {
    let _ = (args, api);
    host.stderr(b"error: kubectl is still being built\n").await;
    1
}
