//! Sorting that costs the page little: one sort for all types.
//!
//! Every `sort_by` of the standard library is compiled anew for its type and its closure, about 5 KB of wasm each. These
//! sort places by a comparison behind a reference, once, and only the moving is made for each type.

use std::cmp::Ordering;

/// Sorts as `sort_by` does: what compares equal keeps its order.
pub fn sort_by<T>(items: &mut Vec<T>, compare: impl Fn(&T, &T) -> Ordering) {
    let order = places(items.len(), &|a, b| compare(&items[a], &items[b]));
    let mut from: Vec<Option<T>> = items.drain(..).map(Some).collect();
    items.extend(order.into_iter().filter_map(|place| from[place].take()));
}

/// Sorts by a text of each item.
pub fn sort_by_text<T>(items: &mut Vec<T>, text: impl Fn(&T) -> &str) {
    sort_by(items, |a, b| text(a).cmp(text(b)));
}

/// Sorts texts.
pub fn sort_texts<T: AsRef<str>>(items: &mut Vec<T>) {
    sort_by(items, |a, b| a.as_ref().cmp(b.as_ref()));
}

/// The places of things in their sorted order.
fn places(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|a, b| compare(*a, *b));
    order
}

#[cfg(test)]
mod tests {
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
}
