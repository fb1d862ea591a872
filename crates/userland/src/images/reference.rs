//! How docker reads an image's name: registry, repository, tag, digest (github.com/distribution/reference).

/// An image's name, taken apart, with docker's defaults filled in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reference {
    /// The registry, such as `docker.io`.
    pub registry: String,
    /// The repository, such as `library/nginx`.
    pub repository: String,
    /// The tag; `latest` if neither tag nor digest was given.
    pub tag: Option<String>,
    /// The digest, `sha256:...`.
    pub digest: Option<String>,
}

impl Reference {
    /// Reads a name. The error is the kubelet's sentence for an event of reason `InspectFailed`.
    pub fn parse(name: &str) -> Result<Reference, String> {
        let invalid = |why: &str| Err(format!("couldn't parse image name \"{name}\": invalid reference format{why}"));
        let (rest, digest) = match name.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (name, None),
        };
        if let Some(digest) = digest {
            let hex = digest.strip_prefix("sha256:").unwrap_or("");
            if hex.len() != 64 || !hex.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c)) {
                return invalid("");
            }
        }
        let slash = rest.rfind('/').map_or(0, |at| at + 1);
        let (path, tag) = match rest[slash..].split_once(':') {
            Some((last, tag)) => (format!("{}{last}", &rest[..slash]), Some(tag.to_owned())),
            None => (rest.to_owned(), None),
        };
        if let Some(tag) = &tag {
            let good = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
            if tag.is_empty() || tag.len() > 128 || !tag.chars().all(good) || tag.starts_with(['.', '-']) {
                return invalid("");
            }
        }
        let (registry, repository) = match path.split_once('/') {
            Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => {
                (first.to_owned(), rest.to_owned())
            }
            _ => ("docker.io".to_owned(), path.clone()),
        };
        let registry = if registry == "index.docker.io" { "docker.io".to_owned() } else { registry };
        let repository = if registry == "docker.io" && !repository.contains('/') {
            format!("library/{repository}")
        } else {
            repository
        };
        if repository.chars().any(char::is_uppercase) {
            return invalid(&format!(": repository name ({repository}) must be lowercase"));
        }
        let component = |part: &str| {
            let inner = part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c));
            inner && !part.is_empty() && !part.starts_with(['.', '_', '-']) && !part.ends_with(['.', '_', '-'])
        };
        if path.is_empty() || !repository.split('/').all(component) || repository.len() > 255 {
            return invalid("");
        }
        let tag = if tag.is_none() && digest.is_none() { Some("latest".to_owned()) } else { tag };
        Ok(Reference { registry, repository, tag, digest: digest.map(str::to_owned) })
    }

    /// The repository as docker shows it: without `docker.io/` and `library/`.
    pub fn familiar(&self) -> String {
        if self.registry != "docker.io" {
            return format!("{}/{}", self.registry, self.repository);
        }
        self.repository.strip_prefix("library/").unwrap_or(&self.repository).to_owned()
    }

    /// `:tag`, `@digest`, or both.
    pub fn suffix(&self) -> String {
        let tag = self.tag.as_ref().map(|tag| format!(":{tag}")).unwrap_or_default();
        let digest = self.digest.as_ref().map(|digest| format!("@{digest}")).unwrap_or_default();
        tag + &digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_comes_apart() {
        for (name, registry, repository, tag) in [
            ("nginx", "docker.io", "library/nginx", Some("latest")),
            ("a/b:1", "docker.io", "a/b", Some("1")),
            ("localhost:5000/x/y", "localhost:5000", "x/y", Some("latest")),
            ("gcr.io/k8s-minikube/storage-provisioner:v5", "gcr.io", "k8s-minikube/storage-provisioner", Some("v5")),
        ] {
            let found = Reference::parse(name).unwrap();
            assert_eq!(
                (found.registry.as_str(), found.repository.as_str(), found.tag.as_deref()),
                (registry, repository, tag)
            );
        }
        for bad in ["", ":1", "a//b", "nginx:a b", "-a", "a@sha256:12", "http://nginx"] {
            assert!(Reference::parse(bad).is_err(), "{bad}");
        }
    }
}
