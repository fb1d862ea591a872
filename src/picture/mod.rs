//! The picture: the outside computer, the node, and what is in it.

mod boxes;
mod card;
mod layout;
mod measure;
mod route;
mod story;
mod table;

use std::rc::Rc;

use playground::{Playground, TraceRecord};
use sim::{Duration, Time};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use yew::prelude::*;

use crate::browser;
use crate::browser::address::Panel;
use crate::page::{use_page, use_time};
use crate::session::{ClusterView, ObjectRef, PodView, Stepped, Trouble};
use crate::state::Do;
use crate::text::change;
use boxes::{Crowd, Group};
use card::{CardView, GroupView};
use layout::{Rect, Scene, Viewport};

/// How high text is, in pixels: everywhere, and in projector mode. Nothing in the picture is smaller.
const TEXT: f64 = 12.0;
const PROJECTED: f64 = 16.0;
/// The width that is laid out for before it is known.
const WIDTH: f64 = 640.0;
/// How long a route is news.
const NEWS: Duration = Duration::from_secs(20);

#[derive(Properties, PartialEq)]
pub struct PictureProps {
    pub cluster: Rc<ClusterView>,
    pub route: Option<Rc<TraceRecord>>,
    /// Another command was run since.
    pub route_is_past: bool,
    /// What the component did that was stepped last.
    pub step: Option<Stepped>,
}

