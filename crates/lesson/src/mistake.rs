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
    /// What is wrong. In Korean a plain sentence comes before the words of the readers of YAML and of serde, which stay English, as
    /// those of kubectl do.
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
            LessonError::Yaml { file, line, what } if lang == Lang::Ko => {
                (Some(file), *line, format!("{} ({what})", yaml_in_korean(what)))
            }
            LessonError::At { file, line, what } if lang == Lang::Ko => {
                let words = field_in_korean(what).map(|plain| format!("{plain} ({what})"));
                (Some(file), *line, words.unwrap_or_else(|| what.clone()))
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

/// What a person can do about a problem of the reader of YAML.
fn yaml_in_korean(what: &str) -> &'static str {
    let sentences = [
        ("did not find expected node content", "값이 와야 할 자리에 아무것도 없거나 괄호가 닫히지 않았습니다"),
        ("did not find expected ','", "괄호 안의 쉼표가 빠졌거나 괄호가 닫히지 않았습니다"),
        ("did not find expected", "들여쓰기가 위아래 줄과 맞지 않습니다"),
        ("block sequence entries are not allowed", "목록의 줄표(-)가 올 수 없는 자리입니다. 들여쓰기를 확인하세요"),
        (
            "mapping values are not allowed",
            "콜론(:)이 올 수 없는 자리입니다. 들여쓰기를 맞추고, 콜론이 든 글은 따옴표로 감싸세요",
        ),
        ("could not find expected ':'", "이름 뒤에 콜론(:)이 없습니다"),
        ("found unexpected end of stream", "따옴표가 닫히지 않았습니다"),
        ("found unexpected document indicator", "따옴표가 닫히지 않았습니다"),
        ("tab", "들여쓰기에는 탭을 쓸 수 없습니다. 공백으로 바꾸세요"),
        (
            "found character that cannot start any token",
            "글이 시작할 수 없는 글자입니다. 탭은 공백으로 바꾸고, @나 `로 시작하는 글은 따옴표로 감싸세요",
        ),
        ("unknown escape", "따옴표 안의 역슬래시(\\) 뒤에 올 수 없는 글자입니다"),
        ("unknown anchor", "정하지 않은 이름(*)을 가리킵니다"),
        ("control characters are not allowed", "보이지 않는 제어 문자가 들어 있습니다"),
    ];
    let found = sentences.iter().find(|(words, _)| what.contains(words));
    found.map_or("YAML로 읽을 수 없습니다", |(_, sentence)| sentence)
}

/// The same of what no lesson has; nothing where the words are not known.
fn field_in_korean(what: &str) -> Option<String> {
    let named = |start: &str| what.strip_prefix(start)?.split(['`', '"']).find(|part| !part.is_empty());
    if let Some(name) = named("unknown field `") {
        return Some(format!("{name}라는 필드는 여기에 쓸 수 없습니다"));
    }
    if let Some(name) = named("unknown variant `") {
        return Some(format!("{name}라는 값은 여기에 쓸 수 없습니다"));
    }
    if let Some(name) = named("missing field `") {
        return Some(format!("{name} 필드가 빠졌습니다"));
    }
    if let Some(name) = what.strip_prefix("the lesson has two steps called ") {
        return Some(format!("이름이 {name}인 단계가 둘 있습니다"));
    }
    if let Some(name) = named("no step before this one is called ") {
        return Some(format!("이 단계보다 앞에 이름이 {name}인 단계가 없습니다"));
    }
    if what.starts_with("no step is called") {
        return Some("이 파일의 이름으로 시작하는 단계가 없습니다".to_owned());
    }
    if what.contains(" hints in Korean, ") {
        return Some("한국어 글과 영어 글의 힌트 수가 다릅니다".to_owned());
    }
    if what.ends_with(" is not a file of this folder") || what.ends_with(" is missing from the lesson's folder") {
        return Some("폴더에 없는 파일입니다".to_owned());
    }
    (what.starts_with("invalid type") || what.starts_with("invalid value"))
        .then(|| "값의 종류가 맞지 않습니다".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_has_a_file_and_a_line() {
        let head = "id: a\ntitle: {ko: a, en: a}\n";
        for (yaml, file, line, what) in [
            ("id: a\nsteps: [\n".to_owned(), "lesson.yaml", 2, "값이 와야 할 자리에"),
            (format!("{head}steps:\n- id: s\n  seconds: 5\n"), "lesson.yaml", 5, "seconds라는 필드는"),
            (format!("{head}steps:\n- id: s\n- id: s\n"), "lesson.yaml", 5, "이름이 s인 단계가 둘"),
            (
                format!("{head}steps:\n- id: s\n  needs: [before]\n"),
                "lesson.yaml",
                5,
                "이 단계보다 앞에 이름이 before인",
            ),
            ("id: a\ntitle: a: b\n".to_owned(), "lesson.yaml", 2, "콜론(:)이 올 수 없는"),
            ("id: a\ntitle: \"a\n".to_owned(), "lesson.yaml", 2, "따옴표가 닫히지"),
            ("id: a\n title: b\n".to_owned(), "lesson.yaml", 2, "콜론(:)이 올 수 없는"),
            ("id: a\nsteps:\n\t- id: s\n".to_owned(), "lesson.yaml", 3, "글이 시작할 수 없는 글자"),
            (
                "id: a\nsteps:\n- {id: s, title: {ko: a, en: a}, text: {ko: a, en: a}}\n".to_owned(),
                "lesson.yaml",
                1,
                "title 필드가 빠졌습니다",
            ),
            (format!("{head}steps:\n- id: s\n- id: nowhere\n"), "lesson.yaml", 5, "단계의 글이 없습니다"),
            (format!("{head}steps:\n- id: t\n"), "lesson.yaml", 4, "단계의 글이 없습니다"),
            (format!("{head}steps: []\n"), "lesson.yaml", 1, "단계가 하나도 없습니다"),
            (format!("{head}files: [none.txt]\nsteps:\n- id: s\n"), "lesson.yaml", 3, "폴더에 없는 파일입니다"),
            (
                format!("{head}steps: [{{id: s, title: {{ko: a, en: a}}, text: {{ko: a, en: a}}}}]\n"),
                "x.md",
                1,
                "이 파일의 이름으로 시작하는 단계가",
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
