//! A JSON value as YAML, byte for byte as `kubectl get -o yaml` writes it (go-yaml v2's emitter).

use std::cmp::Ordering;

use serde_json::{Map, Value};

use crate::yaml::resolve::needs_quotes;

/// Plain and quoted scalars are folded where a space stands behind this column.
const BEST_WIDTH: usize = 80;

/// The YAML of a value, with its final newline: keys sorted as go-yaml sorts them, lists not indented.
pub fn to_yaml(value: &Value) -> String {
    let mut writer = Writer { text: String::new(), column: 0 };
    writer.node(value, 0, false);
    if !writer.text.ends_with('\n') {
        writer.newline();
    }
    writer.text
}

struct Writer {
    text: String,
    column: usize,
}

impl Writer {
    fn put(&mut self, text: &str) {
        self.text.push_str(text);
        self.column += text.chars().count();
    }

    fn put_char(&mut self, c: char) {
        self.text.push(c);
        self.column += 1;
    }

    fn newline(&mut self) {
        self.text.push('\n');
        self.column = 0;
    }

    fn indent(&mut self, indent: usize) {
        if self.column != 0 {
            self.newline();
        }
        for _ in 0..indent {
            self.put_char(' ');
        }
    }

    /// Writes a value at the current place. `in_line`: something stands before it on the line (`key:` or `-`).
    fn node(&mut self, value: &Value, indent: usize, in_line: bool) {
        match value {
            Value::Object(map) if map.is_empty() => self.put(if in_line { " {}" } else { "{}" }),
            Value::Array(items) if items.is_empty() => self.put(if in_line { " []" } else { "[]" }),
            Value::Object(map) => self.mapping(map, indent, !in_line),
            Value::Array(items) => self.sequence(items, indent, !in_line),
            scalar => {
                if in_line {
                    self.put_char(' ');
                }
                match scalar {
                    Value::String(text) => self.string(text, indent, true),
                    Value::Number(number) => self.put(&float(number)),
                    other => self.put(&other.to_string()),
                }
            }
        }
    }

    /// `compact`: the first key stands where the writer is, behind the dash of a list's item.
    fn mapping(&mut self, map: &Map<String, Value>, indent: usize, compact: bool) {
        let mut keys: Vec<&String> = map.keys().collect();
        sim::order::sort_by(&mut keys, |a, b| natural(a, b));
        for (index, key) in keys.into_iter().enumerate() {
            if index > 0 || !compact {
                self.indent(indent);
            }
            self.string(key, indent, false);
            self.put_char(':');
            match &map[key] {
                // A list in a mapping is not indented further.
                Value::Array(items) if !items.is_empty() => self.sequence(items, indent, false),
                value => self.node(value, indent + 2, true),
            }
        }
    }

    fn sequence(&mut self, items: &[Value], indent: usize, compact: bool) {
        for (index, item) in items.iter().enumerate() {
            if index > 0 || !compact {
                self.indent(indent);
            }
            self.put_char('-');
            match item {
                Value::Object(map) if !map.is_empty() => {
                    self.put_char(' ');
                    self.mapping(map, indent + 2, true);
                }
                Value::Array(inner) if !inner.is_empty() => {
                    self.put_char(' ');
                    self.sequence(inner, indent + 2, true);
                }
                item => self.node(item, indent + 2, true),
            }
        }
    }

