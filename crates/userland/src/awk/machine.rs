//! Running awk's statements and expressions.

use std::collections::BTreeMap;
use std::rc::Rc;

use machine::{FILE_LIMIT, Process};
use regex_lite::Regex;

use super::super::pattern::{Syntax, compile};
use super::effects::Streams;
use super::tree::{Expr, Function, Statement, To};
use super::value::{Value, arithmetic, sprintf, text_of_number};

/// Where a statement leads.
#[allow(missing_docs)]
pub enum Flow {
    On,
    Next,
    Exit,
    Break,
    Continue,
    Return(Value),
}

/// The longest string.
const TEXT_LIMIT: usize = 1 << 20;
/// The most bytes that all variables and arrays hold together, and all that is printed into files.
const HELD_LIMIT: usize = 64 << 20;
/// What a step of the program costs, in bytes that are worked on.
const STEP: u64 = 16;
/// Between two pauses so much is worked on, if one statement does not take more.
const UNBROKEN: u64 = 32 * 1024;
/// Output is handed on when there is so much of it.
const OUTPUT: usize = 32 * 1024;

/// The program's state: variables, arrays, the record with its fields, what was printed.
#[allow(missing_docs)]
pub struct Machine {
    pub variables: BTreeMap<String, Value>,
    pub arrays: BTreeMap<String, BTreeMap<String, Value>>,
    /// `$0` and the fields.
    pub record: Rc<str>,
    pub fields: Vec<Rc<str>>,
    pub out: Vec<u8>,
    /// What `print > file` wrote, and whether the file is to be replaced.
    pub files: BTreeMap<String, (Vec<u8>, bool)>,
    pub regexes: BTreeMap<String, Rc<Regex>>,
    /// The steps the record may still take.
    pub fuel: u64,
    /// Bytes worked on since the last pause.
    pub spent: u64,
    /// Bytes in variables, arrays and [`Machine::files`].
    pub held: usize,
    pub status: i32,
    pub seed: u64,
    pub functions: BTreeMap<String, Rc<Function>>,
    /// What the parameters of the running functions mean that are arrays, a map per function.
    pub aliases: Vec<BTreeMap<String, String>>,
    /// The commands and files that are read and written.
    pub streams: Streams,
}

/// A result, or awk's sentence.
pub type Outcome<T> = Result<T, String>;

/// Statements that run.
type Running<'a> = std::pin::Pin<Box<dyn Future<Output = Outcome<Flow>> + 'a>>;

impl Machine {
    pub fn text_variable(&self, name: &str, default: &str) -> Rc<str> {
        self.variables.get(name).map_or_else(|| default.into(), Value::text)
    }

    pub fn set_record(&mut self, record: &str) -> Outcome<()> {
        self.record = record.into();
        let separator = self.text_variable("FS", " ");
        self.fields = self.split(record, &separator)?;
        self.variables.insert("NF".into(), Value::Number(self.fields.len() as f64));
        Ok(())
    }

    fn split(&mut self, text: &str, separator: &str) -> Outcome<Vec<Rc<str>>> {
        if text.is_empty() {
            return Ok(Vec::new());
        }
        if separator == " " {
            return Ok(text.split([' ', '\t', '\n']).filter(|part| !part.is_empty()).map(Into::into).collect());
        }
        let mut chars = separator.chars();
        if let (Some(one), None) = (chars.next(), chars.next())
            && one != '\\'
        {
            return Ok(text.split(one).map(Into::into).collect());
        }
        if separator.is_empty() {
            return Ok(text.chars().map(|c| c.to_string().into()).collect());
        }
        let regex = self.regex(separator)?;
        Ok(regex.split(text).map(Into::into).collect())
    }

    fn regex(&mut self, pattern: &str) -> Outcome<Rc<Regex>> {
        if let Some(regex) = self.regexes.get(pattern) {
            return Ok(regex.clone());
        }
        let regex = compile(pattern, Syntax::Extended, false)
            .map_err(|error| format!("regular expression compile failed ({error})\n{pattern}"))?;
        let regex = Rc::new(regex);
        if self.regexes.len() < 200 {
            self.regexes.insert(pattern.to_owned(), regex.clone());
        }
        Ok(regex)
    }

    fn rebuild(&mut self) {
        let separator = self.text_variable("OFS", " ");
        let record: Vec<&str> = self.fields.iter().map(|field| &**field).collect();
        self.record = record.join(&separator).into();
        self.variables.insert("NF".into(), Value::Number(self.fields.len() as f64));
    }

