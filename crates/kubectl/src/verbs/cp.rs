//! `kubectl cp`: files to and from a container, by the `tar` that is in it.

use api::{Body, ExecOutput, LocalFuture, Method, Request, Status, find_resource, path};
use serde_json::Value;
use tar::{Entry, Kind};

use crate::command::{CONTAINER, Verb};
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::host::clean;
use crate::session::Session;
use crate::verbs::exec::container_of;

const FLAGS: &[Flag] = &[flag("no-preserve", ' ', Takes::Bool, "false"), flag("retries", ' ', Takes::Int, "0")];

/// The verb.
pub static VERB: Verb =
    Verb { name: "cp", aliases: &[], flags: &[CONTAINER, FLAGS], run: |session, args| Box::pin(cp(session, args)) };

/// `namespace/pod:file`, or a file here.
struct Spec<'a> {
    pod: Option<(Option<&'a str>, &'a str)>,
    file: &'a str,
}

fn spec(word: &str) -> Outcome<Spec<'_>> {
    let malformed = || plain("filespec must match the canonical format: [[namespace/]pod:]file/path");
    let Some((pod, file)) = word.split_once(':') else { return Ok(Spec { pod: None, file: word }) };
    if pod.is_empty() {
        return malformed();
    }
    let pod = match pod.split('/').collect::<Vec<_>>().as_slice() {
        [pod] => (None, *pod),
        [namespace, pod] => (Some(*namespace), *pod),
        _ => return malformed(),
    };
    Ok(Spec { pod: Some(pod), file })
}

fn cp<'a>(session: &'a Session, args: &'a Args) -> LocalFuture<'a, Outcome> {
    Box::pin(async move {
        let [from, to] = args.words.as_slice() else { return plain("source and destination are required") };
        let (from, to) = (spec(from)?, spec(to)?);
        if from.file.is_empty() || to.file.is_empty() {
            return plain("filepath can not be empty");
        }
        match (from.pod, to.pod) {
            (Some(_), Some(_)) => plain("one of src or dest must be a local file specification"),
            (None, None) => plain("one of src or dest must be a remote file specification"),
            (None, Some(pod)) => to_pod(session, args, from.file, pod, to.file).await,
            (Some(pod), None) => from_pod(session, args, pod, from.file, to.file).await,
        }
    })
}

async fn pod_of(session: &Session, (namespace, name): (Option<&str>, &str)) -> Outcome<Value> {
    let Some(pods) = find_resource("pods") else { return plain("no pods here") };
    let pod = session.get(pods, namespace.unwrap_or(&session.namespace), name).await?;
    let phase = path::str(&pod, "status.phase");
    if matches!(phase, "Succeeded" | "Failed") {
        return plain(format!("cannot exec into a container in a completed pod; current phase is {phase}"));
    }
    Ok(pod)
}

/// Runs a command in the Pod's container.
async fn execute(
    session: &Session,
    pod: &Value,
    container: &str,
    command: &[&str],
    input: Vec<u8>,
) -> Outcome<ExecOutput> {
    let Some(pods) = find_resource("pods") else { return plain("no pods here") };
    let (namespace, name) = (path::str(pod, "metadata.namespace"), path::str(pod, "metadata.name"));
    let mut request = Request::new(Method::Post, format!("{}/exec", pods.path(Some(namespace), Some(name))));
    for word in command {
        request = request.with_query("command", *word);
    }
    request = request.with_query("container", container);
    for stream in ["stdin", "stdout", "stderr"] {
        request = request.with_query(stream, "true");
    }
    match session.send(request).await.body {
        Body::Upgrade(connection) => Ok(connection.exec_capture(input).await),
        Body::Json(value) => {
            let status = Status::from_value(&value);
            let message = status.message.trim_start_matches("Internal error occurred: ");
            if message.starts_with("unable to upgrade connection") {
                return plain(message);
            }
            Err(status.into())
        }
        _ => plain("the server answered exec with something else"),
    }
}

/// Says what a command said, and fails as it did.
async fn outcome(session: &Session, ran: &ExecOutput) -> Outcome {
    if !ran.status.failure {
        return Ok(());
    }
    match ran.status.causes.iter().find(|cause| cause.reason == "ExitCode") {
        Some(cause) => {
            let code = cause.message.parse().unwrap_or(1);
            session.err(&format!("command terminated with exit code {code}\n")).await;
            Err(Error::Exit(code))
        }
        None => plain(ran.status.message.clone()),
    }
}

