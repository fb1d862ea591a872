//! `kubectl` as a program of the outside computer, where it is the administrator, and of containers, where it is the Pod's
//! ServiceAccount.

use std::rc::Rc;

use ::kubectl::Host;
use api::LocalFuture;
use machine::{Errno, ExitStatus, FileType, Process, Program};
use serde_json::Value;
use sim::{Duration, Time};

use crate::control::WeakShared;
use crate::transport::InProcessTransport;

/// What starting kubectl takes: it is a large program, and it asks the server what there is.
const START: Duration = Duration::from_millis(60);

pub(super) fn program(world: WeakShared) -> Program {
    Program::with("kubectl", move |process| {
        let world = world.clone();
        Box::pin(async move {
            process.compute(START).await;
            let args = process.args()[1..].to_vec();
            let host = Rc::new(ProcessHost(process.clone()));
            let config = ::kubectl::resolve_server(&args, &*host);
            if let Some(options) = super::proxy::asked(&args) {
                return ExitStatus::check(super::proxy::run(process, world, config, options).await);
            }
            let transport = Rc::new(InProcessTransport { world, process, config });
            ExitStatus::check(::kubectl::run(args, host, transport).await)
        })
    })
}

/// kubectl's computer, as the process sees it.
struct ProcessHost(Process);

/// An error in Go's words.
fn words(error: Errno) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    chars.next().map(|first| first.to_ascii_lowercase().to_string() + chars.as_str()).unwrap_or_default()
}

impl Host for ProcessHost {
    fn stdout(&self, bytes: &[u8]) -> LocalFuture<'_, ()> {
        let bytes = bytes.to_vec();
        Box::pin(async move { self.0.write(1, &bytes).await })
    }

    fn stderr(&self, bytes: &[u8]) -> LocalFuture<'_, ()> {
        let bytes = bytes.to_vec();
        Box::pin(async move { self.0.write(2, &bytes).await })
    }

    fn read_stdin(&self) -> LocalFuture<'_, Vec<u8>> {
        Box::pin(async move {
            match self.0.read_to_end(0).await {
                Ok(bytes) => bytes,
                Err(error) => {
                    self.0.err(&format!("error: read /dev/stdin: {}\n", error.to_string().to_lowercase())).await;
                    self.0.exit(1).await
                }
            }
        })
    }

    fn read_line(&self) -> LocalFuture<'_, String> {
        Box::pin(async move {
            let line = self.0.read_line(0).await.unwrap_or_default();
            String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned()
        })
    }

    fn is_terminal_stdin(&self) -> bool {
        self.0.is_tty(0)
    }

    fn is_terminal_stdout(&self) -> bool {
        self.0.is_tty(1)
    }

    fn read_file(&self, path: &str) -> Result<Vec<u8>, String> {
        self.0.read_file(path).map_err(words)
    }

    fn fetch(&self, url: &str) -> Option<Vec<u8>> {
        let example = || super::examples::at(url).map(|manifest| manifest.as_bytes().to_vec());
        let addon = super::metallb::at(url)
            .or_else(|| super::ingress_nginx::at(url))
            .or_else(|| super::network_plugins::at(url))
            .or_else(|| super::minikube::metrics_at(url));
        addon.map(String::into_bytes).or_else(example)
    }

    fn read_dir(&self, path: &str) -> Result<Vec<String>, String> {
        let entries = self.0.read_dir(path).map_err(words)?;
        Ok(entries
            .into_iter()
            .map(|entry| if entry.file_type == FileType::Directory { entry.name + "/" } else { entry.name })
            .collect())
    }

    fn write_file(&self, path: &str, bytes: &[u8]) -> Result<(), String> {
        let mut folder = String::new();
        let path = self.0.resolve(path);
        for name in path.trim_start_matches('/').split('/') {
            if !folder.is_empty() && self.0.metadata(&folder).is_err() {
                self.0.create_dir(&folder).map_err(words)?;
            }
            folder.push('/');
            folder.push_str(name);
        }
        self.0.write_file(&path, bytes).map_err(words)
    }

    fn make_dir(&self, path: &str) -> Result<(), String> {
        let path = self.0.resolve(path);
        for (at, _) in path.match_indices('/').skip(1).chain([(path.len(), "")]) {
            match self.0.create_dir(&path[..at]) {
                Ok(()) | Err(Errno::EEXIST) => {}
                Err(error) => return Err(words(error)),
            }
        }
        Ok(())
    }

    fn mode(&self, path: &str) -> u32 {
        self.0.metadata(path).map_or(0o644, |metadata| metadata.mode)
    }

    fn now(&self) -> Time {
        self.0.now()
    }

    fn sleep(&self, duration: Duration) -> LocalFuture<'_, ()> {
        Box::pin(self.0.sleep(duration))
    }

    fn env(&self, name: &str) -> Option<String> {
        self.0.env(name)
    }

    fn has_minikube(&self) -> bool {
        false // minikube writes its kubeconfig
    }

    fn note(&self, resource: &str, object: &Value) -> Option<String> {
        let of_ingress = resource == cluster::INGRESSES || resource == cluster::INGRESS_CLASSES;
        if of_ingress && self.0.kernel().with(|state| crate::node::ingress::runs(state)) {
            return None;
        }
        if resource == cluster::NETWORK_POLICIES && self.0.kernel().with(|state| state.network.filters()) {
            return None;
        }
        super::not_here::note(resource, object)
    }

    fn remove_file(&self, path: &str) {
        let _ = self.0.remove_file(path);
    }

    fn edit(&self, path: &str) -> LocalFuture<'_, Result<(), String>> {
        let path = path.to_owned();
        Box::pin(async move { super::editor::edit(&self.0, self, &path).await })
    }
}
