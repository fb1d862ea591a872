//! The Service allocators: ClusterIPs and node ports.
//!
//! Follows kubernetes/pkg/registry/core/service/{storage/alloc.go, ipallocator, portallocator}. The cluster is IPv4 only.

use std::net::Ipv4Addr;

use api::{Resource, Status, path};
use serde_json::{Value, json};
use sim::SharedSet;

use super::validation::Errors;
use crate::{Cx, Settings};

const PORTS: std::ops::RangeInclusive<i64> = 30000..=32767;
/// The lower node ports are left to people who choose one (`KEP-3668`).
const FIRST_DYNAMIC_PORT: u16 = 30086;
/// How many addresses at the start of the range are left to people who choose one (`KEP-3070`).
const STATIC_ADDRESSES: u32 = 256;

/// The addresses and ports that are allocated.
#[derive(Clone)]
pub struct Allocations {
    network: Ipv4Addr,
    bits: u8,
    addresses: SharedSet<u32>,
    ports: SharedSet<u16>,
}

impl Allocations {
    /// Allocators of which nothing is taken.
    pub fn new(settings: &Settings) -> Self {
        let (network, bits) = settings.service_cidr;
        Allocations { network, bits: bits.min(30), addresses: SharedSet::new(), ports: SharedSet::new() }
    }

    /// Allocates what a Service needs, and releases what it no longer needs; does nothing for other resources.
    ///
    /// # Errors
    /// 422 when what it asks for is taken or outside the range; 500 when nothing is left.
    pub fn allocate(
        &mut self,
        resource: &Resource,
        old: Option<&Value>,
        new: &mut Value,
        cx: &mut Cx,
    ) -> Result<(), Status> {
        if resource.key() != "services" {
            return Ok(());
        }
        let name = path::str(new, "metadata.name").to_owned();
        if let Some(old) = old {
            keep_allocated(new, old);
            drop_what_the_type_has_not(new, old);
        }
        normalize_cluster_ips(new, old);
        let mut errors = Errors::default();
        self.take_address(new, old, cx, &mut errors)?;
        errors.into_result("", "Service", &name)?;
        let mut errors = Errors::default();
        self.take_ports(new, old, cx, &mut errors)?;
        errors.into_result("", "Service", &name)
    }

    /// Releases what a removed Service had.
    pub fn release(&mut self, resource: &Resource, last: &Value) {
        if resource.key() != "services" {
            return;
        }
        if let Ok(address) = path::str(last, "spec.clusterIP").parse::<Ipv4Addr>() {
            self.addresses.remove(&address.to_bits());
        }
        for port in node_ports(last) {
            self.ports.remove(&port);
        }
    }

    fn take_address(
        &mut self,
        new: &mut Value,
        old: Option<&Value>,
        cx: &mut Cx,
        errors: &mut Errors,
    ) -> Result<(), Status> {
        if path::str(new, "spec.type") == "ExternalName" {
            if let Some(old) = old.filter(|old| needs_address(old)) {
                self.release_address(old);
            }
            return Ok(());
        }
        let current = path::str(new, "spec.clusterIP").to_owned();
        let before = errors.len();
        check_families(new, &current, errors);
        if errors.len() > before {
            return Ok(());
        }
        set_families(new, &current);
        if current == "None" || old.is_some_and(needs_address) {
            // Once set, an address does not change; validation refuses a change.
            return Ok(());
        }
        if current.is_empty() {
            let Some(address) = self.next_address(cx) else {
                return Err(Status::internal(format!(
                    "failed to allocate a serviceIP for Service \"{}\": range is full",
                    path::str(new, "metadata.name")
                )));
            };
            let text = Ipv4Addr::from_bits(address).to_string();
            new["spec"]["clusterIP"] = text.clone().into();
            new["spec"]["clusterIPs"] = json!([text]);
            return Ok(());
        }
        let Ok(address) = current.parse::<Ipv4Addr>() else {
            errors.invalid(
                "spec.clusterIPs[0]",
                current,
                "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
            );
            return Ok(());
        };
        let bits = address.to_bits();
        let why = if !self.in_range(bits) {
            format!(
                "the provided IP ({current}) is not in the valid range. The range of valid IPs is {}/{}",
                self.network, self.bits
            )
        } else if !self.addresses.insert(bits) {
            "provided IP is already allocated".to_owned()
        } else {
            return Ok(());
        };
        let shown = new["spec"]["clusterIPs"].clone();
        errors.invalid("spec.clusterIPs", shown, &format!("failed to allocate IP {current}: {why}"));
        Ok(())
    }

