//! What the page tells once, above everything.

use yew::prelude::*;

use crate::browser::download::download;
use crate::page::{Page, use_page};
use crate::session::Kept;
use crate::state::{Do, Notice};

/// The notices that were not dismissed yet.
#[component]
pub fn Notices() -> Html {
    let page = use_page();
    let t = page.t;
    let notice = |(index, notice): (usize, &Notice)| {
        let dismiss = {
            let page = page.clone();
            Callback::from(move |_| page.send(Do::Dismiss(index)))
        };
        let (text, class) = match notice {
            Notice::Ignored(what) => ((t.ignored)(what), ""),
            Notice::Forgets => (t.forgets.to_owned(), ""),
            Notice::NoWindow => (t.no_window.to_owned(), ""),
            Notice::WasReset(_) => (t.was_reset.to_owned(), "info"),
            Notice::UsedCluster => (t.used_cluster.to_owned(), "info"),
            Notice::Kept(kept) => match kept {
                Kept::Full | Kept::FitsAgain => (t.kept_full.to_owned(), ""),
                Kept::Lost => (t.kept_lost.to_owned(), ""),
                Kept::Own => (t.kept_own.to_owned(), ""),
                Kept::Aside => (t.kept_aside.to_owned(), "info"),
                Kept::Unread(reason) => ((t.kept_unread)(reason), ""),
                Kept::Resumed => (t.kept_resumed.to_owned(), "info"),
            },
        };
        let label = match notice {
            Notice::Ignored(_) | Notice::Forgets | Notice::NoWindow => None,
            Notice::WasReset(_) => Some(t.undo),
            Notice::UsedCluster => Some(t.fresh_cluster),
            Notice::Kept(kept) => Some(match kept {
                Kept::Full | Kept::FitsAgain | Kept::Unread(_) => t.download_session,
                Kept::Lost => t.go_on_own,
                Kept::Own => t.take_over,
                Kept::Aside => t.open_aside,
                Kept::Resumed => t.begin_again,
            }),
        };
        let action = label.map(|label| {
            let (page, notice) = (page.clone(), notice.clone());
            let onclick = Callback::from(move |_| act(&page, index, &notice));
            html! { <button class="btn small" {onclick}>{ label }</button> }
        });
        html! {
            <div class={classes!("notice", class)} role="status">
                <span>{ text }</span>
                { action }
                <button class="btn small" onclick={dismiss}>{ t.dismiss }</button>
            </div>
        }
    };
    html! { <div class="notices">{ for page.ui.notices.iter().enumerate().map(notice) }</div> }
}

/// Does what the notice offers. What is only downloaded stays to be told.
fn act(page: &Page, index: usize, notice: &Notice) {
    let session = &page.session;
    match notice {
        Notice::Ignored(_) | Notice::Forgets | Notice::NoWindow => {}
        Notice::WasReset(before) => session.seek(*before),
        Notice::UsedCluster => {
            let before = session.reset();
            page.send(Do::Dismiss(index));
            return page.send(Do::Tell(Notice::WasReset(before)));
        }
        Notice::Kept(kept) => match kept {
            Kept::Full | Kept::FitsAgain => return download("kube-playground-session.json", &session.to_json()),
            Kept::Unread(_) => return download("kube-playground-session.json", &session.unread()),
            Kept::Lost => session.become_own(),
            Kept::Own => session.take_over(),
            Kept::Aside => session.swap_with_aside(0),
            Kept::Resumed => session.begin_link_again(),
        },
    }
    page.send(Do::Dismiss(index));
}
