//! Go's text/template, as far as `-o go-template` is used: pipelines, variables, if, range, with, functions.
//!
//! Not here: `define`, `template`, `block`, methods. <https://pkg.go.dev/text/template>

use std::cmp::Ordering;

use serde_json::Value;

use super::json;
use crate::error::{Error, Outcome};

const MAX_DEPTH: usize = 64;
const MAX_OUTPUT: usize = 16 * 1024 * 1024;

/// Prints a value by a template.
///
/// # Errors
/// What is wrong with the template, or with what it does.
pub fn print(template: &str, value: &Value) -> Outcome<String> {
    let pieces = lex(template).map_err(|why| bad_template(template, &why))?;
    let mut parser = Parser { pieces: &pieces, at: 0, depth: 0 };
    let (nodes, end) = parser.nodes().map_err(|why| bad_template(template, &why))?;
    if let Some(word) = end {
        return Err(bad_template(template, &format!("unexpected {{{{{word}}}}}")));
    }
    let mut run = Run { root: value, variables: vec![("$".to_owned(), Some(value.clone()))], text: String::new() };
    run.nodes(&nodes, &Some(value.clone()))
        .map_err(|why| Error::Plain(format!("error executing template {template:?}: template: output:1: {why}")))?;
    Ok(run.text)
}

fn bad_template(template: &str, why: &str) -> Error {
    Error::Plain(format!("error parsing template {template}, template: output:1: {why}"))
}

enum Piece {
    Text(String),
    Action(Vec<Token>),
}

#[derive(Clone, PartialEq, Debug)]
enum Token {
    Word(String),
    /// `.a.b`, `.`
    Field(Vec<String>),
    /// `$x.a`
    Variable(String, Vec<String>),
    Text(String),
    Number(f64),
    Open,
    /// `)` with what may follow it: `(…).a`
    Close(Vec<String>),
    Pipe,
    Comma,
    Assign,
    Declare,
}

fn lex(template: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let (mut rest, mut trim) = (template, false);
    loop {
        let Some(start) = rest.find("{{") else {
            let text = if trim { rest.trim_start() } else { rest };
            pieces.push(Piece::Text(text.to_owned()));
            return Ok(pieces);
        };
        let mut text = &rest[..start];
        if trim {
            text = text.trim_start();
        }
        let mut inner = &rest[start + 2..];
        if inner.starts_with("- ") {
            text = text.trim_end();
            inner = &inner[1..];
        }
        pieces.push(Piece::Text(text.to_owned()));
        let end = action_end(inner).ok_or("unclosed action")?;
        let mut body = &inner[..end];
        rest = &inner[end + 2..];
        trim = body.ends_with(" -");
        if trim {
            body = &body[..body.len() - 1];
        }
        let body = body.trim();
        if !(body.starts_with("/*") && body.ends_with("*/")) {
            pieces.push(Piece::Action(tokens(body)?));
        }
    }
}

/// The end of an action: `}}` outside of quotes.
fn action_end(text: &str) -> Option<usize> {
    let (mut quote, mut escaped) = (None, false);
    for (at, c) in text.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some('"') if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '`' => quote = Some(c),
            None if text[at..].starts_with("}}") => return Some(at),
            None => {}
        }
    }
    None
}

fn fields(chars: &[char], at: &mut usize) -> Vec<String> {
    let mut names = Vec::new();
    while chars.get(*at) == Some(&'.') {
        *at += 1;
        let name: String = chars[*at..].iter().take_while(|c| c.is_alphanumeric() || **c == '_').collect();
        *at += name.chars().count();
        if !name.is_empty() {
            names.push(name);
        }
    }
    names
}

