//! Names that a jq program uses and nothing defines: told before it runs.

use super::library::is_known;
use super::tree::{Filter, Part, Pattern};

/// What is defined at a place of the program: `name/2`, `$name`.
type Names = Vec<String>;

/// The first name that is not defined, as jq shows it.
pub(super) fn undefined(filter: &Filter, names: &Names) -> Option<String> {
    let all = |filters: &[&Filter]| filters.iter().find_map(|filter| undefined(filter, names));
    match filter {
        Filter::Identity | Filter::Descend | Filter::Literal(_) | Filter::Format(_) | Filter::Break(_) => None,
        Filter::Index(a, b)
        | Filter::Pipe(a, b)
        | Filter::Comma(a, b)
        | Filter::Binary(_, a, b)
        | Filter::And(a, b)
        | Filter::Or(a, b)
        | Filter::Alternative(a, b)
        | Filter::Update(_, a, b) => all(&[a, b]),
        Filter::Slice(a, from, to) => {
            undefined(a, names).or_else(|| [from, to].into_iter().flatten().find_map(|part| undefined(part, names)))
        }
        Filter::Iterate(a) | Filter::Negate(a) | Filter::Label(_, a) => undefined(a, names),
        Filter::Array(inner) => inner.as_ref().and_then(|inner| undefined(inner, names)),
        Filter::Text(_, parts) => parts.iter().find_map(|part| match part {
            Part::Text(_) => None,
            Part::Filter(filter) => undefined(filter, names),
        }),
        Filter::Object(entries) => entries.iter().find_map(|(key, value)| all(&[key, value])),
        Filter::If(a, b, c) => all(&[a, b]).or_else(|| c.as_ref().and_then(|c| undefined(c, names))),
        Filter::Try(a, b) => undefined(a, names).or_else(|| b.as_ref().and_then(|b| undefined(b, names))),
        Filter::Reduce(source, pattern, start, update) => all(&[source, start]).or_else(|| {
            let names = bound(pattern, names);
            undefined(update, &names)
        }),
        Filter::Foreach(source, pattern, start, update, extract) => all(&[source, start]).or_else(|| {
            let names = bound(pattern, names);
            undefined(update, &names).or_else(|| extract.as_ref().and_then(|extract| undefined(extract, &names)))
        }),
        Filter::Bind(source, pattern, body) => {
            undefined(source, names).or_else(|| undefined(body, &bound(pattern, names)))
        }
        Filter::Define(function, rest) => {
            let mut outer = names.clone();
            outer.push(format!("{}/{}", function.name, function.parameters.len()));
            let mut inner = outer.clone();
            for parameter in &function.parameters {
                inner.push(parameter.clone());
                inner.push(format!("{}/0", parameter.trim_start_matches('$')));
            }
            undefined(&function.body, &inner).or_else(|| undefined(rest, &outer))
        }
        Filter::Call(name, arguments) => {
            let shown = format!("{name}/{}", arguments.len());
            if !names.contains(&shown) && !is_known(name, arguments.len()) {
                return Some(shown);
            }
            arguments.iter().find_map(|argument| undefined(argument, names))
        }
        Filter::Variable(name) => {
            let shown = format!("${name}");
            (name != "ENV" && !names.contains(&shown)).then_some(shown)
        }
    }
}

fn bound(pattern: &Pattern, names: &Names) -> Names {
    let mut names = names.clone();
    bind(pattern, &mut names);
    names
}

fn bind(pattern: &Pattern, names: &mut Names) {
    match pattern {
        Pattern::Variable(name) => names.push(format!("${name}")),
        Pattern::Array(items) => items.iter().for_each(|item| bind(item, names)),
        Pattern::Object(entries) => {
            for (_, variable, inner) in entries {
                names.extend(variable.iter().map(|name| format!("${name}")));
                if let Some(inner) = inner {
                    bind(inner, names);
                }
            }
        }
    }
}
