//! Label and field selectors: what `-l` and `--field-selector` say, and what `spec.selector` holds.
//!
//! Follows k8s.io/apimachinery/pkg/labels and /fields, with their error messages.

use serde_json::Value;

use crate::names;

/// One requirement on an object's labels.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Requirement {
    /// The label's key.
    pub key: String,
    /// How it is compared.
    pub operator: Operator,
    /// With what; sorted, as Kubernetes prints them.
    pub values: Vec<String>,
}

/// How a [`Requirement`] compares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operator {
    /// `a=b`, `a==b`, `a in (b,c)`
    In,
    /// `a!=b`, `a notin (b,c)`: also where there is no such label
    NotIn,
    /// `a`
    Exists,
    /// `!a`
    DoesNotExist,
    /// `a>1`
    GreaterThan,
    /// `a<1`
    LessThan,
}

/// A selector over labels; the empty one matches everything.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LabelSelector(pub Vec<Requirement>);

/// Why a selector cannot be read; the text is Kubernetes'.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct SelectorError(pub String);

impl LabelSelector {
    /// Reads `app=web,tier in (front,back),!canary`.
    ///
    /// # Errors
    /// What is wrong, in the words of apimachinery's parser.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        Parser { tokens: lex(text), next: 0 }.selector().map(LabelSelector).map_err(SelectorError)
    }

    /// The selector of a `metav1.LabelSelector` (`matchLabels`, `matchExpressions`). `None` when an operator is unknown; a
    /// null value selects nothing in Kubernetes, which is the caller's to know.
    pub fn from_value(value: &Value) -> Option<Self> {
        let mut requirements = Self::from_map(&value["matchLabels"]).0;
        for expression in value["matchExpressions"].as_array().map(Vec::as_slice).unwrap_or_default() {
            let mut values: Vec<String> = crate::path::list(expression, "values")
                .iter()
                .filter_map(|value| value.as_str().map(str::to_owned))
                .collect();
            sim::order::sort(&mut values);
            requirements.push(Requirement {
                key: crate::path::str(expression, "key").to_owned(),
                operator: match crate::path::str(expression, "operator") {
                    "In" => Operator::In,
                    "NotIn" => Operator::NotIn,
                    "Exists" => Operator::Exists,
                    "DoesNotExist" => Operator::DoesNotExist,
                    _ => return None,
                },
                values,
            });
        }
        sim::order::sort_by_text(&mut requirements, |one| &one.key);
        Some(LabelSelector(requirements))
    }

    /// The selector of a plain map of labels, as a Service has it.
    pub fn from_map(labels: &Value) -> Self {
        let labels = labels.as_object().into_iter().flatten();
        LabelSelector(
            labels
                .map(|(key, value)| Requirement {
                    key: key.clone(),
                    operator: Operator::In,
                    values: vec![value.as_str().unwrap_or_default().to_owned()],
                })
                .collect(),
        )
    }

    /// Whether labels (a JSON object, or null for none) meet every requirement.
    pub fn matches(&self, labels: &Value) -> bool {
        self.0.iter().all(|requirement| requirement.matches(labels[&requirement.key].as_str()))
    }

    /// Whether it matches everything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// As Kubernetes prints it: `app=web,tier in (back,front)`.
impl std::fmt::Display for LabelSelector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, requirement) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            let key = &requirement.key;
            let values = requirement.values.join(",");
            match (requirement.operator, requirement.values.len()) {
                (Operator::In, 1) => write!(f, "{key}={values}")?,
                (Operator::In, _) => write!(f, "{key} in ({values})")?,
                (Operator::NotIn, 1) => write!(f, "{key}!={values}")?,
                (Operator::NotIn, _) => write!(f, "{key} notin ({values})")?,
                (Operator::Exists, _) => write!(f, "{key}")?,
                (Operator::DoesNotExist, _) => write!(f, "!{key}")?,
                (Operator::GreaterThan, _) => write!(f, "{key}>{values}")?,
                (Operator::LessThan, _) => write!(f, "{key}<{values}")?,
            }
        }
        Ok(())
    }
}

