//! The timeline: a bar for every life, marks where a person made or deleted something, and the way into the past.

use std::rc::Rc;

use playground::{Life, LifeKind, MarkKind, Playground, Survival, Timeline};
use sim::{Duration, Time};
use yew::prelude::*;

use crate::browser::element;
use crate::header::clock_text;
use crate::page::{use_page, use_time};
use crate::session::Session;
use crate::text::Texts;

#[derive(Properties, PartialEq)]
pub struct TimelineProps {
    pub timeline: Rc<Timeline>,
    /// All that was lived, while the past is looked at.
    pub ahead: Option<Rc<Timeline>>,
    pub can_undo: bool,
    pub can_redo: bool,
}

/// A row's name: whose, which a narrow page shortens, and which one, which it does not.
#[derive(Default)]
struct LaneName {
    whose: String,
    which: String,
}

/// A row: lives that follow each other in one place, or those of many Pods of one workload together.
struct Lane<'a> {
    name: LaneName,
    /// What its label's colour says: that of where a file lives.
    class: &'static str,
    lives: Vec<&'a Life>,
    /// How many Pods at a time, where they share the row.
    crowd: usize,
}

/// Rows beyond this are not drawn: nobody follows 500 bars.
const LANES: usize = 40;
/// In a row of more lives than this, and of marks, those are one that are so close together, in percent of the width.
const MANY: usize = 50;
const CLOSE: f64 = 1.0;
/// Into how many parts its width is divided by time that passes: about as many as anybody sees.
const TICKS: u64 = 400;
/// A workload with more rows than this has one for all of its Pods.
const ROWS: usize = 8;

/// The timeline's panel.
#[component]
pub fn TimelinePanel(props: &TimelineProps) -> Html {
    let page = use_page();
    let t = page.t;
    let timeline = props.ahead.as_ref().unwrap_or(&props.timeline);
    let dragged = use_state(|| None::<Time>);
    let now = page.session.read(Playground::now);
    let end = props.ahead.as_ref().map_or(now, |ahead| ahead.until.max(now));
    let (from, until) = span(timeline, end);
    let tick = (until.since(from).as_secs() / TICKS).max(1);
    use_time(Some(Duration::from_secs(tick)));
    let part = |at: Time| {
        let whole = until.since(from).as_secs_f64().max(1.0);
        (at.since(from).as_secs_f64() / whole * 100.0).clamp(0.0, 100.0)
    };
    let (lanes, more) = lanes(timeline, t);
    let marks = deletions(timeline, &part);
    let value =
        move |event: &web_sys::HtmlInputElement| from + Duration::from_secs_f64(event.value_as_number().max(0.0));
    let oninput = {
        let dragged = dragged.clone();
        Callback::from(move |event: InputEvent| {
            dragged.set(event.target_dyn_into::<web_sys::HtmlInputElement>().map(|input| value(&input)));
        })
    };
    let onchange = {
        let (dragged, session) = (dragged.clone(), page.session.clone());
        Callback::from(move |event: Event| {
            if let Some(input) = event.target_dyn_into::<web_sys::HtmlInputElement>() {
                session.look_at(value(&input));
            }
            dragged.set(None);
        })
    };
    let back = {
        let (session, end) = (page.session.clone(), end + Duration::from_secs(1));
        Callback::from(move |event: MouseEvent| {
            session.look_at(end);
            element::after_click(&event);
        })
    };
    let on = |what: fn(&Session)| {
        let session = page.session.clone();
        Callback::from(move |event: MouseEvent| {
            what(&session);
            element::after_click(&event);
        })
    };
    let now = (*dragged).unwrap_or(now);
    html! {
        <section class="panel timeline" aria-label={t.timeline}>
            <header>
                <h2>{ t.timeline }</h2>
                if !lanes.is_empty() {
                    <span class="legend">
                        { for [("svc", "Service"), ("pod", "Pod"), ("vol", t.in_a_volume), ("file", t.in_a_container), ("ended", t.ended)].map(|(class, word)| html! {
                            <span><i class={classes!("swatch", class)}></i>{ word }</span>
                        }) }
                    </span>
                }
                if let Some(at) = *dragged {
                    <span>{ (t.go_there)(&clock_text(at.since(timeline.from).as_secs())) }</span>
                }
                <span class="spring"></span>
                if props.ahead.is_some() {
                    <b class="past">{ t.in_the_past }</b>
                    <button class="link" onclick={back}>{ t.to_the_end }</button>
                } else if !lanes.is_empty() {
                    <span class="how">{ t.timeline_help }</span>
                }
                if props.can_undo {
                    <button class="link" onclick={on(Session::undo)}>{ t.undo }</button>
                }
                if props.can_redo {
                    <button class="link" onclick={on(Session::redo)}>{ t.redo }</button>
                }
            </header>
            <div class="lanes" tabindex="0" role="group" aria-label={t.timeline}>
                if lanes.is_empty() {
                    <p class="quiet">{ t.no_lives }</p>
                }
                { for lanes.iter().map(|lane| html! {
                    <div class="lane">
                        <span class={classes!("name", lane.class)} title={format!("{}{}", lane.name.whose, lane.name.which)}>
                            <span class="whose">{ &lane.name.whose }</span><span class="which">{ &lane.name.which }</span>
                        </span>
                        <span class="track">{ for track(lane, &part, end, now, t) }</span>
                    </div>
                }) }
                if more > 0 {
                    <p class="quiet">{ (t.and_more)(more) }</p>
                }
                <div class="overlay">
                    { for marks.iter().flat_map(|mark| &mark.all).map(|at| html! { <i class="mark" style={format!("left:{at}%")}></i> }) }
                    if !lanes.is_empty() { <i class="now" style={format!("left:{}%", part(now))}></i> }
                </div>
                <div class="labels">
                    { for marks.iter().enumerate().map(|(nth, mark)| label(&marks, nth, format!("{} {}", t.deleted, mark.what))) }
                </div>
            </div>
            <input type="range" min="0" max={whole(until.since(from), tick).to_string()} step="any" aria-label={t.timeline_slider}
                value={whole(now.since(from), tick).to_string()} aria-valuetext={clock_text(now.since(timeline.from).as_secs())}
                {oninput} {onchange} />
        </section>
    }
}

