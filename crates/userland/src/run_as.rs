//! Commands as somebody else, or elsewhere, for `su`, `chroot` and `nsenter`.

use machine::{MachineId, Session, Spawn, User};

use super::prelude::*;

/// Runs a command, or a shell on the terminal.
pub(crate) async fn run_as(
    p: &Process,
    argv: Vec<String>,
    user: Option<User>,
    machine: Option<MachineId>,
    cwd: Option<String>,
) -> Result<(), ExitStatus> {
    if let Some(machine) = machine
        && p.is_tty(0)
        && machine::is_interactive_shell(&argv)
    {
        let session = Session { user, cwd, ..Session::new(machine, argv) };
        return ExitStatus::check(p.session(session).await);
    }
    let env = user.as_ref().filter(|_| machine.is_none()).map(|user| {
        let mut env = p.environ();
        env.retain(|(name, _)| !matches!(name.as_str(), "HOME" | "USER" | "LOGNAME" | "SHELL"));
        env.extend([
            ("HOME".to_owned(), user.home.clone()),
            ("LOGNAME".to_owned(), user.name.clone()),
            ("SHELL".to_owned(), "/bin/bash".to_owned()),
            ("USER".to_owned(), user.name.clone()),
        ]);
        env
    });
    let name = argv.first().cloned().unwrap_or_default();
    let tty = machine.is_some() && p.is_tty(0);
    match p.spawn(Spawn { env, user, machine, cwd, tty, ..Spawn::new(argv) }) {
        Ok(child) => ExitStatus::check(child.wait().await),
        Err(error) => {
            let what = match name_of(p).as_str() {
                "su" => format!("failed to execute {name}: No such file or directory"),
                "nsenter" => format!("failed to execute {name}: No such file or directory"),
                _ if is_busybox(p) => format!("can't execute '{name}': No such file or directory"),
                _ => format!("failed to run command {}: No such file or directory", quote(p, &name)),
            };
            complain(p, &what).await;
            ExitStatus::check(error.status())
        }
    }
}

/// A user of `/etc/passwd`, with his shell.
pub(crate) fn user_named(p: &Process, name: &str) -> Option<(User, String)> {
    let passwd = String::from_utf8_lossy(&p.read_file("/etc/passwd").ok()?).into_owned();
    let fields: Vec<&str> =
        passwd.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|line| line[0] == name)?;
    let [_, _, uid, gid, _, home, shell, ..] = fields.as_slice() else { return None };
    let gid = gid.parse().ok()?;
    let user = User {
        name: name.to_owned(),
        uid: uid.parse().ok()?,
        gid,
        groups: super::id::more_groups(p, name, gid),
        home: (*home).to_owned(),
        ..User::root()
    };
    Some((user, (*shell).to_owned()))
}
