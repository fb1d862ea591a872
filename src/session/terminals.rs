//! The terminals of the page: which are open, where each is, and lines that wait to be typed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use lesson::Place;
use playground::{Playground, TerminalId};
use yew::Callback;

use super::{Screen, Session};
use crate::browser::milliseconds;
use lesson::place;

/// Columns and rows of a terminal nobody has measured yet.
const SIZE: (u16, u16) = (100, 24);

#[derive(Default)]
pub(super) struct Tabs {
    pub open: Vec<TerminalId>,
    pub active: Option<TerminalId>,
    queue: VecDeque<Queued>,
    /// What is to be said once the running command has ended.
    pub notes: BTreeMap<TerminalId, String>,
    /// The terminals that have shown something.
    pub met: BTreeSet<TerminalId>,
    /// The sizes of the screens, and those the world knows.
    sizes: BTreeMap<TerminalId, (u16, u16)>,
    known: BTreeMap<TerminalId, (u16, u16)>,
}

/// A line that is typed once its terminal is at a prompt in its place.
struct Queued {
    terminal: TerminalId,
    place: Place,
    line: String,
    /// Whether it is only typed, for a person to send it.
    unsent: bool,
    /// Since when its terminal has been at a prompt elsewhere.
    astray: Option<f64>,
}

/// Milliseconds after which a line is given up whose terminal never came to its place (an `exec` that failed, say).
const PATIENCE: f64 = 4_000.0;

impl Tabs {
    /// Takes over the terminals the world has (after a replay, say), and makes sure that there is one.
    pub fn adopt(&mut self, playground: &mut Playground) {
        self.queue.clear();
        self.known.clear();
        self.open = playground.terminals();
        if self.open.is_empty() {
            self.open.push(playground.open_terminal(SIZE.0, SIZE.1));
        }
        if self.active.is_none_or(|active| !self.open.contains(&active)) {
            self.active = self.open.first().copied();
        }
    }

    /// The first terminal.
    pub fn first(&self) -> TerminalId {
        self.open.first().copied().unwrap_or(TerminalId(1))
    }

    /// How wide a terminal's screen is.
    pub fn columns(&self, terminal: TerminalId) -> u16 {
        self.sizes.get(&terminal).map_or(SIZE.0, |size| size.0)
    }

    fn innermost(playground: &Playground, terminal: TerminalId) -> Place {
        playground.terminal_places(terminal).last().map_or(Place::Outside, place)
    }

    /// Where a terminal will be when what runs in it, and what waits to be typed, is done.
    fn heading_to(&self, playground: &Playground, terminal: TerminalId) -> Place {
        let mut places: Vec<Place> = playground.terminal_places(terminal).iter().map(place).collect();
        let runs = playground.commands();
        let running = runs.iter().rev().find(|run| run.terminal == terminal && run.ended.is_none());
        let waiting = self.queue.iter().filter(|queued| queued.terminal == terminal).map(|queued| queued.line.as_str());
        let starting = running.filter(|run| places.last() == Some(&place(&run.place))).map(|run| run.line.as_str());
        for line in starting.into_iter().chain(waiting) {
            match enters(line) {
                Some(inner) => places.push(inner),
                None if line.trim() == "exit" && places.len() > 1 => drop(places.pop()),
                None => {}
            }
        }
        places.pop().unwrap_or_default()
    }

    /// Finds a terminal at a prompt in this place, the active one if possible; opens one (and goes there) if there is none.
    fn at(&mut self, playground: &mut Playground, wanted: &Place) -> TerminalId {
        let fits = |terminal: &TerminalId| self.heading_to(playground, *terminal) == *wanted;
        // The command in front is waited for, or stopped if it would never end by itself.
        if let Some(active) = self.active.filter(fits)
            && playground.is_busy(active)
        {
            if is_endless(playground, active) {
                playground.input(active, b"\x03");
            }
            return active;
        }
        let free = |terminal: &TerminalId| fits(terminal) && !playground.is_busy(*terminal);
        if let Some(found) = self.active.filter(fits).or_else(|| self.open.iter().copied().find(free)) {
            return found;
        }
        let terminal = playground.open_terminal(SIZE.0, SIZE.1);
        self.open.push(terminal);
        let enter = match wanted {
            Place::Outside => return terminal,
            Place::Node => "minikube ssh".to_owned(),
            Place::Pod(pod) => format!("kubectl exec -it {pod} -- {}", shell_of(playground, pod)),
        };
        self.queue.push_back(Queued { terminal, place: Place::Outside, line: enter, unsent: false, astray: None });
        terminal
    }

