//! MetalLB in layer 2 mode on one node. While its controller runs, a Service of type LoadBalancer gets an address of a pool; while
//! its speaker runs, the node answers for the addresses that are announced.
//!
//! <https://metallb.io/concepts/layer2/>; github.com/metallb/metallb, `controller/service.go` and `internal/allocator`. Pools are
//! IPAddressPools, or those of the ConfigMap `config` that versions up to 0.12 read (minikube's addon is one).
//! Not here: BGP, pools for certain namespaces or Services, one address for several Services.

use std::net::Ipv4Addr;
use std::rc::Rc;

use api::path;
use apiserver::ObjectKey;
use component::{Context, Node, PodInfo, Reconciled, write_status};
use serde_json::{Value, json};

/// The namespace that it is installed in.
pub const NAMESPACE: &str = "metallb-system";
/// Its pools of addresses.
pub const POOLS: &str = "ipaddresspools.metallb.io";
/// The resource that says which pools are announced.
pub const ADVERTISEMENTS: &str = "l2advertisements.metallb.io";

struct Pool {
    name: String,
    automatic: bool,
    announced: bool,
    ranges: Vec<(u32, u32)>,
}

impl Pool {
    fn has(&self, address: Ipv4Addr) -> bool {
        self.ranges.iter().any(|(first, last)| (*first..=*last).contains(&address.to_bits()))
    }
}

/// Assigns addresses to Services, and tells the node which ones to answer for.
#[inline(never)]
pub fn reconcile(cx: &mut Context, node: &mut dyn Node) -> Reconciled {
    let mut out = Reconciled::default();
    let pools = pools(cx);
    let services: Vec<&Rc<Value>> = cx
        .view
        .list("services", None)
        .filter(|service| {
            service["spec"]["type"] == "LoadBalancer" && path::str(service, "spec.loadBalancerClass").is_empty()
        })
        .collect();
    if runs(cx, "controller") {
        let mut taken: Vec<Ipv4Addr> = services.iter().filter_map(|service| address(service)).collect();
        for service in &services {
            assign(service, &pools, &mut taken, &mut out);
        }
    }
    let announced: Vec<(Ipv4Addr, &Rc<Value>)> = services
        .iter()
        .filter_map(|service| Some((address(service)?, *service)))
        .filter(|(address, _)| pools.iter().any(|pool| pool.announced && pool.has(*address)))
        .filter(|_| runs(cx, "speaker"))
        .collect();
    let addresses: Vec<Ipv4Addr> = announced.iter().map(|(address, _)| *address).collect();
    let new = node.announce(&addresses);
    for (_, service) in announced.iter().filter(|(address, _)| new.contains(address)) {
        let why = format!("announcing from node {:?} with protocol \"layer2\"", cx.settings.node_name);
        out.normal(service, "nodeAssigned", why);
    }
    out
}

/// Whether one of its Pods is ready.
fn runs(cx: &Context, component: &str) -> bool {
    let from = ObjectKey::new("pods", NAMESPACE, "");
    let mine = |pod: &PodInfo| pod.labels["component"] == component && pod.ready_since.is_some() && !pod.terminating;
    cx.index.addressed.range(from..).take_while(|(key, _)| &*key.namespace == NAMESPACE).any(|(_, pod)| mine(pod))
}

fn address(service: &Value) -> Option<Ipv4Addr> {
    path::list(service, "status.loadBalancer.ingress").first().and_then(|one| path::str(one, "ip").parse().ok())
}

/// An annotation, by the name it has today or had before.
fn annotation<'a>(service: &'a Value, name: &str) -> Option<&'a str> {
    let annotations = &service["metadata"]["annotations"];
    ["metallb.io", "metallb.universe.tf"].iter().find_map(|domain| annotations[format!("{domain}/{name}")].as_str())
}

