//! Tokens to a tree: pipelines, and the blocks of if, with and range.

use serde_json::Value;

use super::MAX_DEPTH;
use super::functions::FUNCTIONS;
use super::lexer::{Piece, Token};

pub(super) enum Node {
    Text(String),
    Print(Pipe),
    If(Pipe, Vec<Node>, Vec<Node>),
    With(Pipe, Vec<Node>, Vec<Node>),
    Range(Pipe, Vec<Node>, Vec<Node>),
    Break,
    Continue,
    /// A named template, what it is given, and its place.
    Template(String, Option<Pipe>, usize),
}

#[derive(Clone)]
pub(super) struct Pipe {
    pub(super) variables: Vec<String>,
    pub(super) declares: bool,
    /// Each operand with its place.
    pub(super) commands: Vec<Vec<(Operand, usize)>>,
}

#[derive(Clone)]
pub(super) enum Operand {
    Field(Vec<String>),
    Variable(String, Vec<String>),
    Value(Value),
    Nil,
    Function(String),
    Pipe(Box<Pipe>, Vec<String>),
}

impl Operand {
    /// As it is written.
    fn text(&self) -> String {
        let below = |path: &[String]| path.iter().map(|name| format!(".{name}")).collect::<String>();
        match self {
            Operand::Field(path) if path.is_empty() => ".".to_owned(),
            Operand::Field(path) => below(path),
            Operand::Variable(name, path) => format!("{name}{}", below(path)),
            Operand::Value(value) => value.to_string(),
            Operand::Nil => "nil".to_owned(),
            Operand::Function(name) => name.clone(),
            Operand::Pipe(pipe, path) => format!("({}){}", pipe.text(), below(path)),
        }
    }
}

impl Pipe {
    /// As it is written.
    pub(super) fn text(&self) -> String {
        self.commands.iter().map(|command| text(command)).collect::<Vec<_>>().join(" | ")
    }
}

/// A command as it is written.
pub(super) fn text(command: &[(Operand, usize)]) -> String {
    command.iter().map(|(operand, _)| operand.text()).collect::<Vec<_>>().join(" ")
}

pub(super) struct Parser<'a> {
    pub(super) pieces: &'a [Piece],
    pub(super) at: usize,
    pub(super) depth: usize,
    /// What `define` and `block` name.
    pub(super) named: Vec<(String, Vec<Node>)>,
}

impl Parser<'_> {
    /// Nodes until `end` or `else`, which is given back with what follows it.
    pub(super) fn nodes(&mut self) -> Result<(Vec<Node>, Option<String>), String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("exceeded maximum nesting depth".to_owned());
        }
        let mut nodes = Vec::new();
        while let Some(piece) = self.pieces.get(self.at) {
            self.at += 1;
            let tokens = match piece {
                Piece::Text(text) => {
                    nodes.push(Node::Text(text.clone()));
                    continue;
                }
                Piece::Action(tokens) => tokens,
            };
            let word = match tokens.first().map(|(token, _)| token) {
                Some(Token::Word(word)) => word.as_str(),
                Some(_) => "",
                None => return Err("missing value for command".to_owned()),
            };
            match word {
                "end" => {
                    self.depth -= 1;
                    return Ok((nodes, Some("end".to_owned())));
                }
                "else" => {
                    self.depth -= 1;
                    // `else if` is an if of its own inside the else.
                    return Ok((nodes, Some("else".to_owned())));
                }
                "if" | "with" | "range" => nodes.push(self.block(word, &tokens[1..])?),
                "break" => nodes.push(Node::Break),
                "continue" => nodes.push(Node::Continue),
                "define" | "template" | "block" => {
                    let Some((Token::Text(name), place)) = tokens.get(1) else {
                        return Err(format!("missing value for {word}"));
                    };
                    let given = tokens.get(2..).filter(|rest| !rest.is_empty()).map(pipe).transpose()?;
                    if word != "template" {
                        let (body, end) = self.nodes()?;
                        if end.as_deref() != Some("end") {
                            return Err("unexpected EOF".to_owned());
                        }
                        self.named.retain(|(known, _)| known != name);
                        self.named.push((name.clone(), body));
                    }
                    if word != "define" {
                        nodes.push(Node::Template(name.clone(), given, *place));
                    }
                }
                _ => nodes.push(Node::Print(pipe(tokens)?)),
            }
        }
        self.depth -= 1;
        Ok((nodes, None))
    }

    fn block(&mut self, word: &str, condition: &[(Token, usize)]) -> Result<Node, String> {
        let condition = pipe(condition)?;
        let (then, end) = self.nodes()?;
        let mut otherwise = Vec::new();
        match end.as_deref() {
            Some("end") => {}
            Some(_) => {
                let tail = match &self.pieces[self.at - 1] {
                    Piece::Action(tokens) => &tokens[1..],
                    Piece::Text(_) => &[],
                };
                match tail.first() {
                    None => {
                        let (nodes, end) = self.nodes()?;
                        if end.as_deref() != Some("end") {
                            return Err("unexpected EOF".to_owned());
                        }
                        otherwise = nodes;
                    }
                    Some((Token::Word(next), _)) if next == "if" || next == "with" => {
                        let next = next.clone();
                        let tail = tail[1..].to_vec();
                        self.depth += 1;
                        if self.depth > MAX_DEPTH {
                            return Err("exceeded maximum nesting depth".to_owned());
                        }
                        otherwise = vec![self.block(&next, &tail)?];
                        self.depth -= 1;
                    }
                    Some(_) => return Err("unexpected token in else".to_owned()),
                }
            }
            None => return Err("unexpected EOF".to_owned()),
        }
        Ok(match word {
            "if" => Node::If(condition, then, otherwise),
            "with" => Node::With(condition, then, otherwise),
            _ => Node::Range(condition, then, otherwise),
        })
    }
}

