//! The boxes of the picture: what stands on each, and how large it is for that.

use std::rc::Rc;

use super::layout::{Members, Rect, Spot, Viewport};
use super::measure::{Font, fit, width, wrap};
use crate::session::{
    ClaimView, IngressView, ObjectRef, PodView, ServiceView, Tone, Trouble, VolumeView, WorkloadView, kind,
};
use crate::text::trouble;

/// Some words in a style of their own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Span {
    pub class: &'static str,
    pub text: String,
}

/// A card: an object that can be chosen.
#[derive(Clone, PartialEq, Debug)]
pub struct Card {
    /// The object.
    pub object: ObjectRef,
    /// How it looks.
    pub class: String,
    /// What screen readers say.
    pub label: String,
    /// Where it is.
    pub rect: Rect,
    /// Its lines, from the top.
    pub lines: Vec<Vec<Span>>,
    /// How it is, as a shape in its corner.
    pub dot: Option<Tone>,
}

impl Card {
    /// The card, there.
    pub fn at(mut self, x: f64, y: f64) -> Card {
        (self.rect.x, self.rect.y) = (x, y);
        self
    }
}

/// A workload's caption, and its Pods where they are too many for cards.
#[derive(Clone, PartialEq, Debug)]
pub struct Group {
    /// The workload; nothing for lone Pods.
    pub object: Option<ObjectRef>,
    /// `Deployment web · 2/2`, with as much of the name as there is room for.
    pub caption: String,
    /// The same with all of it, and the note: what screen readers say.
    pub label: String,
    /// What is still to come, or is wrong.
    pub note: String,
    /// Caption, Pods and all.
    pub rect: Rect,
    /// Where the bracket is that Services' wires end at: its x, top and bottom, and whether a Service works.
    pub bracket: Option<(f64, f64, f64, bool)>,
    /// The Pods as squares.
    pub crowd: Option<Crowd>,
}

/// Many Pods of one workload, drawn as squares.
#[derive(Clone, PartialEq, Debug)]
pub struct Crowd {
    /// Where the squares are.
    pub rect: Rect,
    /// The Pods.
    pub pods: Vec<Rc<PodView>>,
    /// Squares in a row.
    pub across: usize,
    /// From one square to the next.
    pub step: f64,
    /// How many of each tone.
    pub counts: Vec<(Tone, usize)>,
}

impl Crowd {
    /// The square of a Pod.
    pub fn square(&self, index: usize) -> Rect {
        let (row, column) = (index / self.across, index % self.across);
        let side = self.step - (self.step / 5.0).round().max(2.0);
        Rect::new(self.rect.x + column as f64 * self.step, self.rect.y + row as f64 * self.step, side, side)
    }
}

/// What [`group`] made.
pub struct Made {
    pub group: Group,
    pub cards: Vec<Card>,
    pub spots: Vec<Spot>,
    /// Where the rows of Pods begin.
    pub rows: f64,
}

/// Up to so many Pods of a workload are cards, and the most of them that a picture has.
const CARDS: usize = 12;
const ALL_CARDS: usize = 40;
/// Up to so many are one-line cards.
const LINES: usize = 40;
const ALL_LINES: usize = 120;
/// More than these are only counted.
const SQUARES: usize = 1000;

fn span(class: &'static str, text: impl Into<String>) -> Span {
    Span { class, text: text.into() }
}

fn object(kind: &'static str, namespace: &str, name: &str) -> ObjectRef {
    ObjectRef { kind, namespace: namespace.to_owned(), name: name.to_owned() }
}

pub fn claim_ref(claim: &ClaimView) -> ObjectRef {
    object("PersistentVolumeClaim", &claim.namespace, &claim.name)
}

pub fn volume_ref(volume: &VolumeView) -> ObjectRef {
    object("PersistentVolume", "", &volume.name)
}

/// Where, for those who only hear it.
fn heard(namespace: &str) -> String {
    if matches!(namespace, "" | "default") { String::new() } else { format!(", namespace {namespace}") }
}

