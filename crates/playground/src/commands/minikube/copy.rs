//! `minikube cp`: a file between this computer and the node.

use machine::{MachineId, Process, User};

use super::mark;
use crate::control::{WeakShared, upgrade};
use crate::node::NodeRuntime;

/// `minikube:/path` and what begins with `minikube` alone is the node's; `None` for this computer's.
fn on_node(place: &str) -> Option<&str> {
    place.strip_prefix("minikube:")
}

fn absolute(process: &Process, path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", process.cwd()) }
}

pub(super) async fn run(process: &Process, world: &WeakShared, words: &[&str]) -> i32 {
    let Some(world) = upgrade(world) else { return 1 };
    let [from, to] = words else {
        let text = "\n{} Exiting due to MK_USAGE: Please specify the path to copy: \n\tminikube cp <source file path> <target \
                    file absolute path>\n\n";
        process.err(&text.replace("{}", mark(process, "❌ "))).await;
        return 14;
    };
    // Without a node's name the target is the node's, as its only one.
    let source = on_node(from);
    let target = on_node(to).or(source.is_none().then_some(*to));
    if target.is_some_and(|path| !path.starts_with('/')) {
        let text = format!(
            "\n{} Exiting due to MK_USAGE: Target <remote file path> must be an absolute Path. Relative Path is not allowed \
             (example: \"minikube:/home/docker/copied.txt\")\n\n",
            mark(process, "❌ ")
        );
        process.err(&text).await;
        return 14;
    }
    NodeRuntime { kernel: &world.kernel, state: &mut world.node.borrow_mut() }.show_files();
    let (now, here, node) = (process.now(), process.machine(), world.node_machine);
    let root = User::root();
    let place =
        |is_node: bool| -> (MachineId, User) { if is_node { (node, root.clone()) } else { (here, process.user()) } };
    let ((source_machine, reader), (target_machine, writer)) = (place(source.is_some()), place(target.is_some()));
    let from = source.map_or_else(|| absolute(process, from), str::to_owned);
    let to = target.map_or_else(|| absolute(process, to), str::to_owned);
    let copied = process.kernel().with(|state| {
        let bytes = state.read_file(source_machine, &reader, &from)?;
        let is_dir = state.metadata(target_machine, &writer, &to, true).is_ok_and(|found| found.is_dir());
        let name = from.rsplit('/').next().unwrap_or("");
        let to = if is_dir { format!("{}/{name}", to.trim_end_matches('/')) } else { to.clone() };
        let mut dir = String::new();
        for part in to.split('/').filter(|part| !part.is_empty()).take(to.matches('/').count().saturating_sub(1)) {
            dir = format!("{dir}/{part}");
            if state.metadata(target_machine, &writer, &dir, true).is_err() {
                state.create_dir(target_machine, &writer, &dir, 0o755, now)?;
            }
        }
        state.write_file(target_machine, &writer, &to, &bytes, false, now)
    });
    match copied {
        Ok(()) => 0,
        Err(error) => {
            let text = format!(
                "\n{} Exiting due to HOST_PATH_MISSING: stat {from}: {}\n\n",
                mark(process, "❌ "),
                error.to_string().to_lowercase()
            );
            process.err(&text).await;
            80
        }
    }
}
