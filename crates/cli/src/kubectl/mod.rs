//! `kube-playground kubectl`: the project's own kubectl on the real computer, against an API server that speaks HTTP.
//!
//! Here: the computer ([`host`]), and the client of the server ([`http`], with [`streams`] for what goes on and on, [`exec`] and
//! [`portforward`] for what is interactive). Not here: what kubectl does and says (crate `kubectl`). HTTPS is not spoken.

mod exec;
mod host;
mod http;
mod portforward;
mod streams;

use std::rc::Rc;

use tokio::task::LocalSet;

/// Runs kubectl with these arguments, and gives its exit code.
pub fn run(args: Vec<String>) -> i32 {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: no runtime: {error}");
            return 1;
        }
    };
    let host: Rc<dyn ::kubectl::Host> = Rc::new(host::Native);
    let api = Rc::new(http::Http::new(::kubectl::resolve_server(&args, &*host)));
    let code = LocalSet::new().block_on(&runtime, ::kubectl::run(args, host, api));
    // Standard input may still be waited for; nobody wants it any more.
    runtime.shutdown_background();
    code
}
