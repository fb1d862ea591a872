//! Schedules of CronJobs: `*/5 * * * *`, `@daily`, `@every 90m`.
//!
//! Follows github.com/robfig/cron/v3 (parser.go, spec.go), which Kubernetes uses.
//! <https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax>

use std::time::Duration;

use sim::Time;

use crate::zones::Zone;

/// Minutes, hours, days of the month, months, days of the week, as sets of bits.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Schedule {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Set by `@every`; the other fields do not count then.
    every: Option<Duration>,
}

/// The values of a field: the lowest, the highest, and names for the values from the lowest on.
type Bounds = (u32, u32, &'static [&'static str]);
const MINUTES: Bounds = (0, 59, &[]);
const HOURS: Bounds = (0, 23, &[]);
const DAYS: Bounds = (1, 31, &[]);
const MONTHS: Bounds = (1, 12, &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]);
const WEEKDAYS: Bounds = (0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]);
/// Every value: such a field does not choose days.
const STAR: u64 = 1 << 63;

impl Schedule {
    /// Reads a schedule.
    ///
    /// # Errors
    /// The message of the cron parser.
    pub fn parse(text: &str) -> Result<Schedule, String> {
        let zone = text.strip_prefix("CRON_TZ=").or_else(|| text.strip_prefix("TZ="));
        let (zone, text) = zone.map_or((None, text), |rest| {
            let (zone, fields) = rest.split_once(' ').unwrap_or((rest, ""));
            (Some(zone), fields.trim())
        });
        if let Some(zone) = zone.filter(|zone| Zone::find(zone).is_none()) {
            return Err(format!("provided bad location {zone}: unknown time zone {zone}"));
        }
        let fields = match text {
            "" => return Err("empty spec string".to_owned()),
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            descriptor if descriptor.starts_with('@') => {
                let Some(every) = descriptor.strip_prefix("@every ") else {
                    return Err(format!("unrecognized descriptor: {descriptor}"));
                };
                let Some(every) = duration(every) else {
                    return Err(format!("failed to parse duration {descriptor}: time: invalid duration {every:?}"));
                };
                let every = Some(Duration::from_secs(every.max(1)));
                return Ok(Schedule { minutes: 0, hours: 0, days: 0, months: 0, weekdays: 0, every });
            }
            text => text,
        };
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields.as_slice() else {
            return Err(format!("expected exactly 5 fields, found {}: [{}]", fields.len(), fields.join(" ")));
        };
        Ok(Schedule {
            minutes: field(minutes, MINUTES)?,
            hours: field(hours, HOURS)?,
            days: field(days, DAYS)?,
            months: field(months, MONTHS)?,
            weekdays: field(weekdays, WEEKDAYS)?,
            every: None,
        })
    }

    fn matches(&self, time: Time) -> bool {
        let civil = time.civil();
        let has = |set: u64, value: u32| set & (1 << value) != 0;
        let (day, weekday) = (has(self.days, civil.day), has(self.weekdays, civil.weekday));
        let days = if (self.days | self.weekdays) & STAR != 0 { day && weekday } else { day || weekday };
        has(self.minutes, civil.minute) && has(self.hours, civil.hour) && has(self.months, civil.month) && days
    }

    /// The first time after this one, by a zone's clock; none within five years is none at all. What the clock passes over in
    /// spring does not come, and what it shows twice in autumn comes twice.
    pub fn next(&self, after: Time, zone: &Zone) -> Option<Time> {
        if let Some(every) = self.every {
            return Some(Time::from_unix_secs(after.unix_secs()) + every);
        }
        let mut minute = after.unix_secs().div_euclid(60) + 1;
        let end = minute + 5 * 366 * 24 * 60;
        while minute < end {
            let time = Time::from_unix_secs(minute * 60);
            let local = zone.local(time);
            if self.matches(local) {
                return Some(time);
            }
            // Days without a run are skipped at once; only up to two hours before their end where the clock may be changed.
            let civil = local.civil();
            let noon = Schedule { minutes: u64::MAX, hours: u64::MAX, ..*self };
            let left = i64::from(24 * 60 - civil.hour * 60 - civil.minute);
            let left = if zone.changes() && left > 120 { left - 120 } else { left };
            minute += if noon.matches(local) { 1 } else { left };
        }
        None
    }

