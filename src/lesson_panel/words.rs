//! A lesson's little markup as HTML.

use lesson::{Span, spans};
use yew::prelude::*;

/// A line of text with code and strong words in it.
pub fn inline(text: &str) -> Html {
    let spans = spans(text);
    let bound = |at: usize| match (spans.get(at), spans.get(at + 1)) {
        (Some(Span::Code(code)), Some(Span::Plain(after))) => bound(code, after),
        _ => "",
    };
    let spans = spans.iter().enumerate().map(|(at, span)| match (span, bound(at)) {
        (Span::Plain(text), _) => {
            let taken = at.checked_sub(1).map_or("", &bound).len();
            html! { { &text[taken..] } }
        }
        (Span::Strong(text), _) => html! { <strong>{ text }</strong> },
        (Span::Code(text), bound) => together(text, bound),
    });
    spans.collect()
}

/// The beginning of what follows code that stays with the code's last word: without a space, such as a Korean particle or a full stop.
pub fn bound<'t>(code: &str, after: &'t str) -> &'t str {
    if is_whole(last_word(code).1) { "" } else { after.split(char::is_whitespace).next().unwrap_or_default() }
}

/// Code in a line, and what is bound to it.
pub fn together(text: &str, bound: &str) -> Html {
    if bound.is_empty() {
        return html! { <code class="inline-code">{ code(text) }</code> };
    }
    let (before, last) = last_word(text);
    let cut = !before.is_empty();
    html! { <>
        if cut {
            <code class="inline-code head">{ code(before) }{ " " }</code>
        }
        <span class="together"><code class={classes!("inline-code", cut.then_some("tail"))}>{ code(last) }</code>{ bound }</span>
    </> }
}

/// Code that breaks at its spaces only; a word that is longer than a line breaks anywhere.
pub fn code(text: &str) -> Html {
    let words = text.split(' ').enumerate().map(|(at, word)| {
        let word = if is_whole(word) {
            html! { { word } }
        } else {
            html! { <span class="word">{ word }</span> }
        };
        html! { <>{ if at > 0 { " " } else { "" } }{ word }</> }
    });
    words.collect()
}

/// Whether no browser breaks a word anyway.
fn is_whole(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn last_word(text: &str) -> (&str, &str) {
    text.rsplit_once(' ').unwrap_or(("", text))
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
