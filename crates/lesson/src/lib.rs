//! Lessons as data: texts in two languages, steps, goals as named conditions, predictions, progress.
//!
//! Here: the format of a lesson's folder, what a goal means over [`Evidence`], who was right about a prediction, and
//! what a student has done so far.
//! Not here: how a lesson looks. What a lesson may look at is [`Evidence`]; [`Seen`] shows a playground as that.

#![warn(clippy::missing_errors_doc)]

mod catalogue;
pub mod check;
mod condition;
mod evidence;
mod folder;
mod format;
mod inherit;
mod inline;
mod iximiuz;
mod killercoda;
pub mod markdown;
mod mistake;
mod page;
mod placeholder;
mod practice;
mod prediction;
mod progress;
mod read;
mod source;
mod step_files;
mod world;

pub use catalogue::{Listed, all, find, list};
pub use condition::{Condition, Difference};
pub use evidence::{Attempt, CommandRun, Evidence, Life, LifeKind, Place, PodFile, Protocol, Reach, TargetKind};
pub use folder::{Folder, Opened, WorldFile, open};
pub use format::{
    Action, Choice, Goal, Lang, Lesson, LessonError, LessonFile, Prediction, Scripts, Step, Subject, Text,
};
pub use inline::{Span, spans};
pub use mistake::Mistake;
pub use placeholder::fill;
pub use practice::{PRACTICE, practice};
pub use prediction::Outcome;
pub use progress::{Answer, Guess, Progress};
pub use world::{Seen, place};
