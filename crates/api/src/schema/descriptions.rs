//! What the API's types and fields are for: `data/descriptions.txt`, generated beside the schema table.
//!
//! Natively it is part of the binary. On the page it is a file of its own that is fetched when it is first asked for: see
//! [`provide`].

use std::collections::BTreeMap;

use crate::FetchedText;

#[cfg(not(target_arch = "wasm32"))]
static TEXT: FetchedText = FetchedText::new(include_str!("../../data/descriptions.txt"));
#[cfg(target_arch = "wasm32")]
static TEXT: FetchedText = FetchedText::new("");

/// Says how to get the text where it is not built in.
pub fn provide(read: fn() -> Option<String>) {
    TEXT.provide(read);
}

/// The descriptions of one type: of itself under the empty name, and of its fields.
pub type Descriptions = BTreeMap<&'static str, String>;

/// The descriptions of all types, by the names of the schema table; `q`, `x` and `t` for quantities, numbers or texts, and
/// times. Empty while the text cannot be had.
pub fn all() -> BTreeMap<&'static str, Descriptions> {
    let mut types: BTreeMap<&'static str, Descriptions> = BTreeMap::new();
    let mut current = None;
    for line in TEXT.get().lines().filter(|line| !line.starts_with('#')) {
        let (name, description) = line.split_once(' ').unwrap_or((line, ""));
        let description = description.replace("\\n", "\n");
        match name.strip_prefix('@') {
            Some(name) => current = Some((name, types.entry(name).or_default().insert("", description))),
            None => {
                if let Some(fields) = current.as_ref().and_then(|(name, _)| types.get_mut(name)) {
                    fields.insert(name, description);
                }
            }
        }
    }
    types
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_fields_are_described() {
        let all = all();
        assert_eq!(
            all["core.v1.PersistentVolumeClaim"][""],
            "PersistentVolumeClaim is a user's request for and claim to a persistent volume"
        );
        assert!(all["apps.v1.DeploymentSpec"]["replicas"].starts_with("Number of desired pods."));
        assert!(all["q"][""].contains("\n\n"), "line breaks are kept");
        let table = super::super::find_struct("core.v1.Pod").unwrap();
        assert!(table.fields.iter().all(|field| all["core.v1.Pod"].contains_key(field.name)));
    }
}
