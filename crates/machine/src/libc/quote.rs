//! File names and words in messages, as gnulib's `quotearg` quotes them.

/// GNU's `quoteaf`: 'x', as a shell would need it.
pub fn quote_always(text: &str) -> String {
    if !text.contains('\'') {
        format!("'{text}'")
    } else if !text.contains(['"', '$', '`', '\\']) {
        format!("\"{text}\"")
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// GNU's `quotef`: quoted only if a shell would need it.
pub fn quote_if_needed(text: &str) -> String {
    let special = |c: char| c.is_whitespace() || c.is_control() || "|&;<>()$`\\\"'*?[]{}!#~=^".contains(c);
    let tame = |c: char| "#~".contains(c);
    if text.is_empty()
        || text.chars().enumerate().any(|(at, c)| special(c) && !(tame(c) && at > 0) && !"{}]".contains(c))
    {
        quote_always(text)
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_is_gnus() {
        assert_eq!(quote_always("a b"), "'a b'");
        assert_eq!(quote_always("it's"), "\"it's\"");
        assert_eq!(quote_if_needed("plain.txt"), "plain.txt");
        assert_eq!(quote_if_needed("a b"), "'a b'");
    }
}
