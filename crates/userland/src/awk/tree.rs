//! An awk program as it was read.

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
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
    /// A function of the program's.
    Own(String, Vec<Expr>),
    /// `getline`, with the place it reads into.
    Getline(Option<Box<Expr>>, From),
    /// What was read, as a value that came of another expression.
    Input(String),
    Nothing,
}

/// Where `getline` reads.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum From {
    Main,
    File(Box<Expr>),
    Command(Box<Expr>),
}

/// Where `print` writes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum To {
    File,
    Append,
    Command,
}

/// A function of the program's.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Function {
    pub parameters: Vec<String>,
    pub body: Vec<Statement>,
}

impl Expr {
    /// Whether it does what takes time: runs commands, reads, or calls functions of the program's.
    pub(super) fn has_effects(&self) -> bool {
        let any = |all: &[Expr]| all.iter().any(Expr::has_effects);
        match self {
            Expr::Own(..) | Expr::Getline(..) => true,
            Expr::Call(name, all) => matches!(name.as_str(), "system" | "close" | "fflush") || any(all),
            Expr::Element(_, all) | Expr::In(all, _) => any(all),
            Expr::Field(a) | Expr::Unary(_, a) | Expr::Step(a, ..) => a.has_effects(),
            Expr::Assign(a, _, b) | Expr::Binary(_, a, b) | Expr::Match(a, b, _) => a.has_effects() || b.has_effects(),
            Expr::Choose(a, b, c) => a.has_effects() || b.has_effects() || c.has_effects(),
            _ => false,
        }
    }
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Statement {
    Expression(Expr),
    /// Values, and where they go if not to the standard output.
    Print(Vec<Expr>, Option<(Expr, To)>),
    Printf(Vec<Expr>, Option<(Expr, To)>),
    If(Expr, Vec<Statement>, Vec<Statement>),
    /// Condition, step, body, whether the body comes first.
    Loop(Option<Expr>, Option<Box<Statement>>, Vec<Statement>, bool),
    ForIn(String, String, Vec<Statement>),
    Block(Vec<Statement>),
    Next,
    Exit(Option<Expr>),
    Break,
    Continue,
    Return(Option<Expr>),
    Delete(String, Option<Vec<Expr>>),
}

/// When a rule applies.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Pattern {
    Begin,
    End,
    Always,
    When(Expr),
    Range(Expr, Expr),
}

/// A pattern and its action; `None` prints the record.
pub(super) type Rule = (Pattern, Option<Vec<Statement>>);
