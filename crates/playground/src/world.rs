//! The loop: whoever is due first works first, in virtual time.

use std::rc::Rc;

use sim::{SimState, Time};

use crate::control::{ControlPlane, Shared};
use crate::files::Watcher;
use crate::lives::Lives;
use crate::node::NodeState;
use crate::screens::{Screens, ScreensState};
use crate::{Settings, Step, boot};

/// More steps than booting ever takes; a world that needs more is broken, and is handed over as it is.
const BOOT_FUEL: u64 = 200_000;

/// Everything that runs.
pub(crate) struct World {
    pub shared: Rc<Shared>,
    pub screens: Screens,
    watcher: Watcher,
}

/// A world between two commands, as data.
#[derive(Clone)]
pub(crate) struct Checkpoint {
    sim: SimState,
    kernel: machine::KernelState,
    control: ControlPlane,
    node: NodeState,
    lives: Lives,
    watcher: Watcher,
    screens: ScreensState,
}

impl Checkpoint {
    /// When it was taken.
    pub fn time(&self) -> Time {
        self.sim.now
    }

    /// After how many steps.
    pub fn steps(&self) -> u64 {
        self.sim.steps
    }

    /// Which part of the store's history it holds: see [`cluster::Store::history_span`].
    pub fn history_span(&self) -> (u64, u64) {
        self.control.cluster.store().history_span()
    }
}

impl World {
    /// A fresh world; nothing has run in it yet.
    pub fn fresh(settings: &Settings) -> World {
        World { shared: boot::build(settings), screens: Screens::default(), watcher: Watcher::default() }
    }

    /// Starts a fresh world, as long as `go` says so before each step; true once it is started. Otherwise this goes on where it
    /// was, and takes the same steps as if it had never stopped.
    pub fn start(&mut self, settings: &Settings, go: &mut dyn FnMut() -> bool) -> bool {
        let until = settings.epoch + boot::HANDOVER;
        let mut goes = true;
        self.run_while(until, BOOT_FUEL.saturating_sub(self.steps()), &mut |_| {
            goes = go();
            goes
        });
        if goes {
            self.shared.sim.set_now(until);
        }
        goes
    }

    /// The virtual time.
    pub fn now(&self) -> Time {
        self.shared.sim.now()
    }

    /// The steps taken so far.
    pub fn steps(&self) -> u64 {
        self.shared.sim.steps()
    }

