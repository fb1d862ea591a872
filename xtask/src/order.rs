//! The order of a module's functions and exports, for gzip: it looks for what it has seen in the last 32 KB, so like functions
//! (instances of one generic function, drawings of two cards) are put one behind another, and what is exported for the
//! other part is named in that order. That makes the page 4 % smaller.

use std::collections::BTreeMap;

use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{CodeSection, ExportKind, ExportSection, FunctionSection, ImportSection, Module};
use wasmparser::{CodeSectionReader, ExportSectionReader, FunctionSectionReader, ImportSectionReader, Parser, Payload};

use crate::shell::{Failure, Outcome};
use crate::split::{OWN, short};

/// Bytes that two functions have in common count from this length on.
const COMMON: usize = 6;
/// What more functions than this have in common says nothing.
const TOO_COMMON: usize = 200;
/// Half as much as this in common weighs no less: small functions are alike by chance.
const SMALL: usize = 200;

/// A module in its new order.
pub struct Arranged {
    pub wasm: Vec<u8>,
    /// What it exports for the other part, by the names they had.
    pub names: BTreeMap<String, String>,
}

/// The module with like functions beside each other. What it imports from the other part has these new names.
pub fn arrange(wasm: &[u8], imports: BTreeMap<String, String>) -> Outcome<Arranged> {
    let broken = |error: &dyn std::fmt::Display| Failure(format!("the page's wasm: {error}"));
    let (mut imported, mut bodies) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(|error| broken(&error))? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import.map_err(|error| broken(&error))?;
                    imported += u32::from(matches!(import.ty, wasmparser::TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body.as_bytes()),
            _ => {}
        }
    }
    let order = likeness(&bodies);
    let mut places = vec![0; order.len()];
    for (place, function) in order.iter().enumerate() {
        places[*function] = place as u32;
    }
    let mut module = Module::new();
    let mut ordered = Ordered { imported, order, places, imports, exports: BTreeMap::new() };
    ordered.parse_core_module(&mut module, Parser::new(0), wasm).map_err(|error| broken(&error))?;
    Ok(Arranged { wasm: module.finish(), names: ordered.exports })
}

/// The functions' numbers, each followed by the one that is most like it of those that are left.
fn likeness(bodies: &[&[u8]]) -> Vec<usize> {
    let pieces: Vec<Vec<u64>> = bodies.iter().map(|body| pieces(body)).collect();
    let mut all: Vec<(u64, usize)> =
        pieces.iter().enumerate().flat_map(|(at, own)| own.iter().map(move |piece| (*piece, at))).collect();
    all.sort_unstable();
    // Functions that have a piece in common, and of which such groups each is.
    let groups: Vec<&[(u64, usize)]> =
        all.chunk_by(|one, other| one.0 == other.0).filter(|group| (2..=TOO_COMMON).contains(&group.len())).collect();
    let mut groups_of: Vec<Vec<usize>> = vec![Vec::new(); bodies.len()];
    for (number, group) in groups.iter().enumerate() {
        group.iter().for_each(|(_, at)| groups_of[*at].push(number));
    }
    let mut largest: Vec<usize> = (0..bodies.len()).collect();
    largest.sort_by_key(|at| bodies[*at].len());
    let mut order = Vec::new();
    let mut placed = vec![false; bodies.len()];
    let mut shared = vec![0_usize; bodies.len()];
    let mut next = None;
    while let Some(at) = next.or_else(|| std::iter::from_fn(|| largest.pop()).find(|at| !placed[*at])) {
        placed[at] = true;
        order.push(at);
        let mut candidates = Vec::new();
        for (_, function) in groups_of[at].iter().flat_map(|group| groups[*group]) {
            if !placed[*function] {
                if shared[*function] == 0 {
                    candidates.push(*function);
                }
                shared[*function] += 1;
            }
        }
        // The share of what it has.
        let alike = |at: &usize| shared[*at] * 1_000_000 / (pieces[*at].len() + SMALL);
        next = candidates.iter().copied().max_by_key(|at| (alike(at), std::cmp::Reverse(*at)));
        candidates.iter().for_each(|at| shared[*at] = 0);
    }
    order
}

/// The strings of [`COMMON`] bytes in a function's body.
fn pieces(body: &[u8]) -> Vec<u64> {
    let number = |bytes: &[u8]| bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    let mut all: Vec<u64> = body.windows(COMMON).map(number).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Writes a module anew with its functions in another order.
struct Ordered {
    imported: u32,
    /// By place, the number of the function, imported ones not counted.
    order: Vec<usize>,
    /// The other way round.
    places: Vec<u32>,
    /// New names of what is imported, and of what is exported.
    imports: BTreeMap<String, String>,
    exports: BTreeMap<String, String>,
}

impl Reencode for Ordered {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error<Self::Error>> {
        let own = function.checked_sub(self.imported).and_then(|own| self.places.get(own as usize));
        Ok(own.map_or(function, |place| place + self.imported))
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error<Self::Error>> {
        let types = section.into_iter().collect::<Result<Vec<u32>, _>>()?;
        for at in self.order.clone() {
            functions.function(self.type_index(types[at])?);
        }
        Ok(())
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader<'_>,
    ) -> Result<(), Error<Self::Error>> {
        for import in section.into_imports() {
            let import = import?;
            let name = self.imports.get(import.name).map_or(import.name, String::as_str).to_owned();
            imports.import(import.module, &name, self.entity_type(import.ty)?);
        }
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: ExportSectionReader<'_>,
    ) -> Result<(), Error<Self::Error>> {
        let mut own = Vec::new();
        for export in section {
            let export = export?;
            let (kind, index) = (self.export_kind(export.kind)?, self.external_index(export.kind, export.index)?);
            if export.name.starts_with(OWN) {
                own.push((kind == ExportKind::Func, index, export.name.to_owned(), kind));
            } else {
                exports.export(export.name, kind, index);
            }
        }
        own.sort_by_key(|(is_function, index, ..)| (*is_function, *index));
        for (number, (_, index, old, kind)) in own.into_iter().enumerate() {
            let name = format!("{OWN}{}", short(number));
            exports.export(&name, kind, index);
            self.exports.insert(old, name);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), Error<Self::Error>> {
        let bodies = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for at in self.order.clone() {
            self.parse_function_body(code, bodies[at].clone())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_alike_follows_itself() {
        let [one, other]: [Vec<u8>; 2] = [(0..90).collect(), (100..180).collect()];
        let bodies = [one.as_slice(), &other, &one[10..], &other[5..]];
        assert_eq!(likeness(&bodies), [0, 2, 1, 3]);
    }
}
