//! The format of a lesson's file.

use playground::{Computer, Settings};
use serde::Deserialize;
use serde_json::Value;

use crate::Condition;
use crate::evidence::Place;
use crate::prediction::Outcome;

/// A language of the page. Kubernetes' own words stay English in both.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Lang {
    /// 한국어
    Ko,
    /// English
    #[default]
    En,
}

/// A text in every language, with `code` and **strong** in it (see [`crate::spans`]); an empty line parts paragraphs.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    pub(crate) ko: String,
    pub(crate) en: String,
}

impl Lang {
    /// Its code: `ko`, `en`.
    pub fn code(self) -> &'static str {
        match self {
            Lang::Ko => "ko",
            Lang::En => "en",
        }
    }
}

impl Text {
    /// The same text in every language: what was written in one only.
    pub fn same(text: &str) -> Text {
        Text { ko: text.to_owned(), en: text.to_owned() }
    }

    /// The text in one language.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Ko => self.ko.trim(),
            Lang::En => self.en.trim(),
        }
    }
}

/// One lesson.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// Its name in links: `?lesson=service`.
    pub id: String,
    /// What it is called.
    pub title: Text,
    /// The names of the files it works with; their content comes with the lesson, see [`LessonFile`].
    #[serde(default)]
    pub files: Vec<String>,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// Whose computer the terminals are on.
    #[serde(skip)]
    pub computer: Computer,
    /// Where its world's chance comes from, if not from where every world's does.
    #[serde(skip)]
    pub seed: Option<u64>,
    /// Whether the steps' texts are Markdown (see [`crate::markdown`]) and not the little markup of [`crate::spans`].
    #[serde(skip)]
    pub markdown: bool,
}

/// A file a lesson puts into the home folder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LessonFile {
    /// Its name there.
    pub name: &'static str,
    /// Its content.
    pub content: &'static str,
}

/// Scripts that run when a step is reached for the first time.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scripts {
    /// Runs unseen.
    #[serde(default)]
    pub background: Option<String>,
    /// Is run in the terminal.
    #[serde(default)]
    pub foreground: Option<String>,
}

/// One step of a lesson: a screenful.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its name, unique in the lesson.
    pub id: String,
    /// The steps that it builds on, by their names; `None`: nobody has said, so that it may be all before it.
    #[serde(default)]
    pub needs: Option<Vec<String>>,
    /// What the student finds out.
    pub title: Text,
    /// What to do and why.
    pub text: Text,
    /// What is prepared when the step begins.
    #[serde(default)]
    pub scripts: Scripts,
    /// Commands and predictions, in order.
    #[serde(default)]
    pub actions: Vec<Action>,
    /// What is true when the step is done; a step without is only read.
    pub goals: Vec<Goal>,
    /// Hints, the most general first.
    #[serde(default)]
    pub hints: Vec<Text>,
    /// Command lines for the outside computer that do the step, for "show me" and for links to a later step.
    pub solution: Vec<String>,
    /// Said when the step is done: what was just seen, in a sentence or two.
    pub done: Text,
    /// For who presents the step: what to show, what to ask, what goes wrong.
    #[serde(default)]
    pub notes: Option<Text>,
}

/// One thing to do in a step.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// The command line, perhaps with placeholders such as `<POD-IP>`.
    pub run: String,
    /// Where it is typed; the outside computer unless it says otherwise.
    #[serde(default)]
    pub on: Place,
    /// A sentence above it.
    #[serde(default)]
    pub text: Option<Text>,
    /// What the student is asked before running it.
    #[serde(default)]
    pub predict: Option<Prediction>,
}

/// A question about what a command will do. The world answers it, not the lesson.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prediction {
    /// The question.
    pub question: Text,
    /// What the world is asked.
    pub about: Subject,
    /// What the student may choose.
    pub choices: Vec<Choice>,
}

/// What a [`Prediction`] is about.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Subject {
    /// The next attempt to reach something.
    Reach {
        /// From where.
        from: Place,
        /// What.
        to: crate::TargetKind,
        /// By `tcp` (curl) or `icmp` (ping).
        protocol: crate::Protocol,
    },
    /// Whether the next `ls` in the Pod finds a file.
    File {
        /// The Pod, in the default namespace.
        pod: String,
        /// The file's path in it.
        path: String,
    },
}

