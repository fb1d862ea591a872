//! `--help`, and what kubectl says without a verb.

use crate::command::{VERBS, Verb};
use crate::flags::{Flag, Takes};

/// The groups of `kubectl --help`, and what stands in them.
const GROUPS: &[(&str, &[(&str, &str)])] = &[
    (
        "Basic Commands (Beginner):",
        &[
            ("create", "Create a resource from a file or from stdin"),
            (
                "expose",
                "Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service",
            ),
            ("run", "Run a particular image on the cluster"),
            ("set", "Set specific features on objects"),
        ],
    ),
    (
        "Basic Commands (Intermediate):",
        &[
            ("explain", "Get documentation for a resource"),
            ("get", "Display one or many resources"),
            ("edit", "Edit a resource on the server"),
            (
                "delete",
                "Delete resources by file names, stdin, resources and names, or by resources and label selector",
            ),
        ],
    ),
    (
        "Deploy Commands:",
        &[
            ("rollout", "Manage the rollout of a resource"),
            ("scale", "Set a new size for a deployment, replica set, or replication controller"),
            ("autoscale", "Auto-scale a deployment, replica set, stateful set, or replication controller"),
        ],
    ),
    (
        "Cluster Management Commands:",
        &[
            ("cluster-info", "Display cluster information"),
            ("top", "Display resource (CPU/memory) usage"),
            ("cordon", "Mark node as unschedulable"),
            ("uncordon", "Mark node as schedulable"),
            ("drain", "Drain node in preparation for maintenance"),
            ("taint", "Update the taints on one or more nodes"),
        ],
    ),
    (
        "Troubleshooting and Debugging Commands:",
        &[
            ("describe", "Show details of a specific resource or group of resources"),
            ("logs", "Print the logs for a container in a pod"),
            ("exec", "Execute a command in a container"),
            ("auth", "Inspect authorization"),
            ("events", "List events"),
        ],
    ),
    (
        "Advanced Commands:",
        &[
            ("diff", "Diff the live version against a would-be applied version"),
            ("apply", "Apply a configuration to a resource by file name or stdin"),
            ("patch", "Update fields of a resource"),
            ("replace", "Replace a resource by file name or stdin"),
            ("wait", "Wait for a specific condition on one or many resources"),
        ],
    ),
    (
        "Settings Commands:",
        &[("label", "Update the labels on a resource"), ("annotate", "Update the annotations on a resource")],
    ),
    (
        "Other Commands:",
        &[
            ("api-resources", "Print the supported API resources on the server"),
            ("api-versions", "Print the supported API versions on the server, in the form of \"group/version\""),
            ("config", "Modify kubeconfig files"),
            ("version", "Print the client and server version information"),
        ],
    ),
];

/// The help of `kubectl`, or of a word that needs another one: `kubectl rollout`.
pub fn group(name: &str) -> String {
    if name.is_empty() {
        let mut text = "kubectl controls the Kubernetes cluster manager.\n\n Find more information at: https://kubernetes.io/docs/reference/kubectl/\n\n".to_owned();
        for (title, commands) in GROUPS {
            text.push_str(title);
            text.push('\n');
            for (name, short) in *commands {
                text.push_str(&format!("  {name:<15} {short}\n"));
            }
            text.push('\n');
        }
        text.push_str("Usage:\n  kubectl [flags] [options]\n\nUse \"kubectl <command> --help\" for more information about a given command.\nUse \"kubectl options\" for a list of global command-line options (applies to all commands).\n");
        return text;
    }
    let mut text = format!("Commands of kubectl {name}.\n\nAvailable Commands:\n");
    for verb in VERBS.iter().filter(|verb| verb.name.starts_with(&format!("{name} "))) {
        text.push_str(&format!("  {:<15} {}\n", &verb.name[name.len() + 1..], verb.short));
    }
    text.push_str(&format!(
        "\nUsage:\n  kubectl {name} SUBCOMMAND [options]\n\nUse \"kubectl {name} <command> --help\" for more information about a given command.\nUse \"kubectl options\" for a list of global command-line options (applies to all commands).\n"
    ));
    text
}

/// The help of a verb.
pub fn verb(verb: &Verb) -> String {
    let mut text = format!("{}.\n", verb.short);
    if !verb.long.is_empty() {
        text.push_str(&format!("\n {}\n", verb.long));
    }
    if !verb.examples.is_empty() {
        text.push_str("\nExamples:\n");
        for example in verb.examples {
            text.push_str(&format!("  {example}\n"));
        }
    }
    let prefix = format!("{} ", verb.name);
    let below: Vec<&&Verb> = VERBS.iter().filter(|other| other.name.starts_with(&prefix)).collect();
    if !below.is_empty() {
        text.push_str("\nAvailable Commands:\n");
        for other in below {
            text.push_str(&format!("  {:<22} {}\n", &other.name[prefix.len()..], other.short));
        }
    }
    let mut flags: Vec<&Flag> = verb.flags.iter().copied().flatten().collect();
    api::order::sort_by_text(&mut flags, |flag| flag.name);
    if !flags.is_empty() {
        text.push_str("\nOptions:\n");
        for flag in flags {
            text.push_str(&option(flag));
        }
    }
    text.push_str(&format!(
        "\nUsage:\n  kubectl {} {}\n\nUse \"kubectl options\" for a list of global command-line options (applies to all commands).\n",
        verb.name, verb.usage
    ));
    text
}

/// `    -o, --output='':\n\tOutput format.`
fn option(flag: &Flag) -> String {
    let short = match flag.short {
        ' ' => String::new(),
        short => format!("-{short}, "),
    };
    let default = match flag.takes {
        Takes::Text | Takes::Optional(_) => format!("'{}'", flag.default),
        Takes::List | Takes::Array => "[]".to_owned(),
        _ => flag.default.to_owned(),
    };
    format!("    {short}--{}={default}:\n\t{}\n\n", flag.name, flag.help)
}

/// `kubectl options`
pub static OPTIONS: Verb = Verb {
    name: "options",
    aliases: &[],
    usage: "",
    short: "List of global command-line options (applies to all commands)",
    long: "",
    examples: &["kubectl options"],
    flags: &[],
    run: |session, _| {
        Box::pin(async move {
            let mut flags: Vec<&Flag> = crate::command::GLOBAL.iter().filter(|flag| flag.name != "help").collect();
            api::order::sort_by_text(&mut flags, |flag| flag.name);
            let options: String = flags.into_iter().map(option).collect();
            session.out(&format!("The following options can be passed to any command:\n\n{options}")).await;
            Ok(())
        })
    },
};
