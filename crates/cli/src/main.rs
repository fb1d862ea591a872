//! The program `kube-playground`; what it does is in the library beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run(std::env::args().skip(1).collect())
}