/// The picture with its table twin and, above it, the story of the last packet.
#[component]
pub fn Picture(props: &PictureProps) -> Html {
    let page = use_page();
    let t = page.t;
    let place = use_node_ref();
    let width = use_width(&place);
    let unfolded = use_state(|| None::<(playground::TraceId, bool)>);
    let cluster = &props.cluster;
    let least = if page.ui.projector { PROJECTED } else { TEXT };
    let own = page.ui.layout.type_size(Panel::Picture, page.ui.projector);
    let now = use_seconds(props);
    let viewport = Viewport { width, text: least.max(own.into()), t, now };
    let scene = layout::place(cluster, &viewport);
    let fresh = |record: &Rc<TraceRecord>| is_fresh(record, props, now);
    // Why it failed is told at once; the hops of one that arrived are in the picture.
    let open = props.route.as_ref().is_some_and(|record| match *unfolded {
        Some((id, open)) if id == record.id => open,
        _ => fresh(record) && !record.trace.delivered(),
    });
    let drawn = props.route.as_ref().filter(|record| open || fresh(record));
    let route = drawn.and_then(|record| route::route_path(record, &scene, t));
    let past = drawn.is_some_and(|record| !fresh(record));
    let toggle = {
        let (unfolded, id) = (unfolded.clone(), props.route.as_ref().map(|record| record.id));
        Callback::from(move |()| unfolded.set(id.map(|id| (id, !open))))
    };
    let choose = {
        let page = page.clone();
        move |object: ObjectRef| {
            // On a projector there is no inspector: what is chosen stands in a light of its own, until it is chosen again.
            if page.ui.projector && page.ui.selected.as_ref() == Some(&object) {
                return page.send(Do::Select(None));
            }
            page.send(Do::Select(Some(object)));
            if browser::is_phone() {
                // The inspector is below the YAML.
                page.send(Do::Go(Panel::Editor));
            }
        }
    };
    let onclick = {
        let (choose, page, groups) = (choose.clone(), page.clone(), scene.groups.clone());
        Callback::from(move |event: MouseEvent| {
            let Some(at) = event.target_dyn_into::<web_sys::Element>() else { return };
            let chosen = object_at(&at).or_else(|| square_at(&groups, &at, &event));
            match chosen {
                Some(object) => choose(object),
                None if page.ui.projector => page.send(Do::Select(None)),
                None => {}
            }
        })
    };
    {
        // Above a phone's terminal, and before a class, that of the picture is seen in which something happened.
        let above = page.ui.projector || browser::is_phone() && page.ui.place == Panel::Terminal;
        let place = place.clone();
        let changed = cluster.change.as_ref().map(|change| change.pod.clone());
        use_effect_with((changed, above), move |(changed, above)| {
            let (Some(pod), true, Some(canvas)) = (changed, above, place.cast::<web_sys::Element>()) else { return };
            let card = format!("[data-object=\"{}\"] > .edge", pod_ref(&pod.namespace, &pod.name).key());
            if let Ok(Some(card)) = canvas.query_selector(&card) {
                browser::element::reveal(&card, ".canvas");
            }
        });
    }
    let selected = page.ui.selected.clone();
    let onkeydown = {
        let (choose, page, groups, selected) = (choose, page.clone(), scene.groups.clone(), selected.clone());
        Callback::from(move |event: KeyboardEvent| {
            let Some(at) = event.target_dyn_into::<web_sys::Element>() else { return };
            let key = event.key();
            if let Some(crowd) = crowd_of(&groups, &at)
                && let Some(object) = next_in(crowd, selected.as_ref(), &key)
            {
                event.prevent_default();
                return page.send(Do::Select(Some(object)));
            }
            if key == "Escape" && page.ui.projector {
                return page.send(Do::Select(None));
            }
            if (key == "Enter" || key == " ")
                && let Some(object) = object_at(&at)
            {
                event.prevent_default();
                choose(object);
            }
        })
    };
    let in_crowd = |group: &Group, object: Option<&ObjectRef>| {
        let object = object.filter(|object| object.kind == "Pod")?;
        let pods = &group.crowd.as_ref()?.pods;
        pods.iter().position(|pod| pod.name == object.name && pod.namespace == object.namespace)
    };
    let spotlight = (page.ui.projector && selected.is_some()).then_some("spotlight");
    // Why a packet stopped may stand below everything else.
    let failed = route.as_ref().and_then(|route| Some((route.failed.as_ref()?, route.outside)));
    let height = failed.map_or(scene.height, |(text, outside)| below_note(text, outside, &scene, &viewport));
    let hit = route.as_ref().filter(|route| route.failed.is_none() && !past).and_then(|route| route.hit.clone());
    html! {
        <main class="panel picture" id="picture" tabindex="-1" aria-label={t.picture}>
            <div class="news">
                if let Some(change) = &cluster.change {
                    <p class="change" aria-live="off">
                        { for change::sentence(change, t.lang).into_iter().map(|(strong, words)| if strong { html! { <b>{ words }</b> } } else { html! { { words } } }) }
                    </p>
                }
                if let Some(record) = &props.route {
                    <story::Story record={record.clone()} cluster={cluster.clone()} past={props.route_is_past} {open} {toggle} />
                }
                if let Some(step) = &props.step {
                    <p class="last-step" role="status">{ match step {
                        Stepped::Decided(step) => crate::text::step::sentence(step, t.lang),
                        Stepped::AtRest => t.at_rest.to_owned(),
                    } }</p>
                }
            </div>
            <div class="canvas" ref={place}>
                <svg class={classes!(spotlight)} width={width.to_string()} height={height.to_string()} role="group" aria-label={t.picture} {onclick} {onkeydown}
                    font-size={viewport.text.to_string()}>
                    { frames(&scene, cluster, &viewport) }
                    <g aria-hidden="true">
                        { for scene.wires.iter().map(|wire| html! { <path class={classes!("wire", wire.class)} d={route::path(&wire.points)} /> }) }
                        if let (Some(route), Some(record)) = (&route, &drawn) {
                            <path key={format!("route {}", record.id.0)} d={route.path()}
                                class={classes!("route", route.failed.is_some().then_some("failed"), past.then_some("past"))} />
                        }
                    </g>
                    { for scene.groups.iter().enumerate().map(|(index, group)| html! {
                        <GroupView key={group.object.as_ref().map_or_else(|| format!("group {index}"), ObjectRef::key)} group={group.clone()} {index} size={viewport.text} help={t.choose_square}
                            chosen={in_crowd(group, selected.as_ref())} hit={in_crowd(group, hit.as_ref())} />
                    }) }
                    { for scene.cards.iter().map(|card| html! {
                        <CardView key={card.object.key()} card={card.clone()} size={viewport.text}
                            chosen={selected.as_ref() == Some(&card.object)} hit={hit.as_ref() == Some(&card.object)} />
                    }) }
                    if let (Some(route), Some(record), false) = (&route, &drawn, past) {
                        { packet(route, record, &scene, &viewport) }
                    }
                </svg>
            </div>
            <table::Table cluster={props.cluster.clone()} />
        </main>
    }
}

