//! `@csv`, `@base64` and their like.

use super::super::base64;
use super::eval::{Stop, error};
use super::json::Json;
use super::values::{described, plain};

/// `@name`
pub(super) fn format(name: &str, value: &Json) -> Result<String, Stop> {
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
        "base64" => base64::encode(plain(value).as_bytes()),
        "base64d" => match base64::decode(plain(value).as_bytes(), false) {
            (bytes, true) => String::from_utf8_lossy(&bytes).into_owned(),
            _ => return error(format!("{} is not valid base64 data", described(value))),
        },
        other => return error(format!("{other} is not a valid format")),
    })
}
