//! `telnet`: says whether a port is open, and makes one exchange with what listens there.

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let args: Vec<String> = p.args().iter().skip(1).filter(|arg| !arg.starts_with('-')).cloned().collect();
    let busybox = is_busybox(&p);
    let Some(host) = args.first() else {
        if busybox {
            p.err(&format!("{}\n\nUsage: telnet [-a] [-l USER] HOST [PORT]\n", super::words::BUSYBOX_BANNER)).await;
            return Err(ExitStatus(1));
        }
        // It would be a prompt of its own, at which nothing can be done here.
        return fail(&p, "the prompt of telnet is not simulated here; name a host and a port").await;
    };
    let text = args.get(1).map_or("23", String::as_str);
    let Ok(port) = text.parse::<u16>() else {
        return fail(
            &p,
            &match busybox {
                true => format!("bad port '{text}'"),
                false => format!("could not resolve {host}/{text}: Servname not supported for ai_socktype"),
            },
        )
        .await;
    };
    let address = match p.resolve_host(host).await {
        Ok(address) => address,
        Err(_) if busybox => return fail(&p, &format!("bad address '{host}'")).await,
        Err(error) => return fail(&p, &format!("could not resolve {host}/{text}: {error}")).await,
    };
    if !busybox {
        p.out(&format!("Trying {address}...\n")).await;
    }
    let mut connection = match p.connect(address, port, None).await {
        Ok(connection) => connection,
        Err(error) => {
            p.note(machine::Note::Trace(error.trace));
            let text = match busybox {
                true => format!("can't connect to remote host ({address}): {}", error.kind),
                false => format!("Unable to connect to remote host: {}", error.kind),
            };
            return fail(&p, &text).await;
        }
    };
    p.out(&match busybox {
        true => "\nEntering character mode\nEscape character is '^]'.\n\n".to_owned(),
        false => format!("Connected to {host}.\nEscape character is '^]'.\n"),
    })
    .await;
    // What is sent ends where the person sends an empty line, as a request of HTTP does, or ends the input.
    let mut source = Source::stdin(&p);
    let mut request = Vec::new();
    while let Some(mut line) = source.line().await {
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        let empty = line.is_empty();
        request.extend(line);
        request.extend(b"\r\n");
        if empty {
            break;
        }
    }
    let answer = connection.exchange(&request).await;
    p.write(1, &answer).await;
    p.err("Connection closed by foreign host.\n").await;
    ExitStatus::check(i32::from(!busybox))
}
