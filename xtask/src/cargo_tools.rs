//! Programs from the Rust registry, each kept in the cache by version: Trunk, wasm-bindgen and mdBook.

use std::path::PathBuf;
use std::process::Command;

use crate::shell::{self, Failure, Outcome, because};

const TRUNK: &str = "0.21.14";
const MDBOOK: &str = "0.5.4";

/// The folder that holds `trunk`.
pub fn trunk() -> Outcome<PathBuf> {
    // Without TLS: it never downloads anything here.
    install("trunk", "trunk", TRUNK, &["--locked", "--no-default-features"])
}

/// The folder that holds `mdbook`, which builds and does not serve.
pub fn mdbook() -> Outcome<PathBuf> {
    install("mdbook", "mdbook", MDBOOK, &["--locked", "--no-default-features"])
}

/// The folder that holds `wasm-bindgen` and `wasm-bindgen-test-runner` of exactly the version in Cargo.lock; another
/// version refuses the page's wasm.
pub fn wasm_bindgen() -> Outcome<PathBuf> {
    // Its own lock file names crates that some registries do not have yet, hence not `--locked`.
    install("wasm-bindgen-cli", "wasm-bindgen", &locked_version("wasm-bindgen")?, &[])
}

fn install(package: &str, program: &str, version: &str, options: &[&str]) -> Outcome<PathBuf> {
    let is_it = |file: PathBuf| {
        shell::output(Command::new(file).arg("--version"))
            .is_some_and(|text| text.split_whitespace().nth(1).map(|it| it.trim_start_matches('v')) == Some(version))
    };
    if let Some(file) = shell::which(program)
        && let Some(folder) = file.parent()
        && is_it(file.clone())
    {
        return Ok(folder.to_path_buf());
    }
    let name = format!("{program}-{version}");
    let cache = shell::cache()?;
    let home = cache.join(&name);
    let bin = home.join("bin");
    if is_it(bin.join(program)) {
        return Ok(bin);
    }
    let scratch = cache.join(format!("build-{name}"));
    let mut command = shell::cargo(&["install", package, "--version", version, "--root"]);
    command.arg(&home).arg("--target-dir").arg(&scratch).current_dir(&cache);
    command.args(options);
    // They run for seconds and compile for minutes, so let them be compiled fast rather than run fast.
    command.env("CARGO_PROFILE_RELEASE_LTO", "off").env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1").env_remove("CARGO_TARGET_DIR").env_remove("RUSTFLAGS");
    shell::step(&format!("{package} {version}: compiling it, once (1 to 3 minutes)"), command)?;
    std::fs::remove_dir_all(&scratch).map_err(because(scratch.display()))?;
    Ok(bin)
}

/// The version of a package in Cargo.lock.
fn locked_version(package: &str) -> Outcome<String> {
    let text = std::fs::read_to_string("Cargo.lock").map_err(because("Cargo.lock"))?;
    let mut lines = text.lines().skip_while(|line| *line != format!("name = \"{package}\""));
    lines.next();
    let version = lines.next().and_then(|line| line.strip_prefix("version = \"")?.strip_suffix('"'));
    version.map(str::to_owned).ok_or_else(|| Failure(format!("Cargo.lock names no {package}")))
}
