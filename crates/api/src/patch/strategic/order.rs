//! The order of a merged list: the patch's items in the patch's order, the server's own where they stood.

use serde_json::Value;

use super::DIRECTIVE;

/// The place of an item in a list, by merge key, or by value for scalars.
fn index(list: &[Value], item: &Value, key: &str) -> Option<usize> {
    list.iter().position(|other| same(other, item, key))
}

pub(super) fn same(left: &Value, right: &Value, key: &str) -> bool {
    if key.is_empty() { left == right } else { !left[key].is_null() && left[key] == right[key] }
}

/// Puts a merged list in order: items that `order` names follow it; the others keep the order of `server`.
pub(super) fn arrange(merged: Vec<Value>, order: &[Value], server: &[Value], key: &str) -> Vec<Value> {
    let (patch, server_only): (Vec<Value>, Vec<Value>) =
        merged.into_iter().partition(|item| index(order, item, key).is_some());
    interleave(sorted(server_only, server, key), sorted(patch, order, key), server, key)
}

/// Sorts by the order of another list; deletions go to the end.
pub(super) fn sorted(items: Vec<Value>, order: &[Value], key: &str) -> Vec<Value> {
    let (deletions, mut items): (Vec<Value>, Vec<Value>) =
        items.into_iter().partition(|item| !key.is_empty() && item[DIRECTIVE] == "delete");
    let place = |item: &Value| index(order, item, key).unwrap_or(usize::MAX);
    sim::order::sort_by(&mut items, |a, b| place(a).cmp(&place(b)));
    items.extend(deletions);
    items
}

/// Merges the server's items into the patch's: a server's item comes first only where the server had it before.
fn interleave(server_only: Vec<Value>, patch: Vec<Value>, server: &[Value], key: &str) -> Vec<Value> {
    let mut all = Vec::with_capacity(server_only.len() + patch.len());
    let mut left = server_only.into_iter().peekable();
    let mut right = patch.into_iter().peekable();
    while let (Some(ours), Some(theirs)) = (left.peek(), right.peek()) {
        let first = matches!((index(server, ours, key), index(server, theirs, key)), (Some(l), Some(r)) if l < r);
        all.extend(if first { left.next() } else { right.next() });
    }
    all.extend(left);
    all.extend(right);
    all
}
