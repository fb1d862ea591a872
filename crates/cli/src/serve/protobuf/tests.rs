use std::collections::BTreeSet;

use api::schema::{self, Struct, Type};
use serde_json::json;

use super::*;

/// What `kubectl create token x` sends.
const TOKEN: &[u8] = b"k8s\0\n(\n\x18authentication.k8s.io/v1\x12\x0cTokenRequest\x12\x1a\n\x10\n\x00\x12\x00\x1a\x00\
        \"\x00*\x002\x008\x00B\x00\x12\x00\x1a\x04\n\x00\x12\x00\x1a\x00\"\x00";
/// What `kubectl auth can-i list pods` sends.
const REVIEW: &[u8] = b"k8s\0\n2\n\x17authorization.k8s.io/v1\x12\x17SelfSubjectAccessReview\x12=\n\x10\n\x00\x12\x00\
        \x1a\x00\"\x00*\x002\x008\x00B\x00\x12\x1f\n\x1d\n\x07default\x12\x04list\x1a\x00\"\x00*\x04pods2\x00:\x00\x1a\x08\
        \x08\x00\x12\x00\x1a\x00 \x00\x1a\x00\"\x00";

#[test]
fn what_kubectl_sends_is_read() {
    let review = decode(REVIEW).unwrap();
    assert_eq!(review["kind"], "SelfSubjectAccessReview");
    assert_eq!(
        review["spec"]["resourceAttributes"],
        json!({"namespace": "default", "verb": "list", "resource": "pods"})
    );
    let token = decode(TOKEN).unwrap();
    assert_eq!((&token["kind"], &token["apiVersion"]), (&"TokenRequest".into(), &"authentication.k8s.io/v1".into()));
}

#[test]
fn no_part_of_a_message_makes_it_panic() {
    for length in 0..REVIEW.len() {
        let _ = decode(&REVIEW[..length]);
    }
    for at in 4..REVIEW.len() {
        let mut bytes = REVIEW.to_vec();
        bytes[at] ^= 0xff;
        let _ = decode(&bytes);
    }
}

/// All fields of a struct by their names in JSON, those of embedded structs too.
fn fields_of(name: &str) -> BTreeMap<&'static str, &'static Kind> {
    let mut all = BTreeMap::new();
    for field in structs().get(name).into_iter().flat_map(BTreeMap::values) {
        match &field.kind {
            Kind::Embedded(name) => all.extend(fields_of(name)),
            kind => assert!(all.insert(field.name, kind).is_none(), "{name}.{} twice", field.name),
        }
    }
    all
}

/// Whether a value of the schema's type can be one of the table's.
fn agree(ours: &Type, theirs: &Kind) -> bool {
    match (ours, theirs) {
        (Type::String, Kind::Text)
        | (Type::Int32 | Type::Int64, Kind::Integer)
        | (Type::Float, Kind::Double)
        | (Type::Bool, Kind::Bool)
        | (Type::Quantity, Kind::Quantity)
        | (Type::IntOrString, Kind::IntOrString)
        | (Type::Time, Kind::Time { .. })
        | (Type::Bytes, Kind::Bytes)
        | (Type::Any, Kind::Json | Kind::SchemaOrList | Kind::SchemaOrBool | Kind::SchemaOrTexts | Kind::Empty) => true,
        (Type::List(ours), Kind::List(theirs) | Kind::Holder(theirs)) => agree(ours, theirs),
        (Type::Map(ours), Kind::Map(theirs)) => agree(ours, theirs),
        (ours @ Type::Struct(_), Kind::Struct(name)) => ours.element().is_some_and(|found| found.name == *name),
        _ => false,
    }
}

fn compare(ours: &'static Struct, seen: &mut BTreeSet<&'static str>) {
    if !seen.insert(ours.name) {
        return;
    }
    let theirs = fields_of(ours.name);
    let is_kind = ours.field("metadata").is_some() || ours.name == "meta.v1.DeleteOptions";
    for field in &ours.fields {
        if is_kind && ["apiVersion", "kind"].contains(&field.name) {
            // The envelope says these.
            continue;
        }
        let kind = theirs.get(field.name);
        assert!(kind.is_some_and(|kind| agree(&field.kind, kind)), "{}.{}", ours.name, field.name);
        if let Some(inner) = field.kind.element() {
            compare(inner, seen);
        }
    }
}

#[test]
fn every_kind_and_every_field_that_the_api_knows_is_in_the_table() {
    let mut seen = BTreeSet::new();
    for resource in resources() {
        // What stands in the query instead of a body.
        let kinds = resource.subresources.iter().map(|one| one.kind).filter(|kind| !kind.ends_with("Options"));
        for kind in kinds.chain([resource.kind]) {
            // `token` and `scale` are of other groups than what they belong to.
            let versions = [
                resource.api_version(),
                "autoscaling/v1".into(),
                "authentication.k8s.io/v1".into(),
                "policy/v1".into(),
            ];
            let found = versions.iter().find(|version| shape(version, kind).is_some());
            let version = found.unwrap_or_else(|| panic!("{} {kind}", resource.api_version()));
            assert!(shape(version, &format!("{kind}List")).is_some(), "{version} {kind}List");
            if let Some(ours) = schema::struct_of_kind(version, kind) {
                compare(ours, &mut seen);
            }
        }
    }
    compare(schema::find_struct("meta.v1.DeleteOptions").unwrap(), &mut seen);
    assert!(seen.len() > 350, "{}", seen.len());
    assert!(shape("stable.example.com/v1", "CronTab").is_none());
    assert!(shape("apps.example.com/v1", "Deployment").is_none(), "a custom resource's group");
    assert!(shape("example.com/v1", "Status").is_none());
}

