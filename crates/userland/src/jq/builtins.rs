//! Calls of the functions that jq brings.

use std::rc::Rc;

use super::bind::Scope;
use super::eval::{Flow, Machine, Out, Stop, error};
use super::item::{Item, Path};
use super::json::Json;
use super::library::{BEYOND, NATIVE, defined};
use super::regex::{captured, matches, substitute};
use super::tree::Filter;
use super::values::{array_of, number, text_of};
use super::{arrays, dates, math, paths, strings};

/// Calls a function that the program does not define.
pub(super) fn call(
    machine: &mut Machine,
    name: &str,
    arguments: &[Filter],
    scope: &Rc<Scope>,
    item: Item,
    out: Out,
) -> Flow {
    let key = format!("{name}/{}", arguments.len());
    let input = item.value.clone();
    match (name, arguments) {
        ("empty", []) => return Ok(()),
        ("select", [condition]) => {
            return machine.each(condition, scope, &input, &mut |machine, held| {
                if held.truth() { out(machine, item.clone()) } else { Ok(()) }
            });
        }
        ("recurse", [step]) => return recurse(machine, step, scope, item, out),
        ("first", [filter]) => {
            let label = machine.label();
            let flow = machine.run(filter, scope, item, &mut |machine, found| {
                out(machine, found)?;
                Err(Stop::Break(label))
            });
            return until(label, flow);
        }
        ("last", [filter]) => {
            let mut last = None;
            machine.run(filter, scope, item, &mut |_, found| {
                last = Some(found);
                Ok(())
            })?;
            return last.map_or(Ok(()), |last| out(machine, last));
        }
        ("limit", [count, filter]) => {
            for count in machine.values(count, scope, &input)? {
                let mut left = number(&count)?; // it is looked at after a value
                let label = machine.label();
                let flow = machine.run(filter, scope, item.clone(), &mut |machine, found| {
                    left -= 1.0;
                    out(machine, found)?;
                    if left > 0.0 { Ok(()) } else { Err(Stop::Break(label)) }
                });
                until(label, flow)?;
            }
            return Ok(());
        }
        ("getpath", [path]) => {
            for path in machine.values(path, scope, &input)? {
                let keys = array_of(&path, "Path must be specified as an array")?;
                let mut at = item.clone();
                for key in keys.iter() {
                    let mut next = None;
                    machine.give_at(&at, key, &mut |_, found| {
                        next = Some(found);
                        Ok(())
                    })?;
                    at = next.unwrap_or(at);
                }
                out(machine, at)?;
            }
            return Ok(());
        }
        ("error", []) => return Err(Stop::Error(input)),
        ("error", [what]) => {
            return machine.each(what, scope, &input, &mut |_, what| Err(Stop::Error(what)));
        }
        ("path", [filter]) => {
            for path in machine.paths(filter, scope, &input)? {
                machine.give(&item.path, Json::array(path), out)?;
            }
            return Ok(());
        }
        ("isempty", [filter]) => {
            let label = machine.label();
            let flow = machine.each(filter, scope, &input, &mut |_, _| Err(Stop::Break(label)));
            let any = matches!(&flow, Err(Stop::Break(broken)) if *broken == label);
            until(label, flow)?;
            return machine.give(&item.path, Json::Bool(!any), out);
        }
        ("any" | "all", [source, condition]) => {
            let (label, decides) = (machine.label(), name == "any");
            let mut decided = false;
            let flow = machine.each(source, scope, &input, &mut |machine, value| {
                machine.each(condition, scope, &value, &mut |_, held| {
                    if held.truth() == decides {
                        decided = true;
                        return Err(Stop::Break(label));
                    }
                    Ok(())
                })
            });
            until(label, flow)?;
            return machine.give(&item.path, Json::Bool(decided == decides), out);
        }
        ("sort_by" | "__group" | "unique_by" | "min_by" | "max_by", [filter]) => {
            let pairs = arrays::keyed(machine, filter, scope, &input)?;
            let value = arrays::by_keys(name, pairs);
            return machine.give(&item.path, value, out);
        }
        ("debug", []) => {
            machine.said.push_str(&format!("[\"DEBUG:\",{}]\n", input.compact()));
            return out(machine, item);
        }
        ("stderr", []) => {
            machine.said.push_str(&input.compact());
            return out(machine, item);
        }
        ("sub", [pattern, replacement, flags]) => {
            return substitute(machine, pattern, replacement, flags, scope, &item, out);
        }
        ("input", []) => {
            let next = match machine.inputs.pop_front() {
                Some(Ok(value)) => value,
                Some(Err(text)) => return error(text),
                None => return error("break"),
            };
            return machine.give(&item.path, next, out);
        }
        ("halt", []) => return Err(Stop::Halt(0, None)),
        _ => {}
    }
    if let Some(body) = defined(machine, &key) {
        // The parameters are called f, g and h there.
        let mut inner = Rc::new(Scope::Empty);
        for (name, argument) in ["f", "g", "h"].iter().zip(arguments) {
            inner = Rc::new(Scope::Closure((*name).to_owned(), Rc::new(argument.clone()), scope.clone(), inner));
        }
        return machine.run(&body, &inner, item, out);
    }
    if BEYOND.contains(&name) {
        return error(format!("{name} is not simulated here"));
    }
    if !NATIVE.contains(&key.as_str()) {
        return error(format!("{key} is not defined"));
    }
    // What is left takes each value of each argument, the last argument's first.
    product(machine, arguments, scope, &input, Vec::new(), &mut |machine, values| {
        native(machine, name, &input, values, &item.path, out)
    })
}

