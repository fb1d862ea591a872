//! Markdown as blocks that a page can draw, with the marks by which lessons say what to do with a piece of code.
//!
//! What is read is CommonMark with tables (`pulldown-cmark`). HTML in it is never kept: of its tags `details`, `summary`, `br`, `a`,
//! `b`, `strong`, `i`, `em`, `code`, `kbd` and `img` mean what they do in HTML, `script` and `style` go with all they hold, and of any
//! other the words stay. Links lead to `http` and `https` only.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// A block of text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Block {
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A heading of a level from 1 to 6.
    Heading(u8, Vec<Inline>),
    /// A block of code.
    Code(Code),
    /// A list; the number of its first item if it counts.
    List(Option<u64>, Vec<Vec<Block>>),
    /// A quotation.
    Quote(Vec<Block>),
    /// What is shown when its summary is opened.
    Details(Vec<Inline>, Vec<Block>),
    /// A table: the cells of its head, and of each row.
    Table(Vec<Vec<Inline>>, Vec<Vec<Vec<Inline>>>),
    /// A line across.
    Rule,
}

/// A block of code.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Code {
    /// The language, as its fence names it.
    pub language: String,
    /// The code, without the last line's end.
    pub text: String,
    /// What a press does with it.
    pub mark: Option<Mark>,
    /// The file that it is to be written to, below the home folder: `yaml,file=pod.yaml`.
    pub file: Option<String>,
}

/// What a press on a piece of code does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    /// It is typed into the terminal and run.
    Run,
    /// The same, after Ctrl-C.
    RunAfterInterrupt,
    /// The same; the lesson says that it fails.
    RunToFail,
    /// It is copied.
    Copy,
    /// It is typed into the terminal, and the person presses Return.
    Fill,
    /// The file of that name is opened in the editor.
    Open,
}

/// A piece of a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Inline {
    /// Words.
    Text(String),
    /// Code, with what a press on it does.
    Code(String, Option<Mark>),
    /// Important words.
    Strong(Vec<Inline>),
    /// Words said otherwise.
    Emphasis(Vec<Inline>),
    /// Words that lead to an `http` or `https` address.
    Link(String, Vec<Inline>),
    /// The line ends here.
    Break,
}

/// How deep blocks lie in each other; what is deeper is drawn at that depth.
const DEEPEST: usize = 24;

/// Reads Markdown.
pub fn blocks(text: &str) -> Vec<Block> {
    let text = fences_with_marks(text);
    let mut builder = Builder::default();
    for event in Parser::new_ext(&text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        builder.event(event);
    }
    builder.finish()
}

/// All code with a mark, in the order of the text: its text and what a press on it does.
pub fn marked(blocks: &[Block]) -> Vec<(&str, Mark)> {
    let mut found = Vec::new();
    for block in blocks {
        match block {
            Block::Code(code) => found.extend(code.mark.map(|mark| (code.text.as_str(), mark))),
            Block::Paragraph(line) | Block::Heading(_, line) => marked_in(line, &mut found),
            Block::List(_, items) => items.iter().for_each(|item| found.extend(marked(item))),
            Block::Quote(inner) => found.extend(marked(inner)),
            Block::Details(summary, inner) => {
                marked_in(summary, &mut found);
                found.extend(marked(inner));
            }
            Block::Table(head, rows) => {
                let cells = head.iter().chain(rows.iter().flatten());
                cells.for_each(|cell| marked_in(cell, &mut found));
            }
            Block::Rule => {}
        }
    }
    found
}

fn marked_in<'a>(line: &'a [Inline], found: &mut Vec<(&'a str, Mark)>) {
    for piece in line {
        match piece {
            Inline::Code(text, mark) => found.extend(mark.map(|mark| (text.as_str(), mark))),
            Inline::Strong(inner) | Inline::Emphasis(inner) | Inline::Link(_, inner) => marked_in(inner, found),
            Inline::Text(_) | Inline::Break => {}
        }
    }
}

/// The words of a line, without what they look like.
pub fn plain(line: &[Inline]) -> String {
    let mut text = String::new();
    for piece in line {
        match piece {
            Inline::Text(words) | Inline::Code(words, _) => text.push_str(words),
            Inline::Strong(inner) | Inline::Emphasis(inner) | Inline::Link(_, inner) => text.push_str(&plain(inner)),
            Inline::Break => text.push(' '),
        }
    }
    text
}

