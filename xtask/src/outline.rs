//! What of a function did not run before the first command becomes a function of its own, which the split then puts into the
//! rest.
//!
//! The end of a sequence (`cold.rs`) becomes a call: the locals that it needs are parameters, those that it changes and that are
//! read later are results. It may have several ways out (its end, branches to sequences around it, the function's return): the
//! new function then says first which it took.

use std::collections::{BTreeMap, BTreeSet};

use walrus::ir::{self, BinaryOp, Const, Instr, InstrSeqId, InstrSeqType, Value};
use walrus::{FunctionBuilder, FunctionId, LocalFunction, LocalId, Module, ValType};

use crate::cold::{Place, Ran, nested, targets, values};
use crate::liveness::{Liveness, Locals};
use crate::shell::Outcome;

/// What a call through the table costs beside its arguments and results, with what the page keeps of its stub, in bytes.
const CALL: usize = 24;
/// What an instruction takes on average, in bytes.
const INSTRUCTION: usize = 2;

/// A way out of a piece.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Exit {
    /// A branch to a sequence around it.
    Branch(InstrSeqId),
    /// Its end.
    End,
    /// The function's return.
    Return,
}

/// A piece of a function that becomes one of its own.
struct Piece {
    place: Place,
    exits: Vec<Exit>,
    parameters: Vec<LocalId>,
    results: Vec<LocalId>,
    /// What is on the stack at its end, or what the function returns.
    value: Option<ValType>,
}

/// Moves what no run came to out of the functions.
pub fn outline(module: &mut Module, ran: &Ran) -> Outcome<()> {
    let functions: Vec<FunctionId> = module.funcs.iter_local().map(|(id, _)| id).collect();
    for id in functions {
        let places: BTreeSet<Place> = ran.ends(module, id)?.into_iter().collect();
        if places.is_empty() {
            continue;
        }
        let function = module.funcs.get(id).kind.unwrap_local();
        let liveness = Liveness::of(function, &places);
        let pieces: Vec<Piece> = places.iter().filter_map(|place| piece(module, function, &liveness, *place)).collect();
        for (number, piece) in pieces.into_iter().enumerate() {
            let name = format!("{} {number}", module.funcs.get(id).name.as_deref().unwrap_or_default());
            let apart = apart(module, id, &piece, name);
            call(module, id, &piece, apart);
        }
    }
    Ok(())
}

/// What is in a piece.
#[derive(Default)]
struct Inside {
    instructions: usize,
    sequences: BTreeSet<InstrSeqId>,
    targets: BTreeSet<InstrSeqId>,
    read: Locals,
    written: Locals,
    returns: bool,
    /// Something that is not known here.
    strange: bool,
}

impl Inside {
    fn see(&mut self, function: &LocalFunction, instructions: &[(Instr, ir::InstrLocId)]) {
        for (instruction, _) in instructions {
            self.instructions += 1;
            self.targets.extend(targets(instruction));
            match instruction {
                Instr::LocalGet(get) => _ = self.read.insert(get.local),
                Instr::LocalSet(set) => _ = self.written.insert(set.local),
                Instr::LocalTee(tee) => _ = self.written.insert(tee.local),
                Instr::Return(_) => self.returns = true,
                Instr::ReturnCall(_)
                | Instr::ReturnCallIndirect(_)
                | Instr::ReturnCallRef(_)
                | Instr::TryTable(_)
                | Instr::Try(_)
                | Instr::BrOnNull(_)
                | Instr::BrOnNonNull(_)
                | Instr::BrOnCast(_)
                | Instr::BrOnCastFail(_) => self.strange = true,
                _ => {}
            }
            for inner in nested(instruction) {
                self.sequences.insert(inner);
                self.see(function, &function.block(inner).instrs);
            }
        }
    }
}

