//! The session log: what entered the world and when, which is all that is needed to live it again.

use serde_json::{Value, json};
use sim::{Duration, Time};

use crate::settings::{MAX_PODS, MOST_PODS};
use crate::{Computer, Settings, TerminalId};

/// What entered the world.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Act {
    /// A terminal was opened, of this size.
    Open {
        /// Its name.
        terminal: TerminalId,
        /// Columns.
        columns: u16,
        /// Rows.
        rows: u16,
    },
    /// A terminal was closed.
    Close {
        /// Its name.
        terminal: TerminalId,
    },
    /// Bytes were typed.
    Type {
        /// Where.
        terminal: TerminalId,
        /// What.
        bytes: Vec<u8>,
    },
    /// A terminal changed its size.
    Resize {
        /// Which.
        terminal: TerminalId,
        /// Columns.
        columns: u16,
        /// Rows.
        rows: u16,
    },
    /// A file of the outside computer's home was saved.
    Save {
        /// The path below the home folder.
        path: String,
        /// The content.
        bytes: Vec<u8>,
    },
    /// A script was started on the outside computer, without a terminal: what a lesson prepares.
    Script {
        /// Its text.
        text: String,
    },
    /// A file of the outside computer's home was removed.
    Remove {
        /// The path below the home folder.
        path: String,
    },
}

/// An [`Act`] with its stamp.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The virtual time.
    pub at: Time,
    /// The steps taken before it.
    pub steps: u64,
    /// What.
    pub act: Act,
}

/// A whole session: how the world began and what entered it.
#[derive(Clone, PartialEq, Debug)]
pub struct Session {
    /// How the world began.
    pub settings: Settings,
    /// What entered it, in order.
    pub entries: Vec<Entry>,
    /// How far it was lived.
    pub end: Time,
    /// The steps taken until then.
    pub end_steps: u64,
}

/// Why a session cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SessionError {
    /// It is not this version's (or no session at all).
    #[error("this is not a session of kube-playground (version 1)")]
    Version,
    /// A part is missing or of the wrong kind.
    #[error("the session's {0} cannot be read")]
    Field(&'static str),
    /// A part asks for more than any session that was lived: to live it again would not come to an end.
    #[error("the session's {0} go beyond what a session can hold")]
    TooMuch(&'static str),
}

/// What a session says of [`Computer::ControlPlane`].
const CONTROL_PLANE: &str = "controlplane";
/// The most entries: some forty hours of typing without a pause.
const MOST_ENTRIES: usize = 500_000;
/// The most files it begins with, and terminals it opens.
const MOST_FILES: usize = 10_000;
/// The longest path in bytes, and the deepest in folders.
const LONGEST_PATH: usize = 4_096;
const MOST_FOLDERS: usize = 64;
/// The latest moment: more than a year of virtual time, a month of watching at 16x.
const LATEST: Duration = Duration::from_secs(500 * 24 * 3_600);
/// The most steps, as many as a busy loop takes in weeks.
const MOST_STEPS: u64 = 1_000_000_000_000;

fn bytes_to_json(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => bytes.to_vec().into(),
    }
}

fn bytes_from_json(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::String(text) => Some(text.clone().into_bytes()),
        Value::Array(items) => items.iter().map(|item| item.as_u64().and_then(|n| u8::try_from(n).ok())).collect(),
        _ => None,
    }
}

impl Session {
    /// The session as JSON, version 1: `{"version": 1, "seed": "…", "entries": [[micros after epoch, steps, verb, …]]}`.
    pub fn to_json(&self) -> Value {
        let epoch = self.settings.epoch.unix_micros();
        let entries: Vec<Value> = self
            .entries
            .iter()
            .map(|entry| {
                let at = entry.at.unix_micros() - epoch;
                let steps = entry.steps;
                match &entry.act {
                    Act::Open { terminal, columns, rows } => json!([at, steps, "open", terminal.0, columns, rows]),
                    Act::Close { terminal } => json!([at, steps, "close", terminal.0]),
                    Act::Type { terminal, bytes } => json!([at, steps, "type", terminal.0, bytes_to_json(bytes)]),
                    Act::Resize { terminal, columns, rows } => json!([at, steps, "resize", terminal.0, columns, rows]),
                    Act::Save { path, bytes } => json!([at, steps, "save", path, bytes_to_json(bytes)]),
                    Act::Script { text } => json!([at, steps, "script", text]),
                    Act::Remove { path } => json!([at, steps, "remove", path]),
                }
            })
            .collect();
        let files: Vec<Value> =
            self.settings.files.iter().map(|(path, bytes)| json!([path, bytes_to_json(bytes)])).collect();
        let mut session = json!({
            "version": 1,
            "seed": self.settings.seed.to_string(),
            "epoch": self.settings.epoch.rfc3339(),
            "podCIDR": self.settings.pod_cidr,
            "files": files,
            "entries": entries,
            "end": [self.end.unix_micros() - epoch, self.end_steps],
        });
        if self.settings.max_pods != MAX_PODS {
            session["maxPods"] = self.settings.max_pods.into();
        }
        if self.settings.computer == Computer::ControlPlane {
            session["computer"] = CONTROL_PLANE.into();
        }
        session
    }

