//! The revision and the pages of a list: `resourceVersion`, `resourceVersionMatch`, `limit` and `continue`.
//!
//! Follows k8s.io/apiserver/pkg/storage (continue.go, interfaces.go, etcd3/errors.go) and the validation of ListOptions in
//! k8s.io/apimachinery/pkg/apis/meta/internalversion.

use std::collections::BTreeMap;
use std::rc::Rc;

use api::base64::{decode_url, encode_url};
use api::{Cause, Reason, Request, Status};
use serde_json::{Value, json};

use super::validation::Errors;
use crate::{ObjectKey, Store};

const EXPIRED: &str = "The resourceVersion for the provided list is too old.";
const INCONSISTENT: &str = "The provided continue parameter is too old to display a consistent list result. You can start a \
    new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the \
    results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or \
    deleted between the time the first chunk was returned and now may show up in the list.";

/// The revision of a list, and the object after which it begins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// The revision whose objects are listed; `None`: the latest.
    revision: Option<u64>,
    /// The page begins after this namespace and name.
    after: Option<(String, String)>,
    /// The start key of the token that led here.
    start: String,
}

/// `start` of a token: `namespace/name` and a zero byte, or only the name.
fn start_of(key: &ObjectKey) -> String {
    match &*key.namespace {
        "" => format!("{}\0", key.name),
        namespace => format!("{namespace}/{}\0", key.name),
    }
}

fn token(revision: i64, start: &str) -> String {
    encode_url(json!({"v": "meta.k8s.io/v1", "rv": revision, "start": start}).to_string().as_bytes())
}

fn bad(message: String) -> Status {
    Status::new(Reason::BadRequest, message)
}

