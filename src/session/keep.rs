//! What of the world survives a reload, and a panic.

use playground::{Playground, Session};
use serde_json::Value;
use sim::Time;

use super::{Begin, aside};
use crate::browser::address::Address;
use crate::browser::storage::{Storage, StorageNews};
use crate::browser::{milliseconds, page};

/// Milliseconds between two times of keeping, and where nothing but time has passed.
const EVERY: f64 = 700.0;
const EVERY_AT_REST: f64 = 5_000.0;
/// Turns after which what was begun has not broken the page.
const PROOF: u32 = 30;

/// The names under which a session and what belongs to it is kept; `www/page` knows some of them, too.
pub(super) const SESSION: &str = "session";
/// The link that the session began from.
const LINK: &str = "link";
/// What was kept and could not be read.
const UNREAD: &str = "unread";
/// There while a command, or what an earlier visit did, has only begun to run: a start that finds it asks first
/// (`www/page/crash.ts`), for it may be what the page did not survive.
const UNFINISHED: &str = "unfinished";

/// What a person has to know about what is kept, and can do something about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kept {
    /// There is no room for more.
    Full,
    /// There is room again.
    FitsAgain,
    /// Another tab has taken the session over.
    Lost,
    /// Another tab has the session; this one is a session of its own.
    Own,
    /// A link began a session; the one before it is still there.
    Aside,
    /// What was kept cannot be read, for this reason.
    Unread(String),
    /// A link's session goes on.
    Resumed,
}

impl From<StorageNews> for Kept {
    fn from(news: StorageNews) -> Self {
        match news {
            StorageNews::Full => Kept::Full,
            StorageNews::FitsAgain => Kept::FitsAgain,
            StorageNews::Lost => Kept::Lost,
        }
    }
}

#[derive(Default)]
pub(super) struct Keep {
    kept_at: f64,
    kept: String,
    /// What was kept is of this version and this moment of the world.
    kept_of: Option<((u64, usize), Time)>,
    files: Option<u64>,
    /// When the editor last changed what is staged.
    pub staged_at: f64,
    /// Turns until what was begun counts as survived.
    unproven: u32,
    /// The page is about to be loaded again with something else.
    stopped: bool,
}

impl Keep {
    /// Something was just begun: it is kept before anything comes of it, for it may be what breaks the simulator.
    pub fn begin(&mut self, playground: &Playground, storage: &Storage) {
        self.now(playground, storage);
        self.begin_replay(storage);
    }

    /// The same of what an earlier visit did.
    pub fn begin_replay(&mut self, storage: &Storage) {
        storage.set(UNFINISHED, "1");
        self.unproven = PROOF;
    }

    /// Whether what was begun may still break the page.
    pub fn is_unproven(&self) -> bool {
        self.unproven > 0
    }

    /// A turn is over.
    pub fn turn(&mut self, storage: &Storage) {
        if self.unproven > 0 {
            self.unproven -= 1;
            if self.unproven == 0 {
                storage.remove(UNFINISHED);
            }
        }
    }

    /// The storage is another one: all is to be written.
    pub fn again(&mut self) {
        *self = Keep { staged_at: self.staged_at, ..Keep::default() };
    }

    /// Writes nothing more.
    pub fn stop(&mut self) {
        self.stopped = true;
    }

    /// When it is time to keep the session, on the browser's clock; `None` while it is kept as it is.
    pub fn due(&self, playground: &Playground) -> Option<f64> {
        let here = (playground.version(), playground.now());
        match self.kept_of {
            _ if self.stopped => None,
            Some(kept) if kept == here => None,
            Some((version, _)) if version == here.0 => Some(self.kept_at + EVERY_AT_REST),
            _ => Some(self.kept_at + EVERY),
        }
    }

    /// Keeps the session at once: the page may not come back.
    pub fn now(&mut self, playground: &Playground, storage: &Storage) {
        self.kept_at = f64::NEG_INFINITY;
        self.pass(playground, storage);
    }

