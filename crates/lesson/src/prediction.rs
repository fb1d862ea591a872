//! Who was right: what the world did after a student had chosen.

use serde::Deserialize;
use sim::Time;

use crate::evidence::{Evidence, Place, Reach, target_of};
use crate::format::{Prediction, Subject};

/// How a predicted command ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// There was an answer.
    Answers,
    /// The network said that there is no way to the address.
    Unreachable,
    /// The address said that nothing listens there.
    Refused,
    /// Nobody said anything.
    TimedOut,
    /// The file is there.
    Listed,
    /// The file is not there.
    NotListed,
}

impl Outcome {
    /// All of them; what is kept of one is its place here.
    pub const ALL: [Outcome; 6] = [
        Outcome::Answers,
        Outcome::Unreachable,
        Outcome::Refused,
        Outcome::TimedOut,
        Outcome::Listed,
        Outcome::NotListed,
    ];
}

impl From<Reach> for Outcome {
    fn from(reach: Reach) -> Self {
        match reach {
            Reach::Answers => Outcome::Answers,
            Reach::Unreachable => Outcome::Unreachable,
            Reach::Refused => Outcome::Refused,
            Reach::TimedOut => Outcome::TimedOut,
        }
    }
}

impl Prediction {
    /// What happened since the student chose at `since`; `None` while nothing has, or while the command still runs: the
    /// verdict is not to come before what the command prints.
    pub fn settle(&self, world: &dyn Evidence, since: Time) -> Option<Outcome> {
        match &self.about {
            Subject::Reach { from, to, protocol } => {
                let lives = world.lives();
                let attempts = world.attempts();
                let fits = attempts.iter().find(|attempt| {
                    attempt.over
                        && attempt.at >= since
                        && attempt.from == *from
                        && attempt.protocol == *protocol
                        && target_of(attempt, &lives) == Some(*to)
                })?;
                Some(fits.reach.into())
            }
            Subject::File { pod, path } => {
                let listed = world.commands().iter().any(|command| {
                    let there = command.place == Place::Pod(pod.clone()) && command.line.trim_start().starts_with("ls");
                    let through =
                        command.line.contains("exec") && command.line.contains(pod) && command.line.contains("ls");
                    command.at >= since && (there || through)
                });
                let found = world.pod_files(pod).iter().any(|file| file.path == *path);
                listed.then_some(if found { Outcome::Listed } else { Outcome::NotListed })
            }
        }
    }
}
