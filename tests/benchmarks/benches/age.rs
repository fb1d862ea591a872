//! What virtual hours cost, and whether they cost more as a world gets older: instructions (by valgrind), and how long a reload
//! takes, which lives the whole session again. Prints lines `budget NAME VALUE`. `age session CASE MINUTES` prints a session
//! for the page.

#![allow(clippy::disallowed_types, reason = "a benchmark reads the wall clock; the world never does")]

use std::process::{Command, ExitCode};
use std::time::Instant;

use playground::{Playground, Session, Settings};
use sim::Duration;

/// The tutorial's finished world.
const WEB: &str = include_str!("web.yaml");

/// What runs beside it: a name, and what is applied.
const CASES: &[(&str, &str)] = &[
    ("idle", ""),
    (
        "crash",
        "apiVersion: v1
kind: Pod
metadata: {name: crash}
spec:
  containers: [{name: c, image: busybox, command: [sh, -c, 'echo starts; sleep 1; exit 1']}]
",
    ),
    (
        "loop",
        "apiVersion: v1
kind: Pod
metadata: {name: loop}
spec:
  containers: [{name: c, image: busybox, command: [sh, -c, 'while true; do date; sleep 5; done']}]
",
    ),
    (
        "probe",
        "apiVersion: v1
kind: Pod
metadata: {name: probed}
spec:
  containers:
  - {name: c, image: 'nginx:1.14.2', livenessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 1}}
",
    ),
    (
        "cron",
        "apiVersion: batch/v1
kind: CronJob
metadata: {name: cron}
spec:
  schedule: '* * * * *'
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{name: c, image: busybox, command: [sh, -c, 'date; echo hi']}]
",
    ),
];

fn pass(world: &mut Playground, time: Duration) {
    let end = world.now() + time;
    while world.now() < end {
        let until = end.min(world.now() + Duration::from_secs(10));
        while world.advance(until, 5_000).out_of_fuel {}
    }
}

/// The world of a case, after so many minutes.
fn play(case: &str, minutes: u64) -> Playground {
    let beside = CASES.iter().find(|(name, _)| *name == case).map_or("", |(_, beside)| *beside);
    let files = [("web.yaml", WEB), ("beside.yaml", beside)].map(|(name, text)| (name.into(), text.into()));
    let mut world = Playground::new(Settings { files: files.into(), ..Settings::default() });
    let terminal = world.open_terminal(120, 40);
    let typed = if beside.is_empty() { "web.yaml" } else { "web.yaml -f beside.yaml" };
    world.input(terminal, format!("kubectl apply -f {typed}\r").as_bytes());
    pass(&mut world, Duration::from_secs(60));
    pass(&mut world, Duration::from_secs(60 * minutes));
    world
}

/// Instructions, in millions.
fn instructions(case: &str, minutes: u64) -> Result<f64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program);
    let output = command.args(["play", case, &minutes.to_string()]).output();
    let output = output.map_err(|error| format!("valgrind cannot be run: {error}"))?;
    let report = String::from_utf8_lossy(&output.stderr).into_owned();
    let number = report.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse::<f64>().ok());
    number.map(|number| number / 1e6).ok_or_else(|| format!("valgrind counts nothing:\n{report}"))
}

/// How long living a session again takes, the least of three.
fn replays_in(session: &Session) -> f64 {
    let took = (0..3).map(|_| {
        let from = Instant::now();
        std::hint::black_box(Playground::replay(session));
        from.elapsed().as_secs_f64() * 1000.0
    });
    took.fold(f64::INFINITY, f64::min)
}

fn measure() -> Result<(), String> {
    for (case, _) in CASES {
        let session = play(case, 120).session();
        println!("budget reload_{case}_2_hours_ms {:.0}", replays_in(&session));
    }
    for (case, _) in CASES {
        let hour = instructions(case, 60)? - instructions(case, 0)?;
        println!("budget hour_{case}_instructions_m {hour:.1}");
    }
    // In the first hour nothing is old enough to be given up.
    let [one, two, three, four] =
        [instructions("cron", 60)?, instructions("cron", 120)?, instructions("cron", 180)?, instructions("cron", 240)?];
    println!("budget hour_4_over_hour_2 {:.3}", (four - three) / (two - one));
    Ok(())
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().collect();
    if let [_, what, case, minutes] = words.as_slice() {
        let world = play(case, minutes.parse().unwrap_or_default());
        if what == "session" {
            println!("{}", world.session().to_json());
        }
        std::mem::forget(world);
        return ExitCode::SUCCESS;
    }
    if let Err(why) = measure() {
        // Other benchmarks go on; what was not counted is over its budget.
        println!("not counted: {why}");
    }
    ExitCode::SUCCESS
}
