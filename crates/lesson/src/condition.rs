//! When a goal is reached: conditions that are joined by `all`, `any` and `not`.

use api::path;
use serde::Deserialize;
use serde_json::Value;

use crate::evidence::{Evidence, LifeKind, Place, Protocol, Reach, TargetKind, target_of};
use crate::format::{Lang, Text};

/// A condition over the world. Field names are those of a lesson's file.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// Every one of these.
    All(Vec<Condition>),
    /// At least one of these.
    Any(Vec<Condition>),
    /// Not this.
    Not(Box<Condition>),
    /// A Deployment has this many available replicas, and wants no others.
    Available {
        /// Its name.
        deployment: String,
        /// How many.
        replicas: i64,
    },
    /// A Service with at least so many ready endpoints, of this type if one is given.
    Service {
        /// Its name.
        name: String,
        /// `ClusterIP`, `NodePort` or `LoadBalancer`.
        #[serde(default)]
        r#type: Option<String>,
        /// How many ready endpoints at least.
        #[serde(default)]
        endpoints: usize,
    },
    /// A claim is Bound.
    ClaimBound(String),
    /// A Pod is Running and Ready, and mounts this claim if one is given.
    PodReady {
        /// Its name.
        pod: String,
        /// The claim.
        #[serde(default)]
        claim: Option<String>,
    },
    /// No object of this resource has this name (or, without a name, there is none at all).
    Absent {
        /// `pods`, `persistentvolumes`.
        resource: String,
        /// The name.
        #[serde(default)]
        name: Option<String>,
    },
    /// Somebody tried to reach something, and it ended this way.
    Attempted {
        /// From where.
        from: Place,
        /// What.
        to: TargetKind,
        /// By what.
        protocol: Protocol,
        /// One of these ends.
        reach: Vec<Reach>,
        /// Only attempts after a Pod whose name begins so was deleted.
        #[serde(default)]
        after_deleted: Option<String>,
    },
    /// A Pod whose name begins so is gone, and another runs with another address.
    Replaced {
        /// The beginning of the names.
        pods: String,
    },
    /// A file is in a running Pod.
    File {
        /// The Pod.
        pod: String,
        /// The path.
        path: String,
        /// Whether a persistent volume keeps it.
        kept: bool,
    },
    /// A script (`verify.sh`) that is run on a copy of the world ends with 0; what it prints is told. See [`Evidence::script`].
    Script(String),
    /// A file somebody made in this Pod ended with its container, and the Pod of that name runs again without it.
    FileLost {
        /// The Pod.
        pod: String,
        /// The path.
        path: String,
    },
}

/// Why a condition does not hold yet: the one thing to tell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Difference {
    /// There is no such object.
    Missing {
        /// Its kind as a person says it: `Deployment`.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// Fewer (or more) than wanted are ready.
    Ready {
        /// How many are.
        have: i64,
        /// How many are wanted.
        want: i64,
    },
    /// A field has another value.
    Is {
        /// The field.
        field: &'static str,
        /// Its value.
        have: String,
        /// The wanted one.
        want: String,
    },
    /// It is still there.
    StillThere {
        /// Its kind; `None`: a file.
        kind: Option<&'static str>,
        /// What.
        name: String,
    },
    /// Nobody has tried it yet.
    NotTried,
    /// It was tried and ended otherwise.
    EndedOtherwise(Reach),
    /// No file of that name is there.
    NoFile {
        /// The path.
        path: String,
    },
    /// The file is there, but on the other side of the mount.
    WrongSide {
        /// The path.
        path: String,
    },
    /// Nothing was deleted yet.
    NothingDeleted,
    /// A step that this one needs is not done yet: its title.
    Needs(Text),
    /// Nobody has asked for the check yet.
    NotChecked,
    /// What the check printed; nothing if it was silent.
    Said(String),
}

