//! `dist/`: the page, built by Trunk with its tools on PATH.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{self, Outcome, because};
use crate::wasm::{self, Wasm};
use crate::{cargo_tools, npm};

#[allow(clippy::disallowed_types)] // of files, to compare
type FileTime = std::time::SystemTime;

/// Everything that building the page needs.
pub struct Tools {
    pub wasm: Wasm,
    pub wasm_bindgen: PathBuf,
    trunk: PathBuf,
    npm: PathBuf,
}

/// Finds or installs what building the page needs.
pub fn tools() -> Outcome<Tools> {
    Ok(Tools {
        npm: npm::packages()?,
        wasm: wasm::compiler()?,
        wasm_bindgen: cargo_tools::wasm_bindgen()?,
        trunk: cargo_tools::trunk()?,
    })
}

impl Tools {
    /// `trunk` with arguments; it downloads nothing.
    pub fn trunk(&self, arguments: &[&str]) -> Outcome<Command> {
        let path = shell::path_with(&[self.trunk.clone(), self.wasm_bindgen.clone(), self.npm.clone()])?;
        let mut command = Command::new(self.trunk.join("trunk"));
        command.args(arguments).arg("--offline").env("PATH", path);
        // Trunk reads NO_COLOR as a boolean and stops at "1".
        command.env_remove("NO_COLOR").env("RUST_BACKTRACE", "0");
        self.wasm.apply(&mut command)?;
        Ok(command)
    }
}

/// Builds `dist/` when something it is made of is newer.
pub fn build() -> Outcome<()> {
    let tools = tools()?;
    if is_current() {
        println!("  dist/ is current");
        return Ok(());
    }
    // Trunk makes cargo work offline, so what Cargo.lock names has to be here.
    shell::step("crates", shell::cargo(&["fetch", "--locked"]))?;
    shell::step("the page: Rust to wasm, wasm-opt, TypeScript", tools.trunk(&["build", "--release"])?)?;
    fs::write("target/dist-is-built", "").map_err(because("target/dist-is-built"))
}

/// Whether nothing that `dist/` is made of is newer than it.
fn is_current() -> bool {
    let time = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
    let Some(built) = time(Path::new("target/dist-is-built")).filter(|_| Path::new("dist/index.html").is_file()) else {
        return false;
    };
    let sources = ["Cargo.toml", "Cargo.lock", "Trunk.toml", "index.html", "src", "crates", "lessons", "www"];
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
