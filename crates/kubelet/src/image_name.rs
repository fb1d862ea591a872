//! Checks the names of images, with the runtime's error messages.
//!
//! github.com/distribution/reference (`ParseNormalizedNamed`), <https://kubernetes.io/docs/concepts/containers/images/#image-names>

/// Checks an image's name, with its tag and digest.
///
/// # Errors
/// The kubelet's message.
pub(super) fn check(image: &str) -> Result<(), String> {
    problem(image).map_or(Ok(()), |why| {
        Err(format!("Failed to apply default image tag \"{image}\": couldn't parse image name \"{image}\": {why}"))
    })
}

fn problem(image: &str) -> Option<String> {
    const FORMAT: &str = "invalid reference format";
    let is_host = |first: &str| first.contains(['.', ':']) || first == "localhost" || first.to_lowercase() != first;
    let (host, path) = match image.split_once('/') {
        Some((first, rest)) if is_host(first) => (first, rest.to_owned()),
        Some(_) => ("docker.io", image.to_owned()),
        None => ("docker.io", format!("library/{image}")),
    };
    let (path, digest) = path.split_once('@').map_or((&*path, None), |(path, digest)| (path, Some(digest)));
    let (path, tag) = path.split_once(':').map_or((path, None), |(path, tag)| (path, Some(tag)));
    if path.to_lowercase() != path {
        return Some(format!("{FORMAT}: repository name ({path}) must be lowercase"));
    }
    let fits =
        is_domain(host) && path.split('/').all(is_component) && tag.is_none_or(is_tag) && digest.is_none_or(is_digest);
    (!fits).then(|| FORMAT.to_owned())
}

/// `registry.example.com:5000`
fn is_domain(text: &str) -> bool {
    let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.split('.').all(label) && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

/// Small letters and digits, with one dot, one or two underscores, or any number of dashes between them.
fn is_component(text: &str) -> bool {
    let mut between = String::new();
    for (at, c) in text.char_indices() {
        if c.is_ascii_lowercase() || c.is_ascii_digit() {
            let separates = matches!(&*between, "" | "." | "_" | "__") || between.bytes().all(|b| b == b'-');
            if !separates || !between.is_empty() && at == between.len() {
                return false;
            }
            between.clear();
        } else if matches!(c, '.' | '_' | '-') {
            between.push(c);
        } else {
            return false;
        }
    }
    !text.is_empty() && between.is_empty()
}

fn is_tag(text: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    text.len() <= 128
        && text.bytes().next().is_some_and(word)
        && text.bytes().all(|b| word(b) || matches!(b, b'.' | b'-'))
}

fn is_digest(text: &str) -> bool {
    let Some((algorithm, hex)) = text.split_once(':') else { return false };
    algorithm.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
        && algorithm.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'.' | b'_' | b'-'))
        && hex.len() >= 32
        && hex.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_the_runtime_reads_them() {
        for good in [
            "nginx",
            "nginx:1.14.2",
            "library/nginx",
            "registry.k8s.io/e2e-test-images/agnhost:2.39",
            "localhost:5000/a_b/c--d:v1",
            "My.Registry/app",
            "nginx@sha256:0123456789abcdef0123456789abcdef",
            "a.b/c:x@sha256:0123456789abcdef0123456789abcdef",
        ] {
            assert_eq!(problem(good), None, "{good}");
        }
        let lower = |name: &str| Some(format!("invalid reference format: repository name ({name}) must be lowercase"));
        assert_eq!(problem("Nginx"), lower("library/Nginx"));
        assert_eq!(problem("docker.io/me/App:v1"), lower("me/App"));
        for bad in [
            "nginx:",
            "nginx: latest",
            "nginx::1",
            ":1",
            "a//b",
            "-a",
            "a-",
            "a..b",
            "a___b",
            "a@sha256:1",
            "http://x/y",
            "a b",
        ] {
            assert_eq!(problem(bad).as_deref(), Some("invalid reference format"), "{bad}");
        }
        assert_eq!(
            check("Nginx").unwrap_err(),
            "Failed to apply default image tag \"Nginx\": couldn't parse image name \"Nginx\": invalid reference format: \
             repository name (library/Nginx) must be lowercase"
        );
    }
}
