//! Why something went as it did, read off the packet's trace and said in the person's language.

use std::rc::Rc;

use lesson::Lang;
use network::{AddressKind, DropReason, Hop, Proto, RefuseReason, Step, Trace, Verdict};
use playground::{Note, Place, Playground, TraceRecord};

/// What the page says under a command; `None` when it has nothing to say.
pub fn note(note: &Note, playground: &Playground, lang: Lang) -> Option<String> {
    let ko = lang == Lang::Ko;
    let text = match note {
        Note::Trace(id) => return Some(format!("↳ {}", why(&playground.trace(*id)?.trace, lang)?)),
        Note::LeaveToRun { command, place } if ko => match place {
            Place::Laptop => return None,
            place => {
                format!("{command} 명령은 내 컴퓨터에 있습니다. exit(또는 Ctrl-D)로 {place}에서 나간 뒤 입력하세요.")
            }
        },
        Note::LeaveToRun { place: Place::Laptop, .. } => return None,
        Note::LeaveToRun { command, place } => {
            format!("{command} is on your own computer. Leave {place} with exit (or Ctrl-D) first.")
        }
        Note::Misspelt { line, keyboard: true } if ko => {
            format!("한글 자판으로 쳤나요? {line} (Tab을 누르면 바꿉니다)")
        }
        Note::Misspelt { line, keyboard: true } => {
            format!("Typed with the Korean keyboard? {line} (Tab puts it in)")
        }
        Note::Misspelt { line, .. } if ko => format!("혹시 {line}인가요? (Tab을 누르면 바꿉니다)"),
        Note::Misspelt { line, .. } => format!("Did you mean {line}? (Tab puts it in)"),
        // In English the command has said it itself.
        Note::NotSimulated { command } if ko && command == "the internet" => {
            "여기에는 인터넷이 없습니다. 클러스터 안의 이름과 이 컴퓨터들의 이름만 찾을 수 있습니다.".to_owned()
        }
        Note::NotSimulated { command } if ko => not_simulated(command),
        Note::NotSimulated { .. } => return None,
        Note::Placeholder { text } if ko => {
            format!("{text} 자리에는 실제 값을 넣어야 합니다. {}", placeholder(text, lang))
        }
        Note::Placeholder { text } => format!("{text} stands for something to fill in. {}", placeholder(text, lang)),
        Note::Edit { path, awaited: true } if ko => {
            format!(
                "편집기에서 {path} 파일을 고친 뒤 터미널(Alt+3)에서 Enter를 누르면 적용됩니다. Ctrl-C를 누르면 그만둡니다."
            )
        }
        Note::Edit { path, awaited: true } => {
            format!(
                "Change {path} in the editor, then press Enter in the terminal (Alt+3) to apply it. Ctrl-C leaves it as it was."
            )
        }
        Note::Edit { path, .. } if ko => {
            format!("편집기에 {path} 파일을 열었습니다. 고치는 대로 저장됩니다. 터미널로 돌아오려면 Alt+3을 누르세요.")
        }
        Note::Edit { path, .. } => {
            format!("{path} is open in the editor and saved as you type. Alt+3 brings you back to this terminal.")
        }
    };
    Some(format!("↳ {text}"))
}

