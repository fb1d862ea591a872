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

/// Runs `then` once the element called `name` is defined.
pub fn when_defined(name: &'static str, then: impl FnOnce() + 'static) {
    wasm_bindgen_futures::spawn_local(async move {
        if let Ok(promise) = gloo::utils::window().custom_elements().when_defined(name) {
            let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
            then();
        }
    });
}