fn tokens(body: &str) -> Result<Vec<Token>, String> {
    let chars: Vec<char> = body.chars().collect();
    let (mut tokens, mut at) = (Vec::new(), 0);
    while let Some(&c) = chars.get(at) {
        match c {
            ' ' | '\t' | '\n' | '\r' => at += 1,
            '.' => tokens.push(Token::Field(fields(&chars, &mut at))),
            '$' => {
                at += 1;
                let name: String = chars[at..].iter().take_while(|c| c.is_alphanumeric() || **c == '_').collect();
                at += name.chars().count();
                tokens.push(Token::Variable(format!("${name}"), fields(&chars, &mut at)));
            }
            '"' | '`' => {
                at += 1;
                let mut text = String::new();
                loop {
                    let Some(&d) = chars.get(at) else { return Err("unterminated quoted string".to_owned()) };
                    at += 1;
                    match d {
                        d if d == c => break,
                        '\\' if c == '"' => {
                            let escaped = chars.get(at).copied();
                            at += 1;
                            text.push(match escaped {
                                Some('n') => '\n',
                                Some('t') => '\t',
                                Some('r') => '\r',
                                Some(d) => d,
                                None => return Err("unterminated quoted string".to_owned()),
                            });
                        }
                        d => text.push(d),
                    }
                }
                tokens.push(Token::Text(text));
            }
            '(' => {
                at += 1;
                tokens.push(Token::Open);
            }
            ')' => {
                at += 1;
                tokens.push(Token::Close(fields(&chars, &mut at)));
            }
            '|' => {
                at += 1;
                tokens.push(Token::Pipe);
            }
            ',' => {
                at += 1;
                tokens.push(Token::Comma);
            }
            ':' if chars.get(at + 1) == Some(&'=') => {
                at += 2;
                tokens.push(Token::Declare);
            }
            '=' => {
                at += 1;
                tokens.push(Token::Assign);
            }
            c if c.is_ascii_digit() || c == '-' || c == '+' => {
                let text: String =
                    chars[at..].iter().take_while(|c| c.is_ascii_digit() || "+-.eE".contains(**c)).collect();
                at += text.chars().count();
                tokens.push(Token::Number(text.parse().map_err(|_| format!("bad number syntax: {text:?}"))?));
            }
            c if c.is_alphabetic() || c == '_' => {
                let word: String = chars[at..].iter().take_while(|c| c.is_alphanumeric() || **c == '_').collect();
                at += word.chars().count();
                tokens.push(Token::Word(word));
            }
            c => return Err(format!("unexpected {c:?} in command")),
        }
    }
    Ok(tokens)
}

enum Node {
    Text(String),
    Print(Pipe),
    If(Pipe, Vec<Node>, Vec<Node>),
    With(Pipe, Vec<Node>, Vec<Node>),
    Range(Pipe, Vec<Node>, Vec<Node>),
    Break,
    Continue,
}

#[derive(Clone)]
struct Pipe {
    variables: Vec<String>,
    declares: bool,
    commands: Vec<Vec<Operand>>,
}

#[derive(Clone)]
enum Operand {
    Field(Vec<String>),
    Variable(String, Vec<String>),
    Value(Value),
    Nil,
    Function(String),
    Pipe(Box<Pipe>, Vec<String>),
}

