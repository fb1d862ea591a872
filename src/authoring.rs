//! What the page on which lessons are written (`www/author`) asks of the playground beside it: to show the lesson as it is now, to
//! say what is wrong with it, to play it as `kube-playground check` does.

use std::cell::RefCell;

use lesson::check::{Checking, missing_programs};
use lesson::{Lang, Mistake, Opened};
use serde_json::{Value, json};

use crate::session::{Fetched, Session};

thread_local! {
    /// The lesson that is being played.
    static CHECKING: RefCell<Option<Checking>> = const { RefCell::new(None) };
}

/// Shows a lesson's folder. What is wrong with it as far as reading it tells: `{"mistakes": [{file, line, what}]}`, of which nothing is
/// shown; or its steps, the programs it uses that do nothing here, and whether its world began anew.
pub fn show(session: &Session, request: &Value) -> Result<Value, String> {
    let lang = lang(request);
    let fetched = fetched(request)?;
    let Opened { lesson, files } = match lesson::open(&fetched.name, &fetched.folder) {
        Ok(opened) => opened,
        Err(error) => {
            let Mistake { file, line, what } = Mistake::of(&error, &fetched.folder, lang);
            return Ok(json!({ "mistakes": [{ "file": file, "line": line, "what": what }] }));
        }
    };
    let anew = session.preview_lesson(&fetched, request["anew"] == true).map_err(|error| error.to_string())?;
    let steps: Vec<&str> = lesson.steps.iter().map(|step| step.id.as_str()).collect();
    Ok(json!({ "mistakes": [], "steps": steps, "missing": missing_programs(&lesson, &files), "anew": anew }))
}

/// Begins to play a lesson's folder; in how many turns.
pub fn check(request: &Value) -> Result<Value, String> {
    let fetched = fetched(request)?;
    let Opened { lesson, files } = lesson::open(&fetched.name, &fetched.folder).map_err(|error| error.to_string())?;
    let checking = Checking::new(lesson, files, lang(request));
    let turns = checking.len();
    CHECKING.set(Some(checking));
    Ok(json!({ "turns": turns }))
}

/// Plays the next turn: what is wrong with it. Null when all are played, or none is.
pub fn check_step() -> Value {
    let found = CHECKING.with_borrow_mut(|checking| checking.as_mut()?.next());
    let Some(found) = found else {
        CHECKING.set(None);
        return Value::Null;
    };
    found.into_iter().map(|problem| json!({ "step": problem.step, "what": problem.what })).collect()
}

/// The language of who writes: the lesson beside it may be shown in the other one.
fn lang(request: &Value) -> Lang {
    if request["lang"] == "ko" { Lang::Ko } else { Lang::En }
}

/// The folder of a request.
fn fetched(request: &Value) -> Result<Fetched, String> {
    Fetched::from_value(request)
        .ok_or_else(|| "a folder has files: texts by their paths, or bytes as numbers".to_owned())
}
