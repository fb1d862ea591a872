//! The lesson's current step as one line: where the lesson itself has no room, on a projector and in another page's frame.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use yew::prelude::*;

use crate::lesson_panel::{CommandLine, inline};
use crate::page::{Page, use_page};
use crate::presenter::Presenter;
use crate::session::LessonView;

#[derive(Properties, PartialEq)]
pub struct StepLineProps {
    pub run: Rc<LessonView>,
}

/// The step's title, its next command, and the way to the other steps.
#[component]
pub fn StepLine(props: &StepLineProps) -> Html {
    let page = use_page();
    let (t, run) = (page.t, &props.run);
    let step = &run.lesson.steps[run.step];
    let at = use_state(|| 0_usize);
    {
        let at = at.clone();
        use_effect_with((run.lesson.id.clone(), run.step), move |_| at.set(0));
    }
    let index = (*at).min(step.actions.len().saturating_sub(1));
    let next = {
        let (at, count) = (at.clone(), step.actions.len());
        Callback::from(move |event: MouseEvent| {
            // The command was run: the one after it is offered.
            let target = event.target().and_then(|it| it.dyn_into::<web_sys::Element>().ok());
            if target.is_some_and(|it| it.closest(".run").ok().flatten().is_some()) && index + 1 < count {
                at.set(index + 1);
            }
        })
    };
    let go = |by: isize| {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| go_by(&page, by))
    };
    html! {
        <section class="panel strip" aria-label={t.this_step}>
            <span class="where">{ (t.step_of)(run.step + 1, run.lesson.steps.len()) }</span>
            <span class="title" title={step.title.get(t.lang).to_owned()}>
                if run.done[run.step] {
                    <b class="tick" role="img" aria-label={t.goal_reached}>{ "✓ " }</b>
                }
                { inline(step.title.get(t.lang)) }
            </span>
            if let Some(action) = step.actions.get(index) {
                <span class="command" onclick={next}>
                    <CommandLine line={AttrValue::from(run.actions[index].filled.clone().unwrap_or_else(|| action.run.clone()))}
                        place={action.on.clone()} unfilled={run.actions[index].filled.is_none()} />
                </span>
            }
            <span class="ways">
                <button class="btn ghost icon small" disabled={run.step == 0} aria-label={t.back} title={t.back} onclick={go(-1)}>{ "←" }</button>
                <button class="btn ghost icon small" disabled={run.step + 1 == run.lesson.steps.len()} aria-label={t.next} title={t.next}
                    onclick={go(1)}>{ "→" }</button>
                if page.ui.projector {
                    <Presenter run={run.clone()} />
                }
            </span>
        </section>
    }
}

/// Goes so many steps of the lesson on, or back.
pub fn go_by(page: &Page, by: isize) {
    page.session.with_lesson(|run, _| run.go_to(run.progress.step.saturating_add_signed(by)));
}
