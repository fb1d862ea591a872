//! Which pieces of a function a run came to, and where those begin that it did not come to.
//!
//! A function's text falls into segments: a new one begins wherever a run may be for the first time although it has been in the
//! function before, that is, with each sequence of instructions and behind each instruction from which control may go elsewhere. In
//! wasm, control comes to an instruction only by the one before it in its sequence, so what a run did not come to is always the
//! end of a sequence, with all that is nested in it. What is made of such ends is in `outline.rs`.

use std::collections::{BTreeMap, BTreeSet};

use walrus::ir::{Instr, InstrSeqId, InstrSeqType};
use walrus::{FunctionId, LocalFunction, Module};

use crate::shell::{Failure, Outcome};
use crate::split::key;

/// A place in a function: before this instruction of this sequence.
pub type Place = (InstrSeqId, usize);

/// What a key press may lead to at any moment, whatever one run did.
const BY_PERSON: [&str; 2] = ["machine::terminal", "machine::tty"];
/// The page's own code, and what it calls at times of its own: what that does depends on windows, events and the browser's clock.
const OF_PAGE: [&str; 6] = [
    "kube_playground_app::",
    "yew::",
    "playground::playground",
    "playground::history",
    "playground::session",
    "playground::screens",
];

/// Whether it is the same on each visit which pieces of a function run: code of the simulation. `crates` are the names of its crates.
/// The standard library's containers and its allocator are not: other lengths and addresses take other ways.
pub fn is_repeatable(name: &str, crates: &[String]) -> bool {
    let ours = name
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .any(|word| crates.iter().any(|own| own == word));
    let plain = without_disambiguators(name);
    ours && !BY_PERSON.iter().chain(&OF_PAGE).any(|part| plain.contains(part))
}

/// A name without what tells two crates of one name apart: `core[85d4c8dcd3ca1359]::str`.
fn without_disambiguators(name: &str) -> String {
    let mut plain = String::new();
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('[') {
        plain.push_str(before);
        match after.split_once(']') {
            Some((inner, behind)) if inner.starts_with(|letter: char| letter.is_ascii_hexdigit()) => rest = behind,
            _ => {
                plain.push('[');
                rest = after;
            }
        }
    }
    plain + rest
}

/// The sequences inside an instruction.
pub fn nested(instruction: &Instr) -> Vec<InstrSeqId> {
    match instruction {
        Instr::Block(block) => vec![block.seq],
        Instr::Loop(inner) => vec![inner.seq],
        Instr::IfElse(choice) => vec![choice.consequent, choice.alternative],
        _ => Vec::new(),
    }
}

/// Where an instruction may go on to, other than the next one.
pub fn targets(instruction: &Instr) -> Vec<InstrSeqId> {
    match instruction {
        Instr::Br(branch) => vec![branch.block],
        Instr::BrIf(branch) => vec![branch.block],
        Instr::BrTable(table) => table.blocks.iter().copied().chain([table.default]).collect(),
        _ => Vec::new(),
    }
}

/// Where the segments of a function begin, in the order of its text, and a number that says how they lie.
pub fn segments(function: &LocalFunction) -> (Vec<Place>, u32) {
    fn walk(function: &LocalFunction, sequence: InstrSeqId, places: &mut Vec<Place>, shape: &mut u32) {
        let step = |shape: &mut u32, code: u32| *shape = (*shape ^ code).wrapping_mul(0x0100_0193);
        let instructions = &function.block(sequence).instrs;
        places.push((sequence, 0));
        for (at, (instruction, _)) in instructions.iter().enumerate() {
            let inner = nested(instruction);
            let parts = !inner.is_empty() || matches!(instruction, Instr::BrIf(_));
            step(shape, if parts { 2 + inner.len() as u32 } else { 1 });
            inner.into_iter().for_each(|inner| walk(function, inner, places, shape));
            if parts && at + 1 < instructions.len() {
                places.push((sequence, at + 1));
            }
        }
        step(shape, 0);
    }
    let (mut places, mut shape) = (Vec::new(), 0x811c_9dc5);
    walk(function, function.entry_block(), &mut places, &mut shape);
    (places, shape)
}

