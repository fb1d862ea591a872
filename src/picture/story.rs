//! The way of the last packet in words, hop by hop.

use std::rc::Rc;

use playground::TraceRecord;
use yew::prelude::*;

use crate::page::use_page;
use crate::state::Do;
use crate::text::explain;

#[derive(Properties, PartialEq)]
pub struct StoryProps {
    pub record: Rc<TraceRecord>,
    /// Another command was run since.
    pub past: bool,
}

/// The hops of a packet, and why it failed if it did.
#[component]
pub fn Story(props: &StoryProps) -> Html {
    let page = use_page();
    let t = page.t;
    let trace = &props.record.trace;
    let hops = explain::story(trace, t.lang);
    let hide = {
        let (page, id) = (page.clone(), props.record.id);
        Callback::from(move |_| page.send(Do::HideRoute(id)))
    };
    html! {
        <section class={classes!("route-story", props.past.then_some("past"))} aria-label={t.route} aria-live="polite">
            <ol>
                if props.past {
                    <li class="earlier">{ t.earlier_route }</li>
                }
                { for hops.iter().map(|hop| html! {
                    <li><span class={classes!("hop", hop.bad.then_some("bad"), hop.good.then_some("good"))}>
                        { format!("{}: {}", hop.host, hop.text) }
                    </span></li>
                }) }
                if let Some(why) = explain::why(trace, t.lang) {
                    <li class="why">{ why }</li>
                }
            </ol>
            <button class="btn ghost small" onclick={hide} aria-label={t.hide_route} title={t.hide_route}>{ "✕" }</button>
        </section>
    }
}
