//! The lessons that come with the playground.

use std::sync::OnceLock;

use crate::format::{Lesson, LessonFile, Text};
use crate::read;

macro_rules! lesson {
    ($folder:literal, [$($file:literal),*]) => {
        Source {
            id: $folder,
            title: include_str!(concat!(env!("OUT_DIR"), "/", $folder, ".title.json")),
            lesson: include_str!(concat!(env!("OUT_DIR"), "/", $folder, ".json")),
            files: &[$(LessonFile {
                name: $file,
                content: include_str!(concat!("../../../lessons/", $folder, "/", $file)),
            }),*],
            read: OnceLock::new(),
        }
    };
}

/// A lesson as JSON (`build.rs` makes it of its YAML and its Markdown), its title apart, and its files.
struct Source {
    id: &'static str,
    title: &'static str,
    lesson: &'static str,
    files: &'static [LessonFile],
    read: OnceLock<Option<(Lesson, &'static [LessonFile])>>,
}

static LESSONS: [Source; 2] =
    [lesson!("service", ["deployment.yaml", "service.yaml"]), lesson!("pvc", ["pvc.yaml", "pod-pvc.yaml"])];

/// What is known of a lesson before it is read.
pub struct Listed {
    /// Its name in links.
    pub id: &'static str,
    /// What it is called.
    pub title: Text,
    /// The files it puts into the home folder.
    pub files: &'static [LessonFile],
}

/// All lessons, in the order in which they are taught.
pub fn list() -> &'static [Listed] {
    static LISTED: OnceLock<Vec<Listed>> = OnceLock::new();
    let listed = |source: &Source| {
        let title = serde_json::from_str(source.title).ok().and_then(|title| read::text(&title)).unwrap_or_default();
        Listed { id: source.id, title, files: source.files }
    };
    LISTED.get_or_init(|| LESSONS.iter().map(listed).collect())
}

/// The lesson of this id with its files; it is read the first time that it is asked for.
pub fn find(id: &str) -> Option<&'static (Lesson, &'static [LessonFile])> {
    let source = LESSONS.iter().find(|source| source.id == id)?;
    // A lesson of ours that cannot be read is left out; a test makes sure that there is none.
    let lesson = || read::lesson(&serde_json::from_str(source.lesson).ok()?);
    source.read.get_or_init(|| Some((lesson()?, source.files))).as_ref()
}

/// All lessons with their files, in the order in which they are taught.
pub fn all() -> Vec<&'static (Lesson, &'static [LessonFile])> {
    LESSONS.iter().filter_map(|source| find(source.id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::{Folder, open};
    use crate::markdown::{Block, Inline, blocks};
    use crate::{Lang, Span, spans};

    fn folder(id: &str) -> Folder {
        let folder = format!("{}/../../lessons/{id}", env!("CARGO_MANIFEST_DIR"));
        let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file"));
        entries
            .map(|entry| {
                (entry.file_name().into_string().expect("a name"), std::fs::read(entry.path()).expect("a file"))
            })
            .collect()
    }

    /// A text as the little markup has it, and as Markdown has it: paragraphs of plain, strong and code.
    fn both_ways(text: &str) -> [Vec<Vec<(char, String)>>; 2] {
        let span = |span: Span| match span {
            Span::Plain(text) => (' ', text.replace('\n', " ")),
            Span::Code(text) => ('`', text.to_owned()),
            Span::Strong(text) => ('*', text.to_owned()),
        };
        let inline = |inline: &Inline| match inline {
            Inline::Text(text) => (' ', text.replace('\n', " ")),
            Inline::Code(text, None) => ('`', text.clone()),
            Inline::Strong(inner) => ('*', crate::markdown::plain(inner)),
            other => panic!("{other:?} in {text}"),
        };
        let joined = |pieces: Vec<(char, String)>| {
            let mut joined: Vec<(char, String)> = Vec::new();
            for (kind, text) in pieces {
                match joined.last_mut() {
                    Some((' ', last)) if kind == ' ' => last.push_str(&text),
                    _ => joined.push((kind, text)),
                }
            }
            joined
        };
        let paragraph = |block: &Block| match block {
            Block::Paragraph(line) => joined(line.iter().map(inline).collect()),
            other => panic!("{other:?} in {text}"),
        };
        [
            text.split("\n\n").map(|text| joined(spans(text).into_iter().map(span).collect())).collect(),
            blocks(text).iter().map(paragraph).collect(),
        ]
    }

    #[test]
    fn every_lesson_can_be_read_and_speaks_both_languages() {
        assert_eq!(all().len(), LESSONS.len());
        for ((lesson, files), listed) in all().into_iter().zip(list()) {
            let opened = open(listed.id, &folder(listed.id)).expect("a lesson").lesson;
            assert_eq!(*lesson, Lesson { markdown: false, ..opened }, "read as any folder is");
            assert_eq!((lesson.id.as_str(), &lesson.title), (listed.id, &listed.title));
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

    /// The page draws these lessons before its reader of Markdown has come, by the little markup.
    #[test]
    fn the_texts_are_the_same_without_a_reader_of_markdown() {
        for (lesson, _) in all() {
            for step in &lesson.steps {
                for text in [&step.text, &step.done].into_iter().chain(&step.hints).chain(&step.notes) {
                    for lang in [Lang::Ko, Lang::En] {
                        let [little, markdown] = both_ways(text.get(lang));
                        assert_eq!(little, markdown, "{}", step.id);
                    }
                }
            }
        }
    }
}
