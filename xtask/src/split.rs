//! The page's wasm in two: what runs before the first command, and the rest, which the browser fetches while a person reads.
//!
//! `xtask/first.txt` lists the functions that ran until a prompt could be typed at, as hashes of their names (the names of
//! instances of generic functions are long); `cargo xtask generate first` writes it anew from a run in Chromium. A function
//! that is not listed goes to the rest. The first part calls it through the function table, where a stub stands in for it
//! until the rest is there (`stubs.rs`); a stub that is called too early fetches the rest at once (`www/page/rest.ts`), which is slow but
//! right. So a list that has become stale costs time, never correctness. It lists data as well (what it leaves out is the messages
//! of errors that nobody met, mostly): before such a piece is named, its function looks whether the rest is there.
//!
//! The rest is a module of its own: it imports memory, tables, globals and functions of the first part, and its one
//! segment of table elements puts its functions where the stubs were. Static data that no function of the first part can come
//! to (`data.rs`) is in the rest too, and in memory before any of its functions can be called.

use std::collections::{BTreeMap, BTreeSet};

use walrus::ir::{self, CallIndirect, Const, Instr, Value};
use walrus::{
    ConstExpr, DataKind, ElementItems, ElementKind, ExportItem, FunctionBuilder, FunctionId, FunctionKind, GlobalKind,
    LocalFunction, Module, ModuleConfig, TableId,
};

use crate::cold::{self, Place, Ran};
use crate::data::{Layout, Memory};
use crate::order;
use crate::outline::outline;
use crate::shell::{Failure, Outcome};
use crate::stubs;

/// The export that fetches the rest and waits for it (`src/browser/rest.rs`).
const FETCH: &str = "fetchRestNow";
/// The export of the table, for the stubs (`www/page/stubs.ts`).
const TABLE: &str = "table";
/// So begin the names of exports that only wasm-bindgen's script calls.
const SCRIPTS: &str = "wasm_bindgen_";
/// Yew's hash maps compare keys when two hashes begin alike, which no one run shows.
const BY_CHANCE: &str = "hashbrown";
/// Under this name the rest imports what the first part exports.
const FIRST: &str = "first";
/// What is exported for the rest begins so.
pub const OWN: char = '~';

/// The two modules.
pub struct Parts {
    pub first: Vec<u8>,
    pub rest: Vec<u8>,
    /// What the first part and wasm-bindgen's script call each other by: old and new names. The old ones are long.
    pub renamed: Vec<(String, String)>,
}

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
fn parse(wasm: &[u8], named: bool) -> Outcome<Module> {
    let mut config = ModuleConfig::new();
    config.generate_name_section(named).generate_producers_section(false);
    let mut module = config.parse(wasm).map_err(|error| Failure(format!("the page's wasm: {error:#}")))?;
    // What the linker said of the module it wrote, which this is not any more.
    let said: Vec<_> = module.customs.iter().filter(|(_, custom)| custom.name() != "name").map(|(id, _)| id).collect();
    said.into_iter().for_each(|id| _ = module.customs.delete(id));
    Ok(module)
}

/// The functions with a body and their keys, in the module's order.
fn functions(module: &Module) -> Vec<(FunctionId, String)> {
    module.funcs.iter_local().map(|(id, _)| (id, key(module.funcs.get(id).name.as_deref().unwrap_or("")))).collect()
}

/// What a run may come to: functions, then data, by their keys, and then pieces of functions.
struct Noted {
    functions: Vec<(FunctionId, String)>,
    /// The constants in the code that mean data.
    data: BTreeMap<u32, String>,
    /// Where the segments of functions begin whose runs are alike on each visit (`cold.rs`), and their shapes; by their places in the
    /// list of functions.
    segments: Vec<(usize, Vec<Place>, u32)>,
}

