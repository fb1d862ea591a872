//! Whether the address in a kubeconfig is that of this world's API server, and the error of a client otherwise.

use std::net::IpAddr;

use api::Unreachable;
use sim::Duration;

/// For how long a client waits for a connection (client-go's dialer).
pub(crate) const DIAL_TIMEOUT: Duration = Duration::from_secs(30);

/// The error of a client where nothing listens at this address.
pub(crate) fn refused(server: &str) -> Unreachable {
    let place = server.split_once("://").map_or(server, |(_, place)| place);
    let place = place.split('/').next().unwrap_or_default();
    Unreachable::new(server, &format!("dial tcp {place}: connect: connection refused"))
}

/// The error of a client that connects to this address; `None` for the API server's.
pub(crate) fn unreachable(server: &str) -> Option<Unreachable> {
    let (scheme, rest) = server.split_once("://").unwrap_or(("http", server));
    let place = rest.split('/').next().unwrap_or_default();
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (place, if scheme == "https" { "443" } else { "80" }),
    };
    match (host, port) {
        ("192.168.49.2" | "control-plane.minikube.internal", "8443")
        | ("10.96.0.1" | "kubernetes" | "kubernetes.default" | "kubernetes.default.svc", "443")
            if scheme == "https" =>
        {
            return None;
        }
        ("192.168.49.2", "8443") | ("10.96.0.1", "443") => {
            let why = "the server rejected our request for an unknown reason";
            let said = format!("Error from server (BadRequest): {why}");
            return Some(Unreachable { said, ..Unreachable::new(server, why) });
        }
        _ => {}
    }
    let why = match host {
        "localhost" => format!("dial tcp 127.0.0.1:{port}: connect: connection refused"),
        "192.168.49.2" => format!("dial tcp {host}:{port}: connect: connection refused"),
        host if host.starts_with("127.") || host == "[::1]" => {
            format!("dial tcp {host}:{port}: connect: connection refused")
        }
        host if host.parse::<IpAddr>().is_ok() => format!("dial tcp {host}:{port}: i/o timeout"),
        host => format!("dial tcp: lookup {host} on 192.168.0.1:53: no such host"),
    };
    Some(Unreachable::new(server, &why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_api_servers_address_answers() {
        for (server, said) in [
            ("https://192.168.49.2:8443", ""),
            ("https://10.96.0.1:443/", ""),
            (
                "http://localhost:8080",
                "The connection to the server localhost:8080 was refused - did you specify the right host or port?",
            ),
            (
                "https://192.168.49.2:6443",
                "The connection to the server 192.168.49.2:6443 was refused - did you specify the right host or port?",
            ),
            ("https://10.0.0.1:6443", "Unable to connect to the server: dial tcp 10.0.0.1:6443: i/o timeout"),
            (
                "https://k8s.example.com",
                "Unable to connect to the server: dial tcp: lookup k8s.example.com on 192.168.0.1:53: no such host",
            ),
            (
                "http://192.168.49.2:8443",
                "Error from server (BadRequest): the server rejected our request for an unknown reason",
            ),
        ] {
            assert_eq!(unreachable(server).map(|unreachable| unreachable.said).unwrap_or_default(), said, "{server}");
        }
    }
}
