//! `--dry-run`.

use crate::error::{Outcome, plain};
use crate::flags::Args;

/// Where a change stops.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DryRun {
    /// It is made.
    None,
    /// Before it is sent.
    Client,
    /// In the server, before it is stored.
    Server,
}

impl DryRun {
    /// Reads the flag.
    ///
    /// # Errors
    /// In kubectl's words.
    pub fn of(args: &Args) -> Outcome<DryRun> {
        match args.text("dry-run") {
            "none" | "false" | "" => Ok(DryRun::None),
            "client" => Ok(DryRun::Client),
            "server" => Ok(DryRun::Server),
            "unchanged" | "true" => plain(
                "--dry-run flag without a value was specified. A value must be set: \"none\", \"server\", or \"client\".",
            ),
            other => plain(format!("Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\".")),
        }
    }

    /// What the query says.
    pub fn query(self) -> (&'static str, &'static str) {
        ("dryRun", if self == DryRun::Server { "All" } else { "" })
    }

    /// What follows the result: ` (dry run)`.
    pub fn suffix(self) -> &'static str {
        match self {
            DryRun::None => "",
            DryRun::Client => " (dry run)",
            DryRun::Server => " (server dry run)",
        }
    }
}
