//! Maps, sets and queues whose copies share: the simulator's state is cloned for every checkpoint, and changed little between two.
//!
//! A (sorted) list behind one counted pointer, its values behind one each. A copy costs nothing; the first change after it
//! copies the list's keys and pointers. Made for some thousands of entries: a change in the middle moves what is behind it.
//! They are in the place of balanced trees because a page pays for each type such a tree is made for, 11 KB of wasm at a time.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::VecDeque;
use std::fmt;
use std::ops::{Bound, RangeBounds};
use std::rc::Rc;

/// A map ordered by its keys.
pub struct SharedMap<K, V> {
    entries: Rc<Vec<(K, Rc<V>)>>,
}

impl<K, V> SharedMap<K, V> {
    /// An empty one.
    pub fn new() -> Self {
        SharedMap { entries: Rc::new(Vec::new()) }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> + ExactSizeIterator {
        self.entries.iter().map(|(key, value)| (key, &**value))
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + ExactSizeIterator {
        self.entries.iter().map(|(key, _)| key)
    }

    /// The values, in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator {
        self.entries.iter().map(|(_, value)| &**value)
    }

    /// The first entry.
    pub fn first(&self) -> Option<(&K, &V)> {
        self.iter().next()
    }

    /// The last entry.
    pub fn last(&self) -> Option<(&K, &V)> {
        self.iter().next_back()
    }
}

impl<K: Ord, V> SharedMap<K, V> {
    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.entries.binary_search_by(|(other, _)| other.borrow().cmp(key))
    }

    /// The value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.find(key).ok().map(|at| &*self.entries[at].1)
    }

    /// Whether there is such a key.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.find(key).is_ok()
    }

    /// The entries whose keys are in a range, in order.
    pub fn range(&self, range: impl RangeBounds<K>) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        let place = |bound: Bound<&K>, after: bool| match bound {
            Bound::Unbounded => {
                if after {
                    self.len()
                } else {
                    0
                }
            }
            // The start of a range that leaves its bound out, and the end of one that takes it in, are behind the key.
            Bound::Excluded(key) => {
                self.entries.partition_point(|(other, _)| if after { other < key } else { other <= key })
            }
            Bound::Included(key) => {
                self.entries.partition_point(|(other, _)| if after { other <= key } else { other < key })
            }
        };
        let (from, to) = (place(range.start_bound(), false), place(range.end_bound(), true));
        self.entries.get(from..to).unwrap_or_default().iter().map(|(key, value)| (key, &**value))
    }
}

impl<K: Ord + Clone, V> SharedMap<K, V> {
    /// The keys that came, went, or may have another value since a copy was taken, in order. Of those that share their value
    /// it costs a comparison of keys, of two maps that share all nothing.
    pub fn changed_since(&self, copy: &Self) -> Vec<K> {
        let mut changed = Vec::new();
        if Rc::ptr_eq(&self.entries, &copy.entries) {
            return changed;
        }
        let (mut now, mut then) = (self.entries.iter().peekable(), copy.entries.iter().peekable());
        loop {
            let order = match (now.peek(), then.peek()) {
                (None, None) => return changed,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some((a, _)), Some((b, _))) => a.cmp(b),
            };
            let new = if order.is_le() { now.next() } else { None };
            let old = if order.is_ge() { then.next() } else { None };
            match (new, old) {
                (Some((_, new)), Some((_, old))) if Rc::ptr_eq(new, old) => {}
                (Some((key, _)), _) | (None, Some((key, _))) => changed.push(key.clone()),
                (None, None) => {}
            }
        }
    }
}

impl<K: Ord + Clone, V: Clone> SharedMap<K, V> {
    /// The value of a key, to change.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        Some(Rc::make_mut(&mut Rc::make_mut(&mut self.entries)[at].1))
    }

    /// The value of a key, to change; one is put in where there is none.
    pub fn get_or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let found = self.find(&key);
        let entries = Rc::make_mut(&mut self.entries);
        let at = found.unwrap_or_else(|at| {
            entries.insert(at, (key, Rc::new(make())));
            at
        });
        Rc::make_mut(&mut entries[at].1)
    }
}

