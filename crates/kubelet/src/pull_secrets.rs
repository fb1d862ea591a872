//! `imagePullSecrets`: the accounts that a Pod has at registries.
//!
//! <https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/>, pkg/credentialprovider

use api::path;
use component::Context;
use component::node::Account;
use serde_json::{Map, Value};

/// What a Pod's secrets say, and the names of those that are not there.
pub(super) struct Accounts {
    pub all: Vec<Account>,
    pub missing: Vec<String>,
}

/// Reads a Pod's secrets.
pub(super) fn read(cx: &Context, pod: &Value) -> Accounts {
    let mut accounts = Accounts { all: Vec::new(), missing: Vec::new() };
    let namespace = path::str(pod, "metadata.namespace");
    for reference in path::list(pod, "spec.imagePullSecrets") {
        let name = path::str(reference, "name");
        match cx.view.get("secrets", namespace, name) {
            Some(secret) => accounts.all.extend(of_secret(secret)),
            None => accounts.missing.push(name.to_owned()),
        }
    }
    accounts
}

/// The accounts of a Secret of one of docker's two formats; what cannot be read has none.
fn of_secret(secret: &Value) -> Vec<Account> {
    let data = |key: &str| -> Value {
        let bytes = secret["data"][key].as_str().and_then(api::base64::decode).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or(Value::Null)
    };
    let servers: Map<String, Value> = match path::str(secret, "type") {
        "kubernetes.io/dockerconfigjson" => data(".dockerconfigjson")["auths"].take(),
        "kubernetes.io/dockercfg" => data(".dockercfg"),
        _ => Value::Null,
    }
    .as_object()
    .cloned()
    .unwrap_or_default();
    servers.iter().map(|(server, entry)| account(server, entry)).collect()
}

fn account(server: &str, entry: &Value) -> Account {
    let text = |field: &str| path::str(entry, field).to_owned();
    let (mut user, mut password) = (text("username"), text("password"));
    let pair = entry["auth"].as_str().and_then(api::base64::decode);
    if let Some((name, word)) = pair.and_then(|bytes| {
        let pair = String::from_utf8(bytes).ok()?;
        pair.split_once(':').map(|(name, word)| (name.to_owned(), word.to_owned()))
    }) {
        (user, password) = (name, word);
    }
    let host = server.split_once("://").map_or(server, |(_, rest)| rest);
    Account { server: host.split('/').next().unwrap_or(host).to_owned(), user, password }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_formats_are_read() {
        let secret = |kind: &str, key: &str, text: &str| json!({"type": format!("kubernetes.io/{kind}"), "data": {key: api::base64::encode(text.as_bytes())}});
        let account = |server: &str| Account { server: server.into(), user: "jane".into(), password: "a:b".into() };
        let new = "{\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":\"amFuZTphOmI=\"},\"r.io:5000\":{\"username\":\"jane\",\
                   \"password\":\"a:b\"}}}";
        assert_eq!(
            of_secret(&secret("dockerconfigjson", ".dockerconfigjson", new)),
            [account("index.docker.io"), account("r.io:5000")]
        );
        let old = "{\"r.io\":{\"auth\":\"amFuZTphOmI=\"}}";
        assert_eq!(of_secret(&secret("dockercfg", ".dockercfg", old)), [account("r.io")]);
        assert!(of_secret(&secret("dockerconfigjson", ".dockerconfigjson", "no json")).is_empty());
        assert!(of_secret(&json!({"type": "Opaque"})).is_empty());
    }
}
