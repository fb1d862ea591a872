//! A YAML reader that behaves as go-yaml does, the reader behind kubectl: what it accepts, what it makes of plain scalars,
//! where and in which words it complains.
//!
//! It follows the structure of libyaml, which go-yaml follows too: [`scanner`] makes tokens, [`parser`] a tree of
//! [`Node`]s with positions, [`resolve`] the meaning of scalars. <https://yaml.org/spec/1.1/>

pub mod parser;
pub mod resolve;
mod scanner;

/// A position in a text: all three count from 0, in characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Mark {
    /// Characters from the start.
    pub index: usize,
    /// Lines from the start.
    pub line: usize,
    /// Characters from the start of the line.
    pub column: usize,
}

/// Which stage complained; go-yaml counts lines differently for each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// The text has characters that YAML does not allow.
    Reader,
    /// A token is malformed.
    Scanner,
    /// Tokens are in an order that makes no sense.
    Parser,
    /// A value cannot be made: an unknown anchor, a key that is no scalar.
    Composer,
}

/// A syntax error.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxError {
    /// Who complained.
    pub stage: Stage,
    /// What is wrong, in libyaml's words.
    pub problem: String,
    /// Where it was noticed.
    pub mark: Mark,
    /// Where the thing began that went wrong.
    pub context: Mark,
}

impl SyntaxError {
    /// The line go-yaml names, which is not always the true one; 0 when it names none.
    pub fn go_line(&self) -> usize {
        match self.stage {
            Stage::Reader | Stage::Composer => 0,
            _ if self.mark.line != 0 => self.mark.line + usize::from(self.stage == Stage::Scanner),
            _ => self.context.line,
        }
    }

    /// `yaml: line 4: did not find expected key`
    pub fn go_message(&self) -> String {
        match self.go_line() {
            0 => format!("yaml: {}", self.problem),
            line => format!("yaml: line {line}: {}", self.problem),
        }
    }

    /// Where a person should look: for a key without its colon the key, else where it was noticed.
    pub fn true_mark(&self) -> Mark {
        let at_context =
            self.problem == "could not find expected ':'" || self.problem == "found unexpected end of stream";
        if at_context { self.context } else { self.mark }
    }
}

/// How a scalar was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// As it is; only these have a meaning beyond text.
    Plain,
    /// In quotes, or as a block.
    Quoted,
}

/// What a [`Node`] is.
#[derive(Clone, PartialEq, Debug)]
pub enum Content {
    /// A scalar.
    Scalar(String, Style),
    /// A list.
    Sequence(Vec<Node>),
    /// A mapping, in the order written, duplicates and all.
    Mapping(Vec<(Node, Node)>),
    /// `*name`
    Alias(String),
}

/// A node of a document's tree.
#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    /// What it is.
    pub content: Content,
    /// Its tag, resolved: `tag:yaml.org,2002:str`.
    pub tag: Option<String>,
    /// `&name`
    pub anchor: Option<String>,
    /// Its first character.
    pub start: Mark,
    /// Behind its last character.
    pub end: Mark,
}
