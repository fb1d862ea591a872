//! Why something went as it did, read off the packet's trace and said in the person's language.

use lesson::Lang;
use network::{AddressKind, DropReason, Hop, RefuseReason, Step, Trace, Verdict};
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
        "apt" | "apt-get" | "apt-cache" | "apk" | "pip" | "npm" | "yarn" | "npx" => {
            "여기에는 패키지 저장소가 없습니다. 필요한 것이 들어 있는 이미지를 고르세요."
        }
        "helm" => {
            "여기에는 chart가 없습니다. 실제 컴퓨터에서 helm template이 출력한 것은 kubectl apply로 적용할 수 있습니다."
        }
        "git" | "scp" | "rsync" => "여기에는 인터넷이 없습니다. 강의에 필요한 파일은 홈 폴더에 있습니다.",
        "ssh" => "노드는 하나이고, minikube ssh로 그 노드의 셸을 열 수 있습니다.",
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
        "top" => "프로세스는 ps aux로 볼 수 있습니다.",
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
