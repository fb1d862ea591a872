//! What may be a name, a label, a port's name. Each check gives the sentences of what is wrong; none when all is well.
//!
//! Follows k8s.io/apimachinery/pkg/util/validation.

/// A lowercase RFC 1123 label: Namespaces, containers, volumes.
pub fn dns1123_label(value: &str) -> Vec<String> {
    let mut errors = max_len(value, 63);
    let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if dashed(value, lower, |_| true) {
        return errors;
    }
    if value.split('.').all(|part| dashed(part, lower, |_| true)) {
        errors.push("must not contain dots".to_owned());
    } else {
        errors.push(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end \
             with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
             '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
                .to_owned(),
        );
    }
    errors
}

/// A lowercase RFC 1123 subdomain: most names.
pub fn dns1123_subdomain(value: &str) -> Vec<String> {
    let mut errors = max_len(value, 253);
    let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if !value.split('.').all(|part| dashed(part, lower, |_| true)) {
        errors.push(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start \
             and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
             '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
                .to_owned(),
        );
    }
    errors
}

/// A DNS-1035 label: Services' names.
pub fn dns1035_label(value: &str) -> Vec<String> {
    let mut errors = max_len(value, 63);
    if !dashed(value, |c| c.is_ascii_lowercase() || c.is_ascii_digit(), |first| first.is_ascii_lowercase()) {
        errors.push(
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic \
             character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation \
             is '[a-z]([-a-z0-9]*[a-z0-9])?')"
                .to_owned(),
        );
    }
    errors
}

/// A label's or annotation's key: an optional DNS prefix, a slash, a name.
pub fn qualified_name(value: &str) -> Vec<String> {
    let mut errors = Vec::new();
    let name = match value.split_once('/') {
        None => value,
        Some((_, name)) if name.contains('/') => {
            return vec![format!(
                "a qualified name {} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
                qualified_regex()
            )];
        }
        Some((prefix, name)) => {
            if prefix.is_empty() {
                errors.push("prefix part must be non-empty".to_owned());
            } else {
                errors.extend(dns1123_subdomain(prefix).into_iter().map(|error| format!("prefix part {error}")));
            }
            name
        }
    };
    if name.is_empty() {
        errors.push("name part must be non-empty".to_owned());
    } else if name.len() > 63 {
        errors.push("name part must be no more than 63 characters".to_owned());
    }
    if !qualified(name) {
        errors.push(format!("name part {}", qualified_regex()));
    }
    errors
}

/// A label's value; may be empty.
pub fn label_value(value: &str) -> Vec<String> {
    let mut errors = max_len(value, 63);
    if !value.is_empty() && !qualified(value) {
        errors.push(
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start \
             and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for \
             validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
                .to_owned(),
        );
    }
    errors
}

/// An environment variable's name (the relaxed rule: printable ASCII without `=`).
pub fn env_name(value: &str) -> Vec<String> {
    if value.is_empty() || !value.chars().all(|c| (' '..='~').contains(&c) && c != '=') {
        return vec![
            "a valid environment variable name must consist only of printable ASCII characters other than '='"
                .to_owned(),
        ];
    }
    Vec::new()
}

/// An environment variable's name as kubectl asks for it: letters, digits, `_`, `-` and `.`.
pub fn plain_env_name(value: &str) -> Vec<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if value.is_empty() || value.starts_with(|c: char| c.is_ascii_digit()) || !value.chars().all(allowed) {
        return vec![
            "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must \
             not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is \
             '[-._a-zA-Z][-._a-zA-Z0-9]*')"
                .to_owned(),
        ];
    }
    Vec::new()
}

/// A key of a ConfigMap or Secret.
pub fn config_map_key(value: &str) -> Vec<String> {
    let mut errors = max_len(value, 253);
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if value.is_empty() || !value.chars().all(allowed) {
        errors.push(
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or \
             'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
                .to_owned(),
        );
    }
    if value == "." {
        errors.push("must not be '.'".to_owned());
    } else if value == ".." {
        errors.push("must not be '..'".to_owned());
    } else if value.starts_with("..") {
        errors.push("must not start with '..'".to_owned());
    }
    errors
}

/// The name of a port: an IANA service name.
pub fn port_name(value: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if value.len() > 15 {
        errors.push("must be no more than 15 characters".to_owned());
    }
    if value.is_empty() || !value.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        errors.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_owned());
    }
    if !value.chars().any(|c| c.is_ascii_lowercase()) {
        errors.push("must contain at least one letter (a-z)".to_owned());
    }
    if value.contains("--") {
        errors.push("must not contain consecutive hyphens".to_owned());
    }
    if value.starts_with('-') || value.ends_with('-') {
        errors.push("must not begin or end with a hyphen".to_owned());
    }
    errors
}

/// A port's number.
pub fn port_number(value: i64) -> Vec<String> {
    if (1..=65535).contains(&value) { Vec::new() } else { vec!["must be between 1 and 65535, inclusive".to_owned()] }
}

fn qualified_regex() -> &'static str {
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. \
     'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
}

fn qualified(name: &str) -> bool {
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    ends(name.chars().next())
        && ends(name.chars().next_back())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

fn dashed(part: &str, letter: impl Fn(char) -> bool, first: impl Fn(char) -> bool) -> bool {
    let mut chars = part.chars();
    let Some(head) = chars.next() else { return false };
    letter(head) && first(head) && part.chars().next_back().is_some_and(&letter) && chars.all(|c| letter(c) || c == '-')
}

fn max_len(value: &str, max: usize) -> Vec<String> {
    if value.len() > max { vec![format!("must be no more than {max} characters")] } else { Vec::new() }
}

/// How many letters differ (Levenshtein), as cobra counts.
pub fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.to_lowercase().chars().collect(), b.to_lowercase().chars().collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let cost = before + usize::from(x != y);
            before = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(before + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_good_and_bad() {
        type Check = fn(&str) -> Vec<String>;
        let table: &[(Check, &[&str], &[&str])] = &[
            (dns1123_label, &["a", "my-name", "1"], &["", "-a", "a-", "A", "a.b", "a_b"]),
            (dns1123_subdomain, &["a.b", "example.com"], &["", "a..b", ".a", "Bad_Name!", "a.-b"]),
            (dns1035_label, &["web", "a1"], &["1a", "", "a.b", "a-"]),
            (qualified_name, &["app", "example.com/App_1"], &["", "/a", "a/", "a/b/c", "-a", "A/b c"]),
            (label_value, &["", "a", "A_b.c-d"], &["-a", "a b", "a/b"]),
            (port_name, &["http", "web-1"], &["", "80", "a--b", "-a", "HTTP", "a-name-too-long-for-it"]),
            (config_map_key, &["a.b", "_x"], &["", "..", "a b", "..data"]),
            (env_name, &["A", "a.b-c"], &["", "a=b"]),
        ];
        for (index, (check, good, bad)) in table.iter().enumerate() {
            for name in *good {
                assert_eq!(check(name), Vec::<String>::new(), "{index} {name}");
            }
            for name in *bad {
                assert!(!check(name).is_empty(), "{index} {name}");
            }
        }
    }
}
