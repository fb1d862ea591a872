//! The lesson: the step at hand, its commands and predictions, checks that tick themselves, hints, the solution.

mod action;
mod blocks;
mod next;
mod question;
mod words;

use std::rc::Rc;

use lesson::{Lesson, Place};
use yew::prelude::*;

use crate::browser;
use crate::browser::address::Panel;
use crate::dividers::PanelTools;
use crate::page::{Page, use_page};
use crate::session::{GoalView, LessonRun, LessonView};
use crate::state::{Dialog, Do};
use crate::text::{Texts, opening};
use action::ActionCard;
pub use action::CommandLine;
pub use blocks::Markdown;
use next::{NextInCourse, NextLesson};
pub use words::{Paragraphs, inline};

#[derive(Properties, PartialEq)]
pub struct LessonProps {
    pub run: Rc<LessonView>,
}

/// The lesson's panel.
#[component]
pub fn LessonPanel(props: &LessonProps) -> Html {
    let page = use_page();
    let t = page.t;
    let run = &props.run;
    let lesson = &run.lesson;
    let step = &lesson.steps[run.step];
    let done = run.done[run.step];
    let all_done = run.done.iter().all(|done| *done);
    let last = run.step + 1 == lesson.steps.len();
    let (heading, seen) = (use_node_ref(), use_mut_ref(|| false));
    {
        // A new step begins at its top, and takes the keyboard if the button that led to it had it.
        let (heading, seen) = (heading.clone(), seen.clone());
        use_effect_with((lesson.id.clone(), run.step), move |_| {
            let first = !seen.replace(true);
            if let Some(panel) = heading.cast::<web_sys::Element>().and_then(|it| it.closest(".lesson").ok().flatten())
            {
                panel.set_scroll_top(0);
                if !first && browser::nothing_has_focus() {
                    browser::element::call(&panel, "focus", &[]);
                }
            }
        });
    }
    let card = use_node_ref();
    {
        // A step that is done says so where it is seen, and covers nothing for it.
        let card = card.clone();
        use_effect_with((lesson.id.clone(), run.step, done), move |_| {
            if let Some(card) = card.cast::<web_sys::Element>() {
                browser::element::reveal(&card, ".lesson");
            }
        });
    }
    let go = |step: usize| {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| page.session.with_lesson(|run, _| run.go_to(step)))
    };
    let close = {
        let page = page.clone();
        Callback::from(move |_| page.send(Do::Show(Panel::Lesson, false)))
    };
    let again = {
        let page = page.clone();
        Callback::from(move |_| {
            page.session.with_lesson(|run, _| run.forget());
            let before = page.session.reset();
            page.send(Do::Tell(crate::state::Notice::WasReset(before)));
        })
    };
    let play = {
        let page = page.clone();
        Callback::from(move |_| page.choose_lesson(None))
    };
    let other = {
        let page = page.clone();
        Callback::from(move |_| page.send(Do::Ask(Some(Dialog::OpenLesson))))
    };
    let percent = run.done.iter().filter(|done| **done).count() * 100 / run.done.len().max(1);
    let following = lesson::list().iter().skip_while(|other| other.id != lesson.id).nth(1);
    html! {
        <aside class="panel lesson" id="lesson" tabindex="-1" aria-label={t.lesson}>
            <header>
                <div>
                    <span class="where">{ (t.step_of)(run.step + 1, lesson.steps.len()) }</span>
                    <h1 ref={heading}>{ inline(step.title.get(t.lang)) }</h1>
                </div>
                <span class="spring"></span>
                <PanelTools panel={Panel::Lesson} />
                <button class="btn ghost icon small" aria-label={t.close_lesson} title={t.close_lesson} onclick={close}>{ "✕" }</button>
            </header>
            <div class="progressbar" role="progressbar" aria-label={t.lesson} aria-valuenow={percent.to_string()} aria-valuemin="0" aria-valuemax="100">
                <i style={format!("width:{percent}%")}></i>
            </div>
            <div class="intro">
                if lesson.markdown {
                    <Markdown key={step.id.clone()} text={AttrValue::from(step.text.get(t.lang).to_owned())} answers={run.answers.clone()} />
                } else {
                    { text_of(lesson, &step.text, t) }
                }
            </div>
            { for step.actions.iter().enumerate().map(|(index, action)| html! {
                <ActionCard key={format!("{}/{index}", step.id)} {index} action={Rc::new(action.clone())} view={run.actions[index].clone()} done={done} />
            }) }
            <Goals run={run.clone()} />
            // Always there, so that a screen reader hears what comes into it.
            <p class="visually-hidden" role="status">
                if done { { if all_done && last { t.lesson_done } else { t.step_done } } { ". " } { inline(step.done.get(t.lang)) } }
            </p>
            if run.has_check && !done {
                <Check waits={run.check_waits} />
            }
            if done && step.goals.is_empty() && !(all_done && last) {
                <button class="btn primary" onclick={go(run.step + 1)}>{ t.next }{ " →" }</button>
            } else if done {
                <section class="finished" ref={card}>
                    <strong>{ "✓ " }{ if all_done && last { t.lesson_done } else { t.step_done } }</strong>
                    { text_of(lesson, &step.done, t) }
                    if all_done && last && run.score.1 > 0 {
                        <p class="score">{ (t.score)(run.score.0, run.score.1) }</p>
                    }
                    if !last {
                        <button class="btn primary" onclick={go(run.step + 1)}>{ t.next }{ " →" }</button>
                    } else if let Some(following) = following {
                        <NextLesson id={following.id} title={following.title.get(t.lang).to_owned()} />
                    }
                    if all_done && last && lesson.markdown {
                        <NextInCourse />
                    }
                    if all_done && last {
                        <button class="btn" onclick={play}>{ t.play_on }</button>
                    }
                    if all_done && last && following.is_none() {
                        <button class="btn" onclick={other}>{ t.open_lesson }</button>
                    }
                </section>
            } else {
                <Help key={step.id.clone()} run={run.clone()} />
            }
            <div class="pager">
                if run.step > 0 {
                    <button class="btn ghost small" onclick={go(run.step - 1)}>{ "← " }{ t.back }</button>
                }
                <span class="spring"></span>
                if !last && !done {
                    <button class="btn ghost small" onclick={go(run.step + 1)}>{ t.next }{ " →" }</button>
                }
                if last && all_done {
                    <button class="btn ghost small" onclick={again}>{ t.again }</button>
                }
            </div>
        </aside>
    }
}