fn sized(viewport: &Viewport, w: f64, lines: &[Vec<Span>]) -> Rect {
    Rect::new(0.0, 0.0, w.round(), viewport.px(10.0) + lines.len() as f64 * viewport.px(16.0))
}

/// A Service. `matched` says whether its selector chooses any Pod.
#[inline(never)]
pub fn service(service: &ServiceView, viewport: &Viewport, w: f64, matched: bool) -> Card {
    let (t, inner) = (viewport.t, w - viewport.px(16.0));
    let port = service.ports.first();
    let headless = service.ip == "None";
    let address = match port {
        _ if service.kind == "ExternalName" => service.external_name.clone(),
        Some((port, _)) => format!("{}:{port}", service.ip),
        None => service.ip.clone(),
    };
    let node_port = port.and_then(|(_, node_port)| *node_port).map(|port| format!("NodePort {port}"));
    let role = width("Service ", Font::Bold, viewport.text);
    let mut lines = vec![
        vec![span("role", "Service "), span("b", fit(&service.name, Font::Bold, viewport.text, inner - role))],
        vec![span("m", fit(&address, Font::Mono, viewport.text, inner))],
    ];
    let kind = match service.kind.as_str() {
        "LoadBalancer" | "ExternalName" => Some(service.kind.clone()),
        _ => None,
    };
    let more: Vec<String> =
        kind.into_iter().chain(node_port.clone()).chain(headless.then(|| "headless".to_owned())).collect();
    for part in more {
        lines.push(vec![span("m ink2", fit(&part, Font::Mono, viewport.text, inner))]);
    }
    let broken = if service.works() || service.kind == "ExternalName" {
        None
    } else if service.selector.is_empty() {
        Some(t.service_without_selector.to_owned())
    } else if matched {
        Some(t.service_none_ready.to_owned())
    } else {
        Some((t.service_no_match)(&service.selector_text()))
    };
    if let Some(why) = &broken {
        for line in wrap(&format!("✕ {why}"), Font::Bold, viewport.text, inner, 3) {
            lines.push(vec![span("bad", line)]);
        }
    }
    let label = format!(
        "Service {}, {address} {}, {} endpoints{}{}",
        service.name,
        node_port.unwrap_or_default(),
        service.endpoints.len(),
        broken.as_ref().map(|why| format!(", {why}")).unwrap_or_default(),
        heard(&service.namespace)
    );
    Card {
        object: object("Service", &service.namespace, &service.name),
        class: if broken.is_some() { "svc broken" } else { "svc" }.to_owned(),
        label,
        rect: sized(viewport, w, &lines),
        lines,
        dot: None,
    }
}

/// An Ingress, with the address at which its controller listens; where none does, it says so.
#[inline(never)]
pub fn ingress(ingress: &IngressView, viewport: &Viewport, w: f64) -> Card {
    let inner = w - viewport.px(20.0);
    let role = width("Ingress ", Font::Bold, viewport.text);
    let mut lines =
        vec![vec![span("role", "Ingress "), span("b", fit(&ingress.name, Font::Bold, viewport.text, inner - role))]];
    for (path, service) in ingress.rules.iter().take(2) {
        lines.push(vec![span("m", fit(&format!("{path} → {service}"), Font::Mono, viewport.text, inner))]);
    }
    let state = if ingress.address.is_empty() { viewport.t.ingress_idle } else { &ingress.address };
    for line in wrap(state, Font::Sans, viewport.text, inner, 2) {
        lines.push(vec![span("ink3", line)]);
    }
    let rules: Vec<String> = ingress.rules.iter().map(|(path, service)| format!("{path} → {service}")).collect();
    Card {
        object: object("Ingress", &ingress.namespace, &ingress.name),
        class: if ingress.address.is_empty() { "svc idle" } else { "svc" }.to_owned(),
        label: format!("Ingress {}, {}, {}{}", ingress.name, rules.join(", "), state, heard(&ingress.namespace)),
        rect: sized(viewport, w, &lines),
        lines,
        dot: None,
    }
}

