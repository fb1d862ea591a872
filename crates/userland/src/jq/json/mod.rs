//! JSON as `jq` holds it: objects keep the order in which their keys came.

mod read;
mod write;

use std::cmp::Ordering;
use std::rc::Rc;

pub(crate) use self::read::Reader;
pub(crate) use self::write::Style;

/// A value. Copies share.
#[derive(Clone, Debug)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(f64),
    Text(Rc<str>),
    Array(Rc<Vec<Json>>),
    Object(Rc<Vec<(Rc<str>, Json)>>),
}

impl Json {
    /// A string.
    pub(crate) fn text(text: impl AsRef<str>) -> Json {
        Json::Text(text.as_ref().into())
    }

    /// An array.
    pub(crate) fn array(items: Vec<Json>) -> Json {
        Json::Array(Rc::new(items))
    }

    /// An object of keys that all differ.
    pub(crate) fn object(entries: Vec<(Rc<str>, Json)>) -> Json {
        Json::Object(Rc::new(entries))
    }

    /// What `type` says.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "boolean",
            Json::Number(_) => "number",
            Json::Text(_) => "string",
            Json::Array(_) => "array",
            Json::Object(_) => "object",
        }
    }

    /// Everything but `null` and `false` is true.
    pub(crate) fn truth(&self) -> bool {
        !matches!(self, Json::Null | Json::Bool(false))
    }

    /// The value under a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Json::Object(entries) => entries.iter().find(|(known, _)| &**known == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// An object with a key set, or without it (`None`).
    pub(crate) fn with(entries: &Rc<Vec<(Rc<str>, Json)>>, key: &str, value: Option<Json>) -> Json {
        let mut entries = entries.clone();
        let all = Rc::make_mut(&mut entries);
        let at = all.iter().position(|(known, _)| &**known == key);
        match (at, value) {
            (Some(at), Some(value)) => all[at].1 = value,
            (Some(at), None) => drop(all.remove(at)),
            (None, Some(value)) => all.push((key.into(), value)),
            (None, None) => {}
        }
        Json::Object(entries)
    }

    /// The keys in order.
    pub(crate) fn sorted_keys(&self) -> Vec<Rc<str>> {
        let Json::Object(entries) = self else { return Vec::new() };
        let mut keys: Vec<Rc<str>> = entries.iter().map(|(key, _)| key.clone()).collect();
        sim::order::sort_by(&mut keys, |a, b| a.cmp(b));
        keys
    }

    fn rank(&self) -> u8 {
        match self {
            Json::Null => 0,
            Json::Bool(false) => 1,
            Json::Bool(true) => 2,
            Json::Number(_) => 3,
            Json::Text(_) => 4,
            Json::Array(_) => 5,
            Json::Object(_) => 6,
        }
    }

    /// jq's order of all values.
    pub(crate) fn order(&self, other: &Json) -> Ordering {
        match (self, other) {
            (Json::Number(a), Json::Number(b)) => {
                if a.is_nan() {
                    Ordering::Less
                } else {
                    a.partial_cmp(b).unwrap_or(Ordering::Greater)
                }
            }
            (Json::Text(a), Json::Text(b)) => a.cmp(b),
            (Json::Array(a), Json::Array(b)) => {
                let first = a.iter().zip(b.iter()).map(|(a, b)| a.order(b)).find(|order| order.is_ne());
                first.unwrap_or_else(|| a.len().cmp(&b.len()))
            }
            (Json::Object(_), Json::Object(_)) => {
                let (a, b) = (self.sorted_keys(), other.sorted_keys());
                if a != b {
                    return a.cmp(&b);
                }
                let value = |json: &Json, key: &str| json.get(key).cloned().unwrap_or(Json::Null);
                let first = a.iter().map(|key| value(self, key).order(&value(other, key))).find(|order| order.is_ne());
                first.unwrap_or(Ordering::Equal)
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }
}
