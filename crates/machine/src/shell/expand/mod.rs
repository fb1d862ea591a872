//! Expansion of words: braces, tildes, parameters, commands, arithmetic; then splitting, file names and quote removal.

mod arithmetic;
mod brace;
mod escape;
pub(crate) mod glob;
mod numbers;
mod parameter;
mod pattern;
mod substitute;

use brush_parser::ast::Word;
use brush_parser::word::{self, TildeExpr, WordPiece, WordPieceWithSource};

pub(crate) use escape::{ansi_c, echo_escapes};

use super::{DEPTH_LIMIT, EXPANSION_LIMIT, Flavour, Flow, Run, Shell, parse};
use crate::Fd;
use crate::spawn::Group;

/// A run of expanded text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Chunk {
    /// Written by the person, or expanded; `quoted` text is never split or matched, `split` text is split at `$IFS`.
    Text { text: String, quoted: bool, split: bool },
    /// The next field begins: between the elements of `"$@"`.
    Break,
    /// `"$@"` without elements: no field, unless there is other text.
    Nothing,
}

impl Chunk {
    fn literal(text: impl Into<String>) -> Chunk {
        Chunk::Text { text: text.into(), quoted: false, split: false }
    }
    fn quoted(text: impl Into<String>) -> Chunk {
        Chunk::Text { text: text.into(), quoted: true, split: false }
    }
    pub(crate) fn expanded(text: impl Into<String>, in_quotes: bool) -> Chunk {
        Chunk::Text { text: text.into(), quoted: in_quotes, split: !in_quotes }
    }
}

/// A field as it is put together: text, and whether it was quoted.
type Field = Vec<(String, bool)>;

pub(crate) type Chunks<'a> = Run<'a, Vec<Chunk>>;

impl Shell {
    /// Expands a word to the fields it gives.
    pub(crate) async fn expand_word(&mut self, word: &Word) -> Result<Vec<String>, Flow> {
        let mut fields = Vec::new();
        let texts = match self.state.flavour {
            Flavour::Bash => brace::expand(&word.value),
            _ => Some(vec![word.value.clone()]),
        };
        let Some(texts) = texts else {
            self.complain("brace expansion: too many words").await;
            return Err(Flow::Abort(1));
        };
        for text in texts {
            let chunks = self.chunks(&text, false).await?;
            for field in self.split(chunks) {
                self.match_files(field, &mut fields).await?;
            }
        }
        Ok(fields)
    }

    /// Expands a word to one string: no splitting, no file names.
    pub(crate) async fn expand_to_string(&mut self, text: &str) -> Result<String, Flow> {
        let chunks = self.chunks(text, false).await?;
        Ok(joined(&chunks))
    }

    /// Likewise for the right side of an assignment, where `~` counts after `:` too.
    pub(crate) async fn expand_assignment(&mut self, text: &str) -> Result<String, Flow> {
        let plain = !text.contains(['\'', '"', '\\', '$', '`']);
        if plain && text.contains(":~") {
            let home = self.state.get("HOME").unwrap_or_default().to_owned();
            let text = text.replace(":~/", &format!(":{home}/"));
            return self.expand_to_string(&text).await;
        }
        self.expand_to_string(text).await
    }

    /// Expands the body of a here-document: no quotes, no splitting.
    pub(crate) async fn expand_heredoc(&mut self, text: &str) -> Result<String, Flow> {
        match word::parse_heredoc(text, &parse::options_of(self.state.flavour)) {
            Ok(pieces) => {
                let chunks = self.pieces(&pieces, true).await?;
                Ok(joined(&chunks))
            }
            Err(_) => Ok(text.to_owned()),
        }
    }

    /// Expands a pattern: what was quoted stands for itself.
    pub(crate) async fn expand_pattern(&mut self, text: &str) -> Result<String, Flow> {
        let chunks = self.chunks(text, false).await?;
        let mut pattern = String::new();
        for chunk in &chunks {
            match chunk {
                Chunk::Text { text, quoted: true, .. } => pattern.push_str(&glob::escape(text)),
                Chunk::Text { text, .. } => pattern.push_str(text),
                Chunk::Break => pattern.push(' '),
                Chunk::Nothing => {}
            }
        }
        Ok(pattern)
    }

