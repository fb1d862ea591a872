//! A packet's way through the picture.

use network::{DropReason, RefuseReason, Step, Verdict};
use playground::TraceRecord;

use super::layout::Scene;
use crate::session::ClusterView;
use crate::text::{Texts, explain};

/// The way as a line, and how it ends.
#[derive(Clone, PartialEq, Debug)]
pub struct Way {
    /// The line as an SVG path.
    pub path: String,
    /// Its end.
    pub end: (f64, f64),
    /// Why it stops there, when it failed.
    pub failed: Option<String>,
}

/// Draws the way of a packet; `None` when it never left a machine that is not in the picture.
#[inline(never)]
pub fn way(record: &TraceRecord, cluster: &ClusterView, scene: &Scene, t: &Texts) -> Option<Way> {
    let trace = &record.trace;
    let mut points: Vec<(f64, f64)> = Vec::new();
    let start = trace.hops.first().map(|hop| &*hop.name)?;
    let pod_at = |ip: &str| {
        let index = cluster.pods.iter().position(|pod| pod.ip.as_deref() == Some(ip))?;
        scene.pods.iter().find(|(at, ..)| *at == index).map(|(_, rect, _)| *rect)
    };
    let out_of = |rect: &super::layout::Rect| if scene.narrow { rect.bottom() } else { rect.right() };
    let into = |rect: &super::layout::Rect| if scene.narrow { rect.top() } else { rect.left() };
    let gate =
        if scene.narrow { (scene.laptop.bottom().0, scene.node.y) } else { (scene.node.x, scene.laptop.right().1) };
    match start {
        "laptop" => points.push(out_of(&scene.laptop)),
        "minikube" if scene.narrow => points.push((scene.node.x + 40.0, scene.node.y + 34.0)),
        "minikube" => points.push((scene.node.x + 30.0, scene.node.y + 44.0)),
        _ => points.push(into(&pod_at(&trace.source.to_string())?)),
    }
    for hop in &trace.hops {
        match &hop.step {
            Step::Arrive { .. } if &*hop.name == "minikube" && start == "laptop" => points.push(gate),
            Step::Translate { server, .. } | Step::Reject { server, .. } => {
                let name = explain::service_name(server);
                let index = cluster.services.iter().position(|service| service.name == name);
                if let Some(rect) = index.and_then(|index| scene.services.get(index)) {
                    points.push(into(rect));
                    if matches!(hop.step, Step::Translate { .. }) {
                        points.push(out_of(rect));
                    }
                }
            }
            _ => {}
        }
    }
    let failed = match &trace.verdict {
        Verdict::Deliver { dst, .. } => {
            if let Some(rect) = pod_at(&dst.to_string()) {
                points.push(into(&rect));
            }
            None
        }
        Verdict::HostUnreachable { target, .. } => {
            points.push(stop_after(&points, gate, start, scene));
            Some((t.nobody_answers)(&target.to_string()))
        }
        Verdict::Refuse(RefuseReason::NothingListens { port, .. }) => {
            if let Some(rect) = pod_at(&trace.to.to_string()) {
                points.push(into(&rect));
            }
            Some((t.nothing_listens)(*port))
        }
        Verdict::Refuse(RefuseReason::NoEndpoints { .. }) => Some(t.no_endpoints.to_owned()),
        Verdict::Drop(DropReason::Internet) => {
            let from = match (start == "laptop", scene.narrow) {
                (true, false) => scene.laptop.bottom(),
                (false, false) => (scene.node.x, scene.laptop.bottom().1),
                (_, true) => scene.laptop.right(),
            };
            points = vec![from];
            points.push(if scene.narrow { (from.0 + 56.0, from.1) } else { (from.0, from.1 + 54.0) });
            Some(t.internet.to_owned())
        }
        _ => {
            points.push(stop_after(&points, gate, start, scene));
            Some(t.no_route.to_owned())
        }
    };
    points.dedup();
    if points.len() < 2 {
        return None;
    }
    let end = *points.last()?;
    Some(Way { path: smooth(&points, scene.narrow), end, failed })
}

/// Where a packet stops that found nobody: just outside the node for one from outside, a little further on otherwise.
fn stop_after(points: &[(f64, f64)], gate: (f64, f64), start: &str, scene: &Scene) -> (f64, f64) {
    let last = points.last().copied().unwrap_or(gate);
    match (start, scene.narrow) {
        ("laptop", false) => (gate.0 - 14.0, gate.1),
        ("laptop", true) => (gate.0, gate.1 - 8.0),
        (_, false) => (last.0 + 90.0, last.1 + 26.0),
        (_, true) => (last.0 + 60.0, last.1 + 16.0),
    }
}

/// A line through the points: straight where they are level, else curves that leave and arrive level (or upright).
pub fn smooth(points: &[(f64, f64)], narrow: bool) -> String {
    let mut path = String::new();
    for (index, (x, y)) in points.iter().enumerate() {
        if index == 0 {
            path.push_str(&format!("M{x} {y}"));
            continue;
        }
        let (from_x, from_y) = points[index - 1];
        let level = if narrow { (from_x - x).abs() < 1.0 } else { (from_y - y).abs() < 1.0 };
        if level {
            path.push_str(&format!(" L{x} {y}"));
        } else if narrow {
            let middle = (from_y + y) / 2.0;
            path.push_str(&format!(" C{from_x} {middle} {x} {middle} {x} {y}"));
        } else {
            let middle = (from_x + x) / 2.0;
            path.push_str(&format!(" C{middle} {from_y} {middle} {y} {x} {y}"));
        }
    }
    path
}
