//! What changed last, of what a person would want to be told.

use std::cmp::Ordering;
use std::rc::Rc;

use super::Source;
use super::pod::{PodView, Tone, Trouble};

/// A change of Pods. Pods of one workload that changed alike at one moment are one change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// What happened.
    pub what: What,
    /// To the first of the Pods.
    pub pod: Rc<PodView>,
    /// How many more of the same workload.
    pub more: usize,
    /// Of Pods that were made: how many their workload had before, and how many it wants.
    pub had: Option<(usize, i64)>,
}

/// What happened; what a person would rather be told comes last.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum What {
    /// It was made.
    Made,
    /// It is asked to end.
    Ending,
    /// It has done its work.
    Done,
    /// It is gone.
    Gone,
    /// It is ready.
    Ready,
    /// It is not well.
    Fails,
}

fn key(view: &PodView) -> (&str, &str) {
    (&view.namespace, &view.name)
}

/// What changed between two readings, both in the order of namespace and name; nothing when no Pod looks different.
pub(super) fn between(before: &[Source], now: &[Source]) -> Option<Change> {
    let mut found: Option<Change> = None;
    let mut tell = |what: Option<What>, pod: &Rc<PodView>| {
        let Some(what) = what else { return };
        match &mut found {
            Some(change) if change.what == what && change.pod.owner == pod.owner => change.more += 1,
            Some(change) if change.what >= what => {}
            _ => found = Some(Change { what, pod: pod.clone(), more: 0, had: None }),
        }
    };
    let mut old = before.iter().map(|source| &source.view).peekable();
    let mut new = now.iter().map(|source| &source.view).peekable();
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return found,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(one), Some(other)) if Rc::ptr_eq(one, other) => Ordering::Equal,
            (Some(one), Some(other)) => key(one).cmp(&key(other)),
        };
        let one = if order == Ordering::Greater { None } else { old.next() };
        let other = if order == Ordering::Less { None } else { new.next() };
        match (one, other) {
            (Some(pod), None) => tell(Some(What::Gone), pod),
            // What ran before anybody could see it being made is told as it is.
            (None, Some(pod)) => tell(Some(if pod.tone == Tone::Running { What::Ready } else { What::Made }), pod),
            (Some(was), Some(is)) if !Rc::ptr_eq(was, is) => {
                let fails = |pod: &PodView| matches!(pod.trouble, Some(ref it) if *it != Trouble::NotReady);
                let what = match is.tone {
                    Tone::Running if was.tone != Tone::Running => Some(What::Ready),
                    Tone::Ending if was.tone != Tone::Ending => Some(What::Ending),
                    Tone::Done if was.tone != Tone::Done => Some(What::Done),
                    _ if fails(is) && !fails(was) => Some(What::Fails),
                    _ => None,
                };
                tell(what, is);
            }
            _ => {}
        }
    }
}
