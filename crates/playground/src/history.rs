//! The log of what entered the world, checkpoints, and going back and forth.

use std::rc::Rc;

use sim::{Duration, Time};

use crate::world::{Checkpoint, World};
use crate::{Act, Entry, Session, Settings};

/// How much must have happened between two checkpoints.
const APART: Duration = Duration::from_secs(3);
/// How many checkpoints are kept; when there are more, every other of the older ones goes.
const MOST: usize = 32;
/// How many bytes of the store's past changes all checkpoints together may hold.
const MOST_BYTES: u64 = 64 << 20;

/// A moment of the session: how many entries it has lived, and when it is. `steps` makes it exact; without, all that is due
/// by then has happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Moment {
    pub position: usize,
    pub at: Time,
    pub steps: Option<u64>,
}

/// The session's log with checkpoints along it.
#[derive(Clone)]
pub(crate) struct History {
    settings: Settings,
    /// All entries; those from `position` on were undone.
    entries: Vec<Entry>,
    position: usize,
    /// How many entries each checkpoint has lived. The first is the fresh world.
    checkpoints: Vec<(usize, Rc<Checkpoint>)>,
    beginning: Time,
    /// The furthest moment that was lived, while some of it is undone.
    end: Option<Moment>,
    /// Redo goes to the end at once: after a reset.
    redo_all: bool,
    /// Whether checkpoints are taken.
    keeps: bool,
}

