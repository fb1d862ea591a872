//! NetworkPolicies: `ValidateNetworkPolicySpec` of kubernetes/pkg/apis/networking/validation.

use std::fmt::Arguments;
use std::net::IpAddr;

use api::path;
use serde_json::Value;

use super::{Errors, labels, port_number_or_name};

const BAD_CIDR: &str = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

/// A NetworkPolicy.
pub fn network_policy(policy: &Value, errors: &mut Errors) {
    let spec = &policy["spec"];
    labels::selector(&spec["podSelector"], format_args!("spec.podSelector"), errors);
    for (rules, peers) in [("ingress", "from"), ("egress", "to")] {
        for (index, rule) in path::list(spec, rules).iter().enumerate() {
            for (at, one) in path::list(rule, "ports").iter().enumerate() {
                port(one, format_args!("spec.{rules}[{index}].ports[{at}]"), errors);
            }
            for (at, one) in path::list(rule, peers).iter().enumerate() {
                peer(one, format_args!("spec.{rules}[{index}].{peers}[{at}]"), errors);
            }
        }
    }
    let types = path::list(spec, "policyTypes");
    if types.len() > 2 {
        errors.invalid("spec.policyTypes", types.to_vec(), "may not specify more than two policyTypes");
        return;
    }
    for (index, kind) in types.iter().enumerate() {
        if kind != "Ingress" && kind != "Egress" {
            errors.unsupported(format_args!("spec.policyTypes[{index}]"), kind.clone(), &["Ingress", "Egress"]);
        }
    }
}

fn port(port: &Value, field: Arguments, errors: &mut Errors) {
    let protocol = &port["protocol"];
    if protocol.as_str().is_some_and(|name| !matches!(name, "TCP" | "UDP" | "SCTP")) {
        errors.unsupported(format_args!("{field}.protocol"), protocol.clone(), &["TCP", "UDP", "SCTP"]);
    }
    let (number, end) = (&port["port"], &port["endPort"]);
    let field_of_end = format_args!("{field}.endPort");
    match number {
        Value::Null if end.is_null() => {}
        Value::Null => errors.invalid(field_of_end, end.clone(), "may not be specified when `port` is not specified"),
        Value::String(_) => {
            if !end.is_null() {
                errors.invalid(field_of_end, end.clone(), "may not be specified when `port` is non-numeric");
            }
            port_number_or_name(number, format_args!("{field}.port"), errors);
        }
        _ => {
            port_number_or_name(number, format_args!("{field}.port"), errors);
            if let Some(last) = end.as_i64() {
                if number.as_i64().is_some_and(|first| last < first) {
                    errors.invalid(field_of_end, number.clone(), "must be greater than or equal to `port`");
                }
                port_number_or_name(end, field_of_end, errors);
            }
        }
    }
}

fn peer(peer: &Value, field: Arguments, errors: &mut Errors) {
    for selector in ["podSelector", "namespaceSelector"] {
        labels::selector(&peer[selector], format_args!("{field}.{selector}"), errors);
    }
    if peer["ipBlock"].is_object() {
        ip_block(&peer["ipBlock"], format_args!("{field}.ipBlock"), errors);
    }
    match (peer["podSelector"].is_object() || peer["namespaceSelector"].is_object(), peer["ipBlock"].is_object()) {
        (false, false) => errors.required(field, "must specify a peer"),
        (true, true) => errors.forbidden(field, "may not specify both ipBlock and another peer"),
        _ => {}
    }
}

fn ip_block(block: &Value, field: Arguments, errors: &mut Errors) {
    let cidr = path::str(block, "cidr");
    if cidr.is_empty() {
        return errors.required(format_args!("{field}.cidr"), "");
    }
    let Some(whole) = network(cidr, format_args!("{field}.cidr"), errors) else { return };
    for (index, except) in path::list(block, "except").iter().filter_map(Value::as_str).enumerate() {
        let here = format_args!("{field}.except[{index}]");
        let Some(part) = network(except, here, errors) else { continue };
        let inside = part.family == whole.family && part.bits > whole.bits && part.start & whole.mask() == whole.start;
        if !inside {
            errors.invalid(here, except, "must be a strict subset of `cidr`");
        }
    }
}

