//! Sorting with one copy of the code: the standard library's stable sort is made anew, several kilobytes of it, for every
//! type and comparison, which the page's size cannot afford.

use std::cmp::Ordering;

/// Puts `items` in order; equal ones keep theirs.
pub fn sort_by<T>(items: &mut Vec<T>, compare: &dyn Fn(&T, &T) -> Ordering) {
    let places = places(items.len(), &|a, b| compare(&items[a], &items[b]));
    let mut slots: Vec<Option<T>> = std::mem::take(items).into_iter().map(Some).collect();
    items.extend(places.into_iter().filter_map(|place| slots[place].take()));
}

fn places(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    places.sort_by(|a, b| compare(*a, *b));
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_items_keep_their_order() {
        let mut items = vec![("b", 1), ("a", 1), ("c", 0), ("d", 1)];
        sort_by(&mut items, &|x, y| x.1.cmp(&y.1));
        assert_eq!(items, [("c", 0), ("b", 1), ("a", 1), ("d", 1)]);
    }
}
