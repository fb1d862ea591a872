//! Functions of arrays and objects: what they hold, in which order.

use std::rc::Rc;

use super::bind::Scope;
use super::eval::{Machine, Stop, error};
use super::json::Json;
use super::operators::operate;
use super::paths::index;
use super::tree::Filter;
use super::values::{array_of, described, described_or_null, number, plain, size};

/// Values by what a filter gives for each, equal ones together.
pub(super) fn keyed(
    machine: &mut Machine,
    filter: &Filter,
    scope: &Rc<Scope>,
    value: &Json,
) -> Result<Vec<(Json, Json)>, Stop> {
    let Json::Array(items) = value else {
        return error(format!("{} cannot be sorted, as it is not an array", described(value)));
    };
    let mut pairs = Vec::new();
    for item in items.iter() {
        pairs.push((Json::array(machine.values(filter, scope, item)?), item.clone()));
    }
    Ok(pairs)
}

fn sorted(mut pairs: Vec<(Json, Json)>) -> Vec<(Json, Json)> {
    sim::order::sort_by(&mut pairs, |a, b| a.0.order(&b.0));
    pairs
}

pub(super) fn by_keys(name: &str, pairs: Vec<(Json, Json)>) -> Json {
    match name {
        "min_by" | "max_by" => {
            let mut best: Option<(Json, Json)> = None;
            for pair in pairs {
                let better = best.as_ref().is_none_or(|best| match name {
                    "min_by" => pair.0.order(&best.0).is_lt(),
                    _ => pair.0.order(&best.0).is_ge(),
                });
                if better {
                    best = Some(pair);
                }
            }
            best.map_or(Json::Null, |(_, value)| value)
        }
        "sort_by" => Json::array(sorted(pairs).into_iter().map(|(_, value)| value).collect()),
        _ => {
            let mut groups: Vec<(Json, Vec<Json>)> = Vec::new();
            for (key, value) in sorted(pairs) {
                match groups.last_mut().filter(|(last, _)| last.order(&key).is_eq()) {
                    Some((_, group)) => group.push(value),
                    None => groups.push((key, vec![value])),
                }
            }
            match name {
                "unique_by" => Json::array(groups.into_iter().map(|(_, mut group)| group.remove(0)).collect()),
                _ => Json::array(groups.into_iter().map(|(_, group)| Json::array(group)).collect()),
            }
        }
    }
}

fn contains(whole: &Json, part: &Json) -> Result<bool, Stop> {
    Ok(match (whole, part) {
        (Json::Object(_), Json::Object(entries)) => {
            for (key, value) in entries.iter() {
                let Some(inner) = whole.get(key) else { return Ok(false) };
                if !contains(inner, value)? {
                    return Ok(false);
                }
            }
            true
        }
        (Json::Array(items), Json::Array(parts)) => {
            for part in parts.iter() {
                let mut any = false;
                for item in items.iter().filter(|item| item.kind() == part.kind()) {
                    any |= contains(item, part)?;
                }
                if !any {
                    return Ok(false);
                }
            }
            true
        }
        (Json::Text(whole), Json::Text(part)) => whole.contains(&**part),
        (whole, part) if whole.kind() == part.kind() => whole.order(part).is_eq(),
        (whole, part) => {
            return error(format!(
                "{} and {} cannot have their containment checked",
                described(whole),
                described(part)
            ));
        }
    })
}

fn flatten(items: &[Json], depth: f64, into: &mut Vec<Json>) {
    for item in items {
        match item {
            Json::Array(inner) if depth > 0.0 => flatten(inner, depth - 1.0, into),
            item => into.push(item.clone()),
        }
    }
}

