//! Time zones: what `TZ` names, as a rule of POSIX (`CET-1CEST,M3.5.0,M10.5.0/3`) or by the name of a place.

use sim::Time;

use crate::Process;

/// The rules of places that people name, as the end of their files in `/usr/share/zoneinfo` says them: today's, for all times.
const PLACES: [(&str, &str); 60] = [
    ("Africa/Cairo", "EET-2EEST,M4.5.5/0,M10.5.4/24"),
    ("Africa/Johannesburg", "SAST-2"),
    ("Africa/Lagos", "WAT-1"),
    ("Africa/Nairobi", "EAT-3"),
    ("America/Argentina/Buenos_Aires", "<-03>3"),
    ("America/Bogota", "<-05>5"),
    ("America/Chicago", "CST6CDT,M3.2.0,M11.1.0"),
    ("America/Denver", "MST7MDT,M3.2.0,M11.1.0"),
    ("America/Los_Angeles", "PST8PDT,M3.2.0,M11.1.0"),
    ("America/Mexico_City", "CST6"),
    ("America/New_York", "EST5EDT,M3.2.0,M11.1.0"),
    ("America/Phoenix", "MST7"),
    ("America/Sao_Paulo", "<-03>3"),
    ("America/Toronto", "EST5EDT,M3.2.0,M11.1.0"),
    ("America/Vancouver", "PST8PDT,M3.2.0,M11.1.0"),
    ("Asia/Bangkok", "<+07>-7"),
    ("Asia/Calcutta", "IST-5:30"),
    ("Asia/Dhaka", "<+06>-6"),
    ("Asia/Dubai", "<+04>-4"),
    ("Asia/Ho_Chi_Minh", "<+07>-7"),
    ("Asia/Hong_Kong", "HKT-8"),
    ("Asia/Jakarta", "WIB-7"),
    ("Asia/Jerusalem", "IST-2IDT,M3.4.4/26,M10.5.0"),
    ("Asia/Karachi", "PKT-5"),
    ("Asia/Kathmandu", "<+0545>-5:45"),
    ("Asia/Kolkata", "IST-5:30"),
    ("Asia/Manila", "PST-8"),
    ("Asia/Seoul", "KST-9"),
    ("Asia/Shanghai", "CST-8"),
    ("Asia/Singapore", "<+08>-8"),
    ("Asia/Taipei", "CST-8"),
    ("Asia/Tokyo", "JST-9"),
    ("Australia/Sydney", "AEST-10AEDT,M10.1.0,M4.1.0/3"),
    ("CET", "CET-1CEST,M3.5.0,M10.5.0/3"),
    ("EST", "EST5"),
    ("EST5EDT", "EST5EDT,M3.2.0,M11.1.0"),
    ("Etc/GMT", "GMT0"),
    ("Etc/UTC", "UTC0"),
    ("Europe/Amsterdam", "CET-1CEST,M3.5.0,M10.5.0/3"),
    ("Europe/Athens", "EET-2EEST,M3.5.0/3,M10.5.0/4"),
    ("Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3"),
    ("Europe/Brussels", "CET-1CEST,M3.5.0,M10.5.0/3"),
    ("Europe/Istanbul", "<+03>-3"),
    ("Europe/Kiev", "EET-2EEST,M3.5.0/3,M10.5.0/4"),
    ("Europe/Kyiv", "EET-2EEST,M3.5.0/3,M10.5.0/4"),
    ("Europe/Lisbon", "WET0WEST,M3.5.0/1,M10.5.0"),
    ("Europe/London", "GMT0BST,M3.5.0/1,M10.5.0"),
    ("Europe/Madrid", "CET-1CEST,M3.5.0,M10.5.0/3"),
    ("Europe/Moscow", "MSK-3"),
    ("Europe/Paris", "CET-1CEST,M3.5.0,M10.5.0/3"),
    ("Europe/Rome", "CET-1CEST,M3.5.0,M10.5.0/3"),
    ("Europe/Stockholm", "CET-1CEST,M3.5.0,M10.5.0/3"),
    ("Europe/Vienna", "CET-1CEST,M3.5.0,M10.5.0/3"),
    ("Europe/Warsaw", "CET-1CEST,M3.5.0,M10.5.0/3"),
    ("Europe/Zurich", "CET-1CEST,M3.5.0,M10.5.0/3"),
    ("GMT", "GMT0"),
    ("PST8PDT", "PST8PDT,M3.2.0,M11.1.0"),
    ("Pacific/Auckland", "NZST-12NZDT,M9.5.0,M4.1.0/3"),
    ("Pacific/Honolulu", "HST10"),
    ("UTC", "UTC0"),
];

/// When a year's summer time begins or ends: a month, a week of it (5 is the last), a weekday, and seconds of that day.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Change {
    month: u32,
    week: u32,
    weekday: u32,
    second: i64,
}

/// Seconds east of Greenwich, and what that time is called.
#[derive(Clone, Debug, PartialEq)]
struct Part {
    offset: i64,
    name: String,
}

/// A time zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    standard: Part,
    summer: Option<(Part, Change, Change)>,
}

impl Zone {
    /// UTC.
    pub fn utc() -> Zone {
        Zone { standard: Part { offset: 0, name: "UTC".into() }, summer: None }
    }

