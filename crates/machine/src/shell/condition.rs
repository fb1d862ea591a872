//! `[[ … ]]` and what `test` asks.

use brush_parser::ast::{BinaryPredicate as Binary, ExtendedTestExpr as Expr, UnaryPredicate as Unary};

use super::state::Value;
use super::{Run, Shell};
use crate::{EXECUTE, FileType, READ, WRITE};

/// The largest a compiled regular expression may be, in bytes.
const REGEX_LIMIT: usize = 1 << 18;
/// The most that its size multiplied by a text's length may be, as that is what matching takes at worst.
const REGEX_WORK: usize = 1 << 31;

impl Shell {
    /// Whether `[[ … ]]` holds; `None` for an error that was told.
    pub(crate) fn extended_test<'a>(&'a mut self, expression: &'a Expr) -> Run<'a, Option<bool>> {
        Box::pin(async move {
            Ok(Some(match expression {
                Expr::And(left, right) => match self.extended_test(left).await? {
                    Some(true) => return self.extended_test(right).await,
                    other => return Ok(other),
                },
                Expr::Or(left, right) => match self.extended_test(left).await? {
                    Some(false) => return self.extended_test(right).await,
                    other => return Ok(other),
                },
                Expr::Not(inner) => return Ok(self.extended_test(inner).await?.map(|truth| !truth)),
                Expr::Parenthesized(inner) => return self.extended_test(inner).await,
                Expr::UnaryTest(predicate, word) => {
                    let text = self.expand_to_string(&word.value).await?;
                    self.unary_test(predicate, &text)
                }
                Expr::BinaryTest(predicate, left, right) => {
                    let left = self.expand_to_string(&left.value).await?;
                    match predicate {
                        Binary::StringExactlyMatchesPattern => {
                            let pattern = self.expand_pattern(&right.value).await?;
                            Box::pin(self.matches_pattern(&pattern, &left)).await?
                        }
                        Binary::StringDoesNotExactlyMatchPattern => {
                            let pattern = self.expand_pattern(&right.value).await?;
                            !Box::pin(self.matches_pattern(&pattern, &left)).await?
                        }
                        Binary::StringMatchesRegex => {
                            let pattern = self.expand_regex(&right.value).await?;
                            let most = REGEX_LIMIT.min(REGEX_WORK / left.len().max(1));
                            let fold = self.state.options.nocasematch;
                            let built =
                                regex_lite::RegexBuilder::new(&pattern).size_limit(most).case_insensitive(fold).build();
                            let Ok(regex) = built else {
                                self.complain(&format!("[[: invalid regular expression `{pattern}'")).await;
                                return Ok(None);
                            };
                            let groups = regex.captures(&left);
                            self.work(left.len() as u64 * pattern.len() as u64).await?;
                            let items = groups.iter().flat_map(|groups| {
                                groups
                                    .iter()
                                    .map(|group| group.map_or(String::new(), |found| found.as_str().to_owned()))
                            });
                            let items = sim::order::collect(items.enumerate().map(|(at, text)| (at as i64, text)));
                            let variable =
                                super::Variable { value: Value::Indexed(items), ..super::Variable::scalar("") };
                            self.state.variables.insert("BASH_REMATCH".into(), variable);
                            groups.is_some()
                        }
                        Binary::ArithmeticEqualTo
                        | Binary::ArithmeticNotEqualTo
                        | Binary::ArithmeticLessThan
                        | Binary::ArithmeticLessThanOrEqualTo
                        | Binary::ArithmeticGreaterThan
                        | Binary::ArithmeticGreaterThanOrEqualTo => {
                            let right = self.expand_to_string(&right.value).await?;
                            let (left, right) = (self.arithmetic(&left).await?, self.arithmetic(&right).await?);
                            compare_numbers(predicate, left, right)
                        }
                        _ => {
                            let right = self.expand_to_string(&right.value).await?;
                            self.binary_test(predicate, &left, &right)
                        }
                    }
                }
            }))
        })
    }

    /// A regular expression's text: what was quoted stands for itself.
    async fn expand_regex(&mut self, text: &str) -> Result<String, super::Flow> {
        let chunks = self.chunks(text, false).await?;
        let mut pattern = String::new();
        for chunk in chunks {
            if let super::expand::Chunk::Text { text, quoted, .. } = chunk {
                if quoted {
                    pattern.push_str(&regex_lite::escape(&text));
                } else {
                    pattern.push_str(&text);
                }
            }
        }
        Ok(pattern)
    }

