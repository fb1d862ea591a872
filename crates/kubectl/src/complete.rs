//! Tab completion: what the word being typed may become.

use api::{Resource, find_resource, resources};

use crate::command::{GLOBAL, VERBS, Verb};
use crate::flags::{Flag, Takes};

/// What completion asks of the cluster and the computer, at once and without a trace.
pub trait Lookup {
    /// The names of a resource's objects in a namespace (empty: the current one).
    fn names(&self, resource: &Resource, namespace: &str) -> Vec<String>;
    /// The containers of a Pod.
    fn containers(&self, pod: &str, namespace: &str) -> Vec<String>;
}

/// What one completion offers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Completions {
    /// The whole words, sorted.
    pub words: Vec<String>,
    /// Whether names of files may stand here, too; the shell completes those.
    pub files: bool,
}

/// Completes the last of the words of a command line; the first one is `kubectl` itself. `position` is the word the cursor
/// is in; words behind it are not looked at.
pub fn complete(words: &[String], position: usize, lookup: &dyn Lookup) -> Completions {
    let Some(current) = words.get(position).map(String::as_str).or(Some("")) else { return Completions::default() };
    let before = words.get(1..position.min(words.len())).unwrap_or_default();
    let mut completions = candidates(before, current, lookup);
    completions.words.retain(|word| word.starts_with(current));
    sim::order::sort_texts(&mut completions.words);
    completions.words.dedup();
    completions
}

fn offer(words: impl IntoIterator<Item = impl Into<String>>) -> Completions {
    Completions { words: words.into_iter().map(Into::into).collect(), files: false }
}

const FILES: Completions = Completions { words: Vec::new(), files: true };

fn candidates(before: &[String], current: &str, lookup: &dyn Lookup) -> Completions {
    let (mut verb, mut plain, mut namespace): (Option<&Verb>, Vec<&str>, String) = (None, Vec::new(), String::new());
    let mut typed = String::new();
    let mut pending: Option<&Flag> = None;
    for word in before {
        if let Some(flag) = pending.take() {
            if flag.name == "namespace" {
                namespace = word.clone();
            }
            continue;
        }
        if word == "--" {
            return FILES;
        }
        if word.starts_with('-') && word.len() > 1 {
            pending = flag_of(verb, word).filter(|flag| !word.contains('=') && takes_value(flag));
            if let Some(value) = word.strip_prefix("--namespace=").or_else(|| word.strip_prefix("-n=")) {
                namespace = value.to_owned();
            }
            continue;
        }
        let longer = if typed.is_empty() { word.clone() } else { format!("{typed} {word}") };
        let known = VERBS.iter().any(|verb| verb.name == longer || verb.name.starts_with(&format!("{longer} ")));
        if known && plain.is_empty() {
            verb = VERBS.iter().find(|verb| verb.name == longer).copied().or(verb);
            typed = longer;
        } else {
            plain.push(word);
        }
    }
    if let Some(flag) = pending {
        return value_of(flag, &plain, &namespace, current, lookup);
    }
    if let Some((name, value)) = current.split_once('=').filter(|_| current.starts_with("--")) {
        let Some(flag) = flag_of(verb, name) else { return Completions::default() };
        let values = value_of(flag, &plain, &namespace, value, lookup);
        return Completions { words: values.words.iter().map(|value| format!("{name}={value}")).collect(), ..values };
    }
    if current.starts_with('-') {
        let flags = GLOBAL.iter().chain(verb.into_iter().flat_map(|verb| verb.flags.iter().copied().flatten()));
        return offer(flags.map(|flag| format!("--{}{}", flag.name, if takes_value(flag) { "=" } else { "" })));
    }
    let below: Vec<&str> = VERBS
        .iter()
        .filter_map(|verb| match typed.as_str() {
            "" => Some(verb.name),
            typed => verb.name.strip_prefix(typed)?.strip_prefix(' '),
        })
        .filter_map(|rest| rest.split(' ').next())
        .collect();
    match verb {
        None => offer(below),
        Some(verb) => {
            let mut found = arguments(verb.name, &plain, &namespace, current, lookup);
            if plain.is_empty() {
                found.words.extend(below.into_iter().map(str::to_owned));
            }
            found
        }
    }
}

fn flag_of(verb: Option<&Verb>, word: &str) -> Option<&'static Flag> {
    let word = word.split('=').next().unwrap_or_default();
    let own = verb.into_iter().flat_map(|verb| verb.flags.iter().copied().flatten());
    GLOBAL.iter().chain(own).find(|flag| match word.strip_prefix("--") {
        Some(name) => flag.name == name,
        None => word.chars().nth(1) == Some(flag.short) && word.chars().count() == 2,
    })
}

fn takes_value(flag: &Flag) -> bool {
    !matches!(flag.takes, Takes::Bool | Takes::Optional(_))
}

