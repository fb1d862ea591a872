//! `$x`, `${x…}` and the special parameters.

use brush_parser::word::{
    Parameter, ParameterExpr as Expr, ParameterTestType, ParameterTransformOp as Transform, SpecialParameter,
};

use super::substitute::{self, Change};
use super::{Chunk, Chunks};
use crate::shell::state::{Value, in_hash_order, is_name};
use crate::shell::{Flavour, Flow, Run, Shell, builtins, prompt};

/// What a parameter stands for.
enum Found {
    Unset,
    One(String),
    /// `$*`, `$@`, `${a[*]}`, `${a[@]}`; joined if `star`.
    Many {
        items: Vec<String>,
        star: bool,
    },
}

impl Shell {
    /// Variables that are computed when they are read.
    pub(super) fn special(&mut self, name: &str) -> Option<String> {
        let now = self.process.now();
        let known = match self.state.flavour {
            Flavour::Bash => true,
            Flavour::Dash => matches!(name, "PPID" | "LINENO"),
            Flavour::Ash => matches!(name, "PPID" | "LINENO" | "RANDOM" | "EPOCHSECONDS" | "HOSTNAME"),
        };
        if !known {
            return None;
        }
        Some(match name {
            "RANDOM" => self.process.random(32768).to_string(),
            "SECONDS" => now.since(self.state.started).as_secs().to_string(),
            "EPOCHSECONDS" => now.unix_secs().to_string(),
            "LINENO" => self.state.line.to_string(),
            "UID" | "EUID" => self.process.user.uid.to_string(),
            "PPID" => self.process.kernel.with(|state| {
                let parent = state.processes.get(&self.process.pid).and_then(|p| p.parent);
                parent.and_then(|pid| state.processes.get(&pid)).map_or(0, |p| p.local_pid).to_string()
            }),
            "BASHPID" => self.process.local_pid().to_string(),
            "HOSTNAME" if !self.state.variables.contains_key("HOSTNAME") => self.process.hostname(),
            "COLUMNS" if self.state.interactive => self.process.window().0.to_string(),
            "LINES" if self.state.interactive => self.process.window().1.to_string(),
            "FUNCNAME" => self.state.calls.last()?.clone(),
            _ => return None,
        })
    }

    /// `$$` is the main shell's number, in subshells too.
    fn shell_pid(&self) -> String {
        self.state.main_pid.unwrap_or_else(|| self.process.local_pid()).to_string()
    }

    fn flags(&self) -> String {
        let options = &self.state.options;
        let mut flags = String::new();
        for (on, flag) in [
            (options.allexport, 'a'),
            (options.errexit, 'e'),
            (options.noglob, 'f'),
            (true, 'h'),
            (self.state.interactive, 'i'),
            (self.state.interactive, 'm'),
            (options.nounset, 'u'),
            (options.xtrace, 'x'),
            (true, 'B'),
            (options.noclobber, 'C'),
            (self.state.interactive, 'H'),
        ] {
            if on {
                flags.push(flag);
            }
        }
        flags
    }