    fn release_address(&mut self, old: &Value) {
        if let Ok(address) = path::str(old, "spec.clusterIP").parse::<Ipv4Addr>() {
            self.addresses.remove(&address.to_bits());
        }
    }

    fn size(&self) -> u32 {
        1u32.checked_shl(32 - u32::from(self.bits)).unwrap_or(u32::MAX)
    }

    /// Whether an address is in the range, its first (the network) and last (broadcast) aside.
    fn in_range(&self, address: u32) -> bool {
        let offset = address.wrapping_sub(self.network.to_bits());
        offset > 0 && offset < self.size() - 1
    }

    /// A random free address of the upper part, or any free one.
    fn next_address(&mut self, cx: &mut Cx) -> Option<u32> {
        let first = self.network.to_bits() + 1;
        let count = self.size() - 2;
        let reserved = if count > STATIC_ADDRESSES * 2 { STATIC_ADDRESSES } else { 0 };
        let start = cx.rng.below(u64::from(count - reserved)) as u32;
        let free = (0..count).map(|step| {
            // Search from the random address upwards, then the rest of the upper part, then the reserved addresses.
            let upper = count - reserved;
            let offset = if step < upper { reserved + (start + step) % upper } else { step - upper };
            first + offset
        });
        let address = free.into_iter().find(|address| !self.addresses.contains(address))?;
        self.addresses.insert(address);
        Some(address)
    }

    fn take_ports(
        &mut self,
        new: &mut Value,
        old: Option<&Value>,
        cx: &mut Cx,
        errors: &mut Errors,
    ) -> Result<(), Status> {
        let before: Vec<u16> = old.map(node_ports).unwrap_or_default();
        if !needs_node_ports(new) {
            for port in before {
                self.ports.remove(&port);
            }
            path::remove(&mut new["spec"], "healthCheckNodePort");
            return Ok(());
        }
        let auto = path::get(new, "spec.allocateLoadBalancerNodePorts").as_bool().unwrap_or(true);
        let mut mine: Vec<(u16, String)> = Vec::new();
        let Some(ports) = new.pointer_mut("/spec/ports").and_then(Value::as_array_mut) else { return Ok(()) };
        for (index, port) in ports.iter_mut().enumerate() {
            let wanted = port["nodePort"].as_i64().unwrap_or_default();
            let protocol = port["protocol"].as_str().unwrap_or("TCP").to_owned();
            let field = format!("spec.ports[{index}].nodePort");
            if wanted == 0 {
                if !auto {
                    continue;
                }
                let Some(number) = self.next_port(cx) else {
                    return Err(Status::internal("failed to allocate a nodePort: range is full"));
                };
                port["nodePort"] = number.into();
                mine.push((number, protocol));
                continue;
            }
            let Some(number) = u16::try_from(wanted).ok().filter(|_| PORTS.contains(&wanted)) else {
                errors.invalid(
                    &field,
                    wanted,
                    "provided port is not in the valid range. The range of valid ports is 30000-32767",
                );
                return Ok(());
            };
            // One number may serve several protocols of the same Service.
            let shared = mine.iter().any(|(other, protocols)| *other == number && *protocols != protocol);
            if !before.contains(&number) && !shared && !self.ports.insert(number) {
                errors.invalid(&field, wanted, "provided port is already allocated");
                return Ok(());
            }
            mine.push((number, protocol));
        }
        if needs_health_check(new) {
            let given = new["spec"]["healthCheckNodePort"].as_i64().and_then(|port| u16::try_from(port).ok());
            let number = given.filter(|port| before.contains(port)).or_else(|| self.next_port(cx));
            if let Some(number) = number {
                new["spec"]["healthCheckNodePort"] = number.into();
                mine.push((number, String::new()));
            }
        } else {
            path::remove(&mut new["spec"], "healthCheckNodePort");
        }
        for port in before {
            if !mine.iter().any(|(number, _)| *number == port) {
                self.ports.remove(&port);
            }
        }
        Ok(())
    }

