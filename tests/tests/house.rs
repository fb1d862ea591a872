//! The house's rules, read off the manifests and the sources: which way imports point, who may touch the system.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What knows Kubernetes, or knows what does.
const KUBERNETES: &[&str] = &[
    "api",
    "manifest",
    "apiserver",
    "component",
    "controllers",
    "kubelet",
    "cluster",
    "kubectl",
    "lesson",
    "playground",
    "k8s-openapi",
];
/// What makes up a cluster.
const CLUSTER: &[&str] = &["apiserver", "component", "controllers", "kubelet", "cluster"];
const BROWSER: &[&str] = &["yew", "web-sys", "js-sys", "wasm-bindgen", "wasm-bindgen-futures"];

/// (crate, what it must not depend on, not even through another).
const MUST_NOT_REACH: &[(&str, &[&str])] = &[
    ("sim", &["network", "machine", "userland"]),
    ("sim", KUBERNETES),
    ("network", &["machine", "userland"]),
    ("network", KUBERNETES),
    // The kernel takes a table of programs: it knows none of them.
    ("machine", &["userland"]),
    ("machine", KUBERNETES),
    ("userland", KUBERNETES),
    ("api", CLUSTER),
    ("api", &["manifest", "kubectl", "lesson", "playground", "machine", "userland", "network"]),
    ("manifest", CLUSTER),
    ("manifest", &["kubectl", "lesson", "playground", "machine", "userland", "network"]),
    // Components meet only at the API: the server knows none of them, and the two crates of components do not know each other.
    ("apiserver", &["component", "controllers", "kubelet", "cluster"]),
    ("component", &["controllers", "kubelet", "cluster"]),
    ("controllers", &["kubelet", "cluster"]),
    ("kubelet", &["controllers", "cluster"]),
    ("cluster", &["kubectl", "lesson", "playground", "machine", "userland", "network"]),
    ("kubectl", CLUSTER),
    ("kubectl", &["lesson", "playground", "machine", "userland", "network"]),
    ("playground", &["lesson"]),
];

/// Sorts of the standard library, which are compiled anew for each type.
const SORTS: &[&str] = &[
    ".sort()",
    ".sort_by(",
    ".sort_by_key(",
    ".sort_by_cached_key(",
    ".sort_unstable()",
    ".sort_unstable_by(",
    ".sort_unstable_by_key(",
    ".collect::<BTree",
    ".collect::<Map<",
];

/// What only `cli` may name: the simulated computers have files, sockets, programs and clocks of their own.
const SYSTEM: &[&str] = &[
    "std::fs",
    "std::process",
    "std::thread",
    "std::env",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "ToSocketAddrs",
    "SystemTime",
    "std::time::Instant",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The folders under `crates/`, by name.
fn crates() -> BTreeMap<String, PathBuf> {
    let entries = fs::read_dir(root().join("crates")).expect("crates/");
    let folders = entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.join("Cargo.toml").is_file());
    folders.map(|path| (path.file_name().expect("a name").to_string_lossy().into_owned(), path)).collect()
}

/// The names under `[dependencies]`, and under `[target.….dependencies]` and `[dependencies.NAME]`.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut inside = false;
    for line in manifest.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            inside =
                section == "dependencies" || (section.starts_with("target.") && section.ends_with(".dependencies"));
            names.extend(section.strip_prefix("dependencies.").map(str::to_owned));
        } else if inside && !line.starts_with('#') {
            let name = line.split(['=', '.', ' ']).next().unwrap_or_default();
            names.extend((!name.is_empty() && line.contains('=')).then(|| name.trim_matches('"').to_owned()));
        }
    }
    names
}

/// Everything each crate depends on, itself or through another crate of ours; tests' dependencies left out.
fn reached() -> BTreeMap<String, BTreeSet<String>> {
    let direct: BTreeMap<String, BTreeSet<String>> =
        crates().into_iter().map(|(name, path)| (name, dependencies(&read(&path.join("Cargo.toml"))))).collect();
    let mut all = direct.clone();
    for _ in 0..direct.len() {
        let before = all.clone();
        for names in all.values_mut() {
            let more: Vec<String> = names.iter().filter_map(|name| before.get(name)).flatten().cloned().collect();
            names.extend(more);
        }
    }
    all
}

