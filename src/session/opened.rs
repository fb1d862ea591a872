//! A lesson from a folder that somebody opened: what is kept of it, and the world that it begins with.

use std::rc::Rc;

use lesson::{Folder, Opened, Progress};
use playground::Playground;
use serde_json::{Map, Value, json};

use super::{LessonRun, Session, aside};
use crate::browser::address::Address;
use crate::browser::storage::Storage;
use crate::lesson_folders::practice_number;

/// Its name among the lessons, and what is kept of it.
pub(super) const OPENED: &str = "opened";

/// A folder as it was fetched or chosen.
#[derive(Clone, PartialEq, Debug)]
pub struct Fetched {
    /// What the folder is called.
    pub name: String,
    /// The address that gives it again; empty if there is none.
    pub source: String,
    /// Its files.
    pub folder: Folder,
}

impl Fetched {
    fn to_kept(&self) -> String {
        let file = |(path, bytes): (&String, &Vec<u8>)| {
            let content = match std::str::from_utf8(bytes) {
                Ok(text) => Value::from(text),
                Err(_) => bytes.clone().into(),
            };
            (path.clone(), content)
        };
        let files: Map<String, Value> = sim::order::collect(self.folder.iter().map(file));
        json!({"name": self.name, "source": self.source, "files": files}).to_string()
    }

    fn from_kept(text: &str) -> Option<Fetched> {
        Fetched::from_value(&serde_json::from_str(text).ok()?)
    }

    /// A folder in JSON: texts by their paths, or bytes as numbers.
    pub fn from_value(value: &Value) -> Option<Fetched> {
        let bytes = |content: &Value| match content {
            Value::String(text) => Some(text.clone().into_bytes()),
            Value::Array(bytes) => bytes.iter().map(|byte| u8::try_from(byte.as_u64()?).ok()).collect(),
            _ => None,
        };
        let mut folder = Folder::new();
        for (path, content) in value["files"].as_object()? {
            folder.insert(path.clone(), bytes(content)?);
        }
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        Some(Fetched { name: text("name"), source: text("source"), folder })
    }
}

/// Where the lesson that is kept came from.
pub fn source(storage: &Storage) -> Option<String> {
    Some(Fetched::from_kept(&storage.get(OPENED)?)?.source)
}

/// The lesson that is kept.
#[inline(never)]
pub(super) fn lesson(storage: &Storage) -> Option<lesson::Lesson> {
    let mut kept = Fetched::from_kept(&storage.get(OPENED)?)?;
    // A link's lesson that is made of a number is kept without its files.
    if let Some(number) = practice_number(&kept.source).filter(|_| kept.folder.is_empty()) {
        kept.folder = lesson::practice(number);
    }
    let lesson = lesson::open(&kept.name, &kept.folder).ok()?.lesson;
    // Whatever it calls itself: a lesson that comes with the page may have that name.
    Some(lesson::Lesson { id: OPENED.to_owned(), ..lesson })
}

impl Session {
    /// Begins the lesson of a folder in a world of its own; the session before it is set aside.
    ///
    /// # Errors
    /// Why the folder is no lesson.
    pub fn open_lesson(&self, fetched: &Fetched) -> Result<(), lesson::LessonError> {
        let Opened { lesson, files } = lesson::open(&fetched.name, &fetched.folder)?;
        let lesson = lesson::Lesson { id: OPENED.to_owned(), ..lesson };
        if let Some(run) = &self.0.world.borrow().lesson {
            run.keep(&self.0.storage);
        }
        self.set_aside();
        let storage = &self.0.storage;
        aside::forget_progress(storage);
        storage.set("lesson", OPENED);
        storage.set(OPENED, &fetched.to_kept());
        {
            let mut world = self.0.world.borrow_mut();
            let world = &mut *world;
            world.go_on_with(Playground::new(lesson.settings(files)));
            world.left_route = None;
            world.lesson = Some(LessonRun {
                lesson: Rc::new(lesson),
                progress: Progress::default(),
                ends: Vec::new(),
                waits: false,
            });
            world.prepare_step();
            world.keep.begin(&world.playground, storage);
        }
        if !storage.forgets() {
            Address::follow_source(&fetched.source);
        }
        self.touch();
        Ok(())
    }

    /// As [`Session::open_lesson`], for who writes the lesson: where only words changed the world goes on, and so does the place in
    /// the lesson. True if the world began anew.
    ///
    /// # Errors
    /// Why the folder is no lesson.
    pub fn preview_lesson(&self, fetched: &Fetched, anew: bool) -> Result<bool, lesson::LessonError> {
        let Opened { lesson, files } = lesson::open(&fetched.name, &fetched.folder)?;
        let step = {
            let mut world = self.world_now();
            let world = &mut *world;
            let same_world = *world.playground.settings() == lesson.settings(files);
            match world.lesson.as_mut().filter(|run| run.lesson.id == OPENED) {
                Some(run) if !anew && same_world && prepares(&run.lesson).eq(prepares(&lesson)) => {
                    run.progress = Progress::from_value(&lesson, &run.progress.to_value());
                    run.lesson = Rc::new(lesson::Lesson { id: OPENED.to_owned(), ..lesson });
                    None
                }
                Some(run) => Some(run.progress.step),
                None => Some(0),
            }
        };
        match step {
            Some(step) => {
                self.open_lesson(fetched)?;
                // As a student comes to it: the steps before are done.
                self.0.world.borrow_mut().ahead_of_replay = Some(step).filter(|step| *step > 0);
                self.catch_up_with_step();
            }
            None => self.touch(),
        }
        Ok(step.is_some())
    }

    /// Runs the scripts that check the step at hand, each in a copy of the world.
    pub fn check_step(&self) {
        {
            let mut world = self.world_now();
            let world = &mut *world;
            world.save_staged(false);
            if let Some(run) = &mut world.lesson {
                run.check(&world.playground, self.0.lang.get());
                run.keep(&self.0.storage);
            }
        }
        self.touch();
    }
}

/// What a lesson does to its world before anybody types.
fn prepares(lesson: &lesson::Lesson) -> impl Iterator<Item = (&str, &lesson::Scripts)> {
    lesson.steps.iter().map(|step| (step.id.as_str(), &step.scripts))
}
