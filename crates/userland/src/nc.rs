//! `nc`: a connection to a port, or a port that is listened on. nc(1) of OpenBSD and busybox.

use super::prelude::*;

/// `nc -l`: shows what comes, and answers with what its own standard input held when it began.
async fn nc_listens(p: &Process, options: &Options) -> Result<(), ExitStatus> {
    let text = options.value('p').or(options.operands.last().map(String::as_str));
    let Some(port) = text.and_then(|text| text.parse::<u16>().ok()) else {
        p.err("usage: nc -l [-kv] [-p port] [port]\n").await;
        return Err(ExitStatus(1));
    };
    let answer = if p.is_tty(0) { Vec::new() } else { Source::stdin(p).all().await };
    let listening = match p.listen(machine::Proto::Tcp, port, answer) {
        Ok(listening) => listening,
        Err(error) => {
            let why = match error {
                machine::ListenError::InUse => "Address already in use",
                machine::ListenError::Denied => "Permission denied",
                machine::ListenError::NotAvailable => "Cannot assign requested address",
            };
            return fail(p, &if is_busybox(p) { format!("bind: {why}") } else { why.to_owned() }).await;
        }
    };
    if options.has('v') {
        let text = if is_busybox(p) { "listening on [::]:" } else { "Listening on 0.0.0.0 " };
        p.err(&format!("{text}{port}\n")).await;
    }
    loop {
        p.write(1, &listening.next().await).await;
        if !options.has('k') {
            return Ok(());
        }
    }
}

/// `nc`: is a port open (`-z`), and one exchange with what listens there.
pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec { short: "46de:hklnp:q:tuvw:z", long: &[], usage: "[OPTIONS] HOST PORT", status: 1 };
    let options = SPEC.parse(&p).await?;
    if options.has('u') || options.has('e') {
        return fail(&p, "UDP (-u) and programs behind a connection (-e) are not simulated").await;
    }
    if options.has('l') {
        return nc_listens(&p, &options).await;
    }
    let [host, port, ..] = options.operands.as_slice() else {
        p.err("usage: nc [-vz] [-w timeout] host port\n").await;
        return Err(ExitStatus(1));
    };
    let Ok(number) = port.parse::<u16>() else { return fail(&p, &format!("port number invalid: {port}")).await };
    let address = match p.resolve_host(host).await {
        Ok(address) => address,
        Err(_) if is_busybox(&p) => return fail(&p, &format!("bad address '{host}'")).await,
        Err(error) => return fail(&p, &format!("getaddrinfo for host \"{host}\" port {port}: {error}")).await,
    };
    let limit = options.value('w').and_then(super::sleep::interval).filter(|limit| !limit.is_zero());
    let mut connection = match p.connect(address, number, limit).await {
        Ok(connection) => connection,
        Err(error) => {
            p.note(machine::Note::Trace(error.trace));
            if options.has('v') || is_busybox(&p) {
                let text = if is_busybox(&p) {
                    format!("nc: {host} ({address}:{port}): {}\n", error.kind)
                } else {
                    format!("nc: connect to {host} port {port} (tcp) failed: {}\n", error.kind)
                };
                p.err(&text).await;
            }
            return Err(ExitStatus(1));
        }
    };
    if options.has('v') {
        let text = if is_busybox(&p) {
            format!("{host} ({address}:{port}) open\n")
        } else {
            format!("Connection to {host} ({address}) {port} port [tcp/*] succeeded!\n")
        };
        p.err(&text).await;
    }
    if options.has('z') {
        return Ok(());
    }
    let request = Source::stdin(&p).all().await;
    let answer = connection.exchange(&request).await;
    p.write(1, &answer).await;
    Ok(())
}
