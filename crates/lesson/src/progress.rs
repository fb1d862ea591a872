//! How far a student is in a lesson.

use serde_json::{Value, json};
use sim::Time;

use crate::condition::Difference;
use crate::evidence::Evidence;
use crate::format::Lesson;
use crate::prediction::Outcome;

/// A student's answer to a prediction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Guess {
    /// Which choice.
    pub choice: usize,
    /// When it was chosen.
    pub at: Time,
    /// What the world then did, once it has.
    pub outcome: Option<Outcome>,
}

/// A student's answer to a question of the step's Markdown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The step.
    pub step: usize,
    /// Which of its questions.
    pub question: usize,
    /// Which choice.
    pub choice: usize,
    /// Whether the lesson says that it is right.
    pub is_right: bool,
    /// When it was chosen.
    pub at: Time,
    /// Whether it can no longer be changed, and the student may know who was right.
    pub settled: bool,
}

/// What was reached in a lesson. A goal once reached stays reached, whatever is deleted later.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Progress {
    /// The step the student looks at.
    pub step: usize,
    /// The scripts of so many steps, from the first on, were run.
    pub prepared: usize,
    goals: Vec<Vec<bool>>,
    guesses: Vec<(usize, usize, Guess)>,
    answers: Vec<Answer>,
}

impl Progress {
    /// Looks at the world: ticks goals of the steps up to the current one, settles guesses. True when something changed.
    pub fn observe(&mut self, lesson: &Lesson, world: &dyn Evidence) -> bool {
        let before = self.clone();
        self.goals.resize_with(lesson.steps.len(), Vec::new);
        for (index, step) in lesson.steps.iter().enumerate() {
            self.goals[index].resize(step.goals.len(), false);
            if index > self.step || self.waits_for(lesson, index).is_some() {
                continue;
            }
            for (done, goal) in self.goals[index].iter_mut().zip(&step.goals) {
                *done = *done || goal.when.check(world).is_ok();
            }
        }
        for (step, action, guess) in &mut self.guesses {
            if guess.outcome.is_none() {
                let prediction = lesson.steps.get(*step).and_then(|step| step.actions.get(*action)?.predict.as_ref());
                guess.outcome = prediction.and_then(|prediction| prediction.settle(world, guess.at));
            }
        }
        if self.answers.iter().any(|answer| !answer.settled) {
            let ran = world.commands().into_iter().map(|run| run.at).max();
            for answer in &mut self.answers {
                answer.settled |= ran.is_some_and(|ran| ran >= answer.at);
            }
        }
        *self != before
    }

    /// Whether a goal is reached.
    pub fn is_reached(&self, step: usize, goal: usize) -> bool {
        self.goals.get(step).and_then(|goals| goals.get(goal)).copied().unwrap_or(false)
    }

    /// Whether all of a step's goals are reached; a step without goals is done once it is looked at.
    pub fn is_done(&self, step: usize) -> bool {
        self.goals
            .get(step)
            .is_some_and(|goals| if goals.is_empty() { step <= self.step } else { goals.iter().all(|done| *done) })
    }

    /// The first step that a step needs and that is not done: until it is, the goals of this one do not tick.
    pub fn waits_for(&self, lesson: &Lesson, step: usize) -> Option<usize> {
        lesson.needed(step).into_iter().find(|needed| !self.is_done(*needed))
    }

    /// Why a goal is not reached yet; `None` when it is.
    pub fn difference(&self, lesson: &Lesson, step: usize, goal: usize, world: &dyn Evidence) -> Option<Difference> {
        if self.is_reached(step, goal) {
            return None;
        }
        if let Some(needed) = self.waits_for(lesson, step) {
            return Some(Difference::Needs(lesson.steps[needed].title.clone()));
        }
        lesson.steps.get(step)?.goals.get(goal)?.when.check(world).err()
    }

    /// Notes what a student predicts for an action; a later answer replaces an unsettled one.
    pub fn guess(&mut self, step: usize, action: usize, choice: usize, at: Time) {
        match self.guesses.iter_mut().find(|(s, a, _)| (*s, *a) == (step, action)) {
            Some((_, _, guess)) if guess.outcome.is_some() => {}
            Some((_, _, guess)) => *guess = Guess { choice, at, outcome: None },
            None => self.guesses.push((step, action, Guess { choice, at, outcome: None })),
        }
    }