/// A claim with its files; with its volume where that has no card of its own.
#[inline(never)]
pub fn claim(claim: &ClaimView, volume: Option<&Rc<VolumeView>>, viewport: &Viewport, w: f64) -> Card {
    let inner = w - viewport.px(20.0);
    let state = if claim.ending { "Terminating" } else { &claim.phase };
    let role = width("PVC ", Font::Bold, viewport.text);
    let mut lines = vec![
        vec![span("role", "PVC "), span("b", fit(&claim.name, Font::Bold, viewport.text, inner - role))],
        vec![span("", format!("{state} · {}", claim.size))],
    ];
    if let Some(volume) = volume {
        lines.push(vec![span("m ink2", fit(&volume.name, Font::Mono, viewport.text, inner))]);
    }
    let shown = if claim.files.len() > 3 { 2 } else { 3 };
    for file in claim.files.iter().take(shown) {
        lines.push(vec![span("m file", fit(&format!("▸ {file}"), Font::Mono, viewport.text, inner))]);
    }
    if claim.files.len() > shown {
        lines.push(vec![span("ink2", (viewport.t.more_files)(claim.files.len() - shown))]);
    }
    let files = if claim.files.is_empty() {
        String::new()
    } else {
        format!(", {}: {}", viewport.t.pod_files, claim.files.join(", "))
    };
    Card {
        object: claim_ref(claim),
        class: if claim.phase == "Bound" { "vol" } else { "vol waiting" }.to_owned(),
        label: format!(
            "PersistentVolumeClaim {}, {}, {state}{files}{}",
            claim.name,
            claim.size,
            heard(&claim.namespace)
        ),
        rect: sized(viewport, w, &lines),
        lines,
        dot: None,
    }
}

/// The claims for which there is no card.
#[inline(never)]
pub fn more_claims(claims: &[&Rc<ClaimView>], viewport: &Viewport, w: f64) -> Card {
    let bound = claims.iter().filter(|claim| claim.phase == "Bound").count();
    let first = &claims[0].name;
    let lines = vec![
        vec![
            span("role", "PVC "),
            span("b", fit(&format!("{first} …"), Font::Bold, viewport.text, w - viewport.px(52.0))),
        ],
        vec![span("", format!("{bound}/{} Bound", claims.len()))],
    ];
    Card {
        object: claim_ref(claims[0]),
        class: "vol".to_owned(),
        label: format!("PersistentVolumeClaim {first}, {}", (viewport.t.and_more)(claims.len() - 1)),
        rect: sized(viewport, w, &lines),
        lines,
        dot: None,
    }
}

/// A volume.
#[inline(never)]
pub fn volume(volume: &VolumeView, viewport: &Viewport, w: f64) -> Card {
    let inner = w - viewport.px(20.0);
    let role = width("PV ", Font::Bold, viewport.text);
    let lines = vec![
        vec![span("role", "PV "), span("m", fit(&volume.name, Font::Mono, viewport.text, inner - role))],
        vec![span("ink2", format!("{} · {} · {}", volume.phase, volume.size, volume.source))],
    ];
    Card {
        object: volume_ref(volume),
        class: if volume.phase == "Bound" { "vol" } else { "vol waiting" }.to_owned(),
        label: format!("PersistentVolume {}, {}, {}", volume.name, volume.size, volume.phase),
        rect: sized(viewport, w, &lines),
        lines,
        dot: None,
    }
}

