//! What the page shows, taken from the world when it looks different.

use std::rc::Rc;

use network::Step;
use playground::{LifeKind, Place, TerminalId, Timeline, TraceId, TraceRecord};
use sim::Time;

use super::{ClusterView, LessonView, Speed, Stepped, World, cluster_view};
use crate::browser::milliseconds;
use crate::browser::storage::Storage;
use crate::text::explain;

/// The world at a moment, as far as the page shows it. Parts that did not change are the same `Rc`.
#[derive(Clone, PartialEq, Default)]
pub struct Snapshot {
    /// The cluster.
    pub cluster: Rc<ClusterView>,
    /// The lives so far. Its end is the moment when one of them last changed.
    pub timeline: Rc<Timeline>,
    /// All that was lived, while the past is looked at.
    pub ahead: Option<Rc<Timeline>>,
    /// The files of the home folder.
    pub files: Rc<Vec<String>>,
    /// Equal numbers, equal files.
    pub files_revision: u64,
    /// The store's revision.
    pub revision: u64,
    /// The terminals.
    pub tabs: Vec<TabView>,
    /// The packet to show: the last one a program of a terminal sent, while what it met is there and the lesson stays at
    /// its step.
    pub route: Option<Rc<TraceRecord>>,
    /// Another command was run since it was sent.
    pub route_is_past: bool,
    /// The lesson, if one is under way.
    pub lesson: Option<Rc<LessonView>>,
    /// How fast time passes.
    pub speed: Speed,
    /// A wait is being passed over.
    pub hurry: bool,
    /// What the component did that was stepped last.
    pub last_step: Option<Stepped>,
    /// Whether there is something to undo.
    pub can_undo: bool,
    /// Whether there is something to redo.
    pub can_redo: bool,
}

/// A terminal's tab.
#[derive(Clone, PartialEq, Debug)]
pub struct TabView {
    /// The terminal.
    pub id: TerminalId,
    /// Where it is, the innermost place last.
    pub places: Vec<Place>,
    /// Whether a command runs in it.
    pub busy: bool,
    /// Whether it is in front.
    pub active: bool,
}

/// What the last snapshot was taken of, and when. While the marks are equal there is nothing new to show.
#[derive(Clone, PartialEq, Default)]
pub(super) struct SnapshotState {
    marks: Option<Marks>,
    /// Of the world, and whether a wait was being passed over.
    version: ((u64, usize), bool),
    /// When the next one is due, on the browser's clock, where it was too early when one was last asked for.
    due: Option<f64>,
    taken_at: f64,
    /// Milliseconds that the last one took, drawing it included.
    cost: f64,
}

#[derive(Clone, PartialEq)]
struct Marks {
    revision: u64,
    files_revision: u64,
    last_trace: Option<TraceId>,
    last_command: Option<(Time, Option<Time>)>,
    tabs: Vec<TabView>,
    /// Files of Pods may change without anything else, and are looked at once a (virtual) second.
    second: i64,
    hurry: bool,
}

impl SnapshotState {
    pub fn forget(&mut self) {
        self.marks = None;
    }

    /// Adds the milliseconds that drawing the last snapshot took.
    pub fn was_drawn_in(&mut self, milliseconds: f64) {
        self.cost += milliseconds;
    }

    /// When the next snapshot is due, if one was put off.
    pub fn due(&self) -> Option<f64> {
        self.due
    }
}

/// Milliseconds between two snapshots, at least.
const LEAST_INTERVAL: f64 = 80.0;
/// Snapshots and their drawing take at most one part in so many of the page's time, however many Pods there are.
const IDLE_RATIO: f64 = 60.0;

