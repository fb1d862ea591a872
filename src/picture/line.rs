//! A line through the cards a packet visits, and around those it does not.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::layout::Rect;

type Point = (f64, f64);

/// A place on the way.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Stop {
    /// A card: the line comes to one of its sides, and goes on from one.
    Card(Rect),
    /// A point that belongs to no card.
    At(Point),
}

/// What the line has to go around, and how it lies.
pub struct Ground<'a> {
    /// All cards, visited or not.
    pub cards: &'a [Rect],
    /// Where a line that goes around something may be.
    pub bounds: Rect,
    /// From top to bottom rather than from left to right.
    pub narrow: bool,
}

/// The middle of a card's side, with the way out of the card.
#[derive(Clone, Copy)]
struct Port {
    at: Point,
    out: Point,
}

/// How near a line may come to a card that it does not visit.
const CLEAR: f64 = 3.0;
/// How near a curve may.
const CURVE_CLEAR: f64 = 10.0;
/// How far a line that goes around something stays away, where there is room; and where there is little.
const AWAY: [f64; 2] = [9.0, 3.5];
/// What a corner costs, in pixels of a longer way; and a side that is not the nearest one.
const CORNER: f64 = 14.0;
const OTHER_SIDE: f64 = 20.0;

/// The line as an SVG path, with its end; `None` when it leads nowhere.
pub fn through(stops: &[Stop], ground: &Ground) -> Option<(String, Point)> {
    let mut path = String::new();
    let mut end = None;
    for pair in stops.windows(2) {
        let (from, to) = (ports(pair[0], pair[1], ground.narrow, false), ports(pair[1], pair[0], ground.narrow, true));
        let (first, last) = (*from.first()?, *to.first()?);
        let straight = matches!(pair[1], Stop::At(_));
        // From a point in the gutter beside cards there is no fair curve to the middle of one.
        let aside = ground.narrow && matches!(pair[0], Stop::At(_)) && (first.at.0 - last.at.0).abs() > 40.0;
        let plain = straight || !aside && is_clear(first.at, last.at, pair, ground);
        let around = if plain { None } else { ground.around(&from, &to) };
        let start = around.as_ref().and_then(|points| points.first().copied()).unwrap_or(first.at);
        match end {
            None => path.push_str(&format!("M{} {}", start.0, start.1)),
            Some(at) if at != start => path.push_str(&format!(" L{} {}", start.0, start.1)),
            _ => {}
        }
        match &around {
            Some(points) => path.push_str(&rounded(points)),
            None if straight => path.push_str(&format!(" L{} {}", last.at.0, last.at.1)),
            None => path.push_str(&curve(first.at, last.at, ground.narrow)),
        }
        end = Some(around.and_then(|points| points.last().copied()).unwrap_or(last.at));
    }
    Some((path, end?))
}

/// A line by itself from one point to another.
pub fn between(from: Point, to: Point, narrow: bool) -> String {
    format!("M{} {}{}", from.0, from.1, curve(from, to, narrow))
}

/// From one point to another: straight where they are level, else a curve that leaves and arrives level (or upright).
fn curve(from: Point, to: Point, narrow: bool) -> String {
    let ((from_x, from_y), (x, y)) = (from, to);
    let level = if narrow { (from_x - x).abs() < 1.0 } else { (from_y - y).abs() < 1.0 };
    if level {
        return format!(" L{x} {y}");
    }
    let [(a, b), (c, d)] = bends(from, to, narrow);
    format!(" C{a} {b} {c} {d} {x} {y}")
}

fn bends((from_x, from_y): Point, (x, y): Point, narrow: bool) -> [Point; 2] {
    if narrow {
        let middle = (from_y + y) / 2.0;
        [(from_x, middle), (x, middle)]
    } else {
        let middle = (from_x + x) / 2.0;
        [(middle, from_y), (middle, y)]
    }
}

