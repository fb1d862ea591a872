//! Sessions that were set aside because a link, or another tab's session, took their place. They can be opened again.

use lesson::Progress;
use serde_json::{Map, Value, json};

use super::keep::SESSION;
use super::opened::OPENED;
use crate::browser::storage::Storage;

/// The name under which they are kept, the last one first; `www/page/keeping.ts` puts one there, too.
const NAME: &str = "aside";
/// The oldest beyond so many are let go.
const MOST: usize = 8;

/// What is told of one of them.
#[derive(Clone, PartialEq, Debug)]
pub struct Aside {
    /// Its lesson's id; `none` for no lesson.
    pub lesson: String,
    /// The lesson's step, from 0.
    pub step: usize,
    /// When it was set aside, in milliseconds of the browser's calendar; 0 if that is not known.
    pub at: f64,
}

/// Those there are, the last one first.
pub fn list(storage: &Storage) -> Vec<Aside> {
    let told = |kept: &Value| {
        let id = kept["lesson"].as_str().unwrap_or("none").to_owned();
        let progress = kept["progress"][&id].as_str().and_then(|text| serde_json::from_str(text).ok());
        let step =
            lesson::find(&id).zip(progress).map(|((lesson, _), value)| Progress::from_value(lesson, &value).step);
        Aside { step: step.unwrap_or(0), at: kept["at"].as_f64().unwrap_or(0.0), lesson: id }
    };
    read(storage).iter().map(told).collect()
}

/// Sets the session aside that is kept, with how far its lessons are, if anything was done in it.
pub(super) fn put(storage: &Storage) {
    let Some(session) = storage.get(SESSION) else { return };
    let mut all = read(storage);
    if session.contains("\\r") || session.contains("\"save\"") {
        let mut progress = Map::new();
        for name in lessons() {
            if let Some(kept) = storage.get(&format!("progress.{name}")) {
                progress.insert(name.to_owned(), kept.into());
            }
        }
        let lesson = storage.get("lesson").unwrap_or_else(|| "service".to_owned());
        let mut kept = json!({"session": session, "lesson": lesson, "progress": progress, "at": js_sys::Date::now()});
        if let Some(opened) = storage.get(OPENED).filter(|_| lesson == OPENED) {
            kept[OPENED] = opened.into();
        }
        all.insert(0, kept);
        all.truncate(MOST);
    }
    // First away: there may be no room for it twice.
    storage.remove(SESSION);
    write(storage, &all);
}

/// One of them takes the place of the session that is kept.
pub(super) fn swap(storage: &Storage, nth: usize) {
    let mut all = read(storage);
    if nth >= all.len() {
        return;
    }
    let chosen = all.remove(nth);
    write(storage, &all);
    put(storage);
    forget_progress(storage);
    for (name, kept) in chosen["progress"].as_object().into_iter().flatten() {
        storage.set(&format!("progress.{name}"), kept.as_str().unwrap_or_default());
    }
    storage.set("lesson", chosen["lesson"].as_str().unwrap_or("none"));
    if let Some(opened) = chosen[OPENED].as_str() {
        storage.set(OPENED, opened);
    }
    storage.set(SESSION, chosen["session"].as_str().unwrap_or_default());
}

/// How far a person is in the lessons belongs to the session: a new cluster begins at the first step.
pub(super) fn forget_progress(storage: &Storage) {
    for name in lessons() {
        storage.remove(&format!("progress.{name}"));
    }
}

fn lessons() -> impl Iterator<Item = &'static str> {
    lesson::list().iter().map(|lesson| lesson.id).chain([OPENED])
}

fn read(storage: &Storage) -> Vec<Value> {
    match storage.get(NAME).and_then(|text| serde_json::from_str(&text).ok()) {
        Some(Value::Array(all)) => all,
        // Earlier versions of this page kept a single one, and nothing else of it.
        Some(session @ Value::Object(_)) => vec![json!({"session": session.to_string()})],
        _ => Vec::new(),
    }
}

fn write(storage: &Storage, all: &[Value]) {
    if all.is_empty() {
        storage.remove(NAME);
    } else {
        storage.set(NAME, &Value::Array(all.to_vec()).to_string());
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn each_session_comes_back_with_its_place_in_the_lesson() {
        let storage = Storage::memory();
        let session = |name: &str| format!("[\"{name}\\\\r\"]");
        let goes_on = |name: &str, step: usize| {
            storage.set(SESSION, &session(name));
            storage.set("lesson", "service");
            storage.set("progress.service", &format!("{{\"step\":{step}}}"));
        };
        for (name, step) in [("first", 1), ("second", 2), ("third", 3)] {
            goes_on(name, step);
            if name != "third" {
                put(&storage);
                forget_progress(&storage);
            }
        }
        let steps = |storage: &Storage| list(storage).iter().map(|one| one.step).collect::<Vec<_>>();
        assert_eq!(steps(&storage), [2, 1]);
        swap(&storage, 1);
        assert_eq!(storage.get(SESSION), Some(session("first")));
        assert_eq!(storage.get("progress.service").as_deref(), Some("{\"step\":1}"));
        assert_eq!(steps(&storage), [3, 2], "the one that was there is set aside");
        storage.set(SESSION, "[\"nothing was done\"]");
        put(&storage);
        assert_eq!((steps(&storage), storage.get(SESSION)), (vec![3, 2], None));
        storage.set(NAME, "{\"version\":1}");
        assert_eq!(steps(&storage), [0], "kept by an earlier version");
    }
}
