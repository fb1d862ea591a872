//! The button at a lesson's end that leads to the one after it.

use yew::prelude::*;

use crate::lesson_folders::{COURSE, built_in, practice, practice_number};
use crate::page::use_page;
use crate::session::{Fetched, opened_source};

#[derive(Properties, PartialEq)]
pub struct NextProps {
    pub id: AttrValue,
    pub title: AttrValue,
}

/// To the next lesson of the tutorial.
#[component]
pub fn NextLesson(props: &NextProps) -> Html {
    let page = use_page();
    let onclick = {
        let (page, id) = (page.clone(), props.id.clone());
        Callback::from(move |_| page.choose_lesson(Some(&id)))
    };
    html! { <button class="btn primary" {onclick}>{ page.t.next_lesson }{ ": " }{ &props.title }</button> }
}

/// To the next lesson of the course, or another challenge to practise on, in a cluster of its own. Nothing if the lesson that was
/// opened is of neither, or the course's last.
#[component]
pub fn NextInCourse() -> Html {
    let page = use_page();
    let next = use_state(|| None::<(Fetched, String)>);
    {
        let (next, session) = (next.setter(), page.session.clone());
        use_effect_with(page.t.lang, move |lang| {
            let (source, lang) = (opened_source(session.storage()).unwrap_or_default(), *lang);
            if let Some(number) = practice_number(&source) {
                next.set(practice(number.wrapping_add(1), lang));
            } else if source.split(':').next() == Some(COURSE) {
                wasm_bindgen_futures::spawn_local(async move {
                    let course = built_in(COURSE, lang).await;
                    next.set(course.into_iter().skip_while(|(other, _)| other.source != source).nth(1));
                });
            }
        });
    }
    let Some((fetched, title)) = (*next).clone() else { return html! {} };
    let onclick = {
        let session = page.session.clone();
        Callback::from(move |_: MouseEvent| {
            // It was read to know its title.
            let _ = session.open_lesson(&fetched);
        })
    };
    html! { <button class="btn primary" {onclick}>{ page.t.next_lesson }{ ": " }{ title }</button> }
}