struct Parser<'a> {
    pieces: &'a [Piece],
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    /// Nodes until `end` or `else`, which is given back with what follows it.
    fn nodes(&mut self) -> Result<(Vec<Node>, Option<String>), String> {
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
            let word = match tokens.first() {
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
                "define" | "template" | "block" => return Err(format!("{{{{{word}}}}} is not simulated here")),
                _ => nodes.push(Node::Print(pipe(tokens)?)),
            }
        }
        self.depth -= 1;
        Ok((nodes, None))
    }

    fn block(&mut self, word: &str, condition: &[Token]) -> Result<Node, String> {
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
                    Some(Token::Word(next)) if next == "if" || next == "with" => {
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

fn pipe(tokens: &[Token]) -> Result<Pipe, String> {
    let mut at = 0;
    let pipe = pipe_until(tokens, &mut at, 0)?;
    if at < tokens.len() {
        return Err("unexpected right paren".to_owned());
    }
    Ok(pipe)
}

fn pipe_until(tokens: &[Token], at: &mut usize, depth: usize) -> Result<Pipe, String> {
    if depth > MAX_DEPTH {
        return Err("exceeded maximum nesting depth".to_owned());
    }
    let mut pipe = Pipe { variables: Vec::new(), declares: false, commands: vec![Vec::new()] };
    // `$i, $e := …`
    let mut ahead = *at;
    let mut names = Vec::new();
    while let Some(Token::Variable(name, path)) = tokens.get(ahead)
        && path.is_empty()
    {
        names.push(name.clone());
        ahead += 1;
        match tokens.get(ahead) {
            Some(Token::Comma) => ahead += 1,
            Some(assign @ (Token::Declare | Token::Assign)) => {
                pipe.declares = *assign == Token::Declare;
                pipe.variables = names;
                *at = ahead + 1;
                break;
            }
            _ => break,
        }
    }
    while let Some(token) = tokens.get(*at) {
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
                match tokens.get(*at) {
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
            command.push(operand);
        }
    }
    if pipe.commands.last().is_none_or(Vec::is_empty) {
        return Err("missing value for command".to_owned());
    }
    Ok(pipe)
}

const FUNCTIONS: &[&str] = &[
    "and",
    "or",
    "not",
    "len",
    "index",
    "slice",
    "print",
    "println",
    "printf",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "exists",
    "base64decode",
    "html",
    "js",
    "urlquery",
];

/// A value in a template; `None` is a missing one, which prints as `<no value>`.
type Datum = Option<Value>;

enum Flow {
    Next,
    Break,
    Continue,
}

struct Run<'a> {
    root: &'a Value,
    variables: Vec<(String, Datum)>,
    text: String,
}

impl Run<'_> {
    fn nodes(&mut self, nodes: &[Node], dot: &Datum) -> Result<Flow, String> {
        let scope = self.variables.len();
        for node in nodes {
            if self.text.len() > MAX_OUTPUT {
                return Err("the output is too long".to_owned());
            }
            let flow = match node {
                Node::Text(text) => {
                    self.text.push_str(text);
                    Flow::Next
                }
                Node::Print(pipe) => {
                    let value = self.pipe(pipe, dot)?;
                    if pipe.variables.is_empty() {
                        self.text.push_str(&show(&value));
                    }
                    Flow::Next
                }
                Node::If(condition, then, otherwise) => {
                    let scope = self.variables.len();
                    let truth = truth(&self.pipe(condition, dot)?);
                    let flow = self.nodes(if truth { then } else { otherwise }, dot)?;
                    self.variables.truncate(scope);
                    flow
                }
                Node::With(condition, then, otherwise) => {
                    let scope = self.variables.len();
                    let value = self.pipe(condition, dot)?;
                    let flow = if truth(&value) { self.nodes(then, &value)? } else { self.nodes(otherwise, dot)? };
                    self.variables.truncate(scope);
                    flow
                }
                Node::Range(pipe, body, otherwise) => self.range(pipe, body, otherwise, dot)?,
                Node::Break => Flow::Break,
                Node::Continue => Flow::Continue,
            };
            if !matches!(flow, Flow::Next) {
                self.variables.truncate(scope);
                return Ok(flow);
            }
        }
        self.variables.truncate(scope);
        Ok(Flow::Next)
    }

    fn range(&mut self, pipe: &Pipe, body: &[Node], otherwise: &[Node], dot: &Datum) -> Result<Flow, String> {
        let plain = Pipe { variables: Vec::new(), ..pipe.clone() };
        let items: Vec<(Value, Value)> = match self.pipe(&plain, dot)? {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) => {
                items.into_iter().enumerate().map(|(index, item)| (Value::from(index), item)).collect()
            }
            Some(Value::Object(map)) => map.into_iter().map(|(key, value)| (Value::String(key), value)).collect(),
            Some(other) => return Err(format!("range can't iterate over {}", show(&Some(other)))),
        };
        if items.is_empty() {
            return self.nodes(otherwise, dot);
        }
        let scope = self.variables.len();
        for (key, item) in items {
            let item = Some(item);
            match pipe.variables.as_slice() {
                [] => {}
                [value] => self.variables.push((value.clone(), item.clone())),
                [index, value, ..] => {
                    self.variables.push((index.clone(), Some(key)));
                    self.variables.push((value.clone(), item.clone()));
                }
            }
            let flow = self.nodes(body, &item)?;
            self.variables.truncate(scope);
            if matches!(flow, Flow::Break) {
                break;
            }
        }
        Ok(Flow::Next)
    }

    fn pipe(&mut self, pipe: &Pipe, dot: &Datum) -> Result<Datum, String> {
        let mut value = None;
        for (index, command) in pipe.commands.iter().enumerate() {
            value = self.command(command, dot, if index > 0 { Some(value) } else { None })?;
        }
        for name in &pipe.variables {
            if pipe.declares {
                self.variables.push((name.clone(), value.clone()));
            } else {
                match self.variables.iter_mut().rev().find(|(known, _)| known == name) {
                    Some((_, place)) => *place = value.clone(),
                    None => return Err(format!("undefined variable: {name}")),
                }
            }
        }
        Ok(value)
    }

    fn command(&mut self, command: &[Operand], dot: &Datum, piped: Option<Datum>) -> Result<Datum, String> {
        let Some((first, rest)) = command.split_first() else { return Ok(None) };
        let Operand::Function(name) = first else {
            if !rest.is_empty() || piped.is_some() {
                return Err("can't give argument to non-function".to_owned());
            }
            return self.operand(first, dot);
        };
        let mut args = Vec::new();
        for operand in rest {
            // `and` and `or` stop at the first that decides.
            if let (Some(last), "and" | "or") = (args.last(), name.as_str())
                && truth(last) == (name == "or")
            {
                return Ok(args.pop().flatten());
            }
            args.push(self.operand(operand, dot)?);
        }
        args.extend(piped);
        call(name, args)
    }

    fn operand(&mut self, operand: &Operand, dot: &Datum) -> Result<Datum, String> {
        match operand {
            Operand::Field(path) => walk(dot, path),
            Operand::Variable(name, path) => match self.variables.iter().rev().find(|(known, _)| known == name) {
                Some((_, value)) => walk(&value.clone(), path),
                None if name == "$" => walk(&Some(self.root.clone()), path),
                None => Err(format!("undefined variable: {name}")),
            },
            Operand::Value(value) => Ok(Some(value.clone())),
            Operand::Nil => Err("nil is not a command".to_owned()),
            Operand::Function(name) => call(name, Vec::new()),
            Operand::Pipe(pipe, path) => walk(&self.pipe(pipe, dot)?, path),
        }
    }
}

