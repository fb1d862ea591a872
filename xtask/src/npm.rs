//! What comes from the npm registry, by `www/package-lock.json`: wasm-opt, esbuild, TypeScript, the browser's driver.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{self, Failure, Outcome, because};

/// The folder with the packages' programs; installs them when the lock file says something else than what is there.
pub fn packages() -> Outcome<PathBuf> {
    let bin = shell::root().join("www/node_modules/.bin");
    let wanted = std::fs::read("www/package-lock.json").map_err(because("www/package-lock.json"))?;
    let stamp = Path::new("www/node_modules/.installed-lock.json");
    if std::fs::read(stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(bin);
    }
    let (Some(npm), Some(_)) = (shell::which("npm"), shell::which("node")) else {
        return Err(Failure(
            "Node.js 20 or later with npm is needed: https://nodejs.org/ or your system's packages".into(),
        ));
    };
    let mut command = Command::new(npm);
    command.args(["ci", "--no-audit", "--no-fund"]).current_dir("www");
    shell::step("npm packages", command)?;
    std::fs::write(stamp, wanted).map_err(because(stamp.display()))?;
    Ok(bin)
}