    /// When anything happens next.
    pub fn next_due(&self) -> Option<Time> {
        let shared = &self.shared;
        [
            shared.sim.next_due(),
            shared.kernel.next_due(),
            shared.node.borrow().next_due(),
            shared.control.borrow().cluster.next_due(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Lets the one that is due now work: tasks before machines, machines before the cluster. Gives what the cluster
    /// decided, if it was its turn.
    pub fn step(&mut self) -> Option<Step> {
        let shared = self.shared.clone();
        let now = shared.sim.now();
        let due = |time: Option<Time>| time.is_some_and(|time| time <= now);
        let mut decided = None;
        if due(shared.sim.next_due()) {
            shared.sim.step();
        } else {
            shared.sim.count_step();
            if due(shared.kernel.next_due()) {
                shared.kernel.step();
            } else if due(shared.node.borrow().next_due()) {
                shared.node.borrow_mut().step(&shared.kernel, now);
            } else {
                decided = shared.step_cluster().map(|step| Step {
                    at: now,
                    component: step.component.to_owned(),
                    key: step.key,
                    summary: step.summary,
                });
            }
        }
        self.after_work(now);
        decided
    }

    /// What follows from any work: the kubelet hears of containers, the books of lives are kept.
    fn after_work(&mut self, now: Time) {
        let shared = &self.shared;
        shared.notice_containers();
        shared.notice_manifests();
        let control = shared.control.borrow();
        let store = control.cluster.store();
        let mut lives = shared.lives.borrow_mut();
        lives.observe(store, now);
        if self.watcher.is_due(now) {
            let node = shared.node.borrow();
            let watcher = &mut self.watcher;
            shared.kernel.with(|kernel| watcher.look(kernel, &node, store, &mut lives, now));
        }
        drop((control, lives));
        self.screens.collect(&self.shared);
    }

    /// Works until nothing is due by `until`, or the steps are used up (then it says false). The clock stands at the last
    /// thing that happened.
    pub fn run(&mut self, until: Time, fuel: u64) -> bool {
        self.run_while(until, fuel, &mut |_| true)
    }

    /// Likewise, as long as `go` says so before each step.
    pub fn run_while(&mut self, until: Time, mut fuel: u64, go: &mut dyn FnMut(&World) -> bool) -> bool {
        while let Some(due) = self.next_due().filter(|due| *due <= until) {
            if fuel == 0 {
                return false;
            }
            if !go(self) {
                return true;
            }
            let before = self.steps();
            self.shared.sim.set_now(due);
            self.step();
            fuel = fuel.saturating_sub((self.steps() - before).max(1)); // one turn of a task may take several
        }
        true
    }

    /// Works until this many steps were taken, then sets the clock: the exact moment of a stamp.
    pub fn run_to_stamp(&mut self, at: Time, steps: u64) {
        while !self.turn_to_stamp(at, steps) {}
    }

    /// One turn of that; true when there is none left, and the clock is set.
    pub fn turn_to_stamp(&mut self, at: Time, steps: u64) -> bool {
        if self.steps() < steps {
            // A stamp of this world is never short of steps; a made-up one may ask for more than time brings.
            if let Some(due) = self.next_due().filter(|due| *due <= at) {
                self.shared.sim.set_now(due);
                self.step();
                return false;
            }
        }
        self.shared.sim.set_now(at);
        true
    }

    /// Lets things happen until the cluster decides something, at `until` at the latest.
    pub fn decide(&mut self, until: Time, fuel: u64) -> Option<Step> {
        for _ in 0..fuel {
            let due = self.next_due().filter(|due| *due <= until)?;
            self.shared.sim.set_now(due);
            let step = self.step();
            if step.is_some() {
                return step;
            }
        }
        None
    }

    /// Whether a command runs in any terminal.
    pub fn is_busy(&self) -> bool {
        self.screens.is_busy()
    }

    /// The world as data; `None` while something runs that is no data.
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        let shared = &self.shared;
        if !shared.kernel.is_idle() || shared.sim.task_count() > 0 {
            return None;
        }
        let screens = self.screens.state()?;
        Some(Checkpoint {
            sim: shared.sim.state(),
            kernel: shared.kernel.state(),
            control: shared.control.borrow().clone(),
            node: shared.node.borrow().clone(),
            lives: shared.lives.borrow().clone(),
            watcher: self.watcher.clone(),
            screens,
        })
    }

    /// Goes back (or forth) to a checkpoint of this world.
    pub fn restore(&mut self, checkpoint: &Checkpoint) {
        let shared = self.shared.clone();
        shared.sim.restore(checkpoint.sim.clone());
        shared.kernel.restore(checkpoint.kernel.clone());
        *shared.control.borrow_mut() = checkpoint.control.clone();
        *shared.node.borrow_mut() = checkpoint.node.clone();
        *shared.lives.borrow_mut() = checkpoint.lives.clone();
        self.watcher = checkpoint.watcher.clone();
        self.screens.restore(&shared, &checkpoint.screens);
    }

    /// Another world at the same moment, sharing everything that is data.
    pub fn fork(settings: &Settings, checkpoint: &Checkpoint) -> World {
        let mut world = World::fresh(settings);
        world.restore(checkpoint);
        world
    }
}

#[cfg(test)]
mod tests {
    use sim::Duration;

    use crate::{Playground, Settings, Starting};

    const PODS: &str = "apiVersion: v1
kind: Pod
metadata: {name: crash}
spec:
  containers: [{name: c, image: busybox, command: [sh, -c, 'sleep 5 & sleep 6 & sleep 1; exit 1']}]
---
apiVersion: v1
kind: Pod
metadata: {name: loop}
spec:
  containers: [{name: c, image: busybox, command: [sh, -c, 'while true; do date; sleep 20; done']}]
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: cron}
spec:
  schedule: '*/2 * * * *'
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{name: c, image: busybox, command: [sh, -c, 'date; (sleep 1 &) ; echo hi']}]
";

