//! What the runtime is told to start: a container's command, environment and mounts.

use api::path;
use serde_json::Value;

use super::{PodState, Sandbox, env, volumes};
use crate::node::ContainerSpec;
use crate::runtime::Context;

/// The container as the runtime shall start it.
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
    let security = |field: &str| path::get(container, "securityContext")[field].clone();
    if security("runAsNonRoot") == true && security("runAsUser") == 0 {
        return Err("container's runAsUser breaks non-root policy".to_owned());
    }
    Ok(ContainerSpec {
        pod_uid: state.uid.clone(),
        name: path::str(container, "name").to_owned(),
        image: path::str(container, "image").to_owned(),
        command: words("command"),
        args: words("args"),
        mounts: volumes::mounts(cx, pod, container)?,
        working_dir: path::str(container, "workingDir").to_owned(),
        stdin: container["stdin"] == true,
        stdin_once: container["stdinOnce"] == true,
        tty: container["tty"] == true,
        restart_count: 0,
        env: env.into_list(),
    })
}
