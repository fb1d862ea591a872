//! The browser, as far as the page needs it: storage, the address, custom elements, files to download.

pub mod address;
pub mod download;
pub mod element;
pub mod page;
pub mod rest;
pub mod storage;
pub mod texts;

use wasm_bindgen::JsCast;

/// Milliseconds of the browser's steady clock. Only how smooth the page is depends on it, never the world.
pub fn milliseconds() -> f64 {
    gloo::utils::window().performance().map_or(0.0, |clock| clock.now())
}

/// Copies text; `then` is told whether the browser did.
pub fn copy(text: &str, then: impl FnOnce(bool) + 'static) {
    let text = text.to_owned();
    let clipboard = element::get(&gloo::utils::window().navigator(), "clipboard");
    let writing = element::call(&clipboard, "writeText", &[text.as_str().into()]).dyn_into::<js_sys::Promise>();
    wasm_bindgen_futures::spawn_local(async move {
        let written = match writing {
            Ok(writing) => wasm_bindgen_futures::JsFuture::from(writing).await.is_ok(),
            Err(_) => false,
        };
        then(written || copy_selected(&text));
    });
}

/// The way to copy where there is no clipboard to write to: a page without https, or a frame that is not allowed to.
fn copy_selected(text: &str) -> bool {
    let document = gloo::utils::document();
    let before = document.active_element();
    let Ok(area) = document.create_element("textarea") else { return false };
    element::set(&area, "value", &text.into());
    let _ = area.set_attribute("class", "visually-hidden");
    // Within the dialog that is open, if there is one: nothing outside of it can have the keyboard.
    let place = document.query_selector("dialog[open]").ok().flatten().unwrap_or_else(|| gloo::utils::body().into());
    let _ = place.append_child(&area);
    element::call(&area, "select", &[]);
    let copied = element::call(&document, "execCommand", &["copy".into()]).is_truthy();
    area.remove();
    if let Some(before) = before {
        element::call(&before, "focus", &[]);
    }
    copied
}

/// The text that is selected on the page.
pub fn selected_text() -> String {
    let selection = element::call(&gloo::utils::window(), "getSelection", &[]);
    element::call(&selection, "toString", &[]).as_string().unwrap_or_default()
}

/// Whether no element has the keyboard: what had it is gone from the page.
pub fn nothing_has_focus() -> bool {
    let document = gloo::utils::document();
    document.active_element().is_none_or(|element| Some(element) == document.body().map(Into::into))
}

/// Gives an element the keyboard.
pub fn focus(node: &yew::NodeRef) {
    if let Some(element) = node.cast::<web_sys::HtmlElement>() {
        let _ = element.focus();
    }
}

/// Whether something may be given the keyboard that the person did not click on: not in another page's frame, nor while
/// the person types elsewhere.
pub fn may_take_keyboard(embedded: bool) -> bool {
    let window = gloo::utils::window();
    let framed = window.top().ok().flatten().is_none_or(|top| top != window);
    !embedded && !framed && has_keyboard()
}

/// Whether the person's keyboard is this page's.
pub fn has_keyboard() -> bool {
    gloo::utils::document().has_focus().unwrap_or(true)
}

/// Sets a CSS variable of the whole page, or takes it away.
pub fn set_variable(name: &str, value: Option<&str>) {
    let style = element::get(&gloo::utils::document_element(), "style");
    match value {
        Some(value) => element::call(&style, "setProperty", &[name.into(), value.into()]),
        None => element::call(&style, "removeProperty", &[name.into()]),
    };
}

/// Whether the person's keyboard has a Command key.
pub fn is_apple() -> bool {
    let agent = gloo::utils::window().navigator().user_agent().unwrap_or_default();
    ["Mac", "iPhone", "iPad"].iter().any(|name| agent.contains(name))
}

/// Whether there is only room for one place at a time; the same width as in styles/phone.css.
pub fn is_phone() -> bool {
    thread_local! {
        // Asked with every drawing, and a new query costs more than an answer.
        static PHONE: Option<web_sys::MediaQueryList> =
            gloo::utils::window().match_media("(max-width: 759px)").ok().flatten();
    }
    PHONE.with(|query| query.as_ref().is_some_and(web_sys::MediaQueryList::matches))
}
