//! What is written behind `-o`.

use std::sync::OnceLock;

use serde_json::{Value, json};

use super::LARGEST;

/// A list with what templates are written about, and what they stumble over.
fn list() -> &'static Value {
    static LIST: OnceLock<Value> = OnceLock::new();
    LIST.get_or_init(|| {
        json!({"kind": "List", "items": [
            {"metadata": {"name": "a", "labels": {"app": "x", "k8s.io/b": "c"}}, "status": {"phase": "Running", "n": 1}},
            {"metadata": {"name": "b", "labels": {}}, "spec": {"containers": [{"name": "c", "ports": [80, 443]}]}},
            {"metadata": {"name": "c"}, "status": {"on": true, "none": null, "much": 1.5, "lists": [[1, 2], [], [[3]]]}},
        ]})
    })
}

/// A template of `-o jsonpath`, about a fixed list.
///
/// # Panics
/// When it prints too much, or an error has no words.
pub fn jsonpath(bytes: &[u8]) -> bool {
    let template = String::from_utf8_lossy(bytes);
    let [relaxed, _] = [false, true].map(|strict| is_printed(&kubectl::print_jsonpath(&template, strict, list())));
    relaxed
}

/// A template of `-o go-template`, about a fixed list.
///
/// # Panics
/// When it prints too much, or an error has no words.
pub fn go_template(bytes: &[u8]) -> bool {
    let template = String::from_utf8_lossy(bytes);
    is_printed(&kubectl::print_go_template(&template, list()))
}

fn is_printed(printed: &Result<String, kubectl::Error>) -> bool {
    match printed {
        Ok(text) => assert!(text.len() <= LARGEST, "{} bytes", text.len()),
        Err(error) => assert!(!error.render().trim().is_empty(), "no words"),
    }
    printed.is_ok()
}
