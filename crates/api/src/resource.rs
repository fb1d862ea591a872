//! The table of built-in resources: what discovery says, and the columns of each one's Table.
//!
//! The data is `data/resources.txt`, taken from the discovery documents of a v1.36 API server. Custom resources are not in it:
//! they are made by [`Resource::custom`].

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::Value;

use crate::path;

static TEXT: &str = include_str!("../data/resources.txt");

/// A resource of the API: `deployments` of group `apps`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Resource {
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The version, such as `v1`.
    pub version: &'static str,
    /// The plural, as in paths.
    pub plural: &'static str,
    /// The singular, lower case.
    pub singular: &'static str,
    /// The kind, such as `Deployment`.
    pub kind: &'static str,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// What can be done, in discovery's order.
    pub verbs: Vec<&'static str>,
    /// `po`, `deploy`, `svc` …
    pub short_names: Vec<&'static str>,
    /// `all`
    pub categories: Vec<&'static str>,
    /// `status`, `scale`, `log` …
    pub subresources: Vec<Subresource>,
    /// The columns of its Table; empty means Name and Age.
    pub columns: Vec<Column>,
    /// Of a custom resource, the version of its definition that describes it (`spec.versions[…]`); null where only its
    /// discovery is known.
    pub definition: Option<&'static Value>,
    key: String,
}

/// A subresource: `pods/log`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Subresource {
    /// `log`
    pub name: &'static str,
    /// The kind of what it reads or writes: `Scale`.
    pub kind: &'static str,
    /// What can be done.
    pub verbs: Vec<&'static str>,
}

/// A column of a resource's Table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Column {
    /// `Name`, `Ready` …
    pub name: &'static str,
    /// The OpenAPI type: `string`, `integer`, `boolean`, `date`.
    pub kind: &'static str,
    /// 0, or 1 for a column that only `-o wide` shows.
    pub priority: u8,
}

thread_local! {
    static CUSTOM: RefCell<BTreeMap<String, &'static Resource>> = const { RefCell::new(BTreeMap::new()) };
}

const ALL_VERBS: &str = "cdDglpuw";

impl Resource {
    /// A custom resource: `names` are those of a CustomResourceDefinition (`plural`, `singular`, `kind`, `shortNames`,
    /// `categories`), `definition` the version that describes it, or null.
    ///
    /// Interned and never freed, because resources are passed by reference; equal definitions give the same one.
    pub fn custom(
        group: &str,
        version: &str,
        names: &Value,
        namespaced: bool,
        definition: &Value,
    ) -> &'static Resource {
        let identity = format!("{group}/{version} {namespaced} {names} {definition}");
        if let Some(known) = CUSTOM.with_borrow(|all| all.get(&identity).copied()) {
            return known;
        }
        let keep = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
        let list = |field: &str| -> Vec<&'static str> {
            path::list(names, field).iter().filter_map(Value::as_str).map(keep).collect()
        };
        let (plural, kind) = (keep(path::str(names, "plural")), keep(path::str(names, "kind")));
        let subresource = |name, kind| Subresource { name, kind, verbs: verbs("gpu") };
        let mut subresources = Vec::new();
        if definition["subresources"]["status"].is_object() {
            subresources.push(subresource("status", kind));
        }
        if definition["subresources"]["scale"].is_object() {
            subresources.push(subresource("scale", "Scale"));
        }
        let mut columns = vec![Column { name: "Name", kind: "string", priority: 0 }];
        columns.extend(path::list(definition, "additionalPrinterColumns").iter().map(|column| Column {
            name: keep(path::str(column, "name")),
            kind: keep(path::str(column, "type")),
            priority: u8::from(path::int(column, "priority").unwrap_or_default() > 0),
        }));
        if columns.len() == 1 {
            columns.push(Column { name: "Age", kind: "date", priority: 0 });
        }
        let resource: &'static Resource = Box::leak(Box::new(Resource {
            group: keep(group),
            version: keep(version),
            plural,
            singular: keep(path::str(names, "singular")),
            kind,
            namespaced,
            verbs: verbs(ALL_VERBS),
            short_names: list("shortNames"),
            categories: list("categories"),
            subresources,
            columns,
            definition: Some(Box::leak(Box::new(definition.clone()))),
            key: format!("{plural}.{group}"),
        }));
        CUSTOM.with_borrow_mut(|all| all.insert(identity, resource));
        resource
    }
    /// The plural with its group, as `kubectl api-resources -o name` prints it: `pods`, `deployments.apps`.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// `v1`, `apps/v1`
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    /// The path of the collection or, with a name, of an object. The namespace is left out for cluster-scoped resources.
    pub fn path(&self, namespace: Option<&str>, name: Option<&str>) -> String {
        let mut path = if self.group.is_empty() {
            format!("/api/{}", self.version)
        } else {
            format!("/apis/{}/{}", self.group, self.version)
        };
        if let (true, Some(namespace)) = (self.namespaced, namespace) {
            path.push_str("/namespaces/");
            path.push_str(namespace);
        }
        path.push('/');
        path.push_str(self.plural);
        if let Some(name) = name {
            path.push('/');
            path.push_str(name);
        }
        path
    }

    /// Whether a verb is offered: `get`, `deletecollection` …
    pub fn can(&self, verb: &str) -> bool {
        self.verbs.contains(&verb)
    }

    /// One of its subresources.
    pub fn subresource(&self, name: &str) -> Option<&Subresource> {
        self.subresources.iter().find(|sub| sub.name == name)
    }

    fn is_called(&self, word: &str) -> bool {
        self.plural == word || self.singular == word || self.short_names.contains(&word)
    }

    /// Whether a person means it by a word: plural, singular, kind or short name in any case, also with the group or
    /// version and group after it: `deploy.apps`, `deployments.v1.apps`.
    pub fn answers_to(&self, word: &str) -> bool {
        let word = word.to_ascii_lowercase();
        if self.is_called(&word) || self.kind.eq_ignore_ascii_case(&word) {
            return true;
        }
        let Some((name, rest)) = word.split_once('.') else { return false };
        (self.is_called(name) || self.kind.eq_ignore_ascii_case(name))
            && (self.group == rest
                || rest
                    .strip_prefix(self.version)
                    .is_some_and(|group| group.strip_prefix('.').unwrap_or(group) == self.group))
    }
}

