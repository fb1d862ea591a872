//! Faults of what an app needs: settings, a password, a disk, a permission.

use serde_json::{Value, json};

use super::Fault;
use super::app::{App, SAY, pick};

/// A key of its ConfigMap is called otherwise than it asks for.
pub(super) fn config_key(app: &mut App) -> Fault {
    let key = pick(&mut app.rng, &["COLOR", "GREETING", "CURRENCY", "LANGUAGE"]);
    let (map, wrong) = (format!("{}-settings", app.name), key.to_lowercase());
    app.more.push(json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": map, "namespace": app.namespace},
        "data": {wrong.clone(): "blue"},
    }));
    app.container()["env"] = json!([{"name": key, "valueFrom": {"configMapKeyRef": {"name": map, "key": key}}}]);
    let (n, name) = (app.n(), app.name);
    let patch = json!({"data": {key: "blue"}});
    Fault {
        solve: app.mended_by(format!("kubectl{n} patch configmap {map} -p '{patch}'")),
        hints: reason_and_object(&n, name, "ConfigMap", &map),
        done: [
            format!(
                "컨테이너는 ConfigMap `{map}`에서 `{key}` 키를 원했는데 거기에는 `{wrong}` 키만 있었습니다. 키는 대소문자까지 같아야 합니다. 그런 값이 없으면 컨테이너는 \
                 시작도 하지 못합니다. `CreateContainerConfigError`와 `Events`의 `couldn't find key`가 증거입니다."
            ),
            format!(
                "The container wanted the key `{key}` of the ConfigMap `{map}`, which had `{wrong}` only. Keys must be the same to the letter; without its \
                 value a container does not even begin. The proof: `CreateContainerConfigError`, and `couldn't find key` in the `Events`."
            ),
        ],
    }
}

