//! What is wrong with a Pod, in the few words that a card has room for; and what changed last.

use lesson::Lang;

use crate::session::{Change, Trouble, What};

/// The words on a card; `left` are the seconds until the next try.
pub fn on_card(trouble: &Trouble, left: Option<u64>, lang: Lang) -> String {
    match lang {
        Lang::Ko => korean(trouble, left),
        Lang::En => english(trouble, left),
    }
}

/// What changed last, in one line.
pub fn change(change: &Change, lang: Lang) -> String {
    let pod = &change.pod;
    let name = pod.short_name();
    let whose = match &pod.owner {
        Some((kind, owner)) => format!(" · {kind} {owner}"),
        None => String::new(),
    };
    let more = match (change.more, lang) {
        (0, _) => String::new(),
        (more, Lang::Ko) => format!(" 외 {more}개"),
        (more, Lang::En) => format!(" and {more} more"),
    };
    let why = pod.trouble.as_ref().map(|trouble| on_card(trouble, None, lang)).unwrap_or_default();
    let what = match (&change.what, lang) {
        (What::Made, Lang::Ko) => "새로 만듦".to_owned(),
        (What::Made, Lang::En) => "made".to_owned(),
        (What::Ending, Lang::Ko) => "끝나는 중".to_owned(),
        (What::Ending, Lang::En) => "is asked to end".to_owned(),
        (What::Done, Lang::Ko) => "할 일을 마침".to_owned(),
        (What::Done, Lang::En) => "has done its work".to_owned(),
        (What::Gone, Lang::Ko) => "사라짐".to_owned(),
        (What::Gone, Lang::En) => "gone".to_owned(),
        (What::Ready, Lang::Ko) => "준비됨".to_owned(),
        (What::Ready, Lang::En) => "ready".to_owned(),
        (What::Fails, _) => why,
    };
    format!("Pod {name}{more}: {what}{whose}")
}

fn english(trouble: &Trouble, left: Option<u64>) -> String {
    match trouble {
        Trouble::NoImage(image) => format!("no such image: {image}"),
        Trouble::PullFailed(image) => format!("cannot pull {image}"),
        Trouble::ImageName(image) => format!("not an image name: {image}"),
        Trouble::NeverPulled(image) => format!("not on the node, never pulled: {image}"),
        Trouble::NoRoom(asked) => format!("needs {asked}: no room"),
        Trouble::NoNode(reason) => format!("no node: {reason}"),
        Trouble::VolumeWaiting(claim) => format!("volume waiting: {claim}"),
        Trouble::Missing(kind, name) => format!("no {kind} {name}"),
        Trouble::CannotStart(message) => format!("cannot start: {message}"),
        Trouble::Exited { code, .. } => match left {
            Some(left) => format!("exit {code}, again in {left} s"),
            None => format!("exit {code}"),
        },
        Trouble::NotReady => "not ready".to_owned(),
        Trouble::Ended(reason) => reason.clone(),
    }
}

fn korean(trouble: &Trouble, left: Option<u64>) -> String {
    match trouble {
        Trouble::NoImage(image) => format!("없는 이미지: {image}"),
        Trouble::PullFailed(image) => format!("이미지를 받지 못함: {image}"),
        Trouble::ImageName(image) => format!("이미지 이름이 아님: {image}"),
        Trouble::NeverPulled(image) => format!("노드에 없고 받지도 않음: {image}"),
        Trouble::NoRoom(asked) => format!("자리 없음: {asked} 필요"),
        Trouble::NoNode(reason) => format!("맞는 노드 없음: {reason}"),
        Trouble::VolumeWaiting(claim) => format!("볼륨 기다림: {claim}"),
        Trouble::Missing(kind, name) => format!("{kind} {name} 없음"),
        Trouble::CannotStart(message) => format!("시작하지 못함: {message}"),
        Trouble::Exited { code, .. } => match left {
            Some(left) => format!("exit {code}로 끝남, {left}초 뒤 다시"),
            None => format!("exit {code}로 끝남"),
        },
        Trouble::NotReady => "아직 준비 안 됨".to_owned(),
        Trouble::Ended(reason) => reason.clone(),
    }
}
