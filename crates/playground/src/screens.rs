//! The terminals that a host has opened.

use std::collections::BTreeMap;
use std::rc::Rc;

use machine::terminal::{Terminal, TerminalState};
use machine::{Hint, MachineId, TtyId};
use sim::{SharedQueue, Time};

use crate::completion::Words;
use crate::control::Shared;
use crate::{CommandRun, Note, Output, Place, TerminalId, TraceId};

/// How much of what a terminal has shown is kept, to show it again after going back.
const HISTORY: usize = 128 * 1024;
/// How many command lines are remembered.
const COMMANDS: usize = 1000;

/// One terminal.
struct Screen {
    terminal: Terminal,
    /// What it has shown.
    shown: Rc<Vec<u8>>,
    /// What its host has not seen yet.
    pending: Vec<Output>,
    /// The command that runs, as its place in `commands` (counted from the first there ever was).
    running: Option<u64>,
}

/// All terminals.
#[derive(Default)]
pub(crate) struct Screens {
    screens: BTreeMap<TerminalId, Screen>,
    commands: SharedQueue<CommandRun>,
    dropped: u64,
}

/// Them as data.
#[derive(Clone)]
pub(crate) struct ScreensState {
    screens: Vec<(TerminalId, TerminalState, Rc<Vec<u8>>)>,
    commands: SharedQueue<CommandRun>,
    dropped: u64,
}

/// Where a machine is, for a person.
pub(crate) fn place(shared: &Shared, machine: MachineId) -> Option<Place> {
    if machine == shared.laptop {
        return Some(Place::Laptop);
    }
    if machine == shared.node_machine {
        return Some(Place::Node);
    }
    let node = shared.node.borrow();
    node.place_of(machine).map(|(pod, container)| Place::Container {
        namespace: pod.namespace.clone(),
        pod: pod.name.clone(),
        container: container.name.clone(),
    })
}

impl Screens {
    /// The open terminals.
    pub fn ids(&self) -> Vec<TerminalId> {
        self.screens.keys().copied().collect()
    }

    /// Opens one.
    pub fn open(&mut self, shared: &Rc<Shared>, id: TerminalId, columns: u16, rows: u16) {
        let terminal = Terminal::new(&shared.kernel, shared.laptop, &["bash"]);
        terminal.resize(columns, rows);
        terminal.set_completer(Rc::new(Words { world: Rc::downgrade(shared) }));
        self.screens.insert(id, Screen { terminal, shown: Rc::default(), pending: Vec::new(), running: None });
    }

    /// Closes one: what runs in it gets SIGHUP.
    pub fn close(&mut self, shared: &Shared, id: TerminalId) {
        let Some(screen) = self.screens.remove(&id) else { return };
        let tty = screen.terminal.tty();
        let members: Vec<machine::Pid> = shared.kernel.with(|kernel| {
            kernel.processes.values().filter(|p| p.tty == Some(tty) && p.ended.is_none()).map(|p| p.pid).collect()
        });
        for pid in members {
            shared.kernel.kill(pid, machine::Signal::Hangup);
        }
    }

    /// Keys.
    pub fn input(&mut self, id: TerminalId, bytes: &[u8]) {
        if let Some(screen) = self.screens.get(&id) {
            screen.terminal.input(bytes);
        }
    }

    /// Another size.
    pub fn resize(&mut self, id: TerminalId, columns: u16, rows: u16) {
        if let Some(screen) = self.screens.get(&id) {
            screen.terminal.resize(columns, rows);
        }
    }

    /// Its size.
    pub fn size(&self, shared: &Shared, id: TerminalId) -> Option<(u16, u16)> {
        let tty = self.screens.get(&id)?.terminal.tty();
        shared.kernel.with(|kernel| kernel.tty_mut(tty).map(|tty| tty.window))
    }

    /// Takes what the terminals have to show, and notices commands that began or ended. To be called after every step, so
    /// that a replay sees the same.
    pub fn collect(&mut self, shared: &Shared) {
        let now = shared.sim.now();
        for (id, screen) in &mut self.screens {
            for output in screen.terminal.take_output() {
                match output {
                    machine::Output::Bytes(bytes) => {
                        let shown = Rc::make_mut(&mut screen.shown);
                        shown.extend_from_slice(&bytes);
                        while shown.len() > HISTORY {
                            shown.drain(..HISTORY / 4);
                        }
                        match screen.pending.last_mut() {
                            Some(Output::Bytes(last)) => last.extend(bytes),
                            _ => screen.pending.push(Output::Bytes(bytes)),
                        }
                    }
                    machine::Output::Note(note) => {
                        let machine = screen.terminal.machines().last().copied();
                        let place = machine.and_then(|machine| place(shared, machine)).unwrap_or(Place::Laptop);
                        screen.pending.extend(translate(note, place, &shared.user.home).map(Output::Note));
                    }
                }
            }
            match (screen.running, screen.terminal.running_line()) {
                (None, Some(line)) => {
                    let machine = screen.terminal.machines().last().copied();
                    let place = machine.and_then(|machine| place(shared, machine)).unwrap_or(Place::Laptop);
                    screen.running = Some(self.dropped + self.commands.len() as u64);
                    self.commands.push_back(CommandRun { at: now, ended: None, terminal: *id, place, line });
                    if self.commands.len() > COMMANDS {
                        self.commands.pop_front();
                        self.dropped += 1;
                    }
                }
                (Some(index), None) => {
                    end(&mut self.commands, self.dropped, index, now);
                    screen.running = None;
                }
                _ => {}
            }
        }
    }

