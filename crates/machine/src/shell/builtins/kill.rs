//! `kill [-s sig|-n num|-sig] pid|%job …`, `kill -l`

use crate::shell::{Flavour, Run, Shell};
use crate::{DefaultAction, Errno, Signal};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let mut rest = &words[1..];
        let mut signal = Some(Signal::Terminate);
        if let Some(flag) = rest.first().and_then(|word| word.strip_prefix('-')) {
            match flag {
                "l" | "L" if rest.len() > 1 => {
                    let mut status = 0;
                    for word in &rest[1..] {
                        let number = word.parse::<i32>().ok();
                        let known =
                            number.map_or_else(|| word.clone(), |n| if n > 128 { n - 128 } else { n }.to_string());
                        match (Signal::parse(&known), number) {
                            (Some(signal), Some(_)) => {
                                _ = shell.print("kill", format!("{}\n", signal.name()).as_bytes()).await
                            }
                            (Some(signal), None) => {
                                _ = shell.print("kill", format!("{}\n", signal.number()).as_bytes()).await
                            }
                            (None, _) => {
                                let why = format!("{word}: invalid signal specification");
                                status = shell.builtin_error("kill", &why, 1).await;
                            }
                        }
                    }
                    return Ok(status);
                }
                "l" | "L" => {
                    let text = match shell.state.flavour {
                        Flavour::Bash => Signal::table(),
                        Flavour::Dash => {
                            let names = (1..=64).filter_map(Signal::of_number).map(|signal| signal.name() + "\n");
                            names.fold("0\n".to_owned(), |text, name| text + &name)
                        }
                        Flavour::Ash => {
                            let all = (1..=64).filter_map(Signal::of_number);
                            all.map(|signal| format!("{:>2}) {}\n", signal.number(), signal.name())).collect()
                        }
                    };
                    return Ok(shell.print("kill", text.as_bytes()).await);
                }
                "s" | "n" => {
                    let name = rest.get(1).cloned().unwrap_or_default();
                    signal = Signal::parse(&name);
                    if signal.is_none() && name != "0" {
                        return Ok(shell
                            .builtin_error("kill", &format!("{name}: invalid signal specification"), 1)
                            .await);
                    }
                    rest = rest.get(2..).unwrap_or_default();
                }
                "-" => rest = &rest[1..],
                name => {
                    signal = Signal::parse(name);
                    if signal.is_none() && name != "0" {
                        return Ok(shell
                            .builtin_error("kill", &format!("{name}: invalid signal specification"), 1)
                            .await);
                    }
                    rest = &rest[1..];
                }
            }
        }
        if rest.is_empty() {
            let usage =
                "kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]\n";
            shell.process.err(usage).await;
            return Ok(2);
        }
        if let Some(signal) = signal.filter(|signal| signal.default_action() == DefaultAction::Stop) {
            let text = format!("{}: stopping a process is not simulated here", signal.name());
            return Ok(shell.builtin_error("kill", &text, 1).await);
        }
        let mut status = 0;
        for word in rest {
            if word.starts_with('%') {
                let Some(at) = shell.find_job(word) else {
                    status = shell.builtin_error("kill", &format!("{word}: no such job"), 1).await;
                    continue;
                };
                let kernel = &shell.process.kernel;
                for (signal, pid) in
                    signal.iter().flat_map(|signal| shell.state.jobs[at].pids.iter().map(|p| (*signal, *p)))
                {
                    match shell.controls_jobs() {
                        true => kernel.kill_group(pid, signal),
                        false => kernel.kill(pid, signal), // the job is of the shell's own group
                    }
                }
                continue;
            }
            let Ok(pid) = word.parse::<i64>() else {
                let text = format!("{word}: arguments must be process or job IDs");
                status = shell.builtin_error("kill", &text, 1).await;
                continue;
            };
            if pid <= 0 {
                if let Err(error) = shell.process.kill_local_group(pid.unsigned_abs() as u32, signal) {
                    status = shell.builtin_error("kill", &format!("({pid}) - {error}"), 1).await;
                }
                continue;
            }
            let local = pid.unsigned_abs().min(u64::from(u32::MAX)) as u32;
            let outcome = match signal {
                Some(signal) => shell.process.kill(local, signal),
                None if shell.process.processes().iter().any(|entry| entry.pid == local) => Ok(()),
                None => Err(Errno::ESRCH),
            };
            if let Err(error) = outcome {
                status = match shell.state.flavour {
                    Flavour::Ash => {
                        shell.complain(&format!("can't kill pid {pid}: {error}")).await;
                        1
                    }
                    Flavour::Dash => shell.builtin_error("kill", &error.to_string(), 1).await,
                    Flavour::Bash => shell.builtin_error("kill", &format!("({pid}) - {error}"), 1).await,
                };
            }
        }
        Ok(status)
    })
}