/// The sides of a card, the one that faces the other stop first.
fn ports(stop: Stop, other: Stop, narrow: bool, arrives: bool) -> Vec<Port> {
    let card = match stop {
        Stop::Card(card) => card,
        Stop::At(at) => return vec![Port { at, out: if narrow { (0.0, 1.0) } else { (1.0, 0.0) } }],
    };
    let mut sides = vec![
        Port { at: card.left(), out: (-1.0, 0.0) },
        Port { at: card.right(), out: (1.0, 0.0) },
        Port { at: card.top(), out: (0.0, -1.0) },
        Port { at: card.bottom(), out: (0.0, 1.0) },
    ];
    // Lines go from left to right (or down) unless the other one lies behind.
    let behind = match other {
        Stop::Card(other) if narrow => {
            if arrives {
                other.y >= card.y + card.h
            } else {
                other.y + other.h <= card.y
            }
        }
        Stop::Card(other) => {
            if arrives {
                other.x >= card.x + card.w
            } else {
                other.x + other.w <= card.x
            }
        }
        // A line that stops short of anything leaves on the side where it stops.
        Stop::At((x, y)) => !arrives && if narrow { y < card.y } else { x < card.x },
    };
    let beside =
        matches!(other, Stop::Card(other) if !narrow && other.x < card.x + card.w && card.x < other.x + other.w);
    let facing = match (narrow, arrives != behind || beside) {
        (false, true) => 0,
        (false, false) => 1,
        (true, true) => 2,
        (true, false) => 3,
    };
    sides.swap(0, facing);
    sides
}

/// Whether the plain curve from one stop to the next touches no card but theirs, and those only where it ends.
fn is_clear(from: Point, to: Point, own: &[Stop], ground: &Ground) -> bool {
    let [a, b] = bends(from, to, ground.narrow);
    (0..=40).all(|step| {
        let t = f64::from(step) / 40.0;
        let part = |p: f64, a: f64, b: f64, q: f64| {
            let s = 1.0 - t;
            s * s * s * p + 3.0 * s * s * t * a + 3.0 * s * t * t * b + t * t * t * q
        };
        let at = (part(from.0, a.0, b.0, to.0), part(from.1, a.1, b.1, to.1));
        ground.cards.iter().all(|card| {
            let visited = own.contains(&Stop::Card(*card));
            let ends = visited && !(6..=34).contains(&step);
            ends || !holds(card, at, if visited { 0.5 } else { CURVE_CLEAR })
        })
    })
}

fn holds(card: &Rect, (x, y): Point, margin: f64) -> bool {
    x > card.x - margin && x < card.x + card.w + margin && y > card.y - margin && y < card.y + card.h + margin
}

