//! `/healthz`, `/livez`, `/readyz`: each check by itself, or all of them with `?verbose`.
//!
//! <https://kubernetes.io/docs/reference/using-api/health-checks/>

use api::Request;

/// The post-start hooks whose checks `/healthz` lists, in the order of the list.
const HOOKS: &str = "start-apiserver-admission-initializer generic-apiserver-start-informers \
    priority-and-fairness-config-consumer priority-and-fairness-filter storage-object-count-tracker-hook storage-readiness \
    start-apiextensions-informers start-apiextensions-controllers crd-informer-synced start-system-namespaces-controller \
    start-kubernetes-service-cidr-controller \
    start-cluster-authentication-info-controller start-kube-apiserver-identity-lease-controller \
    start-kube-apiserver-identity-lease-garbage-collector start-legacy-token-tracking-controller \
    start-service-ip-repair-controllers rbac/bootstrap-roles scheduling/bootstrap-system-priority-classes \
    priority-and-fairness-config-producer bootstrap-controller aggregator-reload-proxy-client-cert \
    start-kube-aggregator-informers apiservice-status-local-available-controller \
    apiservice-status-remote-available-controller apiservice-registration-controller apiservice-discovery-controller \
    kube-apiserver-autoregistration autoregister-completion apiservice-openapi-controller apiservice-openapiv3-controller";

/// The checks of an endpoint, in the order in which it tells of them.
pub fn checks(endpoint: &str) -> Vec<String> {
    let ready = endpoint == "readyz";
    let first: &[&str] = match ready {
        true => &["ping", "log", "etcd", "etcd-readiness", "informer-sync"],
        false => &["ping", "log", "loopback-serving-certificate", "etcd"],
    };
    let mut checks: Vec<String> = first.iter().map(|check| (*check).to_owned()).collect();
    checks.extend(HOOKS.split_whitespace().map(|name| match name {
        "autoregister-completion" => name.to_owned(),
        name => format!("poststarthook/{name}"),
    }));
    if ready {
        checks.push("shutdown".to_owned());
    }
    checks
}

/// The answer of a health endpoint, or of one of its checks; `None` for a check that does not exist.
pub fn answer(endpoint: &str, check: &str, request: &Request) -> Option<String> {
    let checks = checks(endpoint);
    if !check.is_empty() {
        return checks.iter().any(|one| one == check).then(|| "ok".to_owned());
    }
    if request.query("verbose").is_none() {
        return Some("ok".to_owned());
    }
    let excluded = |check: &str| request.query.iter().any(|(name, value)| name == "exclude" && value == check);
    let line = |check: &String| match excluded(check) {
        true => format!("[+]{check} excluded: ok\n"),
        false => format!("[+]{check} ok\n"),
    };
    Some(checks.iter().map(line).collect::<String>() + endpoint + " check passed\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_check_can_be_asked_for() {
        let ask = |path: &str, verbose: bool| {
            let request = if verbose { Request::get(path).with_query("verbose", "") } else { Request::get(path) };
            answer("readyz", path.trim_start_matches("/readyz").trim_start_matches('/'), &request)
        };
        assert_eq!(ask("/readyz", false).as_deref(), Some("ok"));
        assert_eq!(ask("/readyz/poststarthook/rbac/bootstrap-roles", false).as_deref(), Some("ok"));
        assert_eq!(ask("/readyz/nothing", false), None);
        let all = ask("/readyz", true).unwrap_or_default();
        assert!(all.starts_with("[+]ping ok\n[+]log ok\n[+]etcd ok\n[+]etcd-readiness ok\n"), "{all}");
        assert!(all.ends_with("[+]shutdown ok\nreadyz check passed\n"), "{all}");
    }
}
