//! `kubectl auth` and `kubectl top`: what a cluster without authorization and metrics says.

use crate::command::{ALL_NAMESPACES, Verb};
use crate::error::{Error, plain};
use crate::flags::{Flag, Takes, flag};
use crate::target::resource_of;

const FLAGS: &[Flag] = &[
    flag("quiet", 'q', Takes::Bool, "false", "If true, suppress output and just return the exit code."),
    flag("list", ' ', Takes::Bool, "false", "If true, prints all allowed actions (not simulated)."),
    flag("subresource", ' ', Takes::Text, "", "SubResource such as pod/log or deployment/scale"),
];

/// `kubectl auth can-i`: everybody here is the cluster's admin.
pub static CAN_I: Verb = Verb {
    name: "auth can-i",
    aliases: &[],
    usage: "VERB [TYPE | TYPE/NAME | NONRESOURCEURL] [options]",
    short: "Check whether an action is allowed",
    long: "",
    examples: &["kubectl auth can-i create pods --all-namespaces"],
    flags: &[FLAGS, ALL_NAMESPACES],
    run: |session, args| {
        Box::pin(async move {
            if !args.text("as").is_empty() || args.on("list") {
                return plain("roles are not simulated here yet; you are the cluster's admin");
            }
            let [_, kind] = args.words.as_slice() else {
                return plain(
                    "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples",
                );
            };
            let word = kind.split('/').next().unwrap_or_default();
            if word != "*" && !word.is_empty() && resource_of(word).is_err() {
                session.err(&format!("Warning: the server doesn't have a resource type '{word}'\n\n")).await;
            }
            if !args.on("quiet") {
                session.out("yes\n").await;
            }
            Ok(())
        })
    },
};

const WHOAMI_FLAGS: &[Flag] = &[flag("output", 'o', Takes::Text, "", "Output format (only the table is simulated).")];

/// `kubectl auth whoami`
pub static WHOAMI: Verb = Verb {
    name: "auth whoami",
    aliases: &[],
    usage: "[options]",
    short: "Experimental: Check self subject attributes",
    long: "",
    examples: &["kubectl auth whoami"],
    flags: &[WHOAMI_FLAGS],
    run: |session, _| {
        Box::pin(async move {
            let config = &session.config;
            let user =
                config.entry("contexts", config.current()).map_or("", |entry| api::path::str(entry, "context.user"));
            session
                .out(&format!(
                    "ATTRIBUTE   VALUE\nUsername    {user}-user\nGroups      [system:masters system:authenticated]\n"
                ))
                .await;
            Ok(())
        })
    },
};

const TOP_FLAGS: &[Flag] = &[
    flag("containers", ' ', Takes::Bool, "false", "If present, print usage of containers within a pod."),
    flag("no-headers", ' ', Takes::Bool, "false", "If present, print output without headers."),
    flag("selector", 'l', Takes::Text, "", "Selector (label query) to filter on."),
    flag("sort-by", ' ', Takes::Text, "", "If non-empty, sort the list using specified field."),
];

/// `kubectl top pod`: minikube has no metrics server unless one is installed.
pub static TOP_POD: Verb = Verb {
    name: "top pod",
    aliases: &["pods", "po"],
    usage: "[NAME | -l label] [options]",
    short: "Display resource (CPU/memory) usage of pods",
    long: "",
    examples: &["kubectl top pod"],
    flags: &[TOP_FLAGS, ALL_NAMESPACES],
    run: |_, _| Box::pin(async move { Err(Error::Plain("Metrics API not available".to_owned())) }),
};

/// `kubectl top node`
pub static TOP_NODE: Verb = Verb {
    name: "top node",
    aliases: &["nodes", "no"],
    usage: "[NAME | -l label] [options]",
    short: "Display resource (CPU/memory) usage of nodes",
    long: "",
    examples: &["kubectl top node"],
    flags: &[TOP_FLAGS],
    run: |_, _| Box::pin(async move { Err(Error::Plain("Metrics API not available".to_owned())) }),
};
