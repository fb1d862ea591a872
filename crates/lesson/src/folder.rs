//! A lesson's folder: which format it is in, and the format of our own.
//!
//! `lesson.yaml` says what [`crate::format`] says, and besides:
//!
//! - `computer: controlplane` puts the terminals on the computer of public scenarios, as root;
//! - a step's texts may stand in Markdown files beside it, `STEP.en.md` and `STEP.ko.md`. Their first heading is the title; what
//!   follows `## Hint` is a hint (there may be several), `## Done` what is said at the end, `## Notes` what the presenter sees; the
//!   rest is the text. Who writes one language writes `STEP.md`;
//! - `STEP.solve.sh` is its solution, a command line each; `STEP.verify.sh` a goal (its words: `verify: {ko, en}` in the step), with
//!   `STEP.hint.sh`, which prints why it is not reached yet, and `STEP.fail.sh`, which ends with other than 0 where it cannot be
//!   reached any more; `STEP.setup.sh` is what is prepared unseen when the step begins;
//! - `files` names what of the folder is put into the home folder.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::format::{Lesson, LessonError};
use crate::{iximiuz, killercoda, page, step_files};

/// The files of a lesson's folder: their paths in it, and what they hold.
pub type Folder = BTreeMap<String, Vec<u8>>;

/// A file of a lesson's world: its path (see [`playground::Settings::files`]), and what it holds.
pub type WorldFile = (String, Vec<u8>);

/// A lesson that was read from a folder, and the files that its world begins with.
#[derive(Clone, PartialEq, Debug)]
pub struct Opened {
    /// The lesson.
    pub lesson: Lesson,
    /// The files.
    pub files: Vec<WorldFile>,
}

/// Reads the lesson of a folder: ours (`lesson.yaml`), a Killercoda scenario (`index.json`), one of iximiuz Labs (a page of Markdown
/// with tasks), or any page of Markdown. `id` is its name where it has none of its own.
///
/// # Errors
/// [`LessonError`] names the file that is missing, or says what is wrong with one.
pub fn open(id: &str, folder: &Folder) -> Result<Opened, LessonError> {
    if folder.contains_key("lesson.yaml") {
        ours(folder)
    } else if folder.contains_key("index.json") {
        killercoda::read(id, folder)
    } else if let Some(name) = page_of(folder) {
        let (matter, text) = front_matter(name, &text_of(folder, name)?)?;
        if iximiuz::is_one(&matter) {
            iximiuz::read(id, folder, &matter, &text)
        } else {
            page::read(id, &matter, &text)
        }
    } else {
        Err(LessonError::Missing("lesson.yaml (or a scenario's index.json, or one page of Markdown)".to_owned()))
    }
}

/// The page of a folder that has one: `index.md`, `README.md`, or the only one.
fn page_of(folder: &Folder) -> Option<&str> {
    let is_page = |name: &&str| name.to_ascii_lowercase().ends_with(".md") && !name.contains('/');
    let pages: Vec<&str> = folder.keys().map(String::as_str).filter(is_page).collect();
    let named = |name: &str| pages.iter().copied().find(|page| page.eq_ignore_ascii_case(name));
    named("index.md").or_else(|| named("readme.md")).or_else(|| pages.first().copied().filter(|_| pages.len() == 1))
}

/// What stands between the `---` at the beginning of a page, and what follows it.
///
/// # Errors
/// [`LessonError::Yaml`]
fn front_matter(name: &str, text: &str) -> Result<(Value, String), LessonError> {
    let text = text.trim_start_matches('\u{feff}');
    let parted = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
    match parted {
        Some((matter, text)) => Ok((yaml(name, matter)?, text.to_owned())),
        None => Ok((Value::Null, text.to_owned())),
    }
}

/// The text of a file.
///
/// # Errors
/// [`LessonError::Missing`]
pub(crate) fn text_of(folder: &Folder, name: &str) -> Result<String, LessonError> {
    let name = name.trim_start_matches("./").trim_start_matches('/');
    let bytes = folder.get(name).ok_or_else(|| LessonError::Missing(name.to_owned()))?;
    Ok(String::from_utf8_lossy(bytes).replace("\r\n", "\n"))
}

