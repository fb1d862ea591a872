//! `journalctl`: the kubelet's journal, read off what the kubelet has told the API (its Events) and off its starts and stops.

use machine::{ExitStatus, Process, Program};
use serde_json::Value;
use sim::{Duration, Time};

use super::{long, short};
use crate::control::{Shared, WeakShared, upgrade};
use crate::node::manifests;

/// How often a followed journal is looked at.
const POLL: Duration = Duration::from_millis(500);

pub(crate) fn program(world: WeakShared) -> Program {
    Program::with("journalctl", move |process| {
        let world = world.clone();
        Box::pin(async move { ExitStatus::check(run(process, world).await) })
    })
}

/// An entry.
pub(super) struct Line {
    time: Time,
    /// Who wrote it: `kubelet[2249]`.
    who: String,
    message: String,
}

impl Line {
    /// As `journalctl` prints it.
    pub fn text(&self, host: &str) -> String {
        format!("{} {host} {}: {}\n", short(self.time), self.who, self.message)
    }
}

/// A line of klog: level, when, whose, where in the source, what.
fn klog(level: char, time: Time, pid: u32, place: &str, text: &str) -> Line {
    let civil = time.civil();
    let message = format!(
        "{level}{:02}{:02} {:02}:{:02}:{:02}.{:06} {pid:>7} {place}] {text}",
        civil.month, civil.day, civil.hour, civil.minute, civil.second, civil.micros
    );
    Line { time, who: format!("kubelet[{pid}]"), message }
}

/// All that the kubelet's unit has written, oldest first.
pub(super) fn lines(world: &Shared) -> Vec<Line> {
    let (_, _, pid) = world.kubelet();
    let mut lines = Vec::new();
    let node_name = world.node.borrow().settings.node_name.clone();
    start(&mut lines, world.booted(), pid, &node_name);
    for (at, runs) in world.node.borrow().services.switched.iter() {
        if *runs {
            start(&mut lines, *at, pid, &node_name);
        } else {
            let stopped = |message: &str| Line { time: *at, who: "systemd[1]".to_owned(), message: message.to_owned() };
            lines.push(stopped("Stopping kubelet: The Kubernetes Node Agent..."));
            lines.push(stopped("kubelet.service: Deactivated successfully."));
            lines.push(stopped("Stopped kubelet: The Kubernetes Node Agent."));
        }
    }
    let control = world.control.borrow();
    let store = control.cluster.store();
    for (key, object) in store.all() {
        match &*key.resource {
            "pods" => volumes(&mut lines, object, pid),
            "events" => {
                let about = &object["involvedObject"];
                let (namespace, name) =
                    (about["namespace"].as_str().unwrap_or(""), about["name"].as_str().unwrap_or(""));
                let pod = store.get(&cluster::ObjectKey::new("pods", namespace, name));
                lines.extend(event(object, pod.map(|pod| &**pod), pid));
            }
            _ => {}
        }
    }
    for (at, path, why) in manifests::complaints(&world.node.borrow(), &world.kernel) {
        let text = format!("\"Could not process manifest file\" err={why:?} path={path:?}");
        lines.push(klog('E', at, pid, "file.go:187", &text));
    }
    sim::order::sort_by(&mut lines, |a, b| a.time.cmp(&b.time));
    lines
}

fn start(lines: &mut Vec<Line>, at: Time, pid: u32, node: &str) {
    lines.push(Line {
        time: at,
        who: "systemd[1]".to_owned(),
        message: "Started kubelet: The Kubernetes Node Agent.".to_owned(),
    });
    for (after, place, text) in [
        (310, "server.go:525", "\"Kubelet version\" kubeletVersion=\"v1.36.2\""),
        (311, "server.go:527", "\"Golang settings\" GOGC=\"\" GOMAXPROCS=\"\" GOTRACEBACK=\"\""),
        (702, "kubelet.go:387", "\"Attempting to sync node with API server\""),
        (940, "kubelet_node_status.go:75", &format!("\"Attempting to register node\" node={node:?}")),
        (958, "kubelet_node_status.go:78", &format!("\"Successfully registered node\" node={node:?}")),
    ] {
        lines.push(klog('I', at + Duration::from_millis(after), pid, place, text));
    }
}

