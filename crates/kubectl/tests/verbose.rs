//! What kubectl logs of itself with `-v`.

mod common;

use common::Shell;

#[test]
fn requests_are_logged_as_loudly_as_asked() {
    let shell = Shell::new();
    let lines = |line: &str| -> Vec<String> {
        // Without the time of each line.
        let cut = |line: &str| match line.split_once("       1 ") {
            Some((_, said)) => said.to_owned(),
            None => line.to_owned(),
        };
        shell.run(line).0.lines().map(cut).filter(|line| !line.starts_with("envvar.go:195]")).collect()
    };
    let url = "https://192.168.49.2:8443/api/v1/namespaces/default";
    assert_eq!(
        lines("kubectl get pod nope -v=6"),
        [
            "loader.go:407] Config loaded from file:  /home/student/.kube/config".to_owned(),
            format!(
                "round_trippers.go:632] \"Response\" verb=\"GET\" url=\"{url}/pods/nope\" status=\"404 Not Found\" milliseconds=4"
            ),
            "Error from server (NotFound): pods \"nope\" not found".to_owned(),
        ]
    );
    let loud = lines("kubectl create configmap c --from-literal=a=b -v 8");
    for line in [
        "\tAccept: application/json",
        "\tContent-Type: application/json",
        "round_trippers.go:632] \"Response\" status=\"201 Created\" headers=<",
    ] {
        assert!(loud.iter().any(|one| one == line), "{line} in {loud:#?}");
    }
    let sent = format!(
        "\"Request\" verb=\"POST\" url=\"{url}/configmaps?fieldManager=kubectl-create&fieldValidation=Strict\""
    );
    assert!(loud.iter().any(|one| one.contains(&sent)), "{loud:#?}");
    assert!(lines("kubectl get pods -v=9").iter().any(|line| line.contains("curl -v -XGET  -H \"Accept: ")));
    assert_eq!(lines("kubectl get pods -v=1"), ["No resources found in default namespace."]);
}
