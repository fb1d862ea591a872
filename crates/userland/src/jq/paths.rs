//! Values by paths: `.[k]`, `getpath`, `setpath`, `delpaths`.

use std::rc::Rc;

use super::eval::{Stop, error};
use super::json::Json;
use super::values::{array_of, size};

/// The value under a key: of an object, an array (from its end if negative), a slice, the places of an array in it.
pub(super) fn index(value: &Json, key: &Json) -> Result<Json, Stop> {
    Ok(match (value, key) {
        (Json::Object(_), Json::Text(key)) => value.get(key).cloned().unwrap_or(Json::Null),
        (Json::Array(items), Json::Number(at)) => {
            let at = at.floor();
            let at = if at < 0.0 { at + items.len() as f64 } else { at };
            if at < 0.0 || at.is_nan() { Json::Null } else { items.get(at as usize).cloned().unwrap_or(Json::Null) }
        }
        (Json::Null, Json::Text(_) | Json::Number(_) | Json::Object(_) | Json::Null) => Json::Null,
        (Json::Array(_) | Json::Text(_), Json::Object(_)) => slice(value, key)?,
        (Json::Array(items), Json::Array(part)) => {
            let starts = (0..items.len()).filter(|at| {
                !part.is_empty()
                    && items.len() - at >= part.len()
                    && items[*at..].iter().zip(part.iter()).all(|(a, b)| a.order(b).is_eq())
            });
            Json::array(starts.map(|at| Json::Number(at as f64)).collect())
        }
        (value, Json::Text(key)) => return error(format!("Cannot index {} with string \"{key}\"", value.kind())),
        (value, key) => return error(format!("Cannot index {} with {}", value.kind(), key.kind())),
    })
}

/// Where a slice begins and ends in so many items.
fn bounds(key: &Json, count: usize) -> Result<(usize, usize), Stop> {
    let place = |name: &str, default: f64| match key.get(name) {
        Some(Json::Number(number)) => Ok(if *number < 0.0 { number + count as f64 } else { *number }),
        Some(Json::Null) | None => Ok(default),
        Some(_) => error("Start and end indices of an array slice must be numbers"),
    };
    let (from, to) = (place("start", 0.0)?.floor().max(0.0), place("end", count as f64)?.ceil().max(0.0));
    let to = (to as usize).min(count);
    Ok(((from as usize).min(to), to))
}

fn slice(value: &Json, key: &Json) -> Result<Json, Stop> {
    Ok(match value {
        Json::Array(items) => {
            let (from, to) = bounds(key, items.len())?;
            Json::array(items[from..to].to_vec())
        }
        Json::Text(text) => {
            let chars: Vec<char> = text.chars().collect();
            let (from, to) = bounds(key, chars.len())?;
            Json::text(chars[from..to].iter().collect::<String>())
        }
        other => return error(format!("Cannot index {} with object", other.kind())),
    })
}

/// The value at a path; `null` where there is none.
pub(super) fn get_path(value: &Json, path: &[Json]) -> Result<Json, Stop> {
    let mut value = value.clone();
    for key in path {
        value = index(&value, key)?;
    }
    Ok(value)
}

/// A value with another one at a path.
pub(super) fn set_path(value: &Json, path: &[Json], new: Json) -> Result<Json, Stop> {
    let Some((key, rest)) = path.split_first() else { return Ok(new) };
    let inner = index(value, key)?;
    let inner = set_path(&inner, rest, new)?;
    Ok(match (value, key) {
        (Json::Object(entries), Json::Text(key)) => Json::with(entries, key, Some(inner)),
        (Json::Null, Json::Text(key)) => Json::object(vec![(key.clone(), inner)]),
        (Json::Array(_) | Json::Null, Json::Number(at)) => {
            let mut items = match value {
                Json::Array(items) => items.clone(),
                _ => Rc::default(),
            };
            let at = if *at < 0.0 { at + items.len() as f64 } else { *at };
            if at < 0.0 {
                return error("Out of bounds negative array index");
            }
            size(at as usize)?;
            let all = Rc::make_mut(&mut items);
            if all.len() <= at as usize {
                all.resize(at as usize + 1, Json::Null);
            }
            all[at as usize] = inner;
            Json::Array(items)
        }
        (Json::Array(_) | Json::Null, Json::Object(_)) => {
            let items = match value {
                Json::Array(items) => items.to_vec(),
                _ => Vec::new(),
            };
            let (from, to) = bounds(key, items.len())?;
            let Json::Array(middle) = inner else {
                return error("A slice of an array can only be assigned another array");
            };
            let all = items[..from].iter().chain(middle.iter()).chain(&items[to..]);
            Json::array(all.cloned().collect())
        }
        (value, Json::Text(key)) => return error(format!("Cannot index {} with \"{key}\"", value.kind())),
        (value, key) => return error(format!("Cannot index {} with {}", value.kind(), key.kind())),
    })
}

/// A value without what is at some paths.
pub(super) fn delete_paths(value: &Json, mut paths: Vec<Vec<Json>>) -> Result<Json, Stop> {
    // The last first, so that no place moves before its turn.
    sim::order::sort_by(&mut paths, |a, b| Json::array(b.clone()).order(&Json::array(a.clone())));
    let mut value = value.clone();
    for path in paths {
        value = delete(&value, &path)?;
    }
    Ok(value)
}

fn delete(value: &Json, path: &[Json]) -> Result<Json, Stop> {
    let Some((key, rest)) = path.split_first() else { return Ok(Json::Null) };
    if !rest.is_empty() {
        let inner = index(value, key)?;
        return if matches!(inner, Json::Null) {
            Ok(value.clone())
        } else {
            set_path(value, std::slice::from_ref(key), delete(&inner, rest)?)
        };
    }
    Ok(match (value, key) {
        (Json::Null, _) => Json::Null,
        (Json::Object(entries), Json::Text(key)) => Json::with(entries, key, None),
        (Json::Array(items), Json::Number(at)) => {
            let at = if *at < 0.0 { at + items.len() as f64 } else { *at };
            let mut items = items.to_vec();
            if at >= 0.0 && (at as usize) < items.len() {
                items.remove(at as usize);
            }
            Json::array(items)
        }
        (Json::Array(items), Json::Object(_)) => {
            let (from, to) = bounds(key, items.len())?;
            let mut items = items.to_vec();
            items.drain(from..to);
            Json::array(items)
        }
        (Json::Object(_), key) => return error(format!("Cannot delete field at object index of {}", key.kind())),
        (value, _) => return error(format!("Cannot delete fields from {}", value.kind())),
    })
}

/// `setpath` and `delpaths`; `None` for a function of another kind.
pub(super) fn function(name: &str, input: &Json, values: &[Json]) -> Result<Option<Json>, Stop> {
    let first = values.first().unwrap_or(&Json::Null);
    Ok(Some(match name {
        "setpath" => set_path(input, &array_of(first, "Path must be specified as an array")?, values[1].clone())?,
        "delpaths" => {
            let mut paths = Vec::new();
            for path in array_of(first, "Paths must be specified as an array")?.iter() {
                paths.push(array_of(path, "Path must be specified as an array")?.to_vec());
            }
            delete_paths(input, paths)?
        }
        _ => return Ok(None),
    }))
}