    /// The last time after `since` and by `now`.
    pub fn latest(&self, since: Time, now: Time, zone: &Zone) -> Option<Time> {
        let mut found = None;
        // Of missed times only the last counts, so that searching one day back is enough.
        let mut from = since.max(now - Duration::from_secs(86_400));
        while let Some(next) = self.next(from, zone).filter(|next| *next <= now) {
            found = Some(next);
            from = next;
        }
        found
    }
}

/// The seconds of `1h30m`; fractions and smaller units are not known here.
fn duration(text: &str) -> Option<u64> {
    let mut seconds = 0_u64;
    for part in text.split_inclusive(['h', 'm', 's']) {
        let (digits, unit) = part.split_at_checked(part.len() - 1)?;
        let unit = match unit {
            "h" => 3600,
            "m" => 60,
            "s" => 1,
            _ => return None,
        };
        seconds = seconds.checked_add(digits.parse::<u64>().ok()?.checked_mul(unit)?)?;
    }
    (!text.is_empty()).then_some(seconds.min(u64::from(u32::MAX)))
}

fn field(text: &str, bounds: Bounds) -> Result<u64, String> {
    text.split(',').filter(|part| !part.is_empty()).try_fold(0, |set, part| Ok(set | range(part, bounds)?))
}

/// `7`, `1-5`, `*`, each with `/2`.
fn range(text: &str, (least, most, names): Bounds) -> Result<u64, String> {
    let value = |word: &str| match names.iter().position(|name| name.eq_ignore_ascii_case(word)) {
        Some(at) => Ok(least + at as u32),
        None => number(word),
    };
    let mut parts = text.split('/');
    let numbers: Vec<&str> = parts.next().unwrap_or_default().split('-').collect();
    let star = matches!(numbers.first(), Some(&("*" | "?")));
    let (from, mut to) = match numbers.as_slice() {
        _ if star => (least, most),
        [only] => (value(only)?, value(only)?),
        [from, to] => (value(from)?, value(to)?),
        _ => return Err(format!("too many hyphens: {text}")),
    };
    let step = match (parts.next(), parts.next()) {
        (None, _) => 1,
        (Some(step), None) => {
            let step = number(step)?;
            if numbers.len() == 1 {
                to = most;
            }
            step
        }
        _ => return Err(format!("too many slashes: {text}")),
    };
    if from < least {
        return Err(format!("beginning of range ({from}) below minimum ({least}): {text}"));
    }
    if to > most {
        return Err(format!("end of range ({to}) above maximum ({most}): {text}"));
    }
    if from > to {
        return Err(format!("beginning of range ({from}) beyond end of range ({to}): {text}"));
    }
    if step == 0 {
        return Err(format!("step of range should be a positive number: {text}"));
    }
    let bits = (from..=to).step_by(step as usize).fold(0, |set, value| set | 1 << value);
    Ok(if star && step == 1 { bits | STAR } else { bits })
}

