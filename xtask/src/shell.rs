//! Running other programs, a line a step: what, and how long it took. What a step prints goes to `target/xtask/`, and to
//! the terminal when it fails.
#![expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "the one place that reads the wall clock")]

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Why a command of `cargo xtask` ended early, in words for a person.
#[derive(Debug)]
pub struct Failure(pub String);

/// What every step returns.
pub type Outcome<T> = Result<T, Failure>;

/// Makes a `Failure` of an error, with what was being done.
pub fn because<E: std::fmt::Display>(what: impl std::fmt::Display) -> impl FnOnce(E) -> Failure {
    move |error| Failure(format!("{what}: {error}"))
}

/// The project's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Where tools are kept between runs: `${XDG_CACHE_HOME:-~/.cache}/kube-playground`.
pub fn cache() -> Outcome<PathBuf> {
    let base = match std::env::var_os("XDG_CACHE_HOME") {
        Some(folder) if Path::new(&folder).is_absolute() => PathBuf::from(folder),
        _ => std::env::home_dir()
            .ok_or_else(|| Failure("no home folder to keep tools in; set XDG_CACHE_HOME".into()))?
            .join(".cache"),
    };
    let folder = base.join("kube-playground");
    fs::create_dir_all(&folder).map_err(because(folder.display()))?;
    Ok(folder)
}

/// Cargo's output folder.
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// The `cargo` that started us, with arguments.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    command
}

/// The full path of a program on PATH.
pub fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let names =
        if cfg!(windows) { vec![format!("{program}.exe"), format!("{program}.cmd")] } else { vec![program.to_owned()] };
    std::env::split_paths(&path)
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)).collect::<Vec<_>>())
        .find(|file| file.is_file())
}

/// PATH with folders put before the rest.
pub fn path_with(first: &[PathBuf]) -> Outcome<std::ffi::OsString> {
    let old = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(first.iter().cloned().chain(std::env::split_paths(&old))).map_err(because("PATH"))
}

/// What a program prints, trimmed; `None` when it cannot be run or fails.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether `apt-get` may be used: it exists and we are root.
pub fn apt() -> bool {
    cfg!(target_os = "linux")
        && which("apt-get").is_some()
        && output(Command::new("id").arg("-u")).as_deref() == Some("0")
}

/// Installs Debian's packages, where [`apt`] may.
pub fn apt_install(what: &str, packages: &[&str]) -> Outcome<()> {
    let mut update = Command::new("apt-get");
    update.args(["update", "-q"]);
    step("apt: package lists", update)?;
    let mut install = Command::new("apt-get");
    install.args(["install", "-y", "-q", "--no-install-recommends"]).args(packages);
    install.env("DEBIAN_FRONTEND", "noninteractive");
    step(&format!("apt: {what}"), install).map(drop)
}

/// Does something that is not a program, as a step.
pub fn timed<T>(what: &str, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    let line = Line::start(what);
    let result = work();
    line.end(result.is_ok());
    result
}

/// Runs a program to its end as a step and returns what it printed.
///
/// # Errors
/// When it cannot be started or its status is not 0; the tail of what it printed is in the message.
pub fn step(what: &str, command: Command) -> Outcome<String> {
    let (success, text) = attempt(what, command, None)?;
    if success { Ok(text) } else { Err(failed(what, &text)) }
}

/// Like `step`, but an unsuccessful end is an answer: (whether the status was 0, what was printed). With a limit, a
/// program that takes longer is ended.
pub fn attempt(what: &str, mut command: Command, limit: Option<Duration>) -> Outcome<(bool, String)> {
    let log = log_file(what)?;
    let file = fs::File::create(&log).map_err(because(log.display()))?;
    let verbose = std::env::var_os("XTASK_VERBOSE").is_some();
    command.stdin(Stdio::null());
    if !verbose {
        command.stdout(file.try_clone().map_err(because(log.display()))?).stderr(file);
    }
    let line = Line::start(what);
    let result = run(&mut command, limit);
    line.end(matches!(result, Ok(true)));
    let success = result.map_err(because(format!("{} (for {what})", command.get_program().display())))?;
    let mut bytes = Vec::new();
    fs::File::open(&log).and_then(|mut file| file.read_to_end(&mut bytes)).map_err(because(log.display()))?;
    Ok((success, String::from_utf8_lossy(&bytes).into_owned()))
}

/// The failure of a step, with the end of what it printed.
pub fn failed(what: &str, text: &str) -> Failure {
    let lines: Vec<&str> = text.lines().collect();
    let tail = lines[lines.len().saturating_sub(150)..].join("\n");
    Failure(format!("{what} failed\n{tail}"))
}

fn run(command: &mut Command, limit: Option<Duration>) -> std::io::Result<bool> {
    let mut child = command.spawn()?;
    let Some(limit) = limit else { return child.wait().map(|status| status.success()) };
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        if start.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn log_file(what: &str) -> Outcome<PathBuf> {
    let folder = target().join("xtask");
    fs::create_dir_all(&folder).map_err(because(folder.display()))?;
    let name: String =
        what.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).take(60).collect();
    Ok(folder.join(format!("{name}.log")))
}

/// One line of progress: what, while it runs; then how long it took.
struct Line {
    start: Instant,
}

impl Line {
    fn start(what: &str) -> Line {
        print!("  {what} … ");
        let _ = std::io::stdout().flush();
        Line { start: Instant::now() }
    }

    fn end(self, success: bool) {
        let seconds = self.start.elapsed().as_secs_f64();
        println!("{}{seconds:.1} s", if success { "" } else { "FAILED after " });
    }
}
