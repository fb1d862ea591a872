//! `sudo`: a command as root. sudo(8) 1.9.

use machine::{Spawn, User};

use super::prelude::*;

/// `sudo`, where `/etc/sudoers.d` lets the user: the command as root.
pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let user = p.user();
    let command: Vec<String> =
        p.args().iter().skip(1).skip_while(|arg| arg.starts_with('-') && *arg != "-i").cloned().collect();
    if p.metadata(&format!("/etc/sudoers.d/{}", user.name)).is_err() && user.uid != 0 {
        p.err(&format!("{} is not in the sudoers file.\n", user.name)).await;
        return Err(ExitStatus(1));
    }
    let command = match command.first().map(String::as_str) {
        None => {
            p.err("usage: sudo [-u user] [command]\n").await;
            return Err(ExitStatus(1));
        }
        Some("-i") => vec!["bash".to_owned()],
        // With a shell of its own it would be two on one terminal.
        Some("su") if command.iter().skip(1).all(|word| matches!(word.as_str(), "-" | "-l" | "root")) => {
            vec!["bash".to_owned()]
        }
        Some(_) => command,
    };
    let name = command[0].clone();
    match p.spawn(Spawn { user: Some(User::root()), ..Spawn::new(command) }) {
        Ok(child) => ExitStatus::check(child.wait().await),
        Err(_) => {
            p.err(&format!("sudo: {name}: command not found\n")).await;
            Err(ExitStatus(1))
        }
    }
}
