//! What is wrong with a Pod, in the few words that a card has room for.

use lesson::Lang;

use crate::session::Trouble;

/// The words on a card; `left` are the seconds until the next try.
pub fn on_card(trouble: &Trouble, left: Option<u64>, lang: Lang) -> String {
    match lang {
        Lang::Ko => korean(trouble, left),
        Lang::En => english(trouble, left),
    }
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
            Some(left) => format!("끝남 (exit {code}), {left}초 뒤 다시"),
            None => format!("끝남 (exit {code})"),
        },
        Trouble::NotReady => "아직 준비 안 됨".to_owned(),
        Trouble::Ended(reason) => reason.clone(),
    }
}
