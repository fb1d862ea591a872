//! The log of what entered the world, checkpoints, and going back and forth.

use std::rc::Rc;

use sim::{Duration, Time};

use crate::world::{Checkpoint, World};
use crate::{Act, Entry, Session, Settings};

/// How much must have happened between two checkpoints: so much time when something entered the world, ten times as much
/// when nothing did (and more in a long session, which does not keep them all), or so many steps.
const APART: Duration = Duration::from_secs(3);
const APART_AT_REST: Duration = Duration::from_secs(30);
const STEPS_APART: u64 = 20_000;
/// How many checkpoints are kept.
const MOST: usize = 64;
/// How many bytes of the store's past changes all checkpoints together may hold, if there are more than [`FEWEST`].
const MOST_BYTES: u64 = 64 << 20;
const FEWEST: usize = 4;
/// Of so many of the last command lines the checkpoint before each is kept, so that they are undone at once.
const UNDONE_AT_ONCE: usize = 8;

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

    /// How many entries were lived.
    pub fn position(&self) -> usize {
        self.position
    }

    pub fn beginning(&self) -> Time {
        self.beginning
    }

    /// Something new enters the world: what was undone is forgotten.
    pub fn write_down(&mut self, world: &mut World, act: Act) {
        self.entries.truncate(self.position);
        let (position, steps) = (self.position, world.steps());
        self.checkpoints.retain(|(lived, checkpoint)| *lived <= position && checkpoint.steps() <= steps);
        self.end = None;
        self.redo_all = false;
        self.keep_if(world, APART_AT_REST); // it is what this act is undone from
        let entry = Entry { at: world.now(), steps: world.steps(), act };
        apply(world, &entry.act);
        self.entries.push(entry);
        self.position = self.entries.len();
    }

    /// Takes a checkpoint if one can be taken and the last is long ago. What it costs is the copies of what changes next, and
    /// so it is taken the less often the longer the session is: about as often as one is kept.
    pub fn keep(&mut self, world: &World) {
        let age = world.now().since(self.beginning);
        self.keep_if(world, APART_AT_REST.max(age / MOST as u32));
    }

    fn keep_if(&mut self, world: &World, apart_at_rest: Duration) {
        if !self.keeps || self.position < self.entries.len() {
            return; // or the past is being looked at
        }
        let due = match self.checkpoints.last() {
            Some((position, last)) => {
                let passed = world.now().since(last.time());
                *position < self.position && passed >= APART
                    || passed >= apart_at_rest
                    || world.steps().saturating_sub(last.steps()) >= STEPS_APART
            }
            None => true,
        };
        if let Some(checkpoint) = due.then(|| world.checkpoint()).flatten() {
            self.checkpoints.push((self.position, Rc::new(checkpoint)));
            self.thin();
        }
    }

    /// Takes checkpoints away while there are too many: those whose neighbours are fewest steps apart. So the most
    /// steps to any moment stay as few as they can be.
    fn thin(&mut self) {
        while self.checkpoints.len() > MOST || self.checkpoints.len() > FEWEST && self.bytes() > MOST_BYTES {
            let kept = self.before_last_commits();
            let distance = |at: usize| self.checkpoints[at + 1].1.steps() - self.checkpoints[at - 1].1.steps();
            let between = 1..self.checkpoints.len() - 1;
            let victim = between.filter(|at| !kept.contains(at)).min_by_key(|at| distance(*at));
            self.checkpoints.remove(victim.unwrap_or(1));
        }
    }

    /// The checkpoints from which the last command lines are undone.
    fn before_last_commits(&self) -> Vec<usize> {
        let commits = (0..self.position).rev().filter(|index| commits(&self.entries[*index].act));
        let starts = commits.take(UNDONE_AT_ONCE).map(|commit| self.group_start(commit));
        starts
            .filter_map(|start| self.nearest(start, self.entries[start].at, Some(self.entries[start].steps)))
            .collect()
    }

    /// The last checkpoint that a moment can be reached from.
    fn nearest(&self, position: usize, at: Time, steps: Option<u64>) -> Option<usize> {
        self.checkpoints.iter().rposition(|(lived, checkpoint)| {
            *lived <= position && checkpoint.time() <= at && steps.is_none_or(|steps| checkpoint.steps() <= steps)
        })
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

    /// Goes to a moment of the session. Gives the steps that were lived again on the way.
    pub fn go_to(&mut self, world: &mut World, target: Moment) -> u64 {
        let steps = target.steps.or_else(|| self.entries.get(target.position).map(|entry| entry.steps));
        let Some(from) = self.nearest(target.position, target.at, steps) else { return 0 };
        self.note_end(world);
        self.redo_all = false;
        let (mut position, checkpoint) = self.checkpoints[from].clone();
        world.restore(&checkpoint);
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
        world.steps() - checkpoint.steps()
    }

    /// Another world at the moment of this one, lived again from the nearest checkpoint, with what runs in it. `None` where there
    /// is no checkpoint.
    pub fn live_again(&mut self, world: &World) -> Option<World> {
        let now = Moment { position: self.position, at: world.now(), steps: Some(world.steps()) };
        self.nearest(now.position, now.at, now.steps)?;
        let mut again = World::fresh(&self.settings);
        self.go_to(&mut again, now);
        Some(again)
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
        Act::Open { .. } | Act::Close { .. } | Act::Resize { .. } | Act::Script { .. } => false,
    }
}

