//! The boxes of the picture. Each can be reached by keyboard and chosen.

use yew::prelude::*;

use super::layout::{Crowd, PodSize, Rect, Scene};
use crate::session::{ClaimView, ClusterView, ObjectRef, PodView, ServiceView, Tone, VolumeView};
use crate::text::Texts;

struct Card {
    class: Classes,
    label: String,
    object: ObjectRef,
}

fn card(card: Card, rect: &Rect, select: &Callback<ObjectRef>, inner: Html) -> Html {
    let choose = {
        let (select, object) = (select.clone(), card.object.clone());
        move || select.emit(object.clone())
    };
    let onkeydown = {
        let choose = choose.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Enter" || event.key() == " " {
                event.prevent_default();
                choose();
            }
        })
    };
    html! {
        <g key={format!("{}/{}/{}", card.object.kind, card.object.namespace, card.object.name)} class={card.class}
            onclick={Callback::from(move |_| choose())}>
            // The button is the box alone: its name says more than the words on it.
            <rect class="edge" role="button" tabindex="0" aria-label={card.label} {onkeydown} x={rect.x.to_string()}
                y={rect.y.to_string()} width={rect.w.to_string()} height={rect.h.to_string()} rx="10" />
            <g class="words" aria-hidden="true">{ inner }</g>
        </g>
    }
}

fn text(x: f64, y: f64, class: &'static str, words: impl Into<AttrValue>) -> Html {
    html! { <text x={x.to_string()} y={y.to_string()} class={class}>{ words.into() }</text> }
}

fn text_end(x: f64, y: f64, class: &'static str, words: impl Into<AttrValue>) -> Html {
    html! { <text x={x.to_string()} y={y.to_string()} class={class} text-anchor="end">{ words.into() }</text> }
}

/// The node's frame with its name and state.
pub fn node_label(t: &Texts, cluster: &ClusterView, scene: &Scene) -> Html {
    let rect = &scene.node;
    let node = cluster.nodes.first();
    let name = node.map_or("minikube", |node| node.name.as_str());
    let ip_at = rect.x + 26.0 + name.chars().count() as f64 * 9.4;
    html! { <>
        <rect class="box" x={rect.x.to_string()} y={rect.y.to_string()} width={rect.w.to_string()} height={rect.h.to_string()} rx="14" />
        { text(rect.x + 18.0, rect.y + 26.0, "b s14", name.to_owned()) }
        if let Some(node) = node.filter(|_| scene.narrow) {
            // The way in passes the middle.
            { text_end(rect.x + rect.w - 18.0, rect.y + 26.0, "m s12 ink2", format!("{} · {}", node.ip, if node.ready { "Ready" } else { "NotReady" })) }
        } else if let Some(node) = node {
            { text(ip_at, rect.y + 26.0, "m s12 ink2", node.ip.clone()) }
            { text_end(rect.x + rect.w - 18.0, rect.y + 26.0, "s12 ink3", if node.ready { t.node_ready } else { t.node_not_ready }) }
        }
    </> }
}

/// A Service.
#[inline(never)]
pub fn service_card(
    service: &ServiceView,
    rect: &Rect,
    narrow: bool,
    chosen: bool,
    select: &Callback<ObjectRef>,
) -> Html {
    let port = service.ports.first();
    let address = match port {
        Some((port, _)) => format!("{}:{port}", service.ip),
        None => service.ip.clone(),
    };
    let node_port = port.and_then(|(_, node_port)| *node_port).map(|port| format!("NodePort {port}"));
    let x = rect.x + 14.0;
    let inner = if rect.h < 90.0 {
        html! { <>
            { text(x, rect.y + 19.0, "s11 role", "Service") }
            { text(x + 52.0, rect.y + 19.0, "s12 b", shorten(&service.name, if narrow { 30 } else { 11 })) }
            { text(x, rect.y + 39.0, "m s12", address.clone()) }
            if let Some(port) = &node_port { { text(x, rect.y + 55.0, "m s11 ink2", port.clone()) } }
        </> }
    } else {
        html! { <>
            { text(x, rect.y + 24.0, "s11 role", "Service") }
            { text(x, rect.y + 44.0, "s14 b", shorten(&service.name, 15)) }
            { text(x, rect.y + 66.0, "m s12", address.clone()) }
            { text(x, rect.y + 85.0, "m s12 ink2", node_port.clone().unwrap_or_else(|| service.kind.clone())) }
        </> }
    };
    let label = format!(
        "Service {}, {} {}, {} endpoints",
        service.name,
        address,
        node_port.unwrap_or_default(),
        service.endpoints.len()
    );
    let object = ObjectRef { kind: "Service", namespace: service.namespace.clone(), name: service.name.clone() };
    card(Card { class: classes!("svc", chosen.then_some("selected")), label, object }, rect, select, inner)
}

