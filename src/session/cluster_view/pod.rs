//! A Pod: kubectl's STATUS of it, and what is wrong with it in a form that can be said in any language.

use api::path;
use serde_json::Value;
use sim::{Duration, Time};

use super::read::text;

/// How an object is, as a colour and a shape say it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Tone {
    /// Well.
    #[default]
    Running,
    /// On its way.
    Waiting,
    /// Not well.
    Failed,
    /// Being taken away.
    Ending,
    /// It has done its work.
    Done,
}

/// Why a Pod is not well, as far as the API says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Trouble {
    /// The registry has no such image.
    NoImage(String),
    /// The image could not be pulled for another reason: the image.
    PullFailed(String),
    /// The image's name is none.
    ImageName(String),
    /// `imagePullPolicy: Never`, and the node does not have the image.
    NeverPulled(String),
    /// No node has as much left: what is asked for, such as `cpu 100`.
    NoRoom(String),
    /// No node will have it: the scheduler's first reason.
    NoNode(String),
    /// It waits for a claim's volume.
    VolumeWaiting(String),
    /// What it mounts or reads is missing: kind, name.
    Missing(&'static str, String),
    /// The container cannot be configured or started: the kubelet's message.
    CannotStart(String),
    /// The process ended; when the kubelet starts it again, if it is known.
    Exited {
        /// Its exit code.
        code: i64,
        /// When it is started again.
        again: Option<Time>,
    },
    /// It runs, and its readiness probe fails or has not succeeded yet.
    NotReady,
    /// The whole Pod failed: the reason (`Evicted`, `DeadlineExceeded`).
    Ended(String),
}