    fn find<'a>(&'a mut self, parameter: &'a Parameter) -> Run<'a, Found> {
        Box::pin(async move {
            Ok(match parameter {
                Parameter::Positional(0) => Found::One(self.state.name.clone()),
                Parameter::Positional(n) => match self.state.positional.get(*n as usize - 1) {
                    Some(text) => Found::One(text.clone()),
                    None => Found::Unset,
                },
                Parameter::Special(special) => match special {
                    SpecialParameter::AllPositionalParameters { concatenate } => {
                        Found::Many { items: self.state.positional.clone(), star: *concatenate }
                    }
                    SpecialParameter::PositionalParameterCount => Found::One(self.state.positional.len().to_string()),
                    SpecialParameter::LastExitStatus => Found::One(self.state.status.to_string()),
                    SpecialParameter::CurrentOptionFlags => Found::One(self.flags()),
                    SpecialParameter::ProcessId => Found::One(self.shell_pid()),
                    SpecialParameter::LastBackgroundProcessId => {
                        self.state.last_background.map_or(Found::Unset, |pid| Found::One(pid.to_string()))
                    }
                    SpecialParameter::ShellName => Found::One(self.state.name.clone()),
                },
                Parameter::Named(name) => match self.special(name) {
                    Some(text) => Found::One(text),
                    None => self.state.get(name).map_or(Found::Unset, |text| Found::One(text.to_owned())),
                },
                Parameter::NamedWithIndex { name, index } => {
                    let meant = self.state.meant(name).to_owned();
                    let name = &meant;
                    let associative =
                        matches!(self.state.variables.get(name).map(|v| &v.value), Some(Value::Associative(_)));
                    let key = if associative { self.expand_to_string(index).await? } else { String::new() };
                    let mut at = if associative { 0 } else { self.arithmetic(index).await? };
                    let found = match self.state.variables.get(name).map(|variable| &variable.value) {
                        _ if name == "FUNCNAME" => {
                            self.state.calls.iter().rev().nth(usize::try_from(at).unwrap_or(usize::MAX)).cloned()
                        }
                        _ if name == "PIPESTATUS" => {
                            self.state.pipe_status.get(at as usize).map(|status| status.to_string())
                        }
                        Some(Value::Indexed(items)) => {
                            if at < 0 {
                                at += items.last_key_value().map_or(0, |(last, _)| last + 1);
                            }
                            items.get(&at).cloned()
                        }
                        Some(Value::Associative(items)) => items.get(&key).cloned(),
                        Some(Value::Scalar(text)) if at == 0 || at == -1 => Some(text.clone()),
                        _ => None,
                    };
                    found.map_or(Found::Unset, Found::One)
                }
                Parameter::NamedWithAllIndices { name, concatenate } => {
                    let name = self.state.meant(name);
                    let items = match self.state.variables.get(name).map(|variable| &variable.value) {
                        _ if name == "PIPESTATUS" => self.state.pipe_status.iter().map(i32::to_string).collect(),
                        _ if name == "FUNCNAME" => self.state.calls.iter().rev().cloned().collect(),
                        Some(Value::Indexed(items)) => items.values().cloned().collect(),
                        Some(Value::Associative(items)) => {
                            in_hash_order(items).into_iter().map(|(_, value)| value.clone()).collect()
                        }
                        Some(Value::Scalar(text)) => vec![text.clone()],
                        _ => Vec::new(),
                    };
                    Found::Many { items, star: *concatenate }
                }
            })
        })
    }

    async fn find_named(&mut self, parameter: &Parameter, indirect: bool) -> Result<Found, Flow> {
        let found = self.find(parameter).await?;
        if !indirect {
            return Ok(found);
        }
        let Found::One(name) = found else { return Ok(Found::Unset) };
        match brush_parser::word::parse_parameter(&name, &crate::shell::parse::options()) {
            Ok(parameter) if is_name(name.split('[').next().unwrap_or_default()) || name.parse::<u32>().is_ok() => {
                self.find(&parameter).await
            }
            _ => {
                self.complain(&format!("{name}: invalid variable name")).await;
                Err(Flow::Abort(1))
            }
        }
    }

    fn chunks_of(&self, found: Found, in_quotes: bool) -> Vec<Chunk> {
        match found {
            Found::Unset => vec![Chunk::expanded("", in_quotes)],
            Found::One(text) => vec![Chunk::expanded(text, in_quotes)],
            Found::Many { items, star } if items.is_empty() => {
                vec![if in_quotes && !star { Chunk::Nothing } else { Chunk::expanded("", in_quotes) }]
            }
            Found::Many { items, star: true } if in_quotes => {
                let separator = match self.state.variables.get("IFS") {
                    Some(_) => self.state.get("IFS").unwrap_or_default().chars().next().map(String::from),
                    None => Some(" ".into()),
                };
                vec![Chunk::expanded(items.join(&separator.unwrap_or_default()), true)]
            }
            Found::Many { items, .. } => {
                let mut chunks = Vec::new();
                for (at, item) in items.into_iter().enumerate() {
                    if at > 0 {
                        chunks.push(Chunk::Break);
                    }
                    chunks.push(Chunk::expanded(item, in_quotes));
                }
                chunks
            }
        }
    }

