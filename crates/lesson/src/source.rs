//! A file of YAML that a lesson is written in: its value, and where a mistake in it stands.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Condition;
use crate::folder::{Folder, text_of};
use crate::format::{Action, Goal, Lesson, LessonError, Step, Text};

/// A file of YAML. The page has this reader anyway, and it knows the lines.
pub(crate) struct Source {
    name: String,
    document: Option<manifest::Document>,
}

impl Source {
    /// Reads a file of a folder.
    ///
    /// # Errors
    /// [`LessonError`] where it is missing, or no YAML.
    pub fn read(folder: &Folder, name: &str) -> Result<Source, LessonError> {
        Source::parse(name, &text_of(folder, name)?)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// [`LessonError::Yaml`] with the file and the line.
    pub fn parse(name: &str, text: &str) -> Result<Source, LessonError> {
        let parsed = manifest::parse(text);
        if let Some(error) = parsed.error {
            return Err(LessonError::Yaml { file: name.to_owned(), line: error.span.line, what: error.problem });
        }
        Ok(Source { name: name.to_owned(), document: parsed.documents.into_iter().next() })
    }

    /// What the file says.
    pub fn value(&self) -> Value {
        self.document.as_ref().map(|document| document.value.clone()).unwrap_or_default()
    }

    /// A mistake at a field (`steps[0].goals[1].when`), or at the nearest thing around it that the file has.
    pub fn mistake(&self, field: &str, what: &str) -> LessonError {
        let line = self.document.as_ref().and_then(|document| document.locate(field)).map_or(1, |span| span.line);
        LessonError::At { file: self.name.clone(), line, what: what.to_owned() }
    }

    /// The lesson that the value is, with this file's lines for its mistakes.
    ///
    /// # Errors
    /// [`LessonError::At`]
    pub fn lesson(&self, value: Value) -> Result<Lesson, LessonError> {
        let steps = value["steps"].as_array().map(Vec::as_slice).unwrap_or_default().to_vec();
        for (index, step) in steps.iter().enumerate() {
            let same = steps[..index].iter().any(|earlier| earlier["id"] == step["id"]);
            if same && let Some(id) = step["id"].as_str() {
                let what = LessonError::SameStep(id.to_owned()).to_string();
                return Err(self.mistake(&format!("steps[{index}].id"), &what));
            }
            for (number, need) in step["needs"].as_array().into_iter().flatten().enumerate() {
                if need.is_string() && steps[..index].iter().all(|earlier| earlier["id"] != *need) {
                    let what = format!("no step before this one is called {need}");
                    return Err(self.mistake(&format!("steps[{index}].needs[{number}]"), &what));
                }
            }
        }
        let title = value["title"].clone();
        Lesson::from_value(value).map_err(|error| match error {
            LessonError::Format(whole) => {
                let of_lesson = if title.is_null() { format!("{whole} of the lesson") } else { whole };
                let (field, what) = first_mistake(&title, &steps).unwrap_or((String::new(), of_lesson));
                let name = unknown_name(&what).unwrap_or_default();
                let dot = if field.is_empty() || name.is_empty() { "" } else { "." };
                self.mistake(&format!("{field}{dot}{name}"), &what)
            }
            other => other,
        })
    }
}

/// The innermost part of the title and the steps that is wrong, and what is wrong with it.
fn first_mistake(title: &Value, steps: &[Value]) -> Option<(String, String)> {
    fn wrong<T: DeserializeOwned>(value: &Value) -> Option<String> {
        serde_json::from_value::<T>(value.clone()).err().map(|error| error.to_string())
    }
    if let Some(what) = wrong::<Text>(title).filter(|_| !title.is_null()) {
        return Some(("title".to_owned(), what));
    }
    for (index, step) in steps.iter().enumerate() {
        let Some(whole) = wrong::<Step>(step) else { continue };
        let at = format!("steps[{index}]");
        for (number, goal) in step["goals"].as_array().into_iter().flatten().enumerate() {
            if let Some(what) = wrong::<Condition>(&goal["when"]).filter(|_| goal.get("when").is_some()) {
                return Some((format!("{at}.goals[{number}].when"), what));
            }
            if let Some(what) = wrong::<Goal>(goal) {
                return Some((format!("{at}.goals[{number}]"), what));
            }
        }
        for (number, action) in step["actions"].as_array().into_iter().flatten().enumerate() {
            if let Some(what) = wrong::<Action>(action) {
                return Some((format!("{at}.actions[{number}]"), what));
            }
        }
        return Some((at, whole));
    }
    None
}

/// The name in serde's "unknown field `x`, expected …" and "unknown variant `x`, …".
fn unknown_name(what: &str) -> Option<&str> {
    let name = what.strip_prefix("unknown field `").or_else(|| what.strip_prefix("unknown variant `"))?;
    name.split('`').next()
}
