//! `kubectl config set-cluster`, `set-credentials`, `set`, `unset`, `delete-…`, `rename-context`, `get-clusters`, `get-users`.

use api::path;
use serde_json::{Map, Value, json};

use crate::command::Verb;
use crate::config::Config;
use crate::error::{Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag, not_simulated, parse_bool};
use crate::session::Session;
use api::base64;

/// The field of an entry in each list.
const LISTS: [(&str, &str); 3] = [("clusters", "cluster"), ("contexts", "context"), ("users", "user")];

/// The help, and that there are too many words or too few.
pub async fn unexpected(session: &Session, args: &Args, verb: &str) -> Outcome {
    session.out(&super::help::shown(&*session.host, &format!("config {verb}"))).await;
    plain(format!("Unexpected args: [{}]", args.words.join(" ")))
}

async fn names(session: &Session, list: &str) -> Outcome {
    let mut text = "NAME\n".to_owned();
    for entry in path::list(&session.config.value, list) {
        text.push_str(&format!("{}\n", path::str(entry, "name")));
    }
    session.out(&text).await;
    Ok(())
}

/// `kubectl config get-clusters`
pub static GET_CLUSTERS: Verb = Verb {
    name: "config get-clusters",
    aliases: &[],
    flags: &[],
    run: |session, _| Box::pin(names(session, "clusters")),
};

/// `kubectl config get-users`
pub static GET_USERS: Verb =
    Verb { name: "config get-users", aliases: &[], flags: &[], run: |session, _| Box::pin(names(session, "users")) };

async fn delete(session: &Session, args: &Args, list: &str, what: &str) -> Outcome {
    let [name] = args.words.as_slice() else {
        return match what {
            "context" => {
                session.out(&super::help::shown(&*session.host, "config delete-context")).await;
                Ok(())
            }
            "user" => plain("user to delete is required\nSee 'kubectl config delete-user -h' for help and examples"),
            _ => plain(format!("you must specify a {what} to delete")),
        };
    };
    let mut config = session.config.clone();
    if config.entry(list, name).is_none() {
        return plain(format!("cannot delete {what} {name}, not in {}", config.path));
    }
    if what == "context" && config.current() == name {
        session
            .err("warning: this removed your active context, use \"kubectl config use-context\" to select a different one\n")
            .await;
    }
    if let Some(entries) = config.value[list].as_array_mut() {
        entries.retain(|entry| path::str(entry, "name") != name);
    }
    config.save(&*session.host)?;
    session.out(&format!("deleted {what} {name} from {}\n", config.path)).await;
    Ok(())
}

/// `kubectl config delete-cluster`
pub static DELETE_CLUSTER: Verb = Verb {
    name: "config delete-cluster",
    aliases: &[],
    flags: &[],
    run: |session, args| Box::pin(delete(session, args, "clusters", "cluster")),
};

/// `kubectl config delete-context`
pub static DELETE_CONTEXT: Verb = Verb {
    name: "config delete-context",
    aliases: &[],
    flags: &[],
    run: |session, args| Box::pin(delete(session, args, "contexts", "context")),
};

/// `kubectl config delete-user`
pub static DELETE_USER: Verb = Verb {
    name: "config delete-user",
    aliases: &[],
    flags: &[],
    run: |session, args| Box::pin(delete(session, args, "users", "user")),
};

/// `kubectl config rename-context`
pub static RENAME_CONTEXT: Verb = Verb {
    name: "config rename-context",
    aliases: &[],
    flags: &[],
    run: |session, args| {
        Box::pin(async move {
            let [old, new] = args.words.as_slice() else { return unexpected(session, args, "rename-context").await };
            let mut config = session.config.clone();
            if config.entry("contexts", old).is_none() {
                return plain(format!("cannot rename the context {old:?}, it's not in {}", config.path));
            }
            if config.entry("contexts", new).is_some() {
                let place = &config.path;
                return plain(format!(
                    "cannot rename the context {old:?}, the context {new:?} already exists in {place}"
                ));
            }
            if config.current() == old {
                config.value["current-context"] = new.clone().into();
            }
            if let Some(entry) = entry(&mut config, "contexts", old) {
                entry["name"] = new.clone().into();
            }
            config.save(&*session.host)?;
            session.out(&format!("Context {old:?} renamed to {new:?}.\n")).await;
            Ok(())
        })
    },
};

fn entry<'a>(config: &'a mut Config, list: &str, name: &str) -> Option<&'a mut Value> {
    config.value[list].as_array_mut()?.iter_mut().find(|entry| path::str(entry, "name") == name)
}

/// The entry of this name, made where it is missing.
fn entry_or_new<'a>(config: &'a mut Config, list: &str, field: &str, name: &str) -> Option<&'a mut Value> {
    if !config.value[list].is_array() {
        config.value[list] = json!([]);
    }
    if config.entry(list, name).is_none() {
        config.value[list].as_array_mut()?.push(json!({"name": name, field: {}}));
    }
    let entry = &mut entry(config, list, name)?[field];
    if !entry.is_object() {
        *entry = json!({});
    }
    Some(entry)
}

