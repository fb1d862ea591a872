//! Statements.

use super::super::tokens::Token;
use super::super::tree::{Statement, To};
use super::Parser;

impl Parser {
    pub(super) fn block(&mut self) -> Result<Vec<Statement>, String> {
        self.need("{")?;
        let mut statements = Vec::new();
        loop {
            self.skip_ends();
            if self.take("}") {
                return Ok(statements);
            }
            if self.peek() == &Token::End {
                return Err(self.unexpected());
            }
            statements.push(self.statement()?);
        }
    }

    /// What a loop or an `if` does: one statement or a block.
    pub(super) fn body(&mut self) -> Result<Vec<Statement>, String> {
        self.skip_newlines();
        if self.take(";") {
            return Ok(Vec::new());
        }
        if self.peek() == &Token::Symbol("{") { self.block() } else { Ok(vec![self.statement()?]) }
    }

    fn end_of_simple(&mut self) -> Result<(), String> {
        match self.peek() {
            Token::Newline | Token::Symbol(";") => {
                self.at += 1;
                Ok(())
            }
            Token::Symbol("}") | Token::End => Ok(()),
            _ => Err(self.unexpected()),
        }
    }

    pub(super) fn statement(&mut self) -> Result<Statement, String> {
        self.depth += 1;
        if self.depth > 60 {
            return Err("the program is nested too deeply".to_owned());
        }
        let statement = self.inner_statement();
        self.depth -= 1;
        statement
    }

    fn inner_statement(&mut self) -> Result<Statement, String> {
        if self.peek() == &Token::Symbol("{") {
            return Ok(Statement::Block(self.block()?));
        }
        let word = match self.peek() {
            Token::Name(name) | Token::Function(name) => name.clone(),
            _ => String::new(),
        };
        match word.as_str() {
            "if" => {
                self.at += 1;
                self.need("(")?;
                let condition = self.expression()?;
                self.need(")")?;
                let then = self.body()?;
                let before = self.at;
                self.skip_ends();
                if self.peek() == &Token::Name("else".to_owned()) {
                    self.at += 1;
                    return Ok(Statement::If(condition, then, self.body()?));
                }
                self.at = before;
                return Ok(Statement::If(condition, then, Vec::new()));
            }
            "while" => {
                self.at += 1;
                self.need("(")?;
                let condition = self.expression()?;
                self.need(")")?;
                return Ok(Statement::Loop(Some(condition), None, self.body()?, false));
            }
            "do" => {
                self.at += 1;
                let body = self.body()?;
                self.skip_ends();
                if !matches!(self.peek(), Token::Name(name) | Token::Function(name) if name == "while") {
                    return Err(self.unexpected());
                }
                self.at += 1;
                self.need("(")?;
                let condition = self.expression()?;
                self.need(")")?;
                return Ok(Statement::Loop(Some(condition), None, body, true));
            }
            "for" => return self.for_statement(),
            _ => {}
        }
        let statement = self.simple()?;
        self.end_of_simple()?;
        Ok(statement)
    }

    fn for_statement(&mut self) -> Result<Statement, String> {
        self.at += 1;
        self.need("(")?;
        if let (Token::Name(name), Some(Token::Name(word)), Some(Token::Name(array)), Some(Token::Symbol(")"))) = (
            self.peek().clone(),
            self.tokens.get(self.at + 1),
            self.tokens.get(self.at + 2),
            self.tokens.get(self.at + 3),
        ) && word == "in"
        {
            let array = array.clone();
            self.at += 4;
            return Ok(Statement::ForIn(name, array, self.body()?));
        }
        let start = if self.peek() == &Token::Symbol(";") { None } else { Some(self.simple()?) };
        self.need(";")?;
        self.skip_newlines();
        let condition = if self.peek() == &Token::Symbol(";") { None } else { Some(self.expression()?) };
        self.need(";")?;
        self.skip_newlines();
        let step = if self.peek() == &Token::Symbol(")") { None } else { Some(Box::new(self.simple()?)) };
        self.need(")")?;
        let whole = Statement::Loop(condition, step, self.body()?, false);
        Ok(Statement::Block(start.into_iter().chain([whole]).collect()))
    }

    pub(super) fn simple(&mut self) -> Result<Statement, String> {
        let word = match self.peek() {
            Token::Name(name) | Token::Function(name) => name.clone(),
            _ => String::new(),
        };
        match word.as_str() {
            "print" | "printf" => {
                self.at += 1;
                let outer = std::mem::replace(&mut self.no_greater, true);
                let grouped = self.peek() == &Token::Symbol("(") && self.group_is_all();
                let mut values = Vec::new();
                if grouped {
                    self.at += 1;
                    self.no_greater = false;
                    values = self.list(")")?;
                    self.need(")")?;
                    self.no_greater = true;
                } else if !matches!(
                    self.peek(),
                    Token::Newline | Token::End | Token::Symbol(";" | "}" | ">" | ">>" | "|")
                ) {
                    values = self.list("")?;
                }
                self.no_greater = outer;
                let to = match self.peek() {
                    Token::Symbol(">") => Some(To::File),
                    Token::Symbol(">>") => Some(To::Append),
                    Token::Symbol("|") => Some(To::Command),
                    _ => None,
                };
                let target = match to {
                    Some(to) => {
                        self.at += 1;
                        Some((self.concatenation()?, to))
                    }
                    None => None,
                };
                Ok(if word == "print" { Statement::Print(values, target) } else { Statement::Printf(values, target) })
            }
            "next" | "nextfile" => {
                self.at += 1;
                Ok(Statement::Next)
            }
            "break" => {
                self.at += 1;
                Ok(Statement::Break)
            }
            "continue" => {
                self.at += 1;
                Ok(Statement::Continue)
            }
            "exit" => {
                self.at += 1;
                let bare = matches!(self.peek(), Token::Newline | Token::End | Token::Symbol(";" | "}"));
                Ok(Statement::Exit(if bare { None } else { Some(self.expression()?) }))
            }
            "delete" => {
                self.at += 1;
                let Token::Name(name) = self.peek().clone() else { return Err(self.unexpected()) };
                self.at += 1;
                if self.take("[") {
                    let index = self.list("]")?;
                    self.need("]")?;
                    return Ok(Statement::Delete(name, Some(index)));
                }
                Ok(Statement::Delete(name, None))
            }
            "return" => {
                self.at += 1;
                let bare = matches!(self.peek(), Token::Newline | Token::End | Token::Symbol(";" | "}"));
                Ok(Statement::Return(if bare { None } else { Some(self.expression()?) }))
            }
            _ => Ok(Statement::Expression(self.expression()?)),
        }
    }

    /// Whether the parenthesis here closes right before the end of the statement (or its target).
    fn group_is_all(&self) -> bool {
        let mut depth = 0usize;
        for (index, token) in self.tokens[self.at..].iter().enumerate() {
            match token {
                Token::Symbol("(") | Token::Function(_) if *token == Token::Symbol("(") => depth += 1,
                Token::Symbol(")") => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        let next = self.tokens.get(self.at + index + 1);
                        return matches!(
                            next,
                            None | Some(Token::Newline | Token::End | Token::Symbol(";" | "}" | ">" | ">>" | "|"))
                        );
                    }
                }
                Token::End => return false,
                _ => {}
            }
        }
        false
    }
}
