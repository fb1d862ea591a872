//! The dialog that opens a lesson from elsewhere: it says what would be fetched from where, then what the lesson is, and only then
//! begins it.

use gloo::events::{EventListener, EventListenerOptions};
use lesson::{Mistake, Opened};
use wasm_bindgen::JsValue;
use yew::prelude::*;

use crate::browser;
use crate::browser::address::HELD_LESSON;
use crate::browser::element;
use crate::lesson_folders::{CHALLENGE, COURSE, built_in, comes_with_the_page, fetch, practice};
use crate::page::{Page, use_page};
use crate::session::{Fetched, opened_source};
use crate::state::Do;
use crate::text::opening;

/// What has come of a wish to open a lesson.
#[derive(Clone, PartialEq)]
enum Stage {
    /// Nobody has asked for one yet, or it did not come for this reason.
    Asking(Option<String>),
    /// It is being fetched.
    Fetching,
    /// It is here.
    Here(Found),
}

#[derive(Clone, PartialEq)]
struct Found {
    fetched: Fetched,
    title: String,
    steps: usize,
    missing: Vec<String>,
}

/// The dialog.
#[component]
pub fn OpenLesson() -> Html {
    let page = use_page();
    let words = opening::texts(page.t.lang);
    // A link's lesson is asked about once: afterwards the dialog is for any other.
    let linked = page.ui.source.clone().filter(|source| Some(source) != opened_source(page.session.storage()).as_ref());
    let address = {
        // What the link itself holds nobody wants to read.
        let first = linked.clone().filter(|source| !source.starts_with(HELD_LESSON)).unwrap_or_default();
        use_state(|| first)
    };
    let stage = use_state(|| Stage::Asking(None));
    let oninput = {
        let address = address.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<web_sys::HtmlInputElement>() {
                address.set(input.value());
            }
        })
    };
    let onsubmit = {
        let (page, stage, address) = (page.clone(), stage.setter(), address.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            bring(&page, &stage, "fromAddress", JsValue::from_str(&address));
        })
    };
    let chosen = {
        let (page, stage) = (page.clone(), stage.setter());
        Callback::from(move |event: Event| {
            let files = event.target_dyn_into::<web_sys::HtmlInputElement>().and_then(|input| input.files());
            if let Some(files) = files.filter(|files| files.length() > 0) {
                bring(&page, &stage, "fromFiles", files.into());
            }
        })
    };
    // Those of the page, by their kinds.
    let ours = use_state(<[Vec<(Fetched, String)>; 2]>::default);
    {
        let (ours, lang) = (ours.setter(), page.t.lang);
        use_effect_with((), move |()| {
            wasm_bindgen_futures::spawn_local(async move {
                browser::rest::arrive().await;
                ours.set([built_in(COURSE, lang).await, built_in(CHALLENGE, lang).await]);
            });
        });
    }
    {
        // What comes with the page is not fetched from anybody: a link to it is not asked about twice.
        let (page, stage, linked) = (page.clone(), stage.setter(), linked.clone());
        use_effect_with((), move |()| {
            if let Some(source) = linked.filter(|source| comes_with_the_page(source)) {
                bring(&page, &stage, "fromAddress", source.into());
            }
        });
    }
    {
        // A folder or a zip that is dropped anywhere while this is open.
        let (page, stage) = (page.clone(), stage.setter());
        use_effect_with((), move |()| take_dropped(page, stage));
    }
    let begins = use_node_ref();
    {
        // What was pressed is gone: the keyboard goes to what comes next.
        let begins = begins.clone();
        use_effect_with(matches!(*stage, Stage::Here(_)), move |here| {
            if *here {
                browser::focus(&begins);
            }
        });
    }
    let folder = use_node_ref();
    {
        let folder = folder.clone();
        use_effect(move || {
            if let Some(input) = folder.cast::<web_sys::Element>() {
                let _ = input.set_attribute("webkitdirectory", "");
            }
        });
    }
    let close = {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| page.send(Do::Ask(None)))
    };
    let begin = {
        let (page, stage) = (page.clone(), stage.clone());
        Callback::from(move |_: MouseEvent| {
            let Stage::Here(found) = &*stage else { return };
            match page.session.open_lesson(&found.fetched) {
                Ok(()) => {
                    page.send(Do::Ask(None));
                    page.send(Do::Show(browser::address::Panel::Lesson, true));
                }
                Err(error) => stage.set(Stage::Asking(Some((words.is_none)(&error.to_string())))),
            }
        })
    };
    let refused = match &*stage {
        Stage::Asking(why) => why.clone(),
        _ => None,
    };
    html! { <>
        <h2 id="dialog-title">{ words.title }</h2>
        if let Stage::Here(found) = &*stage {
            if linked.as_ref().is_some_and(|source| source.starts_with(HELD_LESSON)) {
                <p>{ words.held }</p>
            }
            <p><strong>{ &found.title }</strong>{ " · " }{ (words.steps)(found.steps) }</p>
            if !found.missing.is_empty() {
                <p>{ words.missing }{ " " }{ for found.missing.iter().map(|name| html! { <><code class="inline-code">{ name }</code>{ " " }</> }) }</p>
            }
            <p>{ words.set_aside }</p>
            <div class="row">
                <button class="btn" onclick={close}>{ page.t.cancel }</button>
                <button ref={begins} class="btn primary" onclick={begin}>{ words.begin }</button>
            </div>
        } else {
            if let Some(source) = linked.as_ref().filter(|source| !source.starts_with(HELD_LESSON)) {
                <p>{ (words.ask)(source) }</p>
            } else {
                <p>{ words.what }</p>
            }
            <form {onsubmit}>
                <label for="lesson-address">{ words.address }</label>
                <div class="link-row">
                    <input id="lesson-address" type="text" value={(*address).clone()} {oninput} spellcheck="false" autofocus=true
                        placeholder="https://github.com/OWNER/REPOSITORY/tree/main/FOLDER" />
                    <button class="btn primary" type="submit" disabled={*stage == Stage::Fetching}>
                        { if *stage == Stage::Fetching { words.fetching } else { words.fetch } }
                    </button>
                </div>
            </form>
            <p class="refused" role="alert">{ refused }</p>
            <div class="row">
                <span>{ words.from_here }</span>
                <label class="btn file">{ words.zip }<input type="file" accept=".zip,application/zip" onchange={chosen.clone()} /></label>
                <label class="btn file">{ words.folder }<input ref={folder} type="file" onchange={chosen} /></label>
                <span class="spring"></span>
                <button class="btn" onclick={close}>{ page.t.cancel }</button>
            </div>
            if linked.is_none() {
                { for ours.iter().zip([words.course, words.challenges]).filter(|(all, _)| !all.is_empty()).map(|(all, heading)| html! { <>
                    <h3 class="apart">{ heading }</h3>
                    <ul class="built-in">{ for all.iter().map(|(fetched, title)| {
                        let (stage, fetched, lang) = (stage.setter(), fetched.clone(), page.t.lang);
                        let onclick = Callback::from(move |_: MouseEvent| stage.set(look_at(fetched.clone(), lang)));
                        html! { <li><button class="link" {onclick}>{ title }</button></li> }
                    }) }</ul>
                </> }) }
                <Practice stage={stage.setter()} />
            }
        }
    </> }
}

