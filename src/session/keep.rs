//! What of the world survives a reload, and a panic.

use playground::{Playground, Session};

use crate::browser::{milliseconds, page, storage::Storage};

/// Milliseconds between two times of keeping.
const EVERY: f64 = 700.0;

#[derive(Default)]
pub(super) struct Keep {
    kept_at: f64,
    kept: String,
    /// When the editor last changed what is staged.
    pub staged_at: f64,
}

impl Keep {
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
    }
}

/// The session of an earlier visit.
pub(super) fn kept_session(storage: &Storage) -> Option<Session> {
    let value = serde_json::from_str(&storage.get("session")?).ok()?;
    Session::from_json(&value).ok()
}