/// A ConfigMap or Secret that a Pod uses.
#[inline(never)]
pub fn config(of_kind: &'static str, name: &str, pod: &PodView, viewport: &Viewport, w: f64) -> Card {
    let missing = pod.trouble == Some(Trouble::Missing(of_kind, name.to_owned()));
    let role = width(of_kind, Font::Bold, viewport.text) + viewport.px(4.0);
    let lines = vec![vec![
        span("role", format!("{of_kind} ")),
        span("b", fit(name, Font::Bold, viewport.text, w - viewport.px(20.0) - role)),
    ]];
    Card {
        object: object(kind(of_kind).unwrap_or("ConfigMap"), &pod.namespace, name),
        class: if missing { "cfg broken" } else { "cfg" }.to_owned(),
        label: format!("{of_kind} {name}{}{}", if missing { viewport.t.missing } else { "" }, heard(&pod.namespace)),
        rect: sized(viewport, w, &lines),
        lines,
        dot: None,
    }
}

/// A workload with its Pods: the left edge, how wide the Pods may be, and how wide the caption.
#[inline(never)]
pub fn group(
    members: &Members,
    viewport: &Viewport,
    (x, w, caption_w): (f64, f64, f64),
    top: f64,
    total: usize,
    several_nodes: bool,
    reached: &dyn Fn(&PodView) -> bool,
) -> Made {
    let count = members.pods.len();
    let rows = top + viewport.px(26.0);
    let (caption, note, label) = caption(members, viewport, caption_w);
    let mut made = Made {
        group: Group {
            object: members.workload.map(|it| object(it.kind, &it.namespace, &it.name)),
            caption,
            note,
            label,
            rect: Rect::new(x, top, w, viewport.px(19.0)),
            bracket: None,
            crowd: None,
        },
        cards: Vec::new(),
        spots: Vec::new(),
        rows,
    };
    if count == 0 {
        return made;
    }
    let lines = count > CARDS || total > ALL_CARDS && count > 4;
    if lines && (count > LINES || total > ALL_LINES) {
        crowd(members, viewport, (x, w), rows, &mut made);
        return made;
    }
    let gap = viewport.px(8.0);
    let (mut at, mut y, mut high) = (x, rows, 0.0_f64);
    for pod in &members.pods {
        let card = if lines { line(pod, viewport, w) } else { pod_card(pod, viewport, w, several_nodes, reached(pod)) };
        if at > x && at + card.rect.w > x + w {
            (at, y, high) = (x, y + high + gap, 0.0);
        }
        let card = card.at(at, y);
        made.spots.push(Spot { pod: (*pod).clone(), rect: card.rect, first: at == x });
        at = card.rect.right() + gap;
        high = high.max(card.rect.h);
        made.group.rect.h = made.group.rect.h.max(card.rect.bottom() - top);
        made.cards.push(card);
    }
    made
}

/// `Deployment web · 2/2`, what is still to come, and both without anything left out.
fn caption(members: &Members, viewport: &Viewport, w: f64) -> (String, String, String) {
    let t = viewport.t;
    let Some(workload) = members.workload else { return ("Pod".to_owned(), String::new(), "Pod".to_owned()) };
    let WorkloadView { kind, name, ready, want, schedule, .. } = &**workload;
    let failed = members.pods.iter().filter(|pod| pod.tone == Tone::Failed).count();
    let waiting: Vec<&&Rc<PodView>> = members.pods.iter().filter(|pod| pod.tone == Tone::Waiting).collect();
    let note = match (*kind, waiting.as_slice()) {
        _ if failed > 0 => (t.pods_fail)(failed),
        ("StatefulSet", [first, ..]) => (t.waits_for)(&first.name),
        (_, []) => String::new(),
        (_, waiting) => (t.pods_start)(waiting.len()),
    };
    let state = match *kind {
        "CronJob" => format!(" · {schedule} · {}", (t.jobs_succeeded)(*ready, *want)),
        "Job" => format!(" · {}", (t.completions)(*ready, *want)),
        _ => format!(" · {ready}/{want}"),
    };
    let label = format!("{kind} {name}{state} {note}").trim_end().to_owned();
    // kubectl's short name of the kind, then a long name, give way to how far it is and to what is wrong.
    let bold = |text: &str| width(text, Font::Bold, viewport.text);
    let short = || api::find_resource(&kind.to_lowercase()).and_then(|it| it.short_names.first().copied());
    let fits = bold(&format!("{kind} {name}{state}  {note}")) <= w;
    let kind = if fits { kind } else { short().unwrap_or(kind) };
    let rest = bold(&format!("{kind} {state}  {note}"));
    let name = fit(name, Font::Bold, viewport.text, (w - rest).max(viewport.px(48.0)));
    let caption = fit(&format!("{kind} {name}{state}"), Font::Bold, viewport.text, w);
    let note =
        if note.is_empty() { note } else { fit(&note, Font::Bold, viewport.text, w - bold(&format!("{caption}  "))) };
    (caption, note, label)
}

