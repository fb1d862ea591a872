//! Calls: awk's own functions, and the program's.

use super::machine::{Machine, Outcome, TEXT_LIMIT};
use super::tree::Expr;
use super::value::{Value, sprintf};

impl Machine {
    pub(super) fn call(&mut self, name: &str, arguments: &[Expr]) -> Outcome<Value> {
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
            self.arrays.insert(array, sim::order::collect(elements));
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
            "sprintf" => Value::Text(sprintf(&first.text(), values.get(1..).unwrap_or_default())?.into()),
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
}