    fn next_port(&mut self, cx: &mut Cx) -> Option<u16> {
        let (first, last) = (*PORTS.start() as u16, *PORTS.end() as u16);
        let count = last - FIRST_DYNAMIC_PORT + 1;
        let start = cx.rng.below(u64::from(count)) as u16;
        let upper = (0..count).map(|step| FIRST_DYNAMIC_PORT + (start + step) % count);
        let port = upper.chain(first..FIRST_DYNAMIC_PORT).find(|port| !self.ports.contains(port))?;
        self.ports.insert(port);
        Some(port)
    }
}

fn needs_address(service: &Value) -> bool {
    path::str(service, "spec.type") != "ExternalName"
}

fn needs_node_ports(service: &Value) -> bool {
    matches!(path::str(service, "spec.type"), "NodePort" | "LoadBalancer")
}

/// The port at which a load balancer asks which nodes have endpoints.
fn needs_health_check(service: &Value) -> bool {
    path::str(service, "spec.type") == "LoadBalancer" && path::str(service, "spec.externalTrafficPolicy") == "Local"
}

fn node_ports(service: &Value) -> Vec<u16> {
    path::list(service, "spec.ports")
        .iter()
        .map(|port| &port["nodePort"])
        .chain([&service["spec"]["healthCheckNodePort"]])
        .filter_map(|port| u16::try_from(port.as_i64()?).ok().filter(|port| *port != 0))
        .collect()
}

/// Keeps what was allocated and the update does not mention (`patchAllocatedValues`).
fn keep_allocated(new: &mut Value, old: &Value) {
    if needs_address(old) && needs_address(new) {
        let current = path::str(old, "spec.clusterIP");
        if path::str(new, "spec.clusterIP").is_empty() && !current.is_empty() {
            new["spec"]["clusterIP"] = current.into();
        }
        if path::list(new, "spec.clusterIPs").is_empty() && path::str(new, "spec.clusterIP") == current {
            new["spec"]["clusterIPs"] = old["spec"]["clusterIPs"].clone();
        }
    }
    if !(needs_node_ports(old) && needs_node_ports(new)) {
        return;
    }
    let in_new = node_ports(new);
    let mut used: Vec<u16> = node_ports(old).into_iter().filter(|port| in_new.contains(port)).collect();
    let Some(ports) = new.pointer_mut("/spec/ports").and_then(Value::as_array_mut) else { return };
    for port in ports {
        if port["nodePort"].as_i64().unwrap_or_default() != 0 {
            continue;
        }
        let same_name = path::list(old, "spec.ports").iter().rev().find(|other| other["name"] == port["name"]);
        let number = same_name.and_then(|other| u16::try_from(other["nodePort"].as_i64()?).ok());
        if let Some(number) = number.filter(|number| *number != 0 && !used.contains(number)) {
            port["nodePort"] = number.into();
            used.push(number);
        }
    }
}

