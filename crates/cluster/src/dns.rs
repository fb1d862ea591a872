//! The cluster's DNS: what CoreDNS' `kubernetes` plugin answers, as records.
//!
//! <https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/>

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use api::path;

use crate::node::Node;
use crate::reconcile::Outcome;
use crate::runtime::Context;

/// Publishes all records anew.
#[inline(never)]
pub fn reconcile(cx: &mut Context, node: &mut dyn Node) -> Outcome {
    let records: Vec<(String, Vec<Ipv4Addr>)> = records(cx).into_iter().collect();
    node.sync_dns(&records);
    Outcome { summary: Some(format!("published {} names", records.len())), ..Outcome::default() }
}

fn records(cx: &Context) -> BTreeMap<String, Vec<Ipv4Addr>> {
    let mut records: BTreeMap<String, Vec<Ipv4Addr>> = BTreeMap::new();
    for service in cx.view.list("services", None) {
        let (namespace, name) = (path::str(service, "metadata.namespace"), path::str(service, "metadata.name"));
        let domain = format!("{name}.{namespace}.svc.cluster.local");
        let address = path::str(service, "spec.clusterIP");
        if let Ok(address) = address.parse() {
            records.insert(domain, vec![address]);
        } else if address == "None" {
            headless(cx, namespace, name, &domain, &mut records);
        }
    }
    records
}

/// A headless Service is the names of its Pods.
fn headless(cx: &Context, namespace: &str, name: &str, domain: &str, records: &mut BTreeMap<String, Vec<Ipv4Addr>>) {
    for slice in cx.view.list("endpointslices.discovery.k8s.io", Some(namespace)) {
        if slice["metadata"]["labels"]["kubernetes.io/service-name"] != name {
            continue;
        }
        for endpoint in path::list(slice, "endpoints") {
            if endpoint["conditions"]["ready"] == false {
                continue;
            }
            for address in path::list(endpoint, "addresses").iter().filter_map(|address| address.as_str()) {
                let Ok(ip) = address.parse::<Ipv4Addr>() else { continue };
                let host = match path::str(endpoint, "hostname") {
                    "" => address.replace('.', "-"),
                    hostname => hostname.to_owned(),
                };
                for name in [domain.to_owned(), format!("{host}.{domain}")] {
                    let known = records.entry(name).or_default();
                    if !known.contains(&ip) {
                        known.push(ip);
                    }
                }
            }
        }
    }
}
