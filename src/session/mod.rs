//! The world outside the components: one [`Session`] owns the playground, lets its time pass and hands out [`Snapshot`]s.
//! Components hold snapshots and ask the session to act; none holds the world.

mod aside;
mod clock;
mod cluster_view;
mod keep;
mod lesson_run;
mod opened;
mod output;
mod replay;
mod rest;
mod share;
mod snapshot;
mod staged;
mod terminals;
mod travel;
mod turns;

use std::cell::{Cell, RefCell, RefMut};
use std::rc::Rc;

use playground::{Playground, Settings, Starting, Step, TerminalId, Timeline, TraceId};
use yew::Callback;

use crate::browser::address::Address;
use crate::browser::milliseconds;
use crate::browser::storage::Storage;

pub use aside::Aside;
pub use clock::Speed;
pub use cluster_view::{
    Change, ClaimView, ClusterView, IngressView, ObjectRef, PodView, ServiceView, Tone, Trouble, VolumeView, What,
    WorkloadView, kind, word_of,
};
pub use keep::Kept;
pub use lesson::Seen;
pub use lesson_run::{ActionView, GoalView, LessonRun, LessonView};
pub use opened::{Fetched, source as opened_source};
pub use replay::Lived;
pub use snapshot::{Snapshot, TabView};

#[cfg(test)]
pub use cluster_view::NodeView;
use terminals::Tabs;

/// How to begin.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Begin {
    /// The seed, if the address names one.
    pub seed: Option<u64>,
    /// The lesson's id, if there is to be one.
    pub lesson: Option<String>,
    /// The lesson's step, from 0, if the address names one: the steps before it are done by their solutions.
    pub step: Option<usize>,
    /// Commands to run once the steps are done.
    pub run: Option<String>,
    /// A command to type then, and not to run.
    pub fill: Option<String>,
}

impl Begin {
    /// As an address asks.
    pub fn of(address: &Address) -> Begin {
        Begin {
            seed: address.seed,
            lesson: address.lesson.clone(),
            step: address.step.map(|step| step - 1),
            run: address.run.clone(),
            fill: address.fill.clone(),
        }
    }

    /// The part of the address that begins a world of its own, if it has one.
    fn link(&self) -> Option<String> {
        if self.seed.is_none() && self.step.is_none() && self.run.is_none() && self.fill.is_none() {
            return None;
        }
        let encoded =
            |text: &Option<String>| text.as_ref().map(|text| String::from(js_sys::encode_uri_component(text)));
        let mut link = String::new();
        for (name, value) in [
            ("lesson", self.lesson.clone()),
            ("step", self.step.map(|step| (step + 1).to_string())),
            ("seed", self.seed.map(|seed| seed.to_string())),
            ("run", encoded(&self.run)),
            ("fill", encoded(&self.fill)),
        ] {
            if let Some(value) = value {
                link.push_str(&format!("&{name}={value}"));
            }
        }
        Some(link.split_off(1))
    }
}

/// What the session tells the page.
#[derive(Clone, PartialEq)]
pub struct Listener {
    /// The world looks different.
    pub changed: Callback<Rc<Snapshot>>,
    /// A program opens the editor on a file of the home folder.
    pub edit: Callback<String>,
    /// There is something to know about what is kept.
    pub kept: Callback<Kept>,
}

/// A handle on the one world of the page. Clones are the same world.
#[derive(Clone)]
pub struct Session(Rc<Inner>);