fn walk(value: &Datum, path: &[String]) -> Result<Datum, String> {
    let Some((name, rest)) = path.split_first() else { return Ok(value.clone()) };
    match value {
        None => Err(format!("nil pointer evaluating interface {{}}.{name}")),
        Some(Value::Null) => Err(format!("nil pointer evaluating interface {{}}.{name}")),
        Some(Value::Object(map)) => {
            let found = map.get(name).cloned();
            if rest.is_empty() { Ok(found) } else { walk(&found, rest) }
        }
        Some(other) => {
            let kind = match other {
                Value::Array(_) => "[]interface {}",
                Value::String(_) => "string",
                Value::Bool(_) => "bool",
                _ => "int64",
            };
            Err(format!("can't evaluate field {name} in type {kind}"))
        }
    }
}

fn truth(value: &Datum) -> bool {
    match value {
        None | Some(Value::Null) => false,
        Some(Value::Bool(truth)) => *truth,
        Some(Value::Number(number)) => number.as_f64() != Some(0.0),
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::Object(map)) => !map.is_empty(),
    }
}

fn show(value: &Datum) -> String {
    match value {
        None => "<no value>".to_owned(),
        Some(value) => go(value),
    }
}

/// A value as Go's `%v` prints it.
fn go(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(go).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let entries: Vec<String> = map.iter().map(|(key, value)| format!("{key}:{}", go(value))).collect();
            format!("map[{}]", entries.join(" "))
        }
        other => other.to_string(),
    }
}

fn compare(left: &Datum, right: &Datum) -> Result<Ordering, String> {
    match (left, right) {
        (Some(Value::Number(left)), Some(Value::Number(right))) => {
            Ok(left.as_f64().partial_cmp(&right.as_f64()).unwrap_or(Ordering::Equal))
        }
        (Some(Value::String(left)), Some(Value::String(right))) => Ok(left.cmp(right)),
        (Some(Value::Bool(left)), Some(Value::Bool(right))) => Ok(left.cmp(right)),
        (None | Some(Value::Null), None | Some(Value::Null)) => Ok(Ordering::Equal),
        _ => Err("incompatible types for comparison".to_owned()),
    }
}