/// A Pod.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PodView {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its node, once it has one.
    pub node: String,
    /// Its address, once it has one.
    pub ip: Option<String>,
    /// kubectl's STATUS.
    pub status: String,
    /// The same as a tone.
    pub tone: Tone,
    /// What is wrong.
    pub trouble: Option<Trouble>,
    /// How often containers were started again.
    pub restarts: i64,
    /// Kind and name of the workload it belongs to: the Deployment rather than its ReplicaSet, the CronJob rather than its Job.
    pub owner: Option<(&'static str, String)>,
    /// Its labels.
    pub labels: Vec<(String, String)>,
    /// The claims it mounts.
    pub claims: Vec<String>,
    /// The ConfigMaps and Secrets it mounts or takes its environment from: kind, name.
    pub configs: Vec<(&'static str, String)>,
    /// The address of the Pod whose place it took.
    pub old_ip: Option<String>,
    /// Its place among its owner's Pods: a Pod that takes another's place has the same.
    pub place: usize,
}

impl PodView {
    /// What a card calls it: its own part of the name where the caption above says the rest.
    pub fn short_name(&self) -> &str {
        match &self.owner {
            Some(("Deployment" | "ReplicaSet" | "ReplicationController" | "DaemonSet", _)) => {
                self.name.rsplit('-').next().unwrap_or(&self.name)
            }
            Some(("Job" | "CronJob", owner)) => {
                self.name.strip_prefix(owner.as_str()).and_then(|rest| rest.strip_prefix('-')).unwrap_or(&self.name)
            }
            _ => &self.name,
        }
    }
}

pub(super) fn read(pod: &Value, owner: Option<(&'static str, String)>, exists: &dyn Fn(&str, &str) -> bool) -> PodView {
    let (status, tone) = status(pod);
    let configs = configs(pod);
    let trouble = if matches!(tone, Tone::Ending | Tone::Done) { None } else { trouble(pod, tone, &configs, exists) };
    let restarts = containers(pod).filter_map(|it| path::int(it, "restartCount")).sum();
    let labels = path::object(pod, "metadata.labels").into_iter().flatten();
    PodView {
        namespace: text(pod, "metadata.namespace"),
        name: text(pod, "metadata.name"),
        node: text(pod, "spec.nodeName"),
        ip: Some(text(pod, "status.podIP")).filter(|ip| !ip.is_empty()),
        status,
        tone,
        trouble,
        restarts,
        owner,
        labels: labels.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect(),
        claims: (path::list(pod, "spec.volumes").iter())
            .filter_map(|volume| Some(volume["persistentVolumeClaim"]["claimName"].as_str()?.to_owned()))
            .collect(),
        configs: configs.into_iter().map(|(kind, name, _)| (kind, name)).collect(),
        old_ip: None,
        place: 0,
    }
}

fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    path::list(pod, "status.initContainerStatuses").iter().chain(path::list(pod, "status.containerStatuses"))
}

/// The ConfigMaps and Secrets a Pod names, each once: kind, name, whether it may be missing.
fn configs(pod: &Value) -> Vec<(&'static str, String, bool)> {
    let mut found: Vec<(&'static str, String, bool)> = Vec::new();
    let mut add = |kind: &'static str, name: &Value, optional: &Value| {
        let Some(name) = name.as_str().filter(|name| *name != "kube-root-ca.crt") else { return };
        if !found.iter().any(|(known, other, _)| *known == kind && other == name) {
            found.push((kind, name.to_owned(), optional == true));
        }
    };
    for volume in path::list(pod, "spec.volumes") {
        let projected = path::list(volume, "projected.sources");
        add("ConfigMap", &volume["configMap"]["name"], &volume["configMap"]["optional"]);
        add("Secret", &volume["secret"]["secretName"], &volume["secret"]["optional"]);
        for source in projected {
            add("ConfigMap", &source["configMap"]["name"], &source["configMap"]["optional"]);
            add("Secret", &source["secret"]["name"], &source["secret"]["optional"]);
        }
    }
    for list in ["spec.initContainers", "spec.containers"] {
        for container in path::list(pod, list) {
            for from in path::list(container, "envFrom") {
                add("ConfigMap", &from["configMapRef"]["name"], &from["configMapRef"]["optional"]);
                add("Secret", &from["secretRef"]["name"], &from["secretRef"]["optional"]);
            }
            for variable in path::list(container, "env") {
                let from = &variable["valueFrom"];
                add("ConfigMap", &from["configMapKeyRef"]["name"], &from["configMapKeyRef"]["optional"]);
                add("Secret", &from["secretKeyRef"]["name"], &from["secretKeyRef"]["optional"]);
            }
        }
    }
    found
}

/// kubectl's STATUS of a Pod. One that is being deleted is on its way out whatever its containers say: a server that was
/// stopped has not done its work, nor failed.
fn status(pod: &Value) -> (String, Tone) {
    let is_deleted = pod["metadata"].get("deletionTimestamp").is_some();
    if is_deleted && !matches!(path::str(pod, "status.phase"), "Failed" | "Succeeded") {
        return ("Terminating".to_owned(), Tone::Ending);
    }
    let (status, tone) = status_by_containers(pod);
    (status, if is_deleted { Tone::Ending } else { tone })
}

/// `printPod` of `pkg/printers/internalversion/printers.go`, without sidecars.
fn status_by_containers(pod: &Value) -> (String, Tone) {
    let phase = path::str(pod, "status.phase");
    let reason = path::str(pod, "status.reason");
    let tone_of = |reason: &str| match reason {
        "ContainerCreating" | "PodInitializing" => Tone::Waiting,
        "Completed" => Tone::Done,
        _ => Tone::Failed,
    };
    let before = path::list(pod, "status.initContainerStatuses");
    let open = before.iter().position(|one| path::int(one, "state.terminated.exitCode") != Some(0));
    if let Some(open) = open.filter(|_| !matches!(phase, "Succeeded" | "Running")) {
        let one = &before[open];
        for state in ["waiting", "terminated"] {
            let reason = one["state"][state]["reason"].as_str().unwrap_or_default();
            if !matches!(reason, "" | "PodInitializing") {
                return (format!("Init:{reason}"), tone_of(reason));
            }
        }
        return (format!("Init:{open}/{}", before.len()), Tone::Waiting);
    }
    let statuses = path::list(pod, "status.containerStatuses");
    let running = statuses.iter().any(|one| one["ready"] == true && one["state"].get("running").is_some());
    // The first container's reason is what stays: kubectl goes through them from the last.
    for one in statuses {
        for state in ["waiting", "terminated"] {
            let found = &one["state"][state];
            let reason = found["reason"].as_str().unwrap_or_default();
            if !reason.is_empty() {
                return match (reason, running) {
                    ("Completed", true) => ("Running".to_owned(), Tone::Running),
                    _ => (reason.to_owned(), tone_of(reason)),
                };
            }
            if let Some(code) = path::int(found, "exitCode") {
                return (format!("ExitCode:{code}"), if code == 0 { Tone::Done } else { Tone::Failed });
            }
        }
    }
    let ready = statuses.iter().all(|status| status["ready"] == true);
    let tone = match phase {
        "Running" if ready => Tone::Running,
        "Failed" => Tone::Failed,
        "Succeeded" => Tone::Done,
        _ => Tone::Waiting,
    };
    (if reason.is_empty() { phase } else { reason }.to_owned(), tone)
}

fn trouble(
    pod: &Value,
    tone: Tone,
    configs: &[(&'static str, String, bool)],
    exists: &dyn Fn(&str, &str) -> bool,
) -> Option<Trouble> {
    let scheduled = path::list(pod, "status.conditions").iter().find(|condition| condition["type"] == "PodScheduled");
    if let Some(condition) = scheduled.filter(|condition| condition["status"] == "False") {
        return Some(unscheduled(pod, path::str(condition, "message")));
    }
    for one in containers(pod) {
        let waiting = &one["state"]["waiting"];
        let (reason, message) = (path::str(waiting, "reason"), path::str(waiting, "message"));
        let image = path::str(one, "image").to_owned();
        match reason {
            "" | "ContainerCreating" | "PodInitializing" => {}
            "ErrImagePull" | "ImagePullBackOff" if message.contains("not found") => {
                return Some(Trouble::NoImage(image));
            }
            "ErrImagePull" | "ImagePullBackOff" => return Some(Trouble::PullFailed(image)),
            "InvalidImageName" => return Some(Trouble::ImageName(image)),
            "ErrImageNeverPull" => return Some(Trouble::NeverPulled(image)),
            "CrashLoopBackOff" => {
                let last = &one["lastState"]["terminated"];
                let again =
                    back_off(message).and_then(|wait| Some(Time::parse_rfc3339(path::str(last, "finishedAt"))? + wait));
                return Some(Trouble::Exited { code: path::int(last, "exitCode").unwrap_or(0), again });
            }
            _ => {
                return missing(configs, exists).or_else(|| {
                    let message = if message.is_empty() { reason } else { message };
                    Some(Trouble::CannotStart(message.to_owned()))
                });
            }
        }
        let ended = &one["state"]["terminated"];
        if tone == Tone::Failed
            && let Some(code) = path::int(ended, "exitCode").filter(|code| *code != 0)
        {
            return Some(Trouble::Exited { code, again: None });
        }
    }
    match tone {
        Tone::Failed => {
            let reason = path::str(pod, "status.reason");
            Some(Trouble::Ended(if reason.is_empty() { "Failed" } else { reason }.to_owned()))
        }
        Tone::Waiting if path::str(pod, "status.phase") == "Running" => Some(Trouble::NotReady),
        Tone::Waiting => missing(configs, exists),
        _ => None,
    }
}

/// The first ConfigMap or Secret that must be there and is not.
fn missing(configs: &[(&'static str, String, bool)], exists: &dyn Fn(&str, &str) -> bool) -> Option<Trouble> {
    let (kind, name, _) = configs.iter().find(|(kind, name, optional)| !optional && !exists(kind, name))?;
    Some(Trouble::Missing(kind, name.clone()))
}

/// Why no node was found, from the message of the condition `PodScheduled`.
fn unscheduled(pod: &Value, message: &str) -> Trouble {
    // `0/1 nodes are available: 1 Insufficient cpu. preemption: …`
    let reasons = message.split_once("available: ").map_or(message, |(_, rest)| rest);
    if let Some((_, after)) = reasons.split_once("persistentvolumeclaim \"")
        && let Some((name, _)) = after.split_once('"')
    {
        return Trouble::Missing("PersistentVolumeClaim", name.to_owned());
    }
    if reasons.contains("unbound immediate PersistentVolumeClaims") {
        let claim =
            path::list(pod, "spec.volumes").iter().find_map(|it| it["persistentVolumeClaim"]["claimName"].as_str());
        return Trouble::VolumeWaiting(claim.unwrap_or_default().to_owned());
    }
    if let Some((_, resource)) = reasons.split_once("Insufficient ") {
        let resource = resource.split(['.', ',', ' ']).next().unwrap_or_default();
        let asked = path::list(pod, "spec.containers").iter().find_map(|container| {
            let asked = &container["resources"]["requests"][resource];
            asked.as_str().map(str::to_owned).or_else(|| asked.as_i64().map(|it| it.to_string()))
        });
        return Trouble::NoRoom(format!("{resource} {}", asked.unwrap_or_default()).trim_end().to_owned());
    }
    let first = reasons.split(['.', ',']).next().unwrap_or_default().trim_start_matches(|it: char| it.is_ascii_digit());
    Trouble::NoNode(first.trim().to_owned())
}

/// The wait in `back-off 1m20s restarting failed container=…`.
fn back_off(message: &str) -> Option<Duration> {
    let text = message.strip_prefix("back-off ")?.split(' ').next()?;
    let (mut seconds, mut number) = (0.0, String::new());
    for letter in text.chars() {
        match letter {
            '0'..='9' | '.' => number.push(letter),
            unit => {
                let size = match unit {
                    'h' => 3600.0,
                    'm' => 60.0,
                    's' => 1.0,
                    _ => return None,
                };
                seconds += number.parse::<f64>().ok()? * size;
                number.clear();
            }
        }
    }
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn a_pod_that_is_deleted_is_on_its_way_out_and_nothing_else() {
        let pod = |deleted: bool, phase: &str, code: i64, reason: &str| {
            let mut pod = json!({"metadata": {"name": "web"}, "status": {"phase": phase, "containerStatuses": [
                {"name": "c", "ready": false, "state": {"terminated": {"exitCode": code, "reason": reason}}},
            ]}});
            if deleted {
                pod["metadata"]["deletionTimestamp"] = "2026-11-22T10:00:00Z".into();
            }
            let view = read(&pod, None, &|_, _| true);
            (view.status, view.tone, view.trouble.is_some())
        };
        let of = |status: &str, tone, trouble| (status.to_owned(), tone, trouble);
        assert_eq!(pod(false, "Succeeded", 0, "Completed"), of("Completed", Tone::Done, false));
        assert_eq!(pod(true, "Succeeded", 0, "Completed"), of("Completed", Tone::Ending, false));
        assert_eq!(pod(false, "Failed", 137, "Error"), of("Error", Tone::Failed, true));
        assert_eq!(pod(true, "Failed", 137, "Error"), of("Error", Tone::Ending, false));
        assert_eq!(pod(true, "Running", 137, "Error"), of("Terminating", Tone::Ending, false));
    }

    #[wasm_bindgen_test]
    fn a_wait_of_no_sense_is_none() {
        for (message, seconds) in [
            ("back-off 1m20s restarting failed container=c", Some(80)),
            ("back-off 10s restarting failed container=c", Some(10)),
            ("back-off 99999999999999999999999999h restarting", None),
            ("back-off soon restarting", None),
            ("something else", None),
        ] {
            assert_eq!(back_off(message).map(|wait| wait.as_secs()), seconds, "{message}");
        }
    }
}
