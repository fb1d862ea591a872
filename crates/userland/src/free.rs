//! `free`: memory. free(1) of procps-ng 4.0.2.

use super::prelude::*;

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let text = String::from_utf8_lossy(&p.read_file("/proc/meminfo").unwrap_or_default()).into_owned();
    let get = |name: &str| -> u64 {
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_whitespace().nth(1)).and_then(|number| number.parse().ok()).unwrap_or(0)
    };
    let (total, unused, available) = (get("MemTotal:"), get("MemFree:"), get("MemAvailable:"));
    let cache = get("Buffers:") + get("Cached:");
    let used = total.saturating_sub(unused + cache);
    let human = p.args().iter().any(|arg| arg == "-h" || arg == "--human");
    let unit = p.args().iter().find_map(|arg| match arg.as_str() {
        "-m" | "--mebi" => Some(1024),
        "-g" | "--gibi" => Some(1024 * 1024),
        "-b" => Some(0),
        _ => None,
    });
    let show = |kilobytes: u64| {
        if human {
            let text = super::listing::human(kilobytes * 1024);
            return text.replace('K', "Ki").replace('M', "Mi").replace('G', "Gi")
                + if kilobytes == 0 { "B" } else { "" };
        }
        match unit {
            Some(0) => kilobytes * 1024,
            Some(unit) => kilobytes / unit,
            None => kilobytes,
        }
        .to_string()
    };
    let row = |name: &str, numbers: &[u64]| {
        let cells: String = numbers.iter().map(|number| format!("{:>12}", show(*number))).collect();
        format!("{name:<7}{}\n", cells.get(0..).unwrap_or(""))
    };
    p.out(&format!(
        "               total        used        free      shared  buff/cache   available\n{}{}",
        row("Mem:", &[total, used, unused, 0, cache, available]).replacen("Mem:   ", "Mem:    ", 1),
        row("Swap:", &[0, 0, 0]).replacen("Swap:  ", "Swap:   ", 1),
    ))
    .await;
    Ok(())
}
