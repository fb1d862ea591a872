//! The second module of the two.

use std::collections::{BTreeMap, BTreeSet};

use walrus::{ExportItem, FunctionId, FunctionKind, GlobalKind, Module};

use super::module::{fill, mentions, parse, put_data};
use super::{FIRST, OWN, short};
use crate::shell::{Failure, Outcome};

/// The second module, and what the first has to export for it.
pub(super) struct Rest {
    pub(super) wasm: Vec<u8>,
    pub(super) wanted: Vec<(String, ExportItem)>,
}

pub(super) fn rest(
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
