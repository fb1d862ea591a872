//! Puts the events of Markdown's parser together to blocks: what was opened and not closed yet is a stack.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Tag, TagEnd};

use super::{Block, Code, Inline, Mark, Question, fence, mark_of, plain, without_hidden};

/// How deep blocks lie in each other; what is deeper is drawn at that depth.
const DEEPEST: usize = 24;

/// What has been opened and not closed yet.
pub(super) enum Open {
    Block(Container),
    Inline(Piece),
}

pub(super) enum Container {
    Root,
    Paragraph,
    Heading(u8),
    /// And what its hidden lines begin with.
    Code(Code, Option<String>),
    List(Option<u64>, Vec<Vec<Block>>),
    Item,
    Quote,
    /// Its summary, once it was read.
    Details(Vec<Inline>),
    Summary,
    Table(Vec<Vec<Inline>>, Vec<Vec<Vec<Inline>>>),
    Row(bool, Vec<Vec<Inline>>),
    Cell,
    /// Something too deep: what it holds goes to what is around it.
    TooDeep,
}

#[derive(PartialEq, Eq)]
pub(super) enum Piece {
    Strong,
    Emphasis,
    Code,
    Link(String),
}

pub(super) struct Frame {
    pub open: Open,
    pub blocks: Vec<Block>,
    pub line: Vec<Inline>,
}

impl Frame {
    fn new(open: Open) -> Frame {
        Frame { open, blocks: Vec::new(), line: Vec::new() }
    }
}

pub(super) struct Builder {
    pub stack: Vec<Frame>,
    /// The tag (`script`, `style`) whose content is left out.
    pub hidden: Option<String>,
}

impl Default for Builder {
    fn default() -> Self {
        Builder { stack: vec![Frame::new(Open::Block(Container::Root))], hidden: None }
    }
}

