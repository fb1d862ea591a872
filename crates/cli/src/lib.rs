//! The native `kube-playground`: run a script against a fresh world, or serve its API, without a browser; check lessons; and
//! kubectl.
//!
//! Here: arguments, files, standard streams, HTTP ([`serve`], and its other end, [`kubectl`]). Not here: what a script means
//! ([`playground::Playground::run_script`]) or what the API answers (`cluster`).

mod channels;
mod check;
mod kubectl;
pub mod serve;
pub mod spdy;

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use playground::{Playground, Settings};

const USAGE: &str = "usage: kube-playground run [--seed N] [--dir DIR] FILE|-
       kube-playground serve [--port N] [--seed N] [--speed X] [--epoch TIME] [--paused] [--kubeconfig FILE]
                             [--connections N] [--read-timeout SECONDS] [--idle-timeout SECONDS]
       kube-playground check FOLDER...
       kube-playground check --kubeconfig FILE FOLDER
       kube-playground check --practice N
       kube-playground kubectl [--kubeconfig FILE] ARGS...

run feeds FILE (or standard input), a command line at a time, to the bash of a computer beside a fresh minikube cluster, with
DIR's files in its home folder, and prints a transcript. The same seed gives the same bytes.

  # sleep N      let N seconds of virtual time pass
  # quiet CMD    run CMD without printing what it says
  > text         a line for the program that is still running; > ^C and > ^D are the keys

serve lets real clients (kubectl, helm) talk to a fresh cluster: its API is on http://127.0.0.1:8001, or at --port (0: any
free one). Virtual time starts at TIME (2026-11-22T10:00:00Z, say; else now) and runs X times as fast as real time. With
--paused it stands still until told otherwise, for tests: POST /playground/advance?seconds=N lets N seconds pass at once,
/playground/run and /playground/pause let it flow and stand. The kubeconfig to use is printed, or written into FILE. Only
programs of this computer are answered, no web pages: others get 403. N connections may be open at once (200); one whose
request is not complete after 32 seconds, or on which nothing is asked for 90, is closed.

check plays the lesson of each FOLDER (its lesson.yaml, or a Killercoda scenario's index.json): its goals must not be reached before
anything is done, its solutions must reach them, the commands that its texts mark to be run must do what their marks say. It
prints what is wrong, and then ends with 1.
With --kubeconfig it plays one lesson against a real cluster, with the bash and the kubectl of this computer, in the namespace default,
which must be empty and keeps what the lesson makes. There a step's solution is played, or the commands of its text where it has none;
goals over what a person did (attempted, replaced, file, file_lost) are named and not judged.
With --practice it plays the challenge that the page makes of the number N (?src=practice:N).

kubectl is the project's own kubectl, on this computer: it speaks plain http to the server of its kubeconfig (--kubeconfig,
$KUBECONFIG, $HOME/.kube/config).
";

/// The most bytes of one file of DIR; larger ones are left out, with a word.
const LARGEST_FILE: u64 = 4 << 20;

struct Arguments {
    seed: u64,
    dir: Option<String>,
    file: String,
}

/// Runs `kube-playground` with these arguments (without the program's name).
pub fn run(mut words: Vec<String>) -> ExitCode {
    if words.first().is_some_and(|word| word == "kubectl") {
        let code = kubectl::run(words.split_off(1));
        // Codes of more than a byte are cut as every program's are.
        return ExitCode::from(code.to_le_bytes()[0]);
    }
    if words.iter().any(|word| word == "-h" || word == "--help") {
        print!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let done = match words.split_first() {
        Some((command, rest)) if command == "run" => arguments(rest).and_then(|arguments| run_script(&arguments)),
        Some((command, rest)) if command == "check" => match checked(rest) {
            Ok(true) => Ok(()),
            Ok(false) => return ExitCode::FAILURE,
            Err(why) => Err(why),
        },
        Some((command, rest)) if command == "serve" => serving(rest).and_then(|options| serve::run(&options)),
        Some((command, _)) => Err(format!("unknown command \"{command}\"")),
        None => Err("what shall it do?".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprint!("kube-playground: {why}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// Reads `--name value` and `--name=value` of the named options, and gives the other words.
fn options<'a>(
    words: &'a [String],
    take: &mut dyn FnMut(&'a str, &'a str) -> Result<bool, String>,
) -> Result<Vec<&'a str>, String> {
    let mut rest = Vec::new();
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        if !word.starts_with('-') || word == "-" {
            rest.push(word);
            continue;
        }
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, words.next()),
        };
        let value = value.ok_or_else(|| format!("{name} needs a value"))?;
        if !take(name, value)? {
            return Err(format!("unknown option \"{name}\""));
        }
    }
    Ok(rest)
}

