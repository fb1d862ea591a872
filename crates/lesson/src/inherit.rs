//! What a lesson inherits from its course, and a step from its lesson.
//!
//! `course.yaml`, in the folder above (a lesson names it: `course: ../course.yaml`), `lesson.yaml` and its steps may say:
//!
//! | key | what it is | the nearer one |
//! | --- | --- | --- |
//! | `computer` | whose computer the terminals are on; not in a step, since a world has one | wins |
//! | `seed` | where the world's chance comes from; not in a step | wins |
//! | `functions` | a file of shell that stands before each script | wins |
//! | `hints` | hints of the steps that have none of their own | wins |
//! | `files` | files for the home folder; a step's when it begins | comes after |
//! | `images` | images that are on the node before a Pod asks for them | comes after |
//! | `addons` | what `minikube addons enable` is told | comes after |
//! | `setup` | a file of shell that prepares unseen; a step's is `STEP.setup.sh` | comes after |
//!
//! Files are named from where the key stands: those of a course are in the course's folder.

use playground::Computer;
use serde_json::Value;

use crate::folder::{Folder, WorldFile};
use crate::format::LessonError;
use crate::source::Source;

/// The file of a course, as its lessons name it.
pub(crate) const COURSE: &str = "../course.yaml";

/// What one of the three says.
#[derive(Default)]
pub(crate) struct Level {
    pub computer: Option<Computer>,
    pub seed: Option<u64>,
    functions: Option<String>,
    hints: Option<Value>,
    pub files: Vec<WorldFile>,
    images: Vec<String>,
    addons: Vec<String>,
    setup: Option<String>,
}

/// Where a [`Level`] is read.
pub(crate) struct Place<'a> {
    pub folder: &'a Folder,
    pub source: &'a Source,
    /// The field whose keys it is of, with its dot: `steps[0].`, or nothing.
    pub field: String,
    /// Before the names of its files: `../` for a course's.
    pub beside: &'static str,
}

impl Place<'_> {
    fn mistake(&self, key: &str, what: &str) -> LessonError {
        self.source.mistake(&format!("{}{key}", self.field), what)
    }

    fn word(&self, value: &mut Value, key: &str) -> Result<Option<String>, LessonError> {
        match take(value, key) {
            None => Ok(None),
            Some(Value::String(word)) => Ok(Some(word)),
            Some(_) => Err(self.mistake(key, &format!("{key} is a word"))),
        }
    }

    fn words(&self, value: &mut Value, key: &str) -> Result<Vec<String>, LessonError> {
        let mut words = Vec::new();
        match take(value, key) {
            None => {}
            Some(Value::Array(items)) => {
                for (index, item) in items.into_iter().enumerate() {
                    let Value::String(word) = item else {
                        return Err(self.mistake(&format!("{key}[{index}]"), &format!("{key} is a list of words")));
                    };
                    words.push(word);
                }
            }
            Some(_) => return Err(self.mistake(key, &format!("{key} is a list of words"))),
        }
        Ok(words)
    }

    /// The bytes of a file that the key names.
    fn file(&self, key: &str, name: &str) -> Result<Vec<u8>, LessonError> {
        let path = format!("{}{}", self.beside, name.trim_start_matches("./"));
        if name.starts_with('/') || name.split('/').any(|part| part == "..") {
            return Err(self.mistake(key, &format!("{name} is not a file of this folder")));
        }
        let missing = || self.mistake(key, &LessonError::Missing(path.clone()).to_string());
        self.folder.get(&path).cloned().ok_or_else(missing)
    }

    fn script(&self, value: &mut Value, key: &str) -> Result<Option<String>, LessonError> {
        let Some(name) = self.word(value, key)? else { return Ok(None) };
        let bytes = self.file(key, &name)?;
        Ok(Some(String::from_utf8_lossy(&bytes).replace("\r\n", "\n")))
    }
}

fn take(value: &mut Value, key: &str) -> Option<Value> {
    value.as_object_mut()?.remove(key).filter(|value| !value.is_null())
}

