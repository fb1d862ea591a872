//! `kubectl port-forward`: from the ports of kubectl's computer into a Pod's network, by way of the kubelet.

use std::net::Ipv4Addr;

use api::{Body, ForwardEvent, LocalFuture, Response, Status};
use cluster::ForwardRequest;
use machine::{Forward, Forwarded, Process};

use crate::control::Shared;

/// The answer to a request for a Pod's ports.
pub(crate) fn answer_forward(world: &Shared, process: &Process, to: &ForwardRequest) -> Response {
    let host = {
        let node = world.node.borrow();
        node.pods.values().find(|pod| pod.namespace == to.namespace && pod.name == to.pod).map(|pod| pod.host)
    };
    let Some(host) = host else {
        let status = Status::internal(format!("unable to find sandbox of pod {}_{}", to.pod, to.namespace));
        return Response { code: status.code, warnings: Vec::new(), body: Body::Json(status.to_value()) };
    };
    process.catch_interrupt(); // Ctrl-C ends it, and its code is 0
    let forward =
        PodForward { process: process.clone(), forward: process.forward(host), pod: to.pod.clone(), refused: None };
    Response { code: 101, warnings: Vec::new(), body: Body::Forward(Box::new(forward)) }
}

/// A port-forward to one Pod.
struct PodForward {
    process: Process,
    forward: Forward,
    pod: String,
    /// Why the last address was refused, if it was.
    refused: Option<String>,
}

impl api::Forward for PodForward {
    fn listen(&mut self, address: &str, local: u16, remote: u16) -> Result<u16, String> {
        if address == "::1" {
            // Nobody here speaks IPv6, so nobody will come; who holds the port holds both of localhost's addresses.
            return match &self.refused {
                Some(why) => Err(format!("listen tcp6 [::1]:{local}: bind: {why}")),
                None => Ok(local),
            };
        }
        let Ok(v4) = address.parse::<Ipv4Addr>() else {
            return Err(format!("listen tcp6 [{address}]:{local}: bind: cannot assign requested address"));
        };
        let error = |error| format!("listen tcp4 {address}:{local}: bind: {error}");
        let bound = self.forward.listen(v4, local, remote);
        self.refused = bound.as_ref().err().map(ToString::to_string);
        bound.map_err(error)
    }

    fn next(&mut self) -> LocalFuture<'_, Option<ForwardEvent>> {
        Box::pin(async move {
            let event = self.process.unless_interrupted(self.forward.next()).await?;
            Some(match event {
                Forwarded::Connection(port) => ForwardEvent::Connection(port),
                Forwarded::Refused { local, remote } => ForwardEvent::Failed(format!(
                    "an error occurred forwarding {local} -> {remote}: error forwarding port {remote} to pod {}, uid : \
                     failed to connect to localhost:{remote} inside namespace, IPv4: dial tcp4 127.0.0.1:{remote}: \
                     connect: connection refused",
                    self.pod
                )),
                Forwarded::Gone { local, remote } => ForwardEvent::Failed(format!(
                    "an error occurred forwarding {local} -> {remote}: error forwarding port {remote} to pod {}, uid : \
                     No such container",
                    self.pod
                )),
            })
        })
    }
}
