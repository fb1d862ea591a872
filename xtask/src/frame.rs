//! The page's first frame: what a new visitor reads while the wasm is on its way. Which lesson it is, index.html's script
//! decides before anything is painted; the app then puts its own panels in the place of text and drawing.

use api::Request;
use api::path;
use lesson::{Lang, Lesson, Span, spans};
use playground::{Playground, Settings};

/// Where index.html takes the text.
const PLACE: &str = "<!-- The first step of each lesson. -->";
/// Where it takes the drawing.
const PICTURE: &str = "<!-- The world as every lesson begins. -->";

/// The page with the first step of each lesson in both languages, and the world at that step; `None` when it has no place for
/// them.
pub fn with_first_frame(page: &str) -> Option<String> {
    let page = with_steps(page)?;
    let (before, after) = page.split_once(PICTURE)?;
    Some(format!("{before}{}{after}", drawing(&Playground::new(Settings::default()))?))
}

/// The drawing that the app's picture begins with (`src/picture/mod.rs`, `frames`), in the width that there is: a node and
/// nothing on it. `None` for a world that has more than that.
fn drawing(world: &Playground) -> Option<String> {
    let items = |path: &str| world.get(&Request::get(path))["items"].as_array().cloned().unwrap_or_default();
    let nodes = items("/api/v1/nodes");
    let [node] = nodes.as_slice() else { return None };
    if !items("/api/v1/namespaces/default/pods").is_empty() {
        return None;
    }
    let named = |list: &str, key: &str, name: &str, value: &str| {
        let of = |item: &&serde_json::Value| item[key] == name;
        Some(path::list(node, list).iter().find(of)?[value].as_str()?.to_owned())
    };
    let title = format!(
        "<tspan class=\"b\">{}</tspan><tspan class=\"m ink2\">  {}</tspan><tspan class=\"ink2\"> · {}   </tspan>",
        path::str(node, "metadata.name"),
        named("status.addresses", "type", "InternalIP", "address")?,
        if named("status.conditions", "type", "Ready", "status")? == "True" { "Ready" } else { "NotReady" },
    );
    let both = |attributes: &str, [ko, en]: [&str; 2]| {
        format!("<text {attributes} data-only=\"ko\">{ko}</text><text {attributes} data-only=\"en\">{en}</text>")
    };
    let scene = |class: &str, narrow: bool| {
        // Outside, the computer, and the node, as `picture::layout` places them.
        let (edge, [x, y, width, height], [left, top]) =
            if narrow { (10, [10, 24, 150, 38], [6, 76]) } else { (12, [12, 73, 106, 54], [136, 8]) };
        let (middle, baseline) = (x + width / 2, f64::from(y) + f64::from(height) * 0.42);
        let (right, inset, groups) = if narrow { (6, 5, 21) } else { (12, 10, 24) };
        // From the middle of the drawing.
        let middle_of_node = (left - right) / 2;
        // A part of the width without a fixed piece: a rectangle knows it, an inner svg does not.
        let frame = |class: &str, x: i32, y: i32, height: i32, beside: i32| {
            format!(
                "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" style=\"width:calc(100% - {beside}px)\" height=\"{height}\" rx=\"10\"/>"
            )
        };
        format!(
            "<svg class=\"{class}\" width=\"100%\" height=\"{total}\" font-size=\"12\" aria-hidden=\"true\">\
             {outside}<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"10\" class=\"box\"/>{computer}\
             <text class=\"m ink2\" x=\"{middle}\" y=\"{second}\" text-anchor=\"middle\">192.168.49.1</text>\
             {node}<text x=\"{of_title}\" y=\"{line}\">{title}</text>{namespace}\
             <text class=\"caption\" x=\"{of_groups}\" y=\"{of_caption}\">namespace default</text>{empty}</svg>",
            total = top + 188,
            outside = both(&format!("class=\"caption\" x=\"{edge}\" y=\"18\""), ["클러스터 바깥", "Outside"]),
            computer = both(
                &format!("class=\"b\" x=\"{middle}\" y=\"{baseline}\" text-anchor=\"middle\""),
                ["내 컴퓨터", "My computer"]
            ),
            second = baseline + 16.0,
            node = frame("box node", left, top, 178, left + right),
            namespace = frame("namespace", left + inset, top + 34, 134, left + right + 2 * inset),
            of_title = left + 12,
            line = top + 21,
            of_groups = left + inset + groups,
            of_caption = top + 50,
            empty = [top + 96, top + 114]
                .into_iter()
                .zip([
                    ["클러스터가 비어 있습니다.", "The cluster is empty."],
                    ["YAML을 적용하면 Pod이 여기에 나타납니다.", "Apply some YAML, and Pods appear here."],
                ])
                .map(|(y, words)| both(
                    &format!("class=\"empty\" x=\"50%\" dx=\"{middle_of_node}\" y=\"{y}\" text-anchor=\"middle\""),
                    words
                ))
                .collect::<String>(),
        )
    };
    Some(scene("wide", false) + &scene("narrow", true))
}

/// The page with the first step of each lesson.
fn with_steps(page: &str) -> Option<String> {
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
    let action = |action: &lesson::Action| {
        let above = action.text.as_ref().map(|text| format!("<p>{}</p>", inline(text.get(lang)))).unwrap_or_default();
        let line = escaped(&action.run);
        format!("<div class=\"step\">{above}<div class=\"cmd\"><code>{line}</code></div></div>")
    };
    let commands: String = step.actions.iter().map(action).collect();
    format!(
        "<div data-first=\"{}\" data-only=\"{name}\"><header><div><span class=\"where\">1 / {count}</span><h1>{}</h1></div></header>\
         <div class=\"progressbar\"></div><div class=\"intro\">{paragraphs}</div>{commands}</div>",
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
    fn the_page_holds_the_world_as_it_begins() {
        let page = with_first_frame(&format!("<section>{PLACE}</section><main>{PICTURE}</main>")).expect("a world");
        for words in ["minikube", "192.168.49.2", " · Ready", "The cluster is empty.", "클러스터가 비어 있습니다."]
        {
            assert!(page.contains(words), "{words}");
        }
    }

    #[test]
    fn markup_becomes_html_and_nothing_of_the_text_does() {
        assert_eq!(
            inline("**a** `<b>` & c"),
            "<strong>a</strong> <code class=\"inline-code\">&lt;b&gt;</code> &amp; c"
        );
    }
}
