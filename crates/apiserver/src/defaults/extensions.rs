//! What extends the API server itself: webhooks, admission policies, levels of priority of requests.

use api::path;
use serde_json::{Value, json};

use super::{default, default_text, each};

/// A MutatingWebhookConfiguration or ValidatingWebhookConfiguration.
pub fn webhooks(object: &mut Value) {
    let mutates = object["kind"] == "MutatingWebhookConfiguration";
    for webhook in object.get_mut("webhooks").and_then(Value::as_array_mut).into_iter().flatten() {
        default_text(webhook, "failurePolicy", "Fail");
        matched(webhook);
        default(webhook, "timeoutSeconds", 10);
        if mutates {
            default_text(webhook, "reinvocationPolicy", "Never");
        }
        each(webhook, "rules", |rule| default_text(rule, "scope", "*"));
        if let Some(service) = webhook["clientConfig"].get_mut("service").filter(|service| service.is_object()) {
            default(service, "port", 443);
        }
        if webhook["clientConfig"].is_null() {
            path::remove(webhook, "clientConfig");
        }
    }
}

/// Which requests are looked at.
fn matched(object: &mut Value) {
    default_text(object, "matchPolicy", "Equivalent");
    default(object, "namespaceSelector", json!({}));
    default(object, "objectSelector", json!({}));
}

/// A MutatingAdmissionPolicy or ValidatingAdmissionPolicy.
pub fn policy(object: &mut Value) {
    default_text(&mut object["spec"], "failurePolicy", "Fail");
    resources(&mut object["spec"], "matchConstraints");
}

/// The binding of such a policy.
pub fn policy_binding(object: &mut Value) {
    resources(&mut object["spec"], "matchResources");
}

fn resources(spec: &mut Value, field: &str) {
    let Some(resources) = spec.get_mut(field).filter(|resources| resources.is_object()) else { return };
    matched(resources);
    for list in ["resourceRules", "excludeResourceRules"] {
        each(resources, list, |rule| default_text(rule, "scope", "*"));
    }
}

/// A PriorityLevelConfiguration.
pub fn priority_level(object: &mut Value) {
    let spec = &mut object["spec"];
    for (kind, shares) in [("exempt", 0), ("limited", 30)] {
        let Some(level) = spec.get_mut(kind).filter(|level| level.is_object()) else { continue };
        default(level, "nominalConcurrencyShares", shares);
        default(level, "lendablePercent", 0);
        let Some(queuing) = level["limitResponse"].get_mut("queuing").filter(|queuing| queuing.is_object()) else {
            continue;
        };
        for (field, value) in [("handSize", 8), ("queues", 64), ("queueLengthLimit", 50)] {
            default(queuing, field, value);
        }
    }
}
