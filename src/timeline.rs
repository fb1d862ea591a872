//! The timeline: a bar for every life, marks where a person made or deleted something, and the way into the past.

use std::rc::Rc;

use playground::{Life, LifeKind, MarkKind, Survival, Timeline};
use sim::{Duration, Time};
use yew::prelude::*;

use crate::header::clock_text;
use crate::page::use_page;
use crate::session::Session;

#[derive(Properties, PartialEq)]
pub struct TimelineProps {
    pub timeline: Rc<Timeline>,
    /// All that was lived, while the past is looked at.
    pub ahead: Option<Rc<Timeline>>,
    pub can_undo: bool,
    pub can_redo: bool,
}

/// A row: lives that follow each other in one place.
struct Lane {
    name: String,
    lives: Vec<Life>,
}

/// Rows beyond this are not drawn: nobody follows 500 bars.
const LANES: usize = 40;

/// The timeline's panel.
#[component]
pub fn TimelinePanel(props: &TimelineProps) -> Html {
    let page = use_page();
    let t = page.t;
    let now = props.timeline.until;
    let timeline = props.ahead.as_ref().unwrap_or(&props.timeline);
    let dragged = use_state(|| None::<Time>);
    let (from, until) = span(timeline);
    let part = |at: Time| {
        let whole = until.since(from).as_secs_f64().max(1.0);
        (at.since(from).as_secs_f64() / whole * 100.0).clamp(0.0, 100.0)
    };
    let (lanes, more) = lanes(timeline);
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
        let (session, end) = (page.session.clone(), timeline.until + Duration::from_secs(1));
        Callback::from(move |_| session.look_at(end))
    };
    let on = |what: fn(&Session)| {
        let session = page.session.clone();
        Callback::from(move |_| what(&session))
    };
    let now = (*dragged).unwrap_or(now);
    html! {
        <section class="panel timeline" aria-label={t.timeline}>
            <header>
                <h2>{ t.timeline }</h2>
                if let Some(at) = *dragged {
                    <span>{ (t.go_there)(&clock_text(at.since(timeline.from).as_secs())) }</span>
                }
                <span class="spring"></span>
                if props.ahead.is_some() {
                    <b class="past">{ t.in_the_past }</b>
                    <button class="link" onclick={back}>{ t.to_the_end }</button>
                } else if !lanes.is_empty() {
                    <span class="wide-only">{ t.timeline_help }</span>
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
                        <span class="name" title={lane.name.clone()}>{ &lane.name }</span>
                        <span class="track">{ for lane.lives.iter().map(|life| bar(life, &part, timeline.until, now)) }</span>
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
            <input type="range" min="0" max={until.since(from).as_secs_f64().to_string()} step="any" aria-label={t.timeline_slider}
                value={now.since(from).as_secs_f64().to_string()} aria-valuetext={clock_text(now.since(timeline.from).as_secs())}
                {oninput} {onchange} />
        </section>
    }
}

/// What the timeline shows: from a little before the first life, at least a minute.
fn span(timeline: &Timeline) -> (Time, Time) {
    let first = lives(timeline).map(|life| life.from).min().unwrap_or(timeline.from);
    let from = if first.since(timeline.from) > Duration::from_secs(2) {
        Time::from_unix_micros(first.unix_micros() - 2_000_000)
    } else {
        timeline.from
    };
    let width = timeline.until.since(from);
    // A little room on the right, so that what begins now can be seen.
    (from, from + width.max(Duration::from_secs(30)).mul_f64(1.04))
}

/// The lives of what people made.
fn lives(timeline: &Timeline) -> impl Iterator<Item = &Life> {
    timeline.lives.iter().filter(|life| {
        !life.namespace.starts_with("kube-") && (life.kind != LifeKind::Service || life.name != "kubernetes")
    })
}

#[inline(never)]
fn bar(life: &Life, part: &dyn Fn(Time) -> f64, end: Time, now: Time) -> Html {
    let left = part(life.from);
    let right = part(life.until.unwrap_or(end));
    let kind = match (life.kind, life.until.filter(|until| *until <= now), &life.survival) {
        (LifeKind::Service, None, _) => "svc",
        (LifeKind::Pod, None, _) => "pod",
        (LifeKind::Claim, None, _) | (LifeKind::File, None, Some(Survival::Claim { .. })) => "vol",
        (LifeKind::File, None, _) => "file",
        _ => "ended",
    };
    let label = life.ip.map(|ip| ip.to_string()).unwrap_or_default();
    let style = format!("left:{left}%;width:{}%", (right - left).max(0.4));
    html! { <span key={life.uid.clone()} class={classes!("life", kind, (life.from > now).then_some("ahead"))} {style} title={format!("{} {label}", life.name)}>{ label }</span> }
}

/// Puts lives into rows: Services first, then Pods (one row a place), claims, files.
/// And how many lives found no row.
fn lanes(timeline: &Timeline) -> (Vec<Lane>, usize) {
    let mut lanes: Vec<(LifeKind, String, Lane)> = Vec::new();
    let (mut pods, mut more) = (0, 0);
    for life in lives(timeline) {
        let group = match life.kind {
            LifeKind::Pod => stem(&life.name),
            _ => life.name.clone(),
        };
        // A little overlap is one life ending while the next begins.
        let ended = |lane: &Lane| {
            lane.lives
                .last()
                .and_then(|last| last.until)
                .is_some_and(|until| until <= life.from + Duration::from_secs(3))
        };
        let taken = lanes.iter().position(|(kind, owner, lane)| *kind == life.kind && *owner == group && ended(lane));
        if let Some(lane) = taken {
            lanes[lane].2.lives.push(life.clone());
            continue;
        }
        if lanes.len() >= LANES {
            more += 1;
            continue;
        }
        let name = match life.kind {
            LifeKind::Pod if group != life.name => {
                pods += 1;
                format!("Pod {pods}")
            }
            LifeKind::File => life.name.rsplit(':').next().unwrap_or_default().to_owned(),
            _ => life.name.clone(),
        };
        lanes.push((life.kind, group, Lane { name, lives: vec![life.clone()] }));
    }
    sim::order::sort_by(&mut lanes, |a, b| a.0.cmp(&b.0));
    (lanes.into_iter().map(|(_, _, lane)| lane).collect(), more)
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
        all.push(at);
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
    let flips = |mark: &Deletions| mark.at > 80.0;
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

/// What the names of one Deployment's Pods have in common: `web` of `web-66b6c48dd5-4k2vx`.
fn stem(name: &str) -> String {
    let mut parts: Vec<&str> = name.rsplitn(3, '-').collect();
    let generated = parts.len() == 3 && parts[0].len() == 5 && (6..=10).contains(&parts[1].len());
    if generated { parts.remove(2).to_owned() + "-" } else { name.to_owned() }
}