pub fn tone_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Running => "running",
        Tone::Waiting => "waiting",
        Tone::Failed => "failed",
        Tone::Ending => "ending",
        Tone::Done => "done",
    }
}

/// kubectl's word for most Pods of a tone, in English in every language.
pub fn tone_word(tone: Tone) -> &'static str {
    match tone {
        Tone::Running => "Running",
        Tone::Waiting => "Pending",
        Tone::Failed => "Failed",
        Tone::Ending => "Terminating",
        Tone::Done => "Completed",
    }
}

fn pod_ref(pod: &PodView) -> ObjectRef {
    object("Pod", &pod.namespace, &pod.name)
}

/// What is wrong with a Pod, in words.
pub fn trouble_text(pod: &PodView, viewport: &Viewport) -> Option<String> {
    let trouble = pod.trouble.as_ref()?;
    let left = match trouble {
        Trouble::Exited { again: Some(again), .. } => {
            Some(again.since(viewport.now).as_secs()).filter(|left| *left > 0)
        }
        _ => None,
    };
    Some(trouble::on_card(trouble, left, viewport.t.lang))
}

/// What screen readers say of a Pod.
fn pod_label(pod: &PodView, viewport: &Viewport) -> String {
    let ip = pod.ip.as_deref().unwrap_or(viewport.t.no_ip);
    let old = pod.old_ip.as_ref().map(|old| format!(", {} {old}", viewport.t.old_ip)).unwrap_or_default();
    let wrong =
        pod.trouble.as_ref().map(|it| format!(", {}", trouble::on_card(it, None, viewport.t.lang))).unwrap_or_default();
    format!("Pod {}, {ip}, {}{wrong}{old}{}", pod.name, pod.status, heard(&pod.namespace))
}

