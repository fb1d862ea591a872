//! Ages and timestamps as kubectl prints them.

use sim::Time;

/// How long ago a timestamp of the API was; `<unknown>` without one.
pub fn age(timestamp: &str, now: Time) -> String {
    match Time::parse_rfc3339(timestamp) {
        Some(time) => api::duration::human(now.since(time).as_secs() as i64),
        None => "<unknown>".to_owned(),
    }
}

/// `Sun, 22 Nov 2026 10:26:07 +0000`: Go's RFC1123Z.
pub fn rfc1123(timestamp: &str) -> String {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let Some(time) = Time::parse_rfc3339(timestamp) else { return timestamp.to_owned() };
    let t = time.civil();
    let (day, month) = (DAYS[t.weekday as usize % 7], MONTHS[(t.month as usize + 11) % 12]);
    format!("{day}, {:02} {month} {:04} {:02}:{:02}:{:02} +0000", t.day, t.year, t.hour, t.minute, t.second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_printed_as_go_does() {
        assert_eq!(rfc1123("2026-11-22T10:26:07Z"), "Sun, 22 Nov 2026 10:26:07 +0000");
        assert_eq!(age("2026-11-22T10:26:07Z", Time::parse_rfc3339("2026-11-22T10:26:47Z").unwrap()), "40s");
        assert_eq!(age("", Time::default()), "<unknown>");
    }
}
