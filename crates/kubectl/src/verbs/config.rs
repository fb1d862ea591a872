//! `kubectl config`: reads and changes the kubeconfig file.

use api::path;
use serde_json::{Value, json};

use crate::command::{PRINT, Verb};
use crate::error::plain;
use crate::flags::{Flag, Takes, flag};
use crate::printers::{self, Output};
use crate::tabwriter::{GET, align};
use crate::verbs::api_resources::unexpected;

const VIEW_FLAGS: &[Flag] = &[
    flag("output", 'o', Takes::Text, "yaml"),
    flag("raw", ' ', Takes::Bool, "false"),
    flag("minify", ' ', Takes::Bool, "false"),
    flag("flatten", ' ', Takes::Bool, "false"),
    flag("merge", ' ', Takes::Bool, "true"),
];

/// `kubectl config view`
pub static VIEW: Verb = Verb {
    name: "config view",
    aliases: &[],
    flags: &[VIEW_FLAGS, &[PRINT[1], PRINT[2], PRINT[3]]],
    run: |session, args| {
        Box::pin(async move {
            unexpected(args, "config view")?;
            let mut value = session.config.value.clone();
            for (field, none) in [
                ("clusters", Value::Null),
                ("contexts", Value::Null),
                ("current-context", "".into()),
                ("users", Value::Null),
            ] {
                if value[field].is_null() {
                    value[field] = none;
                }
            }
            if args.on("minify") {
                let wanted = args.text("context");
                if !wanted.is_empty() && session.config.entry("contexts", wanted).is_none() {
                    return plain(format!("cannot locate context {wanted}"));
                }
                let current = if wanted.is_empty() { session.config.current() } else { wanted }.to_owned();
                let Some(entry) = session.config.entry("contexts", &current) else {
                    return plain("cannot locate context minify: no current context is set");
                };
                let names = [
                    ("contexts", current.clone()),
                    ("clusters", path::str(entry, "context.cluster").to_owned()),
                    ("users", path::str(entry, "context.user").to_owned()),
                ];
                for (list, name) in names {
                    if let Some(entries) = value[list].as_array_mut() {
                        entries.retain(|entry| path::str(entry, "name") == name);
                    }
                }
            }
            if !args.on("raw") {
                for user in value["users"].as_array_mut().into_iter().flatten() {
                    for secret in ["token", "password"] {
                        if !user["user"][secret].is_null() {
                            user["user"][secret] = "REDACTED".into();
                        }
                    }
                    for data in ["client-certificate-data", "client-key-data"] {
                        if !user["user"][data].is_null() {
                            user["user"][data] = "DATA+OMITTED".into();
                        }
                    }
                }
            }
            let text = match printers::output(&*session.host, args, false)? {
                Output::Human => manifest::to_yaml(&value),
                output => printers::whole(&output, &value, true)?.unwrap_or_else(|| "config/<unknown>\n".to_owned()),
            };
            session.out(&text).await;
            Ok(())
        })
    },
};

const CONTEXTS_FLAGS: &[Flag] = &[flag("no-headers", ' ', Takes::Bool, "false"), flag("output", 'o', Takes::Text, "")];

/// `kubectl config get-contexts`
pub static GET_CONTEXTS: Verb = Verb {
    name: "config get-contexts",
    aliases: &[],
    flags: &[CONTEXTS_FLAGS],
    run: |session, args| {
        Box::pin(async move {
            let config = &session.config;
            let names_only = args.text("output") == "name";
            let mut text = String::new();
            if !names_only && !args.on("no-headers") {
                text.push_str("CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n");
            }
            for name in &args.words {
                if config.entry("contexts", name).is_none() {
                    session.out(&align(&text, GET)).await;
                    return plain(format!("context {name} not found"));
                }
            }
            for entry in path::list(&config.value, "contexts") {
                let name = path::str(entry, "name");
                if !args.words.is_empty() && !args.words.iter().any(|word| word == name) {
                    continue;
                }
                if names_only {
                    text.push_str(&format!("{name}\n"));
                    continue;
                }
                let mark = if name == config.current() { "*" } else { "" };
                let field = |field: &str| path::str(&entry["context"], field).to_owned();
                text.push_str(&format!(
                    "{mark}\t{name}\t{}\t{}\t{}\n",
                    field("cluster"),
                    field("user"),
                    field("namespace")
                ));
            }
            session.out(&align(&text, GET)).await;
            Ok(())
        })
    },
};

/// `kubectl config current-context`
pub static CURRENT_CONTEXT: Verb = Verb {
    name: "config current-context",
    aliases: &[],
    flags: &[],
    run: |session, _| {
        Box::pin(async move {
            match session.config.current() {
                "" => plain("current-context is not set"),
                name => {
                    session.out(&format!("{name}\n")).await;
                    Ok(())
                }
            }
        })
    },
};

/// `kubectl config use-context`
pub static USE_CONTEXT: Verb = Verb {
    name: "config use-context",
    aliases: &["use"],
    flags: &[],
    run: |session, args| {
        Box::pin(async move {
            let [name] = args.words.as_slice() else {
                return super::config_more::unexpected(session, args, "use-context").await;
            };
            let mut config = session.config.clone();
            if config.entry("contexts", name).is_none() {
                return plain(format!("no context exists with the name: {name:?}"));
            }
            config.value["current-context"] = name.clone().into();
            config.save(&*session.host)?;
            session.out(&format!("Switched to context {name:?}.\n")).await;
            Ok(())
        })
    },
};

const SET_FLAGS: &[Flag] = &[flag("current", ' ', Takes::Bool, "false")];

/// `kubectl config set-context`
pub static SET_CONTEXT: Verb = Verb {
    name: "config set-context",
    aliases: &[],
    flags: &[SET_FLAGS],
    run: |session, args| {
        Box::pin(async move {
            let mut config = session.config.clone();
            let name = match (args.words.as_slice(), args.on("current")) {
                ([], true) => config.current().to_owned(),
                ([name], false) => name.clone(),
                ([_], true) => return plain("you cannot specify both a context name and --current"),
                _ => return plain("you must specify a non-empty context name or --current"),
            };
            if name.is_empty() {
                return plain("no current context is set");
            }
            let known = config.entry("contexts", &name).is_some();
            if !known {
                if !config.value["contexts"].is_array() {
                    config.value["contexts"] = json!([]);
                }
                if let Some(contexts) = config.value["contexts"].as_array_mut() {
                    contexts.push(json!({"name": name, "context": {"cluster": "", "user": ""}}));
                }
            }
            let entries = config.value["contexts"].as_array_mut().into_iter().flatten();
            for entry in entries.filter(|entry| path::str(entry, "name") == name) {
                for (flag, field) in [("namespace", "namespace"), ("cluster", "cluster"), ("user", "user")] {
                    if args.has(flag) {
                        entry["context"][field] = Value::from(args.text(flag));
                    }
                }
            }
            config.save(&*session.host)?;
            let word = if known { "modified" } else { "created" };
            session.out(&format!("Context {name:?} {word}.\n")).await;
            Ok(())
        })
    },
};
