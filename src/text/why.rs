//! Why an object is not well: from the symptom to the cause, each with the command that shows it.

use lesson::Lang;

use crate::session::{ClaimView, PodView, ServiceView, Trouble};

/// One link of the chain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// What is so.
    pub text: String,
    /// The command that shows it.
    pub command: String,
}

fn link(lang: Lang, ko: String, en: String, command: String) -> Link {
    Link { text: if lang == Lang::Ko { ko } else { en }, command }
}

/// ` -n NAMESPACE`, where it is needed.
fn within(namespace: &str) -> String {
    if namespace == "default" { String::new() } else { format!(" -n {namespace}") }
}

/// Why a Pod is not well, the cause last; nothing for one that is.
#[inline(never)]
pub fn pod(pod: &PodView, lang: Lang) -> Vec<Link> {
    let Some(trouble) = &pod.trouble else { return Vec::new() };
    let (name, within) = (&pod.name, within(&pod.namespace));
    let get = format!("kubectl get pod {name}{within}");
    let describe = format!("kubectl describe pod {name}{within}");
    let images = format!("{get} -o jsonpath='{{.spec.containers[*].image}}'");
    let logs = format!("kubectl logs {name}{within} --previous");
    let status = &pod.status;
    let say = |ko: String, en: String, command: &str| link(lang, ko, en, command.to_owned());
    let not_started = say(
        format!("컨테이너가 시작하지 못했습니다 ({status})."),
        format!("The container has not started ({status})."),
        &get,
    );
    let pulls = say(
        "kubelet이 이미지를 받다가 실패했고, 점점 더 기다렸다가 다시 받습니다.".into(),
        "The kubelet failed to pull the image, and tries again after longer and longer waits.".into(),
        &describe,
    );
    let pending = say(
        "Pod이 노드를 얻지 못해 Pending입니다.".into(),
        "The Pod is Pending: it has no node.".into(),
        &format!("{get} -o wide"),
    );
    match trouble {
        Trouble::NoImage(image) => {
            let (repository, tag) = image.rsplit_once(':').unwrap_or((image, "latest"));
            vec![
                not_started,
                pulls,
                say(
                    format!("{repository} 이미지에 {tag} tag가 없거나, 그런 이미지가 없습니다."),
                    format!("There is no image {repository}, or it has no tag {tag}."),
                    &images,
                ),
            ]
        }
        Trouble::PullFailed(image) => vec![
            not_started,
            pulls,
            say(
                format!(
                    "{image} 이미지를 받을 수 없습니다. 이름이 틀렸거나, 실제로는 있어도 이 playground에는 없는 이미지입니다."
                ),
                format!("{image} cannot be pulled: the name is wrong, or the image exists but not in this playground."),
                &describe,
            ),
        ],
        Trouble::ImageName(image) => vec![
            not_started,
            say(
                format!("이미지 이름으로 쓸 수 없습니다: \"{image}\""),
                format!("\"{image}\" is no image name."),
                &images,
            ),
        ],
        Trouble::NeverPulled(image) => vec![
            not_started,
            say(
                format!("노드에 {image} 이미지가 없고, imagePullPolicy가 Never라서 받지도 않습니다."),
                format!("The node does not have {image}, and imagePullPolicy Never forbids pulling it."),
                &format!("{get} -o yaml"),
            ),
        ],
        Trouble::NoRoom(asked) => vec![
            pending,
            say(
                "scheduler가 자리가 있는 노드를 찾지 못했습니다.".into(),
                "The scheduler found no node with room for it.".into(),
                &describe,
            ),
            say(
                format!("requests는 {asked}, 그만큼 남아 있는 노드가 없습니다."),
                format!("It requests {asked}, and no node has as much left."),
                "kubectl describe node",
            ),
        ],
        Trouble::NoNode(reason) => vec![
            pending,
            say(
                format!("scheduler가 고를 수 있는 노드가 없습니다: {reason}"),
                format!("The scheduler may choose no node: {reason}"),
                &describe,
            ),
        ],
        Trouble::VolumeWaiting(claim) => vec![
            pending,
            say(
                format!("이 Pod이 쓰는 PVC가 아직 PV와 연결되지 않았습니다: {claim}"),
                format!("Its PVC {claim} is not bound to a PV yet."),
                &format!("kubectl describe pvc {claim}{within}"),
            ),
        ],
        Trouble::Missing(kind, missing) => {
            let word = crate::session::word_of(kind);
            let first = if pod.node.is_empty() { pending } else { not_started };
            vec![
                first,
                say(
                    format!("이 Pod에 필요한 {kind} 오브젝트가 없습니다: {missing}"),
                    format!("It needs the {kind} {missing}, which does not exist."),
                    &format!("kubectl get {word} {missing}{within}"),
                ),
            ]
        }
        Trouble::CannotStart(message) => vec![not_started, say(message.clone(), message.clone(), &describe)],
        Trouble::Exited { code, .. } => vec![
            say(
                format!("컨테이너가 자꾸 끝나고 다시 시작합니다 (재시작 {}).", pod.restarts),
                format!("The container ends again and again (restarts {}).", pod.restarts),
                &get,
            ),
            say(
                format!("첫 프로세스가 끝났습니다 (exit code {code})."),
                format!("Its first process ended with exit code {code}."),
                &describe,
            ),
            say(
                "왜 끝났는지는 프로그램이 남긴 로그에 있습니다.".into(),
                "Why it ended is in what the program wrote to its log.".into(),
                if pod.restarts > 0 { &logs } else { logs.trim_end_matches(" --previous") },
            ),
        ],
        Trouble::NotReady => vec![
            say(
                "컨테이너는 실행 중이지만 아직 준비되지 않아, Service가 보내지 않습니다.".into(),
                "The container runs but is not ready, so no Service sends anything to it.".into(),
                &get,
            ),
            say(
                "readinessProbe가 아직 성공하지 않았습니다.".into(),
                "Its readinessProbe has not succeeded.".into(),
                &describe,
            ),
        ],
        Trouble::Ended(reason) => {
            vec![say(format!("Pod이 실패로 끝났습니다: {reason}"), format!("The Pod has failed: {reason}"), &describe)]
        }
    }
}

