//! `place = value`, `place |= filter`, `place += value`.

use std::rc::Rc;

use super::bind::Scope;
use super::eval::{Flow, Machine, Out, Stop};
use super::item::Item;
use super::tree::Filter;
use super::{operators, paths};

impl Machine {
    /// `place = value`, `place |= filter`, `place += value`.
    pub(super) fn update(
        &mut self,
        operator: &str,
        place: &Filter,
        value: &Filter,
        scope: &Rc<Scope>,
        item: &Item,
        out: Out,
    ) -> Flow {
        if operator == "|" {
            let mut result = item.value.clone();
            let mut gone = Vec::new();
            for path in self.paths(place, scope, &item.value)? {
                let old = paths::get_path(&result, &path)?;
                // The first value counts; `empty` takes the place away.
                let label = self.label();
                let mut first = None;
                let flow = self.each(value, scope, &old, &mut |_, value| {
                    first = Some(value);
                    Err(Stop::Break(label))
                });
                match flow {
                    Err(Stop::Break(broken)) if broken == label => {}
                    flow => flow?,
                }
                match first {
                    Some(new) => result = paths::set_path(&result, &path, new)?,
                    None => gone.push(path),
                }
            }
            let result = paths::delete_paths(&result, gone)?;
            return self.give(&item.path, result, out);
        }
        for right in self.values(value, scope, &item.value)? {
            let mut result = item.value.clone();
            for path in self.paths(place, scope, &item.value)? {
                let new = match operator {
                    "" => right.clone(),
                    "//" => {
                        let old = paths::get_path(&result, &path)?;
                        if old.truth() { old } else { right.clone() }
                    }
                    operator => operators::operate(operator, &paths::get_path(&result, &path)?, &right)?,
                };
                result = paths::set_path(&result, &path, new)?;
            }
            self.give(&item.path, result, out)?;
        }
        Ok(())
    }
}