    /// Reads what [`Session::to_json`] wrote.
    ///
    /// # Errors
    /// [`SessionError`] names the part that cannot be read.
    pub fn from_json(value: &Value) -> Result<Session, SessionError> {
        if value["version"] != 1 {
            return Err(SessionError::Version);
        }
        let seed = value["seed"].as_str().and_then(|seed| seed.parse().ok()).ok_or(SessionError::Field("seed"))?;
        let epoch = value["epoch"].as_str().and_then(Time::parse_rfc3339).ok_or(SessionError::Field("epoch"))?;
        let pod_cidr = value["podCIDR"].as_str().ok_or(SessionError::Field("podCIDR"))?.to_owned();
        let max_pods = match &value["maxPods"] {
            Value::Null => Some(MAX_PODS),
            number => number.as_u64().and_then(|number| u32::try_from(number).ok()).filter(|most| *most <= MOST_PODS),
        };
        let max_pods = max_pods.ok_or(SessionError::Field("maxPods"))?;
        let computer = match &value["computer"] {
            Value::Null => Computer::Laptop,
            name if name == CONTROL_PLANE => Computer::ControlPlane,
            _ => return Err(SessionError::Field("computer")),
        };
        let files = items(&value["files"])
            .iter()
            .map(|file| Some((file[0].as_str()?.to_owned(), bytes_from_json(&file[1])?)))
            .collect::<Option<Vec<_>>>()
            .ok_or(SessionError::Field("files"))?;
        let entries = items(&value["entries"])
            .iter()
            .map(|entry| entry_from_json(epoch, entry))
            .collect::<Option<Vec<_>>>()
            .ok_or(SessionError::Field("entries"))?;
        if entries.windows(2).any(|pair| pair[0].at > pair[1].at || pair[0].steps > pair[1].steps) {
            return Err(SessionError::Field("entries"));
        }
        let end = time(epoch, &value["end"][0]).ok_or(SessionError::Field("end"))?;
        let end_steps = value["end"][1].as_u64().ok_or(SessionError::Field("end"))?;
        let session = Session {
            settings: Settings { seed, epoch, pod_cidr, max_pods, computer, files },
            entries,
            end,
            end_steps,
        };
        session.check_bounds()?;
        Ok(session)
    }

