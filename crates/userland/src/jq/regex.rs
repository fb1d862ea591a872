//! `match`, `test`, `capture`, `scan`, `sub`.

use std::rc::Rc;

use super::super::perl_regex::{Flags, PerlRegex};
use super::bind::Scope;
use super::eval::{Flow, Machine, Out, Stop, error};
use super::item::Item;
use super::json::Json;
use super::tree::Filter;
use super::values::{size, text_of};

/// The matches of a pattern in a text, as `match` gives them.
pub(super) fn matches(text: &str, pattern: &Json, flags: &Json) -> Result<Vec<Json>, Stop> {
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
pub(super) fn captured(hit: &Json) -> Json {
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

pub(super) fn substitute(
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
