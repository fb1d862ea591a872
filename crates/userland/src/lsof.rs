//! `lsof -i`: who listens. lsof(8) 4.95.

use super::prelude::*;
use super::sockets::{Socket, listening};

/// `lsof -i`: the listening sockets. Which files processes hold is not kept.
pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let args: Vec<String> = p.args().iter().skip(1).cloned().collect();
    let mut words = args.iter();
    let (mut internet, mut port, mut quiet) = (false, None, false);
    while let Some(word) = words.next() {
        let Some(letters) = word.strip_prefix('-') else {
            return fail(&p, "which files a process holds open is not kept here; 'lsof -i' shows who listens").await;
        };
        match letters.split_once('i') {
            Some((before, rest)) if !letters.starts_with('s') => {
                internet = true;
                quiet |= before.contains('t');
                let mut rest = rest.trim_start_matches(['P', 'n']);
                if rest.is_empty()
                    && let Some(next) =
                        words.clone().next().filter(|next| next.starts_with(':') || next.starts_with("TCP"))
                {
                    rest = next;
                    words.next();
                }
                port = rest.split_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
            }
            _ => quiet |= letters == "t",
        }
    }
    if !internet {
        return fail(&p, "which files a process holds open is not kept here; 'lsof -i' shows who listens").await;
    }
    let found: Vec<Socket> = listening(&p).into_iter().filter(|one| port.is_none_or(|port| one.port == port)).collect();
    let owned: Vec<(&Socket, &(u32, String, String))> =
        found.iter().filter_map(|one| one.owner.as_ref().map(|owner| (one, owner))).collect();
    if owned.is_empty() {
        return Err(ExitStatus(1));
    }
    let mut out = String::new();
    if !quiet {
        out.push_str("COMMAND   PID USER   FD   TYPE  DEVICE SIZE/OFF NODE NAME\n");
    }
    for (one, (pid, name, user)) in owned {
        if quiet {
            out.push_str(&format!("{pid}\n"));
            continue;
        }
        let at = if one.address == "0.0.0.0" { "*" } else { &one.address };
        let name: String = name.chars().take(9).collect();
        let node = one.proto.to_uppercase();
        let state = if one.proto == "tcp" { " (LISTEN)" } else { "" };
        out.push_str(&format!(
            "{name:<7} {pid:>5} {user:<6} 6u   IPv4 {:>7}      0t0  {node} {at}:{}{state}\n",
            20_000 + u32::from(one.port),
            one.port
        ));
    }
    p.out(&out).await;
    Ok(())
}
