//! `crictl`: the node's containers as its runtime knows them, beneath the kubelet.
//!
//! <https://kubernetes.io/docs/tasks/debug/debug-cluster/crictl/>; the tables are those of crictl 1.35 over cri-dockerd.

use machine::{ExitStatus, MachineId, Process, Program, Session, Spawn, Stdio};
use serde_json::json;
use sim::{Duration, Rng, Time};

use crate::control::{Shared, WeakShared, upgrade};
use crate::transport::{read_log, render};

const NAME: &str = "crictl";
/// How often a followed log is looked at.
const POLL: Duration = Duration::from_millis(200);
/// So much of an id is shown.
const SHORT: usize = 13;

pub(crate) fn program(world: WeakShared) -> Program {
    Program::with(NAME, move |process| {
        let world = world.clone();
        Box::pin(async move { ExitStatus::check(run(process, world).await) })
    })
}

/// A container.
struct Found {
    id: String,
    image: String,
    image_id: String,
    started: Time,
    ended: Option<(i32, Time)>,
    name: String,
    attempt: u32,
    uid: String,
    pod: String,
    namespace: String,
    machine: MachineId,
}

/// A Pod's sandbox has an id of its own, which nobody else asks for.
fn sandbox_id(uid: &str) -> String {
    let seed = uid
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    Rng::new(seed).hex(64)
}

fn containers(world: &Shared) -> Vec<Found> {
    let node = world.node.borrow();
    let mut all: Vec<Found> = Vec::new();
    for (id, container) in node.containers.iter() {
        let Some(pod) = node.pods.get(&container.pod_uid) else { continue };
        let image = world.kernel.with(|state| state.machines.get(&container.machine).map(|one| one.image.clone()));
        let image = image.unwrap_or_default();
        let image_id = userland::images::lookup(&image).map(|found| found.id).unwrap_or_default();
        all.push(Found {
            id: id.clone(),
            image_id: image_id.trim_start_matches("sha256:").to_owned(),
            image,
            started: container.started,
            ended: container.exited.map(|(exit, at)| (exit.status(), at)),
            name: container.name.clone(),
            attempt: container.run,
            uid: container.pod_uid.clone(),
            pod: pod.name.clone(),
            namespace: pod.namespace.clone(),
            machine: container.machine,
        });
    }
    sim::order::sort_by(&mut all, |a, b| (b.started, &a.id).cmp(&(a.started, &b.id)));
    all
}

/// Go's `units.HumanDuration`.
fn ago(age: Duration) -> String {
    let seconds = age.as_secs();
    let text = match seconds {
        0 => "Less than a second".to_owned(),
        1 => "1 second".to_owned(),
        2..60 => format!("{seconds} seconds"),
        60..120 => "About a minute".to_owned(),
        120..3600 => format!("{} minutes", seconds / 60),
        3600..5400 => "About an hour".to_owned(),
        5400..172_800 => format!("{} hours", (seconds + 1800) / 3600),
        _ => format!("{} days", seconds / 86_400),
    };
    format!("{text} ago")
}

/// A table of Go's tabwriter with columns of at least 20.
fn table(rows: &[Vec<String>]) -> String {
    let count = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count() + 3).max().unwrap_or(0).max(20);
    let widths: Vec<usize> = (0..count).map(width).collect();
    let mut text = String::new();
    for row in rows {
        for (column, cell) in row.iter().enumerate() {
            let width = if column + 1 == count { 0 } else { widths[column] };
            text.push_str(&format!("{cell:<width$}"));
        }
        text.push('\n');
    }
    text
}

fn cells<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

fn short(id: &str) -> &str {
    id.get(..SHORT).unwrap_or(id)
}

/// A command's flags, with the values of those that take one, and its operands.
struct Words {
    flags: Vec<(String, String)>,
    operands: Vec<String>,
}

