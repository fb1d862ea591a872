//! The kubeconfig file: clusters, users, contexts, and which context is current.
//!
//! <https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/>

use serde_json::{Value, json};

use crate::Host;
use crate::error::{Error, Outcome, plain};
use api::path;

/// A kubeconfig as `minikube start` writes it, for a control plane at `server` (`https://192.168.49.2:8443`) and a person
/// whose home folder is `home`.
pub fn minikube_kubeconfig(server: &str, home: &str) -> String {
    manifest::to_yaml(&minikube(server, home))
}

fn minikube(server: &str, home: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "minikube", "cluster": {
            "certificate-authority": format!("{home}/.minikube/ca.crt"), "server": server,
        }}],
        "contexts": [{"name": "minikube", "context": {
            "cluster": "minikube", "namespace": "default", "user": "minikube",
        }}],
        "current-context": "minikube",
        "users": [{"name": "minikube", "user": {
            "client-certificate": format!("{home}/.minikube/profiles/minikube/client.crt"),
            "client-key": format!("{home}/.minikube/profiles/minikube/client.key"),
        }}],
    })
}

/// Where a Pod's ServiceAccount is.
const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// What a Pod knows of its API server (client-go's `rest.InClusterConfig`), as a kubeconfig whose names are empty.
fn in_cluster(host: &dyn Host) -> Option<Value> {
    let env = |name: &str| host.env(name).filter(|value| !value.is_empty());
    let server = format!("https://{}:{}", env("KUBERNETES_SERVICE_HOST")?, env("KUBERNETES_SERVICE_PORT")?);
    host.read_file(&format!("{ACCOUNT}/token")).ok()?;
    let namespace = host.read_file(&format!("{ACCOUNT}/namespace")).unwrap_or_default();
    let namespace = String::from_utf8_lossy(&namespace).trim().to_owned();
    Some(json!({
        "clusters": [{"name": "", "cluster": {"server": server}}],
        "contexts": [{"name": "", "context": {"cluster": "", "namespace": namespace, "user": ""}}],
        "users": [{"name": "", "user": {"tokenFile": format!("{ACCOUNT}/token")}}],
    }))
}

/// A kubeconfig that was read, and where it lies.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file.
    pub path: String,
    /// Its content.
    pub value: Value,
}

impl Config {
    /// Reads the file that `--kubeconfig`, `$KUBECONFIG` or the home folder names. Where none was ever written, it is as
    /// if `minikube start` had just written it, on a host that has one: kubectl speaks to it either way. In a Pod, it is what
    /// the kubelet gives, if it is `for_requests`.
    ///
    /// # Errors
    /// When a file that was named is missing, or what it says cannot be read.
    pub fn load(host: &dyn Host, named: &str, for_requests: bool) -> Outcome<Config> {
        let home = host.env("HOME").unwrap_or_else(|| "/root".to_owned());
        let env = host.env("KUBECONFIG").filter(|path| !path.is_empty());
        let path = match (named, env) {
            ("", Some(path)) => path.split(':').next().unwrap_or_default().to_owned(),
            ("", None) => format!("{home}/.kube/config"),
            (named, _) => named.to_owned(),
        };
        match host.read_file(&path) {
            Ok(bytes) => {
                let text = String::from_utf8_lossy(&bytes);
                let mut parsed = manifest::parse(&text);
                if let Some(error) = parsed.error {
                    return plain(format!("error loading config file {path:?}: {}", error.message));
                }
                let value = if parsed.documents.is_empty() { json!({}) } else { parsed.documents.remove(0).value };
                Ok(Config { path, value })
            }
            Err(error) if !named.is_empty() => plain(format!("stat {path}: {error}")),
            Err(_) if !host.has_minikube() => {
                let empty = || json!({"apiVersion": "v1", "kind": "Config"});
                let value = if for_requests { in_cluster(host) } else { None };
                Ok(Config { path, value: value.unwrap_or_else(empty) })
            }
            Err(_) => Ok(Config { path, value: minikube("https://192.168.49.2:8443", &home) }),
        }
    }

    /// Writes the file.
    ///
    /// # Errors
    /// The system's words.
    pub fn save(&self, host: &dyn Host) -> Outcome {
        let mut value = self.value.clone();
        // They are maps by name in between.
        for list in ["clusters", "contexts", "users"] {
            if let Some(entries) = value[list].as_array_mut() {
                sim::order::sort_by_text(entries, |entry| path::str(entry, "name"));
            }
        }
        let text = manifest::to_yaml(&value);
        host.write_file(&self.path, text.as_bytes()).or_else(|error| plain(format!("open {}: {error}", self.path)))
    }

    /// An entry of `clusters`, `contexts` or `users` by its name.
    pub fn entry(&self, list: &str, name: &str) -> Option<&Value> {
        path::list(&self.value, list).iter().find(|entry| path::str(entry, "name") == name)
    }

    /// The current context's name; empty when there is none.
    pub fn current(&self) -> &str {
        path::str(&self.value, "current-context")
    }

    /// The namespace of a context, `default` where it names none.
    ///
    /// # Errors
    /// When there is no such context.
    pub fn namespace(&self, context: &str) -> Outcome<String> {
        let name = if context.is_empty() { self.current() } else { context };
        match self.entry("contexts", name) {
            Some(entry) => match path::str(entry, "context.namespace") {
                "" => Ok("default".to_owned()),
                namespace => Ok(namespace.to_owned()),
            },
            None if context.is_empty() && name.is_empty() => Ok("default".to_owned()),
            None => Err(Error::Verbatim(format!(
                "Error in configuration: context was not found for specified context: {name}"
            ))),
        }
    }

    /// The user of a context.
    pub fn user(&self, context: &str) -> &str {
        let name = if context.is_empty() { self.current() } else { context };
        self.entry("contexts", name).map(|entry| path::str(entry, "context.user")).unwrap_or_default()
    }

    /// The address of the current context's cluster.
    pub fn server(&self) -> &str {
        let cluster =
            self.entry("contexts", self.current()).map(|entry| path::str(entry, "context.cluster")).unwrap_or_default();
        self.entry("clusters", cluster).map(|entry| path::str(entry, "cluster.server")).unwrap_or_default()
    }
}
