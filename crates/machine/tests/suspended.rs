//! A container whose first process is a script lives as data while the script waits: the usual loops can be copied at any
//! sleep, and a copy goes on as the original does, byte for byte.

use machine::{Disk, Exit, Kernel, KernelState, Machine, MachineId, User};
use sim::{Duration, Sim, SimState, Time};
use userland::images;

fn now() -> Time {
    Time::from_unix_secs(1_795_341_600)
}

fn busybox() -> Disk {
    let mut disk = images::lookup("busybox").expect("busybox").disk();
    disk.add_dir("/data", now());
    disk.add_file(
        "/scripts/loop.sh",
        "#!/bin/sh\nn=3\nwhile [ $n -gt 0 ]; do\n  echo $n; n=$((n-1))\n  sleep 2\ndone\nexit 9\n",
        0o755,
        now(),
    );
    disk
}

struct World {
    kernel: Kernel,
    container: MachineId,
}

impl World {
    fn new(image: Disk, argv: &[&str]) -> World {
        let kernel = Kernel::new(Sim::new(now(), 7), userland::programs());
        let container = kernel.with(|state| {
            let (disk, host) = (state.add_disk(image), state.network.add_host("pod"));
            let mut machine = Machine::new("pod", disk, host);
            machine.user = User::root();
            state.add_machine(machine)
        });
        let argv: Vec<String> = argv.iter().map(|word| (*word).to_owned()).collect();
        kernel.start_container(container, &argv).expect("a command");
        World { kernel, container }
    }

    /// The script with a shell.
    fn script(script: &str) -> World {
        World::new(busybox(), &["sh", "-c", script])
    }

    fn pass_until(&self, until: Time) {
        let kernel = &self.kernel;
        while let Some(due) =
            [kernel.sim().next_due(), kernel.next_due()].into_iter().flatten().min().filter(|due| *due <= until)
        {
            kernel.sim().set_now(due);
            if !kernel.sim().step() {
                kernel.sim().count_step();
                kernel.step();
            }
        }
        kernel.sim().set_now(until);
    }

    /// A copy of all there is, if nothing runs as a future.
    fn state(&self) -> Option<(SimState, KernelState)> {
        let idle = self.kernel.is_idle() && self.kernel.sim().task_count() == 0;
        idle.then(|| (self.kernel.sim().state(), self.kernel.state()))
    }

    fn copy(&self, (sim, state): &(SimState, KernelState)) -> World {
        let kernel = Kernel::new(Sim::new(now(), 99), userland::programs());
        kernel.sim().restore(sim.clone());
        kernel.restore(state.clone());
        World { kernel, container: self.container }
    }

    /// What a person sees of the container, with all that tells whether two worlds are the same: its log, its files, its
    /// processes, the count of steps, the generator.
    fn seen(&self) -> String {
        let kernel = &self.kernel;
        let chance = kernel.sim().state().rng.uuid();
        let steps = kernel.sim().steps();
        kernel.with(|state| {
            let machine = state.machines.get(&self.container).expect("the container");
            let mut text = format!("{:?} {steps} {chance}\n", kernel.sim().now());
            for line in machine.log.iter() {
                text.push_str(&format!("{:?} {} {}\n", line.time, u8::from(line.stderr), line.text));
            }
            for process in state.processes.values() {
                text.push_str(&format!(
                    "{} {:?} {:?} {:?}\n",
                    process.local_pid, process.argv, process.started, process.ended
                ));
            }
            for entry in state.read_dir(self.container, &User::root(), "/data").unwrap_or_default() {
                let file = state.read_file(self.container, &User::root(), &format!("/data/{}", entry.name));
                text.push_str(&format!(
                    "{} {:?}\n",
                    entry.name,
                    file.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
                ));
            }
            for event in state.clone().take_events() {
                text.push_str(&format!("{:?}\n", event.exit));
            }
            text
        })
    }

    fn log(&self) -> String {
        self.kernel.with(|state| {
            let machine = state.machines.get(&self.container).expect("the container");
            machine.log.iter().map(|line| format!("{}\n", line.text)).collect()
        })
    }
}

