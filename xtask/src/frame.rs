//! The page's first frame: what a new visitor reads while the wasm is on its way. Which lesson it is, index.html's script
//! decides before anything is painted; the app then puts its own panel in the place of this text.

use lesson::{Lang, Lesson, Span, spans};

/// Where index.html takes the text.
const PLACE: &str = "<!-- The first step of each lesson. -->";

/// The page with the first step of each lesson in both languages; `None` when it has no place for them.
pub fn with_steps(page: &str) -> Option<String> {
    let (before, after) = page.split_once(PLACE)?;
    let steps: String = lesson::all()
        .iter()
        .map(|(lesson, _)| {
            let others = format!("html:not([data-first=\"{0}\"]) .lesson > [data-first=\"{0}\"]", lesson.id);
            format!("<style>{others} {{ display: none; }}</style>{}{}", step(lesson, Lang::Ko), step(lesson, Lang::En))
        })
        .collect();
    Some(format!("{before}{steps}{after}"))
}

fn step(lesson: &Lesson, lang: Lang) -> String {
    let Some(step) = lesson.steps.first() else { return String::new() };
    let name = if lang == Lang::Ko { "ko" } else { "en" };
    let count = lesson.steps.len();
    let paragraphs: String =
        step.text.get(lang).split("\n\n").map(|text| format!("<p>{}</p>", inline(&text.replace('\n', " ")))).collect();
    let commands: String = step
        .actions
        .iter()
        .map(|action| format!("<div class=\"cmd\"><code>{}</code></div>", escaped(&action.run)))
        .collect();
    format!(
        "<div data-first=\"{}\" data-only=\"{name}\"><header><div><span class=\"where\">1 / {count}</span><h1>{}</h1></div></header>\
         <div class=\"intro\">{paragraphs}</div>{commands}</div>",
        lesson.id,
        inline(step.title.get(lang)),
    )
}

/// A line of a lesson's markup as HTML.
fn inline(text: &str) -> String {
    let span = |span: &Span| match span {
        Span::Plain(text) => escaped(text),
        Span::Strong(text) => format!("<strong>{}</strong>", escaped(text)),
        Span::Code(text) => format!("<code class=\"inline-code\">{}</code>", escaped(text)),
    };
    spans(text).iter().map(span).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_holds_every_lessons_first_step_in_both_languages() {
        let page = with_steps(&format!("<section>{PLACE}</section>")).expect("a place for them");
        for (lesson, _) in lesson::all() {
            for lang in [Lang::Ko, Lang::En] {
                assert!(page.contains(&inline(lesson.steps[0].title.get(lang))), "{}", lesson.id);
            }
            assert!(page.contains(&escaped(&lesson.steps[0].actions[0].run)), "{}", lesson.id);
        }
        assert_eq!(with_steps("<section></section>"), None);
    }

    #[test]
    fn markup_becomes_html_and_nothing_of_the_text_does() {
        assert_eq!(
            inline("**a** `<b>` & c"),
            "<strong>a</strong> <code class=\"inline-code\">&lt;b&gt;</code> &amp; c"
        );
    }
}
