//! The table of commands: which verbs there are, their flags, and how a command line finds its verb (cobra).

use api::LocalFuture;

use crate::error::{Error, Outcome};
use crate::flags::{Args, Flag, Takes, flag};
use crate::session::Session;
use crate::verbs;

/// What a verb does.
pub type Run = for<'a> fn(&'a Session, &'a Args) -> LocalFuture<'a, Outcome>;

/// A verb of kubectl.
pub struct Verb {
    /// As it is typed: `get`, `rollout status`.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// What follows it: `(TYPE [NAME | -l label] | TYPE/NAME)`.
    pub usage: &'static str,
    /// One sentence.
    pub short: &'static str,
    /// More sentences, for `--help`; may be empty.
    pub long: &'static str,
    /// Command lines to try.
    pub examples: &'static [&'static str],
    /// Its own flags.
    pub flags: &'static [&'static [Flag]],
    /// What it does.
    pub run: Run,
}

/// Flags of every command.
pub const GLOBAL: &[Flag] = &[
    flag("namespace", 'n', Takes::Text, "", "If present, the namespace scope for this CLI request"),
    flag("context", ' ', Takes::Text, "", "The name of the kubeconfig context to use"),
    flag("kubeconfig", ' ', Takes::Text, "", "Path to the kubeconfig file to use for CLI requests."),
    flag("v", 'v', Takes::Int, "0", "number for the log level verbosity"),
    flag("help", 'h', Takes::Bool, "false", "help for the command"),
    flag("request-timeout", ' ', Takes::Text, "0", "How long to wait before giving up on a single server request."),
    flag("cluster", ' ', Takes::Text, "", "The name of the kubeconfig cluster to use"),
    flag("user", ' ', Takes::Text, "", "The name of the kubeconfig user to use"),
    flag("server", 's', Takes::Text, "", "The address and port of the Kubernetes API server"),
    flag(
        "as",
        ' ',
        Takes::Text,
        "",
        "Username to impersonate for the operation. User could be a regular user or a service account in a namespace.",
    ),
    flag(
        "as-group",
        ' ',
        Takes::Array,
        "",
        "Group to impersonate for the operation, this flag can be repeated to specify multiple groups.",
    ),
    flag("as-uid", ' ', Takes::Text, "", "UID to impersonate for the operation."),
    flag("warnings-as-errors", ' ', Takes::Bool, "false", "Treat warnings received from the server as errors"),
];

/// `-f`, `-R`, `-k`
pub const FILES: &[Flag] = &[
    flag("filename", 'f', Takes::List, "", "Filename, directory, or URL to files with the configuration."),
    flag("recursive", 'R', Takes::Bool, "false", "Process the directory used in -f, --filename recursively."),
    flag(
        "kustomize",
        'k',
        Takes::Text,
        "",
        "Process the kustomization directory. This flag can't be used together with -f or -R.",
    ),
];
/// `-o` and what belongs to it.
pub const PRINT: &[Flag] = &[
    flag("output", 'o', Takes::Text, "", "Output format. One of: json, yaml, name, go-template, jsonpath, …"),
    flag("template", ' ', Takes::Text, "", "Template string to use when -o=go-template, -o=jsonpath."),
    flag("show-managed-fields", ' ', Takes::Bool, "false", "If true, keep the managedFields when printing objects."),
    flag("allow-missing-template-keys", ' ', Takes::Bool, "true", "If true, ignore missing keys in templates."),
];
/// `-l`
pub const SELECTOR: &[Flag] = &[flag(
    "selector",
    'l',
    Takes::Text,
    "",
    "Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.",
)];
/// `-A`
pub const ALL_NAMESPACES: &[Flag] = &[flag(
    "all-namespaces",
    'A',
    Takes::Bool,
    "false",
    "If present, list the requested object(s) across all namespaces.",
)];
/// `--dry-run`
pub const DRY_RUN: &[Flag] =
    &[flag("dry-run", ' ', Takes::Optional("unchanged"), "none", "Must be \"none\", \"server\", or \"client\".")];
/// `--field-manager`, `--validate`
pub const WRITE: &[Flag] = &[
    flag("field-manager", ' ', Takes::Text, "", "Name of the manager used to track field ownership."),
    flag(
        "validate",
        ' ',
        Takes::Optional("strict"),
        "strict",
        "Must be one of: strict (or true), warn, ignore (or false).",
    ),
];

