//! Assignments: of words, elements and whole arrays; for the shell, or for one command.

use std::collections::BTreeMap;

use brush_parser::ast::{Assignment, AssignmentName, AssignmentValue};

use super::state::{Flavour, Value, Variable};
use super::{Flow, Shell};

/// An assignment with its right side expanded.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    /// The variable.
    pub name: String,
    /// The subscript, unexpanded.
    pub index: Option<String>,
    /// What is assigned.
    pub value: Value,
    /// `+=`
    pub append: bool,
}

impl Shell {
    /// Expands an assignment's right side.
    pub(crate) async fn prepare_assignment(&mut self, assignment: &Assignment) -> Result<Prepared, Flow> {
        self.prepare_assignment_as(assignment, false).await
    }

    /// Likewise; `keyed` if the variable becomes an associative array.
    pub(super) async fn prepare_assignment_as(
        &mut self,
        assignment: &Assignment,
        keyed: bool,
    ) -> Result<Prepared, Flow> {
        let (name, index) = match &assignment.name {
            AssignmentName::VariableName(name) => (name.clone(), None),
            AssignmentName::ArrayElementName(name, index) => (name.clone(), Some(index.clone())),
        };
        let value = match &assignment.value {
            AssignmentValue::Scalar(word) => Value::Scalar(self.expand_assignment(&word.value).await?),
            AssignmentValue::Array(items) => {
                let known = self.state.variables.get(self.state.meant(&name)).map(|variable| &variable.value);
                let associative = keyed || matches!(known, Some(Value::Associative(_)));
                let (mut indexed, mut keyed, mut next) = (BTreeMap::new(), BTreeMap::new(), 0);
                let mut pending: Option<String> = None;
                for (key, word) in items {
                    match key {
                        Some(key) if associative => {
                            let key = self.expand_to_string(&key.value).await?;
                            keyed.insert(key, self.expand_to_string(&word.value).await?);
                        }
                        Some(key) => {
                            next = self.arithmetic(&key.value).await?;
                            indexed.insert(next, self.expand_to_string(&word.value).await?);
                            next += 1;
                        }
                        None if associative => {
                            // Words without subscripts are keys and values in turn.
                            let text = self.expand_to_string(&word.value).await?;
                            match pending.take() {
                                Some(key) => drop(keyed.insert(key, text)),
                                None => pending = Some(text),
                            }
                        }
                        None => {
                            for field in self.expand_word(word).await? {
                                indexed.insert(next, field);
                                next += 1;
                            }
                        }
                    }
                }
                if let Some(key) = pending {
                    keyed.insert(key, String::new());
                }
                if associative { Value::Associative(keyed) } else { Value::Indexed(indexed) }
            }
        };
        Ok(Prepared { name, index, value, append: assignment.append })
    }

