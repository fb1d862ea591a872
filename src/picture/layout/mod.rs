//! Where everything stands in the picture, in pixels of the width there is: fixed columns, a row for each workload, no
//! forces. Text keeps its size; what does not fit is further down.
//!
//! From left to right (a phone: from top to bottom, indented): the outside computer; in the node's frame a frame for each
//! namespace, and in it Services, a lane for wires, workloads with their Pods, and volumes. Nothing but wires and the
//! route is ever in a lane, so that neither passes behind a card.

mod scene;
mod stores;

use std::rc::Rc;

pub use self::scene::{Columns, Frame, Rect, Scene, Spot, Viewport, Wire};

use crate::picture::boxes::{self, Card, Group};
use crate::picture::measure::{Font, width};
use crate::session::{ClusterView, IngressView, PodView, ServiceView, WorkloadView};

/// The Pods of one workload, or lone Pods that the same Services reach.
pub struct Members<'a> {
    pub workload: Option<&'a Rc<WorkloadView>>,
    pub pods: Vec<&'a Rc<PodView>>,
    /// The Services that select them, as places in the cluster's list.
    pub services: Vec<usize>,
}

/// What stands in a row: Services, and the workloads they lead to.
struct Block<'a> {
    services: Vec<usize>,
    groups: Vec<Members<'a>>,
}

/// The order of workloads in a namespace; lone Pods come between.
const ORDER: [&str; 8] =
    ["Deployment", "ReplicaSet", "ReplicationController", "DaemonSet", "StatefulSet", "Pod", "Job", "CronJob"];

/// Places everything.
pub fn place(cluster: &ClusterView, viewport: &Viewport) -> Scene {
    let narrow = viewport.width < viewport.px(470.0);
    let edge = if narrow { 6.0 } else { 12.0 };
    let outside = viewport.px(if viewport.width < viewport.px(760.0) { 106.0 } else { 124.0 });
    let left = if narrow { edge } else { edge + outside + viewport.px(18.0) };
    let mut scene = Scene { width: viewport.width, text: viewport.text, narrow, ..Scene::default() };
    let top = if narrow { viewport.px(76.0) } else { 8.0 };
    scene.node = Rect::new(left, top, viewport.width - left - edge, 0.0);
    scene.columns = columns(cluster, viewport, &scene);
    let mut page = Page { cluster, viewport, scene, shown: Vec::new(), y: top + viewport.px(34.0) };
    for namespace in &cluster.namespaces {
        page.namespace(namespace);
    }
    page.unclaimed();
    let mut scene = page.finish();
    scene.laptop = if narrow {
        Rect::new(edge + viewport.px(4.0), viewport.px(24.0), viewport.px(150.0), viewport.px(38.0))
    } else {
        let service = scene.services.first().map(|(_, rect)| rect.middle());
        let middle = service.unwrap_or(scene.node.y + viewport.px(92.0)).max(scene.node.y + viewport.px(64.0));
        Rect::new(edge, middle - viewport.px(27.0), outside, viewport.px(54.0))
    };
    scene.height = scene.height.max(scene.laptop.bottom() + 8.0);
    scene
}

fn columns(cluster: &ClusterView, viewport: &Viewport, scene: &Scene) -> Columns {
    let inset = if scene.narrow { viewport.px(12.0) } else { viewport.px(20.0) };
    let (left, right) = (scene.node.x + inset, scene.node.right() - inset);
    let inner = right - left;
    if scene.narrow {
        let groups = left + viewport.px(14.0);
        let lane = left + viewport.px(3.0);
        let all = (groups, right - groups);
        return Columns { services: all, lane, bracket: lane, groups: all, volumes: None };
    }
    let served = !cluster.services.is_empty() || !cluster.ingresses.is_empty();
    let services = (left, if served { (inner * 0.3).clamp(viewport.px(148.0), viewport.px(200.0)) } else { 0.0 });
    let bracket = if served { left + services.1 + viewport.px(34.0) } else { left + viewport.px(4.0) };
    let lane = if served { left + services.1 + viewport.px(16.0) } else { bracket };
    let groups = bracket + viewport.px(10.0);
    let stored = !cluster.claims.is_empty() || cluster.pods.iter().any(|pod| !pod.configs.is_empty());
    let side = viewport.px(180.0);
    let volumes = (stored && right - groups >= viewport.px(500.0)).then_some((right - side, side));
    let end = volumes.map_or(right, |(x, _)| x - viewport.px(26.0));
    Columns { services, lane, bracket, groups: (groups, end - groups), volumes }
}