/// The addresses of a CIDR.
struct Network {
    /// How many bits an address has.
    family: u32,
    /// The first address, its bits at the top.
    start: u128,
    /// How many of them are fixed.
    bits: u32,
}

impl Network {
    fn mask(&self) -> u128 {
        u128::MAX.checked_shl(u128::BITS - self.bits).unwrap_or_default()
    }
}

/// Reads a CIDR and says what is wrong with it; `None` when it is none.
fn network(text: &str, field: Arguments, errors: &mut Errors) -> Option<Network> {
    let parsed = text.split_once('/').and_then(|(address, bits)| {
        let (family, address) = match address.parse().ok()? {
            IpAddr::V4(address) => (32, u128::from(u32::from(address)) << 96),
            IpAddr::V6(address) => (128, u128::from(address)),
        };
        let digits = !bits.is_empty() && bits.bytes().all(|digit| digit.is_ascii_digit());
        let bits: u32 = bits.parse().ok().filter(|bits| digits && *bits <= family)?;
        Some((Network { family, start: address, bits }, address))
    });
    let Some((mut network, address)) = parsed else {
        errors.invalid(field, text, BAD_CIDR);
        return None;
    };
    network.start &= network.mask();
    if network.start != address {
        errors.invalid(field, text, "must not have bits set beyond the prefix length");
    }
    Some(network)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wrong(spec: Value) -> String {
        let mut errors = Errors::default();
        network_policy(&json!({"spec": spec}), &mut errors);
        match errors.into_result("networking.k8s.io", "NetworkPolicy", "x") {
            Ok(()) => String::new(),
            Err(status) => {
                let causes = status.causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message));
                causes.collect::<Vec<_>>().join("\n")
            }
        }
    }

    #[test]
    fn a_usual_policy_is_in_order() {
        let spec = json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"from": [{"podSelector": {}}, {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}],
                "ports": [{"port": 80, "endPort": 90}, {"port": "http", "protocol": "TCP"}, {}]}],
            "egress": [{"to": [{"ipBlock": {"cidr": "::/0"}}]}, {"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]});
        assert_eq!(wrong(spec), "");
    }

    #[test]
    fn what_is_wrong_is_said_all_at_once() {
        let spec = json!({"podSelector": {}, "policyTypes": ["ingress"],
            "ingress": [{"from": [{}, {"podSelector": {}, "ipBlock": {"cidr": "10.0.0.1/8", "except": ["11.0.0.0/16", "x"]}},
                {"ipBlock": {}}],
                "ports": [{"port": 90, "endPort": 80}, {"port": "http", "endPort": 1}, {"endPort": 1}, {"protocol": "ICMP"}]}]});
        assert_eq!(
            wrong(spec),
            "spec.ingress[0].ports[0].endPort: Invalid value: 90: must be greater than or equal to `port`\n\
             spec.ingress[0].ports[1].endPort: Invalid value: 1: may not be specified when `port` is non-numeric\n\
             spec.ingress[0].ports[2].endPort: Invalid value: 1: may not be specified when `port` is not specified\n\
             spec.ingress[0].ports[3].protocol: Unsupported value: \"ICMP\": supported values: \"TCP\", \"UDP\", \"SCTP\"\n\
             spec.ingress[0].from[0]: Required value: must specify a peer\n\
             spec.ingress[0].from[1].ipBlock.cidr: Invalid value: \"10.0.0.1/8\": must not have bits set beyond the prefix length\n\
             spec.ingress[0].from[1].ipBlock.except[0]: Invalid value: \"11.0.0.0/16\": must be a strict subset of `cidr`\n\
             spec.ingress[0].from[1].ipBlock.except[1]: Invalid value: \"x\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)\n\
             spec.ingress[0].from[1]: Forbidden: may not specify both ipBlock and another peer\n\
             spec.ingress[0].from[2].ipBlock.cidr: Required value\n\
             spec.policyTypes[0]: Unsupported value: \"ingress\": supported values: \"Ingress\", \"Egress\""
        );
    }
}
