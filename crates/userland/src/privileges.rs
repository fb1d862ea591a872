//! Commands as somebody else, or elsewhere: `su`, `chroot`, `nsenter`.

use machine::{MachineId, Session, Spawn, User};

use super::prelude::*;

/// Runs a command, or a shell on the terminal.
async fn run_as(
    p: &Process,
    argv: Vec<String>,
    user: Option<User>,
    machine: Option<MachineId>,
    cwd: Option<String>,
) -> i32 {
    if let Some(machine) = machine
        && p.is_tty(0)
        && machine::is_interactive_shell(&argv)
    {
        let session = Session { user, cwd, ..Session::new(machine, argv) };
        return p.session(session).await;
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
        Ok(child) => child.wait().await,
        Err(error) => {
            let what = match name_of(p).as_str() {
                "su" => format!("failed to execute {name}: No such file or directory"),
                "nsenter" => format!("failed to execute {name}: No such file or directory"),
                _ if is_busybox(p) => format!("can't execute '{name}': No such file or directory"),
                _ => format!("failed to run command {}: No such file or directory", quote(p, &name)),
            };
            fail(p, &what).await;
            error.status()
        }
    }
}

/// A user of `/etc/passwd`, with his shell.
fn user_named(p: &Process, name: &str) -> Option<(User, String)> {
    let passwd = String::from_utf8_lossy(&p.read_file("/etc/passwd").ok()?).into_owned();
    let fields: Vec<&str> =
        passwd.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|line| line[0] == name)?;
    let [_, _, uid, gid, _, home, shell, ..] = fields.as_slice() else { return None };
    let user = User {
        name: name.to_owned(),
        uid: uid.parse().ok()?,
        gid: gid.parse().ok()?,
        groups: Vec::new(),
        home: (*home).to_owned(),
    };
    Some((user, (*shell).to_owned()))
}

pub async fn su(p: Process) -> i32 {
    const SPEC: Spec = Spec {
        short: "c:lmps:",
        long: &[("command", 'c'), ("login", 'l'), ("preserve-environment", 'p'), ("shell", 's')],
        usage: "[options] [-] [<user> [<argument>...]]",
        status: 1,
    };
    let options = match SPEC.parse(&p).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut operands = options.operands.as_slice();
    let mut login = options.has('l');
    if let [first, rest @ ..] = operands
        && first == "-"
    {
        (login, operands) = (true, rest);
    }
    let name = operands.first().map_or("root", String::as_str);
    let Some((user, shell)) = user_named(&p, name) else {
        let text = match is_busybox(&p) {
            true => format!("unknown user {name}"),
            false => format!("user {name} does not exist or the user entry does not contain all the required fields"),
        };
        return fail(&p, &text).await;
    };
    if p.user().uid != 0 {
        // Nobody has a password here, so none is right.
        p.err("Password: \n").await;
        p.sleep(Duration::from_secs(2)).await;
        p.err(if is_busybox(&p) { "su: incorrect password\n" } else { "su: Authentication failure\n" }).await;
        return 1;
    }
    let shell = options.value('s').map_or(shell, str::to_owned);
    if shell.ends_with("nologin") || shell.ends_with("/false") {
        if shell.ends_with("nologin") {
            p.out("This account is currently not available.\n").await;
        }
        return 1;
    }
    let cwd = login.then(|| user.home.clone()).filter(|home| p.metadata(home).is_ok());
    let mut argv = vec![shell];
    if let Some(command) = options.value('c') {
        argv.extend(["-c".to_owned(), command.to_owned()]);
    }
    argv.extend(operands.iter().skip(1).cloned());
    run_as(&p, argv, Some(user), None, cwd).await
}

/// The machine whose whole disk a path is: the node, as a Pod that mounts `/` sees it.
fn machine_at(p: &Process, path: &str) -> Option<MachineId> {
    let path = p.canonicalize(path).ok()?;
    p.kernel().with(|state| {
        let mount = state.machines.get(&p.machine())?.mounts.iter().find(|mount| mount.path == path)?;
        let whole = mount.subpath.trim_matches('/').is_empty();
        let of = |machine: &machine::Machine| machine.mounts.first().is_some_and(|root| root.disk == mount.disk);
        let mut found = state.machines.iter().filter(|(_, machine)| machine.image.is_empty() && of(machine));
        found.next().filter(|_| whole).map(|(id, _)| *id)
    })
}

pub async fn chroot(p: Process) -> i32 {
    let args: Vec<String> = p.args().iter().skip(1).skip_while(|arg| arg.starts_with("--")).cloned().collect();
    let Some((root, command)) = args.split_first() else {
        usage_hint(&p, "missing operand").await;
        return 125;
    };
    let verb = if is_busybox(&p) { "can't change root directory to" } else { "cannot change root directory to" };
    let refused = |why: String| format!("{verb} {}: {why}", quote_always(root));
    match p.metadata(root) {
        Err(error) => {
            fail(&p, &refused(error.to_string())).await;
            return 125;
        }
        Ok(found) if !found.is_dir() => {
            fail(&p, &refused("Not a directory".to_owned())).await;
            return 125;
        }
        Ok(_) => {}
    }
    if p.user().uid != 0 {
        fail(&p, &refused("Operation not permitted".to_owned())).await;
        return 125;
    }
    let here = p.canonicalize(root).is_ok_and(|path| path == "/");
    let machine = match machine_at(&p, root) {
        Some(machine) => Some(machine),
        None if here => None,
        None => {
            fail(&p, &format!("to change the root to {root} is not simulated; only a mounted root of the node ('/host') can be entered")).await;
            return 125;
        }
    };
    let argv = if command.is_empty() { vec!["/bin/sh".to_owned(), "-i".to_owned()] } else { command.to_vec() };
    run_as(&p, argv, Some(User::root()), machine, Some("/".to_owned())).await
}

/// `nsenter`: on the node the namespaces of its first process are its own; those of containers are entered by `kubectl exec`.
pub async fn nsenter(p: Process) -> i32 {
    let mut args = p.args().get(1..).unwrap_or_default();
    let mut target = None;
    while let [flag, rest @ ..] = args
        && flag.starts_with('-')
    {
        args = rest;
        if flag == "--" {
            break;
        }
        if flag == "-t" || flag == "--target" {
            target = rest.first().cloned();
            args = rest.get(1..).unwrap_or_default();
        } else if let Some(value) = flag.strip_prefix("--target=").or_else(|| flag.strip_prefix("-t")) {
            target = Some(value.to_owned());
        }
    }
    let Some(target) = target else {
        return fail(&p, "no target PID specified for --all").await;
    };
    let known = p.processes().into_iter().any(|one| one.pid.to_string() == target);
    if !known {
        return fail(&p, &format!("cannot open /proc/{target}/ns/ns: No such file or directory")).await;
    }
    if p.user().uid != 0 {
        return fail(&p, "reassociate to namespace 'ns/ns' failed: Operation not permitted").await;
    }
    if !p.image().is_empty() {
        return fail(&p, "the namespaces of other processes are not simulated; 'chroot /host' enters a mounted node")
            .await;
    }
    let argv = if args.is_empty() { vec!["/bin/sh".to_owned(), "-i".to_owned()] } else { args.to_vec() };
    run_as(&p, argv, None, None, None).await
}
