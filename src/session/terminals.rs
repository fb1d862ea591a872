//! The terminals of the page: which are open, where each is, and lines that wait to be typed.

use std::collections::VecDeque;

use lesson::Place;
use playground::{Playground, TerminalId};
use yew::Callback;

use super::evidence::place;
use super::{Screen, Session};

/// Columns and rows of a terminal nobody has measured yet.
const SIZE: (u16, u16) = (100, 24);

#[derive(Default)]
pub(super) struct Tabs {
    pub open: Vec<TerminalId>,
    pub active: Option<TerminalId>,
    queue: VecDeque<Queued>,
}

/// A line that is typed once its terminal is at a prompt in its place.
struct Queued {
    terminal: TerminalId,
    place: Place,
    line: String,
}

impl Tabs {
    /// Takes over the terminals the world has (after a replay, say), and makes sure that there is one.
    pub fn adopt(&mut self, playground: &mut Playground) {
        self.queue.clear();
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

    fn innermost(playground: &Playground, terminal: TerminalId) -> Place {
        playground.terminal_places(terminal).last().map_or(Place::Outside, place)
    }

    /// Finds a terminal at a prompt in this place, the active one if possible; opens one (and goes there) if there is none.
    fn at(&mut self, playground: &mut Playground, wanted: &Place) -> TerminalId {
        let fits = |terminal: &TerminalId| Self::innermost(playground, *terminal) == *wanted;
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
        let active = self.active.filter(free);
        if let Some(found) = active.or_else(|| self.open.iter().copied().find(free)) {
            return found;
        }
        let terminal = playground.open_terminal(SIZE.0, SIZE.1);
        self.open.push(terminal);
        let enter = match wanted {
            Place::Outside => return terminal,
            Place::Node => "minikube ssh".to_owned(),
            Place::Pod(pod) => format!("kubectl exec -it {pod} -- {}", shell_of(playground, pod)),
        };
        self.queue.push_back(Queued { terminal, place: Place::Outside, line: enter });
        terminal
    }

    /// Types the first waiting line whose terminal is at its prompt.
    pub fn type_queued(&mut self, playground: &mut Playground) {
        let ready = |queued: &Queued| {
            !playground.is_busy(queued.terminal) && Self::innermost(playground, queued.terminal) == queued.place
        };
        let Some(at) = self.queue.iter().position(ready) else { return };
        if let Some(Queued { terminal, line, .. }) = self.queue.remove(at) {
            // Whatever was half typed goes first.
            playground.input(terminal, format!("\x15{line}\r").as_bytes());
        }
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
        {
            let mut world = self.0.world.borrow_mut();
            let world = &mut *world;
            world.save_staged();
            let terminal = world.tabs.at(&mut world.playground, place);
            world.tabs.active = Some(terminal);
            world.tabs.queue.push_back(Queued { terminal, place: place.clone(), line: line.to_owned() });
        }
        self.touch();
    }

    /// Bytes from a terminal's keyboard.
    pub fn input(&self, terminal: TerminalId, bytes: &[u8]) {
        {
            let mut world = self.0.world.borrow_mut();
            world.save_staged();
            world.playground.input(terminal, bytes);
        }
        self.tell();
    }

    /// A terminal's new size.
    pub fn resize(&self, terminal: TerminalId, columns: u16, rows: u16) {
        self.0.world.borrow_mut().playground.resize(terminal, columns, rows);
    }

    /// Opens a terminal, in a place if one is named.
    pub fn open_terminal(&self, place: &Place) {
        {
            let mut world = self.0.world.borrow_mut();
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
            let mut world = self.0.world.borrow_mut();
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
    }

    /// The screen is gone.
    pub fn detach(&self, terminal: TerminalId) {
        self.0.screens.borrow_mut().retain(|(attached, _)| *attached != terminal);
    }
}