    /// Assigns; false (having said why) if the variable is read-only.
    pub(crate) async fn assign(&mut self, prepared: Prepared) -> Result<bool, Flow> {
        let Prepared { name, index, value, append } = prepared;
        let name = self.state.meant(&name).to_owned();
        // An element of a large array costs no copy of the array.
        let current = self.state.variables.get(&name);
        let known = current.is_some();
        let associative = matches!(current.map(|v| &v.value), Some(Value::Associative(_)));
        let exported = current.is_some_and(|variable| variable.exported);
        let integer = current.is_some_and(|variable| variable.integer);
        if current.is_some_and(|variable| variable.read_only) {
            let what = if self.state.flavour == Flavour::Bash { "readonly variable" } else { "is read only" };
            self.complain(&format!("{name}: {what}")).await;
            return Ok(false);
        }
        match (index, value) {
            (Some(index), Value::Scalar(text)) => {
                if associative {
                    let key = self.expand_to_string(&index).await?;
                    if let Some(Value::Associative(items)) = self.state.variables.get_mut(&name).map(|v| &mut v.value) {
                        let old = if append { items.get(&key).cloned().unwrap_or_default() } else { String::new() };
                        items.insert(key, old + &text);
                    }
                    return Ok(true);
                }
                let mut at = self.arithmetic(&index).await?;
                let variable = self.state.variables.entry(name).or_insert_with(|| Variable::scalar(""));
                let mut items = match std::mem::replace(&mut variable.value, Value::Unset) {
                    Value::Indexed(items) => items,
                    Value::Scalar(old) if known => [(0, old)].into(),
                    _ => Default::default(),
                };
                if at < 0 {
                    at += items.last_key_value().map_or(0, |(last, _)| last + 1);
                }
                let old = if append { items.get(&at).cloned().unwrap_or_default() } else { String::new() };
                items.insert(at, old + &text);
                variable.value = Value::Indexed(items);
            }
            (_, Value::Scalar(mut text)) => {
                if integer {
                    let sum = if append { format!("{}+({text})", self.state.get(&name).unwrap_or("0")) } else { text };
                    text = self.arithmetic(&sum).await?.to_string();
                } else if append {
                    text = format!("{}{text}", self.state.get(&name).unwrap_or_default());
                }
                if text.len() > super::EXPANSION_LIMIT {
                    self.process.wants_endless_memory().await;
                    self.complain("cannot allocate memory").await;
                    return Ok(false);
                }
                self.state.set(&name, text);
            }
            (_, Value::Indexed(items)) => {
                let old = self.state.variables.get_mut(&name).filter(|_| append);
                let value = match old.map(|v| std::mem::replace(&mut v.value, Value::Unset)) {
                    Some(Value::Indexed(mut old)) => {
                        let start = old.last_key_value().map_or(0, |(last, _)| last + 1);
                        old.extend(items.into_iter().map(|(at, text)| (at + start, text)));
                        Value::Indexed(old)
                    }
                    Some(Value::Scalar(first)) => {
                        let mut all: BTreeMap<i64, String> = sim::order::collect([(0, first)]);
                        all.extend(items.into_iter().map(|(at, text)| (at + 1, text)));
                        Value::Indexed(all)
                    }
                    _ => Value::Indexed(items),
                };
                self.state.variables.insert(name, Variable { value, exported, ..Variable::scalar("") });
            }
            (_, Value::Associative(items)) => {
                let variable = self.state.variables.entry(name).or_insert_with(|| Variable::scalar(""));
                match &mut variable.value {
                    Value::Associative(old) if append => old.extend(items),
                    value => *value = Value::Associative(items),
                }
            }
            (_, value) => {
                self.state.variables.insert(name, Variable { value, ..Variable::scalar("") });
            }
        }
        Ok(true)
    }

    pub(crate) async fn assign_or_complain(&mut self, name: &str, value: String) -> bool {
        let set = self.state.set(name, value);
        if !set {
            self.complain(&format!("{name}: readonly variable")).await;
        }
        set
    }

    /// Sets variables for one command; gives what they hid.
    pub(super) async fn assign_for_command(
        &mut self,
        assignments: &[&Assignment],
    ) -> Result<Vec<(String, Option<Variable>)>, Flow> {
        let mut hidden = Vec::new();
        for assignment in assignments {
            let prepared = self.prepare_assignment(assignment).await?;
            hidden.push((prepared.name.clone(), self.state.variables.get(&prepared.name).cloned()));
            let name = prepared.name.clone();
            if !self.assign(prepared).await? {
                self.restore_variables(hidden);
                return Err(Flow::Abort(1));
            }
            if let Some(variable) = self.state.variables.get_mut(&name) {
                variable.exported = true;
            }
        }
        Ok(hidden)
    }

    pub(super) fn restore_variables(&mut self, hidden: Vec<(String, Option<Variable>)>) {
        for (name, old) in hidden.into_iter().rev() {
            match old {
                Some(variable) => drop(self.state.variables.insert(name, variable)),
                None => drop(self.state.variables.remove(&name)),
            }
        }
    }
}
