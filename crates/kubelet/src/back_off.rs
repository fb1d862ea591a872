//! Waiting longer after each failure: 10 s, doubled up to 5 min, as for image pulls and crashing containers.

use std::time::Duration;

use sim::Time;

const FIRST: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_secs(300);

/// client-go's `flowcontrol.Backoff` for one key.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct BackOff {
    wait: Duration,
    updated: Option<Time>,
}

impl BackOff {
    /// The current wait.
    pub fn wait(&self) -> Duration {
        self.wait
    }

    /// Until when to wait after something happened at `since`; `None` when the wait is over.
    pub fn until(&self, since: Time, now: Time) -> Option<Time> {
        let updated = self.updated?;
        if since.since(updated) > LONGEST * 2 {
            return None; // so long without a failure that it starts anew
        }
        let end = since + self.wait;
        (end > now).then_some(end)
    }

    /// Another failure, at `at`.
    pub fn next(&mut self, at: Time) {
        let fresh = self.updated.is_none_or(|updated| at.since(updated) > LONGEST * 2);
        self.wait = if fresh { FIRST } else { (self.wait * 2).min(LONGEST) };
        self.updated = Some(at);
    }

    /// When the last failure was.
    pub fn updated(&self) -> Option<Time> {
        self.updated
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_five_minutes_and_start_anew_after_ten() {
        let mut back_off = BackOff::default();
        let mut now = Time::from_unix_secs(0);
        assert_eq!(back_off.until(now, now), None);
        let mut waits = Vec::new();
        for _ in 0..7 {
            back_off.next(now);
            waits.push(back_off.wait().as_secs());
            now = back_off.until(now, now).unwrap();
        }
        assert_eq!(waits, [10, 20, 40, 80, 160, 300, 300]);
        let much_later = now + Duration::from_secs(601);
        assert_eq!(back_off.until(much_later, much_later), None);
        back_off.next(much_later);
        assert_eq!(back_off.wait().as_secs(), 10);
    }
}