const CLUSTER_FLAGS: &[Flag] = &[
    flag("certificate-authority", ' ', Takes::Text, ""),
    flag("embed-certs", ' ', Takes::Bool, "false"),
    flag("insecure-skip-tls-verify", ' ', Takes::Bool, "false"),
    flag("proxy-url", ' ', Takes::Text, ""),
    flag("tls-server-name", ' ', Takes::Text, ""),
];

/// Sets a file's path, or, with `--embed-certs`, its content.
fn set_file(session: &Session, args: &Args, entry: &mut Value, flag: &str) -> Outcome {
    if !args.has(flag) {
        return Ok(());
    }
    let file = args.text(flag);
    let data = format!("{flag}-data");
    let Some(entry) = entry.as_object_mut() else { return Ok(()) };
    if args.on("embed-certs") {
        match session.host.read_file(file) {
            Ok(bytes) => {
                entry.remove(flag);
                entry.insert(data, base64::encode(&bytes).into());
            }
            Err(error) => return plain(format!("could not stat {flag} file {file}: stat {file}: {error}")),
        }
    } else {
        entry.remove(&data);
        entry.insert(flag.to_owned(), file.into());
    }
    Ok(())
}

/// `kubectl config set-cluster`
pub static SET_CLUSTER: Verb = Verb {
    name: "config set-cluster",
    aliases: &[],
    flags: &[CLUSTER_FLAGS],
    run: |session, args| {
        Box::pin(async move {
            let [name] = args.words.as_slice() else { return unexpected(session, args, "set-cluster").await };
            if args.on("insecure-skip-tls-verify") && !args.text("certificate-authority").is_empty() {
                return plain("you cannot specify a certificate authority and insecure mode at the same time");
            }
            if args.on("embed-certs") && args.text("certificate-authority").is_empty() {
                return plain("you must specify a --certificate-authority to embed");
            }
            let mut config = session.config.clone();
            let Some(entry) = entry_or_new(&mut config, "clusters", "cluster", name) else { return Ok(()) };
            for flag in ["server", "proxy-url", "tls-server-name"].into_iter().filter(|flag| args.has(flag)) {
                entry[flag] = args.text(flag).trim_end_matches('/').into();
            }
            set_file(session, args, entry, "certificate-authority")?;
            if args.has("insecure-skip-tls-verify") {
                entry["insecure-skip-tls-verify"] = args.on("insecure-skip-tls-verify").into();
            }
            config.save(&*session.host)?;
            session.out(&format!("Cluster {name:?} set.\n")).await;
            Ok(())
        })
    },
};

const USER_FLAGS: &[Flag] = &[
    not_simulated("auth-provider", Takes::Text, ""),
    not_simulated("auth-provider-arg", Takes::List, ""),
    not_simulated("exec-api-version", Takes::Text, ""),
    not_simulated("exec-arg", Takes::List, ""),
    not_simulated("exec-command", Takes::Text, ""),
    not_simulated("exec-env", Takes::Array, ""),
    not_simulated("exec-interactive-mode", Takes::Text, ""),
    not_simulated("exec-provide-cluster-info", Takes::Bool, "false"),
    flag("client-certificate", ' ', Takes::Text, ""),
    flag("client-key", ' ', Takes::Text, ""),
    flag("embed-certs", ' ', Takes::Bool, "false"),
    flag("password", ' ', Takes::Text, ""),
    flag("token", ' ', Takes::Text, ""),
    flag("username", ' ', Takes::Text, ""),
];

/// `kubectl config set-credentials`
pub static SET_CREDENTIALS: Verb = Verb {
    name: "config set-credentials",
    aliases: &[],
    flags: &[USER_FLAGS],
    run: |session, args| {
        Box::pin(async move {
            let [name] = args.words.as_slice() else {
                session.out(&super::help::shown(&*session.host, "config set-credentials")).await;
                return plain(format!("unexpected args: [{}]", args.words.join(" ")));
            };
            let methods: Vec<&str> = [("token", "--token"), ("username", "--username/--password")]
                .into_iter()
                .filter(|(flag, _)| !args.text(flag).is_empty())
                .map(|(_, method)| method)
                .collect();
            if methods.len() > 1 {
                return plain(format!(
                    "you cannot specify more than one authentication method at the same time: {}",
                    methods.join(", ")
                ));
            }
            let mut config = session.config.clone();
            let Some(entry) = entry_or_new(&mut config, "users", "user", name) else { return Ok(()) };
            for flag in ["client-certificate", "client-key"] {
                set_file(session, args, entry, flag)?;
            }
            for flag in ["token", "username", "password"].into_iter().filter(|flag| args.has(flag)) {
                entry[flag] = args.text(flag).into();
            }
            if let Some(entry) = entry.as_object_mut() {
                // One way to log in takes the place of the other.
                if methods.contains(&"--token") {
                    entry.remove("username");
                    entry.remove("password");
                } else if methods.contains(&"--username/--password") {
                    entry.remove("token");
                }
            }
            config.save(&*session.host)?;
            session.out(&format!("User {name:?} set.\n")).await;
            Ok(())
        })
    },
};