fn base(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

async fn to_pod(session: &Session, args: &Args, from: &str, pod: (Option<&str>, &str), to: &str) -> Outcome {
    let (is_folder, is_file) = (session.host.read_dir(from).is_ok(), session.host.read_file(from).is_ok());
    if !is_folder && !is_file {
        return plain(format!("{from} doesn't exist in local filesystem"));
    }
    let pod = pod_of(session, pod).await?;
    let container = container_of(session, args, &pod).await?;
    let tested = execute(session, &pod, &container, &["test", "-d", to], Vec::new()).await?;
    let target = match tested.status.failure {
        // A folder: the source goes into it.
        false => format!("{}/{}", to.trim_end_matches('/'), base(from)),
        true => to.trim_end_matches('/').to_owned(),
    };
    let (folder, name) = match target.rsplit_once('/') {
        Some(("", name)) => ("/", name.to_owned()),
        Some((folder, name)) => (folder, name.to_owned()),
        None => (".", target.clone()),
    };
    let mut entries = Vec::new();
    collect(session, from.trim_end_matches('/'), &name, 0, &mut entries)?;
    let mut command = vec!["tar"];
    if args.on("no-preserve") {
        command.extend(["--no-same-permissions", "--no-same-owner"]);
    }
    command.extend(["-xmf", "-", "-C", folder]);
    let ran = execute(session, &pod, &container, &command, tar::write(&entries)).await?;
    session.host.stdout(&ran.stdout).await;
    session.host.stderr(&ran.stderr).await;
    outcome(session, &ran).await
}

/// The files below a path, as members of an archive.
fn collect(session: &Session, from: &str, name: &str, depth: usize, entries: &mut Vec<Entry>) -> Outcome {
    let modified = session.now().unix_secs().max(0) as u64;
    let entry = |name: String, kind: Kind, mode: u32| Entry { name, kind, mode, uid: 0, gid: 0, modified };
    match session.host.read_dir(from) {
        Ok(names) if depth < 64 => {
            if names.is_empty() {
                entries.push(entry(format!("{name}/"), Kind::Directory, 0o755));
            }
            for below in names {
                let below = below.trim_end_matches('/');
                collect(session, &format!("{from}/{below}"), &format!("{name}/{below}"), depth + 1, entries)?;
            }
            Ok(())
        }
        _ => match session.host.read_file(from) {
            Ok(bytes) => {
                entries.push(entry(name.to_owned(), Kind::File(bytes), session.host.mode(from)));
                Ok(())
            }
            Err(error) => plain(format!("open {from}: {error}")),
        },
    }
}

async fn from_pod(session: &Session, args: &Args, pod_spec: (Option<&str>, &str), from: &str, to: &str) -> Outcome {
    let pod = pod_of(session, pod_spec).await?;
    let container = container_of(session, args, &pod).await?;
    let ran = execute(session, &pod, &container, &["tar", "cf", "-", from], Vec::new()).await?;
    session.host.stdout(&ran.stderr).await;
    outcome(session, &ran).await?;
    let Ok(entries) = tar::read(&ran.stdout) else {
        session.host.stdout(&ran.stdout).await;
        return plain("unexpected EOF");
    };
    let prefix = clean(from.trim_start_matches('/'));
    let mut first_link = true;
    for entry in entries {
        let name = clean(&entry.name);
        let Some(rest) = name.strip_prefix(&prefix) else { return plain("tar contents corrupted") };
        let rest = rest.trim_start_matches('/');
        let place = if rest.is_empty() { to.to_owned() } else { format!("{}/{rest}", to.trim_end_matches('/')) };
        let done = match &entry.kind {
            Kind::Directory => session.host.make_dir(&place),
            Kind::File(bytes) => session.host.write_file(&place, bytes),
            Kind::Symlink(link) => {
                // How to have them all the same is said once.
                let hint = match std::mem::take(&mut first_link) {
                    true => format!(
                        " (consider using \"kubectl exec -n {:?} {name:?} -- tar cf - {from:?} | tar xf -\")",
                        pod_spec.0.unwrap_or_default(),
                        name = pod_spec.1
                    ),
                    false => String::new(),
                };
                session.err(&format!("warning: skipping symlink: {place:?} -> {link:?}{hint}\n")).await;
                Ok(())
            }
        };
        if let Err(error) = done {
            return plain(format!("open {place}: {error}"));
        }
    }
    Ok(())
}
