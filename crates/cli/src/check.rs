//! `kube-playground check`: plays lessons from folders, for authors and their CI.

use std::path::Path;
use std::{fs, io};

use lesson::{Folder, Opened};

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
