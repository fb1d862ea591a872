//! Files: YAML, patches, kept sessions, lessons.

use lesson::markdown::{self, Block};
use playground::{Replay, Session};
use serde_json::Value;

use super::LARGEST;

/// The most turns of a replay; a session that needs more is played on in the page's next frames.
const TURNS: u64 = 200;
/// The most entries of a session that is replayed here: each may take virtual hours.
const ENTRIES: usize = 20;

/// YAML as kubectl reads it: what was read can be written, and read again as the same.
///
/// # Panics
/// When it cannot, or when an error has no words.
pub fn yaml(bytes: &[u8]) -> bool {
    let parsed = manifest::parse(&String::from_utf8_lossy(bytes));
    for document in &parsed.documents {
        let written = manifest::to_yaml(&document.value);
        assert!(written.len() <= LARGEST, "{} bytes grew to {}", bytes.len(), written.len());
        let again = manifest::parse(&written);
        assert!(again.error.is_none(), "{:?}\n{written}", again.error);
        let value = again.documents.into_iter().next().map(|document| document.value).unwrap_or_default();
        assert_eq!(value, document.value, "{written}");
    }
    if let Some(error) = &parsed.error {
        assert!(!error.message.is_empty(), "no words");
    }
    parsed.error.is_none()
}

/// `{"target", "patch"}`: a JSON patch when it is a list, else a merge patch and a strategic one.
///
/// # Panics
/// When the result is too large, or an error has no words.
pub fn patch(bytes: &[u8]) -> bool {
    let Ok(case) = serde_json::from_slice::<Value>(bytes) else { return false };
    let (target, patch) = (&case["target"], &case["patch"]);
    if patch.is_array() {
        let patched = api::patch::json::apply(target, patch);
        match &patched {
            Ok(value) => assert!(value.to_string().len() <= LARGEST, "it grew"),
            Err(error) => assert!(!error.to_string().is_empty(), "no words"),
        }
        return patched.is_ok();
    }
    let mut merged = target.clone();
    api::patch::merge::apply(&mut merged, patch);
    assert!(merged.to_string().len() <= bytes.len() + 100, "it grew");
    let mut again = merged.clone();
    api::patch::merge::apply(&mut again, patch);
    assert_eq!(again, merged, "a merge patch that is applied twice is applied once");
    let patched = api::strategic::apply(target, patch, None);
    match &patched {
        Ok(value) => assert!(value.to_string().len() <= LARGEST, "it grew"),
        Err(error) => assert!(!error.to_string().is_empty(), "no words"),
    }
    patched.is_ok()
}

/// A session that was kept or downloaded: it is refused with words, or kept as it was read, and its replay goes on in turns.
///
/// # Panics
/// When it is not.
pub fn session(bytes: &[u8]) -> bool {
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else { return false };
    let session = match Session::from_json(&value) {
        Ok(session) => session,
        Err(error) => {
            assert!(!error.to_string().is_empty(), "no words");
            return false;
        }
    };
    assert_eq!(Session::from_json(&session.to_json()).as_ref(), Ok(&session));
    if session.entries.len() > ENTRIES {
        return true;
    }
    let mut replay = Replay::new(session);
    for _ in 0..TURNS {
        if replay.go_on(1) {
            let world = replay.playground();
            let kept = world.session().to_json();
            assert!(Session::from_json(&kept).is_ok(), "what was replayed cannot be kept: {kept}");
            return true;
        }
        assert!((0.0..=1.0).contains(&replay.part()), "{}", replay.part());
    }
    true
}

/// The folder of a lesson: `=== NAME` begins a file. It opens, or says what is wrong; and what was opened can be drawn.
///
/// # Panics
/// When an error has no words, or a text is drawn as much more than it is.
pub fn lesson(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let mut folder = lesson::Folder::new();
    for file in text.split("=== ").skip(1) {
        let (name, content) = file.split_once('\n').unwrap_or((file, ""));
        folder.insert(name.to_owned(), content.as_bytes().to_vec());
    }
    let opened = lesson::open("kept", &folder);
    match &opened {
        Ok(opened) => {
            let size: usize = opened.files.iter().map(|(_, bytes)| bytes.len()).sum();
            assert!(size <= LARGEST, "{} bytes became {size}", bytes.len());
            for step in &opened.lesson.steps {
                markdown(step.text.get(lesson::Lang::En).as_bytes());
            }
        }
        Err(error) => assert!(!error.to_string().is_empty(), "no words"),
    }
    opened.is_ok()
}

/// A lesson's text.
///
/// # Panics
/// When what is drawn is much more than what was written.
pub fn markdown(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let blocks: Vec<Block> = markdown::blocks(&text);
    let marked: usize = markdown::marked(&blocks).iter().map(|(command, _)| command.len()).sum();
    assert!(marked <= 2 * text.len() + 100, "{marked} bytes of commands in {}", text.len());
    let drawn = format!("{blocks:?}").len();
    // Each character may have a block of its own, whose name is written here.
    assert!(drawn <= 400 * text.len() + 1_000, "{} bytes became {drawn}", text.len());
    true
}
