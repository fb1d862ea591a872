//! What stands in the table of functions for those of the rest until they are there. There are thousands of such stubs, all alike but
//! for their number and type, so that the page makes them itself (`www/page/stubs.ts`) from a list in the first part.

use std::collections::BTreeMap;

use crate::shell::{Failure, Outcome};

/// The section of the first part with the list.
const SECTION: &[u8] = b"stubs";

/// A function's type: parameters and results, as wasm says them.
pub type Type = (Vec<u8>, Vec<u8>);

/// The list as a section of a module, of the types of what will be in the table at these places. It is the body of a module's
/// section of types, whose first is that of a function with nothing, and then, for each place of the table from the first on,
/// the number of its type, or 0.
pub fn section(places: &BTreeMap<u32, Type>) -> Outcome<Vec<u8>> {
    let mut types: Vec<Type> = vec![Type::default()];
    let mut numbers = Vec::new();
    for (place, ty) in places {
        numbers.resize(*place as usize, 0_usize);
        // Not the first, which means none.
        let known = types.iter().skip(1).position(|known| known == ty).map(|at| at + 1);
        let number = known.unwrap_or_else(|| {
            types.push(ty.clone());
            types.len() - 1
        });
        numbers.push(number);
    }
    if types.iter().any(|(parameters, results)| parameters.len().max(results.len()) > 127) {
        return Err(Failure("the page's wasm has a function with more values than www/page/stubs.ts reads".into()));
    }
    let mut body = unsigned(types.len());
    for (parameters, results) in types {
        body.push(0x60);
        for list in [parameters, results] {
            body.push(list.len() as u8);
            body.extend(list);
        }
    }
    body.extend(numbers.into_iter().flat_map(unsigned));
    let mut custom = vec![SECTION.len() as u8];
    custom.extend(SECTION);
    custom.extend(body);
    let mut section = vec![0];
    section.extend(unsigned(custom.len()));
    section.extend(custom);
    Ok(section)
}

/// A number as wasm writes it.
fn unsigned(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 127 {
        bytes.push((number & 127) as u8 | 128);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_each_type_once_and_leaves_places_out() {
        let (nothing, number) = (Type::default(), (vec![0x7f], vec![0x7e]));
        let places = [(1, number.clone()), (2, nothing), (4, number)].into();
        let section = section(&places).unwrap_or_else(|Failure(why)| panic!("{why}"));
        let types = [3, 0x60, 0, 0, 0x60, 1, 0x7f, 1, 0x7e, 0x60, 0, 0];
        let body = [b"\x05stubs".as_slice(), &types, &[0, 1, 2, 0, 1]].concat();
        assert_eq!(section, [&[0, body.len() as u8], body.as_slice()].concat());
    }

    #[test]
    fn numbers_of_types_have_as_many_bytes_as_they_need() {
        let ty = |length: u32| (vec![0x7f; length as usize % 120], vec![0x7e; length as usize / 120]);
        let places = (0..200).map(|number| (number, ty(number + 1))).collect();
        let section = section(&places).unwrap_or_else(|Failure(why)| panic!("{why}"));
        // The types of all places and that of none; the last place's type.
        let from = section.windows(5).position(|name| name == b"stubs").map(|at| at + 5).unwrap_or_default();
        assert_eq!(section[from..from + 2], [201 & 127 | 128, 1]);
        assert_eq!(section[section.len() - 2..], [200 & 127 | 128, 1]);
    }
}
