//! A lesson under way.

use std::rc::Rc;

use lesson::{Answer, Condition, Difference, Guess, Lang, Lesson, Progress, Scripts};
use playground::{Playground, ScriptEnd, TerminalId};
use sim::{Duration, Time};

use super::Seen;
use super::opened::{self, OPENED};
use crate::browser::storage::Storage;

/// A lesson and how far the student is.
pub struct LessonRun {
    /// The lesson.
    pub lesson: Rc<Lesson>,
    /// How far.
    pub progress: Progress,
    /// How the scripts that check goals ended when they were last run: their texts and ends.
    pub(super) ends: Vec<(String, ScriptEnd)>,
    /// A check was asked for while a command ran.
    pub(super) waits: bool,
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
    /// The student's answers to the questions of the step's text.
    pub answers: Rc<Vec<Answer>>,
    /// The step's actions.
    pub actions: Vec<ActionView>,
    /// The step's goals.
    pub goals: Vec<GoalView>,
    /// The step's solution, filled in where that is possible.
    pub solution: Vec<String>,
    /// Whether some goals of the step are checked by scripts, when somebody asks for it.
    pub has_check: bool,
    /// A check was asked for while a command ran.
    pub check_waits: bool,
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
        let lesson = if id == OPENED { opened::lesson(storage)? } else { lesson::find(id)?.0.clone() };
        let kept = storage.get(&format!("progress.{id}")).and_then(|text| serde_json::from_str(&text).ok());
        let progress = kept.map_or_else(Progress::default, |value| Progress::from_value(&lesson, &value));
        Some(LessonRun { lesson: Rc::new(lesson), progress, ends: Vec::new(), waits: false })
    }

    /// Keeps the progress.
    pub fn keep(&self, storage: &Storage) {
        storage.set(&format!("progress.{}", self.lesson.id), &self.progress.to_value().to_string());
    }

    /// Goes to a step (from 0) of the lesson.
    pub fn go_to(&mut self, step: usize) {
        self.progress.step = step.min(self.lesson.steps.len() - 1);
        self.waits = false;
    }

    /// Begins the lesson anew.
    pub fn forget(&mut self) {
        self.progress = Progress::default();
    }

    /// Does the steps before `step` by their solutions, so that a link opens ready, and prepares what they and it prepare.
    pub(super) fn start_at(&mut self, step: usize, playground: &mut Playground, terminal: TerminalId) {
        // What was prepared is not prepared again.
        let prepared = self.progress.prepared;
        self.forget();
        self.progress.prepared = prepared;
        let step = step.min(self.lesson.steps.len() - 1);
        for index in 0..step {
            self.progress.step = index;
            self.prepare(playground, terminal);
            if self.lesson.steps[index].scripts != Scripts::default() {
                settle(playground);
            }
            for line in &self.lesson.steps[index].solution {
                let line = lesson::fill(line, &Seen::new(playground)).unwrap_or_else(|| line.clone());
                playground.input(terminal, format!("{line}\r").as_bytes());
                settle(playground);
                self.progress.observe(&self.lesson, &Seen::new(playground));
            }
            self.check(playground, Lang::En);
        }
        self.progress.step = step;
        self.prepare(playground, terminal);
        self.progress.observe(&self.lesson, &Seen::new(playground));
    }

    /// Runs the scripts of the steps up to the one that is looked at which were not run yet: those unseen at once, those to be
    /// seen as commands of the terminal.
    pub(super) fn prepare(&mut self, playground: &mut Playground, terminal: TerminalId) {
        while self.progress.prepared <= self.progress.step {
            let Some(step) = self.lesson.steps.get(self.progress.prepared) else { break };
            if let Some(script) = &step.scripts.background {
                playground.start_script(script);
            }
            if let Some(script) = &step.scripts.foreground {
                let path = format!(".lesson/{}.sh", step.id);
                playground.save_file(&path, script.as_bytes());
                playground.input(terminal, format!("source ~/{path}\r").as_bytes());
            }
            self.progress.prepared += 1;
        }
    }

    /// Runs the scripts that check the step's goals, each in a copy of the world.
    pub(super) fn check(&mut self, playground: &Playground, lang: Lang) {
        self.waits = false;
        for goal in &self.lesson.steps[self.progress.step].goals {
            let Condition::Script(script) = &goal.when else { continue };
            self.ends.retain(|(text, _)| text != script);
            match lesson::check::check_goal(goal, playground, lang) {
                Some(end) => self.ends.push((script.clone(), end)),
                None => self.waits = true,
            }
        }
        self.observe(playground);
    }

    /// Looks at the world; true when something was reached.
    pub(super) fn observe(&mut self, playground: &Playground) -> bool {
        self.progress.observe(&self.lesson, &Seen::with_scripts(playground, &self.ends))
    }

    pub(super) fn view(&self, playground: &Playground) -> LessonView {
        let (lesson, progress, step) = (&self.lesson, &self.progress, self.progress.step);
        let world = Seen::with_scripts(playground, &self.ends);
        let actions = lesson.steps[step].actions.iter().enumerate();
        let goals = 0..lesson.steps[step].goals.len();
        LessonView {
            lesson: lesson.clone(),
            step,
            done: (0..lesson.steps.len()).map(|step| progress.is_done(step)).collect(),
            score: progress.score(lesson),
            answers: Rc::new(progress.answers(step)),
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
            has_check: lesson.steps[step].goals.iter().any(|goal| matches!(goal.when, Condition::Script(_))),
            check_waits: self.waits,
        }
    }
}

/// Lets a command and an unseen script end (for ten virtual minutes at most), and the cluster come to rest after it.
fn settle(playground: &mut Playground) {
    let limit: Time = playground.now() + Duration::from_secs(600);
    while playground.runs_script() && playground.now() < limit {
        let second = playground.now() + Duration::from_secs(1);
        while playground.advance(second, 10_000).out_of_fuel {}
    }
    for _ in 0..100_000 {
        let advance = playground.advance_for_commands(limit, 10_000);
        if !advance.busy || (advance.now >= limit && !advance.out_of_fuel) {
            break;
        }
    }
    let rest = playground.now() + Duration::from_secs(12);
    while playground.advance(rest, 10_000).out_of_fuel {}
}
