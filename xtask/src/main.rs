//! `cargo xtask`: sets the project up, builds, serves and tests it.
//!
//! What lives here: the order of the steps, where tools are kept, what is measured against `budgets.toml`.
//! What does not: anything the simulator or the page does. This crate may read the wall clock and the disk.

mod budgets;
mod cargo_tools;
mod chromium;
mod clients;
mod cold;
mod data;
mod frame;
mod guide;
mod liveness;
mod npm;
mod order;
mod outline;
mod packages;
mod page;
mod serve;
mod shell;
mod split;
mod stubs;
mod suites;
mod supply;
mod unsplit;
mod wasm;

use shell::{Failure, Outcome};

const USAGE: &str = "\
cargo xtask COMMAND

  serve [--port N] [--no-open]   build the page and serve it on http://localhost:8080/
    --watch                      rebuild and reload when a file changes (Trunk's server)
  test [SUITE...] [--bless]      every test; suites: lint supply native clients wasm browser bench; --bless rewrites golden files
  build                          dist/: static files for any folder of any web server
  docs                           target/docs/: the guide, its links looked up
  bench                          benchmarks, and budgets.toml
  check                          clippy of the page for wasm32, quick
  setup                          everything `serve` and `test` need, ahead of time
  generate first                 xtask/first.txt: which functions the page needs before the first command, from a run
  generate help                  crates/kubectl/data/help.txt: what the real kubectl's --help says
  generate [FILE]                the API's schema table from k8s-openapi, its protobuf table also from k8s-pb

They do their own set-up; tools are kept under ${XDG_CACHE_HOME:-~/.cache}/kube-playground.
Set XTASK_VERBOSE=1 to see what each step prints.
";

fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(Failure(why)) => {
            eprintln!("error: {why}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Outcome<()> {
    std::env::set_current_dir(shell::root()).map_err(|error| Failure(format!("cannot enter the project: {error}")))?;
    match words {
        [] | ["help" | "--help" | "-h", ..] => {
            print!("{USAGE}");
            Ok(())
        }
        ["setup"] => {
            page::tools()?;
            cargo_tools::mdbook()?;
            chromium::find()?;
            Ok(())
        }
        ["build"] => page::build(),
        ["docs"] => guide::build(),
        ["check"] => suites::check(),
        ["serve", rest @ ..] => serve::run(rest),
        ["test", rest @ ..] => suites::run(rest),
        ["bench"] => suites::bench(),
        ["generate", "first"] => page::generate_first(),
        ["generate", "help"] => clients::generate_help(),
        ["generate", rest @ ..] => generate(rest),
        [unknown, ..] => Err(Failure(format!("unknown command {unknown:?}\n\n{USAGE}"))),
    }
}

/// Writes the schema table; the crate `schema` says where unless a file is named.
fn generate(rest: &[&str]) -> Outcome<()> {
    let mut command = shell::cargo(&["run", "--package", "schema", "--"]);
    command.args(rest);
    shell::step("schema table from k8s-openapi", command).map(drop)
}