/// What a command that does nothing here says, in Korean.
fn not_simulated(command: &str) -> String {
    let why = match command {
        // These are here, but not all of what they do.
        "openssl" => return "openssl의 기능은 일부만 있습니다. 여기에 없는 것은 윗줄에 나와 있습니다.".to_owned(),
        "ssh" => {
            return "여기서 ssh로는 노드에만 들어갈 수 있습니다. minikube ssh도 같은 노드의 셸을 엽니다.".to_owned();
        }
        "apt" | "apt-get" | "apt-cache" | "apk" | "pip" | "npm" | "yarn" | "npx" => {
            "여기에는 패키지 저장소가 없습니다. 필요한 것이 들어 있는 이미지를 고르세요."
        }
        "helm" => {
            "여기에는 chart가 없습니다. 실제 컴퓨터에서 helm template이 출력한 것은 kubectl apply로 적용할 수 있습니다."
        }
        "git" | "scp" | "rsync" => "여기에는 인터넷이 없습니다. 강의에 필요한 파일은 홈 폴더에 있습니다.",
        "iptables" | "iptables-save" | "ip6tables" | "ipvsadm" | "nft" | "conntrack" => {
            "Service가 어디로 이어지는지는 kubectl get endpointslices로 볼 수 있습니다."
        }
        "tcpdump" | "tshark" | "termshark" | "ngrep" => {
            "마지막 패킷이 어떤 길로 갔고 왜 멈췄는지는 페이지의 그림에서 볼 수 있습니다."
        }
        "yq" => "같은 필드를 kubectl get -o json과 jq로 읽을 수 있습니다.",
        "kubeadm" | "kubelet" | "etcdctl" | "etcdutl" => {
            "컨트롤 플레인은 kubectl -n kube-system get pods로 볼 수 있습니다."
        }
        "crictl" | "ctr" | "containerd" => {
            "컨테이너는 노드에 있습니다. minikube ssh로 들어가서 sudo crictl ps를 써 보세요."
        }
        "python3" | "python" | "node" | "go" | "java" | "gcc" | "make" => {
            "컴파일러나 인터프리터는 bash, awk, sed, jq만 있습니다."
        }
        "docker" => "컨테이너는 노드에서 볼 수 있습니다. minikube ssh로 들어가서 docker ps를 써 보세요.",
        "kind" | "k3d" | "k3s" | "microk8s" | "k0s" | "kops" => "여기에는 클러스터가 하나 있고, 이미 켜져 있습니다.",
        "kustomize" => "kubectl kustomize와 kubectl apply -k가 같은 일을 합니다.",
        "stern" | "kail" => "여러 Pod의 로그는 kubectl logs -f -l app=NAME --prefix로 볼 수 있습니다.",
        "kubectx" | "kubens" => {
            "kubectl config use-context와 kubectl config set-context --current --namespace=NAME이 같은 일을 합니다."
        }
        "k9s" | "lens" | "octant" => "클러스터는 페이지의 그림에서, 바뀌는 것은 kubectl get pods -w로 볼 수 있습니다.",
        "psql" | "mysql" | "redis-cli" | "mongosh" | "mongo" => {
            "그 프로그램이 들어 있는 이미지로 Pod을 만들고 kubectl exec -it로 실행하세요."
        }
        "tmux" | "screen" => "페이지에서 터미널을 여러 개 열 수 있습니다.",
        "emacs" | "code" => "vim과 nano가 있습니다.",
        "top" | "htop" | "btop" | "glances" => "프로세스는 ps aux로 볼 수 있습니다.",
        "stty" => "화면 크기는 stty size로 볼 수 있습니다.",
        "minikube stop" | "minikube delete" | "minikube pause" | "minikube unpause" => {
            "클러스터는 늘 켜져 있습니다. 처음부터 다시 하려면 페이지의 초기화를 누르세요."
        }
        "minikube node" => "노드는 minikube 하나뿐이고, 더하거나 지울 수 없습니다.",
        "minikube dashboard" => "클러스터는 페이지의 그림에서 볼 수 있습니다.",
        _ => "이 playground에는 그 프로그램이 없습니다.",
    };
    format!("{command} 명령은 여기서 흉내 내지 않습니다. {why}")
}

fn placeholder(text: &str, lang: Lang) -> &'static str {
    match (text.contains("PORT"), lang) {
        (true, Lang::Ko) => "kubectl get service에서 80: 뒤의 숫자를 넣으세요.",
        (true, Lang::En) => "Put the number after 80: from kubectl get service.",
        (false, Lang::Ko) => "kubectl get pod -o wide에 나온 IP를 넣으세요.",
        (false, Lang::En) => "Put an IP from kubectl get pod -o wide.",
    }
}

