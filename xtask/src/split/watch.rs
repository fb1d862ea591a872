//! A wasm that notes what of it runs, and what a run has come to.

use std::collections::{BTreeMap, BTreeSet};

use walrus::ir::{self, Const, Instr, Value};
use walrus::{FunctionId, Module};

use super::module::{BeforeNumbers, body, functions, memory, mentions, parse};
use crate::cold::{self, Place, Ran};
use crate::data::Layout;
use crate::shell::{Failure, Outcome};

/// What a run may come to: functions, then data, by their keys, and then pieces of functions.
struct Noted {
    pub(super) functions: Vec<(FunctionId, String)>,
    /// The constants in the code that mean data.
    pub(super) data: BTreeMap<u32, String>,
    /// Where the segments of functions begin whose runs are alike on each visit (`cold.rs`), and their shapes; by their places in the
    /// list of functions.
    pub(super) segments: Vec<(usize, Vec<Place>, u32)>,
}

impl Noted {
    /// `crates`: the names of those of the simulation.
    pub(super) fn of(module: &Module, layout: &Layout, crates: &[String]) -> Outcome<Noted> {
        let functions = functions(module);
        let memory = memory(module)?;
        let numbers = mentions(module, functions.iter().map(|(id, _)| *id)).numbers;
        let data = |number: u32| Some((number, layout.key(number, &memory)?));
        let data = numbers.into_iter().filter_map(data).collect();
        let segments = functions.iter().enumerate().filter_map(|(at, (id, _))| {
            let function = module.funcs.get(*id);
            let repeatable = cold::is_repeatable(function.name.as_deref()?, crates);
            let (places, shape) = repeatable.then(|| cold::segments(function.kind.unwrap_local()))?;
            Some((at, places, shape))
        });
        let segments = segments.collect();
        Ok(Noted { functions, data, segments })
    }

    pub(super) fn count(&self) -> usize {
        let segments: usize = self.segments.iter().map(|(_, places, _)| places.len()).sum();
        self.functions.len() + self.data.len() + segments
    }
}

/// The wasm, made to note which functions run, which data is come to, and which segments of functions: one byte each, in order,
/// from the address given back. And how many they are.
pub fn watched(wasm: &[u8], layout: &Layout, crates: &[String]) -> Outcome<(Vec<u8>, u64, usize)> {
    let mut module = parse(wasm, false)?;
    let memory = module.get_memory_id().map_err(|error| Failure(format!("the page's wasm: {error:#}")))?;
    let noted = Noted::of(&module, layout, crates)?;
    // A page more than the module asks for: what the allocator gets later lies behind it.
    let pages = noted.count().div_ceil(65_536) as u64;
    let from = module.memories.get(memory).initial * 65_536;
    module.memories.get_mut(memory).initial += pages;
    let kind = ir::StoreKind::I32_8 { atomic: false };
    let note = |index: usize| -> [Instr; 3] {
        let arg = ir::MemArg { align: 1, offset: from + index as u64 };
        let number = |number| Const { value: Value::I32(number) }.into();
        [number(0), number(1), ir::Store { memory, kind, arg }.into()]
    };
    let data = noted.data.keys().enumerate();
    let data: BTreeMap<u32, [Instr; 3]> =
        data.map(|(index, number)| (*number, note(noted.functions.len() + index))).collect();
    let mut index = noted.functions.len() + noted.data.len();
    for (at, places, _) in &noted.segments {
        let function = body(&mut module, noted.functions[*at].0);
        // From the last on, so that the places before it stay where they are.
        let mut numbered: Vec<(Place, usize)> = places.iter().copied().zip(index..).collect();
        numbered.sort();
        for ((sequence, place), index) in numbered.into_iter().rev() {
            let instructions = note(index).map(|instruction| (instruction, ir::InstrLocId::default()));
            function.block_mut(sequence).instrs.splice(place..place, instructions);
        }
        index += places.len();
    }
    for (index, (id, _)) in noted.functions.iter().enumerate() {
        let function = body(&mut module, *id);
        let entry = function.entry_block();
        ir::dfs_pre_order_mut(&mut BeforeNumbers(&data), function, entry);
        let mut start = function.builder_mut().instr_seq(entry);
        for (at, instruction) in note(index).into_iter().enumerate() {
            start.instr_at(at, instruction);
        }
    }
    let count = noted.count();
    Ok((module.emit_wasm(), from, count))
}

/// The keys of the functions and data that are marked, and lines of the functions of which only some segments are.
pub fn keys_of(
    wasm: &[u8],
    layout: &Layout,
    crates: &[String],
    marked: impl Fn(usize) -> bool,
) -> Outcome<BTreeSet<String>> {
    let noted = Noted::of(&parse(wasm, false)?, layout, crates)?;
    let mut ran = Ran::default();
    let mut index = noted.functions.len() + noted.data.len();
    for (at, places, shape) in noted.segments {
        ran.note(&noted.functions[at].1, shape, (index..).take(places.len()).map(&marked));
        index += places.len();
    }
    let keys = noted.functions.into_iter().map(|(_, key)| key).chain(noted.data.into_values());
    Ok(keys.enumerate().filter(|(at, _)| marked(*at)).map(|(_, key)| key).chain(ran.lines()).collect())
}
