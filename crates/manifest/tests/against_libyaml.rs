//! Our reader against a second one (`serde_yaml_ng`, which is libyaml): the same trees, the same complaints.

use manifest::parse;
use serde_json::Value;

/// Their opinion: the value, or the problem with its line.
fn oracle(text: &str) -> Result<Value, String> {
    serde_yaml::from_str::<Value>(text).map_err(|error| error.to_string())
}

fn pieces() -> Vec<&'static str> {
    vec![
        "a", ": ", ":\n", "\n", "  ", " ", "- ", "b: c\n", "[", "]", "{", "}", ", ", "'q'", "\"q\"", "# c\n", "|\n",
        ">-\n", "x y", "&n ", "*n", "!!str ", "\t", "'", "\"", "k: v", "- i\n", "    ", "@", "한",
    ]
}

/// Deterministic texts made of pieces that matter to YAML.
fn texts(count: u64) -> impl Iterator<Item = String> {
    (0..count).map(|seed| {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1);
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let pieces = pieces();
        (0..next() % 14 + 1).map(|_| pieces[(next() % pieces.len() as u64) as usize]).collect()
    })
}

#[test]
fn random_texts_are_read_or_refused_alike() {
    let mut compared = 0;
    for text in texts(60_000) {
        let ours = parse(&text);
        let theirs = oracle(&text);
        match (&ours.error, &theirs) {
            (None, Ok(value)) => {
                compared += 1;
                let value = if value.is_null() { None } else { Some(value) };
                assert_eq!(ours.documents.first().map(|document| &document.value), value, "{text:?}");
            }
            (Some(error), Err(problem)) => {
                let words = error.problem.split(" (").next().unwrap_or_default();
                // Later documents, anchors and keys that are no scalars are complained about in other words.
                let composed = ["anchor", "map key", "max depth", "merge"].iter().any(|word| words.contains(word));
                assert!(
                    composed
                        || problem.contains("anchor")
                        || problem.contains("tag")
                        || problem.contains("duplicate")
                        || problem.contains("invalid type")
                        || problem.contains("could not find expected ':'")
                        || problem.contains(words),
                    "{text:?}: {error:?} but {problem:?}"
                );
            }
            (None, Err(problem)) => {
                // The oracle reads on behind the first document and wants every key once; we follow go-yaml.
                let known =
                    ["duplicate entry", "more than one document", "invalid type", "document start", "unknown anchor"];
                let later = [
                    "while parsing",
                    "while scanning",
                    "mapping values",
                    "cannot start",
                    "not allowed in this context",
                ];
                assert!(known.iter().chain(&later).any(|word| problem.contains(word)), "{text:?}: {problem}");
            }
            (Some(error), Ok(_)) => {
                let ours_only = ["invalid map key", "contains itself", "%", "unsupported"];
                assert!(ours_only.iter().any(|word| error.problem.contains(word)), "{text:?}: {error:?}");
            }
        }
    }
    assert!(compared > 5_000, "only {compared} texts were readable");
}
