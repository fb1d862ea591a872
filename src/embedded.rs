//! What the page around this one may ask for, and is told. `www/page/embedded.ts` carries the messages, and gives the page
//! what is documented in `docs/embedding.md`; here is what of it concerns the world. None of it does more than a link to this
//! page, or a hand at its keyboard.

use lesson::{Lang, Place};
use playground::Playground;
use serde_json::{Map, Value, json};
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use yew::UseReducerDispatcher;

use crate::authoring;
use crate::browser::address::{Address, Panel, Theme, is_typed};
use crate::browser::element;
use crate::session::{Session, Snapshot};
use crate::state::{Do, Notice, Ui};

/// The longest text that is typed, and the longest file, in bytes.
const LONGEST: usize = 256 * 1024;
/// The commands that are told of, the last ones.
const TOLD: usize = 20;

fn kube_playground() -> JsValue {
    element::get(&gloo::utils::window(), "kubePlayground")
}

/// From now on `kubePlayground.ask` answers: a text of JSON, `{"do": …}`, for another, `{"result": …}` or `{"error": …}`.
#[inline(never)]
pub fn offer(session: &Session, dispatch: UseReducerDispatcher<Ui>) {
    match Address::here().file {
        Some(file) if session.file(&file).is_some() => dispatch.dispatch(Do::Open(file)),
        Some(file) => dispatch.dispatch(Do::Tell(Notice::Ignored(format!("file={file}")))),
        None => {}
    }
    let asked = session.clone();
    let ask = Closure::<dyn Fn(String) -> String>::new(move |text: String| {
        let answer = serde_json::from_str(&text)
            .map_err(|error| error.to_string())
            .and_then(|request: Value| answer(&asked, &dispatch, &request));
        match answer {
            Ok(result) => json!({ "result": result }),
            Err(reason) => json!({ "error": reason }),
        }
        .to_string()
    });
    element::set(&kube_playground(), "ask", ask.as_ref());
    ask.forget();
    tell(session, &session.last_look());
}

/// Tells how things are, if somebody listens (`kubePlayground.tell`).
#[inline(never)]
pub fn tell(session: &Session, snapshot: &Snapshot) {
    let page = kube_playground();
    if element::get(&page, "tell").is_function() {
        element::call(&page, "tell", &[state(session, snapshot).to_string().as_str().into()]);
    }
}

/// How things are: the lesson, and the last commands with when they began and ended, in milliseconds of the cluster's time.
fn state(session: &Session, snapshot: &Snapshot) -> Value {
    let (beginning, now, commands) = session.read(|playground| {
        let commands = playground.commands();
        let last = commands.len().saturating_sub(TOLD);
        (playground.beginning(), playground.now(), commands.into_iter().skip(last).collect::<Vec<_>>())
    });
    let since = |at: sim::Time| at.since(beginning).as_millis() as u64;
    let commands: Vec<Value> = commands
        .iter()
        .map(|run| json!({ "line": run.line, "began": since(run.at), "ended": run.ended.map(since) }))
        .collect();
    let mut state = json!({ "time": since(now), "commands": commands, "lesson": null });
    if let Some(run) = &snapshot.lesson {
        state["lesson"] = run.lesson.id.as_str().into();
        state["step"] = (run.step + 1).into();
        state["done"] = run.done.clone().into();
    }
    state
}