/// Scripts, each with how many of the 20 moments at least find it as data, and the first lines of its log.
const SCRIPTS: &[(&str, usize, &str)] = &[
    ("while true; do echo hi >> /data/x; sleep 5; done", 20, ""),
    ("while true; do date; sleep 1; done", 20, "Sun Nov 22 10:00:00 UTC 2026\n"),
    ("for i in 1 2 3; do echo $i; sleep 3; done; exit 4", 20, "1\n2\n3\n"),
    ("for w in a 'b c' d; do for n in 1 2; do echo $w$n; sleep 2; done; done", 20, "a1\na2\nb c1\nb c2\nd1\nd2\n"),
    ("echo x && sleep 3600", 20, "x\n"),
    ("until nslookup svc >/dev/null 2>&1; do echo waiting; sleep 2; done", 18, "waiting\nwaiting\n"),
    ("i=0; while true; do echo \"$i: $(date +%S)\"; i=$((i+1)); sleep 1; done", 20, "0: 00\n1: 01\n2: 02\n"),
    ("trap 'echo bye' EXIT; n=0; while :; do n=$((n+1)); [ $n = 4 ] && exit 3; sleep 1; done", 20, "bye\n"),
    (
        "f() { local x=$1; while [ $x -gt 0 ]; do echo $x $#; sleep 2; x=$((x-1)); done; return 5; }; f 3 a b; echo $? $x.",
        20,
        "3 3\n2 3\n1 3\n5 .\n",
    ),
    (
        "g() { sleep 1; echo g$1; }; f() { for k in 1 2; do g $k; done > /data/f; echo f; }; f; f; cat /data/f",
        20,
        "f\nf\ng1\ng2\n",
    ),
    (
        "if sleep 2; then echo yes; sleep 2; else echo no; fi; if ! sleep 1; then echo A; elif sleep 1; then sleep 1; echo B; fi",
        20,
        "yes\nB\n",
    ),
    (
        "case $HOSTNAME$X in z) ;; *) sleep 2; echo first;; esac; case b in a) echo a;; b) sleep 2; echo b; sleep 2;; esac; echo end",
        20,
        "first\nb\nend\n",
    ),
    (
        "while sleep 1; do n=$((n+1)); echo $n; if [ $n -ge 5 ]; then break; fi; continue; done; echo out",
        20,
        "1\n2\n3\n4\n5\nout\n",
    ),
    ("set -e; sleep 1 || echo never; sleep 2 && false || echo caught; sleep 1; false; echo never", 20, "caught\n"),
    ("exec > /data/log 2>&1; while true; do echo line; ls /none; sleep 4; done", 20, ""),
    ("{ echo a; sleep 3; echo b; } > /data/o; X=1 sleep 2; echo \"[$X]\" $_; cat /data/o", 20, "[] 2\na\nb\n"),
    ("( while true; do echo sub; sleep 3; done )", 20, "sub\nsub\n"),
    ("( sleep 2; exit 6 ); echo $?; sleep 100", 20, "6\n"),
    (
        "while true; do echo back; sleep 2; done & while true; do echo front; sleep 3; done",
        20,
        "front\nback\nback\nfront\n",
    ),
    ("sleep 4 & sleep 2 & wait; echo waited; sleep 100 & wait $!; echo never", 20, "waited\n"),
    ("sleep 1 & a=$!; sleep 3 & wait $a $!; echo both; sleep 100", 16, "both\n"),
    ("echo start; exec sleep 7", 20, "start\n"),
    ("sh -c 'while true; do echo inner; sleep 4; done'; echo never", 20, "inner\n"),
    ("sh /scripts/loop.sh; echo $?; /scripts/loop.sh", 20, "3\n2\n1\n9\n3\n2\n"),
    ("echo up; tail -f /dev/null", 20, "up\n"),
    (
        "time sleep 3 2>/data/t; r=$((RANDOM % 2)); sleep 1.5; while true; do echo $RANDOM >> /data/r; sleep 2s; done",
        20,
        "",
    ),
    (
        "(sleep 3; echo one; sleep 2; echo two) >> /data/log & echo old > /data/log; tail -n+1 -f /data/log",
        20,
        "old\none\ntwo\n",
    ),
    (
        "(while true; do date >> /data/log; sleep 2; echo >/data/other; done) & exec tail -F /data/log /data/other",
        20,
        "",
    ),
    (
        "tail -F /data/none & sleep 4; echo x > /data/none; sleep 3; rm /data/none; sleep 3; kill $!; wait $!; echo $?",
        20,
        "",
    ),
    ("trap 'echo bye' EXIT; tail -f /dev/null /etc/hostname & while true; do sleep 2 & wait $!; echo .; done", 20, ""),
    // Not as data: a pipeline, a substitution, a trap.
    ("while true; do sleep 3 | cat; echo $(sleep 2; echo s); eval 'sleep 2'; done", 0, "s\ns\n"),
];

