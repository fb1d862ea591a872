//! Looking for a match, forth and back.

use super::set::is_word;
use super::{Greed, Node};

/// A search of one text.
pub(super) struct State<'a> {
    text: &'a [char],
    pub groups: Vec<Option<(usize, usize)>>,
    steps: u64,
    depth: usize,
    ignore_case: bool,
    pub keep: Option<usize>,
    pub failed: bool,
}

/// Most steps of one search.
const LIMIT: u64 = 4_000_000;
/// Deepest nesting of what is matched.
const DEPTH_LIMIT: usize = 1_000;

/// What is to match after a node; false sends the matcher back.
type After<'b, 'a> = &'b mut dyn FnMut(&mut State<'a>, usize) -> bool;

impl<'a> State<'a> {
    pub(super) fn new(text: &'a [char], groups: usize, ignore_case: bool) -> State<'a> {
        State { text, groups: vec![None; groups + 1], steps: 0, depth: 0, ignore_case, keep: None, failed: false }
    }

    fn same(&self, a: char, b: char) -> bool {
        a == b || self.ignore_case && a.to_lowercase().eq(b.to_lowercase())
    }

    pub(super) fn step(&mut self, node: &Node, at: usize, after: After<'_, 'a>) -> bool {
        self.steps += 1;
        self.depth += 1;
        if self.steps > LIMIT || self.depth > DEPTH_LIMIT {
            self.failed = true;
        }
        let hit = !self.failed && self.step_in(node, at, after);
        self.depth -= 1;
        hit
    }

    fn step_in(&mut self, node: &Node, at: usize, after: After<'_, 'a>) -> bool {
        let here = self.text.get(at).copied();
        let before = at.checked_sub(1).and_then(|at| self.text.get(at).copied());
        match node {
            Node::Char(c) => here.is_some_and(|here| self.same(here, *c)) && after(self, at + 1),
            Node::Any(all) => here.is_some_and(|here| *all || here != '\n') && after(self, at + 1),
            Node::Set(set) => here.is_some_and(|here| set.has(here, self.ignore_case)) && after(self, at + 1),
            Node::Start | Node::TextStart => at == 0 && after(self, at),
            Node::End => (at == self.text.len() || at + 1 == self.text.len() && here == Some('\n')) && after(self, at),
            Node::TextEnd => at == self.text.len() && after(self, at),
            Node::Boundary(not) => {
                (before.is_some_and(is_word) != here.is_some_and(is_word)) != *not && after(self, at)
            }
            Node::Keep => {
                let old = self.keep.replace(at);
                let hit = after(self, at);
                if !hit {
                    self.keep = old;
                }
                hit
            }
            Node::Group(inner, None) => self.step(inner, at, after),
            Node::Group(inner, Some(number)) => {
                let old = self.groups[*number];
                let hit = self.step(inner, at, &mut |state, end| {
                    let earlier = state.groups[*number].replace((at, end));
                    let hit = after(state, end);
                    if !hit {
                        state.groups[*number] = earlier;
                    }
                    hit
                });
                if !hit {
                    self.groups[*number] = old;
                }
                hit
            }
            Node::Back(number) => {
                let Some((from, to)) = self.groups.get(*number).copied().flatten() else { return false };
                let (text, length) = (self.text, to - from);
                let fits = at + length <= text.len() && (0..length).all(|n| self.same(text[from + n], text[at + n]));
                fits && after(self, at + length)
            }
            Node::Sequence(nodes) => self.sequence(nodes, at, after),
            Node::Choice(choices) => choices.iter().any(|choice| self.step(choice, at, after)),
            Node::Repeat { node, least, most, kind } => self.repeat(node, (*least, *most, *kind), 0, at, after),
            Node::Look { node, behind, not } => {
                let hit = if *behind {
                    (0..=at).rev().any(|from| self.step(node, from, &mut |_, end| end == at))
                } else {
                    self.step(node, at, &mut |_, _| true)
                };
                hit != *not && !self.failed && after(self, at)
            }
        }
    }

    fn sequence(&mut self, nodes: &[Node], at: usize, after: After<'_, 'a>) -> bool {
        match nodes.split_first() {
            None => after(self, at),
            Some((first, rest)) => self.step(first, at, &mut |state, at| state.sequence(rest, at, after)),
        }
    }

    fn repeat(
        &mut self,
        node: &Node,
        how: (usize, usize, Greed),
        count: usize,
        at: usize,
        after: After<'_, 'a>,
    ) -> bool {
        let (least, most, kind) = how;
        // One character at a time needs no nesting.
        if let Node::Char(_) | Node::Any(_) | Node::Set(_) = node {
            let mut longest = 0;
            let wanted = if kind == Greed::Least { least } else { most };
            while longest < wanted && self.step_in(node, at + longest, &mut |_, _| true) {
                longest += 1;
                self.steps += 1;
            }
            if longest < least {
                return false;
            }
            match kind {
                Greed::Possessive => return after(self, at + longest),
                Greed::Most => return (least..=longest).rev().any(|count| after(self, at + count)),
                Greed::Least => loop {
                    if after(self, at + longest) {
                        return true;
                    }
                    self.steps += 1;
                    if self.steps > LIMIT {
                        self.failed = true;
                    }
                    if self.failed || longest >= most || !self.step_in(node, at + longest, &mut |_, _| true) {
                        return false;
                    }
                    longest += 1;
                },
            }
        }
        if kind == Greed::Possessive {
            let (mut at, mut count) = (at, 0);
            while count < most {
                let end = std::cell::Cell::new(at);
                let hit = self.step(node, at, &mut |_, place| {
                    end.set(place);
                    true
                });
                if !hit || end.get() == at && count >= least {
                    break;
                }
                at = end.get();
                count += 1;
            }
            return count >= least && after(self, at);
        }
        if kind == Greed::Least && count >= least && after(self, at) {
            return true;
        }
        let more = count < most
            && self.step(node, at, &mut |state, end| {
                // A turn that takes nothing would go on for ever.
                (end > at || count < least) && state.repeat(node, how, count + 1, end, after)
            });
        more || kind == Greed::Most && count >= least && !self.failed && after(self, at)
    }
}
