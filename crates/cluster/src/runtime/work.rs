//! Counters of what components have done, so that tests and benchmarks can hold them to a budget.

use std::ops::{Add, Sub};

use component::{Component, Write};

/// What components have done: how often they reconciled a key, and what they sent to the API server.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Work {
    /// Keys that were reconciled.
    pub reconciles: u64,
    /// Objects that were created, Events left out.
    pub creations: u64,
    /// Objects that were changed: updates, patches, bindings.
    pub changes: u64,
    /// Statuses that were written.
    pub statuses: u64,
    /// Objects that were deleted.
    pub deletions: u64,
    /// Events that were recorded or counted.
    pub events: u64,
    /// Of all these requests, those that changed nothing or were refused.
    pub in_vain: u64,
}

impl Work {
    /// The requests that write, Events left out.
    pub fn writes(&self) -> u64 {
        self.creations + self.changes + self.statuses + self.deletions
    }

    /// Combines two records, count by count.
    fn with(self, other: Work, by: fn(u64, u64) -> u64) -> Work {
        Work {
            reconciles: by(self.reconciles, other.reconciles),
            creations: by(self.creations, other.creations),
            changes: by(self.changes, other.changes),
            statuses: by(self.statuses, other.statuses),
            deletions: by(self.deletions, other.deletions),
            events: by(self.events, other.events),
            in_vain: by(self.in_vain, other.in_vain),
        }
    }
}

impl Add for Work {
    type Output = Work;

    fn add(self, other: Work) -> Work {
        self.with(other, u64::saturating_add)
    }
}

impl Sub for Work {
    type Output = Work;

    fn sub(self, other: Work) -> Work {
        self.with(other, u64::saturating_sub)
    }
}

/// The work of each component.
#[derive(Clone)]
pub(crate) struct WorkCounters([Work; Component::ALL.len()]);

impl Default for WorkCounters {
    fn default() -> Self {
        WorkCounters(std::array::from_fn(|_| Work::default()))
    }
}

impl WorkCounters {
    /// A component's work.
    pub fn of(&self, component: Component) -> Work {
        self.0[component as usize]
    }

    /// Counts a reconcile of a component.
    pub fn count_reconcile(&mut self, component: Component) {
        self.0[component as usize].reconciles += 1;
    }

    /// The counter of a component to which a write belongs.
    pub fn counter_of(&mut self, component: Component, write: &Write) -> &mut u64 {
        let work = &mut self.0[component as usize];
        match write {
            Write::Create("events", _) => &mut work.events,
            Write::Patch { key, .. } if &*key.resource == "events" => &mut work.events,
            Write::Create(..) => &mut work.creations,
            Write::UpdateStatus(..) | Write::Patch { subresource: "status", .. } => &mut work.statuses,
            Write::Delete(..) => &mut work.deletions,
            _ => &mut work.changes,
        }
    }

    /// Counts a request of a component that changed nothing.
    pub fn count_in_vain(&mut self, component: Component) {
        self.0[component as usize].in_vain += 1;
    }
}
