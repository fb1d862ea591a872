//! The whole page.

use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use lesson::Lang;
use wasm_bindgen::JsCast;
use yew::prelude::*;

use crate::browser::address::{Address, Panel, Theme};
use crate::browser::element::focus_soon;
use crate::browser::storage::Storage;
use crate::dialogs::Dialogs;
use crate::editor::Side;
use crate::header::Header;
use crate::lesson_panel::LessonPanel;
use crate::notices::Notices;
use crate::page::Page;
use crate::picture::Picture;
use crate::session::{Begin, Listener, Session, Snapshot, Speed};
use crate::state::{Dialog, Do, Ui};
use crate::terminals::Terminals;
use crate::text;
use crate::thumbs::Thumbs;
use crate::timeline::TimelinePanel;

fn beginning() -> (Address, Storage, Begin) {
    let (address, storage) = (Address::here(), Storage::open());
    let begin = Begin { seed: address.seed, lesson: address.lesson.clone(), step: address.step.map(|step| step - 1) };
    (address, storage, begin)
}

/// Whether commands are replayed before there is a prompt.
pub fn begins_with_a_replay() -> bool {
    let (_, storage, begin) = beginning();
    Session::replays(&storage, &begin)
}

/// The app: opens the session, keeps the page's state, and hands both to the panels.
#[component]
pub fn App() -> Html {
    let start = use_memo((), |()| {
        let (address, storage, begin) = beginning();
        (Session::open(storage.clone(), &begin), Ui::begin(&address, &storage))
    });
    let ui = {
        let start = start.clone();
        use_reducer(move || start.1.clone())
    };
    let session = start.0.clone();
    let snapshot = use_state(Rc::<Snapshot>::default);
    let page = Page {
        ui: Rc::new((*ui).clone()),
        t: text::texts(ui.lang),
        session: session.clone(),
        dispatch: ui.dispatcher(),
    };

    {
        let (session, snapshot, dispatch) = (session.clone(), snapshot.setter(), ui.dispatcher());
        use_effect_with((), move |()| {
            let edit = Callback::from(move |path: String| {
                dispatch.dispatch(Do::Open(path));
                dispatch.dispatch(Do::Show(Panel::Editor, true));
                if crate::browser::is_phone() {
                    dispatch.dispatch(Do::Go(Panel::Editor));
                }
                // Who types `vi FILE` goes on typing: into the file.
                focus_soon("kp-editor");
            });
            session.start(Listener { changed: Callback::from(move |new| snapshot.set(new)), edit });
        });
    }
    {
        let session = session.clone();
        use_effect_with((ui.lang, ui.theme, ui.projector, ui.screen_reader, ui.to_kept()), move |settings| {
            let (lang, theme, projector, _, kept) = settings;
            let root = gloo::utils::document_element();
            let _ = root.set_attribute("lang", if *lang == Lang::Ko { "ko" } else { "en" });
            let _ = root.set_attribute("data-theme", if *theme == Theme::Dark { "dark" } else { "light" });
            let _ = if *projector {
                root.set_attribute("data-projector", "")
            } else {
                root.remove_attribute("data-projector")
            };
            session.storage().set("settings", kept);
            session.speak(*lang);
        });
    }
    use_shortcuts(&page, snapshot.speed);
    {
        // Opening a lesson opens its first file.
        let (page, lesson) = (page.clone(), snapshot.lesson.as_ref().map(|run| run.lesson.clone()));
        let id = lesson.as_ref().map(|lesson| lesson.id.clone());
        use_effect_with(id, move |_| {
            let first = lesson.as_ref().and_then(|lesson| lesson.files.first());
            if let Some(file) = first {
                page.send(Do::Open(file.clone()));
            }
        });
    }

    let no_lesson = snapshot.lesson.is_none() || !ui.shows(Panel::Lesson);
    let hidden = |panel| !ui.shows(panel);
    let class = classes!(
        "app",
        no_lesson.then_some("no-lesson"),
        hidden(Panel::Picture).then_some("no-picture"),
        (hidden(Panel::Timeline) || hidden(Panel::Picture)).then_some("no-timeline"),
        hidden(Panel::Terminal).then_some("no-terminal"),
        hidden(Panel::Editor).then_some("no-side"),
        (hidden(Panel::Picture) && hidden(Panel::Terminal)).then_some("no-center"),
        ui.embed.then_some("embed"),
        (snapshot.speed == Speed::Paused).then_some("paused"),
    );
    let place = match ui.place {
        Panel::Lesson if no_lesson => "picture",
        Panel::Lesson => "lesson",
        Panel::Picture | Panel::Timeline => "picture",
        Panel::Terminal => "terminal",
        Panel::Editor => "editor",
    };
    html! {
        <ContextProvider<Page> context={page.clone()}>
            <div {class} data-place={place}>
                <a class="btn skip" href="#terminals">{ page.t.skip_to_terminal }</a>
                <Header snapshot={(*snapshot).clone()} />
                <Notices />
                if let Some(run) = &snapshot.lesson {
                    <LessonPanel run={run.clone()} />
                }
                <Picture cluster={snapshot.cluster.clone()} route={snapshot.route.clone()} route_is_past={snapshot.route_is_past} step={snapshot.last_step.clone()} now={snapshot.timeline.until} />
                <TimelinePanel timeline={snapshot.timeline.clone()} ahead={snapshot.ahead.clone()} can_undo={snapshot.can_undo} can_redo={snapshot.can_redo} />
                <Terminals tabs={snapshot.tabs.clone()} hurry={snapshot.hurry} />
                <Side taught={snapshot.lesson.as_ref().map(|run| run.lesson.files.clone())} files={snapshot.files.clone()} files_revision={snapshot.files_revision}
                    revision={snapshot.revision} cluster={snapshot.cluster.clone()} />
                <Thumbs {place} lesson={!no_lesson} done={snapshot.lesson.as_ref().is_some_and(|run| run.done[run.step])} />
                <Dialogs lesson={snapshot.lesson.clone()} />
            </div>
        </ContextProvider<Page>>
    }
}