/// Whether the lessons of the folders are good.
fn checked(words: &[String]) -> Result<bool, String> {
    let (mut kubeconfig, mut practice) = (None, None);
    let folders = options(words, &mut |name, value| {
        match name {
            "--kubeconfig" => kubeconfig = Some(value),
            "--practice" => practice = Some(whole_number(name, value)?),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    match (kubeconfig, practice, folders.as_slice()) {
        (kubeconfig, Some(number), []) => check::run_practice(number, kubeconfig),
        (_, Some(_), [folder, ..]) => Err(format!("--practice makes its own lesson; what is \"{folder}\"?")),
        (_, None, []) => Err("FOLDER is missing".to_owned()),
        (None, None, folders) => check::run(folders),
        (Some(kubeconfig), None, [folder]) => check::run_against(folder, kubeconfig),
        (Some(_), None, [_, more, ..]) => {
            Err(format!("one FOLDER for a cluster: it keeps what is made; what is \"{more}\"?"))
        }
    }
}

fn arguments(words: &[String]) -> Result<Arguments, String> {
    let (mut seed, mut dir) = (1, None);
    let rest = options(words, &mut |name, value| {
        match name {
            "--seed" => seed = whole_number(name, value)?,
            "--dir" => dir = Some(value.to_owned()),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    match rest.as_slice() {
        [] => Err("FILE is missing (- is standard input)".to_owned()),
        [file] => Ok(Arguments { seed, dir, file: (*file).to_owned() }),
        [_, more, ..] => Err(format!("one FILE is enough; what is \"{more}\"?")),
    }
}

fn serving(words: &[String]) -> Result<serve::Options, String> {
    let mut found = serve::Options::default();
    let mut words = words.to_vec();
    let all = words.len();
    words.retain(|word| word != "--paused");
    found.paused = words.len() < all;
    let rest = options(&words, &mut |name, value| {
        match name {
            "--seed" => found.seed = whole_number(name, value)?,
            "--port" => found.port = whole_number(name, value)?,
            "--kubeconfig" => found.kubeconfig = Some(value.to_owned()),
            "--epoch" => {
                let epoch = sim::Time::parse_rfc3339(value);
                found.epoch =
                    Some(epoch.ok_or_else(|| format!("--epoch \"{value}\" is not like 2026-11-22T10:00:00Z"))?);
            }
            "--speed" => {
                let speed = value.parse().ok().filter(|speed| (0.0..=1000.0).contains(speed));
                found.speed = speed.ok_or_else(|| format!("--speed \"{value}\" is not a number from 0 to 1000"))?;
            }
            "--connections" => {
                let most = value.parse().ok().filter(|most| *most > 0);
                found.limits.connections =
                    most.ok_or_else(|| format!("--connections \"{value}\" is not a number from 1"))?;
            }
            "--read-timeout" => found.limits.read = time_limit(name, value)?,
            "--idle-timeout" => found.limits.idle = time_limit(name, value)?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    match rest.first() {
        Some(word) => Err(format!("what is \"{word}\"?")),
        None => Ok(found),
    }
}

/// Seconds of real time, from a millisecond to a day.
fn time_limit(name: &str, value: &str) -> Result<Duration, String> {
    let seconds = value.parse().ok().filter(|seconds| (0.001..=86_400.0).contains(seconds));
    let seconds =
        seconds.ok_or_else(|| format!("{name} \"{value}\" is not a number of seconds from 0.001 to 86400"))?;
    Ok(Duration::from_secs_f64(seconds))
}

fn whole_number<N: std::str::FromStr>(name: &str, value: &str) -> Result<N, String> {
    value.parse().map_err(|_| format!("{name} \"{value}\" is not a whole number"))
}

fn run_script(arguments: &Arguments) -> Result<(), String> {
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
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let good = arguments(&words("--seed 7 --dir=/tmp -")).unwrap();
        assert_eq!((good.seed, good.dir.as_deref(), good.file.as_str()), (7, Some("/tmp"), "-"));
        for bad in ["", "--seed", "--seed x a", "--what a", "a b"] {
            assert!(arguments(&words(bad)).is_err(), "{bad}");
        }
        let good = serving(&words("--port=0 --speed 20 --kubeconfig /tmp/k")).unwrap();
        assert_eq!((good.port, good.speed, good.kubeconfig.as_deref()), (0, 20.0, Some("/tmp/k")));
        for bad in [
            "x",
            "--port 70000",
            "--speed -1",
            "--speed fast",
            "--dir /tmp",
            "--connections 0",
            "--read-timeout 0",
            "--idle-timeout NaN",
        ] {
            assert!(serving(&words(bad)).is_err(), "{bad}");
        }
    }
}
