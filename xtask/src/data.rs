//! Which static data the page's first part needs: what its functions name, and what that points to.
//!
//! The linker knows exactly what every address in the code and every pointer in the data means, and says it when it is asked
//! for relocations (`--emit-relocs`): the module that it wrote is kept beside the built page and read here. wasm-opt moves
//! no data, so an address means the same in its output. What cannot be accounted for is an error, never a guess: the first part
//! would read zeros where something else stands. What does not live here: the split itself.

use std::collections::{BTreeMap, BTreeSet};

use wasmparser::{DataKind, KnownCustom, Linking, Operator, Parser, Payload, RelocationType, SymbolInfo};

use crate::shell::{Failure, Outcome};
use crate::split::hash;

/// An address that the linker did not write may be one of its own with a little added by wasm-opt, which folds no more into it
/// (`--low-memory-unused`).
const FOLDED: u32 = 1024;

/// Less than this costs no more than the call that would fetch it.
const SHORT: u32 = 12;
/// So many pointers deep a key goes.
const DEEP: u32 = 2;

/// A piece of static data with a name, or several that overlap (of strings, the end of one may be another).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Object {
    pub start: u32,
    pub end: u32,
}

/// The objects of a linked module, and what refers to them.
pub struct Layout {
    /// In order, none overlapping another.
    objects: Vec<Object>,
    /// Objects that the program changes: they stay, whatever refers to them.
    changing: BTreeSet<usize>,
    /// Addresses in the code, and the objects each may be meant to reach: one past an object's end is in the next object, and
    /// before its start, to which an index will be added, in the one before.
    named: BTreeMap<u32, BTreeSet<usize>>,
    /// Where a pointer is in the data, its value, and the object it points to.
    pointers: BTreeMap<u32, (u32, usize)>,
    /// Where a function's place in the table is in the data.
    functions: BTreeSet<u32>,
}

/// What a module's custom sections say, with addresses for places.
#[derive(Default)]
struct Linked {
    /// Address, size and place in the data section.
    segments: Vec<(u32, u32, u32)>,
    /// By the number of the symbol.
    symbols: BTreeMap<u32, (u32, u32)>,
    changing_from: u32,
}

fn broken(what: impl std::fmt::Display) -> Failure {
    Failure(format!("the linked wasm: {what}"))
}