impl Builder {
    pub fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text),
            Event::Code(code) => self.push(Inline::Code(code.to_string(), None)),
            Event::SoftBreak => self.text(" "),
            Event::HardBreak => self.push(Inline::Break),
            Event::Rule => self.block(Block::Rule),
            Event::Html(html) => self.html(&html, true),
            Event::InlineHtml(html) => self.html(&html, false),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        let container = match tag {
            Tag::Paragraph => Container::Paragraph,
            Tag::Heading { level, .. } => Container::Heading(number(level)),
            Tag::CodeBlock(CodeBlockKind::Fenced(info)) => {
                let (code, hidden) = fence(&info);
                Container::Code(code, hidden)
            }
            Tag::CodeBlock(CodeBlockKind::Indented) => Container::Code(Code::default(), None),
            Tag::List(first) => Container::List(first, Vec::new()),
            Tag::Item => Container::Item,
            Tag::BlockQuote(_) => Container::Quote,
            Tag::Table(_) => Container::Table(Vec::new(), Vec::new()),
            Tag::TableHead => Container::Row(true, Vec::new()),
            Tag::TableRow => Container::Row(false, Vec::new()),
            Tag::TableCell => Container::Cell,
            Tag::Strong => return self.open(Open::Inline(Piece::Strong)),
            Tag::Emphasis | Tag::Strikethrough => return self.open(Open::Inline(Piece::Emphasis)),
            Tag::Link { dest_url, .. } => return self.open(Open::Inline(Piece::Link(dest_url.to_string()))),
            Tag::Image { .. } => return self.open(Open::Inline(Piece::Emphasis)),
            _ => return,
        };
        self.open(Open::Block(container));
    }

    fn end(&mut self, tag: TagEnd) {
        if matches!(
            tag,
            TagEnd::Paragraph
                | TagEnd::Heading(_)
                | TagEnd::CodeBlock
                | TagEnd::List(_)
                | TagEnd::Item
                | TagEnd::BlockQuote(_)
                | TagEnd::Table
                | TagEnd::TableHead
                | TagEnd::TableRow
                | TagEnd::TableCell
        ) {
            // A tag of HTML that the block did not close ends with it.
            while matches!(self.stack.last(), Some(Frame { open: Open::Inline(_), .. })) {
                self.close();
            }
            self.close();
        } else if matches!(
            tag,
            TagEnd::Strong | TagEnd::Emphasis | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image
        ) && matches!(self.stack.last(), Some(Frame { open: Open::Inline(_), .. }))
        {
            self.close();
        }
    }

    pub fn open(&mut self, open: Open) {
        let open = if self.stack.len() > DEEPEST { Open::Block(Container::TooDeep) } else { open };
        self.stack.push(Frame::new(open));
    }

    pub fn text(&mut self, text: &str) {
        if self.hidden.is_some() {
            return;
        }
        let mut text = text;
        if let Some(Inline::Code(_, mark @ None)) = self.line().last_mut()
            && let Some((found, rest)) = mark_of(text)
        {
            *mark = Some(found);
            text = rest;
        }
        if text.is_empty() {
            return;
        }
        match self.line().last_mut() {
            Some(Inline::Text(before)) => before.push_str(text),
            _ => self.push(Inline::Text(text.to_owned())),
        }
    }

    /// The line that is being filled.
    fn line(&mut self) -> &mut Vec<Inline> {
        if self.stack.is_empty() {
            *self = Builder::default();
        }
        let last = self.stack.len() - 1;
        &mut self.stack[last].line
    }

    pub fn push(&mut self, piece: Inline) {
        if self.hidden.is_none() {
            self.line().push(piece);
        }
    }

    pub fn block(&mut self, block: Block) {
        if self.hidden.is_some() {
            return;
        }
        self.end_loose_line();
        let container = self.stack.iter_mut().rev().find(|frame| matches!(frame.open, Open::Block(_)));
        if let Some(frame) = container {
            frame.blocks.push(block);
        }
    }

    /// Words that stand in a container without a paragraph (in a tight list, in HTML) are one.
    pub fn end_loose_line(&mut self) {
        if let Some(frame) = self.stack.last_mut()
            && matches!(
                frame.open,
                Open::Block(Container::Root | Container::Item | Container::Quote | Container::Details(_))
            )
        {
            let line = trimmed(std::mem::take(&mut frame.line));
            if !line.is_empty() {
                frame.blocks.push(Block::Paragraph(line));
            }
        }
    }

    /// Closes what was opened last, and gives it to what holds it.
    pub fn close(&mut self) {
        self.end_loose_line();
        if self.stack.len() < 2 {
            return;
        }
        let Some(frame) = self.stack.pop() else { return };
        let Frame { open, blocks, line } = frame;
        match open {
            Open::Inline(Piece::Strong) => self.push(Inline::Strong(line)),
            Open::Inline(Piece::Emphasis) => self.push(Inline::Emphasis(line)),
            Open::Inline(Piece::Code) => self.push(Inline::Code(plain(&line), None)),
            Open::Inline(Piece::Link(url)) => self.link(&url, line),
            Open::Block(Container::Paragraph) => self.block(Block::Paragraph(trimmed(line))),
            Open::Block(Container::Heading(level)) => self.block(Block::Heading(level, line)),
            Open::Block(Container::Code(code, hidden)) => {
                let text = plain(&line).trim_end_matches('\n').to_owned();
                self.code(Code { text, ..code }, hidden.as_deref());
            }
            Open::Block(Container::List(first, items)) => self.block(Block::List(first, items)),
            Open::Block(Container::Quote) => self.block(Block::Quote(blocks)),
            Open::Block(Container::Details(summary)) => self.block(Block::Details(summary, blocks)),
            Open::Block(Container::Table(head, rows)) => self.block(Block::Table(head, rows)),
            Open::Block(Container::Item) => {
                if let Some(Frame { open: Open::Block(Container::List(_, items)), .. }) = self.stack.last_mut() {
                    items.push(blocks);
                }
            }
            Open::Block(Container::Summary) => {
                if let Some(Frame { open: Open::Block(Container::Details(summary)), .. }) = self.stack.last_mut() {
                    *summary = trimmed(line);
                }
            }
            Open::Block(Container::Row(is_head, cells)) => {
                if let Some(Frame { open: Open::Block(Container::Table(head, rows)), .. }) = self.stack.last_mut() {
                    if is_head { *head = cells } else { rows.push(cells) }
                }
            }
            Open::Block(Container::Cell) => {
                if let Some(Frame { open: Open::Block(Container::Row(_, cells)), .. }) = self.stack.last_mut() {
                    cells.push(line);
                }
            }
            Open::Block(Container::TooDeep) => {
                if let Some(around) = self.stack.last_mut() {
                    around.blocks.extend(blocks);
                    around.line.extend(line);
                }
            }
            Open::Block(Container::Root) => {}
        }
    }

    fn code(&mut self, mut code: Code, hidden: Option<&str>) {
        if self.stack.len() == 1
            && matches!(code.language.as_str(), "quiz" | "predict")
            && let Some(question) = Question::read(&code.language, &code.text)
        {
            return self.block(Block::Question(question));
        }
        if let Some(prefix) = hidden {
            let (all, shown) = without_hidden(&code.text, prefix);
            (code.text, code.shown) = (all, Some(shown));
        }
        self.block(Block::Code(code));
    }

    fn link(&mut self, url: &str, line: Vec<Inline>) {
        if let Some(command) = traffic(url) {
            self.splice(line);
            self.text(" ");
            self.push(Inline::Code(command, Some(Mark::Run)));
        } else if url.starts_with("https://") || url.starts_with("http://") {
            self.push(Inline::Link(url.to_owned(), line));
        } else {
            self.splice(line);
        }
    }

    fn splice(&mut self, line: Vec<Inline>) {
        for piece in line {
            match piece {
                Inline::Text(words) => self.text(&words),
                piece => self.push(piece),
            }
        }
    }

    pub fn finish(mut self) -> Vec<Block> {
        while self.stack.len() > 1 {
            self.close();
        }
        self.end_loose_line();
        self.stack.pop().map(|root| root.blocks).unwrap_or_default()
    }
}
fn trimmed(mut line: Vec<Inline>) -> Vec<Inline> {
    let is_blank =
        |piece: &Inline| matches!(piece, Inline::Text(words) if words.trim().is_empty()) || *piece == Inline::Break;
    while line.last().is_some_and(is_blank) {
        line.pop();
    }
    let blank = line.iter().take_while(|piece| is_blank(piece)).count();
    line.drain(..blank);
    line
}

fn number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}
/// The command that fetches what a link to a port of the scenario's machine shows: there is no browser pane. A node port is
/// answered by the node, any other by whatever forwards it.
fn traffic(url: &str) -> Option<String> {
    let at = url.find("TRAFFIC_HOST")?;
    let after = url[at + "TRAFFIC_HOST".len()..].trim_start_matches(|c: char| c.is_ascii_digit());
    let port: String = after.strip_prefix('_')?.chars().take_while(char::is_ascii_digit).collect();
    let path = after.split_once("}}").or_else(|| after.split_once("%7D%7D")).map_or("", |(_, path)| path);
    let number: u32 = port.parse().ok()?;
    let host = if number >= 30_000 { "192.168.49.2" } else { "localhost" };
    Some(format!("curl http://{host}:{port}{path}"))
}
