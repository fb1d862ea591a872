//! `kube-playground check`, over the lessons that come with the page and those of the tests.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn check(folders: &[PathBuf]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kube-playground"));
    command.arg("check").args(folders).output().expect("the program starts")
}

/// The folders in a folder, in order.
fn folders(below: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(below);
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(root).expect(below).map(|entry| entry.expect(below).path()).collect();
    found.retain(|path| path.is_dir());
    found.sort();
    found
}

#[test]
fn every_lesson_passes() {
    let mut all = [folders("lessons"), folders("tests/lessons")].concat();
    all.retain(|folder| folder.join("lesson.yaml").exists() || folder.join("index.json").exists());
    all.extend([folders("lessons/challenges"), folders("lessons/course")].concat());
    assert!(all.len() >= 29, "{all:?}");
    let output = check(&all);
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// What `check` does not ask of a lesson, and the course promises: each step in both languages, with something to reach, a hint and
/// a solution, and of its shell the same in both.
#[test]
fn every_step_of_the_course_is_complete_in_both_languages() {
    let course = folders("lessons/course");
    assert!(!course.is_empty());
    for folder in course {
        let file = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        let files = std::fs::read_dir(&folder)
            .expect("the folder")
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let shared = ["../course.yaml", "../functions.sh"].map(str::to_owned);
        let files: lesson::Folder = files.chain(shared).map(|name| (name.clone(), file(&name).into_bytes())).collect();
        let lesson = lesson::open("course", &files).expect("it is a lesson").lesson;
        assert!((4..=7).contains(&lesson.steps.len()), "{folder:?}");
        for step in &lesson.steps {
            let at = format!("{} in {folder:?}", step.id);
            let [ko, en] = ["ko", "en"].map(|lang| file(&format!("{}.{lang}.md", step.id)));
            assert!(ko.chars().any(|c| ('가'..='힣').contains(&c)) && !en.is_empty(), "{at}");
            assert!(!step.goals.is_empty() && !step.hints.is_empty() && !step.solution.is_empty(), "{at}");
            assert!(!step.done.get(lesson::Lang::Ko).is_empty() && !step.done.get(lesson::Lang::En).is_empty(), "{at}");
            let typed =
                |text: &str| -> Vec<String> { text.split("```").skip(1).step_by(2).map(str::to_owned).collect() };
            assert_eq!(typed(&ko), typed(&en), "{at}");
        }
    }
}

#[test]
fn a_challenge_of_a_number_is_played() {
    let practice = |number: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kube-playground"));
        command.args(["check", "--practice", number]).output().expect("the program starts")
    };
    let output = practice("17");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "practice:17: ok (1 steps)\n");
    assert_eq!(practice("one").status.code(), Some(2));
}

#[test]
fn a_lesson_with_a_mistake_fails_and_says_where() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mistake");
    std::fs::create_dir_all(&folder).expect("a folder");
    for (name, text) in [
        ("lesson.yaml", "id: a\ntitle: {ko: a, en: a}\nsteps: [{id: one}]\n"),
        ("one.md", "# One\n\n```sh,run\nkubectl get pod nobody\n```\n"),
    ] {
        std::fs::write(folder.join(name), text).expect(name);
    }
    let output = check(&[folder]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("one: `kubectl get pod nobody` fails with 1: Error from server (NotFound)"), "{said}");
    let output = check(&[PathBuf::from("/nowhere")]);
    assert_eq!(output.status.code(), Some(2));
}
