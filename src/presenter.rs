//! A second window for who presents: the whole of the step, its notes, and what comes next. It is drawn by this page, so it
//! is always at the same step, and knows the same world.

use std::rc::Rc;

use gloo::events::EventListener;
use lesson::Lang;
use wasm_bindgen::{JsCast, JsValue};
use yew::prelude::*;

use crate::browser::address::Theme;
use crate::browser::element;
use crate::lesson_panel::{CommandLine, inline, text_of};
use crate::page::{Page, use_page};
use crate::session::LessonView;
use crate::state::{Do, Notice};
use crate::step_line::go_by;

#[derive(Properties, PartialEq)]
pub struct PresenterProps {
    pub run: Rc<LessonView>,
}

/// The window's name, so that there is one.
const NAME: &str = "kube-playground-presenter";

/// An open window, and the element in it that is drawn into.
#[derive(Clone, PartialEq)]
struct Second {
    window: JsValue,
    host: web_sys::Element,
}

/// The button that opens the window, and what is in it.
#[component]
pub fn Presenter(props: &PresenterProps) -> Html {
    let page = use_page();
    let t = page.t;
    let second = use_state(|| None::<Second>);
    let open = {
        let (page, second) = (page.clone(), second.clone());
        Callback::from(move |_: MouseEvent| match open_window(page.t.presenter) {
            Some(opened) => second.set(Some(opened)),
            None => page.send(Do::Tell(Notice::NoWindow)),
        })
    };
    {
        let (page, state) = (page.clone(), second.clone());
        use_effect_with(((*second).clone(), page.clone()), move |(second, page)| {
            let page = page.clone();
            let listeners = second.clone().map(|second| {
                let document = element::get(&second.window, "document");
                let keys = EventListener::new(document.unchecked_ref(), "keydown", move |event| {
                    // The event is of the other window, whose classes are others.
                    let event: &web_sys::KeyboardEvent = event.unchecked_ref();
                    match event.key().as_str() {
                        "ArrowRight" => go_by(&page, 1),
                        "ArrowLeft" => go_by(&page, -1),
                        _ => drop(clicker(&page, event)),
                    }
                });
                let gone = EventListener::new(second.window.unchecked_ref(), "pagehide", move |_| state.set(None));
                (keys, gone)
            });
            move || drop(listeners)
        });
    }
    {
        // It looks as this page does, also later on.
        let second = (*second).clone();
        use_effect_with((second, page.ui.lang, page.ui.theme), |(second, lang, theme)| {
            if let Some(root) = second.as_ref().and_then(|second| second.host.owner_document()?.document_element()) {
                dress(&root, *lang, *theme);
            }
        });
    }
    {
        // It says nothing any more once this line is gone.
        let window = second.as_ref().map(|second| second.window.clone());
        use_effect_with(window, move |window| {
            let window = window.clone();
            move || {
                if let Some(window) = window {
                    element::call(&window, "close", &[]);
                }
            }
        });
    }
    html! { <>
        <button class="btn small" onclick={open}>{ t.presenter }</button>
        if let Some(second) = &*second {
            { create_portal(html! { <Sheet run={props.run.clone()} /> }, second.host.clone()) }
        }
    </> }
}

/// A presenter's remote sends these keys. Whether the key was one of them.
pub fn clicker(page: &Page, event: &web_sys::KeyboardEvent) -> bool {
    match event.key().as_str() {
        "PageDown" => go_by(page, 1),
        "PageUp" => go_by(page, -1),
        _ => return false,
    }
    true
}

fn open_window(title: &str) -> Option<Second> {
    let arguments = ["".into(), NAME.into(), "popup,width=760,height=820".into()];
    let window = element::call(&gloo::utils::window(), "open", &arguments);
    if window.is_null() || window.is_undefined() {
        return None;
    }
    let document: web_sys::Document = element::get(&window, "document").unchecked_into();
    let own = gloo::utils::document();
    let (head, body) = (document.head()?, document.body()?);
    for part in [&*head, &*body] {
        element::call(part, "replaceChildren", &[]);
    }
    document.set_title(title);
    let sheet = own.query_selector("link[rel=stylesheet]").ok().flatten()?;
    let link = own.create_element("link").ok()?;
    let _ = link.set_attribute("rel", "stylesheet");
    let _ = link.set_attribute("href", &element::get(&sheet, "href").as_string().unwrap_or_default());
    let host = own.create_element("div").ok()?;
    let _ = host.set_attribute("class", "presenter");
    let _ = head.append_child(&link);
    let _ = body.append_child(&host);
    element::call(&window, "focus", &[]);
    Some(Second { window, host })
}

/// Gives another document's root the page's language and theme.
fn dress(root: &web_sys::Element, lang: Lang, theme: Theme) {
    let _ = root.set_attribute("lang", if lang == Lang::Ko { "ko" } else { "en" });
    let _ = root.set_attribute("data-theme", if theme == Theme::Dark { "dark" } else { "light" });
}

/// The whole step, for who explains it.
#[component]
fn Sheet(props: &PresenterProps) -> Html {
    let page = use_page();
    let (t, run) = (page.t, &props.run);
    let step = &run.lesson.steps[run.step];
    let next = run.lesson.steps.get(run.step + 1);
    let go = |by: isize| {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| go_by(&page, by))
    };
    html! {
        <main class="sheet">
            <p class="where">{ inline(run.lesson.title.get(t.lang)) }{ " · " }{ (t.step_of)(run.step + 1, run.lesson.steps.len()) }</p>
            <h1>{ if run.done[run.step] { "✓ " } else { "" } }{ inline(step.title.get(t.lang)) }</h1>
            if let Some(notes) = &step.notes {
                <section class="notes">
                    <h2>{ t.notes }</h2>
                    { text_of(&run.lesson, notes, t) }
                </section>
            }
            { text_of(&run.lesson, &step.text, t) }
            { for step.actions.iter().zip(&run.actions).map(|(action, view)| html! { <>
                if let Some(text) = &action.text {
                    <p>{ inline(text.get(t.lang)) }</p>
                }
                <CommandLine line={AttrValue::from(view.filled.clone().unwrap_or_else(|| action.run.clone()))}
                    place={action.on.clone()} unfilled={view.filled.is_none()} />
            </> }) }
            <ul class="steps goals">
                { for step.goals.iter().zip(&run.goals).map(|(goal, view)| html! {
                    <li>{ if view.reached { "✓ " } else { "○ " } }{ inline(goal.text.get(t.lang)) }</li>
                }) }
            </ul>
            <div class="quiet">{ text_of(&run.lesson, &step.done, t) }</div>
            <nav>
                <button class="btn" disabled={run.step == 0} onclick={go(-1)}>{ "← " }{ t.back }</button>
                if let Some(next) = next {
                    <button class="btn primary" onclick={go(1)}>{ t.next_step }{ ": " }{ inline(next.title.get(t.lang)) }{ " →" }</button>
                }
            </nav>
        </main>
    }
}
