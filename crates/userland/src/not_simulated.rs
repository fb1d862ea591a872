//! Programs that real machines have and that do nothing here: each says what to do instead.

use super::prelude::*;

/// What is there in life, but does nothing here.
pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let name = name_of(&p);
    let why = match name.as_str() {
        "apt" | "apt-get" | "apt-cache" | "apk" | "pip" | "npm" | "yarn" | "npx" | "gem" | "bundle" | "composer"
        | "cabal" | "stack" | "lein" => "there is no package archive here; choose an image that has what you need",
        "helm" => "there are no charts here; kubectl applies what 'helm template' prints on a real computer",
        "git" | "scp" | "rsync" => "there is no internet here; what a lesson needs is in the home folder",
        "ssh" => "there is one node, and 'minikube ssh' opens a shell on it",
        "etcdctl" | "etcdutl" => "what the cluster keeps is not in an etcd here: kubectl shows all of it",
        "kubeadm" | "kubelet" => "the control plane is no program here: see it with 'kubectl -n kube-system get pods'",
        "crictl" | "ctr" | "containerd" => "the containers are on the node: 'minikube ssh', then 'sudo crictl ps'",
        "python3" | "python" | "node" | "go" | "gofmt" | "java" | "javac" | "jshell" | "jar" | "gcc" | "g++"
        | "make" | "cargo" | "rustc" | "rustup" | "php" | "ruby" | "irb" | "rake" | "elixir" | "iex" | "mix"
        | "erl" | "swift" | "R" | "Rscript" | "ghc" | "ghci" | "clojure" | "clj" | "groovy" | "groovysh" | "dotnet"
        | "julia" | "mvn" | "gradle" => "no compiler or interpreter but bash, awk, sed and jq is here",
        "docker" => "the cluster's containers are on the node: 'minikube ssh', then 'docker ps'",
        "iptables" | "iptables-save" | "ip6tables" | "ipvsadm" | "nft" | "conntrack" => {
            "kube-proxy's rules are kept elsewhere here: 'kubectl get endpointslices' shows where each Service leads"
        }
        "tcpdump" | "tshark" | "termshark" | "ngrep" => {
            "packets are not captured here: the picture shows the route of the last one, and why it stopped"
        }
        "yq" => "'kubectl get -o json' and jq read the same fields",
        "top" => "'ps aux' shows the processes",
        "sudo" => "you may do here what the lessons need without it",
        _ => "the playground has no such program",
    };
    p.err(&format!("{name}: not simulated: {why}\n")).await;
    p.hint_not_simulated(&name);
    Err(ExitStatus(1))
}
