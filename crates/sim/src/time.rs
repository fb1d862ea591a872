//! Points in virtual time.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

/// A point in virtual time: microseconds since the Unix epoch, in UTC.
///
/// It never comes from a wall clock; a world chooses where its time starts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Time(i64);

/// A [`Time`] taken apart into the proleptic Gregorian calendar, UTC.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CivilTime {
    /// The year, such as 2026.
    pub year: i64,
    /// The month, 1 to 12.
    pub month: u32,
    /// The day of the month, 1 to 31.
    pub day: u32,
    /// The hour, 0 to 23.
    pub hour: u32,
    /// The minute, 0 to 59.
    pub minute: u32,
    /// The second, 0 to 59.
    pub second: u32,
    /// Microseconds within the second.
    pub micros: u32,
    /// The day of the week, Sunday is 0.
    pub weekday: u32,
    /// The day of the year, January 1st is 1.
    pub year_day: u32,
}

impl Time {
    /// The time `micros` microseconds after the Unix epoch.
    pub const fn from_unix_micros(micros: i64) -> Self {
        Time(micros)
    }

    /// The time `secs` seconds after the Unix epoch.
    pub const fn from_unix_secs(secs: i64) -> Self {
        Time(secs * 1_000_000)
    }

    /// Microseconds since the Unix epoch.
    pub const fn unix_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub const fn unix_secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// How long after `earlier` this is; zero if it is before.
    pub fn since(self, earlier: Time) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Reads `2026-11-22T10:25:07Z`, with an optional fraction of a second; nothing else of RFC 3339.
    pub fn parse_rfc3339(text: &str) -> Option<Time> {
        let text = text.strip_suffix('Z')?;
        let (date, clock) = text.split_once('T')?;
        let mut date = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
        let (year, month, day) = (date.next()??, date.next()??, date.next()??);
        let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
        let mut clock = clock.splitn(3, ':').map(|part| part.parse::<i64>().ok());
        let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) || !(-9999..=9999).contains(&year) {
            return None;
        }
        if !(0..24).contains(&hour) || !(0..60).contains(&minute) || !(0..=60).contains(&second) {
            return None;
        }
        let mut micros = 0;
        if !fraction.is_empty() {
            let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
            micros = digits.parse::<i64>().ok()?;
        }
        let secs = days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
        Some(Time(secs * 1_000_000 + micros))
    }

    /// `2026-11-22T10:25:07Z`: how the Kubernetes API writes a `metav1.Time`.
    pub fn rfc3339(self) -> String {
        let secs = self.unix_secs();
        let (year, month, day) = civil_from_days(secs.div_euclid(86_400));
        let rest = secs.rem_euclid(86_400) as u32;
        // Digit by digit into one text: every object that is written has some of these.
        let mut text = String::with_capacity("2026-11-22T10:25:07.000000Z".len());
        match u32::try_from(year) {
            Ok(year @ ..10_000) => [year / 100, year % 100].into_iter().for_each(|number| push_two(&mut text, number)),
            _ => text.push_str(&format!("{year:04}")),
        }
        for (mark, number) in [('-', month), ('-', day), ('T', rest / 3600), (':', rest / 60 % 60), (':', rest % 60)] {
            text.push(mark);
            push_two(&mut text, number);
        }
        text.push('Z');
        text
    }

    /// `2026-11-22T10:25:07.000000Z`: how the Kubernetes API writes a `metav1.MicroTime`.
    pub fn rfc3339_micros(self) -> String {
        let text = self.rfc3339();
        format!("{}.{:06}Z", text.trim_end_matches('Z'), self.civil().micros)
    }

    /// The calendar's view of this time.
    pub fn civil(self) -> CivilTime {
        let secs = self.unix_secs();
        let days = secs.div_euclid(86_400);
        let rest = secs.rem_euclid(86_400) as u32;
        let (year, month, day) = civil_from_days(days);
        CivilTime {
            year,
            month,
            day,
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
            micros: self.0.rem_euclid(1_000_000) as u32,
            weekday: (days + 4).rem_euclid(7) as u32,
            year_day: (days - days_from_civil(year, 1, 1) + 1) as u32,
        }
    }
}

/// A number below 100 as two digits.
fn push_two(text: &mut String, number: u32) {
    text.push(char::from(b'0' + (number / 10 % 10) as u8));
    text.push(char::from(b'0' + (number % 10) as u8));
}

impl Add<Duration> for Time {
    type Output = Time;
    fn add(self, duration: Duration) -> Time {
        Time(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for Time {
    type Output = Time;
    fn sub(self, duration: Duration) -> Time {
        Time(self.0.saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar. The year is counted from March, so that the leap
/// day is its last day.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted + 2) / 5 + 1) as u32;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 } as u32;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_and_write_the_same_text() {
        for (secs, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_795_343_107, "2026-11-22T10:25:07Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(Time::from_unix_secs(secs).rfc3339(), text);
            assert_eq!(Time::parse_rfc3339(text), Some(Time::from_unix_secs(secs)));
        }
        assert_eq!(Time::parse_rfc3339("2026-11-22T10:25:07.25Z").map(|t| t.civil().micros), Some(250_000));
        assert_eq!(Time::from_unix_secs(1_795_343_107).civil().weekday, 0);
        for bad in ["", "2026-11-22", "2026-13-22T10:25:07Z", "2026-11-22T10:25:07+09:00", "x-y-zT1:2:3Z"] {
            assert_eq!(Time::parse_rfc3339(bad), None, "{bad}");
        }
    }
}