    /// The array that a name means here.
    pub fn array(&self, name: &str) -> String {
        self.aliases.last().and_then(|aliases| aliases.get(name)).map_or_else(|| name.to_owned(), String::clone)
    }

    fn field(&self, index: f64) -> Outcome<Value> {
        if index < 0.0 {
            return Err(format!("negative field index ${index}"));
        }
        Ok(match index as usize {
            0 => Value::Input(self.record.clone()),
            at => self.fields.get(at - 1).map_or(Value::Nothing, |field| Value::Input(field.clone())),
        })
    }

    pub fn assign(&mut self, place: &Expr, value: Value) -> Outcome<()> {
        match place {
            Expr::Variable(name) => {
                let is_nf = name == "NF";
                let count = value.number();
                let new = value.length();
                let old = self.variables.insert(name.clone(), value);
                self.hold(new, old.map_or(0, |old| old.length()))?;
                if is_nf {
                    self.fields.resize((count.max(0.0) as usize).min(10_000), "".into());
                    self.rebuild();
                }
            }
            Expr::Element(name, index) => {
                let key = self.key(index)?;
                let array = self.arrays.entry(self.array(name)).or_default();
                if array.len() > 200_000 {
                    return Err("an array grew too large".to_owned());
                }
                let new = key.len() + value.length();
                let length = key.len();
                let old = array.insert(key, value);
                self.hold(new, old.map_or(0, |old| length + old.length()))?;
            }
            Expr::Field(index) => {
                let at = self.value(index)?.number();
                if !(0.0..=10_000.0).contains(&at) {
                    return Err(format!("cannot set field ${at}"));
                }
                match at as usize {
                    0 => self.set_record(&value.text())?,
                    at => {
                        if self.fields.len() < at {
                            self.fields.resize(at, "".into());
                        }
                        self.fields[at - 1] = value.text();
                        self.rebuild();
                    }
                }
            }
            _ => return Err("that cannot be assigned to".to_owned()),
        }
        Ok(())
    }

    fn key(&mut self, index: &[Expr]) -> Outcome<String> {
        let mut parts = Vec::new();
        for part in index {
            parts.push(self.value(part)?.text().to_string());
        }
        Ok(parts.join("\u{1c}"))
    }

    /// Notes that something is held in the place of something else.
    fn hold(&mut self, new: usize, old: usize) -> Outcome<()> {
        self.held = (self.held + new).saturating_sub(old);
        if self.held > HELD_LIMIT { Err("out of memory".to_owned()) } else { Ok(()) }
    }

    /// Notes work on a text.
    fn work(&mut self, length: usize) {
        self.spent += length as u64;
    }

    /// Hands on what was printed, and takes the time for what was done.
    async fn pause(&mut self, p: &Process) {
        if self.out.len() > OUTPUT {
            let out = std::mem::take(&mut self.out);
            p.write(1, &out).await;
        }
        if self.spent > UNBROKEN {
            p.work(std::mem::take(&mut self.spent)).await;
        }
    }

    fn spend(&mut self) -> Outcome<()> {
        self.spent += STEP;
        self.fuel = self.fuel.checked_sub(1).ok_or("the program takes too many steps")?;
        Ok(())
    }

    /// The pattern that an expression means on the right of `~`.
    fn pattern(&mut self, expr: &Expr) -> Outcome<Rc<Regex>> {
        let text = match expr {
            Expr::Regex(text) => text.clone(),
            other => self.value(other)?.text().to_string(),
        };
        self.regex(&text)
    }

