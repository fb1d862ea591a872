//! bc's numbers: decimal digits without end, so many of them behind the point.

use std::cmp::Ordering;

/// Longest number that is worked with, in digits.
pub(super) const DIGITS_LIMIT: usize = 4_000;

/// A number: `digits` is the lowest first, and `scale` of them are behind the point.
#[derive(Clone, Debug, Default)]
pub(super) struct Number {
    pub negative: bool,
    pub digits: Vec<u8>,
    pub scale: usize,
}

fn trim(mut digits: Vec<u8>) -> Vec<u8> {
    while digits.last() == Some(&0) {
        digits.pop();
    }
    digits
}

fn compare(a: &[u8], b: &[u8]) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

fn add(a: &[u8], b: &[u8]) -> Vec<u8> {
    let (mut sum, mut carry) = (Vec::new(), 0);
    for at in 0..a.len().max(b.len()) + 1 {
        let digit = a.get(at).unwrap_or(&0) + b.get(at).unwrap_or(&0) + carry;
        sum.push(digit % 10);
        carry = digit / 10;
    }
    trim(sum)
}

/// `a - b`, where `a` is not the smaller.
fn subtract(a: &[u8], b: &[u8]) -> Vec<u8> {
    let (mut rest, mut borrow) = (Vec::new(), 0);
    for (at, digit) in a.iter().enumerate() {
        let less = b.get(at).unwrap_or(&0) + borrow;
        borrow = u8::from(*digit < less);
        rest.push(digit + 10 * borrow - less);
    }
    trim(rest)
}

fn multiply(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut columns = vec![0u32; a.len() + b.len() + 1];
    for (i, x) in a.iter().enumerate() {
        for (j, y) in b.iter().enumerate() {
            columns[i + j] += u32::from(*x) * u32::from(*y);
        }
    }
    let mut carry = 0;
    let digits = columns.into_iter().map(|column| {
        let sum = column + carry;
        carry = sum / 10;
        (sum % 10) as u8
    });
    trim(digits.collect())
}

/// `a / b` without what is left over.
fn divide(a: &[u8], b: &[u8]) -> Vec<u8> {
    let (mut quotient, mut rest) = (vec![0; a.len()], Vec::new());
    for at in (0..a.len()).rev() {
        rest.insert(0, a[at]);
        rest = trim(rest);
        while compare(&rest, b).is_ge() {
            rest = subtract(&rest, b);
            quotient[at] += 1;
        }
    }
    trim(quotient)
}

impl Number {
    fn new(negative: bool, digits: Vec<u8>, scale: usize) -> Number {
        let digits = trim(digits);
        Number { negative: negative && !digits.is_empty(), digits, scale }
    }

    pub(super) fn of(value: i64) -> Number {
        let digits = value.unsigned_abs().to_string().bytes().rev().map(|byte| byte - b'0').collect();
        Number::new(value < 0, digits, 0)
    }

    /// Reads `12.34`; letters are digits of a larger base, as everywhere in bc (a single one keeps its value).
    pub(super) fn read(text: &str, base: u32) -> Number {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let single = text.len() == 1;
        let value = |c: char| c.to_digit(16).map_or(0, |digit| if single { digit } else { digit.min(base - 1) });
        if base == 10 {
            let digits = part.chars().rev().chain(whole.chars().rev()).map(|c| value(c) as u8);
            return Number::new(false, digits.map(|digit| digit.min(9)).collect(), part.len()).carried(text, single);
        }
        let base = Number::of(i64::from(base));
        let mut number = Number::default();
        for c in whole.chars() {
            number = number.times(&base, 0).plus(&Number::of(i64::from(value(c))));
        }
        let (mut behind, mut unit) = (Number::default(), Number::of(1));
        for c in part.chars() {
            behind = behind.times(&base, 0).plus(&Number::of(i64::from(value(c))));
            unit = unit.times(&base, 0);
        }
        if part.is_empty() { number } else { number.plus(&behind.over(&unit, part.len()).unwrap_or_default()) }
    }

    /// A single letter is worth more than a digit.
    fn carried(self, text: &str, single: bool) -> Number {
        match text.chars().next().and_then(|c| c.to_digit(16)).filter(|digit| single && *digit > 9) {
            Some(digit) => Number::of(i64::from(digit)),
            None => self,
        }
    }

    pub(super) fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// The digits as if there were so many behind the point.
    fn at_scale(&self, scale: usize) -> Vec<u8> {
        if scale >= self.scale {
            return trim([vec![0; scale - self.scale], self.digits.clone()].concat());
        }
        self.digits.get(self.scale - scale..).unwrap_or_default().to_vec()
    }

    /// Cut off behind so many digits.
    pub(super) fn cut(&self, scale: usize) -> Number {
        if self.scale <= scale { self.clone() } else { Number::new(self.negative, self.at_scale(scale), scale) }
    }

    pub(super) fn minus_sign(mut self) -> Number {
        self.negative = !self.negative && !self.digits.is_empty();
        self
    }

    pub(super) fn plus(&self, other: &Number) -> Number {
        let scale = self.scale.max(other.scale);
        let (a, b) = (self.at_scale(scale), other.at_scale(scale));
        match (self.negative == other.negative, compare(&a, &b)) {
            (true, _) => Number::new(self.negative, add(&a, &b), scale),
            (_, Ordering::Less) => Number::new(other.negative, subtract(&b, &a), scale),
            _ => Number::new(self.negative, subtract(&a, &b), scale),
        }
    }

