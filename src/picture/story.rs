//! The last packet in words: one line, and hop by hop while it is unfolded.

use std::rc::Rc;

use playground::TraceRecord;
use sim::Duration;
use yew::prelude::*;

use crate::page::{use_page, use_time};
use crate::session::ClusterView;
use crate::text::explain;

#[derive(Properties, PartialEq)]
pub struct StoryProps {
    pub record: Rc<TraceRecord>,
    pub cluster: Rc<ClusterView>,
    /// Another command was run since.
    pub past: bool,
    /// Whether its hops are told.
    pub open: bool,
    pub toggle: Callback<()>,
}

/// The packet's way in one line, with its hops and why it failed (if it did) below while it is unfolded.
#[component]
pub fn Story(props: &StoryProps) -> Html {
    let t = use_page().t;
    let now = use_time(Some(Duration::from_secs(1)));
    let trace = &props.record.trace;
    let toggle = props.toggle.reform(|_: MouseEvent| ());
    let pod = |ip: String| {
        let pod = props.cluster.pods.iter().find(|pod| pod.ip.as_ref() == Some(&ip));
        pod.map_or(ip, |pod| pod.short_name().to_owned())
    };
    let (stops, end, good) = explain::line(&props.record, &pod, t);
    html! {
        <section class={classes!("route-story", props.past.then_some("past"))} aria-label={t.route} aria-live="polite">
            <button class="line" aria-expanded={props.open.to_string()} onclick={toggle} title={if props.open { t.hide_route } else { t.show_route }}>
                if props.past {
                    <span class="earlier">{ t.earlier_route }</span>
                }
                <span>{ stops.join(" → ") }{ " → " }<b class={if good { "good" } else { "bad" }}>{ end }</b></span>
                <span class="ago">{ (t.ago)(now.since(props.record.at).as_secs()) }</span>
                <span aria-hidden="true">{ if props.open { "▴" } else { "▾" } }</span>
            </button>
            if props.open {
                <ol>
                    { for explain::story(trace, t.lang).iter().map(|hop| html! {
                        <li><span class={classes!("hop", hop.bad.then_some("bad"), hop.good.then_some("good"))}>
                            { format!("{}: {}", hop.host, hop.text) }
                        </span></li>
                    }) }
                    if let Some(why) = explain::why(trace, t.lang) {
                        <li class="why">{ why }</li>
                    }
                </ol>
            }
        </section>
    }
}