    /// Expands a text without splitting it.
    pub(crate) fn chunks<'a>(&'a mut self, text: &'a str, in_quotes: bool) -> Chunks<'a> {
        Box::pin(async move {
            if !text.contains(['$', '`', '\\', '\'', '"', '~']) {
                return Ok(vec![if in_quotes { Chunk::quoted(text) } else { Chunk::literal(text) }]);
            }
            if self.state.depth >= DEPTH_LIMIT {
                self.complain("expansion nested too deeply").await;
                return Err(Flow::Abort(1));
            }
            if parse::huge_number(text) {
                return Ok(vec![Chunk::literal(text)]);
            }
            match word::parse(text, &parse::options_of(self.state.flavour)) {
                Ok(pieces) => {
                    if let Some(bad) = bad_substitution(&pieces) {
                        return Err(self.bad_substitution(&bad).await);
                    }
                    self.state.depth += 1;
                    let chunks = self.pieces(&pieces, in_quotes).await;
                    self.state.depth = self.state.depth.saturating_sub(1);
                    chunks
                }
                Err(_) if text.contains("${") => {
                    let start = text.find("${").unwrap_or(0);
                    let end = text[start..].find('}').map_or(text.len(), |at| start + at + 1);
                    Err(self.bad_substitution(&text[start..end]).await)
                }
                Err(_) => Ok(vec![Chunk::literal(text)]),
            }
        })
    }

    async fn bad_substitution(&mut self, text: &str) -> Flow {
        match self.state.flavour {
            Flavour::Bash => {
                self.complain(&format!("{text}: bad substitution")).await;
                Flow::Abort(1)
            }
            Flavour::Dash => {
                self.complain("Bad substitution").await;
                Flow::Abort(2)
            }
            Flavour::Ash => {
                self.complain("syntax error: bad substitution").await;
                Flow::Abort(2)
            }
        }
    }

    fn pieces<'a>(&'a mut self, pieces: &'a [WordPieceWithSource], in_quotes: bool) -> Chunks<'a> {
        Box::pin(async move {
            let mut chunks = Vec::new();
            let mut length = 0;
            for piece in pieces {
                let from = chunks.len();
                match &piece.piece {
                    WordPiece::Text(text) if in_quotes => chunks.push(Chunk::quoted(text)),
                    WordPiece::Text(text) => chunks.push(Chunk::literal(text)),
                    WordPiece::SingleQuotedText(text) => chunks.push(Chunk::quoted(text)),
                    WordPiece::AnsiCQuotedText(text) if self.state.flavour == Flavour::Dash => {
                        chunks.push(Chunk::quoted(format!("${text}")));
                    }
                    WordPiece::AnsiCQuotedText(text) => chunks.push(Chunk::quoted(ansi_c(text))),
                    WordPiece::DoubleQuotedSequence(inner) | WordPiece::GettextDoubleQuotedSequence(inner) => {
                        let inner = self.pieces(inner, true).await?;
                        if inner.is_empty() {
                            chunks.push(Chunk::quoted(""));
                        }
                        chunks.extend(inner);
                    }
                    WordPiece::EscapeSequence(text) => {
                        let rest = text.strip_prefix('\\').unwrap_or(text);
                        chunks.push(match rest {
                            "\n" => Chunk::literal(""),
                            rest if in_quotes && !matches!(rest, "$" | "`" | "\"" | "\\") => Chunk::quoted(text),
                            rest => Chunk::quoted(rest),
                        });
                    }
                    WordPiece::TildeExpansion(tilde) => chunks.push(Chunk::quoted(self.tilde(tilde))),
                    WordPiece::ParameterExpansion(expression) => {
                        chunks.extend(self.parameter(expression, in_quotes).await?);
                    }
                    WordPiece::CommandSubstitution(text) => {
                        let output = self.substitute(text).await?;
                        chunks.push(Chunk::expanded(output, in_quotes));
                    }
                    WordPiece::BackquotedCommandSubstitution(text) => {
                        let text = unescape_backquotes(text);
                        let output = self.substitute(&text).await?;
                        chunks.push(Chunk::expanded(output, in_quotes));
                    }
                    WordPiece::ArithmeticExpression(expression) => {
                        let value = self.arithmetic(&expression.value).await?;
                        chunks.push(Chunk::expanded(value.to_string(), in_quotes));
                    }
                }
                length += chunks[from..]
                    .iter()
                    .map(|c| if let Chunk::Text { text, .. } = c { text.len() } else { 0 })
                    .sum::<usize>();
                if length > EXPANSION_LIMIT {
                    self.process.wants_endless_memory().await;
                    self.complain("xmalloc: cannot allocate memory").await;
                    return Err(Flow::Abort(2));
                }
            }
            Ok(chunks)
        })
    }

