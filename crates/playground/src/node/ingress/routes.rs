//! Where ingress-nginx sends a request: the Ingresses as nginx has them, hosts as servers and paths as locations.
//!
//! <https://kubernetes.github.io/ingress-nginx/user-guide/ingress-path-matching/>, `internal/ingress/controller/controller.go`.

use api::path;
use regex_lite::RegexBuilder;
use serde_json::Value;

/// What annotations of ingress-nginx begin with.
const ANNOTATIONS: &str = "nginx.ingress.kubernetes.io/";

/// A path of a host, and the Service behind it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Route {
    /// The Ingress it is of.
    pub ingress: String,
    pub namespace: String,
    pub service: String,
    /// The Service's port, by number or by name.
    pub port: Value,
    path: String,
    kind: Kind,
    rewrite: Option<String>,
    /// Whether a request without TLS is sent to the same place with it.
    pub wants_tls: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Exact,
    /// Whole elements of the path: `/a` is for `/a` and `/a/b`.
    Prefix,
    /// As nginx reads a location: `/a` is for `/ab`, too.
    Text,
    Regex,
}

/// An annotation of ingress-nginx.
fn annotation<'a>(ingress: &'a Value, name: &str) -> Option<&'a str> {
    ingress["metadata"]["annotations"][format!("{ANNOTATIONS}{name}")].as_str()
}

/// Whether an Ingress is for the controller: by its class, by the annotation of old, or because it has neither and those are taken.
pub(super) fn is_for(ingress: &Value, classes: &[String], without_class: bool) -> bool {
    let class = ingress["spec"]["ingressClassName"].as_str();
    match class.or_else(|| ingress["metadata"]["annotations"]["kubernetes.io/ingress.class"].as_str()) {
        Some(class) => classes.iter().any(|known| known == class),
        None => without_class,
    }
}

fn route(ingress: &Value, backend: &Value, path: &str, kind: Kind, wants_tls: bool) -> Option<Route> {
    let service = &backend["service"];
    let port = &service["port"];
    Some(Route {
        ingress: path::str(ingress, "metadata.name").to_owned(),
        namespace: path::str(ingress, "metadata.namespace").to_owned(),
        service: service["name"].as_str()?.to_owned(),
        port: if port["number"].is_null() { port["name"].clone() } else { port["number"].clone() },
        path: path.to_owned(),
        kind,
        rewrite: annotation(ingress, "rewrite-target").map(str::to_owned),
        wants_tls,
    })
}

/// Whether a host of a rule is for this name; an asterisk stands for one label.
fn is_host(rule: &str, name: &str) -> bool {
    match rule.strip_prefix("*.") {
        Some(domain) => name.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(domain)),
        None => rule.eq_ignore_ascii_case(name),
    }
}

/// The host of the rules that a name is for: its own, one with an asterisk, or the empty one of rules without.
fn server<'a>(ingresses: &'a [Value], name: &str) -> &'a str {
    let hosts = || {
        let rules = ingresses.iter().flat_map(|ingress| path::list(ingress, "spec.rules"));
        rules.filter_map(|rule| rule["host"].as_str())
    };
    let own = hosts().find(|host| host.eq_ignore_ascii_case(name));
    own.or_else(|| hosts().find(|host| is_host(host, name))).unwrap_or_default()
}

/// Where a request goes; `None` where no rule is for it, which is a 404. `path` has no query. The Ingresses are those of the
/// controller, the oldest first: of two with the same path the older one counts.
pub(super) fn find(ingresses: &[Value], name: &str, path: &str) -> Option<Route> {
    let host = server(ingresses, name);
    let mut routes: Vec<Route> = Vec::new();
    let mut of_nobody = None;
    let mut is_regex = false;
    for ingress in ingresses {
        let covered = path::list(ingress, "spec.tls").iter().flat_map(|tls| path::list(tls, "hosts"));
        let has_tls = covered.filter_map(Value::as_str).any(|covered| is_host(covered, name));
        let redirects = annotation(ingress, "force-ssl-redirect") == Some("true")
            || has_tls && annotation(ingress, "ssl-redirect") != Some("false");
        let backend = &ingress["spec"]["defaultBackend"];
        if backend.is_object() && path::list(ingress, "spec.rules").is_empty() {
            of_nobody = of_nobody.or_else(|| route(ingress, backend, "/", Kind::Text, redirects));
        }
        let mine =
            path::list(ingress, "spec.rules").iter().filter(|rule| rule["host"].as_str().unwrap_or_default() == host);
        for rule in mine {
            is_regex |=
                annotation(ingress, "use-regex") == Some("true") || annotation(ingress, "rewrite-target").is_some();
            for path in path::list(rule, "http.paths") {
                let kind = match path["pathType"].as_str() {
                    Some("Exact") => Kind::Exact,
                    Some("Prefix") => Kind::Prefix,
                    _ => Kind::Text,
                };
                let text = path["path"].as_str().filter(|text| !text.is_empty()).unwrap_or("/");
                let same = |known: &Route| known.path == text && known.kind == kind;
                if !routes.iter().any(same) {
                    routes.extend(route(ingress, &path["backend"], text, kind, redirects));
                }
            }
            if backend.is_object() {
                routes.extend(route(ingress, backend, "/", Kind::Text, redirects));
            }
        }
    }
    if is_regex {
        // One Ingress of a host with regular expressions makes all of the host's paths ones.
        routes.iter_mut().filter(|route| route.kind != Kind::Exact).for_each(|route| route.kind = Kind::Regex);
    }
    // The longest path counts; of regular expressions the controller puts the longest first.
    sim::order::sort_by(&mut routes, |a, b| {
        (b.kind == Kind::Exact, b.path.len()).cmp(&(a.kind == Kind::Exact, a.path.len()))
    });
    routes.into_iter().find(|route| route.is_for(path)).or(of_nobody)
}

