//! A lesson's little markup as HTML.

use lesson::{Span, spans};
use yew::prelude::*;

/// Joins what stands on its two sides: no line breaks there.
const JOIN: &str = "\u{2060}";

/// A line of text with code and strong words in it.
pub fn inline(text: &str) -> Html {
    let spans = spans(text);
    let is_code = |at: Option<usize>| matches!(at.and_then(|at| spans.get(at)), Some(Span::Code(_)));
    let spans = spans.iter().enumerate().map(|(at, span)| match span {
        Span::Plain(text) => {
            let before = is_code(at.checked_sub(1)) && !text.starts_with(char::is_whitespace);
            let after = is_code(Some(at + 1)) && !text.ends_with(char::is_whitespace);
            html! { <>{ if before { JOIN } else { "" } }{ text }{ if after { JOIN } else { "" } }</> }
        }
        Span::Code(text) => html! { <code class="inline-code">{ code(text) }</code> },
        Span::Strong(text) => html! { <strong>{ text }</strong> },
    });
    spans.collect()
}

/// Code that breaks at its spaces only; a word that is longer than a line breaks anywhere.
pub fn code(text: &str) -> Html {
    let words = text.split(' ').enumerate().map(|(at, word)| {
        // Within letters and digits no line breaks anyway.
        let whole = word.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let word = if whole {
            html! { { word } }
        } else {
            html! { <span class="word">{ word }</span> }
        };
        html! { <>{ if at > 0 { " " } else { "" } }{ word }</> }
    });
    words.collect()
}

#[derive(Properties, PartialEq)]
pub struct ParagraphsProps {
    pub text: AttrValue,
}

/// A text of paragraphs that empty lines part.
#[component]
pub fn Paragraphs(props: &ParagraphsProps) -> Html {
    props.text.split("\n\n").map(|paragraph| html! { <p>{ inline(&paragraph.replace('\n', " ")) }</p> }).collect()
}