/// All built-in resources, in the order in which discovery prefers them.
pub fn resources() -> &'static [Resource] {
    static TABLE: OnceLock<Vec<Resource>> = OnceLock::new();
    TABLE.get_or_init(|| parse(TEXT))
}

/// What a metrics server adds to the API (`metrics.k8s.io`).
pub fn metrics_resources() -> &'static [Resource] {
    static TABLE: OnceLock<Vec<Resource>> = OnceLock::new();
    TABLE.get_or_init(|| {
        parse(
            "@metrics.k8s.io/v1beta1\nnodes  NodeMetrics c gl\n|Name|CPU|Memory|Window\npods  PodMetrics n gl\n\
             |Name|CPU|Memory|Window",
        )
    })
}

/// The resource a person means: plural, singular, kind or short name in any case, also with the group or version and
/// group after it: `deploy.apps`, `deployments.v1.apps`.
pub fn find_resource(word: &str) -> Option<&'static Resource> {
    let word = word.to_ascii_lowercase();
    let by_name = |name: &str, fits: &dyn Fn(&Resource) -> bool| {
        resources().iter().find(|resource| resource.is_called(name) && fits(resource))
    };
    if let Some(found) = by_name(&word, &|_| true) {
        return Some(found);
    }
    let (name, rest) = word.split_once('.')?;
    // A short name is that of a resource in whatever version: the version beside it is not looked at.
    let of_group = |resource: &Resource| {
        resource.group == rest || rest.split_once('.').is_some_and(|(_, group)| resource.group == group)
    };
    if let Some(found) = by_name(name, &|resource| resource.short_names.contains(&name) && of_group(resource)) {
        return Some(found);
    }
    let fits = |resource: &Resource| {
        resource.group == rest
            || rest
                .strip_prefix(resource.version)
                .is_some_and(|group| group.strip_prefix('.').unwrap_or(group) == resource.group)
    };
    by_name(name, &fits)
}

/// The resource whose objects have this apiVersion and kind.
pub fn resource_of_kind(api_version: &str, kind: &str) -> Option<&'static Resource> {
    let (group, version) = split_api_version(api_version);
    resources().iter().find(|resource| resource.kind == kind && resource.group == group && resource.version == version)
}

/// The resource at a path: group (empty for core), version, plural.
pub fn resource_at(group: &str, version: &str, plural: &str) -> Option<&'static Resource> {
    resources()
        .iter()
        .find(|resource| resource.plural == plural && resource.group == group && resource.version == version)
}

/// The resource of a key: `pods`, `deployments.apps`.
pub fn resource_of_key(key: &str) -> Option<&'static Resource> {
    resources().iter().find(|resource| resource.key == key)
}

