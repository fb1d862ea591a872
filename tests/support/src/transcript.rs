//! Reading transcripts.

/// One line that was fed, and what came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// The line as it stands in the transcript: `$ kubectl get pod`, `# sleep 3`, `# a comment`.
    pub line: String,
    /// What was printed until the next line, with `> …` lines for what was fed to the running program.
    pub output: String,
    /// The exit code.
    pub code: i32,
}

/// A transcript: its items in order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Transcript {
    /// The items.
    pub items: Vec<Item>,
}

impl Item {
    /// Adds a line of what was printed, or takes the code it tells.
    fn add(&mut self, line: &str) {
        match line.strip_prefix("? ").and_then(|code| code.parse().ok()) {
            Some(code) => self.code = code,
            None => {
                self.output.push_str(line);
                self.output.push('\n');
            }
        }
    }
}

impl Transcript {
    /// Reads a transcript. Output that itself begins with `$ `, `# ` or `? ` cannot be told from the format's own lines; the
    /// script it is compared with helps: see [`Transcript::parse_like`].
    pub fn parse(text: &str) -> Transcript {
        let mut items: Vec<Item> = Vec::new();
        for line in text.lines() {
            if line.starts_with("$ ") || line.starts_with("# ") || line == "$" || line == "#" {
                items.push(Item { line: line.to_owned(), output: String::new(), code: 0 });
                continue;
            }
            if let Some(item) = items.last_mut() {
                item.add(line);
            }
        }
        Transcript { items }
    }

    /// Reads a transcript that was made from the same script as `model`: a line that begins an item must be the next of the
    /// model's.
    pub fn parse_like(text: &str, model: &Transcript) -> Transcript {
        let mut items: Vec<Item> = Vec::new();
        for line in text.lines() {
            if model.items.get(items.len()).is_some_and(|next| next.line == line) {
                items.push(Item { line: line.to_owned(), output: String::new(), code: 0 });
                continue;
            }
            if let Some(item) = items.last_mut() {
                item.add(line);
            }
        }
        Transcript { items }
    }

    /// The script that would make this transcript, if no program printed a line that begins with `> `.
    pub fn script(&self) -> String {
        let mut script = String::new();
        for item in &self.items {
            script.push_str(item.line.strip_prefix("$ ").unwrap_or(&item.line));
            script.push('\n');
            for fed in item.output.lines().filter(|line| line.starts_with("> ")) {
                script.push_str(fed);
                script.push('\n');
            }
        }
        script
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_have_lines_outputs_and_codes() {
        let text = "# c\n$ false\n? 1\n$ cat\n> hello\nhello\n> ^D\n# sleep 3\n$ true\n";
        let transcript = Transcript::parse(text);
        let lines: Vec<_> = transcript.items.iter().map(|item| item.line.as_str()).collect();
        assert_eq!(lines, ["# c", "$ false", "$ cat", "# sleep 3", "$ true"]);
        assert_eq!(transcript.items[1].code, 1);
        assert_eq!(transcript.items[2].output, "> hello\nhello\n> ^D\n");
        assert_eq!(transcript.script(), "# c\nfalse\ncat\n> hello\n> ^D\n# sleep 3\ntrue\n");
        assert_eq!(Transcript::parse_like(text, &transcript), transcript);
    }
}
