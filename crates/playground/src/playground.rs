//! The whole world behind one door.

use api::Request;
use serde_json::Value;
use sim::{Duration, Time};

use crate::{
    Advance, CommandRun, Output, Place, PodFile, Session, Settings, Step, TerminalId, Timeline, TraceId, TraceRecord,
};

/// The whole world: a laptop, a minikube node with a cluster, terminals, and everything that entered it so far.
///
/// Time moves only through [`Playground::advance`], [`Playground::advance_for_commands`], [`Playground::skip_to_next`] and
/// [`Playground::step_one`]. What is read (`get`, `timeline`, `traces` …) leaves no trace in the world.
pub struct Playground {
    settings: Settings,
    now: Time,
}

impl Playground {
    /// A fresh world, started: the node is Ready, the system Pods run, no terminal is open.
    pub fn new(settings: Settings) -> Self {
        Playground { now: settings.epoch + Duration::from_secs(80), settings }
    }

    /// How the world began.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The virtual time.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Lets time pass until `until`, taking at most `fuel` steps.
    pub fn advance(&mut self, until: Time, fuel: u64) -> Advance {
        let _ = fuel;
        self.now = self.now.max(until);
        Advance { now: self.now, out_of_fuel: false, busy: false }
    }

    /// As [`Playground::advance`], but stops as soon as no command runs: what a host calls while paused.
    pub fn advance_for_commands(&mut self, until: Time, fuel: u64) -> Advance {
        self.advance(until, fuel)
    }

    /// Passes over a wait: moves to the next moment at which anything happens and lets it happen.
    pub fn skip_to_next(&mut self) -> Advance {
        self.advance(self.now, 1)
    }

    /// Lets the cluster make its next decision (with what happens before it), and names it. `None` when none is due
    /// within the next minute.
    pub fn step_one(&mut self) -> Option<Step> {
        None
    }

    /// Opens a terminal: a bash on the outside computer.
    pub fn open_terminal(&mut self, columns: u16, rows: u16) -> TerminalId {
        let _ = (columns, rows);
        TerminalId(1)
    }

    /// Closes a terminal; what runs in it is hung up.
    pub fn close_terminal(&mut self, terminal: TerminalId) {
        let _ = terminal;
    }

    /// The open terminals.
    pub fn terminals(&self) -> Vec<TerminalId> {
        Vec::new()
    }

    /// Bytes typed (or pasted) into a terminal.
    pub fn input(&mut self, terminal: TerminalId, bytes: &[u8]) {
        let _ = (terminal, bytes);
    }

    /// What the terminal has for its host since the last call.
    pub fn output(&mut self, terminal: TerminalId) -> Vec<Output> {
        let _ = terminal;
        Vec::new()
    }

    /// The terminal has another size.
    pub fn resize(&mut self, terminal: TerminalId, columns: u16, rows: u16) {
        let _ = (terminal, columns, rows);
    }

    /// Where the terminal is: the outside computer, and the sessions nested in it, the innermost last.
    pub fn terminal_places(&self, terminal: TerminalId) -> Vec<Place> {
        let _ = terminal;
        vec![Place::Laptop]
    }

    /// Whether a command runs in this terminal (rather than a prompt waiting).
    pub fn is_busy(&self, terminal: TerminalId) -> bool {
        let _ = terminal;
        false
    }

    /// The files of the outside computer's home folder, without hidden ones: path below it, in order.
    pub fn files(&self) -> Vec<String> {
        self.settings.files.iter().map(|(path, _)| path.clone()).collect()
    }

    /// A file of the outside computer's home folder.
    pub fn read_file(&self, path: &str) -> Option<Vec<u8>> {
        self.settings.files.iter().find(|(name, _)| name == path).map(|(_, bytes)| bytes.clone())
    }

    /// Saves a file into the outside computer's home folder, as the editor does.
    pub fn save_file(&mut self, path: &str, bytes: &[u8]) {
        let _ = (path, bytes);
    }

    /// Removes a file from the outside computer's home folder.
    pub fn remove_file(&mut self, path: &str) {
        let _ = path;
    }

    /// Counts changes of the outside computer's disk: equal numbers, equal files.
    pub fn files_revision(&self) -> u64 {
        0
    }

    /// What the API server answers to a GET (or a dry run), without a log entry and without time passing.
    pub fn get(&self, request: &Request) -> Value {
        let _ = request;
        Value::Null
    }

    /// The objects of a resource (`pods`, `deployments.apps`) of one namespace or of all, as stored.
    pub fn objects(&self, resource: &str, namespace: Option<&str>) -> Vec<std::rc::Rc<Value>> {
        let _ = (resource, namespace);
        Vec::new()
    }

    /// The store's revision: equal revisions, equal objects.
    pub fn revision(&self) -> u64 {
        0
    }

    /// The packets that programs of terminals sent lately (probes are not among them), oldest first.
    pub fn traces(&self) -> Vec<TraceRecord> {
        Vec::new()
    }

    /// One of them.
    pub fn trace(&self, id: TraceId) -> Option<TraceRecord> {
        self.traces().into_iter().find(|record| record.id == id)
    }

    /// The command lines that were run, oldest first.
    pub fn commands(&self) -> Vec<CommandRun> {
        Vec::new()
    }

    /// The files a running Pod's containers have beyond their images, and what becomes of each.
    pub fn pod_files(&self, namespace: &str, pod: &str) -> Vec<PodFile> {
        let _ = (namespace, pod);
        Vec::new()
    }

    /// The lives so far.
    pub fn timeline(&self) -> Timeline {
        Timeline { from: self.settings.epoch, until: self.now, ..Timeline::default() }
    }

    /// Whether there is something to undo.
    pub fn can_undo(&self) -> bool {
        false
    }

    /// Goes back to before the last command line or saved file. What was undone can be redone until something else is done.
    pub fn undo(&mut self) {}

    /// Whether there is something to redo.
    pub fn can_redo(&self) -> bool {
        false
    }

    /// Does again what was undone last, as it was.
    pub fn redo(&mut self) {}

    /// Goes to another moment of this session, back or forth. What came after stays in the log (and can be gone forward to)
    /// until something new enters the world; then it is forgotten.
    pub fn seek(&mut self, to: Time) {
        self.now = to;
    }

    /// Back to the beginning; undone by [`Playground::redo`].
    pub fn reset(&mut self) {
        self.seek(self.settings.epoch);
    }

    /// The session so far, for saving and sharing.
    pub fn session(&self) -> Session {
        Session { settings: self.settings.clone(), entries: Vec::new(), end: self.now, end_steps: 0 }
    }

    /// Lives a session again, byte for byte.
    pub fn replay(session: &Session) -> Self {
        Playground::new(session.settings.clone())
    }
}