impl History {
    pub fn new(settings: Settings, world: &World) -> Self {
        let checkpoints = world.checkpoint().map(|checkpoint| (0, Rc::new(checkpoint))).into_iter().collect();
        let beginning = world.now();
        let (position, end, redo_all, keeps) = (0, None, false, true);
        History { settings, entries: Vec::new(), position, checkpoints, beginning, end, redo_all, keeps }
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub fn beginning(&self) -> Time {
        self.beginning
    }

    /// Something new enters the world: what was undone is forgotten.
    pub fn write_down(&mut self, world: &mut World, act: Act) {
        self.entries.truncate(self.position);
        self.checkpoints.retain(|(position, _)| *position <= self.position);
        self.end = None;
        self.redo_all = false;
        self.keep(world);
        let entry = Entry { at: world.now(), steps: world.steps(), act };
        apply(world, &entry.act);
        self.entries.push(entry);
        self.position = self.entries.len();
    }

    /// Takes a checkpoint if one can be taken and the last is long ago.
    pub fn keep(&mut self, world: &World) {
        if !self.keeps || self.position < self.entries.len() {
            return; // or the past is being looked at
        }
        let now = world.now();
        let due = match self.checkpoints.last() {
            Some((position, last)) => {
                (*position < self.position || now.since(last.time()) >= APART * 10) && now.since(last.time()) >= APART
            }
            None => true,
        };
        if !due {
            return;
        }
        if let Some(checkpoint) = world.checkpoint() {
            self.checkpoints.push((self.position, Rc::new(checkpoint)));
            while self.checkpoints.len() > MOST || self.checkpoints.len() > 4 && self.bytes() > MOST_BYTES {
                let older = self.checkpoints.len() / 2;
                let mut index = 0;
                self.checkpoints.retain(|_| {
                    index += 1;
                    index > older || index % 2 == 1
                });
            }
        }
    }

    /// The bytes of the store's past changes that the checkpoints hold, those that several share counted once.
    fn bytes(&self) -> u64 {
        let mut upto = 0;
        let mut sum = 0;
        for (_, checkpoint) in &self.checkpoints {
            let (from, to) = checkpoint.history_span();
            sum += to - from.max(upto).min(to);
            upto = upto.max(to);
        }
        sum
    }

    /// Keeps no checkpoint from now on: nothing can be undone, and nothing of the past takes memory.
    pub fn keep_none(&mut self) {
        self.keeps = false;
        self.checkpoints.clear();
    }

    /// Remembers the end of what was lived, when something is about to be undone.
    pub fn note_end(&mut self, world: &World) {
        // Between the last entry and the end the past is looked at, too.
        let furthest = self.end.is_none_or(|end| end.at <= world.now());
        if self.position == self.entries.len() && furthest {
            self.end = Some(Moment { position: self.position, at: world.now(), steps: Some(world.steps()) });
        }
    }

    /// Redo goes to the end at once.
    pub fn redo_all(&mut self) {
        self.redo_all = true;
    }

    /// Goes to a moment of the session.
    pub fn go_to(&mut self, world: &mut World, target: Moment) {
        if self.checkpoints.is_empty() {
            return;
        }
        self.note_end(world);
        self.redo_all = false;
        let from = self.checkpoints.iter().rev().find(|(position, checkpoint)| {
            let steps = target.steps.or_else(|| self.entries.get(target.position).map(|entry| entry.steps));
            *position <= target.position
                && checkpoint.time() <= target.at
                && steps.is_none_or(|steps| checkpoint.steps() <= steps)
        });
        let Some((position, checkpoint)) = from else { return };
        let mut position = *position;
        world.restore(checkpoint);
        while position < target.position {
            let Some(entry) = self.entries.get(position) else { break };
            world.run_to_stamp(entry.at, entry.steps);
            apply(world, &entry.act);
            position += 1;
        }
        match target.steps {
            Some(steps) => world.run_to_stamp(target.at, steps),
            None => {
                world.run(target.at, REPLAY_FUEL);
                world.shared.sim.set_now(target.at);
            }
        }
        self.position = position;
        world.screens.restart();
    }

    /// Where undo goes: before the last command line or file.
    pub fn undo_target(&self) -> Option<Moment> {
        self.checkpoints.first()?;
        let commit = (0..self.position).rev().find(|index| commits(&self.entries[*index].act))?;
        let start = self.group_start(commit);
        let entry = &self.entries[start];
        Some(Moment { position: start, at: entry.at, steps: Some(entry.steps) })
    }

    /// The first entry of the group that ends with the entry at `commit`: the keys of its line.
    fn group_start(&self, commit: usize) -> usize {
        let Act::Type { terminal, .. } = self.entries[commit].act else { return commit };
        let mut start = commit;
        while start > 0 {
            match &self.entries[start - 1].act {
                act @ Act::Type { terminal: other, .. } if *other == terminal && !commits(act) => start -= 1,
                _ => break,
            }
        }
        start
    }

    /// Where redo goes: after the next command line or file, just before what came then.
    pub fn redo_target(&self, now: Time) -> Option<Moment> {
        let end = self.end?;
        if self.position >= self.entries.len() && !self.redo_all {
            return Some(end).filter(|end| end.at > now);
        }
        let next = (self.position..self.entries.len()).find(|index| commits(&self.entries[*index].act));
        let Some(commit) = next.filter(|_| !self.redo_all) else { return Some(end) };
        // Up to where the next group begins: its command has had its time then.
        let after = (commit + 1..self.entries.len()).find(|index| commits(&self.entries[*index].act));
        Some(match after {
            Some(after) => {
                let start = self.group_start(after).max(commit + 1);
                let entry = &self.entries[start];
                Moment { position: start, at: entry.at, steps: Some(entry.steps) }
            }
            None => end,
        })
    }

    /// The moment at a time.
    pub fn at(&self, to: Time) -> Moment {
        let to = to.max(self.beginning);
        match self.end {
            Some(end) if to >= end.at => end,
            _ => {
                let position = self.entries.iter().take_while(|entry| entry.at <= to).count();
                Moment { position, at: to, steps: None }
            }
        }
    }

    /// The furthest moment there is to go to.
    pub fn furthest(&self, now: Time) -> Time {
        self.end.map_or(now, |end| end.at.max(now))
    }

    /// The fresh world.
    pub fn start(&self) -> Moment {
        Moment { position: 0, at: self.beginning, steps: None }
    }

    /// The log so far, without what was undone.
    pub fn session(&self, world: &World) -> Session {
        Session {
            settings: self.settings.clone(),
            entries: self.entries[..self.position].to_vec(),
            end: world.now(),
            end_steps: world.steps(),
        }
    }
}

/// Steps that going to a time may take.
const REPLAY_FUEL: u64 = 5_000_000;

/// Whether an act is one that a person would undo.
fn commits(act: &Act) -> bool {
    match act {
        Act::Type { bytes, .. } => bytes.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 4)),
        Act::Save { .. } | Act::Remove { .. } => true,
        Act::Open { .. } | Act::Close { .. } | Act::Resize { .. } => false,
    }
}

/// Lets an act enter the world.
fn apply(world: &mut World, act: &Act) {
    let shared = world.shared.clone();
    let now = world.now();
    match act {
        Act::Open { terminal, columns, rows } => world.screens.open(&shared, *terminal, *columns, *rows),
        Act::Close { terminal } => world.screens.close(&shared, *terminal),
        Act::Type { terminal, bytes } => world.screens.input(*terminal, bytes),
        Act::Resize { terminal, columns, rows } => world.screens.resize(*terminal, *columns, *rows),
        Act::Save { path, bytes } => crate::boot::write_file(&shared.kernel, shared.laptop, path, bytes, now),
        Act::Remove { path } => {
            if let Some(path) = crate::boot::below_home(path) {
                let root = machine::User::root();
                let _ = shared.kernel.with(|kernel| kernel.remove_file(shared.laptop, &root, &path, now));
            }
        }
    }
    world.screens.collect(&shared);
}
