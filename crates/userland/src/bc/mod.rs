//! `bc`: arithmetic of any length, bc(1) 1.07.1. Functions of one's own and loops are not simulated.

mod number;

use std::collections::BTreeMap;

use self::number::{DIGITS_LIMIT, Number};
use super::prelude::*;

/// How a line's end is reached: what is wrong.
enum Stop {
    Syntax,
    Runtime(&'static str),
    Unsimulated(String),
    Quit,
}

type Value = Result<Number, Stop>;

#[derive(Clone, PartialEq, Debug)]
enum Token {
    Number(String),
    Name(String),
    Text(String),
    Sign(&'static str),
    End,
}

const SIGNS: [&str; 27] = [
    "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "==", "!=", "<=", ">=", "&&", "||", "+", "-", "*", "/", "%", "^",
    "(", ")", "=", "<", ">", "!", ",",
];

fn tokens(text: &str) -> Result<Vec<Token>, Stop> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let take = |of: fn(char) -> bool| rest.find(|c| !of(c)).unwrap_or(rest.len());
        let length = if c == ' ' || c == '\t' {
            1
        } else if c == ';' || c == '\n' {
            found.push(Token::End);
            1
        } else if c.is_ascii_digit() || c == '.' || c.is_ascii_uppercase() {
            let length = take(|c| c.is_ascii_digit() || c == '.' || c.is_ascii_uppercase());
            found.push(Token::Number(rest[..length].to_owned()));
            length
        } else if c.is_ascii_lowercase() {
            let length = take(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            found.push(Token::Name(rest[..length].to_owned()));
            length
        } else if c == '"' {
            let end = rest[1..].find('"').ok_or(Stop::Syntax)?;
            found.push(Token::Text(rest[1..=end].to_owned()));
            end + 2
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            found.push(Token::Sign(sign));
            sign.len()
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if matches!(c, '{' | '}' | '[' | ']') {
            return Err(Stop::Unsimulated(c.to_string()));
        } else {
            return Err(Stop::Syntax);
        };
        rest = &rest[length..];
    }
    found.push(Token::End);
    Ok(found)
}

struct Calculator {
    variables: BTreeMap<String, Number>,
    last: Number,
    scale: usize,
    ibase: u32,
    obase: u32,
    /// The library of `-l` is there.
    library: bool,
    out: String,
    tokens: Vec<Token>,
    at: usize,
    depth: u32,
}

impl Calculator {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).unwrap_or(&Token::End)
    }