impl Layout {
    /// Reads what the linker wrote.
    pub fn read(wasm: &[u8]) -> Outcome<Layout> {
        let mut linked = Linked::default();
        let mut relocations = Vec::new();
        let mut numbers = BTreeMap::new();
        let (mut sections, mut data_section) = (0, None);
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = payload.map_err(broken)?;
            match &payload {
                Payload::DataSection(data) => {
                    data_section = Some(sections);
                    linked.read_segments(data)?;
                }
                Payload::CodeSectionStart { .. } => _ = numbers.insert("code", sections),
                Payload::CustomSection(custom) => match custom.as_known() {
                    KnownCustom::Linking(linking) => linked.read_symbols(linking)?,
                    KnownCustom::Reloc(of) => relocations.push(of),
                    _ => {}
                },
                _ => {}
            }
            // Function bodies are payloads of their own inside a section.
            sections += u32::from(payload.as_section().is_some());
        }
        let mut layout = linked.layout()?;
        let mut known = 0;
        for section in relocations {
            let in_data = Some(section.section_index()) == data_section;
            if !in_data && Some(&section.section_index()) != numbers.get("code") {
                continue;
            }
            for entry in section.entries() {
                let entry = entry.map_err(broken)?;
                use RelocationType as R;
                match entry.ty {
                    R::MemoryAddrLeb | R::MemoryAddrSleb | R::MemoryAddrI32 => known += 1,
                    R::TableIndexI32 => {
                        if in_data {
                            layout.functions.insert(linked.address(entry.offset)?);
                        }
                        continue;
                    }
                    R::FunctionIndexLeb | R::TableIndexSleb | R::TypeIndexLeb => continue,
                    R::GlobalIndexLeb | R::TableNumberLeb => continue,
                    other => return Err(broken(format!("a relocation {other:?}"))),
                }
                // A symbol without bytes in the file: memory that begins as zeros.
                let Some((start, _)) = linked.symbols.get(&entry.index).copied() else { continue };
                let Some(object) = layout.at(start) else { continue };
                let value = u32::try_from(i64::from(start) + entry.addend).map_err(broken)?;
                if in_data {
                    layout.pointers.insert(linked.address(entry.offset)?, (value, object));
                } else {
                    layout.named.entry(value).or_default().insert(object);
                }
            }
        }
        if known == 0 {
            return Err(broken("it has no relocations"));
        }
        Ok(layout)
    }

    fn at(&self, address: u32) -> Option<usize> {
        let after = self.objects.partition_point(|object| object.start <= address);
        after.checked_sub(1).filter(|at| address < self.objects[*at].end)
    }

    /// Fails unless the memory at the start of another module is this one's: each pointer is where it was.
    pub fn check(&self, memory: &Memory) -> Outcome<()> {
        let moved = |(place, (value, _)): &(&u32, &(u32, usize))| memory.word(**place) != *value;
        match self.pointers.iter().find(moved) {
            None => Ok(()),
            Some((place, _)) => {
                Err(broken(format!("wasm-opt's output has another word at {place:#x}: is it of another build?")))
            }
        }
    }

    /// What a constant in the code means, as a key that is the same in each build: of words, what they say; of what has
    /// pointers, what those lead to. `None` when it means no data, or data that changes, or so little that it may as well stay.
    pub fn key(&self, constant: u32, memory: &Memory) -> Option<String> {
        let mut meant: BTreeSet<usize> = self.named.get(&constant)?.clone();
        meant.extend(self.at(constant));
        let size: u32 = meant.iter().map(|at| self.objects[*at].end - self.objects[*at].start).sum();
        if size < SHORT || meant.iter().any(|at| self.changing.contains(at)) {
            return None;
        }
        let keys: String = meant.into_iter().map(|at| self.key_of(at, memory, DEEP)).collect();
        Some(format!("data-{}", &hash(&[keys.as_bytes()])[8..]))
    }

    fn key_of(&self, at: usize, memory: &Memory, depth: u32) -> String {
        let Object { start, end } = self.objects[at];
        let pointers: Vec<_> = self.pointers.range(start..end).collect();
        if pointers.is_empty() && self.functions.range(start..end).next().is_none() {
            return hash(&[memory.bytes(start, end)]);
        }
        // Beside pointers there are places in a table of functions, and numbers of lines: other ones in each build.
        let mut key = format!("{}", end - start);
        for (place, (_, object)) in pointers {
            key.push_str(&format!(" {}", place - start));
            if depth > 0 {
                key.push_str(&self.key_of(*object, memory, depth - 1));
            }
        }
        hash(&[key.as_bytes()])
    }

    /// The objects that code with these constants can come to, in order.
    pub fn reached(&self, constants: &BTreeSet<u32>) -> Vec<Object> {
        let mut found: BTreeSet<usize> = BTreeSet::new();
        let mut to_see: Vec<usize> = self.changing.iter().copied().collect();
        for constant in constants {
            match self.named.get(constant) {
                Some(objects) => {
                    to_see.extend(objects);
                    to_see.extend(self.at(*constant));
                }
                // A number that only looks like an address, most likely.
                None => to_see.extend(self.around(*constant)),
            }
        }
        while let Some(next) = to_see.pop() {
            if found.insert(next) {
                let Object { start, end } = self.objects[next];
                to_see.extend(self.pointers.range(start..end).map(|(_, (_, object))| *object));
            }
        }
        found.into_iter().map(|at| self.objects[at]).collect()
    }

    /// The objects within [`FOLDED`] bytes of an address that lies among them.
    fn around(&self, address: u32) -> std::ops::Range<usize> {
        let (first, last) = (self.objects.first(), self.objects.last());
        if first.is_none_or(|first| address < first.start) || last.is_none_or(|last| address >= last.end) {
            return 0..0;
        }
        let from = self.objects.partition_point(|object| object.end <= address.saturating_sub(FOLDED));
        from..self.objects.partition_point(|object| object.start <= address.saturating_add(FOLDED))
    }
}