fn call(name: &str, args: Vec<Datum>) -> Result<Datum, String> {
    let wrong = |wants: &str| Err(format!("wrong number of args for {name}: want {wants} got {}", args.len()));
    let boolean = |truth: bool| Ok(Some(Value::Bool(truth)));
    let text = |text: String| Ok(Some(Value::String(text)));
    match (name, args.as_slice()) {
        ("and" | "or", []) => wrong("at least 1"),
        ("and", args) => Ok(args.iter().find(|arg| !truth(arg)).or(args.last()).cloned().flatten()),
        ("or", args) => Ok(args.iter().find(|arg| truth(arg)).or(args.last()).cloned().flatten()),
        ("not", [arg]) => boolean(!truth(arg)),
        ("len", [Some(value)]) => match value {
            Value::String(text) => Ok(Some(text.len().into())),
            Value::Array(items) => Ok(Some(items.len().into())),
            Value::Object(map) => Ok(Some(map.len().into())),
            other => Err(format!("error calling len: len of type {}", go(other))),
        },
        ("len", [None]) => Err("error calling len: len of nil pointer".to_owned()),
        ("index", [first, keys @ ..]) => {
            let mut value = first.clone();
            for key in keys {
                value = match (&value, key) {
                    (Some(Value::Object(map)), Some(Value::String(key))) => map.get(key).cloned(),
                    (Some(Value::Array(items)), Some(Value::Number(index))) => {
                        let at = index.as_u64().and_then(|index| usize::try_from(index).ok());
                        match at.and_then(|at| items.get(at)) {
                            Some(item) => Some(item.clone()),
                            None => {
                                return Err(format!("error calling index: reflect: slice index out of range: {index}"));
                            }
                        }
                    }
                    (None | Some(Value::Null), _) => return Err("error calling index: index of untyped nil".to_owned()),
                    (Some(value), _) => {
                        return Err(format!("error calling index: can't index item of type {}", go(value)));
                    }
                };
            }
            Ok(value)
        }
        ("slice", [Some(Value::Array(items)), rest @ ..]) => {
            let at = |index: usize, otherwise: usize| {
                rest.get(index).and_then(|value| value.as_ref()?.as_u64()).map_or(otherwise, |index| index as usize)
            };
            let (from, to) = (at(0, 0), at(1, items.len()));
            match items.get(from..to) {
                Some(items) => Ok(Some(Value::Array(items.to_vec()))),
                None => Err("error calling slice: index out of range".to_owned()),
            }
        }
        ("print", args) => {
            let mut out = String::new();
            for (index, arg) in args.iter().enumerate() {
                let texts = matches!(arg, Some(Value::String(_)))
                    || index > 0 && matches!(args[index - 1], Some(Value::String(_)));
                if index > 0 && !texts {
                    out.push(' ');
                }
                out.push_str(&show(arg));
            }
            text(out)
        }
        ("println", args) => text(args.iter().map(show).collect::<Vec<_>>().join(" ") + "\n"),
        ("printf", [Some(Value::String(format)), args @ ..]) => text(printf(format, args)),
        ("eq", [first, rest @ ..]) if !rest.is_empty() => {
            for other in rest {
                if compare(first, other)?.is_eq() {
                    return boolean(true);
                }
            }
            boolean(false)
        }
        ("ne", [left, right]) => boolean(compare(left, right)?.is_ne()),
        ("lt", [left, right]) => boolean(compare(left, right)?.is_lt()),
        ("le", [left, right]) => boolean(compare(left, right)?.is_le()),
        ("gt", [left, right]) => boolean(compare(left, right)?.is_gt()),
        ("ge", [left, right]) => boolean(compare(left, right)?.is_ge()),
        ("exists", [first, keys @ ..]) => {
            let mut value = first.clone();
            for key in keys {
                value = match (&value, key) {
                    (Some(Value::Object(map)), Some(Value::String(key))) => map.get(key).cloned(),
                    (Some(Value::Array(items)), Some(Value::Number(index))) => {
                        index.as_u64().and_then(|index| items.get(index as usize)).cloned()
                    }
                    _ => None,
                };
            }
            boolean(value.is_some())
        }
        ("base64decode", [Some(Value::String(encoded))]) => match crate::base64::decode(encoded) {
            Some(bytes) => text(String::from_utf8_lossy(&bytes).into_owned()),
            None => Err("error calling base64decode: illegal base64 data at input byte 0".to_owned()),
        },
        ("html", args) => {
            let plain: String = args.iter().map(show).collect();
            text(
                plain
                    .replace('&', "&amp;")
                    .replace('<', "&lt;")
                    .replace('>', "&gt;")
                    .replace('"', "&#34;")
                    .replace('\'', "&#39;"),
            )
        }
        ("js" | "urlquery", _) => Err(format!("{name} is not simulated here")),
        _ => wrong("another number or kind"),
    }
}

