//! A command of a step, with what the student predicts about it.

use std::rc::Rc;

use lesson::{Action, Guess, Place, Prediction};
use yew::prelude::*;

use super::words::{Paragraphs, code, inline};
use crate::browser;
use crate::command_button::CommandButton;
use crate::page::use_page;
use crate::session::ActionView;

#[derive(Properties, PartialEq)]
pub struct ActionProps {
    pub index: usize,
    pub action: Rc<Action>,
    pub view: ActionView,
    pub done: bool,
}

/// A command of a step.
#[component]
pub fn ActionCard(props: &ActionProps) -> Html {
    let page = use_page();
    let t = page.t;
    let (action, view) = (&props.action, &props.view);
    let unpredicted = action.predict.is_some() && view.guess.is_none() && !props.done;
    html! {
        <section class="step">
            <div class="body" style="margin-top:0">
                if let Some(text) = &action.text {
                    <Paragraphs text={AttrValue::from(text.get(t.lang).to_owned())} />
                }
                if let Some(prediction) = &action.predict {
                    <Predict index={props.index} prediction={Rc::new(prediction.clone())} guess={view.guess} />
                }
                <CommandLine line={AttrValue::from(view.filled.clone().unwrap_or_else(|| action.run.clone()))}
                    place={action.on.clone()} unfilled={view.filled.is_none()} locked={unpredicted} />
            </div>
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct PredictProps {
    index: usize,
    prediction: Rc<Prediction>,
    guess: Option<Guess>,
}

/// A question before a command; afterwards, who was right. The simulator says so, not the lesson.
#[component]
fn Predict(props: &PredictProps) -> Html {
    let page = use_page();
    let t = page.t;
    let prediction = &props.prediction;
    let outcome = props.guess.and_then(|guess| guess.outcome);
    let chosen = props.guess.map(|guess| guess.choice);
    let choices = prediction.choices.iter().enumerate().map(|(choice, one)| {
        let onclick = {
            let (page, index) = (page.clone(), props.index);
            Callback::from(move |_| {
                super::change(&page, |run, now| {
                    let step = run.progress.step;
                    run.progress.guess(step, index, choice, now);
                });
            })
        };
        let mine = chosen == Some(choice);
        let true_one = outcome == Some(one.outcome);
        let class = match (outcome.is_some(), mine, true_one) {
            (true, _, true) => "right",
            (true, true, false) => "wrong",
            _ => "",
        };
        html! {
            <button class={classes!("choice", class)} aria-pressed={mine.to_string()} disabled={outcome.is_some()} {onclick}>
                <span aria-hidden="true">{ match (class, mine) { ("right", _) => "✓", ("wrong", _) => "✗", (_, true) => "●", _ => "○" } }</span>
                <span>{ inline(one.text.get(t.lang)) }</span>
            </button>
        }
    });
    let verdict = match (outcome, chosen) {
        (Some(outcome), Some(chosen)) => {
            let right = prediction.choices.get(chosen).is_some_and(|choice| choice.outcome == outcome);
            let happened = prediction.choices.iter().find(|choice| choice.outcome == outcome);
            html! { <>
                    <strong class={if right { "right" } else { "wrong" }}>{ if right { t.right } else { t.wrong } }</strong>
                    if !right {
                        if let Some(happened) = happened {
                            { " " }{ t.happened }{ " " }{ inline(happened.text.get(t.lang)) }
                        }
                    }
            </> }
        }
        (None, Some(_)) => html! { { t.waiting_for } },
        _ => html! {},
    };
    html! {
        <div class="predict" role="group" aria-label={t.predict}>
            <p class="question">{ inline(prediction.question.get(t.lang)) }</p>
            <div class="choices">{ for choices }</div>
            <p class="verdict" role="status">{ verdict }</p>
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub struct CommandProps {
    pub line: AttrValue,
    /// What is seen of it, if that is not all.
    #[prop_or_default]
    pub shown: Option<AttrValue>,
    pub place: Place,
    /// There is nothing to fill in yet.
    #[prop_or_default]
    pub unfilled: bool,
    /// A prediction comes first.
    #[prop_or_default]
    pub locked: bool,
}

/// A command with Run and Copy.
#[component]
pub fn CommandLine(props: &CommandProps) -> Html {
    let page = use_page();
    let t = page.t;
    // What came of the last press, for a moment after it.
    let copied = use_state(|| None::<bool>);
    let copy = {
        let (line, copied) = (props.line.clone(), copied.setter());
        Callback::from(move |_| {
            let copied = copied.clone();
            browser::copy(&line, move |did| {
                copied.set(Some(did));
                gloo::timers::callback::Timeout::new(1_200, move || copied.set(None)).forget();
            });
        })
    };
    let place = match &props.place {
        Place::Outside => None,
        Place::Node => Some(t.on_node.to_owned()),
        Place::Pod(pod) => Some((t.on_pod)(pod)),
    };
    let why = match (props.locked, props.unfilled) {
        (true, _) => Some(t.predict_first),
        (_, true) => Some(t.nothing_to_fill_in),
        _ => None,
    };
    html! {
        <div class="cmd">
            <code title={props.line.clone()}>
                if let Some(place) = place {
                    <span class="where">{ format!("# {place}\n") }</span>
                }
                { code(props.shown.as_ref().unwrap_or(&props.line)) }
            </code>
            <span class="buttons">
            <span class="visually-hidden" role="status">{ match *copied { Some(true) => t.copied, Some(false) => t.copy_failed, None => "" } }</span>
            <button class="copy" aria-label={format!("{}: {}", t.copy, props.line)} title={t.copy} onclick={copy}>
                if let Some(did) = *copied {
                    { if did { "✓" } else { "✕" } }
                } else {
                    <CopySign />
                }
            </button>
            <CommandButton class={classes!("run")} line={props.line.clone()} place={props.place.clone()} disabled={why.is_some()}
                title={why.unwrap_or(t.run)} label={format!("{}: {}", t.run, props.line)}>{ t.run }{ " ⏎" }</CommandButton>
            </span>
        </div>
    }
}

/// Two sheets: what copies.
#[component]
pub fn CopySign() -> Html {
    html! {
        <svg width="13" height="13" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5" aria-hidden="true">
            <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" /><path d="M10.5 3.5v-1h-8v8h1" />
        </svg>
    }
}
