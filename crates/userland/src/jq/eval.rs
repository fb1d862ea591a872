//! Running a jq program: each filter hands the values it gives to whoever asked, one after the other.

use std::rc::Rc;

use super::bind::Scope;
use super::item::{Item, Path};
use super::json::Json;
use super::tree::{Filter, Part};
use super::{formats, operators, paths, values};

/// Most steps one input may take.
const FUEL: u64 = 4_000_000;
/// Deepest nesting of filters that run.
const DEPTH_LIMIT: usize = 700;

/// Why no more values come.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    /// `error(x)`, or what went wrong.
    Error(Json),
    /// `break $label`, by the label's number.
    Break(u64),
    /// `halt`, with the status and what is to be said.
    Halt(i32, Option<Json>),
    /// The program is not worth going on with.
    Limit(&'static str),
}

/// Whether to go on.
pub(super) type Flow = Result<(), Stop>;

/// An error with a sentence.
pub(super) fn error<T>(text: impl AsRef<str>) -> Result<T, Stop> {
    Err(Stop::Error(Json::text(text)))
}

/// Takes the values that a filter gives.
pub(super) type Out<'a> = &'a mut dyn FnMut(&mut Machine, Item) -> Flow;

/// What a program's run shares.
pub(super) struct Machine {
    /// Steps left.
    pub fuel: u64,
    depth: usize,
    labels: u64,
    /// The inputs that are left; `Err` is what is wrong with the text.
    pub inputs: std::collections::VecDeque<Result<Json, String>>,
    /// What `debug` and `stderr` say.
    pub said: String,
    /// `$ENV`.
    pub environment: Json,
    /// The time.
    pub now: sim::Time,
    /// The functions written in jq that were used, read.
    pub defined: std::collections::BTreeMap<&'static str, Rc<Filter>>,
}

impl Machine {
    /// Before any input.
    pub(super) fn new(environment: Json, now: sim::Time) -> Self {
        let (inputs, said, defined) = Default::default();
        Machine { fuel: FUEL, depth: 0, labels: 0, inputs, said, environment, now, defined }
    }

    /// All values of one input.
    pub(super) fn run_all(
        &mut self,
        filter: &Filter,
        scope: &Rc<Scope>,
        input: Json,
        out: &mut dyn FnMut(&mut Machine, Json) -> Flow,
    ) -> Flow {
        self.fuel = FUEL;
        self.run(filter, scope, Item { value: input, path: Path::Untracked }, &mut |machine, item| {
            out(machine, item.value)
        })
    }

    /// The values that a filter gives for one value, together.
    pub(super) fn values(&mut self, filter: &Filter, scope: &Rc<Scope>, input: &Json) -> Result<Vec<Json>, Stop> {
        let mut values = Vec::new();
        self.each(filter, scope, input, &mut |_, value| {
            values.push(value);
            Ok(())
        })?;
        Ok(values)
    }

    /// Hands on the values that a filter gives for a value; nobody asks where they were found.
    pub(super) fn each(
        &mut self,
        filter: &Filter,
        scope: &Rc<Scope>,
        input: &Json,
        out: &mut dyn FnMut(&mut Machine, Json) -> Flow,
    ) -> Flow {
        let item = Item { value: input.clone(), path: Path::Untracked };
        self.run(filter, scope, item, &mut |machine, item| out(machine, item.value))
    }

    /// The paths that a filter gives.
    pub(super) fn paths(&mut self, filter: &Filter, scope: &Rc<Scope>, input: &Json) -> Result<Vec<Vec<Json>>, Stop> {
        let mut paths = Vec::new();
        let item = Item { value: input.clone(), path: Path::At(None) };
        self.run(filter, scope, item, &mut |_, item| match item.path.keys() {
            Some(keys) => {
                paths.push(keys);
                Ok(())
            }
            None => error(format!("Invalid path expression with result {}", values::short(&item.value))),
        })?;
        Ok(paths)
    }

