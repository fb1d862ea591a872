//! What people give to `date -d`: dates, times of day, zones, weekdays and what is relative, in any order, as GNU's
//! `parse_datetime` reads them.

use machine::libc::zone::{Zone, days};

use super::prelude::*;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const ORDINALS: [(&str, i64); 15] = [
    ("last", -1),
    ("this", 0),
    ("next", 1),
    ("first", 1),
    ("third", 3),
    ("fourth", 4),
    ("fifth", 5),
    ("sixth", 6),
    ("seventh", 7),
    ("eighth", 8),
    ("ninth", 9),
    ("tenth", 10),
    ("eleventh", 11),
    ("twelfth", 12),
    ("a", 1),
];
/// Names of zones that are known in any place, in hours east of Greenwich.
const ZONES: [(&str, i64); 14] = [
    ("utc", 0),
    ("gmt", 0),
    ("z", 0),
    ("wet", 0),
    ("bst", 1),
    ("cet", 1),
    ("cest", 2),
    ("jst", 9),
    ("est", -5),
    ("edt", -4),
    ("cst", -6),
    ("mst", -7),
    ("pst", -8),
    ("pdt", -7),
];

#[derive(Default)]
struct Found {
    date: Option<(i64, i64, i64)>,
    /// Of a date that was given without it.
    year_missing: bool,
    /// Microseconds of the day.
    clock: Option<i64>,
    /// Seconds east of Greenwich.
    zone: Option<i64>,
    /// A weekday, and the which.
    weekday: Option<(i64, i64)>,
    months: i64,
    days: i64,
    seconds: i64,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    /// Digits with their sign, if there is one.
    Number(String),
    Sign(char),
}

/// Reads a date; `None` if it is none.
pub(crate) fn parse(text: &str, now: Time, zone: &Zone) -> Option<Time> {
    let text = text.trim();
    if let Some(seconds) = text.strip_prefix('@') {
        let seconds: f64 = seconds.parse().ok()?;
        return Some(Time::from_unix_micros((seconds * 1e6).floor() as i64));
    }
    let tokens = tokens(&text.to_ascii_lowercase())?;
    let mut found = Found::default();
    let mut rest = tokens.as_slice();
    while !rest.is_empty() {
        rest = take(rest, &mut found)?;
    }
    found.time(now, zone, tokens.is_empty())
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.peek().copied() {
        let mut word = String::new();
        if c.is_whitespace() || c == ',' {
            chars.next();
        } else if c.is_alphabetic() {
            while let Some(c) = chars.next_if(|c| c.is_alphabetic() || *c == '.') {
                word.push(c);
            }
            tokens.push(Token::Word(word.trim_end_matches('.').to_owned()));
        } else if c.is_ascii_digit() {
            while let Some(c) = chars.next_if(char::is_ascii_digit) {
                word.push(c);
            }
            tokens.push(Token::Number(word));
        } else if "+-:/.".contains(c) {
            chars.next();
            tokens.push(Token::Sign(c));
        } else if c == '(' {
            for c in chars.by_ref() {
                if c == ')' {
                    break;
                }
            }
        } else {
            return None;
        }
    }
    Some(tokens)
}

