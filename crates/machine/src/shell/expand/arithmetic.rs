//! `$(( ))`, `(( ))` and `let`.

use brush_parser::ast::{
    ArithmeticExpr as Expr, ArithmeticTarget as Target, BinaryOperator as Binary, UnaryAssignmentOperator as Step,
    UnaryOperator as Unary,
};

use super::numbers;
use crate::shell::{Flavour, Flow, Run, Shell};

/// Deepest nesting of one expression, and of variables that hold expressions.
const DEPTH_LIMIT: usize = 24;

impl Shell {
    /// The value of an expression, after its expansions.
    pub(crate) fn arithmetic<'a>(&'a mut self, text: &'a str) -> Run<'a, i64> {
        self.arithmetic_for("", text)
    }

    /// Likewise, with what an error message starts with.
    pub(crate) fn arithmetic_for<'a>(&'a mut self, what: &'a str, text: &'a str) -> Run<'a, i64> {
        Box::pin(async move {
            let expanded = self.expand_heredoc(&text.replace('"', "")).await?;
            let is_dash = self.state.flavour == Flavour::Dash;
            if is_dash && ["**", "++", "--"].iter().any(|operator| expanded.contains(operator)) {
                self.complain(&format!("arithmetic expression: expecting primary: \"{}\"", expanded.trim())).await;
                return Err(Flow::Abort(2));
            }
            match self.calculate(&expanded, 0) {
                Ok(value) => Ok(value),
                Err(mut error) => {
                    // bash shows the divisor as it is written, up to the end of the expression.
                    if let (Some(start), Some(at)) = (error.find("division by 0"), expanded.rfind(['/', '%'])) {
                        error.truncate(start);
                        error.push_str(&format!(
                            "division by 0 (error token is \"{}\")",
                            expanded[at + 1..].trim_start()
                        ));
                    }
                    let shown = expanded.trim_start();
                    if self.state.flavour != Flavour::Bash {
                        let by_zero = error.contains("division by 0");
                        let ends_open = shown.trim_end().ends_with(|c: char| "+-*/%<>=&|^!~?:(".contains(c));
                        let text = match (is_dash, by_zero) {
                            (false, true) => "divide by zero".to_owned(),
                            (false, false) => "arithmetic syntax error".to_owned(),
                            (true, true) => format!("arithmetic expression: division by zero: \"{shown}\""),
                            (true, false) if ends_open => {
                                format!("arithmetic expression: expecting primary: \"{shown}\"")
                            }
                            (true, false) => format!("arithmetic expression: expecting EOF: \"{shown}\""),
                        };
                        self.complain(&text).await;
                        return Err(Flow::Abort(2));
                    }
                    self.complain(&format!("{what}{shown}: {error}")).await;
                    Err(Flow::Abort(1))
                }
            }
        })
    }

    fn calculate(&mut self, text: &str, depth: usize) -> Result<i64, String> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Ok(0);
        }
        if let Ok(value) = trimmed.parse::<i64>()
            && (trimmed == "0" || !trimmed.trim_start_matches('-').starts_with('0'))
        {
            return Ok(value);
        }
        let (mut open, mut deepest) = (0usize, 0usize);
        for c in trimmed.chars() {
            match c {
                '(' | '[' | '?' => open += 1,
                ')' | ']' | ':' => open = open.saturating_sub(1),
                _ => {}
            }
            deepest = deepest.max(open);
        }
        if depth > DEPTH_LIMIT || deepest > DEPTH_LIMIT || trimmed.len() > 4096 {
            return Err(format!("expression recursion level exceeded (error token is \"{trimmed}\")"));
        }
        match brush_parser::arithmetic::parse(&numbers::in_decimal(trimmed)?) {
            Ok(expression) => self.value(&expression, depth),
            Err(_) => Err(syntax_error(trimmed)),
        }
    }

    fn look_up(&mut self, target: &Target, depth: usize) -> Result<i64, String> {
        let text = match target {
            Target::Variable(name) => match self.special(name) {
                Some(value) => value,
                None => match self.state.get(name) {
                    Some(text) => text.to_owned(),
                    None if self.state.options.nounset => return Err(format!("{name}: unbound variable")),
                    None => String::new(),
                },
            },
            Target::ArrayElement(name, index) => {
                let index = self.value(index, depth + 1)?;
                match self.state.variables.get(name).map(|variable| &variable.value) {
                    Some(crate::shell::Value::Indexed(items)) => items.get(&index).cloned().unwrap_or_default(),
                    Some(crate::shell::Value::Scalar(text)) if index == 0 => text.clone(),
                    _ => String::new(),
                }
            }
        };
        self.calculate(&text, depth + 1)
    }

    fn store(&mut self, target: &Target, value: i64, depth: usize) -> Result<i64, String> {
        match target {
            Target::Variable(name) => {
                if !self.state.set(name, value.to_string()) {
                    return Err(format!("{name}: readonly variable"));
                }
            }
            Target::ArrayElement(name, index) => {
                let index = self.value(index, depth + 1)?;
                let variable =
                    self.state.variables.entry(name.clone()).or_insert_with(|| crate::shell::Variable::scalar(""));
                let mut items = match std::mem::replace(&mut variable.value, crate::shell::Value::Unset) {
                    crate::shell::Value::Indexed(items) => items,
                    _ => Default::default(),
                };
                items.insert(index, value.to_string());
                variable.value = crate::shell::Value::Indexed(items);
            }
        }
        Ok(value)
    }

    fn value(&mut self, expression: &Expr, depth: usize) -> Result<i64, String> {
        if depth > DEPTH_LIMIT * 8 {
            return Err("expression recursion level exceeded".into());
        }
        let next = depth + 1;
        Ok(match expression {
            Expr::Literal(value) => *value,
            Expr::Reference(target) => self.look_up(target, depth)?,
            Expr::UnaryOp(operator, operand) => {
                let value = self.value(operand, next)?;
                match operator {
                    Unary::UnaryPlus => value,
                    Unary::UnaryMinus => value.wrapping_neg(),
                    Unary::BitwiseNot => !value,
                    Unary::LogicalNot => i64::from(value == 0),
                }
            }
            Expr::BinaryOp(Binary::LogicalAnd, left, right) => {
                i64::from(self.value(left, next)? != 0 && self.value(right, next)? != 0)
            }
            Expr::BinaryOp(Binary::LogicalOr, left, right) => {
                i64::from(self.value(left, next)? != 0 || self.value(right, next)? != 0)
            }
            Expr::BinaryOp(operator, left, right) => {
                let (left, right) = (self.value(left, next)?, self.value(right, next)?);
                binary(*operator, left, right)?
            }
            Expr::Conditional(condition, yes, no) => {
                let branch = if self.value(condition, next)? != 0 { yes } else { no };
                self.value(branch, next)?
            }
            Expr::Assignment(target, value) => {
                let value = self.value(value, next)?;
                self.store(target, value, depth)?
            }
            Expr::BinaryAssignment(operator, target, value) => {
                let value = self.value(value, next)?;
                let old = self.look_up(target, depth)?;
                self.store(target, binary(*operator, old, value)?, depth)?
            }
            Expr::UnaryAssignment(step, target) => {
                let old = self.look_up(target, depth)?;
                let new = match step {
                    Step::PrefixIncrement | Step::PostfixIncrement => old.wrapping_add(1),
                    Step::PrefixDecrement | Step::PostfixDecrement => old.wrapping_sub(1),
                };
                self.store(target, new, depth)?;
                if matches!(step, Step::PrefixIncrement | Step::PrefixDecrement) { new } else { old }
            }
        })
    }
}

