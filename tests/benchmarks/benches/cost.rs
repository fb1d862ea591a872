//! What a Pod costs from `kubectl apply` to Ready, counted rather than timed: instructions and bytes (by valgrind), requests
//! to the API server (by the components' own counters). The world's boot is taken off. Prints lines `budget NAME VALUE`.

#![allow(clippy::disallowed_types, reason = "a benchmark reads the wall clock; the world never does")]

use std::process::{Command, ExitCode};
use std::time::Instant;

use cluster::Work;
use playground::{Playground, Settings};
use serde_json::Value;
use sim::Duration;

const SERVICE: &str = "---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
";

/// How long a Deployment may take to be Ready, in half seconds of its own time.
const PATIENCE: u32 = 1200;

/// A Deployment of so many Pods, with or without a Service.
#[derive(Clone, Copy)]
struct Case {
    pods: usize,
    service: bool,
}

const CASES: [Case; 6] = [
    Case { pods: 10, service: false },
    Case { pods: 10, service: true },
    Case { pods: 100, service: false },
    Case { pods: 100, service: true },
    Case { pods: 500, service: false },
    Case { pods: 500, service: true },
];

impl Case {
    fn manifest(self) -> String {
        let deployment = format!(
            "apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: {}
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      containers: [{{name: nginx, image: 'nginx:1.14.2', ports: [{{containerPort: 80}}]}}]
",
            self.pods
        );
        deployment + if self.service { SERVICE } else { "" }
    }

    /// `pods_100_service_`
    fn prefix(self) -> String {
        format!("pods_{}_{}", self.pods, if self.service { "service_" } else { "" })
    }

    /// A world in which all its Pods are Ready; without Pods, one that has just booted.
    fn play(self) -> Playground {
        let files = vec![("web.yaml".to_owned(), self.manifest().into_bytes())];
        let mut world = Playground::new(Settings { files, max_pods: 1000, ..Settings::default() });
        let terminal = world.open_terminal(120, 40);
        if self.pods > 0 {
            world.input(terminal, b"kubectl apply -f web.yaml\r");
        }
        for _ in 0..PATIENCE {
            if ready(&world) >= self.pods {
                return world;
            }
            let until = world.now() + Duration::from_millis(500);
            world.advance(until, u64::MAX);
        }
        panic!("{} of {} Pods are Ready", ready(&world), self.pods);
    }
}

fn ready(world: &Playground) -> usize {
    let deployments = world.objects("deployments.apps", Some("default"));
    let count = |deployment: &Value| deployment["status"]["readyReplicas"].as_u64();
    deployments.iter().filter_map(|deployment| count(deployment)).sum::<u64>() as usize
}

fn work(world: &Playground) -> Work {
    world.costs().into_iter().fold(Work::default(), |sum, (_, work)| sum + work)
}

/// Plays a case in a process of its own under one of valgrind's tools, and reads the number behind a word of its report.
fn under_valgrind(tool: &[&str], case: Case, word: &str) -> Result<f64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new("valgrind");
    command.args(tool).arg(program).args(["play", &case.pods.to_string(), &case.service.to_string()]);
    let output = command.output().map_err(|error| format!("valgrind cannot be run: {error}"))?;
    let report = String::from_utf8_lossy(&output.stderr).into_owned();
    let number = report.lines().find_map(|line| {
        let (_, rest) = line.split_once(word)?;
        rest.split_whitespace().next()?.replace(',', "").parse().ok()
    });
    number
        .filter(|_| output.status.success())
        .ok_or_else(|| format!("valgrind says no number behind {word:?}:\n{report}"))
}

fn instructions(case: Case) -> Result<f64, String> {
    under_valgrind(&["--tool=callgrind", "--callgrind-out-file=/dev/null"], case, "Collected : ")
}

/// The bytes on the heap when all is Ready.
fn bytes(case: Case) -> Result<f64, String> {
    under_valgrind(&["--tool=dhat", "--dhat-out-file=/dev/null", "--num-callers=1"], case, "At t-end: ")
}

/// How long a case takes, the least of five.
fn milliseconds(case: Case) -> f64 {
    let took = (0..5).map(|_| {
        let from = Instant::now();
        std::hint::black_box(case.play());
        from.elapsed().as_secs_f64() * 1000.0
    });
    took.fold(f64::INFINITY, f64::min)
}

fn measure() -> Result<(), String> {
    let nothing = Case { pods: 0, service: false };
    let boot = work(&nothing.play());
    for case in CASES {
        let (prefix, pods) = (case.prefix(), case.pods as f64);
        let world = case.play();
        for (component, work) in world.costs() {
            println!("work {prefix} {component}: {work:?}");
        }
        let work = work(&world) - boot;
        for (name, count) in [
            ("reconciles", work.reconciles),
            ("writes", work.writes()),
            ("creations", work.creations),
            ("changes", work.changes),
            ("statuses", work.statuses),
            ("events", work.events),
            ("in_vain", work.in_vain),
        ] {
            println!("budget {prefix}{name} {:.3}", count as f64 / pods);
        }
    }
    println!("budget deploy_100_pods_ms {:.1}", milliseconds(CASES[2]) - milliseconds(nothing));
    let booted = instructions(nothing)?;
    println!("budget boot_instructions_m {:.1}", booted / 1e6);
    for case in CASES {
        let counted = (instructions(case)? - booted) / case.pods as f64;
        println!("budget {}instructions_m {:.3}", case.prefix(), counted / 1e6);
    }
    println!("budget boot_mb {:.2}", bytes(nothing)? / 1e6);
    for case in CASES.into_iter().filter(|case| case.pods == 100) {
        println!("budget {}mb {:.2}", case.prefix(), bytes(case)? / 1e6);
    }
    Ok(())
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().collect();
    if let [_, play, pods, service] = words.as_slice()
        && play == "play"
    {
        let world = Case { pods: pods.parse().unwrap_or_default(), service: service == "true" }.play();
        std::mem::forget(world); // what it holds is counted at the end
        return ExitCode::SUCCESS;
    }
    match measure() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            // Other benchmarks go on; what was not counted is over its budget.
            println!("not counted: {why}");
            ExitCode::SUCCESS
        }
    }
}
