//! The whole page.

use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use lesson::Lang;
use wasm_bindgen::JsCast;
use yew::prelude::*;

use crate::browser;
use crate::browser::address::{Address, Panel, Theme};
use crate::browser::element::{TERMINAL, focus_soon};
use crate::browser::storage::Storage;
use crate::dialogs::Dialogs;
use crate::dividers::{Divider, PanelTools};
use crate::editor::Side;
use crate::embedded;
use crate::handout::Handout;
use crate::header::Header;
use crate::lesson_panel::LessonPanel;
use crate::notices::Notices;
use crate::page::Page;
use crate::picture::Picture;
use crate::presenter::clicker;
use crate::session::{Begin, ClusterView, Listener, Lived, Session, Snapshot, Speed};
use crate::state::{Dialog, Do, Sizable, Ui};
use crate::step_line::{StepLine, go_by};
use crate::terminals::Terminals;
use crate::text;
use crate::thumbs::Thumbs;
use crate::timeline::TimelinePanel;

fn beginning() -> (Address, Storage, Begin) {
    let (address, storage) = (Address::here(), Storage::open());
    let begin = Begin::of(&address);
    (address, storage, begin)
}

/// Whether commands are replayed before there is a prompt.
pub fn begins_with_a_replay() -> bool {
    let (_, storage, begin) = beginning();
    Session::replays(&storage, &begin)
}

/// Lives the session of an earlier visit again, if there is one.
pub async fn live_again() -> Lived {
    let (_, storage, begin) = beginning();
    Lived::of(&storage, &begin).await
}

/// What the app begins with.
#[derive(Clone, PartialEq, Properties)]
pub struct Start {
    session: Session,
    ui: Ui,
    /// What is drawn first: nothing moves then because the world comes after the page.
    snapshot: Rc<Snapshot>,
}

impl Start {
    /// Opens the session, with what was lived again of an earlier visit's, and begins the page's state.
    pub async fn open(lived: &Lived) -> Start {
        let (address, storage, begin) = beginning();
        let session = Session::open(storage.clone(), &begin, lived).await;
        if !storage.forgets() {
            // What a link began is kept from now on: a reload goes on with it.
            Address::follow(None);
        }
        let snapshot = session.first_look();
        Start { session, ui: Ui::begin(&address, &storage), snapshot }
    }
}

