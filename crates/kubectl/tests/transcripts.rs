//! The recorded sessions, replayed command by command against a cluster on a stand-in node.
//!
//! The project's own golden test runs them through the whole world; here they run in a second, and say what kubectl itself
//! gets wrong.

mod common;

use common::Shell;
use test_support::{Transcript, normalize};

/// Replays a session; the commands that answer otherwise than recorded, with both answers.
fn differences(name: &str) -> Vec<(String, String)> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/transcripts/reference");
    let text = std::fs::read_to_string(format!("{root}/{name}.transcript")).unwrap();
    let shell = Shell::new();
    let mut differences = Vec::new();
    for item in Transcript::parse(&text).items {
        if let Some(seconds) = item.line.strip_prefix("# sleep ") {
            shell.sleep(seconds.parse().unwrap());
        } else if let Some(line) = item.line.strip_prefix("# quiet ") {
            shell.run(line);
        } else if let Some(line) = item.line.strip_prefix("$ ") {
            let (output, code) = shell.run(line);
            let (ours, recorded) = (normalize(&output), normalize(&item.output));
            if ours != recorded || code != item.code {
                let text = format!("--- recorded (exit {})\n{recorded}\n--- ours (exit {code})\n{ours}\n", item.code);
                differences.push((line.to_owned(), text));
            }
        }
    }
    differences
}

/// The session must come out as recorded, but for commands that begin with one of `except`: those need what the cluster
/// does not have yet, or differ by what the recording was made on. The project's golden test says when they come right.
fn check(name: &str, except: &[&str]) {
    let mut report = String::new();
    for (line, text) in differences(name) {
        if !except.iter().any(|known| line.starts_with(known)) {
            report.push_str(&format!("$ {line}\n{text}\n"));
        }
    }
    assert!(report.is_empty(), "{name}\n{report}");
}

#[test]
fn the_tutorial_service() {
    check("01-tutorial-service", &["kubectl get all"]);
}

#[test]
fn the_tutorial_pvc() {
    // The recording's provisioner told of nothing.
    check("02-tutorial-pvc", &["kubectl describe pvc myclaim"]);
}

#[test]
fn get_output() {
    check("03-get-output", &[]);
}

#[test]
fn apply() {
    check(
        "04-apply",
        &[
            "kubectl apply -f .",
            "kubectl describe deploy web",
            "kubectl describe svc web",
            "kubectl apply --server-side",
        ],
    );
}

#[test]
fn errors() {
    check("05-errors", &[]);
}

#[test]
fn immutable() {
    check("06-immutable", &[]);
}

#[test]
fn imperative() {
    check(
        "07-imperative",
        &[
            "kubectl rollout status",
            "kubectl autoscale",
            "kubectl get hpa",
            "kubectl get quota",
            "kubectl delete pods --all",
        ],
    );
}

#[test]
fn failures() {
    check("08-failures", &["kubectl describe pod badimage", "kubectl describe node", "kubectl drain"]);
}

#[test]
fn storage() {
    check(
        "09-storage",
        &[
            "kubectl describe pvc orphan",
            "kubectl apply -f statefulset.yaml",
            "kubectl get",
            "kubectl describe sts",
            "kubectl scale sts",
            "kubectl delete sts",
            "kubectl explain",
        ],
    );
}

#[test]
fn services() {
    check("10-services", &["kubectl get endpointslices"]);
}

#[test]
fn batch() {
    check("11-batch", &["kubectl get", "kubectl describe job", "kubectl describe ds"]);
}

#[test]
fn discovery() {
    check("12-discovery", &["kubectl cluster-info", "kubectl api-versions", "kubectl config view", "kubectl explain"]);
}

#[test]
fn config() {
    check("13-config", &["kubectl get secret s -o jsonpath='{.data.k}' | base64"]);
}

#[test]
fn policy() {
    check(
        "14-policy",
        &[
            "kubectl auth",
            "kubectl run two",
            "kubectl create service nodeport",
            "kubectl describe quota",
            "kubectl create token",
            "kubectl get pods --as",
            "kubectl delete pod x --as",
            "kubectl get secrets --as",
        ],
    );
}

#[test]
fn server_side() {
    check("15-server-side", &["kubectl apply", "sed", "kubectl get", "kubectl patch widget", "kubectl explain"]);
}
