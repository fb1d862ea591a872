//! What a component decided, in a sentence.

use lesson::Lang;
use playground::Step;

/// One component's one decision as a sentence.
pub fn sentence(step: &Step, lang: Lang) -> String {
    let (name, subject) = component(&step.component);
    // Some components do all their work at once, about no object of its own.
    let about = step.key.as_str();
    match (lang, about) {
        (Lang::En, "") => return format!("{name}: {}", step.summary),
        (Lang::En, about) => return format!("{name}: {} ({about})", step.summary),
        (Lang::Ko, _) => {}
    }
    let parts: Vec<Option<String>> = step.summary.split(", ").map(done).collect();
    if parts.iter().all(Option::is_some) {
        return format!("{name}{subject} {}.", joined(parts.into_iter().flatten().collect()));
    }
    match told(&step.summary) {
        Some(text) if about.is_empty() => format!("{name}: {text}"),
        Some(text) => format!("{name}: {about} · {text}"),
        None => format!("{name}{subject} {}에 대해 알렸습니다: {}", step.key, step.summary),
    }
}

/// A component's name as people say it, with the Korean particle of a subject.
fn component(name: &str) -> (String, &'static str) {
    match name {
        "replicaset-controller" => ("ReplicaSet controller".to_owned(), "가"),
        "deployment-controller" => ("Deployment controller".to_owned(), "가"),
        "statefulset-controller" => ("StatefulSet controller".to_owned(), "가"),
        "daemonset-controller" => ("DaemonSet controller".to_owned(), "가"),
        "default-scheduler" => ("scheduler".to_owned(), "가"),
        "kubelet" => ("kubelet".to_owned(), "이"),
        other => (other.replace("-controller", " controller"), "가"),
    }
}

/// `created Pod web-1`, as a Korean verb that other verbs may follow: without its ending.
fn done(part: &str) -> Option<String> {
    const VERBS: [(&str, &str, &str); 7] = [
        ("updated the status of ", "의 status를", "갱신"),
        ("created ", "", "생성"),
        ("updated ", "", "수정"),
        ("changed ", "", "수정"),
        ("deleted ", "", "삭제"),
        ("finalized ", "", "정리"),
        ("bound ", "", "배치"),
    ];
    let (verb, of, does) = VERBS.iter().find(|(verb, ..)| part.starts_with(verb))?;
    let rest = &part[verb.len()..];
    let (first, second) = rest.split_once(' ')?;
    let object = |kind: &str| if of.is_empty() { particle(kind) } else { of };
    if let Ok(count) = first.parse::<u32>() {
        let kind = second.strip_suffix('s').unwrap_or(second);
        return Some(format!("{kind} {count}개{} {does}", if of.is_empty() { "를" } else { of }));
    }
    if let Some((pod, node)) = second.split_once(" to ").filter(|_| *does == "배치") {
        return Some(format!("{pod} Pod을 {node} 노드에 {does}"));
    }
    Some(format!("{second} {first}{} {does}", object(first)))
}

fn joined(mut parts: Vec<String>) -> String {
    let last = parts.pop().unwrap_or_default();
    let before: String = parts.iter().map(|part| format!("{part}하고, ")).collect();
    format!("{before}{last}했습니다")
}

/// The Korean particle of an object after a kind's name, by how the name is said.
fn particle(kind: &str) -> &'static str {
    let closed = ["Pod", "Set", "Claim", "Volume", "Map", "Job", "Secret", "Quota"];
    if closed.iter().any(|end| kind.ends_with(end)) && !kind.ends_with("Quota") { "을" } else { "를" }
}

/// What the kubelet and the scheduler say in Events.
fn told(summary: &str) -> Option<String> {
    const SAYINGS: [(&str, &str); 10] = [
        ("Pulling image ", "이미지를 받기 시작했습니다"),
        ("Successfully pulled image ", "이미지를 다 받았습니다"),
        ("Container image ", "이미지가 이미 노드에 있습니다"),
        ("Created container", "컨테이너를 만들었습니다"),
        ("Container created", "컨테이너를 만들었습니다"),
        ("Started container", "컨테이너를 시작했습니다"),
        ("Container started", "컨테이너를 시작했습니다"),
        ("Stopping container", "컨테이너를 멈추는 중입니다"),
        ("synced the rules of ", "Service의 규칙을 노드에 반영했습니다"),
        ("filters the traffic of ", "NetworkPolicy를 노드에 반영했습니다"),
    ];
    let (_, text) = SAYINGS.iter().find(|(start, _)| summary.starts_with(start))?;
    let quoted = summary.split('"').nth(1).map(|name| format!(": {name}")).unwrap_or_default();
    Some(format!("{text}{quoted}"))
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn decisions_are_sentences_in_both_languages() {
        let told = |component: &str, summary: &str, lang| {
            let step = Step {
                at: sim::Time::default(),
                component: component.to_owned(),
                key: "default/web".to_owned(),
                summary: summary.to_owned(),
            };
            sentence(&step, lang)
        };
        for (component, summary, ko) in [
            ("replicaset-controller", "created Pod web-1", "ReplicaSet controller가 web-1 Pod을 생성했습니다."),
            ("replicaset-controller", "created 3 Pods", "ReplicaSet controller가 Pod 3개를 생성했습니다."),
            (
                "deployment-controller",
                "created ReplicaSet web-5, updated the status of Deployment web",
                "Deployment controller가 web-5 ReplicaSet을 생성하고, web Deployment의 status를 갱신했습니다.",
            ),
            (
                "default-scheduler",
                "bound Pod web-1 to minikube",
                "scheduler가 web-1 Pod을 minikube 노드에 배치했습니다.",
            ),
            (
                "kubelet",
                "Pulling image \"nginx:1.14.2\"",
                "kubelet: default/web · 이미지를 받기 시작했습니다: nginx:1.14.2",
            ),
            (
                "default-scheduler",
                "0/1 nodes are available",
                "scheduler가 default/web에 대해 알렸습니다: 0/1 nodes are available",
            ),
        ] {
            assert_eq!(told(component, summary, Lang::Ko), ko);
        }
        assert_eq!(
            told("replicaset-controller", "created Pod web-1", Lang::En),
            "ReplicaSet controller: created Pod web-1 (default/web)"
        );
    }
}
