//! What names mean: variables, patterns, functions and their parameters.

use std::rc::Rc;

use super::eval::{Flow, Machine, Out, Stop, error};
use super::item::Item;
use super::json::Json;
use super::tree::{Filter, Function, Pattern};
use super::{builtins, paths};

/// What names mean.
#[derive(Clone, Debug)]
pub(super) enum Scope {
    Empty,
    Variable(String, Json, Rc<Scope>),
    Function(Rc<Function>, Rc<Scope>),
    /// A parameter: the filter, and what names mean in it.
    Closure(String, Rc<Filter>, Rc<Scope>, Rc<Scope>),
    Label(String, u64, Rc<Scope>),
}

impl Machine {
    pub(super) fn variable(&mut self, name: &str, scope: &Rc<Scope>) -> Result<Json, Stop> {
        let mut at = scope;
        loop {
            at = match &**at {
                Scope::Variable(known, value, _) if known == name => return Ok(value.clone()),
                Scope::Variable(_, _, outer)
                | Scope::Function(_, outer)
                | Scope::Closure(_, _, _, outer)
                | Scope::Label(_, _, outer) => outer,
                Scope::Empty if name == "ENV" => return Ok(self.environment.clone()),
                Scope::Empty => return error(format!("${name} is not defined")),
            };
        }
    }

    /// Binds what a pattern takes from a value.
    pub(super) fn bind(
        &mut self,
        pattern: &Pattern,
        value: &Json,
        scope: &Rc<Scope>,
        input: &Json,
        then: &mut dyn FnMut(&mut Machine, &Rc<Scope>) -> Flow,
    ) -> Flow {
        match pattern {
            Pattern::Variable(name) => {
                let scope = Rc::new(Scope::Variable(name.clone(), value.clone(), scope.clone()));
                then(self, &scope)
            }
            Pattern::Array(items) => self.bind_items(items, 0, value, scope, input, then),
            Pattern::Object(entries) => self.bind_entries(entries, value, scope, input, then),
        }
    }

    fn bind_items(
        &mut self,
        items: &[Pattern],
        at: usize,
        value: &Json,
        scope: &Rc<Scope>,
        input: &Json,
        then: &mut dyn FnMut(&mut Machine, &Rc<Scope>) -> Flow,
    ) -> Flow {
        let Some(pattern) = items.get(at) else { return then(self, scope) };
        let inner = paths::index(value, &Json::Number(at as f64))?;
        self.bind(pattern, &inner, scope, input, &mut |machine, scope| {
            machine.bind_items(items, at + 1, value, scope, input, then)
        })
    }

    fn bind_entries(
        &mut self,
        entries: &[(Filter, Option<String>, Option<Pattern>)],
        value: &Json,
        scope: &Rc<Scope>,
        input: &Json,
        then: &mut dyn FnMut(&mut Machine, &Rc<Scope>) -> Flow,
    ) -> Flow {
        let Some(((key, variable, pattern), rest)) = entries.split_first() else { return then(self, scope) };
        self.each(key, scope, input, &mut |machine, key| {
            let inner = paths::index(value, &key)?;
            let scope = match variable {
                Some(name) => Rc::new(Scope::Variable(name.clone(), inner.clone(), scope.clone())),
                None => scope.clone(),
            };
            match pattern {
                Some(pattern) => machine.bind(pattern, &inner, &scope, input, &mut |machine, scope| {
                    machine.bind_entries(rest, value, scope, input, then)
                }),
                None => machine.bind_entries(rest, value, &scope, input, then),
            }
        })
    }

    pub(super) fn call(&mut self, name: &str, arguments: &[Filter], scope: &Rc<Scope>, item: Item, out: Out) -> Flow {
        let mut at = scope.clone();
        loop {
            let outer = match &*at {
                Scope::Closure(known, filter, meaning, _) if known == name && arguments.is_empty() => {
                    return self.run(filter, meaning, item, out);
                }
                Scope::Function(function, _)
                    if function.name == name && function.parameters.len() == arguments.len() =>
                {
                    return self.apply(&function.clone(), 0, arguments, scope, at.clone(), item, out);
                }
                Scope::Closure(_, _, _, outer)
                | Scope::Function(_, outer)
                | Scope::Variable(_, _, outer)
                | Scope::Label(_, _, outer) => outer.clone(),
                Scope::Empty => return builtins::call(self, name, arguments, scope, item, out),
            };
            at = outer;
        }
    }

    /// Runs a function's body with its parameters bound, each value of a `$parameter` in turn.
    #[expect(clippy::too_many_arguments, reason = "two scopes: the caller's and the body's")]
    fn apply(
        &mut self,
        function: &Rc<Function>,
        at: usize,
        arguments: &[Filter],
        caller: &Rc<Scope>,
        inner: Rc<Scope>,
        item: Item,
        out: Out,
    ) -> Flow {
        let Some(parameter) = function.parameters.get(at) else { return self.run(&function.body, &inner, item, out) };
        let argument = &arguments[at];
        let closure = |name: &str, inner: Rc<Scope>| {
            Rc::new(Scope::Closure(name.to_owned(), Rc::new(argument.clone()), caller.clone(), inner))
        };
        match parameter.strip_prefix('$') {
            Some(name) => {
                let input = item.value.clone();
                self.each(argument, caller, &input, &mut |machine, value| {
                    let inner = Rc::new(Scope::Variable(name.to_owned(), value, closure(name, inner.clone())));
                    machine.apply(function, at + 1, arguments, caller, inner, item.clone(), out)
                })
            }
            None => self.apply(function, at + 1, arguments, caller, closure(parameter, inner), item, out),
        }
    }
}