    /// Tells the world a screen's size if it does not know it: before something new enters it, lest what was undone be
    /// forgotten for a resize.
    pub fn tell_size(&mut self, playground: &mut Playground, terminal: TerminalId) {
        if let Some(size) = self.sizes.get(&terminal)
            && self.known.get(&terminal) != Some(size)
        {
            playground.resize(terminal, size.0, size.1);
            self.known.insert(terminal, *size);
        }
    }

    /// Whether a line waits to be typed.
    pub fn has_queued(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Types the first waiting line whose terminal is at its prompt; whether there was one.
    pub fn type_queued(&mut self, playground: &mut Playground) -> bool {
        let now = milliseconds();
        for queued in &mut self.queue {
            let lost =
                !playground.is_busy(queued.terminal) && Self::innermost(playground, queued.terminal) != queued.place;
            queued.astray = lost.then(|| queued.astray.unwrap_or(now));
        }
        self.queue.retain(|queued| queued.astray.is_none_or(|since| now - since < PATIENCE));
        let ready = |queued: &Queued| {
            !playground.is_busy(queued.terminal) && Self::innermost(playground, queued.terminal) == queued.place
        };
        let next = self.queue.iter().position(ready).and_then(|at| self.queue.remove(at));
        let Some(Queued { terminal, line, unsent, .. }) = next else { return false };
        self.tell_size(playground, terminal);
        // Whatever was half typed goes first.
        playground.input(terminal, format!("\x15{line}{}", if unsent { "" } else { "\r" }).as_bytes());
        true
    }
}

/// The place an interactive command leads to.
fn enters(line: &str) -> Option<Place> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        ["minikube", "ssh"] => Some(Place::Node),
        ["kubectl" | "k", "exec", flags, pod, ..] if flags.starts_with('-') && flags.contains('t') => {
            Some(Place::Pod((*pod).to_owned()))
        }
        _ => None,
    }
}

/// Whether the command that runs in a terminal goes on until somebody stops it.
fn is_endless(playground: &Playground, terminal: TerminalId) -> bool {
    let runs = playground.commands();
    let running = runs.iter().rev().find(|run| run.terminal == terminal && run.ended.is_none());
    running.is_some_and(|run| {
        let words: Vec<&str> = run.line.split_whitespace().collect();
        let has = |flags: &[&str]| words.iter().any(|word| flags.contains(word));
        match words.first().copied() {
            Some("ping") => !has(&["-c"]),
            Some("kubectl" | "k") => has(&["-w", "--watch", "-f", "--follow"]) && !has(&["apply", "create", "delete"]),
            Some("while" | "tail") => true,
            _ => false,
        }
    })
}

/// The shell there is in a Pod's image.
fn shell_of(playground: &Playground, pod: &str) -> &'static str {
    let pods = playground.objects("pods", Some("default"));
    let image = pods
        .iter()
        .find(|object| object["metadata"]["name"] == pod)
        .map(|object| object["spec"]["containers"][0]["image"].as_str().unwrap_or_default().to_owned());
    let small = image.is_some_and(|image| image.contains("busybox") || image.contains("alpine"));
    if small { "sh" } else { "bash" }
}

impl Session {
    /// Types a command line where it belongs, for all to see.
    pub fn run(&self, place: &Place, line: &str) {
        self.queue(place, line, false);
    }

    /// The same of several lines. They are pasted, so that a here-document arrives as it is.
    pub fn run_lines(&self, place: &Place, text: &str) {
        let text = text.trim_end();
        // The shells of small images cannot be pasted into.
        if matches!(place, Place::Pod(_)) || !text.contains(['\n', '\t']) {
            text.lines().for_each(|line| self.run(place, line));
        } else {
            self.run(place, &format!("\x1b[200~{text}\x1b[201~"));
        }
    }

    /// Types what a link brings: commands to run, and then one to leave unsent.
    #[inline(never)]
    pub(super) fn type_of_link(&self, run: Option<&str>, fill: Option<&str>) {
        if let Some(lines) = run {
            self.run_lines(&Place::Outside, lines);
        }
        if let Some(line) = fill {
            self.queue(&Place::Outside, line, true);
        }
    }