/// The piece from a place on, if it is worth a call and can be moved.
fn piece(module: &Module, function: &LocalFunction, liveness: &Liveness<'_>, place: Place) -> Option<Piece> {
    let (sequence, from) = place;
    let mut inside = Inside::default();
    let instructions = &function.block(sequence).instrs[from..];
    inside.see(function, instructions);
    let (_, at_end) = values(module, function.block(sequence).ty);
    let (_, returned) = values(module, function.block(function.entry_block()).ty);
    let never_ends =
        matches!(instructions.last()?.0, Instr::Br(_) | Instr::BrTable(_) | Instr::Return(_) | Instr::Unreachable(_));
    let mut exits: Vec<Exit> = Vec::new();
    let mut live = Locals::new();
    for target in inside.targets.difference(&inside.sequences) {
        // A branch with values.
        if values(module, function.block(*target).ty) != (0, Vec::new()) {
            return None;
        }
        exits.push(Exit::Branch(*target));
        live.extend(liveness.branch.get(target)?);
    }
    let mut left = Vec::new();
    if !never_ends {
        exits.push(Exit::End);
        live.extend(liveness.end.get(&sequence)?);
        left.push(at_end);
    }
    if inside.returns {
        exits.push(Exit::Return);
        left.push(returned);
    }
    left.dedup();
    let value = match left.as_slice() {
        [] => None,
        [values] if values.len() < 2 => values.first().copied(),
        // Two ways out with different values, or one with several.
        _ => return None,
    };
    let order = |locals: BTreeSet<LocalId>| {
        let mut locals: Vec<LocalId> = locals.into_iter().collect();
        // Fewer types come of it.
        locals.sort_by_key(|local| letter(module.locals.get(*local).ty()));
        locals
    };
    let named: Locals = &inside.read | &inside.written;
    let parameters = order(&named & liveness.at.get(&place)?);
    let results = order(&inside.written & &live);
    let around = CALL + 2 * (parameters.len() + results.len()) + 5 * exits.len().saturating_sub(1);
    let known = parameters.iter().chain(&results).all(|local| letter(module.locals.get(*local).ty()) < 4);
    let worth = inside.instructions * INSTRUCTION > around;
    (worth && known && !inside.strange).then_some(Piece { place, exits, parameters, results, value })
}

/// Numbers types, those of a stub (`stubs.rs`) below 4.
fn letter(ty: ValType) -> u8 {
    match ty {
        ValType::I32 => 0,
        ValType::I64 => 1,
        ValType::F32 => 2,
        ValType::F64 => 3,
        _ => 4,
    }
}

fn number(number: usize) -> Instr {
    Const { value: Value::I32(number as i32) }.into()
}

fn get(local: LocalId) -> Instr {
    ir::LocalGet { local }.into()
}

fn set(local: LocalId) -> Instr {
    ir::LocalSet { local }.into()
}

/// Puts instructions at the end of a sequence.
fn put(builder: &mut FunctionBuilder, sequence: InstrSeqId, instructions: impl IntoIterator<Item = Instr>) {
    let mut sequence = builder.instr_seq(sequence);
    for instruction in instructions {
        sequence.instr(instruction);
    }
}

/// A copy of a piece in another function.
struct Copying<'a> {
    from: &'a LocalFunction,
    locals: BTreeMap<LocalId, LocalId>,
    sequences: BTreeMap<InstrSeqId, InstrSeqId>,
    /// What replaces a return.
    instead_of_return: Vec<Instr>,
}