/// Takes one item off the tokens.
fn take<'a>(tokens: &'a [Token], found: &mut Found) -> Option<&'a [Token]> {
    use Token::{Number, Sign, Word};
    let number = |text: &String| text.parse::<i64>().ok();
    match tokens {
        // 2024-01-31, with a `T` and a time behind it
        [Number(y), Sign('-'), Number(m), Sign('-'), Number(d), rest @ ..] if y.len() >= 3 || number(m)? <= 12 => {
            let year = number(y)?;
            let year = if y.len() <= 2 { year + if year < 69 { 2000 } else { 1900 } } else { year };
            found.set_date(year, number(m)?, number(d)?)?;
            match rest {
                [Word(t), Number(_), ..] if t == "t" => Some(&rest[1..]),
                _ => Some(rest),
            }
        }
        // 31-jan-2024
        [Number(d), Sign('-'), Word(m), Sign('-'), Number(y), rest @ ..] => {
            found.set_date(number(y)?, month(m)?, number(d)?)?;
            Some(rest)
        }
        [Number(m), Sign('/'), Number(d), Sign('/'), Number(y), rest @ ..] => {
            // 2024/01/31 or 01/31/2024
            let (y, m, d) = if m.len() >= 3 { (m, d, y) } else { (y, m, d) };
            let year = number(y)?;
            let year = if y.len() <= 2 { year + if year < 69 { 2000 } else { 1900 } } else { year };
            found.set_date(year, number(m)?, number(d)?)?;
            Some(rest)
        }
        [Number(m), Sign('/'), Number(d), rest @ ..] => {
            found.set_date(0, number(m)?, number(d)?)?;
            found.year_missing = true;
            Some(rest)
        }
        [Number(_), Sign(':'), Number(_), ..] => found.take_clock(tokens),
        [Number(hour), Word(half), rest @ ..] if matches!(half.as_str(), "am" | "pm" | "a.m" | "p.m") => {
            found.set_clock(twelve(number(hour)?, half)?, 0, 0)?;
            Some(rest)
        }
        [Number(d), Word(m), rest @ ..] if month(m).is_some() => match rest {
            [Number(y), rest @ ..] if y.len() >= 3 => {
                found.set_date(number(y)?, month(m)?, number(d)?)?;
                Some(rest)
            }
            rest => {
                found.set_date(0, month(m)?, number(d)?)?;
                found.year_missing = true;
                Some(rest)
            }
        },
        [Number(n), Word(unit), rest @ ..] if is_unit(unit) => found.relative(number(n)?, unit, rest),
        [Sign(sign), Number(n), Word(unit), rest @ ..] if is_unit(unit) => {
            found.relative(if *sign == '-' { -number(n)? } else { number(n)? }, unit, rest)
        }
        // A zone behind a time
        [Sign(sign @ ('+' | '-')), Number(hours), rest @ ..] if found.clock.is_some() && found.zone.is_none() => {
            let (mut seconds, rest) = match rest {
                [Sign(':'), Number(minutes), rest @ ..] => (number(hours)? * 3600 + number(minutes)? * 60, rest),
                rest if hours.len() > 2 => (number(hours)? / 100 * 3600 + number(hours)? % 100 * 60, rest),
                rest => (number(hours)? * 3600, rest),
            };
            if *sign == '-' {
                seconds = -seconds;
            }
            found.zone = Some(seconds);
            Some(rest)
        }
        [Number(digits), rest @ ..] => {
            let value = number(digits)?;
            if found.date.is_some() && found.year_missing && digits.len() > 2 && found.clock.is_some() {
                let (_, month, day) = found.date?;
                found.date = Some((value, month, day));
                found.year_missing = false;
            } else if found.date.is_none() && digits.len() > 4 {
                found.set_date(value / 10_000, value / 100 % 100, value % 100)?;
            } else if found.date.is_some() && found.year_missing && digits.len() == 4 {
                let (_, month, day) = found.date?;
                found.date = Some((value, month, day));
                found.year_missing = false;
            } else {
                let (hour, minute) = if digits.len() <= 2 { (value, 0) } else { (value / 100, value % 100) };
                found.set_clock(hour, minute, 0)?;
            }
            Some(rest)
        }
        [Word(word), rest @ ..] => {
            match word.as_str() {
                "now" | "today" => {}
                "yesterday" => found.days -= 1,
                "tomorrow" => found.days += 1,
                "noon" => found.set_clock(12, 0, 0)?,
                "midnight" => found.set_clock(0, 0, 0)?,
                "dst" => {}
                "t" if matches!(rest, [Number(_), Sign(':'), ..]) => {}
                word => {
                    if let Some(month) = month(word) {
                        return match rest {
                            [Number(d), Number(y), rest @ ..] if y.len() >= 3 && !matches!(rest, [Sign(':'), ..]) => {
                                found.set_date(number(y)?, month, number(d)?)?;
                                Some(rest)
                            }
                            [Number(y), rest @ ..] if y.len() >= 3 => {
                                found.set_date(number(y)?, month, 1)?;
                                Some(rest)
                            }
                            [Number(d), rest @ ..] => {
                                found.set_date(0, month, number(d)?)?;
                                found.year_missing = true;
                                Some(rest)
                            }
                            _ => None,
                        };
                    }
                    if let Some(day) = weekday(word) {
                        found.weekday = Some((day, 0));
                        return Some(rest);
                    }
                    if let Some((_, ordinal)) = ORDINALS.iter().find(|(name, _)| *name == word) {
                        let [Word(what), rest @ ..] = rest else { return None };
                        if let Some(day) = weekday(what) {
                            found.weekday = Some((day, *ordinal));
                            return Some(rest);
                        }
                        return if is_unit(what) { found.relative(*ordinal, what, rest) } else { None };
                    }
                    if is_unit(word) {
                        return found.relative(1, word, rest);
                    }
                    let (_, hours) = ZONES.iter().find(|(name, _)| *name == word)?;
                    found.zone = Some(hours * 3600);
                }
            }
            Some(rest)
        }
        _ => None,
    }
}