    pub(crate) fn unary_test(&self, predicate: &Unary, text: &str) -> bool {
        let process = &self.process;
        let is = |want: fn(&crate::Metadata) -> bool| process.metadata(text).is_ok_and(|metadata| want(&metadata));
        match predicate {
            Unary::StringHasZeroLength => text.is_empty(),
            Unary::StringHasNonZeroLength => !text.is_empty(),
            Unary::FileExists => is(|_| true),
            Unary::FileExistsAndIsDir => is(crate::Metadata::is_dir),
            Unary::FileExistsAndIsRegularFile => is(crate::Metadata::is_file),
            Unary::FileExistsAndIsNotZeroLength => is(|metadata| metadata.size > 0),
            Unary::FileExistsAndIsCharSpecialFile => is(|metadata| metadata.file_type == FileType::Device),
            Unary::FileExistsAndIsSocket => is(|metadata| metadata.file_type == FileType::Socket),
            Unary::FileExistsAndIsFifo => is(|metadata| metadata.file_type == FileType::Fifo),
            Unary::FileExistsAndIsSymlink => process.symlink_metadata(text).is_ok_and(|metadata| metadata.is_symlink()),
            Unary::FileExistsAndIsReadable => process.may(text, READ),
            Unary::FileExistsAndIsWritable => process.may(text, WRITE),
            Unary::FileExistsAndIsExecutable => process.may(text, EXECUTE),
            Unary::FileExistsAndOwnedByEffectiveUserId => {
                process.metadata(text).is_ok_and(|metadata| metadata.uid == process.user.uid)
            }
            Unary::FileExistsAndOwnedByEffectiveGroupId => {
                process.metadata(text).is_ok_and(|metadata| metadata.gid == process.user.gid)
            }
            Unary::FileExistsAndHasStickyBit => is(|metadata| metadata.mode & 0o1000 != 0),
            Unary::FileExistsAndIsSetuid => is(|metadata| metadata.mode & 0o4000 != 0),
            Unary::FileExistsAndIsSetgid => is(|metadata| metadata.mode & 0o2000 != 0),
            Unary::FdIsOpenTerminal => text.parse().is_ok_and(|fd| process.is_tty(fd)),
            Unary::ShellVariableIsSetAndAssigned => match text.split_once('[') {
                Some((name, index)) => {
                    let index = index.trim_end_matches(']');
                    match self.state.variables.get(name).map(|variable| &variable.value) {
                        Some(Value::Indexed(items)) => index.parse().is_ok_and(|at| items.contains_key(&at)),
                        Some(Value::Associative(items)) => items.contains_key(index),
                        _ => false,
                    }
                }
                None => self.state.get(text).is_some(),
            },
            Unary::ShellOptionEnabled => super::builtins::option_is_on(&self.state.options, text),
            Unary::FileExistsAndIsBlockSpecialFile
            | Unary::FileExistsAndModifiedSinceLastRead
            | Unary::ShellVariableIsSetAndNameRef => false,
        }
    }

    /// The predicates that compare strings or files.
    pub(crate) fn binary_test(&self, predicate: &Binary, left: &str, right: &str) -> bool {
        let (one, other) = (self.process.metadata(left), self.process.metadata(right));
        match predicate {
            Binary::StringExactlyMatchesString => left == right,
            Binary::StringDoesNotExactlyMatchString => left != right,
            Binary::StringContainsSubstring => left.contains(right),
            Binary::LeftSortsBeforeRight => left < right,
            Binary::LeftSortsAfterRight => left > right,
            Binary::FilesReferToSameDeviceAndInodeNumbers => {
                matches!((one, other), (Ok(one), Ok(other)) if one.identity == other.identity)
            }
            Binary::LeftFileIsNewerOrExistsWhenRightDoesNot => match (one, other) {
                (Ok(one), Ok(other)) => one.modified > other.modified,
                (one, _) => one.is_ok(),
            },
            Binary::LeftFileIsOlderOrDoesNotExistWhenRightDoes => match (one, other) {
                (Ok(one), Ok(other)) => one.modified < other.modified,
                (_, other) => other.is_ok(),
            },
            _ => false,
        }
    }
}

pub(crate) fn compare_numbers(predicate: &Binary, left: i64, right: i64) -> bool {
    match predicate {
        Binary::ArithmeticEqualTo => left == right,
        Binary::ArithmeticNotEqualTo => left != right,
        Binary::ArithmeticLessThan => left < right,
        Binary::ArithmeticLessThanOrEqualTo => left <= right,
        Binary::ArithmeticGreaterThan => left > right,
        Binary::ArithmeticGreaterThanOrEqualTo => left >= right,
        _ => false,
    }
}
