//! Where everything stands in the picture: fixed columns and stable places, no forces.

use crate::session::{ClusterView, Tone};

/// A box.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
#[allow(missing_docs)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
}

impl Rect {
    fn new(x: f64, y: f64, w: f64, h: f64) -> Rect {
        Rect { x, y, w, h }
    }

    /// The middle of the left side.
    pub fn left(&self) -> (f64, f64) {
        (self.x, self.y + self.h / 2.0)
    }

    /// The middle of the right side.
    pub fn right(&self) -> (f64, f64) {
        (self.x + self.w, self.y + self.h / 2.0)
    }

    /// The middle of the upper side.
    pub fn top(&self) -> (f64, f64) {
        (self.x + self.w / 2.0, self.y)
    }

    /// The middle of the lower side.
    pub fn bottom(&self) -> (f64, f64) {
        (self.x + self.w / 2.0, self.y + self.h)
    }
}

/// How much of a Pod is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PodSize {
    /// Name, address, status, old address, in two lines.
    Full,
    /// Name and address in one line.
    Line,
    /// The end of the name over the address.
    Chip,
}

/// Many Pods of one owner, drawn as a field of small squares.
#[derive(Clone, PartialEq, Debug)]
pub struct Crowd {
    /// The owner, or the lone Pods' namespace.
    pub name: String,
    /// Where.
    pub rect: Rect,
    /// How many of each tone.
    pub counts: Vec<(Tone, usize)>,
    /// The squares: index of the Pod, x, y.
    pub squares: Vec<(usize, f64, f64)>,
    /// Pods for which there is no square.
    pub more: usize,
}

/// The scene: everything with its place.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub struct Scene {
    pub width: f64,
    pub height: f64,
    /// From top to bottom rather than from left to right.
    pub narrow: bool,
    pub laptop: Rect,
    pub node: Rect,
    pub services: Vec<Rect>,
    pub pods: Vec<(usize, Rect, PodSize)>,
    pub crowds: Vec<Crowd>,
    pub claims: Vec<Rect>,
    pub volumes: Vec<(usize, Rect)>,
    /// Captions under groups: x, y, index of the workload.
    pub captions: Vec<(f64, f64, usize)>,
}

/// Up to so many Pods are drawn one by one.
const FEW: usize = 36;
/// A crowd draws at most so many squares.
const SQUARES: usize = 480;

/// Places everything.
pub fn place(cluster: &ClusterView, narrow: bool) -> Scene {
    if narrow { place_narrow(cluster) } else { place_wide(cluster) }
}

struct Column {
    x: f64,
    w: f64,
    y: f64,
}

fn place_wide(cluster: &ClusterView) -> Scene {
    let services = cluster.services.len();
    let pods = cluster.pods.len();
    let storage = cluster.claims.len().max(if cluster.volumes.is_empty() { 0 } else { 1 });
    let (left, right) = (216.0, 436.0);
    let mut scene = empty(710.0, false);

    let full = pods <= 6;
    let gap = if pods <= 3 && storage == 0 { 30.0 } else { 10.0 };
    let mut column = Column { x: right, w: 236.0, y: 72.0 };
    place_pods(cluster, &mut scene, &mut column, full, gap);
    let pods_end = column.y;

    // The Services stand beside the middle of the Pods.
    let (height, step) = if services <= 2 { (100.0, 118.0) } else { (64.0, 76.0) };
    let all = step * services as f64 - (step - height);
    let middle = if pods == 0 { 210.0 } else { (72.0 + pods_end.max(120.0)) / 2.0 };
    let first = (middle - all / 2.0).max(66.0);
    scene.services = (0..services).map(|at| Rect::new(left, first + step * at as f64, 146.0, height)).collect();

    let services_end = scene.services.last().map_or(0.0, |last| last.y + last.h + 24.0);
    let mut y = pods_end.max(services_end).max(if storage > 0 { 150.0 } else { 300.0 });
    if storage > 0 {
        y = y.max(436.0 - 34.0 - 62.0 * storage as f64);
        place_storage(cluster, &mut scene, (left, 146.0), (right, 236.0), y + 10.0);
        y += 62.0 * storage as f64 + 10.0;
    }
    scene.height = (y + 34.0).max(436.0);
    scene.node = Rect::new(186.0, 18.0, 506.0, scene.height - 32.0);
    let center = scene.services.first().map_or(middle, |first| first.left().1);
    scene.laptop = Rect::new(24.0, center - 42.0, 118.0, 84.0);
    scene
}

fn place_narrow(cluster: &ClusterView) -> Scene {
    let mut scene = empty(360.0, true);
    scene.laptop = Rect::new(110.0, 30.0, 140.0, 54.0);
    let mut y = 160.0;
    for _ in &cluster.services {
        scene.services.push(Rect::new(28.0, y, 304.0, 66.0));
        y += 78.0;
    }
    if !cluster.services.is_empty() {
        y += 22.0;
    }
    let mut column = Column { x: 28.0, w: 304.0, y };
    place_pods(cluster, &mut scene, &mut column, cluster.pods.len() <= 6, 10.0);
    y = column.y.max(if cluster.is_empty() { 330.0 } else { 0.0 });
    let storage = cluster.claims.len().max(if cluster.volumes.is_empty() { 0 } else { 1 });
    if storage > 0 {
        place_storage(cluster, &mut scene, (28.0, 130.0), (182.0, 150.0), y + 14.0);
        y += 62.0 * storage as f64 + 14.0;
    }
    scene.height = (y + 26.0).max(400.0);
    scene.node = Rect::new(12.0, 116.0, 336.0, scene.height - 128.0);
    scene
}