impl PartialEq for Session {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

struct Inner {
    world: RefCell<World>,
    storage: Storage,
    listener: RefCell<Option<Listener>>,
    screens: RefCell<Vec<(TerminalId, Callback<Screen>)>>,
    turns: turns::Turns,
    lang: Cell<lesson::Lang>,
    rest: rest::Rest,
    told: RefCell<Vec<Kept>>,
}

/// Something for a terminal's screen.
#[derive(Clone, PartialEq, Debug)]
pub enum Screen {
    /// Bytes to show.
    Bytes(Vec<u8>),
    /// Begin anew.
    Restart,
}

/// What came of a wish to see the next change.
#[derive(Clone, PartialEq, Debug)]
pub enum Stepped {
    /// A component's decision.
    Decided(Step),
    /// There is none to come.
    AtRest,
}

struct World {
    playground: Playground,
    clock: clock::Clock,
    tabs: Tabs,
    lesson: Option<LessonRun>,
    /// What the editor holds and the world does not know yet: path, text.
    staged: Option<(String, String)>,
    last: Rc<Snapshot>,
    snapshot_state: snapshot::SnapshotState,
    last_step: Option<Stepped>,
    /// The steps of the lesson before this one are still to be done: their commands wait for a terminal with a size.
    ahead_of_replay: Option<usize>,
    /// What a link has typed after them: commands to run, and one to leave unsent.
    typed_by_link: Option<(Option<String>, Option<String>)>,
    /// The packet whose way belonged to a step of the lesson that was left.
    left_route: Option<TraceId>,
    /// All that was lived, while the past is looked at.
    ahead: Option<Rc<Timeline>>,
    keep: keep::Keep,
}

/// How long the world goes on without all of the page's wasm: the first prompt is there by then.
const LIVES_ALONE: sim::Duration = sim::Duration::from_secs(5);

/// Milliseconds after the last key in the editor after which its text is saved.
const SAVED_AFTER: f64 = 1_000.0;

/// Milliseconds that starting the world takes at a time.
const SLICE: f64 = 8.0;

/// Milliseconds that the commands of a link wait for a terminal's size.
const REPLAY_WAITS: u32 = 4_000;

impl Session {
    /// Whether [`Session::open`] will replay commands.
    pub fn replays(storage: &Storage, begin: &Begin) -> bool {
        keep::replays(storage, begin)
    }

    /// Takes up what was kept of an earlier visit, or begins anew, in slices: the browser draws and listens between them.
    pub async fn open(storage: Storage, begin: &Begin, lived: &Lived) -> Session {
        let keep::Opening { session, begin, told } = keep::open(&storage, begin);
        let mut keep = keep::Keep::default();
        let lesson = match &begin.lesson {
            Some(id) if id == "none" => None,
            Some(id) => LessonRun::find(id, &storage),
            None => LessonRun::find(&storage.get("lesson").unwrap_or_else(|| "service".to_owned()), &storage),
        };
        let playground = match session {
            Some(session) => {
                keep.begin_replay(&storage);
                lived.take(&session)
            }
            None => {
                let kept = if begin.link().is_some() { Vec::new() } else { keep::kept_files(&storage) };
                let files = starting_files(kept);
                let seed = begin.seed.unwrap_or(1);
                let mut starting = Starting::new(Settings { seed, files, ..Settings::default() });
                loop {
                    let end = milliseconds() + SLICE;
                    if starting.go_on(&mut || milliseconds() < end) {
                        break starting.finish();
                    }
                    crate::browser::page::breathe().await;
                }
            }
        };
        let mut world = World {
            playground,
            clock: clock::Clock::default(),
            tabs: Tabs::default(),
            lesson,
            staged: None,
            last: Rc::default(),
            snapshot_state: snapshot::SnapshotState::default(),
            last_step: None,
            ahead_of_replay: None,
            typed_by_link: (begin.run.is_some() || begin.fill.is_some()).then_some((begin.run, begin.fill)),
            left_route: None,
            ahead: None,
            keep,
        };
        world.tabs.adopt(&mut world.playground);
        if let (Some(step), Some(run)) = (begin.step, &mut world.lesson) {
            run.forget();
            run.go_to(step);
            world.ahead_of_replay = Some(step);
        }
        Session(Rc::new(Inner {
            world: RefCell::new(world),
            storage,
            listener: RefCell::default(),
            screens: RefCell::default(),
            turns: turns::Turns::default(),
            lang: Cell::default(),
            rest: rest::Rest::default(),
            told: RefCell::new(told),
        }))
    }

