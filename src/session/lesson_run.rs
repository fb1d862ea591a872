//! A lesson under way.

use std::rc::Rc;

use lesson::{Difference, Guess, Lesson, Progress};
use playground::{Playground, TerminalId};
use sim::{Duration, Time};

use super::Seen;
use crate::browser::storage::Storage;

/// A lesson and how far the student is.
pub struct LessonRun {
    /// The lesson.
    pub lesson: Rc<Lesson>,
    /// How far.
    pub progress: Progress,
}

/// What the lesson's panel shows of the current step.
#[derive(Clone, PartialEq)]
pub struct LessonView {
    /// The lesson.
    pub lesson: Rc<Lesson>,
    /// The step looked at.
    pub step: usize,
    /// Which steps are done.
    pub done: Vec<bool>,
    /// How many predictions of the lesson were right, and how many were settled.
    pub score: (usize, usize),
    /// The step's actions.
    pub actions: Vec<ActionView>,
    /// The step's goals.
    pub goals: Vec<GoalView>,
    /// The step's solution, filled in where that is possible.
    pub solution: Vec<String>,
}

/// An action as things are.
#[derive(Clone, PartialEq, Debug)]
pub struct ActionView {
    /// The command with its placeholders filled in; `None` while there is nothing to fill in.
    pub filled: Option<String>,
    /// What the student predicted.
    pub guess: Option<Guess>,
}

/// A goal as things are.
#[derive(Clone, PartialEq, Debug)]
pub struct GoalView {
    /// Whether it is reached.
    pub reached: bool,
    /// Why not.
    pub difference: Option<Difference>,
}

impl LessonRun {
    /// The lesson of this id with what was kept of the student's progress.
    pub fn find(id: &str, storage: &Storage) -> Option<LessonRun> {
        let (lesson, _) = lesson::find(id)?;
        let kept = storage.get(&format!("progress.{id}")).and_then(|text| serde_json::from_str(&text).ok());
        let progress = kept.map_or_else(Progress::default, |value| Progress::from_value(lesson, &value));
        Some(LessonRun { lesson: Rc::new(lesson.clone()), progress })
    }

    /// Keeps the progress.
    pub fn keep(&self, storage: &Storage) {
        storage.set(&format!("progress.{}", self.lesson.id), &self.progress.to_value().to_string());
    }

    /// Goes to a step (from 0) of the lesson.
    pub fn go_to(&mut self, step: usize) {
        self.progress.step = step.min(self.lesson.steps.len() - 1);
    }

    /// Begins the lesson anew.
    pub fn forget(&mut self) {
        self.progress = Progress::default();
    }

    /// Does the steps before `step` by their solutions, so that a link opens ready.
    pub(super) fn start_at(&mut self, step: usize, playground: &mut Playground, terminal: TerminalId) {
        self.progress = Progress::default();
        let step = step.min(self.lesson.steps.len() - 1);
        for index in 0..step {
            self.progress.step = index;
            for line in &self.lesson.steps[index].solution {
                let line = lesson::fill(line, &Seen::new(playground)).unwrap_or_else(|| line.clone());
                playground.input(terminal, format!("{line}\r").as_bytes());
                settle(playground);
                self.progress.observe(&self.lesson, &Seen::new(playground));
            }
        }
        self.progress.step = step;
        self.progress.observe(&self.lesson, &Seen::new(playground));
    }

    /// Looks at the world; true when something was reached.
    pub(super) fn observe(&mut self, playground: &Playground) -> bool {
        self.progress.observe(&self.lesson, &Seen::new(playground))
    }

    pub(super) fn view(&self, playground: &Playground) -> LessonView {
        let (lesson, progress, step) = (&self.lesson, &self.progress, self.progress.step);
        let world = Seen::new(playground);
        let actions = lesson.steps[step].actions.iter().enumerate();
        let goals = 0..lesson.steps[step].goals.len();
        LessonView {
            lesson: lesson.clone(),
            step,
            done: (0..lesson.steps.len()).map(|step| progress.is_done(step)).collect(),
            score: progress.score(lesson),
            actions: actions
                .map(|(index, action)| ActionView {
                    filled: lesson::fill(&action.run, &world),
                    guess: progress.guess_for(step, index),
                })
                .collect(),
            goals: goals
                .map(|goal| GoalView {
                    reached: progress.is_reached(step, goal),
                    difference: progress.difference(lesson, step, goal, &world),
                })
                .collect(),
            solution: (lesson.steps[step].solution.iter())
                .map(|line| lesson::fill(line, &world).unwrap_or_else(|| line.clone()))
                .collect(),
        }
    }
}

/// Lets a command end (for ten virtual minutes at most), and the cluster come to rest after it.
fn settle(playground: &mut Playground) {
    let limit: Time = playground.now() + Duration::from_secs(600);
    for _ in 0..100_000 {
        let advance = playground.advance_for_commands(limit, 10_000);
        if !advance.busy || (advance.now >= limit && !advance.out_of_fuel) {
            break;
        }
    }
    let rest = playground.now() + Duration::from_secs(12);
    while playground.advance(rest, 10_000).out_of_fuel {}
}