impl Copying<'_> {
    fn copy(&mut self, builder: &mut FunctionBuilder, instructions: &[(Instr, ir::InstrLocId)], to: InstrSeqId) {
        for (instruction, _) in instructions {
            for inner in nested(instruction) {
                let copy = builder.dangling_instr_seq(self.from.block(inner).ty).id();
                self.sequences.insert(inner, copy);
                let from = self.from;
                self.copy(builder, &from.block(inner).instrs, copy);
            }
            let local = |local: &mut LocalId| *local = self.locals[local];
            let sequence = |sequence: &mut InstrSeqId| *sequence = self.sequences[sequence];
            let mut instruction = instruction.clone();
            match &mut instruction {
                Instr::LocalGet(get) => local(&mut get.local),
                Instr::LocalSet(set) => local(&mut set.local),
                Instr::LocalTee(tee) => local(&mut tee.local),
                Instr::Block(block) => sequence(&mut block.seq),
                Instr::Loop(inner) => sequence(&mut inner.seq),
                Instr::IfElse(choice) => {
                    sequence(&mut choice.consequent);
                    sequence(&mut choice.alternative);
                }
                Instr::Br(branch) => sequence(&mut branch.block),
                Instr::BrIf(branch) => sequence(&mut branch.block),
                Instr::BrTable(table) => {
                    table.blocks.iter_mut().for_each(sequence);
                    table.default = self.sequences[&table.default];
                }
                Instr::Return(_) => {
                    put(builder, to, self.instead_of_return.iter().cloned());
                    continue;
                }
                _ => {}
            }
            put(builder, to, [instruction]);
        }
    }
}

/// Makes a function of a piece.
fn apart(module: &mut Module, id: FunctionId, piece: &Piece, name: String) -> FunctionId {
    let Piece { place: (sequence, from), exits, parameters, results, value } = piece;
    let type_of = |module: &Module, local: &LocalId| module.locals.get(*local).ty();
    let given: Vec<ValType> = parameters.iter().map(|local| type_of(module, local)).collect();
    let which = (exits.len() > 1).then(|| module.locals.add(ValType::I32));
    let left = value.map(|ty| module.locals.add(ty));
    let made: Vec<ValType> = which
        .map(|_| ValType::I32)
        .into_iter()
        .chain(results.iter().map(|local| type_of(module, local)))
        .chain(*value)
        .collect();

    let mut inside = Inside::default();
    let function = module.funcs.get(id).kind.unwrap_local();
    inside.see(function, &function.block(*sequence).instrs[*from..]);
    let named: Vec<(LocalId, ValType)> =
        (&inside.read | &inside.written).iter().map(|local| (*local, type_of(module, local))).collect();
    let locals: BTreeMap<LocalId, LocalId> =
        named.into_iter().map(|(local, ty)| (local, module.locals.add(ty))).collect();

    let mut builder = FunctionBuilder::new(&mut module.types, &given, &made);
    builder.name(name);
    let [mut inner, all] = [(); 2].map(|()| builder.dangling_instr_seq(None).id());
    // From the innermost on, a sequence for each way out, behind which it is said which that was.
    let leave = |number_of: usize| {
        let said = which.map(|which| [number(number_of), set(which)]);
        said.into_iter().flatten().chain([Instr::from(ir::Br { block: all })])
    };
    let outs: Vec<InstrSeqId> = exits.iter().map(|_| builder.dangling_instr_seq(None).id()).collect();
    let mut copying = Copying {
        from: module.funcs.get(id).kind.unwrap_local(),
        sequences: BTreeMap::new(),
        instead_of_return: Vec::new(),
        locals,
    };
    for (exit, out) in exits.iter().zip(&outs) {
        match exit {
            Exit::Branch(target) => _ = copying.sequences.insert(*target, *out),
            Exit::Return => {
                copying.instead_of_return = left.map(set).into_iter().chain([ir::Br { block: *out }.into()]).collect();
            }
            Exit::End => {}
        }
    }
    let instructions = &copying.from.block(*sequence).instrs[*from..];
    copying.copy(&mut builder, instructions, inner);
    if let Some(at) = exits.iter().position(|exit| *exit == Exit::End) {
        put(&mut builder, inner, left.map(set).into_iter().chain(leave(at)));
    }
    for (at, (exit, out)) in exits.iter().zip(outs).enumerate() {
        if *exit != Exit::End {
            put(&mut builder, out, [ir::Block { seq: inner }.into()]);
            // Behind it.
            let behind = builder.dangling_instr_seq(None).id();
            put(&mut builder, behind, [ir::Block { seq: out }.into()].into_iter().chain(leave(at)));
            inner = behind;
        }
    }
    put(&mut builder, all, [ir::Block { seq: inner }.into()]);
    let entry = builder.func_body_id();
    let last = which.into_iter().chain(results.iter().map(|local| copying.locals[local])).chain(left).map(get);
    put(&mut builder, entry, [ir::Block { seq: all }.into()].into_iter().chain(last));
    let arguments = parameters.iter().map(|local| copying.locals[local]).collect();
    builder.finish(arguments, &mut module.funcs)
}

