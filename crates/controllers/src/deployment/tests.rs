//! The arithmetic of rollouts: one reconcile of ReplicaSets of given sizes.

use apiserver::{Settings, Store, StoreEvent};
use component::{Index, View, Write};
use serde_json::{Value, json};
use sim::{Rng, Time};

use super::*;
use crate::template_hash;

struct Case {
    wanted: i64,
    surge: Value,
    unavailable: Value,
    /// Replicas and available ones of the old and of the new ReplicaSet.
    old: (i64, i64),
    new: Option<(i64, i64)>,
}

fn replica_set(name: &str, image: &str, revision: &str, case: &Case, (replicas, available): (i64, i64)) -> Value {
    let most = case.wanted + super::super::int_or_percent(&case.surge, case.wanted, true);
    json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {
            "name": name, "namespace": "default", "uid": name, "labels": {"app": "web"}, "generation": 1,
            "creationTimestamp": format!("2026-11-22T10:00:0{revision}Z"),
            "annotations": {
                "deployment.kubernetes.io/revision": revision,
                "deployment.kubernetes.io/desired-replicas": case.wanted.to_string(),
                "deployment.kubernetes.io/max-replicas": most.to_string(),
            },
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "d", "controller": true}],
        },
        "spec": {"replicas": replicas, "template": template(image)},
        "status": {"replicas": replicas, "availableReplicas": available, "readyReplicas": available, "observedGeneration": 1},
    })
}

fn template(image: &str) -> Value {
    json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": image}]}})
}

fn writes_of(case: &Case) -> Vec<String> {
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default", "uid": "d", "generation": 1,
            "annotations": {"deployment.kubernetes.io/revision": "2"}},
        "spec": {
            "replicas": case.wanted, "selector": {"matchLabels": {"app": "web"}}, "template": template("new"),
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": case.surge, "maxUnavailable": case.unavailable}},
        },
    });
    let mut store = Store::new();
    let key = ObjectKey::new("deployments.apps", "default", "web");
    store.put(key.clone(), Some(deployment));
    store.put(
        ObjectKey::new("replicasets.apps", "default", "old"),
        Some(replica_set("old", "old", "1", case, case.old)),
    );
    if let Some(new) = case.new {
        store
            .put(ObjectKey::new("replicasets.apps", "default", "new"), Some(replica_set("new", "new", "2", case, new)));
    }
    let mut index = Index::default();
    for (key, object) in store.all() {
        index.apply(&StoreEvent { revision: 0, key: key.clone(), before: None, after: Some(object.clone()) });
    }
    let settings = Settings::default();
    let mut rng = Rng::new(1);
    let mut cx =
        Context { view: View::new(&store), index: &index, settings: &settings, now: Time::default(), rng: &mut rng };
    let reconciled = reconcile(&mut cx, &key);
    let created = reconciled.writes.iter().any(|write| matches!(write, Write::Create("replicasets.apps", _)));
    assert_eq!(created, case.new.is_none());
    let hash = template_hash(&template("new"), None);
    reconciled
        .events
        .iter()
        .map(|event| {
            event.message.replace(&format!("web-{hash}"), "new").replace("Scaled ", "").replace("replica set ", "")
        })
        .collect()
}

#[test]
fn a_rolling_update_moves_as_far_as_it_may() {
    let quarter = || json!("25%");
    for (wanted, surge, unavailable, old, new, expected) in [
        // Nothing new yet: as many as surge allows.
        (3, quarter(), quarter(), (3, 3), None, vec!["up new from 0 to 1"]),
        (4, quarter(), quarter(), (4, 4), None, vec!["up new from 0 to 1"]),
        (10, quarter(), quarter(), (10, 10), None, vec!["up new from 0 to 3"]),
        (2, json!(0), json!(1), (2, 2), None, vec![]),
        (2, json!("100%"), json!(0), (2, 2), None, vec!["up new from 0 to 2"]),
        // New ones unavailable: old ones go down only as far as availability allows.
        (3, quarter(), quarter(), (3, 3), Some((1, 0)), vec![]),
        (4, quarter(), quarter(), (4, 4), Some((1, 0)), vec!["down old from 4 to 3"]),
        (2, json!(0), json!(1), (2, 2), Some((0, 0)), vec!["down old from 2 to 1"]),
        // New ones available: on it goes.
        (3, quarter(), quarter(), (3, 3), Some((1, 1)), vec!["down old from 3 to 2"]),
        (3, quarter(), quarter(), (2, 2), Some((1, 1)), vec!["up new from 1 to 2"]),
        (10, quarter(), quarter(), (8, 8), Some((5, 5)), vec!["down old from 8 to 3"]),
        // Old ones that are unavailable anyway go first.
        (3, quarter(), quarter(), (3, 1), Some((1, 1)), vec!["down old from 3 to 2"]),
        (3, quarter(), json!(1), (3, 0), Some((1, 0)), vec!["down old from 3 to 2"]),
        // Both limits zero mean one unavailable.
        (2, json!("0%"), json!("0%"), (2, 2), Some((0, 0)), vec!["down old from 2 to 1"]),
        // Done.
        (3, quarter(), quarter(), (0, 0), Some((3, 3)), vec![]),
    ] {
        let case = Case { wanted, surge, unavailable, old, new };
        assert_eq!(writes_of(&case), expected, "{wanted} wanted, old {old:?}, new {new:?}");
    }
}
