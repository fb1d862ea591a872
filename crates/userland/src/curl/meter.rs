//! The table that curl draws on standard error while it works.

use sim::Duration;

/// The table that curl draws on standard error while it works.
pub(super) struct Meter {
    /// Whether it is wanted.
    pub shown: bool,
    /// Whether its line stands there unfinished.
    pub begun: bool,
}

/// Its first two lines.
pub(super) const METER_HEAD: &str = "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current
                                 Dload  Upload   Total   Spent    Left  Speed
";

fn clock(duration: Duration) -> String {
    let seconds = duration.as_secs();
    format!("{:>2}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// A number in five columns, as the meter writes it.
fn short(number: u64) -> String {
    if number < 100_000 {
        format!("{number:>5}")
    } else if number < 10_000 * 1024 {
        format!("{:>4}k", number / 1024)
    } else {
        format!("{:>4}M", number / (1 << 20))
    }
}

impl Meter {
    /// The line at one moment.
    pub(super) fn line(total: u64, received: u64, sent: u64, spent: Duration) -> String {
        let seconds = spent.as_secs_f64();
        let speed = |bytes: u64| if seconds > 0.0 { (bytes as f64 / seconds) as u64 } else { 0 };
        let percent = |part: u64, whole: u64| (part * 100).checked_div(whole).unwrap_or(0);
        let spent_text = if spent.as_secs() == 0 { "--:--:--".to_owned() } else { clock(spent) };
        format!(
            "\r{:>3} {}  {:>3} {}  {:>3} {}  {}  {} --:--:-- {spent_text} --:--:-- {}",
            percent(received + sent, total + sent),
            short(total + sent),
            percent(received, total),
            short(received),
            percent(sent, sent),
            short(sent),
            short(speed(received)),
            short(speed(sent)),
            short(speed(received + sent)),
        )
    }

    /// The line as it goes on once a second, up to the end of a transfer.
    pub(super) fn last_lines(total: u64, received: u64, sent: u64, spent: Duration) -> String {
        let ticks = (1..spent.as_secs()).map(|second| Meter::line(0, 0, 0, Duration::from_secs(second)));
        let ticks: String = ticks.take(600).collect();
        format!("{ticks}{}\n", Meter::line(total, received, sent, spent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_meter_is_drawn_as_curl_draws_it() {
        let line = |total, received, sent, ms| Meter::line(total, received, sent, Duration::from_millis(ms));
        for (line, expected) in [
            (line(0, 0, 0, 0), "  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0"),
            (line(335, 0, 0, 1), "  0   335    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0"),
            (line(3, 3, 0, 10), "100     3  100     3    0     0    300      0 --:--:-- --:--:-- --:--:--   300"),
            (line(357, 357, 3, 1), "100   360  100   357  100     3   348k   3000 --:--:-- --:--:-- --:--:--  351k"),
            (line(0, 0, 0, 2000), "  0     0    0     0    0     0      0      0 --:--:--  0:00:02 --:--:--     0"),
        ] {
            assert_eq!(line.trim_start_matches('\r'), expected);
        }
    }
}