impl Requirement {
    /// Whether a label with this value (or none) meets the requirement.
    pub fn matches(&self, label: Option<&str>) -> bool {
        let number = |text: &str| text.parse::<i64>().ok();
        let compare = |by: fn(&i64, &i64) -> bool| {
            let (left, right) = (label.and_then(number), self.values.first().and_then(|value| number(value)));
            matches!((left, right), (Some(left), Some(right)) if by(&left, &right))
        };
        let among = |label: &str| self.values.iter().any(|value| value == label);
        match self.operator {
            Operator::In => label.is_some_and(among),
            Operator::NotIn => !label.is_some_and(among),
            Operator::Exists => label.is_some(),
            Operator::DoesNotExist => label.is_none(),
            Operator::GreaterThan => compare(i64::gt),
            Operator::LessThan => compare(i64::lt),
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Token {
    Word(String),
    Symbol(&'static str),
    End,
}

impl Token {
    fn text(&self) -> &str {
        match self {
            Token::Word(word) => word,
            Token::Symbol(symbol) => symbol,
            Token::End => "",
        }
    }
}

fn lex(text: &str) -> Vec<Token> {
    const SYMBOLS: &[&str] = &["==", "!=", "=", "!", "(", ")", ",", ">", "<"];
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        // The longest run of symbol characters is one token, if it is one; `===` is `==` and `=`.
        if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            tokens.push(Token::Symbol(symbol));
            rest = rest[symbol.len()..].trim_start();
            continue;
        }
        let end = rest.find(|c: char| c.is_whitespace() || "=!(),><".contains(c)).unwrap_or(rest.len());
        tokens.push(Token::Word(rest[..end].to_owned()));
        rest = rest[end..].trim_start();
    }
    tokens.push(Token::End);
    tokens
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.next).unwrap_or(&Token::End)
    }

    fn take(&mut self) -> Token {
        let token = self.peek().clone();
        self.next += 1;
        token
    }

    fn starts_requirement(&self) -> bool {
        matches!(self.peek(), Token::Word(_) | Token::Symbol("!"))
    }

    fn selector(mut self) -> Result<Vec<Requirement>, String> {
        let mut requirements = Vec::new();
        loop {
            if *self.peek() == Token::End {
                return Ok(requirements);
            }
            if !self.starts_requirement() {
                return Err(format!("found '{}', expected: !, identifier, or 'end of string'", self.peek().text()));
            }
            requirements.push(self.requirement().map_err(|error| format!("unable to parse requirement: {error}"))?);
            match self.take() {
                Token::End => {
                    sim::order::sort_by_text(&mut requirements, |one| &one.key);
                    return Ok(requirements);
                }
                Token::Symbol(",") => {
                    if !self.starts_requirement() {
                        return Err(format!("found '{}', expected: identifier after ','", self.peek().text()));
                    }
                }
                other => return Err(format!("found '{}', expected: ',' or 'end of string'", other.text())),
            }
        }
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let mut operator = Operator::Exists;
        let mut token = self.take();
        if token == Token::Symbol("!") {
            operator = Operator::DoesNotExist;
            token = self.take();
        }
        let Token::Word(key) = token else {
            return Err(format!("found '{}', expected: identifier", token.text()));
        };
        if let Some(error) = first(names::qualified_name(&key)) {
            return Err(format!("<nil>: Invalid value: {key:?}: {error}"));
        }
        if operator == Operator::DoesNotExist || matches!(self.peek(), Token::End | Token::Symbol(",")) {
            return Ok(Requirement { key, operator, values: Vec::new() });
        }
        let token = self.take();
        let (operator, many) = match token.text() {
            "in" => (Operator::In, true),
            "notin" => (Operator::NotIn, true),
            "=" | "==" => (Operator::In, false),
            "!=" => (Operator::NotIn, false),
            ">" | "gt" => (Operator::GreaterThan, false),
            "<" | "lt" => (Operator::LessThan, false),
            found => return Err(format!("found '{found}', expected: in, notin, =, ==, !=, gt, lt")),
        };
        let mut values = if many { self.values()? } else { vec![self.value()?] };
        sim::order::sort(&mut values);
        values.dedup();
        for value in &values {
            if matches!(operator, Operator::GreaterThan | Operator::LessThan) && value.parse::<i64>().is_err() {
                return Err(format!(
                    "values[0]: Invalid value: {value:?}: for 'Gt', 'Lt' operators, the value must be an integer"
                ));
            }
            if let Some(error) = first(names::label_value(value)) {
                return Err(format!("values[0][{key}]: Invalid value: {value:?}: {error}"));
            }
        }
        Ok(Requirement { key, operator, values })
    }

