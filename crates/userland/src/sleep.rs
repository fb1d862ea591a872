//! `sleep`: time passes. sleep(1) of GNU coreutils 9.1.

use machine::{Daemon, DaemonStart, Exit, Idle};

use super::prelude::*;

/// A number of seconds with an optional suffix, as sleep(1) and timeout(1) read it.
pub(crate) fn interval(text: &str) -> Option<Duration> {
    let (number, unit) = match text.chars().last() {
        Some('s') => (&text[..text.len() - 1], 1.0),
        Some('m') => (&text[..text.len() - 1], 60.0),
        Some('h') => (&text[..text.len() - 1], 3600.0),
        Some('d') => (&text[..text.len() - 1], 86_400.0),
        _ => (text, 1.0),
    };
    if number.eq_ignore_ascii_case("infinity") || number.eq_ignore_ascii_case("inf") {
        return Some(Duration::from_secs(u64::from(u32::MAX)));
    }
    let number: f64 = number.parse().ok().filter(|n: &f64| *n >= 0.0)?;
    Some(Duration::from_secs_f64((number * unit).min(f64::from(u32::MAX))))
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec { short: "+", long: &[], usage: "NUMBER[SUFFIX]...", status: 1 };
    let options = SPEC.parse(&p).await?;
    if options.operands.is_empty() {
        return usage_hint(&p, "missing operand").await;
    }
    let mut total = Duration::ZERO;
    for text in &options.operands {
        match interval(text) {
            Some(duration) => total += duration,
            None if is_busybox(&p) => return fail(&p, &format!("invalid number '{text}'")).await,
            None => return usage_hint(&p, &format!("invalid time interval {}", quote(&p, text))).await,
        }
    }
    p.sleep(total).await;
    Ok(())
}

/// `sleep` as a container's PID 1: it ignores SIGTERM, as every program without a handler does there.
pub(crate) fn as_data(p: &Process) -> DaemonStart {
    let total: Option<Duration> =
        p.args().iter().skip(1).map(|text| interval(text)).try_fold(Duration::ZERO, |sum, d| Some(sum + d?));
    match total {
        Some(total) if p.args().len() > 1 => {
            let mut daemon = Daemon::new(Idle);
            daemon.ends = Some((p.now() + total, Exit::Code(0)));
            Ok(Some(daemon))
        }
        _ => Ok(None),
    }
}
