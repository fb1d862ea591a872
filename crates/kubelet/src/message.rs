//! The termination message of a container: `terminationMessagePath` and `terminationMessagePolicy`.
//!
//! <https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/>, `getTerminationMessage` in
//! pkg/kubelet/kuberuntime/kuberuntime_container.go

use api::path;
use component::Node;
use serde_json::Value;

/// The most bytes that are taken of a file, from its end.
const FILE_LIMIT: usize = 4096;
/// The most of a log that is taken, from its end.
const LOG_LINES: usize = 80;
const LOG_LIMIT: usize = 2048;

/// The termination message of a container that ended with a code.
pub(super) fn of(pod: &Value, name: &str, (id, code): (&str, i32), node: &dyn Node) -> String {
    let lists = ["containers", "initContainers", "ephemeralContainers"];
    let mut all = lists.into_iter().flat_map(|list| path::list(&pod["spec"], list));
    let Some(container) = all.find(|container| path::str(container, "name") == name) else { return String::new() };
    let path = path::str(container, "terminationMessagePath");
    let file = if path.is_empty() { None } else { node.container_file(id, path) };
    let file = file.unwrap_or_default();
    if !file.is_empty() {
        return end_of(&file, FILE_LIMIT);
    }
    if code == 0 || container["terminationMessagePolicy"] != "FallbackToLogsOnError" {
        return String::new();
    }
    let log = node.container_log(id);
    let mut text = String::new();
    for (_, line) in &log[log.len().saturating_sub(LOG_LINES)..] {
        text.push_str(line);
        text.push('\n');
    }
    end_of(text.as_bytes(), LOG_LIMIT)
}

fn end_of(bytes: &[u8], limit: usize) -> String {
    String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(limit)..]).into_owned()
}