impl<K: Ord + Clone, V> SharedMap<K, V> {
    /// Puts a value in; returns the one it takes the place of.
    pub fn insert(&mut self, key: K, value: V) -> Option<Rc<V>> {
        let value = Rc::new(value);
        let found = self.find(&key);
        let entries = Rc::make_mut(&mut self.entries);
        match found {
            Ok(at) => Some(std::mem::replace(&mut entries[at].1, value)),
            Err(at) => {
                entries.insert(at, (key, value));
                None
            }
        }
    }

    /// Takes a key out; returns its value.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<Rc<V>>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        Some(Rc::make_mut(&mut self.entries).remove(at).1)
    }

    /// Takes everything out.
    pub fn clear(&mut self) {
        *self = Self::new();
    }
}

impl<K, V> Clone for SharedMap<K, V> {
    fn clone(&self) -> Self {
        SharedMap { entries: self.entries.clone() }
    }
}

impl<K, V> Default for SharedMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for SharedMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.entries, &other.entries) || self.entries == other.entries
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for SharedMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K: Ord + Clone, V> FromIterator<(K, V)> for SharedMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        for (key, value) in entries {
            map.insert(key, value);
        }
        map
    }
}

/// A set in order, whose copies share as those of a [`SharedMap`] do.
#[derive(Clone, PartialEq, Debug)]
pub struct SharedSet<K> {
    members: Rc<Vec<K>>,
}

impl<K: Ord + Clone> SharedSet<K> {
    /// An empty one.
    pub fn new() -> Self {
        SharedSet { members: Rc::new(Vec::new()) }
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The members, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, K> {
        self.members.iter()
    }

    /// The first member.
    pub fn first(&self) -> Option<&K> {
        self.members.first()
    }

    fn find<Q: Ord + ?Sized>(&self, member: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.members.binary_search_by(|other| other.borrow().cmp(member))
    }

    /// Whether this is a member.
    pub fn contains<Q: Ord + ?Sized>(&self, member: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.find(member).is_ok()
    }

    /// Puts a member in; returns whether it is new.
    pub fn insert(&mut self, member: K) -> bool {
        let found = self.find(&member);
        if let Err(at) = found {
            Rc::make_mut(&mut self.members).insert(at, member);
        }
        found.is_err()
    }

    /// Takes a member out; returns whether it was there.
    pub fn remove<Q: Ord + ?Sized>(&mut self, member: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        let found = self.find(member);
        if let Ok(at) = found {
            Rc::make_mut(&mut self.members).remove(at);
        }
        found.is_ok()
    }
}

impl<'a, K> IntoIterator for &'a SharedSet<K> {
    type Item = &'a K;
    type IntoIter = std::slice::Iter<'a, K>;

    fn into_iter(self) -> Self::IntoIter {
        self.members.iter()
    }
}

impl<K: Ord + Clone> FromIterator<K> for SharedSet<K> {
    fn from_iter<I: IntoIterator<Item = K>>(members: I) -> Self {
        let mut set = Self::new();
        for member in members {
            set.insert(member);
        }
        set
    }
}

impl<K: Ord + Clone> Default for SharedSet<K> {
    fn default() -> Self {
        Self::new()
    }
}

/// A queue, whose copies share as those of a [`SharedMap`] do.
pub struct SharedQueue<T> {
    items: Rc<VecDeque<Rc<T>>>,
}

impl<T> SharedQueue<T> {
    /// An empty one.
    pub fn new() -> Self {
        SharedQueue { items: Rc::new(VecDeque::new()) }
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The items, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        self.items.iter().map(|item| &**item)
    }

    /// The item at a place; 0 is the oldest.
    pub fn get(&self, index: usize) -> Option<&T> {
        self.items.get(index).map(|item| &**item)
    }

    /// The oldest item.
    pub fn front(&self) -> Option<&T> {
        self.get(0)
    }

    /// The item at a place, to change.
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T>
    where
        T: Clone,
    {
        Rc::make_mut(&mut self.items).get_mut(index).map(Rc::make_mut)
    }

    /// Puts an item in as the newest.
    pub fn push_back(&mut self, item: T) {
        Rc::make_mut(&mut self.items).push_back(Rc::new(item));
    }

