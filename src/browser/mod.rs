//! The browser, as far as the page needs it: storage, the address, custom elements, files to download.

pub mod address;
pub mod download;
pub mod element;
pub mod page;
pub mod rest;
pub mod storage;
pub mod texts;

use wasm_bindgen::JsValue;

/// Milliseconds of the browser's steady clock. Only how smooth the page is depends on it, never the world.
pub fn milliseconds() -> f64 {
    gloo::utils::window().performance().map_or(0.0, |clock| clock.now())
}

/// Copies text. A browser that refuses says so only in its console; the text can still be selected.
pub fn copy(text: &str) {
    let navigator: JsValue = gloo::utils::window().navigator().into();
    let clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into()).unwrap_or_default();
    if !clipboard.is_undefined() {
        element::call(&clipboard, "writeText", &[text.into()]);
    }
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
    let query = gloo::utils::window().match_media("(max-width: 759px)");
    query.ok().flatten().is_some_and(|query| query.matches())
}
