//! What the world costs: boot, the tutorial's commands, a clone. Prints `budget NAME VALUE` lines for `cargo xtask bench`.

#![allow(clippy::disallowed_types, reason = "a benchmark reads the wall clock; the world never does")]

use std::time::Instant;

use playground::{Playground, Settings, TerminalId};
use sim::Duration;

const DEPLOYMENT: &str = include_str!("web.yaml");

const COMMANDS: &[&str] = &[
    "kubectl apply -f web.yaml",
    "kubectl get pod -o wide",
    "kubectl get deploy,rs,svc",
    "kubectl describe deployment web",
    "curl -s $(minikube ip):$(kubectl get svc web -o jsonpath={.spec.ports[0].nodePort})",
    "kubectl exec deploy/web -- ls /",
    "kubectl delete $(kubectl get pod -o name | head -1)",
    "kubectl get pod",
    "kubectl delete -f web.yaml",
];

fn milliseconds(from: Instant) -> f64 {
    from.elapsed().as_secs_f64() * 1000.0
}

/// The middle of several measurements.
fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn settle(world: &mut Playground, terminal: TerminalId) {
    for _ in 0..2_000 {
        let until = world.now() + Duration::from_millis(500);
        world.advance_for_commands(until, 1_000_000);
        if !world.is_busy(terminal) {
            return;
        }
    }
}

fn settings(replicas: u32) -> Settings {
    let text = DEPLOYMENT.replace("replicas: 3", &format!("replicas: {replicas}"));
    Settings { files: vec![("web.yaml".to_owned(), text.into_bytes())], ..Settings::default() }
}

fn main() {
    let boots = (0..5)
        .map(|_| {
            let from = Instant::now();
            std::hint::black_box(Playground::new(settings(3)));
            milliseconds(from)
        })
        .collect();
    println!("budget boot_to_ready_ms {:.3}", median(boots));

    let mut world = Playground::new(settings(3));
    let terminal = world.open_terminal(120, 40);
    settle(&mut world, terminal);
    let mut slowest = 0.0_f64;
    for command in COMMANDS {
        let from = Instant::now();
        world.input(terminal, format!("{command}\r").as_bytes());
        settle(&mut world, terminal);
        let took = milliseconds(from);
        println!("command {took:8.3} ms  {command}");
        slowest = slowest.max(took);
        let until = world.now() + Duration::from_secs(5);
        world.advance(until, u64::MAX);
        world.output(terminal);
    }
    println!("budget tutorial_command_ms {slowest:.3}");

    let mut world = Playground::new(settings(1000));
    let terminal = world.open_terminal(120, 40);
    settle(&mut world, terminal);
    world.input(terminal, b"kubectl apply -f web.yaml\r");
    let from = Instant::now();
    let until = world.now() + Duration::from_secs(120);
    world.advance(until, u64::MAX);
    println!("a Deployment of 1,000 for 2 minutes of its time: {:.1} ms", milliseconds(from));
    let pods = world.objects("pods", Some("default")).len();
    let clones = (0..21)
        .map(|_| {
            let from = Instant::now();
            std::hint::black_box(world.snapshot().is_some());
            milliseconds(from)
        })
        .collect();
    println!("clone of a world with {pods} Pods and an open bash");
    println!("budget clone_1000_pods_ms {:.3}", median(clones));
}