/// Which segments of functions a run came to, by the key of a function and its shape.
#[derive(Default)]
pub struct Ran(BTreeMap<(String, u32), Vec<bool>>);

impl Ran {
    /// Notes a function's segments; of several functions with one key, what any came to counts.
    pub fn note(&mut self, key: &str, shape: u32, ran: impl Iterator<Item = bool>) {
        let ran: Vec<bool> = ran.collect();
        match self.0.get_mut(&(key.to_owned(), shape)) {
            Some(known) => known.iter_mut().zip(ran).for_each(|(known, ran)| *known |= ran),
            None => _ = self.0.insert((key.to_owned(), shape), ran),
        }
    }

    /// Lines: a function's key, its shape, and a bit for each segment. Only functions of which something ran and something
    /// did not.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.0.iter().filter(|(_, ran)| ran.contains(&true) && ran.contains(&false)).map(|((key, shape), ran)| {
            let digit = |four: &[bool]| four.iter().rev().fold(0, |digit, bit| digit << 1 | u32::from(*bit));
            let bits: String = ran.chunks(4).filter_map(|four| char::from_digit(digit(four), 16)).collect();
            format!("{key} {shape:08x} {bits}")
        })
    }

    /// Reads such lines, among others.
    pub fn read<'a>(lines: impl Iterator<Item = &'a String>) -> Ran {
        let mut all = Ran::default();
        for line in lines {
            let mut words = line.split(' ');
            if let (Some(key), Some(Ok(shape)), Some(bits)) =
                (words.next(), words.next().map(|shape| u32::from_str_radix(shape, 16)), words.next())
            {
                let digits = bits.chars().filter_map(|digit| digit.to_digit(16));
                all.note(key, shape, digits.flat_map(|digit| (0..4).map(move |bit| digit >> bit & 1 == 1)));
            }
        }
        all
    }

    /// Whether all segments that others came to are known, if the function is.
    pub fn covers(&self, others: &Ran) -> bool {
        let covered = |(function, ran): (&(String, u32), &Vec<bool>)| {
            self.0.get(function).is_none_or(|known| known.iter().zip(ran).all(|(known, ran)| *known || !ran))
        };
        others.0.iter().all(covered)
    }

    /// The ends of sequences that no run came to, the outermost ones: where each begins, as early as nothing is on the stack.
    pub fn ends(&self, module: &Module, id: FunctionId) -> Outcome<Vec<Place>> {
        let function = module.funcs.get(id);
        let (places, shape) = segments(function.kind.unwrap_local());
        let Some(ran) = self.0.get(&(key(function.name.as_deref().unwrap_or_default()), shape)) else {
            return Ok(Vec::new());
        };
        // Their last digit may say more than there is.
        if ran.len() < places.len() {
            return Err(Failure("a line of segments is too short".into()));
        }
        let cold: BTreeSet<Place> = places.iter().zip(ran).filter(|(_, ran)| !**ran).map(|(place, _)| *place).collect();
        let mut ends = Vec::new();
        let function = function.kind.unwrap_local();
        let mut sequences = vec![function.entry_block()];
        while let Some(sequence) = sequences.pop() {
            let instructions = &function.block(sequence).instrs;
            let from = (0..instructions.len()).find(|at| cold.contains(&(sequence, *at)));
            let hot = &instructions[..from.unwrap_or(instructions.len())];
            sequences.extend(hot.iter().flat_map(|(instruction, _)| nested(instruction)));
            ends.extend(from.and_then(|from| level(module, function, (sequence, from))));
        }
        Ok(ends)
    }
}

