//! The schema table: the fields of the API's kinds, their types, and how lists merge.
//!
//! The data is `data/schema.txt`, generated from k8s-openapi; descriptions are apart, in [`descriptions`].

mod decode;
pub mod descriptions;

pub use decode::{Decoded, TypeError, decode, decode_field};

use std::sync::OnceLock;

use crate::resource::{Resource, split_api_version};

static TEXT: &str = include_str!("../data/schema.txt");

/// Structs that are owned as a whole (`x-kubernetes-map-type: atomic`).
const ATOMIC: &[&str] = &[
    "ConfigMapKeySelector",
    "EndpointAddress",
    "EndpointPort",
    "FileKeySelector",
    "LabelSelector",
    "LocalObjectReference",
    "MatchResources",
    "NodeSelector",
    "NodeSelectorTerm",
    "ObjectFieldSelector",
    "ObjectReference",
    "OwnerReference",
    "ParamKind",
    "ParamRef",
    "ResourceFieldSelector",
    "RoleRef",
    "ScopeSelector",
    "SecretKeySelector",
    "SecretReference",
    "ServiceBackendPort",
    "Subject",
    "TopologySelectorTerm",
    "TypedLocalObjectReference",
];
/// A struct of the API: `core.v1.Container`.
#[derive(Debug)]
pub struct Struct {
    /// The group's short name, version and Go name: `apps.v1.DeploymentSpec`.
    pub name: &'static str,
    /// The fields, sorted by name.
    pub fields: Vec<Field>,
    /// Whether one manager owns it as a whole (`x-kubernetes-map-type: atomic`).
    pub atomic: bool,
}

/// A field of a [`Struct`].
#[derive(Debug)]
pub struct Field {
    /// The name in JSON.
    pub name: &'static str,
    /// Its first letters, which are compared at once.
    start: u64,
    /// Whether the server always writes it (it has no `omitempty`).
    pub always: bool,
    /// The type.
    pub kind: Type,
    /// How a strategic merge patch treats it.
    pub merge: Merge,
    /// The keys that make the items of an associative list differ; empty for others.
    pub list_keys: Vec<&'static str>,
    /// Whether it is a list used as a set.
    pub is_set: bool,
}

/// How a strategic merge patch treats a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Merge {
    /// Lists are merged, by this key, or by value when it is empty.
    pub key: Option<&'static str>,
    /// Fields the patch does not name are dropped (`retainKeys`).
    pub retain_keys: bool,
    /// The whole value is replaced.
    pub replace: bool,
}

/// The type of a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Type {
    /// text
    String,
    /// 32 bit integer
    Int32,
    /// 64 bit integer
    Int64,
    /// a number
    Float,
    /// true or false
    Bool,
    /// a resource quantity: text or number
    Quantity,
    /// a number or text
    IntOrString,
    /// a point in time
    Time,
    /// bytes as base64
    Bytes,
    /// anything
    Any,
    /// a list of a type
    List(Box<Type>),
    /// a map from text to a type
    Map(Box<Type>),
    /// a struct, by its place in the table
    Struct(usize),
}

impl Type {
    /// The struct this is, or is a list or map of.
    pub fn element(&self) -> Option<&'static Struct> {
        match self {
            Type::Struct(index) => structs().get(*index),
            Type::List(inner) | Type::Map(inner) => inner.element(),
            _ => None,
        }
    }

    /// The type as Go's errors name it: `int32`, `[]v1.Container`.
    pub fn go_name(&self) -> String {
        match self {
            Type::String => "string".to_owned(),
            Type::Int32 => "int32".to_owned(),
            Type::Int64 => "int64".to_owned(),
            Type::Float => "float64".to_owned(),
            Type::Bool => "bool".to_owned(),
            Type::Quantity => "resource.Quantity".to_owned(),
            Type::IntOrString => "intstr.IntOrString".to_owned(),
            Type::Time => "v1.Time".to_owned(),
            Type::Bytes => "[]uint8".to_owned(),
            Type::Any => "interface {}".to_owned(),
            Type::List(inner) => format!("[]{}", inner.go_name()),
            Type::Map(inner) => format!("map[string]{}", inner.go_name()),
            Type::Struct(index) => structs().get(*index).map_or_else(String::new, |found| {
                found.name.split_once('.').map_or(found.name, |(_, name)| name).to_owned()
            }),
        }
    }
}

