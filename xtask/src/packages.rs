//! The packages that the built page holds: crates in its wasm, npm packages in its scripts. `dist/` gets the texts of their
//! licences (`licenses.txt`) and a list for programs (`sbom.cdx.json`); the page itself fetches neither.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::shell::{self, Failure, Outcome, because};

const APP: &str = "kube-playground-app";
/// What `www/bundle.mjs` bundled: the names of npm packages, a line each.
const BUNDLED: &str = "target/www/packages.txt";
const LICENSES: &str = "licenses.txt";
const SBOM: &str = "sbom.cdx.json";

/// A package of a registry.
pub struct Package {
    pub name: String,
    pub version: String,
    /// An SPDX expression, or what stands in its place.
    pub license: String,
    /// `None` for a package of this project's.
    pub source: Option<String>,
    /// Its address as a package URL.
    purl: String,
    /// The algorithm and the hexadecimal digits of its checksum.
    checksum: Option<(&'static str, String)>,
    /// Where it is unpacked.
    folder: PathBuf,
}

/// All crates of Cargo.lock, for every platform.
pub fn crates() -> Outcome<Vec<Package>> {
    let mut command = shell::cargo(&["metadata", "--format-version", "1", "--locked"]);
    let printed = shell::output(&mut command).ok_or_else(|| Failure("cargo metadata fails".into()))?;
    let metadata: Value = serde_json::from_str(&printed).map_err(because("cargo metadata"))?;
    let checksums = checksums(&fs::read_to_string("Cargo.lock").map_err(because("Cargo.lock"))?);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let package = |found: &Value| {
        let (name, version) = (text(&found["name"]).unwrap_or_default(), text(&found["version"]).unwrap_or_default());
        let folder = Path::new(found["manifest_path"].as_str().unwrap_or_default()).parent().unwrap_or(Path::new(""));
        Package {
            license: text(&found["license"]).unwrap_or_else(|| "none".to_owned()),
            source: text(&found["source"]),
            purl: format!("pkg:cargo/{name}@{version}"),
            checksum: checksums.get(&(name.clone(), version.clone())).map(|sum| ("SHA-256", sum.clone())),
            folder: folder.to_path_buf(),
            name,
            version,
        }
    };
    Ok(metadata["packages"].as_array().into_iter().flatten().map(package).collect())
}

/// The checksums in a Cargo.lock, by name and version.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let field = |part: &str, name: &str| {
        let start = format!("{name} = \"");
        part.lines().find_map(|line| Some(line.strip_prefix(&start)?.strip_suffix('"')?.to_owned()))
    };
    let packages = lock
        .split("[[package]]")
        .filter_map(|part| Some(((field(part, "name")?, field(part, "version")?), field(part, "checksum")?)));
    packages.collect()
}

/// All packages of www/package-lock.json.
pub fn npm() -> Outcome<Vec<Package>> {
    let lock = "www/package-lock.json";
    let lock: Value = serde_json::from_slice(&fs::read(lock).map_err(because(lock))?).map_err(because(lock))?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let packages = lock["packages"].as_object().into_iter().flatten().filter(|(path, _)| !path.is_empty());
    let package = |(path, found): (&String, &Value)| {
        let name = path.rsplit("node_modules/").next().unwrap_or_default().to_owned();
        let version = text(&found["version"]).unwrap_or_default();
        Package {
            license: text(&found["license"]).unwrap_or_else(|| "none".to_owned()),
            // Unless something else is said, the registry's.
            source: Some(text(&found["resolved"]).unwrap_or_else(|| "https://registry.npmjs.org/".to_owned())),
            purl: format!("pkg:npm/{}@{version}", name.replace('@', "%40")),
            checksum: found["integrity"].as_str().and_then(|it| it.strip_prefix("sha512-")).and_then(hexadecimal),
            folder: Path::new("www").join(path),
            name,
            version,
        }
    };
    Ok(packages.map(package).collect())
}

impl Package {
    /// Whether a lock file says what its bytes are.
    pub fn is_checked(&self) -> bool {
        self.checksum.is_some()
    }
}

/// A checksum in base64 as hexadecimal digits.
fn hexadecimal(base64: &str) -> Option<(&'static str, String)> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut count, mut digits) = (0_u32, 0, String::new());
    for letter in base64.bytes().filter(|letter| *letter != b'=') {
        bits = bits << 6 | u32::try_from(LETTERS.iter().position(|it| *it == letter)?).ok()?;
        count += 6;
        while count >= 4 {
            count -= 4;
            digits.push(char::from_digit(bits >> count & 15, 16)?);
        }
        bits &= (1 << count) - 1;
    }
    digits.truncate(digits.len() / 2 * 2);
    Some(("SHA-512", digits))
}

