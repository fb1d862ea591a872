//! The dialog that gives away what is here: the lesson's address, the session, what it makes for another cluster, and what can be
//! shown without the page.

use std::rc::Rc;

use playground::Recording;
use serde_json::Value;
use yew::prelude::*;

use crate::browser;
use crate::browser::address::HELD_LESSON;
use crate::lesson_folders::comes_with_the_page;
use crate::page::{Page, use_page};
use crate::session::{Aside, LessonView};
use crate::state::Do;
use crate::text::{Texts, opening};

/// Milliseconds of a slice of making a recording, and turns of its world between two looks at the clock.
const SLICE: f64 = 40.0;
const TURNS: u64 = 20;

#[derive(Properties, PartialEq)]
pub struct ShareProps {
    pub lesson: Option<Rc<LessonView>>,
}

#[component]
pub fn Share(props: &ShareProps) -> Html {
    let page = use_page();
    let t = page.t;
    let lang = if t.lang == lesson::Lang::Ko { "ko" } else { "en" };
    let copied = use_state(|| Copied::None);
    // Where the lesson came from, if it is none of the page's own; empty where nobody can have it from there.
    let source = props.lesson.as_ref().filter(|run| lesson::find(&run.lesson.id).is_none());
    let source = source.and_then(|_| crate::session::opened_source(page.session.storage()));
    let words = opening::texts(t.lang);
    let close = {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| page.send(Do::Ask(None)))
    };
    html! { <>
        <h2 id="dialog-title">{ t.share_title }</h2>
        if source.as_deref() == Some("") {
            <p>{ words.no_address }</p>
        } else {
            <p>{ t.share_text }</p>
            <Address link={link(&page, props.lesson.as_deref(), source.as_deref())} copied={copied.clone()} />
        }
        <p class="apart">
            { t.session_text }{ " " }<a href={format!("class.html?lang={lang}")} target="_blank" rel="noopener">{ t.class_view }</a>
        </p>
        if let Some(source) = source.filter(|source| !comes_with_the_page(source)) {
            <p>{ if source.is_empty() { words.link_lacks.to_owned() } else { (words.link_fetches)(&source) } }</p>
        }
        <Exports />
        <SessionRow {close} {copied} />
        <Asides />
    </> }
}

/// What was copied last, by its button's label, and whether the browser did.
type Copied = Option<(&'static str, bool)>;

#[derive(Properties, PartialEq)]
struct AddressProps {
    link: String,
    copied: UseStateHandle<Copied>,
}

/// The lesson's address, and what puts it into other pages.
#[component]
fn Address(props: &AddressProps) -> Html {
    let t = use_page().t;
    let copy = |label: &'static str, class: &'static str, text: String| {
        let setter = props.copied.setter();
        let onclick = Callback::from(move |_: MouseEvent| {
            let setter = setter.clone();
            browser::copy(&text, move |did| setter.set(Some((label, did))));
        });
        html! { <button {class} {onclick}>{ copied_or(t, *props.copied, label) }</button> }
    };
    let [frame, element, markdown] = for_notes(&props.link, t);
    html! { <>
        <div class="link-row">
            <input type="text" readonly=true value={props.link.clone()} aria-label={t.share_title} />
            { copy(t.copy_link, "btn primary", props.link.clone()) }
        </div>
        <div class="row for-notes">
            <span>{ t.for_notes }</span>
            { copy(t.copy_frame, "btn small", frame) }
            { copy(t.copy_element, "btn small", element) }
            { copy(t.copy_markdown, "btn small", markdown) }
        </div>
    </> }
}

/// What becomes of the session elsewhere: a script, manifests, a picture, a recording.
#[component]
fn Exports() -> Html {
    let page = use_page();
    let t = page.t;
    // Why the last one was not made.
    let refused = use_state(|| "");
    let making = use_state(|| false);
    let script = {
        let session = page.session.clone();
        Callback::from(move |_: MouseEvent| {
            let done = session.to_done().to_string();
            wasm_bindgen_futures::spawn_local(async move {
                // What is missing is said by the page.
                if let Some(script) = browser::page::script(&done).await {
                    browser::download::download("kube-playground-session.sh", &script);
                }
            });
        })
    };
    let manifests = {
        let session = page.session.clone();
        Callback::from(move |_: MouseEvent| {
            let objects = session.to_objects().to_string();
            wasm_bindgen_futures::spawn_local(async move {
                let chosen = browser::page::manifests(&objects).await;
                let Some(chosen) = chosen.and_then(|text| serde_json::from_str::<Value>(&text).ok()) else { return };
                let each: Vec<String> = chosen.as_array().into_iter().flatten().map(manifest::to_yaml).collect();
                let head = if each.is_empty() { t.no_manifests } else { t.manifests_head };
                browser::download::download("kube-playground.yaml", &format!("# {head}\n{}", each.join("---\n")));
            });
        })
    };
    let picture = |kind: &'static str| {
        let refused = refused.setter();
        Callback::from(move |_: MouseEvent| {
            let refused = refused.clone();
            wasm_bindgen_futures::spawn_local(async move {
                refused.set(if browser::page::save_picture(kind).await { "" } else { t.no_picture });
            });
        })
    };
    let recording = {
        let (session, making) = (page.session.clone(), making.setter());
        Callback::from(move |_: MouseEvent| {
            let (session, making) = (session.clone(), making.clone());
            making.set(true);
            wasm_bindgen_futures::spawn_local(async move {
                browser::rest::arrive().await;
                let cast = record(session.recording()).await;
                browser::download::download("kube-playground.cast", &cast);
                making.set(false);
            });
        })
    };
    html! { <>
        <div class="row for-notes">
            <span>{ t.for_cluster }</span>
            <button class="btn small" onclick={script}>{ t.download_script }</button>
            <button class="btn small" onclick={manifests}>{ t.download_manifests }</button>
        </div>
        <div class="row for-notes">
            <span>{ t.to_show }</span>
            <button class="btn small" onclick={picture("svg")}>{ t.picture_svg }</button>
            <button class="btn small" onclick={picture("png")}>{ t.picture_png }</button>
            <button class="btn small" onclick={recording} disabled={*making}>{ if *making { t.recording } else { t.download_cast } }</button>
        </div>
        <p class="refused" role="alert">{ *refused }</p>
    </> }
}

