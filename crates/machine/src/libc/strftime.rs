//! strftime(3) as glibc has it, with the flags and widths of GNU date.

use sim::Time;

use super::zone::Zone;

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
    format_in(time, pattern, &Zone::utc())
}

/// Likewise, as clocks show it in a time zone.
pub fn format_in(time: Time, pattern: &str, zone: &Zone) -> String {
    let (offset, zone_name) = zone.at(time);
    let local = Time::from_unix_micros(time.unix_micros().saturating_add(offset.saturating_mul(1_000_000)));
    let t = local.civil();
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
            Some('V') => out.push_str(&number(iso_week(local).1, 2, '0')),
            Some('G') => out.push_str(&number(iso_week(local).0, 4, '0')),
            Some('U') => out.push_str(&number((i64::from(t.year_day) + 6 - i64::from(t.weekday)) / 7, 2, '0')),
            Some('a') => out.push_str(&text(&day[..3])),
            Some('A') => out.push_str(&text(day)),
            Some('b' | 'h') => out.push_str(&text(&month[..3])),
            Some('B') => out.push_str(&text(month)),
            Some('p') => out.push_str(if t.hour < 12 { "AM" } else { "PM" }),
            Some('P') => out.push_str(if t.hour < 12 { "am" } else { "pm" }),
            Some('z') => out.push_str(&east(offset, colons)),
            Some('Z') => out.push_str(zone_name),
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('%') => out.push('%'),
            Some('F') => out.push_str(&format_in(time, "%Y-%m-%d", zone)),
            Some('D' | 'x') => out.push_str(&format_in(time, "%m/%d/%y", zone)),
            Some('T' | 'X') => out.push_str(&format_in(time, "%H:%M:%S", zone)),
            Some('R') => out.push_str(&format_in(time, "%H:%M", zone)),
            Some('r') => out.push_str(&format_in(time, "%I:%M:%S %p", zone)),
            Some('c') => out.push_str(&format_in(time, "%a %b %e %H:%M:%S %Y", zone)),
            Some(other) => {
                out.push('%');
                out.push(other);
            }
            None => out.push('%'),
        }
    }
    out
}

/// `+0900`, `+09:00`, `+09:00:00`.
fn east(offset: i64, colons: usize) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let (hours, minutes, seconds) = (offset.abs() / 3600, offset.abs() / 60 % 60, offset.abs() % 60);
    match colons {
        0 => format!("{sign}{hours:02}{minutes:02}"),
        1 => format!("{sign}{hours:02}:{minutes:02}"),
        _ => format!("{sign}{hours:02}:{minutes:02}:{seconds:02}"),
    }
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
}