/// The packages in the page, by name: the crates of its wasm, without what only runs while it is compiled, and what its
/// scripts were bundled of.
fn of_page() -> Outcome<Vec<Package>> {
    // The tree knows which features are on where; the metadata does not.
    let mut tree = shell::cargo(&["tree", "--locked", "--package", APP, "--target", "wasm32-unknown-unknown"]);
    tree.args(["--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"]);
    let tree = shell::output(&mut tree).ok_or_else(|| Failure("cargo tree fails".into()))?;
    let in_wasm: Vec<(&str, &str)> = tree
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?, words.next()?.strip_prefix('v')?))
        })
        .collect();
    let bundled = fs::read_to_string(BUNDLED).map_err(because(BUNDLED))?;
    let mut packages = crates()?;
    packages.retain(|it| it.source.is_some() && in_wasm.contains(&(it.name.as_str(), it.version.as_str())));
    packages.extend(npm()?.into_iter().filter(|it| bundled.lines().any(|name| name == it.name)));
    packages.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    Ok(packages)
}

/// Writes both files.
pub fn write(folder: &Path) -> Outcome<()> {
    let packages = of_page()?;
    for (name, text) in [(LICENSES, licenses(&packages)?), (SBOM, sbom(&packages))] {
        let file = folder.join(name);
        fs::write(&file, text).map_err(because(file.display()))?;
    }
    Ok(())
}

/// What is in the page and is no package.
const BESIDES: [(&str, &str, &str); 2] = [
    (
        "Kubernetes (descriptions.txt: the API's documentation; help.txt: kubectl's help)",
        "Apache-2.0",
        "Copyright The Kubernetes Authors, https://github.com/kubernetes/kubernetes",
    ),
    (
        "The Rust standard library",
        "MIT OR Apache-2.0",
        "Copyright The Rust Project contributors, https://github.com/rust-lang/rust",
    ),
];

/// Each package with its licence, and the texts that came with it; each text once.
fn licenses(packages: &[Package]) -> Outcome<String> {
    let mut out =
        "kube-playground is licensed under MIT or Apache-2.0, at your choice. Its page also holds what others wrote.\n\
                   The numbers are of the texts below.\n\n"
            .to_owned();
    for (name, license, whose) in BESIDES {
        let _ = writeln!(out, "{name}: {license}\n  {whose}");
    }
    let mut texts: Vec<String> = Vec::new();
    for package in packages {
        let mut numbers = Vec::new();
        for text in license_texts(&package.folder)? {
            let known = texts.iter().position(|known| *known == text).unwrap_or_else(|| {
                texts.push(text);
                texts.len() - 1
            });
            numbers.push(format!("[{}]", known + 1));
        }
        let numbers = if numbers.is_empty() { "no text in the package".to_owned() } else { numbers.join(" ") };
        let _ =
            writeln!(out, "{} {}: {} {numbers}\n  {}", package.name, package.version, package.license, package.purl);
    }
    for (at, text) in texts.iter().enumerate() {
        let _ = write!(out, "\n{}\n[{}]\n\n{text}\n", "=".repeat(80), at + 1);
    }
    Ok(out)
}

/// The texts in a package's own folder that say on what terms it is to be had.
fn license_texts(folder: &Path) -> Outcome<Vec<String>> {
    let entries = fs::read_dir(folder).map_err(because(folder.display()))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| {
        let name = file.file_name().unwrap_or_default().to_string_lossy().to_ascii_uppercase();
        ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE", "COPYRIGHT"]
            .iter()
            .any(|start| name.starts_with(start))
            && file.is_file()
    });
    files.sort();
    let read = |file: &PathBuf| {
        Ok(fs::read_to_string(file).map_err(because(file.display()))?.replace('\r', "").trim().to_owned())
    };
    files.iter().map(read).collect()
}

/// The list as CycloneDX 1.5. It names no time and no machine: the same sources, the same bytes.
fn sbom(packages: &[Package]) -> String {
    let components = packages.iter().map(|it| {
        let hashes: Vec<Value> = it.checksum.iter().map(|(name, sum)| json!({"alg": name, "content": sum})).collect();
        json!({
            "type": "library", "bom-ref": it.purl, "name": it.name, "version": it.version, "purl": it.purl,
            // Some write an old form of `OR`.
            "licenses": [{"expression": it.license.replace(" / ", "/").replace('/', " OR ")}],
            "hashes": hashes,
        })
    });
    let own = json!({"type": "application", "bom-ref": "kube-playground", "name": "kube-playground"});
    let besides = BESIDES.iter().map(|(name, license, whose)| {
        json!({"type": "library", "name": name, "licenses": [{"expression": license}], "copyright": whose})
    });
    let bom = json!({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "metadata": {"component": own},
        "components": components.chain(besides).collect::<Vec<_>>(),
    });
    format!("{bom:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_found_and_written_in_digits() {
        let lock = "version = 4\n\n[[package]]\nname = \"own\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"a\"\nversion = \
                    \"1.2.3\"\nsource = \"registry\"\nchecksum = \"00ff\"\n";
        let found = checksums(lock);
        assert_eq!(found.len(), 1);
        assert_eq!(found[&("a".to_owned(), "1.2.3".to_owned())], "00ff");
        for (text, digits) in [("AP8=", "00ff"), ("3q2+7w==", "deadbeef"), ("AQID", "010203")] {
            assert_eq!(hexadecimal(text).map(|(_, digits)| digits).as_deref(), Some(digits));
        }
        assert!(hexadecimal("no base64!").is_none());
    }
}
