//! Resource quantities: `100m`, `1.5Gi`, `2e3`.
//!
//! Follows k8s.io/apimachinery/pkg/api/resource. Kept exactly, in billionths; huge values are capped.

use std::cmp::Ordering;
use std::fmt;

/// A quantity. Compares by its value, prints in Kubernetes' canonical form.
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    nanos: i128,
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Format {
    Decimal,
    Binary,
    Exponent,
}

/// Why a text is no quantity.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum QuantityError {
    /// Not even of the form number and suffix.
    #[error("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")]
    Format,
    /// The number is none.
    #[error("unable to parse numeric part of quantity")]
    Numeric,
    /// The suffix is none.
    #[error("unable to parse quantity's suffix")]
    Suffix,
}

const NANO: i128 = 1_000_000_000;
/// Beyond this, values are capped: far above anything Kubernetes represents.
const MAX: i128 = i64::MAX as i128 * NANO;

impl Quantity {
    /// Zero.
    pub const ZERO: Quantity = Quantity { nanos: 0, format: Format::Decimal };

    /// A whole number.
    pub fn from_int(value: i64) -> Self {
        Quantity { nanos: i128::from(value) * NANO, format: Format::Decimal }
    }

    /// Thousandths, as CPU is counted.
    pub fn from_milli(value: i64) -> Self {
        Quantity { nanos: i128::from(value) * (NANO / 1000), format: Format::Decimal }
    }

    /// Bytes, printed with binary suffixes.
    pub fn from_bytes(value: i64) -> Self {
        Quantity { nanos: i128::from(value) * NANO, format: Format::Binary }
    }

    /// Reads a quantity.
    ///
    /// # Errors
    /// See [`QuantityError`].
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let (negative, rest) = match text.strip_prefix(['+', '-']) {
            Some(rest) => (text.starts_with('-'), rest),
            None => (false, text),
        };
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, suffix) = rest.split_at(end);
        let letters = suffix.trim_start_matches(|c: char| "eEinumkKMGTP".contains(c));
        let digits = letters.strip_prefix(['+', '-']).unwrap_or(letters);
        if number.is_empty() || !digits.chars().all(|c| c.is_ascii_digit()) {
            return Err(QuantityError::Format);
        }
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if fraction.contains('.') {
            return Err(QuantityError::Format);
        }
        if whole.is_empty() && fraction.is_empty() {
            return Err(QuantityError::Numeric);
        }
        let (base, exponent, mut format) = interpret(suffix).ok_or(QuantityError::Suffix)?;
        let mut nanos = scaled(whole, fraction, base, exponent);
        if format == Format::Binary && nanos > 0 && nanos < NANO {
            format = Format::Decimal;
        }
        if negative {
            nanos = -nanos;
        }
        Ok(Quantity { nanos, format })
    }

    /// The value, rounded up to a whole number.
    pub fn value(&self) -> i64 {
        self.scaled_up(NANO)
    }

    /// The value in thousandths, rounded up.
    pub fn milli_value(&self) -> i64 {
        self.scaled_up(NANO / 1000)
    }

    fn scaled_up(&self, unit: i128) -> i64 {
        let (quotient, rest) = (self.nanos.div_euclid(unit), self.nanos.rem_euclid(unit));
        let up = quotient + i128::from(rest > 0);
        i64::try_from(up).unwrap_or(if up < 0 { i64::MIN } else { i64::MAX })
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        self.nanos == 0
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        self.nanos < 0
    }

    /// The sum; keeps this one's way of printing unless it is zero.
    #[must_use]
    pub fn plus(self, other: Quantity) -> Quantity {
        let format = if self.nanos == 0 { other.format } else { self.format };
        Quantity { nanos: self.nanos.saturating_add(other.nanos), format }
    }

    /// The difference.
    #[must_use]
    pub fn minus(self, other: Quantity) -> Quantity {
        Quantity { nanos: self.nanos.saturating_sub(other.nanos), format: self.format }
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nanos == 0 {
            return f.write_str("0");
        }
        let small = self.nanos.abs() < 1024 * NANO;
        if self.format == Format::Binary && !small {
            let mut value = i128::from(self.value());
            let mut suffix = 0;
            while suffix < 6 && value % 1024 == 0 {
                value /= 1024;
                suffix += 1;
            }
            return write!(f, "{value}{}", ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"][suffix]);
        }
        let (mut value, mut exponent) = (self.nanos, -9);
        while exponent < 18 && value % 1000 == 0 {
            value /= 1000;
            exponent += 3;
        }
        match (self.format, exponent) {
            (Format::Exponent, 0) => write!(f, "{value}"),
            (Format::Exponent, _) => write!(f, "{value}e{exponent}"),
            _ => write!(f, "{value}{}", DECIMAL[((exponent + 9) / 3) as usize]),
        }
    }
}

