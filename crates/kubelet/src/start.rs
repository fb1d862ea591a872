//! The specification with which a container is started: command, environment, mounts, limits.

use api::{Quantity, path};
use component::Context;
use component::node::{ContainerSpec, Security};
use serde_json::Value;

use super::{PodState, Sandbox, env, volumes};

/// The specification of a container for the runtime.
///
/// # Errors
/// The message of `CreateContainerConfigError`.
pub(super) fn spec(cx: &Context, pod: &Value, container: &Value, state: &PodState) -> Result<ContainerSpec, String> {
    let ip = match state.sandbox {
        Sandbox::Ready(ip) => ip.to_string(),
        _ => String::new(),
    };
    let env = env::of_container(cx, pod, container, &ip)?;
    let words =
        |field: &str| -> Vec<String> { env.expand_all(path::list(container, field).iter().filter_map(Value::as_str)) };
    let security = security(pod, container, state)?;
    Ok(ContainerSpec {
        pod_uid: state.uid.clone(),
        name: path::str(container, "name").to_owned(),
        image: path::str(container, "image").to_owned(),
        command: words("command"),
        args: words("args"),
        mounts: volumes::mounts(cx, pod, container, &env)?,
        working_dir: path::str(container, "workingDir").to_owned(),
        stdin: container["stdin"] == true,
        stdin_once: container["stdinOnce"] == true,
        tty: container["tty"] == true,
        termination_message_path: path::str(container, "terminationMessagePath").to_owned(),
        restart_count: 0,
        env: env.into_list(),
        security,
        memory_limit: None,
        cpu_limit: None,
    })
}

/// The limits of a container's resources: bytes of memory, thousandths of a processor.
pub(super) fn limits(resources: &Value) -> (Option<u64>, Option<i64>) {
    let limit = |resource: &str| Quantity::parse(resources["limits"][resource].as_str()?).ok();
    (limit("memory").and_then(|limit| u64::try_from(limit.value()).ok()), limit("cpu").map(|limit| limit.milli_value()))
}

fn texts(value: &Value, field: &str) -> Vec<String> {
    path::list(value, field).iter().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

/// The effective `securityContext`: the container's fields go before the Pod's.
///
/// # Errors
/// When it must not run as root and would (`verifyRunAsNonRoot` in pkg/kubelet/kuberuntime/security_context_others.go).
fn security(pod: &Value, container: &Value, state: &PodState) -> Result<Security, String> {
    let (own, of_pod) = (&container["securityContext"], &pod["spec"]["securityContext"]);
    let number = |value: &Value| value.as_u64().and_then(|number| u32::try_from(number).ok());
    let chosen = |field: &str| number(&own[field]).or_else(|| number(&of_pod[field]));
    let user = chosen("runAsUser");
    let non_root = own["runAsNonRoot"].as_bool().or_else(|| of_pod["runAsNonRoot"].as_bool());
    if non_root == Some(true) {
        let (name, namespace) = (path::str(pod, "metadata.name"), path::str(pod, "metadata.namespace"));
        let container = path::str(container, "name");
        let place = format!("(pod: \"{name}_{namespace}({})\", container: {container})", state.uid);
        let image = state.containers.get(container).and_then(|record| record.image.as_ref());
        let of_image = image.map_or("", |image| &*image.user);
        let why = match user {
            Some(0) => "container's runAsUser breaks non-root policy".to_owned(),
            Some(_) => String::new(),
            None if matches!(of_image, "" | "0" | "root") => {
                "container has runAsNonRoot and image will run as root".to_owned()
            }
            None if of_image.parse::<u32>().is_ok() => String::new(),
            None => format!(
                "container has runAsNonRoot and image has non-numeric user ({of_image}), cannot verify user is non-root"
            ),
        };
        if !why.is_empty() {
            return Err(format!("{why} {place}"));
        }
    }
    Ok(Security {
        user,
        group: chosen("runAsGroup"),
        groups: path::list(of_pod, "supplementalGroups").iter().filter_map(number).collect(),
        strict_groups: of_pod["supplementalGroupsPolicy"] == "Strict",
        fs_group: number(&of_pod["fsGroup"]),
        read_only_root: path::bool(own, "readOnlyRootFilesystem"),
        privileged: path::bool(own, "privileged"),
        adds: texts(&own["capabilities"], "add"),
        drops: texts(&own["capabilities"], "drop"),
        no_new_privileges: own["allowPrivilegeEscalation"] == false,
        seccomp: matches!(
            own["seccompProfile"]["type"].as_str().or_else(|| of_pod["seccompProfile"]["type"].as_str()),
            Some("RuntimeDefault" | "Localhost")
        ),
    })
}