    /// What a student predicted for an action.
    pub fn guess_for(&self, step: usize, action: usize) -> Option<Guess> {
        self.guesses.iter().find(|(s, a, _)| (*s, *a) == (step, action)).map(|(_, _, guess)| *guess)
    }

    /// Notes a student's answer; a later one replaces one that is not settled.
    pub fn answer(&mut self, answer: Answer) {
        let same = |it: &&mut Answer| (it.step, it.question) == (answer.step, answer.question);
        match self.answers.iter_mut().find(same) {
            Some(before) if before.settled => {}
            Some(before) => *before = answer,
            None => self.answers.push(answer),
        }
    }

    /// The answers to a step's questions.
    pub fn answers(&self, step: usize) -> Vec<Answer> {
        self.answers.iter().filter(|answer| answer.step == step).copied().collect()
    }

    /// How many predictions and answers turned out right, of how many that were settled.
    pub fn score(&self, lesson: &Lesson) -> (usize, usize) {
        let settled = self.guesses.iter().filter_map(|(step, action, guess)| {
            let choices = &lesson.steps.get(*step)?.actions.get(*action)?.predict.as_ref()?.choices;
            Some(choices.get(guess.choice)?.outcome == guess.outcome?)
        });
        let answers = self.answers.iter().filter(|answer| answer.settled).map(|answer| answer.is_right);
        let count = |(right, all), was_right| (right + usize::from(was_right), all + 1);
        settled.chain(answers).fold((0, 0), count)
    }

    /// What is worth keeping over a reload: the place, the ticks, the predictions.
    pub fn to_value(&self) -> Value {
        let guesses = self.guesses.iter().map(|(step, action, guess)| {
            let outcome = guess.outcome.and_then(|it| Outcome::ALL.iter().position(|other| *other == it));
            json!([step, action, guess.choice, guess.at.unix_micros(), outcome])
        });
        let mut kept = json!({ "step": self.step, "goals": self.goals, "guesses": guesses.collect::<Vec<Value>>() });
        if self.prepared > 0 {
            kept["prepared"] = self.prepared.into();
        }
        if !self.answers.is_empty() {
            let answers = self
                .answers
                .iter()
                .map(|it| json!([it.step, it.question, it.choice, it.is_right, it.at.unix_micros(), it.settled]));
            kept["answers"] = answers.collect();
        }
        kept
    }

    /// Reads what [`Progress::to_value`] wrote; whatever does not fit the lesson is left out.
    pub fn from_value(lesson: &Lesson, value: &Value) -> Progress {
        let step = value["step"].as_u64().unwrap_or(0) as usize;
        let goals = lesson.steps.iter().enumerate().map(|(index, step)| {
            (0..step.goals.len()).map(|goal| value["goals"][index][goal].as_bool().unwrap_or(false)).collect()
        });
        let guess = |kept: &Value| {
            let number = |at: usize| kept[at].as_u64().and_then(|number| usize::try_from(number).ok());
            let (step, action, choice) = (number(0)?, number(1)?, number(2)?);
            let prediction = lesson.steps.get(step)?.actions.get(action)?.predict.as_ref()?;
            prediction.choices.get(choice)?;
            let outcome = number(4).and_then(|at| Outcome::ALL.get(at).copied());
            Some((step, action, Guess { choice, at: Time::from_unix_micros(kept[3].as_i64()?), outcome }))
        };
        let answer = |kept: &Value| {
            let number = |at: usize| kept[at].as_u64().and_then(|number| usize::try_from(number).ok());
            let step = number(0).filter(|step| *step < lesson.steps.len())?;
            Some(Answer {
                step,
                question: number(1)?,
                choice: number(2)?,
                is_right: kept[3].as_bool()?,
                at: Time::from_unix_micros(kept[4].as_i64()?),
                settled: kept[5].as_bool()?,
            })
        };
        Progress {
            step: step.min(lesson.steps.len().saturating_sub(1)),
            prepared: value["prepared"].as_u64().unwrap_or(0) as usize,
            goals: goals.collect(),
            guesses: value["guesses"].as_array().into_iter().flatten().filter_map(guess).collect(),
            answers: value["answers"].as_array().into_iter().flatten().filter_map(answer).collect(),
        }
    }
}
