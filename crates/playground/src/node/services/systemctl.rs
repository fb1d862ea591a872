//! `systemctl`, in the words of systemd 249 (Ubuntu 22.04).

use machine::{ExitStatus, Process, Program};
use sim::Duration;

use super::{KUBELET, ago, journal, long};
use crate::control::{Shared, WeakShared, upgrade};

/// What starting or stopping the kubelet takes.
const SWITCH: Duration = Duration::from_millis(120);

pub(crate) fn program(world: WeakShared) -> Program {
    Program::with("systemctl", move |process| {
        let world = world.clone();
        Box::pin(async move { ExitStatus::check(run(process, world).await) })
    })
}

/// A unit that runs: name, description, documentation, main process.
struct Unit {
    name: &'static str,
    description: &'static str,
    docs: &'static str,
    process: &'static str,
}

const KUBELET_UNIT: Unit = Unit {
    name: "kubelet",
    description: "kubelet: The Kubernetes Node Agent",
    docs: "http://kubernetes.io/docs/",
    process: "kubelet",
};

/// The units of the node beside the kubelet; the first is the laptop's, too.
const OTHERS: [Unit; 4] = [
    Unit {
        name: "docker",
        description: "Docker Application Container Engine",
        docs: "https://docs.docker.com",
        process: "dockerd",
    },
    Unit {
        name: "containerd",
        description: "containerd container runtime",
        docs: "https://containerd.io",
        process: "containerd",
    },
    Unit {
        name: "cri-docker",
        description: "CRI Interface for Docker Application Container Engine",
        docs: "https://docs.mirantis.com",
        process: "cri-dockerd",
    },
    Unit { name: "ssh", description: "OpenBSD Secure Shell server", docs: "man:sshd(8)", process: "sshd" },
];

fn bare(name: &str) -> &str {
    name.strip_suffix(".service").unwrap_or(name)
}

fn find(on_node: bool, name: &str) -> Option<&'static Unit> {
    let name = bare(name);
    let others = if on_node { &OTHERS[..] } else { &OTHERS[..1] };
    others.iter().chain(on_node.then_some(&KUBELET_UNIT)).find(|unit| unit.name == name)
}

/// What is asked for.
struct Asked {
    /// The verb and the units.
    words: Vec<String>,
    /// How many lines of the journal `status` shows.
    lines: usize,
    now: bool,
    quiet: bool,
}

fn read(args: &[String]) -> Result<Asked, String> {
    let mut asked = Asked { words: Vec::new(), lines: 10, now: false, quiet: false };
    let mut rest = args.iter().skip(1);
    while let Some(word) = rest.next() {
        let (name, attached) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value)),
            _ => (word.as_str(), None),
        };
        let number = |value: &str| value.parse().map_err(|_| format!("Invalid number of lines to show: {value}"));
        match name {
            "-n" | "--lines" => {
                let value = attached.or_else(|| rest.next().map(String::as_str));
                asked.lines =
                    number(value.ok_or_else(|| format!("systemctl: option requires an argument -- '{name}'"))?)?;
            }
            "-t" | "--type" | "--state" if attached.is_none() => drop(rest.next()),
            "-p" | "--property" | "-o" | "--output" | "-H" | "--host" | "-M" | "--machine" | "-s" | "--signal" => {
                return Err(format!("systemctl: {name} is not simulated here; 'systemctl status' says most of it"));
            }
            name if name.starts_with("-n") && name.len() > 2 => asked.lines = number(&name[2..])?,
            "--now" => asked.now = true,
            "-q" | "--quiet" => asked.quiet = true,
            name if name.starts_with('-') && name.len() > 1 => {}
            word => asked.words.push(word.to_owned()),
        }
    }
    Ok(asked)
}