/// One possible answer to a [`Prediction`].
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// What it claims will happen.
    pub outcome: Outcome,
    /// In words.
    pub text: Text,
}

/// A check that ticks itself.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// What is to be true, in words.
    pub text: Text,
    /// When it is true.
    pub when: Condition,
    /// A script that says why a script's goal is not reached yet: what it prints.
    #[serde(default)]
    pub hint: Option<String>,
    /// A script that ends with other than 0 where the goal cannot be reached any more from how things are, and prints why.
    #[serde(default)]
    pub fail: Option<String>,
}

/// Why a lesson could not be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LessonError {
    /// The file is no YAML.
    #[error("the lesson is not valid YAML: {file}, line {line}: {what}")]
    Yaml {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        what: String,
    },
    /// A file says something that no lesson has.
    #[error("the lesson does not fit the format: {file}, line {line}: {what}")]
    At {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        what: String,
    },
    /// The file is YAML but no lesson.
    #[error("the lesson does not fit the format: {0}")]
    Format(String),
    /// Two steps have the same name.
    #[error("the lesson has two steps called {0}")]
    SameStep(String),
    /// A file that the lesson names is not there.
    #[error("{0} is missing from the lesson's folder")]
    Missing(String),
    /// A lesson needs at least one step.
    #[error("the lesson has no steps")]
    Empty,
}

impl Lesson {
    /// The world that it begins in, with these files.
    pub fn settings(&self, files: Vec<(String, Vec<u8>)>) -> Settings {
        let settings = Settings { computer: self.computer, files, ..Settings::default() };
        Settings { seed: self.seed.unwrap_or(settings.seed), ..settings }
    }

    /// The steps before a step that it needs, and those that they need, in their order. Nothing where it does not say.
    pub fn needed(&self, step: usize) -> Vec<usize> {
        let mut needed = vec![false; self.steps.len()];
        let mark = |needed: &mut Vec<bool>, of: usize| {
            for id in self.steps[of].needs.iter().flatten() {
                if let Some(at) = self.steps[..of].iter().position(|step| step.id == *id) {
                    needed[at] = true;
                }
            }
        };
        mark(&mut needed, step);
        for at in (0..step).rev() {
            if needed[at] {
                mark(&mut needed, at);
            }
        }
        (0..step).filter(|at| needed[*at]).collect()
    }

    /// Reads a lesson's file.
    ///
    /// # Errors
    /// [`LessonError`] says what is wrong with it.
    pub fn parse(yaml: &str) -> Result<Lesson, LessonError> {
        let wrong = |error: serde_yaml::Error| LessonError::Yaml {
            file: "lesson.yaml".to_owned(),
            line: error.location().map_or(1, |place| place.line()),
            what: error.to_string(),
        };
        Lesson::from_value(serde_yaml::from_str(yaml).map_err(wrong)?)
    }

    pub(crate) fn from_value(value: Value) -> Result<Lesson, LessonError> {
        let lesson: Lesson = serde_json::from_value(value).map_err(|error| LessonError::Format(error.to_string()))?;
        if lesson.steps.is_empty() {
            return Err(LessonError::Empty);
        }
        for (index, step) in lesson.steps.iter().enumerate() {
            if lesson.steps[..index].iter().any(|earlier| earlier.id == step.id) {
                return Err(LessonError::SameStep(step.id.clone()));
            }
        }
        Ok(lesson)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_lessons_say_what_is_wrong() {
        for (yaml, part) in [
            ("a: [", "not valid YAML"),
            ("id: x\ntitle: {ko: a, en: b}\nsteps: []\n", "no steps"),
            ("id: x\ntitle: {ko: a}\nsteps: []\n", "missing field `en`"),
            ("id: x\ntitle: {ko: a, en: b}\nscript: alert(1)\nsteps: []\n", "unknown field `script`"),
        ] {
            let error = Lesson::parse(yaml).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