#[test]
fn dependencies_are_read_off_a_manifest() {
    let manifest = "[package]\nname = \"x\"\n[dependencies]\n# no = 1\nsim.workspace = true\nserde_json = \"1\"\n\n\
                    [dev-dependencies]\nkubectl.workspace = true\n[target.'cfg(unix)'.dependencies]\nlibc = \"1\"\n\
                    [dependencies.web-sys]\nversion = \"0.3\"\n";
    let names: Vec<String> = dependencies(manifest).into_iter().collect();
    assert_eq!(names, ["libc", "serde_json", "sim", "web-sys"]);
}

#[test]
fn imports_point_one_way() {
    let reached = reached();
    for (name, forbidden) in MUST_NOT_REACH {
        let names = reached.get(*name).unwrap_or_else(|| panic!("crates/{name} is gone: change this test with it"));
        let wrong: Vec<&&str> = forbidden.iter().filter(|other| names.contains(**other)).collect();
        assert!(wrong.is_empty(), "crates/{name} must not depend on {wrong:?}, not even through another crate");
    }
}

#[test]
fn components_leave_their_writes_to_the_cluster() {
    // They are built on the API server's crate for its store and its rules, and must not hold a server.
    let words = ["apiserver::ApiServer", "{ApiServer", ", ApiServer", "ApiServer::"];
    let folders = ["component", "controllers", "kubelet"].map(|name| root().join("crates").join(name).join("src"));
    let wrong: Vec<String> = folders.iter().flat_map(|folder| lines_with(folder, &words)).collect();
    assert!(wrong.is_empty(), "a component's writes are in its `Reconciled`:\n{}", wrong.join("\n"));
}

#[test]
fn only_the_app_knows_the_browser() {
    for (name, names) in reached() {
        let wrong: Vec<&String> =
            names.iter().filter(|other| BROWSER.contains(&other.as_str()) || other.starts_with("gloo")).collect();
        assert!(wrong.is_empty(), "crates/{name} must not depend on {wrong:?}");
    }
}

#[test]
fn only_the_command_line_touches_the_system() {
    let wrong: Vec<String> = crates()
        .into_iter()
        .filter(|(name, _)| name != "cli")
        .flat_map(|(_, path)| lines_with(&path.join("src"), SYSTEM))
        .collect();
    assert!(wrong.is_empty(), "only crates/cli may name these:\n{}", wrong.join("\n"));
}

#[test]
fn what_is_in_the_page_sorts_by_one_sort() {
    let mut folders: Vec<PathBuf> =
        crates().into_iter().filter(|(name, _)| name != "cli").map(|(_, path)| path.join("src")).collect();
    folders.push(root().join("src"));
    let wrong: Vec<String> = folders
        .iter()
        .flat_map(|folder| lines_with(folder, SORTS))
        .filter(|line| !line.contains("crates/sim/src/order.rs"))
        .collect();
    assert!(wrong.is_empty(), "each costs the page 4 KB; `sim::order` does not:\n{}", wrong.join("\n"));
}

/// The lines of code, tests left out, that hold one of these words, with their places.
fn lines_with(folder: &Path, words: &[&str]) -> Vec<String> {
    let mut files = Vec::new();
    sources(folder, &mut files);
    assert!(!files.is_empty(), "{} holds no Rust", folder.display());
    let mut found = Vec::new();
    for file in files {
        let text = read(&file);
        // A file's tests come last and may read their golden files.
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            let line = line.split("//").next().unwrap_or_default();
            let here = words.iter().filter(|word| line.contains(**word));
            found.extend(here.map(|word| format!("{}:{}: {word}", file.display(), number + 1)));
        }
    }
    found
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, files);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            files.push(path);
        }
    }
}

