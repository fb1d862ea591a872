//! `traceroute`: the hops on the way to a host. traceroute(1) 2.1.

use super::prelude::*;

/// `traceroute`: which routers there are on the way.
pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let Some(target) = p.args().iter().skip(1).find(|arg| !arg.starts_with('-')).cloned() else {
        p.err("Usage: traceroute [ -n ] [ -m max_ttl ] host\n").await;
        return Err(ExitStatus(2));
    };
    let address = match p.resolve_host(&target).await {
        Ok(address) => address,
        Err(_) if is_busybox(&p) => return fail(&p, &format!("bad address '{target}'")).await,
        Err(_) => {
            p.err(&format!("{target}: Name or service not known\nCannot handle \"host\" cmdline arg `{target}' on position 1 (argc 1)\n")).await;
            return Err(ExitStatus(2));
        }
    };
    p.out(&format!("traceroute to {target} ({address}), 30 hops max, 60 byte packets\n")).await;
    let wait = Duration::from_secs(5);
    for ttl in 1..=30u8 {
        p.out(&format!("{ttl:2} ")).await;
        let mut shown = false;
        let mut done = false;
        for _ in 0..3 {
            let ping = p.ping(address, ttl, wait).await;
            let (from, mark) = match ping.reply {
                machine::PingReply::Echo { from, .. } => {
                    done = true;
                    (from, "")
                }
                machine::PingReply::TtlExceeded { from } => (from, ""),
                machine::PingReply::HostUnreachable { from } => {
                    done = true;
                    if !shown {
                        p.note(machine::Note::Trace(ping.trace));
                    }
                    (from, " !H")
                }
                _ => {
                    p.out(" *").await;
                    continue;
                }
            };
            let who = if std::mem::replace(&mut shown, true) { String::new() } else { format!(" {from} ({from})") };
            p.out(&format!("{who}  {:.3} ms{mark}", ping.after.as_micros() as f64 / 1000.0)).await;
        }
        p.out("\n").await;
        if done {
            break;
        }
    }
    Ok(())
}
