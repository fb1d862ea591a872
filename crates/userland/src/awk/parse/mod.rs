//! Reading an awk program.

mod expression;
mod statement;

use std::collections::BTreeMap;
use std::rc::Rc;

use super::tokens::{Token, tokens};
use super::tree::{Expr, Function, Pattern, Rule};

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    /// Inside `print`: a `>` is where the output goes.
    no_greater: bool,
    /// Inside `for (`: an `in` ends the name.
    no_in: bool,
    /// The functions of the program's that are called.
    called: Vec<String>,
}

/// A program's rules and functions.
pub(super) struct Program {
    pub rules: Vec<Rule>,
    pub functions: BTreeMap<String, Rc<Function>>,
}

/// Reads a program.
pub(super) fn parse(text: &str) -> Result<Program, String> {
    let (at, depth, no_greater, no_in, called) = Default::default();
    let mut parser = Parser { tokens: tokens(text)?, at, depth, no_greater, no_in, called };
    let (mut rules, mut functions) = (Vec::new(), BTreeMap::new());
    loop {
        parser.skip_ends();
        if parser.peek() == &Token::End {
            if let Some(name) = parser.called.iter().find(|name| !functions.contains_key(*name)) {
                return Err(format!("function {name} never defined"));
            }
            return Ok(Program { rules, functions });
        }
        let pattern = match parser.peek().clone() {
            Token::Name(name) if name == "BEGIN" || name == "END" => {
                parser.at += 1;
                if name == "BEGIN" { Pattern::Begin } else { Pattern::End }
            }
            Token::Name(name) if name == "function" || name == "func" => {
                let (name, function) = parser.function()?;
                functions.insert(name, Rc::new(function));
                continue;
            }
            Token::Symbol("{") => Pattern::Always,
            _ => {
                let first = parser.expression()?;
                if parser.take(",") {
                    parser.skip_newlines();
                    Pattern::Range(first, parser.expression()?)
                } else {
                    Pattern::When(first)
                }
            }
        };
        let action = if parser.peek() == &Token::Symbol("{") { Some(parser.block()?) } else { None };
        rules.push((pattern, action));
    }
}

impl Parser {
    fn function(&mut self) -> Result<(String, Function), String> {
        self.at += 1;
        let (Token::Name(name) | Token::Function(name)) = self.peek().clone() else { return Err(self.unexpected()) };
        self.at += 1;
        self.need("(")?;
        let mut parameters = Vec::new();
        while let Token::Name(parameter) = self.peek().clone() {
            parameters.push(parameter);
            self.at += 1;
            if !self.take(",") {
                break;
            }
            self.skip_newlines();
        }
        self.need(")")?;
        self.skip_newlines();
        Ok((name, Function { parameters, body: self.block()? }))
    }

    /// What `getline` reads into, if that is said.
    fn place(&mut self) -> Result<Option<Box<Expr>>, String> {
        let there = match self.peek() {
            Token::Name(name) => name != "in",
            Token::Symbol(symbol) => *symbol == "$",
            _ => false,
        };
        if there { Ok(Some(Box::new(self.primary()?))) } else { Ok(None) }
    }

    fn peek(&self) -> &Token {
        self.tokens.get(self.at).unwrap_or(&Token::End)
    }

    fn take(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Token::Symbol(found) if *found == symbol);
        self.at += usize::from(found);
        found
    }

    fn need(&mut self, symbol: &str) -> Result<(), String> {
        if self.take(symbol) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> String {
        match self.peek() {
            Token::End | Token::Newline => "syntax error at or near end of line".to_owned(),
            Token::Number(number) => format!("syntax error at or near {number}"),
            Token::Text(text) | Token::Name(text) | Token::Function(text) | Token::Regex(text) => {
                format!("syntax error at or near {text}")
            }
            Token::Symbol(symbol) => format!("syntax error at or near {symbol}"),
        }
    }

    fn skip_newlines(&mut self) {
        while self.peek() == &Token::Newline {
            self.at += 1;
        }
    }

    fn skip_ends(&mut self) {
        while matches!(self.peek(), Token::Newline | Token::Symbol(";")) {
            self.at += 1;
        }
    }
}
