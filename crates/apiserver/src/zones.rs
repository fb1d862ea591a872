//! Time zones by their IANA names, for CronJobs: how far local time is ahead of UTC, and when summer time begins and ends.

use sim::Time;

const ZONES: &str = include_str!("../data/zones.txt");

/// A time zone's rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// Seconds ahead of UTC.
    standard: i64,
    summer: Option<Summer>,
}

#[derive(Clone, Debug, PartialEq)]
struct Summer {
    /// Seconds ahead of UTC.
    offset: i64,
    begins: Change,
    ends: Change,
}

/// The day of a change, `month.week.weekday`, and the seconds from its midnight on, by the clock that goes until then.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Change {
    month: i64,
    week: i64,
    weekday: i64,
    seconds: i64,
}

impl Change {
    fn read(text: &str) -> Option<Change> {
        let (day, minutes) = text.split_once('@')?;
        let mut parts = day.split('.').map(|part| part.parse::<i64>().ok());
        let (month, week, weekday) = (parts.next()??, parts.next()??, parts.next()??);
        Some(Change { month, week, weekday, seconds: minutes.parse::<i64>().ok()? * 60 })
    }

    /// Seconds since 1970 by the local clock.
    fn in_year(self, year: i64) -> i64 {
        let first_of = |year: i64, month: i64| {
            Time::parse_rfc3339(&format!("{year:04}-{month:02}-01T00:00:00Z")).unwrap_or_default()
        };
        let first = first_of(year, self.month);
        let ahead = (self.weekday - i64::from(first.civil().weekday)).rem_euclid(7);
        let mut day = ahead + (self.week - 1) * 7;
        let (next_year, next_month) = if self.month == 12 { (year + 1, 1) } else { (year, self.month + 1) };
        let days = (first_of(next_year, next_month).unix_secs() - first.unix_secs()) / 86_400;
        while day >= days {
            day -= 7;
        }
        first.unix_secs() + day * 86_400 + self.seconds
    }
}

impl Zone {
    /// The zone that is UTC.
    pub const UTC: Zone = Zone { standard: 0, summer: None };

    /// The zone of this name; `None` if there is none. The names are told apart by their letters' case.
    pub fn find(name: &str) -> Option<Zone> {
        let lines = ZONES.lines().filter(|line| !line.starts_with('#'));
        let mut rules = lines.filter_map(|line| line.split_once(' '));
        let (rule, _) = rules.find(|(_, names)| names.split(' ').any(|known| known == name))?;
        let mut parts = rule.split(',');
        let mut minutes = || parts.next()?.parse::<i64>().ok().map(|minutes| minutes * 60);
        let (standard, offset) = (minutes()?, minutes());
        let summer = match (offset, parts.next(), parts.next()) {
            (Some(offset), Some(begins), Some(ends)) => {
                Some(Summer { offset, begins: Change::read(begins)?, ends: Change::read(ends)? })
            }
            _ => None,
        };
        Some(Zone { standard, summer })
    }

    /// Whether its clock is ever changed.
    pub fn changes(&self) -> bool {
        self.summer.is_some()
    }

    /// How many seconds local time is ahead of UTC.
    pub fn offset(&self, time: Time) -> i64 {
        let Some(summer) = &self.summer else { return self.standard };
        let now = time.unix_secs();
        let year = Time::from_unix_secs(now + self.standard).civil().year;
        let begins = summer.begins.in_year(year) - self.standard;
        let ends = summer.ends.in_year(year) - summer.offset;
        let is_summer = if begins < ends { (begins..ends).contains(&now) } else { !(ends..begins).contains(&now) };
        if is_summer { summer.offset } else { self.standard }
    }

    /// The local time, as if it were UTC.
    pub fn local(&self, time: Time) -> Time {
        Time::from_unix_secs(time.unix_secs() + self.offset(time))
    }

    /// `2026-11-22T19:30:00+09:00`
    pub fn rfc3339(&self, time: Time) -> String {
        let minutes = self.offset(time) / 60;
        let local = self.local(time).rfc3339();
        if minutes == 0 {
            return local;
        }
        let sign = if minutes < 0 { '-' } else { '+' };
        let minutes = minutes.abs();
        format!("{}{sign}{:02}:{:02}", local.trim_end_matches('Z'), minutes / 60, minutes % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_can_be_read() {
        let mut names = 0;
        for line in ZONES.lines().filter(|line| !line.starts_with('#')) {
            let (rule, all) = line.split_once(' ').unwrap();
            for name in all.split(' ') {
                let zone = Zone::find(name).unwrap_or_else(|| panic!("{name}"));
                assert_eq!(zone.changes(), rule.contains('@'), "{name}");
                names += 1;
            }
        }
        assert!(names > 500);
        assert_eq!(Zone::find("Asia/Seol"), None);
        assert_eq!(Zone::find("asia/seoul"), None);
        assert_eq!(Zone::find("UTC"), Some(Zone::UTC));
    }

    #[test]
    fn clocks_are_changed_when_they_are() {
        for (zone, utc, local) in [
            ("Asia/Seoul", "2026-11-22T10:30:00Z", "2026-11-22T19:30:00+09:00"),
            ("Asia/Kolkata", "2026-11-22T10:30:00Z", "2026-11-22T16:00:00+05:30"),
            ("Europe/Berlin", "2026-03-29T00:59:00Z", "2026-03-29T01:59:00+01:00"),
            ("Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00+02:00"),
            ("Europe/Berlin", "2026-10-25T00:59:00Z", "2026-10-25T02:59:00+02:00"),
            ("Europe/Berlin", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00+01:00"),
            ("Europe/Dublin", "2026-07-01T00:00:00Z", "2026-07-01T01:00:00+01:00"),
            ("Europe/Dublin", "2026-12-01T00:00:00Z", "2026-12-01T00:00:00Z"),
            ("America/New_York", "2026-03-08T06:59:00Z", "2026-03-08T01:59:00-05:00"),
            ("America/New_York", "2026-03-08T07:00:00Z", "2026-03-08T03:00:00-04:00"),
            ("America/New_York", "2026-11-01T06:00:00Z", "2026-11-01T01:00:00-05:00"),
            ("Australia/Sydney", "2026-01-01T00:00:00Z", "2026-01-01T11:00:00+11:00"),
            ("Australia/Sydney", "2026-07-01T00:00:00Z", "2026-07-01T10:00:00+10:00"),
            ("America/Sao_Paulo", "2026-07-01T00:00:00Z", "2026-06-30T21:00:00-03:00"),
        ] {
            let time = Time::parse_rfc3339(utc).unwrap();
            assert_eq!(Zone::find(zone).unwrap().rfc3339(time), local, "{zone}");
        }
    }
}
