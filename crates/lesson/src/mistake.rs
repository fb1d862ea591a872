//! Where in a lesson's folder it is wrong, for an editor.

use crate::folder::Folder;
use crate::format::{Lang, LessonError};

/// What keeps a folder from being a lesson, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mistake {
    /// The file's path in the folder.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong. The words of the readers of YAML and of serde stay English, as those of kubectl do.
    pub what: String,
}

/// What serde says of a step that has no text of any kind.
const NO_TEXT: &str = "missing field `title`";

impl Mistake {
    /// The mistake in a folder that [`crate::open`] refused for this reason.
    pub fn of(error: &LessonError, folder: &Folder, lang: Lang) -> Mistake {
        let (file, line, what) = match error {
            LessonError::At { file, line, what } if what == NO_TEXT => {
                let words = match lang {
                    Lang::Ko => {
                        "단계의 글이 없습니다. 이름이 단계의 id로 시작하는 .ko.md와 .en.md, 또는 .md 파일을 쓰세요"
                    }
                    Lang::En => "the step has no text: write its ID.en.md and ID.ko.md, or ID.md",
                };
                (Some(file), *line, words.to_owned())
            }
            LessonError::Yaml { file, line, what } | LessonError::At { file, line, what } => {
                (Some(file), *line, what.clone())
            }
            LessonError::Missing(name) if lang == Lang::Ko => (None, 1, format!("폴더에 {name} 파일이 없습니다")),
            LessonError::SameStep(name) if lang == Lang::Ko => (None, 1, format!("이름이 {name}인 단계가 둘 있습니다")),
            LessonError::Empty if lang == Lang::Ko => (None, 1, "단계가 하나도 없습니다".to_owned()),
            other => (None, 1, other.to_string()),
        };
        let main = if folder.contains_key("index.json") { "index.json" } else { "lesson.yaml" };
        Mistake { file: file.cloned().unwrap_or_else(|| main.to_owned()), line, what }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_has_a_file_and_a_line() {
        let head = "id: a\ntitle: {ko: a, en: a}\n";
        for (yaml, file, line, what) in [
            ("id: a\nsteps: [\n".to_owned(), "lesson.yaml", 2, "did not find expected node content"),
            (format!("{head}steps:\n- id: s\n- id: nowhere\n"), "lesson.yaml", 5, "단계의 글이 없습니다"),
            (format!("{head}steps:\n- id: t\n"), "lesson.yaml", 4, "단계의 글이 없습니다"),
            (format!("{head}steps: []\n"), "lesson.yaml", 1, "단계가 하나도 없습니다"),
            (
                format!("{head}steps: [{{id: s, title: {{ko: a, en: a}}, text: {{ko: a, en: a}}}}]\n"),
                "x.md",
                1,
                "no step is called",
            ),
        ] {
            let other = if file == "x.md" { "x.md" } else { "s.md" };
            let files = [("lesson.yaml", yaml.as_str()), (other, "# s")];
            let folder: Folder =
                files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
            let found = Mistake::of(&crate::open("x", &folder).expect_err(what), &folder, Lang::Ko);
            assert_eq!((found.file.as_str(), found.line), (file, line), "{found:?}");
            assert!(found.what.starts_with(what), "{found:?}");
        }
    }
}
