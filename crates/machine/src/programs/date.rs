//! `date`: the virtual time, in UTC.

use super::prelude::*;

const SPEC: Spec = Spec {
    short: "d:f:I::r:Rs:u\u{1}:",
    long: &[
        ("date", 'd'),
        ("iso-8601", 'I'),
        ("reference", 'r'),
        ("rfc-email", 'R'),
        ("rfc-3339", '\u{1}'),
        ("set", 's'),
        ("utc", 'u'),
        ("universal", 'u'),
    ],
    usage: "[OPTION]... [+FORMAT]",
    status: 1,
};

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The ISO 8601 week: its year and number.
fn iso_week(time: Time) -> (i64, i64) {
    let t = time.civil();
    let weekday = if t.weekday == 0 { 7 } else { i64::from(t.weekday) };
    // The Thursday of the week decides its year.
    let thursday = Time::from_unix_secs(time.unix_secs() + (4 - weekday) * 86_400).civil();
    (thursday.year, (i64::from(thursday.year_day) - 1) / 7 + 1)
}

/// Writes a time as strftime(3) does, with GNU's `%N`, `%s`, `%z` and the flags `-`, `_`, `0`, `^`.
pub fn format(time: Time, pattern: &str) -> String {
    let t = time.civil();
    let hour12 = match t.hour % 12 {
        0 => 12,
        hour => hour,
    };
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut flag = None;
        while let Some(c) = chars.peek().copied().filter(|c| "-_0^#".contains(*c)) {
            flag = Some(c);
            chars.next();
        }
        let mut digits = String::new();
        while let Some(c) = chars.peek().copied().filter(char::is_ascii_digit) {
            digits.push(c);
            chars.next();
        }
        let mut colons = 0;
        while chars.peek() == Some(&':') {
            chars.next();
            colons += 1;
        }
        let number = |value: i64, width: usize, pad: char| {
            let width = digits.parse().unwrap_or(width).min(100);
            match flag {
                None if width == 2 && (0..100).contains(&value) => {
                    let digit = |value: i64| char::from(b'0' + value as u8);
                    let tens = if value < 10 { pad } else { digit(value / 10) };
                    [tens, digit(value % 10)].into_iter().collect() // most are: every line of a log has five
                }
                Some('-') => value.to_string(),
                Some('_') => format!("{value:>width$}"),
                Some('0') => format!("{value:0>width$}"),
                _ if pad == '0' => format!("{value:0>width$}"),
                _ => format!("{value:>width$}"),
            }
        };
        let text = |text: &str| if flag == Some('^') { text.to_uppercase() } else { text.to_owned() };
        let day = DAYS[t.weekday as usize % 7];
        let month = MONTHS[(t.month as usize).saturating_sub(1) % 12];
        match chars.next() {
            Some('Y') => out.push_str(&number(t.year, 4, '0')),
            Some('C') => out.push_str(&number(t.year / 100, 2, '0')),
            Some('y') => out.push_str(&number(t.year % 100, 2, '0')),
            Some('m') => out.push_str(&number(t.month.into(), 2, '0')),
            Some('d') => out.push_str(&number(t.day.into(), 2, '0')),
            Some('e') => out.push_str(&number(t.day.into(), 2, ' ')),
            Some('H') => out.push_str(&number(t.hour.into(), 2, '0')),
            Some('k') => out.push_str(&number(t.hour.into(), 2, ' ')),
            Some('I') => out.push_str(&number(hour12.into(), 2, '0')),
            Some('l') => out.push_str(&number(hour12.into(), 2, ' ')),
            Some('M') => out.push_str(&number(t.minute.into(), 2, '0')),
            Some('S') => out.push_str(&number(t.second.into(), 2, '0')),
            Some('N') => {
                let nanos = format!("{:09}", u64::from(t.micros) * 1000);
                let keep = digits.parse().unwrap_or(9usize).clamp(1, 9);
                out.push_str(&nanos[..keep]);
            }
            Some('s') => out.push_str(&time.unix_secs().to_string()),
            Some('j') => out.push_str(&number(t.year_day.into(), 3, '0')),
            Some('u') => out.push_str(&(if t.weekday == 0 { 7 } else { t.weekday }).to_string()),
            Some('w') => out.push_str(&t.weekday.to_string()),
            Some('V') => out.push_str(&number(iso_week(time).1, 2, '0')),
            Some('G') => out.push_str(&number(iso_week(time).0, 4, '0')),
            Some('U') => out.push_str(&number((i64::from(t.year_day) + 6 - i64::from(t.weekday)) / 7, 2, '0')),
            Some('a') => out.push_str(&text(&day[..3])),
            Some('A') => out.push_str(&text(day)),
            Some('b' | 'h') => out.push_str(&text(&month[..3])),
            Some('B') => out.push_str(&text(month)),
            Some('p') => out.push_str(if t.hour < 12 { "AM" } else { "PM" }),
            Some('P') => out.push_str(if t.hour < 12 { "am" } else { "pm" }),
            Some('z') => out.push_str(if colons > 0 { "+00:00" } else { "+0000" }),
            Some('Z') => out.push_str("UTC"),
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('%') => out.push('%'),
            Some('F') => out.push_str(&format(time, "%Y-%m-%d")),
            Some('D' | 'x') => out.push_str(&format(time, "%m/%d/%y")),
            Some('T' | 'X') => out.push_str(&format(time, "%H:%M:%S")),
            Some('R') => out.push_str(&format(time, "%H:%M")),
            Some('r') => out.push_str(&format(time, "%I:%M:%S %p")),
            Some('c') => out.push_str(&format(time, "%a %b %e %H:%M:%S %Y")),
            Some(other) => {
                out.push('%');
                out.push(other);
            }
            None => out.push('%'),
        }
    }
    out
}

