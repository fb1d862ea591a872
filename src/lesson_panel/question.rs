//! A question of a lesson's Markdown, and who was right.

use lesson::Answer;
use lesson::markdown::Question;
use yew::prelude::*;

use super::blocks::{draw, words};
use crate::page::use_page;

#[derive(Properties, PartialEq)]
pub struct QuestionProps {
    /// Which of the text's questions.
    pub index: usize,
    pub question: Question,
    pub answer: Option<Answer>,
}

/// A question with its choices. Where it is a prediction the verdict comes once a command was run.
#[component]
pub fn QuestionCard(props: &QuestionProps) -> Html {
    let page = use_page();
    let t = page.t;
    let question = &props.question;
    let settled = props.answer.filter(|answer| answer.settled);
    let choices = question.choices.iter().enumerate().map(|(choice, (line, is_right))| {
        let onclick = {
            let (page, question, is_right, settled) = (page.clone(), props.index, *is_right, !question.waits_for_run);
            Callback::from(move |_| {
                super::change(&page, |run, at| {
                    let step = run.progress.step;
                    run.progress.answer(Answer { step, question, choice, is_right, at, settled });
                });
            })
        };
        let mine = props.answer.is_some_and(|answer| answer.choice == choice);
        let class = match (settled.is_some(), mine, is_right) {
            (true, _, true) => "right",
            (true, true, false) => "wrong",
            _ => "",
        };
        html! {
            <button class={classes!("choice", class)} aria-pressed={mine.to_string()} disabled={settled.is_some()} {onclick}>
                <span aria-hidden="true">{ match (class, mine) { ("right", _) => "✓", ("wrong", _) => "✗", (_, true) => "●", _ => "○" } }</span>
                <span>{ words(line, &page) }</span>
            </button>
        }
    });
    let verdict = match (settled, props.answer) {
        (Some(answer), _) => {
            let (class, said) = if answer.is_right { ("right", t.right) } else { ("wrong", t.not_right) };
            html! { <strong {class}>{ said }</strong> }
        }
        (None, Some(_)) => html! { { t.waiting_for } },
        _ => html! {},
    };
    let label = if question.waits_for_run { t.predict } else { t.question };
    html! {
        <div class="predict" role="group" aria-label={label}>
            <div class="question">{ for question.text.iter().map(|block| draw(block, &page)) }</div>
            <div class="choices">{ for choices }</div>
            <p class="verdict" role="status">{ verdict }</p>
            if settled.is_some() && !question.explanation.is_empty() {
                <div class="explanation">{ for question.explanation.iter().map(|block| draw(block, &page)) }</div>
            }
        </div>
    }
}