/// The Service's name in the name of a virtual server such as `default/my-nginx:http`.
pub fn service_name(server: &str) -> &str {
    let server = server.split(':').next().unwrap_or(server);
    server.rsplit('/').next().unwrap_or(server)
}

/// The Service's namespace and name in the name of a virtual server.
pub fn service_key(server: &str) -> (&str, &str) {
    let server = server.split(':').next().unwrap_or(server);
    server.split_once('/').unwrap_or(("", server))
}

/// A packet's way in one line: its stops, how it ended, and whether well. `pod` knows a Pod's name by its address.
pub fn line(record: &TraceRecord, pod: &dyn Fn(String) -> String, t: &super::Texts) -> (Vec<String>, String, bool) {
    let trace = &record.trace;
    let mut stops = vec![record.program.clone()];
    for hop in &trace.hops {
        match &hop.step {
            Step::Translate { server, kind, .. } => {
                match kind {
                    AddressKind::HostPort => stops.push("NodePort".to_owned()),
                    AddressKind::ContainerPort => stops.push("hostPort".to_owned()),
                    AddressKind::Virtual | AddressKind::External => {}
                }
                // The Pod whose port it is comes at the end.
                stops.extend((*kind != AddressKind::ContainerPort).then(|| service_name(server).to_owned()));
            }
            Step::Reject { server, .. } => stops.push(service_name(server).to_owned()),
            _ => {}
        }
    }
    let end = match &trace.verdict {
        Verdict::Deliver { dst, .. } => format!("{} {}", pod(dst.to_string()), t.answered),
        Verdict::HostUnreachable { target, .. } => (t.nobody_answers)(&target.to_string()),
        Verdict::Refuse(RefuseReason::NothingListens { port, .. }) => {
            format!("{}: {}", pod(trace.to.to_string()), (t.nothing_listens)(*port))
        }
        Verdict::Refuse(RefuseReason::NoEndpoints { .. }) => t.no_endpoints.to_owned(),
        Verdict::Drop(DropReason::Internet) => format!("{}: {}", trace.to, t.internet),
        Verdict::Drop(DropReason::Filtered { policies, .. }) => (t.filtered)(&policy_names(policies)),
        _ => format!("{}: {}", trace.to, t.no_route),
    };
    (stops, end, trace.delivered())
}

