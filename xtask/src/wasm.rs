//! The compiler for wasm32: rustup's target where it can be had, else Debian's rustc with a standard library built here.
//!
//! Debian's packages are unpacked into the cache, nothing is installed. Compiler and standard library must be one
//! version, so wasm is then compiled by Debian's rustc, and native code still by the one that runs us.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::shell::{self, Failure, Outcome, because};

const TARGET: &str = "wasm32-unknown-unknown";
/// Debian's packages of a recent rustc (it is there for browsers), its LLVM, its clippy, its source.
const PACKAGES: [&str; 6] =
    ["rustc-web", "libstd-rust-web-", "libstd-rust-web-dev", "rust-web-clippy", "rust-web-src", "libllvm"];

/// How to compile for wasm32.
pub enum Wasm {
    /// The toolchain that runs us has the target.
    Own,
    /// `bin/rustc` and `bin/clippy-driver` of this folder have it.
    Debian(PathBuf),
}

impl Wasm {
    /// Makes a command that compiles, however indirectly, compile wasm with this.
    pub fn apply(&self, command: &mut Command) -> Outcome<()> {
        if let Wasm::Debian(home) = self {
            command.env("RUSTC", home.join("bin/rustc")).env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker()?);
        }
        Ok(())
    }

    /// `cargo clippy` of a package for wasm32, warnings being errors.
    pub fn clippy(&self, package: &str) -> Outcome<Command> {
        let mut command = match self {
            Wasm::Own => shell::cargo(&["clippy"]),
            Wasm::Debian(home) => {
                let mut command = shell::cargo(&["check"]);
                command.env("RUSTC_WORKSPACE_WRAPPER", home.join("bin/clippy-driver"));
                command.env("CLIPPY_ARGS", "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__");
                command
            }
        };
        self.apply(&mut command)?;
        command.args(["--locked", "--target", TARGET, "--all-targets", "--package", package]);
        if matches!(self, Wasm::Own) {
            command.args(["--", "-D", "warnings"]);
        }
        Ok(command)
    }
}

/// Finds the compiler, or sets one up.
pub fn compiler() -> Outcome<Wasm> {
    if has_target() {
        return Ok(Wasm::Own);
    }
    let cache = shell::cache()?;
    let ready = fs::read_dir(&cache).map_err(because(cache.display()))?.filter_map(|entry| Some(entry.ok()?.path()));
    let named =
        |folder: &PathBuf| folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("rust-web-"));
    if let Some(home) = ready.filter(named).filter(|folder| folder.join("bin/rustc").is_file()).max() {
        return Ok(Wasm::Debian(home));
    }
    if let Some(rustup) = shell::which("rustup") {
        let mut command = Command::new(rustup);
        // One try: where the network is closed, its retries take minutes.
        command.args(["target", "add", TARGET]).env("RUSTUP_MAX_RETRIES", "0");
        let (_, _) =
            shell::attempt("rustup target add wasm32-unknown-unknown", command, Some(Duration::from_secs(180)))?;
        if has_target() {
            return Ok(Wasm::Own);
        }
    }
    debian(&cache).map(Wasm::Debian)
}

/// Whether the toolchain that runs us has the target's standard library.
fn has_target() -> bool {
    own_sysroot().is_some_and(|sysroot| sysroot.join("lib/rustlib").join(TARGET).join("lib").is_dir())
}

fn own_sysroot() -> Option<PathBuf> {
    shell::output(Command::new("rustc").args(["--print", "sysroot"])).map(PathBuf::from)
}

/// rustup's lld, or Debian's.
fn linker() -> Outcome<PathBuf> {
    let host = shell::output(Command::new("rustc").args(["--print", "host-tuple"])).unwrap_or_default();
    let lld = own_sysroot()
        .map(|sysroot| sysroot.join("lib/rustlib").join(host).join("bin/rust-lld"))
        .filter(|file| file.is_file());
    lld.or_else(|| shell::which("wasm-ld")).or_else(|| shell::which("rust-lld")).ok_or_else(|| {
        Failure(
            "no linker for wasm: neither rust-lld in the Rust toolchain nor wasm-ld on PATH (Debian: package lld)"
                .into(),
        )
    })
}

/// Unpacks Debian's rustc into the cache and builds the standard library for wasm32 with it.
fn debian(cache: &Path) -> Outcome<PathBuf> {
    if shell::which("apt-get").is_none() || shell::which("dpkg").is_none() {
        return Err(Failure(format!(
            "the Rust target {TARGET} is missing and could not be added; run `rustup target add {TARGET}` with a network"
        )));
    }
    let work = cache.join("unpacking-rust-web");
    let _ = fs::remove_dir_all(&work);
    fs::create_dir_all(&work).map_err(because(work.display()))?;
    shell::timed("Debian's rustc, its LLVM and its source: downloading and unpacking", || download(&work))?;

    let tools = Unpacked(work.clone());
    tools.check()?;
    let version = shell::output(tools.command("rustc").arg("--version")).unwrap_or_default();
    let version =
        version.split_whitespace().nth(1).ok_or_else(|| Failure("Debian's rustc does not run".into()))?.to_owned();
    standard_library(&tools, &work.join("usr/src").join(format!("rustc-{version}/library")))?;

    fs::remove_dir_all(work.join("usr/src")).map_err(because("usr/src"))?;
    let home = cache.join(format!("rust-web-{version}"));
    let _ = fs::remove_dir_all(&home);
    fs::rename(&work, &home).map_err(because(home.display()))?;
    // Last, because their presence says that all is there.
    for program in ["clippy-driver", "rustc"] {
        wrapper(&home, program)?;
    }
    Ok(home)
}

