//! Sets of characters: `[a-z]`, `\d`, `[[:alpha:]]`.

#[derive(Clone, Debug, Default)]
pub(super) struct Set {
    pub not: bool,
    pub ranges: Vec<(char, char)>,
    /// Classes by letter (`d`, `W`) or POSIX name.
    pub classes: Vec<String>,
}

impl Set {
    pub(super) fn has(&self, c: char, ignore_case: bool) -> bool {
        let within = |c: char| {
            self.ranges.iter().any(|(low, high)| (*low..=*high).contains(&c))
                || self.classes.iter().any(|class| in_class(class, c))
        };
        let mut hit = within(c);
        if !hit && ignore_case {
            hit = c.to_lowercase().any(within) || c.to_uppercase().any(within);
        }
        hit != self.not
    }
}

pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn in_class(class: &str, c: char) -> bool {
    match class {
        "d" | "digit" => c.is_ascii_digit(),
        "D" => !c.is_ascii_digit(),
        "w" | "word" => is_word(c),
        "W" => !is_word(c),
        "s" | "space" => c.is_whitespace(),
        "S" => !c.is_whitespace(),
        "h" | "blank" => c == ' ' || c == '\t',
        "H" => c != ' ' && c != '\t',
        "alpha" => c.is_alphabetic(),
        "alnum" => c.is_alphanumeric(),
        "upper" => c.is_uppercase(),
        "lower" => c.is_lowercase(),
        "punct" => c.is_ascii_punctuation(),
        "xdigit" => c.is_ascii_hexdigit(),
        "cntrl" => c.is_control(),
        "print" => !c.is_control(),
        "graph" => !c.is_control() && !c.is_whitespace(),
        _ => false,
    }
}