/// Why a packet did not arrive, and what to do about it; `None` when it arrived.
pub fn why(trace: &Trace, lang: Lang) -> Option<String> {
    let ko = lang == Lang::Ko;
    let to = trace.to;
    let from_laptop = trace.hops.first().is_some_and(|hop| &*hop.name == "laptop");
    Some(match &trace.verdict {
        Verdict::Deliver { .. } => return None,
        Verdict::HostUnreachable { target, host, .. } => {
            let hop = trace.hops.iter().rev().find(|hop| hop.host == *host);
            let name = hop.map_or("", |hop| &*hop.name);
            let interface = hop.map_or("", |hop| &*hop.interface);
            match (name == "laptop", ko) {
                (true, true) => format!(
                    "왜? {target} 주소는 클러스터 안에 있습니다. 이 컴퓨터가 {interface}에서 \"{target}, 누구인가요?\" 하고 물었지만 아무도 답하지 않았습니다(No route to host). minikube ssh로 들어가서 해 보세요."
                ),
                (true, false) => format!(
                    "Why? {target} is an address inside the cluster. This computer asked on its own {interface} who has {target}, and nobody answered (No route to host). Try it from inside: minikube ssh."
                ),
                (false, true) => format!(
                    "왜? {name}에서 {target} 주소를 찾았지만 그 주소를 가진 Pod이 없습니다. 지금의 IP는 kubectl get pod -o wide에 있습니다."
                ),
                (false, false) => format!(
                    "Why? {name} looked for {target}, but no Pod has that address. kubectl get pod -o wide shows the ones there are."
                ),
            }
        }
        Verdict::Drop(DropReason::Internet) => match (from_laptop, ko) {
            (true, true) => format!(
                "왜? 이 컴퓨터에는 {to} 주소로 가는 경로가 없어서 인터넷 쪽으로 나갔고, 거기서는 아무도 답하지 않습니다. 이 주소는 클러스터 안에서만 통합니다."
            ),
            (true, false) => format!(
                "Why? This computer has no route to {to}, so the packet left for the internet, where nobody answers. The address works only inside the cluster."
            ),
            (false, true) => format!(
                "왜? {to} 주소는 클러스터에 없어서 인터넷으로 나갔습니다. 여기서는 인터넷을 흉내 내지 않습니다."
            ),
            (false, false) => {
                format!(
                    "Why? {to} is no address of the cluster, so the packet left for the internet, which is not simulated."
                )
            }
        },
        Verdict::Refuse(RefuseReason::NothingListens { port, .. }) => {
            let at = trace.hops.last().map_or("", |hop| &*hop.name);
            if ko {
                format!("왜? {at}까지는 갔지만 {port}번 포트를 열어 둔 프로그램이 없습니다.")
            } else {
                format!("Why? It got as far as {at}, but nothing listens on port {port} there.")
            }
        }
        Verdict::Refuse(RefuseReason::NoEndpoints { server }) => {
            let name = service_name(server);
            if ko {
                format!(
                    "왜? Service {name} 뒤에 준비된 Pod이 없습니다. selector와 Pod의 label이 같은지 비교해 보세요: kubectl describe service {name}"
                )
            } else {
                format!(
                    "Why? No ready Pod is behind the Service {name}. Compare its selector with the Pods' labels: kubectl describe service {name}"
                )
            }
        }
        Verdict::Drop(DropReason::Filtered { .. }) => return filtered(trace, ko),
        Verdict::Drop(DropReason::NotForwarding { .. }) => {
            let at = trace.hops.last().map_or("", |hop| &*hop.name);
            if ko {
                format!(
                    "왜? {at}에 도착했지만 {at}의 주소가 아니고, 여기서는 다른 곳으로 가는 패킷을 전달하지 않습니다."
                )
            } else {
                format!("Why? It came to {at}, which does not have the address and passes nothing on.")
            }
        }
        Verdict::Drop(DropReason::Loop) if ko => "왜? 같은 곳을 맴돌다가 버려졌습니다.".to_owned(),
        Verdict::Drop(DropReason::Loop) => "Why? It went round in circles and was dropped.".to_owned(),
        Verdict::Drop(DropReason::NoSender) if ko => "왜? 보낸 곳이 사라졌습니다.".to_owned(),
        Verdict::Drop(DropReason::NoSender) => "Why? The sender is gone.".to_owned(),
        Verdict::NetworkUnreachable { .. } if ko => format!("왜? 여기에는 {to} 주소로 가는 경로가 없습니다."),
        Verdict::NetworkUnreachable { .. } => format!("Why? There is no route to {to} from here."),
        Verdict::TtlExceeded { from } if ko => format!("왜? 너무 많은 곳을 거쳐 {from}에서 버려졌습니다."),
        Verdict::TtlExceeded { from } => format!("Why? It passed too many routers and was dropped at {from}."),
    })
}

/// The names of policies, without their namespace.
pub fn policy_names(policies: &[Rc<str>]) -> String {
    policies.iter().map(|policy| service_name(policy)).collect::<Vec<_>>().join(", ")
}