/// Its Secret is not there.
pub(super) fn secret(app: &mut App) -> Fault {
    let key = pick(&mut app.rng, &["password", "token", "api-key"]);
    let secret = format!("{}-{}", app.name, pick(&mut app.rng, &["login", "access", "bank"]));
    app.container()["env"] = json!([{"name": "SECRET", "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}]);
    let (n, name) = (app.n(), app.name);
    Fault {
        solve: app.mended_by(format!("kubectl{n} create secret generic {secret} --from-literal={key}=open-sesame")),
        hints: reason_and_object(&n, name, "Secret", &secret),
        done: [
            format!(
                "컨테이너의 환경 변수가 Secret `{secret}`의 `{key}`에서 와야 하는데 그 Secret이 없었습니다. 만들자 kubelet이 다시 시도해 시작했습니다. Pod을 지울 \
                 필요는 없었습니다. `Events`의 `secret \"{secret}\" not found`가 증거입니다."
            ),
            format!(
                "A variable of the container comes from `{key}` of the Secret `{secret}`, and there was no such Secret. Once it was made, the kubelet's next \
                 try went well; no Pod had to be deleted. The proof is `secret \"{secret}\" not found` in the `Events`."
            ),
        ],
    }
}

fn reason_and_object(n: &str, name: &str, kind: &str, object: &str) -> [[String; 2]; 2] {
    [
        [
            format!(
                "`kubectl{n} get pods`의 `STATUS`가 무엇이 모자란지 말해 줍니다. 자세한 것은 `kubectl{n} describe pod 이름`의 `Events`에 있습니다."
            ),
            format!(
                "The `STATUS` in `kubectl{n} get pods` says what is missing; the `Events` of `kubectl{n} describe pod NAME` say it in full."
            ),
        ],
        [
            format!(
                "Deployment `{name}`의 `env`와 `kubectl{n} describe {} {object}`를 견주어 보세요.",
                kind.to_lowercase()
            ),
            format!(
                "Compare the `env` of the Deployment `{name}` with `kubectl{n} describe {} {object}`.",
                kind.to_lowercase()
            ),
        ],
    ]
}

/// A claim of an app, and its Pods with the claim mounted.
fn with_claim(app: &mut App, asked: &str, claim: Value) -> String {
    let name = claim["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    app.more.push(claim);
    app.container()["volumeMounts"] = json!([{"name": "data", "mountPath": "/data"}]);
    app.deployment["spec"]["template"]["spec"]["volumes"] =
        json!([{"name": "data", "persistentVolumeClaim": {"claimName": asked}}]);
    name
}

fn claim(app: &App, class: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": format!("{}-data", app.name), "namespace": app.namespace},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": class,
            "resources": {"requests": {"storage": "50Mi"}},
        },
    })
}

/// Its claim asks for a class of storage that there is not.
pub(super) fn storage_class(app: &mut App) -> Fault {
    let wrong = pick(&mut app.rng, &["fast", "ssd", "standart", "gp2"]);
    let asked = format!("{}-data", app.name);
    let broken = claim(app, wrong);
    let claim_name = with_claim(app, &asked, broken);
    let (n, name) = (app.n(), app.name);
    let right = claim(app, "standard");
    Fault {
        solve: vec![
            format!("kubectl{n} delete pvc {claim_name}"),
            format!("echo '{right}' | kubectl apply -f -"),
            app.wait(),
            "sleep 2".to_owned(),
        ],
        hints: [
            [
                format!("Pod은 볼륨을 기다립니다. `kubectl{n} get pvc`와 `kubectl{n} describe pvc`를 보세요."),
                format!("The Pod waits for its volume. See `kubectl{n} get pvc` and `kubectl{n} describe pvc`."),
            ],
            [
                "있는 StorageClass는 `kubectl get storageclass`에 나옵니다. PVC의 것은 바꿀 수 없으니 지우고 새로 만드세요.".to_owned(),
                "`kubectl get storageclass` lists those that there are. A claim's cannot be changed: delete it, and make it anew.".to_owned(),
            ],
        ],
        done: [
            format!(
                "PVC `{claim_name}`가 `{wrong}` StorageClass를 원했는데 그런 것은 없습니다. 그래서 PV가 생기지 않았고, PVC도 Pod도 `Pending`이었습니다. \
                 `describe pvc`의 `storageclass.storage.k8s.io \"{wrong}\" not found`가 증거입니다."
            ),
            format!(
                "The claim `{claim_name}` asked for the StorageClass `{wrong}`, and there is none. So no volume was made, and claim and Pods of `{name}` \
                 stayed `Pending`. The proof is `storageclass.storage.k8s.io \"{wrong}\" not found` in `describe pvc`."
            ),
        ],
    }
}

/// Its Pods mount a claim of another name than the one that is there.
pub(super) fn claim_name(app: &mut App) -> Fault {
    let asked = format!("{}-{}", app.name, pick(&mut app.rng, &["disk", "storage", "volume"]));
    let there = claim(app, "standard");
    let there = with_claim(app, &asked, there);
    let (n, name) = (app.n(), app.name);
    let patch = json!([{
        "op": "replace",
        "path": "/spec/template/spec/volumes/0/persistentVolumeClaim/claimName",
        "value": there,
    }]);
    Fault {
        solve: app.mended_by(format!("kubectl{n} patch deployment {name} --type=json -p '{patch}'")),
        hints: [
            [
                format!("Pod이 `Pending`입니다. 스케줄러의 말은 `kubectl{n} describe pod 이름`의 `Events`에 있습니다."),
                format!(
                    "The Pods are `Pending`. What the scheduler says is in the `Events` of `kubectl{n} describe pod NAME`."
                ),
            ],
            [
                format!("`kubectl{n} get pvc`에 있는 이름과 Deployment의 `claimName`을 견주어 보세요."),
                format!("Compare the name in `kubectl{n} get pvc` with the Deployment's `claimName`."),
            ],
        ],
        done: [
            format!(
                "Deployment는 `{asked}` PVC를 마운트하려 했는데 있는 것은 `{there}`였습니다. 없는 PVC를 기다리는 Pod은 어느 노드에도 놓이지 않습니다. \
                 `Events`의 `persistentvolumeclaim \"{asked}\" not found`가 증거입니다."
            ),
            format!(
                "The Deployment mounted the claim `{asked}`, and the one that is there is called `{there}`. A Pod whose claim is missing is placed on no \
                 node. The proof is `persistentvolumeclaim \"{asked}\" not found` in the `Events`."
            ),
        ],
    }
}

/// Its service account may not read Pods, since the binding names another.
pub(super) fn role(app: &mut App) -> Fault {
    let account = format!("{}-reader", app.name);
    let wrong = app.mistyped(&account);
    let (n, name, namespace) = (app.n(), app.name, app.namespace.clone());
    let meta = |name: &str| json!({"name": name, "namespace": namespace});
    let group = "rbac.authorization.k8s.io";
    app.more.extend([
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta(&account)}),
        json!({
            "apiVersion": format!("{group}/v1"),
            "kind": "Role",
            "metadata": meta("pod-reader"),
            "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}],
        }),
        json!({
            "apiVersion": format!("{group}/v1"),
            "kind": "RoleBinding",
            "metadata": meta(&format!("{name}-reads")),
            "subjects": [{"kind": "ServiceAccount", "name": wrong, "namespace": namespace}],
            "roleRef": {"apiGroup": group, "kind": "Role", "name": "pod-reader"},
        }),
    ]);
    app.deployment["spec"]["template"]["spec"]["serviceAccountName"] = account.clone().into();
    let who = format!("--as=system:serviceaccount:{namespace}:{account}");
    app.title = [format!("`{account}`는 읽지 못합니다"), format!("`{account}` may not read")];
    app.task = Some([
        format!(
            "`{name}` 앱은 ServiceAccount `{account}`로 실행되며, 네임스페이스 `{namespace}`의 Pod 목록을 읽어야 합니다. Role도 있고 RoleBinding도 있는데 \
             읽지 못합니다. 읽을 수 있게 해 주세요. 그 밖의 권한은 주지 마세요."
        ),
        format!(
            "The app `{name}` runs as the ServiceAccount `{account}`, and must list the Pods of the namespace `{namespace}`. There is a Role, and \
             a RoleBinding, and yet it may not. Let it, and let it do nothing more."
        ),
    ]);
    app.goal = [
        format!("`{account}`가 Pod 목록을 읽을 수 있고, 지울 수는 없습니다"),
        format!("`{account}` may list Pods, and may not delete them"),
    ];
    app.verify = format!(
        "{SAY}kubectl{n} auth can-i list pods {who} >/dev/null || {{ say \"{account}는 아직 Pod 목록을 읽을 수 없습니다.\" \"{account} may not list \
         Pods yet.\"; exit 1; }}\nkubectl{n} auth can-i delete pods {who} >/dev/null && {{ say \"{account}가 Pod을 지울 수도 있습니다. 너무 많이 \
         허락했습니다.\" \"{account} may delete Pods, which is too much.\"; exit 1; }}\nexit 0\n"
    );
    Fault {
        solve: vec![format!(
            "kubectl{n} create rolebinding {name}-may-read --role=pod-reader --serviceaccount={namespace}:{account}"
        )],
        hints: [
            [
                format!("물어볼 수 있습니다: `kubectl{n} auth can-i list pods {who}`"),
                format!("You can ask: `kubectl{n} auth can-i list pods {who}`"),
            ],
            [
                format!("Role은 맞습니다. 누구에게 주었는지는 `kubectl{n} describe rolebinding`에 있습니다."),
                format!("The Role is right. To whom it is given is in `kubectl{n} describe rolebinding`."),
            ],
        ],
        done: [
            format!(
                "RoleBinding은 ServiceAccount `{wrong}`에 묶여 있었습니다. 없는 이름에 묶어도 Kubernetes는 아무 말도 하지 않습니다. \
                 `describe rolebinding`의 `Subjects`가 증거입니다."
            ),
            format!(
                "The RoleBinding was for the ServiceAccount `{wrong}`. Kubernetes says nothing when a name is bound that nobody has. The proof is in \
                 `Subjects` of `describe rolebinding`."
            ),
        ],
    }
}
