//! What is odd about a Service. Follows kubernetes/pkg/api/service/warnings.go.

use api::path;
use serde_json::Value;

/// The warnings about a Service.
pub fn warnings(object: &Value, warnings: &mut Vec<String>) {
    let spec = &object["spec"];
    let kind = path::str(spec, "type");
    let external = !path::list(spec, "externalIPs").is_empty();
    if object["metadata"]["annotations"].get("service.kubernetes.io/topology-aware-hints").is_some() {
        warnings.push(
            "annotation service.kubernetes.io/topology-aware-hints is deprecated, please use \
             service.kubernetes.io/topology-mode instead"
                .to_owned(),
        );
    }
    let mut say = |is_so: bool, what: &str| {
        if is_so {
            warnings.push(what.to_owned());
        }
    };
    let headless = kind == "ClusterIP" && spec["clusterIP"] == "None";
    let load_balancer = !path::str(spec, "loadBalancerIP").is_empty();
    say(headless && load_balancer, "spec.loadBalancerIP is ignored for headless services");
    say(headless && external, "spec.externalIPs is ignored for headless services");
    let affinity = headless && spec["sessionAffinity"] != "None";
    say(affinity, "spec.SessionAffinity is ignored for headless services");
    let by_name = kind == "ExternalName";
    let works = external && !headless && !by_name;
    say(works, "spec.externalIPs is deprecated and may no longer be implemented in some clusters");
    say(by_name && external, "spec.externalIPs is ignored when spec.type is \"ExternalName\"");
    let name = !by_name && !path::str(spec, "externalName").is_empty();
    say(name, "spec.externalName is ignored when spec.type is not \"ExternalName\"");
    let close = spec["trafficDistribution"] == "PreferClose";
    say(close, "spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"");
}