impl Route {
    fn is_for(&self, path: &str) -> bool {
        match self.kind {
            Kind::Exact => path == self.path,
            Kind::Text => path.starts_with(&self.path),
            Kind::Prefix => {
                let own = self.path.trim_end_matches('/');
                path.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
            Kind::Regex => regex(&format!("^{}", self.path)).is_some_and(|regex| regex.is_match(path)),
        }
    }

    /// The path that the Service is asked for.
    pub(super) fn rewritten(&self, path: &str) -> String {
        let Some(target) = &self.rewrite else { return path.to_owned() };
        let found = regex(&self.path);
        let Some(found) = found.as_ref().and_then(|regex| regex.captures(path)) else { return path.to_owned() };
        let mut out = target.clone();
        for group in (1..10).rev() {
            out = out.replace(&format!("${group}"), found.get(group).map_or("", |group| group.as_str()));
        }
        if out.starts_with('/') { out } else { format!("/{out}") }
    }

    /// The name that the controller gives what is behind it: `default-web-80`.
    pub(super) fn upstream(&self) -> String {
        let port = self.port.as_str().map_or_else(|| self.port.to_string(), str::to_owned);
        format!("{}-{}-{port}", self.namespace, self.service)
    }
}

fn regex(pattern: &str) -> Option<regex_lite::Regex> {
    RegexBuilder::new(pattern).case_insensitive(true).size_limit(1 << 20).build().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// An Ingress of rules: host, pathType, path, Service.
    fn ingress(annotations: Value, rules: &[[&str; 4]]) -> Value {
        let rule = |[host, kind, path, service]: &[&str; 4]| {
            let backend = json!({"service": {"name": service, "port": {"number": 80}}});
            let mut rule = json!({"http": {"paths": [{"path": path, "pathType": kind, "backend": backend}]}});
            if !host.is_empty() {
                rule["host"] = (*host).into();
            }
            rule
        };
        let rules: Vec<Value> = rules.iter().map(rule).collect();
        json!({"metadata": {"name": "i", "namespace": "default", "annotations": annotations}, "spec": {"rules": rules}})
    }

    #[test]
    fn hosts_and_paths_lead_to_services() {
        let all = [
            ingress(
                json!({}),
                &[
                    ["a.com", "Prefix", "/", "web"],
                    ["a.com", "Prefix", "/api", "api"],
                    ["a.com", "Exact", "/api/x", "x"],
                    ["*.b.com", "ImplementationSpecific", "/v", "v"],
                ],
            ),
            ingress(json!({}), &[["", "Prefix", "/any", "any"]]),
        ];
        for (name, path, want) in [
            ("a.com", "/", "web"),
            ("A.com", "/apix", "web"),
            ("a.com", "/api", "api"),
            ("a.com", "/api/y", "api"),
            ("a.com", "/api/x", "x"),
            ("q.b.com", "/v2", "v"),
            ("q.r.b.com", "/v2", ""),
            ("q.b.com", "/", ""),
            ("192.168.49.2", "/any/thing", "any"),
            ("192.168.49.2", "/", ""),
            ("a.com", "/any", "web"),
        ] {
            let found = find(&all, name, path).map_or(String::new(), |route| route.service);
            assert_eq!(found, want, "{name} {path}");
        }
    }

    #[test]
    fn paths_are_rewritten() {
        let target = |target: &str| json!({"nginx.ingress.kubernetes.io/rewrite-target": target});
        for (to, path, asked, want) in [
            ("/", "/web", "/web/x", "/"),
            ("/$2", "/web(/|$)(.*)", "/web/a/b", "/a/b"),
            ("/$2", "/web(/|$)(.*)", "/web", "/"),
            ("/$1", "/(.*)", "/a", "/a"),
        ] {
            let all = [ingress(target(to), &[["", "ImplementationSpecific", path, "web"]])];
            assert_eq!(find(&all, "x", asked).expect(asked).rewritten(asked), want, "{path} {asked}");
        }
        let all = [ingress(target("/$2"), &[["", "ImplementationSpecific", "/web(/|$)(.*)", "web"]])];
        assert_eq!(find(&all, "x", "/webx"), None);
    }

    #[test]
    fn an_ingress_without_rules_takes_what_nobody_else_does() {
        let all = json!([{"metadata": {"name": "d", "namespace": "default"},
            "spec": {"defaultBackend": {"service": {"name": "d", "port": {"name": "http"}}}, "tls": [{"hosts": ["t.com"]}]}}]);
        let route = find(all.as_array().unwrap(), "t.com", "/x").unwrap();
        assert_eq!((route.upstream().as_str(), route.wants_tls), ("default-d-http", true));
        assert!(!find(all.as_array().unwrap(), "other", "/").unwrap().wants_tls);
        let classes = ["nginx".to_owned()];
        for (object, without_class, want) in [
            (json!({"spec": {"ingressClassName": "nginx"}}), false, true),
            (json!({"spec": {"ingressClassName": "traefik"}}), true, false),
            (json!({"metadata": {"annotations": {"kubernetes.io/ingress.class": "nginx"}}}), false, true),
            (json!({}), true, true),
            (json!({}), false, false),
        ] {
            assert_eq!(is_for(&object, &classes, without_class), want, "{object}");
        }
    }
}