/// A Pod.
#[inline(never)]
pub fn pod_card(
    t: &Texts,
    pod: &PodView,
    rect: &Rect,
    size: PodSize,
    chosen: bool,
    select: &Callback<ObjectRef>,
) -> Html {
    let ip = pod.ip.clone();
    let shown_ip = ip.clone().unwrap_or_else(|| t.no_ip.to_owned());
    let name = pod_name(pod, if size == PodSize::Chip { 5 } else { 22 });
    let fresh = pod.old_ip.is_some();
    let inner = match size {
        PodSize::Full => {
            let (top, bottom) = (rect.y + 26.0, rect.y + 56.0);
            let old_at = rect.x + 24.0 + shown_ip.chars().count() as f64 * 8.6;
            html! { <>
                <circle class="dot" cx={(rect.x + 18.0).to_string()} cy={(top - 4.5).to_string()} r="5" />
                { name_text(rect.x + 31.0, top, "s125", &name) }
                { text(rect.x + 18.0, bottom, if ip.is_some() { "m s135 b" } else { "m s12 ink3" }, shown_ip.clone()) }
                if let Some(old) = &pod.old_ip {
                    { text(old_at, bottom, "m s125 struck", old.clone()) }
                    { text_end(rect.x + rect.w - 14.0, top, "s11 status", t.new_pod) }
                }
                if !fresh || pod.tone != Tone::Running {
                    { text_end(rect.x + rect.w - 14.0, bottom, "s11 status", pod.status.clone()) }
                }
            </> }
        }
        PodSize::Line => {
            let middle = rect.y + rect.h / 2.0 + 4.0;
            let right = if pod.tone == Tone::Running { shown_ip.clone() } else { pod.status.clone() };
            let class = if pod.tone == Tone::Running { "m s12 b" } else { "s11 status" };
            html! { <>
                <circle class="dot" cx={(rect.x + 18.0).to_string()} cy={(middle - 4.0).to_string()} r="4.5" />
                { name_text(rect.x + 30.0, middle, "s12", &name) }
                { text_end(rect.x + rect.w - 12.0, middle, class, right) }
            </> }
        }
        PodSize::Chip => html! { <>
            <circle class="dot" cx={(rect.x + 13.0).to_string()} cy={(rect.y + 14.0).to_string()} r="4" />
            { name_text(rect.x + 23.0, rect.y + 18.0, "s11", &name) }
            { text(rect.x + 9.0, rect.y + 35.0, if ip.is_some() { "m s12" } else { "s11 status" },
                if ip.is_some() { shown_ip.clone() } else { shorten(&pod.status, 15) }) }
        </> },
    };
    let old = pod.old_ip.as_ref().map(|old| format!(", {} {old}", t.old_ip)).unwrap_or_default();
    let label = format!("Pod {}, {}, {}{old}", pod.name, shown_ip, pod.status);
    let class = classes!("pod", tone_class(pod.tone), fresh.then_some("new"), chosen.then_some("selected"), "fresh");
    let object = ObjectRef { kind: "Pod", namespace: pod.namespace.clone(), name: pod.name.clone() };
    card(Card { class, label, object }, rect, select, inner)
}

/// A claim.
#[inline(never)]
pub fn claim_card(claim: &ClaimView, rect: &Rect, chosen: bool, select: &Callback<ObjectRef>) -> Html {
    let state = if claim.ending { "Terminating" } else { &claim.phase };
    let inner = html! { <>
        { text(rect.x + 14.0, rect.y + 21.0, "s11 role", "PVC") }
        { text(rect.x + 44.0, rect.y + 21.0, "s125 b", shorten(&claim.name, 22)) }
        { text(rect.x + 14.0, rect.y + 39.0, "s11 ink2", format!("{} · {state}", claim.size)) }
    </> };
    let label = format!("PersistentVolumeClaim {}, {}, {state}", claim.name, claim.size);
    let class = classes!("vol", (claim.phase != "Bound").then_some("waiting"), chosen.then_some("selected"), "fresh");
    let object =
        ObjectRef { kind: "PersistentVolumeClaim", namespace: claim.namespace.clone(), name: claim.name.clone() };
    card(Card { class, label, object }, rect, select, inner)
}

