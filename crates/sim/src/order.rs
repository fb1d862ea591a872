//! Sorting, and collecting into sorted maps, that costs the page little: one sort for all types.
//!
//! Every `sort_by` of the standard library is compiled anew for its type and its closure, about 4 KB of wasm each, and so is
//! every `collect` into a `BTreeMap` or `BTreeSet`, which sorts first. Here indices are sorted by a comparison behind a reference,
//! which is compiled once, and only the moving of items is compiled for each type. A test holds the page's crates to it.

use std::cmp::Ordering;

/// Sorts as `sort_by` does: what compares equal keeps its order.
pub fn sort_by<T>(items: &mut Vec<T>, compare: impl Fn(&T, &T) -> Ordering) {
    let order = sorted_indices(items.len(), &|a, b| compare(&items[a], &items[b]));
    permute(items, order);
}

/// Sorts by the type's own order.
pub fn sort<T: Ord>(items: &mut Vec<T>) {
    sort_by(items, T::cmp);
}

/// Sorts by a text of each item.
pub fn sort_by_text<T>(items: &mut Vec<T>, text: impl Fn(&T) -> &str) {
    sort_by(items, |a, b| text(a).cmp(text(b)));
}

/// Sorts texts.
pub fn sort_texts<T: AsRef<str>>(items: &mut Vec<T>) {
    sort_by(items, |a, b| a.as_ref().cmp(b.as_ref()));
}

/// A map or set of what an iterator gives, as `Iterator::collect` makes it, but put in one by one.
pub fn collect<C: Default + Extend<T>, T>(items: impl IntoIterator<Item = T>) -> C {
    let mut collected = C::default();
    collected.extend(items);
    collected
}

/// The indices of `count` items in their sorted order.
fn sorted_indices(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|a, b| compare(*a, *b));
    order
}

/// Moves the items into the order in which `order` has their indices.
fn permute<T>(items: &mut Vec<T>, order: Vec<usize>) {
    let mut from: Vec<Option<T>> = items.drain(..).map(Some).collect();
    items.extend(order.into_iter().filter_map(|index| from[index].take()));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn items_are_sorted_and_equal_ones_stay() {
        let mut items = vec![(2, 'a'), (1, 'b'), (2, 'c'), (0, 'd')];
        sort_by(&mut items, |a, b| a.0.cmp(&b.0));
        assert_eq!(items, [(0, 'd'), (1, 'b'), (2, 'a'), (2, 'c')]);
        let mut texts = vec!["b".to_owned(), "a".to_owned()];
        sort_texts(&mut texts);
        assert_eq!(texts, ["a", "b"]);
    }

    #[test]
    fn of_two_with_one_key_the_last_is_kept() {
        let map: BTreeMap<i32, char> = collect([(2, 'a'), (1, 'b'), (2, 'c')]);
        assert_eq!(map.into_iter().collect::<Vec<_>>(), [(1, 'b'), (2, 'c')]);
    }
}
