//! Texts that are too large to be part of the page.

use std::sync::OnceLock;

/// A text that is part of the binary natively, and on the page a file of its own that is fetched when it is first asked for.
pub struct FetchedText {
    built_in: &'static str,
    read: OnceLock<fn() -> Option<String>>,
    text: OnceLock<String>,
}

impl FetchedText {
    /// The text as it is built in; empty where it is fetched.
    pub const fn new(built_in: &'static str) -> FetchedText {
        FetchedText { built_in, read: OnceLock::new(), text: OnceLock::new() }
    }

    /// Says how to get the text where it is not built in. It is asked until it gives something.
    pub fn provide(&self, read: fn() -> Option<String>) {
        let _ = self.read.set(read);
    }

    /// The text; empty while it cannot be had.
    pub fn get(&self) -> &str {
        if !self.built_in.is_empty() {
            return self.built_in;
        }
        if let Some(text) = self.text.get() {
            return text;
        }
        match self.read.get().and_then(|read| read()) {
            Some(text) => self.text.get_or_init(|| text),
            None => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_asked_for_until_it_is_there_and_then_kept() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        let text = FetchedText::new("");
        assert_eq!(text.get(), "");
        text.provide(|| (ASKED.fetch_add(1, Ordering::Relaxed) > 0).then(|| "words".to_owned()));
        assert_eq!((text.get(), text.get(), text.get()), ("", "words", "words"));
        assert_eq!(ASKED.load(Ordering::Relaxed), 2);
        assert_eq!(FetchedText::new("built in").get(), "built in");
    }
}
