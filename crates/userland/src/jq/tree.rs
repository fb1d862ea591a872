//! A jq program as it was read.

use std::rc::Rc;

use super::json::Json;

/// A filter: gives any number of values for one.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub(super) enum Filter {
    Identity,
    /// `..`
    Descend,
    /// `t[k]`, `t.k`
    Index(Box<Filter>, Box<Filter>),
    /// `t[a:b]`
    Slice(Box<Filter>, Option<Box<Filter>>, Option<Box<Filter>>),
    /// `t[]`
    Iterate(Box<Filter>),
    Literal(Json),
    /// A string with `\(…)` in it, and the `@format` for those.
    Text(Option<String>, Vec<Part>),
    /// `@base64`
    Format(String),
    Array(Option<Box<Filter>>),
    Object(Vec<(Filter, Filter)>),
    Negate(Box<Filter>),
    Pipe(Box<Filter>, Box<Filter>),
    Comma(Box<Filter>, Box<Filter>),
    Binary(&'static str, Box<Filter>, Box<Filter>),
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Alternative(Box<Filter>, Box<Filter>),
    /// `=`, `|=` and `+=`: the operator before `=`.
    Update(&'static str, Box<Filter>, Box<Filter>),
    If(Box<Filter>, Box<Filter>, Option<Box<Filter>>),
    Try(Box<Filter>, Option<Box<Filter>>),
    Reduce(Box<Filter>, Pattern, Box<Filter>, Box<Filter>),
    Foreach(Box<Filter>, Pattern, Box<Filter>, Box<Filter>, Option<Box<Filter>>),
    /// `source as pattern | body`
    Bind(Box<Filter>, Pattern, Box<Filter>),
    Define(Rc<Function>, Box<Filter>),
    Call(String, Vec<Filter>),
    Variable(String),
    Label(String, Box<Filter>),
    Break(String),
}

/// A piece of a string.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub(super) enum Part {
    Text(String),
    Filter(Filter),
}

/// What `as` takes apart.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub(super) enum Pattern {
    Variable(String),
    Array(Vec<Pattern>),
    /// The key, the variable that is bound to its value, and what that is taken apart into.
    Object(Vec<(Filter, Option<String>, Option<Pattern>)>),
}

/// `def name(parameters): body;`
#[derive(Debug)]
#[allow(missing_docs)]
pub(super) struct Function {
    pub name: String,
    /// `$x` is a value, `f` a filter.
    pub parameters: Vec<String>,
    pub body: Filter,
}
