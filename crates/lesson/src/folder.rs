//! A lesson's folder: which format it is in, and the format of our own.
//!
//! `lesson.yaml` says what [`crate::format`] says, and besides:
//!
//! - what it inherits of its course, and its steps of it: see [`crate::inherit`];
//! - a step's texts may stand in Markdown files beside it, `STEP.en.md` and `STEP.ko.md`. Their first heading is the title; what
//!   follows `## Hint` is a hint (there may be several), `## Done` what is said at the end, `## Notes` what the presenter sees; the
//!   rest is the text. Who writes one language writes `STEP.md`;
//! - `STEP.solve.sh` is its solution, a command line each; `STEP.verify.sh` a goal (its words: `verify: {ko, en}` in the step), with
//!   `STEP.hint.sh`, which prints why it is not reached yet, and `STEP.fail.sh`, which ends with other than 0 where it cannot be
//!   reached any more; `STEP.setup.sh` is what is prepared unseen when the step begins.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::format::{Lesson, LessonError};
use crate::inherit::{self, Level, Place};
use crate::source::Source;
use crate::{iximiuz, killercoda, page, step_files};

/// The files of a lesson's folder: their paths in it, and what they hold; beside it, `../course.yaml` and its files.
pub type Folder = BTreeMap<String, Vec<u8>>;

/// A file of a lesson's world: its path (see [`playground::Settings::files`]), and what it holds.
pub type WorldFile = (String, Vec<u8>);

/// The file that a folder of our own format has.
const LESSON: &str = "lesson.yaml";

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
    if folder.contains_key(LESSON) {
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
        Some((matter, text)) => Ok((Source::parse(name, matter)?.value(), text.to_owned())),
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
    let source = Source::read(folder, LESSON)?;
    let mut value = source.value();
    let place = |field: String| Place { folder, source: &source, field, beside: "" };
    let mut world = Level::take(&mut value, &place(String::new()))?;
    if let Some(course) = value.as_object_mut().and_then(|lesson| lesson.remove("course")) {
        if course != inherit::COURSE {
            return Err(source.mistake("course", &format!("a lesson's course is {}", inherit::COURSE)));
        }
        world = world.below(course_of(folder)?);
    }
    let mut markdown = false;
    for (index, step) in value.get_mut("steps").and_then(Value::as_array_mut).into_iter().flatten().enumerate() {
        let field = format!("steps[{index}].");
        if !step.is_object() {
            continue;
        }
        for (key, why) in [
            ("computer", "a lesson has one computer, which a step cannot change"),
            ("seed", "a lesson has one world, which a step cannot begin anew"),
            ("setup", "what a step prepares is in a file of its name, STEP.setup.sh"),
        ] {
            if step.get(key).is_some() {
                return Err(source.mistake(&format!("{field}{key}"), why));
            }
        }
        let own = Level::take(step, &place(field.clone()))?;
        // Kubernetes' YAML is 1.1, in which the key `on` is `true`.
        let actions = step.get_mut("actions").and_then(Value::as_array_mut);
        for action in actions.into_iter().flatten().filter_map(Value::as_object_mut) {
            if let Some(place) = action.remove("true") {
                action.insert("on".to_owned(), place);
            }
        }
        let file = |name: &str| text_of(folder, name).ok();
        markdown |= step_files::put(&file, step).map_err(|why| source.mistake(&format!("steps[{index}]"), &why))?;
        world.give(step, own, index == 0);
    }
    let (computer, seed) = (world.computer.unwrap_or_default(), world.seed);
    let lesson = Lesson { computer, seed, markdown, ..source.lesson(value)? };
    no_strangers(folder, &lesson)?;
    let files = world.files;
    let names = files.iter().map(|(name, _)| name.clone()).collect();
    Ok(Opened { lesson: Lesson { files: names, ..lesson }, files })
}

/// What a course says of the world of its lessons.
fn course_of(folder: &Folder) -> Result<Level, LessonError> {
    let source = Source::read(folder, inherit::COURSE)?;
    let mut value = source.value();
    let place = Place { folder, source: &source, field: String::new(), beside: "../" };
    let course = Level::take(&mut value, &place)?;
    match value.as_object().and_then(|rest| rest.keys().next()) {
        Some(key) => Err(source.mistake(key, &format!("a course has no \"{key}\""))),
        None => Ok(course),
    }
}

