//! `+ - * / %` and comparisons.

use super::eval::{Stop, error};
use super::json::Json;
use super::strings::split;
use super::values::{described, size};

/// `+ - * / %` and comparisons.
pub(super) fn operate(operator: &str, left: &Json, right: &Json) -> Result<Json, Stop> {
    let order = || left.order(right);
    let fails = |what: &str| error(format!("{} and {} cannot be {what}", described(left), described(right)));
    Ok(match (operator, left, right) {
        ("==", ..) => Json::Bool(order().is_eq()),
        ("!=", ..) => Json::Bool(order().is_ne()),
        ("<", ..) => Json::Bool(order().is_lt()),
        ("<=", ..) => Json::Bool(order().is_le()),
        (">", ..) => Json::Bool(order().is_gt()),
        (">=", ..) => Json::Bool(order().is_ge()),
        ("+", Json::Null, other) | ("+", other, Json::Null) => other.clone(),
        ("+", Json::Number(a), Json::Number(b)) => Json::Number(a + b),
        ("+", Json::Text(a), Json::Text(b)) => {
            size(a.len() + b.len())?;
            Json::text(format!("{a}{b}"))
        }
        ("+", Json::Array(a), Json::Array(b)) => {
            size(a.len() + b.len())?;
            Json::array(a.iter().chain(b.iter()).cloned().collect())
        }
        ("+", Json::Object(a), Json::Object(b)) => {
            let mut entries = a.clone();
            for (key, value) in b.iter() {
                let Json::Object(more) = Json::with(&entries, key, Some(value.clone())) else { break };
                entries = more;
            }
            Json::Object(entries)
        }
        ("-", Json::Number(a), Json::Number(b)) => Json::Number(a - b),
        ("-", Json::Array(a), Json::Array(b)) => {
            Json::array(a.iter().filter(|item| !b.iter().any(|other| other.order(item).is_eq())).cloned().collect())
        }
        ("*", Json::Number(a), Json::Number(b)) => Json::Number(a * b),
        ("*", Json::Text(text), Json::Number(times)) | ("*", Json::Number(times), Json::Text(text)) => {
            if *times <= 0.0 {
                return Ok(Json::Null);
            }
            let times = times.max(1.0).ceil() as usize;
            size(text.len().saturating_mul(times))?;
            Json::text(text.repeat(times))
        }
        ("*", Json::Object(_), Json::Object(b)) => {
            let mut merged = left.clone();
            for (key, value) in b.iter() {
                let value = match (left.get(key), value) {
                    (Some(old @ Json::Object(_)), Json::Object(_)) => operate("*", old, value)?,
                    _ => value.clone(),
                };
                if let Json::Object(entries) = &merged {
                    merged = Json::with(entries, key, Some(value));
                }
            }
            merged
        }
        ("/", Json::Number(_), Json::Number(0.0)) | ("%", Json::Number(_), Json::Number(0.0)) => {
            return fails("divided because the divisor is zero");
        }
        ("/", Json::Number(a), Json::Number(b)) => Json::Number(a / b),
        ("/", Json::Text(text), Json::Text(separator)) => split(text, separator),
        ("%", Json::Number(a), Json::Number(b)) => {
            let (a, b) = (*a as i64, (*b as i64).unsigned_abs());
            if b == 0 {
                return fails("divided because the divisor is zero");
            }
            let rest = (a.unsigned_abs() % b) as f64;
            Json::Number(if a < 0 { -rest } else { rest })
        }
        ("+", ..) => return fails("added"),
        ("-", ..) => return fails("subtracted"),
        ("*", ..) => return fails("multiplied"),
        _ => return fails("divided"),
    })
}
