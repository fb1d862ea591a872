//! The picture: the outside computer, the node, and what is in it.

mod card;
mod layout;
mod line;
mod route;
mod story;
mod table;

use playground::TraceRecord;
use yew::prelude::*;

use crate::browser;
use crate::browser::address::Panel;
use crate::page::use_page;
use crate::session::{ClusterView, ObjectRef};
use crate::state::Do;
pub use card::shorten;
use card::{claim_card, crowd_card, node_label, pod_card, service_card, volume_card};
use layout::Scene;

#[derive(Properties, PartialEq)]
pub struct PictureProps {
    pub cluster: std::rc::Rc<ClusterView>,
    pub route: Option<std::rc::Rc<TraceRecord>>,
    /// Another command was run since.
    pub route_is_past: bool,
    /// What the component did that was stepped last.
    pub step: Option<playground::Step>,
}

/// The picture with its table twin and the story of the last packet.
#[component]
pub fn Picture(props: &PictureProps) -> Html {
    let page = use_page();
    let t = page.t;
    let place = use_node_ref();
    let narrow = use_state_eq(browser::is_phone);
    {
        let (place, narrow) = (place.clone(), narrow.clone());
        use_effect_with((), move |()| {
            let measure = move || {
                let width = place.cast::<web_sys::Element>().map_or(0, |element| element.client_width());
                if width > 0 {
                    narrow.set(width < 520);
                }
            };
            measure();
            let listener = gloo::events::EventListener::new(&gloo::utils::window(), "resize", move |_| measure());
            move || drop(listener)
        });
    }
    let cluster = &props.cluster;
    let scene = layout::place(cluster, *narrow);
    let shown = props.route.clone().filter(|record| page.ui.hidden_route != Some(record.id));
    let way = shown.as_ref().and_then(|record| route::way(record, cluster, &scene, t));
    let select = {
        let page = page.clone();
        Callback::from(move |object: ObjectRef| {
            page.send(Do::Select(Some(object)));
            if browser::is_phone() {
                // The inspector is below the YAML.
                page.send(Do::Go(Panel::Editor));
            }
        })
    };
    let chosen = |kind: &str, namespace: &str, name: &str| {
        page.ui
            .selected
            .as_ref()
            .is_some_and(|object| object.kind == kind && object.namespace == namespace && object.name == name)
    };
    let max_height = format!(
        "min-height:{}px;max-height:{}px;height:100%",
        (scene.height * if scene.narrow { 0.9 } else { 0.66 }) as u32,
        (scene.height * 1.4) as u32
    );
    html! {
        <main class="panel picture" id="picture" tabindex="-1" aria-label={t.picture}>
            <div class="canvas" ref={place}>
                <svg viewBox={format!("0 0 {} {}", scene.width, scene.height)} style={max_height}
                    preserveAspectRatio="xMidYMid meet" role="group" aria-label={t.picture}>
                    { outside(t, &scene, way.is_some()) }
                    { node_label(t, cluster, &scene) }
                    { wires(cluster, &scene) }
                    if let (Some(way), Some(record)) = (&way, &shown) {
                        <path key={format!("route {}", record.id.0)} aria-hidden="true" d={way.path.clone()}
                            class={classes!("route", way.failed.is_some().then_some("failed"), props.route_is_past.then_some("past"))} />
                    }
                    { for scene.services.iter().enumerate().map(|(index, rect)| {
                        let service = &cluster.services[index];
                        service_card(service, rect, scene.narrow, chosen("Service", &service.namespace, &service.name), &select)
                    }) }
                    { for scene.volumes.iter().map(|(index, rect)| {
                        let volume = &cluster.volumes[*index];
                        volume_card(volume, rect, chosen("PersistentVolume", "", &volume.name), &select)
                    }) }
                    { for scene.claims.iter().enumerate().map(|(index, rect)| {
                        let claim = &cluster.claims[index];
                        claim_card(claim, rect, chosen("PersistentVolumeClaim", &claim.namespace, &claim.name), &select)
                    }) }
                    { for scene.pods.iter().map(|(index, rect, size)| {
                        let pod = &cluster.pods[*index];
                        pod_card(t, pod, rect, *size, chosen("Pod", &pod.namespace, &pod.name), &select)
                    }) }
                    { for scene.crowds.iter().map(|crowd| crowd_card(t, crowd, cluster, &select)) }
                    { for scene.captions.iter().map(|(x, y, index)| {
                        let workload = &cluster.workloads[*index];
                        html! {
                            <text x={x.to_string()} y={(y + 6.0).to_string()} text-anchor="middle" class="s12 ink3">
                                { format!("Deployment {} · {}/{}", workload.name, workload.ready, workload.want) }
                            </text>
                        }
                    }) }
                    if cluster.is_empty() && cluster.workloads.is_empty() {
                        { empty(t, &scene) }
                    }
                    if let (Some(way), Some(record), false) = (&way, &shown, props.route_is_past) {
                        { packet(way, record, &scene) }
                    }
                </svg>
            </div>
            if let Some(record) = shown {
                <story::Story {record} past={props.route_is_past} />
            }
            if let Some(step) = &props.step {
                <p class="last-step" role="status"><b>{ &step.component }</b>{ " " }<span class="mono">{ &step.key }</span>{ " " }{ &step.summary }</p>
            }
            <table::Table cluster={props.cluster.clone()} />
        </main>
    }
}

