//! Worlds to test with.

use std::path::{Path, PathBuf};

use playground::{Playground, Settings};

/// The folder of this crate.
pub(crate) fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files of `tests/manifests`, by their path below it.
///
/// # Panics
/// When the folder cannot be read.
pub fn manifests() -> Vec<(String, Vec<u8>)> {
    let root = here().join("manifests");
    let mut files = Vec::new();
    collect(&root, &root, &mut files);
    files.sort();
    files
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("a folder's entry").path();
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.file_name().is_none_or(|name| name != "README.md") {
            let name = path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
            files.push((name, std::fs::read(&path).expect("a manifest")));
        }
    }
}

/// A fresh, started world with the manifests in the home folder.
pub fn world(seed: u64) -> Playground {
    Playground::new(Settings { seed, files: manifests(), ..Settings::default() })
}