/// Where `contexts.minikube.namespace` leads: the list's entry made, and the field's name in it. A name may have dots.
fn walk<'a>(config: &'a mut Config, property: &str, make: bool) -> Outcome<(&'a mut Map<String, Value>, String)> {
    let no_object = || plain(format!("unable to parse {property:?}"));
    let first = property.split('.').next().unwrap_or_default();
    if !["kind", "apiVersion", "preferences", "clusters", "users", "contexts", "current-context", "extensions"]
        .contains(&first)
    {
        return plain(format!("unable to parse {property} after [] at api.Config"));
    }
    let Some((list, rest)) = property.split_once('.') else {
        return match config.value.as_object_mut() {
            Some(object) => Ok((object, property.to_owned())),
            None => no_object(),
        };
    };
    let Some((_, field)) = LISTS.iter().find(|(name, _)| *name == list) else {
        let Some(object) = config.value[list].as_object_mut() else {
            return plain(format!("unable to parse {property} after [] at config"));
        };
        return Ok((object, rest.to_owned()));
    };
    let known: Vec<String> =
        path::list(&config.value, list).iter().map(|entry| path::str(entry, "name").to_owned()).collect();
    // The longest name that is there, else all up to the last dot.
    let fits = known.iter().filter(|name| rest.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('.')));
    let (name, key) = match fits.max_by_key(|name| name.len()) {
        Some(name) => (name.clone(), rest[name.len() + 1..].to_owned()),
        None => match rest.rsplit_once('.') {
            Some((name, key)) => (name.to_owned(), key.to_owned()),
            None => return plain(format!("can't set a map to a value: {rest}")),
        },
    };
    if !make && config.entry(list, &name).is_none() {
        return plain(format!("current map key `{name}` is invalid"));
    }
    match entry_or_new(config, list, field, &name).and_then(Value::as_object_mut) {
        Some(object) => Ok((object, key)),
        None => no_object(),
    }
}

const RAW: &[Flag] = &[flag("set-raw-bytes", ' ', Takes::Bool, "false")];

/// `kubectl config set`
pub static SET: Verb = Verb {
    name: "config set",
    aliases: &[],
    flags: &[RAW],
    run: |session, args| {
        Box::pin(async move {
            let [property, value] = args.words.as_slice() else { return unexpected(session, args, "set").await };
            if value.is_empty() {
                return plain("you cannot use set to unset a property");
            }
            if property.is_empty() {
                return plain("you must specify a property");
            }
            let mut config = session.config.clone();
            let (object, key) = walk(&mut config, property, true)?;
            let new = match (key.as_str(), value.as_str()) {
                ("insecure-skip-tls-verify" | "disable-compression", text) => match parse_bool(text) {
                    Some(on) => Value::from(on),
                    None => {
                        return plain(format!("strconv.ParseBool: parsing {text:?}: invalid syntax"));
                    }
                },
                (key, text) if key.ends_with("-data") && args.on("set-raw-bytes") => {
                    base64::encode(text.as_bytes()).into()
                }
                (key, text) if key.ends_with("-data") && base64::decode(text).is_none() => {
                    return plain("error decoding input value: illegal base64 data at input byte 0");
                }
                (_, text) => text.into(),
            };
            object.insert(key, new);
            config.save(&*session.host)?;
            session.out(&format!("Property {property:?} set.\n")).await;
            Ok(())
        })
    },
};

/// `kubectl config unset`
pub static UNSET: Verb = Verb {
    name: "config unset",
    aliases: &[],
    flags: &[],
    run: |session, args| {
        Box::pin(async move {
            let [property] = args.words.as_slice() else { return unexpected(session, args, "unset").await };
            if property.is_empty() {
                return plain("you must specify a property");
            }
            let mut config = session.config.clone();
            let whole = property.split_once('.').filter(|(list, name)| {
                LISTS.iter().any(|(known, _)| known == list) && config.entry(list, name).is_some()
            });
            if let Some((list, name)) = whole {
                if let Some(entries) = config.value[list].as_array_mut() {
                    entries.retain(|entry| path::str(entry, "name") != name);
                }
            } else {
                match walk(&mut config, property, false)? {
                    (object, key) if key == "current-context" => drop(object.insert(key, "".into())),
                    (object, key) => drop(object.remove(&key)),
                }
            }
            config.save(&*session.host)?;
            session.out(&format!("Property {property:?} unset.\n")).await;
            Ok(())
        })
    },
};
