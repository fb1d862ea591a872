//! Writes each lesson of the tutorial, its YAML and its Markdown, as JSON, which the page can read anyway: it then begins without
//! a reader of either.

use std::path::Path;
use std::{env, fs};

#[path = "src/step_files.rs"]
mod step_files;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let lessons = Path::new("../../lessons");
    println!("cargo::rerun-if-changed={}", lessons.display());
    let out = env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    for entry in fs::read_dir(lessons)? {
        let folder = entry?.path();
        let file = folder.join("lesson.yaml");
        let (Some(name), Ok(yaml)) = (folder.file_name(), fs::read_to_string(&file)) else { continue };
        let mut lesson: serde_json::Value =
            serde_yaml::from_str(&yaml).map_err(|error| format!("{}: {error}", file.display()))?;
        for step in lesson["steps"].as_array_mut().into_iter().flatten() {
            step_files::put(&|name| fs::read_to_string(folder.join(name)).ok(), step)
                .map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        fs::write(Path::new(&out).join(name).with_extension("json"), lesson.to_string())?;
        fs::write(Path::new(&out).join(name).with_extension("title.json"), lesson["title"].to_string())?;
    }
    Ok(())
}
