//! Tab completion for the outside computer's own commands: what kubectl and minikube know of their words.

use api::{Request, Resource, path};
use machine::terminal::{Completer, CompletionRequest};

use crate::control::{Shared, WeakShared, upgrade};
use crate::transport::json_of;

/// Completes words of `kubectl` and `minikube`; looking leaves no trace in the world.
pub(crate) struct Words {
    pub world: WeakShared,
}

impl Completer for Words {
    fn complete(&self, request: &CompletionRequest<'_>) -> Option<Vec<String>> {
        let world = upgrade(&self.world)?;
        if request.machine != world.laptop {
            return None;
        }
        match request.words.first().map(String::as_str) {
            Some("kubectl") => {
                let mut words = request.words.to_vec();
                words.push(request.word.to_owned());
                let position = words.len() - 1;
                let found = kubectl::complete(&words, position, &Names { world: &world });
                if found.files && found.words.is_empty() { None } else { Some(found.words) }
            }
            Some("minikube") => {
                let words: &[&str] = match request.words.get(1).map(String::as_str) {
                    None => {
                        &["addons", "help", "ip", "kubectl", "profile", "service", "ssh", "start", "status", "version"]
                    }
                    Some("service") => {
                        let mut names = Names { world: &world }.list("/api/v1/namespaces/default/services");
                        names.push("list".to_owned());
                        names.retain(|name| name.starts_with(request.word));
                        return Some(names);
                    }
                    Some("addons" | "profile") => &["list"],
                    Some(_) => return None,
                };
                let starts = |word: &&&str| word.starts_with(request.word);
                Some(words.iter().filter(starts).map(|word| (*word).to_owned()).collect())
            }
            _ => None,
        }
    }
}

struct Names<'a> {
    world: &'a Shared,
}

impl Names<'_> {
    fn get(&self, path: &str) -> serde_json::Value {
        let control = self.world.control.borrow().clone();
        let (mut cluster, mut rng) = (control.cluster, control.rng);
        let now = self.world.sim.now();
        json_of(cluster.handle(&mut cluster::Cx { now, rng: &mut rng }, &Request::get(path)))
    }

    fn list(&self, path: &str) -> Vec<String> {
        let list = self.get(path);
        path::list(&list, "items").iter().map(|item| path::str(item, "metadata.name").to_owned()).collect()
    }
}

impl kubectl::Lookup for Names<'_> {
    fn names(&self, resource: &Resource, namespace: &str) -> Vec<String> {
        let namespace = if namespace.is_empty() { "default" } else { namespace };
        self.list(&resource.path(resource.namespaced.then_some(namespace), None))
    }

    fn containers(&self, pod: &str, namespace: &str) -> Vec<String> {
        let namespace = if namespace.is_empty() { "default" } else { namespace };
        let pod = self.get(&format!("/api/v1/namespaces/{namespace}/pods/{pod}"));
        path::list(&pod, "spec.containers").iter().map(|c| path::str(c, "name").to_owned()).collect()
    }
}
