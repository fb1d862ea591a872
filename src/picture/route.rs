//! A packet's way through the picture.

use network::{DropReason, RefuseReason, Step, Verdict};
use playground::TraceRecord;

use super::layout::{Rect, Scene};
use super::line::{self, Ground, Stop};
use crate::session::ClusterView;
use crate::text::{Texts, explain};

/// The way as a line, and how it ends.
#[derive(Clone, PartialEq, Debug)]
pub struct Way {
    /// The line as an SVG path.
    pub path: String,
    /// Where it begins, when that is no card: on the node itself.
    pub begin: Option<(f64, f64)>,
    /// Its end.
    pub end: (f64, f64),
    /// Why it stops there, when it failed.
    pub failed: Option<String>,
}

/// Draws the way of a packet; `None` when it never left a machine that is not in the picture. The line touches the cards of
/// what the packet visited, and no others.
#[inline(never)]
pub fn way(record: &TraceRecord, cluster: &ClusterView, scene: &Scene, t: &Texts) -> Option<Way> {
    let trace = &record.trace;
    let start = trace.hops.first().map(|hop| &*hop.name)?;
    let pod_at = |ip: &str| {
        let index = cluster.pods.iter().position(|pod| pod.ip.as_deref() == Some(ip))?;
        let alone = scene.pods.iter().find(|(at, ..)| *at == index).map(|(_, rect, _)| *rect);
        alone.or_else(|| {
            scene.crowds.iter().find(|crowd| crowd.squares.iter().any(|(at, ..)| *at == index)).map(|crowd| crowd.rect)
        })
    };
    let gate =
        if scene.narrow { (scene.laptop.bottom().0, scene.node.y) } else { (scene.node.x, scene.laptop.right().1) };
    let name_of_node = if scene.narrow {
        (scene.node.x + 8.0, scene.node.y + 34.0)
    } else {
        (scene.node.x + 14.0, scene.node.y + 38.0)
    };
    let first = match start {
        "laptop" => Stop::Card(scene.laptop),
        "minikube" => Stop::At(name_of_node),
        _ => Stop::Card(pod_at(&trace.source.to_string())?),
    };
    let mut stops = vec![first];
    for hop in &trace.hops {
        match &hop.step {
            Step::Arrive { .. } if &*hop.name == "minikube" && start == "laptop" => stops.push(Stop::At(gate)),
            Step::Translate { server, .. } | Step::Reject { server, .. } => {
                let name = explain::service_name(server);
                let index = cluster.services.iter().position(|service| service.name == name);
                stops.extend(index.and_then(|index| scene.services.get(index)).map(|rect| Stop::Card(*rect)));
            }
            _ => {}
        }
    }
    let failed = match &trace.verdict {
        Verdict::Deliver { dst, .. } => {
            stops.extend(pod_at(&dst.to_string()).map(Stop::Card));
            None
        }
        Verdict::HostUnreachable { target, .. } => {
            stops.push(Stop::At(stop_after(stops.last().copied().unwrap_or(first), gate, start, scene)));
            Some((t.nobody_answers)(&target.to_string()))
        }
        Verdict::Refuse(RefuseReason::NothingListens { port, .. }) => {
            stops.extend(pod_at(&trace.to.to_string()).map(Stop::Card));
            Some((t.nothing_listens)(*port))
        }
        Verdict::Refuse(RefuseReason::NoEndpoints { .. }) => Some(t.no_endpoints.to_owned()),
        Verdict::Drop(DropReason::Internet) => {
            let from = match (start == "laptop", scene.narrow) {
                (true, false) => scene.laptop.bottom(),
                (false, false) => (scene.node.x, scene.laptop.bottom().1),
                (_, true) => scene.laptop.right(),
            };
            let to = if scene.narrow { (from.0 + 56.0, from.1) } else { (from.0, from.1 + 54.0) };
            stops = vec![Stop::At(from), Stop::At(to)];
            Some(t.internet.to_owned())
        }
        _ => {
            stops.push(Stop::At(stop_after(stops.last().copied().unwrap_or(first), gate, start, scene)));
            Some(t.no_route.to_owned())
        }
    };
    stops.dedup();
    let mut cards: Vec<Rect> = scene.services.iter().chain(&scene.claims).copied().collect();
    cards.push(scene.laptop);
    cards.extend(scene.pods.iter().map(|(_, rect, _)| *rect));
    cards.extend(scene.crowds.iter().map(|crowd| crowd.rect));
    cards.extend(scene.volumes.iter().map(|(_, rect)| *rect));
    let ground = Ground { cards: &cards, bounds: scene.node, narrow: scene.narrow };
    let (path, end) = line::through(&stops, &ground)?;
    let begin = match stops.first() {
        Some(Stop::At(at)) if start == "minikube" => Some(*at),
        _ => None,
    };
    Some(Way { path, begin, end, failed })
}

/// Where a packet stops that found nobody: just outside the node for one from outside, a little further on otherwise.
fn stop_after(last: Stop, gate: (f64, f64), start: &str, scene: &Scene) -> (f64, f64) {
    match (start, scene.narrow, last) {
        ("laptop", false, Stop::Card(card)) if card == scene.laptop => (gate.0 - 14.0, gate.1),
        ("laptop", true, Stop::Card(card)) if card == scene.laptop => (gate.0, gate.1 - 8.0),
        // Services have room on their right (or below), Pods on their left.
        (_, false, Stop::Card(card)) if scene.services.contains(&card) => (card.right().0 + 34.0, card.right().1),
        (_, true, Stop::Card(card)) if scene.services.contains(&card) => (card.bottom().0, card.bottom().1 + 8.0),
        (_, false, Stop::Card(card)) => (card.left().0 - 34.0, card.left().1),
        (_, true, Stop::Card(card)) => (card.top().0, card.top().1 - 8.0),
        (_, false, Stop::At(at)) if at == gate => (at.0 + 16.0, at.1),
        (_, true, Stop::At(at)) if at == gate => (at.0, at.1 + 14.0),
        (_, _, Stop::At(at)) => (at.0 + 90.0, at.1),
    }
}
