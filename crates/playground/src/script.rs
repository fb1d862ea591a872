//! Running a script without a person: what `kube-playground run` does.

use machine::headless::Headless;
pub use machine::headless::Kept as KeptShell;
use sim::{Duration, Time};

use crate::Playground;
use crate::world::World;

/// A command that still runs after so long is interrupted.
const LONGEST: Duration = Duration::from_secs(600);
/// A command may take so many steps at the usual pace. Then everything computes [`SLOWER`] times slower for each
/// [`MORE_STEPS`], so that a loop that does nothing else reaches its end in time that a person has.
const PLENTY_OF_STEPS: u64 = 200_000;
const MORE_STEPS: u64 = 50_000;
const SLOWER: u32 = 4;
const SLOWEST: u32 = 1024;
/// What ends even that: a command that takes so many steps is interrupted, and its time passes all the same.
const MOST_STEPS: u64 = 1_000_000;
/// How long a program may take to ask for what is fed to it.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long an interrupted program may take to end.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// A shell being fed, and what it has printed that is not a whole line yet.
struct Feed<'a> {
    shell: Headless,
    print: &'a mut dyn FnMut(&str),
    quiet: bool,
    /// A line that has no end yet: a prompt, say. It is printed with what follows it.
    partial: String,
    /// The steps that may be taken before everything gets slower, and how slow it is.
    fuel: u64,
    pace: u32,
    /// Until when the running command may run.
    deadline: Time,
}

impl Feed<'_> {
    /// Prints what came, but for the line that has no end yet.
    fn drain(&mut self) {
        let text = self.shell.take_text();
        if self.quiet {
            return;
        }
        self.partial.push_str(&text);
        if let Some(end) = self.partial.rfind('\n') {
            let rest = self.partial.split_off(end + 1);
            (self.print)(&std::mem::replace(&mut self.partial, rest));
        }
    }

    /// Prints what is left, and ends its line.
    fn finish(&mut self) {
        self.drain();
        let partial = std::mem::take(&mut self.partial);
        if !partial.is_empty() {
            (self.print)(&format!("{partial}\n"));
        }
    }
}

impl Playground {
    /// Feeds a script, a command line at a time, to the bash of the outside computer, and prints a transcript in the format
    /// of the reference transcripts:
    ///
    /// - a command line is printed as `$ CMD`, then what it prints, then `? CODE` if its code is not 0;
    /// - `# sleep N` lets N seconds pass; `# quiet CMD` runs CMD without printing; these and other comments are printed;
    /// - `> text`, `> ^C`, `> ^D` are typed to the program that is still running (or are the next line of a command that is
    ///   not complete);
    /// - a command that still runs after 600 seconds gets SIGINT, and its code is 130.
    pub fn run_script(&mut self, script: &str, print: &mut dyn FnMut(&str)) {
        self.go_on_with_script(None, script, print);
    }

    /// The same in a shell that goes on from what an earlier one kept; gives what this one keeps. The earlier one may have been in
    /// the world that this one is a fork of.
    pub fn go_on_with_script(
        &mut self,
        kept: Option<KeptShell>,
        script: &str,
        print: &mut dyn FnMut(&str),
    ) -> Option<KeptShell> {
        let (kernel, laptop) = (&self.world.shared.kernel, self.world.shared.laptop);
        let shell = match kept {
            Some(kept) => Headless::going_on(kernel, laptop, kept),
            None => Headless::new(kernel, laptop),
        };
        let mut feed =
            Feed { shell, print, quiet: false, partial: String::new(), fuel: 0, pace: 1, deadline: self.now() };
        let lines: Vec<&str> = script.lines().map(|line| line.trim_end_matches('\r')).collect();
        let mut index = 0;
        while index < lines.len() {
            let line = lines[index];
            index += 1;
            if line.trim().is_empty() {
                continue;
            }
            if line.starts_with('#') {
                (feed.print)(&format!("{line}\n"));
                match directive(line) {
                    Some(Directive::Sleep(duration)) => {
                        self.refuel(&mut feed);
                        self.pass(&mut feed, duration);
                    }
                    Some(Directive::Quiet(command)) => {
                        feed.quiet = true;
                        index = self.command(&mut feed, command, &lines, index);
                        feed.quiet = false;
                    }
                    None => {}
                }
                continue;
            }
            if let Some(text) = line.strip_prefix("> ") {
                // Nothing runs that it could be fed to.
                (feed.print)(&format!("> {text}\n"));
                continue;
            }
            (feed.print)(&format!("$ {line}\n"));
            index = self.command(&mut feed, line, &lines, index);
        }
        feed.shell.kept()
    }