/// Puts the call in a piece's place.
fn call(module: &mut Module, id: FunctionId, piece: &Piece, apart: FunctionId) {
    let Piece { place: (sequence, from), exits, parameters, results, value } = piece;
    let which = (exits.len() > 1).then(|| module.locals.add(ValType::I32));
    let left = value.map(|ty| module.locals.add(ty));
    let function = module.funcs.get_mut(id).kind.unwrap_local_mut();
    function.block_mut(*sequence).instrs.truncate(*from);
    let builder = function.builder_mut();
    let set_all = left.into_iter().chain(results.iter().rev().copied()).chain(which).map(set);
    let called = parameters.iter().copied().map(get).chain([ir::Call { func: apart }.into()]).chain(set_all);
    put(builder, *sequence, called);
    for (at, exit) in exits.iter().enumerate() {
        // The last way needs no question.
        let asked = which.filter(|_| at + 1 < exits.len()).map(|which| [get(which), number(at), equal()]);
        let asks = asked.is_some();
        put(builder, *sequence, asked.into_iter().flatten());
        match exit {
            Exit::Branch(block) if asks => put(builder, *sequence, [ir::BrIf { block: *block }.into()]),
            Exit::Branch(block) => put(builder, *sequence, [ir::Br { block: *block }.into()]),
            // Only before a return, and both have the same value.
            Exit::End if asks => {
                let [taken, other] = [(); 2].map(|()| builder.dangling_instr_seq(InstrSeqType::Simple(None)).id());
                put(builder, other, left.map(get).into_iter().chain([ir::Return {}.into()]));
                put(builder, *sequence, [ir::IfElse { consequent: taken, alternative: other }.into()]);
                put(builder, *sequence, left.map(get));
                return;
            }
            Exit::End => put(builder, *sequence, left.map(get)),
            Exit::Return => put(builder, *sequence, left.map(get).into_iter().chain([ir::Return {}.into()])),
        }
    }
    if exits.is_empty() {
        put(builder, *sequence, [ir::Unreachable {}.into()]);
    }
}

