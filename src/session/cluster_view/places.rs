//! Which Pod took which one's place.

use std::rc::Rc;

use playground::{Life, LifeKind, Timeline};
use sim::{Duration, Time};

use super::Source;
use super::pod::{PodView, Tone};

/// More lives than this are a crowd, in which nobody looks for a single Pod.
const CROWD: usize = 2000;
/// A controller replaces a Pod as soon as it is asked to end; ending takes up to the grace period.
const GRACE: Duration = Duration::from_secs(35);

/// Where a Pod stands: its place among its owner's, and the address of the Pod whose place it took.
type Standing = (usize, Option<String>);

/// Gives every Pod its place among its owner's: a new one takes that of the Pod that ended (or is ending) first and has no
/// successor yet, and shows that one's address as the old one. `pods` come in the store's order, by namespace and name; the
/// result is in the order of the picture.
pub(super) fn give(pods: &mut [Source], timeline: &Timeline) -> Vec<Rc<PodView>> {
    let mut standings: Vec<Standing> = vec![(0, None); pods.len()];
    let mut lives: Vec<&Life> = timeline.lives.iter().filter(|life| life.kind == LifeKind::Pod).collect();
    if lives.len() <= CROWD {
        // What compares equal keeps its order: the lives of a group stay in the order in which they began.
        sim::order::sort_by(&mut lives, |one, other| group_of(one).cmp(&group_of(other)));
        let mut from = 0;
        while from < lives.len() {
            let group = group_of(lives[from]);
            let len = lives[from..].iter().take_while(|life| group_of(life) == group).count();
            of_group(&lives[from..from + len], pods, &mut standings);
            from += len;
        }
    }
    for (pod, (place, old_ip)) in pods.iter_mut().zip(standings) {
        if pod.placed.place != place || pod.placed.old_ip != old_ip {
            pod.placed = Rc::new(PodView { place, old_ip, ..(*pod.view).clone() });
        }
    }
    let mut placed: Vec<Rc<PodView>> = pods.iter().map(|pod| pod.placed.clone()).collect();
    // Those on their way out come last, and do not push others about.
    sim::order::sort_by(&mut placed, |one, other| {
        let key = |pod: &PodView| (pod.tone == Tone::Ending, pod.place);
        (one.namespace.cmp(&other.namespace))
            .then_with(|| one.owner.cmp(&other.owner))
            .then_with(|| key(one).cmp(&key(other)))
            .then_with(|| one.name.cmp(&other.name))
    });
    placed
}

/// Within what Pods take each other's places: their owner's, or those of their own name.
fn group_of(life: &Life) -> (&str, &str) {
    (&life.namespace, life.owner.as_deref().unwrap_or(&life.name))
}

/// A place: the life that has it.
struct Place<'a> {
    life: &'a Life,
    ending: bool,
}

fn of_group(lives: &[&Life], pods: &[Source], standings: &mut [Standing]) {
    let mut places: Vec<Place> = Vec::new();
    for life in lives {
        let found = pods.binary_search_by(|Source { view: pod, .. }| {
            pod.namespace.as_str().cmp(&life.namespace).then_with(|| pod.name.as_str().cmp(&life.name))
        });
        let current = found.ok().filter(|_| life.until.is_none());
        let free = |place: &Place| {
            let until: Option<Time> = place.life.until;
            // Most are neither, and no names are compared.
            (place.ending || until.is_some())
                && if place.life.name == life.name {
                    until.is_some()
                } else {
                    place.ending || until.is_some_and(|until| until <= life.from + GRACE)
                }
        };
        let (place, old) = match places.iter().position(free) {
            Some(place) => (place, Some(places[place].life)),
            None => (places.len(), None),
        };
        let ending = current.is_some_and(|index| pods[index].view.tone == Tone::Ending);
        let taken = Place { life, ending };
        if place < places.len() {
            places[place] = taken;
        } else {
            places.push(taken);
        }
        let Some(index) = current else { continue };
        let old_ip = old.and_then(|old| old.ip).map(|ip| ip.to_string());
        let ip = pods[index].view.ip.as_ref();
        standings[index] = (place, old_ip.filter(|_| ip.is_some()).filter(|old| ip != Some(old)));
    }
}
