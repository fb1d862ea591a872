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

/// What was reached in a lesson. A goal once reached stays reached, whatever is deleted later.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Progress {
    /// The step the student looks at.
    pub step: usize,
    /// The scripts of so many steps, from the first on, were run.
    pub prepared: usize,
    goals: Vec<Vec<bool>>,
    guesses: Vec<(usize, usize, Guess)>,
}

impl Progress {
    /// Looks at the world: ticks goals of the steps up to the current one, settles guesses. True when something changed.
    pub fn observe(&mut self, lesson: &Lesson, world: &dyn Evidence) -> bool {
        let before = self.clone();
        self.goals.resize_with(lesson.steps.len(), Vec::new);
        for (index, step) in lesson.steps.iter().enumerate() {
            let goals = &mut self.goals[index];
            goals.resize(step.goals.len(), false);
            if index > self.step {
                continue;
            }
            for (done, goal) in goals.iter_mut().zip(&step.goals) {
                *done = *done || goal.when.check(world).is_ok();
            }
        }
        for (step, action, guess) in &mut self.guesses {
            if guess.outcome.is_none() {
                let prediction = lesson.steps.get(*step).and_then(|step| step.actions.get(*action)?.predict.as_ref());
                guess.outcome = prediction.and_then(|prediction| prediction.settle(world, guess.at));
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

    /// Why a goal is not reached yet; `None` when it is.
    pub fn difference(&self, lesson: &Lesson, step: usize, goal: usize, world: &dyn Evidence) -> Option<Difference> {
        if self.is_reached(step, goal) {
            return None;
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

    /// How many predictions of the lesson turned out right, of how many that were settled.
    pub fn score(&self, lesson: &Lesson) -> (usize, usize) {
        let settled = self.guesses.iter().filter_map(|(step, action, guess)| {
            let choices = &lesson.steps.get(*step)?.actions.get(*action)?.predict.as_ref()?.choices;
            Some(choices.get(guess.choice)?.outcome == guess.outcome?)
        });
        settled.fold((0, 0), |(right, all), was_right| (right + usize::from(was_right), all + 1))
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
        Progress {
            step: step.min(lesson.steps.len().saturating_sub(1)),
            prepared: value["prepared"].as_u64().unwrap_or(0) as usize,
            goals: goals.collect(),
            guesses: value["guesses"].as_array().into_iter().flatten().filter_map(guess).collect(),
        }
    }
}