#[test]
fn a_copy_taken_while_a_script_waits_goes_on_as_the_script_does() {
    for (script, least, log) in SCRIPTS {
        let world = World::script(script);
        let mut copies: Vec<World> = Vec::new();
        let mut taken = 0;
        for moment in 1..=20 {
            let until = now() + Duration::from_millis(moment * 970);
            world.pass_until(until);
            for copy in &copies {
                copy.pass_until(until);
                assert_eq!(copy.seen(), world.seen(), "{script}");
            }
            if let Some(state) = world.state() {
                taken += 1;
                copies.push(world.copy(&state));
                // The state it was made of is not changed by who goes on from it.
                let twin = world.copy(&state);
                twin.pass_until(until + Duration::from_secs(7));
            }
        }
        assert!(taken >= *least, "only {taken} times data: {script}");
        assert!(world.log().starts_with(log), "{script}:\n{}", world.log());
    }
}

#[test]
fn signals_reach_a_script_that_waits_as_data() {
    // The program in front gets what is sent to it, the shell goes on; PID 1 ends by SIGKILL only.
    let world = World::script("while true; do sleep 50; echo $?; done");
    world.pass_until(now() + Duration::from_secs(2));
    let pid = |world: &World, name: &str| {
        world.kernel.with(|state| state.processes.values().find(|p| p.argv[0] == name).map(|p| p.pid))
    };
    world.kernel.kill(pid(&world, "sleep").expect("sleep"), machine::Signal::Terminate);
    world.pass_until(now() + Duration::from_secs(3));
    assert_eq!(world.log(), "Terminated\n143\n");
    for signal in [machine::Signal::Terminate, machine::Signal::Interrupt] {
        world.kernel.kill(pid(&world, "sh").expect("sh"), signal);
        world.pass_until(world.kernel.sim().now() + Duration::from_secs(1));
        assert!(world.kernel.container_runs(world.container) && world.state().is_some());
    }
    world.kernel.kill_container(world.container);
    world.pass_until(now() + Duration::from_secs(9));
    assert_eq!(world.kernel.with(KernelState::take_events)[0].exit, Exit::Signal(machine::Signal::Kill));
    assert!(world.kernel.with(|state| state.processes.is_empty()));
    // `wait` ends by SIGINT.
    let world = World::script("sleep 50 & wait; echo never");
    world.pass_until(now() + Duration::from_secs(2));
    assert!(world.state().is_some());
    world.kernel.kill(pid(&world, "sh").expect("sh"), machine::Signal::Interrupt);
    world.pass_until(now() + Duration::from_secs(3));
    assert_eq!(world.kernel.with(KernelState::take_events)[0].exit, Exit::Code(130));
}

#[test]
fn a_server_that_a_script_starts_in_front_is_data_and_serves() {
    for script in
        ["echo made > /usr/share/nginx/html/index.html; nginx -g 'daemon off;'", "exec nginx -g 'daemon off;'"]
    {
        let world = World::new(images::lookup("nginx").expect("nginx").disk(), &["sh", "-c", script]);
        world.pass_until(now() + Duration::from_secs(2));
        assert!(world.state().is_some(), "{script}");
        let network = |world: &World| world.kernel.with(|state| state.processes.values().any(|p| p.argv[0] == "nginx"));
        assert!(network(&world) && world.kernel.container_runs(world.container), "{script}\n{}", world.log());
    }
}
