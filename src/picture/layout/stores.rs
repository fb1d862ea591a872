//! Volumes, claims and configurations: beside the Pods that use them, or below.

use std::rc::Rc;

use super::{Members, Page, Rect};
use crate::picture::boxes::{self, Card};
use crate::session::ClaimView;

impl Page<'_> {
    /// The cards of claims, their volumes and configurations that Pods use and that have no card yet.
    pub(super) fn stores(&mut self, members: &Members) -> Vec<Card> {
        let w = self.scene.columns.volumes.map_or(self.px(180.0).min(self.scene.columns.groups.1), |(_, w)| w);
        let mut cards = Vec::new();
        let cluster = self.cluster;
        let mut names: Vec<(&str, &str)> = Vec::new();
        for pod in &members.pods {
            for claim in &pod.claims {
                if !names.contains(&(pod.namespace.as_str(), claim.as_str())) {
                    names.push((&pod.namespace, claim));
                }
            }
        }
        let known: Vec<&Rc<ClaimView>> = (cluster.claims.iter())
            .filter(|claim| names.contains(&(claim.namespace.as_str(), claim.name.as_str())))
            .filter(|claim| !self.shown.contains(&boxes::claim_ref(claim).key()))
            .collect();
        self.claims(&known, w, &mut cards);
        for pod in &members.pods {
            for (kind, name) in &pod.configs {
                let card = boxes::config(kind, name, pod, self.viewport, w);
                if !self.shown.contains(&card.object.key()) {
                    self.shown.push(card.object.key());
                    cards.push(card);
                }
            }
        }
        cards
    }

    fn claims(&mut self, claims: &[&Rc<ClaimView>], w: f64, cards: &mut Vec<Card>) {
        let cluster = self.cluster;
        // More than these are told in one card.
        const MOST: usize = 3;
        for (nth, claim) in claims.iter().enumerate() {
            self.shown.push(boxes::claim_ref(claim).key());
            let volume = cluster.volumes.iter().find(|volume| Some(&volume.name) == claim.volume.as_ref());
            if let Some(volume) = volume {
                self.shown.push(boxes::volume_ref(volume).key());
            }
            if nth < MOST || claims.len() == MOST + 1 {
                let alone = cluster.claims.len() == 1;
                cards.push(boxes::claim(claim, volume.filter(|_| !alone), self.viewport, w));
                if let Some(volume) = volume.filter(|_| alone) {
                    cards.push(boxes::volume(volume, self.viewport, w));
                }
            } else if nth == MOST {
                cards.push(boxes::more_claims(&claims[nth..], self.viewport, w));
            }
        }
    }

    /// Cards in the column at the right, with a bracket from the rows of Pods that use them.
    pub(super) fn beside(&mut self, cards: Vec<Card>, (x, _): (f64, f64), rows: (f64, f64)) {
        let lane = x - self.px(13.0);
        let mut y = rows.0;
        let mut reach = rows;
        let mut ends = Vec::new();
        let mut before = None;
        for card in cards {
            let card = card.at(x, y);
            if card.object.kind == "PersistentVolume" {
                let from: Rect = before.unwrap_or(card.rect);
                self.tie(&[(x + self.px(16.0), from.bottom()), (x + self.px(16.0), card.rect.y)]);
            } else {
                let at = card.rect.middle();
                reach = (reach.0.min(at), reach.1.max(at));
                ends.push(at);
            }
            before = Some(card.rect);
            y = card.rect.bottom() + self.px(7.0);
            self.card(card);
        }
        self.tie(&[(lane, reach.0), (lane, reach.1)]);
        for at in ends {
            self.tie(&[(lane, at), (x, at)]);
        }
        self.y = self.y.max(y - self.px(7.0));
    }

    /// Cards below the Pods that use them.
    pub(super) fn below(&mut self, cards: Vec<Card>, tied: bool) {
        let (x, w) = self.scene.columns.groups;
        let top = self.y;
        self.y += self.px(10.0);
        if tied {
            self.tie(&[(x + self.px(16.0), top), (x + self.px(16.0), self.y)]);
        }
        self.flow(cards, x, w);
    }

    /// Claims and Ingresses of a namespace that stand nowhere yet.
    pub(super) fn left_over(&mut self, namespace: &str) {
        let cluster = self.cluster;
        let claims: Vec<&Rc<ClaimView>> = (cluster.claims.iter())
            .filter(|claim| claim.namespace == namespace && !self.shown.contains(&boxes::claim_ref(claim).key()))
            .collect();
        let (x, w) = self.scene.columns.groups;
        let mut cards = Vec::new();
        self.claims(&claims, self.px(180.0).min(w), &mut cards);
        for ingress in cluster.ingresses.iter().filter(|ingress| ingress.namespace == namespace) {
            let card = boxes::ingress(ingress, self.viewport, self.px(180.0).min(w));
            if !self.shown.contains(&card.object.key()) {
                self.shown.push(card.object.key());
                cards.push(card);
            }
        }
        if !cards.is_empty() {
            self.flow(cards, x, w);
            self.y += self.px(10.0);
        }
    }

    /// Volumes that no claim is bound to.
    pub(super) fn unclaimed(&mut self) {
        let cluster = self.cluster;
        let (x, w) = self.scene.columns.groups;
        let free = cluster.volumes.iter().filter(|volume| !self.shown.contains(&boxes::volume_ref(volume).key()));
        let mut cards: Vec<Card> =
            free.map(|volume| boxes::volume(volume, self.viewport, self.px(180.0).min(w))).collect();
        if !cards.is_empty() {
            // A few are enough to see that there are any.
            cards.truncate(6);
            self.y += self.px(2.0);
            self.flow(cards, x, w);
            self.y += self.px(8.0);
        }
    }
}