fn assign(service: &Rc<Value>, pools: &[Pool], taken: &mut Vec<Ipv4Addr>, out: &mut Reconciled) {
    let named = annotation(service, "address-pool");
    let wanted = annotation(service, "loadBalancerIPs").unwrap_or_else(|| path::str(service, "spec.loadBalancerIP"));
    let usable = |pool: &&Pool| named.map_or(pool.automatic || !wanted.is_empty(), |name| pool.name == name);
    let current = address(service);
    let fits = |address: Ipv4Addr| {
        // A Service keeps its address, even where the pool no longer assigns addresses automatically.
        let of_pool = pools.iter().any(|pool| pool.has(address) && named.is_none_or(|name| pool.name == name));
        of_pool && (wanted.is_empty() || wanted.parse() == Ok(address))
    };
    if current.is_some_and(fits) {
        return;
    }
    let found = if named.is_some_and(|name| !pools.iter().any(|pool| pool.name == name)) {
        Err(format!("unknown pool {:?}", named.unwrap_or_default()))
    } else if let Ok(address) = wanted.parse::<Ipv4Addr>() {
        match (pools.iter().filter(usable).any(|pool| pool.has(address)), taken.contains(&address)) {
            (false, _) => Err(format!("[{wanted:?}] is not allowed in config")),
            (true, true) => Err(format!("address {wanted} is in use by another service")),
            (true, false) => Ok(address),
        }
    } else {
        let mut free =
            pools.iter().filter(usable).flat_map(|pool| pool.ranges.iter()).flat_map(|(first, last)| *first..=*last);
        let free = free.find(|address| !taken.contains(&Ipv4Addr::from_bits(*address)));
        free.map(Ipv4Addr::from_bits).ok_or_else(|| "no available IPs".to_owned())
    };
    let (namespace, name) = (path::str(service, "metadata.namespace"), path::str(service, "metadata.name"));
    let mut status = service["status"].clone();
    match found {
        Ok(address) => {
            taken.push(address);
            status["loadBalancer"] = json!({"ingress": [{"ip": address.to_string(), "ipMode": "VIP"}]});
            out.normal(service, "IPAllocated", format!("Assigned IP [\"{address}\"]"));
        }
        Err(why) => {
            status["loadBalancer"] = json!({});
            out.warning(
                service,
                "AllocationFailed",
                format!("Failed to allocate IP for \"{namespace}/{name}\": {why}"),
            );
        }
    }
    write_status(out, &ObjectKey::new("services", namespace, name), &service["status"], status);
}

/// `192.168.49.100-192.168.49.110`, or `192.168.49.96/28`.
fn range(text: &str) -> Option<(u32, u32)> {
    if let Some((first, last)) = text.split_once('-') {
        let bits = |text: &str| text.trim().parse().map(Ipv4Addr::to_bits).ok();
        return Some((bits(first)?, bits(last)?));
    }
    let (network, length) = text.trim().split_once('/')?;
    let (network, length): (Ipv4Addr, u32) =
        (network.parse().ok()?, length.parse().ok().filter(|length| *length <= 32)?);
    let hosts = u32::MAX.checked_shr(length).unwrap_or(0);
    Some((network.to_bits() & !hosts, network.to_bits() | hosts))
}

fn pools(cx: &Context) -> Vec<Pool> {
    let texts = |value: &Value, field: &str| -> Vec<String> {
        path::list(value, field).iter().filter_map(|text| text.as_str().map(str::to_owned)).collect()
    };
    let advertised: Vec<Vec<String>> = cx
        .view
        .list(ADVERTISEMENTS, Some(NAMESPACE))
        .map(|advertisement| texts(advertisement, "spec.ipAddressPools"))
        .collect();
    let mut pools: Vec<Pool> = cx
        .view
        .list(POOLS, Some(NAMESPACE))
        .map(|pool| {
            let name = path::str(pool, "metadata.name").to_owned();
            Pool {
                automatic: pool["spec"]["autoAssign"] != false,
                announced: advertised.iter().any(|names| names.is_empty() || names.contains(&name)),
                ranges: texts(pool, "spec.addresses").iter().filter_map(|text| range(text)).collect(),
                name,
            }
        })
        .collect();
    if let Some(config) = cx.view.get("configmaps", NAMESPACE, "config") {
        let ranges = path::str(config, "data.config").lines().filter_map(|line| range(line.trim().strip_prefix("- ")?));
        pools.push(Pool { name: "default".to_owned(), automatic: true, announced: true, ranges: ranges.collect() });
    }
    pools
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        let bits = |text: &str| text.parse().map(Ipv4Addr::to_bits).unwrap();
        let expected = Some((bits("192.168.49.96"), bits("192.168.49.111")));
        assert_eq!(range("192.168.49.96/28"), expected);
        assert_eq!(range("192.168.49.96-192.168.49.111"), expected);
        assert_eq!(range("192.168.49.96 - 192.168.49.111"), expected);
        assert_eq!(range("192.168.49.9/32"), Some((bits("192.168.49.9"), bits("192.168.49.9"))));
        assert_eq!(range("192.168.49.9"), None);
        assert_eq!(range("name: default"), None);
    }
}