impl Difference {
    /// The difference as a sentence.
    pub fn text(&self, lang: Lang) -> String {
        let ko = lang == Lang::Ko;
        match self {
            Difference::Missing { kind, name } if ko => {
                format!("`{name}` {kind}{} 아직 없습니다.", subject(kind))
            }
            Difference::Missing { kind, name } => format!("There is no {kind} `{name}` yet."),
            Difference::Ready { have, want } if ko => format!("{want}개가 준비되어야 하는데 지금은 {have}개입니다."),
            Difference::Ready { have, want } => format!("{have} of {want} are ready."),
            Difference::Is { field, have, want } if ko => {
                format!("지금 `{field}` 값은 `{have}`입니다. 필요한 값은 `{want}`입니다.")
            }
            Difference::Is { field, have, want } => format!("`{field}` is `{have}`, not `{want}`."),
            Difference::StillThere { kind: Some(kind), name } if ko => {
                format!("`{name}` {kind}{} 아직 남아 있습니다.", subject(kind))
            }
            Difference::StillThere { name, .. } if ko => format!("`{name}` 파일이 아직 남아 있습니다."),
            Difference::StillThere { name, .. } => format!("`{name}` is still there."),
            Difference::NotTried if ko => "아직 해 보지 않았습니다.".to_owned(),
            Difference::NotTried => "Nobody has tried this yet.".to_owned(),
            Difference::EndedOtherwise(reach) if ko => {
                format!("해 보았지만 결과가 달랐습니다: {}.", reach_text(*reach, lang))
            }
            Difference::EndedOtherwise(reach) => {
                format!("It was tried, but ended otherwise: {}.", reach_text(*reach, lang))
            }
            Difference::NoFile { path } if ko => format!("`{path}` 파일이 없습니다."),
            Difference::NoFile { path } => format!("There is no file `{path}`."),
            Difference::WrongSide { path } if ko => format!("`{path}` 파일이 마운트의 반대편에 있습니다."),
            Difference::WrongSide { path } => format!("The file `{path}` is on the other side of the mount."),
            Difference::NothingDeleted if ko => "아직 아무 Pod도 지우지 않았습니다.".to_owned(),
            Difference::NothingDeleted => "No Pod has been deleted yet.".to_owned(),
            Difference::Needs(step) if ko => format!("먼저 **{}** 단계를 끝내야 합니다.", step.get(lang)),
            Difference::Needs(step) => format!("The step **{}** comes first.", step.get(lang)),
            Difference::NotChecked if ko => "아직 확인하지 않았습니다.".to_owned(),
            Difference::NotChecked => "Not checked yet.".to_owned(),
            Difference::Said(output) if !output.is_empty() => output.clone(),
            Difference::Said(_) if ko => "확인해 보니 아직 아닙니다.".to_owned(),
            Difference::Said(_) => "The check does not pass yet.".to_owned(),
        }
    }
}

/// The particle that makes a kind the subject of a Korean sentence, by how it is read.
fn subject(kind: &str) -> &'static str {
    let closed = ["Pod", "Volume", "Claim", "Job", "Map", "Secret", "Set", "Role", "Binding"];
    if closed.iter().any(|end| kind.ends_with(end)) { "이" } else { "가" }
}

fn reach_text(reach: Reach, lang: Lang) -> &'static str {
    match (reach, lang) {
        (Reach::Answers, Lang::Ko) => "응답이 왔습니다",
        (Reach::Answers, Lang::En) => "there was an answer",
        (Reach::Unreachable, Lang::Ko) => "갈 길이 없었습니다",
        (Reach::Unreachable, Lang::En) => "there was no way to it",
        (Reach::Refused, Lang::Ko) => "연결이 거절되었습니다",
        (Reach::Refused, Lang::En) => "the connection was refused",
        (Reach::TimedOut, Lang::Ko) => "아무 응답도 없었습니다",
        (Reach::TimedOut, Lang::En) => "nobody answered",
    }
}

impl Condition {
    /// Whether objects and scripts are all that it looks at: any cluster has those, and only a playground what people did.
    pub fn is_seen_by_api(&self) -> bool {
        match self {
            Condition::All(inner) | Condition::Any(inner) => inner.iter().all(Condition::is_seen_by_api),
            Condition::Not(inner) => inner.is_seen_by_api(),
            Condition::Available { .. }
            | Condition::Service { .. }
            | Condition::ClaimBound(_)
            | Condition::PodReady { .. }
            | Condition::Absent { .. }
            | Condition::Script(_) => true,
            Condition::Attempted { .. }
            | Condition::Replaced { .. }
            | Condition::File { .. }
            | Condition::FileLost { .. } => false,
        }
    }

