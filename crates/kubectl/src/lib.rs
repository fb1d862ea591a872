//! kubectl: one verb a file, printers and describers; a client over any transport.
//!
//! Here: what the `kubectl` command does with its arguments, its files and the API server's answers, in kubectl 1.36's words.
//! Not here: anything a server decides, a terminal, a shell. Nothing here knows what is simulated.

#![warn(clippy::missing_errors_doc)]

mod command;
mod complete;
mod config;
mod describe;
mod discovery;
mod dry_run;
mod duration;
mod editor;
mod error;
mod files;
mod flags;
mod go_json;
mod go_time;
mod host;
mod kustomize;
mod printers;
mod rbac_rules;
mod report;
mod select;
mod server_config;
mod session;
mod tabwriter;
mod target;
mod typed;
mod unreachable;
mod verbose;
mod verbs;

use std::rc::Rc;

use command::{Found, GLOBAL};
use error::Outcome;
use flags::{Args, Flag};
use session::Session;

pub use complete::{Completions, Lookup, complete};
pub use config::minikube_kubeconfig;
pub use editor::editor;
pub use error::Error;
pub use go_json::error as json_error;
pub use host::{Host, MemoryHost};
pub use printers::go_template::print as print_go_template;
pub use printers::jsonpath::print as print_jsonpath;
pub use server_config::{ServerConfig, resolve_server};
pub use verbs::help::provide_help;
pub use verbs::raw::unreadable as unreadable_body;

/// Runs `kubectl` with these arguments (without the program's name) and returns its exit code.
///
/// A future that is dropped has done what it had done: that is what Ctrl-C does.
pub async fn run(args: Vec<String>, host: Rc<dyn Host>, api: Rc<dyn api::Transport>) -> i32 {
    match execute(&args, &host, api).await {
        Ok(()) => 0,
        Err(error) => {
            if let Error::Printed(text, _) = &error {
                host.stdout(text.as_bytes()).await;
            }
            let text = error.render();
            if !text.is_empty() {
                host.stderr(text.as_bytes()).await;
            }
            error.code()
        }
    }
}

async fn execute(args: &[String], host: &Rc<dyn Host>, api: Rc<dyn api::Transport>) -> Outcome {
    let line = args;
    let (verb, rest) = match command::find(args)? {
        Found::Verb(verb, rest) => (verb, rest),
        Found::Group(name, rest) => return group(host, &name, &rest).await,
    };
    let known = verb.known();
    let args = parse(&rest, &known, verb.name)?;
    if args.has("record") {
        host.stderr(b"Flag --record has been deprecated, --record will be removed in the future\n").await;
    }
    if args.on("help") {
        host.stdout(verbs::help::shown(&**host, verb.name).as_bytes()).await;
        return Ok(());
    }
    if let Some(flag) = args.first_not_simulated(&known) {
        return error::plain(format!("--{flag} is not simulated here"));
    }
    let mut session = Session::new(host.clone(), api, verb.name, &args)?;
    if args.on("record") {
        let all = parse(line, &known, verb.name)?;
        session.cause = format!("kubectl {} {}", all.words.join(" "), all.given.join(" "));
    }
    session.log_start(args.int("v")).await;
    unreachable::check(host, &session.api, verb.name, &args).await?;
    if let Some(said) = dry_run::deprecated(&args, host.now()) {
        host.stderr(said.as_bytes()).await;
    }
    if discovery::is_needed(verb.name, &args) {
        session.discover().await;
        for said in discovery::ambiguities(&session, &args) {
            session.err(&format!("Warning: {said}\n")).await;
        }
    }
    session.verbosity = args.int("v");
    (verb.run)(&session, &args).await
}

fn parse(args: &[String], known: &[&[Flag]], command: &str) -> Outcome<Args> {
    let name = format!("kubectl {command}");
    Args::parse(args, known)
        .map_err(|error| Error::Verbatim(format!("error: {error}\nSee '{} --help' for usage.", name.trim_end())))
}

/// A word that needs another one: its help, or that there is no such other one.
async fn group(host: &Rc<dyn Host>, name: &str, rest: &[String]) -> Outcome {
    let args = parse(rest, &[GLOBAL], name)?;
    if !args.words.is_empty() && !args.on("help") && !matches!(name, "" | "certificate") {
        return Err(Error::Verbatim(format!(
            "error: unknown command {:?}\nSee 'kubectl {name} -h' for help and examples",
            args.words.join(" ")
        )));
    }
    let shown = verbs::help::shown(&**host, name);
    if args.on("help") || matches!(name, "" | "certificate" | "alpha" | "alpha kuberc") {
        host.stdout(shown.as_bytes()).await;
        return Ok(());
    }
    // Most groups call it an error to be asked for nothing.
    match name {
        "rollout" => host.stdout(shown.as_bytes()).await,
        _ => host.stderr(shown.as_bytes()).await,
    }
    Err(Error::Exit(1))
}