    /// Whether it can have been lived.
    fn check_bounds(&self) -> Result<(), SessionError> {
        let too_deep = |path: &str| path.len() > LONGEST_PATH || path.split('/').count() > MOST_FOLDERS;
        let files = &self.settings.files;
        if files.len() > MOST_FILES || files.iter().any(|(path, _)| too_deep(path)) {
            return Err(SessionError::TooMuch("files"));
        }
        let opened = self.entries.iter().filter(|entry| matches!(entry.act, Act::Open { .. })).count();
        let deep = self.entries.iter().any(|entry| match &entry.act {
            Act::Save { path, .. } | Act::Remove { path } => too_deep(path),
            _ => false,
        });
        if self.entries.len() > MOST_ENTRIES || opened > MOST_FILES || deep {
            return Err(SessionError::TooMuch("entries"));
        }
        let last = self.entries.last();
        let at = last.map_or(self.end, |entry| entry.at.max(self.end));
        let steps = last.map_or(self.end_steps, |entry| entry.steps.max(self.end_steps));
        if self.end < self.settings.epoch || at > self.settings.epoch + LATEST || steps > MOST_STEPS {
            return Err(SessionError::TooMuch("time and steps"));
        }
        Ok(())
    }
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn time(epoch: Time, value: &Value) -> Option<Time> {
    Some(Time::from_unix_micros(epoch.unix_micros().checked_add(value.as_i64()?)?))
}

fn entry_from_json(epoch: Time, entry: &Value) -> Option<Entry> {
    let terminal = || Some(TerminalId(u32::try_from(entry[3].as_u64()?).ok()?));
    let size = |index: usize| u16::try_from(entry[index].as_u64()?).ok();
    let path = || Some(entry[3].as_str()?.to_owned());
    let act = match entry[2].as_str()? {
        "open" => Act::Open { terminal: terminal()?, columns: size(4)?, rows: size(5)? },
        "close" => Act::Close { terminal: terminal()? },
        "type" => Act::Type { terminal: terminal()?, bytes: bytes_from_json(&entry[4])? },
        "resize" => Act::Resize { terminal: terminal()?, columns: size(4)?, rows: size(5)? },
        "save" => Act::Save { path: path()?, bytes: bytes_from_json(&entry[4])? },
        "script" => Act::Script { text: path()? },
        "remove" => Act::Remove { path: path()? },
        _ => return None,
    };
    Some(Entry { at: time(epoch, &entry[0])?, steps: entry[1].as_u64()?, act })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_survives_json_and_nonsense_is_refused() {
        let settings = Settings { files: vec![("a.yaml".into(), b"x: 1\n".to_vec())], ..Settings::default() };
        let at = settings.epoch + sim::Duration::from_millis(1500);
        let entry = |act| Entry { at, steps: 7, act };
        let terminal = TerminalId(1);
        let session = Session {
            entries: vec![
                entry(Act::Open { terminal, columns: 80, rows: 24 }),
                entry(Act::Type { terminal, bytes: "ls 한글\r".into() }),
                entry(Act::Type { terminal, bytes: vec![0xff, 3] }),
                entry(Act::Resize { terminal, columns: 100, rows: 30 }),
                entry(Act::Save { path: "b.yaml".into(), bytes: b"y".to_vec() }),
                entry(Act::Remove { path: "b.yaml".into() }),
                entry(Act::Close { terminal }),
            ],
            end: at,
            end_steps: 9,
            settings,
        };
        let text = session.to_json().to_string();
        assert_eq!(Session::from_json(&serde_json::from_str(&text).unwrap()), Ok(session.clone()));
        assert_eq!(Session::from_json(&json!({"version": 2})), Err(SessionError::Version));
        for (field, wrong, error) in [
            ("seed", json!(1), "seed"),
            ("entries", json!([[0, 0, "shout", 1]]), "entries"),
            ("entries", json!([[5, 5, "close", 1], [4, 5, "close", 1]]), "entries"),
            ("end", json!([]), "end"),
        ] {
            let mut value = session.to_json();
            value[field] = wrong;
            assert_eq!(Session::from_json(&value), Err(SessionError::Field(error)));
        }
    }

    #[test]
    fn what_cannot_have_been_lived_is_refused() {
        let value = Session {
            settings: Settings::default(),
            entries: Vec::new(),
            end: Settings::default().epoch,
            end_steps: 0,
        };
        let value = value.to_json();
        let deep = "d/".repeat(5_000) + "f";
        let many: Vec<Value> = (0..=MOST_ENTRIES).map(|_| json!([0, 0, "close", 1])).collect();
        let terminals: Vec<Value> = (0..=MOST_FILES).map(|at| json!([0, 0, "open", at, 80, 24])).collect();
        for (field, wrong, error) in [
            ("files", json!([[deep, ""]]), "files"),
            ("files", json!([["f".repeat(5_000), ""]]), "files"),
            ("entries", json!(many), "entries"),
            ("entries", json!(terminals), "entries"),
            ("entries", json!([[0, 0, "save", deep, ""]]), "entries"),
            ("entries", json!([[0, 1e15 as u64, "close", 1]]), "time and steps"),
            ("end", json!([0, 1e15 as u64]), "time and steps"),
            ("end", json!([1e15 as u64, 0]), "time and steps"),
            ("end", json!([-5, 0]), "time and steps"),
        ] {
            let mut value = value.clone();
            value[field] = wrong;
            assert_eq!(Session::from_json(&value), Err(SessionError::TooMuch(error)), "{field}");
        }
    }

    #[test]
    fn a_stamp_with_steps_that_never_were_comes_to_an_end() {
        let epoch = Settings::default().epoch;
        let end = epoch + Duration::from_secs(600);
        let session = Session { settings: Settings::default(), entries: Vec::new(), end, end_steps: MOST_STEPS };
        assert_eq!(crate::Playground::replay(&session).now(), end);
    }
}