fn equal() -> Instr {
    ir::Binop { op: BinaryOp::I32Eq }.into()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::cold::segments;
    use crate::shell::Failure;

    /// `sums(n)`, and the places behind which it goes only for odd numbers and for large ones.
    fn module() -> (Module, FunctionId, [Place; 2]) {
        let mut module = Module::default();
        let [n, sum] = [(); 2].map(|()| module.locals.add(ValType::I32));
        let mut builder = FunctionBuilder::new(&mut module.types, &[ValType::I32], &[ValType::I32]);
        builder.name("sums".to_owned());
        let [done, again, even, seven, none] = [(); 5].map(|()| builder.dangling_instr_seq(None).id());
        let [small, large] = [(); 2].map(|()| builder.dangling_instr_seq(ValType::I32).id());
        let op = |op| Instr::from(ir::Binop { op });
        let add = |local, more: usize| [get(local), number(more), op(BinaryOp::I32Add), set(local)];
        let less = || [get(n), number(1), op(BinaryOp::I32Sub), set(n)];
        // What makes a piece large enough.
        let much = || (0..20).flat_map(move |more| [get(sum), number(more), op(BinaryOp::I32Xor), set(sum)]);
        let entry = builder.func_body_id();
        put(&mut builder, entry, [ir::Block { seq: done }.into(), get(n)]);
        put(&mut builder, entry, [ir::IfElse { consequent: large, alternative: small }.into()]);
        put(&mut builder, small, [get(sum)]);
        put(&mut builder, large, much().chain([get(sum), number(3), op(BinaryOp::I32Mul)]));
        put(&mut builder, done, [ir::Loop { seq: again }.into()]);
        put(&mut builder, again, [get(n), number(0), equal(), ir::BrIf { block: done }.into()]);
        put(&mut builder, again, [ir::Block { seq: even }.into()]);
        let behind = builder.instr_seq(again).instrs().len();
        put(&mut builder, even, [get(n), number(1), op(BinaryOp::I32And), ir::BrIf { block: even }.into()]);
        put(&mut builder, even, add(sum, 5).into_iter().chain(less()).chain([ir::Br { block: again }.into()]));
        put(&mut builder, again, much().chain(add(sum, 100)));
        put(&mut builder, again, [get(n), number(7), equal()]);
        put(&mut builder, again, [ir::IfElse { consequent: seven, alternative: none }.into()]);
        put(&mut builder, seven, [get(sum), number(2), op(BinaryOp::I32Mul), ir::Return {}.into()]);
        put(&mut builder, again, [get(n), number(50), op(BinaryOp::I32GtS), ir::BrIf { block: done }.into()]);
        put(&mut builder, again, less().into_iter().chain([ir::Br { block: again }.into()]));
        let id = builder.finish(vec![n], &mut module.funcs);
        module.exports.add("sums", id);
        (module, id, [(again, behind), (large, 0)])
    }

    /// What the function says of many numbers.
    fn said(module: &mut Module, name: &str) -> String {
        let file = std::env::temp_dir().join(format!("{name}-{}.wasm", std::process::id()));
        std::fs::write(&file, module.emit_wasm()).expect("a file");
        let script = "const wasm = new WebAssembly.Module(require('fs').readFileSync(process.argv[1]));
            console.log(Array.from({ length: 64 }, (_, n) => new WebAssembly.Instance(wasm).exports.sums(n)).join());";
        let output = Command::new("node").args(["-e", script]).arg(&file).output().expect("node");
        std::fs::remove_file(file).expect("the file");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    #[test]
    fn what_did_not_run_is_moved_and_does_the_same() {
        let (mut module, id, cold) = module();
        let before = said(&mut module, "whole");
        let (places, shape) = segments(module.funcs.get(id).kind.unwrap_local());
        assert!(cold.iter().all(|place| places.contains(place)));
        let mut ran = Ran::default();
        // Nothing runs behind such a place.
        let late = |place: &Place| cold.iter().any(|(sequence, from)| place.0 == *sequence && place.1 >= *from);
        ran.note(&crate::split::key("sums"), shape, places.iter().map(|place| !late(place)));
        let lines: Vec<String> = ran.lines().collect();
        assert_eq!(lines.len(), 1, "{lines:?}");
        outline(&mut module, &Ran::read(lines.iter())).unwrap_or_else(|Failure(why)| panic!("{why}"));
        let types: Vec<(usize, usize)> = module
            .funcs
            .iter_local()
            .filter(|(other, _)| *other != id)
            .map(|(_, function)| module.types.params_results(function.ty()))
            .map(|(parameters, results)| (parameters.len(), results.len()))
            .collect();
        // The rest of the loop takes and gives `n` and `sum`, and says by which of three ways it ends, and what is returned; the
        // arm takes `sum` and leaves a value.
        assert_eq!(types, [(2, 4), (1, 1)]);
        assert_eq!(said(&mut module, "outlined"), before);
    }

    #[test]
    fn another_shape_is_left_as_it_is() {
        let (mut module, id, _) = module();
        let (places, shape) = segments(module.funcs.get(id).kind.unwrap_local());
        let mut ran = Ran::default();
        ran.note(&crate::split::key("sums"), shape ^ 1, (0..places.len()).map(|at| at == 0));
        assert!(outline(&mut module, &ran).is_ok());
        assert_eq!(module.funcs.iter_local().count(), 1);
    }
}