fn month(word: &str) -> Option<i64> {
    let at =
        MONTHS.iter().position(|name| *name == word || name[..3] == *word || word == "sept" && *name == "september")?;
    Some(at as i64 + 1)
}

fn weekday(word: &str) -> Option<i64> {
    let short = ["tues", "wednes", "thur", "thurs"];
    let at = WEEKDAYS
        .iter()
        .position(|name| *name == word || name[..3] == *word || short.contains(&word) && name.starts_with(word))?;
    Some(at as i64)
}

fn singular(unit: &str) -> &str {
    if unit.len() > 2 { unit.strip_suffix('s').unwrap_or(unit) } else { unit }
}

fn is_unit(word: &str) -> bool {
    matches!(
        singular(word),
        "year" | "month" | "fortnight" | "week" | "day" | "hour" | "minute" | "min" | "second" | "sec"
    )
}

fn twelve(hour: i64, half: &str) -> Option<i64> {
    if !(1..=12).contains(&hour) {
        return None;
    }
    Some(hour % 12 + if half.starts_with('p') { 12 } else { 0 })
}

impl Found {
    fn set_date(&mut self, year: i64, month: i64, day: i64) -> Option<()> {
        if self.date.is_some() || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        self.date = Some((year, month, day));
        Some(())
    }

    fn set_clock(&mut self, hour: i64, minute: i64, second: i64) -> Option<()> {
        if self.clock.is_some() || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        self.clock = Some((hour * 3600 + minute * 60 + second) * 1_000_000);
        Some(())
    }