/// Refuses options that make no sense together.
///
/// # Errors
/// 400 for a number that is none, 422 with all else that is wrong.
pub fn validate(request: &Request) -> Result<(), Status> {
    for text in ["limit", "timeoutSeconds"].into_iter().filter_map(|name| request.query(name)) {
        if text.parse::<i64>().is_err() {
            return Err(bad(format!("strconv.ParseInt: parsing {text:?}: invalid syntax")));
        }
    }
    let text = |name: &str| request.query(name).unwrap_or_default();
    let (version, matching) = (text("resourceVersion"), text("resourceVersionMatch"));
    let watch = request.query("watch").is_some_and(super::is_true);
    let mut errors = Errors::default();
    let field = "resourceVersionMatch";
    if watch {
        let initial = request.query("sendInitialEvents").is_some();
        if initial && matching != "NotOlderThan" {
            errors.forbidden(field, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
        }
        if !matching.is_empty() {
            if !initial {
                errors.forbidden(
                    field,
                    "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
                );
            }
            if matching != "NotOlderThan" {
                errors.unsupported(field, matching, &["NotOlderThan"]);
            }
            if !text("continue").is_empty() {
                errors.forbidden(field, "resourceVersionMatch is forbidden when continue is provided");
            }
        }
    } else {
        if !matching.is_empty() {
            if version.is_empty() {
                errors.forbidden(field, "resourceVersionMatch is forbidden unless resourceVersion is provided");
            }
            if !text("continue").is_empty() {
                errors.forbidden(field, "resourceVersionMatch is forbidden when continue is provided");
            }
            if !matches!(matching, "Exact" | "NotOlderThan") {
                errors.unsupported(field, matching, &["Exact", "NotOlderThan", ""]);
            }
            if matching == "Exact" && version == "0" {
                errors.forbidden(field, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
            }
        }
        if request.query("sendInitialEvents").is_some() {
            errors.forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list");
        }
    }
    errors.into_result("meta.k8s.io", "ListOptions", "")
}

impl Page {
    /// Reads the options of a list.
    ///
    /// # Errors
    /// 400 for a token or a version that cannot be read, 422 for options that make no sense together, 504 for a version that
    /// is still to come.
    pub fn of(request: &Request, current: u64) -> Result<Page, Status> {
        validate(request)?;
        let text = |name: &str| request.query(name).unwrap_or_default();
        let version = text("resourceVersion");
        if !text("continue").is_empty() {
            let (revision, start) =
                read(text("continue")).map_err(|why| bad(format!("invalid continue token: {why}")))?;
            if !["", "0"].contains(&version) {
                return Err(bad("specifying resource version is not allowed when using continue".to_owned()));
            }
            let place = start.trim_end_matches('\0');
            let (namespace, name) = place.split_once('/').unwrap_or(("", place));
            let after = Some((namespace.to_owned(), name.to_owned()));
            // -1 goes on with what there is now.
            return Ok(Page { revision: u64::try_from(revision).ok(), after, start });
        }
        let mut page = Page { revision: None, after: None, start: String::new() };
        if version.is_empty() {
            return Ok(page);
        }
        let number: u64 = version.parse().map_err(|_| {
            bad(format!("invalid resource version: strconv.ParseUint: parsing {version:?}: invalid syntax"))
        })?;
        if number > current {
            return Err(too_large(number, current));
        }
        let limited = text("limit").parse::<u64>().is_ok_and(|limit| limit > 0);
        if text("resourceVersionMatch") == "Exact" || text("resourceVersionMatch").is_empty() && limited && number > 0 {
            page.revision = Some(number);
        }
        Ok(page)
    }

    /// Whether the whole list at the latest revision is wanted.
    pub fn is_plain(&self) -> bool {
        self.revision.is_none() && self.after.is_none()
    }

    /// The objects of the page's revision that come after its token's, in order; and that revision.
    ///
    /// # Errors
    /// 410 for a revision that is no longer known, with a token to go on without it where there was one.
    pub fn objects(
        &self,
        store: &Store,
        resource: &str,
        namespace: Option<&str>,
    ) -> Result<(Vec<Rc<Value>>, u64), Value> {
        let mut found: Vec<(ObjectKey, Rc<Value>)> =
            store.list(resource, namespace).map(|(key, object)| (key.clone(), object.clone())).collect();
        let revision = self.revision.unwrap_or(store.revision());
        if revision < store.revision() {
            let Some(changes) = store.changes_since(revision) else { return Err(self.expired()) };
            let mut then: BTreeMap<ObjectKey, Rc<Value>> = sim::order::collect(found);
            let changes: Vec<_> = changes
                .filter(|change| {
                    *change.key.resource == *resource && namespace.is_none_or(|one| &*change.key.namespace == one)
                })
                .collect();
            for change in changes.into_iter().rev() {
                match &change.before {
                    Some(before) => then.insert(change.key.clone(), before.clone()),
                    None => then.remove(&change.key),
                };
            }
            found = then.into_iter().collect();
        }
        if let Some((namespace, name)) = &self.after {
            found.retain(|(key, _)| (&*key.namespace, &*key.name) > (namespace.as_str(), name.as_str()));
        }
        Ok((found.into_iter().map(|(_, object)| object).collect(), revision))
    }

    fn expired(&self) -> Value {
        if self.after.is_none() {
            return Status::new(Reason::Expired, EXPIRED).to_value();
        }
        let mut status = Status::new(Reason::Expired, INCONSISTENT).to_value();
        status["metadata"]["continue"] = token(-1, &self.start).into();
        status
    }
}

/// The token with which a list goes on after this object.
pub fn next(revision: u64, namespace: &str, name: &str) -> String {
    token(i64::try_from(revision).unwrap_or(i64::MAX), &start_of(&ObjectKey::new("", namespace, name)))
}

/// Revision and start key of a token.
fn read(text: &str) -> Result<(i64, String), String> {
    let invalid = |why: String| format!("continue key is not valid: {why}");
    let bytes = decode_url(text).ok_or_else(|| {
        let at = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').unwrap_or(0);
        invalid(format!("illegal base64 data at input byte {at}"))
    })?;
    let value: Value = serde_json::from_slice(&bytes)
        .map_err(|_| invalid("invalid character in the token, which this server did not give".to_owned()))?;
    match value["v"].as_str().unwrap_or_default() {
        "meta.k8s.io/v1" => {}
        other => {
            return Err(format!("continue key is not valid: server does not recognize this encoded version {other}"));
        }
    }
    let (revision, start) = (value["rv"].as_i64().unwrap_or_default(), value["start"].as_str().unwrap_or_default());
    if revision == 0 {
        return Err(
            "continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)".to_owned()
        );
    }
    if start.is_empty() {
        return Err("continue key is not valid: encoded start key empty (version meta.k8s.io/v1)".to_owned());
    }
    if start.split('/').any(|part| matches!(part, "." | "..")) {
        return Err(invalid(start.to_owned()));
    }
    Ok((revision, start.to_owned()))
}

/// The error for a resource version that is higher than the store's.
pub fn too_large(wanted: u64, current: u64) -> Status {
    let message = format!("Timeout: Too large resource version: {wanted}, current: {current}");
    let mut status = Status::new(Reason::Timeout, message);
    status.causes.push(Cause {
        reason: "ResourceVersionTooLarge".to_owned(),
        message: "Too large resource version".to_owned(),
        field: String::new(),
    });
    status
}
