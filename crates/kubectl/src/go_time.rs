//! Times as Go's `time.Parse` reads them (RFC 3339), with its sentences about what is none.

use sim::Time;

const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";
/// The layout's numbers: what stands before each, the number, its digits (one is enough for the hour), its name and range.
const PARTS: &[(&str, &str, usize, &str, i64, i64)] = &[
    ("", "2006", 4, "year", 0, 9999),
    ("-", "01", 2, "month", 1, 12),
    ("-", "02", 2, "day", 1, 31),
    ("T", "15", 2, "hour", 0, 23),
    (":", "04", 2, "minute", 0, 59),
    (":", "05", 2, "second", 0, 59),
];

/// Reads `2026-01-31T12:00:00.5+09:00`.
///
/// # Errors
/// Go's sentence.
pub fn parse(text: &str) -> Result<Time, String> {
    let no =
        |rest: &str, wanted: &str| format!("parsing time {text:?} as {LAYOUT:?}: cannot parse {rest:?} as {wanted:?}");
    let out_of_range = |name: &str| format!("parsing time {text:?}: {name} out of range");
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (mut rest, mut numbers) = (text, [0_i64; 6]);
    for ((before, shown, width, name, least, most), number) in PARTS.iter().zip(&mut numbers) {
        rest = rest.strip_prefix(before).ok_or_else(|| no(rest, before))?;
        let width = digits(rest).min(*width);
        if width < shown.len() && (*name != "hour" || width == 0) {
            return Err(no(rest, shown));
        }
        *number = rest[..width].parse().unwrap_or_default();
        // Whether a month has that day is seen when all is read.
        if *name != "day" && !(*least..=*most).contains(number) {
            return Err(out_of_range(name));
        }
        rest = &rest[width..];
    }
    let mut micros = 0;
    if let Some(fraction) = rest.strip_prefix(['.', ',']).filter(|fraction| digits(fraction) > 0) {
        let count = digits(fraction);
        micros = format!("{:0<6}", &fraction[..count])[..6].parse().unwrap_or_default();
        rest = &fraction[count..];
    }
    let mut offset = 0;
    if let Some(end) = rest.strip_prefix('Z') {
        rest = end;
    } else {
        let bytes = rest.as_bytes();
        let two =
            |at: usize| rest.get(at..at + 2).filter(|two| digits(two) == 2).and_then(|two| two.parse::<i64>().ok());
        let (Some(sign @ (b'+' | b'-')), Some(b':'), Some(hours), Some(minutes)) =
            (bytes.first(), bytes.get(3), two(1), two(4))
        else {
            return Err(no(rest, "Z07:00"));
        };
        if hours > 24 {
            return Err(out_of_range("time zone offset hour"));
        }
        if minutes > 60 {
            return Err(out_of_range("time zone offset minute"));
        }
        offset = (hours * 60 + minutes) * if *sign == b'+' { 60 } else { -60 };
        rest = &rest[6..];
    }
    if !rest.is_empty() {
        return Err(format!("parsing time {text:?}: extra text: {rest:?}"));
    }
    let [year, month, day, hour, minute, second] = numbers;
    let clean = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
    // A day that the month does not have would be one of the next.
    match Time::parse_rfc3339(&clean).filter(|time| time.rfc3339() == clean) {
        Some(time) => Ok(Time::from_unix_micros(time.unix_micros() - offset * 1_000_000 + micros)),
        None => Err(out_of_range("day")),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn times_with_and_without_a_zone() {
        for (text, utc) in [
            ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000000Z"),
            ("2026-01-31T05:00:00.25+09:00", "2026-01-30T20:00:00.250000Z"),
            ("2024-02-29T5:00:00-01:30", "2024-02-29T06:30:00.000000Z"),
        ] {
            assert_eq!(parse(text).unwrap().rfc3339_micros(), utc, "{text}");
        }
        for text in ["", "2026-02-29T00:00:00Z", "2026-01-31T12:00:00é+09:00", "2026-01-31T12:00:00+é9:00"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