impl Ground<'_> {
    /// The shortest way from one of `from` to one of `to` in level and upright pieces, with few corners.
    fn around(&self, from: &[Port], to: &[Port]) -> Option<Vec<Point>> {
        let outside = |port: &Port| (port.at.0 + AWAY[0] * port.out.0, port.at.1 + AWAY[0] * port.out.1);
        // Lines of a grid, in half pixels: beside every card, and through the ports.
        let half = |value: f64| (value * 2.0).round() as i64;
        let (mut xs, mut ys) = (Vec::new(), Vec::new());
        for card in self.cards {
            for away in AWAY {
                xs.extend([half(card.x - away), half(card.x + card.w + away)]);
                ys.extend([half(card.y - away), half(card.y + card.h + away)]);
            }
        }
        for port in from.iter().chain(to) {
            let (x, y) = outside(port);
            xs.push(half(x));
            ys.push(half(y));
        }
        let inside = |low: f64, size: f64| move |at: &f64| *at >= low + CLEAR && *at <= low + size - CLEAR;
        let line = |mut places: Vec<i64>, low: f64, size: f64| -> Vec<f64> {
            sim::order::sort_by(&mut places, i64::cmp);
            places.dedup();
            places.into_iter().map(|at| at as f64 / 2.0).filter(inside(low, size)).collect()
        };
        let xs = line(xs, self.bounds.x, self.bounds.w);
        let ys = line(ys, self.bounds.y, self.bounds.h);
        let near = |a: f64, b: f64| (a - b).abs() < 0.5;
        let cross = |port: &Port| {
            let (x, y) = outside(port);
            let x = xs.iter().position(|at| near(*at, x))?;
            let y = ys.iter().position(|at| near(*at, y))?;
            let leaves = self.is_free(port.at, outside(port), &[port.at]);
            leaves.then_some((x, y))
        };
        // A state is a crossing and the direction in which it was come to.
        const TURNS: [(i64, i64); 4] = [(1, 0), (0, 1), (-1, 0), (0, -1)];
        let turn_of =
            |(x, y): Point| TURNS.iter().position(|turn| near(turn.0 as f64, x) && near(turn.1 as f64, y)).unwrap_or(0);
        let state = |x: usize, y: usize, turn: usize| (y * xs.len() + x) * 4 + turn;
        let mut cost = vec![u64::MAX; xs.len() * ys.len() * 4];
        let mut before = vec![usize::MAX; cost.len()];
        let mut open = BinaryHeap::new();
        let price = |pixels: f64| (pixels * 16.0) as u64;
        for (nth, port) in from.iter().enumerate() {
            if let Some((x, y)) = cross(port) {
                let at = state(x, y, turn_of(port.out));
                cost[at] = if nth == 0 { 0 } else { price(OTHER_SIDE) };
                open.push(Reverse((cost[at], at)));
            }
        }
        let goals: Vec<(usize, usize, u64)> = (to.iter().enumerate())
            .filter_map(|(nth, port)| {
                let (x, y) = cross(port)?;
                Some((
                    state(x, y, 0) / 4,
                    turn_of((-port.out.0, -port.out.1)),
                    if nth == 0 { 0 } else { price(OTHER_SIDE) },
                ))
            })
            .collect();
        let mut best: Option<(u64, usize)> = None;
        while let Some(Reverse((paid, at))) = open.pop() {
            if best.is_some_and(|(best, _)| best <= paid) {
                break;
            }
            if paid > cost[at] {
                continue;
            }
            let (x, y, turn) = (at / 4 % xs.len(), at / 4 / xs.len(), at % 4);
            for (_, arrives, more) in goals.iter().filter(|(goal, ..)| *goal == at / 4) {
                let all = paid + more + if turn == *arrives { 0 } else { price(CORNER) };
                if best.is_none_or(|(best, _)| all < best) {
                    best = Some((all, at));
                }
            }
            for (next, (right, down)) in TURNS.iter().enumerate() {
                let to = (x as i64 + right, y as i64 + down);
                if next == (turn + 2) % 4 || to.0 < 0 || to.1 < 0 || to.0 >= xs.len() as i64 || to.1 >= ys.len() as i64
                {
                    continue;
                }
                let (to_x, to_y) = (to.0 as usize, to.1 as usize);
                let (here, there) = ((xs[x], ys[y]), (xs[to_x], ys[to_y]));
                if !self.is_free(here, there, &[]) {
                    continue;
                }
                let length = (there.0 - here.0).abs() + (there.1 - here.1).abs();
                let all = paid + price(length) + if next == turn { 0 } else { price(CORNER) };
                let to = state(to_x, to_y, next);
                if all < cost[to] {
                    cost[to] = all;
                    before[to] = at;
                    open.push(Reverse((all, to)));
                }
            }
        }
        let mut at = best?.1;
        let mut points = Vec::new();
        loop {
            points.push((xs[at / 4 % xs.len()], ys[at / 4 / xs.len()]));
            if before[at] == usize::MAX {
                break;
            }
            at = before[at];
        }
        points.reverse();
        let belongs = |ports: &[Port], point: Option<&Point>| {
            let point = *point?;
            let port = ports.iter().find(|port| near(outside(port).0, point.0) && near(outside(port).1, point.1))?;
            Some(port.at)
        };
        let (start, end) = (belongs(from, points.first())?, belongs(to, points.last())?);
        points.insert(0, start);
        points.push(end);
        Some(points)
    }

    /// Whether a level or upright piece stays clear of all cards but those that begin at one of `own`.
    fn is_free(&self, from: Point, to: Point, own: &[Point]) -> bool {
        self.cards.iter().all(|card| {
            own.iter().any(|at| holds(card, *at, 0.5))
                || from.0.max(to.0) <= card.x - CLEAR
                || from.0.min(to.0) >= card.x + card.w + CLEAR
                || from.1.max(to.1) <= card.y - CLEAR
                || from.1.min(to.1) >= card.y + card.h + CLEAR
        })
    }
}