/// Reads what people give to `-d`: `@N`, `now`, `today`, `yesterday`, `tomorrow`, `2026-11-22 [10:00[:00]]`, RFC 3339,
/// and offsets such as `+2 days`, `1 hour ago`.
pub fn parse(text: &str, now: Time) -> Option<Time> {
    let text = text.trim();
    if let Some(seconds) = text.strip_prefix('@') {
        let seconds: f64 = seconds.parse().ok()?;
        return Some(Time::from_unix_micros((seconds * 1e6) as i64));
    }
    if let Some(time) = Time::parse_rfc3339(text) {
        return Some(time);
    }
    let mut time = now;
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut at = 0;
    let shift = |time: Time, seconds: i64| {
        Time::from_unix_micros(time.unix_micros().saturating_add(seconds.saturating_mul(1_000_000)))
    };
    while let Some(word) = words.get(at) {
        at += 1;
        let lower = word.to_ascii_lowercase();
        match lower.as_str() {
            "now" | "today" | "utc" | "z" => continue,
            "yesterday" => time = shift(time, -86_400),
            "tomorrow" => time = shift(time, 86_400),
            _ if lower.matches('-').count() == 2 && !lower.starts_with('-') => {
                let (date, clock) = lower.split_once('t').unwrap_or((&lower, ""));
                time = Time::parse_rfc3339(&format!("{date}T00:00:00Z"))?;
                if !clock.is_empty() {
                    time = with_clock(time, clock)?;
                }
            }
            _ if lower.contains(':') => time = with_clock(time, &lower)?,
            _ => {
                let split = lower.trim_start_matches(['+', '-']).find(|c: char| c.is_alphabetic());
                let sign = lower.len() - lower.trim_start_matches(['+', '-']).len();
                let (number, unit) = match split {
                    Some(0) => ("1".to_owned(), lower[sign..].to_owned()),
                    Some(split) => (lower[..sign + split].to_owned(), lower[sign + split..].to_owned()),
                    None => {
                        let unit = words.get(at)?.to_ascii_lowercase();
                        at += 1;
                        (lower.clone(), unit)
                    }
                };
                let mut number: i64 = number.trim_start_matches('+').parse().ok()?;
                if words.get(at).is_some_and(|word| *word == "ago") {
                    at += 1;
                    number = -number;
                }
                let seconds = match unit.trim_end_matches('s') {
                    "sec" | "second" => 1,
                    "min" | "minute" => 60,
                    "hour" => 3600,
                    "day" => 86_400,
                    "week" => 604_800,
                    _ => return None,
                };
                time = shift(time, number.saturating_mul(seconds));
            }
        }
    }
    if words.is_empty() { Time::parse_rfc3339(&format!("{}T00:00:00Z", format(now, "%F"))) } else { Some(time) }
}

