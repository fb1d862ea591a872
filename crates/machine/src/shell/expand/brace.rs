//! `{a,b}` and `{1..3}`.

use brush_parser::word::{BraceExpressionMember as Member, BraceExpressionOrText as Part, parse_brace_expansions};

use crate::shell::parse;

/// The most words one word may become.
const LIMIT: usize = 20_000;

/// The words that a word becomes; `None` if they are too many.
pub(super) fn expand(word: &str) -> Option<Vec<String>> {
    if parse::huge_number(word) || !word.contains('{') || !(word.contains(',') || word.contains("..")) {
        return Some(vec![word.to_owned()]);
    }
    if let Some(words) = padded(word) {
        return Some(words);
    }
    match parse_brace_expansions(word, &parse::options()) {
        Ok(Some(parts)) => combine(&parts),
        _ => Some(vec![word.to_owned()]),
    }
}

fn combine(parts: &[Part]) -> Option<Vec<String>> {
    let mut words = vec![String::new()];
    for part in parts {
        let choices = match part {
            Part::Text(text) => vec![text.clone()],
            Part::Expr(members) => {
                let mut choices = Vec::new();
                for member in members {
                    choices.extend(choices_of(member)?);
                }
                choices
            }
        };
        if words.len().checked_mul(choices.len())? > LIMIT {
            return None;
        }
        words = words.iter().flat_map(|start| choices.iter().map(move |end| format!("{start}{end}"))).collect();
    }
    Some(words)
}

fn choices_of(member: &Member) -> Option<Vec<String>> {
    match member {
        Member::Child(parts) => combine(parts),
        Member::NumberSequence { start, end, increment } => {
            let numbers = sequence(*start, *end, *increment)?;
            Some(numbers.into_iter().map(|number| number.to_string()).collect())
        }
        Member::CharSequence { start, end, increment } => {
            let codes = sequence(i64::from(u32::from(*start)), i64::from(u32::from(*end)), *increment)?;
            Some(codes.into_iter().filter_map(|code| char::from_u32(code as u32)).map(String::from).collect())
        }
    }
}

fn sequence(start: i64, end: i64, increment: i64) -> Option<Vec<i64>> {
    let step = increment.unsigned_abs().max(1);
    let count = start.abs_diff(end) / step;
    if count >= LIMIT as u64 {
        return None;
    }
    let step = step as i64;
    Some((0..=count as i64).map(|n| if start <= end { start + n * step } else { start - n * step }).collect())
}

/// `{01..10}`: the parser forgets the zeros. Only as a word's one expansion.
fn padded(word: &str) -> Option<Vec<String>> {
    let (before, rest) = word.split_once('{')?;
    let (inside, after) = rest.split_once('}')?;
    let (start, end) = inside.split_once("..")?;
    let (end, step) = end.split_once("..").unwrap_or((end, "1"));
    let zero = |text: &str| text.len() > 1 && text.starts_with('0');
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    if !(zero(start) || zero(end))
        || !digits(start)
        || !digits(end)
        || after.contains('{')
        || before.contains(['\'', '"', '\\', '$'])
    {
        return None;
    }
    let width = start.len().max(end.len());
    let numbers = sequence(start.parse().ok()?, end.parse().ok()?, step.parse().ok()?)?;
    Some(numbers.into_iter().map(|number| format!("{before}{number:0width$}{after}")).collect())
}