const DECIMAL: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];

/// The base, exponent and format of a suffix.
fn interpret(suffix: &str) -> Option<(u32, i32, Format)> {
    if let Some(index) = DECIMAL.iter().position(|known| *known == suffix) {
        return Some((10, index as i32 * 3 - 9, Format::Decimal));
    }
    if let Some(index) = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].iter().position(|known| *known == suffix) {
        return Some((2, (index as i32 + 1) * 10, Format::Binary));
    }
    let exponent = suffix.strip_prefix(['e', 'E'])?;
    Some((10, exponent.parse().ok()?, Format::Exponent))
}

/// The number times base to the exponent, in billionths: rounded up, capped.
fn scaled(whole: &str, fraction: &str, base: u32, exponent: i32) -> i128 {
    let mut digits: i128 = 0;
    let mut places: i32 = 0;
    let mut lost = false;
    for (index, digit) in whole.bytes().chain(fraction.bytes()).enumerate() {
        let after_point = index >= whole.len();
        if digits > MAX {
            // More digits than are kept: what follows only scales.
            lost |= digit != b'0';
            places -= i32::from(!after_point);
            continue;
        }
        digits = digits * 10 + i128::from(digit - b'0');
        places += i32::from(after_point);
    }
    let mut value = digits;
    if base == 2 {
        value = value.saturating_mul(1i128 << exponent.clamp(0, 60));
    }
    let power = if base == 10 { exponent } else { 0 };
    let mut shift = power.saturating_add(9).saturating_sub(places);
    while shift > 0 && value != 0 && value <= MAX {
        value = value.saturating_mul(10);
        shift -= 1;
    }
    while shift < 0 && value != 0 {
        lost |= value % 10 != 0;
        value /= 10;
        shift += 1;
    }
    if lost {
        value = value.saturating_add(1);
    }
    if digits != 0 && value == 0 { 1 } else { value.min(MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_print_in_canonical_form() {
        for (text, printed) in [
            ("0", "0"),
            ("64", "64"),
            ("100m", "100m"),
            ("0.5", "500m"),
            ("1.5Gi", "1536Mi"),
            ("1024Mi", "1Gi"),
            ("10Mi", "10Mi"),
            ("-1Gi", "-1Gi"),
            ("1000", "1k"),
            ("1000k", "1M"),
            ("1e3", "1e3"),
            ("2E", "2E"),
            ("100Ki", "100Ki"),
            ("1023", "1023"),
            ("0.5Ki", "512"),
            ("1000Mi", "1000Mi"),
            ("128974848", "128974848"),
            ("+1.0", "1"),
            ("1500m", "1500m"),
            ("0.1n", "1n"),
            ("999999999999999999999999999999999999999999999", "9223372036854775807"),
        ] {
            assert_eq!(Quantity::parse(text).map(|quantity| quantity.to_string()), Ok(printed.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_no_quantity_says_why() {
        for (text, error) in [
            ("", QuantityError::Format),
            ("10Mb", QuantityError::Format),
            ("abc", QuantityError::Format),
            ("1 Gi", QuantityError::Format),
            (".", QuantityError::Numeric),
            ("10MM", QuantityError::Suffix),
            ("1gi", QuantityError::Format),
            ("1mi", QuantityError::Suffix),
        ] {
            assert_eq!(Quantity::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn quantities_compare_and_add() {
        let parse = |text| Quantity::parse(text).unwrap();
        assert!(parse("1Gi") > parse("1G") && parse("1000m") == parse("1"));
        assert_eq!(parse("100m").plus(parse("0.9")).to_string(), "1");
        assert_eq!((parse("100m").value(), parse("0.5").milli_value(), parse("-1.5").value()), (1, 500, -1));
        assert!(parse("-1").is_negative());
    }
}