fn number(text: &str) -> Result<u32, String> {
    match text.parse::<i64>() {
        Ok(number) if number < 0 => Err(format!("negative number ({number}) not allowed: {text}")),
        Ok(number) => Ok(u32::try_from(number).unwrap_or(u32::MAX)),
        Err(_) => Err(format!("failed to parse int from {text}: strconv.Atoi: parsing {text:?}: invalid syntax")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_say_when() {
        let now = Time::parse_rfc3339("2026-11-22T10:02:30Z").unwrap(); // a Sunday
        for (schedule, next) in [
            ("*/5 * * * *", "2026-11-22T10:05:00Z"),
            ("* * * * *", "2026-11-22T10:03:00Z"),
            ("0 0 * * *", "2026-11-23T00:00:00Z"),
            ("@hourly", "2026-11-22T11:00:00Z"),
            ("@every 90s", "2026-11-22T10:04:00Z"),
            ("30 9 1 * *", "2026-12-01T09:30:00Z"),
            ("0 12 * * MON-FRI", "2026-11-23T12:00:00Z"),
            ("0 12 13 * 0", "2026-11-22T12:00:00Z"),
            // With a step a star chooses days, so that either of both will do.
            ("0 12 */30 * mon", "2026-11-23T12:00:00Z"),
            ("15,45 10-11 * nov 0", "2026-11-22T10:15:00Z"),
            ("0 0 29 2 *", "2028-02-29T00:00:00Z"),
        ] {
            let found =
                Schedule::parse(schedule).ok().and_then(|schedule| schedule.next(now, &Zone::UTC)).map(Time::rfc3339);
            assert_eq!(found.as_deref(), Some(next), "{schedule}");
        }
        assert_eq!(Schedule::parse("0 0 31 2 *").unwrap().next(now, &Zone::UTC), None);
    }

    #[test]
    fn a_bad_schedule_says_why() {
        for (schedule, why) in [
            ("", "empty spec string"),
            ("* * * *", "expected exactly 5 fields, found 4: [* * * *]"),
            ("60 * * * *", "end of range (60) above maximum (59): 60"),
            ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
            ("* * * * 7", "end of range (7) above maximum (6): 7"),
            ("a * * * *", "failed to parse int from a: strconv.Atoi: parsing \"a\": invalid syntax"),
            ("5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"),
            ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
            ("*/1/1 * * * *", "too many slashes: */1/1"),
            ("*/0 * * * *", "step of range should be a positive number: */0"),
            ("@never", "unrecognized descriptor: @never"),
            ("@every x", "failed to parse duration @every x: time: invalid duration \"x\""),
        ] {
            assert_eq!(Schedule::parse(schedule).unwrap_err(), why);
        }
    }

    #[test]
    fn a_schedule_goes_by_the_clock_of_its_zone() {
        let time = |text: &str| Time::parse_rfc3339(text).unwrap();
        for (schedule, zone, after, expected) in [
            ("30 19 * * *", "Asia/Seoul", "2026-11-22T10:00:00Z", "2026-11-22T10:30:00Z"),
            ("0 0 1 * *", "America/New_York", "2026-11-22T10:00:00Z", "2026-12-01T05:00:00Z"),
            ("0 9 * * *", "Europe/Berlin", "2026-03-28T10:00:00Z", "2026-03-29T07:00:00Z"),
            // That hour is not there on the day when the clock is put forward, and there twice when it is put back.
            ("30 2 * * *", "Europe/Berlin", "2026-03-28T10:00:00Z", "2026-03-30T00:30:00Z"),
            ("30 2 * * *", "Europe/Berlin", "2026-10-24T10:00:00Z", "2026-10-25T00:30:00Z"),
            ("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"),
            ("0 0 * * 1", "America/Havana", "2026-03-03T10:00:00Z", "2026-03-09T04:00:00Z"),
        ] {
            let next = Schedule::parse(schedule).unwrap().next(time(after), &Zone::find(zone).unwrap());
            assert_eq!(next.map(Time::rfc3339).as_deref(), Some(expected), "{schedule} {zone} after {after}");
        }
        assert!(Schedule::parse("TZ=Asia/Seoul 0 0 * * *").is_ok());
        assert_eq!(
            Schedule::parse("CRON_TZ=Asia/Seol 0 0 * * *"),
            Err("provided bad location Asia/Seol: unknown time zone Asia/Seol".to_owned())
        );
        assert_eq!(Schedule::parse("TZ=UTC * * *"), Err("expected exactly 5 fields, found 3: [* * *]".to_owned()));
    }
}
