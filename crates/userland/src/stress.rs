//! Programs that use up memory and processors: stress(1) 1.0.4, stress-ng(1), and the `stress` of kubernetes.io's pages on
//! CPU and memory (`vish/stress`). Memory counts against the container's limit; processor time is not counted.

use machine::{Daemon, DaemonStart, Exit, Idle};

use super::prelude::*;

/// What is asked for.
#[derive(Default)]
struct Load {
    cpu: u64,
    io: u64,
    vm: u64,
    hdd: u64,
    vm_bytes: u64,
    /// Who holds memory only holds it.
    hangs: bool,
    timeout: Option<Duration>,
    quiet: bool,
}

/// A number with one of `B`, `K`, `M`, `G`, or a quantity of Kubernetes (`150Mi`).
fn bytes(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: u64 = match &text[digits.len()..] {
        "" | "b" | "B" => 1,
        "k" | "K" | "Ki" => 1 << 10,
        "m" | "M" | "Mi" => 1 << 20,
        "g" | "G" | "Gi" => 1 << 30,
        "t" | "T" | "Ti" => 1 << 40,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

impl Load {
    /// Reads the command line of stress(1) and stress-ng(1). The error is the line that is printed.
    fn read(args: &[String]) -> Result<Load, String> {
        let mut load = Load { vm_bytes: 256 << 20, ..Load::default() };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let (name, value) = match arg.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (arg.as_str(), None),
            };
            let mut value = || match &value {
                Some(value) => Ok(value.clone()),
                None => args.next().cloned().ok_or_else(|| format!("missing argument to option '{name}'")),
            };
            let number = |text: String| text.parse::<u64>().map_err(|_| format!("invalid number: {text}"));
            match name {
                "-c" | "--cpu" => load.cpu = number(value()?)?,
                "-i" | "--io" => load.io = number(value()?)?,
                "-m" | "--vm" => load.vm = number(value()?)?,
                "-d" | "--hdd" => load.hdd = number(value()?)?,
                "--vm-bytes" => {
                    let text = value()?;
                    load.vm_bytes = bytes(&text).ok_or_else(|| format!("invalid number: {text}"))?;
                }
                "-t" | "--timeout" => {
                    let text = value()?;
                    let time = super::sleep::interval(&text).ok_or_else(|| format!("invalid number: {text}"))?;
                    load.timeout = (!time.is_zero()).then_some(time);
                }
                "--vm-hang" => {
                    value()?;
                    load.hangs = true;
                }
                "--vm-stride" | "--hdd-bytes" | "--backoff" | "-l" | "--cpu-load" | "--cpu-method" | "--vm-method" => {
                    value()?;
                }
                "-q" | "--quiet" => load.quiet = true,
                "-v" | "--verbose" | "--vm-keep" | "--metrics" | "--metrics-brief" | "--hdd-noclean" => {}
                other => return Err(format!("unrecognized option: {other}")),
            }
        }
        Ok(load)
    }

    fn is_nothing(&self) -> bool {
        [self.cpu, self.io, self.vm, self.hdd].iter().all(|count| *count == 0)
    }

    /// How much of the processors it keeps busy: each worker one, those that hold memory unless they only hold it.
    fn busy(&self) -> u64 {
        let workers = self.cpu.saturating_add(if self.hangs { 0 } else { self.vm });
        workers.min(64) * 1000
    }

    fn memory(&self) -> u64 {
        self.vm.saturating_mul(self.vm_bytes)
    }

    fn greeting(&self, name: &str, pid: u32) -> String {
        match (self.quiet, name) {
            (true, _) => String::new(),
            (_, "stress-ng") => {
                let hogs = [(self.cpu, "cpu"), (self.io, "io"), (self.vm, "vm"), (self.hdd, "hdd")];
                let hogs: Vec<String> = hogs
                    .iter()
                    .filter(|(count, _)| *count > 0)
                    .map(|(count, what)| format!("{count} {what}"))
                    .collect();
                format!("stress-ng: info:  [{pid}] dispatching hogs: {}\n", hogs.join(", "))
            }
            _ => format!(
                "stress: info: [{pid}] dispatching hogs: {} cpu, {} io, {} vm, {} hdd\n",
                self.cpu, self.io, self.vm, self.hdd
            ),
        }
    }

    fn farewell(&self, name: &str, pid: u32) -> String {
        match (self.timeout, self.quiet) {
            (Some(time), false) => {
                let space = if name == "stress-ng" { "  " } else { " " };
                format!("{name}: info:{space}[{pid}] successful run completed in {}s\n", time.as_secs())
            }
            _ => String::new(),
        }
    }
}

