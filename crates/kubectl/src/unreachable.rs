//! What kubectl says where no API server answers: its client logs each try to find out what there is.

use std::rc::Rc;

use api::Transport;

use crate::Host;
use crate::dry_run::{DryRun, log};
use crate::error::{Error, Outcome};
use crate::flags::Args;

/// Ends a command that needs a server where there is none.
///
/// # Errors
/// That no server answers.
pub async fn check(host: &Rc<dyn Host>, api: &Rc<dyn Transport>, verb: &str, args: &Args) -> Outcome {
    if !asks_server_first(verb, args) {
        return Ok(());
    }
    let Some(lost) = api.unreachable().await else { return Ok(()) };
    let timeout = match args.text("request-timeout") {
        "" | "0" => "32s".to_owned(),
        text if text.parse::<u32>().is_ok() => format!("{text}s"),
        text => text.to_owned(),
    };
    let get = |path: &str| format!("Get \"{}{path}?timeout={timeout}\": {}", lost.server, lost.why);
    let line = format!("couldn't get current server API group list: {}", get("/api"));
    for _ in 0..tries(verb, args) {
        let text = log('E', host.now(), "memcache.go:265", &format!("\"Unhandled Error\" err={line:?}"));
        host.stderr(text.as_bytes()).await;
    }
    let first = || args.list("filename").first().map(String::as_str).unwrap_or_default();
    let refused = lost.why.ends_with("connection refused");
    Err(match verb {
        "apply" | "create" | "replace" if refused && args.text("validate") != "false" && !first().is_empty() => {
            let hint = "if you choose to ignore these errors, turn validation off with --validate=false";
            let problem = format!("failed to download openapi: {}", get("/openapi/v2"));
            Error::Plain(format!("error validating {:?}: error validating data: {problem}; {hint}", name(first())))
        }
        "delete" | "diff" | "get" if refused && !first().is_empty() => {
            let text = format!("unable to recognize {:?}: {}", name(first()), get("/api"));
            if verb == "get" { Error::Verbatim(text) } else { Error::Plain(text) }
        }
        "api-versions" => Error::Plain(format!("couldn't get available api versions from server: {}", get("/api"))),
        _ => {
            if verb == "cluster-info" {
                let text = "\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n";
                host.stdout(text.as_bytes()).await;
            }
            Error::Verbatim(lost.said)
        }
    })
}

fn name(file: &str) -> &str {
    if file == "-" { "STDIN" } else { file }
}

/// Whether a command asks the server before it does anything else.
fn asks_server_first(verb: &str, args: &Args) -> bool {
    let made_here = verb.starts_with("create ") && DryRun::of(args).is_ok_and(|dry_run| dry_run == DryRun::Client);
    let here =
        verb.starts_with("config") || matches!(verb, "completion" | "help" | "options" | "kustomize" | "version");
    !here && !made_here && !args.on("local")
}

/// How often its client looks what the server has, as was counted for each verb.
fn tries(verb: &str, args: &Args) -> usize {
    let files = args.names_files();
    match verb {
        "get" if args.has("raw") => 0,
        "apply" | "create" | "replace" => 0,
        "events" | "auth whoami" | "cluster-info dump" | "cp" | "top pod" | "top node" => 0,
        verb if verb.starts_with("create ") => 0,
        "run" | "api-resources" | "api-versions" => 1,
        "delete" | "diff" | "get" if files => 1,
        "auth can-i" if args.on("list") => 0,
        "explain" | "auth can-i" | "taint" => 2,
        "logs" | "exec" | "attach" | "port-forward" | "drain" | "cordon" | "uncordon" | "wait" | "debug" => 4,
        verb if verb.starts_with("set ") || verb.starts_with("certificate ") => 4,
        "rollout undo" | "rollout restart" => 4,
        _ => 5,
    }
}
