//! Hostile input: the files of `tests/corpus`, as they are and with a few bytes changed.

use sim::Rng;

use crate::worlds::here;

/// How often each file is changed, unless `ROUNDS` says otherwise.
const ROUNDS: u64 = 8;

/// What stands in such files for something.
const PIECES: &[&str] = &[
    "\"",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "null",
    "-1",
    "1e999",
    "18446744073709551616",
    "\u{0}",
    "\\",
    "/",
    "$",
    "$(",
    "`",
    "*",
    "\n",
    "\r\n",
    "\r\n\r\n",
    "\t",
    " ",
    "한",
    "%",
    "&a",
    "*a",
    "- ",
    "'",
    "|",
    ";",
];

/// Plays each file of a folder of the corpus: its name, and its bytes as they are, then changed. The same bytes for ever.
///
/// # Panics
/// When the folder cannot be read or is empty.
pub fn corpus(folder: &str, play: &mut dyn FnMut(&str, &[u8])) {
    let path = here().join("corpus").join(folder);
    let entries = std::fs::read_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{folder} is empty");
    let rounds = std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS);
    for (seed, file) in (0..).zip(&files) {
        let bytes = std::fs::read(file).expect("a file");
        let name = format!("{folder}/{}", file.file_name().unwrap_or_default().to_string_lossy());
        play(&name, &bytes);
        let mut rng = Rng::new(seed);
        for round in 0..rounds {
            play(&format!("{name}, changed {round}"), &changed(&mut rng, &bytes));
        }
    }
}

/// The bytes with one to four small changes.
fn changed(rng: &mut Rng, bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..1 + rng.below(4) {
        let at = rng.below(bytes.len() as u64 + 1) as usize;
        let end = (at + rng.below(20) as usize).min(bytes.len());
        let piece = PIECES[rng.below(PIECES.len() as u64) as usize].as_bytes();
        match rng.below(5) {
            0 => drop(bytes.drain(at..end)),
            1 => drop(bytes.splice(at..end, piece.iter().copied())),
            2 => drop(bytes.splice(at..at, piece.iter().copied())),
            3 => drop(bytes.splice(at..at, bytes[at..end].to_vec())),
            _ => bytes.get_mut(at).into_iter().for_each(|byte| *byte = rng.below(256) as u8),
        }
    }
    bytes
}