impl Linked {
    fn read_segments(&mut self, data: &wasmparser::DataSectionReader) -> Outcome<()> {
        for segment in data.clone() {
            let segment = segment.map_err(broken)?;
            let DataKind::Active { offset_expr, .. } = segment.kind else { return Err(broken("a passive segment")) };
            let Ok(Operator::I32Const { value }) = offset_expr.get_operators_reader().read() else {
                return Err(broken("a segment at no constant address"));
            };
            let place = segment.range.end - segment.data.len() - data.range().start;
            self.segments.push((value.cast_unsigned(), segment.data.len() as u32, place as u32));
        }
        // The linker puts what does not change into one segment, and that first.
        self.changing_from = self.segments.get(1).map_or(u32::MAX, |(address, ..)| *address);
        Ok(())
    }

    fn read_symbols(&mut self, linking: wasmparser::LinkingSectionReader) -> Outcome<()> {
        for part in linking.subsections() {
            let Linking::SymbolTable(symbols) = part.map_err(broken)? else { continue };
            for (index, symbol) in symbols.into_iter().enumerate() {
                if let SymbolInfo::Data { symbol: Some(symbol), .. } = symbol.map_err(broken)? {
                    let segment = self.segments.get(symbol.index as usize);
                    // What comes after all segments has no bytes in the file.
                    let Some((address, ..)) = segment else { continue };
                    self.symbols.insert(index as u32, (address + symbol.offset, symbol.size));
                }
            }
        }
        Ok(())
    }

    fn address(&self, place: u32) -> Outcome<u32> {
        let segment = self.segments.iter().find(|(_, size, from)| (*from..from + size).contains(&place));
        segment.map(|(address, _, from)| address + place - from).ok_or_else(|| broken("a pointer outside all segments"))
    }

    fn layout(&self) -> Outcome<Layout> {
        let mut places: Vec<(u32, u32)> = self.symbols.values().copied().filter(|(_, size)| *size > 0).collect();
        places.sort_unstable();
        let mut objects: Vec<Object> = Vec::new();
        for (start, size) in places {
            match objects.last_mut() {
                Some(last) if start < last.end => last.end = last.end.max(start + size),
                _ => objects.push(Object { start, end: start + size }),
            }
        }
        if objects.is_empty() {
            return Err(broken("it names no data"));
        }
        let changes = |(_, object): &(usize, &Object)| object.end > self.changing_from;
        let changing = objects.iter().enumerate().filter(changes).map(|(at, _)| at).collect();
        let (named, pointers, functions) = Default::default();
        Ok(Layout { objects, changing, named, pointers, functions })
    }
}

/// A module's memory as its data segments leave it.
pub struct Memory {
    start: u32,
    bytes: Vec<u8>,
}

impl Memory {
    /// Of segments: an address and bytes.
    pub fn new<'a>(segments: impl Iterator<Item = (u32, &'a [u8])> + Clone) -> Memory {
        let start = segments.clone().map(|(address, _)| address).min().unwrap_or_default();
        let mut bytes = Vec::new();
        for (address, segment) in segments {
            let from = (address - start) as usize;
            bytes.resize(bytes.len().max(from + segment.len()), 0);
            bytes[from..from + segment.len()].copy_from_slice(segment);
        }
        Memory { start, bytes }
    }

    fn bytes(&self, from: u32, to: u32) -> &[u8] {
        let [from, to] = [from, to].map(|at| at.wrapping_sub(self.start) as usize);
        self.bytes.get(from..to).unwrap_or_default()
    }

    fn word(&self, address: u32) -> u32 {
        self.bytes(address, address + 4).try_into().map_or(0, u32::from_le_bytes)
    }

    /// In two: segments with these objects, and segments with all others.
    pub fn parted(&self, stays: &[Object]) -> [Vec<(u32, Vec<u8>)>; 2] {
        let mut kept = vec![false; self.bytes.len()];
        for object in stays {
            let [from, to] =
                [object.start, object.end].map(|at| (at.saturating_sub(self.start) as usize).min(kept.len()));
            kept[from..to].fill(true);
        }
        let only_kept: Vec<u8> =
            self.bytes.iter().zip(&kept).map(|(byte, kept)| if *kept { *byte } else { 0 }).collect();
        [
            segments(self.start, &only_kept, ZEROS, |_| true),
            // Between two pieces the other part's bytes may be said again: what changes is never between two that do not.
            segments(self.start, &self.bytes, REPEATED, |at| !kept[at]),
        ]
    }
}

/// How many zeros cost less than another segment, compressed; and how many bytes that both parts then have.
const ZEROS: usize = 128;
const REPEATED: usize = 4;