/// Why nothing is behind a Service; nothing for one that works.
#[inline(never)]
pub fn service(service: &ServiceView, matched: bool, lang: Lang) -> Vec<Link> {
    if service.works() || service.kind == "ExternalName" {
        return Vec::new();
    }
    let (name, within) = (&service.name, within(&service.namespace));
    let say = |ko: String, en: String, command: String| link(lang, ko, en, command);
    let first = say(
        "Service 뒤에 연결된 Pod이 없습니다.".into(),
        "No Pod is behind the Service.".into(),
        format!("kubectl describe service {name}{within}"),
    );
    let selector = service.selector_text();
    let cause = if service.selector.is_empty() {
        say(
            "selector가 없어서 Pod을 고르지 않습니다.".into(),
            "It has no selector, so it chooses no Pods.".into(),
            format!("kubectl get service {name}{within} -o yaml"),
        )
    } else if matched {
        say(
            format!("label이 {selector}인 Pod은 있지만, 준비된(READY) 것이 없습니다."),
            format!("There are Pods with {selector}, but none is READY."),
            format!("kubectl get pod -l {selector}{within}"),
        )
    } else {
        say(
            format!("label이 {selector}인 Pod이 없습니다. Pod의 label과 비교해 보세요."),
            format!("No Pod has the labels {selector}. Compare them with those of the Pods."),
            format!("kubectl get pod --show-labels{within}"),
        )
    };
    vec![first, cause]
}

/// Why a claim has no volume; nothing for one that has.
#[inline(never)]
pub fn claim(claim: &ClaimView, lang: Lang) -> Vec<Link> {
    let (name, within) = (&claim.name, within(&claim.namespace));
    let say = |ko: &str, en: &str, command: String| link(lang, ko.into(), en.into(), command);
    if claim.ending {
        return vec![say(
            "Pod이 아직 쓰고 있어서 지워지지 않고 기다립니다 (pvc-protection).",
            "A Pod still uses it, so its deletion waits (pvc-protection).",
            format!("kubectl describe pvc {name}{within}"),
        )];
    }
    if claim.phase != "Pending" {
        return Vec::new();
    }
    vec![
        say(
            "맞는 PV와 아직 연결되지 않았습니다.",
            "It is not bound to a PV yet.",
            format!("kubectl get pvc {name}{within}"),
        ),
        say(
            "StorageClass가 PV를 만들지 않았거나 맞는 PV가 없습니다. 이유는 Events에 있습니다.",
            "Its StorageClass has made no PV, or no PV fits. The Events say why.",
            format!("kubectl describe pvc {name}{within}"),
        ),
    ]
}