    /// What a value of `TZ` names on a process's machine; without one UTC.
    pub fn named(text: Option<&str>, p: &Process) -> Zone {
        let Some(text) = text.map(|text| text.trim_start_matches(':')).filter(|text| !text.is_empty()) else {
            return Zone::utc();
        };
        // Small images have no files of places.
        let places =
            !matches!(p.image().as_str(), image if image.starts_with("busybox") || image.starts_with("alpine"));
        let place = PLACES.binary_search_by_key(&text, |(name, _)| name).ok().filter(|_| places);
        let rule = place.map_or(text, |at| PLACES[at].1);
        match posix(rule) {
            Some(zone) => zone,
            // Unknown: UTC under the name's first letters.
            None => {
                let name: String = text.chars().take_while(char::is_ascii_alphabetic).collect();
                let name = if name.len() < 3 { "UTC".to_owned() } else { name };
                Zone { standard: Part { offset: 0, name }, summer: None }
            }
        }
    }

    /// Seconds east of Greenwich at a time, and the zone's name then.
    pub fn at(&self, time: Time) -> (i64, &str) {
        let Some((summer, begins, ends)) = &self.summer else { return (self.standard.offset, &self.standard.name) };
        let seconds = time.unix_secs();
        let year = Time::from_unix_secs(seconds + self.standard.offset).civil().year;
        let begin = second_of(year, begins) - self.standard.offset;
        let end = second_of(year, ends) - summer.offset;
        let in_summer = if begin < end { (begin..end).contains(&seconds) } else { !(end..begin).contains(&seconds) };
        let part = if in_summer { summer } else { &self.standard };
        (part.offset, &part.name)
    }

    /// The time at which clocks here show this local time, counted in seconds as if it were UTC.
    pub fn time_of(&self, local: i64) -> i64 {
        let guess = local - self.at(Time::from_unix_secs(local - self.standard.offset)).0;
        local - self.at(Time::from_unix_secs(guess)).0
    }
}

/// Days from 1970 to a date; months and days may lie outside their usual range.
pub fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = (year + (month - 1).div_euclid(12), (month - 1).rem_euclid(12) + 1);
    let from_march = (month + 9) % 12;
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * from_march + 2) / 5;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year + day - 1 - 719_468
}

fn second_of(year: i64, change: &Change) -> i64 {
    let first = days(year, change.month.into(), 1);
    let weekday = (first + 4).rem_euclid(7); // 1970 began on a Thursday
    let mut day = first + (i64::from(change.weekday) - weekday).rem_euclid(7) + 7 * (i64::from(change.week) - 1);
    while day >= days(year, i64::from(change.month) + 1, 1) {
        day -= 7;
    }
    day * 86_400 + change.second
}

/// Reads a rule of POSIX.
fn posix(text: &str) -> Option<Zone> {
    let mut rest = text;
    let name = name(&mut rest)?;
    let standard = Part { offset: -clock(&mut rest)?, name };
    if rest.is_empty() {
        return Some(Zone { standard, summer: None });
    }
    let name = self::name(&mut rest)?;
    let offset = if rest.is_empty() || rest.starts_with(',') { standard.offset + 3600 } else { -clock(&mut rest)? };
    let mut changes = rest.strip_prefix(',').unwrap_or("M3.2.0,M11.1.0").split(',');
    let begins = change(changes.next()?)?;
    let ends = change(changes.next()?)?;
    Some(Zone { standard, summer: Some((Part { offset, name }, begins, ends)) })
}

fn name(rest: &mut &str) -> Option<String> {
    let (name, after) = match rest.strip_prefix('<') {
        Some(quoted) => quoted.split_once('>')?,
        None => rest.split_at(rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len())),
    };
    *rest = after;
    (name.len() >= 3).then(|| name.to_owned())
}

/// `[+-]hh[:mm[:ss]]` in seconds.
fn clock(rest: &mut &str) -> Option<i64> {
    let end = rest.find(|c: char| !(c.is_ascii_digit() || "+-:".contains(c))).unwrap_or(rest.len());
    let (text, after) = rest.split_at(end);
    *rest = after;
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut seconds = 0;
    for (at, part) in digits.split(':').enumerate() {
        seconds += part.parse::<u32>().ok().map(i64::from)? * [3600, 60, 1].get(at)?;
    }
    Some(sign * seconds)
}

fn change(text: &str) -> Option<Change> {
    let (date, time) = text.split_once('/').unwrap_or((text, "2"));
    let mut parts = date.strip_prefix('M')?.split('.').map(|part| part.parse::<u32>().ok());
    let (month, week, weekday) = (parts.next()??, parts.next()??, parts.next()??);
    Some(Change { month, week, weekday, second: clock(&mut &*time)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_in_order_and_readable() {
        for pair in PLACES.windows(2) {
            assert!(pair[0].0 < pair[1].0, "{}", pair[1].0);
        }
        for (place, rule) in PLACES {
            assert!(posix(rule).is_some(), "{place}");
        }
    }

    #[test]
    fn summer_time_comes_and_goes() {
        let zone = posix("EST5EDT,M3.2.0,M11.1.0").unwrap();
        for (time, offset, name) in [
            ("2024-03-10T06:59:59Z", -18_000, "EST"),
            ("2024-03-10T07:00:00Z", -14_400, "EDT"),
            ("2024-11-03T05:59:59Z", -14_400, "EDT"),
            ("2024-11-03T06:00:00Z", -18_000, "EST"),
        ] {
            assert_eq!(zone.at(Time::parse_rfc3339(time).unwrap()), (offset, name), "{time}");
        }
        let south = posix("AEST-10AEDT,M10.1.0,M4.1.0/3").unwrap();
        assert_eq!(south.at(Time::parse_rfc3339("2024-01-01T00:00:00Z").unwrap()), (39_600, "AEDT"));
        assert_eq!(
            zone.time_of(days(2024, 7, 1) * 86_400),
            Time::parse_rfc3339("2024-07-01T04:00:00Z").unwrap().unix_secs()
        );
    }
}
