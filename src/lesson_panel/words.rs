//! A lesson's little markup as HTML.

use lesson::{Span, spans};
use yew::prelude::*;

/// A line of text with code and strong words in it.
pub fn inline(text: &str) -> Html {
    spans(text)
        .into_iter()
        .map(|span| match span {
            Span::Plain(text) => html! { { text } },
            Span::Code(text) => html! { <code class="inline-code">{ text }</code> },
            Span::Strong(text) => html! { <strong>{ text }</strong> },
        })
        .collect()
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