    /// Says whom to tell, and lets time pass from now on.
    pub fn start(&self, listener: Listener) {
        *self.0.listener.borrow_mut() = Some(listener);
        self.notify_page();
        self.wake();
        let session = self.clone();
        // Where no terminal comes, the picture does.
        gloo::timers::callback::Timeout::new(REPLAY_WAITS, move || session.catch_up()).forget();
    }

    /// The world as the page first shows it.
    pub fn first_look(&self) -> Rc<Snapshot> {
        let mut world = self.0.world.borrow_mut();
        world.snapshot(&self.0.storage).unwrap_or_else(|| world.last.clone())
    }

    /// What the page was shown last.
    pub fn last_look(&self) -> Rc<Snapshot> {
        self.0.world.borrow().last.clone()
    }

    /// Does what a link asks for, now that its commands have a terminal to be typed into.
    pub fn catch_up(&self) {
        self.catch_up_with_step();
        let typed = self.0.world.borrow_mut().typed_by_link.take();
        if let Some((run, fill)) = typed {
            self.type_of_link(run.as_deref(), fill.as_deref());
        }
        // The prompt is there already, and does not wait for a frame.
        self.notify_page();
    }

    fn catch_up_with_step(&self) {
        {
            let mut world = self.0.world.borrow_mut();
            let world = &mut *world;
            let Some(step) = world.ahead_of_replay.take() else { return };
            let terminal = world.tabs.first();
            world.tabs.tell_size(&mut world.playground, terminal);
            // Its commands come after the beginning, which a reset goes back to.
            let after = world.playground.now() + sim::Duration::from_millis(1);
            while world.playground.advance(after, 10_000).out_of_fuel {}
            if let Some(run) = &mut world.lesson {
                run.start_at(step, &mut world.playground, terminal);
                run.keep(&self.0.storage);
            }
        }
        self.touch();
    }

    /// The language of what the page itself says in a terminal.
    pub fn speak(&self, lang: lesson::Lang) {
        if self.0.lang.replace(lang) != lang {
            self.touch();
        }
    }

    /// Reads the world.
    pub fn read<R>(&self, read: impl FnOnce(&Playground) -> R) -> R {
        read(&self.0.world.borrow().playground)
    }

    /// Where what survives a reload is kept.
    pub fn storage(&self) -> &Storage {
        &self.0.storage
    }

    /// Starts another lesson (or none) where it was left, in the world as it is. True when that is a world in which something
    /// was done.
    pub fn choose_lesson(&self, id: Option<&str>) -> bool {
        let used = {
            let mut world = self.0.world.borrow_mut();
            if world.lesson.as_ref().map(|run| run.lesson.id.as_str()) == id {
                return false;
            }
            if let Some(run) = &world.lesson {
                run.keep(&self.0.storage);
            }
            world.lesson = id.and_then(|id| LessonRun::find(id, &self.0.storage));
            world.leave_route();
            self.0.storage.set("lesson", id.unwrap_or("none"));
            world.playground.can_undo()
        };
        if !self.0.storage.forgets() {
            Address::follow(Some(id.unwrap_or("none")));
        }
        self.touch();
        used && id.is_some()
    }

    /// Changes the lesson's progress: the step that is looked at, a prediction.
    pub fn with_lesson(&self, change: impl FnOnce(&mut LessonRun, sim::Time)) {
        {
            let mut world = self.world_now();
            let now = world.playground.now();
            if let Some(run) = &mut world.lesson {
                let before = run.progress.step;
                change(run, now);
                run.keep(&self.0.storage);
                if run.progress.step != before {
                    world.leave_route();
                }
                world.prepare_step();
            }
        }
        self.touch();
    }

    /// Saves what the editor holds and keeps the session: nobody looks at the page any more, or it goes.
    pub fn keep_now(&self) {
        let Ok(mut world) = self.0.world.try_borrow_mut() else { return };
        let world = &mut *world;
        world.save_staged(false);
        world.keep.now(&world.playground, &self.0.storage);
    }