/// A text of a lesson, in the markup that it is written in.
#[inline(never)]
pub fn text_of(lesson: &Lesson, text: &lesson::Text, t: &Texts) -> Html {
    let text = AttrValue::from(text.get(t.lang).to_owned());
    if lesson.markdown {
        return html! { <Markdown {text} /> };
    }
    html! { <Paragraphs {text} /> }
}

#[derive(Properties, PartialEq)]
struct CheckProps {
    /// It was asked for while a command ran.
    waits: bool,
}

/// The button that runs the step's checks.
#[component]
fn Check(props: &CheckProps) -> Html {
    let page = use_page();
    let words = opening::texts(page.t.lang);
    let onclick = {
        let session = page.session.clone();
        Callback::from(move |_: MouseEvent| session.check_step())
    };
    html! {
        <div class="check">
            <button class="btn primary" {onclick}>{ words.check }</button>
            <span role="status">{ if props.waits { words.check_waits } else { "" } }</span>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct RunProps {
    run: Rc<LessonView>,
}

/// The checks.
#[component]
fn Goals(props: &RunProps) -> Html {
    let t = use_page().t;
    let run = &props.run;
    let goals = run.lesson.steps[run.step].goals.iter().zip(&run.goals);
    let goal = |(goal, view): (&lesson::Goal, &GoalView)| {
        let difference = view.difference.as_ref().map(|difference| difference.text(t.lang));
        html! {
            <li class={classes!("step", view.reached.then_some("done"))}>
                <span class="title">
                    <span class="tick" aria-label={if view.reached { t.goal_reached } else { t.goal_open }} role="img">
                        { if view.reached { "✓" } else { "○" } }
                    </span>
                    <span>{ inline(goal.text.get(t.lang)) }</span>
                </span>
                if let Some(difference) = difference {
                    <p class="result quiet">{ inline(&difference) }</p>
                }
            </li>
        }
    };
    html! { <ul class="steps goals" aria-label={t.goals} aria-live="polite">{ for goals.map(goal) }</ul> }
}

/// Hints in order of generosity, the solution last.
#[component]
fn Help(props: &RunProps) -> Html {
    let page = use_page();
    let t = page.t;
    let shown = use_state(|| 0_usize);
    let solved = use_state(|| false);
    let run = &props.run;
    let step = &run.lesson.steps[run.step];
    let more = {
        let shown = shown.clone();
        Callback::from(move |_| shown.set(*shown + 1))
    };
    let solve = {
        let solved = solved.clone();
        Callback::from(move |_| solved.set(true))
    };
    html! { <>
        { for step.hints.iter().take(*shown).map(|hint| html! {
            <div class="hint"><span class="label">{ t.hint }</span>{ text_of(&run.lesson, hint, t) }</div>
        }) }
        if *solved {
            <section class="solution">
                <span class="label">{ t.solution }</span>
                { for run.solution.iter().map(|line| html! { <action::CommandLine line={AttrValue::from(line.clone())} place={Place::Outside} /> }) }
            </section>
        }
        <div class="help">
            if *shown < step.hints.len() {
                <button class="link" onclick={more}>{ t.next_hint }</button>
            }
            if !*solved && !step.solution.is_empty() {
                <button class="link" onclick={solve}>{ t.show_solution }</button>
            }
        </div>
    </> }
}

/// What a component of this panel does with the lesson's progress.
fn change(page: &Page, what: impl FnOnce(&mut LessonRun, sim::Time)) {
    page.session.with_lesson(what);
}