impl Words {
    /// After the first operand, everything is one when `last` says so (`exec`).
    fn read(args: &[String], valued: &[&str], last: bool) -> Words {
        let mut words = Words { flags: Vec::new(), operands: Vec::new() };
        let mut rest = args.iter();
        while let Some(arg) = rest.next() {
            let name = arg.trim_start_matches('-');
            if name.len() == arg.len() || name.is_empty() || (last && !words.operands.is_empty()) {
                words.operands.push(arg.clone());
            } else if let Some((name, value)) = name.split_once('=') {
                words.flags.push((name.to_owned(), value.to_owned()));
            } else if valued.contains(&name) {
                words.flags.push((name.to_owned(), rest.next().cloned().unwrap_or_default()));
            } else if arg.starts_with("--") {
                words.flags.push((name.to_owned(), String::new()));
            } else {
                words.flags.extend(name.chars().map(|letter| (letter.to_string(), String::new())));
            }
        }
        words
    }

    fn has(&self, names: &[&str]) -> bool {
        self.value(names).is_some()
    }

    fn value(&self, names: &[&str]) -> Option<&str> {
        self.flags.iter().rev().find(|(name, _)| names.contains(&name.as_str())).map(|(_, value)| value.as_str())
    }
}

async fn fatal(p: &Process, text: &str) -> i32 {
    p.err(&format!("FATA[0000] {text} \n")).await;
    1
}

async fn run(p: Process, world: WeakShared) -> i32 {
    let Some(world) = upgrade(&world) else { return 1 };
    let user = p.user();
    if user.uid != 0 && !user.groups.contains(&999) {
        let socket = "unix:///var/run/cri-dockerd.sock";
        return fatal(&p, &format!("validate service connection: validate CRI v1 runtime API for endpoint \"{socket}\": rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: dial unix /var/run/cri-dockerd.sock: connect: permission denied\"")).await;
    }
    // Flags before the command say where the runtime listens.
    let mut args = p.args().get(1..).unwrap_or_default();
    while let [flag, rest @ ..] = args
        && flag.starts_with('-')
    {
        if matches!(flag.as_str(), "-v" | "--version") {
            p.out("crictl version v1.35.0\n").await;
            return 0;
        }
        if matches!(flag.as_str(), "-h" | "--help") {
            break;
        }
        let takes = matches!(
            flag.as_str(),
            "-r" | "-i" | "-t" | "-c" | "--runtime-endpoint" | "--image-endpoint" | "--timeout" | "--config"
        );
        args = if takes { rest.get(1..).unwrap_or_default() } else { rest };
    }
    let Some((command, rest)) = args.split_first() else {
        p.out(HELP).await;
        return 0;
    };
    match command.as_str() {
        "ps" | "container" | "containers" => ps(&p, &world, rest).await,
        "pods" | "pod" => pods(&p, &world, rest).await,
        "images" | "image" | "img" => images(&p, &world, rest).await,
        "logs" => logs(&p, &world, rest).await,
        "inspect" => inspect(&p, &world, rest).await,
        "inspectp" => inspect_pod(&p, &world, rest).await,
        "exec" => exec(&p, &world, rest).await,
        "stop" => stop(&p, &world, rest).await,
        "version" => {
            p.out("Version:  0.1.0\nRuntimeName:  docker\nRuntimeVersion:  28.3.3\nRuntimeApiVersion:  v1\n").await;
            0
        }
        "info" => {
            let ready = |kind: &str| json!({"type": kind, "status": true, "reason": "", "message": ""});
            let text = json!({"status": {"conditions": [ready("RuntimeReady"), ready("NetworkReady")]}});
            p.out(&format!("{text:#}\n")).await;
            0
        }
        "help" | "-h" | "--help" => {
            p.out(HELP).await;
            0
        }
        "attach"
        | "create"
        | "port-forward"
        | "inspecti"
        | "imagefsinfo"
        | "pull"
        | "run"
        | "runp"
        | "rm"
        | "rmi"
        | "rmp"
        | "start"
        | "stopp"
        | "update"
        | "config"
        | "stats"
        | "statsp"
        | "metricsp"
        | "completion"
        | "checkpoint"
        | "events"
        | "update-runtime-config" => {
            let text = format!(
                "crictl: '{command}' is not simulated: here are ps, pods, images, logs, inspect, inspectp, exec, stop, info and \
                 version\n"
            );
            p.err(&text).await;
            1
        }
        other => {
            p.err(&format!("No help topic for '{other}'\n")).await;
            3
        }
    }
}