    fn sign(&mut self, wanted: &[&'static str]) -> Option<&'static str> {
        match self.peek() {
            Token::Sign(sign) if wanted.contains(sign) => {
                let sign = *sign;
                self.at += 1;
                Some(sign)
            }
            _ => None,
        }
    }

    fn get(&self, name: &str) -> Number {
        match name {
            "scale" => Number::of(self.scale as i64),
            "ibase" => Number::of(i64::from(self.ibase)),
            "obase" => Number::of(i64::from(self.obase)),
            "last" => self.last.clone(),
            name => self.variables.get(name).cloned().unwrap_or_default(),
        }
    }

    fn set(&mut self, name: &str, value: Number) -> Result<(), Stop> {
        let small = value.small().unwrap_or(i64::MAX).max(0);
        match name {
            "scale" => self.scale = (small as usize).min(DIGITS_LIMIT / 4),
            "ibase" => self.ibase = (small as u32).clamp(2, 16),
            "obase" if small > 16 => return Err(Stop::Unsimulated("an obase over 16".to_owned())),
            "obase" => self.obase = (small as u32).max(2),
            "last" => self.last = value,
            name => drop(self.variables.insert(name.to_owned(), value)),
        }
        Ok(())
    }

    /// A statement. Whether its value is printed: an assignment's is not.
    fn statement(&mut self) -> Result<(), Stop> {
        match self.peek().clone() {
            Token::End => return Ok(()),
            Token::Text(text) => {
                self.at += 1;
                self.out.push_str(&text);
                return Ok(());
            }
            Token::Name(name) => match name.as_str() {
                "quit" | "halt" => return Err(Stop::Quit),
                "print" => {
                    self.at += 1;
                    loop {
                        match self.peek().clone() {
                            Token::Text(text) => {
                                self.at += 1;
                                self.out.push_str(&text.replace("\\n", "\n").replace("\\t", "\t"));
                            }
                            _ => {
                                let value = self.assignment()?;
                                self.out.push_str(&value.text(self.obase));
                            }
                        }
                        if self.sign(&[","]).is_none() {
                            return Ok(());
                        }
                    }
                }
                "define" | "auto" | "return" | "for" | "while" | "if" | "else" | "break" | "continue" | "read" => {
                    return Err(Stop::Unsimulated(name));
                }
                _ => {}
            },
            _ => {}
        }
        let assigns = matches!(self.peek(), Token::Name(_))
            && matches!(self.tokens.get(self.at + 1), Some(Token::Sign(sign)) if sign.ends_with('=') && !["==", "!=", "<=", ">="].contains(sign));
        let value = self.assignment()?;
        if !assigns {
            // Long numbers are broken as the real one does.
            let text = value.text(self.obase);
            let mut rest = text.as_str();
            while rest.len() > 69 {
                self.out.push_str(&format!("{}\\\n", &rest[..68]));
                rest = &rest[68..];
            }
            self.out.push_str(&format!("{rest}\n"));
            self.last = value;
        }
        Ok(())
    }

    fn assignment(&mut self) -> Value {
        if self.depth > 200 {
            return Err(Stop::Syntax);
        }
        self.depth += 1;
        let value = self.assignment_inside();
        self.depth -= 1;
        value
    }

    fn assignment_inside(&mut self) -> Value {
        if let Token::Name(name) = self.peek().clone()
            && let Some(Token::Sign(sign)) = self.tokens.get(self.at + 1).cloned()
            && ["=", "+=", "-=", "*=", "/=", "%=", "^="].contains(&sign)
        {
            self.at += 2;
            let value = self.assignment()?;
            let value = match sign.strip_suffix('=').filter(|sign| !sign.is_empty()) {
                Some(operator) => self.operate(operator, &self.get(&name), &value)?,
                None => value,
            };
            self.set(&name, value.clone())?;
            return Ok(value);
        }
        self.or()
    }

    fn or(&mut self) -> Value {
        let mut left = self.and()?;
        while self.sign(&["||"]).is_some() {
            let right = self.and()?;
            left = Number::of(i64::from(!left.is_zero() || !right.is_zero()));
        }
        Ok(left)
    }

    fn and(&mut self) -> Value {
        let mut left = self.not()?;
        while self.sign(&["&&"]).is_some() {
            let right = self.not()?;
            left = Number::of(i64::from(!left.is_zero() && !right.is_zero()));
        }
        Ok(left)
    }

    fn not(&mut self) -> Value {
        if self.sign(&["!"]).is_some() {
            let value = self.not()?;
            return Ok(Number::of(i64::from(value.is_zero())));
        }
        let mut left = self.sum()?;
        while let Some(sign) = self.sign(&["==", "!=", "<=", ">=", "<", ">"]) {
            let order = left.order(&self.sum()?);
            left = Number::of(i64::from(match sign {
                "==" => order.is_eq(),
                "!=" => order.is_ne(),
                "<=" => order.is_le(),
                ">=" => order.is_ge(),
                "<" => order.is_lt(),
                _ => order.is_gt(),
            }));
        }
        Ok(left)
    }

    fn sum(&mut self) -> Value {
        let mut left = self.product()?;
        while let Some(sign) = self.sign(&["+", "-"]) {
            let right = self.product()?;
            left = self.operate(sign, &left, &right)?;
        }
        Ok(left)
    }

    fn product(&mut self) -> Value {
        let mut left = self.power()?;
        while let Some(sign) = self.sign(&["*", "/", "%"]) {
            let right = self.power()?;
            left = self.operate(sign, &left, &right)?;
        }
        Ok(left)
    }

    fn power(&mut self) -> Value {
        let base = self.primary()?;
        if self.sign(&["^"]).is_some() {
            self.depth += 1;
            if self.depth > 200 {
                return Err(Stop::Syntax);
            }
            let exponent = self.power()?;
            self.depth -= 1;
            return self.operate("^", &base, &exponent);
        }
        Ok(base)
    }

    fn operate(&self, operator: &str, left: &Number, right: &Number) -> Value {
        if left.digits.len() + right.digits.len() > DIGITS_LIMIT {
            return Err(Stop::Unsimulated("a number of so many digits".to_owned()));
        }
        Ok(match operator {
            "+" => left.plus(right),
            "-" => left.minus(right),
            "*" => left.times(right, self.scale),
            "/" => left.over(right, self.scale).ok_or(Stop::Runtime("Divide by zero"))?,
            "%" => left.modulo(right, self.scale).ok_or(Stop::Runtime("Modulo by zero"))?,
            _ => {
                let exponent = right.small().ok_or(Stop::Runtime("exponent too large in raise"))?;
                if left.is_zero() && exponent < 0 {
                    return Err(Stop::Runtime("divide by zero"));
                }
                let power = left.power(exponent, self.scale);
                power.ok_or_else(|| Stop::Unsimulated("a number of so many digits".to_owned()))?
            }
        })
    }

    fn primary(&mut self) -> Value {
        let token = self.peek().clone();
        self.at += 1;
        match token {
            Token::Number(text) if text == "." => Ok(self.last.clone()),
            Token::Number(text) if text.matches('.').count() <= 1 => Ok(Number::read(&text, self.ibase)),
            Token::Sign("-") => Ok(self.primary()?.minus_sign()),
            Token::Sign("(") => {
                let value = self.assignment()?;
                self.sign(&[")"]).map(|_| value).ok_or(Stop::Syntax)
            }
            Token::Sign(sign @ ("++" | "--")) => {
                let Token::Name(name) = self.peek().clone() else { return Err(Stop::Syntax) };
                self.at += 1;
                let value = self.get(&name).plus(&Number::of(if sign == "++" { 1 } else { -1 }));
                self.set(&name, value.clone())?;
                Ok(value)
            }
            Token::Name(name) => {
                if self.sign(&["("]).is_some() {
                    let value = self.assignment()?;
                    self.sign(&[")"]).ok_or(Stop::Syntax)?;
                    return match name.as_str() {
                        "sqrt" => value.root(self.scale).ok_or(Stop::Runtime("Square root of a negative number")),
                        "length" => Ok(Number::of(value.digits.len().max(value.scale).max(1) as i64)),
                        "scale" => Ok(Number::of(value.scale as i64)),
                        "s" | "c" | "a" | "l" | "e" | "j" if self.library => {
                            Err(Stop::Unsimulated(format!("the function {name}() of -l")))
                        }
                        _ => Err(Stop::Runtime("Function not defined.")),
                    };
                }
                if let Some(sign) = self.sign(&["++", "--"]) {
                    let before = self.get(&name);
                    self.set(&name, before.plus(&Number::of(if sign == "++" { 1 } else { -1 })))?;
                    return Ok(before);
                }
                Ok(self.get(&name))
            }
            _ => Err(Stop::Syntax),
        }
    }

    /// A line; what it printed is in `out`.
    fn line(&mut self, text: &str) -> Result<(), Stop> {
        self.tokens = tokens(text)?;
        (self.at, self.depth) = (0, 0);
        while self.at < self.tokens.len() {
            self.statement()?;
            if *self.peek() != Token::End {
                return Err(Stop::Syntax);
            }
            self.at += 1;
        }
        Ok(())
    }
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec {
        short: "hilqsvw",
        long: &[("mathlib", 'l'), ("quiet", 'q'), ("standard", 's'), ("warn", 'w'), ("interactive", 'i')],
        usage: "[options] [file ...]",
        status: 1,
    };
    let options = SPEC.parse(&p).await?;
    let library = options.has('l');
    let mut calculator = Calculator {
        variables: BTreeMap::new(),
        last: Number::default(),
        scale: if library { 20 } else { 0 },
        ibase: 10,
        obase: 10,
        library,
        out: String::new(),
        tokens: Vec::new(),
        at: 0,
        depth: 0,
    };
    let mut files = options.operands.clone();
    files.push("-".to_owned());
    for file in files {
        let mut source = match Source::open(&p, &file) {
            Ok(source) => source,
            Err(_) => {
                p.err(&format!("File {file} is unavailable.\n")).await;
                return Err(ExitStatus(1));
            }
        };
        let mut number = 0;
        while let Some(line) = source.line().await {
            number += 1;
            let text = String::from_utf8_lossy(&line).into_owned();
            let text = text.split('#').next().unwrap_or("").trim_end();
            p.work(text.len() as u64 * 64).await;
            let ended = calculator.line(text);
            p.out(&std::mem::take(&mut calculator.out)).await;
            let name = if file == "-" { "(standard_in)".to_owned() } else { file.clone() };
            match ended {
                Ok(()) => {}
                Err(Stop::Quit) => return Ok(()),
                Err(Stop::Syntax) => p.err(&format!("{name} {number}: syntax error\n")).await,
                Err(Stop::Runtime(what)) => p.err(&format!("Runtime error (func=(main), adr=6): {what}\n")).await,
                Err(Stop::Unsimulated(what)) => {
                    return fail(&p, &format!("{what} is not simulated here; awk has loops and functions")).await;
                }
            }
        }
    }
    Ok(())
}
