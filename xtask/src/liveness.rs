//! Which locals of a function are read later than a place, before something else is put into them.

use std::collections::{BTreeMap, BTreeSet};

use walrus::ir::{Instr, InstrSeqId};
use walrus::{LocalFunction, LocalId};

use crate::cold::{Place, targets};

pub type Locals = BTreeSet<LocalId>;

/// What is live where.
pub struct Liveness<'a> {
    function: &'a LocalFunction,
    places: &'a BTreeSet<Place>,
    /// At the places that were asked for.
    pub at: BTreeMap<Place, Locals>,
    /// Where a branch to a sequence goes on: behind it, or at the start of a loop.
    pub branch: BTreeMap<InstrSeqId, Locals>,
    /// Behind a sequence.
    pub end: BTreeMap<InstrSeqId, Locals>,
}

impl<'a> Liveness<'a> {
    pub fn of(function: &'a LocalFunction, places: &'a BTreeSet<Place>) -> Liveness<'a> {
        let (at, branch, end) = Default::default();
        let mut liveness = Liveness { function, places, at, branch, end };
        liveness.branch.insert(function.entry_block(), Locals::new());
        liveness.before(function.entry_block(), Locals::new());
        liveness
    }

    /// What is live before a sequence, from what is behind it.
    fn before(&mut self, sequence: InstrSeqId, behind: Locals) -> Locals {
        let mut live = behind.clone();
        self.end.insert(sequence, behind);
        for (at, (instruction, _)) in self.function.block(sequence).instrs.iter().enumerate().rev() {
            match instruction {
                Instr::Block(block) => {
                    self.branch.insert(block.seq, live.clone());
                    live = self.before(block.seq, live);
                }
                Instr::Loop(inner) => {
                    self.branch.insert(inner.seq, Locals::new());
                    // From one round to the next more may be found live, never less.
                    loop {
                        let start = self.before(inner.seq, live.clone());
                        if self.branch.insert(inner.seq, start.clone()).as_ref() == Some(&start) {
                            live = start;
                            break;
                        }
                    }
                }
                Instr::IfElse(choice) => {
                    for arm in [choice.consequent, choice.alternative] {
                        self.branch.insert(arm, live.clone());
                    }
                    let other = self.before(choice.alternative, live.clone());
                    live = self.before(choice.consequent, live);
                    live.extend(other);
                }
                Instr::BrIf(_) => live.extend(self.at_targets(instruction)),
                Instr::Br(_) | Instr::BrTable(_) => live = self.at_targets(instruction),
                Instr::Return(_) | Instr::Unreachable(_) => live.clear(),
                Instr::LocalGet(get) => _ = live.insert(get.local),
                Instr::LocalSet(set) => _ = live.remove(&set.local),
                Instr::LocalTee(tee) => _ = live.remove(&tee.local),
                _ => {}
            }
            if self.places.contains(&(sequence, at)) {
                self.at.insert((sequence, at), live.clone());
            }
        }
        live
    }

    fn at_targets(&self, instruction: &Instr) -> Locals {
        targets(instruction).iter().filter_map(|target| self.branch.get(target)).flatten().copied().collect()
    }
}