    /// How many there are of what only those that live should take room for.
    fn held(world: &Playground) -> [(&'static str, usize); 6] {
        let shared = &world.world.shared;
        let node = shared.node.borrow();
        shared.kernel.with(|kernel| {
            [
                ("containers", node.containers.len()),
                ("sandboxes", node.pods.len()),
                ("machines", kernel.machines.len()),
                ("disks", kernel.disks.len()),
                ("processes", kernel.processes.len()),
                ("commands", node.commands.len()),
            ]
        })
    }

    #[test]
    fn a_world_started_in_pieces_is_the_same_world() {
        let mut starting = Starting::new(Settings::default());
        let mut pieces = 0;
        loop {
            let mut steps = 0;
            let done = starting.go_on(&mut || {
                steps += 1;
                steps <= 5
            });
            pieces += 1;
            if done {
                break;
            }
        }
        assert!(pieces > 10, "{pieces}");
        let (pieced, whole) = (starting.finish(), Playground::new(Settings::default()));
        assert_eq!((pieced.now(), pieced.world.steps()), (whole.now(), whole.world.steps()));
        for path in ["/api/v1/pods", "/api/v1/events", "/api/v1/nodes"] {
            let request = api::Request::get(path);
            assert_eq!(pieced.get(&request), whole.get(&request));
        }
    }

    #[test]
    fn what_is_over_takes_no_room_and_no_steps() {
        let files = vec![("pods.yaml".to_owned(), PODS.as_bytes().to_vec())];
        let mut world = Playground::new(Settings { files, ..Settings::default() });
        let terminal = world.open_terminal(80, 24);
        world.input(terminal, b"kubectl apply -f pods.yaml\r");
        let mut windows = Vec::new();
        for _ in 0..4 {
            let (before, end) = (world.world.steps(), world.now() + Duration::from_secs(1200));
            while world.now() < end {
                world.advance(world.now() + Duration::from_secs(10), u64::MAX);
            }
            windows.push((held(&world), world.world.steps() - before));
        }
        let (early, late) = (&windows[1], &windows[3]);
        for ((what, early), (_, late)) in early.0.iter().zip(&late.0) {
            assert!(late <= &(early + 1), "{early} {what} have become {late}");
        }
        assert!(late.1 * 10 <= early.1 * 12, "{} steps have become {}", early.1, late.1);
    }

    #[test]
    fn pods_that_were_made_and_deleted_leave_nothing() {
        use api::{Method, Request};
        use serde_json::json;

        let mut world = Playground::new(Settings::default()).without_checkpoints();
        let before = held(&world);
        let pods = "/api/v1/namespaces/default/pods";
        let pass = |world: &mut Playground, seconds| {
            while world.advance(world.now() + Duration::from_secs(seconds), 5_000).out_of_fuel {}
        };
        for _ in 0..2 {
            for n in 0..60 {
                let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": format!("p{n}")},
                    "spec": {"containers": [{"name": "c", "image": "nginx"}]}});
                drop(world.answer(&Request::new(Method::Post, pods).with_body(pod)));
            }
            pass(&mut world, 30);
            assert!(held(&world)[0].1 > before[0].1 + 40);
            for n in 0..60 {
                let request = Request::new(Method::Delete, format!("{pods}/p{n}"));
                drop(world.answer(&request.with_query("gracePeriodSeconds", "0")));
            }
            pass(&mut world, 30);
            assert_eq!(held(&world), before);
        }
        assert!(world.objects("events", None).len() > 200);
        (0..360).for_each(|_| pass(&mut world, 20)); // Events live for an hour
        assert!(world.objects("events", None).is_empty());
    }
}
