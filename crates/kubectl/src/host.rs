//! What kubectl asks of the computer it runs on.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use api::LocalFuture;
use serde_json::Value;
use sim::{Duration, Time};

/// The computer kubectl runs on: its streams, files, clock and editor. The playground implements it over a simulated
/// computer; [`MemoryHost`] is a version without one. All file paths are as the person wrote them, relative to the
/// working directory.
pub trait Host {
    /// Writes to standard output.
    fn stdout(&self, bytes: &[u8]) -> LocalFuture<'_, ()>;
    /// Writes to standard error.
    fn stderr(&self, bytes: &[u8]) -> LocalFuture<'_, ()>;
    /// Reads standard input to its end.
    fn read_stdin(&self) -> LocalFuture<'_, Vec<u8>>;
    /// Reads a line of standard input, without its end; nothing at the end of the file.
    fn read_line(&self) -> LocalFuture<'_, String> {
        Box::pin(async move {
            let bytes = self.read_stdin().await;
            String::from_utf8_lossy(&bytes).lines().next().unwrap_or_default().to_owned()
        })
    }
    /// Whether standard input is a terminal.
    fn is_terminal_stdin(&self) -> bool;
    /// Whether standard output is a terminal.
    fn is_terminal_stdout(&self) -> bool;
    /// A file's content.
    ///
    /// # Errors
    /// The system's words, such as `no such file or directory` or `is a directory`.
    fn read_file(&self, path: &str) -> Result<Vec<u8>, String>;
    /// What is at a URL of the internet; `None` where it cannot be reached.
    fn fetch(&self, url: &str) -> Option<Vec<u8>> {
        let _ = url;
        None
    }
    /// The names in a folder, sorted; a folder's name ends with `/`.
    ///
    /// # Errors
    /// The system's words, such as `not a directory`.
    fn read_dir(&self, path: &str) -> Result<Vec<String>, String>;
    /// Writes a file, making the folders on the way.
    ///
    /// # Errors
    /// The system's words.
    fn write_file(&self, path: &str, bytes: &[u8]) -> Result<(), String>;
    /// Removes a file; nothing happens where there is none.
    fn remove_file(&self, path: &str);
    /// Makes a folder, and those on the way; one that is there is left as it is.
    ///
    /// # Errors
    /// The system's words.
    fn make_dir(&self, path: &str) -> Result<(), String>;
    /// A file's permission bits.
    fn mode(&self, path: &str) -> u32 {
        let _ = path;
        0o644
    }
    /// The time on this computer's clock.
    fn now(&self) -> Time;
    /// Waits.
    fn sleep(&self, duration: Duration) -> LocalFuture<'_, ()>;
    /// An environment variable: `HOME`, `KUBECONFIG`, `KUBE_EDITOR` …
    fn env(&self, name: &str) -> Option<String>;
    /// Whether `minikube start` was run here: then a kubeconfig that is not there is as it had written it.
    fn has_minikube(&self) -> bool {
        true
    }
    /// What is to be said of an object of a resource (`networkpolicies.networking.k8s.io`) because the cluster here is
    /// simulated: that nothing acts on it, or that its image is not there.
    fn note(&self, resource: &str, object: &Value) -> Option<String> {
        let _ = (resource, object);
        None
    }
    /// Opens the person's editor (`KUBE_EDITOR`, else `EDITOR`, else `vi`) on a file and waits until it is closed.
    ///
    /// # Errors
    /// kubectl's words, such as `unable to launch the editor "vi"`.
    fn edit(&self, path: &str) -> LocalFuture<'_, Result<(), String>>;
}

/// A [`Host`] that keeps everything in memory: for tests and tools. Its clock moves only by [`Host::sleep`] and
/// [`MemoryHost::set_now`]; it has no editor.
#[derive(Default)]
pub struct MemoryHost {
    inner: RefCell<Memory>,
}

#[derive(Default)]
struct Memory {
    out: Vec<u8>,
    stdin: Vec<u8>,
    files: BTreeMap<String, Vec<u8>>,
    env: BTreeMap<String, String>,
    now: Time,
}

