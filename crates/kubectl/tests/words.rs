//! What kubectl says of itself: commands it does not know, flags, and a file that goes wrong half way.

mod common;

use common::Shell;

#[test]
fn refusals_are_kubectls() {
    let shell = Shell::new();
    for (line, output) in [
        ("kubectl frobnicate", "error: unknown command \"frobnicate\" for \"kubectl\"\n"),
        ("kubectl crate", "error: unknown command \"crate\" for \"kubectl\"\n\nDid you mean this?\n\tcreate\n"),
        ("kubectl rollout frob", "error: unknown command \"frob\"\nSee 'kubectl rollout -h' for help and examples\n"),
        ("kubectl proxy --port 8001", "error: kubectl proxy is not simulated here; kubectl get --raw reads any path\n"),
        ("kubectl auth reconcile -f x.yaml", "error: the path \"x.yaml\" does not exist\n"),
        ("kubectl get pods -q", "error: unknown shorthand flag: 'q' in -q\nSee 'kubectl get --help' for usage.\n"),
        (
            "kubectl apply -f service.yaml --dry-run=maybe",
            "error: Invalid dry-run value (maybe). Must be \"none\", \"server\", or \"client\".\n",
        ),
        ("kubectl exec x", "error: you must specify at least one command for the container\n"),
        ("kubectl get pods x -l a=b", "error: name cannot be provided when a selector is specified\n"),
        ("kubectl config use-context x", "error: no context exists with the name: \"x\"\n"),
        ("kubectl --context x get pods", "Error in configuration: context was not found for specified context: x\n"),
        ("kubectl --kubeconfig nope get pods", "error: stat nope: no such file or directory\n"),
        ("kubectl delete ns", "error: resource(s) were provided, but no name was specified\n"),
        (
            "kubectl apply -f https://k8s.io/x.yaml",
            "error: unable to read URL \"https://k8s.io/x.yaml\": the internet is not simulated here\n",
        ),
    ] {
        assert_eq!(shell.run(line), (output.to_owned(), 1), "{line}");
    }
}

#[test]
fn flags_may_stand_anywhere() {
    let shell = Shell::new();
    let pods = shell.run("kubectl get pods -n kube-system -o name");
    assert_eq!(pods.1, 0);
    assert!(pods.0.contains("pod/etcd-minikube\n"), "{}", pods.0);
    for line in [
        "kubectl -n kube-system get pods -oname",
        "kubectl --namespace kube-system get -o=name pods",
        "kubectl get --namespace=kube-system po --output name",
        "kubectl get -n=kube-system pod --output=name -v 0",
    ] {
        assert_eq!(shell.run(line), pods, "{line}");
    }
}

#[test]
fn what_stands_before_an_error_is_applied() {
    let shell = Shell::new();
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: first}\n---\napiVersion: v1\n kind: Pod\n";
    shell.files.borrow_mut().insert("half.yaml".to_owned(), text.into());
    assert_eq!(
        shell.run("kubectl apply -f half.yaml"),
        (
            "configmap/first created\nerror: error parsing half.yaml: error converting YAML to JSON: yaml: line 2: mapping values are not allowed in this context\n".to_owned(),
            1
        )
    );
    let pasted =
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: second\nvi second.yaml\n\nkubectl apply -f second.yaml\n";
    shell.files.borrow_mut().insert("second.yaml".to_owned(), pasted.into());
    assert_eq!(
        shell.run("kubectl apply -f second.yaml"),
        (
            "error: error parsing second.yaml: error converting YAML to JSON: yaml: line 7: could not find expected ':'\n".to_owned(),
            1
        )
    );
}
