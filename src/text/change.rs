//! What changed last, in a sentence: what happened to which Pod, who did it and why, as far as the numbers of Pods say it.

use lesson::Lang;

use super::trouble;
use crate::session::{Change, What};

/// Words, and whether they are the ones to look at.
pub type Part = (bool, String);

/// The sentence.
pub fn sentence(change: &Change, lang: Lang) -> Vec<Part> {
    match lang {
        Lang::Ko => korean(change),
        Lang::En => english(change),
    }
}

/// Which controller makes the Pods of a workload of this kind.
fn maker(kind: &str) -> &'static str {
    match kind {
        "Deployment" | "ReplicaSet" => "ReplicaSet controller",
        "ReplicationController" => "replication controller",
        "StatefulSet" => "StatefulSet controller",
        "DaemonSet" => "DaemonSet controller",
        _ => "Job controller",
    }
}

fn why(change: &Change, lang: Lang) -> String {
    change.pod.trouble.as_ref().map(|it| trouble::on_card(it, None, lang)).unwrap_or_default()
}

/// The address of a single Pod that is ready.
fn address(change: &Change) -> &str {
    change.pod.ip.as_deref().filter(|_| change.more == 0).unwrap_or_default()
}

fn english(change: &Change) -> Vec<Part> {
    let one = change.more == 0;
    let names = match change.more {
        0 => format!("Pod {}", change.pod.short_name()),
        more => format!("Pod {} and {more} more", change.pod.short_name()),
    };
    let whose = change.pod.owner.as_ref().map(|(_, owner)| format!(" of {owner}")).unwrap_or_default();
    let told = match &change.what {
        What::Made => {
            let Some((kind, _)) = &change.pod.owner else {
                return vec![(true, names), (false, if one { " is new" } else { " are new" }.to_owned())];
            };
            let reason = match change.had {
                Some((0, want)) => format!(": {want} wanted"),
                Some((have, want)) => format!(": only {have} of {want} were there"),
                None => String::new(),
            };
            return vec![
                (true, maker(kind).to_owned()),
                (false, " made ".to_owned()),
                (true, names),
                (false, format!("{whose}{reason}")),
            ];
        }
        What::Ending => {
            if one { " is being stopped by the kubelet" } else { " are being stopped by the kubelet" }.to_owned()
        }
        What::Done => if one { " has done its work" } else { " have done their work" }.to_owned(),
        What::Gone => if one { " is gone" } else { " are gone" }.to_owned(),
        What::Ready => match (address(change), one) {
            ("", true) => " is ready".to_owned(),
            ("", false) => " are ready".to_owned(),
            (ip, _) => format!(" is ready at {ip}"),
        },
        What::Fails => format!("{}: {}", if one { " fails" } else { " fail" }, why(change, Lang::En)),
    };
    vec![(true, names), (false, format!("{whose}{told}"))]
}

/// The names come last: which particle follows a name depends on how it is said.
fn korean(change: &Change) -> Vec<Part> {
    let names = match change.more {
        0 => change.pod.short_name().to_owned(),
        more => format!("{} 외 {more}개", change.pod.short_name()),
    };
    let whose = change.pod.owner.as_ref().map(|(_, owner)| format!("{owner}의 ")).unwrap_or_default();
    let told = match &change.what {
        What::Made => {
            let Some((kind, _)) = &change.pod.owner else {
                return vec![(false, "새 Pod이 생겼습니다: ".to_owned()), (true, names)];
            };
            let reason = match change.had {
                Some((0, want)) => format!("{want}개가 필요해서 "),
                Some((have, want)) => format!("{want}개 중 {have}개만 있어서 "),
                None => String::new(),
            };
            return vec![
                (true, maker(kind).to_owned()),
                (false, format!("가 {reason}{whose}Pod을 만들었습니다: ")),
                (true, names),
            ];
        }
        What::Ending => "kubelet이 {}Pod을 끝내는 중입니다: ",
        What::Done => "{}Pod이 할 일을 마쳤습니다: ",
        What::Gone => "{}Pod이 사라졌습니다: ",
        What::Ready => "{}Pod이 준비되었습니다: ",
        What::Fails => "{}Pod에 문제가 있습니다: ",
    };
    let after = match &change.what {
        What::Fails => format!(" · {}", why(change, Lang::Ko)),
        What::Ready if !address(change).is_empty() => format!(" · {}", address(change)),
        _ => String::new(),
    };
    vec![(false, told.replace("{}", &whose)), (true, names), (false, after)]
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::session::{PodView, Trouble};

    #[wasm_bindgen_test]
    fn a_change_is_a_sentence_in_both_languages() {
        let pod = |owner: Option<&str>, trouble: Option<Trouble>| {
            Rc::new(PodView {
                name: if owner.is_some() { "web-7957885594-hqdmz" } else { "bad" }.to_owned(),
                ip: Some("172.17.0.6".to_owned()),
                owner: owner.map(|name| ("Deployment", name.to_owned())),
                trouble,
                ..PodView::default()
            })
        };
        let web = || pod(Some("web"), None);
        for (what, pod, more, had, en, ko) in [
            (
                What::Made,
                web(),
                0,
                Some((1, 2)),
                "ReplicaSet controller made Pod hqdmz of web: only 1 of 2 were there",
                "ReplicaSet controller가 2개 중 1개만 있어서 web의 Pod을 만들었습니다: hqdmz",
            ),
            (
                What::Made,
                web(),
                2,
                Some((0, 3)),
                "ReplicaSet controller made Pod hqdmz and 2 more of web: 3 wanted",
                "ReplicaSet controller가 3개가 필요해서 web의 Pod을 만들었습니다: hqdmz 외 2개",
            ),
            (What::Made, pod(None, None), 0, None, "Pod bad is new", "새 Pod이 생겼습니다: bad"),
            (
                What::Ready,
                web(),
                0,
                None,
                "Pod hqdmz of web is ready at 172.17.0.6",
                "web의 Pod이 준비되었습니다: hqdmz · 172.17.0.6",
            ),
            (
                What::Gone,
                web(),
                1,
                None,
                "Pod hqdmz and 1 more of web are gone",
                "web의 Pod이 사라졌습니다: hqdmz 외 1개",
            ),
            (
                What::Fails,
                pod(None, Some(Trouble::NoImage("nginx:nope".to_owned()))),
                0,
                None,
                "Pod bad fails: no such image: nginx:nope",
                "Pod에 문제가 있습니다: bad · 없는 이미지: nginx:nope",
            ),
        ] {
            let change = Change { what, pod, more, had };
            for (lang, told) in [(Lang::En, en), (Lang::Ko, ko)] {
                let words: String = sentence(&change, lang).into_iter().map(|(_, words)| words).collect();
                assert_eq!(words, told);
            }
        }
    }
}
