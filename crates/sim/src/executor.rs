//! The deterministic executor: tasks, timers and the clock they share.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use crate::{Rng, Time};

/// Names a task of a [`Sim`] for [`Sim::abort`]; never reused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct TaskId(u64);

/// What of a [`Sim`] outlives running tasks: the clock, the generator and the count of steps.
#[derive(Clone, Debug)]
pub struct SimState {
    /// The virtual time.
    pub now: Time,
    /// The generator, with its state.
    pub rng: Rng,
    /// Steps taken since the world began.
    pub steps: u64,
}

/// A handle on the world's clock, its chance and its running tasks. Clones share all three.
///
/// Ready tasks run in the order in which they were woken, timers in the order of their time, then of their making.
/// Time moves only through [`Sim::set_now`] and never backwards but by [`Sim::restore`].
#[derive(Clone)]
pub struct Sim(Rc<RefCell<Inner>>);

type Ready = Arc<Mutex<VecDeque<TaskId>>>;
type Task = Pin<Box<dyn Future<Output = ()>>>;

struct Inner {
    state: SimState,
    tasks: BTreeMap<TaskId, Option<Task>>,
    /// One a task for as long as it lives, so that a bell can tell that it knows the task already.
    wakers: BTreeMap<TaskId, Waker>,
    timers: BTreeMap<(Time, u64), Waker>,
    ready: Ready,
    next_id: u64,
}

struct TaskWaker {
    id: TaskId,
    ready: Ready,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if !ready.contains(&self.id) {
            ready.push_back(self.id);
        }
    }
}

impl Sim {
    /// A world's time that starts at `epoch`, with chance from `seed` and no task.
    pub fn new(epoch: Time, seed: u64) -> Self {
        Sim(Rc::new(RefCell::new(Inner {
            state: SimState { now: epoch, rng: Rng::new(seed), steps: 0 },
            tasks: BTreeMap::new(),
            wakers: BTreeMap::new(),
            timers: BTreeMap::new(),
            ready: Ready::default(),
            next_id: 0,
        })))
    }

    /// The virtual time.
    pub fn now(&self) -> Time {
        self.0.borrow().state.now
    }

    /// Moves the clock to `now`, if that is later.
    pub fn set_now(&self, now: Time) {
        let state = &mut self.0.borrow_mut().state;
        state.now = state.now.max(now);
    }

    /// Draws from the world's generator.
    pub fn random<R>(&self, draw: impl FnOnce(&mut Rng) -> R) -> R {
        draw(&mut self.0.borrow_mut().state.rng)
    }

    /// Steps taken since the world began: polls of tasks and steps counted with [`Sim::count_step`].
    pub fn steps(&self) -> u64 {
        self.0.borrow().state.steps
    }

    /// Counts a step taken outside the executor (a reconcile, say), so that a stamp of time and steps stays exact.
    pub fn count_step(&self) {
        self.count_steps(1);
    }

    /// Counts work outside the executor that takes as long as this many steps.
    pub fn count_steps(&self, steps: u64) {
        self.0.borrow_mut().state.steps += steps;
    }

    /// Starts a task. It is first polled by a later [`Sim::step`].
    pub fn spawn(&self, task: impl Future<Output = ()> + 'static) -> TaskId {
        let mut inner = self.0.borrow_mut();
        let id = TaskId(inner.next_id);
        inner.next_id += 1;
        inner.tasks.insert(id, Some(Box::pin(task)));
        let waker = Waker::from(Arc::new(TaskWaker { id, ready: inner.ready.clone() }));
        inner.wakers.insert(id, waker);
        inner.ready.lock().unwrap_or_else(PoisonError::into_inner).push_back(id);
        id
    }

    /// Drops a task where it stands. A task may not abort itself; then nothing happens.
    pub fn abort(&self, id: TaskId) {
        let running = {
            let mut inner = self.0.borrow_mut();
            match inner.tasks.get(&id) {
                Some(Some(_)) => {
                    inner.wakers.remove(&id);
                    inner.tasks.remove(&id)
                }
                _ => None,
            }
        };
        drop(running); // outside the borrow: a destructor may use the Sim
    }

    /// How many tasks have not ended.
    pub fn task_count(&self) -> usize {
        self.0.borrow().tasks.len()
    }

    /// Waits until `duration` of virtual time has passed.
    pub fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + use<> {
        self.sleep_until(self.now() + duration)
    }

    /// Waits until the clock shows `until`.
    pub fn sleep_until(&self, until: Time) -> impl Future<Output = ()> + use<> {
        Sleep { sim: self.clone(), until, timer: None }
    }

