//! `--dry-run`.

use crate::error::{Outcome, plain};
use crate::flags::{Args, parse_bool};
use sim::Time;

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

/// What kubectl's log says of a flag that is given as it once was: without a value, or with yes or no.
pub fn deprecated(args: &Args, now: Time) -> Option<String> {
    let (value, instead) = match (args.text("dry-run"), parse_bool(args.text("dry-run"))) {
        ("unchanged", _) => (String::new(), "client"),
        (text, Some(yes)) => (format!("={text}"), if yes { "client" } else { "none" }),
        _ => return None,
    };
    let kind = if value.is_empty() { "" } else { " (boolean value)" };
    let said = format!("--dry-run{value} is deprecated{kind} and can be replaced with --dry-run={instead}.");
    Some(log('W', now, "helpers.go:719", &said))
}

/// A warning (`W`) or an information (`I`) as the log of kubectl's developers (klog) has it on standard error.
pub fn log(kind: char, now: Time, place: &str, said: &str) -> String {
    let time = now.rfc3339_micros().replace(['T', 'Z'], " ");
    let (date, clock) = time.trim_end().split_once(' ').unwrap_or_default();
    let day: String = date.split('-').skip(1).collect();
    // A process's number would stand before the file.
    format!("{kind}{day} {clock}       1 {place}] {said}\n")
}

impl DryRun {
    /// Reads the flag.
    ///
    /// # Errors
    /// In kubectl's words.
    pub fn of(args: &Args) -> Outcome<DryRun> {
        match (args.text("dry-run"), parse_bool(args.text("dry-run"))) {
            ("none" | "", _) | (_, Some(false)) => Ok(DryRun::None),
            ("client" | "unchanged", _) | (_, Some(true)) => Ok(DryRun::Client),
            ("server", _) => Ok(DryRun::Server),
            (other, None) => {
                plain(format!("Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."))
            }
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