const HELP: &str = "NAME:\n   crictl - client for CRI\n\nUSAGE:\n   crictl [global options] command [command options] [arguments...]\n\n\
     VERSION:\n   v1.35.0\n\nSimulated here: ps, pods, images, logs, inspect, inspectp, exec, stop, info, version\n";

async fn ps(p: &Process, world: &Shared, args: &[String]) -> i32 {
    let words =
        Words::read(args, &["name", "pod", "p", "state", "s", "last", "n", "image", "label", "o", "output"], false);
    let state = words.value(&["state", "s"]).map(str::to_lowercase);
    let all = words.has(&["a", "all", "l", "latest", "n", "last"]) || state.is_some();
    let mut found = containers(world);
    found.retain(|one| {
        let named = words.value(&["name"]).is_none_or(|name| one.name.contains(name));
        let of_pod = words.value(&["pod", "p"]).is_none_or(|pod| sandbox_id(&one.uid).starts_with(pod));
        let in_state =
            state.as_deref().is_none_or(|state| state.starts_with(if one.ended.is_some() { "e" } else { "r" }));
        (all || one.ended.is_none()) && named && of_pod && in_state
    });
    if words.has(&["l", "latest"]) {
        found.truncate(1);
    }
    if let Some(count) = words.value(&["n", "last"]).and_then(|count| count.parse().ok()) {
        found.truncate(count);
    }
    if words.has(&["q", "quiet"]) {
        p.out(&found.iter().map(|one| format!("{}\n", one.id)).collect::<String>()).await;
        return 0;
    }
    let mut rows =
        vec![cells(["CONTAINER", "IMAGE", "CREATED", "STATE", "NAME", "ATTEMPT", "POD ID", "POD", "NAMESPACE"])];
    for one in &found {
        rows.push(cells([
            short(&one.id),
            short(&one.image_id),
            &ago(p.now().since(one.started)),
            if one.ended.is_some() { "Exited" } else { "Running" },
            &one.name,
            &one.attempt.to_string(),
            short(&sandbox_id(&one.uid)),
            &one.pod,
            &one.namespace,
        ]));
    }
    p.out(&table(&rows)).await;
    0
}

/// A Pod's start: of its first container, as far as it is known.
fn pod_started(found: &[Found], uid: &str, now: Time) -> Time {
    found.iter().filter(|one| one.uid == uid).map(|one| one.started).min().unwrap_or(now)
}

async fn pods(p: &Process, world: &Shared, args: &[String]) -> i32 {
    let words = Words::read(args, &["name", "namespace", "state", "s", "label", "id", "o", "output"], false);
    let found = containers(world);
    let mut all: Vec<(Time, String, String, String)> = Vec::new();
    for (uid, pod) in world.node.borrow().pods.iter() {
        let named = words.value(&["name"]).is_none_or(|name| pod.name.contains(name));
        let in_namespace = words.value(&["namespace"]).is_none_or(|namespace| pod.namespace == namespace);
        if named && in_namespace {
            all.push((pod_started(&found, uid, p.now()), sandbox_id(uid), pod.name.clone(), pod.namespace.clone()));
        }
    }
    sim::order::sort_by(&mut all, |a, b| (b.0, &a.1).cmp(&(a.0, &b.1)));
    if words.has(&["q", "quiet"]) {
        p.out(&all.iter().map(|(_, id, ..)| format!("{id}\n")).collect::<String>()).await;
        return 0;
    }
    let mut rows = vec![cells(["POD ID", "CREATED", "STATE", "NAME", "NAMESPACE", "ATTEMPT", "RUNTIME"])];
    for (started, id, name, namespace) in &all {
        rows.push(cells([short(id), &ago(p.now().since(*started)), "Ready", name, namespace, "0", "(default)"]));
    }
    p.out(&table(&rows)).await;
    0
}