struct Page<'a> {
    cluster: &'a ClusterView,
    viewport: &'a Viewport<'a>,
    scene: Scene,
    /// The claims and configurations that have a card: `KIND/NAMESPACE/NAME`.
    shown: Vec<String>,
    y: f64,
}

impl<'a> Page<'a> {
    fn px(&self, length: f64) -> f64 {
        self.viewport.px(length)
    }

    fn card(&mut self, card: Card) {
        self.scene.cards.push(Rc::new(card));
    }

    /// A namespace's frame with all that is in it.
    fn namespace(&mut self, namespace: &str) {
        let blocks = self.blocks(namespace);
        let cluster = self.cluster;
        let claims = cluster.claims.iter().any(|claim| claim.namespace == namespace);
        let others = cluster.namespaces.len() > 1 && !cluster.is_empty();
        if blocks.is_empty() && !claims && namespace == "default" && others {
            return;
        }
        let inset = self.px(if self.scene.narrow { 5.0 } else { 10.0 });
        let top = self.y;
        self.y += self.px(24.0);
        let empty = blocks.is_empty() && !claims;
        for block in blocks {
            self.block(block);
            self.y += self.px(12.0);
        }
        self.left_over(namespace);
        if empty {
            self.y += self.px(if cluster.is_empty() { 110.0 } else { 8.0 });
        }
        let (x, w) = (self.scene.node.x + inset, self.scene.node.w - 2.0 * inset);
        self.scene.frames.push(Frame { name: namespace.to_owned(), rect: Rect::new(x, top, w, self.y - top) });
        self.y += self.px(8.0);
    }

