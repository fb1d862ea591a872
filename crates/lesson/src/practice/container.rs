//! Faults of the container itself.

use serde_json::json;

use super::Fault;
use super::app::{App, pick};

/// The image's name has a slip.
pub(super) fn image(app: &mut App) -> Fault {
    let wrong = app.mistyped(app.image);
    app.container()["image"] = wrong.clone().into();
    let (n, name, image) = (app.n(), app.name, app.image);
    Fault {
        solve: app.mended_by(format!("kubectl{n} set image deployment/{name} {name}={image}")),
        hints: [
            [
                format!("`kubectl{n} get pods`의 `STATUS`부터 읽으세요."),
                format!("Read the `STATUS` in `kubectl{n} get pods` first."),
            ],
            [
                format!(
                    "`kubectl{n} describe pod 이름`의 `Events`에 어떤 이미지를 받으려 했는지 나옵니다. `{image}` 이미지를 쓰면 됩니다."
                ),
                format!(
                    "The `Events` in `kubectl{n} describe pod NAME` say which image it tried to pull. `{image}` is the one that is meant."
                ),
            ],
        ],
        done: [
            format!(
                "이미지 이름에 `{wrong}`라고 적혀 있었고, 그런 이미지는 없습니다. `ErrImagePull`은 방금 실패했다는 뜻, `ImagePullBackOff`는 조금 기다렸다가 다시 \
                 받겠다는 뜻입니다. `Events`의 `Failed to pull image`가 증거입니다."
            ),
            format!(
                "The image was called `{wrong}`, and there is none of that name. `ErrImagePull` means that it has just failed, `ImagePullBackOff` \
                 that it waits before it tries again. The proof is `Failed to pull image` in the `Events`."
            ),
        ],
    }
}

/// Its readiness probe asks for a page that it does not have.
pub(super) fn readiness_path(app: &mut App) -> Fault {
    let wrong = pick(&mut app.rng, &["/healthy", "/ready", "/status", "/ping"]);
    let probe = |path: &str| json!({"httpGet": {"path": path, "port": 80}, "periodSeconds": 2});
    app.container()["readinessProbe"] = probe(wrong);
    let (n, name, image) = (app.n(), app.name, app.image);
    let solve = app.mended_pods(&json!({"containers": [{"name": name, "readinessProbe": probe("/")}]}));
    Fault {
        solve,
        hints: [
            [
                "`Running`은 컨테이너가 돈다는 뜻이고, `READY`는 readiness probe가 통과했다는 뜻입니다.".to_owned(),
                "`Running` means that the container runs, `READY` that its readiness probe passes.".to_owned(),
            ],
            [
                format!(
                    "`kubectl{n} describe pod 이름`의 `Events`에서 probe가 무엇을 묻고 어떤 답을 받는지 보세요. `{image}`에 있는 페이지는 `/`입니다."
                ),
                format!(
                    "See in the `Events` of `kubectl{n} describe pod NAME` what the probe asks and gets. The page that `{image}` has is `/`."
                ),
            ],
        ],
        done: [
            format!(
                "readiness probe가 `{wrong}` 페이지를 물었는데 그런 것이 없어 404가 왔습니다. 준비되지 않은 Pod은 죽지 않고 엔드포인트에서만 빠집니다. \
                 재시작 횟수가 0인 것과 `Readiness probe failed`가 증거입니다."
            ),
            format!(
                "The readiness probe asked for `{wrong}`, which is not there, and got 404. A Pod that is not ready is not killed, it only leaves the \
                 endpoints. The proof: no restarts, and `Readiness probe failed`."
            ),
        ],
    }
}

/// Its liveness probe asks on a port on which it does not listen.
pub(super) fn liveness_port(app: &mut App) -> Fault {
    let wrong = pick(&mut app.rng, &[8080, 8081, 9000]);
    let probe = |port: i32| json!({"httpGet": {"path": "/", "port": port}, "periodSeconds": 2, "failureThreshold": 2});
    app.container()["livenessProbe"] = probe(wrong);
    // It is ready between two restarts for longer than a glance, so that only a Pod that stays is one.
    app.container()["readinessProbe"] = json!({"httpGet": {"path": "/", "port": 80}, "initialDelaySeconds": 15});
    let (n, name, image) = (app.n(), app.name, app.image);
    let solve = app.mended_pods(&json!({"containers": [{"name": name, "livenessProbe": probe(80)}]}));
    Fault {
        solve,
        hints: [
            [
                format!("`kubectl{n} get pods`의 `RESTARTS`를 두 번 보세요."),
                format!("Look at `RESTARTS` in `kubectl{n} get pods` twice."),
            ],
            [
                format!(
                    "누가 컨테이너를 끝냈는지는 `kubectl{n} describe pod 이름`의 `Events`에 있습니다. `{image}`는 80번에서 기다립니다."
                ),
                format!(
                    "Who ends the container is in the `Events` of `kubectl{n} describe pod NAME`. `{image}` listens on port 80."
                ),
            ],
        ],
        done: [
            format!(
                "liveness probe가 {wrong}번 포트를 물었는데 거기에는 아무도 없었습니다. kubelet은 컨테이너가 죽었다고 보고 끝내고 다시 시작하기를 되풀이했습니다. \
                 앱은 멀쩡했습니다. `Liveness probe failed` 다음의 `Killing`이 증거입니다."
            ),
            format!(
                "The liveness probe asked on port {wrong}, where nobody is. The kubelet took the container for dead, ended it and began it again, over \
                 and over; the app was well. The proof is `Killing` after `Liveness probe failed`."
            ),
        ],
    }
}

/// Its command ends at once.
pub(super) fn command(app: &mut App) -> Fault {
    let (line, said) = pick(
        &mut app.rng,
        &[
            ("echo 'no settings: /etc/settings is missing' >&2; exit 1", "no settings: /etc/settings is missing"),
            ("echo 'warming up'; sleep 1; echo 'nothing left to do'", "nothing left to do"),
            ("exec start-server", "start-server: not found"),
        ],
    );
    app.container()["command"] = json!(["sh", "-c", line]);
    let (n, name, image) = (app.n(), app.name, app.image);
    let patch = json!([{"op": "remove", "path": "/spec/template/spec/containers/0/command"}]);
    Fault {
        solve: app.mended_by(format!("kubectl{n} patch deployment {name} --type=json -p '{patch}'")),
        hints: [
            [
                format!(
                    "컨테이너가 시작은 하는데 곧 끝납니다. 무엇이라고 했는지는 `kubectl{n} logs deployment/{name}`에 있습니다."
                ),
                format!("The container begins, and soon ends. What it said is in `kubectl{n} logs deployment/{name}`."),
            ],
            [
                format!(
                    "이미지 `{image}`는 그대로 두면 웹 서버를 시작합니다. Deployment의 `command`가 그것을 대신하고 있습니다."
                ),
                format!(
                    "Left alone, the image `{image}` starts a web server. The Deployment's `command` stands in its place."
                ),
            ],
        ],
        done: [
            format!(
                "`command`가 이미지의 시작 명령을 대신해 곧 끝나는 셸을 실행했습니다. 끝난 컨테이너는 다시 시작되고, 그때마다 더 오래 기다립니다(`CrashLoopBackOff`). \
                 로그에 남은 `{said}` 줄이 증거입니다."
            ),
            format!(
                "`command` took the place of what the image starts, by a shell that soon ends. A container that has ended is begun again, each time after \
                 a longer wait (`CrashLoopBackOff`). The proof is in its log: `{said}`."
            ),
        ],
    }
}
