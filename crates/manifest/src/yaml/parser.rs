//! Tokens to a tree of nodes.

use super::scanner::{Kind, Scanner, Token};
use super::{Content, Mark, Node, Stage, Style, SyntaxError};

/// How deep nodes may nest: far more than any manifest needs, and safe for the stack of a browser's tab.
const MAX_DEPTH: usize = 64;

type Result<T> = std::result::Result<T, SyntaxError>;

/// Reads the first document of a text; `None` when there is none. What follows it is not looked at, as go-yaml does.
///
/// # Errors
/// The first syntax error.
pub fn parse(text: &str) -> Result<Option<Node>> {
    let mut parser = Parser { scanner: Scanner::new(text)?, tags: Vec::new(), depth: 0 };
    parser.document()
}

struct Parser {
    scanner: Scanner,
    tags: Vec<(String, String)>,
    depth: usize,
}

fn problem<T>(context: Mark, problem: &str, mark: Mark) -> Result<T> {
    Err(SyntaxError { stage: Stage::Parser, problem: problem.to_owned(), mark, context })
}

fn empty(mark: Mark) -> Node {
    let content = Content::Scalar(String::new(), Style::Plain);
    Node { content, tag: None, anchor: None, start: mark, end: mark }
}

impl Parser {
    fn peek(&mut self) -> Result<Kind> {
        Ok(self.scanner.peek()?.kind.clone())
    }

    fn is(&mut self, kind: &Kind) -> Result<bool> {
        Ok(self.scanner.peek()?.kind == *kind)
    }

    /// Takes the next token away if it is `kind`.
    fn eat(&mut self, kind: &Kind) -> Result<Option<Token>> {
        if self.is(kind)? { self.scanner.next().map(Some) } else { Ok(None) }
    }

    fn document(&mut self) -> Result<Option<Node>> {
        while self.eat(&Kind::DocumentEnd)?.is_some() {}
        if self.is(&Kind::StreamEnd)? {
            return Ok(None);
        }
        let mut directives = false;
        loop {
            match self.peek()? {
                Kind::VersionDirective => {}
                Kind::TagDirective(handle, prefix) => self.tags.push((handle, prefix)),
                _ => break,
            }
            directives = true;
            self.scanner.next()?;
        }
        if self.eat(&Kind::DocumentStart)?.is_none() && directives {
            let mark = self.scanner.peek()?.start;
            return problem(Mark::default(), "did not find expected <document start>", mark);
        }
        let token = self.scanner.peek()?;
        if matches!(token.kind, Kind::DocumentStart | Kind::DocumentEnd | Kind::StreamEnd) {
            return Ok(Some(empty(token.start)));
        }
        self.node(true, false).map(Some)
    }

    fn node(&mut self, block: bool, indentless: bool) -> Result<Node> {
        if self.depth >= MAX_DEPTH {
            let mark = self.scanner.peek()?.start;
            return problem(mark, &format!("exceeded max depth of {MAX_DEPTH}"), mark);
        }
        self.depth += 1;
        let node = self.node_content(block, indentless);
        self.depth -= 1;
        node
    }

    fn node_content(&mut self, block: bool, indentless: bool) -> Result<Node> {
        let start = self.scanner.peek()?.start;
        let (mut anchor, mut tag, mut end) = (None, None, start);
        loop {
            let token = self.scanner.peek()?.clone();
            match token.kind {
                Kind::Alias(name) if anchor.is_none() && tag.is_none() => {
                    self.scanner.next()?;
                    return Ok(Node { content: Content::Alias(name), tag, anchor, start, end: token.end });
                }
                Kind::Anchor(name) if anchor.is_none() => anchor = Some(name),
                Kind::Tag(handle, suffix) if tag.is_none() => {
                    tag = Some(self.resolve_tag(&handle, &suffix, start, token.start)?);
                }
                _ => break,
            }
            end = token.end;
            self.scanner.next()?;
        }
        let token = self.scanner.peek()?.clone();
        let content = match token.kind {
            Kind::BlockEntry if indentless => self.indentless_sequence(&mut end)?,
            Kind::Scalar(text, style) => {
                self.scanner.next()?;
                end = token.end;
                Content::Scalar(text, style)
            }
            Kind::FlowSequenceStart => self.flow_sequence(&mut end)?,
            Kind::FlowMappingStart => self.flow_mapping(&mut end)?,
            Kind::BlockSequenceStart if block => self.block_sequence(&mut end)?,
            Kind::BlockMappingStart if block => self.block_mapping(&mut end)?,
            _ if anchor.is_some() || tag.is_some() => Content::Scalar(String::new(), Style::Plain),
            _ => return problem(start, "did not find expected node content", token.start),
        };
        Ok(Node { content, tag, anchor, start: token.start.max(start), end })
    }

    fn resolve_tag(&self, handle: &str, suffix: &str, start: Mark, mark: Mark) -> Result<String> {
        if let Some((_, prefix)) = self.tags.iter().find(|(known, _)| known == handle) {
            return Ok(format!("{prefix}{suffix}"));
        }
        match handle {
            "" => Ok(suffix.to_owned()),
            "!" => Ok(format!("!{suffix}")),
            "!!" => Ok(format!("tag:yaml.org,2002:{suffix}")),
            _ => problem(start, "found undefined tag handle", mark),
        }
    }