/// The names of what was pulled, and of what runs: minikube's preload was never pulled.
fn image_names(world: &Shared) -> Vec<String> {
    let node = world.node.borrow();
    let mut names: Vec<String> = node.images.iter().cloned().collect();
    let running = world.kernel.with(|state| {
        let machine = |one: &super::Container| Some(state.machines.get(&one.machine)?.image.clone());
        node.containers.values().filter_map(machine).collect::<Vec<String>>()
    });
    names.extend(running.iter().filter_map(|name| Some(super::images::find(name)?.name)));
    names
}

async fn images(p: &Process, world: &Shared, args: &[String]) -> i32 {
    let quiet = args.iter().any(|arg| arg == "-q" || arg == "--quiet");
    let mut names = image_names(world);
    sim::order::sort_texts(&mut names);
    names.dedup();
    let mut rows = vec![cells(["IMAGE", "TAG", "IMAGE ID", "SIZE"])];
    let mut ids = String::new();
    for image in names.iter().filter_map(|name| super::images::find(name)) {
        let (repository, tag) = image.familiar.rsplit_once(':').unwrap_or((&image.familiar, "<none>"));
        let size = match image.size {
            size if size >= 100_000_000 => format!("{}MB", (size + 500_000) / 1_000_000),
            size if size >= 10_000_000 => format!("{:.1}MB", size as f64 / 1e6),
            size if size >= 1_000_000 => format!("{:.2}MB", size as f64 / 1e6),
            size => format!("{:.0}kB", size as f64 / 1e3),
        };
        ids.push_str(&format!("{}\n", image.id));
        rows.push(cells([repository, tag, short(image.id.trim_start_matches("sha256:")), &size]));
    }
    p.out(&if quiet { ids } else { table(&rows) }).await;
    0
}

/// The container whose id begins so.
async fn one(p: &Process, world: &Shared, id: Option<&String>) -> Result<Found, i32> {
    let Some(id) = id.filter(|id| !id.is_empty()) else {
        return Err(fatal(p, "ID cannot be empty").await);
    };
    match containers(world).into_iter().find(|one| one.id.starts_with(id.as_str())) {
        Some(found) => Ok(found),
        None => {
            let text = format!(
                "rpc error: code = NotFound desc = could not find container \\\"{id}\\\": container with ID starting with {id} not \
                 found: ID does not exist"
            );
            Err(fatal(p, &text.replace("\\\"", "\"")).await)
        }
    }
}

async fn logs(p: &Process, world: &Shared, args: &[String]) -> i32 {
    let words = Words::read(args, &["tail", "since"], false);
    let found = match one(p, world, words.operands.first()).await {
        Ok(found) => found,
        Err(status) => return status,
    };
    let stamps = words.has(&["t", "timestamps"]);
    let tail = words.value(&["tail"]).and_then(|text| text.parse::<usize>().ok());
    let mut seen = None;
    loop {
        let (lines, dropped) = read_log(world, found.machine);
        let total = dropped + lines.len() as u64;
        let fresh = match seen {
            None => tail.unwrap_or(lines.len()),
            Some(seen) => usize::try_from(total - seen).unwrap_or(0),
        };
        seen = Some(total);
        for line in lines.iter().skip(lines.len().saturating_sub(fresh)) {
            p.write(if line.stderr { 2 } else { 1 }, render(line, stamps).as_bytes()).await;
        }
        let runs = world.node.borrow().containers.get(&found.id).is_some_and(|one| one.exited.is_none());
        if !words.has(&["f", "follow"]) || !runs {
            return 0;
        }
        p.sleep(POLL).await;
    }
}

