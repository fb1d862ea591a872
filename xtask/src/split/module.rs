//! What is read of a wasm module and changed in it, for whichever part it becomes.

use std::collections::{BTreeMap, BTreeSet};

use walrus::ir::{self, Const, Instr, Value};
use walrus::{
    ConstExpr, DataKind, ElementItems, ElementKind, FunctionId, FunctionKind, LocalFunction, Module, ModuleConfig,
    TableId,
};

use crate::data::Memory;
use crate::shell::{Failure, Outcome};

/// A function's name as far as it stays the same from build to build and from compiler to compiler, hashed (FNV-1a).
pub fn key(name: &str) -> String {
    let mut hash: u32 = 0x811c_9dc5;
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            // A crate's disambiguator: `core[85d4c8dcd3ca1359]`.
            '[' if characters.peek().is_some_and(char::is_ascii_hexdigit) => {
                characters.by_ref().take_while(|inner| *inner != ']').for_each(drop);
            }
            // A closure's number.
            '#' => while characters.next_if(char::is_ascii_digit).is_some() {},
            other => {
                let mut bytes = [0; 4];
                for byte in other.encode_utf8(&mut bytes).bytes() {
                    hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
                }
            }
        }
    }
    format!("{hash:08x}")
}

/// The module with names but without what only tools read. It is written without names, or with them.
pub(super) fn parse(wasm: &[u8], named: bool) -> Outcome<Module> {
    let mut config = ModuleConfig::new();
    config.generate_name_section(named).generate_producers_section(false);
    let mut module = config.parse(wasm).map_err(|error| Failure(format!("the page's wasm: {error:#}")))?;
    // What the linker said of the module it wrote, which this is not any more.
    let said: Vec<_> = module.customs.iter().filter(|(_, custom)| custom.name() != "name").map(|(id, _)| id).collect();
    said.into_iter().for_each(|id| _ = module.customs.delete(id));
    Ok(module)
}

/// The functions with a body and their keys, in the module's order.
pub(super) fn functions(module: &Module) -> Vec<(FunctionId, String)> {
    module.funcs.iter_local().map(|(id, _)| (id, key(module.funcs.get(id).name.as_deref().unwrap_or("")))).collect()
}

/// Puts instructions before those that name certain numbers.
pub(super) struct BeforeNumbers<'a, const N: usize>(pub(super) &'a BTreeMap<u32, [Instr; N]>);

impl<const N: usize> ir::VisitorMut for BeforeNumbers<'_, N> {
    fn start_instr_seq_mut(&mut self, sequence: &mut ir::InstrSeq) {
        let mut at = 0;
        while at < sequence.instrs.len() {
            let (instruction, place) = &sequence.instrs[at];
            let before = numbers(instruction).into_iter().flatten().find_map(|number| self.0.get(&number));
            if let Some(before) = before {
                let place = *place;
                sequence.instrs.splice(at..at, before.iter().map(|instruction| (instruction.clone(), place)));
                at += N;
            }
            at += 1;
        }
    }
}

pub(super) fn body(module: &mut Module, id: FunctionId) -> &mut LocalFunction {
    module.funcs.get_mut(id).kind.unwrap_local_mut()
}

/// A name for contents (FNV-1a, 64 bits).
pub fn hash(contents: &[&[u8]]) -> String {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    format!("{:016x}", contents.iter().copied().flatten().fold(0xcbf2_9ce4_8422_2325, step))
}

/// Everything a function names.
#[derive(Default)]
pub(super) struct Mentions {
    pub(super) called: BTreeSet<FunctionId>,
    /// Through `ref.func`: such a function has to stay.
    pub(super) referred: BTreeSet<FunctionId>,
    /// Constants and offsets: some are addresses.
    pub(super) numbers: BTreeSet<u32>,
}

impl<'a> ir::Visitor<'a> for Mentions {
    fn visit_call(&mut self, call: &ir::Call) {
        self.called.insert(call.func);
    }

    fn visit_return_call(&mut self, call: &ir::ReturnCall) {
        self.referred.insert(call.func);
    }

    fn visit_ref_func(&mut self, reference: &ir::RefFunc) {
        self.referred.insert(reference.func);
    }

    fn visit_instr(&mut self, instr: &'a Instr, _: &'a ir::InstrLocId) {
        self.numbers.extend(numbers(instr).into_iter().flatten());
    }
}

/// The numbers in an instruction that may be addresses.
fn numbers(instruction: &Instr) -> [Option<u32>; 2] {
    let number = match instruction {
        Instr::Const(Const { value: Value::I32(number) }) => u64::from(number.cast_unsigned()),
        // An address and a length that are kept together.
        Instr::Const(Const { value: Value::I64(number) }) => number.cast_unsigned(),
        Instr::Load(load) => load.arg.offset,
        Instr::LoadSimd(load) => load.arg.offset,
        Instr::Store(store) => store.arg.offset,
        Instr::AtomicRmw(change) => change.arg.offset,
        Instr::Cmpxchg(change) => change.arg.offset,
        Instr::AtomicNotify(notify) => notify.arg.offset,
        Instr::AtomicWait(wait) => wait.arg.offset,
        _ => return [None, None],
    };
    [Some(number as u32), Some((number >> 32) as u32)]
}

pub(super) fn mentions(module: &Module, functions: impl Iterator<Item = FunctionId>) -> Mentions {
    let mut mentions = Mentions::default();
    for id in functions {
        if let FunctionKind::Local(function) = &module.funcs.get(id).kind {
            ir::dfs_in_order(&mut mentions, function, function.entry_block());
        }
    }
    mentions
}

/// What a module's segments put into memory.
pub(super) fn memory(module: &Module) -> Outcome<Memory> {
    let mut segments = Vec::new();
    for data in module.data.iter() {
        let DataKind::Active { offset: ConstExpr::Value(Value::I32(address)), .. } = &data.kind else {
            return Err(Failure("the page's wasm has data at no constant address".into()));
        };
        segments.push((address.cast_unsigned(), data.value.as_slice()));
    }
    Ok(Memory::new(segments.into_iter()))
}

/// Gives a module other data than it had.
pub(super) fn put_data(module: &mut Module, segments: Vec<(u32, Vec<u8>)>) -> Outcome<()> {
    let memory = module.get_memory_id().map_err(|error| Failure(format!("the page's wasm: {error:#}")))?;
    for data in module.data.iter().map(walrus::Data::id).collect::<Vec<_>>() {
        module.data.delete(data);
    }
    module.memories.get_mut(memory).data_segments.clear();
    for (address, bytes) in segments {
        let offset = ConstExpr::Value(Value::I32(address.cast_signed()));
        let segment = module.data.add(DataKind::Active { memory, offset }, bytes);
        module.memories.get_mut(memory).data_segments.insert(segment);
    }
    Ok(())
}

/// Puts functions into a table, from a place on.
pub(super) fn fill(module: &mut Module, table: TableId, from: u32, functions: Vec<FunctionId>) {
    let offset = ConstExpr::Value(Value::I32(from.cast_signed()));
    let segment = module.elements.add(ElementKind::Active { table, offset }, ElementItems::Functions(functions));
    module.tables.get_mut(table).elem_segments.insert(segment);
}