    fn tilde(&self, tilde: &TildeExpr) -> String {
        match tilde {
            TildeExpr::Home => self.state.get("HOME").map_or_else(|| self.process.user.home.clone(), str::to_owned),
            TildeExpr::UserHome(name) if *name == self.process.user.name => self.process.user.home.clone(),
            TildeExpr::UserHome(name) if name == "root" => "/root".into(),
            TildeExpr::UserHome(name) => {
                let home = format!("/home/{name}");
                if self.process.metadata(&home).is_ok() { home } else { format!("~{name}") }
            }
            TildeExpr::WorkingDir => self.state.cwd.clone(),
            TildeExpr::OldWorkingDir => self.state.get("OLDPWD").unwrap_or("~-").to_owned(),
            TildeExpr::NthDirFromTopOfDirStack { .. } | TildeExpr::NthDirFromBottomOfDirStack { .. } => {
                self.state.cwd.clone()
            }
        }
    }

    /// Runs text in a subshell and gives its output without the newlines at its end.
    pub(crate) fn substitute<'a>(&'a mut self, text: &'a str) -> Run<'a, String> {
        Box::pin(async move {
            let mut bytes = self.output_of(text).await?;
            bytes.retain(|byte| *byte != 0);
            let text = String::from_utf8_lossy(&bytes);
            Ok(text.trim_end_matches('\n').to_owned())
        })
    }

    /// Runs text in a subshell and gives its output.
    pub(crate) fn output_of<'a>(&'a mut self, text: &'a str) -> Run<'a, Vec<u8>> {
        Box::pin(async move {
            if self.state.depth >= DEPTH_LIMIT {
                self.complain("command substitution: nested too deeply").await;
                return Err(Flow::Abort(1));
            }
            self.process.catch_up().await;
            let (reader, writer) = Fd::pipe();
            let mut process = self.process.clone();
            process.fds.insert(1, writer);
            let (state, text) = (self.subshell_state(), text.to_owned());
            let forked = process.fork(Group::Inherit, |child| async move {
                let mut shell = Shell::new(state, child);
                shell.process.set_catches(true);
                let result = match text.trim().strip_prefix('<') {
                    Some(file) if !file.trim_start().starts_with(['<', '(']) && !file.contains([';', '|', '&']) => {
                        shell.evaluate(&format!("cat <{file}")).await
                    }
                    _ => shell.evaluate(&text).await,
                };
                shell.end_of_child(result).await
            });
            drop(process);
            let child = self.forked(forked).await?;
            let mut source = self.process.clone();
            source.fds.insert(0, reader);
            let mut bytes = Vec::new();
            let mut too_long = false;
            loop {
                let more = source.read(0).await;
                if more.is_empty() {
                    break;
                }
                bytes.extend_from_slice(&more);
                if bytes.len() > EXPANSION_LIMIT {
                    too_long = true;
                    break;
                }
            }
            drop(source);
            let exit = child.wait_exit().await;
            self.state.status = exit.status();
            if exit == crate::Exit::Signal(crate::Signal::Interrupt) {
                return Err(Flow::Interrupt);
            }
            if too_long {
                self.process.wants_endless_memory().await;
                self.complain("xmalloc: cannot allocate memory").await;
                return Err(Flow::Abort(2));
            }
            Ok(bytes)
        })
    }