/// Whether a packet is news.
fn is_fresh(record: &TraceRecord, props: &PictureProps, now: Time) -> bool {
    !props.route_is_past && now.since(record.at) < NEWS
}

/// The virtual time; each second anew only while the picture looks different each second.
#[hook]
fn use_seconds(props: &PictureProps) -> Time {
    let now = use_page().session.read(Playground::now);
    let counts =
        |pod: &Rc<PodView>| matches!(pod.trouble, Some(Trouble::Exited { again: Some(again), .. }) if again > now);
    let ticks = props.route.as_ref().is_some_and(|record| is_fresh(record, props, now))
        || props.cluster.pods.iter().any(counts);
    use_time(ticks.then_some(Duration::from_secs(1)))
}

/// The width of an element, told again whenever it changes.
#[hook]
fn use_width(place: &NodeRef) -> f64 {
    let width = use_state_eq(|| WIDTH);
    {
        let (place, width) = (place.clone(), width.clone());
        use_effect_with((), move |()| {
            let element = place.cast::<web_sys::Element>();
            let measure = {
                let element = element.clone();
                move || {
                    let now = element.as_ref().map_or(0, web_sys::Element::client_width);
                    if now > 0 {
                        width.set(f64::from(now));
                    }
                }
            };
            measure();
            let heard = Closure::<dyn Fn()>::new(measure);
            let observer = web_sys::ResizeObserver::new(heard.as_ref().unchecked_ref()).ok();
            if let (Some(observer), Some(element)) = (&observer, &element) {
                observer.observe(element);
            }
            move || {
                if let Some(observer) = observer {
                    observer.disconnect();
                }
                drop(heard);
            }
        });
    }
    *width
}

/// The object whose card an element belongs to.
fn object_at(at: &web_sys::Element) -> Option<ObjectRef> {
    let card = at.closest("[data-object]").ok().flatten()?;
    ObjectRef::parse(&card.get_attribute("data-object")?)
}

/// The Pod whose square was clicked.
fn square_at(groups: &[Rc<Group>], at: &web_sys::Element, event: &MouseEvent) -> Option<ObjectRef> {
    let picture = at.closest("svg").ok().flatten()?.get_bounding_client_rect();
    let (x, y) = (f64::from(event.client_x()) - picture.left(), f64::from(event.client_y()) - picture.top());
    groups.iter().filter_map(|group| group.crowd.as_ref()).find_map(|crowd| {
        let inside = x >= crowd.rect.x && x < crowd.rect.right() && y >= crowd.rect.y && y < crowd.rect.bottom();
        let (column, row) = ((x - crowd.rect.x) / crowd.step, (y - crowd.rect.y) / crowd.step);
        let index = inside.then_some(row as usize * crowd.across + column as usize)?;
        crowd.pods.get(index).map(|pod| pod_ref(&pod.namespace, &pod.name))
    })
}

fn pod_ref(namespace: &str, name: &str) -> ObjectRef {
    ObjectRef { kind: "Pod", namespace: namespace.to_owned(), name: name.to_owned() }
}