async fn run(p: Process, world: WeakShared) -> i32 {
    let Some(world) = upgrade(&world) else { return 1 };
    let on_node = world.is_node(p.machine());
    let asked = match read(p.args()) {
        Ok(asked) => asked,
        Err(text) => {
            p.err(&format!("{text}\n")).await;
            return 1;
        }
    };
    if p.args().iter().any(|word| word == "--version") {
        p.out("systemd 249 (249.11-0ubuntu3.16)\n").await;
        return 0;
    }
    let Some((verb, units)) = asked.words.split_first() else { return list(&p, &world, on_node).await };
    match verb.as_str() {
        "list-units" => return list(&p, &world, on_node).await,
        "daemon-reload" | "daemon-reexec" if p.user().uid == 0 => return 0,
        "daemon-reload" | "daemon-reexec" => {
            p.err("Failed to reload daemon: Interactive authentication required.\n").await;
            return 1;
        }
        "status" | "start" | "stop" | "restart" | "reload" | "try-restart" | "enable" | "disable" | "is-active"
        | "is-enabled" | "is-failed" | "show" | "cat" => {}
        other => {
            p.err(&format!(
                "systemctl: '{other}' is not simulated: here are status, start, stop, restart, enable, disable, \
                 daemon-reload, is-active, is-enabled and list-units\n"
            ))
            .await;
            return 1;
        }
    }
    if units.is_empty() {
        p.err("Too few arguments.\n").await;
        return 1;
    }
    // One active unit is enough.
    let any = matches!(verb.as_str(), "is-active" | "is-failed");
    let mut status = if any { 3 } else { 0 };
    for name in units {
        let code = one(&p, &world, (verb, name), on_node, &asked).await;
        status = if any { status.min(code) } else { status.max(code) };
    }
    status
}

/// What a command does with one unit, and its status.
async fn one(p: &Process, world: &Shared, (verb, name): (&str, &str), on_node: bool, asked: &Asked) -> i32 {
    let Asked { now, quiet, lines, .. } = *asked;
    let service = if name.contains('.') { name.to_owned() } else { format!("{name}.service") };
    let Some(unit) = find(on_node, name) else { return absent(p, verb, &service, quiet).await };
    let is_kubelet = unit.name == "kubelet";
    let runs = !is_kubelet || world.kubelet().0;
    let enabled = !is_kubelet || world.node.borrow().services.enabled;
    match verb {
        "is-active" | "is-failed" => {
            if !quiet {
                p.out(if runs { "active\n" } else { "inactive\n" }).await;
            }
            return if runs == (verb == "is-active") { 0 } else { 3 };
        }
        "is-enabled" => {
            if !quiet {
                p.out(if enabled { "enabled\n" } else { "disabled\n" }).await;
            }
            return i32::from(!enabled);
        }
        "status" => return status(p, world, unit, (runs, enabled), lines).await,
        "cat" | "show" => {
            p.err(&format!("systemctl: '{verb}' of {service} is not simulated; 'systemctl status' says most of it\n"))
                .await;
            return 1;
        }
        _ => {}
    }
    if p.user().uid != 0 {
        let what = if matches!(verb, "enable" | "disable") { "" } else { &service };
        let space = if what.is_empty() { "" } else { " " };
        p.err(&format!(
            "Failed to {verb}{space}{what}: Interactive authentication required.\n\
             See system logs and 'systemctl status {service}' for details.\n"
        ))
        .await;
        return 1;
    }
    match verb {
        "enable" | "disable" if is_kubelet => {
            let wanted = verb == "enable";
            if world.node.borrow().services.enabled != wanted {
                world.node.borrow_mut().services.enabled = wanted;
                let link = "/etc/systemd/system/multi-user.target.wants/kubelet.service";
                p.err(&match wanted {
                    true => format!("Created symlink {link} → /lib/systemd/system/kubelet.service.\n"),
                    false => format!("Removed {link}.\n"),
                })
                .await;
            }
            if now {
                p.sleep(SWITCH).await;
                world.switch_kubelet(wanted);
            }
        }
        "start" | "stop" | "restart" | "try-restart" if is_kubelet => {
            p.sleep(SWITCH).await;
            if matches!(verb, "stop" | "restart" | "try-restart") {
                world.switch_kubelet(false);
            }
            if matches!(verb, "start" | "restart") {
                world.switch_kubelet(true);
            }
        }
        "start" | "enable" => {}
        "reload" => {
            p.err(&format!("Failed to reload {service}: Job type reload is not applicable for unit {service}.\n"))
                .await;
            return 1;
        }
        verb => {
            p.err(&format!("systemctl: to {verb} {service} is not simulated; only the kubelet can be stopped here\n"))
                .await;
            return 1;
        }
    }
    0
}

