//! The table of commands: which verbs there are, their flags, and how a command line finds its verb (cobra).

use api::LocalFuture;

use crate::error::{Error, Outcome};
use crate::flags::{Args, Flag, Takes, flag, not_simulated};
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
    /// Its own flags.
    pub flags: &'static [&'static [Flag]],
    /// What it does.
    pub run: Run,
}

/// Flags of every command.
pub const GLOBAL: &[Flag] = &[
    flag("namespace", 'n', Takes::Text, ""),
    flag("context", ' ', Takes::Text, ""),
    flag("kubeconfig", ' ', Takes::Text, ""),
    flag("v", 'v', Takes::Int, "0"),
    flag("help", 'h', Takes::Bool, "false"),
    flag("request-timeout", ' ', Takes::Text, "0"),
    flag("cluster", ' ', Takes::Text, ""),
    flag("user", ' ', Takes::Text, ""),
    flag("server", 's', Takes::Text, ""),
    flag("as", ' ', Takes::Text, ""),
    flag("as-group", ' ', Takes::Array, ""),
    flag("as-uid", ' ', Takes::Text, ""),
    flag("warnings-as-errors", ' ', Takes::Bool, "false"),
    // How requests travel, are logged and cached makes no difference here.
    flag("cache-dir", ' ', Takes::Text, ""),
    flag("disable-compression", ' ', Takes::Bool, "false"),
    flag("insecure-skip-tls-verify", ' ', Takes::Bool, "false"),
    flag("kuberc", ' ', Takes::Text, ""),
    flag("log-flush-frequency", ' ', Takes::Duration, "5s"),
    flag("match-server-version", ' ', Takes::Bool, "false"),
    flag("vmodule", ' ', Takes::Text, ""),
    not_simulated("as-user-extra", Takes::Array, ""),
    not_simulated("certificate-authority", Takes::Text, ""),
    not_simulated("client-certificate", Takes::Text, ""),
    not_simulated("client-key", Takes::Text, ""),
    not_simulated("password", Takes::Text, ""),
    not_simulated("profile", Takes::Text, "none"),
    not_simulated("profile-output", Takes::Text, "profile.pprof"),
    not_simulated("tls-server-name", Takes::Text, ""),
    flag("token", ' ', Takes::Text, ""),
    not_simulated("username", Takes::Text, ""),
];

/// `-f`, `-R`, `-k`
pub const FILES: &[Flag] = &[
    flag("filename", 'f', Takes::List, ""),
    flag("recursive", 'R', Takes::Bool, "false"),
    flag("kustomize", 'k', Takes::Text, ""),
];
/// The same for commands that always look into the folders below.
pub const FILES_WITHIN: &[Flag] =
    &[flag("filename", 'f', Takes::List, ""), flag("recursive", 'R', Takes::Bool, "true")];
