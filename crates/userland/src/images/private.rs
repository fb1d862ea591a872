//! A registry that asks who one is, for lessons on pull secrets. It has the images of Docker Hub's library, under any folder.

use super::Reference;

/// Its address.
pub const REGISTRY: &str = "registry.example.com";
/// Its one account.
pub const USER: &str = "student";
/// The account's password.
pub const PASSWORD: &str = "playground";

/// Whether an image's registry is this one.
pub fn is_of(name: &str) -> bool {
    Reference::parse(name).is_ok_and(|reference| reference.registry == REGISTRY)
}

/// What dockerd says when the registry does not let one in: to whom it knows nothing of, or who has the wrong password.
pub fn refusal(name: &str, knows_account: bool) -> String {
    let (repository, tag) = match Reference::parse(name) {
        Ok(reference) => {
            (reference.repository, reference.tag.or(reference.digest).unwrap_or_else(|| "latest".to_owned()))
        }
        Err(_) => (name.to_owned(), String::new()),
    };
    let why = if knows_account { "unauthorized: authentication required" } else { "no basic auth credentials" };
    format!("Error response from daemon: Head \"https://{REGISTRY}/v2/{repository}/manifests/{tag}\": {why}")
}
