//! The whole world behind one door.

use std::rc::Rc;

use api::Request;
use cluster::Cx;
use machine::User;
use serde_json::Value;
use sim::{Duration, Time};

use crate::history::History;
use crate::screens::place;
use crate::transport::json_of;
use crate::world::{Checkpoint, World};
use crate::{
    Act, Advance, CommandRun, Output, Place, PodFile, Session, Settings, Step, TerminalId, Timeline, TraceId,
    TraceRecord, boot, files,
};

/// How far [`Playground::step_one`] looks, and with how many steps.
const LOOK_AHEAD: Duration = Duration::from_secs(360);
const STEP_FUEL: u64 = 100_000;

/// The whole world: a laptop, a minikube node with a cluster, terminals, and everything that entered it so far.
///
/// Time moves only through [`Playground::advance`], [`Playground::advance_for_commands`], [`Playground::skip_to_next`] and
/// [`Playground::step_one`]. What is read (`get`, `timeline`, `traces` …) leaves no trace in the world.
pub struct Playground {
    pub(crate) world: World,
    pub(crate) history: History,
    next_terminal: u32,
}

/// A world that is being started, in as many pieces as its host likes. However many they are, it comes to be the same world.
pub struct Starting {
    settings: Settings,
    world: World,
}

impl Starting {
    /// Makes the machines and the control plane; nothing runs yet.
    pub fn new(settings: Settings) -> Self {
        Starting { world: World::fresh(&settings), settings }
    }

    /// Goes on as long as `go` says so, which is asked before each step. True once the world is started.
    pub fn go_on(&mut self, go: &mut dyn FnMut() -> bool) -> bool {
        self.world.start(&self.settings, go)
    }

    /// The started world, after whatever was left to do.
    pub fn finish(mut self) -> Playground {
        self.go_on(&mut || true);
        let history = History::new(self.settings, &self.world);
        Playground { world: self.world, history, next_terminal: 1 }
    }
}

impl Playground {
    /// A fresh world, started: the node is Ready, the system Pods run, no terminal is open.
    pub fn new(settings: Settings) -> Self {
        Starting::new(settings).finish()
    }

    /// The same world for a host that never goes back: no checkpoints are kept, so that its memory does not grow with what
    /// has been. [`Playground::undo`], [`Playground::seek`] and [`Playground::reset`] do nothing.
    #[must_use]
    pub fn without_checkpoints(mut self) -> Self {
        self.history.keep_none();
        self
    }

    /// How the world began.
    pub fn settings(&self) -> &Settings {
        self.history.settings()
    }

    /// The virtual time.
    pub fn now(&self) -> Time {
        self.world.now()
    }

    /// When the world was handed over: where its session begins.
    pub fn beginning(&self) -> Time {
        self.history.beginning()
    }

    /// When anything happens next if nothing enters the world.
    pub fn next_due(&self) -> Option<Time> {
        self.world.next_due()
    }

    /// Equal as long as nothing but time has passed: nothing happened, and nothing entered the world.
    pub fn version(&self) -> (u64, usize) {
        (self.world.steps(), self.history.position())
    }

    /// Lets time pass until `until`, taking at most `fuel` steps.
    pub fn advance(&mut self, until: Time, fuel: u64) -> Advance {
        let done = self.world.run(until, fuel);
        if done {
            self.world.shared.sim.set_now(until);
        }
        self.advanced(!done)
    }

    fn advanced(&mut self, out_of_fuel: bool) -> Advance {
        self.history.keep(&self.world);
        Advance { now: self.now(), out_of_fuel, busy: self.world.is_busy() }
    }

    /// As [`Playground::advance`], but stops as soon as no command runs: what a host calls while paused.
    pub fn advance_for_commands(&mut self, until: Time, fuel: u64) -> Advance {
        let done = self.world.run_while(until, fuel, &mut World::is_busy);
        if done && self.world.is_busy() {
            self.world.shared.sim.set_now(until);
        }
        self.advanced(!done)
    }

    /// Passes over a wait: moves to the next moment at which anything happens and lets it happen.
    pub fn skip_to_next(&mut self) -> Advance {
        if let Some(due) = self.world.next_due() {
            self.world.shared.sim.set_now(due);
            let now = self.now();
            self.world.run(now, STEP_FUEL);
        }
        self.advanced(false)
    }

    /// Lets the cluster make its next decision (with what happens before it), and names it. `None` when none is due
    /// within the next minutes; no time has passed then, unless a command runs, which needs its time.
    pub fn step_one(&mut self) -> Option<Step> {
        let until = self.now() + LOOK_AHEAD;
        if let Some(here) = self.world.checkpoint() {
            World::fork(self.history.settings(), &here).decide(until, STEP_FUEL)?;
        }
        let step = self.world.decide(until, STEP_FUEL)?;
        self.history.keep(&self.world);
        Some(step)
    }

