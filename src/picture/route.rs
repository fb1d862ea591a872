//! A packet's route through the picture: along the lanes, in which no card stands.

use network::{DropReason, RefuseReason, Step, Verdict};
use playground::TraceRecord;

use super::layout::{Rect, Scene, Spot};
use crate::session::ObjectRef;
use crate::text::{Texts, explain};

type Point = (f64, f64);

/// The route as a line, and how it ends.
#[derive(Clone, PartialEq, Debug)]
pub struct RoutePath {
    /// The line's corners.
    pub points: Vec<Point>,
    /// Where it begins, when that is no card: on the node itself.
    pub begin: Option<Point>,
    /// Why it stops at its end, when it failed.
    pub failed: Option<String>,
    /// Whether it stopped before the node.
    pub outside: bool,
    /// The Pod it came to.
    pub hit: Option<ObjectRef>,
}

impl RoutePath {
    /// The line as an SVG path with round corners.
    pub fn path(&self) -> String {
        path(&self.points)
    }

    /// Its end.
    pub fn end(&self) -> Point {
        self.points.last().copied().unwrap_or_default()
    }
}

/// A place on the route.
enum Stop<'a> {
    Laptop,
    Node,
    Service(Rect),
    Pod(&'a Spot),
}

/// Draws the route of a packet; `None` when it never left a machine that is not in the picture. The line touches the cards of
/// what the packet visited, and no others.
#[inline(never)]
pub fn route_path(record: &TraceRecord, scene: &Scene, t: &Texts) -> Option<RoutePath> {
    let trace = &record.trace;
    let start = trace.hops.first().map(|hop| &*hop.name)?;
    let pod_at = |ip: String| scene.spots.iter().find(|spot| spot.pod.ip.as_ref() == Some(&ip));
    let mut stops = vec![match start {
        "laptop" => Stop::Laptop,
        "minikube" => Stop::Node,
        _ => Stop::Pod(pod_at(trace.source.to_string())?),
    }];
    for hop in &trace.hops {
        if let Step::Translate { server, .. } | Step::Reject { server, .. } = &hop.step {
            let name = explain::service_key(server);
            let card = scene.services.iter().find(|(it, _)| (it.namespace.as_str(), it.name.as_str()) == name);
            stops.extend(card.map(|(_, rect)| Stop::Service(*rect)));
        }
    }
    let mut hit = None;
    let mut came_to = |ip: String| {
        let spot = pod_at(ip)?;
        let pod = &spot.pod;
        hit = Some(ObjectRef { kind: "Pod", namespace: pod.namespace.clone(), name: pod.name.clone() });
        Some(Stop::Pod(spot))
    };
    // Lost between two stops: the line ends in the lane after the last one.
    let mut lost = false;
    let failed = match &trace.verdict {
        Verdict::Deliver { dst, .. } => {
            stops.extend(came_to(dst.to_string()));
            None
        }
        Verdict::Refuse(RefuseReason::NothingListens { port, .. }) => {
            stops.extend(came_to(trace.to.to_string()));
            Some((t.nothing_listens)(*port))
        }
        Verdict::Refuse(RefuseReason::NoEndpoints { .. }) => Some(t.no_endpoints.to_owned()),
        Verdict::HostUnreachable { target, .. } => {
            lost = true;
            Some((t.nobody_answers)(&target.to_string()))
        }
        Verdict::Drop(DropReason::Filtered { inbound, of, policies, .. }) => {
            lost = !inbound;
            if *inbound {
                stops.extend(came_to(of.to_string()));
            }
            Some((t.filtered)(&explain::policy_names(policies)))
        }
        Verdict::Drop(DropReason::Internet) => {
            lost = true;
            Some(t.internet.to_owned())
        }
        _ => {
            lost = true;
            Some(t.no_route.to_owned())
        }
    };
    let outside = matches!(stops[..], [Stop::Laptop]);
    let points = points(&stops, lost || outside && failed.is_some(), scene);
    let begin = points.first().copied().filter(|_| start == "minikube");
    (points.len() > 1).then_some(RoutePath { points, begin, failed, outside, hit })
}

