//! Faults of where an app may run, and how much of it.

use serde_json::json;

use super::Fault;
use super::app::{App, pick};

/// It asks for more memory than the node has.
pub(super) fn memory(app: &mut App) -> Fault {
    let wrong = pick(&mut app.rng, &["64Gi", "200Gi", "640Gi"]);
    asks_too_much(app, "memory", wrong, "64Mi")
}

/// It asks for more processors than the node has.
pub(super) fn cpu(app: &mut App) -> Fault {
    let wrong = pick(&mut app.rng, &["32", "100", "64"]);
    asks_too_much(app, "cpu", wrong, "100m")
}

fn asks_too_much(app: &mut App, resource: &'static str, wrong: &str, right: &str) -> Fault {
    app.container()["resources"] = json!({"requests": {resource: wrong}});
    let (n, name) = (app.n(), app.name);
    let solve = app.mended_by(format!("kubectl{n} set resources deployment {name} --requests={resource}={right}"));
    Fault {
        solve,
        hints: [
            [
                format!(
                    "Pod이 `Pending`입니다. 스케줄러가 까닭을 `kubectl{n} describe pod 이름`의 `Events`에 적어 둡니다."
                ),
                format!(
                    "The Pods are `Pending`. The scheduler writes why into the `Events` of `kubectl{n} describe pod NAME`."
                ),
            ],
            [
                "노드가 줄 수 있는 양은 `kubectl describe node`의 `Allocatable`에 있습니다.".to_owned(),
                "What the node can give is under `Allocatable` in `kubectl describe node`.".to_owned(),
            ],
        ],
        done: [
            format!(
                "컨테이너가 `{resource}`를 {wrong}만큼 요청(`requests`)했는데 그만큼 가진 노드가 없습니다. 스케줄러는 실제로 쓰는 양이 아니라 요청한 양을 봅니다. \
                 `Insufficient {resource}`가 증거입니다."
            ),
            format!(
                "Its container requested {wrong} of `{resource}`, and no node has that much. The scheduler looks at what is requested, not at what is \
                 used. The proof is `Insufficient {resource}`."
            ),
        ],
    }
}

/// The node has a taint that it does not tolerate.
pub(super) fn taint(app: &mut App) -> Fault {
    let (key, value) = pick(&mut app.rng, &[("maintenance", "true"), ("team", "database"), ("reserved", "gpu")]);
    app.before = format!("kubectl taint node minikube {key}={value}:NoSchedule\n");
    let n = app.n();
    Fault {
        solve: app.mended_by(format!("kubectl taint node minikube {key}-")),
        hints: [
            [
                format!("Pod이 `Pending`입니다. `kubectl{n} describe pod 이름`의 `Events`에서 노드가 왜 안 되는지 읽으세요."),
                format!("The Pods are `Pending`. Read in the `Events` of `kubectl{n} describe pod NAME` what is wrong with the node."),
            ],
            [
                "`kubectl describe node minikube`의 `Taints`를 보세요. 테인트를 떼어도 되고, Pod이 견디게(`tolerations`) 해도 됩니다.".to_owned(),
                "See `Taints` in `kubectl describe node minikube`. Take the taint away, or let the Pods tolerate it.".to_owned(),
            ],
        ],
        done: [
            format!(
                "노드에 `{key}={value}:NoSchedule` 테인트가 있어서, 견딘다고 적지 않은 새 Pod은 놓이지 않았습니다. 전부터 있던 `client`는 그대로였습니다. \
                 `NoSchedule`은 새로 오는 Pod만 막기 때문입니다. `untolerated taint`가 증거입니다."
            ),
            format!(
                "The node had the taint `{key}={value}:NoSchedule`, so no new Pod came to it that does not tolerate it. `client` was there before, and \
                 stayed: `NoSchedule` is for newcomers. The proof is `untolerated taint`."
            ),
        ],
    }
}

/// A quota of the namespace allows fewer Pods.
pub(super) fn quota(app: &mut App) -> Fault {
    let (n, namespace) = (app.n(), app.namespace.clone());
    // One Pod is `client`.
    let allowed = app.replicas;
    app.more.push(json!({
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "small", "namespace": namespace},
        "spec": {"hard": {"pods": allowed.to_string()}},
    }));
    let (name, wanted) = (app.name, app.replicas);
    let patch = json!({"spec": {"hard": {"pods": (wanted + 4).to_string()}}});
    Fault {
        solve: vec![
            format!("kubectl{n} patch resourcequota small -p '{patch}'"),
            format!("kubectl{n} rollout restart deployment/{name}"),
            app.wait(),
            "sleep 2".to_owned(),
        ],
        hints: [
            [
                format!(
                    "Pod 하나가 아예 없습니다. Deployment가 아니라 ReplicaSet의 `Events`를 보세요: `kubectl{n} describe replicaset`"
                ),
                format!(
                    "One Pod is not there at all. See the `Events` of the ReplicaSet, not of the Deployment: `kubectl{n} describe replicaset`"
                ),
            ],
            [
                format!(
                    "`kubectl{n} get resourcequota`에서 얼마나 쓸 수 있는지 봅니다. 늘린 뒤에는 `kubectl{n} rollout restart deployment/{name}`이 빠릅니다."
                ),
                format!(
                    "`kubectl{n} get resourcequota` says how much is allowed. Once that is more, `kubectl{n} rollout restart deployment/{name}` is the quick way."
                ),
            ],
        ],
        done: [
            format!(
                "ResourceQuota `small`은 네임스페이스 `{namespace}`에 Pod을 {allowed}개까지만 허락했고, `client`가 하나를 썼습니다. 그래서 ReplicaSet이 Pod을 다 \
                 만들지 못했습니다. ReplicaSet의 `FailedCreate`와 `exceeded quota`가 증거입니다."
            ),
            format!(
                "The ResourceQuota `small` allowed {allowed} Pods in the namespace `{namespace}`, of which `client` is one, so the ReplicaSet could not \
                 make all of its Pods. The proof is its `FailedCreate`: `exceeded quota`."
            ),
        ],
    }
}