    async fn unbound(&mut self, parameter: &Parameter) -> Flow {
        let name = match parameter {
            Parameter::Named(name) | Parameter::NamedWithAllIndices { name, .. } => name.clone(),
            Parameter::NamedWithIndex { name, index } => format!("{name}[{index}]"),
            other => other.to_string(),
        };
        let name =
            if matches!(parameter, Parameter::Positional(_)) { name } else { name.trim_start_matches('$').to_owned() };
        if self.state.flavour != Flavour::Bash {
            self.complain(&format!("{name}: parameter not set")).await;
            return Flow::Abort(2);
        }
        self.complain(&format!("{name}: unbound variable")).await;
        Flow::Abort(if self.state.interactive { 1 } else { 127 })
    }

    /// Expands `$x` or `${x…}`.
    pub(super) fn parameter<'a>(&'a mut self, expression: &'a Expr, in_quotes: bool) -> Chunks<'a> {
        Box::pin(async move {
            match expression {
                Expr::Parameter { parameter, indirect } => {
                    let found = self.find_named(parameter, *indirect).await?;
                    if matches!(found, Found::Unset) && self.state.options.nounset {
                        return Err(self.unbound(parameter).await);
                    }
                    Ok(self.chunks_of(found, in_quotes))
                }
                Expr::UseDefaultValues { parameter, indirect, test_type, default_value } => {
                    let found = self.find_named(parameter, *indirect).await?;
                    if lacks(&found, test_type) {
                        return self
                            .chunks(default_value.as_deref().unwrap_or_default(), in_quotes)
                            .await
                            .map(|chunks| splittable(chunks, in_quotes));
                    }
                    Ok(self.chunks_of(found, in_quotes))
                }
                Expr::AssignDefaultValues { parameter, indirect, test_type, default_value } => {
                    let found = self.find_named(parameter, *indirect).await?;
                    if !lacks(&found, test_type) {
                        return Ok(self.chunks_of(found, in_quotes));
                    }
                    let value = self.expand_to_string(default_value.as_deref().unwrap_or_default()).await?;
                    match parameter {
                        Parameter::Named(name) => drop(self.assign_or_complain(&name.clone(), value.clone()).await),
                        other => {
                            self.complain(&format!("{other}: cannot assign in this way")).await;
                            return Err(Flow::Abort(1));
                        }
                    }
                    Ok(vec![Chunk::expanded(value, in_quotes)])
                }
                Expr::IndicateErrorIfNullOrUnset { parameter, indirect, test_type, error_message } => {
                    let found = self.find_named(parameter, *indirect).await?;
                    if !lacks(&found, test_type) {
                        return Ok(self.chunks_of(found, in_quotes));
                    }
                    let message = match error_message {
                        Some(text) if !text.is_empty() => self.expand_to_string(text).await?,
                        _ if matches!(test_type, ParameterTestType::Unset) => "parameter not set".into(),
                        _ => "parameter null or not set".into(),
                    };
                    let name = match parameter {
                        Parameter::Named(name) => name.clone(),
                        other => other.to_string().trim_start_matches('$').to_owned(),
                    };
                    self.complain(&format!("{name}: {message}")).await;
                    Err(Flow::Abort(match self.state.flavour {
                        Flavour::Bash if self.state.interactive => 1,
                        Flavour::Bash => 127,
                        _ => 2,
                    }))
                }
                Expr::UseAlternativeValue { parameter, indirect, test_type, alternative_value } => {
                    let found = self.find_named(parameter, *indirect).await?;
                    if lacks(&found, test_type) {
                        return Ok(vec![Chunk::expanded("", in_quotes)]);
                    }
                    self.chunks(alternative_value.as_deref().unwrap_or_default(), in_quotes)
                        .await
                        .map(|chunks| splittable(chunks, in_quotes))
                }
                Expr::ParameterLength { parameter, indirect } => {
                    let length = match self.find_named(parameter, *indirect).await? {
                        Found::Unset if self.state.options.nounset => return Err(self.unbound(parameter).await),
                        Found::Unset => 0,
                        Found::One(text) => text.chars().count(),
                        Found::Many { items, .. } => items.len(),
                    };
                    Ok(vec![Chunk::expanded(length.to_string(), in_quotes)])
                }
                Expr::RemoveSmallestSuffixPattern { parameter, indirect, pattern } => {
                    let change = Change::Remove { prefix: false, largest: false };
                    self.each(parameter, *indirect, pattern.as_deref(), in_quotes, change).await
                }
                Expr::RemoveLargestSuffixPattern { parameter, indirect, pattern } => {
                    let change = Change::Remove { prefix: false, largest: true };
                    self.each(parameter, *indirect, pattern.as_deref(), in_quotes, change).await
                }
                Expr::RemoveSmallestPrefixPattern { parameter, indirect, pattern } => {
                    let change = Change::Remove { prefix: true, largest: false };
                    self.each(parameter, *indirect, pattern.as_deref(), in_quotes, change).await
                }
                Expr::RemoveLargestPrefixPattern { parameter, indirect, pattern } => {
                    let change = Change::Remove { prefix: true, largest: true };
                    self.each(parameter, *indirect, pattern.as_deref(), in_quotes, change).await
                }
                Expr::UppercaseFirstChar { parameter, indirect, pattern } => {
                    let change = Change::Case { upper: true, first_only: true };
                    self.each(parameter, *indirect, pattern.as_deref(), in_quotes, change).await
                }
                Expr::UppercasePattern { parameter, indirect, pattern } => {
                    let change = Change::Case { upper: true, first_only: false };
                    self.each(parameter, *indirect, pattern.as_deref(), in_quotes, change).await
                }
                Expr::LowercaseFirstChar { parameter, indirect, pattern } => {
                    let change = Change::Case { upper: false, first_only: true };
                    self.each(parameter, *indirect, pattern.as_deref(), in_quotes, change).await
                }
                Expr::LowercasePattern { parameter, indirect, pattern } => {
                    let change = Change::Case { upper: false, first_only: false };
                    self.each(parameter, *indirect, pattern.as_deref(), in_quotes, change).await
                }
                Expr::ReplaceSubstring { parameter, indirect, pattern, replacement, match_kind } => {
                    let replacement = self.expand_to_string(replacement.as_deref().unwrap_or_default()).await?;
                    let change = Change::Replace { replacement, kind: match_kind.clone() };
                    self.each(parameter, *indirect, Some(pattern), in_quotes, change).await
                }
                Expr::Substring { parameter, indirect, offset, length } => {
                    let offset = self.arithmetic(&offset.value).await?;
                    let length = match length {
                        Some(length) => Some(self.arithmetic(&length.value).await?),
                        None => None,
                    };
                    let found = match self.find_named(parameter, *indirect).await? {
                        Found::Unset if self.state.options.nounset => return Err(self.unbound(parameter).await),
                        Found::Unset => Found::Unset,
                        Found::One(text) => {
                            let chars: Vec<char> = text.chars().collect();
                            match cut(chars.len(), offset, length) {
                                Some((start, end)) => Found::One(chars[start..end].iter().collect()),
                                None => {
                                    let text = length.unwrap_or_default();
                                    self.complain(&format!("{text}: substring expression < 0")).await;
                                    return Err(Flow::Abort(1));
                                }
                            }
                        }
                        Found::Many { mut items, star } => {
                            // `${@:0}` starts with `$0`; arrays start with their first element.
                            if matches!(parameter, Parameter::Special(_)) {
                                items.insert(0, self.state.name.clone());
                            }
                            let (start, end) = cut(items.len(), offset, length).unwrap_or((0, 0));
                            Found::Many { items: items[start..end].to_vec(), star }
                        }
                    };
                    Ok(self.chunks_of(found, in_quotes))
                }
                Expr::Transform { parameter, indirect, op } => {
                    let found = self.find_named(parameter, *indirect).await?;
                    let shell = &*self;
                    let change = |text: String| match op {
                        Transform::CapitalizeInitial => substitute::capitalized(&text),
                        Transform::ExpandEscapeSequences => super::ansi_c(&text),
                        Transform::ToLowerCase => text.to_lowercase(),
                        Transform::ToUpperCase => text.to_uppercase(),
                        Transform::Quoted | Transform::PossiblyQuoteWithArraysExpanded { .. } => {
                            format!("'{}'", text.replace('\'', "'\\''"))
                        }
                        Transform::PromptExpand => prompt(&shell.state, &shell.process, &text),
                        Transform::ToAssignmentLogic => match parameter {
                            Parameter::Named(name) => format!("{name}={}", builtins::quote_always(&text)),
                            _ => text,
                        },
                        Transform::ToAttributeFlags => String::new(),
                    };
                    let found = match found {
                        Found::One(text) => Found::One(change(text)),
                        Found::Many { items, star } => {
                            Found::Many { items: items.into_iter().map(change).collect(), star }
                        }
                        Found::Unset => Found::Unset,
                    };
                    Ok(self.chunks_of(found, in_quotes))
                }
                Expr::VariableNames { prefix, concatenate } => {
                    let items =
                        self.state.variables.keys().filter(|name| name.starts_with(prefix.as_str())).cloned().collect();
                    Ok(self.chunks_of(Found::Many { items, star: *concatenate }, in_quotes))
                }
                Expr::MemberKeys { variable_name, concatenate } => {
                    let meant = self.state.meant(variable_name);
                    let items = match self.state.variables.get(meant).map(|variable| &variable.value) {
                        Some(Value::Indexed(items)) => items.keys().map(i64::to_string).collect(),
                        Some(Value::Associative(items)) => {
                            in_hash_order(items).into_iter().map(|(key, _)| key.clone()).collect()
                        }
                        Some(Value::Scalar(_)) => vec!["0".into()],
                        _ => Vec::new(),
                    };
                    Ok(self.chunks_of(Found::Many { items, star: *concatenate }, in_quotes))
                }
            }
        })
    }