    /// Keeps the session if it is time to.
    pub fn pass(&mut self, playground: &Playground, storage: &Storage) {
        let now = milliseconds();
        if self.due(playground).is_none_or(|due| due > now) {
            return;
        }
        self.kept_at = now;
        self.kept_of = Some((playground.version(), playground.now()));
        let session = playground.session().to_json().to_string();
        if session != self.kept {
            page::keep_session(&session);
            storage.set(SESSION, &session);
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
    Value::Object(sim::order::collect(texts))
}

/// The manifests of an earlier visit: path, text.
pub(super) fn kept_files(storage: &Storage) -> Vec<(String, Vec<u8>)> {
    let kept: Option<Value> = storage.get("files").and_then(|text| serde_json::from_str(&text).ok());
    let files = kept.as_ref().and_then(Value::as_object).into_iter().flatten();
    files.filter_map(|(path, text)| Some((path.clone(), text.as_str()?.as_bytes().to_vec()))).collect()
}

/// What a visit begins with.
pub(super) struct Opening {
    /// The session that goes on.
    pub session: Option<Session>,
    /// How to begin without one.
    pub begin: Begin,
    /// What is to be told.
    pub told: Vec<Kept>,
}

/// Reads a session's text.
///
/// # Errors
/// Why it is none.
pub(super) fn read(text: &str) -> Result<Session, String> {
    let value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Session::from_json(&value).map_err(|error| error.to_string())
}

/// Takes up the session of an earlier visit. A link to a step begins a new one, unless it is the link that the kept session
/// began from: then that one goes on, so that neither a reload nor the link's second use throws anything away.
pub(super) fn open(storage: &Storage, asked: &Begin) -> Opening {
    let mut told = Vec::new();
    if storage.is_own() {
        told.push(Kept::Own);
    }
    let (link, began_from) = (asked.link(), storage.get(LINK));
    let same = link.is_some() && link == began_from;
    if let Some(link) = link.as_ref().filter(|_| !same) {
        aside::put(storage);
        aside::forget_progress(storage);
        storage.set(LINK, link);
        if !aside::list(storage).is_empty() {
            told.push(Kept::Aside);
        }
        return Opening { session: None, begin: asked.clone(), told };
    }
    let session = match storage.get(SESSION).map(|text| read(&text)) {
        Some(Ok(session)) => Some(session),
        Some(Err(reason)) => {
            storage.rename(SESSION, UNREAD);
            told.push(Kept::Unread(reason));
            None
        }
        None => None,
    };
    match &session {
        Some(_) if same => told.push(Kept::Resumed),
        Some(_) => {}
        None => aside::forget_progress(storage),
    }
    // A link's session that is gone begins as the link did.
    let again = began_from.map(|link| Begin::of(&Address::parse(&link)));
    let again = again.filter(|again| asked.lesson.is_none() || asked.lesson == again.lesson);
    let begin = match &session {
        // Its steps were done, and its commands typed, when it began.
        Some(_) => Begin { step: None, run: None, fill: None, ..asked.clone() },
        None => again.unwrap_or_else(|| asked.clone()),
    };
    Opening { session, begin, told }
}

/// The session that [`open`] will take up, if there is one.
pub(super) fn session_of(storage: &Storage, asked: &Begin) -> Option<Session> {
    let link = asked.link();
    if link.is_some() && link != storage.get(LINK) {
        return None;
    }
    storage.get(SESSION).and_then(|text| read(&text).ok())
}

/// Whether commands will be replayed.
pub(super) fn replays(storage: &Storage, asked: &Begin) -> bool {
    asked.step.is_some() || asked.run.is_some() || storage.get(SESSION).is_some() || storage.get(LINK).is_some()
}

/// What was kept and could not be read.
pub(super) fn unread(storage: &Storage) -> String {
    storage.get(UNREAD).unwrap_or_default()
}

/// A session that was set aside takes the place of the one that is kept.
pub(super) fn swap(storage: &Storage, nth: usize) {
    storage.remove(LINK);
    aside::swap(storage, nth);
}

/// The session no longer goes on from a link; gives the link.
pub(super) fn forget_link(storage: &Storage) -> Option<String> {
    let link = storage.get(LINK);
    storage.remove(LINK);
    link
}
