//! What jq's operators and functions do.

use std::rc::Rc;

use super::jq_eval::{Flow, Item, Machine, Out, Path, Scope, Stop, error};
use super::jq_tree::Filter;
use super::json::{Json, Reader};
use super::perl_regex::{Flags, PerlRegex};
use super::prelude::Time;

/// Longest array or string that a program makes.
const SIZE_LIMIT: usize = 4 << 20;
/// Longest text of a value in an error.
const SHORT: usize = 11;

/// A value's text, cut off as errors have it.
pub fn short(value: &Json) -> String {
    let text = value.compact();
    if text.len() <= SHORT {
        return text;
    }
    let mut end = SHORT - 1;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}...", &text[..end])
}

/// `string ("x")`
pub fn described(value: &Json) -> String {
    format!("{} ({})", value.kind(), short(value))
}

/// Likewise; `null` says nothing more.
pub fn described_or_null(value: &Json) -> String {
    match value {
        Json::Null => "null".to_owned(),
        value => described(value),
    }
}

fn size(items: usize) -> Result<(), Stop> {
    if items > SIZE_LIMIT { Err(Stop::Limit("a value grows too large")) } else { Ok(()) }
}

/// The value under a key: of an object, an array (from its end if negative), a slice, the places of an array in it.
pub fn index(value: &Json, key: &Json) -> Result<Json, Stop> {
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
pub fn get_path(value: &Json, path: &[Json]) -> Result<Json, Stop> {
    let mut value = value.clone();
    for key in path {
        value = index(&value, key)?;
    }
    Ok(value)
}

/// A value with another one at a path.
pub fn set_path(value: &Json, path: &[Json], new: Json) -> Result<Json, Stop> {
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
pub fn delete_paths(value: &Json, mut paths: Vec<Vec<Json>>) -> Result<Json, Stop> {
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

/// `+ - * / %` and comparisons.
pub fn operate(operator: &str, left: &Json, right: &Json) -> Result<Json, Stop> {
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

fn split(text: &str, separator: &str) -> Json {
    if text.is_empty() {
        return Json::array(Vec::new());
    }
    if separator.is_empty() {
        return Json::array(text.chars().map(|c| Json::text(c.to_string())).collect());
    }
    Json::array(text.split(separator).map(Json::text).collect())
}

/// A value's text: itself if it is a string.
pub fn plain(value: &Json) -> String {
    match value {
        Json::Text(text) => text.to_string(),
        value => value.compact(),
    }
}

/// `@name`
pub fn format(name: &str, value: &Json) -> Result<String, Stop> {
    let row = |what: &str, one: &dyn Fn(&Json) -> Result<String, Stop>, separator: &str| {
        let Json::Array(items) = value else {
            return error(format!("{} cannot be {what}-formatted, only an array can be", described(value)));
        };
        let mut cells = Vec::new();
        for item in items.iter() {
            cells.push(one(item)?);
        }
        Ok(cells.join(separator))
    };
    Ok(match name {
        "text" => plain(value),
        "json" => value.compact(),
        "csv" => row(
            "csv",
            &|item| match item {
                Json::Text(text) => Ok(format!("\"{}\"", text.replace('"', "\"\""))),
                Json::Null => Ok(String::new()),
                Json::Array(_) | Json::Object(_) => error(format!("{} is not valid in a csv row", described(item))),
                item => Ok(item.compact()),
            },
            ",",
        )?,
        "tsv" => row(
            "tsv",
            &|item| match item {
                Json::Text(text) => {
                    let text = text.replace('\\', "\\\\").replace('\t', "\\t");
                    Ok(text.replace('\n', "\\n").replace('\r', "\\r"))
                }
                Json::Null => Ok(String::new()),
                Json::Array(_) | Json::Object(_) => error(format!("{} is not valid in a tsv row", described(item))),
                item => Ok(item.compact()),
            },
            "\t",
        )?,
        "html" => {
            let text = plain(value).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            text.replace('\'', "&#39;").replace('"', "&quot;")
        }
        "uri" => {
            let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
            let one = |byte: u8| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
            plain(value).bytes().map(one).collect()
        }
        "sh" => {
            let one = |item: &Json| match item {
                Json::Text(text) => Ok(format!("'{}'", text.replace('\'', "'\\''"))),
                Json::Array(_) | Json::Object(_) => error(format!("{} can not be escaped for shell", described(item))),
                item => Ok(item.compact()),
            };
            match value {
                Json::Array(items) => {
                    let mut words = Vec::new();
                    for item in items.iter() {
                        words.push(one(item)?);
                    }
                    words.join(" ")
                }
                value => one(value)?,
            }
        }
        "base64" => super::base64::encode(plain(value).as_bytes()),
        "base64d" => match super::base64::decode(plain(value).as_bytes(), false) {
            (bytes, true) => String::from_utf8_lossy(&bytes).into_owned(),
            _ => return error(format!("{} is not valid base64 data", described(value))),
        },
        other => return error(format!("{other} is not a valid format")),
    })
}

/// Reads a number as `tonumber` does.
fn number_of(text: &str) -> Result<Json, Stop> {
    let mut reader = Reader::new(text);
    match reader.next_value() {
        Some(Ok(value @ Json::Number(_))) if reader.place() == text.len() => Ok(value),
        _ => {
            let place = text.chars().count();
            error(format!("Invalid numeric literal at EOF at line 1, column {place} (while parsing '{text}')"))
        }
    }
}

/// Values by what a filter gives for each, equal ones together.
fn keyed(machine: &mut Machine, filter: &Filter, scope: &Rc<Scope>, value: &Json) -> Result<Vec<(Json, Json)>, Stop> {
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

fn array_of(value: &Json, what: &str) -> Result<Rc<Vec<Json>>, Stop> {
    match value {
        Json::Array(items) => Ok(items.clone()),
        value => error(format!("{} {what}", described(value))),
    }
}

fn text_of(value: &Json, what: &str) -> Result<Rc<str>, Stop> {
    match value {
        Json::Text(text) => Ok(text.clone()),
        value => error(format!("{} {what}", described(value))),
    }
}

fn number(value: &Json) -> Result<f64, Stop> {
    match value {
        Json::Number(number) => Ok(*number),
        value => error(format!("{} number required", described(value))),
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

/// The matches of a pattern in a text, as `match` gives them.
fn matches(text: &str, pattern: &Json, flags: &Json) -> Result<Vec<Json>, Stop> {
    let pattern = text_of(pattern, "cannot be matched, as it is not a string")?;
    let letters = match flags {
        Json::Null => String::new(),
        flags => text_of(flags, "is not a string")?.to_string(),
    };
    if letters.contains(|c| !"gimnpslx".contains(c)) {
        return error(format!("{letters} is not a valid modifier string"));
    }
    let has = |letter| letters.contains(letter);
    let flags = Flags { ignore_case: has('i'), extended: has('x'), dot_all: has('s') || has('p') };
    let regex = match PerlRegex::new(&pattern, flags) {
        Ok(regex) => regex,
        Err(why) => return error(format!("{pattern} (at offset 0) is not a valid regex: {why}")),
    };
    let chars: Vec<char> = text.chars().collect();
    let (mut found, mut from) = (Vec::new(), 0);
    while from <= chars.len() {
        let hit = match regex.find(&chars, from) {
            Ok(hit) => hit,
            Err(_) => return Err(Stop::Limit("the pattern takes too many steps")),
        };
        let Some(hit) = hit else { break };
        let (start, end) = hit.whole();
        let cut = |(from, to): (usize, usize)| Json::text(chars[from..to].iter().collect::<String>());
        let mut captures = Vec::new();
        for group in 1..=regex.groups() {
            let place = hit.groups[group];
            let name = regex.name(group).map_or(Json::Null, Json::text);
            captures.push(Json::object(vec![
                ("offset".into(), Json::Number(place.map_or(-1.0, |(from, _)| from as f64))),
                ("length".into(), Json::Number(place.map_or(0.0, |(from, to)| (to - from) as f64))),
                ("string".into(), place.map_or(Json::Null, cut)),
                ("name".into(), name),
            ]));
        }
        found.push(Json::object(vec![
            ("offset".into(), Json::Number(start as f64)),
            ("length".into(), Json::Number((end - start) as f64)),
            ("string".into(), cut((start, end))),
            ("captures".into(), Json::array(captures)),
        ]));
        if !has('g') {
            break;
        }
        from = if end == start { end + 1 } else { end };
    }
    Ok(found)
}

/// The named groups of a match as an object.
fn captured(hit: &Json) -> Json {
    let Some(Json::Array(captures)) = hit.get("captures") else { return Json::Null };
    let entries = captures.iter().filter_map(|capture| match capture.get("name") {
        Some(Json::Text(name)) => Some((name.clone(), capture.get("string").cloned().unwrap_or(Json::Null))),
        _ => None,
    });
    let mut object = Json::object(Vec::new());
    for (name, value) in entries {
        if let Json::Object(entries) = &object {
            object = Json::with(entries, &name, Some(value));
        }
    }
    object
}

fn seconds(time: f64) -> Time {
    Time::from_unix_micros((time * 1e6) as i64)
}

/// `[year, month, day, hours, minutes, seconds, weekday, day of the year]`
fn broken_down(time: f64) -> Json {
    let civil = seconds(time).civil();
    let second = f64::from(civil.second) + time.fract();
    let parts = [
        civil.year as f64,
        f64::from(civil.month) - 1.0,
        f64::from(civil.day),
        f64::from(civil.hour),
        f64::from(civil.minute),
        second,
        f64::from(civil.weekday),
        f64::from(civil.year_day) - 1.0,
    ];
    Json::array(parts.into_iter().map(Json::Number).collect())
}

fn unix_of(value: &Json) -> Result<f64, Stop> {
    let items = array_of(value, "requires array of 6 numbers")?;
    let part = |at: usize| items.get(at).map_or(Ok(0.0), number).map(|number| number as i64);
    let days = super::zone::days(part(0)?, part(1)? + 1, part(2)?);
    Ok((days * 86_400 + part(3)? * 3600 + part(4)? * 60 + part(5)?) as f64)
}

fn strftime(value: &Json, pattern: &Json) -> Result<Json, Stop> {
    let time = match value {
        Json::Number(number) => *number,
        Json::Array(_) => unix_of(value)?,
        _ => return error("strftime/1 requires parsed datetime inputs"),
    };
    let pattern = text_of(pattern, "strftime/1 requires a string format")?;
    Ok(Json::text(super::date::format(seconds(time), &pattern)))
}

/// Functions that jq itself writes in jq.
const DEFINED: &[(&str, &str)] = &[
    ("map/1", "def map(f): [.[] | f]; map(f)"),
    ("map_values/1", "def map_values(f): .[] |= f; map_values(f)"),
    ("values/0", "select(. != null)"),
    ("nulls/0", "select(. == null)"),
    ("booleans/0", "select(type == \"boolean\")"),
    ("numbers/0", "select(type == \"number\")"),
    ("strings/0", "select(type == \"string\")"),
    ("arrays/0", "select(type == \"array\")"),
    ("objects/0", "select(type == \"object\")"),
    ("iterables/0", "select(type == \"array\" or type == \"object\")"),
    ("scalars/0", "select(type != \"array\" and type != \"object\")"),
    ("to_entries/0", "[keys_unsorted[] as $k | {key: $k, value: .[$k]}]"),
    (
        "from_entries/0",
        "reduce .[] as $e ({}; . + {($e | if .key == null then .k // .name // .Name // .K // .Key else .key end \
         | if type == \"string\" then . else tojson end): ($e | if has(\"value\") then .value else .v // .Value // .V end)})",
    ),
    ("with_entries/1", "to_entries | map(f) | from_entries"),
    ("recurse/0", "recurse(.[]?)"),
    ("recurse/2", "def r: ., (f | select(g) | r); r"),
    ("todate/0", "strftime(\"%Y-%m-%dT%H:%M:%SZ\")"),
    ("todateiso8601/0", "strftime(\"%Y-%m-%dT%H:%M:%SZ\")"),
    ("date/0", "todate"),
    ("dateadd/2", "f as $u | g as $n | . + $n"),
    ("paths/0", "path(..) | select(length > 0)"),
    ("paths/1", "path(.. | select(f)) | select(length > 0)"),
    ("leaf_paths/0", "paths(scalars)"),
    ("any/0", "any(.[]; .)"),
    ("all/0", "all(.[]; .)"),
    ("any/1", "any(.[]; f)"),
    ("all/1", "all(.[]; f)"),
    ("in/1", "f as $o | . as $k | $o | has($k)"),
    ("inside/1", "f as $o | . as $k | $o | contains($k)"),
    ("combinations/0", "if length == 0 then [] else .[0][] as $x | (.[1:] | combinations) as $w | [$x] + $w end"),
    ("walk/1", "def w: if type == \"object\" then map_values(w) elif type == \"array\" then map(w) else . end | f; w"),
    ("env/0", "$ENV"),
    ("halt_error/0", "halt_error(5)"),
    ("todate/1", "strftime(f)"),
    ("finites/0", "select(isinfinite or isnan | not)"),
    ("normals/0", "select(isnormal)"),
    ("until/2", "def u: if f then . else (g | u) end; u"),
    ("while/2", "def w: if f then ., (g | w) else empty end; w"),
    ("repeat/1", "def r: ., (f | r); r"),
    ("inputs/0", "def i: try (input, i) catch if . == \"break\" then empty else error end; i"),
    ("ascii/0", "[.] | implode"),
    ("add/1", "reduce f as $x (null; . + $x)"),
    ("splits/1", "split(f; null) | .[]"),
    ("splits/2", "split(f; g) | .[]"),
    ("capture/1", "capture(f; null)"),
    ("scan/1", "scan(f; null)"),
    ("test/1", "test(f; null)"),
    ("match/1", "match(f; null)"),
    ("sub/2", "sub(f; g; \"\")"),
    ("gsub/2", "sub(f; g; \"g\")"),
    ("gsub/3", "sub(f; g; h + \"g\")"),
    ("group_by/1", "__group(f)"),
    ("unique/0", "unique_by(.)"),
    ("sort/0", "sort_by(.)"),
    ("min/0", "min_by(.)"),
    ("max/0", "max_by(.)"),
    ("first/0", ".[0]"),
    ("last/0", ".[-1]"),
    ("nth/1", ".[f]"),
    ("nth/2", "last(limit(f + 1; g))"),
    ("index/1", "indices(f) | .[0]"),
    ("rindex/1", "indices(f) | .[-1:][0]"),
    ("del/1", "delpaths([path(f)])"),
    ("to_array/0", "if type == \"array\" then . else [.] end"),
    ("IN/1", ". as $x | any(f; . == $x)"),
    ("range/1", "range(0; f)"),
    ("range/2", "range(f; g; 1)"),
    ("ascii_downcase/0", "__case(false)"),
    ("ascii_upcase/0", "__case(true)"),
    ("isvalid/1", "try (f | true) catch false"),
    ("pick/1", ". as $top | reduce path(f) as $p (null; setpath($p; $top | getpath($p)))"),
];

/// Functions of jq that have no place here.
const BEYOND: &[&str] = &[
    "input_line_number",
    "modulemeta",
    "INDEX",
    "IN",
    "tostream",
    "fromstream",
    "truncate_stream",
    "strptime",
    "localtime",
    "strflocaltime",
    "bsearch",
    "builtins",
    "significand",
    "getjqversion",
    "get_search_list",
];

/// A defined function's body; it is read when it is first used.
fn defined(machine: &mut Machine, key: &str) -> Option<Rc<Filter>> {
    let (name, text) = DEFINED.iter().find(|(name, _)| *name == key)?;
    if !machine.defined.contains_key(name) {
        machine.defined.insert(name, Rc::new(super::jq_parse::parse(text).ok()?));
    }
    machine.defined.get(name).cloned()
}

/// Whether a function of so many arguments is known.
pub fn is_known(name: &str, arguments: usize) -> bool {
    if BEYOND.contains(&name) {
        return true;
    }
    let key = format!("{name}/{arguments}");
    DEFINED.iter().any(|(known, _)| *known == key) || NATIVE.contains(&key.as_str())
}

const NATIVE: &[&str] = &[
    "empty/0",
    "error/0",
    "error/1",
    "not/0",
    "length/0",
    "utf8bytelength/0",
    "keys/0",
    "keys_unsorted/0",
    "has/1",
    "contains/1",
    "add/0",
    "range/3",
    "floor/0",
    "ceil/0",
    "round/0",
    "sqrt/0",
    "fabs/0",
    "abs/0",
    "pow/2",
    "log/0",
    "log2/0",
    "log10/0",
    "exp/0",
    "exp10/0",
    "exp2/0",
    "tostring/0",
    "tonumber/0",
    "type/0",
    "infinite/0",
    "nan/0",
    "isinfinite/0",
    "isnan/0",
    "isnormal/0",
    "sort_by/1",
    "__group/1",
    "min_by/1",
    "max_by/1",
    "unique_by/1",
    "reverse/0",
    "join/1",
    "split/1",
    "split/2",
    "__case/1",
    "ltrimstr/1",
    "rtrimstr/1",
    "startswith/1",
    "endswith/1",
    "trim/0",
    "ltrim/0",
    "rtrim/0",
    "explode/0",
    "implode/0",
    "indices/1",
    "tojson/0",
    "fromjson/0",
    "now/0",
    "mktime/0",
    "gmtime/0",
    "fromdate/0",
    "fromdateiso8601/0",
    "strftime/1",
    "path/1",
    "getpath/1",
    "setpath/2",
    "delpaths/1",
    "select/1",
    "recurse/1",
    "first/1",
    "last/1",
    "limit/2",
    "isempty/1",
    "any/2",
    "all/2",
    "flatten/0",
    "flatten/1",
    "transpose/0",
    "match/2",
    "test/2",
    "capture/2",
    "scan/2",
    "sub/3",
    "input/0",
    "debug/0",
    "stderr/0",
    "input_filename/0",
    "halt/0",
    "halt_error/1",
    "true/0",
    "false/0",
    "null/0",
    "trunc/0",
    "toarray/0",
];

/// Calls a function that the program does not define.
pub fn call(machine: &mut Machine, name: &str, arguments: &[Filter], scope: &Rc<Scope>, item: Item, out: Out) -> Flow {
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
            let pairs = keyed(machine, filter, scope, &input)?;
            let value = by_keys(name, pairs);
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

fn by_keys(name: &str, pairs: Vec<(Json, Json)>) -> Json {
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

fn substitute(
    machine: &mut Machine,
    pattern: &Filter,
    replacement: &Filter,
    flags: &Filter,
    scope: &Rc<Scope>,
    item: &Item,
    out: Out,
) -> Flow {
    let text = text_of(&item.value, "cannot be matched, as it is not a string")?;
    let chars: Vec<char> = text.chars().collect();
    let (pattern, flags) = (machine.values(pattern, scope, &item.value)?, machine.values(flags, scope, &item.value)?);
    for (pattern, flags) in pattern.iter().flat_map(|pattern| flags.iter().map(move |flags| (pattern, flags))) {
        let (mut result, mut from) = (String::new(), 0);
        for hit in matches(&text, pattern, flags)? {
            let place = |name: &str| match hit.get(name) {
                Some(Json::Number(number)) => *number as usize,
                _ => 0,
            };
            let (start, length) = (place("offset"), place("length"));
            result.extend(&chars[from..start]);
            let new = machine.values(replacement, scope, &captured(&hit))?;
            let new = new.first().cloned().unwrap_or(Json::text(""));
            result.push_str(&text_of(&new, "cannot be added to a string")?);
            from = start + length;
        }
        result.extend(&chars[from..]);
        size(result.len())?;
        machine.give(&item.path, Json::text(result), out)?;
    }
    Ok(())
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
    let first = values.first().unwrap_or(&Json::Null);
    let math = |of: fn(f64) -> f64| number(input).map(|number| Json::Number(of(number)));
    Ok(match name {
        "true" => Json::Bool(true),
        "false" => Json::Bool(false),
        "null" | "input_filename" => Json::Null,
        "not" => Json::Bool(!input.truth()),
        "type" => Json::text(input.kind()),
        "length" => match input {
            Json::Null => Json::Number(0.0),
            Json::Bool(_) => return error(format!("{} has no length", described(input))),
            Json::Number(number) => Json::Number(number.abs()),
            Json::Text(text) => Json::Number(text.chars().count() as f64),
            Json::Array(items) => Json::Number(items.len() as f64),
            Json::Object(entries) => Json::Number(entries.len() as f64),
        },
        "utf8bytelength" => Json::Number(text_of(input, "only strings have UTF-8 byte length")?.len() as f64),
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
                return Ok(Json::text(text));
            }
            let mut sum = Json::Null;
            for item in &items {
                sum = operate("+", &sum, item)?;
            }
            sum
        }
        "floor" => math(f64::floor)?,
        "ceil" => math(f64::ceil)?,
        "round" => math(f64::round)?,
        "trunc" => math(f64::trunc)?,
        "sqrt" => math(f64::sqrt)?,
        "fabs" | "abs" => math(f64::abs)?,
        "log" => math(f64::ln)?,
        "log2" => math(f64::log2)?,
        "log10" => math(f64::log10)?,
        "exp" => math(f64::exp)?,
        "exp2" => math(f64::exp2)?,
        "exp10" => math(|number| 10f64.powf(number))?,
        "pow" => Json::Number(number(first)?.powf(number(&values[1])?)),
        "infinite" => Json::Number(f64::INFINITY),
        "nan" => Json::Number(f64::NAN),
        "isinfinite" => Json::Bool(number(input)?.is_infinite()),
        "isnan" => Json::Bool(number(input)?.is_nan()),
        "isnormal" => Json::Bool(number(input)?.is_normal()),
        "tostring" => Json::text(plain(input)),
        "tonumber" => match input {
            Json::Number(_) => input.clone(),
            Json::Text(text) => number_of(text)?,
            _ => return error(format!("{} cannot be parsed as a number", described_or_null(input))),
        },
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
        "join" => {
            let items = array_of(input, "cannot be iterated over")?;
            let mut text = String::new();
            let separator = if items.is_empty() { "".into() } else { text_of(first, "cannot be added to a string")? };
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push_str(&separator);
                }
                match item {
                    Json::Null => {}
                    Json::Array(_) | Json::Object(_) => {
                        let so_far = Json::text(&text);
                        return error(format!("{} and {} cannot be added", described(&so_far), described(item)));
                    }
                    item => text.push_str(&plain(item)),
                }
            }
            size(text.len())?;
            Json::text(text)
        }
        "split" if values.len() == 1 => match (input, first) {
            (Json::Text(text), Json::Text(separator)) => split(text, separator),
            _ => return error("split input and separator must be strings"),
        },
        "split" => {
            let text = text_of(input, "cannot be matched, as it is not a string")?;
            let flags = format!("g{}", if let Json::Text(flags) = &values[1] { flags } else { "" });
            let chars: Vec<char> = text.chars().collect();
            let (mut parts, mut from) = (Vec::new(), 0);
            for hit in matches(&text, first, &Json::text(flags))? {
                let place =
                    |name: &str| if let Some(Json::Number(number)) = hit.get(name) { *number as usize } else { 0 };
                let start = place("offset");
                parts.push(Json::text(chars[from..start].iter().collect::<String>()));
                from = start + place("length");
            }
            parts.push(Json::text(chars[from..].iter().collect::<String>()));
            Json::array(parts)
        }
        "__case" => {
            let text = text_of(input, "cannot be changed, as it is not a string")?;
            Json::text(if first.truth() { text.to_ascii_uppercase() } else { text.to_ascii_lowercase() })
        }
        "ltrimstr" | "rtrimstr" => match (input, first) {
            (Json::Text(text), Json::Text(part)) => {
                let rest = if name == "ltrimstr" { text.strip_prefix(&**part) } else { text.strip_suffix(&**part) };
                rest.map_or_else(|| input.clone(), Json::text)
            }
            _ => input.clone(),
        },
        "startswith" | "endswith" => match (input, first) {
            (Json::Text(text), Json::Text(part)) => {
                Json::Bool(if name == "startswith" { text.starts_with(&**part) } else { text.ends_with(&**part) })
            }
            _ => return error(format!("{name}() requires string inputs")),
        },
        "trim" => Json::text(text_of(input, "cannot be trimmed")?.trim()),
        "ltrim" => Json::text(text_of(input, "cannot be trimmed")?.trim_start()),
        "rtrim" => Json::text(text_of(input, "cannot be trimmed")?.trim_end()),
        "explode" => {
            let text = text_of(input, "cannot be exploded")?;
            Json::array(text.chars().map(|c| Json::Number(f64::from(u32::from(c)))).collect())
        }
        "implode" => {
            let mut text = String::new();
            for code in array_of(input, "cannot be imploded")?.iter() {
                text.push(char::from_u32(number(code)? as u32).unwrap_or('\u{fffd}'));
            }
            Json::text(text)
        }
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
            _ => return index(input, first),
        },
        "tojson" => Json::text(input.compact()),
        "fromjson" => {
            let text = text_of(input, "only strings can be parsed")?;
            match Reader::new(&text).next_value() {
                Some(Ok(value)) => value,
                Some(Err(wrong)) => {
                    let column = text[..wrong.at.min(text.len())].chars().count();
                    let end = if wrong.at >= text.len() { " at EOF" } else { "" };
                    return error(format!("{}{end} at line 1, column {column} (while parsing '{text}')", wrong.text));
                }
                None => Json::Null,
            }
        }
        "mktime" => Json::Number(unix_of(input)?),
        "gmtime" => broken_down(number(input)?),
        "fromdate" | "fromdateiso8601" => {
            let text = text_of(input, "cannot be parsed as a date")?;
            match Time::parse_rfc3339(&text) {
                Some(time) => Json::Number(time.unix_secs() as f64),
                None => return error(format!("date \"{text}\" does not match format \"%Y-%m-%dT%H:%M:%SZ\"")),
            }
        }
        "strftime" => strftime(input, first)?,
        "setpath" => set_path(input, &array_of(first, "Path must be specified as an array")?, values[1].clone())?,
        "delpaths" => {
            let mut paths = Vec::new();
            for path in array_of(first, "Paths must be specified as an array")?.iter() {
                paths.push(array_of(path, "Path must be specified as an array")?.to_vec());
            }
            delete_paths(input, paths)?
        }
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
        _ => return error(format!("{name}/{} is not simulated here", values.len())),
    })
}