    pub fn value(&mut self, expr: &Expr) -> Outcome<Value> {
        self.spend()?;
        Ok(match expr {
            Expr::Number(number) => Value::Number(*number),
            Expr::Text(text) => Value::Text(text.as_str().into()),
            Expr::Regex(text) => {
                let regex = self.regex(text)?;
                Value::Number(f64::from(u8::from(regex.is_match(&self.record))))
            }
            Expr::Variable(name) => self.variables.get(name).cloned().unwrap_or(Value::Nothing),
            Expr::Element(name, index) => {
                let key = self.key(index)?;
                let array = self.array(name);
                self.arrays.entry(array).or_default().entry(key).or_insert(Value::Nothing).clone()
            }
            Expr::Field(index) => {
                let at = self.value(index)?.number();
                self.field(at)?
            }
            Expr::Assign(place, operator, value) => {
                let mut value = self.value(value)?;
                if !operator.is_empty() {
                    let before = self.value(place)?.number();
                    value = Value::Number(arithmetic(operator, before, value.number())?);
                }
                self.assign(place, value.clone())?;
                value
            }
            Expr::Choose(condition, yes, no) => {
                let chosen = if self.value(condition)?.truth() { yes } else { no };
                self.value(chosen)?
            }
            Expr::Binary(operator, left, right) => match *operator {
                "||" => Value::Number(f64::from(u8::from(self.value(left)?.truth() || self.value(right)?.truth()))),
                "&&" => Value::Number(f64::from(u8::from(self.value(left)?.truth() && self.value(right)?.truth()))),
                " " => {
                    let left = self.value(left)?.text();
                    let right = self.value(right)?.text();
                    if left.len() + right.len() > TEXT_LIMIT {
                        return Err("a string grew too long".to_owned());
                    }
                    // Text that is only copied is quickly done.
                    self.work((left.len() + right.len()) / 64);
                    Value::Text(format!("{left}{right}").into())
                }
                "<" | "<=" | "==" | "!=" | ">" | ">=" => {
                    let (left, right) = (self.value(left)?, self.value(right)?);
                    let order = if left.is_numeric() && right.is_numeric() {
                        left.number().total_cmp(&right.number())
                    } else {
                        left.text().cmp(&right.text())
                    };
                    let holds = match *operator {
                        "<" => order.is_lt(),
                        "<=" => order.is_le(),
                        "==" => order.is_eq(),
                        "!=" => order.is_ne(),
                        ">" => order.is_gt(),
                        _ => order.is_ge(),
                    };
                    Value::Number(f64::from(u8::from(holds)))
                }
                operator => {
                    let (left, right) = (self.value(left)?.number(), self.value(right)?.number());
                    Value::Number(arithmetic(operator, left, right)?)
                }
            },
            Expr::Match(text, pattern, negate) => {
                let text = self.value(text)?.text();
                self.work(text.len());
                let found = self.pattern(pattern)?.is_match(&text);
                Value::Number(f64::from(u8::from(found != *negate)))
            }
            Expr::In(index, array) => {
                let key = self.key(index)?;
                let there = self.arrays.get(&self.array(array)).is_some_and(|array| array.contains_key(&key));
                Value::Number(f64::from(u8::from(there)))
            }
            Expr::Unary('!', inner) => Value::Number(f64::from(u8::from(!self.value(inner)?.truth()))),
            Expr::Unary('-', inner) => Value::Number(-self.value(inner)?.number()),
            Expr::Unary('+', inner) => Value::Number(self.value(inner)?.number()),
            Expr::Unary(_, inner) => self.value(inner)?,
            Expr::Step(place, step, before) => {
                let old = self.value(place)?.number();
                self.assign(place, Value::Number(old + step))?;
                Value::Number(if *before { old + step } else { old })
            }
            Expr::Call(name, arguments) => self.call(name, arguments)?,
            Expr::Input(text) => Value::Input(text.as_str().into()),
            Expr::Nothing => Value::Nothing,
            Expr::Own(name, _) => return Err(format!("function {name} cannot be called there")),
            Expr::Getline(..) => return Err("getline cannot stand there".to_owned()),
        })
    }