/// A function of arrays, objects and how long values are; `None` for a function of another kind.
pub(super) fn function(name: &str, input: &Json, values: &[Json]) -> Result<Option<Json>, Stop> {
    let first = values.first().unwrap_or(&Json::Null);
    Ok(Some(match name {
        "length" => match input {
            Json::Null => Json::Number(0.0),
            Json::Bool(_) => return error(format!("{} has no length", described(input))),
            Json::Number(number) => Json::Number(number.abs()),
            Json::Text(text) => Json::Number(text.chars().count() as f64),
            Json::Array(items) => Json::Number(items.len() as f64),
            Json::Object(entries) => Json::Number(entries.len() as f64),
        },
        "keys" | "keys_unsorted" => match input {
            Json::Object(_) if name == "keys" => Json::array(input.sorted_keys().into_iter().map(Json::Text).collect()),
            Json::Object(entries) => Json::array(entries.iter().map(|(key, _)| Json::Text(key.clone())).collect()),
            Json::Array(items) => Json::array((0..items.len()).map(|at| Json::Number(at as f64)).collect()),
            _ => return error(format!("{} has no keys", described_or_null(input))),
        },
        "has" => match (input, first) {
            (Json::Object(_), Json::Text(key)) => Json::Bool(input.get(key).is_some()),
            (Json::Array(items), Json::Number(at)) => Json::Bool(*at >= 0.0 && (*at as usize) < items.len()),
            _ => return error(format!("Cannot check whether {} has a {} key", input.kind(), first.kind())),
        },
        "contains" => Json::Bool(contains(input, first)?),
        "add" => {
            let items = match input {
                Json::Object(entries) => entries.iter().map(|(_, value)| value.clone()).collect(),
                input => array_of(input, "cannot be iterated over")?.to_vec(),
            };
            // Strings are put together at once, or many would take the square of their number.
            if !items.is_empty() && items.iter().all(|item| matches!(item, Json::Text(_))) {
                let text: String = items.iter().map(plain).collect();
                size(text.len())?;
                return Ok(Some(Json::text(text)));
            }
            let mut sum = Json::Null;
            for item in &items {
                sum = operate("+", &sum, item)?;
            }
            sum
        }
        "toarray" => {
            if let Json::Array(_) = input {
                input.clone()
            } else {
                Json::array(vec![input.clone()])
            }
        }
        "reverse" => match input {
            Json::Text(text) => Json::text(text.chars().rev().collect::<String>()),
            Json::Null => Json::array(Vec::new()),
            input => Json::array(
                array_of(input, "cannot be reversed, as it is not an array")?.iter().rev().cloned().collect(),
            ),
        },
        "indices" => match (input, first) {
            (Json::Null, _) => Json::Null,
            (Json::Text(text), Json::Text(part)) if !part.is_empty() => {
                let starts = text.char_indices().filter(|(at, _)| text[*at..].starts_with(&**part));
                Json::array(starts.map(|(at, _)| Json::Number(at as f64)).collect())
            }
            (Json::Text(_), Json::Text(_)) => Json::Null,
            (Json::Array(_), Json::Array(_)) => index(input, first)?,
            (Json::Array(items), _) => {
                let places = items.iter().enumerate().filter(|(_, item)| item.order(first).is_eq());
                Json::array(places.map(|(at, _)| Json::Number(at as f64)).collect())
            }
            _ => index(input, first)?,
        },
        "flatten" => {
            let depth = if values.is_empty() { f64::INFINITY } else { number(first)? };
            if depth < 0.0 {
                return error("flatten depth must not be negative");
            }
            let mut flat = Vec::new();
            flatten(&array_of(input, "cannot be iterated over")?, depth, &mut flat);
            Json::array(flat)
        }
        "transpose" => {
            let rows = array_of(input, "cannot be transposed")?;
            let width =
                rows.iter().map(|row| if let Json::Array(row) = row { row.len() } else { 0 }).max().unwrap_or(0);
            let mut columns = Vec::new();
            for at in 0..width {
                let mut column = Vec::new();
                for row in rows.iter() {
                    column.push(index(row, &Json::Number(at as f64))?);
                }
                columns.push(Json::array(column));
            }
            Json::array(columns)
        }
        _ => return Ok(None),
    }))
}