/// What the timeline shows, up to `end`: from a little before the first life, at least half a minute.
fn span(timeline: &Timeline, end: Time) -> (Time, Time) {
    let first = lives(timeline).map(|life| life.from).min().unwrap_or(timeline.from);
    let from = if first.since(timeline.from) > Duration::from_secs(2) {
        Time::from_unix_micros(first.unix_micros() - 2_000_000)
    } else {
        timeline.from
    };
    let width = end.since(from);
    // A little room on the right, so that what begins now can be seen.
    (from, from + width.max(Duration::from_secs(30)).mul_f64(1.04))
}

/// The lives of what people made.
fn lives(timeline: &Timeline) -> impl Iterator<Item = &Life> {
    timeline.lives.iter().filter(|life| {
        !life.namespace.starts_with("kube-") && (life.kind != LifeKind::Service || life.name != "kubernetes")
    })
}

/// Seconds, rounded up to whole ticks: the browser lays a slider out anew whenever its value changes.
fn whole(time: Duration, tick: u64) -> u64 {
    (time.as_secs() + u64::from(time.subsec_micros() > 0)).next_multiple_of(tick)
}

/// The bars of a row.
fn track(lane: &Lane, part: &dyn Fn(Time) -> f64, end: Time, now: Time, t: &Texts) -> Vec<Html> {
    if lane.crowd > 0 {
        return together(lane, part, end);
    }
    drawn(&lane.lives, part).into_iter().map(|life| bar(life, part, end, now, t)).collect()
}

/// The lives of a row that get a bar. Of many that begin in the same place only the last one's is seen.
fn drawn<'a>(lives: &[&'a Life], part: &dyn Fn(Time) -> f64) -> Vec<&'a Life> {
    let mut drawn: Vec<&Life> = Vec::new();
    let place = |life: &Life| (part(life.from) / CLOSE).floor();
    for life in lives {
        if let Some(last) = drawn.last_mut()
            && lives.len() > MANY
            && place(life) == place(last)
        {
            *last = life;
            continue;
        }
        drawn.push(life);
    }
    drawn
}

#[inline(never)]
fn bar(life: &Life, part: &dyn Fn(Time) -> f64, end: Time, now: Time, t: &Texts) -> Html {
    let left = part(life.from);
    let right = part(life.until.unwrap_or(end));
    let kind = match (life.kind, life.until.filter(|until| *until <= now)) {
        (_, Some(_)) => "ended",
        (LifeKind::Service, _) => "svc",
        (LifeKind::Pod, _) => "pod",
        (LifeKind::Claim, _) => "vol",
        (LifeKind::File, _) => home(life),
    };
    let label = match (&life.survival, life.ip) {
        (_, Some(ip)) => ip.to_string(),
        // It was kept for as long as its volume was.
        (Some(_), _) if kind == "ended" => String::new(),
        (Some(Survival::ContainerLayer), _) => t.lost_with_container.to_owned(),
        (Some(Survival::PodVolume { .. }), _) => t.lost_with_pod.to_owned(),
        (Some(Survival::Claim { .. }), _) => t.kept_in_volume.to_owned(),
        (Some(Survival::NodePath { .. }), _) => t.kept_on_node.to_owned(),
        _ => String::new(),
    };
    let style = format!("left:{left}%;width:{}%", (right - left).max(0.4));
    let class = classes!("life", kind, (life.from > now).then_some("ahead"));
    // A label that does not fit is in the next line of its bar, which is not seen.
    html! { <span key={life.uid.clone()} {class} {style} title={format!("{} {label}", life.name)}><span>{ label }</span></span> }
}