    /// Lives a downloaded session again, in place of this one, which is set aside.
    ///
    /// # Errors
    /// Why the text is none.
    pub fn take_up(&self, text: &str) -> Result<(), String> {
        let session = keep::read(text)?;
        self.set_aside();
        {
            let mut world = self.0.world.borrow_mut();
            world.go_on_with(Playground::replay(&session));
            world.keep.begin_replay(&self.0.storage);
        }
        self.touch();
        Ok(())
    }

    /// Keeps this session apart, for another takes its place; the screens begin anew.
    fn set_aside(&self) {
        {
            let mut world = self.0.world.borrow_mut();
            let world = &mut *world;
            world.keep.begin(&world.playground, &self.0.storage);
        }
        aside::put(&self.0.storage);
        keep::forget_link(&self.0.storage);
        let screens = self.0.screens.borrow().clone();
        for (_, screen) in screens {
            screen.emit(Screen::Restart);
        }
    }

    /// Another tab has perhaps taken the session.
    pub fn look_for_owner(&self) {
        self.0.storage.lose_if_taken();
        self.notify_page();
    }

    /// Goes on as a session of this tab alone.
    pub fn become_own(&self) {
        self.0.storage.become_own();
        self.0.world.borrow_mut().keep.again();
        self.touch();
    }

    /// What was kept of an earlier visit and could not be read.
    pub fn unread(&self) -> String {
        keep::unread(&self.0.storage)
    }

    /// The sessions that were set aside, the last one first.
    pub fn asides(&self) -> Vec<Aside> {
        aside::list(&self.0.storage)
    }

    /// Goes on with the session that another tab has, by loading the page again; this one is set aside then.
    pub fn take_over(&self) {
        self.keep_now();
        self.0.world.borrow_mut().keep.stop();
        crate::browser::page::take_over();
    }

    /// Goes back to a session that was set aside, by loading the page again; this one is set aside then.
    pub fn swap_with_aside(&self, nth: usize) {
        self.0.world.borrow_mut().keep.stop();
        keep::swap(&self.0.storage, nth);
        crate::browser::address::open(None);
    }

    /// Begins the link's step again, by loading the page again; this session is set aside then.
    pub fn begin_link_again(&self) {
        self.0.world.borrow_mut().keep.stop();
        crate::browser::address::open(keep::forget_link(&self.0.storage).as_deref());
    }

    /// Lets the page look again at once, whatever has changed.
    fn touch(&self) {
        {
            let mut world = self.0.world.borrow_mut();
            world.snapshot_state.forget();
        }
        self.notify_page();
        self.wake();
    }

    /// The world, to do something to it now.
    fn world_now(&self) -> RefMut<'_, World> {
        let mut world = self.0.world.borrow_mut();
        self.pass_time(&mut world, milliseconds());
        world
    }
}

impl World {
    /// Another playground takes the place of this one; nothing of it is kept yet.
    fn go_on_with(&mut self, playground: Playground) {
        self.playground = playground;
        self.staged = None;
        self.ahead = None;
        self.tabs = Tabs::default();
        self.tabs.adopt(&mut self.playground);
        self.last_step = None;
        self.keep = keep::Keep::default();
    }

    /// Runs what the lesson prepares for the steps up to the one that is looked at, if that was not done yet.
    fn prepare_step(&mut self) {
        if let Some(run) = &mut self.lesson
            && run.progress.prepared <= run.progress.step
        {
            let terminal = self.tabs.first();
            self.tabs.tell_size(&mut self.playground, terminal);
            run.prepare(&mut self.playground, terminal);
        }
    }

    /// What the last packet showed is done with.
    fn leave_route(&mut self) {
        self.left_route = self.last.route.as_ref().map(|record| record.id);
    }
}

/// The files of all lessons (one world serves them all), or what a person made of them before.
fn starting_files(kept: Vec<(String, Vec<u8>)>) -> Vec<(String, Vec<u8>)> {
    let mut all = kept;
    for file in lesson::list().iter().flat_map(|lesson| lesson.files) {
        if !all.iter().any(|(path, _)| path == file.name) {
            all.push((file.name.to_owned(), file.content.as_bytes().to_vec()));
        }
    }
    all
}
