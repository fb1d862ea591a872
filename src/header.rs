//! The header: which lesson, how fast time passes, and what concerns the whole page.

use std::rc::Rc;

use lesson::Lang;
use playground::Playground;
use sim::Duration;
use yew::prelude::*;

use crate::browser::address::{Panel, Theme, full_page};
use crate::browser::element;
use crate::menu::{Menu, toggle};
use crate::page::{Page, use_page, use_time};
use crate::session::{Session, Snapshot, Speed};
use crate::state::{Dialog, Do};
use crate::text;

#[derive(Properties, PartialEq)]
pub struct HeaderProps {
    pub snapshot: Rc<Snapshot>,
}

/// The header.
#[component]
pub fn Header(props: &HeaderProps) -> Html {
    let page = use_page();
    let (t, ui) = (page.t, &page.ui);
    let snapshot = &props.snapshot;
    let ask = |dialog: Dialog| act(&page, Do::Ask(Some(dialog)));
    let to_theme = if ui.theme == Theme::Dark { Theme::Light } else { Theme::Dark };
    let theme_label = if ui.theme == Theme::Dark { t.to_light } else { t.to_dark };
    html! {
        <header class="header">
            <span class="brand">
                <svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true">
                    <path d="M11 1l8.7 5v10L11 21l-8.7-5V6z" fill="none" stroke="var(--svc)" stroke-width="1.8" />
                    <circle cx="11" cy="11" r="3" fill="var(--pod)" />
                </svg>
                <span class="name">{ "kube-playground" }</span>
            </span>
            <Lessons current={snapshot.lesson.as_ref().map(|run| run.lesson.id.clone())}
                title={snapshot.lesson.as_ref().map(|run| AttrValue::from(run.lesson.title.get(t.lang).to_owned()))} />
            <Speeds speed={snapshot.speed} />
            <Clock />
            <span class="spring"></span>
            <span class="group history">
                <button class="btn ghost icon" disabled={!snapshot.can_undo} aria-label={t.undo} title={t.undo}
                    onclick={on_session(&page, Session::undo)}>{ "↶" }</button>
                <button class="btn ghost icon" disabled={!snapshot.can_redo} aria-label={t.redo} title={t.redo}
                    onclick={on_session(&page, Session::redo)}>{ "↷" }</button>
            </span>
            if ui.embed {
                <a class="btn ghost" href={full_page()} target="_blank" rel="noopener">{ t.full_page }{ " ↗" }</a>
            } else {
                <span class="group actions">
                    <button class="btn ghost" onclick={ask(Dialog::Reset)}>{ t.reset }</button>
                    <button class="btn ghost" onclick={ask(Dialog::Share)}>{ t.share }</button>
                    <button class="btn ghost wide-only" aria-pressed={ui.projector.to_string()} onclick={act(&page, Do::Project(!ui.projector))}>{ t.projector }</button>
                </span>
                <span class="group look">
                    <Languages />
                    <button class="btn ghost icon" aria-label={theme_label} title={theme_label} onclick={act(&page, Do::Wear(to_theme))}>
                        <svg width="15" height="15" viewBox="0 0 16 16" aria-hidden="true">
                            <circle cx="8" cy="8" r="6.6" fill="none" stroke="currentColor" stroke-width="1.4" />
                            <path d="M8 1.4a6.6 6.6 0 0 1 0 13.2z" fill="currentColor" />
                        </svg>
                    </button>
                    <button class="btn ghost icon wide-only" aria-label={t.shortcuts} title={t.shortcuts} onclick={ask(Dialog::Shortcuts)}>{ "?" }</button>
                </span>
            }
        </header>
    }
}

fn act(page: &Page, action: Do) -> Callback<MouseEvent> {
    let page = page.clone();
    Callback::from(move |_| page.send(action.clone()))
}

fn on_session(page: &Page, what: fn(&Session)) -> Callback<MouseEvent> {
    let session = page.session.clone();
    Callback::from(move |event: MouseEvent| {
        what(&session);
        element::after_click(&event);
    })
}

#[derive(Properties, PartialEq)]
struct LessonsProps {
    current: Option<String>,
    title: Option<AttrValue>,
}

/// The menu of lessons.
#[component]
fn Lessons(props: &LessonsProps) -> Html {
    let page = use_page();
    let t = page.t;
    let open = use_state(|| false);
    let lessons = lesson::list();
    let label = props.title.clone().unwrap_or_else(|| t.no_lesson.into());
    let open_other = {
        let (page, open) = (page.clone(), open.clone());
        Callback::from(move |_| {
            open.set(false);
            page.send(Do::Ask(Some(Dialog::OpenLesson)));
        })
    };
    let choose = |id: Option<String>| {
        let (page, open) = (page.clone(), open.clone());
        Callback::from(move |_| {
            open.set(false);
            page.choose_lesson(id.as_deref());
            if id.is_some() {
                page.send(Do::Show(Panel::Lesson, true));
            }
        })
    };
    html! {
        <Menu class="left lessons" label={format!("{label} ▾")} name={format!("{}: {label}", t.choose_lesson)} open={*open} toggle={toggle(&open)}>
            { for lessons.iter().map(|lesson| html! {
                <li><button aria-current={(Some(lesson.id) == props.current.as_deref()).to_string()}
                    onclick={choose(Some(lesson.id.to_owned()))}>{ lesson.title.get(t.lang) }</button></li>
            }) }
            <li><button aria-current={props.current.is_none().to_string()} onclick={choose(None)}>{ t.no_lesson }</button></li>
            <li><button onclick={open_other}>{ t.open_lesson }</button></li>
            if !page.ui.embed {
                <li><a href={format!("author.html?lang={}", t.lang.code())} target="_blank" rel="noopener">{ t.write_lesson }{ " ↗" }</a></li>
            }
        </Menu>
    }
}