/// A file that is named as a step's and is none's is one whose name was mistyped.
///
/// # Errors
/// [`LessonError::At`] its first line.
fn no_strangers(folder: &Folder, lesson: &Lesson) -> Result<(), LessonError> {
    for name in folder.keys() {
        let Some((id, end)) = name.split_once('.') else { continue };
        if step_files::ENDS.contains(&end) && !name.contains('/') && lesson.steps.iter().all(|step| step.id != id) {
            let ids: Vec<&str> = lesson.steps.iter().map(|step| step.id.as_str()).collect();
            let ids = ids.join(", ");
            let what = format!("no step is called \"{id}\" (there are {ids})");
            return Err(LessonError::At { file: name.clone(), line: 1, what });
        }
    }
    Ok(())
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
    fn a_lesson_inherits_from_its_course_and_a_step_from_its_lesson() {
        let texts = "{ko: a, en: a}";
        let lesson = format!(
            "id: a\ncourse: ../course.yaml\ntitle: {texts}\nseed: 7\nfiles: [own.yaml, both.yaml]\naddons: [metallb]\nsetup: begin.sh\n\
             steps:\n- id: one\n- id: two\n  images: [busybox]\n  files: [late.yaml]\n  functions: quiet.sh\n  hints: [{{ko: b, en: b}}]\n"
        );
        let course = "computer: laptop\nseed: 3\nfunctions: say.sh\nfiles: [common.yaml, both.yaml]\nimages: [nginx]\nsetup: prepare.sh\n\
                      hints: [{ko: c, en: c}]\n";
        let folder = folder(&[
            ("lesson.yaml", &lesson),
            ("../course.yaml", course),
            ("../say.sh", "say() { echo \"$1\"; }"),
            ("../prepare.sh", "echo prepare"),
            ("../common.yaml", "shared"),
            ("../both.yaml", "the course's"),
            ("own.yaml", "own"),
            ("both.yaml", "the lesson's"),
            ("late.yaml", "a'%\n"),
            ("begin.sh", "echo begin"),
            ("quiet.sh", "say() { :; }"),
            ("one.md", "# One"),
            ("one.setup.sh", "echo one"),
            ("one.verify.sh", "say x"),
            ("one.hint.sh", "say y"),
            ("two.md", "# Two"),
            ("two.verify.sh", "say z"),
        ]);
        let Opened { lesson, files } = open("x", &folder).expect("it is a lesson");
        let contents: Vec<(&str, &str)> =
            files.iter().map(|(name, bytes)| (name.as_str(), std::str::from_utf8(bytes).expect("text"))).collect();
        assert_eq!(
            contents,
            [("common.yaml", "shared"), ("own.yaml", "own"), ("both.yaml", "the lesson's")],
            "the nearer file of a name is the one"
        );
        assert_eq!((lesson.settings(Vec::new()).seed, lesson.computer), (7, playground::Computer::Laptop));
        let [one, two] = lesson.steps.as_slice() else { panic!("two steps") };
        let script = |step: &crate::Step| match &step.goals[0].when {
            Condition::Script(script) => script.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(script(one), "say() { echo \"$1\"; }\nsay x");
        assert_eq!(one.goals[0].hint.as_deref(), Some("say() { echo \"$1\"; }\nsay y"));
        assert_eq!(script(two), "say() { :; }\nsay z");
        assert_eq!((one.hints[0].get(Lang::En), two.hints[0].get(Lang::En)), ("c", "b"));
        let begins = one.scripts.background.as_deref().expect("it prepares");
        let parts =
            ["say() { echo", "image pull nginx", "addons enable metallb", "echo prepare", "echo begin", "echo one"];
        let places: Vec<usize> = parts.iter().map(|part| begins.find(part).expect(part)).collect();
        assert!(places.is_sorted(), "{begins}");
        let begins = two.scripts.background.as_deref().expect("it prepares");
        assert!(begins.contains("image pull busybox") && begins.contains("late.yaml"), "{begins}");
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
            (vec![("lesson.yaml", "id: a\ncomputer: mars\n")], "lesson.yaml, line 2: computer: \"mars\" is neither"),
            (
                vec![("lesson.yaml", "id: a\nfiles: [x]\ntitle: {ko: a, en: a}\nsteps: [{id: s}]\n"), ("s.md", "# t")],
                "x is missing",
            ),
            (
                vec![("lesson.yaml", &lesson.replace("steps", "course: x\nsteps"))],
                "line 3: a lesson's course is ../course.yaml",
            ),
            (
                vec![("lesson.yaml", &lesson.replace("steps", "course: ../course.yaml\nsteps"))],
                "../course.yaml is missing",
            ),
            (
                vec![
                    ("lesson.yaml", &lesson.replace("steps", "course: ../course.yaml\nsteps")),
                    ("../course.yaml", "seed: 1\nlessons: [a]\n"),
                ],
                "../course.yaml, line 2: a course has no \"lessons\"",
            ),
            (
                vec![("lesson.yaml", "id: a\ntitle: {ko: a, en: a}\nsteps:\n- id: s\n  computer: laptop\n")],
                "lesson.yaml, line 5: a lesson has one computer",
            ),
            (
                vec![
                    (
                        "lesson.yaml",
                        "id: a\ntitle: {ko: a, en: a}\nsteps:\n- id: s\n  goals:\n  - text: {ko: a, en: a}\n    when:\n      redy: a\n",
                    ),
                    ("s.md", "# t"),
                ],
                "lesson.yaml, line 8: unknown variant `redy`",
            ),
            (
                vec![
                    ("lesson.yaml", "id: a\ntitle: {ko: a, en: a}\nsteps:\n- id: s\n- id: t\n  gaols: []\n"),
                    ("s.md", "# t"),
                    ("t.md", "# t"),
                ],
                "lesson.yaml, line 6: unknown field `gaols`",
            ),
            (
                vec![("lesson.yaml", "id: a\ntitle: {ko: a}\nsteps: [{id: s}]\n"), ("s.md", "# t")],
                "lesson.yaml, line 2: missing field `en`",
            ),
            (
                vec![("lesson.yaml", "id: a\ntitle: {ko: a, en: a}\nfiles:\n- ../../secret\nsteps: [{id: s}]\n")],
                "lesson.yaml, line 4: ../../secret is not a file of this folder",
            ),
            (
                vec![("lesson.yaml", "id: a\ntitle: {ko: a, en: a}\nsteps:\n- id: s\n  needs: [t]\n- id: t\n")],
                "lesson.yaml, line 5: no step before this one is called \"t\"",
            ),
            (
                vec![("lesson.yaml", lesson), ("s.md", "# t"), ("t.verify.sh", "true")],
                "t.verify.sh, line 1: no step is called \"t\" (there are s)",
            ),
        ] {
            let error = open("x", &folder(&files)).expect_err(why).to_string();
            assert!(error.contains(why), "{why}: {error}");
        }
    }
}