fn answer(session: &Session, dispatch: &UseReducerDispatcher<Ui>, request: &Value) -> Result<Value, String> {
    let text = |name: &str| {
        let text = request[name].as_str().ok_or_else(|| format!("{name} has to be a text"))?;
        if text.len() > LONGEST { Err(format!("{name} is longer than {LONGEST} bytes")) } else { Ok(text) }
    };
    match request["do"].as_str().unwrap_or_default() {
        "run" => run(session, text("text")?, request["place"].as_str())?,
        "type" => session.type_in_front(text("text")?.replace('\n', "\r").as_bytes()),
        "save" => save(session, &request["files"])?,
        "files" => return Ok(files(session)),
        "state" => return Ok(state(session, &session.last_look())),
        "session" => return Ok(session.to_shared()),
        "open" => session.open_shared(&request["shared"])?,
        "lesson" => {
            let shown = authoring::show(session, request)?;
            dispatch.dispatch(Do::Show(Panel::Lesson, true));
            return Ok(shown);
        }
        "check" => return authoring::check(request),
        "check step" => return Ok(authoring::check_step()),
        "done" => return Ok(session.to_done()),
        "reset" => drop(session.reset()),
        "step" => go_to(session, &request["step"])?,
        "show" => {
            let name = text("panel")?;
            let panel = Panel::ALL.iter().find(|(_, known)| *known == name).map(|(panel, _)| *panel);
            dispatch.dispatch(Do::Go(panel.ok_or_else(|| format!("there is no panel {name:?}"))?));
        }
        "edit" => {
            let name = text("file")?.to_owned();
            if session.file(&name).is_none() {
                return Err(format!("there is no file {name:?}"));
            }
            dispatch.dispatch(Do::Open(name));
        }
        "theme" => dispatch.dispatch(Do::Wear(match text("theme")? {
            "light" => Theme::Light,
            "dark" => Theme::Dark,
            other => return Err(format!("there is no theme {other:?}")),
        })),
        "lang" => dispatch.dispatch(Do::Speak(match text("lang")? {
            "ko" => Lang::Ko,
            "en" => Lang::En,
            other => return Err(format!("there is no language {other:?}")),
        })),
        other => return Err(format!("nothing here does {other:?}")),
    }
    Ok(Value::Null)
}

/// Types commands where they belong.
fn run(session: &Session, text: &str, place: Option<&str>) -> Result<(), String> {
    if !is_typed(text) {
        return Err("a command is a text without control characters".to_owned());
    }
    let is_name =
        |name: &&str| !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || b"-.".contains(&it));
    let place = match place.unwrap_or("outside") {
        "outside" => Place::Outside,
        "node" => Place::Node,
        other => match other.strip_prefix("pod/").filter(is_name) {
            Some(pod) => Place::Pod(pod.to_owned()),
            None => return Err(format!("{other:?} is no place: outside, node, or pod/NAME")),
        },
    };
    session.run_lines(&place, text);
    Ok(())
}

/// Saves files into the home folder: `{"NAME": "text"}`.
fn save(session: &Session, files: &Value) -> Result<(), String> {
    let files = files.as_object().ok_or("files have to be an object of names and texts")?;
    for (name, text) in files {
        if name.is_empty() || name.len() > 255 || name.contains('/') || name == "." || name == ".." {
            return Err(format!("{name:?} is no name of a file in the home folder"));
        }
        if text.as_str().is_none_or(|text| text.len() > LONGEST) {
            return Err(format!("{name} has to be a text of at most {LONGEST} bytes"));
        }
    }
    for (name, text) in files {
        session.save_file(name, text.as_str().unwrap_or_default());
    }
    Ok(())
}

/// The files of the home folder that are texts.
fn files(session: &Session) -> Value {
    let mut all = Map::new();
    session.read(|playground: &Playground| {
        for path in playground.files() {
            let text = playground.read_file(&path).and_then(|bytes| String::from_utf8(bytes).ok());
            if let Some(text) = text.filter(|text| text.len() <= LONGEST) {
                all.insert(path, text.into());
            }
        }
    });
    all.into()
}

/// Goes to a step of the lesson, from 1.
fn go_to(session: &Session, step: &Value) -> Result<(), String> {
    let steps = session.last_look().lesson.as_ref().map_or(0, |run| run.lesson.steps.len());
    match step.as_u64().and_then(|step| usize::try_from(step).ok()).filter(|step| (1..=steps).contains(step)) {
        Some(step) => session.with_lesson(|run, _| run.go_to(step - 1)),
        None => return Err(format!("there is no step {step}: the lesson has {steps}")),
    }
    Ok(())
}