    /// When the next task can run: now if one is ready, else at the earliest timer; `None` if every task waits for input.
    pub fn next_due(&self) -> Option<Time> {
        let inner = self.0.borrow();
        if !inner.ready.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
            return Some(inner.state.now);
        }
        inner.timers.keys().next().map(|(time, _)| *time)
    }

    /// Polls one ready task, after firing the timers whose time has come. False when none was ready.
    pub fn step(&self) -> bool {
        self.fire_timers();
        let (id, mut task, waker) = {
            let mut inner = self.0.borrow_mut();
            let ready = inner.ready.clone();
            let next = loop {
                let next = ready.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                match next {
                    None => break None,
                    Some(id) => {
                        if let Some(task) = inner.tasks.get_mut(&id).and_then(Option::take) {
                            break Some((id, task));
                        }
                    }
                }
            };
            let Some((id, task)) = next else { return false };
            let Some(waker) = inner.wakers.get(&id).cloned() else { return false };
            inner.state.steps += 1;
            (id, task, waker)
        };
        let poll = task.as_mut().poll(&mut Context::from_waker(&waker));
        let mut inner = self.0.borrow_mut();
        let ended = match poll {
            Poll::Ready(()) => {
                inner.wakers.remove(&id);
                inner.tasks.remove(&id);
                Some(task)
            }
            Poll::Pending => match inner.tasks.get_mut(&id) {
                Some(slot) => {
                    *slot = Some(task);
                    None
                }
                None => Some(task),
            },
        };
        drop(inner);
        drop(ended);
        true
    }

    fn fire_timers(&self) {
        let due: Vec<Waker> = {
            let mut inner = self.0.borrow_mut();
            let now = inner.state.now;
            let later = inner.timers.split_off(&(now + Duration::from_micros(1), 0));
            std::mem::replace(&mut inner.timers, later).into_values().collect()
        };
        for waker in due {
            waker.wake();
        }
    }

    /// The part of the world's time that a checkpoint keeps.
    pub fn state(&self) -> SimState {
        self.0.borrow().state.clone()
    }

    /// Goes back to a checkpoint: every task and timer is dropped.
    pub fn restore(&self, state: SimState) {
        let dropped = {
            let mut inner = self.0.borrow_mut();
            inner.state = state;
            inner.ready.lock().unwrap_or_else(PoisonError::into_inner).clear();
            (std::mem::take(&mut inner.tasks), std::mem::take(&mut inner.wakers), std::mem::take(&mut inner.timers))
        };
        drop(dropped); // outside the borrow: a destructor may use the Sim
    }
}

struct Sleep {
    sim: Sim,
    until: Time,
    timer: Option<u64>,
}

impl Future for Sleep {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let sim = self.sim.clone();
        let mut inner = sim.0.borrow_mut();
        if inner.state.now >= self.until {
            return Poll::Ready(());
        }
        let id = match self.timer {
            Some(id) => id,
            None => {
                inner.next_id += 1;
                inner.next_id
            }
        };
        self.timer = Some(id);
        let until = self.until;
        inner.timers.insert((until, id), cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(id) = self.timer
            && let Ok(mut inner) = self.sim.0.try_borrow_mut()
        {
            inner.timers.remove(&(self.until, id));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(sim: &Sim) {
        while let Some(due) = sim.next_due() {
            sim.set_now(due);
            sim.step();
        }
    }

    #[test]
    fn tasks_run_in_the_order_of_their_timers() {
        let sim = Sim::new(Time::from_unix_secs(0), 1);
        let log = Rc::new(RefCell::new(Vec::new()));
        for (name, wait) in [("c", 30), ("a", 10), ("b", 20), ("a2", 10)] {
            let (handle, log) = (sim.clone(), log.clone());
            sim.spawn(async move {
                handle.sleep(Duration::from_secs(wait)).await;
                log.borrow_mut().push((name, handle.now().unix_secs()));
            });
        }
        run(&sim);
        assert_eq!(*log.borrow(), [("a", 10), ("a2", 10), ("b", 20), ("c", 30)]);
        assert_eq!(sim.task_count(), 0);
    }

    #[test]
    fn an_aborted_task_and_its_timer_are_gone() {
        let sim = Sim::new(Time::from_unix_secs(0), 1);
        let handle = sim.clone();
        let id = sim.spawn(async move { handle.sleep(Duration::from_secs(5)).await });
        assert!(sim.step());
        assert_eq!(sim.next_due(), Some(Time::from_unix_secs(5)));
        sim.abort(id);
        assert_eq!(sim.next_due(), None);
    }

    #[test]
    fn restoring_draws_and_counts_the_same_again() {
        let sim = Sim::new(Time::from_unix_secs(0), 1);
        sim.random(|rng| rng.next_u64());
        let checkpoint = sim.state();
        let first = (sim.random(|rng| rng.uuid()), sim.steps());
        sim.set_now(Time::from_unix_secs(9));
        sim.restore(checkpoint);
        assert_eq!(sim.now(), Time::from_unix_secs(0));
        assert_eq!((sim.random(|rng| rng.uuid()), sim.steps()), first);
    }

    #[test]
    fn a_notification_between_looking_and_waiting_is_not_lost() {
        let sim = Sim::new(Time::from_unix_secs(0), 1);
        let bell = crate::Notify::new();
        let waiting = bell.notified();
        bell.notify_all();
        sim.spawn(waiting);
        run(&sim);
        assert_eq!(sim.task_count(), 0);
    }
}
