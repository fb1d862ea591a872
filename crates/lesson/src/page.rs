//! A page of Markdown with blocks of shell as a lesson: a course's own notes, as they are.
//!
//! Each `## ` heading begins a step. A block of `sh`, `bash` or `shell` is run by a press; of a `console` block the lines after `$ `
//! are, and the others are what they print. Where a command has a placeholder such as `<pod-name>`, the reader presses Return. A block
//! of YAML whose first line is a comment with a file's name is written to that file.

use serde_json::Value;

use crate::folder::Opened;
use crate::format::{Lesson, LessonError, Step, Text};

/// The lesson of a page, without what stands before it between `---` (`matter`, of which the `title` is read).
///
/// # Errors
/// [`LessonError::Empty`]
pub(crate) fn read(id: &str, matter: &Value, text: &str) -> Result<Opened, LessonError> {
    let parts = parts(text);
    let first = parts.first().ok_or(LessonError::Empty)?;
    let title = matter["title"].as_str().map(str::to_owned).or_else(|| first.title.clone());
    let title = title.unwrap_or_else(|| id.to_owned());
    let step = |(index, part): (usize, &Part)| Step {
        id: format!("part{}", index + 1),
        title: Text::same(part.title.as_deref().unwrap_or(&title)),
        text: Text::same(part.text.trim()),
        ..Step::default()
    };
    let lesson = Lesson {
        id: id.to_owned(),
        title: Text::same(&title),
        files: Vec::new(),
        steps: parts.iter().enumerate().map(step).collect(),
        computer: playground::Computer::Laptop,
        seed: None,
        markdown: true,
    };
    Ok(Opened { lesson, files: Vec::new() })
}

#[derive(Default)]
struct Part {
    title: Option<String>,
    text: String,
}

/// A page by its headings of the first two levels, its blocks marked. A part without words is none.
fn parts(text: &str) -> Vec<Part> {
    let mut parts = vec![Part::default()];
    let mut fence: Option<Fence> = None;
    for line in text.lines() {
        if let Some(open) = &mut fence {
            if line.trim_start().starts_with(&open.ticks) && line.trim().chars().all(|c| c == '`' || c == '~') {
                let closed = open.marked();
                fence = None;
                push(&mut parts, &closed);
            } else {
                open.lines.push(line.to_owned());
            }
            continue;
        }
        let bare = line.trim_start();
        let ticks: String = bare.chars().take_while(|c| *c == '`' || *c == '~').collect();
        if ticks.len() >= 3 {
            let indent = line[..line.len() - bare.len()].to_owned();
            fence = Some(Fence { indent, info: bare[ticks.len()..].trim().to_owned(), ticks, lines: Vec::new() });
            continue;
        }
        match line.strip_prefix("## ").or_else(|| line.strip_prefix("# ")) {
            Some(title) => {
                parts.push(Part { title: Some(title.trim().trim_matches('#').trim().to_owned()), text: String::new() })
            }
            None => push(&mut parts, line),
        }
    }
    if let Some(open) = fence {
        push(&mut parts, &open.marked());
    }
    parts.retain(|part| !part.text.trim().is_empty());
    parts
}

fn push(parts: &mut [Part], text: &str) {
    if let Some(part) = parts.last_mut() {
        part.text.push_str(text);
        part.text.push('\n');
    }
}

/// A fenced block that is being read.
struct Fence {
    indent: String,
    ticks: String,
    info: String,
    lines: Vec<String>,
}

impl Fence {
    /// The block as our own marks say it.
    fn marked(&self) -> String {
        let language: String = self.info.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        let lines: Vec<&str> = self.lines.iter().map(|line| line.strip_prefix(&self.indent).unwrap_or(line)).collect();
        let prompted = lines.iter().any(|line| line.starts_with("$ "));
        match language.as_str() {
            "yaml" | "yml" if self.info == language => {
                let named = lines.first().and_then(|line| line.strip_prefix("# ")).filter(|name| is_file(name.trim()));
                match named {
                    Some(name) => self.block(&format!("yaml,file={}", name.trim()), &lines),
                    None => self.block("yaml", &lines),
                }
            }
            "" | "sh" | "bash" | "shell" | "console" | "shell-session" | "terminal" if prompted => self.session(&lines),
            "sh" | "bash" | "shell" if self.info == language => self.run(&lines),
            _ => self.block(&self.info, &lines),
        }
    }