/// Where a file lives, as a colour.
fn home(life: &Life) -> &'static str {
    match life.survival {
        Some(Survival::Claim { .. } | Survival::NodePath { .. }) => "vol",
        _ => "file",
    }
}

/// One bar for the lives of many Pods, as long as there is any.
#[inline(never)]
fn together(lane: &Lane, part: &dyn Fn(Time) -> f64, end: Time) -> Vec<Html> {
    let mut bars: Vec<(f64, f64)> = Vec::new();
    // They come in the order in which they began.
    for life in &lane.lives {
        let (from, until) = (part(life.from), part(life.until.unwrap_or(end)));
        match bars.last_mut() {
            Some(last) if from <= last.1 + 0.4 => last.1 = last.1.max(until),
            _ => bars.push((from, until)),
        }
    }
    let label = format!("{} Pods", lane.crowd);
    let bar = |(from, until): (f64, f64)| {
        html! {
            <span class="life pod" style={format!("left:{from}%;width:{}%", (until - from).max(0.4))}><span>{ &label }</span></span>
        }
    };
    bars.into_iter().map(bar).collect()
}

/// Within what lives follow each other in one row: their owner's, or those of their own name.
fn group_of(life: &Life) -> (LifeKind, &str, &str) {
    (life.kind, &life.namespace, life.owner.as_deref().unwrap_or(&life.name))
}

/// Puts lives into rows: Services first, then Pods (one row a place), claims, files. And how many rows are left out.
fn lanes<'a>(timeline: &'a Timeline, t: &Texts) -> (Vec<Lane<'a>>, usize) {
    let mut all: Vec<&Life> = lives(timeline).collect();
    // What compares equal keeps its order: within a group they stay in the order in which they began.
    sim::order::sort_by(&mut all, |one, other| group_of(one).cmp(&group_of(other)));
    let mut lanes: Vec<Lane> = Vec::new();
    let mut from = 0;
    while from < all.len() {
        let first = lanes.len();
        let group = group_of(all[from]);
        let len = all[from..].iter().take_while(|life| group_of(life) == group).count();
        for life in &all[from..from + len] {
            // A little overlap is one life ending while the next begins.
            let ended = |lane: &&mut Lane| {
                let last = lane.lives.last().and_then(|last| last.until);
                last.is_some_and(|until| until <= life.from + Duration::from_secs(3))
            };
            match lanes[first..].iter_mut().find(ended) {
                Some(lane) => lane.lives.push(*life),
                None => lanes.push(Lane { name: LaneName::default(), class: "", lives: vec![*life], crowd: 0 }),
            }
        }
        let rows = lanes.len() - first;
        if rows > ROWS && group.0 == LifeKind::Pod {
            lanes.truncate(first);
            lanes.push(Lane {
                name: LaneName::default(),
                class: "",
                lives: all[from..from + len].to_vec(),
                crowd: rows,
            });
        }
        from += len;
    }
    for lane in &mut lanes {
        (lane.name, lane.class) = name_of(lane, t);
    }
    let more = lanes.len().saturating_sub(LANES);
    lanes.truncate(LANES);
    (lanes, more)
}

/// A row's name, which is that of the cards in the picture: `web · k278s → hqdmz`.
fn name_of(lane: &Lane, t: &Texts) -> (LaneName, &'static str) {
    let named = |whose: String, which: String| LaneName { whose, which };
    let life = lane.lives[0];
    let namespace = if life.namespace == "default" { String::new() } else { format!("{}/", life.namespace) };
    match life.kind {
        LifeKind::Service => (named(format!("Service {namespace}{}", life.name), String::new()), ""),
        LifeKind::Claim => (named(format!("PVC {namespace}{}", life.name), String::new()), "vol"),
        LifeKind::File => {
            let (pod, path) = life.name.split_once(':').unwrap_or(("", &life.name));
            let file = path.rsplit('/').next().unwrap_or(path);
            let place = match &life.survival {
                Some(Survival::Claim { claim }) => claim,
                _ => pod,
            };
            (named(format!("{} {namespace}{place}", t.file), format!(":{file}")), home(life))
        }
        LifeKind::Pod => {
            let owner = life.owner.as_deref().and_then(|owner| owner.split_once('/'));
            let Some((kind, owner)) = owner else {
                return (named(format!("{namespace}{}", life.name), String::new()), "");
            };
            if lane.crowd > 0 {
                return (named(format!("{namespace}{owner}"), String::new()), "");
            }
            let short = |life: &Life| match kind {
                "Deployment" | "ReplicaSet" | "ReplicationController" | "DaemonSet" | "Job" => {
                    life.name.rsplit('-').next().unwrap_or_default().to_owned()
                }
                _ => life.name.clone(),
            };
            let mut names: Vec<String> = Vec::new();
            for life in &lane.lives {
                let name = short(life);
                if names.last() != Some(&name) {
                    names.push(name);
                }
            }
            let hidden = names.len().saturating_sub(3);
            let shown = names[hidden..].join(" → ");
            let before = if hidden > 0 { "… → " } else { "" };
            match kind {
                "StatefulSet" => (named(format!("{namespace}{before}{shown}"), String::new()), ""),
                _ => (named(format!("{namespace}{owner}"), format!(" · {before}{shown}")), ""),
            }
        }
    }
}