    /// Takes the oldest item out.
    pub fn pop_front(&mut self) -> Option<Rc<T>> {
        Rc::make_mut(&mut self.items).pop_front()
    }
}

impl<T> Clone for SharedQueue<T> {
    fn clone(&self) -> Self {
        SharedQueue { items: self.items.clone() }
    }
}

impl<T> Default for SharedQueue<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Items that both queues share are equal without being compared.
impl<T: PartialEq> PartialEq for SharedQueue<T> {
    fn eq(&self, other: &Self) -> bool {
        let same = |(one, other): (&Rc<T>, &Rc<T>)| Rc::ptr_eq(one, other) || one == other;
        Rc::ptr_eq(&self.items, &other.items)
            || self.len() == other.len() && self.items.iter().zip(&*other.items).all(same)
    }
}

impl<T: fmt::Debug> fmt::Debug for SharedQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_is_in_order_and_its_copies_go_their_own_ways() {
        let mut map: SharedMap<String, u32> =
            [("b", 2), ("a", 1), ("c", 3)].map(|(key, value)| (key.to_owned(), value)).into_iter().collect();
        let copy = map.clone();
        assert_eq!(map.insert("b".to_owned(), 20).as_deref(), Some(&2));
        *map.get_mut("a").unwrap() += 10;
        assert_eq!(map.remove("c").as_deref(), Some(&3));
        assert_eq!(map.remove("c"), None);
        *map.get_or_insert_with("d".to_owned(), || 4) += 1;
        assert_eq!(map.iter().map(|(key, value)| format!("{key}{value}")).collect::<String>(), "a11b20d5");
        assert_eq!(copy.iter().map(|(key, value)| format!("{key}{value}")).collect::<String>(), "a1b2c3");
        assert_eq!(map.keys().collect::<Vec<_>>(), ["a", "b", "d"]);
        assert_ne!(map, copy);
    }

    #[test]
    fn ranges_hold_their_bounds() {
        let map: SharedMap<u32, ()> = [10, 20, 30].map(|key| (key, ())).into_iter().collect();
        let keys = |found: Vec<(&u32, &())>| found.into_iter().map(|(key, ())| *key).collect::<Vec<_>>();
        assert_eq!(keys(map.range(10..30).collect()), [10, 20]);
        assert_eq!(keys(map.range(10..=30).collect()), [10, 20, 30]);
        assert_eq!(keys(map.range((Bound::Excluded(10), Bound::Unbounded)).collect()), [20, 30]);
        assert_eq!(keys(map.range(..5).collect()), []);
        assert_eq!(keys(map.range(31..).collect()), []);
        #[expect(clippy::reversed_empty_ranges, reason = "a range that holds nothing is no panic")]
        let none = keys(map.range(30..10).collect());
        assert_eq!(none, []);
    }

    #[test]
    fn a_queue_keeps_its_order_and_its_copies_go_their_own_ways() {
        let mut queue = SharedQueue::new();
        (1..=3).for_each(|item| queue.push_back(item));
        let copy = queue.clone();
        assert_eq!(queue.pop_front().as_deref(), Some(&1));
        *queue.get_mut(1).unwrap() = 30;
        assert_eq!((queue.iter().copied().collect::<Vec<_>>(), queue.len()), (vec![2, 30], 2));
        assert_eq!((copy.iter().copied().collect::<Vec<_>>(), copy.front()), (vec![1, 2, 3], Some(&1)));
        assert!(queue.get(2).is_none() && queue.get_mut(2).is_none());
        assert!(!queue.is_empty());
    }

    #[test]
    fn a_set_is_in_order() {
        let mut set = SharedSet::new();
        assert!(set.insert(3) && set.insert(1) && !set.insert(3));
        let copy = set.clone();
        assert!(set.remove(&3) && !set.remove(&3));
        assert_eq!((set.iter().collect::<Vec<_>>(), copy.iter().collect::<Vec<_>>()), (vec![&1], vec![&1, &3]));
        assert_eq!((set.first(), set.contains(&3), copy.len()), (Some(&1), false, 2));
    }
}