    /// Lets something enter the world, and writes it down.
    pub(crate) fn act(&mut self, act: Act) {
        self.history.write_down(&mut self.world, act);
    }

    /// Opens a terminal: a bash on the outside computer.
    pub fn open_terminal(&mut self, columns: u16, rows: u16) -> TerminalId {
        let highest = self.world.screens.ids().into_iter().map(|id| id.0).max().unwrap_or_default();
        let terminal = TerminalId(self.next_terminal.max(highest + 1));
        self.next_terminal = terminal.0 + 1;
        self.act(Act::Open { terminal, columns, rows });
        terminal
    }

    /// Closes a terminal; what runs in it is hung up.
    pub fn close_terminal(&mut self, terminal: TerminalId) {
        self.act(Act::Close { terminal });
    }

    /// The open terminals.
    pub fn terminals(&self) -> Vec<TerminalId> {
        self.world.screens.ids()
    }

    /// Bytes typed (or pasted) into a terminal.
    pub fn input(&mut self, terminal: TerminalId, bytes: &[u8]) {
        if !bytes.is_empty() && self.world.screens.ids().contains(&terminal) {
            self.act(Act::Type { terminal, bytes: bytes.to_vec() });
        }
    }

    /// What the terminal has for its host since the last call.
    pub fn output(&mut self, terminal: TerminalId) -> Vec<Output> {
        self.world.screens.take_output(terminal)
    }

    /// The terminal has another size.
    pub fn resize(&mut self, terminal: TerminalId, columns: u16, rows: u16) {
        if self.world.screens.size(&self.world.shared, terminal).is_some_and(|size| size != (columns, rows)) {
            self.act(Act::Resize { terminal, columns, rows });
        }
    }

    /// Where the terminal is: the outside computer, and the sessions nested in it, the innermost last.
    pub fn terminal_places(&self, terminal: TerminalId) -> Vec<Place> {
        self.world.screens.places(&self.world.shared, terminal)
    }

    /// Whether a command runs in this terminal (rather than a prompt waiting).
    pub fn is_busy(&self, terminal: TerminalId) -> bool {
        self.world.screens.busy(terminal)
    }

    /// The files of the outside computer's home folder, without hidden ones: path below it, in order.
    pub fn files(&self) -> Vec<String> {
        let shared = &self.world.shared;
        let mut found = Vec::new();
        let mut folders = vec![String::new()];
        shared.kernel.with(|kernel| {
            while let Some(folder) = folders.pop() {
                let path = format!("{}/{folder}", shared.user.home);
                let entries = kernel.read_dir(shared.laptop, &User::root(), &path).unwrap_or_default();
                for entry in entries.into_iter().filter(|entry| !entry.name.starts_with('.')) {
                    let path = format!("{folder}{}", entry.name);
                    match entry.file_type {
                        machine::FileType::Directory if path.matches('/').count() < 8 => folders.push(path + "/"),
                        machine::FileType::File => found.push(path),
                        _ => {}
                    }
                }
            }
        });
        sim::order::sort(&mut found);
        found
    }

    /// A file of the outside computer's home folder.
    pub fn read_file(&self, path: &str) -> Option<Vec<u8>> {
        let shared = &self.world.shared;
        let path = boot::absolute(&shared.user, path)?;
        shared.kernel.with(|kernel| kernel.read_file(shared.laptop, &User::root(), &path)).ok()
    }

    /// Saves a file into the outside computer's home folder, as the editor does. Nothing happens if it has this content.
    pub fn save_file(&mut self, path: &str, bytes: &[u8]) {
        if self.read_file(path).as_deref() != Some(bytes) {
            self.act(Act::Save { path: path.to_owned(), bytes: bytes.to_vec() });
        }
    }

    /// Removes a file from the outside computer's home folder.
    pub fn remove_file(&mut self, path: &str) {
        if self.read_file(path).is_some() {
            self.act(Act::Remove { path: path.to_owned() });
        }
    }