/// A volume.
#[inline(never)]
pub fn volume_card(volume: &VolumeView, rect: &Rect, chosen: bool, select: &Callback<ObjectRef>) -> Html {
    let inner = html! { <>
        { text(rect.x + 14.0, rect.y + 21.0, "s11 role", "PV") }
        { text(rect.x + 36.0, rect.y + 21.0, "m s12", shorten(&volume.name, 12)) }
        { text(rect.x + 14.0, rect.y + 39.0, "s11 ink2", format!("{} · {}", volume.size, volume.source)) }
    </> };
    let label = format!("PersistentVolume {}, {}, {}", volume.name, volume.size, volume.phase);
    let class = classes!("vol", (volume.phase != "Bound").then_some("waiting"), chosen.then_some("selected"), "fresh");
    let object = ObjectRef { kind: "PersistentVolume", namespace: String::new(), name: volume.name.clone() };
    card(Card { class, label, object }, rect, select, inner)
}

/// A crowd of Pods: counts in words, a square for each as far as there is room.
#[inline(never)]
pub fn crowd_card(t: &Texts, crowd: &Crowd, cluster: &ClusterView, select: &Callback<ObjectRef>) -> Html {
    let rect = &crowd.rect;
    let side = if crowd.squares.len() > 160 { "8" } else { "12" };
    let total: usize = crowd.counts.iter().map(|(_, count)| count).sum();
    html! {
        <g class="crowd">
            <rect class="box" x={rect.x.to_string()} y={rect.y.to_string()} width={rect.w.to_string()} height={rect.h.to_string()} rx="10" />
            { text(rect.x + 12.0, rect.y + 19.0, "s125 b", format!("{} · {total} Pods", crowd.name)) }
            { for crowd.counts.iter().enumerate().map(|(row, (tone, count))| {
                let y = rect.y + 36.0 + 17.0 * row as f64;
                html! {
                    <g class={classes!("pod", tone_class(*tone))}>
                        <circle class="dot" cx={(rect.x + 17.0).to_string()} cy={(y - 4.0).to_string()} r="4" />
                        { text(rect.x + 28.0, y, "s12 status", format!("{count} {}", tone_word(*tone))) }
                    </g>
                }
            }) }
            { for crowd.squares.iter().map(|(index, x, y)| {
                let pod = &cluster.pods[*index];
                let select = select.clone();
                let object = ObjectRef { kind: "Pod", namespace: pod.namespace.clone(), name: pod.name.clone() };
                html! {
                    <g key={pod.name.clone()} class={classes!("pod", tone_class(pod.tone))} onclick={Callback::from(move |_| select.emit(object.clone()))}>
                        <rect class="edge" x={x.to_string()} y={y.to_string()} width={side} height={side} rx="2"
                            style="stroke-width:1;stroke:currentColor;stroke-opacity:.35"><title>{ format!("{} {}", pod.name, pod.status) }</title></rect>
                    </g>
                }
            }) }
            if crowd.more > 0 {
                { text_end(rect.x + rect.w - 12.0, rect.y + 19.0, "s11 ink3", (t.and_more)(crowd.more)) }
            }
        </g>
    }
}

fn tone_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Running => "running",
        Tone::Waiting => "waiting",
        Tone::Failed => "failed",
        Tone::Ending => "ending",
    }
}

fn tone_word(tone: Tone) -> &'static str {
    match tone {
        Tone::Running => "Running",
        Tone::Waiting => "Pending",
        Tone::Failed => "Failed",
        Tone::Ending => "Terminating",
    }
}

/// A name in two parts: what is the same for all of its owner's Pods, shortened, and what is its own.
fn pod_name(pod: &PodView, room: usize) -> (String, String) {
    let Some(owner) = &pod.owner else {
        return (String::new(), shorten(&pod.name, room.max(12)));
    };
    let own = pod.name.rsplit('-').next().unwrap_or_default().to_owned();
    if room < 8 {
        return (String::new(), own);
    }
    let stem = owner.split('-').next().unwrap_or(owner);
    (format!("{}-…-", shorten(stem, room.saturating_sub(own.len() + 3))), own)
}

fn name_text(x: f64, y: f64, class: &'static str, (stem, own): &(String, String)) -> Html {
    html! {
        <text x={x.to_string()} y={y.to_string()} class={classes!("m", class)}>
            { stem }<tspan font-weight="700">{ own }</tspan>
        </text>
    }
}

/// The beginning of a text that is too long.
pub fn shorten(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    text.chars().take(room.saturating_sub(1)).chain(['…']).collect()
}