/// A Pod in two lines.
fn pod_card(pod: &PodView, viewport: &Viewport, w: f64, several_nodes: bool, reached: bool) -> Card {
    let t = viewport.t;
    let most = w - viewport.px(22.0);
    let mut first = vec![span("m b", fit(pod.short_name(), Font::Mono, viewport.text, most - viewport.px(14.0)))];
    let mut beside = String::new();
    if pod.restarts > 0 {
        beside = (t.restarted)(pod.restarts);
    } else if pod.old_ip.is_some() && pod.tone == Tone::Running {
        beside = t.new_pod.to_owned();
    }
    let used = width(&first[0].text, Font::Mono, viewport.text);
    let beside_w = width(&format!(" {beside}"), Font::Sans, viewport.text);
    if !beside.is_empty() && used + beside_w + viewport.px(14.0) <= most {
        first.push(span("note", format!(" {beside}")));
    }
    let (mut second, mut third) = (Vec::new(), Vec::new());
    let trouble = trouble_text(pod, viewport).filter(|_| matches!(pod.tone, Tone::Waiting | Tone::Failed));
    match (&trouble, &pod.ip) {
        (Some(text), _) => {
            second.push(span("status", fit(text, Font::Sans, viewport.text, most)));
        }
        (None, Some(ip)) if pod.tone == Tone::Running => {
            second.push(span("m", fit(ip, Font::Mono, viewport.text, most)));
            if let Some(old) = &pod.old_ip {
                // Beside the new address or, where there is no room, below it.
                let beside = width(&format!("{ip} {old}"), Font::Mono, viewport.text) <= w - viewport.px(20.0);
                let old = span("m struck", fit(old, Font::Mono, viewport.text, most));
                if beside {
                    second.extend([span("m", " "), old]);
                } else {
                    third.push(old);
                }
            }
        }
        _ => second.push(span("status", fit(&pod.status, Font::Sans, viewport.text, most))),
    }
    let wide = |spans: &[Span]| -> f64 {
        let of = |span: &Span| {
            let font = if span.class.starts_with('m') { Font::Mono } else { Font::Sans };
            width(&span.text, font, viewport.text)
        };
        spans.iter().map(of).sum()
    };
    let mut lines = vec![first, second];
    if !third.is_empty() {
        lines.push(third);
    }
    if several_nodes && !pod.node.is_empty() {
        lines.push(vec![span("m ink2", fit(&pod.node, Font::Mono, viewport.text, most))]);
    }
    let inner = (wide(&lines[0]) + viewport.px(14.0)).max(lines[1..].iter().map(|line| wide(line)).fold(0.0, f64::max));
    let w = (inner + viewport.px(20.0)).clamp(viewport.px(128.0).min(w), w).round();
    let mut class = format!("pod {}", tone_class(pod.tone));
    if pod.old_ip.is_some() {
        class.push_str(" new");
    }
    if !reached && pod.tone == Tone::Running {
        class.push_str(" idle");
    }
    let mut rect = sized(viewport, w, &lines);
    rect.h -= viewport.px(2.0);
    Card { object: pod_ref(pod), class, label: pod_label(pod, viewport), rect, lines, dot: Some(pod.tone) }
}

/// A Pod in one line.
fn line(pod: &PodView, viewport: &Viewport, w: f64) -> Card {
    let name = fit(pod.short_name(), Font::Mono, viewport.text, w - viewport.px(36.0));
    let w = (width(&name, Font::Mono, viewport.text) + viewport.px(34.0)).max(viewport.px(72.0)).min(w).round();
    Card {
        object: pod_ref(pod),
        class: format!("pod short {}", tone_class(pod.tone)),
        label: pod_label(pod, viewport),
        rect: Rect::new(0.0, 0.0, w, viewport.px(24.0)),
        lines: vec![vec![span("m", name)]],
        dot: Some(pod.tone),
    }
}

/// Squares, with how many there are of each tone.
fn crowd(members: &Members, viewport: &Viewport, (x, w): (f64, f64), rows: f64, made: &mut Made) {
    let pods: Vec<Rc<PodView>> = members.pods.iter().take(SQUARES).map(|pod| (*pod).clone()).collect();
    let step = viewport.px(if pods.len() > 160 { 11.0 } else { 15.0 });
    let across = ((w / step).floor() as usize).clamp(1, 50);
    let mut counts = Vec::new();
    for tone in [Tone::Running, Tone::Waiting, Tone::Failed, Tone::Ending, Tone::Done] {
        let count = members.pods.iter().filter(|pod| pod.tone == tone).count();
        if count > 0 {
            counts.push((tone, count));
        }
    }
    let top = rows + viewport.px(20.0);
    let high = pods.len().div_ceil(across) as f64 * step;
    let rect = Rect::new(x, top, across as f64 * step, high);
    let crowd = Crowd { rect, pods, across, step, counts };
    // A route leads to the row of the square.
    let spot = |(index, pod): (usize, &Rc<PodView>)| {
        let square = crowd.square(index);
        Spot { pod: pod.clone(), rect: Rect::new(rect.x, square.y, square.w, square.h), first: true }
    };
    made.spots = crowd.pods.iter().enumerate().map(spot).collect();
    made.group.rect.h = rect.bottom() - made.group.rect.y;
    made.group.crowd = Some(crowd);
}
