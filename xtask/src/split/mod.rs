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

mod module;
mod rest;
mod watch;

use std::collections::{BTreeMap, BTreeSet};

use walrus::ir::{self, CallIndirect, Const, Instr, Value};
use walrus::{ConstExpr, ElementItems, ElementKind, ExportItem, FunctionBuilder, FunctionId, Module, TableId};

pub use self::module::{hash, key};
pub use self::watch::{keys_of, watched};

use self::module::{BeforeNumbers, body, functions, memory, mentions, parse, put_data};
use self::rest::rest;
use crate::cold::Ran;
use crate::data::Layout;
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

/// The wasm with what did not run of the functions that are listed in functions of their own, which are in no list.
pub fn outlined(wasm: &[u8], first: &BTreeSet<String>) -> Outcome<Vec<u8>> {
    let mut module = parse(wasm, true)?;
    outline(&mut module, &Ran::read(first.iter()))?;
    Ok(module.emit_wasm())
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

    use super::module::fill;
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
