//! `test expr`, `[ expr ]`

use brush_parser::ast::{BinaryPredicate as Binary, UnaryPredicate as Unary};

use crate::shell::condition::compare_numbers;
use crate::shell::{Flavour, Run, Shell};

pub(super) fn run<'a>(shell: &'a mut Shell, words: &'a [String]) -> Run<'a> {
    Box::pin(async move {
        let name = words[0].as_str();
        let mut rest = &words[1..];
        if name == "[" {
            match rest.split_last() {
                Some((last, others)) if last == "]" => rest = others,
                _ => {
                    let text = if shell.state.flavour == Flavour::Bash { "missing `]'" } else { "missing ]" };
                    return Ok(shell.builtin_error(name, text, 2).await);
                }
            }
        }
        let mut at = 0;
        match expression(shell, rest, &mut at, 0) {
            Ok(truth) if at == rest.len() => Ok(i32::from(!truth)),
            Ok(_) => {
                let text = match rest.len() {
                    2 => format!("{}: unary operator expected", rest[0]),
                    3 => format!("{}: binary operator expected", rest[1]),
                    _ => "too many arguments".to_owned(),
                };
                Ok(shell.builtin_error(name, &text, 2).await)
            }
            Err(text) => Ok(shell.builtin_error(name, &text, 2).await),
        }
    })
}

fn expression(shell: &Shell, words: &[String], at: &mut usize, depth: u32) -> Result<bool, String> {
    if depth > 40 {
        return Err("too many arguments".into());
    }
    if *at >= words.len() {
        return Ok(false);
    }
    let mut truth = conjunction(shell, words, at, depth)?;
    while words.get(*at).is_some_and(|word| word == "-o") && *at + 1 < words.len() {
        *at += 1;
        truth |= conjunction(shell, words, at, depth)?;
    }
    Ok(truth)
}

fn conjunction(shell: &Shell, words: &[String], at: &mut usize, depth: u32) -> Result<bool, String> {
    let mut truth = negation(shell, words, at, depth)?;
    while words.get(*at).is_some_and(|word| word == "-a") && *at + 1 < words.len() {
        *at += 1;
        truth &= negation(shell, words, at, depth)?;
    }
    Ok(truth)
}

fn negation(shell: &Shell, words: &[String], at: &mut usize, depth: u32) -> Result<bool, String> {
    if words.get(*at).is_some_and(|word| word == "!")
        && *at + 1 < words.len()
        && words.get(*at + 1).is_none_or(|word| binary(word).is_none() || words.len() - *at != 3)
    {
        *at += 1;
        if depth > 40 {
            return Err("too many arguments".into());
        }
        return negation(shell, words, at, depth + 1).map(|truth| !truth);
    }
    primary(shell, words, at, depth)
}

fn primary(shell: &Shell, words: &[String], at: &mut usize, depth: u32) -> Result<bool, String> {
    let Some(word) = words.get(*at) else { return Err("argument expected".into()) };
    // A word, an operator, a word: whatever the words are.
    if let (Some(predicate), Some(right)) = (words.get(*at + 1).and_then(|word| binary(word)), words.get(*at + 2)) {
        if shell.state.flavour == Flavour::Dash && words[*at + 1] == "==" {
            return Err(format!("{word}: unexpected operator"));
        }
        *at += 3;
        return match predicate {
            Binary::ArithmeticEqualTo
            | Binary::ArithmeticNotEqualTo
            | Binary::ArithmeticLessThan
            | Binary::ArithmeticLessThanOrEqualTo
            | Binary::ArithmeticGreaterThan
            | Binary::ArithmeticGreaterThanOrEqualTo => {
                let bash = shell.state.flavour == Flavour::Bash;
                let number = |text: &str| {
                    text.trim().parse::<i64>().map_err(|_| match bash {
                        true => format!("{text}: integer expression expected"),
                        false => format!("Illegal number: {text}"),
                    })
                };
                Ok(compare_numbers(&predicate, number(word)?, number(right)?))
            }
            predicate => Ok(shell.binary_test(&predicate, word, right)),
        };
    }
    if word == "(" && words.len() - *at > 2 {
        *at += 1;
        let truth = expression(shell, words, at, depth + 1)?;
        if words.get(*at).is_none_or(|word| word != ")") {
            return Err("`)' expected".into());
        }
        *at += 1;
        return Ok(truth);
    }
    if let (Some(predicate), Some(operand)) = (unary(word), words.get(*at + 1)) {
        *at += 2;
        return Ok(shell.unary_test(&predicate, operand));
    }
    *at += 1;
    Ok(!word.is_empty())
}

fn unary(word: &str) -> Option<Unary> {
    Some(match word {
        "-a" | "-e" => Unary::FileExists,
        "-b" => Unary::FileExistsAndIsBlockSpecialFile,
        "-c" => Unary::FileExistsAndIsCharSpecialFile,
        "-d" => Unary::FileExistsAndIsDir,
        "-f" => Unary::FileExistsAndIsRegularFile,
        "-g" => Unary::FileExistsAndIsSetgid,
        "-h" | "-L" => Unary::FileExistsAndIsSymlink,
        "-k" => Unary::FileExistsAndHasStickyBit,
        "-p" => Unary::FileExistsAndIsFifo,
        "-r" => Unary::FileExistsAndIsReadable,
        "-s" => Unary::FileExistsAndIsNotZeroLength,
        "-t" => Unary::FdIsOpenTerminal,
        "-u" => Unary::FileExistsAndIsSetuid,
        "-w" => Unary::FileExistsAndIsWritable,
        "-x" => Unary::FileExistsAndIsExecutable,
        "-G" => Unary::FileExistsAndOwnedByEffectiveGroupId,
        "-N" => Unary::FileExistsAndModifiedSinceLastRead,
        "-O" => Unary::FileExistsAndOwnedByEffectiveUserId,
        "-S" => Unary::FileExistsAndIsSocket,
        "-o" => Unary::ShellOptionEnabled,
        "-v" => Unary::ShellVariableIsSetAndAssigned,
        "-z" => Unary::StringHasZeroLength,
        "-n" => Unary::StringHasNonZeroLength,
        _ => return None,
    })
}

fn binary(word: &str) -> Option<Binary> {
    Some(match word {
        "=" | "==" => Binary::StringExactlyMatchesString,
        "!=" => Binary::StringDoesNotExactlyMatchString,
        "<" => Binary::LeftSortsBeforeRight,
        ">" => Binary::LeftSortsAfterRight,
        "-eq" => Binary::ArithmeticEqualTo,
        "-ne" => Binary::ArithmeticNotEqualTo,
        "-lt" => Binary::ArithmeticLessThan,
        "-le" => Binary::ArithmeticLessThanOrEqualTo,
        "-gt" => Binary::ArithmeticGreaterThan,
        "-ge" => Binary::ArithmeticGreaterThanOrEqualTo,
        "-ef" => Binary::FilesReferToSameDeviceAndInodeNumbers,
        "-nt" => Binary::LeftFileIsNewerOrExistsWhenRightDoesNot,
        "-ot" => Binary::LeftFileIsOlderOrDoesNotExistWhenRightDoes,
        _ => return None,
    })
}
