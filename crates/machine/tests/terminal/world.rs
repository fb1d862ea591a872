//! A computer with a terminal, and a screen that shows what a person sees.

use machine::terminal::Terminal;
use machine::{Disk, ExitStatus, Kernel, Machine, MachineId, Note, Output, Program, Session, SessionEnd, User};
use sim::{Duration, Sim, Time};
use userland::images;

pub(crate) const NOW: i64 = 1_795_341_600;

/// A screen that knows the few control sequences the terminal uses.
#[derive(Default)]
pub(crate) struct Screen {
    pub(crate) rows: Vec<Vec<char>>,
    pub(crate) row: usize,
    pub(crate) column: usize,
    pub(crate) notes: Vec<Note>,
    /// Its rows have 300 columns, of which 80 are seen.
    pub(crate) wide: bool,
    /// How many bytes came.
    pub(crate) fed: usize,
}

impl Screen {
    pub(crate) fn put(&mut self, c: char, width: usize) {
        if self.column + width > if self.wide { 300 } else { 80 } {
            self.row += 1;
            self.column = 0;
        }
        while self.rows.len() <= self.row {
            self.rows.push(Vec::new());
        }
        let row = &mut self.rows[self.row];
        while row.len() < self.column + width {
            row.push(' ');
        }
        row[self.column] = c;
        if width == 2 {
            row[self.column + 1] = '\u{0}';
        }
        self.column += width;
    }

    pub(crate) fn feed(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            let bytes = match output {
                Output::Bytes(bytes) => bytes,
                Output::Note(note) => {
                    self.notes.push(note);
                    continue;
                }
            };
            let text = String::from_utf8(bytes).expect("UTF-8");
            self.fed += text.len();
            let mut chars = text.chars().peekable();
            while let Some(c) = chars.next() {
                match c {
                    '\r' => self.column = 0,
                    '\n' => self.row += 1,
                    '\u{8}' => self.column = self.column.saturating_sub(1),
                    '\u{7}' => {}
                    '\u{1b}' => {
                        assert_eq!(chars.next(), Some('['), "{text:?}");
                        let mut number = String::new();
                        let kind = loop {
                            match chars.next() {
                                Some(c) if c.is_ascii_digit() || c == '?' || c == ';' => number.push(c),
                                other => break other.expect("a final byte"),
                            }
                        };
                        let count = number.parse().unwrap_or(1);
                        match kind {
                            'A' => self.row -= count,
                            'B' => self.row += count,
                            'C' => self.column += count,
                            'D' => self.column -= count,
                            'J' if number == "2" => self.rows.clear(),
                            'J' => {
                                self.rows.truncate(self.row + 1);
                                if let Some(row) = self.rows.get_mut(self.row) {
                                    row.truncate(self.column);
                                }
                            }
                            'K' => {
                                if let Some(row) = self.rows.get_mut(self.row) {
                                    row.truncate(self.column);
                                }
                            }
                            'H' => (self.row, self.column) = (0, 0),
                            _ => {}
                        }
                    }
                    c => self.put(c, if ('\u{1100}'..='\u{ffdc}').contains(&c) { 2 } else { 1 }),
                }
            }
        }
    }

    pub(crate) fn text(&self) -> String {
        let rows: Vec<String> = self
            .rows
            .iter()
            .map(|row| row.iter().filter(|c| **c != '\u{0}').collect::<String>().trim_end().to_owned())
            .collect();
        rows.join("\n")
    }
}

pub(crate) struct World {
    pub(crate) kernel: Kernel,
    pub(crate) terminal: Terminal,
    pub(crate) screen: Screen,
    pub(crate) node: MachineId,
}

pub(crate) fn computer(kernel: &Kernel, hostname: &str, disk: Disk, user: User) -> MachineId {
    kernel.with(|state| {
        let (disk, host) = (state.add_disk(disk), state.network.add_host(hostname));
        let mut machine = Machine::new(hostname, disk, host);
        machine.cwd = user.home.clone();
        machine.env = [("HOME", user.home.as_str()), ("USER", user.name.as_str())]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        machine.user = user;
        state.add_machine(machine)
    })
}

pub(crate) fn world() -> World {
    let now = Time::from_unix_secs(NOW);
    let kernel = Kernel::new(Sim::new(now, 1), userland::programs());
    let mut disk = images::laptop(now);
    for name in ["minikube", "exec-it"] {
        disk.add_program(&format!("/usr/bin/{name}"), name, now);
    }
    let laptop = computer(&kernel, "laptop", disk, User::named("student", 1000));
    let node = computer(&kernel, "minikube", images::node(now), User::named("docker", 1000));
    kernel.register(Program::with("minikube", move |process| {
        Box::pin(async move { ExitStatus::check(process.session(Session::new(node, ["-bash"])).await) })
    }));
    kernel.register(Program::with("exec-it", move |process| {
        let mut session = Session::new(node, ["sh"]);
        session.user = Some(User::root());
        session.end = SessionEnd::Failed("command terminated with exit code {}".into());
        Box::pin(async move { ExitStatus::check(process.session(session).await) })
    }));
    let terminal = Terminal::new(&kernel, laptop, &["bash"]);
    let mut world = World { kernel, terminal, screen: Screen::default(), node };
    world.settle();
    world
}

impl World {
    /// Lets everything happen that happens by itself within some seconds.
    pub(crate) fn pass(&mut self, seconds: u64) {
        let until = self.kernel.sim().now() + Duration::from_secs(seconds);
        while let Some(due) = [self.kernel.sim().next_due(), self.kernel.next_due()].into_iter().flatten().min() {
            if due > until {
                break;
            }
            self.kernel.sim().set_now(due);
            if !self.kernel.sim().step() {
                self.kernel.step();
            }
        }
        self.kernel.sim().set_now(until);
        self.screen.feed(self.terminal.take_output());
    }

    pub(crate) fn settle(&mut self) {
        self.pass(1);
    }

    pub(crate) fn keys(&mut self, keys: &str) -> &mut Self {
        self.terminal.input(keys.as_bytes());
        self.settle();
        self
    }

    pub(crate) fn shows(&self, expected: &str) {
        assert_eq!(self.screen.text(), expected.trim_end());
    }
}
