//! Moments: seconds since 1970, their parts, their texts.

use machine::libc::zone::days;

use super::super::prelude::{Time, strftime};
use super::eval::{Stop, error};
use super::json::Json;
use super::values::{array_of, number, text_of};

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
    let days = days(part(0)?, part(1)? + 1, part(2)?);
    Ok((days * 86_400 + part(3)? * 3600 + part(4)? * 60 + part(5)?) as f64)
}

fn strftime(value: &Json, pattern: &Json) -> Result<Json, Stop> {
    let time = match value {
        Json::Number(number) => *number,
        Json::Array(_) => unix_of(value)?,
        _ => return error("strftime/1 requires parsed datetime inputs"),
    };
    let pattern = text_of(pattern, "strftime/1 requires a string format")?;
    Ok(Json::text(strftime::format(seconds(time), &pattern)))
}

/// A function of moments; `None` for a function of another kind.
pub(super) fn function(name: &str, input: &Json, values: &[Json]) -> Result<Option<Json>, Stop> {
    let first = values.first().unwrap_or(&Json::Null);
    Ok(Some(match name {
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
        _ => return Ok(None),
    }))
}
