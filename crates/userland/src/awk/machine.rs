//! The state of a running awk program: variables, arrays, the record and its fields.

use std::collections::BTreeMap;
use std::rc::Rc;

use machine::Process;
use regex_lite::Regex;

use super::super::pattern::{Syntax, compile};
use super::effects::Streams;
use super::tree::{Expr, Function};
use super::value::Value;

/// Where a statement leads.
pub(super) enum Flow {
    On,
    Next,
    Exit,
    Break,
    Continue,
    Return(Value),
}

/// The longest string.
pub(super) const TEXT_LIMIT: usize = 1 << 20;
/// The most bytes that all variables and arrays hold together, and all that is printed into files.
const HELD_LIMIT: usize = 64 << 20;
/// What a step of the program costs, in bytes that are worked on.
const STEP: u64 = 16;
/// Between two pauses so much is worked on, if one statement does not take more.
const UNBROKEN: u64 = 32 * 1024;
/// Output is handed on when there is so much of it.
const OUTPUT: usize = 32 * 1024;

/// The program's state: variables, arrays, the record with its fields, what was printed.
pub(super) struct Machine {
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
pub(super) type Outcome<T> = Result<T, String>;

impl Machine {
    pub(super) fn text_variable(&self, name: &str, default: &str) -> Rc<str> {
        self.variables.get(name).map_or_else(|| default.into(), Value::text)
    }

    pub(super) fn set_record(&mut self, record: &str) -> Outcome<()> {
        self.record = record.into();
        let separator = self.text_variable("FS", " ");
        self.fields = self.split(record, &separator)?;
        self.variables.insert("NF".into(), Value::Number(self.fields.len() as f64));
        Ok(())
    }

    pub(super) fn split(&mut self, text: &str, separator: &str) -> Outcome<Vec<Rc<str>>> {
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

    pub(super) fn regex(&mut self, pattern: &str) -> Outcome<Rc<Regex>> {
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
    pub(super) fn array(&self, name: &str) -> String {
        self.aliases.last().and_then(|aliases| aliases.get(name)).map_or_else(|| name.to_owned(), String::clone)
    }

    pub(super) fn field(&self, index: f64) -> Outcome<Value> {
        if index < 0.0 {
            return Err(format!("negative field index ${index}"));
        }
        Ok(match index as usize {
            0 => Value::Input(self.record.clone()),
            at => self.fields.get(at - 1).map_or(Value::Nothing, |field| Value::Input(field.clone())),
        })
    }

    pub(super) fn assign(&mut self, place: &Expr, value: Value) -> Outcome<()> {
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

    pub(super) fn key(&mut self, index: &[Expr]) -> Outcome<String> {
        let mut parts = Vec::new();
        for part in index {
            parts.push(self.value(part)?.text().to_string());
        }
        Ok(parts.join("\u{1c}"))
    }

    /// Notes that something is held in the place of something else.
    pub(super) fn hold(&mut self, new: usize, old: usize) -> Outcome<()> {
        self.held = (self.held + new).saturating_sub(old);
        if self.held > HELD_LIMIT { Err("out of memory".to_owned()) } else { Ok(()) }
    }

    /// Notes work on a text.
    pub(super) fn work(&mut self, length: usize) {
        self.spent += length as u64;
    }

    /// Hands on what was printed, and takes the time for what was done.
    pub(super) async fn pause(&mut self, p: &Process) {
        if self.out.len() > OUTPUT {
            let out = std::mem::take(&mut self.out);
            p.write(1, &out).await;
        }
        if self.spent > UNBROKEN {
            p.work(std::mem::take(&mut self.spent)).await;
        }
    }

    pub(super) fn spend(&mut self) -> Outcome<()> {
        self.spent += STEP;
        self.fuel = self.fuel.checked_sub(1).ok_or("the program takes too many steps")?;
        Ok(())
    }
}