/// The crowd that has the keyboard.
fn crowd_of<'a>(groups: &'a [Rc<Group>], at: &web_sys::Element) -> Option<&'a Crowd> {
    let index: usize = at.get_attribute("data-crowd")?.parse().ok()?;
    groups.get(index)?.crowd.as_ref()
}

/// The Pod that a key chooses among squares.
fn next_in(crowd: &Crowd, selected: Option<&ObjectRef>, key: &str) -> Option<ObjectRef> {
    let now = selected.and_then(|object| {
        crowd.pods.iter().position(|pod| pod.name == object.name && pod.namespace == object.namespace)
    });
    let last = crowd.pods.len().checked_sub(1)?;
    let next = match (key, now) {
        ("Home" | "Enter" | " ", _) | ("ArrowRight" | "ArrowDown", None) => 0,
        ("End", _) | ("ArrowLeft" | "ArrowUp", None) => last,
        ("ArrowRight", Some(now)) => now + 1,
        ("ArrowLeft", Some(now)) => now.saturating_sub(1),
        ("ArrowDown", Some(now)) => now + crowd.across,
        ("ArrowUp", Some(now)) => now.saturating_sub(crowd.across),
        _ => return None,
    };
    let pod = &crowd.pods[next.min(last)];
    Some(pod_ref(&pod.namespace, &pod.name))
}

/// The outside computer, the node and the namespaces.
#[inline(never)]
fn frames(scene: &Scene, cluster: &ClusterView, viewport: &Viewport) -> Html {
    let (t, px) = (viewport.t, |length: f64| viewport.px(length));
    let frame = |rect: &Rect, class: &'static str| {
        html! { <rect {class} x={rect.x.to_string()} y={rect.y.to_string()} width={rect.w.to_string()} height={rect.h.to_string()} rx={px(10.0).to_string()} /> }
    };
    let laptop = &scene.laptop;
    let middle = laptop.x + laptop.w / 2.0;
    let nodes = cluster.nodes.iter().map(|node| {
        let state = if node.ready { "Ready" } else { "NotReady" };
        html! { <><tspan class="b">{ &node.name }</tspan><tspan class="m ink2">{ format!("  {}", node.ip) }</tspan><tspan class={if node.ready { "ink2" } else { "bad" }}>{ format!(" · {state}   ") }</tspan></> }
    });
    let empty = (cluster.is_empty()).then(|| scene.frames.first()).flatten();
    html! { <>
        <text class="caption" x={laptop.x.to_string()} y={px(18.0).to_string()}>{ t.outside }</text>
        { frame(laptop, "box") }
        <text class="b" x={middle.to_string()} y={(laptop.y + laptop.h * 0.42).to_string()} text-anchor="middle">{ t.my_computer }</text>
        <text class="m ink2" x={middle.to_string()} y={(laptop.y + laptop.h * 0.42 + px(16.0)).to_string()} text-anchor="middle">{ "192.168.49.1" }</text>
        { frame(&scene.node, "box node") }
        <text x={(scene.node.x + px(12.0)).to_string()} y={(scene.node.y + px(21.0)).to_string()}>{ for nodes }</text>
        { for scene.frames.iter().map(|namespace| html! { <>
            { frame(&namespace.rect, "namespace") }
            <text class="caption" x={(if scene.columns.services.1 > 0.0 && !scene.narrow { namespace.rect.x + px(10.0) } else { scene.columns.groups.0 }).to_string()}
                y={(namespace.rect.y + px(16.0)).to_string()}>{ format!("namespace {}", namespace.name) }</text>
        </> }) }
        if let Some(first) = empty {
            { for empty_lines(viewport, first.rect.w - px(24.0)).into_iter().enumerate().map(|(line, words)| html! {
                <text class="empty" text-anchor="middle" x={(first.rect.x + first.rect.w / 2.0).to_string()} y={(first.rect.y + px(62.0 + 18.0 * line as f64)).to_string()}>{ words }</text>
            }) }
        }
    </> }
}

