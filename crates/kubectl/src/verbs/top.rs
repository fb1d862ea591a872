//! `kubectl top`: minikube has no metrics server unless one is installed.

use crate::command::{ALL_NAMESPACES, Verb};
use crate::error::Error;
use crate::flags::{Flag, Takes, flag};

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