async fn inspect(p: &Process, world: &Shared, args: &[String]) -> i32 {
    let words = Words::read(args, &["o", "output", "template"], false);
    let one = match one(p, world, words.operands.first()).await {
        Ok(found) => found,
        Err(status) => return status,
    };
    let (state, finished, code) = match one.ended {
        Some((code, at)) => ("CONTAINER_EXITED", at.rfc3339(), code),
        None => ("CONTAINER_RUNNING", "0001-01-01T00:00:00Z".to_owned(), 0),
    };
    let reason = match one.ended {
        None => "",
        Some((0, _)) => "Completed",
        Some(_) => "Error",
    };
    let mounts: Vec<serde_json::Value> =
        world.node.borrow().containers.get(&one.id).map_or_else(Vec::new, |container| {
            container.mounts.iter().map(|mount| json!({"containerPath": mount.path})).collect()
        });
    let text = json!({
        "status": {
            "id": one.id,
            "metadata": {"attempt": one.attempt, "name": one.name},
            "state": state,
            "createdAt": one.started.rfc3339(),
            "startedAt": one.started.rfc3339(),
            "finishedAt": finished,
            "exitCode": code,
            "image": {"annotations": {}, "image": one.image, "userSpecifiedImage": ""},
            "imageRef": format!("docker://sha256:{}", one.image_id),
            "reason": reason,
            "message": "",
            "labels": {
                "io.kubernetes.container.name": one.name,
                "io.kubernetes.pod.name": one.pod,
                "io.kubernetes.pod.namespace": one.namespace,
                "io.kubernetes.pod.uid": one.uid,
            },
            "mounts": mounts,
            "logPath": format!("/var/log/pods/{}_{}_{}/{}/{}.log", one.namespace, one.pod, one.uid, one.name, one.attempt),
        },
        "info": {"sandboxID": sandbox_id(&one.uid)},
    });
    p.out(&format!("{text:#}\n")).await;
    0
}

async fn inspect_pod(p: &Process, world: &Shared, args: &[String]) -> i32 {
    let words = Words::read(args, &["o", "output", "template"], false);
    let id = words.operands.first().cloned().unwrap_or_default();
    let found = world
        .node
        .borrow()
        .pods
        .iter()
        .find(|(uid, _)| sandbox_id(uid).starts_with(&id))
        .map(|(uid, pod)| (uid.clone(), pod.name.clone(), pod.namespace.clone(), pod.ip));
    let Some((uid, name, namespace, ip)) = found.filter(|_| !id.is_empty()) else {
        return fatal(p, &format!("getting the status of the pod sandbox \"{id}\": rpc error: code = NotFound")).await;
    };
    let started = pod_started(&containers(world), &uid, p.now()).rfc3339();
    let text = json!({
        "status": {
            "id": sandbox_id(&uid),
            "metadata": {"attempt": 0, "name": name, "namespace": namespace, "uid": uid},
            "state": "SANDBOX_READY",
            "createdAt": started,
            "network": {"additionalIps": [], "ip": ip.to_string()},
            "labels": {"io.kubernetes.pod.name": name, "io.kubernetes.pod.namespace": namespace, "io.kubernetes.pod.uid": uid},
        },
    });
    p.out(&format!("{text:#}\n")).await;
    0
}

async fn exec(p: &Process, world: &Shared, args: &[String]) -> i32 {
    let words = Words::read(args, &["timeout", "r", "transport"], true);
    let (id, command) = words.operands.split_first().map_or((None, &[][..]), |(id, command)| (Some(id), command));
    let found = match one(p, world, id).await {
        Ok(found) => found,
        Err(status) => return status,
    };
    if command.is_empty() {
        return fatal(p, "command cannot be empty").await;
    }
    if found.ended.is_some() {
        let text = format!(
            "execing command in container: rpc error: code = Unknown desc = container not running ({})",
            found.id
        );
        return fatal(p, &text).await;
    }
    let (stdin, tty) = (words.has(&["i", "interactive"]), words.has(&["t", "tty"]));
    if tty && stdin && p.is_tty(0) {
        return p.session(Session::new(found.machine, command.iter().cloned())).await;
    }
    let spawn = Spawn {
        argv: command.to_vec(),
        stdin: if stdin { Stdio::Inherit } else { Stdio::Null },
        machine: Some(found.machine),
        tty,
        ..Spawn::default()
    };
    match p.spawn(spawn) {
        Ok(child) => match child.wait().await {
            0 => 0,
            code => fatal(p, &format!("execing command in container: command terminated with exit code {code}")).await,
        },
        Err(error) => {
            let text = format!(
                "execing command in container: Internal error occurred: error executing command in container: OCI runtime exec \
                 failed: {error}"
            );
            fatal(p, &text).await
        }
    }
}