/// Makes a recording a slice at a time: the page answers meanwhile.
async fn record(mut recording: Recording) -> String {
    loop {
        let until = browser::milliseconds() + SLICE;
        while browser::milliseconds() < until {
            if recording.go_on(TURNS) {
                return recording.finish();
            }
        }
        browser::page::breathe().await;
    }
}

#[derive(Properties, PartialEq)]
struct SessionRowProps {
    close: Callback<MouseEvent>,
    copied: UseStateHandle<Copied>,
}

/// The session as a link and as a file, and from a file.
#[component]
fn SessionRow(props: &SessionRowProps) -> Html {
    let page = use_page();
    let t = page.t;
    let refused = use_state(|| None::<String>);
    let copy = {
        let (session, setter) = (page.session.clone(), props.copied.setter());
        Callback::from(move |_: MouseEvent| {
            let (shared, setter) = (session.to_shared().to_string(), setter.clone());
            wasm_bindgen_futures::spawn_local(async move {
                match browser::page::share(&shared).await {
                    Some(link) => browser::copy(&link, move |did| setter.set(Some((t.copy_session, did)))),
                    None => setter.set(Some((t.copy_session, false))),
                }
            });
        })
    };
    let download = {
        let session = page.session.clone();
        Callback::from(move |_: MouseEvent| {
            browser::download::download("kube-playground-session.json", &session.to_json());
        })
    };
    let take_up = {
        let (page, refused) = (page.clone(), refused.clone());
        Callback::from(move |event: Event| {
            let file = event.target_dyn_into::<web_sys::HtmlInputElement>().and_then(|input| input.files()?.get(0));
            let Some(file) = file else { return };
            let (page, refused) = (page.clone(), refused.clone());
            wasm_bindgen_futures::spawn_local(async move {
                let text = wasm_bindgen_futures::JsFuture::from(file.text()).await;
                let text = text.ok().and_then(|text| text.as_string()).unwrap_or_default();
                // Replayed commands need all of the wasm.
                browser::rest::arrive().await;
                match page.session.take_up(&text) {
                    Ok(()) => page.send(Do::Ask(None)),
                    Err(reason) => refused.set(Some(reason)),
                }
            });
        })
    };
    html! { <>
        <p class="refused" role="alert">
            if let Some(reason) = &*refused {
                { t.no_session }{ " (" }{ reason }{ ")" }
            }
        </p>
        <div class="row">
            <button class="btn" onclick={copy}>{ copied_or(t, *props.copied, t.copy_session) }</button>
            <button class="btn" onclick={download}>{ t.download_session }</button>
            <label class="btn file">{ t.open_session }<input type="file" accept=".json,application/json" onchange={take_up} /></label>
            <span class="spring"></span>
            <button class="btn" onclick={props.close.clone()}>{ t.close }</button>
        </div>
    </> }
}

