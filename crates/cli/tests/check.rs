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
    let all = [folders("lessons"), folders("lessons/challenges"), folders("tests/lessons")].concat();
    let all: Vec<PathBuf> = all.into_iter().filter(|folder| !folder.ends_with("challenges")).collect();
    assert!(all.len() >= 14, "{all:?}");
    let output = check(&all);
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
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