fn printf(format: &str, args: &[Datum]) -> String {
    let (mut out, mut next) = (String::new(), args.iter());
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let (mut left, mut zero, mut width) = (false, false, String::new());
        while let Some(&c) = chars.peek() {
            match c {
                '-' => left = true,
                '0' if width.is_empty() => zero = true,
                '0'..='9' | '.' => width.push(c),
                '+' | '#' | ' ' => {}
                _ => break,
            }
            chars.next();
        }
        let verb = chars.next().unwrap_or('%');
        if verb == '%' {
            out.push('%');
            continue;
        }
        let Some(arg) = next.next() else {
            out.push_str(&format!("%!{verb}(MISSING)"));
            continue;
        };
        let text = match (verb, arg) {
            ('q', Some(Value::String(text))) => format!("{text:?}"),
            ('T', _) => "interface {}".to_owned(),
            ('d' | 's' | 'v' | 't' | 'f' | 'q', Some(value)) if verb != 'j' => match (verb, value) {
                ('d', Value::String(text)) => format!("%!d(string={text})"),
                ('s', Value::Number(number)) => format!("%!s(int64={number})"),
                ('f', Value::Number(number)) => format!("{:.6}", number.as_f64().unwrap_or_default()),
                (_, value) => go(value),
            },
            (_, None) => "<nil>".to_owned(),
            (_, Some(value)) => json::compact(value),
        };
        let width: usize = width.split('.').next().and_then(|width| width.parse().ok()).unwrap_or(0).min(1000);
        let missing = width.saturating_sub(text.chars().count());
        let fill = if zero && !left { '0' } else { ' ' };
        if left {
            out.push_str(&text);
        }
        out.extend(std::iter::repeat_n(fill, missing));
        if !left {
            out.push_str(&text);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn templates_print_what_go_prints() {
        let value = json!({"items": [{"name": "a", "n": 1, "on": true}, {"name": "b", "n": 22}], "map": {"k.x": "v"}});
        for (template, text) in [
            ("{{range .items}}{{.name}} {{end}}", "a b "),
            ("{{range $i, $e := .items}}{{$i}}={{$e.name}},{{end}}", "0=a,1=b,"),
            ("{{len .items}}", "2"),
            ("{{index .map \"k.x\"}}", "v"),
            ("{{(index .items 1).name}}", "b"),
            ("{{if .nope}}x{{else if .map}}y{{else}}z{{end}}", "y"),
            ("{{range .items}}{{if .on}}{{.name}}{{end}}{{end}}", "a"),
            ("{{.nope}}", "<no value>"),
            ("a {{- .items | len -}} b", "a2b"),
            ("{{printf \"%-4s|%3d\" \"x\" 7}}", "x   |  7"),
            ("{{range .nope}}x{{else}}none{{end}}", "none"),
            ("{{with .map}}{{index . \"k.x\"}}{{end}}", "v"),
            ("{{$x := 5}}{{if eq $x 5}}five{{end}}", "five"),
            ("{{if and .items (gt (len .items) 1)}}many{{end}}", "many"),
            ("{{.map}}", "map[k.x:v]"),
            ("{{/* no */}}{{\"q\" | println}}", "q\n"),
            ("{{range .items}}{{if eq .name \"b\"}}{{break}}{{end}}{{.name}}{{end}}", "a"),
            ("{{\"aGk=\" | base64decode}}", "hi"),
            ("{{range $k, $v := .map}}{{$k}}:{{$v}}{{end}}", "k.x:v"),
        ] {
            assert_eq!(print(template, &value).unwrap(), text, "{template}");
        }
    }

    #[test]
    fn bad_templates_are_refused() {
        for template in
            ["{{", "{{range .x}}", "{{end}}", "{{nosuch}}", "{{.a.b}}", "{{.items.name}}", "{{(.x}}", "{{$y}}"]
        {
            assert!(print(template, &json!({"items": []})).is_err(), "{template}");
        }
    }
}
