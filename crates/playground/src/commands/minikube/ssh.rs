//! `minikube ssh`: a shell on the node, or one command there.

use machine::{Process, Session, SessionEnd, Spawn};

use crate::control::{WeakShared, upgrade};
use crate::node::NodeRuntime;

/// The private key with which the node lets its user in, below the home folder.
pub(in crate::commands) const KEY: &str = ".minikube/machines/minikube/id_rsa";

pub(super) async fn run(process: &Process, world: &WeakShared, words: &[&str]) -> i32 {
    let mut words = words;
    // Flags of minikube's own end at the first word of the command.
    while let Some((first, rest)) = words.split_first() {
        match *first {
            "--" => {
                words = rest;
                break;
            }
            "-n" | "--node" | "-p" | "--profile" => words = rest.get(1..).unwrap_or_default(),
            flag if flag.starts_with('-') => words = rest,
            _ => break,
        }
    }
    let end = SessionEnd::Failed("ssh: Process exited with status {}".to_owned());
    let code = on_node(process, world, words, process.is_tty(0), end).await;
    if code != 0 && !words.is_empty() {
        process.err(&format!("ssh: Process exited with status {code}\n")).await;
    }
    code
}

/// Runs a command on the node, on a terminal if `tty`; or, if there is none, a shell, which `end` follows.
pub(in crate::commands) async fn on_node(
    process: &Process,
    world: &WeakShared,
    words: &[&str],
    tty: bool,
    end: SessionEnd,
) -> i32 {
    let Some(world) = upgrade(world) else { return 1 };
    let node = world.node_machine;
    NodeRuntime { kernel: &world.kernel, state: &mut world.node.borrow_mut() }.show_files();
    drop(world);
    if words.is_empty() {
        let mut session = Session::new(node, ["-bash"]);
        session.end = end;
        return process.session(session).await;
    }
    let spawn = Spawn {
        argv: vec!["bash".to_owned(), "-c".to_owned(), words.join(" ")],
        machine: Some(node),
        tty,
        ..Spawn::default()
    };
    match process.spawn(spawn) {
        Ok(child) => child.wait().await,
        Err(error) => error.status(),
    }
}