#[derive(Properties)]
struct PracticeProps {
    stage: UseStateSetter<Stage>,
}

impl PartialEq for PracticeProps {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A challenge that nobody has seen yet.
#[component]
fn Practice(props: &PracticeProps) -> Html {
    let lang = use_page().t.lang;
    let words = opening::texts(lang);
    let stage = props.stage.clone();
    let onclick = Callback::from(move |_: MouseEvent| {
        let number = (js_sys::Math::random() * 1e6) as u64;
        if let Some((made, _)) = practice(number, lang) {
            stage.set(look_at(made, lang));
        }
    });
    html! { <>
        <h3 class="apart">{ words.practice }</h3>
        <ul class="built-in"><li><button class="link" {onclick}>{ words.practice_new }</button></li></ul>
    </> }
}

/// Looks what lesson is dropped onto the page, until what this gives is called. Without it the browser would leave the page for the file.
fn take_dropped(page: Page, stage: UseStateSetter<Stage>) -> impl FnOnce() {
    let window = gloo::utils::window();
    let options = EventListenerOptions::enable_prevent_default();
    let over = EventListener::new_with_options(&window, "dragover", options, |event| event.prevent_default());
    let dropped = EventListener::new_with_options(&window, "drop", options, move |event| {
        event.prevent_default();
        // The list is gone once this listener is.
        let items = js_sys::Array::from(&element::get(&element::get(event, "dataTransfer"), "items"));
        let entries: js_sys::Array =
            items.iter().map(|item| element::call(&item, "webkitGetAsEntry", &[])).filter(JsValue::is_truthy).collect();
        if entries.length() > 0 {
            bring(&page, &stage, "fromDropped", entries.into());
        }
    });
    move || drop((over, dropped))
}

/// Lets the page's script read a folder, and looks what lesson it is.
fn bring(page: &Page, stage: &UseStateSetter<Stage>, how: &'static str, of: JsValue) {
    stage.set(Stage::Fetching);
    let (stage, lang) = (stage.clone(), page.t.lang);
    wasm_bindgen_futures::spawn_local(async move {
        // Reading a lesson needs all of the wasm.
        browser::rest::arrive().await;
        stage.set(match fetch(how, of).await {
            Ok(fetched) => look_at(fetched, lang),
            Err(word) => Stage::Asking(Some(opening::why(&word, lang).to_owned())),
        });
    });
}

/// What lesson a folder holds.
fn look_at(fetched: Fetched, lang: lesson::Lang) -> Stage {
    match lesson::open(&fetched.name, &fetched.folder) {
        Ok(Opened { lesson, files }) => Stage::Here(Found {
            title: lesson.title.get(lang).to_owned(),
            steps: lesson.steps.len(),
            missing: lesson::check::missing_programs(&lesson, &files),
            fetched,
        }),
        Err(error) => {
            let Mistake { file, line, what } = Mistake::of(&error, &fetched.folder, lang);
            Stage::Asking(Some((opening::texts(lang).is_none)(&format!("{file}:{line}: {what}"))))
        }
    }
}
