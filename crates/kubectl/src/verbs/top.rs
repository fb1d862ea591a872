//! `kubectl top`: minikube has no metrics server unless one is installed.

use crate::command::{ALL_NAMESPACES, SELECTOR, Verb};
use crate::error::Error;
use crate::flags::{Flag, Takes, flag};

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

/// `kubectl top pod`: minikube has no metrics server unless one is installed.
pub static TOP_POD: Verb = Verb {
    name: "top pod",
    aliases: &["pods", "po"],
    flags: &[TOP_FLAGS, POD_FLAGS, SELECTOR, ALL_NAMESPACES],
    run: |_, _| Box::pin(async move { Err(Error::Plain("Metrics API not available".to_owned())) }),
};

/// `kubectl top node`
pub static TOP_NODE: Verb = Verb {
    name: "top node",
    aliases: &["nodes", "no"],
    flags: &[TOP_FLAGS, SELECTOR, &[flag("show-capacity", ' ', Takes::Bool, "false")]],
    run: |_, _| Box::pin(async move { Err(Error::Plain("Metrics API not available".to_owned())) }),
};