/// The volumes of a Pod are the first that is told of it.
fn volumes(lines: &mut Vec<Line>, pod: &Value, pid: u32) {
    let Some(at) = pod["status"]["startTime"].as_str().and_then(Time::parse_rfc3339) else { return };
    let text = |field: &str| pod["metadata"][field].as_str().unwrap_or("").to_owned();
    let (namespace, name, uid) = (text("namespace"), text("name"), text("uid"));
    for volume in pod["spec"]["volumes"].as_array().into_iter().flatten() {
        let kind = volume.as_object().and_then(|fields| fields.keys().find(|field| *field != "name"));
        let plugin = match kind.map_or("", String::as_str) {
            "configMap" => "configmap",
            "emptyDir" => "empty-dir",
            "hostPath" => "host-path",
            "downwardAPI" => "downward-api",
            "persistentVolumeClaim" => "host-path",
            other => other,
        };
        let volume = volume["name"].as_str().unwrap_or("");
        lines.push(klog(
            'I',
            at,
            pid,
            "reconciler_common.go:251",
            &format!(
                "\"operationExecutor.VerifyControllerAttachedVolume started for volume \\\"{volume}\\\" (UniqueName: \
                 \\\"kubernetes.io/{plugin}/{uid}-{volume}\\\") pod \\\"{name}\\\" (UID: \\\"{uid}\\\") \" \
                 pod=\"{namespace}/{name}\""
            ),
        ));
    }
}

/// What the kubelet writes where it also records an Event; `None` for what it writes nothing about.
fn event(event: &Value, pod: Option<&Value>, pid: u32) -> Option<Line> {
    if event["source"]["component"] != "kubelet" || event["involvedObject"]["kind"] != "Pod" {
        return None;
    }
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let time = [&event["lastTimestamp"], &event["eventTime"]].into_iter().find_map(Value::as_str)?;
    let time = Time::parse_rfc3339(time)?;
    let about = &event["involvedObject"];
    let (namespace, name, uid) = (text(&about["namespace"]), text(&about["name"]), text(&about["uid"]));
    let message = text(&event["message"]);
    let path = text(&about["fieldPath"]);
    let container = path.split_once('{').map_or("", |(_, rest)| rest.trim_end_matches('}')).to_owned();
    let of_pod = format!("pod=\"{namespace}/{name}\" podUID=\"{uid}\"");
    let waiting = |reason: &str| {
        let statuses = ["initContainerStatuses", "containerStatuses"].into_iter();
        let mut all =
            statuses.flat_map(|list| pod.and_then(|pod| pod["status"][list].as_array()).into_iter().flatten());
        let state = all.find(|one| one["name"] == *container)?["state"]["waiting"].clone();
        (state["reason"] == reason).then(|| text(&state["message"]))
    };
    let skipping = |reason: &str, why: &str| {
        let error = format!("failed to \"StartContainer\" for \"{container}\" with {reason}: {why:?}");
        klog('E', time, pid, "pod_workers.go:1324", &format!("\"Error syncing pod, skipping\" err={error:?} {of_pod}"))
    };
    Some(match text(&event["reason"]).as_str() {
        "Unhealthy" => {
            let (kind, output) = message.split_once(" probe ").unwrap_or(("Readiness", &message));
            let output = output.split_once(": ").map_or(output, |(_, output)| output);
            let text = format!(
                "\"Probe failed\" probeType=\"{kind}\" {of_pod} containerName=\"{container}\" probeResult=\"failure\" \
                 output={output:?}"
            );
            klog('I', time, pid, "prober.go:120", &text)
        }
        "BackOff" if message.starts_with("Back-off pulling") => skipping("ImagePullBackOff", &message),
        "BackOff" => {
            let fallback = format!("back-off restarting failed container={container} pod={name}_{namespace}({uid})");
            skipping("CrashLoopBackOff", &waiting("CrashLoopBackOff").unwrap_or(fallback))
        }
        "Failed" if message.starts_with("Failed to pull") => skipping("ErrImagePull", &message),
        "Failed" if !message.starts_with("Error: Image") && !message.starts_with("Error: ErrImage") => {
            skipping("RunContainerError", message.strip_prefix("Error: ").unwrap_or(&message))
        }
        "FailedMount" => klog('E', time, pid, "nestedpendingoperations.go:348", &format!("Error: {message}")),
        "Killing" => klog(
            'I',
            time,
            pid,
            "kuberuntime_container.go:809",
            &format!("\"Killing container with a grace period\" {of_pod} containerName=\"{container}\""),
        ),
        _ => return None,
    })
}

/// What is asked for.
#[derive(Default)]
struct Asked {
    units: Vec<String>,
    last: Option<usize>,
    follows: bool,
    reverse: bool,
    quiet: bool,
    bare: bool,
    since: Option<Duration>,
}

/// `5 min ago`, `-10m`, `1 hour ago`; `None` for other words.
fn back(text: &str) -> Option<Duration> {
    let text = text.trim().trim_start_matches('-').trim_end_matches("ago").trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let count: u64 = text[..digits].parse().ok()?;
    let unit = match text[digits..].trim() {
        "s" | "sec" | "second" | "seconds" => 1,
        "m" | "min" | "minute" | "minutes" => 60,
        "h" | "hr" | "hour" | "hours" => 3600,
        "d" | "day" | "days" => 86_400,
        _ => return None,
    };
    Some(Duration::from_secs(count.saturating_mul(unit)))
}