    /// Splits chunks into fields at `$IFS`.
    fn split(&self, chunks: Vec<Chunk>) -> Vec<Field> {
        let ifs = match self.state.variables.get("IFS") {
            Some(_) => self.state.get("IFS").unwrap_or(" \t\n").to_owned(),
            None => " \t\n".to_owned(),
        };
        let blank = |c: char| ifs.contains(c) && matches!(c, ' ' | '\t' | '\n');
        let mut fields: Vec<Field> = Vec::new();
        let mut field: Option<Field> = None;
        let mut pending_break = false; // splitting blanks seen, the next text starts a field
        for chunk in chunks {
            match chunk {
                Chunk::Break => {
                    fields.push(field.take().unwrap_or_default());
                    field = Some(Vec::new());
                    pending_break = false;
                }
                Chunk::Nothing => {}
                Chunk::Text { text, quoted, split: false } => {
                    if text.is_empty() && !quoted {
                        continue;
                    }
                    if pending_break {
                        fields.extend(field.take());
                        pending_break = false;
                    }
                    field.get_or_insert_default().push((text, quoted));
                }
                Chunk::Text { text, .. } => {
                    let mut run = String::new();
                    for c in text.chars() {
                        if !ifs.contains(c) {
                            if pending_break {
                                fields.extend(field.take());
                                pending_break = false;
                            }
                            run.push(c);
                            continue;
                        }
                        if !run.is_empty() {
                            field.get_or_insert_default().push((std::mem::take(&mut run), false));
                        }
                        if blank(c) {
                            pending_break = pending_break || field.is_some();
                        } else {
                            // A separator that is no blank ends a field, even an empty one.
                            fields.push(field.take().unwrap_or_default());
                            pending_break = false;
                        }
                    }
                    if !run.is_empty() {
                        field.get_or_insert_default().push((run, false));
                    }
                }
            }
        }
        fields.extend(field);
        fields
    }

    /// Replaces a field by the files it matches, if it is a pattern that matches any.
    async fn match_files(&mut self, field: Field, fields: &mut Vec<String>) -> Result<(), Flow> {
        let extended = self.state.options.extglob;
        let magic = field
            .iter()
            .any(|(text, quoted)| !quoted && (text.contains(['*', '?', '[']) || extended && glob::has_choice(text)));
        if magic && !self.state.options.noglob {
            let pattern: String =
                field.iter().map(|(text, quoted)| if *quoted { glob::escape(text) } else { text.clone() }).collect();
            if glob::is_pattern(&pattern, extended) {
                // Boxed, as every future in here that grows the stack of nested expansions.
                let found = Box::pin(self.files(&pattern)).await?;
                if !found.is_empty() {
                    fields.extend(found);
                    return Ok(());
                }
                if self.state.options.failglob {
                    self.complain(&format!("no match: {pattern}")).await;
                    return Err(Flow::Abort(1));
                }
                if self.state.options.nullglob {
                    return Ok(());
                }
            }
        }
        fields.push(field.into_iter().map(|(text, _)| text).collect());
        Ok(())
    }
}

/// `${…}` that could not be read stays as plain text: the first one.
fn bad_substitution(pieces: &[WordPieceWithSource]) -> Option<String> {
    let mut plain = String::new();
    for piece in pieces {
        match &piece.piece {
            WordPiece::Text(text) => plain.push_str(text),
            WordPiece::DoubleQuotedSequence(inner) => {
                if let Some(bad) = bad_substitution(inner) {
                    return Some(bad);
                }
                plain.push('"');
            }
            _ => plain.push('\0'),
        }
    }
    let start = plain.find("${")?;
    let end = plain[start..].find('}').map_or(plain.len(), |at| start + at + 1);
    Some(plain[start..end].to_owned())
}

/// All text of chunks as one string.
fn joined(chunks: &[Chunk]) -> String {
    let mut text = String::new();
    for chunk in chunks {
        match chunk {
            Chunk::Text { text: more, .. } => text.push_str(more),
            Chunk::Break => text.push(' '),
            Chunk::Nothing => {}
        }
    }
    text
}

fn unescape_backquotes(text: &str) -> String {
    let mut plain = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some(next @ ('`' | '\\' | '$'))) => {
                plain.push(*next);
                chars.next();
            }
            _ => plain.push(c),
        }
    }
    plain
}
