//! metrics-server as its probes see it. What it measures the world itself does (`controllers/src/metrics_server.rs`), while its Pod
//! is ready; and it is ready only where it may trust the kubelet, whose certificate names no address.
//!
//! <https://github.com/kubernetes-sigs/metrics-server>

use machine::{DaemonStart, ServiceCx};

use super::super::http::Request;
use super::super::prelude::*;
use super::{Kind, Reply, plain, server};

/// `/metrics-server`: the option that has it trust any kubelet, and its port.
pub(crate) fn start(p: &Process) -> DaemonStart {
    let has = |name: &str| p.args().iter().any(|arg| arg == name || *arg == format!("{name}=true"));
    let port = p.args().iter().find_map(|arg| arg.strip_prefix("--secure-port=")?.parse().ok()).unwrap_or(443);
    let trusts = has("--kubelet-insecure-tls");
    let mut start = server(Kind::HttpOf(if trusts { "ready" } else { "" }.to_owned(), answer), &[port], String::new());
    if let Ok(Some(daemon)) = &mut start
        && !trusts
    {
        let is_minikube = p.kernel().with(|state| state.machine_named("minikube")).is_some();
        let node = if is_minikube { "minikube" } else { "controlplane" };
        let day = machine::libc::strftime::format(p.now(), "%m%d %H:%M:%S.000000");
        daemon.greeting_stderr = format!(
            "E{day}       1 scraper.go:149] \"Failed to scrape node\" err=\"Get \\\"https://192.168.49.2:10250/metrics/resource\\\": tls: \
             failed to verify certificate: x509: cannot validate certificate for 192.168.49.2 because it doesn't contain any IP SANs\" \
             node=\"{node}\"\n"
        );
    }
    start
}

fn answer(cx: &mut ServiceCx<'_>, request: &Request, ready: &str) -> Reply {
    match request.path().as_str() {
        "/readyz" if ready.is_empty() => {
            let body = "[+]ping ok\n[-]metric-storage-ready failed: reason withheld\nreadyz check failed\n";
            Reply { code: 500, ..plain(cx, body.to_owned()) }
        }
        "/readyz" | "/livez" => plain(cx, "ok".to_owned()),
        _ => Reply { code: 404, ..plain(cx, "404 page not found\n".to_owned()) },
    }
}
