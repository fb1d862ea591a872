//! What expressions come to.

use std::rc::Rc;

use regex_lite::Regex;

use super::machine::{Machine, Outcome, TEXT_LIMIT};
use super::tree::Expr;
use super::value::{Value, arithmetic};

impl Machine {
    /// The pattern that an expression means on the right of `~`.
    pub(super) fn pattern(&mut self, expr: &Expr) -> Outcome<Rc<Regex>> {
        let text = match expr {
            Expr::Regex(text) => text.clone(),
            other => self.value(other)?.text().to_string(),
        };
        self.regex(&text)
    }

    pub(super) fn value(&mut self, expr: &Expr) -> Outcome<Value> {
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
}