    /// What a terminal has for its host.
    pub fn take_output(&mut self, id: TerminalId) -> Vec<Output> {
        self.screens.get_mut(&id).map(|screen| std::mem::take(&mut screen.pending)).unwrap_or_default()
    }

    /// Lets every host clear its screen and show again what there is.
    pub fn restart(&mut self) {
        for screen in self.screens.values_mut() {
            screen.pending = vec![Output::Restart, Output::Bytes(screen.shown.iter().copied().collect())];
        }
    }

    /// Whether a command runs in any of them.
    pub fn is_busy(&self) -> bool {
        self.screens.values().any(|screen| screen.terminal.is_running())
    }

    /// Whether a command runs in this one.
    pub fn busy(&self, id: TerminalId) -> bool {
        self.screens.get(&id).is_some_and(|screen| screen.terminal.is_running())
    }

    /// Where it is, outermost first.
    pub fn places(&self, shared: &Shared, id: TerminalId) -> Vec<Place> {
        let machines = self.screens.get(&id).map(|screen| screen.terminal.machines()).unwrap_or_default();
        machines.into_iter().filter_map(|machine| place(shared, machine)).collect()
    }

    /// The terminal of this device.
    pub fn terminal_of(&self, tty: TtyId) -> Option<TerminalId> {
        self.screens.iter().find(|(_, screen)| screen.terminal.tty() == tty).map(|(id, _)| *id)
    }

    /// The command lines so far.
    pub fn commands(&self) -> Vec<CommandRun> {
        self.commands.iter().cloned().collect()
    }

    /// The last of them.
    pub fn last_command(&self) -> Option<CommandRun> {
        self.commands.iter().last().cloned()
    }

    /// All as data; `None` while a command runs.
    pub fn state(&self) -> Option<ScreensState> {
        if self.screens.values().any(|screen| !screen.terminal.is_idle()) {
            return None;
        }
        let state = |(id, screen): (&TerminalId, &Screen)| (*id, screen.terminal.state(), screen.shown.clone());
        let screens = self.screens.iter().map(state).collect();
        Some(ScreensState { screens, commands: self.commands.clone(), dropped: self.dropped })
    }

    /// Goes back to a copy, after the kernel did. The hosts are told to begin anew.
    pub fn restore(&mut self, shared: &Rc<Shared>, state: &ScreensState) {
        self.screens.clear();
        for (id, terminal, shown) in &state.screens {
            let terminal = Terminal::from_state(&shared.kernel, terminal.clone());
            terminal.set_completer(Rc::new(Words { world: Rc::downgrade(shared) }));
            let screen = Screen { terminal, shown: shown.clone(), pending: Vec::new(), running: None };
            self.screens.insert(*id, screen);
        }
        self.commands = state.commands.clone();
        self.dropped = state.dropped;
        self.restart();
    }
}

fn end(commands: &mut SharedQueue<CommandRun>, dropped: u64, index: u64, now: Time) {
    let index = index.checked_sub(dropped).and_then(|index| usize::try_from(index).ok());
    if let Some(command) = index.and_then(|index| commands.get_mut(index)) {
        command.ended = Some(now);
    }
}

/// A note of the machine's as this crate's hosts know it.
fn translate(note: machine::Note, place: Place, home: &str) -> Option<Note> {
    Some(match note {
        machine::Note::Trace(id) => Note::Trace(TraceId(id.0)),
        machine::Note::Hint(Hint::CommandNotInSession { command, .. }) => Note::LeaveToRun { command, place },
        machine::Note::Hint(Hint::Misspelt { line, keyboard }) => Note::Misspelt { line, keyboard },
        machine::Note::Hint(Hint::NotSimulated(command)) => Note::NotSimulated { command },
        machine::Note::Hint(Hint::Placeholder(text)) => Note::Placeholder { text },
        machine::Note::Edit { path, awaited } => {
            let path = path.strip_prefix(home).and_then(|path| path.strip_prefix('/'))?;
            Note::Edit { path: path.to_owned(), awaited }
        }
    })
}