/// Killercoda's marks stand behind the closing fence, which is none for Markdown: they go to the opening one's words.
fn fences_with_marks(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut opened: Option<(usize, String)> = None;
    for line in text.lines() {
        let before = if opened.is_none() { " \t>-*+.)0123456789" } else { " \t>" };
        let bare = line.trim_start_matches(|c| before.contains(c));
        let fence: String = bare.chars().take_while(|c| *c == '`').collect();
        let rest = bare[fence.len()..].trim();
        match &opened {
            None if fence.len() >= 3 && !rest.contains('`') => opened = Some((lines.len(), fence.clone())),
            Some((at, open)) if fence.len() >= open.len() && (rest.is_empty() || mark_of(rest).is_some()) => {
                if !rest.is_empty() {
                    lines[*at].push_str(rest);
                }
                lines.push(line[..line.len() - bare.len() + fence.len()].to_owned());
                opened = None;
                continue;
            }
            _ => {}
        }
        lines.push(line.to_owned());
    }
    lines.join("\n")
}

/// The mark that a text begins with, and what follows it: `{{exec}}`, `{{execute interrupt T1}}`, `{{copy}}`, `{{open}}`.
fn mark_of(text: &str) -> Option<(Mark, &str)> {
    let (words, rest) = text.strip_prefix("{{")?.split_once("}}")?;
    let mut words = words.split_whitespace();
    let mark = match words.next()? {
        "exec" | "execute" if words.any(|word| word == "interrupt") => Mark::RunAfterInterrupt,
        "exec" | "execute" => Mark::Run,
        "copy" => Mark::Copy,
        "open" => Mark::Open,
        _ => return None,
    };
    Some((mark, rest))
}

/// A fence's words: `sh`, `sh,run`, `yaml,file=pod.yaml`, `sh,should_fail`, `bash{{exec}}`.
fn fence(info: &str) -> Code {
    let mut code = Code::default();
    let (words, marks) = info.find("{{").map_or((info, ""), |at| info.split_at(at));
    code.mark = mark_of(marks).map(|(mark, _)| mark);
    for (index, word) in words.split([',', ' ']).map(str::trim).filter(|word| !word.is_empty()).enumerate() {
        match word {
            "run" => code.mark = Some(Mark::Run),
            "copy" => code.mark = Some(Mark::Copy),
            "fill" => code.mark = Some(Mark::Fill),
            "should_fail" => code.mark = Some(Mark::RunToFail),
            word if word.starts_with("file=") => code.file = Some(word["file=".len()..].to_owned()),
            word if index == 0 => code.language = word.to_owned(),
            _ => {}
        }
    }
    code
}

/// What has been opened and not closed yet.
enum Open {
    Block(Container),
    Inline(Piece),
}

