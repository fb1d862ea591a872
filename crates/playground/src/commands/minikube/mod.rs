//! `minikube` as a program of the outside computer, in the words of minikube 1.37.
//!
//! What it does not simulate (making and breaking clusters, the dashboard) it says in one sentence.

mod addons;
mod copy;
mod image;
mod metrics;
mod service;
mod ssh;
mod start;
mod table;
mod texts;
mod tunnel;

pub(super) use addons::install_network_plugin;
pub(super) use metrics::at as metrics_at;
pub(super) use ssh::{KEY, on_node};

use machine::{ExitStatus, Process, Program};
use sim::Duration;

use crate::control::{WeakShared, upgrade};

/// What starting minikube takes.
const START: Duration = Duration::from_millis(60);

pub(super) fn program(world: WeakShared) -> Program {
    Program::with("minikube", move |process| {
        let world = world.clone();
        Box::pin(async move {
            process.compute(START).await;
            let args = process.args()[1..].to_vec();
            ExitStatus::check(run(process, world, &args).await)
        })
    })
}

/// Symbols on a terminal, plain marks elsewhere, as minikube does.
pub(super) fn mark(process: &Process, symbol: &'static str) -> &'static str {
    if process.is_tty(1) {
        return symbol;
    }
    match symbol.trim() {
        "❌" | "🙈" => "X",
        "❗" | "💢" => "!",
        "▪" => "  -",
        _ => "*",
    }
}

async fn run(process: Process, world: WeakShared, args: &[String]) -> i32 {
    let mut words: Vec<&str> = Vec::new();
    let mut flags: Vec<&str> = Vec::new();
    let mut rest = args.iter().map(String::as_str);
    while let Some(arg) = rest.next() {
        match arg {
            // Only the profile there is: its flag and value mean nothing more.
            "-p" | "--profile" if words.first() != Some(&"ssh") => match rest.next() {
                None | Some("minikube") => {}
                Some(other) => return texts::no_profile(&process, other).await,
            },
            _ if words.first() == Some(&"ssh") || words.first() == Some(&"kubectl") => words.push(arg),
            _ if arg.starts_with('-') && arg.len() > 1 => flags.push(arg),
            _ => words.push(arg),
        }
    }
    let Some((&command, words)) = words.split_first() else {
        let version = flags.contains(&"--version");
        process.out(if version { texts::VERSION_LINE } else { texts::HELP }).await;
        return 0;
    };
    if flags.iter().any(|flag| matches!(*flag, "-h" | "--help")) {
        process.out(texts::HELP).await;
        return 0;
    }
    match command {
        "start" => {
            let after = args.iter().position(|arg| arg == "start").map_or(0, |at| at + 1);
            let status = start::run(&process, &world, &args[after..]).await;
            if status == 0
                && let Some(world) = upgrade(&world)
            {
                addons::restore(&world, None);
            }
            status
        }
        "node" if words.first() == Some(&"list") => {
            process.out(&format!("minikube\t{}\n", network::Topology::NODE)).await;
            0
        }
        "status" => texts::status(&process, &world, &flags).await,
        "ip" => {
            process.out(&format!("{}\n", network::Topology::NODE)).await;
            0
        }
        "ssh" => ssh::run(&process, &world, words).await,
        "ssh-key" => {
            process.out(&format!("{}/{KEY}\n", process.env("HOME").unwrap_or_default())).await;
            0
        }
        "service" => service::run(&process, &world, words, args).await,
        "version" => {
            process.out(texts::VERSION).await;
            0
        }
        "tunnel" => tunnel::run(&process, &world, &flags).await,
        "profile" => texts::profile(&process, words).await,
        "image" => image::run(&process, &world, words).await,
        "cp" => copy::run(&process, &world, words).await,
        "addons" => addons::run(&process, &world, words).await,
        "kubectl" => {
            let mut argv = vec!["kubectl".to_owned()];
            argv.extend(words.iter().skip_while(|word| **word == "--").map(|word| (*word).to_owned()));
            match process.spawn(machine::Spawn::new(argv)) {
                Ok(child) => child.wait().await,
                Err(error) => error.status(),
            }
        }
        "help" => {
            process.out(texts::HELP).await;
            0
        }
        "stop" | "delete" | "pause" | "unpause" | "dashboard" | "mount" | "node" | "logs" | "config" | "docker-env"
        | "update-context" | "cache" | "completion" => {
            let why = texts::not_simulated(command);
            process.err(&format!("{} {why}\n", mark(&process, "❌ "))).await;
            process.hint_not_simulated(&format!("minikube {command}"));
            80
        }
        other => {
            let text =
                format!("Error: unknown command \"{other}\" for \"minikube\"\nRun 'minikube --help' for usage.\n");
            process.err(&text).await;
            1
        }
    }
}