    /// Commands after `$ `, and what they print.
    fn session(&self, lines: &[&str]) -> String {
        let mut all = String::new();
        let mut rest = lines;
        while let Some((first, after)) = rest.split_first() {
            let is_command = first.starts_with("$ ");
            // A command goes on where its line ends with a backslash.
            let mut goes_on = is_command;
            let length = after.iter().take_while(|line| {
                let before = std::mem::replace(&mut goes_on, line.ends_with('\\'));
                if is_command { first.ends_with('\\') && before } else { !line.starts_with("$ ") }
            });
            let (taken, left) = rest.split_at(1 + length.count());
            if is_command {
                let command: Vec<&str> = taken.iter().map(|line| line.strip_prefix("$ ").unwrap_or(line)).collect();
                all.push_str(&self.run(&command));
            } else if taken.iter().any(|line| !line.trim().is_empty()) {
                // The page's cluster is another than its author's: nobody expects the same bytes.
                all.push_str(&self.block("text", taken));
            }
            all.push_str("\n\n");
            rest = left;
        }
        all
    }

    fn run(&self, lines: &[&str]) -> String {
        let mark = if lines.iter().any(|line| has_placeholder(line)) { "sh,fill" } else { "sh,run" };
        self.block(mark, lines)
    }

    fn block(&self, info: &str, lines: &[&str]) -> String {
        let (indent, ticks) = (&self.indent, &self.ticks);
        let body: String = lines.iter().map(|line| format!("{indent}{line}\n")).collect();
        format!("{indent}{ticks}{info}\n{body}{indent}{ticks}")
    }
}

/// Whether a command has something like `<pod-name>` in it, which is to be filled in. `<<EOF` and `< file` are none.
fn has_placeholder(line: &str) -> bool {
    line.match_indices('<').any(|(at, _)| {
        let Some((word, _)) = line[at + 1..].split_once('>') else { return false };
        !line[..at].ends_with('<')
            && word.starts_with(char::is_alphabetic)
            && word.ends_with(char::is_alphanumeric)
            && word.chars().all(|c| c.is_alphanumeric() || "-_ ".contains(c))
    })
}

fn is_file(name: &str) -> bool {
    (name.ends_with(".yaml") || name.ends_with(".yml"))
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c))
        && !name.starts_with('/')
        && !name.contains("..")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lang;
    use crate::markdown::{Mark, blocks, marked};

    #[test]
    fn a_page_of_notes_is_a_lesson() {
        let text = "Before.\n\n# Pods\n\nWords.\n\n```bash\nkubectl get pods\n```\n\n## Make one\n\n1. This:\n\n   ```console\n   $ kubectl run a \\\n     --image=nginx\n   pod/a created\n   $ kubectl get pod <name>\n   ```\n\n```yaml\n# pod.yaml\nkind: Pod\n```\n\n## Empty\n\n```text\n## no heading\n```\n";
        let lesson = read("notes", &Value::Null, text).expect("a lesson").lesson;
        let titles: Vec<&str> = lesson.steps.iter().map(|step| step.title.get(Lang::En)).collect();
        assert_eq!(titles, ["notes", "Pods", "Make one", "Empty"]);
        let of = |step: usize| blocks(lesson.steps[step].text.get(Lang::En));
        assert_eq!(marked(&of(1)), [("kubectl get pods", Mark::Run)]);
        let found = of(2);
        assert_eq!(
            marked(&found),
            [("kubectl run a \\\n  --image=nginx", Mark::Run), ("kubectl get pod <name>", Mark::Fill)]
        );
        assert!(format!("{found:?}").contains("file: Some(\"pod.yaml\")"), "{found:?}");
        assert!(format!("{found:?}").contains("pod/a created"), "{found:?}");
    }

    #[test]
    fn a_placeholder_is_told_from_a_redirection() {
        for (line, want) in [
            ("kubectl logs <pod-name>", true),
            ("kubectl get pod <your pod>", true),
            ("cat <<EOF >file", false),
            ("sort < in > out", false),
            ("wc -l <in >out", false),
            ("echo a<b", false),
        ] {
            assert_eq!(has_placeholder(line), want, "{line}");
        }
    }
}