impl MemoryHost {
    /// A computer with these files, whose clock shows `now`.
    pub fn new(files: Vec<(String, Vec<u8>)>, now: Time) -> Rc<Self> {
        let memory = Memory { files: files.into_iter().collect(), now, ..Memory::default() };
        Rc::new(MemoryHost { inner: RefCell::new(memory) })
    }

    /// Sets the clock.
    pub fn set_now(&self, now: Time) {
        self.inner.borrow_mut().now = now;
    }

    /// Sets what standard input will give.
    pub fn set_stdin(&self, bytes: &[u8]) {
        self.inner.borrow_mut().stdin = bytes.to_vec();
    }

    /// Sets an environment variable.
    pub fn set_env(&self, name: &str, value: &str) {
        self.inner.borrow_mut().env.insert(name.to_owned(), value.to_owned());
    }

    /// Takes what was written to standard output and standard error so far, in order.
    pub fn take_output(&self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.inner.borrow_mut().out)).into_owned()
    }
}

/// A path without `.`, `..`, doubled slashes, and slashes at its ends.
pub(crate) fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

impl Host for MemoryHost {
    fn stdout(&self, bytes: &[u8]) -> LocalFuture<'_, ()> {
        self.inner.borrow_mut().out.extend_from_slice(bytes);
        Box::pin(std::future::ready(()))
    }

    fn stderr(&self, bytes: &[u8]) -> LocalFuture<'_, ()> {
        self.stdout(bytes)
    }

    fn read_stdin(&self) -> LocalFuture<'_, Vec<u8>> {
        Box::pin(std::future::ready(std::mem::take(&mut self.inner.borrow_mut().stdin)))
    }

    fn is_terminal_stdin(&self) -> bool {
        false
    }

    fn is_terminal_stdout(&self) -> bool {
        false
    }

    fn read_file(&self, path: &str) -> Result<Vec<u8>, String> {
        let path = clean(path);
        if let Some(bytes) = self.inner.borrow().files.get(&path) {
            return Ok(bytes.clone());
        }
        if self.read_dir(&path).is_ok() {
            return Err("is a directory".to_owned());
        }
        Err("no such file or directory".to_owned())
    }

    fn read_dir(&self, path: &str) -> Result<Vec<String>, String> {
        let mut prefix = clean(path);
        if !prefix.is_empty() {
            prefix.push('/');
        }
        let memory = self.inner.borrow();
        if memory.files.contains_key(prefix.trim_end_matches('/')) {
            return Err("not a directory".to_owned());
        }
        let mut names: Vec<String> = Vec::new();
        for name in memory.files.keys().filter_map(|name| name.strip_prefix(&prefix)) {
            let name = match name.split_once('/') {
                Some((folder, _)) => format!("{folder}/"),
                None => name.to_owned(),
            };
            if names.last() != Some(&name) {
                names.push(name);
            }
        }
        if names.is_empty() && !prefix.is_empty() {
            return Err("no such file or directory".to_owned());
        }
        Ok(names)
    }

    fn write_file(&self, path: &str, bytes: &[u8]) -> Result<(), String> {
        self.inner.borrow_mut().files.insert(clean(path), bytes.to_vec());
        Ok(())
    }

    fn make_dir(&self, _path: &str) -> Result<(), String> {
        Ok(()) // folders are where files are
    }

    fn now(&self) -> Time {
        self.inner.borrow().now
    }

    fn sleep(&self, duration: Duration) -> LocalFuture<'_, ()> {
        let mut memory = self.inner.borrow_mut();
        memory.now = memory.now + duration;
        Box::pin(std::future::ready(()))
    }

    fn env(&self, name: &str) -> Option<String> {
        self.inner.borrow().env.get(name).cloned()
    }

    fn remove_file(&self, path: &str) {
        self.inner.borrow_mut().files.remove(&clean(path));
    }

    fn edit(&self, _path: &str) -> LocalFuture<'_, Result<(), String>> {
        Box::pin(std::future::ready(Err("unable to launch the editor \"vi\"".to_owned())))
    }
}
