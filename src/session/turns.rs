//! When the world gets its next turn: at the browser's next frame while a command runs, else not before something is due, and what
//! is due within [`TICK`] comes together. So a cluster at rest costs next to nothing, however many Pods there are, and one at work
//! does not make the browser draw a frame for each of its steps.

use std::cell::{Cell, RefCell};

use gloo::render::{AnimationFrame, request_animation_frame};
use gloo::timers::callback::Timeout;
use sim::{Duration, Time};
use yew::Callback;

use super::{LIVES_ALONE, Session, World};
use crate::browser::milliseconds;

/// What is due sooner than this (in milliseconds) comes with the next frame.
const SOON: f64 = 25.0;
/// While no command runs there is no turn sooner than this (in milliseconds), however much is due and however fast time passes:
/// each would be a frame, and the picture is not read anew more often.
pub(super) const TICK: f64 = 80.0;

#[derive(Default)]
pub(super) struct Turns {
    frame: RefCell<Option<AnimationFrame>>,
    timer: RefCell<Option<Timeout>>,
    watchers: RefCell<Vec<Watcher>>,
    next_id: Cell<u32>,
}

/// A component that shows the time.
struct Watcher {
    id: u32,
    every: Duration,
    count: u128,
    callback: Callback<()>,
}

impl Session {
    /// Calls `callback` whenever so much more of virtual time has passed since the beginning, or time has jumped. Gives what
    /// [`Session::unwatch_time`] takes.
    pub fn watch_time(&self, every: Duration, callback: Callback<()>) -> u32 {
        let turns = &self.0.turns;
        let id = turns.next_id.get();
        turns.next_id.set(id + 1);
        let count = self.read(|playground| count(playground.beginning(), playground.now(), every));
        turns.watchers.borrow_mut().push(Watcher { id, every, count, callback });
        self.wake();
        id
    }

    /// The time is not shown any more.
    pub fn unwatch_time(&self, id: u32) {
        self.0.turns.watchers.borrow_mut().retain(|watcher| watcher.id != id);
    }

    /// The next frame is a turn.
    pub(super) fn wake(&self) {
        let turns = &self.0.turns;
        if turns.frame.borrow().is_some() || self.0.listener.borrow().is_none() {
            return;
        }
        let session = self.clone();
        let frame = request_animation_frame(move |at| {
            drop(session.0.turns.frame.take());
            session.turn(at);
        });
        *turns.frame.borrow_mut() = Some(frame);
    }

    fn turn(&self, at: f64) {
        self.let_held_through();
        {
            let mut world = self.0.world.borrow_mut();
            let world = &mut *world;
            self.pass_time(world, at);
            if self.0.rest.is_here() {
                if world.staged.is_some() && milliseconds() - world.keep.staged_at > super::SAVED_AFTER {
                    world.save_staged(false);
                    world.keep.staged_at = milliseconds();
                }
                if world.tabs.type_queued(&mut world.playground) {
                    world.keep.begin(&world.playground, &self.0.storage);
                }
            }
            world.keep.turn(&self.0.storage);
        }
        self.notify_page();
        self.notify_time_watchers();
        self.plan();
    }

    /// Lets the time pass that is over: also before something is done to the world, lest it be done in the past.
    pub(super) fn pass_time(&self, world: &mut World, at: f64) {
        // What happens later on may want what is not here yet.
        let end = (!self.0.rest.is_here()).then(|| world.playground.beginning() + LIVES_ALONE);
        if world.ahead_of_replay.is_none() && end.is_none_or(|end| world.playground.now() < end) {
            world.clock.pass(&mut world.playground, at, end);
        }
    }

    fn notify_time_watchers(&self) {
        let (beginning, now) = self.read(|playground| (playground.beginning(), playground.now()));
        let mut due = Vec::new();
        for watcher in self.0.turns.watchers.borrow_mut().iter_mut() {
            let count = count(beginning, now, watcher.every);
            if count != watcher.count {
                watcher.count = count;
                due.push(watcher.callback.clone());
            }
        }
        due.into_iter().for_each(|callback| callback.emit(()));
    }

    /// Sees to it that the next turn comes when something is due.
    fn plan(&self) {
        let every = self.0.turns.watchers.borrow().iter().map(|watcher| watcher.every).min();
        let wait = {
            let mut world = self.0.world.borrow_mut();
            let wait = if self.0.rest.is_here() { world.waits_for(every) } else { self.0.rest.waits() };
            world.clock.asleep = if wait < SOON { 0.0 } else { wait };
            wait
        };
        drop(self.0.turns.timer.take());
        if wait < SOON {
            return self.wake();
        }
        if wait.is_finite() {
            let session = self.clone();
            let timer = Timeout::new(wait.ceil() as u32, move || {
                drop(session.0.turns.timer.take());
                if gloo::utils::document().hidden() {
                    // There are no frames while nobody sees the page: time stands still.
                    session.wake();
                } else {
                    session.turn(milliseconds());
                }
            });
            *self.0.turns.timer.borrow_mut() = Some(timer);
        }
    }
}

/// How often so much time has passed.
fn count(from: Time, now: Time, every: Duration) -> u128 {
    now.since(from).as_micros() / every.as_micros().max(1)
}

impl World {
    /// Milliseconds until there is something to do or to show; infinite where nothing is. `every`: how often the time is shown.
    fn waits_for(&self, every: Option<Duration>) -> f64 {
        if self.clock.hurry || self.clock.behind || self.keep.is_unproven() || self.tabs.has_queued() {
            return 0.0;
        }
        let playground = &self.playground;
        let now = playground.now();
        let mut wait = f64::INFINITY;
        let pace = self.clock.pace();
        if pace > 0.0 && self.ahead_of_replay.is_none() {
            if let Some(due) = playground.next_due() {
                wait = due.since(now).as_secs_f64() * 1_000.0 / pace;
            }
            if let Some(every) = every {
                let passed = now.since(playground.beginning()).as_micros() % every.as_micros().max(1);
                let left = (every.as_micros() - passed) as f64 / 1_000.0;
                wait = wait.min(left / pace);
            }
        }
        if !self.clock.busy {
            wait = wait.max(TICK);
        }
        let saves = self.staged.is_some().then_some(self.keep.staged_at + super::SAVED_AFTER);
        let now = milliseconds();
        // A snapshot that was put off comes with a turn that is due anyway, or has one of its own, no sooner than any other.
        let snapshot = self
            .snapshot_state
            .due()
            .map_or(f64::INFINITY, |at| (at - now).max(if self.clock.busy { 0.0 } else { TICK }));
        let moments = [saves, self.keep.due(playground)];
        moments.into_iter().flatten().fold(wait.min(snapshot), |wait, at| wait.min(at - now))
    }
}
