//! `minikube ssh`: a shell on the node, or one command there.

use machine::{Process, Session, Spawn};

use crate::control::{WeakShared, upgrade};
use crate::node::NodeRuntime;

pub(super) async fn run(process: &Process, world: &WeakShared, words: &[&str]) -> i32 {
    let Some(world) = upgrade(world) else { return 1 };
    let node = world.node_machine;
    NodeRuntime { kernel: &world.kernel, state: &mut world.node.borrow_mut() }.show_files();
    drop(world);
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
    if words.is_empty() {
        let mut session = Session::new(node, ["-bash"]);
        session.end = machine::SessionEnd::Failed("ssh: Process exited with status {}".to_owned());
        return process.session(session).await;
    }
    let spawn = Spawn {
        argv: vec!["bash".to_owned(), "-c".to_owned(), words.join(" ")],
        machine: Some(node),
        tty: process.is_tty(0),
        ..Spawn::default()
    };
    let code = match process.spawn(spawn) {
        Ok(child) => child.wait().await,
        Err(error) => error.status(),
    };
    if code != 0 {
        process.err(&format!("ssh: Process exited with status {code}\n")).await;
    }
    code
}