/// The first place from one on, in its sequence, where the stack is as at the sequence's start.
fn level(module: &Module, function: &LocalFunction, (sequence, from): Place) -> Option<Place> {
    let (taken, _) = values(module, function.block(sequence).ty);
    let instructions = &function.block(sequence).instrs;
    let mut height = taken;
    for (at, (instruction, _)) in instructions.iter().enumerate() {
        if at >= from && height == 0 {
            return Some((sequence, at));
        }
        let (taken, given) = effect(module, function, instruction)?;
        height = height.checked_sub(taken)? + given;
    }
    None
}

/// How many values a sequence takes from the stack and leaves there.
pub fn values(module: &Module, ty: InstrSeqType) -> (usize, Vec<walrus::ValType>) {
    match ty {
        InstrSeqType::Simple(value) => (0, value.into_iter().collect()),
        InstrSeqType::MultiValue(ty) => {
            let (parameters, results) = module.types.params_results(ty);
            (parameters.len(), results.to_vec())
        }
    }
}

/// How many values an instruction takes from the stack and leaves there. Nothing of one after which no other runs, and of those
/// that our wasm has not.
fn effect(module: &Module, function: &LocalFunction, instruction: &Instr) -> Option<(usize, usize)> {
    let of = |ty| {
        let (parameters, results) = module.types.params_results(ty);
        (parameters.len(), results.len())
    };
    let inside = |sequence| {
        let (taken, left) = values(module, function.block(sequence).ty);
        (taken, left.len())
    };
    Some(match instruction {
        Instr::Block(block) => inside(block.seq),
        Instr::Loop(inner) => inside(inner.seq),
        Instr::IfElse(choice) => {
            let (taken, left) = inside(choice.consequent);
            (taken + 1, left)
        }
        Instr::Call(call) => of(module.funcs.get(call.func).ty()),
        Instr::CallIndirect(call) => {
            let (taken, left) = of(call.ty);
            (taken + 1, left)
        }
        Instr::LocalGet(_) | Instr::GlobalGet(_) | Instr::Const(_) | Instr::MemorySize(_) => (0, 1),
        Instr::LocalSet(_) | Instr::GlobalSet(_) | Instr::Drop(_) | Instr::BrIf(_) => (1, 0),
        Instr::LocalTee(_) | Instr::Unop(_) | Instr::Load(_) | Instr::MemoryGrow(_) => (1, 1),
        Instr::Binop(_) => (2, 1),
        Instr::Store(_) => (2, 0),
        Instr::Select(_) => (3, 1),
        Instr::MemoryCopy(_) | Instr::MemoryFill(_) => (3, 0),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_simulation_runs_alike_on_each_visit() {
        let crates = ["machine", "cluster"].map(str::to_owned);
        for (name, alike) in [
            ("<cluster[0a1b]::Cluster>::dispatch", true),
            ("<alloc[2c]::vec::Vec<cluster[0a1b]::Event> as core[3d]::clone::Clone>::clone", true),
            ("<alloc[2c]::vec::Vec<u8>>::push", false),
            ("<machine[0a1b]::terminal::Terminal>::input", false),
            ("<kube_playground_app[0a1b]::session::Session>::turn::<cluster[0a1b]::Cluster>", false),
        ] {
            assert_eq!(is_repeatable(name, &crates), alike, "{name}");
        }
    }

    #[test]
    fn what_one_run_came_to_covers_what_another_did() {
        let ran = |bits: &[bool]| {
            let mut ran = Ran::default();
            ran.note("0a1b2c3d", 7, bits.iter().copied());
            let lines: Vec<String> = ran.lines().collect();
            Ran::read(lines.iter())
        };
        let [one, more] = [ran(&[true, false, false, false, true]), ran(&[true, true, false, false, true])];
        assert!(more.covers(&one) && !one.covers(&more));
        assert!(Ran::default().covers(&more), "a function that is not listed is not parted");
    }
}
