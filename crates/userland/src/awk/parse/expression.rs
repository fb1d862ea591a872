//! Expressions, from what binds least to what binds most.

use super::super::tokens::Token;
use super::super::tree::{Expr, From};
use super::Parser;

impl Parser {
    pub(super) fn list(&mut self, end: &str) -> Result<Vec<Expr>, String> {
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

    pub(super) fn expression(&mut self) -> Result<Expr, String> {
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

    pub(super) fn concatenation(&mut self) -> Result<Expr, String> {
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

    pub(super) fn primary(&mut self) -> Result<Expr, String> {
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