/// A unit that this computer does not have.
async fn absent(p: &Process, verb: &str, service: &str, quiet: bool) -> i32 {
    match verb {
        "is-active" | "is-failed" => {
            if !quiet {
                p.out("inactive\n").await;
            }
            3
        }
        "is-enabled" => {
            p.err(&format!("Failed to get unit file state for {service}: No such file or directory\n")).await;
            1
        }
        "status" | "cat" | "show" => {
            p.err(&format!("Unit {service} could not be found.\n")).await;
            if service == "kubelet.service" {
                p.err("(The kubelet runs on the node: 'minikube ssh' leads there.)\n").await;
            }
            4
        }
        "enable" | "disable" => {
            p.err(&format!("Failed to {verb} unit: Unit file {service} does not exist.\n")).await;
            1
        }
        verb => {
            let tail = if verb == "stop" { "not loaded" } else { "not found" };
            p.err(&format!("Failed to {verb} {service}: Unit {service} {tail}.\n")).await;
            5
        }
    }
}

async fn status(p: &Process, world: &Shared, unit: &Unit, (runs, enabled): (bool, bool), lines: usize) -> i32 {
    let (since, number) = match unit.name {
        "kubelet" => {
            let (_, since, number) = world.kubelet();
            (since, number)
        }
        _ => {
            let number = p.processes().into_iter().find(|one| one.argv[0].ends_with(unit.process)).map(|one| one.pid);
            (world.booted(), number.unwrap_or(612))
        }
    };
    let enabled = if enabled { "enabled" } else { "disabled" };
    let age = ago(p.now().since(since));
    let (dot, active) = match runs {
        true => ("●", format!("active (running) since {}; {age}", long(since))),
        false => ("○", format!("inactive (dead) since {}; {age}", long(since))),
    };
    let mut text = format!(
        "{dot} {name}.service - {description}\n     Loaded: loaded (/lib/systemd/system/{name}.service; {enabled}; vendor preset: \
         enabled)\n",
        name = unit.name,
        description = unit.description,
    );
    if unit.name == "kubelet" {
        text.push_str("    Drop-In: /etc/systemd/system/kubelet.service.d\n             └─10-kubeadm.conf\n");
    }
    text.push_str(&format!("     Active: {active}\n       Docs: {}\n", unit.docs));
    let process = unit.process;
    if runs {
        let command = if unit.name == "kubelet" { KUBELET.join(" ") } else { format!("/usr/bin/{process}") };
        text.push_str(&format!(
            "   Main PID: {number} ({process})\n      Tasks: 16 (limit: 9348)\n     Memory: 41.2M\n     CGroup: \
             /system.slice/{}.service\n             └─{number} {command}\n",
            unit.name
        ));
    } else {
        text.push_str(&format!("   Main PID: {number} (code=exited, status=0/SUCCESS)\n"));
    }
    if unit.name == "kubelet" && p.user().uid == 0 {
        let journal = journal::lines(world);
        text.push('\n');
        let host = world.node.borrow().settings.node_name.clone();
        text.extend(journal.iter().skip(journal.len().saturating_sub(lines)).map(|line| line.text(&host)));
    }
    p.out(&text).await;
    if runs { 0 } else { 3 }
}

async fn list(p: &Process, world: &Shared, on_node: bool) -> i32 {
    let mut units: Vec<&Unit> = if on_node { OTHERS.iter().collect() } else { OTHERS[..1].iter().collect() };
    if on_node && world.kubelet().0 {
        units.push(&KUBELET_UNIT);
    }
    sim::order::sort_by(&mut units, |a, b| a.name.cmp(b.name));
    let mut text = "  UNIT               LOAD   ACTIVE SUB     DESCRIPTION\n".to_owned();
    for unit in &units {
        text.push_str(&format!(
            "  {:<18} loaded active running {}\n",
            format!("{}.service", unit.name),
            unit.description
        ));
    }
    text.push_str(&format!(
        "\nLOAD   = Reflects whether the unit definition was properly loaded.\nACTIVE = The high-level unit activation \
         state, i.e. generalization of SUB.\nSUB    = The low-level unit activation state, values depend on unit \
         type.\n{} loaded units listed.\n",
        units.len()
    ));
    p.out(&text).await;
    0
}