impl World {
    /// A snapshot if the world looks different from the last one.
    pub(super) fn snapshot(&mut self, storage: &Storage) -> Option<Rc<Snapshot>> {
        let started = milliseconds();
        let forgotten = self.snapshot_state.marks.is_none();
        let version = (self.playground.version(), self.clock.hurry);
        let caught_up = self.ahead.is_some() && self.playground.furthest() <= self.playground.now();
        if !forgotten && !caught_up && self.snapshot_state.version == version {
            return None;
        }
        let next =
            self.snapshot_state.taken_at + (self.snapshot_state.cost * IDLE_RATIO).clamp(LEAST_INTERVAL, 1_000.0);
        self.snapshot_state.due = (!forgotten && started < next).then_some(next);
        if self.snapshot_state.due.is_some() {
            return None;
        }
        self.snapshot_state.taken_at = started;
        self.snapshot_state.version = version;
        let playground = &self.playground;
        let tabs = self.tabs.open.iter().map(|id| TabView {
            id: *id,
            places: playground.terminal_places(*id),
            busy: playground.is_busy(*id),
            active: self.tabs.active == Some(*id),
        });
        let marks = Marks {
            revision: playground.revision(),
            files_revision: playground.files_revision(),
            last_trace: playground.last_trace(),
            last_command: playground.last_command().map(|run| (run.at, run.ended)),
            tabs: tabs.collect(),
            second: playground.now().unix_secs(),
            hurry: self.clock.hurry,
        };
        if self.snapshot_state.marks.as_ref() == Some(&marks) {
            return None;
        }
        if let Some(run) = &mut self.lesson
            && self.ahead_of_replay.is_none()
            && run.observe(playground)
        {
            run.keep(storage);
        }
        let timeline = playground.timeline();
        // Once something new was done (or time has caught up) there is no other future.
        self.ahead.take_if(|_| caught_up);
        let last = &self.last;
        let route = playground.traces().into_iter().rev().find(|record| record.terminal.is_some());
        let route = route.filter(|record| self.left_route != Some(record.id) && !lost_something(record, &timeline));
        let sent = route.as_ref().map(|record| record.at);
        let route_is_past = sent.is_some_and(|sent| playground.commands().iter().any(|run| run.at > sent));
        let snapshot = Rc::new(Snapshot {
            cluster: share(&last.cluster, cluster_view::read(playground, &timeline, &last.cluster)),
            timeline: if same_lives(&last.timeline, &timeline) { last.timeline.clone() } else { Rc::new(timeline) },
            ahead: self.ahead.clone(),
            files: share(&last.files, playground.files()),
            files_revision: marks.files_revision,
            revision: marks.revision,
            tabs: marks.tabs.clone(),
            route: route.map(|record| match &last.route {
                Some(old) if **old == record => old.clone(),
                _ => Rc::new(record),
            }),
            route_is_past,
            lesson: self.lesson.as_ref().map(|run| {
                let view = run.view(playground);
                match &last.lesson {
                    Some(old) if **old == view => old.clone(),
                    _ => Rc::new(view),
                }
            }),
            speed: self.clock.speed,
            hurry: self.clock.hurry,
            last_step: self.last_step.clone(),
            can_undo: playground.can_undo(),
            can_redo: playground.can_redo(),
        });
        let ended = milliseconds();
        self.snapshot_state =
            SnapshotState { marks: Some(marks), version, due: None, taken_at: ended, cost: ended - started };
        if *snapshot == *self.last && !forgotten {
            return None;
        }
        self.last = snapshot.clone();
        Some(snapshot)
    }
}

/// Whether nothing but the end differs.
fn same_lives(one: &Timeline, other: &Timeline) -> bool {
    one.from == other.from && one.lives == other.lives && one.marks == other.marks
}

/// Whether a Pod or Service that a packet met has gone since.
#[inline(never)]
fn lost_something(record: &TraceRecord, timeline: &Timeline) -> bool {
    let trace = &record.trace;
    let mut addresses = vec![trace.source, trace.to];
    let mut servers = Vec::new();
    for hop in &trace.hops {
        match &hop.step {
            Step::Translate { server, to, .. } => {
                addresses.push(to.0);
                servers.push(explain::service_name(server));
            }
            Step::Reject { server, .. } => servers.push(explain::service_name(server)),
            _ => {}
        }
    }
    timeline.lives.iter().any(|life| {
        let met = match life.kind {
            LifeKind::Pod => life.ip.is_some_and(|ip| addresses.contains(&ip)),
            LifeKind::Service => servers.contains(&life.name.as_str()),
            _ => false,
        };
        met && life.from <= record.at && life.until.is_some_and(|until| until >= record.at)
    })
}

fn share<T: PartialEq>(last: &Rc<T>, new: T) -> Rc<T> {
    if **last == new { last.clone() } else { Rc::new(new) }
}