fn until(label: u64, flow: Flow) -> Flow {
    match flow {
        Err(Stop::Break(broken)) if broken == label => Ok(()),
        flow => flow,
    }
}

fn recurse(machine: &mut Machine, step: &Filter, scope: &Rc<Scope>, item: Item, out: Out) -> Flow {
    out(machine, item.clone())?;
    machine.run(step, scope, item, &mut |machine, next| recurse(machine, step, scope, next, out))
}

fn product(
    machine: &mut Machine,
    arguments: &[Filter],
    scope: &Rc<Scope>,
    input: &Json,
    chosen: Vec<Json>,
    then: &mut dyn FnMut(&mut Machine, &[Json]) -> Flow,
) -> Flow {
    let Some((last, rest)) = arguments.split_last() else { return then(machine, &chosen) };
    machine.each(last, scope, input, &mut |machine, value| {
        let mut chosen = chosen.clone();
        chosen.insert(0, value);
        product(machine, rest, scope, input, chosen, then)
    })
}

fn native(machine: &mut Machine, name: &str, input: &Json, values: &[Json], path: &Path, out: Out) -> Flow {
    let first = values.first().unwrap_or(&Json::Null);
    let value = match name {
        "range" => {
            let (mut at, to, by) = (number(first)?, number(&values[1])?, number(&values[2])?);
            while by > 0.0 && at < to || by < 0.0 && at > to {
                machine.fuel = machine.fuel.checked_sub(1).ok_or(Stop::Limit("the program takes too many steps"))?;
                machine.give(path, Json::Number(at), out)?;
                at += by;
            }
            return Ok(());
        }
        "scan" => {
            let text = text_of(input, "cannot be matched, as it is not a string")?;
            let flags = format!("g{}", if let Json::Text(flags) = &values[1] { flags } else { "" });
            for hit in matches(&text, first, &Json::text(flags))? {
                let groups = match hit.get("captures") {
                    Some(Json::Array(groups)) if !groups.is_empty() => Json::array(
                        groups.iter().map(|group| group.get("string").cloned().unwrap_or(Json::Null)).collect(),
                    ),
                    _ => hit.get("string").cloned().unwrap_or(Json::Null),
                };
                machine.give(path, groups, out)?;
            }
            return Ok(());
        }
        "match" | "capture" => {
            let text = text_of(input, "cannot be matched, as it is not a string")?;
            // A pattern and its flags may come as an array.
            let (pattern, flags) = match first {
                Json::Array(pair) => {
                    (pair.first().cloned().unwrap_or(Json::Null), pair.get(1).cloned().unwrap_or(Json::Null))
                }
                pattern => (pattern.clone(), values[1].clone()),
            };
            for hit in matches(&text, &pattern, &flags)? {
                let value = if name == "match" { hit } else { captured(&hit) };
                machine.give(path, value, out)?;
            }
            return Ok(());
        }
        "test" => {
            let text = text_of(input, "cannot be matched, as it is not a string")?;
            let (pattern, flags) = match first {
                Json::Array(pair) => {
                    (pair.first().cloned().unwrap_or(Json::Null), pair.get(1).cloned().unwrap_or(Json::Null))
                }
                pattern => (pattern.clone(), values[1].clone()),
            };
            Json::Bool(!matches(&text, &pattern, &flags)?.is_empty())
        }
        "halt_error" => {
            let status = number(first)? as i32;
            return Err(Stop::Halt(status, Some(input.clone())));
        }
        "now" => Json::Number(machine.now.unix_micros() as f64 / 1e6),
        _ => plain_function(name, input, values)?,
    };
    machine.give(path, value, out)
}

/// Functions of values alone.
fn plain_function(name: &str, input: &Json, values: &[Json]) -> Result<Json, Stop> {
    for function in [strings::function, arrays::function, math::function, paths::function, dates::function] {
        if let Some(value) = function(name, input, values)? {
            return Ok(value);
        }
    }
    Ok(match name {
        "true" => Json::Bool(true),
        "false" => Json::Bool(false),
        "null" | "input_filename" => Json::Null,
        "not" => Json::Bool(!input.truth()),
        "type" => Json::text(input.kind()),
        _ => return error(format!("{name}/{} is not simulated here", values.len())),
    })
}
