//! `kubectl top`: minikube has no metrics server unless one is installed.

use crate::command::{ALL_NAMESPACES, SELECTOR, Verb};
use crate::error::{Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};

const TOP_FLAGS: &[Flag] = &[
    flag("no-headers", ' ', Takes::Bool, "false"),
    flag("show-swap", ' ', Takes::Bool, "false"),
    flag("sort-by", ' ', Takes::Text, ""),
    flag("use-protocol-buffers", ' ', Takes::Bool, "true"),
];
const POD_FLAGS: &[Flag] = &[
    flag("containers", ' ', Takes::Bool, "false"),
    flag("field-selector", ' ', Takes::Text, ""),
    flag("sum", ' ', Takes::Bool, "false"),
];

fn no_metrics(args: &Args) -> Outcome {
    plain(match args.text("sort-by") {
        "" | "cpu" | "memory" => "Metrics API not available",
        _ => "--sort-by accepts only cpu or memory",
    })
}

/// `kubectl top pod`: minikube has no metrics server unless one is installed.
pub static TOP_POD: Verb = Verb {
    name: "top pod",
    aliases: &["pods", "po"],
    flags: &[TOP_FLAGS, POD_FLAGS, SELECTOR, ALL_NAMESPACES],
    run: |_, args| Box::pin(async move { no_metrics(args) }),
};

/// `kubectl top node`
pub static TOP_NODE: Verb = Verb {
    name: "top node",
    aliases: &["nodes", "no"],
    flags: &[TOP_FLAGS, SELECTOR, &[flag("show-capacity", ' ', Takes::Bool, "false")]],
    run: |_, args| Box::pin(async move { no_metrics(args) }),
};
