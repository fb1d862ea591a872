//! The real computer as kubectl's.

use std::fs;
use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::process::Command;

use api::LocalFuture;
use sim::{Duration, Time};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};

/// The computer on which this program runs.
pub struct Native;

/// An error in Go's words: `no such file or directory`.
fn words(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    chars.next().map(|first| first.to_ascii_lowercase().to_string() + chars.as_str()).unwrap_or_default()
}

/// Writes all of it; somebody who does not listen any more is no error of ours.
fn put(stream: &mut dyn io::Write, bytes: &[u8]) {
    let _ = stream.write_all(bytes).and_then(|()| stream.flush());
}

impl ::kubectl::Host for Native {
    fn stdout(&self, bytes: &[u8]) -> LocalFuture<'_, ()> {
        put(&mut io::stdout().lock(), bytes);
        Box::pin(std::future::ready(()))
    }

    fn stderr(&self, bytes: &[u8]) -> LocalFuture<'_, ()> {
        put(&mut io::stderr().lock(), bytes);
        Box::pin(std::future::ready(()))
    }

    fn read_stdin(&self) -> LocalFuture<'_, Vec<u8>> {
        Box::pin(async {
            let mut bytes = Vec::new();
            let _ = tokio::io::stdin().read_to_end(&mut bytes).await;
            bytes
        })
    }

    fn read_line(&self) -> LocalFuture<'_, String> {
        Box::pin(async {
            let mut line = String::new();
            let _ = BufReader::new(tokio::io::stdin()).read_line(&mut line).await;
            line.trim_end_matches(['\r', '\n']).to_owned()
        })
    }

    fn is_terminal_stdin(&self) -> bool {
        io::stdin().is_terminal()
    }

    fn is_terminal_stdout(&self) -> bool {
        io::stdout().is_terminal()
    }

    fn read_file(&self, path: &str) -> Result<Vec<u8>, String> {
        fs::read(path).map_err(|error| words(&error))
    }

    fn read_dir(&self, path: &str) -> Result<Vec<String>, String> {
        let path = if path.is_empty() { "." } else { path };
        let mut names = Vec::new();
        for entry in fs::read_dir(path).map_err(|error| words(&error))? {
            let entry = entry.map_err(|error| words(&error))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            names.push(if entry.path().is_dir() { name + "/" } else { name });
        }
        names.sort_by(|a, b| a.trim_end_matches('/').cmp(b.trim_end_matches('/')));
        Ok(names)
    }

    fn write_file(&self, path: &str, bytes: &[u8]) -> Result<(), String> {
        if let Some(folder) = Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(|error| words(&error))?;
        }
        fs::write(path, bytes).map_err(|error| words(&error))
    }

    fn remove_file(&self, path: &str) {
        let _ = fs::remove_file(path);
    }

    fn make_dir(&self, path: &str) -> Result<(), String> {
        fs::create_dir_all(path).map_err(|error| words(&error))
    }

    #[cfg(unix)]
    fn mode(&self, path: &str) -> u32 {
        use std::os::unix::fs::PermissionsExt as _;
        fs::metadata(path).map_or(0o644, |metadata| metadata.permissions().mode() & 0o7777)
    }

    #[expect(clippy::disallowed_types, reason = "this computer's clock is the real one")]
    fn now(&self) -> Time {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Time::from_unix_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    fn sleep(&self, duration: Duration) -> LocalFuture<'_, ()> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn env(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn edit(&self, path: &str) -> LocalFuture<'_, Result<(), String>> {
        let (argv, shown) = ::kubectl::editor(self, path);
        let status = Command::new(&argv[0]).args(&argv[1..]).status();
        Box::pin(std::future::ready(match status {
            Ok(status) if status.success() => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(format!("unable to launch the editor {shown:?}"))
            }
            _ => Err(format!("there was a problem with the editor {shown:?}")),
        }))
    }

    fn has_minikube(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::kubectl::Host as _;

    #[test]
    fn errors_are_in_gos_words() {
        assert_eq!(Native.read_file("/nowhere/at/all"), Err("no such file or directory".to_owned()));
        assert_eq!(Native.read_file("/"), Err("is a directory".to_owned()));
        assert_eq!(Native.read_dir("/dev/null"), Err("not a directory".to_owned()));
    }
}
