//! Which volume a claim gets.

use apiserver::{Settings, Store};
use component::{Index, View};
use serde_json::{Value, json};
use sim::{Rng, Time};

use super::*;

fn volume(name: &str, size: &str, more: Value) -> Value {
    let mut volume = json!({
        "metadata": {"name": name},
        "spec": {"capacity": {"storage": size}, "accessModes": ["ReadWriteOnce", "ReadOnlyMany"], "storageClassName": "manual"},
        "status": {"phase": "Available"},
    });
    for (field, value) in more.as_object().into_iter().flatten() {
        path::set(&mut volume, field, value.clone());
    }
    volume
}

fn claim(more: Value) -> Value {
    let mut claim = json!({
        "metadata": {"name": "c", "namespace": "default", "uid": "u"},
        "spec": {"storageClassName": "manual", "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "3Gi"}}},
    });
    for (field, value) in more.as_object().into_iter().flatten() {
        path::set(&mut claim, field, value.clone());
    }
    claim
}

fn chosen(volumes: &[Value], claim: &Value) -> Option<String> {
    let mut store = Store::new();
    for volume in volumes {
        let key = ObjectKey::new("persistentvolumes", "", path::str(volume, "metadata.name"));
        store.put(key, Some(volume.clone()));
    }
    let index = Index::of(&store);
    let settings = Settings::default();
    let mut rng = Rng::new(1);
    let cx =
        Context { view: View::new(&store), index: &index, settings: &settings, now: Time::default(), rng: &mut rng };
    best_match(&cx, claim, false).map(|volume| path::str(volume, "metadata.name").to_owned())
}

#[test]
fn the_smallest_volume_that_fits_is_chosen() {
    let volumes = [
        volume("small", "1Gi", json!({})),
        volume("large", "20Gi", json!({})),
        volume("right", "5Gi", json!({})),
        volume("taken", "4Gi", json!({"spec.claimRef": {"name": "other", "namespace": "default", "uid": "o"}})),
        volume("released", "4Gi", json!({"status.phase": "Released"})),
        volume("going", "4Gi", json!({"metadata.deletionTimestamp": "2026-11-22T10:25:07Z"})),
        volume("block", "4Gi", json!({"spec.volumeMode": "Block"})),
        volume("other-class", "4Gi", json!({"spec.storageClassName": "fast"})),
        volume("no-class", "4Gi", json!({"spec.storageClassName": ""})),
        volume(
            "labelled",
            "30Gi",
            json!({"metadata.labels": {"type": "local"}, "spec.accessModes": ["ReadWriteMany"]}),
        ),
    ];
    for (more, expected) in [
        (json!({}), Some("right")),
        (json!({"spec.resources.requests.storage": "6Gi"}), Some("large")),
        (json!({"spec.resources.requests.storage": "500Mi"}), Some("small")),
        (json!({"spec.resources.requests.storage": "100Gi"}), None),
        (json!({"spec.accessModes": ["ReadWriteMany"]}), Some("labelled")),
        (json!({"spec.accessModes": ["ReadWriteMany", "ReadWriteOnce"]}), None),
        (json!({"spec.volumeMode": "Block"}), Some("block")),
        (json!({"spec.storageClassName": "fast"}), Some("other-class")),
        (json!({"spec.storageClassName": ""}), Some("no-class")),
        (json!({"spec.selector": {"matchLabels": {"type": "local"}}}), None),
        (
            json!({"spec.selector": {"matchLabels": {"type": "local"}}, "spec.accessModes": ["ReadWriteMany"]}),
            Some("labelled"),
        ),
    ] {
        assert_eq!(chosen(&volumes, &claim(more.clone())).as_deref(), expected, "{more}");
    }
    let reserved = volume("reserved", "50Gi", json!({"spec.claimRef": {"name": "c", "namespace": "default"}}));
    assert_eq!(chosen(&[volume("right", "5Gi", json!({})), reserved], &claim(json!({}))).as_deref(), Some("reserved"));
}
