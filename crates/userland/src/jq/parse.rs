//! Reading a jq program.

use std::rc::Rc;

use super::json::Json;
use super::tokens::{Piece, Token, tokens};
use super::tree::{Filter, Function, Part, Pattern};

/// Deepest nesting of a program.
pub(super) const DEPTH_LIMIT: usize = 100;

/// Reads a program; the error is jq's sentence, and the character that it is about.
pub(super) fn parse(text: &str) -> Result<Filter, (String, usize)> {
    let chars: Vec<char> = text.chars().collect();
    let (mut at, mut starts) = (0, Vec::new());
    let tokens = tokens(&chars, &mut at, false, 0, &mut starts).map_err(|text| (text, 0))?;
    let mut parser = Parser { tokens, at: 0, depth: 0 };
    let parsed = if parser.peek() == &Token::End { Ok(Filter::Identity) } else { parser.pipe() };
    match parsed {
        Ok(filter) if parser.peek() == &Token::End => Ok(filter),
        parsed => {
            let mut text = parsed.err().unwrap_or_else(|| parser.unexpected());
            if parser.at == 0 {
                text.push_str(", expecting $end");
            }
            // The end itself has no place: the token before it has.
            let at = parser.at.min(starts.len().saturating_sub(1));
            Err((text, starts.get(at).copied().unwrap_or(0)))
        }
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

type Parsed = Result<Filter, String>;

fn boxed(filter: Filter) -> Box<Filter> {
    Box::new(filter)
}

const KEYWORDS: [&str; 19] = [
    "def", "if", "then", "elif", "else", "end", "as", "reduce", "foreach", "try", "catch", "label", "import",
    "include", "and", "or", "__loc__", "module", "break",
];

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).unwrap_or(&Token::End)
    }

    fn is(&self, symbol: &str) -> bool {
        matches!(self.peek(), Token::Symbol(found) if *found == symbol)
    }

    fn take(&mut self, symbol: &str) -> bool {
        let hit = self.is(symbol);
        self.at += usize::from(hit);
        hit
    }

    fn take_word(&mut self, word: &str) -> bool {
        let hit = matches!(self.peek(), Token::Name(found) if found == word);
        self.at += usize::from(hit);
        hit
    }

    fn need(&mut self, symbol: &str) -> Result<(), String> {
        if self.take(symbol) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn need_word(&mut self, word: &str) -> Result<(), String> {
        if self.take_word(word) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> String {
        let what = match self.peek() {
            Token::End => "$end".to_owned(),
            Token::Symbol(symbol) if symbol.len() == 1 => format!("'{symbol}'"),
            Token::Symbol(symbol) => symbol.to_string(),
            Token::Number(_) => "LITERAL".to_owned(),
            Token::Text(_) => "QQSTRING_START".to_owned(),
            Token::Field(_) => "FIELD".to_owned(),
            Token::Format(_) => "FORMAT".to_owned(),
            Token::Variable(_) => "'$'".to_owned(),
            Token::Name(name) if KEYWORDS.contains(&name.as_str()) => name.clone(),
            Token::Name(_) => "IDENT".to_owned(),
            Token::Other(_) => "INVALID_CHARACTER".to_owned(),
        };
        format!("syntax error, unexpected {what}")
    }

    fn pipe(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return Err("syntax error, the program is nested too deeply".to_owned());
        }
        let parsed = self.pipe_in();
        self.depth -= 1;
        parsed
    }

    fn pipe_in(&mut self) -> Parsed {
        if self.take_word("def") {
            let function = self.definition()?;
            // A program may consist of definitions only.
            let rest = if self.peek() == &Token::End { Filter::Identity } else { self.pipe()? };
            return Ok(Filter::Define(Rc::new(function), boxed(rest)));
        }
        if self.take_word("label") {
            let Token::Variable(name) = self.peek().clone() else { return Err(self.unexpected()) };
            self.at += 1;
            self.need("|")?;
            return Ok(Filter::Label(name, boxed(self.pipe()?)));
        }
        let left = self.comma()?;
        if self.take_word("as") {
            let pattern = self.pattern()?;
            self.need("|")?;
            return Ok(Filter::Bind(boxed(left), pattern, boxed(self.pipe()?)));
        }
        if self.take("|") {
            return Ok(Filter::Pipe(boxed(left), boxed(self.pipe()?)));
        }
        Ok(left)
    }

    fn definition(&mut self) -> Result<Function, String> {
        let Token::Name(name) = self.peek().clone() else { return Err(self.unexpected()) };
        self.at += 1;
        let mut parameters = Vec::new();
        if self.take("(") {
            loop {
                match self.peek().clone() {
                    Token::Name(name) => parameters.push(name),
                    Token::Variable(name) => parameters.push(format!("${name}")),
                    _ => return Err(self.unexpected()),
                }
                self.at += 1;
                if !self.take(";") {
                    break;
                }
            }
            self.need(")")?;
        }
        self.need(":")?;
        let body = self.pipe()?;
        self.need(";")?;
        Ok(Function { name, parameters, body })
    }

    fn pattern(&mut self) -> Result<Pattern, String> {
        if let Token::Variable(name) = self.peek().clone() {
            self.at += 1;
            return Ok(Pattern::Variable(name));
        }
        if self.take("[") {
            let mut items = vec![self.pattern()?];
            while self.take(",") {
                items.push(self.pattern()?);
            }
            self.need("]")?;
            return Ok(Pattern::Array(items));
        }
        self.need("{")?;
        let mut entries = Vec::new();
        loop {
            let (key, variable) = match self.peek().clone() {
                Token::Variable(name) => (Filter::Literal(Json::text(&name)), Some(name)),
                Token::Name(name) => (Filter::Literal(Json::text(name)), None),
                Token::Text(pieces) => (self.text(None, pieces)?, None),
                Token::Symbol("(") => {
                    self.at += 1;
                    let key = self.pipe()?;
                    if !self.is(")") {
                        return Err(self.unexpected());
                    }
                    (key, None)
                }
                _ => return Err(self.unexpected()),
            };
            self.at += 1;
            let inner = if self.take(":") { Some(self.pattern()?) } else { None };
            entries.push((key, variable, inner));
            if !self.take(",") {
                break;
            }
        }
        self.need("}")?;
        Ok(Pattern::Object(entries))
    }

    fn comma(&mut self) -> Parsed {
        let mut left = self.binary(0)?;
        while self.take(",") {
            left = Filter::Comma(boxed(left), boxed(self.binary(0)?));
        }
        Ok(left)
    }

    /// Operators by how tight they bind: `//`, assignments, `or`, `and`, comparisons, sums, products.
    fn binary(&mut self, level: usize) -> Parsed {
        if level == 7 {
            return self.postfix();
        }
        let mut left = self.binary(level + 1)?;
        loop {
            let word = |word: &str| matches!(self.peek(), Token::Name(found) if found == word);
            let symbol = match self.peek() {
                Token::Symbol(symbol) => *symbol,
                _ => "",
            };
            match (level, symbol) {
                (0, "//") => {
                    self.at += 1;
                    return Ok(Filter::Alternative(boxed(left), boxed(self.binary(0)?)));
                }
                (1, "=" | "|=" | "+=" | "-=" | "*=" | "/=" | "%=" | "//=") => {
                    self.at += 1;
                    let right = self.binary(2)?;
                    return Ok(Filter::Update(&symbol[..symbol.len() - 1], boxed(left), boxed(right)));
                }
                (2, _) if word("or") => {
                    self.at += 1;
                    left = Filter::Or(boxed(left), boxed(self.binary(3)?));
                }
                (3, _) if word("and") => {
                    self.at += 1;
                    left = Filter::And(boxed(left), boxed(self.binary(4)?));
                }
                (4, "==" | "!=" | "<" | "<=" | ">" | ">=") => {
                    self.at += 1;
                    return Ok(Filter::Binary(symbol, boxed(left), boxed(self.binary(5)?)));
                }
                (5, "+" | "-") | (6, "*" | "/" | "%") => {
                    self.at += 1;
                    left = Filter::Binary(symbol, boxed(left), boxed(self.binary(level + 1)?));
                }
                _ => return Ok(left),
            }
        }
    }

    fn postfix(&mut self) -> Parsed {
        let mut term = self.term()?;
        loop {
            match self.peek().clone() {
                Token::Field(name) => {
                    self.at += 1;
                    term = Filter::Index(boxed(term), boxed(Filter::Literal(Json::text(name))));
                }
                Token::Symbol(".") if matches!(self.tokens.get(self.at + 1), Some(Token::Text(_))) => {
                    self.at += 1;
                    let Token::Text(pieces) = self.peek().clone() else { return Err(self.unexpected()) };
                    self.at += 1;
                    term = Filter::Index(boxed(term), boxed(self.text(None, pieces)?));
                }
                Token::Symbol(".") if matches!(self.tokens.get(self.at + 1), Some(Token::Symbol("["))) => self.at += 1,
                Token::Symbol("[") => term = self.bracket(term)?,
                Token::Symbol("?") => {
                    self.at += 1;
                    term = Filter::Try(boxed(term), None);
                }
                Token::Name(name) if name == "as" => {
                    self.at += 1;
                    let pattern = self.pattern()?;
                    self.need("|")?;
                    return Ok(Filter::Bind(boxed(term), pattern, boxed(self.pipe()?)));
                }
                _ => return Ok(term),
            }
        }
    }

    /// What stands in brackets after a term.
    fn bracket(&mut self, term: Filter) -> Parsed {
        self.need("[")?;
        if self.take("]") {
            return Ok(Filter::Iterate(boxed(term)));
        }
        if self.take(":") {
            let end = self.pipe()?;
            self.need("]")?;
            return Ok(Filter::Slice(boxed(term), None, Some(boxed(end))));
        }
        let key = self.pipe()?;
        if self.take(":") {
            let end = if self.is("]") { None } else { Some(boxed(self.pipe()?)) };
            self.need("]")?;
            return Ok(Filter::Slice(boxed(term), Some(boxed(key)), end));
        }
        self.need("]")?;
        Ok(Filter::Index(boxed(term), boxed(key)))
    }

    fn text(&mut self, format: Option<String>, pieces: Vec<Piece>) -> Parsed {
        let mut parts = Vec::new();
        for piece in pieces {
            parts.push(match piece {
                Piece::Text(text) => Part::Text(text),
                Piece::Tokens(tokens) => {
                    let mut inner = Parser { tokens, at: 0, depth: self.depth + 1 };
                    let filter = inner.pipe()?;
                    if inner.peek() != &Token::End {
                        return Err(inner.unexpected());
                    }
                    Part::Filter(filter)
                }
            });
        }
        match parts.as_slice() {
            [Part::Text(text)] => Ok(Filter::Literal(Json::text(text))),
            _ => Ok(Filter::Text(format, parts)),
        }
    }

    /// A term without what may follow it: the source of `reduce`, the body of `try`.
    fn term(&mut self) -> Parsed {
        let token = self.peek().clone();
        self.at += 1;
        match token {
            Token::Number(number) => Ok(Filter::Literal(Json::Number(number))),
            Token::Text(pieces) => self.text(None, pieces),
            Token::Format(name) => match self.peek().clone() {
                Token::Text(pieces) => {
                    self.at += 1;
                    self.text(Some(name), pieces)
                }
                _ => Ok(Filter::Format(name)),
            },
            Token::Field(name) => Ok(Filter::Index(boxed(Filter::Identity), boxed(Filter::Literal(Json::text(name))))),
            Token::Variable(name) if name == "__loc__" => {
                let entries = vec![("file".into(), Json::text("<top-level>")), ("line".into(), Json::Number(1.0))];
                Ok(Filter::Literal(Json::object(entries)))
            }
            Token::Variable(name) => Ok(Filter::Variable(name)),
            Token::Symbol("..") => Ok(Filter::Descend),
            Token::Symbol(".") => match self.peek().clone() {
                Token::Text(pieces) => {
                    self.at += 1;
                    let key = self.text(None, pieces)?;
                    Ok(Filter::Index(boxed(Filter::Identity), boxed(key)))
                }
                _ => Ok(Filter::Identity),
            },
            Token::Symbol("(") => {
                let inner = self.pipe()?;
                self.need(")")?;
                Ok(inner)
            }
            Token::Symbol("[") => {
                if self.take("]") {
                    return Ok(Filter::Array(None));
                }
                let inner = self.pipe()?;
                self.need("]")?;
                Ok(Filter::Array(Some(boxed(inner))))
            }
            Token::Symbol("{") => self.object(),
            Token::Symbol("-") => {
                let inner = self.postfix()?;
                Ok(Filter::Negate(boxed(inner)))
            }
            Token::Name(name) => self.named(name),
            _ => {
                self.at -= 1;
                Err(self.unexpected())
            }
        }
    }

    fn object(&mut self) -> Parsed {
        let mut entries = Vec::new();
        while !self.take("}") {
            let token = self.peek().clone();
            self.at += 1;
            let here = |name: &str| Filter::Index(boxed(Filter::Identity), boxed(Filter::Literal(Json::text(name))));
            let (key, default) = match token {
                Token::Name(name) => (Filter::Literal(Json::text(&name)), Some(here(&name))),
                Token::Variable(name) if name == "__loc__" => {
                    self.at -= 1;
                    (Filter::Literal(Json::text("__loc__")), Some(self.term()?))
                }
                Token::Variable(name) => (Filter::Literal(Json::text(&name)), Some(Filter::Variable(name))),
                Token::Number(number) => (Filter::Literal(Json::Number(number)), None),
                Token::Text(pieces) => {
                    let key = self.text(None, pieces)?;
                    (key.clone(), Some(Filter::Index(boxed(Filter::Identity), boxed(key))))
                }
                Token::Format(name) => {
                    let Token::Text(pieces) = self.peek().clone() else { return Err(self.unexpected()) };
                    self.at += 1;
                    let key = self.text(Some(name), pieces)?;
                    (key.clone(), Some(Filter::Index(boxed(Filter::Identity), boxed(key))))
                }
                Token::Symbol("(") => {
                    let key = self.pipe()?;
                    self.need(")")?;
                    (key, None)
                }
                _ => {
                    self.at -= 1;
                    return Err(self.unexpected());
                }
            };
            let value = if self.take(":") {
                let mut value = self.binary(0)?;
                while self.take("|") {
                    value = Filter::Pipe(boxed(value), boxed(self.binary(0)?));
                }
                value
            } else {
                match default {
                    Some(value) => value,
                    None => return Err(self.unexpected()),
                }
            };
            entries.push((key, value));
            if !self.take(",") {
                self.need("}")?;
                break;
            }
        }
        Ok(Filter::Object(entries))
    }

    fn named(&mut self, name: String) -> Parsed {
        match name.as_str() {
            "if" => self.condition(),
            "try" => {
                let body = self.handled()?;
                let catch = if self.take_word("catch") { Some(boxed(self.handled()?)) } else { None };
                Ok(Filter::Try(boxed(body), catch))
            }
            "reduce" | "foreach" => {
                let source = self.source()?;
                self.need_word("as")?;
                let pattern = self.pattern()?;
                self.need("(")?;
                let start = boxed(self.pipe()?);
                self.need(";")?;
                let update = boxed(self.pipe()?);
                if name == "reduce" {
                    self.need(")")?;
                    return Ok(Filter::Reduce(boxed(source), pattern, start, update));
                }
                let extract = if self.take(";") { Some(boxed(self.pipe()?)) } else { None };
                self.need(")")?;
                Ok(Filter::Foreach(boxed(source), pattern, start, update, extract))
            }
            "def" => {
                let function = self.definition()?;
                Ok(Filter::Define(Rc::new(function), boxed(self.pipe()?)))
            }
            "break" => {
                let Token::Variable(label) = self.peek().clone() else { return Err(self.unexpected()) };
                self.at += 1;
                Ok(Filter::Break(label))
            }
            word if KEYWORDS.contains(&word) => {
                self.at -= 1;
                Err(self.unexpected())
            }
            _ => {
                let mut arguments = Vec::new();
                if self.take("(") {
                    loop {
                        arguments.push(self.pipe()?);
                        if !self.take(";") {
                            break;
                        }
                    }
                    self.need(")")?;
                }
                Ok(Filter::Call(name, arguments))
            }
        }
    }

    /// A term with its brackets and fields, but no `as` behind it.
    fn source(&mut self) -> Parsed {
        let mut term = self.term()?;
        loop {
            match self.peek().clone() {
                Token::Field(name) => {
                    self.at += 1;
                    term = Filter::Index(boxed(term), boxed(Filter::Literal(Json::text(name))));
                }
                Token::Symbol("[") => term = self.bracket(term)?,
                Token::Symbol("?") => {
                    self.at += 1;
                    term = Filter::Try(boxed(term), None);
                }
                _ => return Ok(term),
            }
        }
    }

    /// The body of `try` and `catch`.
    fn handled(&mut self) -> Parsed {
        self.source()
    }

    fn condition(&mut self) -> Parsed {
        let condition = self.pipe()?;
        self.need_word("then")?;
        let yes = self.pipe()?;
        let no = if self.take_word("elif") {
            Some(boxed(self.condition()?))
        } else if self.take_word("else") {
            let no = self.pipe()?;
            self.need_word("end")?;
            Some(boxed(no))
        } else {
            self.need_word("end")?;
            None
        };
        Ok(Filter::If(boxed(condition), boxed(yes), no))
    }
}