/// Which NetworkPolicies stopped a packet, and what would let it pass; `None` if none did.
fn filtered(trace: &Trace, ko: bool) -> Option<String> {
    let Verdict::Drop(DropReason::Filtered { inbound, name, peer, port, policies, .. }) = &trace.verdict else {
        return None;
    };
    let (namespace, pod) = service_key(name);
    let names = policy_names(policies);
    let look = format!("kubectl describe networkpolicy -n {namespace}");
    let to = if trace.proto == Proto::Icmp { peer.to_string() } else { format!("{peer}:{port}") };
    let mut text = match (inbound, ko) {
        (true, true) => format!(
            "왜? NetworkPolicy {names} 때문에 Pod {pod}에는 허용된 연결만 들어올 수 있는데, {peer}에서 오는 이 연결을 허용하는 규칙이 없습니다. 막힌 연결에는 답이 없으므로 시간 초과가 됩니다. 규칙 보기: {look}"
        ),
        (true, false) => format!(
            "Why? NetworkPolicy {names} lets only allowed connections into the Pod {pod}, and no rule allows this one from {peer}. Nothing answers a connection that is stopped, so it times out. See the rules: {look}"
        ),
        (false, true) => format!(
            "왜? NetworkPolicy {names} 때문에 Pod {pod}에서는 허용된 연결만 나갈 수 있는데, {to}로 가는 이 연결을 허용하는 규칙이 없습니다. 막힌 연결에는 답이 없으므로 시간 초과가 됩니다. 규칙 보기: {look}"
        ),
        (false, false) => format!(
            "Why? NetworkPolicy {names} lets only allowed connections out of the Pod {pod}, and no rule allows this one to {to}. Nothing answers a connection that is stopped, so it times out. See the rules: {look}"
        ),
    };
    if *port == 53 && !inbound {
        text.push_str(if ko {
            " Service의 이름을 찾으려면 53번 포트(UDP와 TCP)로 DNS에 나가는 것도 허용해야 합니다."
        } else {
            " To look up a Service's name, a Pod must be allowed out to DNS, too: port 53, UDP and TCP."
        });
    }
    Some(text)
}

/// A hop in a few words.
#[derive(Clone, PartialEq, Debug)]
pub struct HopText {
    /// Where.
    pub host: String,
    /// What happened there.
    pub text: String,
    /// It ended here, badly.
    pub bad: bool,
    /// It ended here, well.
    pub good: bool,
}

/// The hops of a packet that say something, in a few words each.
pub fn story(trace: &Trace, lang: Lang) -> Vec<HopText> {
    let last = trace.hops.len().saturating_sub(1);
    let told = trace.hops.iter().enumerate().filter_map(|(index, hop)| {
        let (text, bad) = hop_text(hop, lang)?;
        Some(HopText { host: hop.name.to_string(), text, bad, good: index == last && trace.delivered() })
    });
    let mut told: Vec<HopText> = told.collect();
    if !trace.delivered()
        && let Some(hop) = told.last_mut()
    {
        hop.bad = true;
    }
    told
}