    /// `10:00[:30[.5]] [am|pm]`
    fn take_clock<'a>(&mut self, tokens: &'a [Token]) -> Option<&'a [Token]> {
        use Token::{Number, Sign, Word};
        let number = |text: &String| text.parse::<i64>().ok();
        let [Number(hour), Sign(':'), Number(minute), rest @ ..] = tokens else { return None };
        let (second, micros, rest) = match rest {
            [Sign(':'), Number(second), Sign('.'), Number(part), rest @ ..] => {
                let digits = format!("{part:0<6}");
                (number(second)?, digits[..6].parse().ok()?, rest)
            }
            [Sign(':'), Number(second), rest @ ..] => (number(second)?, 0, rest),
            rest => (0, 0i64, rest),
        };
        let (hour, rest) = match rest {
            [Word(half), rest @ ..] if matches!(half.as_str(), "am" | "pm" | "a.m" | "p.m") => {
                (twelve(number(hour)?, half)?, rest)
            }
            rest => (number(hour)?, rest),
        };
        self.set_clock(hour, number(minute)?, second)?;
        self.clock = self.clock.map(|clock| clock + micros);
        Some(rest)
    }

    fn relative<'a>(&mut self, number: i64, unit: &str, rest: &'a [Token]) -> Option<&'a [Token]> {
        let (number, rest) = match rest {
            [Token::Word(word), rest @ ..] if word == "ago" => (-number, rest),
            rest => (number, rest),
        };
        let (field, times) = match singular(unit) {
            "year" => (&mut self.months, 12),
            "month" => (&mut self.months, 1),
            "fortnight" => (&mut self.days, 14),
            "week" => (&mut self.days, 7),
            "day" => (&mut self.days, 1),
            "hour" => (&mut self.seconds, 3600),
            "minute" | "min" => (&mut self.seconds, 60),
            _ => (&mut self.seconds, 1),
        };
        *field = field.checked_add(number.checked_mul(times)?)?;
        Some(rest)
    }

    fn time(self, now: Time, zone: &Zone, empty: bool) -> Option<Time> {
        let offset = self.zone.unwrap_or_else(|| zone.at(now).0);
        let local = now.unix_micros() + offset * 1_000_000;
        let today = Time::from_unix_micros(local).civil();
        let (mut year, month, mut day) = self.date.unwrap_or((today.year, today.month.into(), today.day.into()));
        if self.year_missing {
            year = today.year;
        }
        if self.date.is_some() && days(year, month, day) >= days(year, month + 1, 1) || year.abs() > 200_000 {
            return None;
        }
        let midnight = self.date.is_some() || self.weekday.is_some() || empty;
        let clock = self.clock.unwrap_or(if midnight { 0 } else { local.rem_euclid(86_400_000_000) });
        if let Some((weekday, ordinal)) = self.weekday.filter(|_| self.date.is_none()) {
            let is = (days(year, month, day) + 4).rem_euclid(7);
            let skips = i64::from(ordinal > 0 && is != weekday);
            day += (weekday - is).rem_euclid(7) + 7 * (ordinal - skips);
        }
        let months = month.checked_add(self.months).filter(|months| months.abs() < 2_000_000)?;
        let date = days(year, months, day).checked_add(self.days).filter(|days| days.abs() < 100_000_000)?;
        let local = date * 86_400 + clock.div_euclid(1_000_000);
        let seconds = match self.zone {
            Some(offset) => local - offset,
            None => zone.time_of(local),
        };
        let seconds = seconds.checked_add(self.seconds).filter(|seconds| seconds.abs() < 9_000_000_000_000)?;
        Some(Time::from_unix_micros(seconds * 1_000_000 + clock.rem_euclid(1_000_000)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_gnu_date_reads_them() {
        let now = Time::parse_rfc3339("2026-11-22T10:00:00Z").unwrap(); // a Sunday
        for (text, time) in [
            ("@0", "1970-01-01T00:00:00Z"),
            ("", "2026-11-22T00:00:00Z"),
            ("2026-01-02", "2026-01-02T00:00:00Z"),
            ("2026-01-02 03:04", "2026-01-02T03:04:00Z"),
            ("2026-01-02T03:04:05", "2026-01-02T03:04:05Z"),
            ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
            ("2026-01-02T03:04:05+09:00", "2026-01-01T18:04:05Z"),
            ("2026-01-02 03:04 -0500", "2026-01-02T08:04:00Z"),
            ("+1 day", "2026-11-23T10:00:00Z"),
            ("2 hours ago", "2026-11-22T08:00:00Z"),
            ("yesterday", "2026-11-21T10:00:00Z"),
            ("now", "2026-11-22T10:00:00Z"),
            ("1day", "2026-11-23T10:00:00Z"),
            ("2024-01-31 +1 month", "2024-03-02T00:00:00Z"),
            ("next friday", "2026-11-27T00:00:00Z"),
            ("last monday", "2026-11-16T00:00:00Z"),
            ("sunday", "2026-11-22T00:00:00Z"),
            ("next month", "2026-12-22T10:00:00Z"),
            ("last year", "2025-11-22T10:00:00Z"),
            ("Jan 5 2024 10:30pm", "2024-01-05T22:30:00Z"),
            ("5 January 2024", "2024-01-05T00:00:00Z"),
            ("01/31/2024", "2024-01-31T00:00:00Z"),
            ("20240131", "2024-01-31T00:00:00Z"),
            ("10am", "2026-11-22T10:00:00Z"),
            ("tomorrow noon", "2026-11-23T12:00:00Z"),
            ("Sun Nov 22 10:00:00 UTC 2026", "2026-11-22T10:00:00Z"),
        ] {
            assert_eq!(parse(text, now, &Zone::utc()).map(Time::rfc3339).as_deref(), Some(time), "{text}");
        }
        for text in ["nonsense", "2024-02-30", "2024-13-01", "25:00", "1 parsec ago"] {
            assert_eq!(parse(text, now, &Zone::utc()), None, "{text}");
        }
    }
}