fn is_of_vish(p: &Process) -> bool {
    p.args().iter().any(|arg| arg.trim_start_matches('-').starts_with("cpus") || arg.contains("-mem-total"))
}

/// As a container's first process: it lives as data.
pub(crate) fn start(p: &Process) -> DaemonStart {
    let (memory, busy, greeting) = if is_of_vish(p) {
        let (memory, text) = of_vish(p);
        (memory, processors(p) * 1000, text)
    } else {
        let name = name_of(p);
        let load = match Load::read(p.args().get(1..).unwrap_or_default()) {
            Ok(load) => load,
            Err(error) => return Err((format!("{name}: FAIL: [1] {error}\n"), 1)),
        };
        // Its last words need a program that runs.
        if load.timeout.is_some() || load.is_nothing() {
            return Ok(None);
        }
        (load.memory(), load.busy(), load.greeting(&name, 1))
    };
    let mut daemon = Daemon::new(Idle);
    daemon.greeting = greeting;
    daemon.busy = busy;
    if let Err(filled) = p.try_hold(memory) {
        daemon.ends = Some((p.now() + filled, Exit::OutOfMemory));
    }
    Ok(Some(daemon))
}

/// A flag of `vish/stress`.
fn flag_of_vish(p: &Process, name: &str) -> Option<String> {
    let args = p.args();
    let at = args.iter().position(|arg| arg.trim_start_matches('-').split('=').next() == Some(name))?;
    match args[at].split_once('=') {
        Some((_, value)) => Some(value.to_owned()),
        None => args.get(at + 1).cloned(),
    }
}

/// How many processors `vish/stress` keeps busy.
fn processors(p: &Process) -> u64 {
    flag_of_vish(p, "cpus").and_then(|text| text.parse::<u64>().ok()).unwrap_or(0).min(64)
}

/// What `vish/stress` holds and logs.
fn of_vish(p: &Process) -> (u64, String) {
    let value = |name: &str| flag_of_vish(p, name);
    let total = value("mem-total").unwrap_or_else(|| "0".to_owned());
    let size = value("mem-alloc-size").unwrap_or_else(|| "4Ki".to_owned());
    let sleep = value("mem-alloc-sleep").unwrap_or_else(|| "1ms".to_owned());
    let cpus = processors(p);
    let time = strftime::format(p.now(), "I%m%d %H:%M:%S.%6N");
    let mut text = format!(
        "{time}       1 main.go:26] Allocating \"{total}\" memory, in \"{size}\" chunks, with a {sleep} sleep between \
         allocations\n"
    );
    for _ in 0..cpus {
        text.push_str(&format!("{time}       1 main.go:39] Spawning a thread to consume CPU\n"));
    }
    text.push_str(&format!("{time}       1 main.go:29] Allocated \"{total}\" memory\n"));
    (bytes(&total).unwrap_or(0), text)
}

/// Beside others, or with an end.
pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    if is_of_vish(&p) {
        let (memory, text) = of_vish(&p);
        p.out(&text).await;
        p.hold(memory).await;
        p.keep_busy(processors(&p) * 1000);
        p.sleep(Duration::from_secs(u64::from(u32::MAX))).await;
        return Ok(());
    }
    let name = name_of(&p);
    let pid = p.local_pid();
    let load = match Load::read(p.args().get(1..).unwrap_or_default()) {
        Ok(load) => load,
        Err(error) => {
            p.err(&format!("{name}: FAIL: [{pid}] {error}\n")).await;
            return Err(ExitStatus(1));
        }
    };
    if load.is_nothing() {
        p.out(&format!(
            "Usage: {name} [OPTION [ARG]] ...\n --cpu N --io N --vm N --vm-bytes B --vm-hang N --hdd N --timeout N\n"
        ))
        .await;
        return Ok(());
    }
    p.out(&load.greeting(&name, pid)).await;
    p.hold(load.memory()).await;
    p.keep_busy(load.busy());
    p.sleep(load.timeout.unwrap_or(Duration::from_secs(u64::from(u32::MAX)))).await;
    p.out(&load.farewell(&name, pid)).await;
    Ok(())
}