impl Struct {
    /// One of its fields.
    pub fn field(&self, name: &str) -> Option<&Field> {
        let start = start(name);
        let order = |field: &Field| field.start.cmp(&start).then_with(|| field.name.cmp(name));
        self.fields.binary_search_by(order).ok().map(|index| &self.fields[index])
    }

    /// The Go name without package: `DeploymentSpec`.
    pub fn go_struct(&self) -> &'static str {
        self.name.rsplit('.').next().unwrap_or(self.name)
    }

    /// The field a path leads to, lists and maps on the way passed through: `spec.containers.image`.
    pub fn field_at(&self, path: &str) -> Option<&Field> {
        let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
        let field = self.field(first)?;
        match rest {
            None => Some(field),
            Some(rest) => field.kind.element()?.field_at(rest),
        }
    }
}

/// The first eight letters of a name as a number, in the order of the names.
fn start(name: &str) -> u64 {
    let mut letters = [0; 8];
    let length = name.len().min(8);
    letters[..length].copy_from_slice(&name.as_bytes()[..length]);
    u64::from_be_bytes(letters)
}

/// The struct of a kind: `apps/v1`, `Deployment`.
pub fn struct_of_kind(api_version: &str, kind: &str) -> Option<&'static Struct> {
    let (group, version) = split_api_version(api_version);
    find_kind(group, version, kind)
}

/// The struct of a resource's objects.
pub fn struct_of(resource: &Resource) -> Option<&'static Struct> {
    find_kind(resource.group, resource.version, resource.kind)
}

/// The struct of this name: `core.v1.Container`.
pub fn find_struct(name: &str) -> Option<&'static Struct> {
    structs().binary_search_by(|found| found.name.cmp(name)).ok().map(|index| &structs()[index])
}

/// The struct of a kind: `core.v1.Container`, compared without putting the name together.
fn find_kind(group: &str, version: &str, kind: &str) -> Option<&'static Struct> {
    let group = match group.split('.').next() {
        None | Some("") => "core",
        Some(first) => first,
    };
    // On the stack: every write asks for a struct.
    let mut name = [0; 96];
    let mut length = 0;
    for part in [group, ".", version, ".", kind] {
        name.get_mut(length..length + part.len())?.copy_from_slice(part.as_bytes());
        length += part.len();
    }
    find_struct(std::str::from_utf8(&name[..length]).ok()?)
}

fn structs() -> &'static [Struct] {
    static TABLE: OnceLock<Vec<Struct>> = OnceLock::new();
    TABLE.get_or_init(|| parse(TEXT))
}

fn parse(text: &'static str) -> Vec<Struct> {
    let names: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix('@')).collect();
    let mut table: Vec<Struct> = Vec::with_capacity(names.len());
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('@') {
            let mut found = Struct { name, fields: Vec::new(), atomic: false };
            found.atomic = ATOMIC.contains(&found.go_struct());
            table.push(found);
        } else if let (Some(last), Some(field)) = (table.last_mut(), parse_field(line, &names)) {
            last.fields.push(field);
        }
    }
    table
}

