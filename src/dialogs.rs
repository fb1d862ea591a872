//! The dialogs: reset, shortcuts, a file's name; `share.rs` and `open_lesson.rs` have theirs. The browser's own `<dialog>` keeps the focus;
//! afterwards whatever had it gets it back.

use std::rc::Rc;

use yew::prelude::*;

use crate::browser;
use crate::editor;
use crate::open_lesson::OpenLesson;
use crate::page::{Page, use_page};
use crate::session::LessonView;
use crate::share::Share;
use crate::state::{Dialog, Do, Notice};

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