    fn value(&mut self) -> Result<String, String> {
        match self.peek() {
            Token::End | Token::Symbol(",") => Ok(String::new()),
            Token::Word(_) => Ok(self.take().text().to_owned()),
            Token::Symbol(symbol) => Err(format!("found '{symbol}', expected: identifier")),
        }
    }

    fn values(&mut self) -> Result<Vec<String>, String> {
        let open = self.take();
        if open != Token::Symbol("(") {
            return Err(format!("found '{}' expected: '('", open.text()));
        }
        let mut values = Vec::new();
        loop {
            match self.take() {
                Token::Word(word) => {
                    values.push(word);
                    match self.take() {
                        Token::Symbol(",") => {
                            if *self.peek() == Token::Symbol(")") {
                                values.push(String::new());
                            }
                        }
                        Token::Symbol(")") => return Ok(values),
                        other => return Err(format!("found '{}', expected: ',' or ')'", other.text())),
                    }
                }
                Token::Symbol(",") => values.push(String::new()),
                Token::Symbol(")") => {
                    if values.is_empty() {
                        values.push(String::new());
                    }
                    return Ok(values);
                }
                other => return Err(format!("found '{}', expected: ',', ')' or identifier", other.text())),
            }
        }
    }
}

fn first(errors: Vec<String>) -> Option<String> {
    if errors.is_empty() { None } else { Some(errors.join("; ")) }
}

/// A selector over fields: `status.phase=Running,metadata.name!=web`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FieldSelector(pub Vec<FieldRequirement>);

/// One requirement on a field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldRequirement {
    /// The field's path.
    pub field: String,
    /// Whether it must equal the value (or must not).
    pub equal: bool,
    /// The value as text.
    pub value: String,
}

impl FieldSelector {
    /// Reads a field selector; which fields a kind supports is the server's to know.
    ///
    /// # Errors
    /// In apimachinery's words.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        let mut requirements = Vec::new();
        // The terms are read in the order of the alphabet, and so is the first bad one named.
        let mut terms = split_terms(text);
        sim::order::sort(&mut terms);
        for term in terms {
            if term.is_empty() {
                continue;
            }
            let operator =
                ["!=", "==", "="].into_iter().filter_map(|op| Some((term.find(op)?, op))).min_by_key(|found| {
                    // `!=` and `==` win over the `=` inside them
                    (found.0, std::cmp::Reverse(found.1.len()))
                });
            let Some((at, operator)) = operator else {
                return Err(SelectorError(format!("invalid selector: '{text}'; can't understand '{term}'")));
            };
            requirements.push(FieldRequirement {
                field: term[..at].to_owned(),
                equal: operator != "!=",
                value: unescape(&term[at + operator.len()..]),
            });
        }
        Ok(FieldSelector(requirements))
    }

    /// Whether it matches everything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value a field must equal, if it says so.
    pub fn required(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|term| term.equal && term.field == field).map(|term| term.value.as_str())
    }
}

