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
        let Opened { lesson, files } = open(folder)?;
        let missing = lesson::check::missing_programs(&lesson, &files);
        if !missing.is_empty() {
            println!("{folder}: not simulated: {}", missing.join(", "));
        }
        let problems = lesson::check::check(&lesson, files);
        for problem in &problems {
            println!("{folder}: {problem}");
        }
        if problems.is_empty() {
            println!("{folder}: ok ({} steps)", lesson.steps.len());
        }
        good &= problems.is_empty();
    }
    Ok(good)
}

/// Plays the lesson of a folder against the cluster of a kubeconfig, and prints what is wrong and what could not be judged. True if
/// nothing is wrong.
///
/// # Errors
/// A folder that is no lesson, or a cluster that it cannot be played in.
pub fn run_against(folder: &str, kubeconfig: &str) -> Result<bool, String> {
    let opened = open(folder)?;
    let report = real::check(&opened, Path::new(kubeconfig))?;
    for sentence in &report.not_judged {
        println!("{folder}: not judged: {sentence}");
    }
    for problem in &report.problems {
        println!("{folder}: {problem}");
    }
    if report.problems.is_empty() {
        println!(
            "{folder}: ok ({} steps), in the cluster of {kubeconfig}, which keeps what the lesson made",
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