fn with_clock(day: Time, clock: &str) -> Option<Time> {
    let clock = clock.trim_end_matches('z');
    let clock = if clock.matches(':').count() == 1 { format!("{clock}:00") } else { clock.to_owned() };
    Time::parse_rfc3339(&format!("{}T{clock}Z", format(day, "%Y-%m-%d")))
}

pub async fn run(p: Process) -> i32 {
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut time = p.now();
    if let Some(text) = options.value('d') {
        match parse(text, time) {
            Some(given) => time = given,
            None => return fail(&p, &format!("invalid date {}", quote(&p, text))).await,
        }
    }
    if let Some(path) = options.value('r') {
        match p.metadata(path) {
            Ok(metadata) => time = metadata.modified,
            Err(error) => return fail(&p, &format!("{path}: {error}")).await,
        }
    }
    let pattern = match options.operands.as_slice() {
        [] => None,
        [pattern] if pattern.starts_with('+') => Some(pattern[1..].to_owned()),
        [pattern, extra, ..] if pattern.starts_with('+') => {
            return usage_hint(&p, &format!("extra operand {}", quote(&p, extra))).await;
        }
        [other, ..] => return fail(&p, &format!("invalid date {}", quote(&p, other))).await,
    };
    if options.has('s') {
        return fail(&p, "cannot set date: Operation not permitted").await;
    }
    let iso = |precision: Option<&str>| match precision.unwrap_or("date") {
        "s" | "seconds" => Some("%Y-%m-%dT%H:%M:%S+00:00"),
        "m" | "minutes" => Some("%Y-%m-%dT%H:%M+00:00"),
        "h" | "hours" => Some("%Y-%m-%dT%H+00:00"),
        "ns" => Some("%Y-%m-%dT%H:%M:%S,%N+00:00"),
        "date" => Some("%Y-%m-%d"),
        _ => None,
    };
    let pattern = match (pattern, options.last_of("IR\u{1}")) {
        (Some(pattern), _) => pattern,
        (None, Some('R')) => "%a, %d %b %Y %H:%M:%S +0000".to_owned(),
        (None, Some('I')) => match iso(options.value('I')) {
            Some(pattern) => pattern.to_owned(),
            None => {
                let text = format!("invalid argument {} for '--iso-8601'", quote(&p, options.value('I').unwrap_or("")));
                return usage_hint(&p, &text).await;
            }
        },
        (None, Some('\u{1}')) => match options.value('\u{1}') {
            Some("date") => "%Y-%m-%d".to_owned(),
            Some("ns") => "%Y-%m-%d %H:%M:%S.%N+00:00".to_owned(),
            _ => "%Y-%m-%d %H:%M:%S+00:00".to_owned(),
        },
        _ => "%a %b %e %H:%M:%S UTC %Y".to_owned(),
    };
    p.out(&format!("{}\n", format(time, &pattern))).await;
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_strftimes() {
        let time = Time::parse_rfc3339("2026-11-02T09:05:07.25Z").unwrap();
        for (pattern, text) in [
            ("%F %T", "2026-11-02 09:05:07"),
            ("%s", "1793610307"),
            ("%a %b %e %-d %j", "Mon Nov  2 2 306"),
            ("%I:%M %p", "09:05 AM"),
            ("%s%3N", "1793610307250"),
            ("%V %u %% %q", "45 1 % %q"),
        ] {
            assert_eq!(format(time, pattern), text, "{pattern}");
        }
    }

    #[test]
    fn dates_are_read() {
        let now = Time::parse_rfc3339("2026-11-22T10:00:00Z").unwrap();
        for (text, time) in [
            ("@0", "1970-01-01T00:00:00Z"),
            ("2026-01-02", "2026-01-02T00:00:00Z"),
            ("2026-01-02 03:04", "2026-01-02T03:04:00Z"),
            ("2026-01-02T03:04:05", "2026-01-02T03:04:05Z"),
            ("+1 day", "2026-11-23T10:00:00Z"),
            ("2 hours ago", "2026-11-22T08:00:00Z"),
            ("yesterday", "2026-11-21T10:00:00Z"),
            ("now", "2026-11-22T10:00:00Z"),
            ("1day", "2026-11-23T10:00:00Z"),
        ] {
            assert_eq!(parse(text, now).map(Time::rfc3339).as_deref(), Some(time), "{text}");
        }
        assert_eq!(parse("nonsense", now), None);
    }
}