/// Lines to each point in turn, their corners rounded.
fn rounded(points: &[Point]) -> String {
    let mut path = String::new();
    for (index, (x, y)) in points.iter().enumerate().skip(1) {
        let (before_x, before_y) = points[index - 1];
        let Some((after_x, after_y)) = points.get(index + 1) else {
            path.push_str(&format!(" L{x} {y}"));
            break;
        };
        let (length, next) = ((x - before_x).abs() + (y - before_y).abs(), (after_x - x).abs() + (after_y - y).abs());
        let straight = (before_x - x).abs() < 0.1 && (after_x - x).abs() < 0.1
            || (before_y - y).abs() < 0.1 && (after_y - y).abs() < 0.1;
        if straight || length < 0.1 || next < 0.1 {
            continue;
        }
        let radius = 8.0_f64.min(length / 2.0).min(next / 2.0);
        let towards = |from: f64, to: f64| from + (to - from).clamp(-radius, radius);
        let (enter, leave) =
            ((towards(*x, before_x), towards(*y, before_y)), (towards(*x, *after_x), towards(*y, *after_y)));
        path.push_str(&format!(" L{} {} Q{x} {y} {} {}", enter.0, enter.1, leave.0, leave.1));
    }
    path
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn rect(x: f64, y: f64, w: f64, h: f64) -> Rect {
        Rect { x, y, w, h }
    }

    /// The points of a path's straight pieces and curves' ends.
    fn ends(path: &str) -> Vec<Point> {
        let numbers = |piece: &str| -> Vec<f64> { piece.split(' ').filter_map(|word| word.parse().ok()).collect() };
        let pieces = path.split(|letter: char| letter.is_ascii_alphabetic()).map(numbers);
        pieces.filter(|it| it.len() >= 2).map(|it| (it[it.len() - 2], it[it.len() - 1])).collect()
    }

    #[wasm_bindgen_test]
    fn a_card_that_is_not_visited_is_gone_around() {
        let service = rect(216.0, 110.0, 146.0, 100.0);
        let pods = [rect(436.0, 72.0, 236.0, 72.0), rect(436.0, 154.0, 236.0, 72.0)];
        let cards = [service, pods[0], pods[1]];
        let ground = Ground { cards: &cards, bounds: rect(186.0, 18.0, 506.0, 400.0), narrow: false };
        let (path, end) = through(&[Stop::At((200.0, 56.0)), Stop::Card(pods[1])], &ground).unwrap();
        assert_eq!(end, pods[1].left());
        let points = ends(&path);
        assert!(points.iter().all(|at| !holds(&service, *at, 1.0) && !holds(&pods[0], *at, 1.0)), "{path}");
        // Through the Service when it is visited.
        let (path, _) =
            through(&[Stop::At((200.0, 160.0)), Stop::Card(service), Stop::Card(pods[1])], &ground).unwrap();
        assert!(path.contains("L362 160 C"), "{path}");
    }

    #[wasm_bindgen_test]
    fn from_pod_to_pod_beside_the_one_between() {
        let pods = [rect(28.0, 160.0, 304.0, 72.0), rect(28.0, 242.0, 304.0, 72.0), rect(28.0, 324.0, 304.0, 72.0)];
        for narrow in [false, true] {
            let ground = Ground { cards: &pods, bounds: rect(12.0, 116.0, 336.0, 400.0), narrow };
            let (path, _) = through(&[Stop::Card(pods[0]), Stop::Card(pods[2])], &ground).unwrap();
            assert!(ends(&path).iter().all(|at| !holds(&pods[1], *at, 1.0)), "{path}");
        }
    }
}