/// Deletions near each other on the timeline: they share their words.
struct Deletions {
    /// Where the first is, in percent.
    at: f64,
    /// Where each is.
    all: Vec<f64>,
    /// Of what.
    what: String,
}

/// Kinds, and how many of each.
type Kinds<'a> = Vec<(&'a str, usize)>;

/// Percent of the timeline within which deletions share their words.
const TOGETHER: f64 = 14.0;

#[inline(never)]
fn deletions(timeline: &Timeline, part: &dyn Fn(Time) -> f64) -> Vec<Deletions> {
    let mut marks: Vec<(Vec<f64>, Kinds)> = Vec::new();
    for mark in timeline.marks.iter().filter(|mark| mark.kind == MarkKind::Deleted) {
        let at = part(mark.at);
        let kind = short(mark.object.split('/').next().unwrap_or_default());
        if marks.last().is_none_or(|(all, _)| at - all[0] > TOGETHER) {
            marks.push((Vec::new(), Vec::new()));
        }
        let Some((all, kinds)) = marks.last_mut() else { continue };
        if all.last().is_none_or(|last| at - last >= CLOSE) {
            all.push(at);
        }
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((kind, 1)),
        }
    }
    let word = |(kind, count): (&str, usize)| if count > 1 { format!("{kind} ×{count}") } else { kind.to_owned() };
    let together = |(all, kinds): (Vec<f64>, Kinds)| {
        let words: Vec<String> = kinds.into_iter().map(word).collect();
        Deletions { at: all[0], all, what: words.join(", ") }
    };
    marks.into_iter().map(together).collect()
}

/// kubectl's short name of a kind whose name is long.
fn short(singular: &str) -> &str {
    let known = if singular.len() > 11 { api::find_resource(singular) } else { None };
    known.and_then(|resource| resource.short_names.first()).copied().unwrap_or(singular)
}

/// The words of a mark, as wide as there is room until the next.
#[inline(never)]
fn label(marks: &[Deletions], nth: usize, text: String) -> Html {
    let flips = |mark: &Deletions| mark.at > 72.0;
    let at = marks[nth].at;
    let (from, to) = if flips(&marks[nth]) {
        let before = nth.checked_sub(1).map(|nth| &marks[nth]);
        (before.map_or(0.0, |before| if flips(before) { before.at } else { (before.at + at) / 2.0 }), at)
    } else {
        let after = marks.get(nth + 1);
        (at, after.map_or(100.0, |after| if flips(after) { (after.at + at) / 2.0 } else { after.at }))
    };
    let class = classes!("label", flips(&marks[nth]).then_some("flip"));
    html! { <span {class} style={format!("left:{from}%;width:{}%", to - from)} title={text.clone()}><span>{ text }</span></span> }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn a_row_has_no_more_bars_than_can_be_told_apart() {
        let begin = |second: i64| Life {
            kind: LifeKind::Pod,
            namespace: "default".into(),
            name: format!("cron-{second}"),
            uid: String::new(),
            ip: None,
            port: None,
            owner: None,
            from: Time::from_unix_secs(second),
            until: Some(Time::from_unix_secs(second)),
            survival: None,
        };
        let lives: Vec<Life> = (0..2_000).map(begin).collect();
        let part = |at: Time| at.unix_secs() as f64 / 20.0;
        let many = drawn(&lives.iter().collect::<Vec<_>>(), &part);
        assert!((50..=101).contains(&many.len()), "{}", many.len());
        assert_eq!(many.last().map(|life| life.name.as_str()), Some("cron-1999"), "the last one is seen");
        assert_eq!(drawn(&lives.iter().take(MANY).collect::<Vec<_>>(), &part).len(), MANY);
    }
}
