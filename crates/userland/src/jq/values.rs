//! What functions ask of a value (its kind, its size), and how errors name one.

use std::rc::Rc;

use super::eval::{Stop, error};
use super::json::Json;

/// Longest array or string that a program makes.
const SIZE_LIMIT: usize = 4 << 20;

/// Longest text of a value in an error.
const SHORT: usize = 11;

/// A value's text, cut off as errors have it.
pub(super) fn short(value: &Json) -> String {
    let text = value.compact();
    if text.len() <= SHORT {
        return text;
    }
    let mut end = SHORT - 1;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}...", &text[..end])
}

/// `string ("x")`
pub(super) fn described(value: &Json) -> String {
    format!("{} ({})", value.kind(), short(value))
}

/// Likewise; `null` says nothing more.
pub(super) fn described_or_null(value: &Json) -> String {
    match value {
        Json::Null => "null".to_owned(),
        value => described(value),
    }
}

pub(super) fn size(items: usize) -> Result<(), Stop> {
    if items > SIZE_LIMIT { Err(Stop::Limit("a value grows too large")) } else { Ok(()) }
}

/// A value's text: itself if it is a string.
pub(super) fn plain(value: &Json) -> String {
    match value {
        Json::Text(text) => text.to_string(),
        value => value.compact(),
    }
}

pub(super) fn array_of(value: &Json, what: &str) -> Result<Rc<Vec<Json>>, Stop> {
    match value {
        Json::Array(items) => Ok(items.clone()),
        value => error(format!("{} {what}", described(value))),
    }
}

pub(super) fn text_of(value: &Json, what: &str) -> Result<Rc<str>, Stop> {
    match value {
        Json::Text(text) => Ok(text.clone()),
        value => error(format!("{} {what}", described(value))),
    }
}

pub(super) fn number(value: &Json) -> Result<f64, Stop> {
    match value {
        Json::Number(number) => Ok(*number),
        value => error(format!("{} number required", described(value))),
    }
}
