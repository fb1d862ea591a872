//! A lesson's Markdown as HTML. Every element is made here: no text of a lesson is ever read as HTML.

use std::rc::Rc;

use lesson::markdown::{Block, Code, Inline, Mark, blocks};
use lesson::{Answer, Place};
use yew::prelude::*;

use super::action::{CommandLine, CopySign};
use super::question::QuestionCard;
use super::words::{bound, code, together};
use crate::browser;
use crate::browser::address::Panel;
use crate::page::{Page, use_page};
use crate::state::Do;
use crate::text::opening;

#[derive(Properties, PartialEq)]
pub struct MarkdownProps {
    pub text: AttrValue,
    /// The student's answers to its questions; nothing where it asks none.
    #[prop_or_default]
    pub answers: Option<Rc<Vec<Answer>>>,
}

/// A text in Markdown.
#[component]
pub fn Markdown(props: &MarkdownProps) -> Html {
    let page = use_page();
    let read = use_memo(props.text.clone(), |text| blocks(text));
    let mut asked = 0;
    let parts = read.iter().map(|block| match (block, &props.answers) {
        (Block::Question(question), Some(answers)) => {
            let answer = answers.iter().find(|answer| answer.question == asked).copied();
            asked += 1;
            html! { <QuestionCard index={asked - 1} question={question.clone()} {answer} /> }
        }
        _ => draw(block, &page),
    });
    html! { <div class="markdown">{ for parts }</div> }
}

pub(super) fn draw(block: &Block, page: &Page) -> Html {
    let all = |blocks: &[Block]| blocks.iter().map(|block| draw(block, page)).collect::<Html>();
    match block {
        Block::Paragraph(line) => html! { <p>{ words(line, page) }</p> },
        // The step's title is the panel's heading.
        Block::Heading(1 | 2, line) => html! { <h2>{ words(line, page) }</h2> },
        Block::Heading(_, line) => html! { <h3>{ words(line, page) }</h3> },
        Block::Code(code) => html! { <CodeBlock code={code.clone()} /> },
        Block::List(None, items) => {
            html! { <ul>{ for items.iter().map(|item| html! { <li>{ all(item) }</li> }) }</ul> }
        }
        Block::List(Some(first), items) => {
            html! { <ol start={first.to_string()}>{ for items.iter().map(|item| html! { <li>{ all(item) }</li> }) }</ol> }
        }
        Block::Quote(inner) => html! { <blockquote>{ all(inner) }</blockquote> },
        Block::Details(summary, inner) => {
            html! { <details><summary>{ words(summary, page) }</summary>{ all(inner) }</details> }
        }
        Block::Table(head, rows) => html! {
            <div class="table"><table>
                <thead><tr>{ for head.iter().map(|cell| html! { <th>{ words(cell, page) }</th> }) }</tr></thead>
                <tbody>{ for rows.iter().map(|row| html! { <tr>{ for row.iter().map(|cell| html! { <td>{ words(cell, page) }</td> }) }</tr> }) }</tbody>
            </table></div>
        },
        Block::Question(question) => all(&question.text),
        Block::Rule => html! { <hr /> },
    }
}

pub(super) fn words(line: &[Inline], page: &Page) -> Html {
    let bound = |at: usize| match (line.get(at), line.get(at + 1)) {
        (Some(Inline::Code(code, None)), Some(Inline::Text(after))) => bound(code, after),
        _ => "",
    };
    line.iter()
        .enumerate()
        .map(|(at, piece)| match piece {
            Inline::Text(text) => {
                let taken = at.checked_sub(1).map_or("", &bound).len();
                html! { { &text[taken..] } }
            }
            Inline::Code(text, None) => together(text, bound(at)),
            Inline::Code(text, Some(mark)) => pressed(text, *mark, page),
            Inline::Strong(inner) => html! { <strong>{ words(inner, page) }</strong> },
            Inline::Emphasis(inner) => html! { <em>{ words(inner, page) }</em> },
            Inline::Link(url, inner) => {
                html! { <a href={url.clone()} target="_blank" rel="noopener noreferrer">{ words(inner, page) }</a> }
            }
            Inline::Break => html! { <br /> },
        })
        .collect()
}

/// Code in a line, as a button that does what its mark says.
fn pressed(text: &str, mark: Mark, page: &Page) -> Html {
    let t = page.t;
    let label = match mark {
        Mark::Copy => format!("{}: {text}", t.copy),
        Mark::Open => (opening::texts(t.lang).open_file)(text),
        _ => format!("{}: {text}", t.run),
    };
    let sign = match mark {
        Mark::Copy => html! { <CopySign /> },
        Mark::Open => html! { { "✎" } },
        _ => html! { { "⏎" } },
    };
    let onclick = {
        let (page, text) = (page.clone(), text.to_owned());
        Callback::from(move |_: MouseEvent| act(&page, &text, mark))
    };
    html! { <button class="inline-code press" title={label.clone()} aria-label={label} {onclick}>{ code(text) }{ "\u{a0}" }{ sign }</button> }
}

fn act(page: &Page, text: &str, mark: Mark) {
    match mark {
        Mark::Run | Mark::RunToFail => page.run(&Place::Outside, text),
        Mark::RunAfterInterrupt => {
            page.session.type_in_front(b"\x03");
            page.run(&Place::Outside, text);
        }
        Mark::Fill => page.session.type_in_front(text.as_bytes()),
        Mark::Copy => browser::copy(text, |_| {}),
        Mark::Open => {
            // Of a path its part below the home folder: that is what the editor opens.
            let path = text.trim_start_matches("~/").trim_start_matches("/root/");
            page.send(Do::Open(path.to_owned()));
            page.send(Do::Show(Panel::Editor, true));
        }
    }
}

#[derive(Properties, PartialEq)]
struct CodeProps {
    code: Code,
}

/// A block of code: a command with its buttons, a file to open, or just code.
#[component]
fn CodeBlock(props: &CodeProps) -> Html {
    let page = use_page();
    let Code { text, shown, mark, file, .. } = &props.code;
    let seen = shown.as_ref().unwrap_or(text).clone();
    if let Some(file) = file {
        let label = (opening::texts(page.t.lang).open_file)(file);
        let onclick = {
            let (page, file, text) = (page.clone(), file.clone(), format!("{text}\n"));
            Callback::from(move |_: MouseEvent| {
                // What a person made of it stays.
                if page.session.file(&file).is_none() {
                    page.session.save_file(&file, &text);
                }
                act(&page, &file, Mark::Open);
            })
        };
        return html! { <div class="code"><pre>{ seen }</pre><button class="btn small" {onclick}>{ label }</button></div> };
    }
    match mark {
        Some(Mark::Run | Mark::RunToFail) => {
            html! { <CommandLine line={text.clone()} shown={shown.clone().map(AttrValue::from)} place={Place::Outside} /> }
        }
        Some(mark) => {
            let (label, mark) = (if *mark == Mark::Copy { page.t.copy } else { page.t.run }, *mark);
            let onclick = {
                let (page, text) = (page.clone(), text.clone());
                Callback::from(move |_: MouseEvent| act(&page, &text, mark))
            };
            html! { <div class="code"><pre>{ seen }</pre><button class="btn small" {onclick}>{ label }</button></div> }
        }
        None => html! { <pre>{ seen }</pre> },
    }
}
