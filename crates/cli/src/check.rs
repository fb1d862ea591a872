//! `kube-playground check`: plays lessons from folders, for authors and their CI.

use std::path::Path;
use std::{fs, io};

use lesson::{Folder, Opened};

mod real;

/// Plays the lessons of these folders, and prints what is wrong with each. True if nothing is.
///
/// # Errors
/// A folder that cannot be read, or that is no lesson.
pub fn run(folders: &[&str]) -> Result<bool, String> {
    let mut good = true;
    for folder in folders {
        good &= play(folder, open(folder)?);
    }
    Ok(good)
}

/// Plays the challenge that is made of a number, in a world of its own or against a cluster.
///
/// # Errors
/// A cluster that it cannot be played in.
pub fn run_practice(number: u64, kubeconfig: Option<&str>) -> Result<bool, String> {
    let name = format!("{}:{number}", lesson::PRACTICE);
    let opened = lesson::open(&name, &lesson::practice(number)).map_err(|error| format!("{name}: {error}"))?;
    match kubeconfig {
        None => Ok(play(&name, opened)),
        Some(kubeconfig) => play_against(&name, &opened, kubeconfig),
    }
}

fn play(name: &str, opened: Opened) -> bool {
    let Opened { lesson, files } = opened;
    let missing = lesson::check::missing_programs(&lesson, &files);
    if !missing.is_empty() {
        println!("{name}: not simulated: {}", missing.join(", "));
    }
    let problems = lesson::check::check(&lesson, files);
    for problem in &problems {
        println!("{name}: {problem}");
    }
    if problems.is_empty() {
        println!("{name}: ok ({} steps)", lesson.steps.len());
    }
    problems.is_empty()
}

/// Plays the lesson of a folder against the cluster of a kubeconfig, and prints what is wrong and what could not be judged. True if
/// nothing is wrong.
///
/// # Errors
/// A folder that is no lesson, or a cluster that it cannot be played in.
pub fn run_against(folder: &str, kubeconfig: &str) -> Result<bool, String> {
    play_against(folder, &open(folder)?, kubeconfig)
}

fn play_against(name: &str, opened: &Opened, kubeconfig: &str) -> Result<bool, String> {
    let report = real::check(opened, Path::new(kubeconfig))?;
    for sentence in &report.not_judged {
        println!("{name}: not judged: {sentence}");
    }
    for problem in &report.problems {
        println!("{name}: {problem}");
    }
    if report.problems.is_empty() {
        println!(
            "{name}: ok ({} steps), in the cluster of {kubeconfig}, which keeps what the lesson made",
            opened.lesson.steps.len()
        );
    }
    Ok(report.problems.is_empty())
}

/// The lesson of a folder.
///
/// # Errors
/// What is wrong with the folder, with its name.
fn open(folder: &str) -> Result<Opened, String> {
    let path = Path::new(folder);
    let files = read(path).map_err(|error| format!("{folder}: {error}"))?;
    let name = path.file_name().map_or_else(|| folder.to_owned(), |name| name.to_string_lossy().into());
    lesson::open(&name, &files).map_err(|error| format!("{folder}: {error}"))
}

/// A folder's files, and beside it those of its course.
fn read(folder: &Path) -> io::Result<Folder> {
    let mut files = Vec::new();
    super::collect(folder, "", &mut files)?;
    let above = folder.join("..");
    if above.join("course.yaml").is_file() {
        for entry in fs::read_dir(above)? {
            let path = entry?.path();
            let name = path.file_name().map(|name| format!("../{}", name.to_string_lossy()));
            if let Some(name) = name.filter(|_| path.is_file()) {
                files.push((name, fs::read(&path)?));
            }
        }
    }
    Ok(files.into_iter().collect())
}