fn pipe(tokens: &[(Token, usize)]) -> Result<Pipe, String> {
    let mut at = 0;
    let pipe = pipe_until(tokens, &mut at, 0)?;
    if at < tokens.len() {
        return Err("unexpected right paren".to_owned());
    }
    Ok(pipe)
}

fn pipe_until(tokens: &[(Token, usize)], at: &mut usize, depth: usize) -> Result<Pipe, String> {
    if depth > MAX_DEPTH {
        return Err("exceeded maximum nesting depth".to_owned());
    }
    let mut pipe = Pipe { variables: Vec::new(), declares: false, commands: vec![Vec::new()] };
    // `$i, $e := …`
    let mut ahead = *at;
    let mut names = Vec::new();
    while let Some((Token::Variable(name, path), _)) = tokens.get(ahead)
        && path.is_empty()
    {
        names.push(name.clone());
        ahead += 1;
        match tokens.get(ahead) {
            Some((Token::Comma, _)) => ahead += 1,
            Some((assign @ (Token::Declare | Token::Assign), _)) => {
                pipe.declares = *assign == Token::Declare;
                pipe.variables = names;
                *at = ahead + 1;
                break;
            }
            _ => break,
        }
    }
    while let Some((token, place)) = tokens.get(*at) {
        let operand = match token {
            Token::Close(_) if depth > 0 => break,
            Token::Close(_) => return Err("unexpected right paren".to_owned()),
            Token::Pipe => {
                *at += 1;
                if pipe.commands.last().is_none_or(Vec::is_empty) {
                    return Err("missing value for command".to_owned());
                }
                pipe.commands.push(Vec::new());
                continue;
            }
            Token::Open => {
                *at += 1;
                let inner = pipe_until(tokens, at, depth + 1)?;
                match tokens.get(*at).map(|(token, _)| token) {
                    Some(Token::Close(path)) => Operand::Pipe(Box::new(inner), path.clone()),
                    _ => return Err("unclosed left paren".to_owned()),
                }
            }
            Token::Field(path) => Operand::Field(path.clone()),
            Token::Variable(name, path) => Operand::Variable(name.clone(), path.clone()),
            Token::Text(text) => Operand::Value(Value::String(text.clone())),
            Token::Number(number) if number.fract() == 0.0 => Operand::Value(Value::from(*number as i64)),
            Token::Number(number) => Operand::Value(Value::from(*number)),
            Token::Word(word) => match word.as_str() {
                "true" => Operand::Value(Value::Bool(true)),
                "false" => Operand::Value(Value::Bool(false)),
                "nil" => Operand::Nil,
                word if FUNCTIONS.contains(&word) => Operand::Function(word.to_owned()),
                word => return Err(format!("function {word:?} not defined")),
            },
            Token::Comma | Token::Assign | Token::Declare => return Err("unexpected token in operand".to_owned()),
        };
        *at += 1;
        if let Some(command) = pipe.commands.last_mut() {
            command.push((operand, *place));
        }
    }
    if pipe.commands.last().is_none_or(Vec::is_empty) {
        return Err("missing value for command".to_owned());
    }
    Ok(pipe)
}
