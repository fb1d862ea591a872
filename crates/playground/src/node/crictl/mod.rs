//! `crictl`: the node's containers as its runtime knows them, beneath the kubelet.
//!
//! <https://kubernetes.io/docs/tasks/debug/debug-cluster/crictl/>; the tables are those of crictl 1.35 over cri-dockerd.

mod containers;
mod inspect;
mod tables;

use machine::{ExitStatus, Process, Program, Session, Spawn, Stdio};
use serde_json::json;
use sim::Duration;

use self::containers::{Found, containers};
use self::inspect::{inspect, inspect_pod};
use self::tables::{images, pods, ps};
use crate::control::{Shared, WeakShared, upgrade};
use crate::transport::{read_log, render};

const NAME: &str = "crictl";
/// How often a followed log is looked at.
const POLL: Duration = Duration::from_millis(200);
pub(crate) fn program(world: WeakShared) -> Program {
    Program::with(NAME, move |process| {
        let world = world.clone();
        Box::pin(async move { ExitStatus::check(run(process, world).await) })
    })
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
    use super::tables::ago;
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