/// Segments that hold all bytes that are wanted and are not zero, with up to so many others between them.
fn segments(start: u32, bytes: &[u8], between: usize, wanted: impl Fn(usize) -> bool) -> Vec<(u32, Vec<u8>)> {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for at in (0..bytes.len()).filter(|at| bytes[*at] != 0 && wanted(*at)) {
        match ranges.last_mut() {
            Some((_, end)) if at - *end <= between => *end = at + 1,
            _ => ranges.push((at, at + 1)),
        }
    }
    ranges.into_iter().map(|(from, to)| (start + from as u32, bytes[from..to].to_vec())).collect()
}

#[cfg(test)]
impl Layout {
    /// Of texts without pointers, each named where it begins.
    pub fn of_texts(texts: &[Object]) -> Layout {
        let named = texts.iter().enumerate().map(|(at, text)| (text.start, [at].into())).collect();
        let (changing, pointers, functions) = Default::default();
        Layout { objects: texts.to_vec(), changing, named, pointers, functions }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table that points to one of two texts, and a counter.
    fn layout() -> (Layout, Memory) {
        let objects =
            [(100, 116), (116, 140), (140, 164), (164, 172)].map(|(start, end)| Object { start, end }).to_vec();
        let named = [(100, [0].into()), (116, [0, 1].into()), (140, [2].into()), (164, [3].into())].into();
        let pointers = [(104, (140, 2))].into();
        let layout = Layout { objects, changing: [3].into(), named, pointers, functions: BTreeSet::new() };
        let mut bytes = vec![7; 72];
        bytes[4..8].copy_from_slice(&140_u32.to_le_bytes());
        (layout, Memory { start: 100, bytes })
    }

    fn starts(objects: &[Object]) -> Vec<u32> {
        objects.iter().map(|object| object.start).collect()
    }

    #[test]
    fn what_code_can_come_to_is_followed() {
        let (layout, memory) = layout();
        assert!(layout.check(&memory).is_ok());
        for (constants, reached) in [
            (vec![], vec![164]),
            (vec![100], vec![100, 140, 164]),
            // Also the end of the table.
            (vec![116], vec![100, 116, 140, 164]),
            (vec![140, 5, 5000], vec![140, 164]),
            // Nobody knows what this is.
            (vec![141], vec![100, 116, 140, 164]),
        ] {
            assert_eq!(starts(&layout.reached(&constants.iter().copied().collect())), reached, "{constants:?}");
        }
    }

    #[test]
    fn another_builds_memory_is_refused() {
        let (layout, _) = layout();
        assert!(layout.check(&Memory { start: 100, bytes: vec![7; 72] }).is_err());
    }

    #[test]
    fn a_key_is_of_what_data_says_or_leads_to() {
        let (layout, memory) = layout();
        let keys = |memory: &Memory| [100, 116, 140, 164, 141].map(|number| layout.key(number, memory));
        let before = keys(&memory);
        assert_eq!(before.clone().map(|key| key.is_some()), [true, true, true, false, false]);
        // A number beside a pointer counts for nothing, a word for all that leads to it.
        let changed = |at: usize| {
            let mut bytes = memory.bytes.clone();
            bytes[at] += 1;
            keys(&Memory { start: 100, bytes })
        };
        assert_eq!(changed(12), before);
        assert!(changed(50)[0] != before[0] && changed(50)[2] != before[2]);
    }

    #[test]
    fn each_byte_is_in_one_part_at_least_and_none_changes() {
        let memory = Memory { start: 10, bytes: (1..=200).collect() };
        let stays = [Object { start: 20, end: 30 }, Object { start: 34, end: 180 }];
        let mut seen = [0; 200];
        for (part, segments) in memory.parted(&stays).iter().enumerate() {
            for (address, bytes) in segments {
                for (byte, at) in bytes.iter().zip(*address as usize - 10..) {
                    let stays = stays.iter().any(|object| (object.start..object.end).contains(&(at as u32 + 10)));
                    // Between two segments of the first part there may be zeros, which the second then overwrites.
                    assert!(*byte == at as u8 + 1 || part == 0 && *byte == 0 && !stays, "{at}");
                    seen[at] |= u8::from(*byte != 0) << part;
                }
            }
        }
        assert!(seen.iter().all(|parts| *parts != 0));
    }
}