    fn call(&mut self, name: &str, arguments: &[Expr]) -> Outcome<Value> {
        if let ("length", [Expr::Variable(array)]) = (name, arguments)
            && let Some(array) = self.arrays.get(&self.array(array))
        {
            return Ok(Value::Number(array.len() as f64));
        }
        if matches!(name, "sub" | "gsub") {
            return self.substitute(name == "gsub", arguments);
        }
        if name == "split" {
            let [text, Expr::Variable(array), rest @ ..] = arguments else {
                return Err("split: wrong arguments".to_owned());
            };
            let text = self.value(text)?.text();
            let parts = match rest.first() {
                Some(Expr::Regex(pattern)) if pattern != " " => {
                    let regex = self.regex(pattern)?;
                    if text.is_empty() { Vec::new() } else { regex.split(&text).map(Into::into).collect() }
                }
                Some(separator) => {
                    let separator = self.value(separator)?.text();
                    self.split(&text, &separator)?
                }
                None => {
                    let separator = self.text_variable("FS", " ");
                    self.split(&text, &separator)?
                }
            };
            let count = parts.len();
            let elements = parts.into_iter().enumerate().map(|(at, part)| ((at + 1).to_string(), Value::Input(part)));
            let array = self.array(array);
            self.arrays.insert(array, sim::order::gather(elements));
            return Ok(Value::Number(count as f64));
        }
        if name == "match" {
            let [text, pattern, ..] = arguments else { return Err("match: wrong arguments".to_owned()) };
            let text = self.value(text)?.text();
            let regex = self.pattern(pattern)?;
            let found = regex.find(&text).map(|m| (text[..m.start()].chars().count() + 1, m.as_str().chars().count()));
            let (start, length) = found.map_or((0.0, -1.0), |(start, length)| (start as f64, length as f64));
            self.variables.insert("RSTART".into(), Value::Number(start));
            self.variables.insert("RLENGTH".into(), Value::Number(length));
            return Ok(Value::Number(start));
        }
        let mut values = Vec::new();
        for argument in arguments {
            values.push(self.value(argument)?);
        }
        let first = values.first().cloned().unwrap_or_else(|| Value::Input(self.record.clone()));
        self.work(first.length());
        let number = |at: usize| values.get(at).map_or(0.0, Value::number);
        Ok(match name {
            "length" => Value::Number(first.text().chars().count() as f64),
            "toupper" => Value::Text(first.text().to_uppercase().into()),
            "tolower" => Value::Text(first.text().to_lowercase().into()),
            "int" => Value::Number(first.number().trunc()),
            "sqrt" => Value::Number(first.number().sqrt()),
            "log" => Value::Number(first.number().ln()),
            "exp" => Value::Number(first.number().exp()),
            "sin" => Value::Number(first.number().sin()),
            "cos" => Value::Number(first.number().cos()),
            "atan2" => Value::Number(number(0).atan2(number(1))),
            "srand" => {
                let before = std::mem::replace(&mut self.seed, number(0).to_bits() | 1);
                Value::Number((before >> 32) as f64)
            }
            "rand" => {
                self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                Value::Number((self.seed >> 11) as f64 / (1u64 << 53) as f64)
            }
            "sprintf" => {
                let texts: Vec<String> = values.iter().skip(1).map(|value| value.text().to_string()).collect();
                Value::Text(sprintf(&first.text(), &texts)?.into())
            }
            "index" => {
                let (text, part) = (first.text(), values.get(1).map_or_else(|| "".into(), Value::text));
                Value::Number(text.find(&*part).map_or(0.0, |at| (text[..at].chars().count() + 1) as f64))
            }
            "substr" => {
                let text = first.text();
                let from = number(1).round();
                let to = if values.len() > 2 { from + number(2).round() } else { f64::INFINITY };
                let inside = |at: usize| (at as f64 + 1.0) >= from && (at as f64 + 1.0) < to;
                Value::Text(
                    text.chars().enumerate().filter(|(at, _)| inside(*at)).map(|(_, c)| c).collect::<String>().into(),
                )
            }
            other => return Err(format!("function {other} is not defined here")),
        })
    }

    fn substitute(&mut self, global: bool, arguments: &[Expr]) -> Outcome<Value> {
        let [pattern, replacement, rest @ ..] = arguments else { return Err("sub: wrong arguments".to_owned()) };
        let regex = self.pattern(pattern)?;
        let replacement = self.value(replacement)?.text();
        let record = Expr::Field(Box::new(Expr::Number(0.0)));
        let place = rest.first().unwrap_or(&record);
        let text = self.value(place)?.text();
        self.work(text.len());
        let (mut out, mut at, mut count) = (String::new(), 0, 0);
        for found in regex.find_iter(&text) {
            if found.start() == found.end() && found.start() == at && count > 0 && at > 0 {
                continue;
            }
            out.push_str(&text[at..found.start()]);
            let mut chars = replacement.chars().peekable();
            while let Some(c) = chars.next() {
                match c {
                    '\\' if matches!(chars.peek(), Some('&' | '\\')) => out.extend(chars.next()),
                    '&' => out.push_str(found.as_str()),
                    c => out.push(c),
                }
            }
            at = found.end();
            count += 1;
            if out.len() > TEXT_LIMIT {
                return Err("a string grew too long".to_owned());
            }
            if !global {
                break;
            }
        }
        if count > 0 {
            out.push_str(&text[at..]);
            self.assign(place, Value::Text(out.into()))?;
        }
        Ok(Value::Number(f64::from(count)))
    }

    fn emit(&mut self, text: &str, target: Option<&(Expr, To)>) -> Outcome<()> {
        self.work(text.len());
        match target {
            None => self.out.extend(text.bytes()),
            Some((target, To::Command)) => {
                let command = self.value(target)?.text().to_string();
                self.streams.write(command, text);
                self.hold(text.len(), 0)?;
            }
            Some((target, to)) => {
                let path = self.value(target)?.text().to_string();
                if path == "/dev/stdout" {
                    self.out.extend(text.bytes());
                    return Ok(());
                }
                let replace = *to == To::File;
                let file = self.files.entry(path).or_insert((Vec::new(), replace));
                file.0.extend(text.bytes());
                if file.0.len() > FILE_LIMIT as usize {
                    return Err("write failure (File too large)".to_owned());
                }
                self.hold(text.len(), 0)?;
            }
        }
        Ok(())
    }