fn binary(operator: Binary, left: i64, right: i64) -> Result<i64, String> {
    let divide = |f: fn(i64, i64) -> i64| match right {
        0 => Err(format!("division by 0 (error token is \"{right}\")")),
        _ => Ok(f(left, right)),
    };
    Ok(match operator {
        Binary::Power if right < 0 => return Err(format!("exponent less than 0 (error token is \"{right}\")")),
        Binary::Power => {
            let (mut power, mut base, mut exponent) = (1i64, left, right);
            while exponent > 0 {
                if exponent & 1 == 1 {
                    power = power.wrapping_mul(base);
                }
                base = base.wrapping_mul(base);
                exponent >>= 1;
            }
            power
        }
        Binary::Multiply => left.wrapping_mul(right),
        Binary::Divide => divide(i64::wrapping_div)?,
        Binary::Modulo => divide(i64::wrapping_rem)?,
        Binary::Comma => right,
        Binary::Add => left.wrapping_add(right),
        Binary::Subtract => left.wrapping_sub(right),
        Binary::ShiftLeft => left.wrapping_shl(right as u32),
        Binary::ShiftRight => left.wrapping_shr(right as u32),
        Binary::LessThan => i64::from(left < right),
        Binary::LessThanOrEqualTo => i64::from(left <= right),
        Binary::GreaterThan => i64::from(left > right),
        Binary::GreaterThanOrEqualTo => i64::from(left >= right),
        Binary::Equals => i64::from(left == right),
        Binary::NotEquals => i64::from(left != right),
        Binary::BitwiseAnd => left & right,
        Binary::BitwiseXor => left ^ right,
        Binary::BitwiseOr => left | right,
        Binary::LogicalAnd => i64::from(left != 0 && right != 0),
        Binary::LogicalOr => i64::from(left != 0 || right != 0),
    })
}

/// bash's words for an expression it cannot read, as near as one can tell without its own parser.
fn syntax_error(text: &str) -> String {
    let operator = |c: char| "+-*/%<>=&|^?:,".contains(c);
    if text.ends_with(operator) {
        let token: String =
            text.chars().rev().take_while(|c| operator(*c)).collect::<Vec<_>>().into_iter().rev().collect();
        return format!("syntax error: operand expected (error token is \"{token}\")");
    }
    let bad = text.find(|c: char| "@#$'.;~`{}\\\"".contains(c));
    match bad {
        Some(0) => format!("syntax error: operand expected (error token is \"{text}\")"),
        Some(at) => format!("syntax error: invalid arithmetic operator (error token is \"{}\")", &text[at..]),
        None => {
            let rest = text.split_once(char::is_whitespace).map_or(text, |(_, rest)| rest);
            format!("syntax error in expression (error token is \"{}\")", rest.trim_start())
        }
    }
}
