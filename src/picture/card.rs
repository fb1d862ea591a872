//! Cards and workloads as they are drawn; what they say is in `boxes.rs`. Each is drawn again only when it changed.

use std::rc::Rc;

use yew::prelude::*;

use super::boxes::{Card, Crowd, Group, Span, tone_word};
use super::layout::Rect;
use crate::session::{ObjectRef, Tone};

#[derive(Properties, PartialEq)]
pub struct CardProps {
    pub card: Rc<Card>,
    /// The size of text.
    pub size: f64,
    /// It is in the inspector.
    pub chosen: bool,
    /// The route came to it.
    pub hit: bool,
}

/// A card. What is done with it is heard by the whole picture, which knows it by `data-object`.
#[component]
pub fn CardView(props: &CardProps) -> Html {
    let card = &*props.card;
    let Rect { x, y, w, h } = card.rect;
    let px = |length: f64| (length * props.size / 12.0).round();
    let short = card.lines.len() == 1 && card.dot.is_some();
    let left = x + px(if short { 22.0 } else { 10.0 });
    let first = if short { y + px(16.0) } else { y + px(17.0) };
    let class = classes!(card.class.clone(), props.chosen.then_some("selected"), props.hit.then_some("hit"), "fresh");
    html! {
        <g {class} data-object={card.object.key()}>
            // The button is the box alone: its name says more than the words on it.
            <rect class="edge" role="button" tabindex="0" aria-label={card.label.clone()} x={x.to_string()} y={y.to_string()}
                width={w.to_string()} height={h.to_string()} rx={px(8.0).to_string()}><title>{ card.label.clone() }</title></rect>
            <g class="words" aria-hidden="true">
                { for card.lines.iter().enumerate().map(|(nth, spans)| words(left, first + nth as f64 * px(16.0), spans)) }
                if let Some(tone) = card.dot {
                    { dot(tone, if short { x + px(12.0) } else { x + w - px(12.0) }, y + px(12.0), px(4.0)) }
                }
            </g>
        </g>
    }
}

fn words(x: f64, y: f64, spans: &[Span]) -> Html {
    html! {
        <text x={x.to_string()} y={y.to_string()}>
            { for spans.iter().map(|span| html! { <tspan class={span.class}>{ &span.text }</tspan> }) }
        </text>
    }
}

/// A tone's shape: a disc, a ring, a diamond.
fn dot(tone: Tone, x: f64, y: f64, r: f64) -> Html {
    match tone {
        Tone::Failed => {
            let r = r + 1.0;
            html! { <path class="dot" d={format!("M{x} {} l{r} {r} l-{r} {r} l-{r} -{r}z", y - r)} /> }
        }
        _ => html! { <circle class="dot" cx={x.to_string()} cy={y.to_string()} r={r.to_string()} /> },
    }
}

#[derive(Properties, PartialEq)]
pub struct GroupProps {
    pub group: Rc<Group>,
    /// Its place among the groups.
    pub index: usize,
    /// The size of text.
    pub size: f64,
    /// The Pod in the inspector, when it is one of the squares.
    pub chosen: Option<usize>,
    /// The Pod that the route came to, when it is one of the squares.
    pub hit: Option<usize>,
    /// How a crowd's Pods are chosen by keyboard.
    pub help: &'static str,
}

/// A workload's caption and bracket, and its Pods where they are squares.
#[component]
pub fn GroupView(props: &GroupProps) -> Html {
    let group = &*props.group;
    let px = |length: f64| (length * props.size / 12.0).round();
    let (x, y) = (group.rect.x, group.rect.y + px(12.0));
    let object = group.object.as_ref().map(ObjectRef::key);
    let words = html! {
        <text x={x.to_string()} y={y.to_string()}>
            <tspan class="caption">{ &group.caption }</tspan><tspan class="note">{ if group.note.is_empty() { String::new() } else { format!("  {}", group.note) } }</tspan>
        </text>
    };
    html! { <>
        if let Some(object) = object {
            <g class="workload" data-object={object}>
                <rect class="edge" role="button" tabindex="0" aria-label={group.label.clone()} x={(x - 4.0).to_string()}
                    y={(group.rect.y - px(4.0)).to_string()} width={(super::layout::caption_width(&format!("{}  {}", group.caption, group.note), props.size) + 8.0).to_string()} height={px(24.0).to_string()} rx="6"><title>{ group.label.clone() }</title></rect>
                <g class="words" aria-hidden="true">{ words }</g>
            </g>
        } else {
            <g class="words" aria-hidden="true">{ words }</g>
        }
        if let Some((x, top, bottom, works)) = group.bracket {
            <path class={classes!("bracket", (!works).then_some("idle"))} aria-hidden="true" d={format!("M{x} {top} L{x} {bottom}")} />
        }
        if let Some(crowd) = &group.crowd {
            { squares(crowd, group, props, px(12.0)) }
        }
    </> }
}

/// The squares of a crowd: one path for each tone, however many there are.
#[inline(never)]
fn squares(crowd: &Crowd, group: &Group, props: &GroupProps, unit: f64) -> Html {
    let square = |rect: Rect| format!("M{} {}h{}v{}h-{}z", rect.x, rect.y, rect.w, rect.h, rect.w);
    let outline = |index: Option<usize>, class: &'static str| {
        let square = crowd.square(index.filter(|index| *index < crowd.pods.len())?);
        Some(
            html! { <rect {class} x={(square.x - 2.0).to_string()} y={(square.y - 2.0).to_string()} width={(square.w + 4.0).to_string()} height={(square.h + 4.0).to_string()} rx="3" /> },
        )
    };
    let counts: Vec<String> =
        crowd.counts.iter().map(|(tone, count)| format!("{count} {}", tone_word(*tone))).collect();
    let mut x = crowd.rect.x;
    let rect = crowd.rect;
    html! {
        <g class="crowd">
            <rect class="edge" role="button" tabindex="0" data-crowd={props.index.to_string()} aria-label={format!("{}: {}. {}", group.label, counts.join(", "), props.help)}
                x={(rect.x - 3.0).to_string()} y={(rect.y - 3.0).to_string()} width={(rect.w + 6.0).to_string()} height={(rect.h + 6.0).to_string()} rx="4" />
            <g class="words" aria-hidden="true">
                { for crowd.counts.iter().zip(&counts).map(|((tone, _), words)| {
                    let at = x;
                    x += super::layout::caption_width(words, unit) + unit * 2.4;
                    let y = rect.y - unit * 0.75;
                    html! {
                        <g class={classes!("pod", super::boxes::tone_class(*tone))}>
                            { dot(*tone, at + unit * 0.4, y - unit * 0.35, unit / 3.0) }
                            <text class="status" x={(at + unit * 1.2).to_string()} y={y.to_string()}>{ words }</text>
                        </g>
                    }
                }) }
                { for crowd.counts.iter().map(|(tone, _)| {
                    let mine = crowd.pods.iter().enumerate().filter(|(_, pod)| pod.tone == *tone);
                    let d: String = mine.map(|(index, _)| square(crowd.square(index))).collect();
                    html! { <path class={classes!("squares", super::boxes::tone_class(*tone))} {d} /> }
                }) }
                { for outline(props.hit, "hit-square") }
                { for outline(props.chosen, "chosen-square") }
            </g>
        </g>
    }
}