#[test]
fn every_struct_that_a_field_names_is_in_the_table() {
    fn check(kind: &Kind) {
        match kind {
            Kind::Struct(name) | Kind::Embedded(name) => assert!(structs().contains_key(name), "{name}"),
            Kind::List(item) | Kind::Map(item) | Kind::Holder(item) => check(item),
            _ => {}
        }
    }
    structs().values().flat_map(BTreeMap::values).for_each(|field| check(&field.kind));
    check(&Kind::Struct(SCHEMA));
}

#[test]
fn all_sorts_of_fields_come_back_as_they_were() {
    let all = [
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "labels": {"a": "", "b": "c"},
            "creationTimestamp": "2026-01-02T03:04:05Z", "managedFields": [{"manager": "x", "fieldsV1": {"f:spec": {}}}]},
            "spec": {"hostUsers": false, "priority": 0, "nodeSelector": {"x": "y"},
                "tolerations": [{"key": "k", "tolerationSeconds": 0}],
                "containers": [{"name": "c", "resources": {"limits": {"cpu": "100m"}},
                    "env": [{"name": "E", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": false}}}],
                    "livenessProbe": {"httpGet": {"path": "/", "port": "http"}, "periodSeconds": 3},
                    "readinessProbe": {"tcpSocket": {"port": 80}}}],
                "ephemeralContainers": [{"name": "d", "image": "busybox", "stdin": true, "targetContainerName": "c"}],
                "volumes": [{"name": "v", "emptyDir": {}}, {"name": "w", "configMap": {"name": "m", "defaultMode": 0}}]}}),
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {}, "data": {"a": "AAECAw==", "b": ""}}),
        json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {},
            "spec": {"renewTime": "2026-01-02T03:04:05.000678Z", "acquireTime": "2026-01-02T03:04:05.000000Z"}}),
        json!({"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": {},
            "spec": {"request": "AAEC", "signerName": "a/b", "extra": {"k": ["a", "b"]}, "usages": ["client auth"]}}),
        json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {}, "spec": {
            "group": "g", "scope": "Namespaced", "names": {"plural": "p", "kind": "P"}, "versions": [{"name": "v1",
            "served": true, "storage": false, "subresources": {"status": {}}, "schema": {"openAPIV3Schema": {
                "type": "object", "x-kubernetes-preserve-unknown-fields": true, "$ref": "r", "maximum": 1.5, "minimum": 0,
                "enum": ["a", 1, null, {"x": []}], "default": {"a": false}, "items": {"type": "string"},
                "additionalProperties": true, "additionalItems": {"type": "integer"},
                "dependencies": {"a": ["b"], "c": {"not": {"items": [{"title": "t"}]}}},
                "x-kubernetes-list-map-keys": ["k"], "properties": {"p": {"nullable": true}}}}}]}}),
        json!({"apiVersion": "v1", "kind": "Status", "metadata": {}, "status": "Failure", "code": 404,
            "details": {"name": "x", "causes": [{"reason": "r", "field": "f"}]}}),
        json!({"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadataList", "metadata": {"resourceVersion": "7"},
            "items": [{"metadata": {"name": "x", "deletionGracePeriodSeconds": 0}}]}),
        json!({"apiVersion": "apps/v1", "kind": "DeploymentList", "metadata": {"remainingItemCount": 0}, "items": [
            {"metadata": {"name": "x"}, "spec": {"replicas": 0, "selector": {}, "template": {}, "strategy": {
                "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}}}, "status": {}}]}),
    ];
    for object in all {
        let bytes = encode(&object).unwrap_or_else(|| panic!("{object}"));
        assert_eq!(decode(&bytes).as_ref(), Some(&object));
    }
}

/// A value that is not zero; of structs, as many levels as are asked for.
fn sample(kind: &Kind, depth: usize) -> Option<Value> {
    Some(match kind {
        Kind::Text | Kind::Quantity => "7".into(),
        Kind::Integer | Kind::IntOrString => json!(-7),
        Kind::Bool | Kind::SchemaOrBool => true.into(),
        Kind::Double => json!(1.5),
        Kind::Bytes => "AAEC".into(),
        Kind::Time { micros: false } => "2026-01-02T03:04:05Z".into(),
        Kind::Time { micros: true } => "2026-01-02T03:04:05.000006Z".into(),
        Kind::Json => json!({"a": [1, null]}),
        Kind::SchemaOrTexts => json!(["a", "b"]),
        Kind::Empty => json!({}),
        Kind::SchemaOrList => json!([]),
        Kind::List(item) | Kind::Holder(item) => json!([sample(item, depth)?, sample(item, depth)?]),
        Kind::Map(item) => json!({"": sample(item, depth)?, "k": sample(item, depth)?}),
        Kind::Struct(_) if depth == 0 => return None,
        Kind::Struct(name) | Kind::Embedded(name) => full(name, depth - 1),
    })
}

fn full(name: &str, depth: usize) -> Value {
    let fields = fields_of(name).into_iter();
    fields.filter_map(|(name, kind)| Some((name.to_owned(), sample(kind, depth)?))).collect::<Map<_, _>>().into()
}

#[test]
fn every_field_of_every_struct_comes_back_as_it_was() {
    for (name, fields) in structs() {
        let object = full(name, 2);
        let (mut bytes, mut back) = (Writer::default(), Map::new());
        write::object(fields, &object, &mut bytes).unwrap_or_else(|| panic!("{name}"));
        read::object(fields, &bytes.0, &mut back, 0).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(Value::Object(back), object, "{name}");
    }
}

/// What protobuf cannot say, as the real API server's cannot.
fn without_what_is_lost(value: &mut Value) {
    // The list says of what kind its items are.
    value.as_object_mut().into_iter().for_each(|map| map.retain(|name, _| name != "apiVersion" && name != "kind"));
    // The kind of a claim's template in a StatefulSet.
    for template in value["spec"]["volumeClaimTemplates"].as_array_mut().into_iter().flatten() {
        template
            .as_object_mut()
            .into_iter()
            .for_each(|map| map.retain(|name, _| name != "apiVersion" && name != "kind"));
    }
    prune(value);
}

/// Drops empty lists and maps, which are as none.
fn prune(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(prune),
        Value::Object(map) => {
            map.values_mut().for_each(prune);
            map.retain(|name, value| {
                let json = name == "fieldsV1" || name.starts_with("f:") || name.starts_with("k:");
                json || !(value.is_null() || value == &json!([]) || value == &json!({}))
            });
        }
        _ => {}
    }
}

#[test]
fn all_objects_of_a_cluster_come_back_as_they_were() {
    use api::{Method, Request};
    use playground::{Answer, Playground, Settings};

    let mut world = Playground::new(Settings::default());
    let run = |world: &mut Playground, seconds| {
        let until = world.now() + sim::Duration::from_secs(seconds);
        while world.advance(until, 1_000_000).out_of_fuel {}
    };
    run(&mut world, 90);
    for text in [include_str!("../../../../../tests/clients/crosswise/files/kinds.yaml"), include_str!("samples.yaml")]
    {
        for document in manifest::parse(text).documents {
            let object = document.value;
            let (version, kind) = (object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap());
            let resource = api::resource_of_kind(version, kind).unwrap_or_else(|| panic!("{version} {kind}"));
            let namespace = resource.namespaced.then_some("default");
            let mut request = Request::new(Method::Post, resource.path(namespace, None));
            request.body = decode(&encode(&object).unwrap()).unwrap();
            let Answer::Json { code, value, .. } = world.answer(&request) else { panic!("{kind}") };
            assert_eq!(code, 201, "{value}");
        }
    }
    run(&mut world, 90);
    let (mut kinds, mut objects) = (0, 0);
    for resource in resources().iter().filter(|resource| resource.can("list")) {
        let Answer::List(list) = world.answer(&Request::new(Method::Get, resource.path(None, None))) else {
            panic!("{}", resource.plural)
        };
        let mut list = list.into_value();
        let bytes = encode(&list).unwrap_or_else(|| panic!("{}", resource.plural));
        let mut back = decode(&bytes).unwrap();
        objects += list["items"].as_array().unwrap().len();
        kinds += usize::from(list["items"] != json!([]));
        for (one, other) in std::iter::zip(list["items"].as_array_mut().unwrap(), back["items"].as_array_mut().unwrap())
        {
            without_what_is_lost(one);
            without_what_is_lost(other);
            assert_eq!(one, other, "{}", resource.plural);
        }
        assert_eq!(list["metadata"], back["metadata"]);
    }
    assert!(kinds > 30 && objects > 200, "{kinds} {objects}");
}

#[test]
fn an_event_is_a_frame_with_an_object_in_it() {
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}});
    let frame = frame("ADDED", &pod).unwrap();
    let (length, message) = frame.split_at(4);
    assert_eq!(u32::from_be_bytes(length.try_into().unwrap()) as usize, message.len());
    let Ok(Some(Wire::Bytes(kind))) = wire::first(message, 1) else { panic!("no kind") };
    let Ok(Some(Wire::Bytes(raw))) = wire::first(message, 2) else { panic!("no object") };
    let Ok(Some(Wire::Bytes(object))) = wire::first(raw, 1) else { panic!("not raw") };
    assert_eq!((kind, decode(object)), (&b"ADDED"[..], Some(pod)));
}
