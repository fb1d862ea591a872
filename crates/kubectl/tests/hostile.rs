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