    /// Changes a parameter's value, or each of its elements, with an expanded pattern.
    fn each<'a>(
        &'a mut self,
        parameter: &'a Parameter,
        indirect: bool,
        pattern: Option<&'a str>,
        in_quotes: bool,
        change: Change,
    ) -> Chunks<'a> {
        Box::pin(async move {
            let pattern = match pattern {
                Some(pattern) => self.expand_pattern(pattern).await?,
                None => String::new(),
            };
            let found = match self.find_named(parameter, indirect).await? {
                Found::Unset if self.state.options.nounset => return Err(self.unbound(parameter).await),
                Found::Unset => Found::Unset,
                Found::One(text) => Found::One(self.change(&[text], &pattern, &change).await?.concat()),
                Found::Many { items, star } => {
                    Found::Many { items: self.change(&items, &pattern, &change).await?, star }
                }
            };
            Ok(self.chunks_of(found, in_quotes))
        })
    }
}

/// The word of `${x:-word}` is split like an expansion where it was not quoted.
fn splittable(chunks: Vec<Chunk>, in_quotes: bool) -> Vec<Chunk> {
    let change = |chunk| match chunk {
        Chunk::Text { text, quoted: false, .. } if !in_quotes => Chunk::Text { text, quoted: false, split: true },
        other => other,
    };
    chunks.into_iter().map(change).collect()
}

fn lacks(found: &Found, test: &ParameterTestType) -> bool {
    match found {
        Found::Unset => true,
        Found::One(text) => text.is_empty() && matches!(test, ParameterTestType::UnsetOrNull),
        Found::Many { items, .. } => match test {
            ParameterTestType::UnsetOrNull => items.iter().all(String::is_empty),
            ParameterTestType::Unset => items.is_empty(),
        },
    }
}

/// Where a substring starts and ends; `None` if its end is before its start.
fn cut(count: usize, offset: i64, length: Option<i64>) -> Option<(usize, usize)> {
    let count = count as i64;
    let start = if offset < 0 { offset + count } else { offset };
    if start < 0 || start > count {
        return Some((0, 0));
    }
    let end = match length {
        None => count,
        Some(length) if length < 0 => count + length,
        Some(length) => start.saturating_add(length).min(count),
    };
    (end >= start).then_some((start as usize, end as usize))
}
