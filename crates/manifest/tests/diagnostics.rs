//! What the editor is told about bad manifests.

use manifest::{Severity, diagnose, parse, place_status};

/// The diagnostics of a text: line, columns, code, field or key, help.
fn found(text: &str) -> Vec<(usize, &'static str, String, &'static str)> {
    diagnose(text)
        .into_iter()
        .map(|found| {
            let about = found.params.first().map(|(_, value)| value.clone()).unwrap_or_default();
            (found.span.line, found.code, about, found.help.map_or("", |help| help.code))
        })
        .collect()
}

fn bad(name: &str) -> String {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/manifests/bad");
    std::fs::read_to_string(format!("{root}/{name}.yaml")).unwrap()
}

#[test]
fn every_bad_manifest_has_its_mark_on_the_right_line() {
    for (name, line, code, about, help) in [
        ("tab", 4, "yaml-syntax", "found character that cannot start any token", "tab-indent"),
        ("indent", 5, "yaml-syntax", "did not find expected key", "check-indent"),
        ("string-replicas", 4, "wrong-type", "spec.replicas", ""),
        ("unknown-field", 8, "unknown-field", "spec.ports[0].targetport", "did-you-mean"),
        ("no-kind", 1, "kind-missing", "", ""),
        ("no-version", 1, "version-missing", "", "use-version"),
        ("wrong-version", 1, "no-such-kind", "Deployment", "use-version"),
        ("quantity", 4, "wrong-type", "spec.resources.requests.storage", ""),
        ("list-as-map", 4, "wrong-type", "spec.containers", ""),
    ] {
        assert_eq!(found(&bad(name)), [(line, code, about.to_owned(), help)], "{name}");
    }
    // What only the server can know.
    for name in ["name", "ports", "pvc", "selector-mismatch", "volume-mount", "empty"] {
        assert_eq!(found(&bad(name)), [], "{name}");
    }
}

#[test]
fn kubectl_counts_lines_as_go_yaml_does() {
    for (name, message) in [
        ("tab", "error converting YAML to JSON: yaml: line 4: found character that cannot start any token"),
        ("indent", "error converting YAML to JSON: yaml: line 4: did not find expected key"),
    ] {
        assert_eq!(parse(&bad(name)).error.unwrap().message, message, "{name}");
    }
}

#[test]
fn the_tutorials_block_pasted_whole_is_refused_where_the_commands_begin() {
    let text = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: myclaim\nspec: # x\n  accessModes:\n    - ReadWriteMany # y\n  storageClassName: standard # z\nvi pvc.yaml\n\nkubectl apply -f pvc.yaml\n\nkubectl get pvc,pv\n# done\n";
    assert_eq!(found(text), [(9, "yaml-syntax", "could not find expected ':'".to_owned(), "stray-command")]);
    let error = parse(text).error.unwrap();
    // go-yaml had read on to the next line with text.
    assert_eq!(error.message, "error converting YAML to JSON: yaml: line 11: could not find expected ':'");
}

#[test]
fn the_servers_complaints_find_their_places() {
    let text = bad("pvc");
    let document = &parse(&text).documents[0];
    let mut status = api::Status::new(api::Reason::Invalid, "x");
    for field in ["spec.accessModes", "spec.resources[storage]", "metadata.labels", ""] {
        let cause = api::Cause { field: field.to_owned(), message: "bad".to_owned(), ..api::Cause::default() };
        status.causes.push(cause);
    }
    let places: Vec<_> = place_status(document, &status).iter().map(|one| (one.span.line, one.span.column)).collect();
    assert_eq!(places, [(4, 21), (4, 54), (3, 11)]);
    let status = api::Status::new(
        api::Reason::BadRequest,
        "Service in version \"v1\" cannot be handled as a Service: strict decoding error: unknown field \"spec.ports[0].targetport\"",
    );
    let text = bad("unknown-field");
    assert_eq!(place_status(&parse(&text).documents[0], &status)[0].span.line, 8);
}

#[test]
fn warnings_suggestions_and_documents() {
    let text = "# one\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: c\n    image: nginx\n    image: busybox\n  restartPolcy: Never\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: b\nreplicas: 3\nspec:\n  containers: []\n  selector: {matchLabels: {app: a}}\n  template: {spec: {replicas: 2}}\n";
    assert_eq!(
        found(text),
        [
            (9, "duplicate-key", "image".to_owned(), ""),
            (10, "unknown-field", "spec.restartPolcy".to_owned(), "did-you-mean"),
            (16, "unknown-field", "replicas".to_owned(), "indent-more"),
            (18, "unknown-field", "spec.containers".to_owned(), ""),
            (20, "unknown-field", "spec.template.spec.replicas".to_owned(), "indent-less"),
        ]
    );
    assert_eq!(diagnose(text)[0].severity, Severity::Warning);
    let document = &parse(text).documents[1];
    assert_eq!(document.field_at(16, 3).as_deref(), Some("replicas"));
    assert_eq!(document.locate("spec.selector.matchLabels").unwrap().line, 19);
}

#[test]
fn hostile_files_are_bounded() {
    let deep = format!("a: {}", "[".repeat(100_000));
    assert!(parse(&deep).error.is_some());
    let bomb: String =
        (0_i32..40).map(|n| format!("a{n}: &a{n} [*a{}, *a{}]\n", (n - 1).max(0), (n - 1).max(0))).collect();
    let bomb = bomb.replacen("[*a0, *a0]", "[x, x]", 1);
    assert!(parse(&bomb).error.unwrap().message.contains("excessive aliasing"));
    assert!(parse(&"x".repeat(4 * 1024 * 1024)).error.is_some());
    assert!(parse("a: \u{1}").error.unwrap().message.contains("control characters are not allowed"));
}
