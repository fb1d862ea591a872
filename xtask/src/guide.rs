//! `target/docs/`: the guide, built by mdBook from `docs/`, its links looked up (`docs/site/build.mjs`).

use std::process::Command;

use crate::cargo_tools;
use crate::shell::{self, Outcome};

pub const WHAT: &str = "the guide, and its links";

/// Builds it.
pub fn build() -> Outcome<()> {
    shell::step(WHAT, command()?).map(drop)
}

/// What builds it. `DOCS_ADDRESS` is where the playground is published, for the lines to copy.
pub fn command() -> Outcome<Command> {
    let mut command = Command::new("node");
    command.arg("docs/site/build.mjs").arg(cargo_tools::mdbook()?.join("mdbook")).arg("target/docs");
    command.args(std::env::var_os("DOCS_ADDRESS"));
    Ok(command)
}