/// The menu of languages.
#[component]
fn Languages() -> Html {
    let page = use_page();
    let open = use_state(|| false);
    let choose = |lang: Lang| {
        let (page, open) = (page.clone(), open.clone());
        Callback::from(move |_| {
            open.set(false);
            page.send(Do::Speak(lang));
        })
    };
    html! {
        <Menu class="languages" label={format!("{} ▾", page.t.lang_name)} name={format!("{}: {}", page.t.language, page.t.lang_name)}
            open={*open} toggle={toggle(&open)} ghost=true>
            { for [Lang::Ko, Lang::En].map(|lang| html! {
                <li><button aria-current={(page.ui.lang == lang).to_string()} lang={if lang == Lang::Ko { "ko" } else { "en" }}
                    onclick={choose(lang)}>{ text::texts(lang).lang_name }</button></li>
            }) }
        </Menu>
    }
}

#[derive(Properties, PartialEq)]
struct SpeedProps {
    speed: Speed,
}

/// Pause, speeds, one step.
#[component]
fn Speeds(props: &SpeedProps) -> Html {
    let page = use_page();
    let t = page.t;
    let set = |speed: Speed| {
        let session = page.session.clone();
        Callback::from(move |event: MouseEvent| {
            session.set_speed(speed);
            element::after_click(&event);
        })
    };
    let choices = [
        (Speed::Paused, "❚❚"),
        (Speed::Tenth, "1/10×"),
        (Speed::Quarter, "1/4×"),
        (Speed::Normal, "1×"),
        (Speed::Fast, "4×"),
        (Speed::Fastest, "16×"),
    ];
    let paused = props.speed == Speed::Paused;
    let select = use_node_ref();
    {
        let select = select.clone();
        let at = choices.iter().position(|(speed, _)| *speed == props.speed).unwrap_or(0);
        use_effect_with(at, move |at| {
            if let Some(select) = select.cast::<web_sys::Element>() {
                element::set(&select, "value", &at.to_string().into());
            }
        });
    }
    let onchange = {
        let session = page.session.clone();
        Callback::from(move |event: Event| {
            let value = event.target().map(|select| element::get(&select, "value").as_string().unwrap_or_default());
            let chosen = value.and_then(|value| choices.get(value.parse::<usize>().ok()?).copied());
            if let Some((speed, _)) = chosen {
                session.set_speed(speed);
            }
        })
    };
    html! {
        <>
        <span class="seg wide-speeds" role="group" aria-label={t.speed}>
            { for choices.iter().copied().map(|(speed, label)| html! {
                <button aria-pressed={(speed == props.speed).to_string()} aria-label={if speed == Speed::Paused { t.pause } else { label }}
                    title={if speed == Speed::Paused { t.pause } else { label }} onclick={set(speed)}>{ label }</button>
            }) }
            <button aria-label={t.step} title={t.step_help} onclick={on_session(&page, Session::step)}><span class="words">{ t.step }</span>{ " ▸" }</button>
        </span>
        // The same where there is no room for a row of them.
        <span class="seg narrow-speeds" role="group" aria-label={t.speed}>
            <button aria-pressed={paused.to_string()} aria-label={t.pause} title={t.pause} onclick={set(if paused { Speed::Normal } else { Speed::Paused })}>{ "❚❚" }</button>
            <select ref={select} aria-label={t.speed} title={t.speed} {onchange}>
                { for choices.iter().enumerate().map(|(at, (speed, label))| html! {
                    <option value={at.to_string()} aria-label={(*speed == Speed::Paused).then_some(t.pause)}>{ *label }</option>
                }) }
            </select>
            <button aria-label={t.step} title={t.step_help} onclick={on_session(&page, Session::step)}>{ "▸" }</button>
        </span>
        </>
    }
}

/// The virtual time since the start.
#[component]
fn Clock() -> Html {
    let page = use_page();
    let now = use_time(Some(Duration::from_secs(1)));
    let passed = now.since(page.session.read(Playground::beginning));
    html! { <span class="clock wide-only" title={page.t.clock}>{ clock_text(passed.as_secs()) }</span> }
}

/// Hours, minutes, seconds.
pub fn clock_text(seconds: u64) -> String {
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