fn hop_text(hop: &Hop, lang: Lang) -> Option<(String, bool)> {
    let ko = lang == Lang::Ko;
    let interface = &hop.interface;
    Some(match &hop.step {
        Step::OwnAddress { .. } if ko => ("자기 자신".to_owned(), false),
        Step::OwnAddress { .. } => ("itself".to_owned(), false),
        Step::Translate { server, kind: AddressKind::ContainerPort, to: (ip, port), .. } => {
            (format!("Pod {} (hostPort) ⇒ {ip}:{port}", service_name(server)), false)
        }
        Step::Translate { server, kind, to, choices, .. } => {
            let name = service_name(server);
            let what = match kind {
                AddressKind::External => "external IP",
                AddressKind::HostPort => "NodePort",
                AddressKind::Virtual | AddressKind::ContainerPort => "ClusterIP",
            };
            let (ip, port) = to;
            if ko {
                (format!("Service {name} ({what}) ⇒ {ip}:{port}, {choices}개 중 하나"), false)
            } else {
                (format!("Service {name} ({what}) ⇒ {ip}:{port}, one of {choices}"), false)
            }
        }
        Step::Reject { server, .. } if ko => (format!("Service {}: 연결된 Pod 없음", service_name(server)), true),
        Step::Reject { server, .. } => (format!("Service {}: no Pod behind it", service_name(server)), true),
        Step::Route { destination, .. } if destination.prefix_len() == 0 => {
            (if ko { format!("기본 경로, {interface}") } else { format!("default route, {interface}") }, false)
        }
        Step::Route { destination, .. } => (
            if ko { format!("{destination} 경로, {interface}") } else { format!("route {destination}, {interface}") },
            false,
        ),
        Step::Filter { allowed_by: Some(policy), .. } => {
            let name = service_name(policy);
            (if ko { format!("NetworkPolicy {name}: 허용") } else { format!("NetworkPolicy {name} allows it") }, false)
        }
        Step::Filter { allowed_by: None, policies, .. } => {
            let names = policy_names(policies);
            (if ko { format!("NetworkPolicy {names}: 막음") } else { format!("NetworkPolicy {names} stops it") }, true)
        }
        Step::NoRoute => (if ko { "경로 없음" } else { "no route" }.to_owned(), true),
        Step::Arp { target, answer: None, .. } => {
            (if ko { format!("{target}에게서 응답 없음") } else { format!("nobody answers for {target}") }, true)
        }
        Step::NotForwarding => (if ko { "전달하지 않음" } else { "not passed on" }.to_owned(), true),
        Step::TtlExceeded => (if ko { "TTL 다함" } else { "TTL ended" }.to_owned(), true),
        Step::Listener { port, listener: Some(_) } => {
            (if ko { format!("{port}번 포트") } else { format!("port {port}") }, false)
        }
        Step::Listener { port, listener: None } => (
            if ko {
                format!("{port}번 포트: 열려 있지 않음")
            } else {
                format!("port {port}: nothing listens")
            },
            true,
        ),
        Step::Echo => (if ko { "응답" } else { "answers" }.to_owned(), false),
        Step::Internet => (if ko { "인터넷" } else { "the internet" }.to_owned(), false),
        Step::Masquerade { .. } | Step::Arp { .. } | Step::Arrive { .. } | Step::Forward { .. } => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use network::{HostId, Packet};
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    /// A packet that a policy of its receiver, or of its sender, stops.
    fn stopped(inbound: bool, port: u16) -> Trace {
        let policies: Rc<[Rc<str>]> = [Rc::from("shop/deny"), Rc::from("shop/only-web")].into();
        let (of, peer) = (Ipv4Addr::new(172, 17, 0, 4), Ipv4Addr::new(172, 17, 0, 5));
        let packet = Packet::new(Proto::Tcp, of, port);
        let step = Step::Filter { inbound, allowed_by: None, policies: policies.clone() };
        Trace {
            from: HostId(1),
            source: peer,
            to: packet.dst,
            port,
            proto: packet.proto,
            hops: vec![Hop { host: HostId(1), name: "stranger".into(), interface: "".into(), step }],
            verdict: Verdict::Drop(DropReason::Filtered { inbound, name: "shop/web".into(), of, peer, port, policies }),
        }
    }

    #[wasm_bindgen_test]
    fn a_policy_that_stops_a_packet_is_named_in_both_languages() {
        for (inbound, port, lang, words) in [
            (true, 80, Lang::En, ["NetworkPolicy deny, only-web", "into the Pod web", "from 172.17.0.5", "-n shop"]),
            (true, 80, Lang::Ko, ["NetworkPolicy deny, only-web", "Pod web에는", "172.17.0.5에서 오는", "-n shop"]),
            (false, 443, Lang::En, ["NetworkPolicy deny, only-web", "out of the Pod web", "172.17.0.5:443", "-n shop"]),
            (false, 443, Lang::Ko, ["NetworkPolicy deny, only-web", "Pod web에서는", "172.17.0.5:443로", "-n shop"]),
            (false, 53, Lang::En, ["allowed out to DNS, too", "port 53", "UDP and TCP", "-n shop"]),
            (false, 53, Lang::Ko, ["Service의 이름을 찾으려면", "53번 포트", "UDP와 TCP", "-n shop"]),
        ] {
            let text = why(&stopped(inbound, port), lang).unwrap_or_default();
            for word in words {
                assert!(text.contains(word), "{text} lacks {word}");
            }
        }
        let story = story(&stopped(true, 80), Lang::Ko);
        assert_eq!((story[0].text.as_str(), story[0].bad), ("NetworkPolicy deny, only-web: 막음", true));
    }
}
