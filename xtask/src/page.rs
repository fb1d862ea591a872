//! `dist/`: the page, its wasm split in two.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cold::Ran;
use crate::data::Layout;
use crate::shell::{self, Failure, Outcome, because};
use crate::split::Parts;
use crate::wasm::{self, Wasm};
use crate::{cargo_tools, chromium, frame, npm, packages, split, unsplit};

/// The functions that come first, as `split::key`s, and lines of those that do not come whole (`cold::Ran`).
const FIRST: &str = "xtask/first.txt";
/// The same for what another compiler made of the page: found by a test run, and used instead on this machine.
const FIRST_HERE: &str = "target/first.txt";
/// Functions that come first whether or not a run met them: printing a float falls back on them for one value in two hundred.
const ALWAYS: [&str; 4] = [
    "core::num::flt2dec::strategy::dragon::format_shortest",
    "core::num::flt2dec::strategy::dragon::mul_pow10",
    "<core::num::bignum::Big32x40>::mul_pow2",
    "<core::num::bignum::Big32x40>::mul_digits",
];
#[expect(clippy::disallowed_types, reason = "of files, to compare")]
type FileTime = std::time::SystemTime;

/// Everything that building the page needs; of programs, the folders that hold them.
pub struct Tools {
    pub wasm: Wasm,
    pub wasm_bindgen: PathBuf,
    pub npm: PathBuf,
}

/// Finds or installs what building the page needs.
pub fn tools() -> Outcome<Tools> {
    Ok(Tools { npm: npm::packages()?, wasm: wasm::compiler()?, wasm_bindgen: cargo_tools::wasm_bindgen()? })
}

impl Tools {
    /// Makes a command that compiles, however indirectly, compile the page's wasm.
    pub fn compile(&self, command: &mut Command) -> Outcome<()> {
        self.wasm.apply(command)?;
        // The split goes by names that tell one instance of a generic function from another, and by what the linker knows.
        let flags = "-Csymbol-mangling-version=v0 -Clink-arg=--emit-relocs";
        command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags);
        Ok(())
    }

    /// `trunk` with arguments, with the other tools on PATH.
    pub fn trunk(&self, arguments: &[&str]) -> Outcome<Command> {
        let trunk = cargo_tools::trunk()?;
        let path = shell::path_with(&[trunk.clone(), self.wasm_bindgen.clone(), self.npm.clone()])?;
        let mut command = Command::new(trunk.join("trunk"));
        command.args(arguments).arg("--offline").env("PATH", path);
        // Trunk reads NO_COLOR as a boolean and stops at "1".
        command.env_remove("NO_COLOR").env("RUST_BACKTRACE", "0");
        self.compile(&mut command)?;
        Ok(command)
    }
}

/// Builds `dist/` when something it is made of is newer.
pub fn build() -> Outcome<()> {
    let tools = tools()?;
    // What changes while it is built is newer than it.
    let started = FileTime::now();
    let mut sources =
        vec!["Cargo.toml", "Cargo.lock", "index.html", "src", "crates", "lessons", "www", "xtask/src/unsplit.rs"];
    if is_current(unsplit::FOLDER, &sources) {
        println!("  the page's parts are current");
    } else {
        unsplit::build(&tools)?;
        note_built(unsplit::FOLDER, started)?;
    }
    sources.extend([
        FIRST,
        FIRST_HERE,
        "xtask/src/page.rs",
        "xtask/src/split",
        "xtask/src/cold.rs",
        "xtask/src/liveness.rs",
        "xtask/src/outline.rs",
        "xtask/src/stubs.rs",
        "xtask/src/data.rs",
        "xtask/src/order.rs",
        "xtask/src/frame.rs",
        "xtask/src/packages.rs",
    ]);
    if is_current("dist", &sources) {
        println!("  dist/ is current");
        return Ok(());
    }
    shell::timed("dist/: the page's wasm, split in two", || {
        let first = listed()?;
        let parts = split::split(&split::outlined(&unsplit_wasm()?, &first)?, &first, Some(&layout()?))?;
        assemble(Path::new("dist"), &parts)
    })?;
    shell::timed("licences and a list of what is in the page", || packages::write(Path::new("dist")))?;
    note_built("dist", started)
}

/// The page's wasm before it is split.
fn unsplit_wasm() -> Outcome<Vec<u8>> {
    let file = unsplit::wasm();
    fs::read(&file).map_err(because(file.display()))
}

/// Where its data is.
fn layout() -> Outcome<Layout> {
    Layout::read(&fs::read(unsplit::LINKED).map_err(because(unsplit::LINKED))?)
}