/// The resources of a category, such as `all`.
pub fn resources_in_category(category: &str) -> impl Iterator<Item = &'static Resource> {
    resources().iter().filter(move |resource| resource.categories.contains(&category))
}

/// Takes `apps/v1` apart into group and version; the core group is empty.
pub fn split_api_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

fn verbs(letters: &str) -> Vec<&'static str> {
    const VERBS: &[(char, &str)] = &[
        ('c', "create"),
        ('d', "delete"),
        ('D', "deletecollection"),
        ('g', "get"),
        ('l', "list"),
        ('p', "patch"),
        ('u', "update"),
        ('w', "watch"),
    ];
    VERBS.iter().filter(|(letter, _)| letters.contains(*letter)).map(|(_, verb)| *verb).collect()
}

fn parse(text: &'static str) -> Vec<Resource> {
    let mut table: Vec<Resource> = Vec::new();
    let (mut group, mut version) = ("", "");
    for line in text.lines() {
        if line.starts_with('#') || line.is_empty() {
        } else if let Some(api_version) = line.strip_prefix('@') {
            (group, version) = split_api_version(api_version);
        } else if let (Some(sub), Some(last)) = (line.strip_prefix('/'), table.last_mut()) {
            let mut words = sub.split(' ');
            let mut next = || words.next().unwrap_or("");
            last.subresources.push(Subresource { name: next(), kind: next(), verbs: verbs(next()) });
        } else if let (Some(columns), Some(last)) = (line.strip_prefix('|'), table.last_mut()) {
            last.columns = columns.split('|').map(column).collect();
        } else {
            let mut words = line.split(' ');
            let mut next = || words.next().unwrap_or("");
            let (plural, singular, kind, scope, letters) = (next(), next(), next(), next(), next());
            let mut resource = Resource {
                group,
                version,
                plural,
                singular,
                kind,
                namespaced: scope == "n",
                verbs: verbs(letters),
                short_names: Vec::new(),
                categories: Vec::new(),
                subresources: Vec::new(),
                columns: Vec::new(),
                definition: None,
                key: if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") },
            };
            for word in words {
                if let Some(names) = word.strip_prefix('=') {
                    resource.short_names = names.split(',').collect();
                } else if let Some(names) = word.strip_prefix('+') {
                    resource.categories = names.split(',').collect();
                }
            }
            table.push(resource);
        }
    }
    table
}

fn column(text: &'static str) -> Column {
    let (text, priority) = text.strip_suffix('*').map_or((text, 0), |text| (text, 1));
    let (name, kind) = text.split_once(':').unwrap_or((text, "string"));
    Column { name, kind, priority }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_found_by_every_name_they_have() {
        for (word, key) in [
            ("po", "pods"),
            ("Pod", "pods"),
            ("pods", "pods"),
            ("deploy", "deployments.apps"),
            ("deploy.apps", "deployments.apps"),
            ("deployments.v1.apps", "deployments.apps"),
            ("hpa.v1.autoscaling", "horizontalpodautoscalers.autoscaling"),
            ("events", "events"),
            ("events.events.k8s.io", "events.events.k8s.io"),
            ("ep", "endpoints"),
            ("sc", "storageclasses.storage.k8s.io"),
        ] {
            assert_eq!(find_resource(word).map(Resource::key), Some(key), "{word}");
        }
        for word in ["", ".", "nosuch", "pods.apps", "deployments.v2.apps"] {
            assert_eq!(find_resource(word).map(Resource::key), None, "{word}");
        }
    }

    #[test]
    fn a_resource_knows_its_paths_verbs_and_columns() {
        let deployments = find_resource("deploy").unwrap();
        assert_eq!(deployments.path(Some("default"), Some("web")), "/apis/apps/v1/namespaces/default/deployments/web");
        assert_eq!(resource_at("apps", "v1", "deployments"), Some(deployments));
        assert_eq!(resource_of_kind("apps/v1", "Deployment"), Some(deployments));
        assert!(deployments.can("watch") && !find_resource("bindings").unwrap().can("get"));
        assert_eq!(deployments.subresource("scale").map(|sub| sub.kind), Some("Scale"));
        assert_eq!(deployments.columns[1], Column { name: "Ready", kind: "string", priority: 0 });
        assert_eq!(deployments.columns[5].priority, 1);
        assert_eq!(find_resource("node").unwrap().path(Some("ignored"), None), "/api/v1/nodes");
        let all: Vec<_> = resources_in_category("all").map(|resource| resource.plural).collect();
        assert!(all.starts_with(&["pods", "replicationcontrollers", "services"]), "{all:?}");
    }
}
