//! What was meant by a command that there is none of: typed with the Korean keyboard, or nearly right.

use super::completion::all_commands;
use super::frame::Frame;

/// A line as it was meant, and whether it was typed with the Korean keyboard.
pub(super) fn meant(frame: &Frame, line: &str) -> Option<(String, bool)> {
    let line = line.trim();
    let first = line.split_whitespace().next()?;
    if !first.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c)) {
        return None; // a path, or the shell's own signs
    }
    let known = all_commands(frame);
    if known.iter().any(|name| name == first) {
        return None;
    }
    // Korean in the words of a command that is typed in Latin letters is meant.
    let latin = if to_latin(first) == first { line.to_owned() } else { to_latin(line) };
    let word = latin.split_whitespace().next().unwrap_or_default();
    let keyboard = latin != line;
    if known.iter().any(|name| name == word) {
        return Some((latin, keyboard));
    }
    let near = nearest(word, &known)?;
    Some((format!("{near}{}", &latin[word.len()..]), keyboard))
}

/// The known word that differs least, if it differs little: by a letter, or by two where there are six and more.
fn nearest<'a>(word: &str, known: &'a [String]) -> Option<&'a str> {
    let letters: Vec<char> = word.chars().collect();
    let most = match letters.len() {
        0..=2 => return None,
        3..=5 => 1,
        _ => 2,
    };
    // Not measured where their lengths differ by more: a word may be as long as a paste.
    let alike = |name: &&String| name.chars().count().abs_diff(letters.len()) <= most;
    let far = |name: &&String| distance(&letters, &name.chars().collect::<Vec<_>>());
    // The lessons' own commands are what is meant most often.
    let usual = |name: &&String| !["kubectl", "minikube", "curl", "ping"].contains(&name.as_str());
    known
        .iter()
        .filter(alike)
        .filter(|name| far(name) <= most)
        .min_by_key(|name| (far(name), usual(name)))
        .map(String::as_str)
}

/// How many letters are to be changed, put in, left out, or swapped with their neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let same = usize::from(a[i - 1] != b[j - 1]);
            let mut least = (rows[i - 1][j] + 1).min(row[j - 1] + 1).min(rows[i - 1][j - 1] + same);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// The keys of the letters of the Korean keyboard (two-set), in Unicode's order: the first of a syllable, its vowel, its last.
const FIRST: [&str; 19] =
    ["r", "R", "s", "e", "E", "f", "a", "q", "Q", "t", "T", "d", "w", "W", "c", "z", "x", "v", "g"];
const VOWEL: [&str; 21] =
    ["k", "o", "i", "O", "j", "p", "u", "P", "h", "hk", "ho", "hl", "y", "n", "nj", "np", "nl", "b", "m", "ml", "l"];
const LAST: [&str; 28] = [
    "", "r", "R", "rt", "s", "sw", "sg", "e", "f", "fr", "fa", "fq", "ft", "fx", "fv", "fg", "a", "q", "qt", "t", "T",
    "d", "w", "c", "z", "x", "v", "g",
];
/// Those of single letters, from U+3131 on: consonants, then vowels.
const SINGLE: [&str; 30] = [
    "r", "R", "rt", "s", "sw", "sg", "e", "E", "f", "fr", "fa", "fq", "ft", "fx", "fv", "fg", "a", "q", "Q", "qt", "t",
    "T", "d", "w", "W", "c", "z", "x", "v", "g",
];

/// The keys that were pressed for a text, had the keyboard not been the Korean one.
fn to_latin(text: &str) -> String {
    let mut latin = String::new();
    for c in text.chars() {
        let code = c as usize;
        match code {
            0xac00..=0xd7a3 => {
                let at = code - 0xac00;
                latin.push_str(FIRST[at / 588]);
                latin.push_str(VOWEL[at % 588 / 28]);
                latin.push_str(LAST[at % 28]);
            }
            0x3131..=0x314e => latin.push_str(SINGLE[code - 0x3131]),
            0x314f..=0x3163 => latin.push_str(VOWEL[code - 0x314f]),
            _ => latin.push(c),
        }
    }
    latin
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_korean_keyboard_has_keys_of_the_other() {
        for (typed, latin) in [
            ("ㅏㅕㅠㄷㅊ시 get pod", "kubectl get pod"),
            ("ㅏㅕㅠㄷㅊ시 ㅎㄷㅅ ㅔㅐㅇ -ㅐ 쟝ㄷ", "kubectl get pod -o wide"),
            ("ㅡㅑㅜㅑㅏㅕㅠㄷ ㄴ노", "minikube ssh"),
            ("칟ㅁㄱ", "clear"),
            ("ㅊㅕ기", "curl"),
            ("ls -l", "ls -l"),
        ] {
            assert_eq!(to_latin(typed), latin);
        }
    }

    #[test]
    fn a_near_miss_is_near() {
        let known = ["kubectl", "minikube", "curl", "cut", "cat", "ls", "find"].map(str::to_owned);
        for (typed, meant) in [
            ("kubctl", Some("kubectl")),
            ("kubeclt", Some("kubectl")),
            ("kbuectl", Some("kubectl")),
            ("minkube", Some("minikube")),
            ("crul", Some("curl")),
            ("cta", Some("cat")),
            ("sl", None),
            ("nonsense", None),
            ("docker", None),
        ] {
            assert_eq!(nearest(typed, &known), meant, "{typed}");
        }
    }
}
