//! `kubectl describe` for ConfigMap, Secret, ServiceAccount and Namespace

use api::{find_resource, path};
use serde_json::Value;

use super::text::Text;
use crate::duration::rfc1123;
use crate::session::Session;
use api::base64;

/// Describes a ConfigMap.
pub fn config_map(text: &mut Text, config: &Value) {
    text.name(config);
    text.labels_and_annotations(config);
    text.line(0, "\nData\n====");
    for (key, value) in path::object(config, "data").into_iter().flatten() {
        text.line(0, format!("{key}:\n----\n{}\n", value.as_str().unwrap_or_default()));
    }
    text.line(0, "\nBinaryData\n====");
    for (key, value) in path::object(config, "binaryData").into_iter().flatten() {
        text.line(0, format!("{key}: {} bytes", length(value)));
    }
    text.line(0, "");
}

fn length(value: &Value) -> usize {
    base64::decode(value.as_str().unwrap_or_default()).map_or(0, |bytes| bytes.len())
}

/// Describes a Secret: sizes, not contents.
pub fn secret(text: &mut Text, secret: &Value) {
    text.name(secret);
    text.labels_and_annotations(secret);
    text.line(0, format!("\nType:\t{}", path::str(secret, "type")));
    text.line(0, "\nData\n====");
    for (key, value) in path::object(secret, "data").into_iter().flatten() {
        text.pair(0, key, format!("{} bytes", length(value)));
    }
}

/// Describes a ServiceAccount.
pub fn service_account(text: &mut Text, account: &Value) {
    text.name(account);
    text.labels_and_annotations(account);
    let secrets: Vec<String> =
        path::list(account, "imagePullSecrets").iter().map(|secret| path::str(secret, "name").to_owned()).collect();
    text.column("", "Image pull secrets", &secrets);
}

/// Describes a Namespace.
pub async fn namespace(text: &mut Text, session: &Session, namespace: &Value) {
    let name = path::str(namespace, "metadata.name");
    text.pair(0, "Name", name);
    text.labels_and_annotations(namespace);
    text.pair(0, "Status", path::str(namespace, "status.phase"));
    let conditions = path::list(namespace, "status.conditions");
    if !conditions.is_empty() {
        text.line(0, "Conditions:");
        text.line(1, "Type\tStatus\tLastTransitionTime\tReason\tMessage");
        text.line(1, "----\t------\t------------------\t------\t-------");
    }
    for condition in conditions {
        let field = |name: &str| path::str(condition, name).to_owned();
        let time = rfc1123(&field("lastTransitionTime"));
        text.line(
            1,
            format!("{}\t{}\t{time}\t{}\t{}", field("type"), field("status"), field("reason"), field("message")),
        );
    }
    let quotas = match find_resource("resourcequotas") {
        Some(resource) => session.list(resource, name, &[]).await.unwrap_or_default(),
        None => Vec::new(),
    };
    text.line(0, if quotas.is_empty() { "\nNo resource quota." } else { "\nResource Quotas" });
    for quota in quotas {
        text.pair(1, "Name", path::str(&quota, "metadata.name"));
        text.line(1, "Resource\tUsed\tHard");
        text.line(1, "--------\t---\t---");
        for (resource, hard) in path::object(&quota, "status.hard").into_iter().flatten() {
            let used = &quota["status"]["used"][resource];
            text.line(1, format!("{resource}\t{}\t{}", super::text::scalar(used), super::text::scalar(hard)));
        }
    }
    let ranges = match find_resource("limitranges") {
        Some(resource) => session.list(resource, name, &[]).await.unwrap_or_default(),
        None => Vec::new(),
    };
    super::limits::limit_ranges(text, &ranges);
}
