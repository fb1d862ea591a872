//! The lesson on paper: all of its steps, with their commands. Only a printer sees it.

use std::rc::Rc;

use lesson::{Lesson, Place};
use yew::prelude::*;

use crate::lesson_panel::{Markdown, Paragraphs, inline};
use crate::page::use_page;
use crate::text::Texts;

#[derive(Properties)]
pub struct HandoutProps {
    pub lesson: Rc<Lesson>,
}

impl PartialEq for HandoutProps {
    fn eq(&self, other: &Self) -> bool {
        self.lesson.id == other.lesson.id
    }
}

/// How long after the page it is made, in milliseconds: nobody prints sooner, and nobody waits for it.
const LATER: u32 = 10_000;

/// The whole lesson.
#[component]
pub fn Handout(props: &HandoutProps) -> Html {
    let t = use_page().t;
    let made = use_state(|| false);
    {
        let made = made.clone();
        use_effect_with((), move |()| {
            // It is not of the page's first part.
            let make = move || crate::browser::rest::then(move || made.set(true));
            let timeout = gloo::timers::callback::Timeout::new(LATER, make);
            move || drop(timeout)
        });
    }
    if !*made {
        return html! {};
    }
    paper(&props.lesson, t)
}

/// Apart from the component, which the page's first part has.
#[inline(never)]
fn paper(lesson: &Lesson, t: &Texts) -> Html {
    let place = |place: &Place| match place {
        Place::Outside => String::new(),
        Place::Node => format!("# {}\n", t.on_node),
        Place::Pod(pod) => format!("# {}\n", (t.on_pod)(pod)),
    };
    html! {
        <section class="handout">
            <h1>{ lesson.title.get(t.lang) }</h1>
            { for lesson.steps.iter().enumerate().map(|(index, step)| html! {
                <article>
                    <h2>{ format!("{}. ", index + 1) }{ inline(step.title.get(t.lang)) }</h2>
                    if lesson.markdown {
                        <Markdown text={AttrValue::from(step.text.get(t.lang).to_owned())} />
                    } else {
                        <Paragraphs text={AttrValue::from(step.text.get(t.lang).to_owned())} />
                    }
                    { for step.actions.iter().map(|action| html! { <>
                        if let Some(text) = &action.text {
                            <p>{ inline(text.get(t.lang)) }</p>
                        }
                        if let Some(prediction) = &action.predict {
                            <p>{ inline(prediction.question.get(t.lang)) }</p>
                            <ul>{ for prediction.choices.iter().map(|choice| html! { <li>{ "○ " }{ inline(choice.text.get(t.lang)) }</li> }) }</ul>
                        }
                        <pre>{ format!("{}{}", place(&action.on), action.run) }</pre>
                    </> }) }
                    <ul>{ for step.goals.iter().map(|goal| html! { <li>{ "☐ " }{ inline(goal.text.get(t.lang)) }</li> }) }</ul>
                </article>
            }) }
        </section>
    }
}
