//! `ulimit [-HS] [-a | -LETTER [limit]]`: shows what a container's defaults are; none of them acts.

use crate::shell::{Run, Shell};

const LIMITS: [(char, &str); 6] =
    [('c', "0"), ('n', "1048576"), ('s', "8192"), ('p', "8"), ('l', "8192"), ('q', "819200")];

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let letters: String = words[1..].iter().filter_map(|word| word.strip_prefix('-')).collect();
        if words[1..].iter().any(|word| !word.starts_with('-')) {
            return Ok(0);
        }
        let letter = letters.chars().find(|letter| !"HS".contains(*letter)).unwrap_or('f');
        let limit = LIMITS.iter().find(|(known, _)| *known == letter).map_or("unlimited", |(_, limit)| limit);
        Ok(shell.print("ulimit", format!("{limit}\n").as_bytes()).await)
    })
}
