//! Running statements.

use machine::{FILE_LIMIT, Process};

use super::machine::{Flow, Machine, Outcome};
use super::tree::{Expr, Statement, To};
use super::value::{Value, sprintf, text_of_number};

/// Statements that run.
type Running<'a> = std::pin::Pin<Box<dyn Future<Output = Outcome<Flow>> + 'a>>;

impl Machine {
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
    pub(super) fn run<'a>(&'a mut self, p: &'a Process, statements: &'a [Statement]) -> Running<'a> {
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
                        let mut found = Vec::new();
                        for value in values {
                            found.push(self.value_of(p, value).await?);
                        }
                        let Some((format, rest)) = found.split_first() else {
                            return Err("no format for printf".to_owned());
                        };
                        self.emit(&sprintf(&format.text(), rest)?, target.as_ref())?;
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