    /// Runs statements, with a pause now and then.
    pub fn run<'a>(&'a mut self, p: &'a Process, statements: &'a [Statement]) -> Running<'a> {
        Box::pin(async move {
            for statement in statements {
                self.spend()?;
                self.pause(p).await;
                let flow = match statement {
                    Statement::Expression(expr) => {
                        self.value_of(p, expr).await?;
                        Flow::On
                    }
                    Statement::Print(values, target) => {
                        let mut texts = Vec::new();
                        for value in values {
                            let value = self.value_of(p, value).await?;
                            texts.push(match value {
                                Value::Number(number) => text_of_number(number, &self.text_variable("OFMT", "%.6g")),
                                value => value.text().to_string(),
                            });
                        }
                        if values.is_empty() {
                            texts.push(self.record.to_string());
                        }
                        let (ofs, ors) = (self.text_variable("OFS", " "), self.text_variable("ORS", "\n"));
                        self.emit(&format!("{}{ors}", texts.join(&ofs)), target.as_ref())?;
                        Flow::On
                    }
                    Statement::Printf(values, target) => {
                        let mut texts = Vec::new();
                        for value in values {
                            texts.push(self.value_of(p, value).await?.text().to_string());
                        }
                        if texts.is_empty() {
                            return Err("no format for printf".to_owned());
                        }
                        let format = texts.remove(0);
                        self.emit(&sprintf(&format, &texts)?, target.as_ref())?;
                        Flow::On
                    }
                    Statement::If(condition, yes, no) => {
                        let chosen = if self.value_of(p, condition).await?.truth() { yes } else { no };
                        self.run(p, chosen).await?
                    }
                    Statement::Block(inner) => self.run(p, inner).await?,
                    Statement::Loop(condition, step, body, body_first) => {
                        let mut first = *body_first;
                        loop {
                            self.spend()?;
                            self.pause(p).await;
                            if let Some(condition) = condition.as_ref().filter(|_| !std::mem::take(&mut first))
                                && !self.value_of(p, condition).await?.truth()
                            {
                                break Flow::On;
                            }
                            match self.run(p, body).await? {
                                Flow::On | Flow::Continue => {}
                                Flow::Break => break Flow::On,
                                other => break other,
                            }
                            if let Some(step) = step {
                                self.run(p, std::slice::from_ref(&**step)).await?;
                            }
                        }
                    }
                    Statement::ForIn(name, array, body) => {
                        let mut keys: Vec<String> = self
                            .arrays
                            .get(&self.array(array))
                            .map(|a| a.keys().cloned().collect())
                            .unwrap_or_default();
                        // Numbers in their order: what people expect, though no awk promises it.
                        sim::order::sort_by(&mut keys, |a, b| match (a.parse::<f64>(), b.parse::<f64>()) {
                            (Ok(x), Ok(y)) => x.total_cmp(&y),
                            _ => a.cmp(b),
                        });
                        let mut flow = Flow::On;
                        for key in keys {
                            self.variables.insert(name.clone(), Value::Input(key.into()));
                            match self.run(p, body).await? {
                                Flow::On | Flow::Continue => {}
                                Flow::Break => break,
                                other => {
                                    flow = other;
                                    break;
                                }
                            }
                        }
                        flow
                    }
                    Statement::Next => Flow::Next,
                    Statement::Break => Flow::Break,
                    Statement::Continue => Flow::Continue,
                    Statement::Return(value) => Flow::Return(match value {
                        Some(value) => self.value_of(p, value).await?,
                        None => Value::Nothing,
                    }),
                    Statement::Exit(status) => {
                        if let Some(status) = status {
                            self.status = self.value_of(p, status).await?.number() as i32 & 255;
                        }
                        Flow::Exit
                    }
                    Statement::Delete(name, index) => {
                        match index {
                            Some(index) => {
                                let key = self.key(index)?;
                                let length = key.len();
                                let array = self.array(name);
                                let gone = self.arrays.get_mut(&array).and_then(|array| array.remove(&key));
                                self.hold(0, gone.map_or(0, |value| length + value.length()))?;
                            }
                            None => {
                                let gone = self.arrays.remove(&self.array(name)).unwrap_or_default();
                                self.hold(0, gone.iter().map(|(key, value)| key.len() + value.length()).sum())?;
                            }
                        }
                        Flow::On
                    }
                };
                if !matches!(flow, Flow::On) {
                    return Ok(flow);
                }
            }
            Ok(Flow::On)
        })
    }
}