#[test]
fn every_crate_is_tested_and_says_what_lives_there() {
    let workspace = read(&root().join("Cargo.toml"));
    let start = workspace.find("default-members").expect("default-members");
    let members = workspace[start..].split(']').next().unwrap_or_default();
    for (name, path) in crates() {
        assert!(
            members.contains(&format!("\"crates/{name}\"")),
            "crates/{name} is not in default-members, so not in `cargo test`"
        );
        let main = ["src/lib.rs", "src/main.rs"].into_iter().map(|file| path.join(file)).find(|file| file.is_file());
        let main = main.unwrap_or_else(|| panic!("crates/{name} has neither lib.rs nor main.rs"));
        assert!(read(&main).starts_with("//! "), "{} must begin by saying what lives there", main.display());
    }
}

#[test]
fn nothing_outside_the_project_is_named() {
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output();
    let Some(listed) = listed.ok().filter(|output| output.status.success()) else {
        // A copy without history has only what was published.
        return;
    };
    // In two pieces, so that this file does not name them.
    let words = [concat!("../", "shared"), concat!("/wor", "k/")];
    let mut wrong = Vec::new();
    for name in String::from_utf8_lossy(&listed.stdout).split('\0').filter(|name| !name.is_empty()) {
        let path = root().join(name);
        if path.is_file() {
            let text = read(&path);
            wrong.extend(words.iter().filter(|word| text.contains(**word)).map(|word| format!("{name}: {word}")));
        }
    }
    assert!(wrong.is_empty(), "these paths exist on one machine only:\n{}", wrong.join("\n"));
}

#[test]
fn what_runs_at_github_is_named_by_its_commit() {
    let mut files = Vec::new();
    for folder in [".github/workflows", ".github/actions"] {
        workflows(&root().join(folder), &mut files);
    }
    assert!(files.len() >= 3, "{files:?}");
    let mut wrong = Vec::new();
    for path in files {
        let text = read(&path);
        for (at, line) in text.lines().enumerate() {
            let Some((_, action)) = line.split_once("uses: ") else { continue };
            let (name, version) = action.split_once('@').unwrap_or((action, ""));
            let commit = version.split(' ').next().unwrap_or_default();
            let pinned = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
            // Whose version it is, for who reads it, and for tools that bring it up to date.
            if !(name.starts_with("./") || pinned && version.contains(" # v")) {
                wrong.push(format!("{}:{}: {}", path.display(), at + 1, line.trim()));
            }
        }
        for script in text.split(|c: char| c.is_whitespace() || c == '"').filter(|word| word.starts_with("www/")) {
            if script.ends_with(".mjs") && !root().join(script).is_file() {
                wrong.push(format!("{}: there is no {script}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn workflows(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            workflows(&path, files);
        } else if path.extension().is_some_and(|end| end == "yml") {
            files.push(path);
        }
    }
}

#[test]
fn korean_texts_choose_their_particles() {
    // Two particles to choose from are a form to fill in, not a sentence: a noun after the name takes a fixed one.
    let pairs = ["이(가)", "가(이)", "은(는)", "는(은)", "을(를)", "를(을)", "과(와)", "와(과)", "(으)로"];
    let mut files = Vec::new();
    for folder in ["src", "crates", "lessons", "www"] {
        texts(&root().join(folder), &mut files);
    }
    let mut wrong = Vec::new();
    for path in files {
        let text = read(&path);
        let lines = text.lines().enumerate().filter(|(_, line)| pairs.iter().any(|pair| line.contains(pair)));
        wrong.extend(lines.map(|(at, line)| format!("{}:{}: {}", path.display(), at + 1, line.trim())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What may hold texts for people: Rust, TypeScript and lessons, without what was installed.
fn texts(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            if !path.ends_with("node_modules") {
                texts(&path, files);
            }
        } else if path.extension().is_some_and(|end| end == "rs" || end == "ts" || end == "yaml") {
            files.push(path);
        }
    }
}