    fn queue(&self, place: &Place, line: &str, unsent: bool) {
        {
            let mut world = self.world_now();
            let world = &mut *world;
            world.save_staged(false);
            world.clock.go_on();
            let terminal = world.tabs.at(&mut world.playground, place);
            world.tabs.active = Some(terminal);
            world.tabs.queue.push_back(Queued {
                terminal,
                place: place.clone(),
                line: line.to_owned(),
                unsent,
                astray: None,
            });
        }
        self.touch();
    }

    /// Whether a line waits to be typed, or runs and will end by itself.
    pub fn is_under_way(&self, line: &str) -> bool {
        let world = self.0.world.borrow();
        let runs = world.playground.commands();
        let mut unended = runs.iter().filter(|run| run.ended.is_none() && run.line == line);
        world.tabs.queue.iter().any(|queued| queued.line == line)
            || unended.any(|run| world.playground.is_busy(run.terminal) && !is_endless(&world.playground, run.terminal))
    }

    /// Bytes for the terminal in front.
    pub fn type_in_front(&self, bytes: &[u8]) {
        let active = self.0.world.borrow().tabs.active;
        if let Some(terminal) = active {
            self.input(terminal, bytes);
        }
    }

    /// Bytes from a terminal's keyboard.
    pub fn input(&self, terminal: TerminalId, bytes: &[u8]) {
        let bytes = self.held_back(terminal, bytes);
        if bytes.is_empty() {
            return;
        }
        {
            let mut world = self.world_now();
            let world = &mut *world;
            if self.0.rest.is_here() {
                world.save_staged(false);
            }
            // A command whose button was pressed before these keys is typed before them.
            if self.0.rest.is_here() && world.tabs.type_queued(&mut world.playground) {
                world.keep.begin(&world.playground, &self.0.storage);
            }
            world.tabs.tell_size(&mut world.playground, terminal);
            world.playground.input(terminal, bytes);
            if bytes.contains(&b'\r') {
                world.clock.go_on();
                world.keep.begin(&world.playground, &self.0.storage);
            }
        }
        self.notify_page();
        self.wake();
    }

    /// A terminal's new size.
    pub fn resize(&self, terminal: TerminalId, columns: u16, rows: u16) {
        let mut world = self.0.world.borrow_mut();
        let world = &mut *world;
        world.tabs.sizes.insert(terminal, (columns, rows));
        if !world.playground.can_redo() {
            world.tabs.tell_size(&mut world.playground, terminal);
        }
        self.wake();
    }

    /// Opens a terminal, in a place if one is named.
    pub fn open_terminal(&self, place: &Place) {
        {
            let mut world = self.world_now();
            let world = &mut *world;
            let terminal = match place {
                Place::Outside => {
                    let terminal = world.playground.open_terminal(SIZE.0, SIZE.1);
                    world.tabs.open.push(terminal);
                    terminal
                }
                place => world.tabs.at(&mut world.playground, place),
            };
            world.tabs.active = Some(terminal);
        }
        self.touch();
    }

    /// Closes a terminal; the last one stays.
    pub fn close_terminal(&self, terminal: TerminalId) {
        {
            let mut world = self.world_now();
            let world = &mut *world;
            if world.tabs.open.len() > 1 {
                world.playground.close_terminal(terminal);
                world.tabs.open.retain(|open| *open != terminal);
                world.tabs.queue.retain(|queued| queued.terminal != terminal);
                if world.tabs.active == Some(terminal) {
                    world.tabs.active = world.tabs.open.last().copied();
                }
            }
        }
        self.touch();
    }

    /// Brings a terminal to the front.
    pub fn show_terminal(&self, terminal: TerminalId) {
        self.0.world.borrow_mut().tabs.active = Some(terminal);
        self.touch();
    }

    /// From now on this terminal's output goes to `screen`.
    pub fn attach(&self, terminal: TerminalId, screen: Callback<Screen>) {
        let mut screens = self.0.screens.borrow_mut();
        screens.retain(|(attached, _)| *attached != terminal);
        screens.push((terminal, screen));
        self.wake();
    }

    /// The screen is gone.
    pub fn detach(&self, terminal: TerminalId) {
        self.0.screens.borrow_mut().retain(|(attached, _)| *attached != terminal);
    }
}