/// Removes the fields that the new type does not have, unless the update sets them (`dropTypeDependentFields`).
fn drop_what_the_type_has_not(new: &mut Value, old: &Value) {
    let same = |new: &Value, field: &str| new["spec"][field] == old["spec"][field];
    if needs_address(old) && !needs_address(new) {
        if same(new, "clusterIP") && same(new, "clusterIPs") {
            path::remove(new, "spec.clusterIP");
            path::remove(new, "spec.clusterIPs");
        }
        for field in ["ipFamilies", "ipFamilyPolicy"] {
            if same(new, field) {
                path::remove(&mut new["spec"], field);
            }
        }
    }
    if needs_node_ports(old) && !needs_node_ports(new) {
        let new_ports = node_ports(new);
        if new_ports == node_ports(old) {
            for port in new.pointer_mut("/spec/ports").and_then(Value::as_array_mut).into_iter().flatten() {
                path::remove(port, "nodePort");
            }
        }
        if same(new, "externalTrafficPolicy") {
            path::remove(&mut new["spec"], "externalTrafficPolicy");
        }
    }
    let load_balancer = |service: &Value| path::str(service, "spec.type") == "LoadBalancer";
    if load_balancer(old) && !load_balancer(new) {
        for field in ["allocateLoadBalancerNodePorts", "loadBalancerClass"] {
            if same(new, field) {
                path::remove(&mut new["spec"], field);
            }
        }
        new["status"]["loadBalancer"] = json!({});
    }
}

/// `clusterIP` and the first of `clusterIPs` are one thing.
fn normalize_cluster_ips(new: &mut Value, old: Option<&Value>) {
    let address = path::str(new, "spec.clusterIP").to_owned();
    let list = path::list(new, "spec.clusterIPs").to_vec();
    match old {
        None => match (address.is_empty(), list.is_empty()) {
            (false, true) => new["spec"]["clusterIPs"] = json!([address]),
            (true, false) => new["spec"]["clusterIP"] = list[0].clone(),
            _ => {}
        },
        Some(old) => {
            let changed = |field: &str| new["spec"][field] != old["spec"][field];
            if changed("clusterIP") && !changed("clusterIPs") {
                if address.is_empty() {
                    path::remove(new, "spec.clusterIPs");
                } else {
                    let mut list = list;
                    if list.is_empty() {
                        list.push(address.into());
                    } else {
                        list[0] = address.into();
                    }
                    new["spec"]["clusterIPs"] = list.into();
                }
            } else if !changed("clusterIP") && changed("clusterIPs") {
                match list.first() {
                    Some(first) => new["spec"]["clusterIP"] = first.clone(),
                    None => _ = path::remove(new, "spec.clusterIP"),
                }
            }
        }
    }
}

/// Refuses what a cluster with IPv4 only cannot give. A headless Service without a selector may ask for anything: nobody
/// allocates for it.
fn check_families(new: &Value, address: &str, errors: &mut Errors) {
    if address == "None" && path::object(new, "spec.selector").is_none_or(serde_json::Map::is_empty) {
        return;
    }
    let policy = path::str(new, "spec.ipFamilyPolicy");
    if policy == "RequireDualStack" {
        errors.invalid("spec.ipFamilyPolicy", policy, "this cluster is not configured for dual-stack services");
    }
    for (index, family) in path::list(new, "spec.ipFamilies").iter().enumerate().filter(|(_, one)| *one == "IPv6") {
        errors.invalid(format_args!("spec.ipFamilies[{index}]"), family.clone(), "not configured on this cluster");
    }
}

/// `ipFamilies` and `ipFamilyPolicy` of a cluster that has IPv4 only.
fn set_families(new: &mut Value, address: &str) {
    let no_selector = path::object(new, "spec.selector").is_none_or(serde_json::Map::is_empty);
    let dual = address == "None" && no_selector;
    if path::str(new, "spec.ipFamilyPolicy").is_empty() {
        new["spec"]["ipFamilyPolicy"] = if dual { "RequireDualStack" } else { "SingleStack" }.into();
    }
    if path::list(new, "spec.ipFamilies").is_empty() {
        let both = dual && path::str(new, "spec.ipFamilyPolicy") != "SingleStack";
        new["spec"]["ipFamilies"] = if both { json!(["IPv4", "IPv6"]) } else { json!(["IPv4"]) };
    }
}