/// `-o` and what belongs to it.
pub const PRINT: &[Flag] = &[
    flag("output", 'o', Takes::Text, ""),
    flag("template", ' ', Takes::Text, ""),
    flag("show-managed-fields", ' ', Takes::Bool, "false"),
    flag("allow-missing-template-keys", ' ', Takes::Bool, "true"),
];
/// `-l`
pub const SELECTOR: &[Flag] = &[flag("selector", 'l', Takes::Text, "")];
/// `-A`
pub const ALL_NAMESPACES: &[Flag] = &[flag("all-namespaces", 'A', Takes::Bool, "false")];
/// `--dry-run`
pub const DRY_RUN: &[Flag] = &[flag("dry-run", ' ', Takes::Optional("unchanged"), "none")];
/// `--field-manager`
pub const fn field_manager(default: &'static str) -> Flag {
    flag("field-manager", ' ', Takes::Text, default)
}
/// `--validate`
pub const VALIDATE: &[Flag] = &[flag("validate", ' ', Takes::Optional("strict"), "strict")];
/// `--save-config`
pub const SAVE_CONFIG: &[Flag] = &[flag("save-config", ' ', Takes::Bool, "false")];
/// `--subresource`
pub const SUBRESOURCE: &[Flag] = &[flag("subresource", ' ', Takes::Text, "")];
/// `--raw`
pub const RAW: &[Flag] = &[flag("raw", ' ', Takes::Text, "")];
/// How what stands in the way is deleted.
pub const DELETE: &[Flag] = &[
    flag("cascade", ' ', Takes::Optional("background"), "background"),
    flag("force", ' ', Takes::Bool, "false"),
    flag("grace-period", ' ', Takes::Int, "-1"),
    flag("timeout", ' ', Takes::Duration, "0s"),
    flag("wait", ' ', Takes::Bool, "false"),
];
/// For how long to wait until a Pod runs: `exec`, `attach`, `run`.
pub const RUNNING: &[Flag] = &[flag("pod-running-timeout", ' ', Takes::Duration, "1m0s")];
/// `-c`
pub const CONTAINER: &[Flag] = &[flag("container", 'c', Takes::Text, "")];
/// `-i`, `-t`, `-q`
pub const TERMINAL: &[Flag] = &[
    flag("quiet", 'q', Takes::Bool, "false"),
    flag("stdin", 'i', Takes::Bool, "false"),
    flag("tty", 't', Takes::Bool, "false"),
];
/// `--chunk-size`
pub const CHUNKS: &[Flag] = &[flag("chunk-size", ' ', Takes::Int, "500")];
/// Whom a binding binds.
pub const SUBJECTS: &[Flag] = &[
    flag("user", ' ', Takes::Array, ""),
    flag("group", ' ', Takes::Array, ""),
    flag("serviceaccount", ' ', Takes::Array, ""),
];

/// `--record`, which is deprecated and in no help, and the verbs that have it.
pub const RECORD: &[Flag] = &[flag("record", ' ', Takes::Bool, "false")];
const RECORDING: &[&str] = &[
    "annotate",
    "apply",
    "apply edit-last-applied",
    "autoscale",
    "create",
    "edit",
    "expose",
    "label",
    "patch",
    "replace",
    "run",
    "scale",
    "set image",
    "set resources",
    "set selector",
    "set serviceaccount",
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
    &verbs::help::HELP,
    &verbs::help::OPTIONS,
];

/// Verbs that kubectl has and that do not work here, and why not.
pub const NOT_SIMULATED: &[(&str, &str)] =
    &[("alpha", ""), ("plugin", ""), ("proxy", "; kubectl get --raw reads any path")];

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
        return Ok(Found::Verb(verb, rest));
    }
    let next = args.get(index).filter(|arg| !arg.starts_with('-'));
    match next {
        Some(word) if words.is_empty() && NOT_SIMULATED.iter().any(|(name, _)| name == word) => {
            // Its help is there all the same, and a group is nothing but its help.
            let rest: Vec<&str> = args[index..].iter().map(String::as_str).collect();
            let asked = |word: &&str| matches!(*word, "--help" | "-h");
            let rest_asked = rest.iter().any(asked);
            if rest_asked || rest.len() == 1 && word != "proxy" {
                let name: Vec<&str> = rest.into_iter().filter(|word| !word.starts_with('-')).collect();
                let known = (1..=name.len()).rev().map(|count| name[..count].join(" "));
                let known = known.into_iter().find(|name| crate::verbs::help::of(name).is_some()).unwrap_or_default();
                let help = rest_asked.then(|| "--help".to_owned());
                return Ok(Found::Group(known, help.into_iter().collect()));
            }
            if rest.starts_with(&["plugin", "list"]) {
                return Err(Error::Plain("unable to find any kubectl plugins in your PATH".to_owned()));
            }
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
        _ => Ok(Found::Group(words.join(" ").replace("create svc", "create service"), rest)),
    }
}

impl Verb {
    /// All its flags, those of every command too.
    pub fn known(&self) -> Vec<&'static [Flag]> {
        let mut known = self.flags.to_vec();
        if RECORDING.contains(&self.name) {
            known.push(RECORD);
        }
        known.push(GLOBAL);
        known
    }

    /// Whether a name with words of its own is one of the verb's.
    pub fn is_called(&self, name: &str) -> bool {
        is_alias(self, &name.split(' ').map(str::to_owned).collect::<Vec<_>>())
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
    sim::order::sort_texts(&mut near);
    near.dedup();
    // kubectl lists them from the end.
    near.reverse();
    near
}
