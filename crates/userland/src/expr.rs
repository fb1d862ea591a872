//! `expr`: integers, comparisons, `:` and the functions of texts. expr(1) of GNU coreutils 9.1.

use super::prelude::*;

type Value = Result<String, String>;

fn or(words: &[String], at: &mut usize, depth: usize) -> Value {
    let mut left = levels(words, at, 0, depth)?;
    while words.get(*at).is_some_and(|word| word == "|" || word == "&") {
        let operator = words[*at].clone();
        *at += 1;
        let right = levels(words, at, 0, depth)?;
        let nothing = |text: &str| text.is_empty() || text == "0";
        left = match operator.as_str() {
            "|" if nothing(&left) => right,
            "|" => left,
            _ if nothing(&left) || nothing(&right) => "0".to_owned(),
            _ => left,
        };
    }
    Ok(left)
}

fn levels(words: &[String], at: &mut usize, level: usize, depth: usize) -> Value {
    const LEVELS: [&[&str]; 4] = [&["=", "==", "!=", "<", "<=", ">", ">="], &["+", "-"], &["*", "/", "%"], &[":"]];
    let Some(operators) = LEVELS.get(level) else { return primary(words, at, depth) };
    let mut left = levels(words, at, level + 1, depth)?;
    while let Some(operator) = words.get(*at).filter(|word| operators.contains(&word.as_str())).cloned() {
        *at += 1;
        let right = levels(words, at, level + 1, depth)?;
        let numbers = left.parse::<i64>().ok().zip(right.parse::<i64>().ok());
        left = match level {
            0 => {
                let order = numbers.map_or_else(|| left.cmp(&right), |(a, b)| a.cmp(&b));
                let holds = match operator.as_str() {
                    "=" | "==" => order.is_eq(),
                    "!=" => order.is_ne(),
                    "<" => order.is_lt(),
                    "<=" => order.is_le(),
                    ">" => order.is_gt(),
                    _ => order.is_ge(),
                };
                u8::from(holds).to_string()
            }
            3 => matched(&left, &right)?,
            _ => {
                let (a, b) = numbers.ok_or("non-integer argument")?;
                let value = match operator.as_str() {
                    "+" => a.checked_add(b),
                    "-" => a.checked_sub(b),
                    "*" => a.checked_mul(b),
                    _ if b == 0 => return Err("division by zero".to_owned()),
                    "/" => a.checked_div(b),
                    _ => a.checked_rem(b),
                };
                value.ok_or("integer overflow")?.to_string()
            }
        };
    }
    Ok(left)
}

fn matched(text: &str, pattern: &str) -> Value {
    let regex = super::pattern::compile(
        &format!("^{}", pattern.trim_start_matches('^')),
        super::pattern::Syntax::Basic,
        false,
    )?;
    Ok(match regex.captures(text) {
        Some(found) if regex.captures_len() > 1 => found.get(1).map_or("", |m| m.as_str()).to_owned(),
        Some(found) => found.get(0).map_or(0, |m| m.as_str().chars().count()).to_string(),
        None if regex.captures_len() > 1 => String::new(),
        None => "0".to_owned(),
    })
}

fn primary(words: &[String], at: &mut usize, depth: usize) -> Value {
    let last = at.checked_sub(1).and_then(|at| words.get(at));
    let missing = || match last {
        Some(last) => format!("syntax error: missing argument after '{last}'"),
        None => "missing operand".to_owned(),
    };
    let word = words.get(*at).ok_or_else(missing)?.clone();
    *at += 1;
    let more = words.len() - *at;
    match word.as_str() {
        "(" if depth < 50 => {
            let value = or(words, at, depth + 1)?;
            if words.get(*at).map(String::as_str) != Some(")") {
                return Err("syntax error: expecting ')' after '('".to_owned());
            }
            *at += 1;
            Ok(value)
        }
        "length" if more >= 1 => Ok(primary(words, at, depth)?.chars().count().to_string()),
        "match" if more >= 2 => {
            let text = primary(words, at, depth)?;
            matched(&text, &primary(words, at, depth)?)
        }
        "index" if more >= 2 => {
            let text = primary(words, at, depth)?;
            let set = primary(words, at, depth)?;
            Ok(text.chars().position(|c| set.contains(c)).map_or(0, |at| at + 1).to_string())
        }
        "substr" if more >= 3 => {
            let text = primary(words, at, depth)?;
            let from = primary(words, at, depth)?.parse::<usize>().unwrap_or(0);
            let length = primary(words, at, depth)?.parse::<usize>().unwrap_or(0);
            Ok(if from == 0 { String::new() } else { text.chars().skip(from - 1).take(length).collect() })
        }
        _ => Ok(word),
    }
}

/// `expr`: integers, comparisons, `:` and the string functions.
pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let words = p.args().get(1..).unwrap_or_default().to_vec();
    if words.is_empty() {
        return usage_error(&p, 2, "missing operand").await;
    }
    let mut at = 0;
    match or(&words, &mut at, 0) {
        Ok(value) if at == words.len() => {
            p.out(&format!("{value}\n")).await;
            ExitStatus::check(i32::from(value.is_empty() || value == "0"))
        }
        Ok(_) => fail_with(&p, 2, &format!("syntax error: unexpected argument {}", quote(&p, &words[at]))).await,
        Err(error) => fail_with(&p, 2, &error).await,
    }
}