/// Sessions that were set aside.
#[component]
fn Asides() -> Html {
    let page = use_page();
    let t = page.t;
    let asides = page.session.asides();
    if asides.is_empty() {
        return html! {};
    }
    html! { <>
        <h3 class="apart">{ t.asides }</h3>
        <ul class="asides">{ for asides.iter().enumerate().map(|(nth, one)| {
            let session = page.session.clone();
            let onclick = Callback::from(move |_: MouseEvent| session.swap_with_aside(nth));
            html! { <li><button class="link" {onclick}>{ name_of(one, t) }</button></li> }
        }) }</ul>
    </> }
}

/// What a button says that copies: its label or, for the one that was pressed last, what came of it.
fn copied_or(t: &Texts, copied: Copied, label: &'static str) -> &'static str {
    match copied {
        Some((last, true)) if last == label => t.copied,
        Some((last, false)) if last == label => t.copy_failed,
        _ => label,
    }
}

/// What puts the lesson of a link into other pages: a frame, an element (`docs/embedding.md`), a link in Markdown.
fn for_notes(link: &str, t: &Texts) -> [String; 3] {
    let (base, query) = link.split_once('?').unwrap_or((link, ""));
    let folder = base.rsplit_once('/').map_or(base, |(folder, _)| folder);
    let written = link.replace('&', "&amp;");
    let frame = format!(
        "<iframe src=\"{base}?embed=1&amp;{}\" style=\"width: 100%; height: 640px; border: 0\" title=\"kube-playground\" loading=\"lazy\"></iframe>",
        query.replace('&', "&amp;"),
    );
    // Its attributes have the names that the address has, but for a lesson from elsewhere: that is named by the whole address.
    let attributes: String = if query.contains("src=") || query.contains(HELD_LESSON) {
        format!(" src=\"{written}\"")
    } else {
        let parts = query.split('&').filter_map(|part| part.split_once('='));
        parts.map(|(name, value)| format!(" {name}=\"{value}\"")).collect()
    };
    let element = format!(
        "<script src=\"{folder}/embed.js\"></script>\n<kube-playground{attributes}><a href=\"{written}\">kube-playground</a></kube-playground>",
    );
    [frame, element, format!("[kube-playground: {}]({link})", t.open_here)]
}

/// Where a session that was set aside stands in its lesson, and when that was.
fn name_of(one: &Aside, t: &Texts) -> String {
    let lesson = match lesson::find(&one.lesson) {
        Some((lesson, _)) => {
            format!("{} · {}", lesson.title.get(t.lang), (t.step_of)(one.step + 1, lesson.steps.len()))
        }
        None => t.no_lesson.to_owned(),
    };
    if one.at == 0.0 {
        return lesson;
    }
    let date = js_sys::Date::new(&one.at.into());
    let locale = if t.lang == lesson::Lang::Ko { "ko" } else { "en" };
    format!("{lesson} · {}", String::from(date.to_locale_string(locale, &wasm_bindgen::JsValue::UNDEFINED)))
}

/// The address that opens this lesson at this step, in this language.
fn link(page: &Page, lesson: Option<&LessonView>, source: Option<&str>) -> String {
    let location = gloo::utils::window().location();
    let base = format!("{}{}", location.origin().unwrap_or_default(), location.pathname().unwrap_or_default());
    let lang = if page.t.lang == lesson::Lang::Ko { "ko" } else { "en" };
    let seed = page.session.read(|playground| playground.settings().seed);
    let seed = if seed == 1 { String::new() } else { format!("&seed={seed}") };
    match (lesson, source) {
        // It holds the lesson itself.
        (Some(_), Some(held)) if held.starts_with(HELD_LESSON) => format!("{base}?lang={lang}{seed}{held}"),
        (Some(_), Some(source)) => format!("{base}?lang={lang}&src={}{seed}", js_sys::encode_uri_component(source)),
        (Some(run), _) => format!("{base}?lang={lang}&lesson={}&step={}{seed}", run.lesson.id, run.step + 1),
        (None, _) => format!("{base}?lang={lang}&lesson=none{seed}"),
    }
}
