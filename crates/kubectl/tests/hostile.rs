//! Nothing a person types or writes makes kubectl panic, and every refusal says something.

mod common;

use common::Shell;

/// Deterministic texts made of pieces.
fn texts(pieces: &[&str], count: u64, longest: u64) -> Vec<String> {
    (0..count)
        .map(|seed| {
            let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x1234_5678);
            let mut next = || {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state
            };
            (0..next() % longest + 1).map(|_| pieces[(next() % pieces.len() as u64) as usize]).collect()
        })
        .collect()
}

fn refuses_or_answers(shell: &Shell, args: &[&str]) {
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    let (_, both, code) = shell.kubectl(args.clone(), b"");
    assert!(code == 0 || !both.is_empty(), "{args:?} fails without a word");
}

#[test]
fn templates_never_panic() {
    let shell = Shell::new();
    let pieces = [
        "{",
        "}",
        "{.",
        ".items",
        "[*]",
        "[0]",
        "[-1]",
        "[",
        "]",
        ".metadata.name",
        "range ",
        "end",
        "..",
        "?(",
        "@.a",
        "==",
        "\"x\"",
        ")",
        "'",
        "\\",
        "한",
        "{{",
        "}}",
        " ",
        "|",
        "len",
        "index",
        "$x",
        ":=",
        "if",
        "(",
        ",",
        "*",
        "1",
        "1:2",
        "-",
        "printf \"%d\"",
    ];
    for text in texts(&pieces, 1500, 10) {
        for format in ["jsonpath", "go-template", "custom-columns"] {
            refuses_or_answers(&shell, &["get", "ns", "-o", &format!("{format}={text}")]);
        }
        refuses_or_answers(&shell, &["get", "ns", "--sort-by", &text]);
    }
}

#[test]
fn command_lines_never_panic() {
    let shell = Shell::new();
    let pieces = [
        "get ",
        "describe ",
        "delete ",
        "logs ",
        "exec ",
        "apply ",
        "create ",
        "label ",
        "patch ",
        "scale ",
        "rollout ",
        "status ",
        "pods ",
        "deploy/web ",
        "a=b ",
        "a- ",
        "-f ",
        "bad/tab.yaml ",
        "-o ",
        "yaml ",
        "-l ",
        "app=x ",
        "-n ",
        "kube-system ",
        "--all ",
        "-it ",
        "-- ",
        "ls ",
        "--replicas=2 ",
        "-p ",
        "{\"a\":1} ",
        "/ ",
        "pods/ ",
        "svc,po ",
        ", ",
        "- ",
        "--from-literal=a=b ",
        "secret ",
        "generic ",
        "--dry-run=client ",
        "node ",
        "minikube ",
        "explain ",
        "taint ",
        "k:NoSchedule ",
        "set image ",
        "wait ",
        "--for=delete ",
        "--timeout=1s ",
        "top ",
        "config ",
        "view ",
        "-h ",
        "--",
        "-",
    ];
    for text in texts(&pieces, 1500, 7) {
        let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
        refuses_or_answers(&shell, &words);
    }
}

#[test]
fn manifests_never_panic() {
    let shell = Shell::new();
    let pieces = [
        "apiVersion: v1\n",
        "kind: Pod\n",
        "kind: Service\n",
        "kind: List\n",
        "items:\n",
        "- ",
        "metadata:\n",
        "  name: a\n",
        "spec:\n",
        "  ports:\n",
        "  - port: 80\n",
        "  - port: x\n",
        "  containers: {}\n",
        "---\n",
        "\t",
        "null\n",
        "[]\n",
        "{}\n",
        "a: [1\n",
        "  foo: bar\n",
        "metadata: 3\n",
        "kind: 7\n",
        "  labels: []\n",
        "  name: 5\n",
        "spec: []\n",
    ];
    for text in texts(&pieces, 1500, 9) {
        shell.files.borrow_mut().insert("x.yaml".to_owned(), text.clone().into_bytes());
        refuses_or_answers(&shell, &["apply", "-f", "x.yaml", "--dry-run=server"]);
        for diagnostic in manifest::diagnose(&text) {
            assert!(
                diagnostic.span.line >= 1 && diagnostic.span.line <= text.lines().count().max(1),
                "{text:?}: {diagnostic:?}"
            );
        }
    }
}

#[test]
fn values_of_wrong_types_never_panic() {
    let shell = Shell::new();
    let commands: &[&[&str]] = &[
        &["set", "image", "--local", "*=b"],
        &["set", "env", "--local", "A=b"],
        &["set", "env", "--local", "--list"],
        &["set", "resources", "--local", "--limits=cpu=1"],
        &["set", "serviceaccount", "--local", "x"],
        &["set", "selector", "--local", "a=b"],
        &["set", "subject", "--local", "--user=u"],
        &["label", "--local", "a=b"],
        &["annotate", "--local", "a=b"],
        &["patch", "--local", "-p", "{\"spec\":{\"replicas\":1}}"],
        &["scale", "--replicas=1", "--dry-run=client"],
        &["expose", "--port=1", "--dry-run=client"],
        &["autoscale", "--max=1", "--dry-run=client"],
        &["create", "--dry-run=client", "--save-config", "--record"],
        &["apply", "--dry-run=client", "--record"],
        &["diff"],
        &["auth", "reconcile", "--dry-run=client"],
    ];
    let values = ["null", "x", "3", "[]", "[x]", "{}", "{a: b}"];
    let places = [
        ("metadata", ""),
        ("spec", ""),
        ("template", "spec"),
        ("spec", "spec.template"),
        ("containers", "spec.template.spec"),
        ("containers", "spec"),
        ("replicas", "spec"),
        ("subjects", ""),
        ("rules", ""),
        ("labels", "metadata"),
        ("annotations", "metadata"),
    ];
    for kind in
        ["apps/v1 Deployment", "v1 Pod", "v1 Service", "rbac.authorization.k8s.io/v1 RoleBinding", "batch/v1 Job"]
    {
        let (version, kind) = kind.split_once(' ').unwrap();
        for ((field, above), value) in places.iter().flat_map(|place| values.map(|value| (place, value))) {
            let mut text = format!("apiVersion: {version}\nkind: {kind}\n");
            if !above.starts_with("metadata") && *field != "metadata" {
                text.push_str("metadata: {name: a}\n");
            }
            let mut margin = String::new();
            for part in above.split('.').filter(|part| !part.is_empty()) {
                text.push_str(&format!("{margin}{part}:\n"));
                margin.push_str("  ");
                if part == "metadata" {
                    text.push_str("  name: a\n");
                }
            }
            text.push_str(&format!("{margin}{field}: {value}\n"));
            shell.files.borrow_mut().insert("x.yaml".to_owned(), text.into_bytes());
            for command in commands {
                refuses_or_answers(&shell, &[command, &["-f", "x.yaml"][..]].concat());
            }
        }
    }
    for args in [
        &["create", "clusterrole", "x", "--verb=get", "--non-resource-url=/한"][..],
        &["run", "x", "--image=a", "--record", "--overrides={\"metadata\":3}", "--dry-run=client"],
        &[
            "run",
            "x",
            "--image=a",
            "--save-config",
            "--overrides={\"metadata\":{\"annotations\":3}}",
            "--dry-run=client",
        ],
        &[
            "run",
            "x",
            "--image=a",
            "--override-type=json",
            "--overrides=[{\"op\":\"replace\",\"path\":\"\",\"value\":3}]",
        ],
    ] {
        refuses_or_answers(&shell, args);
    }
}