/// Lets an act enter the world.
fn apply(world: &mut World, act: &Act) {
    let shared = world.shared.clone();
    match act {
        Act::Open { terminal, columns, rows } => world.screens.open(&shared, *terminal, *columns, *rows),
        Act::Close { terminal } => world.screens.close(&shared, *terminal),
        Act::Type { terminal, bytes } => world.screens.input(*terminal, bytes),
        Act::Resize { terminal, columns, rows } => world.screens.resize(*terminal, *columns, *rows),
        Act::Save { path, bytes } => crate::boot::write_file(&shared, path, bytes),
        Act::Script { text } => shared.start_script(text),
        Act::Remove { path } => {
            if let Some(path) = crate::boot::absolute(&shared.user, path) {
                let now = world.now();
                let root = machine::User::root();
                let _ = shared.kernel.with(|kernel| kernel.remove_file(shared.laptop, &root, &path, now));
            }
        }
    }
    world.screens.collect(&shared);
}

#[cfg(test)]
mod tests {
    use api::{Method, PatchType, Request};
    use serde_json::json;

    use super::*;
    use crate::{Playground, Replay, TerminalId};

    const PODS: &str = "apiVersion: v1
kind: Pod
metadata: {name: loop}
spec:
  containers: [{name: c, image: busybox, command: [sh, -c, 'while true; do date; sleep 10; done']}]
---
apiVersion: v1
kind: Pod
metadata: {name: crash}
spec:
  containers: [{name: c, image: busybox, command: [sh, -c, 'echo starts; sleep 1; exit 1']}]
";

    fn started(files: &[(&str, &str)]) -> (Playground, TerminalId) {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
        let mut world = Playground::new(Settings { files, ..Settings::default() });
        let terminal = world.open_terminal(80, 24);
        (world, terminal)
    }

    fn pass(world: &mut Playground, seconds: u64) {
        let end = world.now() + Duration::from_secs(seconds);
        while world.now() < end {
            let until = end.min(world.now() + Duration::from_secs(5));
            while world.advance(until, 5_000).out_of_fuel {}
        }
    }

    fn type_line(world: &mut Playground, terminal: TerminalId, line: &str) {
        world.input(terminal, format!("{line}\r").as_bytes());
        pass(world, 5);
    }

    /// Goes to a moment; returns the steps it took.
    fn steps_to(world: &mut Playground, target: Moment) -> u64 {
        world.history.go_to(&mut world.world, target)
    }

    #[test]
    fn old_command_lines_are_undone_at_once_and_the_way_to_any_moment_is_bounded() {
        let (mut world, terminal) = started(&[("pods.yaml", PODS)]);
        type_line(&mut world, terminal, "kubectl apply -f pods.yaml");
        for n in 0..3 {
            type_line(&mut world, terminal, &format!("echo {n}"));
        }
        pass(&mut world, 40 * 60); // 80 checkpoints, if all were kept
        assert_eq!(world.history.checkpoints.len(), MOST);
        let lived = world.world.steps();
        assert!(lived > 20 * 300, "{lived} steps are few for this test");
        for _ in 0..3 {
            let target = world.history.undo_target().expect("a command line");
            let steps = steps_to(&mut world, target);
            assert!(steps < 2_000, "{steps} steps to undo a line");
        }
        let (from, to) = (world.history.beginning(), world.furthest());
        for part in 0..10 {
            let at = from + to.since(from) / 10 * part;
            let target = world.history.at(at);
            let steps = steps_to(&mut world, target);
            assert!(steps < lived / 8 + 2_000, "{steps} of {lived} steps to a moment");
        }
    }