impl Level {
    /// Takes what is inherited out of a value; what stays is the lesson's or the step's own.
    ///
    /// # Errors
    /// [`LessonError::Format`] with the line.
    pub fn take(value: &mut Value, place: &Place) -> Result<Level, LessonError> {
        let computer = match place.word(value, "computer")?.as_deref() {
            None => None,
            Some("laptop") => Some(Computer::Laptop),
            Some("controlplane") => Some(Computer::ControlPlane),
            Some(other) => {
                let what = format!("computer: \"{other}\" is neither laptop nor controlplane");
                return Err(place.mistake("computer", &what));
            }
        };
        let seed = match take(value, "seed") {
            None => None,
            Some(seed) => {
                let seed = seed.as_u64().ok_or_else(|| place.mistake("seed", "seed is a whole number from 0"));
                Some(seed?)
            }
        };
        let mut files = Vec::new();
        for (index, name) in place.words(value, "files")?.into_iter().enumerate() {
            let bytes = place.file(&format!("files[{index}]"), &name)?;
            files.push((name, bytes));
        }
        Ok(Level {
            computer,
            seed,
            functions: place.script(value, "functions")?,
            hints: take(value, "hints"),
            files,
            images: place.words(value, "images")?,
            addons: place.words(value, "addons")?,
            setup: place.script(value, "setup")?,
        })
    }

    /// What this says and an outer one does not, or says otherwise.
    pub fn below(mut self, outer: Level) -> Level {
        let join = |outer: Option<String>, inner: Option<String>| match (outer, inner) {
            (Some(outer), Some(inner)) => Some(format!("(\n{outer}\n)\n(\n{inner}\n)")),
            (outer, inner) => inner.or(outer),
        };
        let after = |mut outer: Vec<String>, inner: Vec<String>| {
            outer.extend(inner);
            outer
        };
        let mut files = outer.files;
        files.retain(|(name, _)| self.files.iter().all(|(own, _)| own != name));
        files.append(&mut self.files);
        Level {
            computer: self.computer.or(outer.computer),
            seed: self.seed.or(outer.seed),
            functions: self.functions.or(outer.functions),
            hints: self.hints.or(outer.hints),
            files,
            images: after(outer.images, self.images),
            addons: after(outer.addons, self.addons),
            setup: join(outer.setup, self.setup),
        }
    }

    /// Gives a step what it inherits: `own` is what it says itself, `self` its lesson's. The first step prepares what the lesson
    /// needs.
    pub fn give(&self, step: &mut Value, own: Level, is_first: bool) {
        if step["hints"].as_array().is_none_or(Vec::is_empty)
            && let Some(hints) = own.hints.as_ref().or(self.hints.as_ref())
        {
            step["hints"] = hints.clone();
        }
        let mut parts = Vec::new();
        if is_first {
            parts.extend(self.commands());
        }
        parts.extend(own.commands());
        parts.extend(own.files.iter().map(|(name, bytes)| written(name, bytes)));
        parts.extend(step["scripts"]["background"].as_str().map(str::to_owned));
        let functions = own.functions.as_ref().or(self.functions.as_ref());
        let with = |script: &str| functions.map_or_else(|| script.to_owned(), |it| format!("{it}\n{script}"));
        if !parts.is_empty() {
            let text = match parts.as_slice() {
                [one] => one.clone(),
                // A part that exits ends none but itself.
                all => all.iter().map(|part| format!("(\n{part}\n)\n")).collect(),
            };
            step["scripts"]["background"] = with(&text).into();
        }
        for goal in step["goals"].as_array_mut().into_iter().flatten() {
            for script in [goal.pointer("/when/script"), goal.get("hint"), goal.get("fail")]
                .map(|script| script.and_then(Value::as_str).map(with))
                .into_iter()
                .zip(["/when/script", "/hint", "/fail"])
            {
                if let (Some(text), Some(place)) = (script.0, goal.pointer_mut(script.1)) {
                    *place = text.into();
                }
            }
        }
    }

    /// What prepares a world for this.
    fn commands(&self) -> Vec<String> {
        let mut commands = Vec::new();
        if !self.images.is_empty() {
            commands.push(format!("minikube image pull {}", self.images.join(" ")));
        }
        commands.extend(self.addons.iter().map(|addon| format!("minikube addons enable {addon}")));
        commands.extend(self.setup.clone());
        commands
    }
}

/// A command that writes a file, whatever is in it, unless there is one.
fn written(name: &str, bytes: &[u8]) -> String {
    let octal: String = bytes.iter().map(|byte| format!("\\{byte:03o}")).collect();
    let quoted = |name: &str| name.replace('\'', "'\\''");
    let (folder, name) = (quoted(name.rsplit_once('/').map_or(".", |(folder, _)| folder)), quoted(name));
    format!("[ -e ~/'{name}' ] || {{ mkdir -p ~/'{folder}'; printf '{octal}' >~/'{name}'; }}")
}
