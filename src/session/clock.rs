//! Virtual time against the browser's frames.

use playground::Playground;
use sim::{Duration, Time};

use crate::browser::milliseconds;

/// How fast virtual time passes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Speed {
    /// Only as far as commands need.
    Paused,
    /// A tenth of the wall's pace: every state of a Pod can be seen.
    Tenth,
    /// A quarter of it.
    Quarter,
    /// As on the wall.
    #[default]
    Normal,
    /// Four times as fast.
    Fast,
    /// Sixteen times as fast.
    Fastest,
}

impl Speed {
    fn factor(self) -> f64 {
        match self {
            Speed::Paused => 0.0,
            Speed::Tenth => 0.1,
            Speed::Quarter => 0.25,
            Speed::Normal => 1.0,
            Speed::Fast => 4.0,
            Speed::Fastest => 16.0,
        }
    }
}

/// The steps between two looks at the browser's clock.
const FUEL: u64 = 500;
/// How many milliseconds of a frame the world may take; the rest is the page's.
const BUDGET: f64 = 9.0;
/// A turn that comes so much later than it was meant to (a hidden tab, a slow machine) does not make the world jump.
const LONGEST_FRAME: f64 = 100.0;
/// How much virtual time a frame may pass over while a person skips a wait.
const HURRY: f64 = 2_000.0;

#[derive(Default)]
pub(super) struct Clock {
    pub speed: Speed,
    /// Passing over a wait, until a terminal says something.
    pub hurry: bool,
    pub busy: bool,
    /// The budget was used up before all was done that was due.
    pub behind: bool,
    /// How long the next turn was put off, in milliseconds.
    pub asleep: f64,
    /// The pace to go on at after a look at the past.
    resume: Option<Speed>,
    last_turn: f64,
}

impl Clock {
    /// A person's choice.
    pub fn set_speed(&mut self, speed: Speed) {
        self.speed = speed;
        self.resume = None;
    }

    /// Pauses until something is done.
    pub fn stand_still(&mut self) {
        if self.speed != Speed::Paused {
            self.resume = Some(self.speed);
            self.speed = Speed::Paused;
        }
    }

    /// Something was done: time goes on if it only stood still.
    pub fn go_on(&mut self) {
        if let Some(speed) = self.resume.take() {
            self.speed = speed;
        }
    }

    /// Virtual milliseconds that pass in one of the wall.
    pub fn pace(&self) -> f64 {
        // While paused a command takes the time it needs, at the usual pace.
        if self.speed == Speed::Paused && self.busy { 1.0 } else { self.speed.factor() }
    }

    /// Lets the time pass that is over, `at` milliseconds after the page was opened, but not beyond `end`.
    pub fn pass(&mut self, playground: &mut Playground, at: f64, end: Option<Time>) {
        let passed = (at - self.last_turn).clamp(0.0, LONGEST_FRAME + self.asleep);
        self.asleep -= passed.min(self.asleep);
        self.last_turn = self.last_turn.max(at);
        let paused = self.speed == Speed::Paused;
        let virtual_ms = if self.hurry && self.busy { HURRY } else { passed * self.pace() };
        let until = playground.now() + Duration::from_micros((virtual_ms * 1_000.0) as u64);
        let until = end.map_or(until, |end| until.min(end));
        let started = milliseconds();
        loop {
            let advance = if paused || self.hurry {
                playground.advance_for_commands(until, FUEL)
            } else {
                playground.advance(until, FUEL)
            };
            (self.busy, self.behind) = (advance.busy, advance.out_of_fuel);
            if !advance.out_of_fuel || milliseconds() - started > BUDGET {
                break;
            }
        }
        self.hurry = self.hurry && self.busy;
    }
}
