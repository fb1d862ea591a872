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

/// What does not change in the base64 of minikube's CA certificate: what is before its public number, between that and its
/// signature, and after that.
const FORM: [&str; 3] = [
    "MIIC5zCCAc+gAwIBAgIBATANBgkqhkiG9w0BAQsFADAVMRMwEQYDVQQDDAptaW5pa3ViZUNBMB4XDTI1MDEwMTAwMDAwMFoXDTM1MDEwMTAwMDAwMFow\
     FTETMBEGA1UEAwwKbWluaWt1YmVDQTCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBAL/",
    "TsCAwEAAaNCMEAwDgYDVR0PAQH/BAQDAgKkMB0GA1UdJQQWMBQGCCsGAQUFBwMBBggrBgEFBQcDAjAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEB\
     CwUAA4IBAQAu",
    "+J",
];
/// How many letters of chance are between two of these.
const NUMBER: usize = 338;
/// How many letters are taken of chance: what takes chance afterwards would be another with another count.
const TAKEN: usize = 1036;

/// The certificate of minikube's CA, which is older than the cluster. Only its form is real: its numbers are chance.
fn certificate(rng: &mut Rng) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let chance: String = (0..TAKEN).map(|_| char::from(LETTERS[rng.below(64) as usize])).collect();
    let letters = [FORM[0], &chance[..NUMBER], FORM[1], &chance[NUMBER..2 * NUMBER], FORM[2]].concat();
    let mut text = String::from("-----BEGIN CERTIFICATE-----");
    for (at, letter) in letters.chars().enumerate() {
        if at % 64 == 0 {
            text.push('\n');
        }
        text.push(letter);
    }
    text.push_str("\n-----END CERTIFICATE-----\n");
    text
}
