//! The node's systemd: its kubelet can be stopped and started (`systemctl`), and has a journal (`journalctl`).
//!
//! The other units are there and run; stopping one of them is not simulated.

mod journal;
mod systemctl;

use machine::{Kernel, MachineId, Pid, Signal, User};
use sim::{Duration, SharedQueue, Time};

use crate::control::Shared;

pub(crate) use journal::program as journalctl;
pub(crate) use systemctl::program as systemctl;

/// How the kubelet is started.
pub(crate) const KUBELET: [&str; 2] = ["/var/lib/minikube/binaries/v1.36.2/kubelet", "--node-ip=192.168.49.2"];

/// What systemd remembers of the kubelet.
#[derive(Clone, Default)]
pub(crate) struct Services {
    /// When it was started (true) and stopped, after the first start.
    switched: SharedQueue<(Time, bool)>,
    /// The number it had when it was stopped.
    last_pid: u32,
    /// Whether it starts with the computer: minikube's does not, minikube starts it.
    enabled: bool,
}

/// The kubelet's process, and the number that `ps` shows.
fn process(kernel: &Kernel, node: MachineId) -> Option<(Pid, u32)> {
    kernel.with(|state| {
        let mut processes = state.processes.values().filter(|one| one.machine == node && one.ended.is_none());
        let found = processes.find(|one| one.argv.first().is_some_and(|name| name == KUBELET[0]))?;
        Some((found.pid, found.local_pid))
    })
}

impl Shared {
    /// Whether a computer is the node: root's outside computer stands for it, too.
    pub fn is_node(&self, machine: MachineId) -> bool {
        machine == self.node_machine || (machine == self.laptop && self.user.uid == 0)
    }

    /// Stops the kubelet, or starts it. Nothing happens when it is as it shall be.
    fn switch_kubelet(&self, runs: bool) {
        let now = self.sim.now();
        let mut control = self.control.borrow_mut();
        if control.cluster.kubelet_runs() == runs {
            return;
        }
        control.cluster.run_kubelet(runs, now);
        drop(control);
        let before = process(&self.kernel, self.node_machine);
        let mut node = self.node.borrow_mut();
        node.services.switched.push_back((now, runs));
        match before {
            Some((pid, number)) if !runs => {
                node.services.last_pid = number;
                self.kernel.kill(pid, Signal::Kill);
            }
            None if runs => {
                self.kernel.add_idle_process(self.node_machine, User::root(), &KUBELET);
            }
            _ => {}
        }
    }

    /// Whether the kubelet runs, since when, and the number it has or had.
    fn kubelet(&self) -> (bool, Time, u32) {
        let runs = self.control.borrow().cluster.kubelet_runs();
        let node = self.node.borrow();
        let since = node.services.switched.iter().last().map_or_else(|| self.booted(), |(at, _)| *at);
        let number = process(&self.kernel, self.node_machine).map_or(node.services.last_pid, |(_, number)| number);
        (runs, since, number)
    }

    /// When the node was made.
    fn booted(&self) -> Time {
        let control = self.control.borrow();
        let name = &control.cluster.settings().node_name;
        let node = control.cluster.store().get(&cluster::ObjectKey::new("nodes", "", name));
        let made = node.and_then(|node| Time::parse_rfc3339(node["metadata"]["creationTimestamp"].as_str()?));
        made.unwrap_or_else(|| self.sim.now())
    }
}

/// `Nov 22 10:00:05`
fn short(time: Time) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let civil = time.civil();
    let month = MONTHS[(civil.month as usize).saturating_sub(1) % 12];
    format!("{month} {:02} {:02}:{:02}:{:02}", civil.day, civil.hour, civil.minute, civil.second)
}

/// `Sun 2026-11-22 10:00:05 UTC`
fn long(time: Time) -> String {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    let text = time.rfc3339();
    let day = DAYS[time.civil().weekday as usize % 7];
    format!("{day} {} UTC", text.trim_end_matches('Z').replacen('T', " ", 1))
}

