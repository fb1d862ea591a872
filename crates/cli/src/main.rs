//! The native `kube-playground`: run a script against a fresh world, without a browser.
//!
//! Here: arguments, files and standard streams. Not here: what a script means ([`playground::Playground::run_script`]).

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use playground::{Playground, Settings};

const USAGE: &str = "usage: kube-playground run [--seed N] [--dir DIR] FILE|-

Feeds FILE (or standard input), a command line at a time, to the bash of a computer beside a fresh minikube cluster, with
DIR's files in its home folder, and prints a transcript. The same seed gives the same bytes.

  # sleep N      let N seconds of virtual time pass
  # quiet CMD    run CMD without printing what it says
  > text         a line for the program that is still running; > ^C and > ^D are the keys
";

/// The most bytes of one file of DIR; larger ones are left out, with a word.
const LARGEST_FILE: u64 = 4 << 20;

struct Arguments {
    seed: u64,
    dir: Option<String>,
    file: String,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == "-h" || word == "--help") {
        print!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match arguments(&words).and_then(|arguments| run(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprint!("kube-playground: {why}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn arguments(words: &[String]) -> Result<Arguments, String> {
    let mut words = words.iter().map(String::as_str);
    match words.next() {
        Some("run") => {}
        Some(other) => return Err(format!("unknown command \"{other}\"")),
        None => return Err("what shall it do?".to_owned()),
    }
    let (mut seed, mut dir, mut file) = (1, None, None);
    while let Some(word) = words.next() {
        let (name, inline) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value)),
            _ => (word, None),
        };
        match name {
            "--seed" | "--dir" => {
                let value = inline.or_else(|| words.next()).ok_or_else(|| format!("{name} needs a value"))?;
                if name == "--dir" {
                    dir = Some(value.to_owned());
                } else {
                    seed = value.parse().map_err(|_| format!("--seed \"{value}\" is not a whole number"))?;
                }
            }
            "-" => file = Some("-".to_owned()),
            _ if name.starts_with('-') => return Err(format!("unknown option \"{name}\"")),
            _ if file.is_some() => return Err(format!("one FILE is enough; what is \"{word}\"?")),
            _ => file = Some(word.to_owned()),
        }
    }
    let file = file.ok_or("FILE is missing (- is standard input)")?;
    Ok(Arguments { seed, dir, file })
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let mut script = Vec::new();
    if arguments.file == "-" {
        io::stdin().read_to_end(&mut script).map_err(|error| format!("standard input: {error}"))?;
    } else {
        script = fs::read(&arguments.file).map_err(|error| format!("{}: {error}", arguments.file))?;
    }
    let script = String::from_utf8_lossy(&script);
    let mut files = Vec::new();
    if let Some(dir) = &arguments.dir {
        collect(Path::new(dir), "", &mut files).map_err(|error| format!("{dir}: {error}"))?;
    }
    let mut playground = Playground::new(Settings { seed: arguments.seed, files, ..Settings::default() });
    let mut out = io::stdout().lock();
    let mut failed = None;
    playground.run_script(&script, &mut |text| {
        if failed.is_none() {
            failed = out.write_all(text.as_bytes()).and_then(|()| out.flush()).err();
        }
    });
    match failed {
        // Nobody reads any more (`| head`): that is no failure.
        Some(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(format!("standard output: {error}")),
        _ => Ok(()),
    }
}

/// The files below a folder, in order; links are followed, hidden files are taken too.
fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let Ok(metadata) = fs::metadata(&path) else { continue };
        if metadata.is_dir() {
            if prefix.matches('/').count() < 8 {
                collect(&path, &format!("{name}/"), files)?;
            }
        } else if metadata.len() > LARGEST_FILE {
            eprintln!("kube-playground: {} is larger than 4 MiB and left out", path.display());
        } else {
            files.push((name, fs::read(&path)?));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_and_nonsense_is_refused() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let good = arguments(&words("run --seed 7 --dir=/tmp -")).unwrap();
        assert_eq!((good.seed, good.dir.as_deref(), good.file.as_str()), (7, Some("/tmp"), "-"));
        for bad in ["", "serve", "run", "run --seed", "run --seed x a", "run --what a", "run a b"] {
            assert!(arguments(&words(bad)).is_err(), "{bad}");
        }
    }
}