    /// Resources that it names and that no cluster has: those of a CustomResourceDefinition have a dot in their names.
    pub(crate) fn unknown_resources(&self) -> Vec<&str> {
        match self {
            Condition::All(inner) | Condition::Any(inner) => {
                inner.iter().flat_map(Condition::unknown_resources).collect()
            }
            Condition::Not(inner) => inner.unknown_resources(),
            Condition::Absent { resource, .. } if api::find_resource(resource).is_none() && !resource.contains('.') => {
                vec![resource]
            }
            _ => Vec::new(),
        }
    }

    /// Whether it holds; if not, the first thing that differs.
    ///
    /// # Errors
    /// The [`Difference`] to tell the student.
    pub fn check(&self, world: &dyn Evidence) -> Result<(), Difference> {
        match self {
            Condition::All(conditions) => conditions.iter().try_for_each(|condition| condition.check(world)),
            Condition::Any(conditions) => {
                let mut first = None;
                for condition in conditions {
                    match condition.check(world) {
                        Ok(()) => return Ok(()),
                        Err(difference) => first = first.or(Some(difference)),
                    }
                }
                first.map_or(Ok(()), Err)
            }
            Condition::Not(condition) => match condition.check(world) {
                Ok(()) => Err(Difference::NotTried),
                Err(_) => Ok(()),
            },
            Condition::Available { deployment, replicas } => available(world, deployment, *replicas),
            Condition::Service { name, r#type, endpoints } => service(world, name, r#type.as_deref(), *endpoints),
            Condition::ClaimBound(name) => {
                let claim = object(world, "persistentvolumeclaims", "PersistentVolumeClaim", name)?;
                same("status.phase", path::str(&claim, "status.phase"), "Bound")
            }
            Condition::PodReady { pod, claim } => pod_ready(world, pod, claim.as_deref()),
            Condition::Absent { resource, name } => {
                let mut objects = world.objects(resource).into_iter();
                let found = objects.find(|object| name.as_ref().is_none_or(|name| object_name(object) == name));
                let kind = api::find_resource(resource).map_or("object", |resource| resource.kind);
                found.map_or(Ok(()), |object| {
                    Err(Difference::StillThere { kind: Some(kind), name: object_name(&object).to_owned() })
                })
            }
            Condition::Attempted { from, to, protocol, reach, after_deleted } => {
                attempted(world, from, *to, *protocol, reach, after_deleted.as_deref())
            }
            Condition::Replaced { pods } => replaced(world, pods),
            Condition::File { pod, path, kept } => {
                let files = world.pod_files(pod);
                match files.iter().find(|file| file.path == *path) {
                    Some(file) if file.kept == *kept => Ok(()),
                    Some(_) => Err(Difference::WrongSide { path: path.clone() }),
                    None => Err(Difference::NoFile { path: path.clone() }),
                }
            }
            Condition::Script(script) => match world.script(script) {
                None => Err(Difference::NotChecked),
                Some(end) if end.status == 0 => Ok(()),
                Some(end) => Err(Difference::Said(end.output.trim().to_owned())),
            },
            Condition::FileLost { pod, path } => file_lost(world, pod, path),
        }
    }
}

fn object_name(object: &Value) -> &str {
    path::str(object, "metadata.name")
}

fn object(
    world: &dyn Evidence,
    resource: &str,
    kind: &'static str,
    name: &str,
) -> Result<std::rc::Rc<Value>, Difference> {
    let mut objects = world.objects(resource).into_iter();
    objects.find(|object| object_name(object) == name).ok_or(Difference::Missing { kind, name: name.to_owned() })
}

fn same(field: &'static str, have: &str, want: &str) -> Result<(), Difference> {
    if have == want {
        return Ok(());
    }
    Err(Difference::Is { field, have: have.to_owned(), want: want.to_owned() })
}

fn available(world: &dyn Evidence, name: &str, want: i64) -> Result<(), Difference> {
    let deployment = object(world, "deployments.apps", "Deployment", name)?;
    let number = |path| path::int(&deployment, path).unwrap_or(0);
    let have = number("status.availableReplicas");
    if have == want && number("spec.replicas") == want && number("status.replicas") == want {
        return Ok(());
    }
    Err(Difference::Ready { have, want })
}

fn service(world: &dyn Evidence, name: &str, kind: Option<&str>, want: usize) -> Result<(), Difference> {
    let service = object(world, "services", "Service", name)?;
    if let Some(kind) = kind {
        same("spec.type", path::str(&service, "spec.type"), kind)?;
    }
    let mut have = 0;
    for slice in world.objects("endpointslices.discovery.k8s.io") {
        if slice["metadata"]["labels"]["kubernetes.io/service-name"] == name {
            let ready = |endpoint: &&Value| endpoint["conditions"]["ready"] != Value::Bool(false);
            have += path::list(&slice, "endpoints").iter().filter(ready).count();
        }
    }
    if have >= want { Ok(()) } else { Err(Difference::Ready { have: have as i64, want: want as i64 }) }
}

fn pod_ready(world: &dyn Evidence, name: &str, claim: Option<&str>) -> Result<(), Difference> {
    let pod = object(world, "pods", "Pod", name)?;
    if pod["metadata"].get("deletionTimestamp").is_some() {
        return Err(Difference::Is { field: "status", have: "Terminating".into(), want: "Running".into() });
    }
    same("status.phase", path::str(&pod, "status.phase"), "Running")?;
    let ready = |condition: &Value| condition["type"] == "Ready" && condition["status"] == "True";
    if !path::list(&pod, "status.conditions").iter().any(ready) {
        return Err(Difference::Ready { have: 0, want: 1 });
    }
    let Some(claim) = claim else { return Ok(()) };
    let mounts = |volume: &Value| volume["persistentVolumeClaim"]["claimName"] == claim;
    if path::list(&pod, "spec.volumes").iter().any(mounts) {
        return Ok(());
    }
    Err(Difference::Missing { kind: "PersistentVolumeClaim", name: claim.to_owned() })
}

fn attempted(
    world: &dyn Evidence,
    from: &Place,
    to: TargetKind,
    protocol: Protocol,
    wanted: &[Reach],
    after_deleted: Option<&str>,
) -> Result<(), Difference> {
    let lives = world.lives();
    let mut since = None;
    if let Some(prefix) = after_deleted {
        let ended = lives.iter().filter(|life| life.kind == LifeKind::Pod && life.name.starts_with(prefix));
        since = Some(ended.filter_map(|life| life.until).min().ok_or(Difference::NothingDeleted)?);
    }
    let mut last = None;
    for attempt in world.attempts() {
        let fits = attempt.from == *from
            && attempt.protocol == protocol
            && since.is_none_or(|since| attempt.at >= since)
            && target_of(&attempt, &lives) == Some(to);
        if fits && wanted.contains(&attempt.reach) {
            return Ok(());
        }
        if fits {
            last = Some(attempt.reach);
        }
    }
    Err(last.map_or(Difference::NotTried, Difference::EndedOtherwise))
}

fn replaced(world: &dyn Evidence, prefix: &str) -> Result<(), Difference> {
    let lives = world.lives();
    let pods = || lives.iter().filter(|life| life.kind == LifeKind::Pod && life.name.starts_with(prefix));
    let ended = pods().filter_map(|life| life.until).min().ok_or(Difference::NothingDeleted)?;
    let old: Vec<_> = pods().filter(|life| life.until.is_some()).filter_map(|life| life.ip).collect();
    let new = pods().any(|life| {
        life.until.is_none()
            && life.ip.is_some_and(|ip| !old.contains(&ip))
            && life.from + sim::Duration::from_secs(5) >= ended
    });
    if new { Ok(()) } else { Err(Difference::Ready { have: 0, want: 1 }) }
}

fn file_lost(world: &dyn Evidence, pod: &str, path: &str) -> Result<(), Difference> {
    let name = format!("{pod}:{path}");
    let lost =
        world.lives().iter().any(|life| life.kind == LifeKind::File && life.name == name && life.until.is_some());
    if !lost {
        return Err(Difference::NothingDeleted);
    }
    pod_ready(world, pod, None)?;
    if world.pod_files(pod).iter().any(|file| file.path == path) {
        return Err(Difference::StillThere { kind: None, name: path.to_owned() });
    }
    Ok(())
}