impl Noted {
    /// `crates`: the names of those of the simulation.
    fn of(module: &Module, layout: &Layout, crates: &[String]) -> Outcome<Noted> {
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

    fn count(&self) -> usize {
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

/// Puts instructions before those that name certain numbers.
struct BeforeNumbers<'a, const N: usize>(&'a BTreeMap<u32, [Instr; N]>);

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

/// The wasm with what did not run of the functions that are listed in functions of their own, which are in no list.
pub fn outlined(wasm: &[u8], first: &BTreeSet<String>) -> Outcome<Vec<u8>> {
    let mut module = parse(wasm, true)?;
    outline(&mut module, &Ran::read(first.iter()))?;
    Ok(module.emit_wasm())
}

fn body(module: &mut Module, id: FunctionId) -> &mut LocalFunction {
    module.funcs.get_mut(id).kind.unwrap_local_mut()
}

/// A name for contents (FNV-1a, 64 bits).
pub fn hash(contents: &[&[u8]]) -> String {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    format!("{:016x}", contents.iter().copied().flatten().fold(0xcbf2_9ce4_8422_2325, step))
}

/// Everything a function names.
#[derive(Default)]
struct Mentions {
    called: BTreeSet<FunctionId>,
    /// Through `ref.func`: such a function has to stay.
    referred: BTreeSet<FunctionId>,
    /// Constants and offsets: some are addresses.
    numbers: BTreeSet<u32>,
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

fn mentions(module: &Module, functions: impl Iterator<Item = FunctionId>) -> Mentions {
    let mut mentions = Mentions::default();
    for id in functions {
        if let FunctionKind::Local(function) = &module.funcs.get(id).kind {
            ir::dfs_in_order(&mut mentions, function, function.entry_block());
        }
    }
    mentions
}

/// Calls of functions that moved become calls through the table.
struct ThroughTable<'a> {
    table: TableId,
    slots: &'a BTreeMap<FunctionId, (u32, walrus::TypeId)>,
}

impl ir::VisitorMut for ThroughTable<'_> {
    fn start_instr_seq_mut(&mut self, sequence: &mut ir::InstrSeq) {
        let mut at = 0;
        while at < sequence.instrs.len() {
            if let Instr::Call(call) = &sequence.instrs[at].0
                && let Some((slot, ty)) = self.slots.get(&call.func)
            {
                let place = sequence.instrs[at].1;
                sequence.instrs[at].0 = CallIndirect { ty: *ty, table: self.table }.into();
                sequence.instrs.insert(at, (Const { value: Value::I32(slot.cast_signed()) }.into(), place));
                at += 1;
            }
            at += 1;
        }
    }
}

/// Splits the page's wasm by the keys of the functions that come first. Without a layout of its data, all data is in the first
/// part.
pub fn split(wasm: &[u8], first: &BTreeSet<String>, layout: Option<&Layout>) -> Outcome<Parts> {
    let broken = |what: &str| Failure(format!("the page's wasm cannot be split: {what}"));
    let mut module = parse(wasm, false)?;
    let table = module
        .tables
        .main_function_table()
        .map_err(|error| broken(&error.to_string()))?
        .ok_or_else(|| broken("it has no table of functions"))?;
    let fetch = module.exports.get_func(FETCH).map_err(|error| broken(&error.to_string()))?;

    // Which functions move: not those that others know by name.
    let all = functions(&module);
    let mut stay: BTreeSet<FunctionId> = module.start.into_iter().collect();
    stay.extend(module.exports.iter().filter_map(|export| match export.item {
        ExportItem::Function(id) => Some(id),
        _ => None,
    }));
    stay.extend(mentions(&module, all.iter().map(|(id, _)| *id)).referred);
    let by_chance =
        |id: &FunctionId| module.funcs.get(*id).name.as_deref().is_some_and(|name| name.contains(BY_CHANCE));
    let moves: BTreeSet<FunctionId> = all
        .iter()
        .filter(|(id, key)| !first.contains(key) && !stay.contains(id) && !by_chance(id))
        .map(|(id, _)| *id)
        .collect();
    let stays = || all.iter().map(|(id, _)| *id).filter(|id| !moves.contains(id));

    // A place in the table for each that is called from what stays; many have one already.
    let mut slots: BTreeMap<FunctionId, u32> = BTreeMap::new();
    let mut places: BTreeMap<u32, FunctionId> = BTreeMap::new();
    for element in module.elements.iter() {
        let (ElementKind::Active { table: of, offset: ConstExpr::Value(Value::I32(offset)) }, items) =
            (&element.kind, &element.items)
        else {
            continue;
        };
        let ids: Vec<Option<FunctionId>> = match items {
            ElementItems::Functions(ids) => ids.iter().copied().map(Some).collect(),
            ElementItems::Expressions(_, all) => {
                all.iter().map(|one| if let ConstExpr::RefFunc(id) = one { Some(*id) } else { None }).collect()
            }
        };
        for (slot, id) in (offset.cast_unsigned()..).zip(ids) {
            if let Some(id) = id.filter(|id| *of == table && moves.contains(id)) {
                slots.entry(id).or_insert(slot);
                places.insert(slot, id);
            }
        }
    }
    let begin = u32::try_from(module.tables.get(table).initial).map_err(|_| broken("its table is too large"))?;
    let mut end = begin;
    let called: Vec<FunctionId> =
        mentions(&module, stays()).called.into_iter().filter(|id| moves.contains(id)).collect();
    for id in called {
        slots.entry(id).or_insert_with(|| {
            places.insert(end, id);
            end += 1;
            end - 1
        });
    }

    let mut later = Vec::new();
    let mut late_data = BTreeSet::new();
    if let Some(layout) = layout {
        let memory = memory(&module)?;
        layout.check(&memory)?;
        let (late, at_once): (BTreeSet<u32>, _) = mentions(&module, stays())
            .numbers
            .into_iter()
            .partition(|number| layout.key(*number, &memory).is_some_and(|key| !first.contains(&key)));
        let [now, moved] = memory.parted(&layout.reached(&at_once));
        put_data(&mut module, now)?;
        (later, late_data) = (moved, late);
    }
    // A byte of the rest's data, which is not zero once it is there.
    let sign = later.first().map(|(address, _)| *address);
    let rest = rest(wasm, &module, &moves, &places, later)?;

    // The first part: calls through the table, stubs in it, and what the rest asks for by name.
    let typed: BTreeMap<_, _> = slots.iter().map(|(id, slot)| (*id, (*slot, module.funcs.get(*id).ty()))).collect();
    let staying: Vec<FunctionId> = stays().collect();
    let mut before = BTreeMap::new();
    if let Some(sign) = sign {
        let func = arrival(&mut module, sign, fetch)?;
        before.extend(late_data.into_iter().map(|number| (number, [Instr::from(ir::Call { func })])));
    }
    for id in staying {
        let function = body(&mut module, id);
        let entry = function.entry_block();
        ir::dfs_pre_order_mut(&mut ThroughTable { table, slots: &typed }, function, entry);
        ir::dfs_pre_order_mut(&mut BeforeNumbers(&before), function, entry);
    }
    // The page puts stubs where they will be. Until then something has to be there.
    for element in module.elements.iter_mut() {
        match &mut element.items {
            ElementItems::Functions(ids) => ids.iter_mut().filter(|id| moves.contains(id)).for_each(|id| *id = fetch),
            ElementItems::Expressions(_, all) => {
                for one in all {
                    if matches!(one, ConstExpr::RefFunc(id) if moves.contains(id)) {
                        *one = ConstExpr::RefFunc(fetch);
                    }
                }
            }
        }
    }
    let of = |types: &[walrus::ValType]| types.iter().map(letter).collect::<Outcome<Vec<u8>>>();
    let mut stubs = BTreeMap::new();
    for (slot, id) in &places {
        let (parameters, results) = module.types.params_results(module.funcs.get(*id).ty());
        stubs.insert(*slot, (of(parameters)?, of(results)?));
    }
    module.exports.add(TABLE, table);
    let table = module.tables.get_mut(table);
    table.initial = u64::from(end);
    table.maximum = table.maximum.map(|most| most + u64::from(end - begin));
    for (name, item) in rest.wanted {
        module.exports.add(&name, item);
    }
    let renamed = rename(&mut module);
    walrus::passes::gc::run(&mut module);
    let mut first = order::arrange(&module.emit_wasm(), BTreeMap::new())?;
    first.wasm.extend(stubs::section(&stubs)?);
    let rest = order::arrange(&rest.wasm, first.names)?;
    Ok(Parts { first: first.wasm, rest: rest.wasm, renamed })
}

/// Gives a module's imports short names, and the exports whose names only wasm-bindgen's script says; longest old name first. They
/// are numbered in the order of their names: the same script comes to be the same again.
fn rename(module: &mut Module) -> Vec<(String, String)> {
    let imports = module.imports.iter().map(|import| import.name.clone());
    let exports = module.exports.iter().map(|export| export.name.clone()).filter(|name| name.starts_with(SCRIPTS));
    let names: BTreeSet<String> = imports.chain(exports).collect();
    let numbered = names.into_iter().enumerate().map(|(number, name)| (name, format!("i{}", short(number))));
    let new: BTreeMap<String, String> = numbered.collect();
    let names = module.imports.iter_mut().map(|import| &mut import.name);
    for name in names.chain(module.exports.iter_mut().map(|export| &mut export.name)) {
        if let Some(short) = new.get(name) {
            name.clone_from(short);
        }
    }
    let mut renamed: Vec<(String, String)> = new.into_iter().collect();
    renamed.sort_by_key(|(old, _)| std::cmp::Reverse(old.len()));
    renamed
}

/// What a module's segments put into memory.
fn memory(module: &Module) -> Outcome<Memory> {
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
fn put_data(module: &mut Module, segments: Vec<(u32, Vec<u8>)>) -> Outcome<()> {
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
fn fill(module: &mut Module, table: TableId, from: u32, functions: Vec<FunctionId>) {
    let offset = ConstExpr::Value(Value::I32(from.cast_signed()));
    let segment = module.elements.add(ElementKind::Active { table, offset }, ElementItems::Functions(functions));
    module.tables.get_mut(table).elem_segments.insert(segment);
}

/// A type of values as wasm says it.
fn letter(ty: &walrus::ValType) -> Outcome<u8> {
    match ty {
        walrus::ValType::I32 => Ok(0x7f),
        walrus::ValType::I64 => Ok(0x7e),
        walrus::ValType::F32 => Ok(0x7d),
        walrus::ValType::F64 => Ok(0x7c),
        other => Err(Failure(format!("the page's wasm has a function of the rest with {other:?}"))),
    }
}

/// A function that fetches the rest if it is not there: what comes before data of the rest is named.
fn arrival(module: &mut Module, sign: u32, fetch: FunctionId) -> Outcome<FunctionId> {
    let memory = module.get_memory_id().map_err(|error| Failure(format!("the page's wasm: {error:#}")))?;
    let mut builder = FunctionBuilder::new(&mut module.types, &[], &[]);
    let kind = ir::LoadKind::I32_8 { kind: ir::ExtendedLoad::ZeroExtend };
    let mut code = builder.func_body();
    code.i32_const(0).load(memory, kind, ir::MemArg { align: 1, offset: u64::from(sign) }).if_else(
        None,
        |_| {},
        |missing| {
            missing.call(fetch);
        },
    );
    Ok(builder.finish(vec![], &mut module.funcs))
}

/// The second module, and what the first has to export for it.
struct Rest {
    wasm: Vec<u8>,
    wanted: Vec<(String, ExportItem)>,
}

fn rest(
    wasm: &[u8],
    whole: &Module,
    moves: &BTreeSet<FunctionId>,
    places: &BTreeMap<u32, FunctionId>,
    data: Vec<(u32, Vec<u8>)>,
) -> Outcome<Rest> {
    // The same bytes give the same numbers, so an id of the one module finds its twin in the other by its place.
    let mut module = parse(wasm, false)?;
    let twins: BTreeMap<usize, FunctionId> = module.funcs.iter().map(|twin| (twin.id().index(), twin.id())).collect();
    let mut wanted: Vec<(String, ExportItem)> = Vec::new();
    let name = |wanted: &[(String, ExportItem)]| format!("{OWN}{}", short(wanted.len()));

    for export in module.exports.iter().map(walrus::Export::id).collect::<Vec<_>>() {
        module.exports.delete(export);
    }
    module.start = None;
    for element in module.elements.iter().map(walrus::Element::id).collect::<Vec<_>>() {
        module.elements.delete(element);
    }
    put_data(&mut module, data)?;

    let called = mentions(whole, moves.iter().copied()).called;
    for id in called.into_iter().filter(|id| !moves.contains(id)) {
        let twin = twins[&id.index()];
        let name = name(&wanted);
        match &module.funcs.get(twin).kind {
            FunctionKind::Import(imported) => {
                let import = module.imports.get_mut(imported.import);
                (import.module, import.name) = (FIRST.to_owned(), name.clone());
            }
            _ => {
                let import = module.imports.add(FIRST, &name, twin);
                let ty = module.funcs.get(twin).ty();
                module.funcs.get_mut(twin).kind = FunctionKind::Import(walrus::ImportedFunction { import, ty });
            }
        }
        wanted.push((name, ExportItem::Function(id)));
    }
    let memories: Vec<_> =
        whole.memories.iter().map(walrus::Memory::id).zip(module.memories.iter().map(walrus::Memory::id)).collect();
    for (id, twin) in memories {
        let name = name(&wanted);
        let import = module.imports.add(FIRST, &name, twin);
        module.memories.get_mut(twin).import = Some(import);
        wanted.push((name, ExportItem::Memory(id)));
    }
    let tables: Vec<_> =
        whole.tables.iter().map(walrus::Table::id).zip(module.tables.iter().map(walrus::Table::id)).collect();
    for (id, twin) in tables {
        let name = name(&wanted);
        let import = module.imports.add(FIRST, &name, twin);
        let table = module.tables.get_mut(twin);
        table.import = Some(import);
        // The first part's is larger than this module knows.
        table.maximum = None;
        table.elem_segments.clear();
        wanted.push((name, ExportItem::Table(id)));
    }
    let globals: Vec<_> =
        whole.globals.iter().map(walrus::Global::id).zip(module.globals.iter().map(walrus::Global::id)).collect();
    for (id, twin) in globals {
        let name = name(&wanted);
        let import = module.imports.add(FIRST, &name, twin);
        module.globals.get_mut(twin).kind = GlobalKind::Import(import);
        wanted.push((name, ExportItem::Global(id)));
    }

    let table = module.tables.main_function_table().ok().flatten().ok_or_else(|| Failure("no table".into()))?;
    let mut run: Vec<FunctionId> = Vec::new();
    let mut places = places.iter().peekable();
    while let Some((slot, id)) = places.next() {
        run.push(twins[&id.index()]);
        if places.peek().is_none_or(|(next, _)| **next != slot + 1) {
            let functions = std::mem::take(&mut run);
            fill(&mut module, table, slot + 1 - functions.len() as u32, functions);
        }
    }
    walrus::passes::gc::run(&mut module);
    Ok(Rest { wasm: module.emit_wasm(), wanted })
}

/// A number in as few letters as possible.
pub fn short(mut number: usize) -> String {
    const DIGITS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut text = String::new();
    loop {
        text.push(DIGITS[number % DIGITS.len()] as char);
        number /= DIGITS.len();
        if number == 0 {
            return text;
        }
    }
}

#[cfg(test)]
mod tests {
    use wasmparser::Parser;

    use super::*;

    #[test]
    fn a_key_survives_another_build() {
        let same = "<alloc::BTreeMap<alloc[0a1b2c]::string::String, u32>>::get::{closure#12}";
        assert_eq!(key(same), key("<alloc::BTreeMap<alloc[ffee99]::string::String, u32>>::get::{closure#3}"));
        assert_ne!(key(same), key("<alloc::BTreeMap<alloc[0a1b2c]::string::String, u64>>::get::{closure#12}"));
        assert_ne!(key("core::slice[usize]"), key("core::slice"));
    }

    /// `entry` calls `near` and `far`; `far` calls `near` and `farther`.
    fn module() -> Vec<u8> {
        let mut module = Module::default();
        let table = module.tables.add_local(false, 1, Some(1), walrus::RefType::FUNCREF);
        let memory = module.memories.add_local(false, false, 1, None, None);
        module.exports.add("memory", memory);
        let nothing = module.types.add(&[], &[]);
        let (fetch, _) = module.add_import_func("page", "fetchNow", nothing);
        module.exports.add(FETCH, fetch);
        let mut function = |name: &str, calls: &[FunctionId]| {
            let mut builder = FunctionBuilder::new(&mut module.types, &[], &[]);
            builder.name(name.to_owned());
            let mut code = builder.func_body();
            calls.iter().for_each(|id| _ = code.call(*id));
            builder.finish(vec![], &mut module.funcs)
        };
        let near = function("near", &[]);
        let farther = function("farther", &[]);
        let far = function("far", &[near, farther]);
        let entry = function("entry", &[near, far]);
        module.exports.add("entry", entry);
        fill(&mut module, table, 0, vec![farther]);
        module.emit_wasm()
    }

    #[test]
    fn each_part_has_what_the_other_asks_for() {
        let first = ["near"].map(key).into();
        let parts = split(&module(), &first, None).unwrap_or_else(|Failure(why)| panic!("{why}"));
        let [first, rest] = [&parts.first, &parts.rest].map(|wasm| Module::from_buffer(wasm).expect("a valid module"));

        let offered: BTreeSet<&str> = first.exports.iter().map(|export| export.name.as_str()).collect();
        let asked: BTreeSet<&str> = rest.imports.iter().map(|import| import.name.as_str()).collect();
        assert!(rest.imports.iter().all(|import| import.module == FIRST));
        assert!(!asked.is_empty() && asked.is_subset(&offered), "{asked:?} of {offered:?}");

        assert_eq!(parts.renamed, [("fetchNow".to_owned(), "i0".to_owned())]);
        assert!(first.imports.iter().all(|import| import.name == "i0"));

        // `far` and `farther` moved; the page puts stubs in their places in the table.
        let [of_first, of_rest] = [&first, &rest].map(|module| module.funcs.iter_local().count());
        assert_eq!((of_first, of_rest), (2, 2), "near and entry; far and farther");
        let stubs: Vec<&[u8]> = Parser::new(0)
            .parse_all(&parts.first)
            .filter_map(|payload| match payload.expect("a valid module") {
                wasmparser::Payload::CustomSection(custom) if custom.name() == "stubs" => Some(custom.data()),
                _ => None,
            })
            .collect();
        // One type that means none, one of both; the two places.
        assert_eq!(stubs, [[2, 0x60, 0, 0, 0x60, 0, 0, 1, 1]]);
        let table = first.tables.iter().next().expect("a table");
        assert_eq!((table.initial, table.maximum), (2, Some(2)));
        let placed: usize = rest
            .elements
            .iter()
            .map(|element| match &element.items {
                ElementItems::Functions(ids) => ids.len(),
                ElementItems::Expressions(_, all) => all.len(),
            })
            .sum();
        assert_eq!(placed, 2);
    }

    #[test]
    fn a_text_that_was_not_come_to_is_in_the_rest_and_looked_for_before_it_is_named() {
        let mut module = Module::from_buffer(&module()).expect("a valid module");
        let memory = module.get_memory_id().expect("a memory");
        let (text, start) = (b"the message of an error", 1024);
        let mut builder = FunctionBuilder::new(&mut module.types, &[], &[]);
        builder.name("fails".to_owned()).func_body().i32_const(start).drop();
        let fails = builder.finish(vec![], &mut module.funcs);
        module.exports.add("fails", fails);
        put_data(&mut module, vec![(start.cast_unsigned(), text.to_vec())])
            .unwrap_or_else(|Failure(why)| panic!("{why}"));
        assert_eq!(memory, module.get_memory_id().expect("a memory"));
        let wasm = module.emit_wasm();
        let object = crate::data::Object { start: 1024, end: 1024 + text.len() as u32 };
        let layout = Layout::of_texts(&[object]);
        let key =
            keys_of(&wasm, &layout, &[], |_| true).unwrap_or_default().into_iter().find(|key| key.starts_with("data-"));
        for (listed, [in_first, in_rest]) in [(None, [0, 1]), (key, [1, 0])] {
            let mut first: BTreeSet<String> = ["near"].map(self::key).into();
            first.extend(listed);
            let parts = split(&wasm, &first, Some(&layout)).unwrap_or_else(|Failure(why)| panic!("{why}"));
            let [first, rest] =
                [parts.first, parts.rest].map(|wasm| Module::from_buffer(&wasm).expect("a valid module"));
            assert_eq!([first.data.iter().count(), rest.data.iter().count()], [in_first, in_rest]);
            // What looks whether the rest is there.
            let fetching = first.funcs.iter_local().filter(|(id, _)| {
                let fetch = first.exports.get_func(FETCH).expect("an export");
                mentions(&first, [*id].into_iter()).called.contains(&fetch)
            });
            assert_eq!(fetching.count(), in_rest);
        }
    }
}
