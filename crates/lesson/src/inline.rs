//! The little markup of a lesson's texts.

/// A piece of a line of text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Span<'a> {
    /// Plain words.
    Plain(&'a str),
    /// Between backquotes.
    Code(&'a str),
    /// Between double asterisks.
    Strong(&'a str),
}

/// Takes a text apart. A mark that is not closed is plain text.
pub fn spans(text: &str) -> Vec<Span<'_>> {
    let mut spans = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let next = ["`", "**"].into_iter().filter_map(|mark| {
            let start = rest.find(mark)?;
            let len = rest[start + mark.len()..].find(mark)?;
            Some((start, mark, len))
        });
        let Some((start, mark, len)) = next.min_by_key(|(start, _, _)| *start) else {
            spans.push(Span::Plain(rest));
            break;
        };
        if start > 0 {
            spans.push(Span::Plain(&rest[..start]));
        }
        let inner = &rest[start + mark.len()..start + mark.len() + len];
        spans.push(if mark == "`" { Span::Code(inner) } else { Span::Strong(inner) });
        rest = &rest[start + 2 * mark.len() + len..];
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::{Span::*, spans};

    #[test]
    fn marks_become_spans() {
        for (text, want) in [
            ("", vec![]),
            ("plain", vec![Plain("plain")]),
            ("a `b` **c**!", vec![Plain("a "), Code("b"), Plain(" "), Strong("c"), Plain("!")]),
            ("`ls **`", vec![Code("ls **")]),
            ("not `closed", vec![Plain("not `closed")]),
        ] {
            assert_eq!(spans(text), want, "{text}");
        }
    }
}