fn parse_field(line: &'static str, names: &[&str]) -> Option<Field> {
    let mut words = line.split(' ');
    let name = words.next()?;
    let kind = parse_type(words.next()?, names);
    let (name, always) = name.strip_suffix('!').map_or((name, false), |name| (name, true));
    let start = start(name);
    let mut field = Field { name, start, always, kind, merge: Merge::default(), list_keys: Vec::new(), is_set: false };
    for word in words {
        match word.split_at_checked(1) {
            Some(("^", key)) => field.merge.key = Some(key),
            Some(("~", _)) => field.merge.retain_keys = true,
            Some(("/", _)) => field.merge.replace = true,
            Some(("%", "")) => field.is_set = true,
            Some(("%", keys)) => field.list_keys = keys.split(',').collect(),
            _ => {}
        }
    }
    Some(field)
}

fn parse_type(text: &str, names: &[&str]) -> Type {
    if let Some(inner) = text.strip_prefix("[]") {
        return Type::List(Box::new(parse_type(inner, names)));
    }
    if let Some(inner) = text.strip_prefix("{}") {
        return Type::Map(Box::new(parse_type(inner, names)));
    }
    match text {
        "s" => Type::String,
        "i" => Type::Int32,
        "l" => Type::Int64,
        "f" => Type::Float,
        "b" => Type::Bool,
        "q" => Type::Quantity,
        "x" => Type::IntOrString,
        "t" => Type::Time,
        "y" => Type::Bytes,
        name => names.binary_search(&name).map_or(Type::Any, Type::Struct),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_whole() {
        assert!(structs().is_sorted_by(|a, b| a.name < b.name));
        for found in structs() {
            assert!(found.fields.is_sorted_by(|a, b| a.name < b.name), "{}", found.name);
        }
        for line in TEXT.lines().filter(|line| !line.starts_with(['#', '@'])) {
            let kind = line.split(' ').nth(1).unwrap().trim_start_matches(['[', ']', '{', '}']);
            assert!(kind.len() == 1 || find_struct(kind).is_some(), "{line}");
        }
    }

    #[test]
    fn the_table_is_as_it_was_generated() {
        let (_, rest) = TEXT.split_once("# checksum ").expect("a checksum");
        let (checksum, table) = rest.split_once('\n').unwrap();
        let hash = table
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        assert_eq!(checksum, format!("{hash:016x}"), "data/schema.txt was edited: run `cargo xtask generate`");
    }

    #[test]
    fn every_stored_kind_a_tutorial_meets_has_a_schema() {
        for kind in [
            "pods",
            "deploy",
            "rs",
            "svc",
            "endpointslices",
            "ep",
            "pvc",
            "pv",
            "sc",
            "no",
            "ns",
            "ev",
            "cm",
            "sa",
            "secrets",
            "jobs",
            "cj",
            "ds",
            "sts",
            "ing",
            "hpa",
            "pdb",
            "leases",
            "crd",
        ] {
            let resource = crate::find_resource(kind).unwrap();
            assert!(struct_of(resource).is_some(), "{kind}");
        }
    }

    #[test]
    fn fields_know_their_types_and_how_they_merge() {
        let pod = struct_of_kind("v1", "Pod").unwrap();
        let containers = pod.field_at("spec.containers").unwrap();
        assert_eq!(containers.kind.go_name(), "[]v1.Container");
        assert_eq!((containers.merge.key, containers.always), (Some("name"), true));
        let ports = pod.field_at("spec.containers.ports").unwrap();
        assert_eq!(ports.list_keys, ["containerPort", "protocol"]);
        assert!(pod.field_at("spec.volumes").unwrap().merge.retain_keys);
        assert_eq!(pod.field_at("metadata.finalizers").unwrap().merge.key, Some(""));
        assert_eq!(pod.field_at("metadata.labels").unwrap().kind.go_name(), "map[string]string");
        assert!(pod.field_at("spec.nosuch").is_none());
        let spec = struct_of_kind("apps/v1", "Deployment").unwrap().field("spec").unwrap().kind.element().unwrap();
        assert_eq!(spec.go_struct(), "DeploymentSpec");
        assert_eq!(spec.field("replicas").unwrap().kind, Type::Int32);
        assert!(spec.field("strategy").unwrap().merge.retain_keys);
    }
}
