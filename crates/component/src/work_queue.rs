//! The work queue: which component reconciles which key when. One queue for all components, as plain data.
//!
//! k8s.io/client-go/util/workqueue

use std::time::Duration;

use apiserver::ObjectKey;
use sim::{SharedMap, Time};

use crate::Component;

/// The keys to reconcile, ordered by the time at which they are due, then by when they were enqueued. A key of a component is
/// in it once, at its earliest time.
#[derive(Clone, Default)]
pub struct WorkQueue {
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

impl WorkQueue {
    /// Enqueues a key of a component: due after the component's latency, and after the keys that were enqueued before.
    pub fn enqueue(&mut self, component: Component, key: ObjectKey, now: Time) {
        if let Some((due, _)) = self.waiting.get(&(component, key.clone()))
            && *due <= now + component.latency()
        {
            return;
        }
        let free = self.busy_until.get(&component).copied().unwrap_or(now);
        let due = (now + component.latency()).max(free);
        self.busy_until.insert(component, due + component.pace());
        self.enqueue_at(component, key, due);
    }

    /// Enqueues a key of a component for this time. A key that is due earlier stays as it is.
    pub fn enqueue_at(&mut self, component: Component, key: ObjectKey, due: Time) {
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

    /// The component reconciles the key at `until`, and not before, whatever enqueues it.
    pub fn hold_until(&mut self, component: Component, key: ObjectKey, until: Time) {
        self.defer_until(component, key.clone(), until);
        self.enqueue_at(component, key, until);
    }

    /// The component does not reconcile the key before `until`, whatever enqueues it. This itself enqueues nothing.
    pub fn defer_until(&mut self, component: Component, key: ObjectKey, until: Time) {
        let item = (component, key.clone());
        let before = self.waiting.remove(&item);
        self.held_until.insert(item, until);
        if let Some(before) = before {
            self.due.remove(&before);
            self.enqueue_at(component, key, until);
        }
    }

    /// When the next key is due; `None` while the queue is empty.
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

    /// Enqueues a key again whose write failed; the wait doubles each time.
    pub fn requeue_with_backoff(&mut self, component: Component, key: ObjectKey, now: Time) {
        let count = self.failures.get(&(component, key.clone())).copied().unwrap_or(0);
        self.failures.insert((component, key.clone()), count + 1);
        let wait = FIRST_BACK_OFF.saturating_mul(1 << count.min(20)).min(LONGEST_BACK_OFF);
        self.enqueue_at(component, key, now + wait);
    }

    /// Forgets the failures of a key that was reconciled without one.
    pub fn forget(&mut self, component: Component, key: &ObjectKey) {
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
        let mut queue = WorkQueue::default();
        queue.enqueue_at(Component::Kubelet, key("a"), at(50));
        queue.enqueue_at(Component::Kubelet, key("a"), at(20));
        queue.enqueue_at(Component::Kubelet, key("a"), at(90));
        queue.enqueue_at(Component::Scheduler, key("a"), at(20));
        assert_eq!(queue.next_due(), Some(at(20)));
        assert_eq!(queue.pop(at(19)), None);
        assert_eq!(queue.pop(at(20)), Some((Component::Kubelet, key("a"))));
        assert_eq!(queue.pop(at(20)), Some((Component::Scheduler, key("a"))));
        assert_eq!(queue.pop(at(1000)), None);
    }

    #[test]
    fn a_busy_component_takes_one_key_after_another() {
        let mut queue = WorkQueue::default();
        for name in ["a", "b", "c"] {
            queue.enqueue(Component::Scheduler, key(name), at(0));
        }
        let mut due = Vec::new();
        while let Some(next) = queue.next_due() {
            queue.pop(next);
            due.push(next.unix_micros() / 1000);
        }
        assert_eq!(due, [3, 4, 5]);
    }

    #[test]
    fn a_held_key_waits_whatever_enqueues_it() {
        let mut queue = WorkQueue::default();
        queue.enqueue(Component::ReplicaSet, key("a"), at(0));
        queue.hold_until(Component::ReplicaSet, key("a"), at(60));
        queue.enqueue(Component::ReplicaSet, key("a"), at(1));
        assert_eq!(queue.next_due(), Some(at(60)));
        queue.pop(at(60));
        queue.enqueue(Component::ReplicaSet, key("a"), at(70));
        assert_eq!(queue.next_due(), Some(at(75)));
    }

    #[test]
    fn a_deferred_key_is_due_later_and_only_if_it_is_enqueued() {
        let mut queue = WorkQueue::default();
        queue.defer_until(Component::Endpoints, key("a"), at(60));
        assert_eq!(queue.next_due(), None);
        queue.enqueue(Component::Endpoints, key("a"), at(1));
        assert_eq!(queue.next_due(), Some(at(60)));
        queue.pop(at(60));
        queue.enqueue(Component::Endpoints, key("a"), at(70));
        queue.defer_until(Component::Endpoints, key("a"), at(100));
        assert_eq!(queue.next_due(), Some(at(100)));
    }

    #[test]
    fn failures_wait_longer_each_time_until_they_are_forgotten() {
        let mut queue = WorkQueue::default();
        let mut waits = Vec::new();
        for _ in 0..4 {
            queue.requeue_with_backoff(Component::Kubelet, key("a"), at(0));
            waits.push(queue.next_due().unwrap().unix_micros() / 1000);
            queue.pop(at(10_000));
        }
        assert_eq!(waits, [5, 10, 20, 40]);
        queue.forget(Component::Kubelet, &key("a"));
        queue.requeue_with_backoff(Component::Kubelet, key("a"), at(0));
        assert_eq!(queue.next_due(), Some(at(5)));
    }
}