    /// Hands on what a filter gives for an item.
    pub(super) fn run(&mut self, filter: &Filter, scope: &Rc<Scope>, item: Item, out: Out) -> Flow {
        self.fuel = self.fuel.checked_sub(1).ok_or(Stop::Limit("the program takes too many steps"))?;
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            self.depth -= 1;
            return Err(Stop::Limit("the program is nested too deeply"));
        }
        let flow = self.run_in(filter, scope, item, out);
        self.depth -= 1;
        flow
    }

    /// Hands on a value that was made.
    pub(super) fn give(&mut self, from: &Path, value: Json, out: Out) -> Flow {
        let path = from.made();
        out(self, Item { value, path })
    }

    /// Hands on the value under a key.
    pub(super) fn give_at(&mut self, item: &Item, key: &Json, out: Out) -> Flow {
        let Ok(path) = item.path.then(key) else {
            let text = values::short(&item.value);
            return error(format!("Invalid path expression with result {text}"));
        };
        let value = paths::index(&item.value, key)?;
        out(self, Item { value, path })
    }

    fn run_in(&mut self, filter: &Filter, scope: &Rc<Scope>, item: Item, out: Out) -> Flow {
        match filter {
            Filter::Identity => out(self, item),
            Filter::Descend => self.descend(item, out),
            Filter::Index(target, key) => {
                let input = item.value.clone();
                self.run(target, scope, item, &mut |machine, found| {
                    machine.each(key, scope, &input, &mut |machine, key| machine.give_at(&found, &key, out))
                })
            }
            Filter::Slice(target, from, to) => {
                let input = item.value.clone();
                let nothing = Filter::Literal(Json::Null);
                let (from, to) = (from.as_deref().unwrap_or(&nothing), to.as_deref().unwrap_or(&nothing));
                self.run(target, scope, item, &mut |machine, found| {
                    machine.each(to, scope, &input, &mut |machine, to| {
                        machine.each(from, scope, &input, &mut |machine, from| {
                            let key = Json::object(vec![("start".into(), from), ("end".into(), to.clone())]);
                            machine.give_at(&found, &key, out)
                        })
                    })
                })
            }
            Filter::Iterate(target) => self.run(target, scope, item, &mut |machine, found| machine.iterate(found, out)),
            Filter::Literal(value) => self.give(&item.path, value.clone(), out),
            Filter::Text(format, parts) => {
                let format = format.as_deref().unwrap_or("text");
                self.text(format, parts, scope, &item, String::new(), out)
            }
            Filter::Format(name) => {
                let text = formats::format(name, &item.value)?;
                self.give(&item.path, Json::text(text), out)
            }
            Filter::Array(inner) => {
                let items = match inner {
                    Some(inner) => self.values(inner, scope, &item.value)?,
                    None => Vec::new(),
                };
                self.give(&item.path, Json::array(items), out)
            }
            Filter::Object(entries) => self.object(entries, scope, &item, Json::object(Vec::new()), out),
            Filter::Negate(inner) => self.each(inner, scope, &item.value, &mut |machine, value| match value {
                Json::Number(number) => machine.give(&item.path, Json::Number(-number), out),
                value => error(format!("{} cannot be negated", values::described(&value))),
            }),
            Filter::Pipe(left, right) => {
                self.run(left, scope, item, &mut |machine, item| machine.run(right, scope, item, out))
            }
            Filter::Comma(left, right) => {
                self.run(left, scope, item.clone(), out)?;
                self.run(right, scope, item, out)
            }
            Filter::Binary(operator, left, right) => self.each(right, scope, &item.value, &mut |machine, right| {
                machine.each(left, scope, &item.value, &mut |machine, left| {
                    let value = operators::operate(operator, &left, &right)?;
                    machine.give(&item.path, value, out)
                })
            }),
            Filter::And(left, right) | Filter::Or(left, right) => {
                let decides = matches!(filter, Filter::Or(..));
                self.each(left, scope, &item.value, &mut |machine, left| {
                    if left.truth() == decides {
                        return machine.give(&item.path, Json::Bool(decides), out);
                    }
                    machine.each(right, scope, &item.value, &mut |machine, right| {
                        machine.give(&item.path, Json::Bool(right.truth()), out)
                    })
                })
            }
            Filter::Alternative(left, right) => {
                let mut any = false;
                let flow = self.run(left, scope, item.clone(), &mut |machine, found| {
                    if !found.value.truth() {
                        return Ok(());
                    }
                    any = true;
                    out(machine, found)
                });
                match flow {
                    Err(Stop::Error(_)) if !any => {}
                    Err(Stop::Error(_)) => return Ok(()),
                    flow => flow?,
                }
                if any { Ok(()) } else { self.run(right, scope, item, out) }
            }
            Filter::Update(operator, place, value) => self.update(operator, place, value, scope, &item, out),
            Filter::If(condition, yes, no) => {
                let input = item.value.clone();
                self.each(condition, scope, &input, &mut |machine, held| match (held.truth(), no) {
                    (true, _) => machine.run(yes, scope, item.clone(), out),
                    (false, Some(no)) => machine.run(no, scope, item.clone(), out),
                    (false, None) => out(machine, item.clone()),
                })
            }
            Filter::Try(body, catch) => {
                // What goes wrong behind it is not its business.
                let mut behind = None;
                let flow = self.run(body, scope, item.clone(), &mut |machine, found| {
                    let flow = out(machine, found);
                    if let Err(stop) = &flow {
                        behind = Some(stop.clone());
                    }
                    flow
                });
                match flow {
                    Err(_) if behind.is_some() => Err(behind.unwrap_or(Stop::Limit(""))),
                    Err(Stop::Error(value)) => match catch {
                        Some(catch) => self.run(catch, scope, Item { value, path: item.path.made() }, out),
                        None => Ok(()),
                    },
                    flow => flow,
                }
            }
            Filter::Reduce(source, pattern, start, update) => {
                for start in self.values(start, scope, &item.value)? {
                    let mut state = Some(start);
                    self.each(source, scope, &item.value, &mut |machine, value| {
                        machine.bind(pattern, &value, scope, &item.value, &mut |machine, scope| {
                            // The last value counts; `empty` leaves nothing.
                            let before = state.take().unwrap_or(Json::Null);
                            let mut last = None;
                            machine.each(update, scope, &before, &mut |_, value| {
                                last = Some(value);
                                Ok(())
                            })?;
                            drop(before);
                            state = Some(last.unwrap_or(Json::Null));
                            Ok(())
                        })
                    })?;
                    self.give(&item.path, state.unwrap_or(Json::Null), out)?;
                }
                Ok(())
            }
            Filter::Foreach(source, pattern, start, update, extract) => {
                for start in self.values(start, scope, &item.value)? {
                    let mut state = start;
                    self.each(source, scope, &item.value, &mut |machine, value| {
                        machine.bind(pattern, &value, scope, &item.value, &mut |machine, scope| {
                            for next in machine.values(update, scope, &state.clone())? {
                                state = next.clone();
                                match extract {
                                    Some(extract) => machine.each(extract, scope, &next, &mut |machine, value| {
                                        machine.give(&item.path, value, out)
                                    })?,
                                    None => machine.give(&item.path, next, out)?,
                                }
                            }
                            Ok(())
                        })
                    })?;
                }
                Ok(())
            }
            Filter::Bind(source, pattern, body) => self.each(source, scope, &item.value, &mut |machine, value| {
                machine.bind(pattern, &value, scope, &item.value, &mut |machine, scope| {
                    machine.run(body, scope, item.clone(), out)
                })
            }),
            Filter::Define(function, rest) => {
                let scope = Rc::new(Scope::Function(function.clone(), scope.clone()));
                self.run(rest, &scope, item, out)
            }
            Filter::Variable(name) => {
                let value = self.variable(name, scope)?;
                self.give(&item.path, value, out)
            }
            Filter::Label(name, body) => {
                self.labels += 1;
                let number = self.labels;
                let scope = Rc::new(Scope::Label(name.clone(), number, scope.clone()));
                match self.run(body, &scope, item, out) {
                    Err(Stop::Break(broken)) if broken == number => Ok(()),
                    flow => flow,
                }
            }
            Filter::Break(name) => {
                let mut at = scope;
                loop {
                    at = match &**at {
                        Scope::Label(label, number, _) if label == name => return Err(Stop::Break(*number)),
                        Scope::Label(_, _, outer)
                        | Scope::Variable(_, _, outer)
                        | Scope::Function(_, outer)
                        | Scope::Closure(_, _, _, outer) => outer,
                        Scope::Empty => return error(format!("$*label-{name} is not defined")),
                    };
                }
            }
            Filter::Call(name, arguments) => self.call(name, arguments, scope, item, out),
        }
    }

    /// A fresh label: `first`, `limit` and the like leave by it.
    pub(super) fn label(&mut self) -> u64 {
        self.labels += 1;
        self.labels
    }

    /// The value, then what is in it.
    pub(super) fn descend(&mut self, item: Item, out: Out) -> Flow {
        self.fuel = self.fuel.checked_sub(1).ok_or(Stop::Limit("the program takes too many steps"))?;
        out(self, item.clone())?;
        if matches!(item.value, Json::Array(_) | Json::Object(_)) {
            self.iterate(item, &mut |machine, inner| machine.descend(inner, out))?;
        }
        Ok(())
    }

    /// The elements of a value.
    pub(super) fn iterate(&mut self, item: Item, out: Out) -> Flow {
        match &item.value {
            Json::Array(items) => {
                for at in 0..items.len() {
                    self.give_at(&item, &Json::Number(at as f64), out)?;
                }
                Ok(())
            }
            Json::Object(entries) => {
                for (key, _) in entries.iter() {
                    self.give_at(&item, &Json::Text(key.clone()), out)?;
                }
                Ok(())
            }
            value => error(format!("Cannot iterate over {}", values::described_or_null(value))),
        }
    }

    fn text(&mut self, format: &str, parts: &[Part], scope: &Rc<Scope>, item: &Item, so_far: String, out: Out) -> Flow {
        match parts.split_first() {
            None => self.give(&item.path, Json::text(so_far), out),
            Some((Part::Text(text), rest)) => self.text(format, rest, scope, item, so_far + text, out),
            Some((Part::Filter(filter), rest)) => self.each(filter, scope, &item.value, &mut |machine, value| {
                let text = formats::format(format, &value)?;
                machine.text(format, rest, scope, item, format!("{so_far}{text}"), out)
            }),
        }
    }

    fn object(&mut self, entries: &[(Filter, Filter)], scope: &Rc<Scope>, item: &Item, so_far: Json, out: Out) -> Flow {
        let Some(((key, value), rest)) = entries.split_first() else { return self.give(&item.path, so_far, out) };
        self.each(key, scope, &item.value, &mut |machine, key| {
            let Json::Text(key) = &key else {
                return error(format!("Object keys must be strings, not {}", values::described(&key)));
            };
            machine.each(value, scope, &item.value, &mut |machine, value| {
                let Json::Object(entries) = &so_far else { return Ok(()) };
                machine.object(rest, scope, item, Json::with(entries, key, Some(value)), out)
            })
        })
    }
}
