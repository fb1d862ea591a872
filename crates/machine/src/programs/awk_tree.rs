//! An awk program as it was read.

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// A number.
    Number(f64),
    /// A string.
    Text(String),
    /// `/…/`: matched against the record, or used as a pattern.
    Regex(String),
    /// A variable.
    Variable(String),
    /// `a[i, j]`.
    Element(String, Vec<Expr>),
    /// `$e`.
    Field(Box<Expr>),
    /// `= += -= *= /= %= ^=`; the operator is empty for `=`.
    Assign(Box<Expr>, &'static str, Box<Expr>),
    /// `c ? a : b`.
    Choose(Box<Expr>, Box<Expr>, Box<Expr>),
    /// Two operands: `|| && < <= == != > >= + - * / % ^`, and a blank for concatenation.
    Binary(&'static str, Box<Expr>, Box<Expr>),
    /// `~`; true for `!~`.
    Match(Box<Expr>, Box<Expr>, bool),
    /// `(i, j) in a`.
    In(Vec<Expr>, String),
    /// `! - +`.
    Unary(char, Box<Expr>),
    /// `++` and `--`: the place, the step, whether it comes before.
    Step(Box<Expr>, f64, bool),
    /// A built-in function.
    Call(String, Vec<Expr>),
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Statement {
    Expression(Expr),
    /// Values, and a file with whether to append.
    Print(Vec<Expr>, Option<(Expr, bool)>),
    Printf(Vec<Expr>, Option<(Expr, bool)>),
    If(Expr, Vec<Statement>, Vec<Statement>),
    /// Condition, step, body, whether the body comes first.
    Loop(Option<Expr>, Option<Box<Statement>>, Vec<Statement>, bool),
    ForIn(String, String, Vec<Statement>),
    Block(Vec<Statement>),
    Next,
    Exit(Option<Expr>),
    Break,
    Continue,
    Delete(String, Option<Vec<Expr>>),
}

/// When a rule applies.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Pattern {
    Begin,
    End,
    Always,
    When(Expr),
    Range(Expr, Expr),
}

/// A pattern and its action; `None` prints the record.
pub type Rule = (Pattern, Option<Vec<Statement>>);