impl std::fmt::Display for FieldSelector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, term) in self.0.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            write!(f, "{comma}{}{}{}", term.field, if term.equal { "=" } else { "!=" }, term.value)?;
        }
        Ok(())
    }
}

fn split_terms(text: &str) -> Vec<&str> {
    let (mut terms, mut start, mut escaped) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ',' => {
                terms.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    terms.push(&text[start..]);
    terms
}

fn unescape(value: &str) -> String {
    let mut text = String::new();
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        text.push(if c == '\\' { chars.next().unwrap_or('\\') } else { c });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn label_selectors_match_and_print() {
        let labels = json!({"app": "nginx", "n": "5"});
        for (text, printed, matches) in [
            ("", "", true),
            ("app=nginx", "app=nginx", true),
            ("app==nginx", "app=nginx", true),
            ("app = nginx , n", "app=nginx,n", true),
            ("app!=nginx", "app!=nginx", false),
            ("tier!=front", "tier!=front", true),
            ("app in (web, nginx),tier!=front", "app in (nginx,web),tier!=front", true),
            ("app notin (nginx)", "app!=nginx", false),
            ("!app", "!app", false),
            ("!tier", "!tier", true),
            ("n>4", "n>4", true),
            ("n<4", "n<4", false),
            ("a==", "a=", false),
            ("app in ()", "app=", false),
        ] {
            let selector = LabelSelector::parse(text).unwrap();
            assert_eq!(selector.to_string(), printed, "{text}");
            assert_eq!(selector.matches(&labels), matches, "{text}");
        }
        assert!(LabelSelector::parse("a").unwrap().matches(&json!({"a": ""})));
        assert!(!LabelSelector::parse("a").unwrap().matches(&Value::Null));
    }

    #[test]
    fn label_selectors_say_what_is_wrong() {
        for (text, error) in [
            ("=a", "found '=', expected: !, identifier, or 'end of string'"),
            ("a=b,", "found '', expected: identifier after ','"),
            ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
            ("a in b", "unable to parse requirement: found 'b' expected: '('"),
            ("a=b c", "found 'c', expected: ',' or 'end of string'"),
            ("a===b", "unable to parse requirement: found '=', expected: identifier"),
        ] {
            assert_eq!(LabelSelector::parse(text), Err(SelectorError(error.to_owned())), "{text}");
        }
        assert!(LabelSelector::parse("a=b$").is_err());
        assert!(LabelSelector::parse("$=b").is_err());
    }

    #[test]
    fn selectors_of_objects() {
        let selector = json!({"matchLabels": {"app": "a"}, "matchExpressions": [
            {"key": "tier", "operator": "In", "values": ["y", "x"]}, {"key": "old", "operator": "DoesNotExist"}]});
        let selector = LabelSelector::from_value(&selector).unwrap();
        assert_eq!(selector.to_string(), "app=a,!old,tier in (x,y)");
        assert!(selector.matches(&json!({"app": "a", "tier": "x"})));
        assert!(LabelSelector::from_value(&json!({"matchExpressions": [{"key": "a", "operator": "Is"}]})).is_none());
    }

    #[test]
    fn field_selectors() {
        let selector = FieldSelector::parse("status.phase=Running,metadata.name!=a\\,b,x==y").unwrap();
        assert_eq!(selector.required("status.phase"), Some("Running"));
        // In the order of the alphabet.
        assert_eq!(
            selector.0[0],
            FieldRequirement { field: "metadata.name".into(), equal: false, value: "a,b".into() }
        );
        assert_eq!(
            FieldSelector::parse("metadata.name in (a,b)").unwrap_err().to_string(),
            "invalid selector: 'metadata.name in (a,b)'; can't understand 'b)'"
        );
        assert_eq!(selector.0[2].value, "y");
        assert_eq!(
            FieldSelector::parse("nope").unwrap_err().to_string(),
            "invalid selector: 'nope'; can't understand 'nope'"
        );
    }
}
