//! What becomes of HTML in Markdown: of its tags those that are known act, and all words stay.

use super::builder::{Builder, Container, Frame, Open, Piece};
use super::{Block, Inline, blocks};

impl Builder {
    /// HTML: its tags that are known act, all words stay. In a block, what stands between tags is Markdown again.
    pub fn html(&mut self, html: &str, is_block: bool) {
        let mut rest = html;
        while let Some(at) = rest.find('<') {
            self.between_tags(&rest[..at], is_block);
            let Some(end) = rest[at..].find('>') else {
                rest = &rest[at..];
                break;
            };
            if rest[at..].starts_with("<!--") {
                let end = rest[at..].find("-->").map_or(rest.len(), |end| at + end + 3);
                rest = &rest[end..];
                continue;
            }
            self.tag(&rest[at + 1..at + end]);
            rest = &rest[at + end + 1..];
        }
        self.between_tags(rest, is_block);
    }

    fn between_tags(&mut self, text: &str, is_block: bool) {
        if self.hidden.is_some() || text.is_empty() {
            return;
        }
        let in_summary = matches!(self.stack.last(), Some(Frame { open: Open::Block(Container::Summary), .. }));
        if is_block && !in_summary && text.trim().contains('\n') {
            blocks(text).into_iter().for_each(|block| self.block(block));
        } else if !text.trim().is_empty() {
            self.text(&entities(&text.replace('\n', " ")));
        }
    }

    fn tag(&mut self, tag: &str) {
        let closes = tag.starts_with('/');
        let tag = tag.trim_start_matches('/');
        let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        if let Some(hidden) = &self.hidden {
            if closes && *hidden == name {
                self.hidden = None;
            }
            return;
        }
        match (name.as_str(), closes) {
            ("script" | "style", false) => self.hidden = Some(name),
            ("br", _) => self.push(Inline::Break),
            ("hr", _) => self.block(Block::Rule),
            ("img", _) => {
                if let Some(words) = attribute(tag, "alt").filter(|words| !words.is_empty()) {
                    self.push(Inline::Emphasis(vec![Inline::Text(entities(&words))]));
                }
            }
            ("details", false) => {
                self.end_loose_line();
                self.open(Open::Block(Container::Details(Vec::new())));
            }
            ("details", true) => self.close_to(|open| matches!(open, Open::Block(Container::Details(_)))),
            ("summary", false) => self.open(Open::Block(Container::Summary)),
            ("summary", true) => self.close_to(|open| matches!(open, Open::Block(Container::Summary))),
            ("b" | "strong", false) => self.open(Open::Inline(Piece::Strong)),
            ("b" | "strong", true) => self.close_inline(&Piece::Strong),
            ("i" | "em", false) => self.open(Open::Inline(Piece::Emphasis)),
            ("i" | "em", true) => self.close_inline(&Piece::Emphasis),
            ("code" | "kbd", false) => self.open(Open::Inline(Piece::Code)),
            ("code" | "kbd", true) => self.close_inline(&Piece::Code),
            ("a", false) => self.open(Open::Inline(Piece::Link(attribute(tag, "href").unwrap_or_default()))),
            ("a", true) => self.close_to(|open| matches!(open, Open::Inline(Piece::Link(_)))),
            _ => {}
        }
    }

    fn close_inline(&mut self, piece: &Piece) {
        self.close_to(|open| matches!(open, Open::Inline(it) if it == piece));
    }

    /// Closes everything up to the last that is such, if there is one.
    fn close_to(&mut self, is: impl Fn(&Open) -> bool) {
        let Some(at) = self.stack.iter().rposition(|frame| is(&frame.open)) else { return };
        while self.stack.len() > at.max(1) {
            self.close();
        }
    }
}

/// The value of an attribute in a tag's text.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let lower = tag.to_ascii_lowercase();
    let at = lower.find(&format!(" {name}="))? + name.len() + 2;
    let value = tag.get(at..)?;
    Some(match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split(quote).next()?.to_owned(),
        _ => value.split_whitespace().next()?.to_owned(),
    })
}

/// The few entities that people write.
fn entities(text: &str) -> String {
    let pairs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", "\u{a0}"), ("&amp;", "&")];
    pairs.iter().fold(text.to_owned(), |text, (entity, shown)| text.replace(entity, shown))
}