fn files(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(because(folder.display()))?;
    Ok(entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_file()).collect())
}

/// The page with other wasm, in a folder of its own. `index.html` names it, its size (for the progress bar), and the rest.
fn assemble(folder: &Path, parts: &Parts) -> Outcome<()> {
    let Parts { first, rest, renamed } = parts;
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).map_err(because(folder.display()))?;
    // Named by what is in both, so that no cache joins halves of two builds.
    let name = format!("kube-playground-{}", split::hash(&[first.as_slice(), rest]));
    let (one, two) = (format!("{name}.wasm"), format!("{name}-rest.wasm"));
    fs::write(folder.join(&one), first).map_err(because(&one))?;
    fs::write(folder.join(&two), rest).map_err(because(&two))?;
    for file in files(Path::new(unsplit::FOLDER))? {
        if file.extension().is_none_or(|end| end != "wasm") {
            fs::copy(&file, folder.join(file.file_name().unwrap_or_default())).map_err(because(file.display()))?;
        }
    }
    rename(&folder.join(format!("{}.js", unsplit::APP)), renamed)?;
    let app = minified(folder, unsplit::APP)?;
    let loader = minified(folder, unsplit::LOADER)?;
    let start = fs::read_to_string("www/start.js").map_err(because("www/start.js"))?;
    let start = start.replace("APP.js", &app).replace("LOADER.js", &loader).replace("FIRST.wasm", &one);
    let start = start.replace("SIZE", &first.len().to_string());
    let index = folder.join("index.html");
    let text = fs::read_to_string(&index).map_err(because(index.display()))?;
    let text = with_start(&unsplit::without_links(&text), &start, [&app, &loader, &one])?;
    let text = filled(&text, "rest-of-wasm", &format!("./{two}"))?;
    let text = filled(&text, "offline", "1")?;
    let text = frame::with_first_frame(&text).ok_or_else(|| {
        Failure("index.html has no place for the first frame, or the world begins with more than a node".into())
    })?;
    fs::write(&index, text).map_err(because(index.display()))?;
    // Last: it holds hashes of what is in the page.
    let mut policy = Command::new("node");
    policy.arg("www/policy.mjs").arg(&index);
    shell::step("the page's Content-Security-Policy", policy)?;
    let mut offline = Command::new("node");
    offline.arg("www/offline.mjs").arg(folder);
    shell::step("the files for visits without a network", offline).map(drop)
}

/// Minifies a script of the folder and calls it by what is in it, so that a cache can keep it. Returns its new name.
fn minified(folder: &Path, name: &str) -> Outcome<String> {
    let file = folder.join(format!("{name}.js"));
    let mut command = Command::new("node");
    command.arg("www/minify.mjs").arg(&file);
    shell::step(&format!("{name}.js, minified"), command)?;
    let named = format!("{name}-{}.js", split::hash(&[&fs::read(&file).map_err(because(file.display()))?]));
    fs::rename(&file, folder.join(&named)).map_err(because(file.display()))?;
    Ok(named)
}

/// The page with the script that starts the wasm, and word of what that will ask for: two scripts and the wasm. Its link
/// waits for the first paint, as that script does: see the script in index.html.
fn with_start(page: &str, script: &str, [app, loader, wasm]: [&str; 3]) -> Outcome<String> {
    let (before, after) = page.split_once("</head>").ok_or_else(|| Failure("index.html has no </head>".into()))?;
    Ok(format!(
        r#"{before}<script type="module">
{script}</script>
    <link rel="modulepreload" href="./{app}" crossorigin="anonymous" />
    <link rel="modulepreload" href="./{loader}" crossorigin="anonymous" />
    <link data-rel="preload" href="./{wasm}" crossorigin="anonymous" as="fetch" type="application/wasm" />
  </head>{after}"#
    ))
}