/// What an empty cluster says.
fn empty_lines(viewport: &Viewport, width: f64) -> Vec<String> {
    let lines = |words: &str| measure::wrap(words, measure::Font::Sans, viewport.text, width, 2);
    lines(viewport.t.empty).into_iter().chain(lines(viewport.t.empty_next)).collect()
}

/// The last packet on its route; the key makes a new packet a new animation.
#[inline(never)]
fn packet(route: &route::RoutePath, record: &TraceRecord, scene: &Scene, viewport: &Viewport) -> Html {
    let px = |length: f64| viewport.px(length);
    let failed = route.failed.is_some().then_some("failed");
    let (x, y) = route.end();
    let note = route.failed.as_ref().map(|text| note(text, route.outside, scene, viewport));
    html! {
        <g key={record.id.0.to_string()} aria-hidden="true">
            if let Some((x, y)) = route.begin {
                <circle class={classes!("begin", failed)} cx={x.to_string()} cy={y.to_string()} r="4.5" />
            }
            <circle class={classes!("packet", failed)} r={px(5.0).to_string()} style={format!("offset-path:path('{}')", route.path())} />
            if route.failed.is_some() {
                <g class="late">
                    <path class="stop" d={format!("M{} {} l12 12 m0 -12 l-12 12", x - 6.0, y - 6.0)} />
                </g>
                { for note }
            }
        </g>
    }
}

/// Where it stands why a packet stopped, and its lines: below the outside computer or beside the node's name, where no card ever is.
fn note_at(text: &str, outside: bool, scene: &Scene, viewport: &Viewport) -> (Rect, Vec<String>) {
    let px = |length: f64| viewport.px(length);
    let laptop = &scene.laptop;
    let font = measure::Font::Bold;
    match (outside, scene.narrow) {
        (true, false) => {
            let lines = measure::wrap(text, font, viewport.text, laptop.w - px(12.0), 4);
            (Rect::new(laptop.x, laptop.bottom() + px(10.0), laptop.w, px(10.0) + lines.len() as f64 * px(15.0)), lines)
        }
        (true, true) => {
            let w = scene.width - laptop.right() - px(24.0);
            let lines = measure::wrap(text, font, viewport.text, w - px(12.0), 2);
            (Rect::new(laptop.right() + px(10.0), laptop.y, w, px(10.0) + lines.len() as f64 * px(15.0)), lines)
        }
        (false, _) => {
            let taken = px(if scene.narrow { 190.0 } else { 220.0 });
            let most = scene.node.w - taken - px(24.0);
            let line = measure::fit(text, font, viewport.text, most);
            let w = measure::width(&line, font, viewport.text) + px(14.0);
            (Rect::new(scene.node.right() - w - px(10.0), scene.node.y + px(6.0), w, px(21.0)), vec![line])
        }
    }
}

/// How high the picture is with that note in it.
#[inline(never)]
fn below_note(text: &str, outside: bool, scene: &Scene, viewport: &Viewport) -> f64 {
    scene.height.max(note_at(text, outside, scene, viewport).0.bottom() + 4.0)
}

fn note(text: &str, outside: bool, scene: &Scene, viewport: &Viewport) -> Html {
    let px = |length: f64| viewport.px(length);
    let (rect, lines) = note_at(text, outside, scene, viewport);
    html! {
        <g class="stop-note late">
            <rect x={rect.x.to_string()} y={rect.y.to_string()} width={rect.w.to_string()} height={rect.h.to_string()} rx="6" />
            { for lines.into_iter().enumerate().map(|(nth, line)| html! {
                <text x={(rect.x + rect.w / 2.0).to_string()} y={(rect.y + px(15.0) + nth as f64 * px(15.0)).to_string()} text-anchor="middle">{ line }</text>
            }) }
        </g>
    }
}
