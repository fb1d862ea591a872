//! The sentence of a `FailedScheduling` event (`framework.FitError`).

use std::collections::BTreeMap;

use super::Rejection;

const NOT_HELPFUL: &str = "Preemption is not helpful for scheduling";

/// What came of looking for Pods to push away.
pub enum Preemption {
    /// They are being ended.
    Done,
    /// It was not looked for, and why.
    Barred(&'static str),
    /// For each node, why it does not help.
    Useless(Vec<String>),
}

/// All nodes are out for the same reason, found before looking at any.
pub fn of_all_nodes(nodes: usize, reason: &str) -> String {
    if reason.ends_with("not found") {
        // Preemption cannot look the claim up either and adds its own error.
        return format!("0/{nodes} nodes are available: {reason}. not found");
    }
    format!("0/{nodes} nodes are available: {reason}. {}", after(nodes, &[(NOT_HELPFUL, nodes)].into()))
}

/// Each node has its own reasons.
pub fn of_each_node(rejections: &[Rejection], preemption: &Preemption) -> String {
    let nodes = rejections.len();
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for reason in rejections.iter().flat_map(|rejection| &rejection.reasons) {
        *reasons.entry(reason).or_default() += 1;
    }
    let first = format!("0/{nodes} nodes are available: {}.", histogram(reasons.into_iter()));
    match preemption {
        Preemption::Done => first,
        Preemption::Barred(why) => format!("{first} no new claims to deallocate, preemption: {why}"),
        Preemption::Useless(why) => {
            let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
            why.iter().for_each(|reason| *reasons.entry(reason).or_default() += 1);
            format!("{first} {}", after(nodes, &reasons))
        }
    }
}

fn after(nodes: usize, reasons: &BTreeMap<&str, usize>) -> String {
    let reasons = histogram(reasons.iter().map(|(reason, count)| (*reason, *count)));
    format!("no new claims to deallocate, preemption: 0/{nodes} nodes are available: {reasons}.")
}

fn histogram<'a>(reasons: impl Iterator<Item = (&'a str, usize)>) -> String {
    let mut parts: Vec<String> = reasons.map(|(reason, count)| format!("{count} {reason}")).collect();
    sim::order::sort(&mut parts);
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::WaitsFor;
    use super::*;

    #[test]
    fn messages_are_the_schedulers() {
        assert_eq!(
            of_all_nodes(1, "persistentvolumeclaim \"not-there\" not found"),
            "0/1 nodes are available: persistentvolumeclaim \"not-there\" not found. not found"
        );
        assert_eq!(
            of_all_nodes(1, "pod has unbound immediate PersistentVolumeClaims"),
            "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. no new claims to deallocate, \
             preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."
        );
        const NO_VICTIMS: &str = "No preemption victims found for incoming pod";
        let useless = |why: &[&str]| Preemption::Useless(why.iter().map(|one| (*one).to_owned()).collect());
        let full = Rejection::of("Too many pods", WaitsFor::Room);
        assert_eq!(
            of_each_node(std::slice::from_ref(&full), &useless(&[NO_VICTIMS])),
            "0/1 nodes are available: 1 Too many pods. no new claims to deallocate, preemption: 0/1 nodes are available: \
             1 No preemption victims found for incoming pod."
        );
        let cordoned = Rejection::of("node(s) were unschedulable", WaitsFor::Node);
        assert_eq!(
            of_each_node(&[full.clone(), cordoned, full], &useless(&[NO_VICTIMS, NOT_HELPFUL, NO_VICTIMS])),
            "0/3 nodes are available: 1 node(s) were unschedulable, 2 Too many pods. no new claims to deallocate, \
             preemption: 0/3 nodes are available: 1 Preemption is not helpful for scheduling, 2 No preemption victims \
             found for incoming pod."
        );
    }
}