/// The page with the content of one of its `<meta>`s.
fn filled(page: &str, name: &str, content: &str) -> Outcome<String> {
    let empty = format!(r#"<meta name="{name}" content="""#);
    if !page.contains(&empty) {
        return Err(Failure(format!("index.html has no {empty}")));
    }
    Ok(page.replace(&empty, &format!(r#"<meta name="{name}" content="{content}""#)))
}

/// Calls things in wasm-bindgen's script as the wasm calls them now.
fn rename(script: &Path, renamed: &[(String, String)]) -> Outcome<()> {
    let mut text = fs::read_to_string(script).map_err(because(script.display()))?;
    // The longest first: none is then a part of another that is still to come.
    for (old, new) in renamed {
        if !text.contains(old) {
            return Err(Failure(format!("{} knows no {old}, which the wasm does", script.display())));
        }
        text = text.replace(old, new);
    }
    fs::write(script, text).map_err(because(script.display()))
}

/// The keys of the functions that come first, as far as they are known.
fn listed() -> Outcome<BTreeSet<String>> {
    let list = fs::read_to_string(FIRST_HERE).or_else(|_| fs::read_to_string(FIRST)).map_err(because(FIRST))?;
    Ok(list.lines().map(str::to_owned).chain(ALWAYS.iter().map(|name| split::key(name))).collect())
}

/// The keys of the functions that ran before the first command: the page watched in Chromium.
fn watch_first() -> Outcome<BTreeSet<String>> {
    let chromium = chromium::find()?;
    build()?;
    let (wasm, layout) = (unsplit_wasm()?, layout()?);
    let crates = crates()?;
    let (watched, address, count) = split::watched(&wasm, &layout, &crates)?;
    let folder = Path::new("target/watched-page");
    assemble(folder, &Parts { first: watched, rest: b"\0asm\x01\0\0\0".to_vec(), renamed: Vec::new() })?;
    let mut command = Command::new("node");
    command.arg("tests/browser/first.mjs").arg(shell::root().join(folder).join(""));
    command.args([address.to_string(), count.to_string()]).env("CHROME", &chromium.browser);
    let printed = shell::step("what runs before the first command, in Chromium", command)?;
    let ran: BTreeSet<usize> = printed.lines().filter_map(|line| line.trim().parse().ok()).collect();
    if ran.is_empty() {
        return Err(Failure("the page ran no function".into()));
    }
    println!("  {} of {count} functions, pieces of data and of functions", ran.len());
    split::keys_of(&wasm, &layout, &crates, |at| ran.contains(&at))
}

/// The names of the simulation's crates, as Rust says them.
fn crates() -> Outcome<Vec<String>> {
    let folders = fs::read_dir("crates").map_err(because("crates"))?;
    Ok(folders.filter_map(|folder| Some(folder.ok()?.file_name().to_string_lossy().replace('-', "_"))).collect())
}

fn write_keys(file: &str, keys: &BTreeSet<String>) -> Outcome<()> {
    let lines: Vec<&str> = keys.iter().map(String::as_str).collect();
    fs::write(file, lines.join("\n") + "\n").map_err(because(file))
}

/// `cargo xtask generate first`: writes the list anew.
pub fn generate_first() -> Outcome<()> {
    let keys = watch_first()?;
    let _ = fs::remove_file(FIRST_HERE);
    write_keys(FIRST, &keys)?;
    build()
}

/// Builds the page so that its first part has all that this compiler's build needs before the first command. The list in the
/// repository is of one compiler; another inlines differently, and code changes.
pub fn build_complete() -> Outcome<()> {
    let keys = watch_first()?;
    let known = listed()?;
    let plain = |key: &&String| !key.contains(' ');
    let missing = keys.iter().filter(plain).filter(|key| !known.contains(*key)).count();
    if missing > 0 || !Ran::read(known.iter()).covers(&Ran::read(keys.iter())) {
        println!(
            "  {FIRST} lacks {missing} functions and some of their pieces here: `cargo xtask generate first` brings it up to date"
        );
        write_keys(FIRST_HERE, &keys)?;
    }
    build()
}

/// When a folder was built: the time of this file.
fn stamp(folder: &str) -> String {
    format!("target/{}-is-built", folder.replace('/', "-"))
}

/// Notes that a folder holds what its sources were at a moment.
fn note_built(folder: &str, at: FileTime) -> Outcome<()> {
    let file = fs::File::create(stamp(folder)).map_err(because(folder))?;
    file.set_modified(at).map_err(because(folder))
}

/// Whether none of the sources of a folder is newer than it.
fn is_current(folder: &str, sources: &[&str]) -> bool {
    let time = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
    let Some(built) = time(Path::new(&stamp(folder))).filter(|_| Path::new(folder).join("index.html").is_file()) else {
        return false;
    };
    sources.iter().all(|path| newest(Path::new(path)).is_none_or(|changed| changed < built))
}

fn newest(path: &Path) -> Option<FileTime> {
    if path.ends_with("node_modules") {
        return None;
    }
    let own = fs::metadata(path).and_then(|data| data.modified()).ok();
    let inner = fs::read_dir(path).ok().into_iter().flatten().filter_map(|entry| newest(&entry.ok()?.path())).max();
    own.max(inner)
}