    pub(super) fn minus(&self, other: &Number) -> Number {
        self.plus(&other.clone().minus_sign())
    }

    pub(super) fn times(&self, other: &Number, scale: usize) -> Number {
        let full = self.scale + other.scale;
        let kept = full.min(scale.max(self.scale).max(other.scale));
        let product = multiply(&self.digits, &other.digits);
        Number::new(self.negative != other.negative, product, full).cut(kept)
    }

    /// `None` for a division by zero.
    pub(super) fn over(&self, other: &Number, scale: usize) -> Option<Number> {
        if other.is_zero() {
            return None;
        }
        // Both as whole numbers, the first with as many zeros as there shall be digits behind the point.
        let dividend = self.at_scale(self.scale.max(other.scale + scale).max(scale + other.scale));
        let dividend_scale = self.scale.max(other.scale + scale);
        let quotient = divide(&dividend, &other.digits);
        let found = dividend_scale - other.scale;
        Some(Number::new(self.negative != other.negative, quotient, found).cut(scale))
    }

    pub(super) fn modulo(&self, other: &Number, scale: usize) -> Option<Number> {
        let quotient = self.over(other, scale)?;
        let kept = self.scale.max(other.scale + scale);
        let product = Number::new(
            quotient.negative != other.negative,
            multiply(&quotient.digits, &other.digits),
            quotient.scale + other.scale,
        );
        Some(self.minus(&product).cut(kept))
    }

    /// `None` when it would take too many digits, or divide by zero.
    pub(super) fn power(&self, exponent: i64, scale: usize) -> Option<Number> {
        let times = exponent.unsigned_abs();
        if self.digits.len() as u64 * times > DIGITS_LIMIT as u64 {
            return None;
        }
        let mut result = Number::of(1);
        for _ in 0..times {
            let product = multiply(&result.digits, &self.digits);
            result = Number::new(result.negative != self.negative, product, result.scale + self.scale);
        }
        if exponent < 0 {
            return Number::of(1).over(&result, scale);
        }
        let kept = (self.scale as u64 * times).min(scale.max(self.scale) as u64);
        Some(result.cut(kept as usize))
    }

    /// By Newton's method; `None` for what is below zero.
    pub(super) fn root(&self, scale: usize) -> Option<Number> {
        if self.negative {
            return None;
        }
        let scale = scale.max(self.scale);
        if self.is_zero() {
            return Some(Number::default());
        }
        // Of a whole number with twice the digits.
        let whole = self.at_scale(scale * 2);
        let mut guess: Vec<u8> = [vec![0; whole.len() / 2 + 1], vec![1]].concat();
        loop {
            let next = divide(&add(&guess, &divide(&whole, &guess)), &[2]);
            if compare(&next, &guess).is_ge() {
                return Some(Number::new(false, guess, scale));
            }
            guess = next;
        }
    }

    pub(super) fn order(&self, other: &Number) -> Ordering {
        let difference = self.minus(other);
        match (difference.is_zero(), difference.negative) {
            (true, _) => Ordering::Equal,
            (_, true) => Ordering::Less,
            _ => Ordering::Greater,
        }
    }

    /// As a small whole number.
    pub(super) fn small(&self) -> Option<i64> {
        let digits: String = self.at_scale(0).iter().rev().map(|digit| char::from(b'0' + digit)).collect();
        let value: i64 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
        Some(if self.negative { -value } else { value })
    }

    /// As bc prints it, in a base from 2 to 16.
    pub(super) fn text(&self, base: u32) -> String {
        if self.is_zero() {
            return "0".to_owned();
        }
        let sign = if self.negative { "-" } else { "" };
        if base == 10 {
            let mut digits = self.digits.clone();
            digits.resize(digits.len().max(self.scale), 0);
            let text: String = digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect();
            let (whole, part) = text.split_at(text.len() - self.scale);
            let point = if part.is_empty() { "" } else { "." };
            return format!("{sign}{whole}{point}{part}");
        }
        let by = Number::of(i64::from(base)).digits;
        let mut whole = self.at_scale(0);
        let mut text = String::new();
        while !whole.is_empty() {
            let quotient = divide(&whole, &by);
            let rest = subtract(&whole, &multiply(&quotient, &by));
            let digit = rest.iter().rev().fold(0, |sum, digit| sum * 10 + u32::from(*digit));
            text.insert(0, char::from_digit(digit, base).unwrap_or('0').to_ascii_uppercase());
            whole = quotient;
        }
        // As many digits behind the point as say what is there.
        if self.scale > 0 {
            text.push('.');
            let unit: Vec<u8> = [vec![0; self.scale], vec![1]].concat();
            let mut rest = self.digits.get(..self.scale.min(self.digits.len())).unwrap_or_default().to_vec();
            let mut reached = vec![1];
            while compare(&reached, &unit).is_lt() {
                rest = multiply(&trim(rest), &by);
                let digit = divide(&rest, &unit);
                rest = subtract(&rest, &multiply(&digit, &unit));
                let digit = digit.iter().rev().fold(0, |sum, digit| sum * 10 + u32::from(*digit));
                text.push(char::from_digit(digit, base).unwrap_or('0').to_ascii_uppercase());
                reached = multiply(&reached, &by);
            }
        }
        format!("{sign}{text}")
    }
}
