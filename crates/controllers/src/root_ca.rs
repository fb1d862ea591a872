//! The root CA certificate publisher: each namespace has a ConfigMap `kube-root-ca.crt`, from which Pods know the API server.
//!
//! pkg/controller/certificates/rootcacertpublisher

use apiserver::ObjectKey;
use component::{Context, Reconciled, Write};
use serde_json::json;
use sim::Rng;

const NAME: &str = "kube-root-ca.crt";

/// Reconciles one namespace.
#[inline(never)]
pub fn reconcile(cx: &mut Context, key: &ObjectKey) -> Reconciled {
    let mut out = Reconciled::default();
    let Some(namespace) = cx.view.get("namespaces", "", &key.name) else { return out };
    if namespace["status"]["phase"] == "Terminating" || cx.view.get("configmaps", &key.name, NAME).is_some() {
        return out;
    }
    let known = cx.view.list("configmaps", None).find(|map| map["metadata"]["name"] == NAME);
    let certificate = match known.and_then(|map| map["data"]["ca.crt"].as_str()) {
        Some(certificate) => certificate.to_owned(),
        None => certificate(cx.rng),
    };
    out.writes.push(Write::Create(
        "configmaps",
        json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {
                "name": NAME, "namespace": &*key.name,
                "annotations": {"kubernetes.io/description": "Contains a CA bundle that can be used to verify the \
                    kube-apiserver when using internal endpoints such as the internal service IP or \
                    kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters."},
            },
            "data": {"ca.crt": certificate},
        }),
    ));
    out
}

/// Something of a certificate's shape. It certifies nothing: no connection in this cluster is encrypted.
fn certificate(rng: &mut Rng) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::from("-----BEGIN CERTIFICATE-----\nMIIDBjCCAe6gAwIBAgIB");
    for at in 20..1056 {
        if at % 64 == 0 {
            text.push('\n');
        }
        text.push(char::from(LETTERS[rng.below(64) as usize]));
    }
    text.push_str("\n-----END CERTIFICATE-----\n");
    text
}