/// The words; `Err` is what is wrong with them.
fn read(args: &[String]) -> Result<Asked, String> {
    let mut asked = Asked::default();
    let mut words = args.iter().skip(1).map(String::as_str).peekable();
    while let Some(word) = words.next() {
        let (name, given) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
            _ if word.starts_with("-u") && word.len() > 2 => ("-u", Some(word[2..].to_owned())),
            _ if word.starts_with("-n") && word.len() > 2 => ("-n", Some(word[2..].to_owned())),
            _ => (word, None),
        };
        let mut value = || given.clone().or_else(|| words.next().map(str::to_owned)).unwrap_or_default();
        match name {
            "-u" | "--unit" => asked.units.push(value()),
            "-n" | "--lines" => asked.last = value().parse().ok().or(Some(10)),
            "-S" | "--since" => {
                let text = value();
                if !matches!(text.as_str(), "today" | "yesterday") {
                    asked.since = Some(back(&text).ok_or_else(|| format!("Failed to parse timestamp: {text}"))?);
                }
            }
            "-o" | "--output" => asked.bare = value() == "cat",
            "-f" | "--follow" => asked.follows = true,
            "-r" | "--reverse" => asked.reverse = true,
            "-q" | "--quiet" => asked.quiet = true,
            "-e" | "-xe" | "-ex" | "--pager-end" => asked.last = asked.last.or(Some(1000)),
            "-xeu" | "-exu" => asked.units.push(value()),
            "-fu" | "-xfu" | "-fxu" => {
                asked.follows = true;
                asked.units.push(value());
            }
            "-x" | "-b" | "-a" | "-l" | "--no-pager" | "--catalog" | "--boot" | "--all" | "--full"
            | "--no-hostname" | "--utc" => {}
            "-p" | "--priority" | "-U" | "--until" | "-g" | "--grep" | "-k" | "--dmesg" | "-t" | "--identifier" => {
                return Err(format!("journalctl: {name} is not simulated here; pipe the journal into grep"));
            }
            other => return Err(format!("journalctl: unrecognized option '{other}'")),
        }
    }
    Ok(asked)
}

async fn run(p: Process, world: WeakShared) -> i32 {
    let Some(world) = upgrade(&world) else { return 1 };
    let asked = match read(p.args()) {
        Ok(asked) => asked,
        Err(text) => {
            p.err(&format!("{text}\n")).await;
            return 1;
        }
    };
    if !world.is_node(p.machine()) {
        p.err("journalctl: this computer's journal is not simulated; the kubelet's is on the node: minikube ssh\n")
            .await;
        return 1;
    }
    if p.user().uid != 0 {
        p.err(
            "Hint: You are currently not seeing messages from other users and the system.\n      Users in groups 'adm', \
             'systemd-journal' can see all messages.\n      Pass -q to turn off this notice.\nNo journal files were opened \
             due to insufficient permissions.\n",
        )
        .await;
        return 1;
    }
    let about_kubelet =
        asked.units.is_empty() || asked.units.iter().any(|unit| matches!(unit.as_str(), "kubelet" | "kubelet.service"));
    if asked
        .units
        .iter()
        .any(|unit| matches!(unit.trim_end_matches(".service"), "docker" | "containerd" | "cri-docker"))
    {
        p.err("journalctl: of this node's units only the kubelet has a journal here (-u kubelet)\n").await;
        return 1;
    }
    let now = p.now();
    let mut all = if about_kubelet { lines(&world) } else { Vec::new() };
    let from = asked.since.map(|back| now - back);
    all.retain(|line| from.is_none_or(|from| line.time >= from));
    let last = asked.last.or(asked.follows.then_some(10)).unwrap_or(all.len());
    all.drain(..all.len().saturating_sub(last));
    if asked.reverse {
        all.reverse();
    }
    if all.is_empty() && !asked.follows {
        p.out("-- No entries --\n").await;
        return 0;
    }
    let host = world.node.borrow().settings.node_name.clone();
    let print = |line: &Line| if asked.bare { format!("{}\n", line.message) } else { line.text(&host) };
    let mut text = String::new();
    if !asked.quiet && !asked.bare {
        let begins = format!("-- Journal begins at {}", long(world.booted()));
        text = if asked.follows { format!("{begins}. --\n") } else { format!("{begins}, ends at {}. --\n", long(now)) };
    }
    text.extend(all.iter().map(print));
    p.out(&text).await;
    if !asked.follows {
        return 0;
    }
    let mut until = now;
    loop {
        p.sleep(POLL).await;
        let now = p.now();
        let fresh: String =
            lines(&world).iter().filter(|line| line.time > until && line.time <= now).map(print).collect();
        until = now;
        p.out(&fresh).await;
    }
}