    /// Changes when the files of the home folder may have changed: equal numbers, equal files.
    pub fn files_revision(&self) -> u64 {
        let shared = &self.world.shared;
        let mut sum = 0_u64;
        shared.kernel.with(|kernel| {
            for path in self.files_in(kernel) {
                if let Ok(data) = kernel.metadata(shared.laptop, &User::root(), &path, true) {
                    let parts = [data.modified.unix_micros().unsigned_abs(), data.size, data.identity.1];
                    for part in parts {
                        sum = (sum ^ part).wrapping_mul(0x0100_0000_01b3).rotate_left(17);
                    }
                }
                for byte in path.bytes() {
                    sum = (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
                }
            }
        });
        sum
    }

    fn files_in(&self, kernel: &machine::KernelState) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.world.shared.user.home.clone()];
        while let Some(folder) = folders.pop() {
            let entries = kernel.read_dir(self.world.shared.laptop, &User::root(), &folder).unwrap_or_default();
            for entry in entries.into_iter().filter(|entry| !entry.name.starts_with('.')) {
                let path = format!("{folder}/{}", entry.name);
                match entry.file_type {
                    machine::FileType::Directory if path.matches('/').count() < 10 => folders.push(path),
                    machine::FileType::File => found.push(path),
                    _ => {}
                }
            }
        }
        sim::order::sort(&mut found);
        found
    }

    /// What the API server answers to a GET (or a dry run), without a log entry and without time passing.
    pub fn get(&self, request: &Request) -> Value {
        let control = self.world.shared.control.borrow().clone();
        let (mut cluster, mut rng) = (control.cluster, control.rng);
        json_of(cluster.handle(&mut Cx { now: self.now(), rng: &mut rng }, request))
    }

    /// The objects of a resource (`pods`, `deployments.apps`) of one namespace or of all, as stored.
    pub fn objects(&self, resource: &str, namespace: Option<&str>) -> Vec<Rc<Value>> {
        let control = self.world.shared.control.borrow();
        control.cluster.store().list(resource, namespace).map(|(_, object)| object.clone()).collect()
    }

    /// The store's revision: equal revisions, equal objects.
    pub fn revision(&self) -> u64 {
        self.world.shared.control.borrow().cluster.revision()
    }

    /// What the cluster's components have done so far, those that did anything.
    pub fn costs(&self) -> Vec<(&'static str, cluster::Work)> {
        let control = self.world.shared.control.borrow();
        let all = cluster::Component::ALL.into_iter().map(|one| (one.name(), control.cluster.work(one)));
        all.filter(|(_, work)| *work != cluster::Work::default()).collect()
    }

    /// The packets that programs of terminals sent lately (probes are not among them), oldest first.
    pub fn traces(&self) -> Vec<TraceRecord> {
        let shared = &self.world.shared;
        let records = shared.kernel.with(|kernel| kernel.traces.clone());
        records
            .iter()
            .map(|record| TraceRecord {
                id: TraceId(record.id.0),
                at: record.time,
                terminal: record.tty.and_then(|tty| self.world.screens.terminal_of(tty)),
                program: record.program.to_string(),
                place: place(shared, record.machine),
                trace: (*record.trace).clone(),
            })
            .collect()
    }

    /// The last of them.
    pub fn last_trace(&self) -> Option<TraceId> {
        self.world.shared.kernel.with(|kernel| kernel.traces.iter().last().map(|record| TraceId(record.id.0)))
    }

    /// One of them.
    pub fn trace(&self, id: TraceId) -> Option<TraceRecord> {
        self.traces().into_iter().find(|record| record.id == id)
    }

    /// The command lines that were run, oldest first.
    pub fn commands(&self) -> Vec<CommandRun> {
        self.world.screens.commands()
    }

    /// The last of them.
    pub fn last_command(&self) -> Option<CommandRun> {
        self.world.screens.last_command()
    }

    /// The files a running Pod's containers have beyond their images, and what becomes of each.
    pub fn pod_files(&self, namespace: &str, pod: &str) -> Vec<PodFile> {
        let shared = &self.world.shared;
        let (control, node) = (shared.control.borrow(), shared.node.borrow());
        shared.kernel.with(|kernel| files::pod_files(kernel, &node, control.cluster.store(), namespace, pod))
    }

    /// The files in a claim's volume, whether a Pod uses it now or not. Their paths begin at the volume's top, and their
    /// container is empty.
    pub fn claim_files(&self, namespace: &str, claim: &str) -> Vec<PodFile> {
        let shared = &self.world.shared;
        let (control, node) = (shared.control.borrow(), shared.node.borrow());
        shared.kernel.with(|kernel| files::claim_files(kernel, &node, control.cluster.store(), namespace, claim))
    }

    /// The lives so far.
    pub fn timeline(&self) -> Timeline {
        let lives = self.world.shared.lives.borrow();
        Timeline {
            from: self.history.beginning(),
            until: self.now(),
            lives: lives.lives.clone(),
            marks: lives.marks.clone(),
        }
    }

    /// Whether there is something to undo.
    pub fn can_undo(&self) -> bool {
        self.history.undo_target().is_some()
    }

    /// Goes back to before the last command line or saved file. What was undone can be redone until something else is done.
    pub fn undo(&mut self) {
        if let Some(target) = self.history.undo_target() {
            self.history.go_to(&mut self.world, target);
        }
    }

    /// Whether there is something to redo.
    pub fn can_redo(&self) -> bool {
        self.history.redo_target(self.now()).is_some()
    }

    /// Does again what was undone last, as it was.
    pub fn redo(&mut self) {
        if let Some(target) = self.history.redo_target(self.now()) {
            self.history.go_to(&mut self.world, target);
        }
    }

    /// Goes to another moment of this session, back or forth. What came after stays in the log (and can be gone forward to)
    /// until something new enters the world; then it is forgotten.
    pub fn seek(&mut self, to: Time) {
        let target = self.history.at(to);
        self.history.go_to(&mut self.world, target);
    }

    /// The furthest moment [`Playground::seek`] can go to: later than now while the past is looked at.
    pub fn furthest(&self) -> Time {
        self.history.furthest(self.now())
    }

    /// Back to the beginning; undone by [`Playground::redo`].
    pub fn reset(&mut self) {
        self.history.note_end(&self.world);
        let target = self.history.start();
        self.history.go_to(&mut self.world, target);
        self.history.redo_all();
    }

    /// The session so far, for saving and sharing.
    pub fn session(&self) -> Session {
        self.history.session(&self.world)
    }

    /// Lives a session again, byte for byte. See [`Replay`] for one that takes long.
    pub fn replay(session: &Session) -> Self {
        let mut replay = Replay::new(session.clone());
        while !replay.go_on(u64::MAX) {}
        replay.playground
    }

    /// Everything at this moment, as data: cheap, whatever runs in the cluster. `None` while a command runs in a terminal,
    /// which is no data.
    pub fn snapshot(&self) -> Option<Snapshot> {
        let checkpoint = self.world.checkpoint()?;
        Some(Snapshot { checkpoint, history: self.history.clone(), next_terminal: self.next_terminal })
    }

    /// Goes on from a snapshot, in a world of its own.
    pub fn resume(snapshot: &Snapshot) -> Playground {
        let history = snapshot.history.clone();
        let world = World::fork(history.settings(), &snapshot.checkpoint);
        Playground { world, history, next_terminal: snapshot.next_terminal }
    }

    /// Another playground at the same moment: what happens in one does not show in the other. `None` while a command runs.
    pub fn fork(&self) -> Option<Playground> {
        self.snapshot().as_ref().map(Playground::resume)
    }

    /// The same beside commands that run in the background of a terminal, which are no data: what came since the last checkpoint
    /// is lived again, and they with it. `None` while a command runs in the foreground, or without checkpoints.
    pub fn fork_with_jobs(&self) -> Option<Playground> {
        if let Some(fork) = self.fork() {
            return Some(fork);
        }
        if self.terminals().into_iter().any(|terminal| self.is_busy(terminal)) {
            return None;
        }
        let mut history = self.history.clone();
        let world = history.live_again(&self.world)?;
        Some(Playground { world, history, next_terminal: self.next_terminal })
    }
}

