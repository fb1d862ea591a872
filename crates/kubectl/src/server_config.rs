//! Which API server a command line and its kubeconfig name.

use api::path;

use crate::Host;
use crate::command::{Found, find};
use crate::config::Config;
use crate::flags::Args;

/// Where the API server is, and what lets one in.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ServerConfig {
    /// `http://127.0.0.1:8001`
    pub server: String,
    /// The bearer token; empty for none.
    pub token: String,
    /// The client's certificate in PEM; empty for none, and for one in a file that is not there: minikube's own is never written.
    pub certificate: String,
}

/// The server and the token that these arguments and the kubeconfig name. What is wrong with either, [`crate::run`] says;
/// where nothing is named, it is kubectl's `http://localhost:8080`.
pub fn resolve_server(args: &[String], host: &dyn Host) -> ServerConfig {
    let args = match find(args) {
        Ok(Found::Verb(verb, rest)) => {
            let known = verb.known();
            Args::parse(&rest, &known).unwrap_or_default()
        }
        _ => Args::default(),
    };
    let (server, token) = (args.text("server").to_owned(), args.text("token").to_owned());
    let mut resolved = ServerConfig { server, token, certificate: String::new() };
    let file = |path: &str| match path {
        "" => None,
        path => host.read_file(path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    };
    let flag = args.text("client-certificate");
    resolved.certificate = file(flag).unwrap_or_default();
    if let Ok(config) = Config::load(host, args.text("kubeconfig"), true) {
        let context = config.entry("contexts", or(args.text("context"), config.current()));
        let named = |field: &str| context.map(|entry| path::str(entry, field)).unwrap_or_default();
        let cluster = config.entry("clusters", or(args.text("cluster"), named("context.cluster")));
        let user = config.entry("users", or(args.text("user"), named("context.user")));
        if let Some(cluster) = cluster.filter(|_| resolved.server.is_empty()) {
            path::str(cluster, "cluster.server").clone_into(&mut resolved.server);
        }
        if let Some(user) = user.filter(|_| resolved.token.is_empty()) {
            resolved.token = match file(path::str(user, "user.tokenFile")) {
                Some(text) => text.trim().to_owned(),
                None => path::str(user, "user.token").to_owned(),
            };
        }
        if let Some(user) = user.filter(|_| flag.is_empty()) {
            let data = api::base64::decode(path::str(user, "user.client-certificate-data")).unwrap_or_default();
            resolved.certificate = match data.is_empty() {
                true => file(path::str(user, "user.client-certificate")).unwrap_or_default(),
                false => String::from_utf8_lossy(&data).into_owned(),
            };
        }
    }
    if resolved.server.is_empty() {
        "http://localhost:8080".clone_into(&mut resolved.server);
    }
    resolved
}

fn or<'a>(first: &'a str, second: &'a str) -> &'a str {
    if first.is_empty() { second } else { first }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryHost;

    const CONFIG: &str = "clusters:\n- name: a\n  cluster: {server: http://a}\n- name: b\n  cluster: {server: http://b}\n\
        users:\n- name: a\n  user: {token: secret}\n- name: f\n  user: {tokenFile: /token}\n\
        contexts:\n- name: a\n  context: {cluster: a, user: a}\n- name: b\n  context: {cluster: b, user: f}\n\
        current-context: a\n";

    #[test]
    fn flags_go_before_the_kubeconfig() {
        let files = [("config", CONFIG), ("token", "from-file\n")];
        let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
        let host = MemoryHost::new(files.to_vec(), sim::Time::default());
        host.set_env("KUBECONFIG", "/config");
        let of = |line: &str| {
            let args: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let server = resolve_server(&args, &*host);
            (server.server, server.token)
        };
        let pair = |server: &str, token: &str| (server.to_owned(), token.to_owned());
        assert_eq!(of("get pod"), pair("http://a", "secret"));
        assert_eq!(of("get pod --context b"), pair("http://b", "from-file"));
        assert_eq!(of("get pod --cluster b --token=t"), pair("http://b", "t"));
        assert_eq!(of("-s http://c get pod"), pair("http://c", "secret"));
        assert_eq!(of("get pod --kubeconfig /none"), pair("http://localhost:8080", ""));
    }
}
