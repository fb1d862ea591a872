//! `su`: a shell or a command as another user. su(1) of util-linux 2.38.

use super::prelude::*;
use super::run_as::{run_as, user_named};

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec {
        short: "c:lmps:",
        long: &[("command", 'c'), ("login", 'l'), ("preserve-environment", 'p'), ("shell", 's')],
        usage: "[options] [-] [<user> [<argument>...]]",
        status: 1,
    };
    let options = SPEC.parse(&p).await?;
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
        return Err(ExitStatus(1));
    }
    let shell = options.value('s').map_or(shell, str::to_owned);
    if shell.ends_with("nologin") || shell.ends_with("/false") {
        if shell.ends_with("nologin") {
            p.out("This account is currently not available.\n").await;
        }
        return Err(ExitStatus(1));
    }
    if !p.may_root("SETGID") || !p.may_root("SETUID") {
        let what = if is_busybox(&p) { "can't set groups" } else { "cannot set groups" };
        return fail(&p, &format!("{what}: Operation not permitted")).await;
    }
    let cwd = login.then(|| user.home.clone()).filter(|home| p.metadata(home).is_ok());
    let mut argv = vec![shell];
    if let Some(command) = options.value('c') {
        argv.extend(["-c".to_owned(), command.to_owned()]);
    }
    argv.extend(operands.iter().skip(1).cloned());
    run_as(&p, argv, Some(user), None, cwd).await
}