    fn string(&mut self, text: &str, indent: usize, value: bool) {
        let traits = Traits::of(text);
        if value && text.contains('\n') && traits.block_allowed {
            return self.literal(text, indent);
        }
        if text.is_empty() || needs_quotes(text) || traits.special {
            return self.double_quoted(text, indent, value);
        }
        // A line break that may not be a block is quoted, double if need be.
        if text.contains('\n') {
            return if traits.space_break {
                self.double_quoted(text, indent, value)
            } else {
                self.single_quoted(text, indent, value)
            };
        }
        if traits.plain_allowed {
            return self.plain(text, indent, value);
        }
        self.single_quoted(text, indent, value);
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.put_char('|');
        if text.starts_with([' ', '\n']) {
            self.put("2");
        }
        if !text.ends_with('\n') {
            self.put_char('-');
        } else if text.ends_with("\n\n") || text == "\n" {
            self.put_char('+');
        }
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            self.newline();
            if !line.is_empty() {
                self.indent(indent);
                self.put(line);
            }
        }
        self.newline();
    }

    fn plain(&mut self, text: &str, indent: usize, fold: bool) {
        let chars: Vec<char> = text.chars().collect();
        let mut spaces = false;
        for (index, &c) in chars.iter().enumerate() {
            if c == ' ' {
                let next_is_space = chars.get(index + 1) == Some(&' ');
                if fold && !spaces && self.column > BEST_WIDTH && !next_is_space {
                    self.indent(indent);
                } else {
                    self.put_char(c);
                }
                spaces = true;
            } else {
                self.put_char(c);
                spaces = false;
            }
        }
    }

    fn single_quoted(&mut self, text: &str, indent: usize, fold: bool) {
        self.put_char('\'');
        let chars: Vec<char> = text.chars().collect();
        let (mut spaces, mut breaks) = (false, false);
        for (index, &c) in chars.iter().enumerate() {
            match c {
                ' ' => {
                    let inner = index > 0 && index + 1 < chars.len() && chars[index + 1] != ' ';
                    if fold && !spaces && self.column > BEST_WIDTH && inner {
                        self.indent(indent);
                    } else {
                        self.put_char(c);
                    }
                    spaces = true;
                }
                '\n' => {
                    if !breaks {
                        self.newline();
                    }
                    self.newline();
                    breaks = true;
                }
                _ => {
                    if breaks {
                        self.indent(indent);
                    }
                    if c == '\'' {
                        self.put_char('\'');
                    }
                    self.put_char(c);
                    (spaces, breaks) = (false, false);
                }
            }
        }
        self.put_char('\'');
    }

    fn double_quoted(&mut self, text: &str, indent: usize, fold: bool) {
        self.put_char('"');
        let chars: Vec<char> = text.chars().collect();
        let mut spaces = false;
        for (index, &c) in chars.iter().enumerate() {
            match c {
                '"' => self.put("\\\""),
                '\\' => self.put("\\\\"),
                '\n' => self.put("\\n"),
                '\t' => self.put("\\t"),
                '\r' => self.put("\\r"),
                '\0' => self.put("\\0"),
                '\u{7}' => self.put("\\a"),
                '\u{8}' => self.put("\\b"),
                '\u{b}' => self.put("\\v"),
                '\u{c}' => self.put("\\f"),
                '\u{1b}' => self.put("\\e"),
                '\u{85}' => self.put("\\N"),
                '\u{a0}' => self.put("\\_"),
                '\u{2028}' => self.put("\\L"),
                '\u{2029}' => self.put("\\P"),
                ' ' => {
                    let inner = index > 0 && index + 1 < chars.len();
                    if fold && !spaces && self.column > BEST_WIDTH && inner {
                        self.indent(indent);
                        if chars[index + 1] == ' ' {
                            self.put_char('\\');
                        }
                    } else {
                        self.put_char(' ');
                    }
                    spaces = true;
                    continue;
                }
                c if !is_printable(c) => self.put(&match c as u32 {
                    code @ 0..=0xff => format!("\\x{code:02X}"),
                    code @ 0x100..=0xffff => format!("\\u{code:04X}"),
                    code => format!("\\U{code:08X}"),
                }),
                c => self.put_char(c),
            }
            spaces = false;
        }
        self.put_char('"');
    }
}

/// What libyaml's emitter finds out about a scalar before it chooses a style.
struct Traits {
    special: bool,
    space_break: bool,
    block_allowed: bool,
    plain_allowed: bool,
}

