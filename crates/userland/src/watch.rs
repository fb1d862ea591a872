//! `watch`: a command again and again, until Ctrl-C. watch(1) of procps-ng 4.0.2.

use machine::Spawn;

use super::prelude::*;

/// `watch`: a command again and again, until Ctrl-C.
pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec {
        short: "+bcdegn:tx",
        long: &[("interval", 'n'), ("differences", 'd'), ("no-title", 't'), ("exec", 'x')],
        usage: "[options] command",
        status: 1,
    };
    let options = SPEC.parse(&p).await?;
    if options.operands.is_empty() {
        p.err("\nUsage:\n watch [options] command\n").await;
        return Err(ExitStatus(1));
    }
    let seconds: f64 = options.value('n').and_then(|n| n.parse().ok()).unwrap_or(2.0);
    let line = options.operands.join(" ");
    let terminal = p.is_tty(1);
    loop {
        if terminal {
            p.out("\x1b[H\x1b[2J").await;
        }
        if !options.has('t') {
            let date = strftime::format(p.now(), "%a %b %e %H:%M:%S %Y");
            let title = format!("Every {seconds:.1}s: {line}");
            let width = usize::from(p.window().0);
            let right = format!("{}: {date}", p.hostname());
            let gap = width.saturating_sub(title.chars().count() + right.len()).max(1);
            p.out(&format!("{title}{}{right}\n\n", " ".repeat(gap))).await;
        }
        match p.spawn(Spawn::new(["sh", "-c", &line])) {
            Ok(child) => drop(child.wait().await),
            Err(error) => return ExitStatus::check(error.status()),
        }
        p.sleep(Duration::from_secs_f64(seconds.clamp(0.1, 86_400.0))).await;
    }
}
