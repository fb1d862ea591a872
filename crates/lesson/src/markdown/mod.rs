//! Markdown as blocks that a page can draw, with the marks by which lessons say what to do with a piece of code.
//!
//! What is read is CommonMark with tables (`pulldown-cmark`). HTML in it is never kept: of its tags `details`, `summary`, `br`, `a`,
//! `b`, `strong`, `i`, `em`, `code`, `kbd` and `img` mean what they do in HTML, `script` and `style` go with all they hold, and of any
//! other the words stay. Links lead to `http` and `https` only.

mod builder;
mod html;
mod question;

use pulldown_cmark::{Options, Parser};

use builder::Builder;
pub use question::{Question, questions};

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
    /// A question with choices; those inside of other blocks are blocks of code.
    Question(Question),
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
    /// What is seen of it, where some of its lines are hidden.
    pub shown: Option<String>,
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
            Block::Question(_) | Block::Rule => {}
        }
    }
    found
}

/// The blocks of code of a text, in its order.
pub fn codes(blocks: &[Block]) -> Vec<&Code> {
    let mut found = Vec::new();
    for block in blocks {
        match block {
            Block::Code(code) => found.push(code),
            Block::List(_, items) => items.iter().for_each(|item| found.extend(codes(item))),
            Block::Quote(inner) | Block::Details(_, inner) => found.extend(codes(inner)),
            _ => {}
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

/// A fence's words (`sh`, `sh,run`, `yaml,file=pod.yaml`, `sh,should_fail`, `bash{{exec}}`), and what the lines begin with that are
/// not shown: `sh,run,hidelines=!`, as mdBook has it.
fn fence(info: &str) -> (Code, Option<String>) {
    let mut code = Code::default();
    let mut hidden = None;
    let (words, marks) = info.find("{{").map_or((info, ""), |at| info.split_at(at));
    code.mark = mark_of(marks).map(|(mark, _)| mark);
    for (index, word) in words.split([',', ' ']).map(str::trim).filter(|word| !word.is_empty()).enumerate() {
        match word {
            "run" => code.mark = Some(Mark::Run),
            "copy" => code.mark = Some(Mark::Copy),
            "fill" => code.mark = Some(Mark::Fill),
            "should_fail" => code.mark = Some(Mark::RunToFail),
            word if word.starts_with("hidelines=") => hidden = Some(word["hidelines=".len()..].to_owned()),
            word if word.starts_with("file=") => code.file = Some(word["file=".len()..].to_owned()),
            word if index == 0 => code.language = word.to_owned(),
            _ => {}
        }
    }
    (code, hidden.filter(|prefix| !prefix.is_empty()))
}

/// Code in which lines that begin so are not shown: all of it without those beginnings, and what is seen.
fn without_hidden(text: &str, prefix: &str) -> (String, String) {
    let all: Vec<&str> = text.lines().map(|line| line.strip_prefix(prefix).unwrap_or(line)).collect();
    let shown: Vec<&str> = text.lines().filter(|line| !line.starts_with(prefix)).collect();
    (all.join("\n"), shown.join("\n"))
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
            Block::Code(Code { language, text, shown: None, mark, file })
        };
        assert_eq!(
            read,
            [code("yaml", "kind: Pod", None, Some("pod.yaml")), code("sh", "false", Some(Mark::RunToFail), None)]
        );
    }

    #[test]
    fn lines_of_a_block_may_be_hidden() {
        let read = blocks("```sh,run,hidelines=!\n!cd /tmp\nls\n```\n");
        let [Block::Code(code)] = &read[..] else { panic!("{read:?}") };
        assert_eq!((code.text.as_str(), code.shown.as_deref()), ("cd /tmp\nls", Some("ls")));
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
