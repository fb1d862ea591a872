//! The dialogs: reset, share, shortcuts, a file's name. The browser's own `<dialog>` keeps the focus;
//! afterwards whatever had it gets it back.

use std::rc::Rc;

use serde_json::Value;
use yew::prelude::*;

use crate::browser;
use crate::editor;
use crate::open_lesson::OpenLesson;
use crate::page::{Page, use_page};
use crate::session::{Aside, LessonView};
use crate::state::{Dialog, Do, Notice};
use crate::text::Texts;

#[derive(Properties, PartialEq)]
pub struct DialogsProps {
    pub lesson: Option<Rc<LessonView>>,
}

/// The open dialog, if there is one.
#[component]
pub fn Dialogs(props: &DialogsProps) -> Html {
    let page = use_page();
    let Some(dialog) = page.ui.dialog else { return html! {} };
    html! { <Open key={format!("{dialog:?}")} {dialog} lesson={props.lesson.clone()} /> }
}

#[derive(Properties, PartialEq)]
struct OpenProps {
    dialog: Dialog,
    lesson: Option<Rc<LessonView>>,
}

#[component]
fn Open(props: &OpenProps) -> Html {
    let page = use_page();
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((), move |()| {
            let before = gloo::utils::document().active_element();
            let dialog = node.cast::<web_sys::HtmlDialogElement>();
            if let Some(dialog) = &dialog {
                let _ = dialog.show_modal();
            }
            // The browser gives the keyboard back only when a dialog is closed, not when it is taken away.
            move || {
                if let Some(dialog) = dialog {
                    dialog.close();
                }
                if let Some(before) = before {
                    browser::element::call(&before, "focus", &[]);
                }
            }
        });
    }
    let close = closer(&page);
    let oncancel = {
        let close = close.clone();
        Callback::from(move |event: Event| {
            event.prevent_default();
            close.emit(());
        })
    };
    let body = match props.dialog {
        Dialog::Reset => html! { <Reset /> },
        Dialog::Share => html! { <Share lesson={props.lesson.clone()} /> },
        Dialog::OpenLesson => html! { <OpenLesson /> },
        Dialog::Shortcuts => html! { <Shortcuts /> },
        Dialog::NewFile => html! { <FileName /> },
        Dialog::RenameFile => html! { <FileName renamed={page.ui.file.clone()} /> },
    };
    html! { <dialog ref={node} {oncancel} aria-labelledby="dialog-title">{ body }</dialog> }
}

fn closer(page: &Page) -> Callback<()> {
    let page = page.clone();
    Callback::from(move |()| page.send(Do::Ask(None)))
}

fn click(close: &Callback<()>) -> Callback<MouseEvent> {
    close.reform(|_| ())
}

#[component]
fn Reset() -> Html {
    let page = use_page();
    let t = page.t;
    let close = closer(&page);
    let reset = {
        let (page, close) = (page.clone(), close.clone());
        Callback::from(move |_| {
            let before = page.session.reset();
            page.send(Do::Tell(Notice::WasReset(before)));
            close.emit(());
        })
    };
    html! { <>
        <h2 id="dialog-title">{ t.reset_title }</h2>
        <p>{ t.reset_text }</p>
        <div class="row">
            <button class="btn" onclick={click(&close)}>{ t.cancel }</button>
            <button class="btn primary" onclick={reset}>{ t.reset_do }</button>
        </div>
    </> }
}

#[derive(Properties, PartialEq)]
struct ShareProps {
    lesson: Option<Rc<LessonView>>,
}