impl Traits {
    fn of(text: &str) -> Traits {
        let chars: Vec<char> = text.chars().collect();
        let mut indicators = text.starts_with("---") || text.starts_with("...");
        let (mut special, mut space_break, mut break_space) = (false, false, false);
        let mut preceded = true;
        for (index, &c) in chars.iter().enumerate() {
            let next = chars.get(index + 1).copied();
            let followed = next.is_none_or(|next| matches!(next, ' ' | '\t' | '\n' | '\r'));
            if index == 0 {
                indicators |= matches!(
                    c,
                    '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`'
                ) || matches!(c, '?' | ':' | '-') && followed;
            } else {
                indicators |= c == ':' && followed || c == '#' && preceded;
            }
            special |= !is_printable(c) && c != '\n' || c == '\u{feff}';
            if c == ' ' && next == Some('\n') {
                space_break = true;
            }
            if c == '\n' && next == Some(' ') {
                break_space = true;
            }
            preceded = matches!(c, ' ' | '\t' | '\n' | '\r');
        }
        let leading = text.starts_with(' ') || text.starts_with('\n');
        let trailing_space = text.ends_with(' ');
        let trailing = trailing_space || text.ends_with('\n');
        Traits {
            special,
            space_break,
            block_allowed: !special && !space_break && !trailing_space,
            plain_allowed: !indicators && !leading && !trailing && !break_space && !text.contains('\n'),
        }
    }
}

fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a1}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..)
        && !matches!(c, '\u{2028}' | '\u{2029}')
}

/// A number as Go's `strconv.FormatFloat(f, 'g', -1, 64)` does it, integers as they are.
fn float(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => {
            if float == float.trunc() && float.abs() < 1e21 {
                return format!("{float:.0}");
            }
            if float.abs() >= 1e21 || float.abs() < 1e-4 {
                let text = format!("{float:e}");
                let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
                let (sign, exponent) = match exponent.strip_prefix('-') {
                    Some(exponent) => ('-', exponent),
                    None => ('+', exponent),
                };
                return format!("{digits}e{sign}{exponent:0>2}");
            }
            format!("{float}")
        }
        _ => number.to_string(),
    }
}

/// go-yaml's order of keys: letters behind other characters, numbers in them by their value.
fn natural(a: &str, b: &str) -> Ordering {
    let (left, right): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    for index in 0..left.len().min(right.len()) {
        let (x, y) = (left[index], right[index]);
        if x == y {
            continue;
        }
        match (x.is_alphabetic(), y.is_alphabetic()) {
            (true, true) => return x.cmp(&y),
            (true, false) => return Ordering::Greater,
            (false, true) => return Ordering::Less,
            (false, false) => {}
        }
        let mut lead = 0_u64;
        if x == '0' || y == '0' {
            let before = left[..index].iter().rev().take_while(|c| c.is_ascii_digit());
            lead = u64::from(before.into_iter().any(|&c| c != '0'));
        }
        let value = |chars: &[char]| {
            let digits: Vec<u64> = chars.iter().skip(index).map_while(|c| c.to_digit(10)).map(u64::from).collect();
            let number = digits.iter().fold(lead, |sum, digit| sum.wrapping_mul(10).wrapping_add(*digit));
            (number, digits.len())
        };
        return value(&left).cmp(&value(&right)).then(x.cmp(&y));
    }
    left.len().cmp(&right.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_written_as_kubectl_writes_them() {
        let value = json!({
            "a": {"b": [], "c": {}, "d": null},
            "list": [{"x": 1, "y": ["p", {"q": true}]}, [1, [2]], "s"],
            "text": "line1\nline2\n", "strip": "a\nb", "keep": "a\n\n", "empty": "",
            "quoted": ["true", "1", "a: b", "#x", "- x", "-x", "it's", "a\tb", "한글", " lead", "x\\y", "10:30", "*"],
            "a10": 1, "a2": 2, "f:x": 3, "1": 4,
        });
        assert_eq!(
            to_yaml(&value),
            r##""1": 4
a:
  b: []
  c: {}
  d: null
a2: 2
a10: 1
empty: ""
f:x: 3
keep: |+
  a

list:
- x: 1
  "y":
  - p
  - q: true
- - 1
  - - 2
- s
quoted:
- "true"
- "1"
- 'a: b'
- '#x'
- '- x'
- -x
- it's
- "a\tb"
- 한글
- ' lead'
- x\y
- "10:30"
- '*'
strip: |-
  a
  b
text: |
  line1
  line2
"##
        );
        assert_eq!(to_yaml(&json!([])), "[]\n");
        assert_eq!(to_yaml(&json!("x")), "x\n");
    }

    #[test]
    fn long_texts_are_folded_behind_column_eighty() {
        let text = "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes";
        assert_eq!(
            to_yaml(&json!({"status": {"message": text}})),
            "status:\n  message: '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate,\n    preemption: 0/1 nodes'\n"
        );
    }
}