fn ours(folder: &Folder) -> Result<Opened, LessonError> {
    let mut value = yaml("lesson.yaml", &text_of(folder, "lesson.yaml")?)?;
    let computer = match value.as_object_mut().and_then(|lesson| lesson.remove("computer")) {
        None => playground::Computer::Laptop,
        Some(name) if name == "laptop" => playground::Computer::Laptop,
        Some(name) if name == "controlplane" => playground::Computer::ControlPlane,
        Some(name) => {
            return Err(LessonError::Format(format!("computer: {name} is neither laptop nor controlplane")));
        }
    };
    let mut markdown = false;
    for step in value.get_mut("steps").and_then(Value::as_array_mut).into_iter().flatten() {
        // Kubernetes' YAML is 1.1, in which the key `on` is `true`.
        let actions = step.get_mut("actions").and_then(Value::as_array_mut);
        for action in actions.into_iter().flatten().filter_map(Value::as_object_mut) {
            if let Some(place) = action.remove("true") {
                action.insert("on".to_owned(), place);
            }
        }
        let file = |name: &str| text_of(folder, name).ok();
        markdown |= step_files::put(&file, step).map_err(LessonError::Format)?;
    }
    let lesson = Lesson { computer, markdown, ..Lesson::from_value(value)? };
    let files = lesson.files.iter().map(|name| {
        let bytes = folder.get(name).ok_or_else(|| LessonError::Missing(name.clone()))?;
        Ok((name.clone(), bytes.clone()))
    });
    let files = files.collect::<Result<Vec<WorldFile>, LessonError>>()?;
    Ok(Opened { lesson, files })
}

/// A file of YAML as a value. The page has this reader anyway, and it knows the line of a mistake.
///
/// # Errors
/// [`LessonError::Yaml`] with the file and the line.
fn yaml(name: &str, text: &str) -> Result<Value, LessonError> {
    let parsed = manifest::parse(text);
    if let Some(error) = parsed.error {
        return Err(LessonError::Yaml(format!("{name}, line {}: {}", error.span.line, error.problem)));
    }
    Ok(parsed.documents.into_iter().next().map(|document| document.value).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Condition, Lang};

    fn folder(files: &[(&str, &str)]) -> Folder {
        files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn a_folder_of_markdown_and_shell_is_a_lesson() {
        let folder = folder(&[
            (
                "lesson.yaml",
                "id: pods\ntitle: {ko: 파드, en: Pods}\ncomputer: controlplane\nfiles: [pod.yaml]\nsteps:\n- id: make\n  verify: {ko: 있다, \
                 en: It is there}\n- id: read\n",
            ),
            ("pod.yaml", "kind: Pod"),
            ("make.ko.md", "# 만들기\n\n글\n\n## Hint\n\n힌트\n\n## Done\n끝"),
            (
                "make.en.md",
                "# Make it\n\nText\n\n```sh,run\n# a comment\nkubectl apply -f pod.yaml\n```\n\n## Why\nmore\n## Hint\nA hint\n## Done\nThere.",
            ),
            ("make.solve.sh", "#!/bin/bash\nkubectl apply -f pod.yaml\n"),
            ("make.verify.sh", "kubectl get pod a"),
            ("make.setup.sh", "sleep 1"),
            ("read.md", "# Read\nOnly one language"),
        ]);
        let Opened { lesson, files } = open("x", &folder).expect("it is a lesson");
        assert_eq!(
            (lesson.id.as_str(), lesson.computer, lesson.markdown),
            ("pods", playground::Computer::ControlPlane, true)
        );
        assert_eq!(files, [("pod.yaml".to_owned(), b"kind: Pod".to_vec())]);
        let [make, read] = lesson.steps.as_slice() else { panic!("two steps") };
        assert_eq!((make.title.get(Lang::Ko), make.title.get(Lang::En)), ("만들기", "Make it"));
        assert!(make.text.get(Lang::En).ends_with("## Why\nmore"), "{:?}", make.text);
        assert_eq!((make.hints[0].get(Lang::Ko), make.done.get(Lang::En)), ("힌트", "There."));
        assert_eq!(make.solution, ["kubectl apply -f pod.yaml"]);
        assert_eq!(make.goals[0].when, Condition::Script("kubectl get pod a".to_owned()));
        assert_eq!(
            (make.goals[0].text.get(Lang::En), make.scripts.background.as_deref()),
            ("It is there", Some("sleep 1"))
        );
        assert_eq!((read.title.get(Lang::Ko), read.goals.len()), ("Read", 0));
    }

    #[test]
    fn a_folder_that_is_no_lesson_says_why() {
        let lesson = "id: a\ntitle: {ko: a, en: a}\nsteps: [{id: s}]\n";
        for (files, why) in [
            (vec![], "lesson.yaml (or a scenario's index.json, or one page of Markdown) is missing"),
            (vec![("lesson.yaml", "id: a\nsteps: [")], "lesson.yaml, line 2: did not find expected node content"),
            (vec![("lesson.yaml", lesson)], "missing field `title`"),
            (
                vec![("lesson.yaml", lesson), ("s.ko.md", "## Hint\na"), ("s.en.md", "# b")],
                "1 hints in Korean, 0 in English",
            ),
            (vec![("lesson.yaml", "computer: mars\nid: a\n")], "computer: \"mars\" is neither"),
            (
                vec![("lesson.yaml", "id: a\nfiles: [x]\ntitle: {ko: a, en: a}\nsteps: [{id: s}]\n"), ("s.md", "# t")],
                "x is missing",
            ),
        ] {
            let error = open("x", &folder(&files)).expect_err(why).to_string();
            assert!(error.contains(why), "{why}: {error}");
        }
    }
}