#[component]
fn Share(props: &ShareProps) -> Html {
    let page = use_page();
    let t = page.t;
    // What was copied last, and whether the browser did.
    let copied = use_state(|| None::<(&'static str, bool)>);
    let link = link(&page, props.lesson.as_deref());
    let copy = |label: &'static str, class: &'static str, text: String| {
        let setter = copied.setter();
        let onclick = Callback::from(move |_: MouseEvent| {
            let setter = setter.clone();
            browser::copy(&text, move |did| setter.set(Some((label, did))));
        });
        html! { <button {class} {onclick}>{ copied_or(t, *copied, label) }</button> }
    };
    let [frame, element, markdown] = for_notes(&link, t);
    let copy_session = {
        let (session, setter) = (page.session.clone(), copied.setter());
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
        Callback::from(move |_| browser::download::download("kube-playground-session.json", &session.to_json()))
    };
    let download_script = {
        let session = page.session.clone();
        Callback::from(move |_| {
            let done = session.to_done().to_string();
            wasm_bindgen_futures::spawn_local(async move {
                // What is missing is said by the page.
                if let Some(script) = browser::page::script(&done).await {
                    browser::download::download("kube-playground-session.sh", &script);
                }
            });
        })
    };
    let download_manifests = {
        let session = page.session.clone();
        Callback::from(move |_| {
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
    let asides = page.session.asides();
    let refused = use_state(|| None::<String>);
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
        <h2 id="dialog-title">{ t.share_title }</h2>
        <p>{ t.share_text }</p>
        <div class="link-row">
            <input type="text" readonly=true value={link.clone()} aria-label={t.share_title} />
            { copy(t.copy_link, "btn primary", link.clone()) }
        </div>
        <div class="row for-notes">
            <span>{ t.for_notes }</span>
            { copy(t.copy_frame, "btn small", frame) }
            { copy(t.copy_element, "btn small", element) }
            { copy(t.copy_markdown, "btn small", markdown) }
        </div>
        <p class="apart">{ t.session_text }</p>
        <div class="row for-notes">
            <span>{ t.for_cluster }</span>
            <button class="btn small" onclick={download_script}>{ t.download_script }</button>
            <button class="btn small" onclick={download_manifests}>{ t.download_manifests }</button>
        </div>
        <p class="refused" role="alert">
            if let Some(reason) = &*refused {
                { t.no_session }{ " (" }{ reason }{ ")" }
            }
        </p>
        <div class="row">
            <button class="btn" onclick={copy_session}>{ copied_or(t, *copied, t.copy_session) }</button>
            <button class="btn" onclick={download}>{ t.download_session }</button>
            <label class="btn file">{ t.open_session }<input type="file" accept=".json,application/json" onchange={take_up} /></label>
            <span class="spring"></span>
            <button class="btn" onclick={click(&closer(&page))}>{ t.close }</button>
        </div>
        if !asides.is_empty() {
            <h3 class="apart">{ t.asides }</h3>
            <ul class="asides">{ for asides.iter().enumerate().map(|(nth, one)| {
                let session = page.session.clone();
                let onclick = Callback::from(move |_: MouseEvent| session.swap_with_aside(nth));
                html! { <li><button class="link" {onclick}>{ name_of(one, t) }</button></li> }
            }) }</ul>
        }
    </> }
}

/// What a button says that copies: its label or, for the one that was pressed last, what came of it.
fn copied_or(t: &Texts, copied: Option<(&'static str, bool)>, label: &'static str) -> &'static str {
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
    let frame = format!(
        "<iframe src=\"{base}?embed=1&amp;{}\" style=\"width: 100%; height: 640px; border: 0\" title=\"kube-playground\" loading=\"lazy\"></iframe>",
        query.replace('&', "&amp;"),
    );
    // Its attributes have the names that the address has.
    let attributes: String = query
        .split('&')
        .filter_map(|part| part.split_once('='))
        .map(|(name, value)| format!(" {name}=\"{value}\""))
        .collect();
    let element = format!(
        "<script src=\"{folder}/embed.js\"></script>\n<kube-playground{attributes}><a href=\"{}\">kube-playground</a></kube-playground>",
        link.replace('&', "&amp;"),
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
fn link(page: &Page, lesson: Option<&LessonView>) -> String {
    let location = gloo::utils::window().location();
    let base = format!("{}{}", location.origin().unwrap_or_default(), location.pathname().unwrap_or_default());
    let lang = if page.t.lang == lesson::Lang::Ko { "ko" } else { "en" };
    let seed = page.session.read(|playground| playground.settings().seed);
    let seed = if seed == 1 { String::new() } else { format!("&seed={seed}") };
    let source = crate::session::opened_source(page.session.storage()).filter(|source| !source.is_empty());
    match (lesson, source) {
        (Some(run), Some(source)) if lesson::find(&run.lesson.id).is_none() => {
            format!("{base}?lang={lang}&src={}{seed}", js_sys::encode_uri_component(&source))
        }
        (Some(run), _) => format!("{base}?lang={lang}&lesson={}&step={}{seed}", run.lesson.id, run.step + 1),
        (None, _) => format!("{base}?lang={lang}&lesson=none{seed}"),
    }
}

#[component]
fn Shortcuts() -> Html {
    let page = use_page();
    let t = page.t;
    let reader = {
        let page = page.clone();
        let on = !page.ui.screen_reader;
        Callback::from(move |_| page.send(Do::ReadScreens(on)))
    };
    html! { <>
        <h2 id="dialog-title">{ t.shortcuts_title }</h2>
        <table><tbody>
            { for t.shortcut_list.iter().map(|(keys, what)| html! { <tr><th scope="row"><kbd>{ *keys }</kbd></th><td>{ *what }</td></tr> }) }
        </tbody></table>
        <div class="row" style="justify-content:space-between">
            <label><input type="checkbox" checked={page.ui.screen_reader} onchange={reader} />{ t.screen_reader }</label>
            <a href="licenses.txt" target="_blank" rel="noopener">{ t.licenses }</a>
            <button class="btn primary" onclick={click(&closer(&page))}>{ t.close }</button>
        </div>
    </> }
}

#[derive(Properties, PartialEq)]
struct NameProps {
    /// The file that gets another name; nothing for a new one.
    #[prop_or_default]
    renamed: Option<String>,
}

/// A new file, or another name for one there is.
#[component]
fn FileName(props: &NameProps) -> Html {
    let page = use_page();
    let t = page.t;
    let name = {
        let first = props.renamed.clone();
        use_state(|| first.unwrap_or_else(|| "new.yaml".to_owned()))
    };
    let refused = use_state(|| "");
    let oninput = {
        let (name, refused) = (name.clone(), refused.clone());
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<web_sys::HtmlInputElement>() {
                name.set(input.value());
                refused.set("");
            }
        })
    };
    // The name is there to be typed over.
    let onfocus = Callback::from(|event: FocusEvent| {
        if let Some(input) = event.target_dyn_into::<web_sys::HtmlInputElement>() {
            input.select();
        }
    });
    let close = closer(&page);
    let onsubmit = {
        let (page, name, close, refused, renamed) =
            (page.clone(), name.clone(), close.clone(), refused.clone(), props.renamed.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let path = name.trim().to_owned();
            if path.is_empty() || path.contains('/') || path == "." || path == ".." {
                return refused.set(t.no_file_name);
            }
            let is_there = page.session.file(&path).is_some();
            match &renamed {
                Some(before) if *before == path => {}
                Some(_) if is_there => return refused.set(t.name_is_taken),
                Some(before) => {
                    let line = format!("mv {} {}", editor::word(before), editor::word(&path));
                    page.run(&lesson::Place::Outside, &line);
                }
                None if is_there => {}
                None => page.session.save_file(&path, ""),
            }
            page.send(Do::Open(path));
            close.emit(());
            browser::element::focus_soon("kp-editor");
        })
    };
    let (title, submit) = if props.renamed.is_some() { (t.rename_file, t.rename) } else { (t.new_file, t.create) };
    html! {
        <form {onsubmit}>
            <h2 id="dialog-title">{ title }</h2>
            <input type="text" value={(*name).clone()} {oninput} aria-label={t.new_file_name} {onfocus} autofocus=true spellcheck="false" />
            <p class="refused" role="alert">{ *refused }</p>
            <div class="row">
                <button class="btn" type="button" onclick={click(&close)}>{ t.cancel }</button>
                <button class="btn primary" type="submit">{ submit }</button>
            </div>
        </form>
    }
}