fn points(stops: &[Stop], lost: bool, scene: &Scene) -> Vec<Point> {
    let px = |length: f64| (length * scene.text / 12.0).round();
    let columns = &scene.columns;
    let lane = columns.lane;
    // Between the outside computer and the node's first column.
    let gate = if scene.narrow { lane - px(5.0) } else { scene.node.x - px(9.0) };
    let header = scene.node.y + px(30.0);
    let mut points: Vec<Point> = Vec::new();
    let last = stops.len() - 1;
    for (nth, stop) in stops.iter().enumerate() {
        let is_laptop = matches!(stop, Stop::Laptop);
        match stop {
            Stop::Laptop if scene.narrow => points.push((gate.max(scene.laptop.x + 4.0), scene.laptop.bottom())),
            Stop::Laptop => {
                points.extend([(scene.laptop.right(), scene.laptop.middle()), (gate, scene.laptop.middle())])
            }
            Stop::Node => points.extend([(scene.node.x + px(14.0), header), (lane, header)]),
            Stop::Service(card) => {
                let from_outside = nth > 0 && matches!(stops[nth - 1], Stop::Laptop);
                match (scene.narrow, from_outside) {
                    (true, true) => points.extend([(gate, card.middle()), (card.x, card.middle())]),
                    (true, false) => points.extend([(lane, card.middle()), (card.x, card.middle())]),
                    (false, true) => points.extend([(gate, card.middle()), (card.x, card.middle())]),
                    (false, false) => points.extend([(lane, card.middle()), (card.right(), card.middle())]),
                }
                if nth < last || lost {
                    let side = if scene.narrow { card.x } else { card.right() };
                    points.extend([(side, card.middle()), (lane, card.middle())]);
                }
            }
            Stop::Pod(spot) => {
                let (rect, gap) = (spot.rect, spot.rect.y - px(4.0));
                if nth > 0 {
                    if matches!(stops[nth - 1], Stop::Laptop) {
                        points.extend([(gate, header), (lane, header)]);
                    }
                    if spot.first {
                        points.extend([(lane, rect.middle()), (rect.x, rect.middle())]);
                    } else {
                        let x = rect.x + px(14.0);
                        points.extend([(lane, gap), (x, gap), (x, rect.y)]);
                    }
                } else if spot.first {
                    points.extend([(rect.x, rect.middle()), (lane, rect.middle())]);
                } else {
                    let x = rect.x + px(14.0);
                    points.extend([(x, rect.y), (x, gap), (lane, gap)]);
                }
            }
        }
        if lost && nth == last && is_laptop && scene.narrow {
            points.push((gate.max(scene.laptop.x + 4.0), scene.laptop.bottom() + px(9.0)));
        }
        if lost && nth == last && matches!(stop, Stop::Node) {
            points.push((lane.max(scene.node.x + px(80.0)), header));
        }
    }
    points.dedup();
    points
}

/// Lines to each point in turn, their corners rounded.
pub fn path(points: &[Point]) -> String {
    let mut path = String::new();
    for (index, (x, y)) in points.iter().enumerate() {
        let Some((before_x, before_y)) = index.checked_sub(1).map(|before| points[before]) else {
            path.push_str(&format!("M{x} {y}"));
            continue;
        };
        let Some((after_x, after_y)) = points.get(index + 1) else {
            path.push_str(&format!(" L{x} {y}"));
            break;
        };
        // It comes to a card's side and goes back: the corner is the way itself.
        if (before_x - x) * (after_x - x) + (before_y - y) * (after_y - y) > 0.0 {
            path.push_str(&format!(" L{x} {y}"));
            continue;
        }
        let (length, next) = ((x - before_x).abs() + (y - before_y).abs(), (after_x - x).abs() + (after_y - y).abs());
        let radius = 7.0_f64.min(length / 2.0).min(next / 2.0);
        let towards = |from: f64, to: f64| from + (to - from).clamp(-radius, radius);
        let (enter, leave) =
            ((towards(*x, before_x), towards(*y, before_y)), (towards(*x, *after_x), towards(*y, *after_y)));
        path.push_str(&format!(" L{} {} Q{x} {y} {} {}", enter.0, enter.1, leave.0, leave.1));
    }
    path
}
