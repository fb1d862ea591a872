//! Custom elements as Rust sees them: methods, properties and events by name.

use gloo::events::EventListener;
use js_sys::{Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CustomEvent, Element};

/// Calls a method; undefined when there is none (the element's script has not arrived, or failed).
pub fn call(target: &JsValue, method: &str, arguments: &[JsValue]) -> JsValue {
    let Ok(function) = Reflect::get(target, &method.into()) else { return JsValue::UNDEFINED };
    let Some(function) = function.dyn_ref::<Function>() else { return JsValue::UNDEFINED };
    function.apply(target, &arguments.iter().collect()).unwrap_or(JsValue::UNDEFINED)
}

/// Gives an element the keyboard.
pub fn focus_now(selector: &str) {
    if let Ok(Some(element)) = gloo::utils::document().query_selector(selector) {
        call(&element, "focus", &[]);
    }
}

/// Gives an element the keyboard once the page has drawn what was asked for.
pub fn focus_soon(selector: &'static str) {
    gloo::timers::callback::Timeout::new(30, move || focus_now(selector)).forget();
}

/// The terminal in front.
pub const TERMINAL: &str = "kp-terminal:not([hidden])";

/// After a click by mouse on a button that does something, the keyboard is the terminal's, where the eye is: what is typed
/// next would press the button again with every space. Who came by keyboard keeps it there; under a finger no keyboard opens.
pub fn after_click(event: &web_sys::MouseEvent) {
    let by_finger = event.dyn_ref::<web_sys::PointerEvent>().is_some_and(|event| event.pointer_type() == "touch");
    if event.detail() > 0 && !by_finger && !super::is_phone() {
        // At once, for a busy page may have the next keys before it draws; and then, for another terminal may come to the front.
        focus_now(TERMINAL);
        focus_soon(TERMINAL);
    }
}

/// Scrolls the element's nearest `container`, and nothing around it, until the element is seen. (`scrollIntoView` also scrolls
/// the page whose frame this page is in.)
pub fn reveal(element: &Element, container: &str) {
    let Ok(Some(container)) = element.closest(container) else { return };
    let (inner, outer) = (element.get_bounding_client_rect(), container.get_bounding_client_rect());
    let shift = |start: f64, end: f64, from: f64, to: f64| match (start < from, end > to) {
        (true, _) => start - from,
        (false, true) => (end - to).min(start - from),
        (false, false) => 0.0,
    };
    let right = shift(inner.left(), inner.right(), outer.left(), outer.right());
    let down = shift(inner.top(), inner.bottom(), outer.top(), outer.bottom());
    container.set_scroll_left(container.scroll_left() + right.round() as i32);
    container.set_scroll_top(container.scroll_top() + down.round() as i32);
}

/// Sets a property.
pub fn set(target: &JsValue, property: &str, value: &JsValue) {
    let _ = Reflect::set(target, &property.into(), value);
}

/// Reads a property.
pub fn get(target: &JsValue, property: &str) -> JsValue {
    Reflect::get(target, &property.into()).unwrap_or(JsValue::UNDEFINED)
}

/// Listens for a custom event as long as the listener is kept; hands over its `detail`.
pub fn on(target: &Element, event: &'static str, handler: impl Fn(JsValue) + 'static) -> EventListener {
    EventListener::new(target, event, move |event| {
        // The browser's own event of the same name (a resize, a change) carries no detail.
        if let Some(event) = event.dyn_ref::<CustomEvent>() {
            handler(event.detail());
        }
    })
}

/// Whether the custom element called `name` is defined.
pub fn is_defined(name: &str) -> bool {
    !gloo::utils::window().custom_elements().get(name).is_undefined()
}

/// Runs `then` once the custom element called `name` is defined.
pub fn when_defined(name: &'static str, then: impl FnOnce() + 'static) {
    wasm_bindgen_futures::spawn_local(async move {
        if let Ok(promise) = gloo::utils::window().custom_elements().when_defined(name) {
            let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
            then();
        }
    });
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    fn properties_methods_and_events_go_by_name() {
        let element = gloo::utils::document().create_element("div").unwrap();
        set(&element, "title", &"a title".into());
        assert_eq!(get(&element, "title").as_string().as_deref(), Some("a title"));
        assert_eq!(call(&element, "getAttribute", &["title".into()]).as_string().as_deref(), Some("a title"));
        assert!(call(&element, "noSuchMethod", &[]).is_undefined());

        let heard = Rc::new(RefCell::new(Vec::new()));
        let listener = {
            let heard = heard.clone();
            on(&element, "data", move |detail| heard.borrow_mut().push(detail.as_string()))
        };
        let emit = |detail: &str| {
            let init = web_sys::CustomEventInit::new();
            init.set_detail(&detail.into());
            let event = CustomEvent::new_with_event_init_dict("data", &init).unwrap();
            element.dispatch_event(&event).unwrap();
        };
        emit("ls");
        element.dispatch_event(&web_sys::Event::new("data").unwrap()).unwrap();
        drop(listener);
        emit("after it was dropped");
        assert_eq!(*heard.borrow(), [Some("ls".to_owned())]);
    }
}