/// The kubelet, if it runs, starts what was stopped again.
async fn stop(p: &Process, world: &Shared, args: &[String]) -> i32 {
    let words = Words::read(args, &["timeout", "t"], false);
    if words.operands.is_empty() {
        return fatal(p, "ID cannot be empty").await;
    }
    for id in &words.operands {
        let found = match one(p, world, Some(id)).await {
            Ok(found) => found,
            Err(status) => return status,
        };
        if found.ended.is_none() {
            world.kernel.kill_container(found.machine);
        }
        p.out(&format!("{id}\n")).await;
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Playground, Settings};

    fn play(world: &mut Playground, script: &str) -> String {
        let mut text = String::new();
        world.run_script(script, &mut |more| text.push_str(more));
        let lines = text.lines().filter(|line| !line.starts_with("$ ") && !line.starts_with("? "));
        lines.map(|line| format!("{line}\n")).collect()
    }

    #[test]
    fn ages_are_gos() {
        for (seconds, text) in [(0, "Less than a second ago"), (61, "About a minute ago"), (7200, "2 hours ago")] {
            assert_eq!(ago(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn containers_are_those_of_the_status() {
        let mut world = Playground::new(Settings::default());
        play(&mut world, "kubectl run web --image=nginx:1.27; kubectl wait --for=condition=Ready pod/web; sleep 30");
        let text = play(&mut world, "minikube ssh 'sudo crictl ps --name web; sudo crictl pods --name web'");
        let lines: Vec<&str> = text.lines().collect();
        let header = "CONTAINER           IMAGE               CREATED             STATE               NAME                ATTEMPT             POD ID              POD                 NAMESPACE";
        assert_eq!(lines[0], header, "{text}");
        let id = play(
            &mut world,
            "kubectl get pod web -o jsonpath='{.status.containerStatuses[0].containerID}' | cut -c10-22",
        );
        assert!(lines[1].starts_with(id.trim()) && lines[1].contains("Running             web "), "{text}{id}");
        assert!(lines[1].ends_with("web                 default"), "{text}");
        assert!(
            lines[3]
                .contains("Ready               web                 default             0                   (default)"),
            "{text}"
        );
        let id = id.trim();
        let text = play(
            &mut world,
            &format!(
                "minikube ssh 'sudo crictl exec {id} hostname; sudo crictl logs --tail 1 {id}; sudo crictl inspect {id} | jq -r .status.state; \
                 sudo crictl images | grep -c nginx; sudo crictl logs nosuch; sudo crictl exec {id} false'"
            ),
        );
        assert!(text.starts_with("web\n") && text.contains("start worker process"), "{text}");
        assert!(text.contains("CONTAINER_RUNNING\n1\nFATA[0000] "), "{text}");
        assert!(text.contains("command terminated with exit code 1"), "{text}");
        let text = play(
            &mut world,
            &format!(
                "minikube ssh 'sudo crictl stop {id}'; sleep 5; kubectl get pod web --no-headers; minikube ssh 'sudo crictl ps -a --name web --state exited -q | wc -l'"
            ),
        );
        assert!(text.contains("1/1   Running   1 ("), "{text}");
        assert!(text.ends_with("1\n"), "{text}");
    }
}