enum Container {
    Root,
    Paragraph,
    Heading(u8),
    Code(Code),
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
enum Piece {
    Strong,
    Emphasis,
    Code,
    Link(String),
}

struct Frame {
    open: Open,
    blocks: Vec<Block>,
    line: Vec<Inline>,
}

impl Frame {
    fn new(open: Open) -> Frame {
        Frame { open, blocks: Vec::new(), line: Vec::new() }
    }
}

struct Builder {
    stack: Vec<Frame>,
    /// The tag (`script`, `style`) whose content is left out.
    hidden: Option<String>,
}

impl Default for Builder {
    fn default() -> Self {
        Builder { stack: vec![Frame::new(Open::Block(Container::Root))], hidden: None }
    }
}

impl Builder {
    fn event(&mut self, event: Event<'_>) {
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
            Tag::CodeBlock(CodeBlockKind::Fenced(info)) => Container::Code(fence(&info)),
            Tag::CodeBlock(CodeBlockKind::Indented) => Container::Code(Code::default()),
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

    fn open(&mut self, open: Open) {
        let open = if self.stack.len() > DEEPEST { Open::Block(Container::TooDeep) } else { open };
        self.stack.push(Frame::new(open));
    }

    fn text(&mut self, text: &str) {
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

    fn push(&mut self, piece: Inline) {
        if self.hidden.is_none() {
            self.line().push(piece);
        }
    }

    fn block(&mut self, block: Block) {
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
    fn end_loose_line(&mut self) {
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
    fn close(&mut self) {
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
            Open::Block(Container::Code(code)) => {
                let text = plain(&line).trim_end_matches('\n').to_owned();
                self.block(Block::Code(Code { text, ..code }));
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

    /// HTML: its tags that are known act, all words stay. In a block, what stands between tags is Markdown again.
    fn html(&mut self, html: &str, is_block: bool) {
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

    fn finish(mut self) -> Vec<Block> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(blocks: &[Block]) -> String {
        format!("{blocks:?}")
    }

    #[test]
    fn marks_say_what_a_press_does() {
        let text = "Type `kubectl get pods`{{exec}}, then `x`{{copy}}.\n\n```\nls\npwd\n```{{execute interrupt}}\n\n```sh,run\nid\n```\n\n\
                    - ```bash\n  date\n  ```{{exec}}\n\n<details><summary>Solution</summary>\n\n`k get ns`{{execute T1}}\n\n</details>\n";
        let blocks = blocks(text);
        assert_eq!(
            marked(&blocks),
            [
                ("kubectl get pods", Mark::Run),
                ("x", Mark::Copy),
                ("ls\npwd", Mark::RunAfterInterrupt),
                ("id", Mark::Run),
                ("date", Mark::Run),
                ("k get ns", Mark::Run),
            ]
        );
        assert!(
            matches!(blocks.last(), Some(Block::Details(summary, _)) if plain(summary) == "Solution"),
            "{blocks:?}"
        );
        assert!(!shown(&blocks).contains("{{"), "{blocks:?}");
    }

    #[test]
    fn a_fence_may_name_a_file_and_a_failure() {
        let read = blocks("```yaml,file=pod.yaml\nkind: Pod\n```\n```sh,should_fail\nfalse\n```\n");
        let code = |language: &str, text: &str, mark, file: Option<&str>| {
            let (language, text, file) = (language.to_owned(), text.to_owned(), file.map(str::to_owned));
            Block::Code(Code { language, text, mark, file })
        };
        assert_eq!(
            read,
            [code("yaml", "kind: Pod", None, Some("pod.yaml")), code("sh", "false", Some(Mark::RunToFail), None)]
        );
    }

    #[test]
    fn html_does_nothing_but_what_is_known() {
        let text = "<script>alert(1)</script>\n\n<p onclick=\"evil()\">Hello <b>you</b> &amp; <a href=\"javascript:x\">me</a></p>\n\n\
                    a <img src=x onerror=y alt=\"a cat\"> b<br>c <a href='https://example.com'>d</a> [e](data:text/html,x)\n\n\
                    <style>\np {}\n</style>\n<iframe src=x></iframe>end\n";
        let text = shown(&blocks(text));
        for gone in ["alert", "evil", "onclick", "onerror", "javascript", "data:", "p {}", "iframe"] {
            assert!(!text.contains(gone), "{gone}: {text}");
        }
        for kept in [
            "Strong([Text(\"you\")])",
            "& me",
            "Emphasis([Text(\"a cat\")])",
            "Break",
            "Link(\"https://example.com\"",
            "end",
        ] {
            assert!(text.contains(kept), "{kept}: {text}");
        }
    }

    #[test]
    fn a_link_to_a_port_becomes_the_command_that_fetches_it() {
        for (text, want) in [
            ("[open]({{TRAFFIC_HOST1_30080}}/hello)", "curl http://192.168.49.2:30080/hello"),
            ("[open]({{TRAFFIC_HOST1_8080}})", "curl http://localhost:8080"),
        ] {
            assert_eq!(marked(&blocks(text)), [(want, Mark::Run)]);
        }
    }

    #[test]
    fn anything_is_read_in_bounded_depth() {
        let deep = format!("{}x", "> ".repeat(5_000));
        let tags = "<details><b>".repeat(5_000);
        let broken = "```\n<b>\n| a | b |\n|--|--|\n| `c`{{exec}} | <i>d |\n</summary></details></a>";
        for text in [&deep, &tags, broken, "", "<", "{{exec}}", "`a`{{", "<!-- x"] {
            let _ = shown(&blocks(text));
        }
    }
}
