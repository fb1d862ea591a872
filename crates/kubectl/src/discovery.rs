//! Which resources the server has. Built-in ones are known; custom ones are asked for when a word or a manifest names
//! something unknown.

use api::{Request, Resource, find_resource, path, resource_of_kind, resources, resources_in_category};
use serde_json::{Value, json};

use crate::error::{Error, Outcome};
use crate::flags::Args;
use crate::session::Session;

/// Whether a command names a type that is not built in.
pub fn is_needed(verb: &str, args: &Args) -> bool {
    let unknown =
        |word: &str| word == "all" || find_resource(word).is_none() && resources_in_category(word).next().is_none();
    let first = args.words.first().map(String::as_str).unwrap_or_default();
    match verb {
        "api-resources" | "api-versions" => true,
        "get" | "describe" | "delete" | "edit" | "label" | "annotate" | "patch" | "wait" | "scale" | "autoscale"
        | "expose" => {
            let slashed = args.words.iter().filter_map(|word| word.split_once('/')).map(|(kind, _)| kind);
            let kinds = if first.contains('/') { "" } else { first };
            kinds.split(',').chain(slashed).any(|word| !word.is_empty() && unknown(word))
        }
        "explain" => unknown(first.split('.').next().unwrap_or_default()),
        "auth can-i" => args.words.get(1).is_some_and(|word| unknown(word.split('/').next().unwrap_or_default())),
        "create role" | "create clusterrole" => {
            args.list("resource").iter().any(|word| unknown(word.split('/').next().unwrap_or_default()))
        }
        _ => false,
    }
}

impl Session {
    /// The resource of a word.
    ///
    /// # Errors
    /// That there is none.
    pub fn resource_of(&self, word: &str) -> Outcome<&'static Resource> {
        find_resource(word)
            .or_else(|| self.custom.borrow().iter().copied().find(|resource| resource.answers_to(word)))
            .ok_or_else(|| Session::no_resource_type(word))
    }

    /// The resource of a manifest's kind.
    pub fn resource_of_kind(&self, api_version: &str, kind: &str) -> Option<&'static Resource> {
        resource_of_kind(api_version, kind).or_else(|| {
            let custom = self.custom.borrow();
            // A kind in small letters is mapped, too; the server refuses it.
            let lower = |resource: &&Resource| {
                resource.kind.to_ascii_lowercase() == kind && resource.api_version() == api_version
            };
            let exact = |resource: &&Resource| resource.kind == kind && resource.api_version() == api_version;
            custom.iter().copied().find(exact).or_else(|| resources().iter().find(lower))
        })
    }

    /// The resources of a category, such as `all`.
    pub fn in_category(&self, word: &str) -> Vec<&'static Resource> {
        let custom = self.custom.borrow();
        resources_in_category(word)
            .chain(custom.iter().copied().filter(|resource| resource.categories.contains(&word)))
            .collect()
    }

    /// The custom resources that were found.
    pub fn custom_resources(&self) -> Vec<&'static Resource> {
        self.custom.borrow().clone()
    }

    /// Asks the server for its custom resources. What it does not answer is not there.
    pub async fn discover(&self) {
        let Ok(groups) = self.json(Request::get("/apis")).await else { return };
        let mut found: Vec<&'static Resource> = Vec::new();
        for group in path::list(&groups, "groups") {
            let name = path::str(group, "name");
            for version in path::list(group, "versions").iter().map(|version| path::str(version, "version")) {
                if resources().iter().any(|resource| resource.group == name && resource.version == version) {
                    continue;
                }
                let Ok(list) = self.json(Request::get(format!("/apis/{name}/{version}"))).await else { continue };
                found.extend(resources_of(name, version, path::list(&list, "resources")));
            }
        }
        *self.custom.borrow_mut() = found;
    }
}

/// What is to be said of a short name that several custom resources have (client-go's restmapper/shortcut.go): that the first
/// is taken.
pub fn ambiguities(session: &Session, args: &Args) -> Vec<String> {
    let custom = session.custom.borrow();
    let first = args.words.first().map(String::as_str).unwrap_or_default();
    let mut said = Vec::new();
    for word in first.split(',').map(|word| word.split('/').next().unwrap_or_default()) {
        let named = |resource: &&&Resource| resource.plural == word || resource.singular == word;
        if custom.iter().any(|resource| named(&resource)) {
            continue;
        }
        let mut short = custom.iter().filter(|resource| resource.short_names.contains(&word));
        let Some(taken) = short.next() else { continue };
        for other in short {
            let name = format!("{}.{}", other.plural, other.group);
            let line = format!("short name {word:?} could also match lower priority resource {name}");
            if (other.plural, other.group) != (taken.plural, taken.group) && !said.contains(&line) {
                said.push(line);
            }
        }
    }
    said
}

/// The resources of an `APIResourceList`.
fn resources_of<'a>(
    group: &'a str,
    version: &'a str,
    list: &'a [Value],
) -> impl Iterator<Item = &'static Resource> + 'a {
    list.iter().filter(|entry| !path::str(entry, "name").contains('/')).map(move |entry| {
        let plural = path::str(entry, "name");
        let mut subresources = json!({});
        for sub in ["status", "scale"] {
            if list.iter().any(|entry| path::str(entry, "name") == format!("{plural}/{sub}")) {
                subresources[sub] = json!({});
            }
        }
        let names = json!({
            "plural": plural, "singular": entry["singularName"], "kind": entry["kind"],
            "shortNames": entry["shortNames"], "categories": entry["categories"],
        });
        Resource::custom(
            group,
            version,
            &names,
            path::bool(entry, "namespaced"),
            &json!({"subresources": subresources}),
        )
    })
}

/// That a manifest's kind is unknown.
pub fn no_match(name: &str, namespace: &str, source: &str, kind: &str, version: &str) -> Error {
    Error::Plain(format!(
        "resource mapping not found for name: {name:?} namespace: {namespace:?} from {source:?}: no matches for kind {kind:?} in version {version:?}\nensure CRDs are installed first"
    ))
}
