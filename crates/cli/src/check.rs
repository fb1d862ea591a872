//! `kube-playground check`: plays lessons from folders, for authors and their CI.

use std::path::Path;

use lesson::Opened;
/// Plays the lessons of these folders, and prints what is wrong with each. True if nothing is.
///
/// # Errors
/// A folder that cannot be read, or that is no lesson.
pub fn run(folders: &[&str]) -> Result<bool, String> {
    let mut good = true;
    for folder in folders {
        let mut files = Vec::new();
        super::collect(Path::new(folder), "", &mut files).map_err(|error| format!("{folder}: {error}"))?;
        let name =
            Path::new(folder).file_name().map_or_else(|| (*folder).to_owned(), |name| name.to_string_lossy().into());
        let Opened { lesson, files } =
            lesson::open(&name, &files.into_iter().collect()).map_err(|error| format!("{folder}: {error}"))?;
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
