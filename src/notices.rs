//! What the page tells once, above everything.

use yew::prelude::*;

use crate::page::use_page;
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
        };
        let undo = if let Notice::WasReset(before) = notice { Some(*before) } else { None };
        let undo = undo.map(|before| {
            let page = page.clone();
            let onclick = Callback::from(move |_| {
                page.session.seek(before);
                page.send(Do::Dismiss(index));
            });
            html! { <button class="btn small" {onclick}>{ t.undo }</button> }
        });
        html! {
            <div class={classes!("notice", class)} role="status">
                <span>{ text }</span>
                { undo }
                <button class="btn small" onclick={dismiss}>{ t.dismiss }</button>
            </div>
        }
    };
    html! { <div class="notices">{ for page.ui.notices.iter().enumerate().map(notice) }</div> }
}