fn value_of(flag: &Flag, plain: &[&str], namespace: &str, current: &str, lookup: &dyn Lookup) -> Completions {
    let names = |kind: &str| find_resource(kind).map_or_else(Vec::new, |resource| lookup.names(resource, namespace));
    match flag.name {
        "namespace" => offer(names("namespaces")),
        "filename" | "kubeconfig" | "from-file" | "from-env-file" | "patch-file" => FILES,
        "output" => offer(["custom-columns=", "go-template=", "json", "jsonpath=", "name", "wide", "yaml"]),
        "container" => {
            let pod = plain.first().map(|pod| pod.trim_start_matches("pod/")).unwrap_or_default();
            offer(lookup.containers(pod, namespace))
        }
        "dry-run" => offer(["client", "none", "server"]),
        "type" => offer(["ClusterIP", "LoadBalancer", "NodePort", "json", "merge", "strategic"]),
        "context" => offer(["minikube"]),
        _ => {
            let _ = current;
            Completions::default()
        }
    }
}

fn arguments(verb: &str, plain: &[&str], namespace: &str, current: &str, lookup: &dyn Lookup) -> Completions {
    let kinds = || offer(resources().iter().filter(|resource| resource.can("get")).map(|resource| resource.plural));
    let of = |kind: &str, prefix: &str| {
        let names = find_resource(kind).map_or_else(Vec::new, |resource| lookup.names(resource, namespace));
        offer(names.into_iter().map(|name| format!("{prefix}{name}")))
    };
    if let Some((kind, _)) = current.split_once('/') {
        return of(kind, &format!("{kind}/"));
    }
    match verb {
        "get"
        | "describe"
        | "delete"
        | "edit"
        | "label"
        | "annotate"
        | "patch"
        | "wait"
        | "apply view-last-applied"
        | "expose" => match plain {
            [] => kinds(),
            [kind, ..] if kind.contains('/') => kinds(),
            [kind, ..] => of(kind.split(',').next().unwrap_or_default(), ""),
        },
        "scale" | "set image" | "rollout status" | "rollout history" | "rollout undo" | "rollout restart"
        | "rollout pause" | "rollout resume" => match plain {
            [] => offer(["daemonset", "deployment", "replicaset", "statefulset"]),
            [kind, ..] if kind.contains('/') => Completions::default(),
            [kind, ..] => of(kind, ""),
        },
        "logs" | "exec" => match plain {
            [] => of("pods", ""),
            _ => Completions::default(),
        },
        "cordon" | "uncordon" => of("nodes", ""),
        "explain" => kinds(),
        "config use-context" => offer(["minikube"]),
        _ => Completions::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;
    impl Lookup for Fixed {
        fn names(&self, resource: &Resource, namespace: &str) -> Vec<String> {
            match (resource.plural, namespace) {
                ("pods", "") => vec!["web-1".to_owned(), "web-2".to_owned(), "mypod".to_owned()],
                ("pods", "kube-system") => vec!["etcd-minikube".to_owned()],
                ("namespaces", _) => vec!["default".to_owned(), "kube-system".to_owned()],
                ("deployments", _) => vec!["web".to_owned()],
                _ => Vec::new(),
            }
        }
        fn containers(&self, pod: &str, _: &str) -> Vec<String> {
            if pod == "mypod" { vec!["a".to_owned(), "b".to_owned()] } else { Vec::new() }
        }
    }

    fn words(line: &str) -> Vec<String> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        complete(&words, words.len() - 1, &Fixed).words
    }

    #[test]
    fn words_are_completed_where_they_stand() {
        for (line, expected) in [
            ("kubectl ge", vec!["get"]),
            ("kubectl roll", vec!["rollout"]),
            ("kubectl rollout un", vec!["undo"]),
            ("kubectl get deployme", vec!["deployments"]),
            ("kubectl get pods w", vec!["web-1", "web-2"]),
            ("kubectl get pod/w", vec!["pod/web-1", "pod/web-2"]),
            ("kubectl get pods --no-h", vec!["--no-headers"]),
            ("kubectl get pods -n kube-s", vec!["kube-system"]),
            ("kubectl get pods -n kube-system ", vec!["etcd-minikube"]),
            ("kubectl -n kube-system get pods e", vec!["etcd-minikube"]),
            ("kubectl get pods -o wi", vec!["wide"]),
            ("kubectl get pods --output=ya", vec!["--output=yaml"]),
            ("kubectl logs my", vec!["mypod"]),
            ("kubectl exec -it mypod -c ", vec!["a", "b"]),
            ("kubectl scale deployment w", vec!["web"]),
            ("kubectl create depl", vec!["deployment"]),
        ] {
            assert_eq!(words(line), expected, "{line}");
        }
        assert!(words("kubectl ").contains(&"apply".to_owned()));
        let line = ["kubectl", "apply", "-f", ""].map(str::to_owned);
        assert!(complete(&line, 3, &Fixed).files);
    }
}
