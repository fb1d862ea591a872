//! What reads input of others, as plain functions of bytes: each plays one input and checks what must hold of every input.
//!
//! Both `fuzz/`, which looks for inputs that break something, and `tests/tests/corpus.rs`, which plays those that are kept in
//! `tests/corpus`, call these. Sizes and steps are bounded here, so that an input that multiplies fails and is not waited for.

mod connections;
mod documents;
mod templates;
mod terminal;
mod worlds;

pub use connections::{exec, port_forward, protobuf, spdy};
pub use documents::{lesson, markdown, patch, session, yaml};
pub use templates::{go_template, jsonpath};
pub use terminal::{awk, bash, line, sed};
pub use worlds::{corefile, request};

/// Something that reads input.
pub struct Target {
    /// Its name, which the folder of its corpus and its program in `fuzz/` have, too.
    pub name: &'static str,
    /// Plays one input. True when it was taken for what it should be, false when it was refused.
    ///
    /// # Panics
    /// When something does not hold that must.
    pub play: fn(&[u8]) -> bool,
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "awk", play: awk },
    Target { name: "bash", play: bash },
    Target { name: "corefile", play: corefile },
    Target { name: "exec", play: exec },
    Target { name: "go_template", play: go_template },
    Target { name: "jsonpath", play: jsonpath },
    Target { name: "lesson", play: lesson },
    Target { name: "line", play: line },
    Target { name: "markdown", play: markdown },
    Target { name: "patch", play: patch },
    Target { name: "port_forward", play: port_forward },
    Target { name: "protobuf", play: protobuf },
    Target { name: "request", play: request },
    Target { name: "sed", play: sed },
    Target { name: "session", play: session },
    Target { name: "spdy", play: spdy },
    Target { name: "yaml", play: yaml },
];

/// The most bytes of JSON or text that one small input may become.
const LARGEST: usize = 20 << 20;
