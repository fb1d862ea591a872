//! The lessons that come with the playground.

use std::sync::OnceLock;

use crate::format::{Lesson, LessonFile};

macro_rules! lesson {
    ($folder:literal, [$($file:literal),*]) => {
        (
            include_str!(concat!(env!("OUT_DIR"), "/", $folder, ".json")),
            &[$(LessonFile {
                name: $file,
                content: include_str!(concat!("../../../lessons/", $folder, "/", $file)),
            }),*] as &[LessonFile],
        )
    };
}

/// Each lesson as JSON (`build.rs` makes it of its YAML), and its files.
const LESSONS: &[(&str, &[LessonFile])] =
    &[lesson!("service", ["deployment.yaml", "service.yaml"]), lesson!("pvc", ["pvc.yaml", "pod-pvc.yaml"])];

/// All lessons with their files, in the order in which they are taught. They are parsed once.
pub fn all() -> &'static [(Lesson, &'static [LessonFile])] {
    static PARSED: OnceLock<Vec<(Lesson, &'static [LessonFile])>> = OnceLock::new();
    // A lesson of ours that cannot be read is left out; a test makes sure that there is none.
    let parse = || LESSONS.iter().filter_map(|(json, files)| Some((Lesson::from_json(json).ok()?, *files))).collect();
    PARSED.get_or_init(parse)
}

/// The lesson of this id with its files.
pub fn find(id: &str) -> Option<&'static (Lesson, &'static [LessonFile])> {
    all().iter().find(|(lesson, _)| lesson.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lang;

    #[test]
    fn every_lesson_can_be_read_and_speaks_both_languages() {
        for (json, files) in LESSONS {
            let lesson = Lesson::from_json(json).unwrap();
            let names: Vec<_> = files.iter().map(|file| file.name).collect();
            assert_eq!(lesson.files, names, "{}", lesson.id);
            for step in &lesson.steps {
                let mut texts = vec![&step.title, &step.text, &step.done];
                texts.extend(step.goals.iter().map(|goal| &goal.text));
                texts.extend(&step.hints);
                assert!(!step.goals.is_empty() && !step.solution.is_empty(), "{}", step.id);
                for text in texts {
                    assert!(!text.get(Lang::Ko).is_empty() && !text.get(Lang::En).is_empty(), "{}", step.id);
                    assert!(
                        text.get(Lang::En).is_ascii() || text.get(Lang::En).contains('\u{2026}'),
                        "{}",
                        text.get(Lang::En)
                    );
                }
            }
        }
    }
}
