//! What of the world survives a reload, and a panic.

use playground::{Playground, Session};
use serde_json::Value;

use crate::browser::{milliseconds, page, storage::Storage};

/// Milliseconds between two times of keeping.
const EVERY: f64 = 700.0;

#[derive(Default)]
pub(super) struct Keep {
    kept_at: f64,
    kept: String,
    files: Option<u64>,
    /// When the editor last changed what is staged.
    pub staged_at: f64,
}

impl Keep {
    /// What was just typed is kept before anything comes of it: it may be what breaks the simulator.
    pub fn at_once(&mut self) {
        self.kept_at = 0.0;
    }

    /// Keeps the session if it is time to.
    pub fn pass(&mut self, playground: &Playground, storage: &Storage) {
        let now = milliseconds();
        if now - self.kept_at < EVERY {
            return;
        }
        self.kept_at = now;
        let session = playground.session().to_json().to_string();
        if session != self.kept {
            page::keep_session(&session);
            storage.set("session", &session);
            self.kept = session;
        }
        let revision = Some(playground.files_revision());
        if self.files != revision {
            self.files = revision;
            storage.set("files", &texts(playground).to_string());
        }
    }
}

/// The manifests of the home folder: what is worth keeping when the session itself cannot be taken up again.
fn texts(playground: &Playground) -> Value {
    let files = playground.files().into_iter().filter(|path| path.ends_with(".yaml") || path.ends_with(".yml"));
    let texts = files.filter_map(|path| {
        let text = String::from_utf8(playground.read_file(&path)?).ok()?;
        (text.len() <= 64 * 1024).then_some((path, Value::String(text)))
    });
    Value::Object(sim::order::gather(texts))
}

/// The manifests of an earlier visit: path, text.
pub(super) fn kept_files(storage: &Storage) -> Vec<(String, Vec<u8>)> {
    let kept: Option<Value> = storage.get("files").and_then(|text| serde_json::from_str(&text).ok());
    let files = kept.as_ref().and_then(Value::as_object).into_iter().flatten();
    files.filter_map(|(path, text)| Some((path.clone(), text.as_str()?.as_bytes().to_vec()))).collect()
}

/// The session of an earlier visit.
pub(super) fn kept_session(storage: &Storage) -> Option<Session> {
    let value = serde_json::from_str(&storage.get("session")?).ok()?;
    Session::from_json(&value).ok()
}
