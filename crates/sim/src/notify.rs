//! Waking tasks that wait for something to change.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Wakes every task that waits. It carries no value: a waiter looks again at what it waits for.
#[derive(Clone, Default)]
pub struct Notify(Rc<RefCell<Inner>>);

#[derive(Default)]
struct Inner {
    generation: u64,
    waiting: Vec<Waker>,
}

impl Notify {
    /// A bell nobody waits for yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Wakes all who wait now.
    pub fn notify_all(&self) {
        let waiting = {
            let mut inner = self.0.borrow_mut();
            inner.generation += 1;
            std::mem::take(&mut inner.waiting)
        };
        for waker in waiting {
            waker.wake();
        }
    }

    /// Waits for the next [`Notify::notify_all`] after this call (not after the first poll, so no wake-up is lost between
    /// looking and waiting).
    pub fn notified(&self) -> impl Future<Output = ()> + use<> {
        Notified { notify: self.clone(), generation: self.0.borrow().generation }
    }
}

struct Notified {
    notify: Notify,
    generation: u64,
}

impl Future for Notified {
    type Output = ();
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.notify.0.borrow_mut();
        if inner.generation != self.generation {
            return Poll::Ready(());
        }
        if !inner.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            inner.waiting.push(cx.waker().clone());
        }
        Poll::Pending
    }
}
