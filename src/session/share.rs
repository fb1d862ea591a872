//! The session as others take it: a file, a link, a script, manifests, a recording.

use lesson::Lang;
use serde_json::{Map, Value, json};

use super::opened::{self, OPENED};
use super::{LessonRun, Session};

impl Session {
    /// The session as JSON, for a download or a crash page.
    pub fn to_json(&self) -> String {
        self.read(|playground| playground.session().to_json().to_string())
    }

    /// The session for a link, as `www/page/payload.ts` has it: with its lesson, where that can be had if it was opened from
    /// elsewhere, and how far it is.
    pub fn to_shared(&self) -> Value {
        let world = self.0.world.borrow();
        let (mut progress, mut lesson) = (Map::new(), "none");
        if let Some(run) = &world.lesson {
            lesson = &run.lesson.id;
            progress.insert(lesson.to_owned(), run.progress.to_value().to_string().into());
        }
        let mut shared =
            json!({ "session": world.playground.session().to_json(), "lesson": lesson, "progress": progress });
        if let Some(run) = world.lesson.as_ref().filter(|run| run.lesson.id == OPENED)
            && let Some(source) = opened::source(&self.0.storage).filter(|source| !source.is_empty())
        {
            let title = |lang| run.lesson.title.get(lang);
            shared[OPENED] = json!({ "source": source, "title": { "ko": title(Lang::Ko), "en": title(Lang::En) } });
        }
        shared
    }

    /// What was done, as `www/page/script.ts` has it: the session, and its command lines with when and where they ran.
    pub fn to_done(&self) -> Value {
        self.read(|playground| {
            let session = playground.session();
            let since = |at: sim::Time| at.unix_micros() - session.settings.epoch.unix_micros();
            let command = |run: &playground::CommandRun| {
                json!({
                    "line": run.line, "at": since(run.at), "ended": run.ended.map(since), "terminal": run.terminal.0,
                    "place": run.place.to_string(),
                })
            };
            let commands: Vec<Value> = playground.commands().iter().map(command).collect();
            json!({ "session": session.to_json(), "commands": commands })
        })
    }

    /// What makes a recording of the terminal in front.
    pub fn recording(&self) -> playground::Recording {
        let world = self.0.world.borrow();
        let terminal = world.tabs.active.unwrap_or_else(|| world.tabs.first());
        playground::Recording::new(world.playground.session(), terminal)
    }

    /// The cluster's objects that were not there when it was handed over.
    pub fn to_objects(&self) -> Value {
        self.read(|playground| {
            let mut keys: Vec<String> = api::resources().iter().map(|resource| resource.key().to_owned()).collect();
            let defined = playground.objects("customresourcedefinitions.apiextensions.k8s.io", None);
            keys.extend(defined.iter().map(|one| api::path::str(one, "metadata.name").to_owned()));
            let beginning = playground.beginning().rfc3339();
            let objects = keys.iter().flat_map(|key| playground.objects(key, None));
            let later =
                objects.filter(|object| api::path::str(object, "metadata.creationTimestamp") >= beginning.as_str());
            later.map(|object| (*object).clone()).collect()
        })
    }

    /// Goes on with a session that somebody shared, in place of this one, which is set aside.
    ///
    /// # Errors
    /// Why it is none.
    pub fn open_shared(&self, shared: &Value) -> Result<(), String> {
        self.take_up(&shared["session"].to_string())?;
        let (storage, mut lesson) = (&self.0.storage, shared["lesson"].as_str().unwrap_or("none"));
        if let Some((lesson, _)) = lesson::find(lesson) {
            storage.set(&format!("progress.{}", lesson.id), shared["progress"][&lesson.id].as_str().unwrap_or("{}"));
        } else if lesson == OPENED {
            match shared["kept"].as_str() {
                Some(kept) => {
                    storage.set(OPENED, kept);
                    storage.set("progress.opened", shared["progress"][OPENED].as_str().unwrap_or("{}"));
                }
                // Whatever was opened here before is another lesson.
                None => lesson = "none",
            }
        }
        storage.set("lesson", lesson);
        self.0.world.borrow_mut().lesson = LessonRun::find(lesson, storage);
        self.touch();
        Ok(())
    }
}