fn empty(width: f64, narrow: bool) -> Scene {
    Scene {
        width,
        height: 0.0,
        narrow,
        laptop: Rect::default(),
        node: Rect::default(),
        services: Vec::new(),
        pods: Vec::new(),
        crowds: Vec::new(),
        claims: Vec::new(),
        volumes: Vec::new(),
        captions: Vec::new(),
    }
}

/// Stacks the Pods, group by group, each with a caption when it is a workload's.
fn place_pods(cluster: &ClusterView, scene: &mut Scene, column: &mut Column, full: bool, gap: f64) {
    let crowded = cluster.pods.len() > FEW;
    let mut at = 0;
    while at < cluster.pods.len() {
        let owner = &cluster.pods[at].owner;
        let namespace = &cluster.pods[at].namespace;
        let len =
            cluster.pods[at..].iter().take_while(|pod| pod.owner == *owner && pod.namespace == *namespace).count();
        let indexes = at..at + len;
        at += len;
        if crowded && len > 12 {
            place_crowd(cluster, scene, column, indexes);
        } else {
            place_group(cluster, scene, column, indexes, full, gap, crowded);
        }
        let workload = cluster
            .workloads
            .iter()
            .position(|workload| Some(&workload.name) == owner.as_ref() && workload.namespace == *namespace);
        if let Some(workload) = workload {
            scene.captions.push((column.x + column.w / 2.0, column.y + 6.0, workload));
            column.y += 24.0;
        } else if owner.is_some() {
            column.y += 8.0;
        }
    }
    // A Deployment that has no Pods (yet) is still there.
    for (index, workload) in cluster.workloads.iter().enumerate() {
        let shown = cluster
            .pods
            .iter()
            .any(|pod| pod.owner.as_ref() == Some(&workload.name) && pod.namespace == workload.namespace);
        if !shown {
            scene.captions.push((column.x + column.w / 2.0, column.y + 10.0, index));
            column.y += 28.0;
        }
    }
}

fn place_group(
    cluster: &ClusterView,
    scene: &mut Scene,
    column: &mut Column,
    indexes: std::ops::Range<usize>,
    full: bool,
    gap: f64,
    crowded: bool,
) {
    let lines = !full && cluster.pods.len() <= 10 && !crowded;
    if full || lines {
        for index in indexes {
            let ending = cluster.pods[index].tone == Tone::Ending;
            let (size, height) = if full && !ending { (PodSize::Full, 72.0) } else { (PodSize::Line, 38.0) };
            scene.pods.push((index, Rect::new(column.x, column.y, column.w, height), size));
            column.y += height + if full { gap } else { 7.0 };
        }
        return;
    }
    let across = 2;
    let width = (column.w - 8.0) / f64::from(across);
    for (nth, index) in indexes.clone().enumerate() {
        let (row, place) = (nth as u32 / across, nth as u32 % across);
        let rect =
            Rect::new(column.x + f64::from(place) * (width + 8.0), column.y + f64::from(row) * 50.0, width, 43.0);
        scene.pods.push((index, rect, PodSize::Chip));
    }
    column.y += (indexes.len() as u32).div_ceil(across) as f64 * 50.0;
}

fn place_crowd(cluster: &ClusterView, scene: &mut Scene, column: &mut Column, indexes: std::ops::Range<usize>) {
    let mut counts = Vec::new();
    for tone in [Tone::Running, Tone::Waiting, Tone::Failed, Tone::Ending] {
        let count = cluster.pods[indexes.clone()].iter().filter(|pod| pod.tone == tone).count();
        if count > 0 {
            counts.push((tone, count));
        }
    }
    let side = if indexes.len() > 160 { 8.0 } else { 12.0 };
    let step = side + 3.0;
    let across = ((column.w - 24.0) / step).floor() as usize;
    let top = column.y + 22.0 + 17.0 * counts.len() as f64;
    let shown = indexes.len().min(SQUARES);
    let squares = indexes.clone().take(shown).enumerate().map(|(nth, index)| {
        (index, column.x + 12.0 + (nth % across) as f64 * step, top + (nth / across) as f64 * step)
    });
    let height = 22.0 + 17.0 * counts.len() as f64 + shown.div_ceil(across) as f64 * step + 14.0;
    let first = &cluster.pods[indexes.start];
    scene.crowds.push(Crowd {
        name: first.owner.clone().unwrap_or_else(|| first.namespace.clone()),
        rect: Rect::new(column.x, column.y, column.w, height),
        counts,
        squares: squares.collect(),
        more: indexes.len() - shown,
    });
    column.y += height + 10.0;
}

/// Claims beside the volumes they are bound to; volumes nobody claims below.
fn place_storage(cluster: &ClusterView, scene: &mut Scene, volumes: (f64, f64), claims: (f64, f64), top: f64) {
    let mut taken = Vec::new();
    for (row, claim) in cluster.claims.iter().enumerate() {
        let y = top + 62.0 * row as f64;
        scene.claims.push(Rect::new(claims.0, y, claims.1, 50.0));
        let bound = cluster.volumes.iter().position(|volume| Some(&volume.name) == claim.volume.as_ref());
        if let Some(volume) = bound {
            taken.push(volume);
            scene.volumes.push((volume, Rect::new(volumes.0, y, volumes.1, 50.0)));
        }
    }
    if cluster.claims.is_empty()
        && let Some(volume) = (0..cluster.volumes.len()).find(|volume| !taken.contains(volume))
    {
        scene.volumes.push((volume, Rect::new(volumes.0, top, volumes.1, 50.0)));
    }
}