/// The app: keeps the page's state, and hands it and the session to the panels.
#[component]
pub fn App(start: &Start) -> Html {
    let ui = {
        let start = start.clone();
        use_reducer(move || start.ui.clone())
    };
    let session = start.session.clone();
    let snapshot = use_state(|| start.snapshot.clone());
    let page = Page {
        ui: Rc::new((*ui).clone()),
        t: text::texts(ui.lang),
        session: session.clone(),
        dispatch: ui.dispatcher(),
    };

    {
        let (session, snapshot, dispatch) = (session.clone(), snapshot.setter(), ui.dispatcher());
        let (tell, asked) = (ui.dispatcher(), ui.dispatcher());
        use_effect_with((), move |()| {
            let edit = Callback::from(move |path: String| {
                dispatch.dispatch(Do::Open(path));
                dispatch.dispatch(Do::Show(Panel::Editor, true));
                if browser::is_phone() {
                    dispatch.dispatch(Do::Go(Panel::Editor));
                }
                // Who types `vi FILE` goes on typing: into the file.
                focus_soon("kp-editor");
            });
            let kept = Callback::from(move |kept| tell.dispatch(Do::Keep(kept)));
            let owner = {
                let session = session.clone();
                EventListener::new(&gloo::utils::window(), "kube-playground-lost", move |_| {
                    let session = session.clone();
                    crate::browser::rest::then(move || session.look_for_owner());
                })
            };
            crate::browser::rest::once_here({
                let session = session.clone();
                move || {
                    keep_when_left(&session);
                    embedded::offer(&session, asked);
                }
            });
            let changed = {
                let session = session.clone();
                Callback::from(move |new: Rc<Snapshot>| {
                    // Nobody listens before all of the page is there.
                    if browser::rest::is_here() {
                        embedded::tell(&session, &new);
                    }
                    snapshot.set(new);
                })
            };
            session.start(Listener { changed, edit, kept });
            move || drop(owner)
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
    use_effect_with((ui.layout.clone(), ui.projector), move |(layout, projector)| {
        for (name, value) in layout.variables(*projector) {
            browser::set_variable(&name, value.as_deref());
        }
    });
    use_shortcuts(&page, snapshot.speed);
    {
        // Opening a lesson opens its first file.
        let (page, lesson) = (page.clone(), snapshot.lesson.as_ref().map(|run| run.lesson.clone()));
        let id = lesson.as_ref().map(|lesson| lesson.id.clone());
        use_effect_with(id, move |_| {
            let first = lesson.as_ref().and_then(|lesson| lesson.files.first());
            match (first, page.ui.file.clone()) {
                (Some(file), _) => page.send(Do::Open(file.clone())),
                // A lesson in a world of its own, where the file of the one before is not.
                (None, Some(file)) if lesson.is_some() && page.session.file(&file).is_none() => {
                    page.send(Do::Close(file, None));
                }
                _ => {}
            }
        });
    }

    {
        // A link to a lesson from elsewhere fetches nothing by itself.
        let page = page.clone();
        use_effect_with((), move |()| {
            if page.ui.source.is_some() && page.ui.source != crate::session::opened_source(page.session.storage()) {
                page.send(Do::Ask(Some(Dialog::OpenLesson)));
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
    let changed = use_change(place == "picture" || place == "terminal" && !hidden(Panel::Picture), &snapshot.cluster);
    let maximised = ui.layout.maximised.filter(|panel| ui.shows(*panel)).and_then(Panel::name);
    html! {
        <ContextProvider<Page> context={page.clone()}>
            <div {class} data-place={place} data-maximised={maximised}>
                <a class="btn skip" href="#terminals">{ page.t.skip_to_terminal }</a>
                <Header snapshot={(*snapshot).clone()} />
                <Notices />
                if let Some(run) = &snapshot.lesson {
                    <LessonPanel run={run.clone()} />
                    if !ui.shows(Panel::Lesson) && (ui.embed || ui.projector) {
                        <StepLine run={run.clone()} />
                    }
                    if !ui.embed {
                        <Handout lesson={run.lesson.clone()} />
                    }
                }
                <Picture cluster={snapshot.cluster.clone()} route={snapshot.route.clone()} route_is_past={snapshot.route_is_past} step={snapshot.last_step.clone()} />
                <TimelinePanel timeline={snapshot.timeline.clone()} ahead={snapshot.ahead.clone()} can_undo={snapshot.can_undo} can_redo={snapshot.can_redo} />
                <Terminals tabs={snapshot.tabs.clone()} hurry={snapshot.hurry} />
                <Side taught={snapshot.lesson.as_ref().map(|run| run.lesson.files.clone())} files={snapshot.files.clone()} files_revision={snapshot.files_revision}
                    revision={snapshot.revision} cluster={snapshot.cluster.clone()} />
                if !no_lesson {
                    <Divider of={Sizable::Lesson} />
                }
                if !hidden(Panel::Editor) {
                    <Divider of={Sizable::Side} />
                }
                if !hidden(Panel::Terminal) && !hidden(Panel::Picture) {
                    <Divider of={Sizable::Terminals} />
                }
                if !hidden(Panel::Timeline) && !hidden(Panel::Picture) {
                    <Divider of={Sizable::Timeline} />
                }
                if !hidden(Panel::Picture) {
                    <PanelTools panel={Panel::Picture} typed=true class="of-picture" />
                }
                <Thumbs {place} lesson={!no_lesson} done={snapshot.lesson.as_ref().is_some_and(|run| run.done[run.step])} {changed} />
                <Dialogs lesson={snapshot.lesson.clone()} />
            </div>
        </ContextProvider<Page>>
    }
}

/// Whether the cluster looks different from when its picture was last in sight; only a phone puts it out of sight.
#[hook]
fn use_change(in_sight: bool, cluster: &Rc<ClusterView>) -> bool {
    let seen = use_mut_ref(|| None::<Rc<ClusterView>>);
    let mut seen = seen.borrow_mut();
    if in_sight || seen.is_none() || !browser::is_phone() {
        *seen = Some(cluster.clone());
    }
    seen.as_ref().is_some_and(|seen| !Rc::ptr_eq(seen, cluster) && **seen != **cluster)
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
        return page.ui.projector && !event.shift_key() && presents(page, event);
    }
    match event.code().as_str() {
        "Digit1" => go(page, Panel::Lesson, ".lesson"),
        "Digit2" => go(page, Panel::Picture, "#picture"),
        "Digit3" => go(page, Panel::Terminal, TERMINAL),
        "Digit4" => go(page, Panel::Editor, "kp-editor"),
        "KeyP" => session.set_speed(if speed == Speed::Paused { Speed::Normal } else { Speed::Paused }),
        "KeyS" => session.step(),
        "KeyM" => maximise(page),
        "KeyZ" if event.shift_key() => session.redo(),
        "KeyZ" => session.undo(),
        _ => return false,
    }
    true
}

/// The keys that go through a lesson on a projector. A remote's work wherever the keyboard is; arrows and the space bar
/// where nothing else needs them.
fn presents(page: &Page, event: &web_sys::KeyboardEvent) -> bool {
    if clicker(page, event) {
        return true;
    }
    let needed = "button, a, input, textarea, dialog, kp-editor, kp-terminal, [role=separator], .picture, .timeline";
    let target = event.target().and_then(|it| it.dyn_into::<web_sys::Element>().ok());
    if target.is_some_and(|it| it.closest(needed).ok().flatten().is_some()) {
        return false;
    }
    match event.key().as_str() {
        "ArrowRight" | " " => go_by(page, 1),
        "ArrowLeft" => go_by(page, -1),
        _ => return false,
    }
    true
}

/// Gives the panel that has the keyboard all the room, or the others theirs back.
fn maximise(page: &Page) {
    let here = gloo::utils::document().active_element();
    let within = |selector: &str| here.as_ref().is_some_and(|it| it.closest(selector).ok().flatten().is_some());
    let panel = match () {
        () if within(".lesson") => Panel::Lesson,
        () if within(".side") => Panel::Editor,
        () if within(".terminals") => Panel::Terminal,
        () => Panel::Picture,
    };
    page.send(Do::Maximise(page.ui.layout.maximised.is_none().then_some(panel)));
}

fn go(page: &Page, panel: Panel, selector: &'static str) {
    page.send(Do::Go(panel));
    focus_soon(selector);
}

/// Keeps the session when nobody sees the page any more, and when it goes: no turn comes then. Once the crash page has taken the
/// app's place, what is kept is its business.
fn keep_when_left(session: &Session) {
    let is_here = || gloo::utils::document().query_selector(".app").is_ok_and(|app| app.is_some());
    let hidden = session.clone();
    let document = gloo::utils::document();
    EventListener::new(&document, "visibilitychange", move |_| {
        if gloo::utils::document().hidden() && is_here() {
            hidden.keep_now();
        }
    })
    .forget();
    let gone = session.clone();
    EventListener::new(&gloo::utils::window(), "pagehide", move |_| {
        if is_here() {
            gone.keep_now();
        }
    })
    .forget();
}