/// Every verb that works here, in the order in which `kubectl --help` lists them.
pub static VERBS: &[&Verb] = &[
    &verbs::create::VERB,
    &verbs::create::CONFIGMAP,
    &verbs::create::DEPLOYMENT,
    &verbs::create::NAMESPACE,
    &verbs::create::SECRET_GENERIC,
    &verbs::create::SERVICE_CLUSTERIP,
    &verbs::create::SERVICE_NODEPORT,
    &verbs::create::SERVICE_LOADBALANCER,
    &verbs::create::SERVICE_EXTERNALNAME,
    &verbs::create::SERVICEACCOUNT,
    &verbs::create_more::JOB,
    &verbs::create_more::CRONJOB,
    &verbs::create_more::SECRET_TLS,
    &verbs::create_more::SECRET_REGISTRY,
    &verbs::create_more::QUOTA,
    &verbs::create_more::INGRESS,
    &verbs::create_more::PDB,
    &verbs::create_more::PRIORITY_CLASS,
    &verbs::create_rbac::ROLE,
    &verbs::create_rbac::CLUSTER_ROLE,
    &verbs::create_rbac::ROLE_BINDING,
    &verbs::create_rbac::CLUSTER_ROLE_BINDING,
    &verbs::create_rbac::TOKEN,
    &verbs::expose::VERB,
    &verbs::run::VERB,
    &verbs::set_env::VERB,
    &verbs::set_image::VERB,
    &verbs::set::RESOURCES,
    &verbs::set::SET_SELECTOR,
    &verbs::set::SERVICE_ACCOUNT,
    &verbs::set::SUBJECT,
    &verbs::explain::VERB,
    &verbs::get::VERB,
    &verbs::edit::VERB,
    &verbs::delete::VERB,
    &verbs::rollout::STATUS,
    &verbs::rollout::HISTORY,
    &verbs::rollout::UNDO,
    &verbs::rollout::RESTART,
    &verbs::rollout::PAUSE,
    &verbs::rollout::RESUME,
    &verbs::scale::VERB,
    &verbs::autoscale::VERB,
    &verbs::certificate::APPROVE,
    &verbs::certificate::DENY,
    &verbs::cordon::CORDON,
    &verbs::top::TOP_POD,
    &verbs::top::TOP_NODE,
    &verbs::cordon::UNCORDON,
    &verbs::drain::VERB,
    &verbs::taint::VERB,
    &verbs::describe::VERB,
    &verbs::logs::VERB,
    &verbs::attach::VERB,
    &verbs::exec::VERB,
    &verbs::port_forward::VERB,
    &verbs::cp::VERB,
    &verbs::debug::VERB,
    &verbs::auth::CAN_I,
    &verbs::auth_reconcile::VERB,
    &verbs::auth::WHOAMI,
    &verbs::events::VERB,
    &verbs::diff::VERB,
    &verbs::apply::VERB,
    &verbs::edit::EDIT_LAST_APPLIED,
    &verbs::apply_last_applied::SET,
    &verbs::apply_last_applied::VIEW,
    &verbs::patch::VERB,
    &verbs::replace::VERB,
    &verbs::wait::VERB,
    &verbs::kustomize::VERB,
    &verbs::label::LABEL,
    &verbs::label::ANNOTATE,
    &verbs::api_resources::API_RESOURCES,
    &verbs::api_resources::API_VERSIONS,
    &verbs::config::VIEW,
    &verbs::config::GET_CONTEXTS,
    &verbs::config::CURRENT_CONTEXT,
    &verbs::config::USE_CONTEXT,
    &verbs::config::SET_CONTEXT,
    &verbs::config_more::GET_CLUSTERS,
    &verbs::config_more::GET_USERS,
    &verbs::config_more::DELETE_CLUSTER,
    &verbs::config_more::DELETE_CONTEXT,
    &verbs::config_more::DELETE_USER,
    &verbs::config_more::RENAME_CONTEXT,
    &verbs::config_more::SET,
    &verbs::config_more::SET_CLUSTER,
    &verbs::config_more::SET_CREDENTIALS,
    &verbs::config_more::UNSET,
    &verbs::version::VERSION,
    &verbs::version::CLUSTER_INFO,
    &verbs::cluster_info_dump::VERB,
    &verbs::completion::COMPLETION,
    &verbs::help::OPTIONS,
];

/// Verbs that kubectl has and that do not work here, and why not.
pub const NOT_SIMULATED: &[(&str, &str)] = &[
    ("alpha", ""),
    ("kuberc", ""),
    ("plugin", ""),
    ("proxy", "; nothing but kubectl reaches the API server here, and kubectl get --raw reads any path"),
];

/// The same for verbs of two words.
pub const SUBCOMMANDS_NOT_SIMULATED: &[&str] = &[];

/// What `kubectl create` can make and does not here.
const GENERATORS_NOT_SIMULATED: &[&str] = &[];