/// The page's own shortcuts. None is a plain letter, which editor and terminal need; `?` works outside them.
#[hook]
fn use_shortcuts(page: &Page, speed: Speed) {
    let page = page.clone();
    use_effect_with((page.clone(), speed), move |_| {
        let options = EventListenerOptions::enable_prevent_default();
        let listener = EventListener::new_with_options(&gloo::utils::document(), "keydown", options, move |event| {
            let Some(event) = event.dyn_ref::<web_sys::KeyboardEvent>() else { return };
            if shortcut(&page, speed, event) {
                event.prevent_default();
            }
        });
        move || drop(listener)
    });
}

fn shortcut(page: &Page, speed: Speed, event: &web_sys::KeyboardEvent) -> bool {
    let session = &page.session;
    if event.ctrl_key() || event.meta_key() {
        return false;
    }
    if !event.alt_key() {
        let typing = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
            .is_some_and(|at| at.closest("input, textarea, kp-editor, kp-terminal, dialog").ok().flatten().is_some());
        if event.key() == "?" && !typing {
            page.send(Do::Ask(Some(Dialog::Shortcuts)));
            return true;
        }
        return false;
    }
    match event.code().as_str() {
        "Digit1" => go(page, Panel::Lesson, ".lesson"),
        "Digit2" => go(page, Panel::Picture, "#picture"),
        "Digit3" => go(page, Panel::Terminal, "kp-terminal:not([hidden])"),
        "Digit4" => go(page, Panel::Editor, "kp-editor"),
        "KeyP" => session.set_speed(if speed == Speed::Paused { Speed::Normal } else { Speed::Paused }),
        "KeyS" => session.step(),
        "KeyZ" if event.shift_key() => session.redo(),
        "KeyZ" => session.undo(),
        _ => return false,
    }
    true
}

fn go(page: &Page, panel: Panel, selector: &'static str) {
    page.send(Do::Go(panel));
    focus_soon(selector);
}