    #[test]
    fn a_long_session_takes_fewer_checkpoints_an_hour_and_undoes_at_once() {
        let (mut world, terminal) = started(&[]);
        let mut taken = Vec::new();
        for _ in 0..6 {
            let mut count = 0;
            let mut last = None;
            for _ in 0..360 {
                let until = world.now() + Duration::from_secs(10);
                world.advance(until, u64::MAX);
                let newest = world.history.checkpoints.last().map(|(_, checkpoint)| checkpoint.time());
                count += u32::from(newest != last);
                last = newest;
            }
            taken.push(count);
        }
        assert!(taken[0] > 60 && taken[5] * 4 < taken[0], "{taken:?}");
        type_line(&mut world, terminal, "echo late");
        let target = world.history.undo_target().expect("a line");
        assert_eq!(steps_to(&mut world, target), 0);
    }

    /// All that tells whether two worlds are the same: steps, objects, logs.
    fn seen(world: &Playground) -> String {
        let mut text = format!("{:?} {}\n", world.now(), world.world.steps());
        for resource in ["pods", "events", "leases.coordination.k8s.io"] {
            for object in world.objects(resource, None) {
                text.push_str(&format!("{object}\n"));
            }
        }
        world.world.shared.kernel.with(|kernel| {
            for line in kernel.machines.values().flat_map(|machine| machine.log.iter()) {
                text.push_str(&format!("{:?} {}\n", line.time, line.text));
            }
        });
        text
    }

    #[test]
    fn a_world_with_scripts_is_forked_and_lived_again_as_it_was() {
        let (mut world, terminal) = started(&[("pods.yaml", PODS)]);
        type_line(&mut world, terminal, "kubectl apply -f pods.yaml");
        pass(&mut world, 47);
        let mut fork = world.fork().expect("the scripts are data");
        type_line(&mut world, terminal, "kubectl logs loop | tail -1");
        type_line(&mut fork, terminal, "kubectl logs loop | tail -1");
        pass(&mut world, 33);
        pass(&mut fork, 33);
        let now = seen(&world);
        assert!(now.contains("Sun Nov 22"), "{now}");
        assert!(seen(&fork) == now, "a fork goes on as its origin");
        assert!(seen(&Playground::replay(&world.session())) == now, "a replay is the same");
        let (mut replay, mut parts) = (Replay::new(world.session()), vec![0.0]);
        while !replay.go_on(7) {
            parts.push(replay.part());
        }
        assert!(parts.len() > 20 && parts.is_sorted() && replay.part() == 1.0, "{parts:?}");
        let replayed = replay.playground();
        assert!(seen(&replayed) == now, "in pieces, too");
        assert!(replayed.history.checkpoints.len() > 2, "and what is looked at then is near");
        world.undo();
        world.redo();
        assert!(seen(&world) == now, "undone and done again");
    }

    #[test]
    fn checkpoints_of_a_future_that_was_given_up_are_forgotten() {
        let (mut world, terminal) = started(&[]);
        type_line(&mut world, terminal, "echo one");
        let then = world.now();
        pass(&mut world, 200);
        world.seek(then + Duration::from_secs(10));
        type_line(&mut world, terminal, "touch made");
        pass(&mut world, 20);
        let now = world.now();
        pass(&mut world, 300);
        world.seek(now);
        assert!(world.read_file("made").is_some());
    }

    #[test]
    fn checkpoints_hold_a_bounded_part_of_the_past() {
        let (mut world, _) = started(&[]);
        let patch = |world: &mut Playground, text: &str| {
            let request = Request {
                patch: Some(PatchType::Merge),
                ..Request::new(Method::Patch, "/api/v1/namespaces/default/configmaps/large")
                    .with_body(json!({"data": {"k": text}}))
            };
            drop(world.answer(&request));
        };
        let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "large"}});
        drop(world.answer(&Request::new(Method::Post, "/api/v1/namespaces/default/configmaps").with_body(body)));
        for n in 0..150 {
            patch(&mut world, &format!("{n}").repeat(300_000));
            pass(&mut world, 31);
            assert!(world.history.bytes() <= MOST_BYTES || world.history.checkpoints.len() <= FEWEST);
        }
        let (from, to) = world.world.checkpoint().expect("nothing runs").history_span();
        assert!(to - from > 2 << 20 && to > 64 << 20, "{from} {to}");
        assert!(world.history.checkpoints.len() >= FEWEST);
        let mut world = world.without_checkpoints();
        patch(&mut world, "x");
        pass(&mut world, 100);
        assert!(world.history.checkpoints.is_empty() && !world.can_undo());
        let (before, now) = (world.revision(), world.now());
        world.undo();
        world.seek(now - Duration::from_secs(50));
        assert_eq!((world.revision(), world.now()), (before, now));
    }
}
