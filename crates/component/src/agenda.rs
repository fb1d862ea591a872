//! The agenda: which component looks at which key when. One queue for all, as plain data.

use std::time::Duration;

use apiserver::ObjectKey;
use sim::{SharedMap, Time};

use crate::Component;

/// What is due, in the order of time, then of asking. A key of a component is in it once: the earliest wins.
#[derive(Clone, Default)]
pub struct Agenda {
    due: SharedMap<(Time, u64), (Component, ObjectKey)>,
    waiting: SharedMap<(Component, ObjectKey), (Time, u64)>,
    busy_until: SharedMap<Component, Time>,
    failures: SharedMap<(Component, ObjectKey), u32>,
    held_until: SharedMap<(Component, ObjectKey), Time>,
    sequence: u64,
}

/// The first wait after a failure; it doubles with each (client-go's `ItemExponentialFailureRateLimiter`).
const FIRST_BACK_OFF: Duration = Duration::from_millis(5);
/// The longest wait after failures.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(1000);

impl Agenda {
    /// Asks the component to look at the key soon: after its latency, and after what it has to do before.
    pub fn soon(&mut self, component: Component, key: ObjectKey, now: Time) {
        if let Some((due, _)) = self.waiting.get(&(component, key.clone()))
            && *due <= now + component.latency()
        {
            return;
        }
        let free = self.busy_until.get(&component).copied().unwrap_or(now);
        let due = (now + component.latency()).max(free);
        self.busy_until.insert(component, due + component.pace());
        self.at(component, key, due);
    }

    /// Asks the component to look at the key at this time, if it does not do so earlier.
    pub fn at(&mut self, component: Component, key: ObjectKey, due: Time) {
        let item = (component, key);
        let due = self.held_until.get(&item).map_or(due, |until| due.max(*until));
        if let Some(before) = self.waiting.get(&item) {
            if before.0 <= due {
                return;
            }
            let before = *before;
            self.due.remove(&before);
        }
        self.sequence += 1;
        self.due.insert((due, self.sequence), item.clone());
        self.waiting.insert(item, (due, self.sequence));
    }

    /// Whatever asks for it, the component does not look at the key before `until`, and then it does.
    pub fn hold(&mut self, component: Component, key: ObjectKey, until: Time) {
        self.rest(component, key.clone(), until);
        self.at(component, key, until);
    }

    /// Whatever asks for it, the component does not look at the key before `until`; if nothing asks, it does not look.
    pub fn rest(&mut self, component: Component, key: ObjectKey, until: Time) {
        let item = (component, key.clone());
        let before = self.waiting.remove(&item);
        self.held_until.insert(item, until);
        if let Some(before) = before {
            self.due.remove(&before);
            self.at(component, key, until);
        }
    }

    /// When the next key is due.
    pub fn next_due(&self) -> Option<Time> {
        self.due.first().map(|((due, _), _)| *due)
    }

    /// Takes the next key that is due by now.
    pub fn pop(&mut self, now: Time) -> Option<(Component, ObjectKey)> {
        let (at, _) = self.due.first().filter(|((due, _), _)| *due <= now)?;
        let at = *at;
        let item = self.due.remove(&at)?;
        self.waiting.remove(&item);
        if !self.held_until.is_empty() {
            self.held_until.remove(&item);
        }
        Some(std::rc::Rc::unwrap_or_clone(item))
    }

    /// Asks again later because a write failed; the wait doubles each time.
    pub fn failed(&mut self, component: Component, key: ObjectKey, now: Time) {
        let count = self.failures.get(&(component, key.clone())).copied().unwrap_or(0);
        self.failures.insert((component, key.clone()), count + 1);
        let wait = FIRST_BACK_OFF.saturating_mul(1 << count.min(20)).min(LONGEST_BACK_OFF);
        self.at(component, key, now + wait);
    }

    /// Forgets earlier failures: the key went well.
    pub fn went_well(&mut self, component: Component, key: &ObjectKey) {
        if !self.failures.is_empty() {
            self.failures.remove(&(component, key.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> ObjectKey {
        ObjectKey::new("pods", "default", name)
    }

    fn at(ms: i64) -> Time {
        Time::from_unix_micros(ms * 1000)
    }

    #[test]
    fn a_key_is_due_once_at_its_earliest() {
        let mut agenda = Agenda::default();
        agenda.at(Component::Kubelet, key("a"), at(50));
        agenda.at(Component::Kubelet, key("a"), at(20));
        agenda.at(Component::Kubelet, key("a"), at(90));
        agenda.at(Component::Scheduler, key("a"), at(20));
        assert_eq!(agenda.next_due(), Some(at(20)));
        assert_eq!(agenda.pop(at(19)), None);
        assert_eq!(agenda.pop(at(20)), Some((Component::Kubelet, key("a"))));
        assert_eq!(agenda.pop(at(20)), Some((Component::Scheduler, key("a"))));
        assert_eq!(agenda.pop(at(1000)), None);
    }

    #[test]
    fn a_busy_component_takes_one_key_after_another() {
        let mut agenda = Agenda::default();
        for name in ["a", "b", "c"] {
            agenda.soon(Component::Scheduler, key(name), at(0));
        }
        let mut due = Vec::new();
        while let Some(next) = agenda.next_due() {
            agenda.pop(next);
            due.push(next.unix_micros() / 1000);
        }
        assert_eq!(due, [3, 4, 5]);
    }

    #[test]
    fn a_held_key_waits_whatever_asks_for_it() {
        let mut agenda = Agenda::default();
        agenda.soon(Component::ReplicaSet, key("a"), at(0));
        agenda.hold(Component::ReplicaSet, key("a"), at(60));
        agenda.soon(Component::ReplicaSet, key("a"), at(1));
        assert_eq!(agenda.next_due(), Some(at(60)));
        agenda.pop(at(60));
        agenda.soon(Component::ReplicaSet, key("a"), at(70));
        assert_eq!(agenda.next_due(), Some(at(75)));
    }

    #[test]
    fn a_key_at_rest_is_looked_at_later_and_only_if_it_is_asked_for() {
        let mut agenda = Agenda::default();
        agenda.rest(Component::Endpoints, key("a"), at(60));
        assert_eq!(agenda.next_due(), None);
        agenda.soon(Component::Endpoints, key("a"), at(1));
        assert_eq!(agenda.next_due(), Some(at(60)));
        agenda.pop(at(60));
        agenda.soon(Component::Endpoints, key("a"), at(70));
        agenda.rest(Component::Endpoints, key("a"), at(100));
        assert_eq!(agenda.next_due(), Some(at(100)));
    }

    #[test]
    fn failures_wait_longer_each_time_until_it_goes_well() {
        let mut agenda = Agenda::default();
        let mut waits = Vec::new();
        for _ in 0..4 {
            agenda.failed(Component::Kubelet, key("a"), at(0));
            waits.push(agenda.next_due().unwrap().unix_micros() / 1000);
            agenda.pop(at(10_000));
        }
        assert_eq!(waits, [5, 10, 20, 40]);
        agenda.went_well(Component::Kubelet, &key("a"));
        agenda.failed(Component::Kubelet, key("a"), at(0));
        assert_eq!(agenda.next_due(), Some(at(5)));
    }
}
