//! Reading an awk program.

use super::tokens::{Token, tokens};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::tree::{Expr, From, Function, Pattern, Rule, Statement, To};

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
pub struct Program {
    pub rules: Vec<Rule>,
    pub functions: BTreeMap<String, Rc<Function>>,
}

/// Reads a program.
pub fn parse(text: &str) -> Result<Program, String> {
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

    fn block(&mut self) -> Result<Vec<Statement>, String> {
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
    fn body(&mut self) -> Result<Vec<Statement>, String> {
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

    fn statement(&mut self) -> Result<Statement, String> {
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

    fn simple(&mut self) -> Result<Statement, String> {
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

    fn list(&mut self, end: &str) -> Result<Vec<Expr>, String> {
        let mut all = Vec::new();
        if !end.is_empty() && matches!(self.peek(), Token::Symbol(found) if *found == end) {
            return Ok(all);
        }
        loop {
            self.skip_newlines_in(end);
            all.push(self.expression()?);
            self.skip_newlines_in(end);
            if !self.take(",") {
                return Ok(all);
            }
            self.skip_newlines();
        }
    }

    fn skip_newlines_in(&mut self, end: &str) {
        if !end.is_empty() {
            self.skip_newlines();
        }
    }

    fn expression(&mut self) -> Result<Expr, String> {
        self.depth += 1;
        if self.depth > 60 {
            return Err("the program is nested too deeply".to_owned());
        }
        let expression = self.assignment();
        self.depth -= 1;
        expression
    }

    fn assignment(&mut self) -> Result<Expr, String> {
        let left = self.choice()?;
        if !matches!(left, Expr::Variable(_) | Expr::Element(..) | Expr::Field(_)) {
            return Ok(left);
        }
        let operator = match self.peek() {
            Token::Symbol("=") => "",
            Token::Symbol("+=") => "+",
            Token::Symbol("-=") => "-",
            Token::Symbol("*=") => "*",
            Token::Symbol("/=") => "/",
            Token::Symbol("%=") => "%",
            Token::Symbol("^=") => "^",
            _ => return Ok(left),
        };
        self.at += 1;
        self.skip_newlines();
        Ok(Expr::Assign(Box::new(left), operator, Box::new(self.expression()?)))
    }

    fn choice(&mut self) -> Result<Expr, String> {
        let condition = self.either()?;
        if !self.take("?") {
            return Ok(condition);
        }
        let yes = self.expression()?;
        self.need(":")?;
        Ok(Expr::Choose(Box::new(condition), Box::new(yes), Box::new(self.expression()?)))
    }

    fn either(&mut self) -> Result<Expr, String> {
        let mut left = self.both()?;
        while self.take("||") {
            self.skip_newlines();
            left = Expr::Binary("||", Box::new(left), Box::new(self.both()?));
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Expr, String> {
        let mut left = self.membership()?;
        while self.take("&&") {
            self.skip_newlines();
            left = Expr::Binary("&&", Box::new(left), Box::new(self.membership()?));
        }
        Ok(left)
    }

    fn membership(&mut self) -> Result<Expr, String> {
        let mut left = self.matching()?;
        while !self.no_in && self.peek() == &Token::Name("in".to_owned()) {
            self.at += 1;
            let Token::Name(array) = self.peek().clone() else { return Err(self.unexpected()) };
            self.at += 1;
            left = Expr::In(vec![left], array);
        }
        Ok(left)
    }

    fn matching(&mut self) -> Result<Expr, String> {
        let mut left = self.comparison()?;
        loop {
            let negate = match self.peek() {
                Token::Symbol("~") => false,
                Token::Symbol("!~") => true,
                _ => return Ok(left),
            };
            self.at += 1;
            left = Expr::Match(Box::new(left), Box::new(self.comparison()?), negate);
        }
    }

    fn comparison(&mut self) -> Result<Expr, String> {
        let mut left = self.concatenation()?;
        while self.peek() == &Token::Symbol("|")
            && self.tokens.get(self.at + 1) == Some(&Token::Name("getline".to_owned()))
        {
            self.at += 2;
            let place = self.place()?;
            left = Expr::Getline(place, From::Command(Box::new(left)));
        }
        let operator = match self.peek() {
            Token::Symbol(">") if self.no_greater => return Ok(left),
            Token::Symbol(operator @ ("<" | "<=" | "==" | "!=" | ">" | ">=")) => *operator,
            _ => return Ok(left),
        };
        self.at += 1;
        Ok(Expr::Binary(operator, Box::new(left), Box::new(self.concatenation()?)))
    }

    fn concatenation(&mut self) -> Result<Expr, String> {
        let mut left = self.sum()?;
        loop {
            let starts = match self.peek() {
                Token::Number(_) | Token::Text(_) | Token::Regex(_) | Token::Function(_) => true,
                Token::Name(name) => name != "in",
                Token::Symbol(symbol) => matches!(*symbol, "$" | "(" | "!" | "-" | "+" | "++" | "--"),
                Token::Newline | Token::End => false,
            };
            if !starts {
                return Ok(left);
            }
            left = Expr::Binary(" ", Box::new(left), Box::new(self.sum()?));
        }
    }

    fn sum(&mut self) -> Result<Expr, String> {
        let mut left = self.product()?;
        loop {
            let operator = match self.peek() {
                Token::Symbol(operator @ ("+" | "-")) => *operator,
                _ => return Ok(left),
            };
            self.at += 1;
            left = Expr::Binary(operator, Box::new(left), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Result<Expr, String> {
        let mut left = self.unary()?;
        loop {
            let operator = match self.peek() {
                Token::Symbol(operator @ ("*" | "/" | "%")) => *operator,
                _ => return Ok(left),
            };
            self.at += 1;
            left = Expr::Binary(operator, Box::new(left), Box::new(self.unary()?));
        }
    }

    fn unary(&mut self) -> Result<Expr, String> {
        self.depth += 1;
        if self.depth > 60 {
            return Err("the program is nested too deeply".to_owned());
        }
        let result = match self.peek() {
            Token::Symbol("!") => {
                self.at += 1;
                self.unary().map(|inner| Expr::Unary('!', Box::new(inner)))
            }
            Token::Symbol("-") => {
                self.at += 1;
                self.unary().map(|inner| Expr::Unary('-', Box::new(inner)))
            }
            Token::Symbol("+") => {
                self.at += 1;
                self.unary().map(|inner| Expr::Unary('+', Box::new(inner)))
            }
            _ => self.power(),
        };
        self.depth -= 1;
        result
    }

    fn power(&mut self) -> Result<Expr, String> {
        let left = self.postfix()?;
        if self.take("^") {
            return Ok(Expr::Binary("^", Box::new(left), Box::new(self.unary()?)));
        }
        Ok(left)
    }

    fn postfix(&mut self) -> Result<Expr, String> {
        let value = self.primary()?;
        if matches!(value, Expr::Variable(_) | Expr::Element(..) | Expr::Field(_)) {
            if self.take("++") {
                return Ok(Expr::Step(Box::new(value), 1.0, false));
            }
            if self.take("--") {
                return Ok(Expr::Step(Box::new(value), -1.0, false));
            }
        }
        Ok(value)
    }

    fn primary(&mut self) -> Result<Expr, String> {
        let token = self.peek().clone();
        self.at += 1;
        match token {
            Token::Number(number) => Ok(Expr::Number(number)),
            Token::Text(text) => Ok(Expr::Text(text)),
            Token::Regex(text) => Ok(Expr::Regex(text)),
            Token::Symbol("$") => {
                self.depth += 1;
                if self.depth > 60 {
                    return Err("the program is nested too deeply".to_owned());
                }
                let inner = match self.peek() {
                    Token::Symbol("++" | "--") => self.postfix()?,
                    _ => self.primary()?,
                };
                self.depth -= 1;
                Ok(Expr::Field(Box::new(inner)))
            }
            Token::Symbol(step @ ("++" | "--")) => {
                let place = self.primary()?;
                Ok(Expr::Step(Box::new(place), if step == "++" { 1.0 } else { -1.0 }, true))
            }
            Token::Symbol("(") => {
                let outer = std::mem::replace(&mut self.no_greater, false);
                let mut inner = self.list(")")?;
                self.need(")")?;
                self.no_greater = outer;
                if inner.len() == 1 {
                    return Ok(Expr::Unary('(', Box::new(inner.remove(0))));
                }
                if self.peek() == &Token::Name("in".to_owned()) {
                    self.at += 1;
                    let Token::Name(array) = self.peek().clone() else { return Err(self.unexpected()) };
                    self.at += 1;
                    return Ok(Expr::In(inner, array));
                }
                Err(self.unexpected())
            }
            Token::Function(name) => {
                self.need("(")?;
                let outer = std::mem::replace(&mut self.no_greater, false);
                let arguments = self.list(")")?;
                self.need(")")?;
                self.no_greater = outer;
                const KNOWN: &str = "length substr index split sub gsub match toupper tolower sprintf int sqrt log exp sin cos \
                                     atan2 rand srand system close fflush";
                if !KNOWN.split_whitespace().any(|known| known == name) {
                    self.called.push(name.clone());
                    return Ok(Expr::Own(name, arguments));
                }
                Ok(Expr::Call(name, arguments))
            }
            Token::Name(name) if name == "length" => Ok(Expr::Call(name, Vec::new())),
            Token::Name(name) if name == "getline" => {
                let place = self.place()?;
                let from = if self.take("<") { From::File(Box::new(self.primary()?)) } else { From::Main };
                Ok(Expr::Getline(place, from))
            }
            Token::Name(name) => {
                if self.take("[") {
                    let index = self.list("]")?;
                    self.need("]")?;
                    return Ok(Expr::Element(name, index));
                }
                Ok(Expr::Variable(name))
            }
            _ => {
                self.at -= 1;
                Err(self.unexpected())
            }
        }
    }
}