    /// Runs a command line with the lines that belong to it, and gives the index of the line after them.
    fn command(&mut self, feed: &mut Feed, first: &str, lines: &[&str], mut index: usize) -> usize {
        let mut text = format!("{first}\n");
        while !machine::shell::is_complete(&text) && index < lines.len() {
            let more = lines[index].strip_prefix("> ").unwrap_or(lines[index]);
            if !feed.quiet {
                (feed.print)(&format!("> {more}\n"));
            }
            text.push_str(more);
            text.push('\n');
            index += 1;
        }
        self.refuel(feed);
        feed.deadline = self.now() + LONGEST;
        feed.shell.start(&text);
        loop {
            if !is_fed(lines, index) {
                self.wait(feed, feed.deadline);
                break;
            }
            let line = lines[index];
            index += 1;
            if let Some(input) = line.strip_prefix('>') {
                let ready = (self.now() + PATIENCE).min(feed.deadline);
                self.wait_for_question(feed, ready);
                feed.drain();
                if !feed.quiet {
                    (feed.print)(&format!("{line}\n"));
                }
                let input = input.strip_prefix(' ').unwrap_or(input);
                match input {
                    "^C" => feed.shell.input(&[3]),
                    "^D" => feed.shell.input(&[4]),
                    text => feed.shell.input(format!("{text}\n").as_bytes()),
                }
            } else if line.starts_with('#') {
                feed.drain();
                if !feed.quiet {
                    (feed.print)(&format!("{line}\n"));
                }
                if let Some(Directive::Sleep(duration)) = directive(line) {
                    self.pass(feed, duration);
                }
            }
            if !feed.shell.is_running() {
                // What is left was for a program that has ended: it is printed, and goes nowhere.
                break;
            }
        }
        let interrupted = feed.shell.is_running();
        if interrupted {
            self.interrupt(feed);
        }
        feed.finish();
        let code = if interrupted { 130 } else { feed.shell.status() };
        if code != 0 && !feed.quiet {
            (feed.print)(&format!("? {code}\n"));
        }
        index
    }

    /// Lets time pass, whatever runs.
    fn pass(&mut self, feed: &mut Feed, duration: Duration) {
        let until = self.now() + duration;
        if self.work(feed, until, &mut |_| true) {
            self.world.shared.sim.set_now(until);
        }
        feed.drain();
    }

    /// The usual pace again.
    fn refuel(&mut self, feed: &mut Feed) {
        (feed.fuel, feed.pace) = (PLENTY_OF_STEPS, 1);
        self.world.shared.kernel.set_pace(1);
    }

    /// Works until it is `until`, or `go` says no, ever slower. False if all steps are used up.
    fn work(&mut self, feed: &mut Feed, until: Time, go: &mut dyn FnMut(&World) -> bool) -> bool {
        loop {
            let before = self.world.steps();
            let done = self.world.run_while(until, feed.fuel, go);
            feed.fuel = feed.fuel.saturating_sub(self.world.steps() - before);
            if done || feed.pace >= SLOWEST {
                return done;
            }
            feed.pace *= SLOWER;
            feed.fuel = if feed.pace >= SLOWEST { MOST_STEPS } else { MORE_STEPS };
            self.world.shared.kernel.set_pace(feed.pace);
        }
    }

    /// Works until the command has ended, or it is `until`, or its steps are used up.
    fn wait(&mut self, feed: &mut Feed, until: Time) {
        let shell = feed.shell.clone();
        let done = self.work(feed, until, &mut |_| shell.is_running());
        if done && shell.is_running() {
            self.world.shared.sim.set_now(until);
        }
        feed.drain();
    }

    /// Works until every program waits for something, which is likely what it is fed next.
    fn wait_for_question(&mut self, feed: &mut Feed, until: Time) {
        let shell = feed.shell.clone();
        self.work(feed, until, &mut |world| {
            shell.is_running() && world.shared.sim.next_due().is_some_and(|due| due <= until)
        });
        feed.drain();
    }

    /// Ctrl-C, and what is left to try when that ends nothing: end of file for sessions, SIGKILL.
    fn interrupt(&mut self, feed: &mut Feed) {
        self.world.run_while(feed.deadline, MOST_STEPS, &mut |world| world.now() < feed.deadline && !busy_loop(world));
        for key in [3, 3, 4, 4, 4, 4, 4, 4] {
            feed.shell.input(&[key]);
            self.refuel(feed);
            let until = self.now() + LAST_WORDS;
            self.wait(feed, until);
            if !feed.shell.is_running() {
                break;
            }
        }
        if feed.shell.is_running() {
            let tty = feed.shell.tty();
            let shared = self.world.shared.clone();
            let members: Vec<machine::Pid> = shared.kernel.with(|kernel| {
                kernel.processes.values().filter(|p| p.tty == Some(tty) && p.ended.is_none()).map(|p| p.pid).collect()
            });
            for pid in members {
                shared.kernel.kill(pid, machine::Signal::Kill);
            }
            self.refuel(feed);
            let until = self.now() + LAST_WORDS;
            self.wait(feed, until);
        }
        self.world.run(feed.deadline, MOST_STEPS);
        self.world.shared.sim.set_now(feed.deadline);
    }
}

/// Whether some program has work at this very moment: then letting it run on to the deadline would take for ever.
fn busy_loop(world: &World) -> bool {
    world.shared.sim.next_due().is_some_and(|due| due <= world.now() + Duration::from_millis(1))
}

/// Whether a line for the running program comes before the next command.
fn is_fed(lines: &[&str], index: usize) -> bool {
    let next = lines.iter().skip(index).find(|line| {
        let comment = line.starts_with('#') && !matches!(directive(line), Some(Directive::Quiet(_)));
        !comment && !line.trim().is_empty()
    });
    next.is_some_and(|line| line.starts_with("> ") || *line == ">")
}

enum Directive<'a> {
    Sleep(Duration),
    Quiet(&'a str),
}

fn directive(line: &str) -> Option<Directive<'_>> {
    let rest = line.strip_prefix('#')?.trim();
    if let Some(command) = rest.strip_prefix("quiet ") {
        return Some(Directive::Quiet(command));
    }
    let seconds: f64 = rest.strip_prefix("sleep ")?.split_whitespace().next()?.parse().ok()?;
    (0.0..=1e7).contains(&seconds).then(|| Directive::Sleep(Duration::from_secs_f64(seconds)))
}