/// `1min 20s ago`, in systemd's words.
fn ago(age: Duration) -> String {
    let seconds = age.as_secs();
    let parts = [(86_400, "day"), (3600, "h"), (60, "min"), (1, "s")];
    let Some(first) = parts.iter().position(|(size, _)| seconds >= *size) else { return "0s ago".to_owned() };
    let mut words = Vec::new();
    let mut left = seconds;
    for (size, unit) in parts.iter().skip(first).take(2) {
        let count = left / size;
        left %= size;
        match (*unit, count) {
            (_, 0) => {}
            ("day", 1) => words.push("1 day".to_owned()),
            ("day", count) => words.push(format!("{count} days")),
            (unit, count) => words.push(format!("{count}{unit}")),
        }
    }
    format!("{} ago", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Playground, Settings};

    #[test]
    fn ages_are_systemds() {
        for (seconds, text) in
            [(0, "0s ago"), (5, "5s ago"), (80, "1min 20s ago"), (3600, "1h ago"), (90_000, "1 day 1h ago")]
        {
            assert_eq!(ago(Duration::from_secs(seconds)), text);
        }
    }

    fn play(world: &mut Playground, script: &str) -> String {
        let mut text = String::new();
        world.run_script(script, &mut |more| text.push_str(more));
        // What is echoed, and what is said of a status.
        let lines = text.lines().filter(|line| !["$ ", "? ", "ssh: "].iter().any(|head| line.starts_with(head)));
        lines.map(|line| format!("{line}\n")).collect()
    }

    #[test]
    fn a_stopped_kubelet_makes_the_node_not_ready_and_a_started_one_ready() {
        let mut world = Playground::new(Settings::default());
        play(&mut world, "kubectl run p --image=nginx; kubectl wait --for=condition=Ready pod/p");
        let text = play(&mut world, "minikube ssh -- systemctl stop kubelet; minikube ssh systemctl is-active kubelet");
        assert!(text.contains("Failed to stop kubelet.service: Interactive authentication required."), "{text}");
        assert!(text.ends_with("active\n"), "{text}");
        let text = play(
            &mut world,
            "minikube ssh 'sudo systemctl stop kubelet; systemctl is-active kubelet; ps -ef | grep -c [b]inaries; sudo systemctl status kubelet --no-pager'",
        );
        assert!(text.starts_with("inactive\n0\n○ kubelet.service - kubelet: The Kubernetes Node Agent\n"), "{text}");
        assert!(text.contains("Active: inactive (dead) since Sun 2026-11-22"), "{text}");
        assert!(text.contains("systemd[1]: Stopped kubelet: The Kubernetes Node Agent."), "{text}");
        let text = play(&mut world, "sleep 70; kubectl get nodes --no-headers; kubectl logs p; kubectl exec p -- date");
        assert!(text.starts_with("minikube   NotReady   control-plane"), "{text}");
        assert!(
            text.contains(
                "Error from server: Get \"https://192.168.49.2:10250/containerLogs/default/p/p\": dial tcp \
                 192.168.49.2:10250: connect: connection refused\n"
            ),
            "{text}"
        );
        assert!(text.contains("error dialing backend: dial tcp 192.168.49.2:10250: connect: connection refused"));
        let text = play(
            &mut world,
            "minikube ssh 'sudo systemctl start kubelet'; sleep 15; kubectl get nodes --no-headers; kubectl exec p -- hostname; \
             minikube ssh 'sudo systemctl enable --now kubelet; systemctl is-enabled kubelet; sudo systemctl daemon-reload; sudo systemctl restart kubelet && systemctl is-active kubelet'",
        );
        assert!(text.starts_with("minikube   Ready   control-plane"), "{text}");
        assert!(text.ends_with("p\nCreated symlink /etc/systemd/system/multi-user.target.wants/kubelet.service → /lib/systemd/system/kubelet.service.\nenabled\nactive\n"), "{text}");
    }

    #[test]
    fn units_that_are_not_there_and_those_that_cannot_be_stopped_are_told_apart() {
        let mut world = Playground::new(Settings::default());
        let text = play(
            &mut world,
            "systemctl status kubelet; echo $?; systemctl status docker | head -3; minikube ssh 'sudo systemctl start nosuch'; \
             minikube ssh 'sudo systemctl stop docker'; minikube ssh 'systemctl is-active docker containerd nosuch'",
        );
        assert!(text.starts_with("Unit kubelet.service could not be found."), "{text}");
        assert!(text.contains("● docker.service - Docker Application Container Engine\n"), "{text}");
        assert!(text.contains("Failed to start nosuch.service: Unit nosuch.service not found.\n"), "{text}");
        assert!(text.contains("docker.service is not simulated"), "{text}");
        assert!(text.contains("active\nactive\ninactive\n"), "{text}");
    }

    #[test]
    fn the_kubelets_journal_tells_of_what_fails() {
        let mut world = Playground::new(Settings::default());
        play(&mut world, "kubectl run bad --image=nosuch/image; kubectl run crash --image=busybox -- false; sleep 60");
        let asked = "minikube ssh 'sudo systemctl status kubelet -n 2 | wc -l; sudo systemctl -n0 status kubelet | wc -l; systemctl show -p Id kubelet'";
        let counts: Vec<String> = play(&mut world, asked).lines().map(str::to_owned).collect();
        let [two, none, refused, ..] = counts.as_slice() else { panic!("{counts:?}") };
        assert_eq!(two.parse::<usize>().ok(), none.parse::<usize>().ok().map(|none| none + 2));
        assert_eq!(refused, "systemctl: -p is not simulated here; 'systemctl status' says most of it");
        let text = play(&mut world, "minikube ssh 'sudo journalctl -u kubelet --no-pager'");
        assert!(text.starts_with("-- Journal begins at Sun 2026-11-22 "), "{text}");
        for part in [
            "systemd[1]: Started kubelet: The Kubernetes Node Agent.",
            "\"Kubelet version\" kubeletVersion=\"v1.36.2\"",
            "\"Error syncing pod, skipping\" err=\"failed to \\\"StartContainer\\\" for \\\"bad\\\" with ",
            "with CrashLoopBackOff: \\\"back-off ",
            "pod=\"default/crash\"",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let text = play(
            &mut world,
            "minikube ssh 'sudo journalctl -u kubelet -n 2 --no-pager | wc -l; journalctl -u kubelet | tail -1; sudo journalctl -u nosuch'",
        );
        assert!(text.starts_with("3\nHint: You are currently not seeing messages from other users"), "{text}");
        assert!(
            text.ends_with("No journal files were opened due to insufficient permissions.\n-- No entries --\n"),
            "{text}"
        );
    }
}