fn outside(t: &crate::text::Texts, scene: &Scene, _active: bool) -> Html {
    let rect = &scene.laptop;
    let (x, y) = rect.top();
    html! { <>
        <text x={if scene.narrow { "14" } else { "24" }} y={if scene.narrow { "20" } else { "30" }} class="s12 ink3" font-weight="600">{ t.outside }</text>
        <rect class="box" x={rect.x.to_string()} y={rect.y.to_string()} width={rect.w.to_string()} height={rect.h.to_string()} rx="10" />
        <text x={x.to_string()} y={(y + rect.h / 2.0 - 5.0).to_string()} text-anchor="middle" class="b s14">{ t.my_computer }</text>
        <text x={x.to_string()} y={(y + rect.h / 2.0 + 15.0).to_string()} text-anchor="middle" class="m s11 ink2">{ "192.168.49.1" }</text>
    </> }
}

fn empty(t: &crate::text::Texts, scene: &Scene) -> Html {
    let (x, y) = (scene.node.x + scene.node.w / 2.0, scene.node.y + scene.node.h / 2.0);
    html! { <>
        <text class="empty" text-anchor="middle" x={x.to_string()} y={(y - 4.0).to_string()}>{ t.empty }</text>
        <text class="empty" text-anchor="middle" x={x.to_string()} y={(y + 18.0).to_string()}>{ t.empty_next }</text>
    </> }
}

/// The lines that are always there: from Services to their endpoints, from Pods to claims, from claims to volumes.
#[inline(never)]
fn wires(cluster: &ClusterView, scene: &Scene) -> Html {
    let mut lines: Vec<Html> = Vec::new();
    for (index, service) in cluster.services.iter().enumerate() {
        let from = if scene.narrow { scene.services[index].bottom() } else { scene.services[index].right() };
        for (pod, rect, _) in &scene.pods {
            let pod = &cluster.pods[*pod];
            let endpoint = service.endpoints.iter().find(|(ip, _)| pod.ip.as_ref() == Some(ip));
            if let Some((_, ready)) = endpoint
                && pod.namespace == service.namespace
            {
                let to = if scene.narrow { rect.top() } else { rect.left() };
                let d = line::between(from, to, scene.narrow);
                lines.push(html! { <path class={classes!("wire", (!ready).then_some("idle"))} {d} /> });
            }
        }
        for crowd in &scene.crowds {
            if !service.endpoints.is_empty() {
                let to = if scene.narrow { crowd.rect.top() } else { crowd.rect.left() };
                lines.push(html! { <path class="wire" d={line::between(from, to, scene.narrow)} /> });
            }
        }
    }
    for (index, claim) in cluster.claims.iter().enumerate() {
        let Some(rect) = scene.claims.get(index) else { continue };
        for (pod, at, _) in &scene.pods {
            let pod = &cluster.pods[*pod];
            if pod.claims.contains(&claim.name) && pod.namespace == claim.namespace {
                let ((x, y), (to_x, to_y)) = (at.right(), rect.right());
                let bend = x.max(to_x) + 14.0;
                let d =
                    format!("M{x} {y} C{bend} {y} {bend} {y} {bend} {} S{bend} {to_y} {to_x} {to_y}", (y + to_y) / 2.0);
                lines.push(html! { <path class="wire vol" {d} /> });
            }
        }
        if let Some((_, volume)) =
            scene.volumes.iter().find(|(at, _)| Some(&cluster.volumes[*at].name) == claim.volume.as_ref())
        {
            let ((x, y), (to_x, to_y)) = (volume.right(), rect.left());
            lines.push(html! { <path class="wire vol" d={format!("M{x} {y} L{to_x} {to_y}")} /> });
        }
    }
    html! { <g aria-hidden="true">{ for lines }</g> }
}

/// The last packet on its way; the key makes a new packet a new animation.
#[inline(never)]
fn packet(way: &route::Way, record: &TraceRecord, scene: &Scene) -> Html {
    let failed = way.failed.is_some().then_some("failed");
    let (x, y) = way.end;
    let note = way.failed.as_ref().map(|text| {
        let width = text.chars().map(|c| if c.is_ascii() { 7.0 } else { 12.0 }).sum::<f64>() + 18.0;
        let left = (x - width / 2.0).clamp(8.0, (scene.width - width - 8.0).max(8.0));
        // Above the outside computer there is nothing that it could cover.
        let outside = !scene.narrow && x < scene.node.x;
        // Beside the node's name nothing else stands.
        let beside = way.begin.is_some() && !scene.narrow;
        let left = if beside { x + 14.0 } else { left };
        let top = if beside {
            y - 7.0
        } else if outside && y < scene.laptop.y + scene.laptop.h { scene.laptop.y - 38.0 } else { y + 14.0 };
        html! {
            <g class="stop-note late">
                <rect x={left.to_string()} y={top.to_string()} width={width.to_string()} height="24" rx="7" />
                <text x={(left + width / 2.0).to_string()} y={(top + 16.5).to_string()} text-anchor="middle">{ text.clone() }</text>
            </g>
        }
    });
    html! {
        <g key={record.id.0.to_string()} aria-hidden="true">
            if let Some((x, y)) = way.begin {
                <circle class={classes!("begin", failed)} cx={x.to_string()} cy={y.to_string()} r="4.5" />
            }
            <circle class={classes!("packet", failed)} r="6" style={format!("offset-path:path('{}')", way.path)} />
            if way.failed.is_some() {
                <g class="late">
                    <path class="stop" d={format!("M{} {} l12 12 m0 -12 l-12 12", x - 6.0, y - 6.0)} />
                </g>
                { note }
            }
        </g>
    }
}