    fn block_sequence(&mut self, end: &mut Mark) -> Result<Content> {
        let context = self.scanner.next()?.start;
        let mut items = Vec::new();
        loop {
            if let Some(entry) = self.eat(&Kind::BlockEntry)? {
                items.push(match self.peek()? {
                    Kind::BlockEntry | Kind::BlockEnd => empty(entry.end),
                    _ => self.node(true, false)?,
                });
                *end = items.last().map_or(*end, |item| item.end);
            } else if self.eat(&Kind::BlockEnd)?.is_some() {
                return Ok(Content::Sequence(items));
            } else {
                let mark = self.scanner.peek()?.start;
                return problem(context, "did not find expected '-' indicator", mark);
            }
        }
    }

    fn indentless_sequence(&mut self, end: &mut Mark) -> Result<Content> {
        let mut items = Vec::new();
        while let Some(entry) = self.eat(&Kind::BlockEntry)? {
            items.push(match self.peek()? {
                Kind::BlockEntry | Kind::Key | Kind::Value | Kind::BlockEnd => empty(entry.end),
                _ => self.node(true, false)?,
            });
            *end = items.last().map_or(*end, |item| item.end);
        }
        Ok(Content::Sequence(items))
    }

    fn block_mapping(&mut self, end: &mut Mark) -> Result<Content> {
        let context = self.scanner.next()?.start;
        let mut entries = Vec::new();
        loop {
            let key = if let Some(token) = self.eat(&Kind::Key)? {
                match self.peek()? {
                    Kind::Key | Kind::Value | Kind::BlockEnd => empty(token.end),
                    _ => self.node(true, true)?,
                }
            } else if self.eat(&Kind::BlockEnd)?.is_some() {
                return Ok(Content::Mapping(entries));
            } else {
                let mark = self.scanner.peek()?.start;
                return problem(context, "did not find expected key", mark);
            };
            let value = match self.eat(&Kind::Value)? {
                Some(token) => match self.peek()? {
                    Kind::Key | Kind::Value | Kind::BlockEnd => empty(token.end),
                    _ => self.node(true, true)?,
                },
                None => empty(key.end),
            };
            *end = value.end;
            entries.push((key, value));
        }
    }

    fn flow_sequence(&mut self, end: &mut Mark) -> Result<Content> {
        let context = self.scanner.next()?.start;
        let mut items: Vec<Node> = Vec::new();
        loop {
            if let Some(token) = self.eat(&Kind::FlowSequenceEnd)? {
                *end = token.end;
                return Ok(Content::Sequence(items));
            }
            if !items.is_empty() && self.eat(&Kind::FlowEntry)?.is_none() {
                let mark = self.scanner.peek()?.start;
                return problem(context, "did not find expected ',' or ']'", mark);
            }
            if let Some(token) = self.eat(&Kind::Key)? {
                let (key, value) = self.flow_pair(&token, &Kind::FlowSequenceEnd)?;
                let (start, end) = (key.start, value.end);
                let content = Content::Mapping(vec![(key, value)]);
                items.push(Node { content, tag: None, anchor: None, start, end });
            } else if !self.is(&Kind::FlowSequenceEnd)? {
                items.push(self.node(false, false)?);
            }
        }
    }

    fn flow_pair(&mut self, key: &Token, close: &Kind) -> Result<(Node, Node)> {
        let key = match self.peek()? {
            Kind::Value | Kind::FlowEntry => empty(key.end),
            kind if kind == *close => empty(key.end),
            _ => self.node(false, false)?,
        };
        let value = self.flow_value(close, key.end)?;
        Ok((key, value))
    }

    fn flow_value(&mut self, close: &Kind, end: Mark) -> Result<Node> {
        match self.eat(&Kind::Value)? {
            Some(token) => match self.peek()? {
                Kind::FlowEntry => Ok(empty(token.end)),
                kind if kind == *close => Ok(empty(token.end)),
                _ => self.node(false, false),
            },
            None => Ok(empty(end)),
        }
    }

    fn flow_mapping(&mut self, end: &mut Mark) -> Result<Content> {
        let context = self.scanner.next()?.start;
        let mut entries = Vec::new();
        let close = Kind::FlowMappingEnd;
        loop {
            if let Some(token) = self.eat(&close)? {
                *end = token.end;
                return Ok(Content::Mapping(entries));
            }
            if !entries.is_empty() && self.eat(&Kind::FlowEntry)?.is_none() {
                let mark = self.scanner.peek()?.start;
                return problem(context, "did not find expected ',' or '}'", mark);
            }
            if let Some(token) = self.eat(&Kind::Key)? {
                entries.push(self.flow_pair(&token, &close)?);
            } else if !self.is(&close)? {
                let key = self.node(false, false)?;
                let value = empty(key.end);
                entries.push((key, value));
            }
        }
    }
}