/// A session that is lived again, byte for byte, a piece at a time: so that a host can say how far it is.
pub struct Replay {
    playground: Playground,
    session: Session,
    /// How many entries have entered the world.
    lived: usize,
}

impl Replay {
    /// Begins: the world has booted, nothing has entered it.
    pub fn new(session: Session) -> Self {
        Replay { playground: Playground::new(session.settings.clone()), session, lived: 0 }
    }

    /// Lives on for at most so many turns of the world (each some microseconds to milliseconds); an entry is one, too. True
    /// when all is lived.
    pub fn go_on(&mut self, mut turns: u64) -> bool {
        let playground = &mut self.playground;
        loop {
            let entry = self.session.entries.get(self.lived);
            let (at, steps) = entry.map_or((self.session.end, self.session.end_steps), |entry| (entry.at, entry.steps));
            while !playground.world.turn_to_stamp(at, steps) {
                // Checkpoints on the way: what is looked at later is not lived again from the beginning.
                playground.history.keep(&playground.world);
                turns -= 1;
                if turns == 0 {
                    return false;
                }
            }
            let Some(entry) = entry else { return true };
            playground.act(entry.act.clone());
            self.lived += 1;
            turns -= 1;
            if turns == 0 {
                return false;
            }
        }
    }

    /// How far it is, from 0 to 1, in virtual time.
    pub fn part(&self) -> f64 {
        let from = self.playground.history.beginning();
        let all = self.session.end.since(from).as_secs_f64();
        if all > 0.0 { (self.playground.now().since(from).as_secs_f64() / all).min(1.0) } else { 1.0 }
    }

    /// The world as far as it has come, to take what its terminals print.
    pub(crate) fn playground_mut(&mut self) -> &mut Playground {
        &mut self.playground
    }

    /// The world as far as it has come: all of the session once [`Replay::go_on`] has said so.
    pub fn playground(self) -> Playground {
        self.playground
    }
}

/// A playground at one moment, as data; see [`Playground::snapshot`].
#[derive(Clone)]
pub struct Snapshot {
    checkpoint: Checkpoint,
    history: History,
    next_terminal: u32,
}