/// What a command line is.
pub enum Found {
    /// A verb, and the arguments without its words.
    Verb(&'static Verb, Vec<String>),
    /// `kubectl`, `kubectl rollout`: words that need another one; the help for them is shown.
    Group(String, Vec<String>),
}

/// Finds the verb of a command line: its words may stand behind global flags.
///
/// # Errors
/// That there is no such command.
pub fn find(args: &[String]) -> Outcome<Found> {
    let mut words: Vec<String> = Vec::new();
    let mut used: Vec<usize> = Vec::new();
    let mut index = 0;
    let mut verb: Option<&'static Verb> = None;
    while index < args.len() {
        let arg = &args[index];
        if arg == "--" {
            break;
        }
        if arg.starts_with('-') && arg.len() > 1 {
            // Only global flags may stand before the verb, and those that take a value take the next word.
            let takes = GLOBAL.iter().any(|flag| {
                flag.takes != Takes::Bool
                    && (arg.strip_prefix("--") == Some(flag.name)
                        || arg.len() == 2 && arg.chars().nth(1) == Some(flag.short))
            });
            index += if takes { 2 } else { 1 };
            continue;
        }
        let mut longer = words.clone();
        longer.push(arg.clone());
        let name = longer.join(" ");
        let matching = |verb: &&&'static Verb| verb.name == name || is_alias(verb, &longer);
        let group = VERBS.iter().any(|verb| starts_with(verb, &longer));
        let found = VERBS.iter().find(matching).copied();
        if found.is_none() && !group {
            break;
        }
        verb = found.or(verb.filter(|_| !group));
        words = longer;
        used.push(index);
        index += 1;
    }
    let rest: Vec<String> =
        args.iter().enumerate().filter(|(index, _)| !used.contains(index)).map(|(_, arg)| arg.clone()).collect();
    if let Some(verb) = verb {
        // A generator that kubectl has and that does not work here is not taken for an argument.
        let next = rest.iter().find(|word| !word.starts_with('-')).filter(|_| verb.name == "create");
        if let Some(word) = next.filter(|word| GENERATORS_NOT_SIMULATED.contains(&word.as_str())) {
            return Err(Error::Plain(format!(
                "kubectl create {word} is not simulated here yet; kubectl create --help lists what is, and kubectl create -f takes any manifest"
            )));
        }
        return Ok(Found::Verb(verb, rest));
    }
    let next = args.get(index).filter(|arg| !arg.starts_with('-'));
    match next {
        Some(word) if words.is_empty() && NOT_SIMULATED.iter().any(|(name, _)| name == word) => {
            let why = NOT_SIMULATED.iter().find(|(name, _)| name == word).map_or("", |(_, why)| *why);
            let why = if why.is_empty() { "; kubectl --help lists what is" } else { why };
            Err(Error::Plain(format!("kubectl {word} is not simulated here{why}")))
        }
        Some(word) if words.is_empty() => {
            let mut text = format!("error: unknown command {word:?} for \"kubectl\"");
            let near: Vec<&str> = suggestions(word);
            if !near.is_empty() {
                text.push_str(&format!("\n\nDid you mean this?\n\t{}", near.join("\n\t")));
            }
            Err(Error::Verbatim(text))
        }
        Some(word) if words.first().is_some_and(|word| word == "create") => Err(Error::Plain(format!(
            "kubectl {} {word} is not simulated here yet; kubectl create --help lists what is, and kubectl create -f takes any manifest",
            words.join(" ")
        ))),
        _ => Ok(Found::Group(words.join(" "), rest)),
    }
}

fn is_alias(verb: &Verb, words: &[String]) -> bool {
    let parts: Vec<&str> = verb.name.split(' ').collect();
    parts.len() == words.len()
        && words.iter().zip(&parts).enumerate().all(|(index, (word, part))| {
            word == part
                || index + 1 == parts.len() && verb.aliases.contains(&word.as_str())
                || index + 1 < parts.len() && group_alias(part, word)
        })
}

fn starts_with(verb: &Verb, words: &[String]) -> bool {
    let parts: Vec<&str> = verb.name.split(' ').collect();
    parts.len() > words.len() && words.iter().zip(&parts).all(|(word, part)| word == part || group_alias(part, word))
}

/// `kubectl create svc` is `kubectl create service`.
fn group_alias(part: &str, word: &str) -> bool {
    part == "service" && word == "svc"
}

/// Commands one or two letters away.
fn suggestions(word: &str) -> Vec<&'static str> {
    let mut near: Vec<&'static str> = VERBS
        .iter()
        .map(|verb| verb.name.split(' ').next().unwrap_or_default())
        .chain(NOT_SIMULATED.iter().map(|(name, _)| *name))
        .filter(|name| name.starts_with(word) || api::names::distance(word, name) <= 2)
        .collect();
    api::order::sort_texts(&mut near);
    near.dedup();
    near
}