    /// The rows of a namespace: workloads joined with the Services that select their Pods. A Service that leads nowhere
    /// stands beside a workload that has none.
    fn blocks(&self, namespace: &str) -> Vec<Block<'a>> {
        let cluster = self.cluster;
        let services: Vec<usize> =
            (0..cluster.services.len()).filter(|index| cluster.services[*index].namespace == namespace).collect();
        let mut groups = self.groups(namespace, &services);
        let mut blocks: Vec<Block> = Vec::new();
        let mut lonely: Vec<usize> = services.clone();
        for group in groups.drain(..) {
            lonely.retain(|service| !group.services.contains(service));
            // Those that share a Service stand in one row.
            let shares = |block: &Block| block.services.iter().any(|service| group.services.contains(service));
            match blocks.iter_mut().find(|block| shares(block)) {
                Some(block) => {
                    for service in &group.services {
                        if !block.services.contains(service) {
                            block.services.push(*service);
                        }
                    }
                    block.groups.push(group);
                }
                None => blocks.push(Block { services: group.services.clone(), groups: vec![group] }),
            }
        }
        for service in lonely {
            let free = blocks.iter_mut().find(|block| block.services.is_empty() && !self.scene.narrow);
            match free {
                Some(block) => block.services.push(service),
                None => blocks.push(Block { services: vec![service], groups: Vec::new() }),
            }
        }
        if blocks.is_empty() && cluster.ingresses.iter().any(|ingress| ingress.namespace == namespace) {
            blocks.push(Block { services: Vec::new(), groups: Vec::new() });
        }
        blocks
    }

    fn groups(&self, namespace: &str, services: &[usize]) -> Vec<Members<'a>> {
        let cluster = self.cluster;
        let selecting = |pod: &PodView| -> Vec<usize> {
            services.iter().copied().filter(|index| cluster.services[*index].selects(namespace, &pod.labels)).collect()
        };
        let from = cluster.pods.partition_point(|pod| pod.namespace.as_str() < namespace);
        let pods: Vec<&Rc<PodView>> =
            cluster.pods[from..].iter().take_while(|pod| pod.namespace == namespace).collect();
        let mut found: Vec<Members> = Vec::new();
        for workload in cluster.workloads.iter().filter(|workload| workload.namespace == namespace) {
            found.push(Members { workload: Some(workload), pods: Vec::new(), services: Vec::new() });
        }
        let mut at = 0;
        while at < pods.len() {
            let owner = &pods[at].owner;
            let len = pods[at..].iter().take_while(|pod| pod.owner == *owner).count();
            let known = owner.as_ref().and_then(|(kind, name)| {
                found.iter().position(|group| group.workload.is_some_and(|it| it.kind == *kind && it.name == *name))
            });
            for pod in &pods[at..at + len] {
                let selected = selecting(pod);
                // Pods of one workload stand together, lone ones by what reaches them.
                let place = known
                    .or_else(|| found.iter().position(|group| group.workload.is_none() && group.services == selected));
                match place {
                    Some(place) => {
                        let group = &mut found[place];
                        group.pods.push(*pod);
                        for service in selected {
                            if !group.services.contains(&service) {
                                group.services.push(service);
                            }
                        }
                    }
                    None => found.push(Members { workload: None, pods: vec![*pod], services: selected }),
                }
            }
            at += len;
        }
        let order = |group: &Members| {
            let kind = group.workload.map_or("Pod", |workload| workload.kind);
            (ORDER.iter().position(|known| *known == kind), group.services.is_empty())
        };
        sim::order::sort_by(&mut found, |one, other| order(one).cmp(&order(other)));
        found
    }

    /// A row: Services at the left, workloads beside them, volumes at the right or below.
    fn block(&mut self, block: Block<'a>) {
        let top = self.y;
        let first_group = self.scene.groups.len();
        if self.scene.narrow {
            self.ingresses(&block, top);
            self.services(&block, self.y);
            if !block.services.is_empty() && !block.groups.is_empty() {
                self.y += self.px(8.0);
            }
        }
        let start = self.y;
        for (nth, group) in block.groups.iter().enumerate() {
            if nth > 0 {
                self.y += self.px(10.0);
            }
            self.group(group);
        }
        let end = self.y;
        if !self.scene.narrow {
            let height = self.services_height(&block);
            // In the middle of what is not much higher, else at its top: there it is seen with it.
            let spare = (end - start - height).max(0.0);
            let at = start + if spare < self.px(150.0) { spare / 2.0 } else { self.px(18.0) };
            self.y = at;
            self.ingresses(&block, at);
            self.services(&block, self.y);
            self.y = self.y.max(end);
        }
        self.wires(&block, first_group);
    }

    fn services_height(&self, block: &Block) -> f64 {
        let w = self.scene.columns.services.1;
        let heights = block.services.iter().map(|index| {
            boxes::service(&self.cluster.services[*index], self.viewport, w, self.matched(*index)).rect.h + self.px(6.0)
        });
        let above = self.ingresses_of(block);
        let above = above.iter().map(|ingress| boxes::ingress(ingress, self.viewport, w).rect.h + self.px(6.0));
        heights.chain(above).sum::<f64>() - self.px(6.0)
    }

    /// Whether a Service's selector chooses any Pod.
    fn matched(&self, index: usize) -> bool {
        let service = &self.cluster.services[index];
        self.cluster.pods.iter().any(|pod| service.selects(&pod.namespace, &pod.labels))
    }

    fn ingresses_of(&self, block: &Block) -> Vec<Rc<IngressView>> {
        let cluster = self.cluster;
        let leads = |ingress: &IngressView| {
            let names = block.services.iter().map(|index| &cluster.services[*index]);
            let first = ingress.rules.iter().find_map(|(_, name)| {
                let known = |it: &&Rc<ServiceView>| it.name == *name && it.namespace == ingress.namespace;
                cluster.services.iter().find(known)
            });
            match first {
                Some(first) => names.clone().any(|it| it.name == first.name && it.namespace == first.namespace),
                None => false,
            }
        };
        cluster.ingresses.iter().filter(|ingress| leads(ingress)).cloned().collect()
    }

    fn ingresses(&mut self, block: &Block, top: f64) {
        let (x, w) = self.scene.columns.services;
        self.y = top;
        for ingress in self.ingresses_of(block) {
            let card = boxes::ingress(&ingress, self.viewport, w).at(x, self.y);
            self.y = card.rect.bottom() + self.px(6.0);
            self.shown.push(card.object.key());
            self.card(card);
        }
    }

    fn services(&mut self, block: &Block, top: f64) {
        let (x, w) = self.scene.columns.services;
        self.y = top;
        for (nth, index) in block.services.iter().enumerate() {
            if nth > 0 {
                self.y += self.px(6.0);
            }
            let service = &self.cluster.services[*index];
            let card = boxes::service(service, self.viewport, w, self.matched(*index)).at(x, self.y);
            self.y = card.rect.bottom();
            self.scene.services.push((service.clone(), card.rect));
            self.card(card);
        }
    }

    /// A workload: its caption, its Pods, what they mount.
    fn group(&mut self, members: &Members<'a>) {
        let top = self.y;
        let columns = self.scene.columns;
        let reached = |pod: &PodView| {
            members.services.is_empty()
                || members.services.iter().any(|index| {
                    let endpoints = &self.cluster.services[*index].endpoints;
                    endpoints.iter().any(|(ip, ready)| *ready && pod.ip.as_ref() == Some(ip))
                })
        };
        let several_nodes = self.cluster.nodes.len() > 1;
        let total = self.cluster.pods.len();
        // Nothing stands at the right of a caption.
        let caption_w = columns.volumes.map_or(columns.groups.1, |(x, w)| x + w - columns.groups.0);
        let made = boxes::group(
            members,
            self.viewport,
            (columns.groups.0, columns.groups.1, caption_w),
            top,
            total,
            several_nodes,
            &reached,
        );
        self.y = made.group.rect.bottom();
        self.scene.spots.extend(made.spots);
        for card in made.cards {
            self.card(card);
        }
        let rows = (made.rows, self.y);
        let index = self.scene.groups.len();
        self.scene.groups.push(Rc::new(Group { bracket: None, ..made.group }));
        let stores = self.stores(members);
        if !stores.is_empty() {
            match columns.volumes {
                Some((x, w)) => self.beside(stores, (x, w), rows),
                None => self.below(stores, !members.pods.is_empty()),
            }
        }
        let bottom = rows.1;
        if !members.services.is_empty() {
            let works = members.services.iter().any(|index| self.cluster.services[*index].works());
            let x = columns.bracket;
            if let Some(group) = self.scene.groups.get_mut(index).and_then(Rc::get_mut) {
                group.bracket = Some((x, top, bottom, works));
            }
        }
    }

    /// Cards in rows.
    fn flow(&mut self, cards: Vec<Card>, left: f64, w: f64) {
        let gap = self.px(10.0);
        let (mut x, mut high) = (left, 0.0_f64);
        let mut before: Option<Rect> = None;
        for card in cards {
            if x > left && x + card.rect.w > left + w {
                self.y += high + self.px(7.0);
                (x, high, before) = (left, 0.0, None);
            }
            let card = card.at(x, self.y);
            if let (Some(before), "PersistentVolume") = (before, card.object.kind) {
                let at = self.y + self.px(14.0);
                self.tie(&[(before.right(), at), (card.rect.x, at)]);
            }
            x = card.rect.right() + gap;
            high = high.max(card.rect.h);
            before = Some(card.rect);
            self.card(card);
        }
        self.y += high;
    }

    fn tie(&mut self, points: &[(f64, f64)]) {
        self.scene.wires.push(Wire { points: points.to_vec(), class: "vol" });
    }

    /// From each Service to the brackets of the workloads it selects.
    fn wires(&mut self, block: &Block, first: usize) {
        let cards: Vec<(Rc<ServiceView>, Rect)> = {
            let services = &self.scene.services;
            services[services.len() - block.services.len()..].to_vec()
        };
        for (nth, index) in block.services.iter().enumerate() {
            let (service, card) = &cards[nth];
            let class = if service.works() { "" } else { "idle" };
            for (at, members) in block.groups.iter().enumerate() {
                if !members.services.contains(index) {
                    continue;
                }
                let Some((x, top, bottom, _)) = self.scene.groups.get(first + at).and_then(|group| group.bracket)
                else {
                    continue;
                };
                let (y, inset) = (card.middle(), self.px(6.0));
                let points = if self.scene.narrow {
                    // Along the lane at the left, down to the bracket.
                    vec![(card.x, y), (x, y), (x, bottom)]
                } else {
                    let lane = card.right() + self.px(8.0) + (nth as f64 * self.px(4.0)).min(self.px(18.0));
                    let end = y.clamp(top + inset, (bottom - inset).max(top + inset));
                    if end == y {
                        vec![(card.right(), y), (x, y)]
                    } else {
                        vec![(card.right(), y), (lane, y), (lane, end), (x, end)]
                    }
                };
                self.scene.wires.push(Wire { points, class });
            }
        }
    }

    fn finish(mut self) -> Scene {
        self.scene.node.h = self.y - self.scene.node.y + self.px(2.0);
        self.scene.height = self.scene.node.bottom() + 10.0;
        self.scene
    }
}

/// How wide a caption is.
pub fn caption_width(text: &str, size: f64) -> f64 {
    width(text, Font::Bold, size)
}

#[cfg(test)]
mod tests;
