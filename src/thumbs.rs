//! A phone's tabs, under the thumb.

use yew::prelude::*;

use crate::browser::address::Panel;
use crate::page::use_page;
use crate::state::Do;

#[derive(Properties, PartialEq)]
pub struct ThumbsProps {
    pub place: AttrValue,
    pub lesson: bool,
    /// The step is done: what comes next is in the lesson.
    pub done: bool,
    /// The picture looks different from when it was last seen.
    pub changed: bool,
}

/// The tabs of the places; only a phone shows them.
#[component]
pub fn Thumbs(props: &ThumbsProps) -> Html {
    let page = use_page();
    let t = page.t;
    let places = [
        (Panel::Lesson, "lesson", t.place_lesson, "M3 3h10v10H3zM5.5 6h5M5.5 8.5h5"),
        (Panel::Picture, "picture", t.place_picture, "M8 1.5l5.6 3.2v6.6L8 14.5l-5.6-3.2V4.7zM8 6v4M6 8h4"),
        (Panel::Terminal, "terminal", t.place_terminal, "M2 3h12v10H2zM4.5 6l2 2-2 2M8 10.5h3"),
        (Panel::Editor, "editor", t.place_editor, "M3 2h7l3 3v9H3zM5.5 7h5M5.5 9.5h5"),
    ];
    html! {
        <nav class="thumbs">
            { for places.into_iter().filter(|(panel, ..)| props.lesson || *panel != Panel::Lesson).map(|(panel, name, label, icon)| {
                let page = page.clone();
                let onclick = Callback::from(move |_| page.send(Do::Go(panel)));
                html! {
                    <button aria-current={(props.place == name).to_string()} {onclick}>
                        <svg width="20" height="20" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.3" aria-hidden="true"><path d={icon} /></svg>
                        <span>{ label }
                            if panel == Panel::Lesson && props.done && props.place != name { <b role="img" aria-label={t.step_done}>{ " ✓" }</b> }
                            if panel == Panel::Picture && props.changed { <b class="news" role="img" aria-label={t.picture_changed}>{ " ●" }</b> }
                        </span>
                    </button>
                }
            }) }
        </nav>
    }
}
