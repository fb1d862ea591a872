//! Functions of strings.

use super::eval::{Stop, error};
use super::json::{Json, Reader};
use super::regex::matches;
use super::values::{array_of, described, described_or_null, number, plain, size, text_of};

pub(super) fn split(text: &str, separator: &str) -> Json {
    if text.is_empty() {
        return Json::array(Vec::new());
    }
    if separator.is_empty() {
        return Json::array(text.chars().map(|c| Json::text(c.to_string())).collect());
    }
    Json::array(text.split(separator).map(Json::text).collect())
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

/// A function of strings; `None` for a function of another kind.
pub(super) fn function(name: &str, input: &Json, values: &[Json]) -> Result<Option<Json>, Stop> {
    let first = values.first().unwrap_or(&Json::Null);
    Ok(Some(match name {
        "utf8bytelength" => Json::Number(text_of(input, "only strings have UTF-8 byte length")?.len() as f64),
        "tostring" => Json::text(plain(input)),
        "tonumber" => match input {
            Json::Number(_) => input.clone(),
            Json::Text(text) => number_of(text)?,
            _ => return error(format!("{} cannot be parsed as a number", described_or_null(input))),
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
        _ => return Ok(None),
    }))
}
