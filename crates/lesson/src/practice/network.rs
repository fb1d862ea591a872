//! Faults between who asks and the Pods that run.

use serde_json::json;

use super::Fault;
use super::app::{App, pick};

/// The Service chooses Pods by a label that none has.
pub(super) fn selector(app: &mut App) -> Fault {
    let wrong = app.mistyped(app.name);
    app.service["spec"]["selector"][app.label] = wrong.clone().into();
    let (n, name, label) = (app.n(), app.name, app.label);
    let patch = json!({"spec": {"selector": {label: name}}});
    Fault {
        solve: vec![format!("kubectl{n} patch service {name} -p '{patch}'"), "sleep 2".to_owned()],
        hints: [
            [
                format!("Pod은 모두 준비되었습니다. `kubectl{n} get endpoints {name}`에 주소가 있나요?"),
                format!("The Pods are ready. Has `kubectl{n} get endpoints {name}` any addresses?"),
            ],
            [
                format!(
                    "`kubectl{n} get pods --show-labels`와 `kubectl{n} describe service {name}`의 `Selector`를 견주어 보세요."
                ),
                format!(
                    "Compare `kubectl{n} get pods --show-labels` with the `Selector` in `kubectl{n} describe service {name}`."
                ),
            ],
        ],
        done: [
            format!(
                "Service의 셀렉터는 `{label}={wrong}`인데 Pod에는 `{label}={name}` 레이블이 붙어 있었습니다. 고를 Pod이 없으니 엔드포인트가 비었고, 빈 엔드포인트가 \
                 바로 그 증거입니다. 오타가 나도 Kubernetes는 아무 말도 하지 않습니다."
            ),
            format!(
                "The Service's selector was `{label}={wrong}`, and the Pods' label is `{label}={name}`. It chose no Pod, so it had no endpoints: \
                 that they were empty is the proof. Kubernetes says nothing of such a slip."
            ),
        ],
    }
}

/// The Service sends to a port on which nobody listens.
pub(super) fn target_port(app: &mut App) -> Fault {
    let wrong = pick(&mut app.rng, &[8080, 8000, 3000, 81]);
    app.service["spec"]["ports"][0]["targetPort"] = wrong.into();
    let (n, name, image) = (app.n(), app.name, app.image);
    let patch = json!([{"op": "replace", "path": "/spec/ports/0/targetPort", "value": 80}]);
    Fault {
        solve: vec![format!("kubectl{n} patch service {name} --type=json -p '{patch}'"), "sleep 2".to_owned()],
        hints: [
            [
                "답이 없는 것과 거절당하는 것은 다릅니다. `curl`이 무엇이라고 하나요?".to_owned(),
                "No answer is one thing, to be refused another. What does `curl` say?".to_owned(),
            ],
            [
                format!(
                    "이미지 `{image}`는 80번에서 기다립니다. `kubectl{n} get endpoints {name}`에서 주소 뒤의 포트를 보세요."
                ),
                format!(
                    "The image `{image}` listens on port 80. Look at the port behind the addresses in `kubectl{n} get endpoints {name}`."
                ),
            ],
        ],
        done: [
            format!(
                "Service가 Pod의 {wrong}번(`targetPort`)으로 보냈는데 거기서는 아무도 기다리지 않았습니다. 엔드포인트가 있고 `connection refused`가 오면 \
                 Pod까지는 닿은 것이니 포트를 봅니다."
            ),
            format!(
                "The Service sent to port {wrong} of the Pods (`targetPort`), where nobody listens. Endpoints and `connection refused` together mean \
                 that the way led to a Pod: look at the port."
            ),
        ],
    }
}

/// The Service has another port than the one that it is asked on.
pub(super) fn port(app: &mut App) -> Fault {
    let right = app.port;
    let wrong = if right == 8888 { 8880 } else { 8000 + pick(&mut app.rng, &[1, 88, 888]) };
    app.service["spec"]["ports"][0]["port"] = wrong.into();
    let (n, name, url) = (app.n(), app.name, app.url());
    let patch = json!([{"op": "replace", "path": "/spec/ports/0/port", "value": right}]);
    Fault {
        solve: vec![format!("kubectl{n} patch service {name} --type=json -p '{patch}'"), "sleep 2".to_owned()],
        hints: [
            [
                "엔드포인트는 맞습니다. 그러면 Service에 닿기 전입니다.".to_owned(),
                "The endpoints are right, so it is before the Service that something is wrong.".to_owned(),
            ],
            [
                format!(
                    "`client`는 {right}번으로 접속합니다. `kubectl{n} get service {name}`의 `PORT(S)`는 몇 번인가요?"
                ),
                format!("`client` asks on port {right}. What does `PORT(S)` say in `kubectl{n} get service {name}`?"),
            ],
        ],
        done: [
            format!(
                "`client`는 `{url}`, 곧 {right}번으로 접속하는데 Service는 {wrong}번에서만 받았습니다. ClusterIP는 Service에 적힌 포트만 받습니다. \
                 `port`는 Service의 포트, `targetPort`는 Pod의 포트입니다."
            ),
            format!(
                "`client` asks `{url}`, which is port {right}, and the Service took {wrong} only. A ClusterIP serves the ports that its Service names: \
                 `port` is the Service's, `targetPort` the Pods'."
            ),
        ],
    }
}

/// The Deployment is in another namespace than its Service.
pub(super) fn namespace(app: &mut App) -> Fault {
    if app.namespace == "default" {
        return elsewhere(app, "staging");
    }
    elsewhere(app, "default")
}

fn elsewhere(app: &mut App, other: &'static str) -> Fault {
    app.deployment["metadata"]["namespace"] = other.into();
    if other != "default" {
        app.more.push(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": other}}));
    }
    let (n, name, namespace, image, label) = (app.n(), app.name, app.namespace.clone(), app.image, app.label);
    let mut right = app.deployment.clone();
    right["metadata"]["namespace"] = namespace.clone().into();
    Fault {
        solve: vec![
            format!("kubectl delete deployment {name} -n {other}"),
            format!("echo '{right}' | kubectl apply -f -"),
            app.wait(),
            "sleep 2".to_owned(),
        ],
        hints: [
            [
                format!("`kubectl{n} get pods`에 `{name}`의 Pod이 있나요? `kubectl get pods -A`에는요?"),
                format!("Are there Pods of `{name}` in `kubectl{n} get pods`? And in `kubectl get pods -A`?"),
            ],
            [
                format!(
                    "오브젝트의 네임스페이스는 바꿀 수 없습니다. 지우고 `{namespace}`에 새로 만드세요. 이미지는 `{image}`, 레이블은 `{label}={name}`입니다."
                ),
                format!(
                    "An object's namespace cannot be changed: delete it, and make it in `{namespace}`, of the image `{image}` and with the label \
                     `{label}={name}`."
                ),
            ],
        ],
        done: [
            format!(
                "Deployment가 네임스페이스 `{other}`에 있었습니다. Service는 자기 네임스페이스(`{namespace}`)의 Pod만 고르므로 엔드포인트가 비었습니다. \
                 `kubectl get pods -A`에서 보이는 네임스페이스가 그 증거입니다."
            ),
            format!(
                "The Deployment was in the namespace `{other}`. A Service chooses Pods of its own namespace only (`{namespace}`), so it had no \
                 endpoints. The proof is the namespace in `kubectl get pods -A`."
            ),
        ],
    }
}