fn download(work: &Path) -> Outcome<()> {
    if shell::apt() {
        let _ = shell::output(Command::new("apt-get").args(["update", "-q"]));
    }
    let mut command = Command::new("apt-get");
    command.args(["-q", "-o", "APT::Sandbox::User=root", "download"]).args(packages()?).current_dir(work);
    if shell::output(&mut command).is_none() {
        return Err(Failure("apt-get could not download rustc-web; it needs a mirror of Debian 12 or later".into()));
    }
    for entry in fs::read_dir(work).map_err(because(work.display()))? {
        let file = entry.map_err(because(work.display()))?.path();
        if shell::output(Command::new("dpkg").arg("-x").arg(&file).arg(work)).is_none() {
            return Err(Failure(format!("dpkg could not unpack {}", file.display())));
        }
        fs::remove_file(&file).map_err(because(file.display()))?;
    }
    Ok(())
}

/// The packages' whole names: two carry a version that their neighbours name.
fn packages() -> Outcome<Vec<String>> {
    let depends = |package: &str| {
        shell::output(Command::new("apt-cache").args(["show", "--no-all-versions", package])).unwrap_or_default()
    };
    let dependency = |of: &str, prefix: &str| {
        let text = depends(of);
        let line = text.lines().find_map(|line| line.strip_prefix("Depends: ")).unwrap_or_default().to_owned();
        let found = line.split([',', ' ']).find(|word| word.starts_with(prefix)).map(str::to_owned);
        found.ok_or_else(|| Failure(format!("Debian's package {of} is not to be had here (apt-get update may help)")))
    };
    let library = dependency("libstd-rust-web-dev", PACKAGES[1])?;
    let llvm = dependency(&library, PACKAGES[5])?;
    let mut names: Vec<String> = PACKAGES
        .iter()
        .filter(|name| **name != PACKAGES[1] && **name != PACKAGES[5])
        .map(|name| (*name).into())
        .collect();
    names.extend([library, llvm]);
    Ok(names)
}

/// Builds `core`, `alloc`, `std`, … from the package's source and puts them where its rustc looks for them.
fn standard_library(tools: &Unpacked, source: &Path) -> Outcome<()> {
    // A rustc that finds its own libraries, for the time of this build.
    wrapper(&tools.0, "rustc-here")?;
    let scratch = tools.0.join("std");
    let mut command = shell::cargo(&["build", "--release", "--target", TARGET, "--package", "sysroot"]);
    command.current_dir(source).env("RUSTC", tools.0.join("bin/rustc-here")).env("RUSTC_BOOTSTRAP", "1");
    command.env("RUSTFLAGS", "-Zforce-unstable-if-unmarked -Cembed-bitcode=yes").env("CARGO_TARGET_DIR", &scratch);
    shell::step("Rust's standard library for wasm32: compiling it, once, takes a minute", command)?;
    let library = tools.0.join("usr/lib/rustlib").join(TARGET).join("lib");
    fs::create_dir_all(&library).map_err(because(library.display()))?;
    let built = scratch.join(TARGET).join("release/deps");
    for entry in fs::read_dir(&built).map_err(because(built.display()))? {
        let file = entry.map_err(because(built.display()))?.path();
        if file.extension().is_some_and(|extension| extension == "rlib")
            && let Some(name) = file.file_name()
        {
            fs::copy(&file, library.join(name)).map_err(because(file.display()))?;
        }
    }
    fs::remove_dir_all(&scratch).map_err(because(scratch.display()))?;
    fs::remove_file(tools.0.join("bin/rustc-here")).map_err(because("bin/rustc-here"))
}

/// Debian's packages, unpacked.
struct Unpacked(PathBuf);

impl Unpacked {
    fn libraries(&self) -> PathBuf {
        let folder = fs::read_dir(self.0.join("usr/lib"))
            .ok()
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()));
        folder
            .into_iter()
            .find(|path| path.to_string_lossy().contains("-linux-gnu"))
            .unwrap_or_else(|| self.0.join("usr/lib"))
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.0.join("usr/bin").join(program));
        command.env("LD_LIBRARY_PATH", self.libraries());
        command
    }

    /// LLVM wants a few more libraries (z3, edit, xml2); most systems have them.
    fn check(&self) -> Outcome<()> {
        if shell::output(self.command("rustc").arg("--version")).is_some() {
            return Ok(());
        }
        if !shell::apt() {
            return Err(Failure(
                "Debian's rustc lacks libraries here; as root: apt-get install libllvm22, or use rustup".into(),
            ));
        }
        let llvm = packages()?.into_iter().find(|name| name.starts_with("libllvm")).unwrap_or_default();
        let mut install = Command::new("apt-get");
        install
            .args(["install", "-y", "-q", "--no-install-recommends", &llvm])
            .env("DEBIAN_FRONTEND", "noninteractive");
        shell::step("apt: LLVM's libraries", install).map(drop)
    }
}

/// `bin/PROGRAM`: a script that runs the unpacked program with the unpacked libraries.
fn wrapper(home: &Path, program: &str) -> Outcome<()> {
    let bin = home.join("bin");
    fs::create_dir_all(&bin).map_err(because(bin.display()))?;
    let libraries = Unpacked(home.to_path_buf()).libraries();
    let real = home.join("usr/bin").join(program.trim_end_matches("-here"));
    let script = format!("#!/bin/sh\nLD_LIBRARY_PATH='{}' exec '{}' \"$@\"\n", libraries.display(), real.display());
    let file = bin.join(program);
    fs::write(&file, script).map_err(because(file.display()))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).map_err(because(file.display()))?;
    }
    Ok(())
}
