//! Completion indexes of an Indexed Job as its status and its success policy write them: `0,1,3-5`.
//!
//! pkg/controller/job/indexed_job_utils.go

/// A set of indexes, as ordered ranges that neither overlap nor touch.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Indexes(Vec<(i64, i64)>);

impl Indexes {
    /// Reads `0,1,3-5`. Parts that are not numbers, and indexes not below `completions`, are left out.
    pub fn parse(text: &str, completions: i64) -> Indexes {
        let mut indexes = Indexes::default();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            if let (Ok(first), Ok(last)) = (first.parse::<i64>(), last.parse::<i64>()) {
                indexes.join(first.max(0), last.min(completions - 1));
            }
        }
        indexes
    }

    fn join(&mut self, first: i64, last: i64) {
        if first > last {
            return;
        }
        // The ranges that overlap the new one, or touch it, become one with it.
        let from = self.0.iter().position(|(_, end)| *end + 1 >= first).unwrap_or(self.0.len());
        let mut range = (first, last);
        while let Some((start, end)) = self.0.get(from).copied().filter(|(start, _)| *start <= last + 1) {
            range = (range.0.min(start), range.1.max(end));
            self.0.remove(from);
        }
        self.0.insert(from, range);
    }

    /// Inserts an index.
    pub fn insert(&mut self, index: i64) {
        self.join(index, index);
    }

    /// Whether the set contains an index.
    pub fn contains(&self, index: i64) -> bool {
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&index))
    }

    /// Inserts all indexes of another set.
    pub fn merge(&mut self, other: &Indexes) {
        other.0.iter().for_each(|(first, last)| self.join(*first, *last));
    }

    /// The indexes below `end` that are not in the set, in order. The cost of the next one does not depend on `end`.
    pub fn missing(&self, end: i64) -> impl Iterator<Item = i64> + '_ {
        let starts = std::iter::once(0).chain(self.0.iter().map(|(_, last)| last + 1));
        let ends = self.0.iter().map(|(first, _)| *first).chain(std::iter::once(end));
        starts.zip(ends).flat_map(move |(start, stop)| start..stop.min(end))
    }

    /// How many indexes there are.
    pub fn count(&self) -> i64 {
        self.0.iter().map(|(first, last)| last - first + 1).sum()
    }

    /// How many indexes are in both sets.
    pub fn common(&self, other: &Indexes) -> i64 {
        let pairs = self.0.iter().flat_map(|one| other.0.iter().map(move |two| (one, two)));
        pairs.map(|(one, two)| (one.1.min(two.1) - one.0.max(two.0) + 1).max(0)).sum()
    }

    /// `0,1,3-5`; two neighbours are no range.
    pub fn text(&self) -> String {
        let parts: Vec<String> = self
            .0
            .iter()
            .map(|(first, last)| match last - first {
                0 => first.to_string(),
                1 => format!("{first},{last}"),
                _ => format!("{first}-{last}"),
            })
            .collect();
        parts.join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_are_written_as_ranges() {
        let mut indexes = Indexes::default();
        for (index, text) in [(3, "3"), (0, "0,3"), (4, "0,3,4"), (5, "0,3-5"), (1, "0,1,3-5"), (2, "0-5"), (2, "0-5")]
        {
            indexes.insert(index);
            assert_eq!(indexes.text(), text);
            assert_eq!(Indexes::parse(text, 10), indexes);
        }
        assert_eq!(indexes.count(), 6);
        assert!(indexes.contains(5) && !indexes.contains(6));
        assert_eq!(Indexes::parse("0-2,7-9", 8).text(), "0-2,7");
        assert_eq!(Indexes::parse("1,2-4", 8).common(&Indexes::parse("0-2,4-6", 8)), 3);
        assert_eq!(Indexes::parse("x,-,3", 8).text(), "3");
        let missing = |text: &str, end: i64| Indexes::parse(text, 99).missing(end).take(4).collect::<Vec<_>>();
        assert_eq!(missing("", 3), [0, 1, 2]);
        assert_eq!(missing("0-2,5", 9), [3, 4, 6, 7]);
        assert_eq!(missing("2-5", 4), [0, 1]);
        assert_eq!(missing("0-9", i64::MAX), [10, 11, 12, 13]);
        let mut all = Indexes::parse("0-2", 9);
        all.merge(&Indexes::parse("2-4,7", 9));
        assert_eq!(all.text(), "0-4,7");
    }
}
