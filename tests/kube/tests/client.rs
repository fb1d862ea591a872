//! The kube crate's client against `kube-playground serve`: list, watch, and a small controller of its own.
//! `cargo xtask test clients` builds the server and says where it is (`KUBE_PLAYGROUND`).

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::api::{
    Api, ApiResource, DeleteParams, DynamicObject, GroupVersionKind, ListParams, Patch, PatchParams, PostParams,
    WatchEvent, WatchParams,
};
use kube::runtime::controller::Action;
use kube::runtime::{Controller, WatchStreamExt as _, reflector, watcher};
use kube::{Client, Config, ResourceExt as _};
use serde_json::{Value, json};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A served cluster; gone when dropped.
struct Served {
    child: Child,
    client: Client,
}

impl Served {
    async fn start(name: &str) -> Served {
        let program = std::env::var("KUBE_PLAYGROUND").expect("KUBE_PLAYGROUND: the program");
        let kubeconfig: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.kubeconfig"));
        let _ = std::fs::remove_file(&kubeconfig);
        let child = Command::new(program)
            .args(["serve", "--port", "0", "--speed", "20", "--kubeconfig"])
            .arg(&kubeconfig)
            .stderr(Stdio::null())
            .spawn()
            .expect("kube-playground");
        let server = until("serve to begin", async || {
            let text = std::fs::read_to_string(&kubeconfig).ok().filter(|text| text.contains("current-context"))?;
            text.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned)
        })
        .await;
        let client = Client::try_from(Config::new(server.parse().expect("an address"))).expect("a client");
        Served { child, client }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn config_map(name: &str) -> ConfigMap {
    serde_json::from_value(json!({"metadata": {"name": name}, "data": {"a": "b"}})).expect("a ConfigMap")
}

/// Asks until the answer is there.
async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asked = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asked).await.unwrap_or_else(|_| panic!("{what} takes too long"))
}

#[tokio::test]
async fn objects_are_listed_in_pages_and_watched() {
    let served = Served::start("list").await;
    let pods: Api<Pod> = Api::namespaced(served.client.clone(), "kube-system");
    let all = pods.list(&ListParams::default()).await.expect("a list");
    let mut names = Vec::new();
    let mut page = ListParams::default().limit(2);
    loop {
        let list = pods.list(&page).await.expect("a page");
        assert!(list.items.len() <= 2);
        names.extend(list.items.iter().map(|pod| pod.name_any()));
        match list.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => page = page.continue_token(&token),
            None => break,
        }
    }
    assert_eq!(names, all.items.iter().map(|pod| pod.name_any()).collect::<Vec<_>>());
    assert!(names.iter().any(|name| name == "etcd-minikube"), "{names:?}");

    let maps: Api<ConfigMap> = Api::namespaced(served.client.clone(), "default");
    let version =
        maps.list(&ListParams::default()).await.expect("a list").metadata.resource_version.expect("a version");
    let mut events =
        pin!(maps.watch(&WatchParams::default().fields("metadata.name=one"), &version).await.expect("a watch"));
    maps.create(&PostParams::default(), &config_map("one")).await.expect("created");
    let patch = Patch::Merge(json!({"data": {"a": "c"}}));
    maps.patch("one", &PatchParams::default(), &patch).await.expect("patched");
    maps.delete("one", &DeleteParams::default()).await.expect("deleted");
    let mut seen = Vec::new();
    while seen.len() < 3 {
        let event =
            tokio::time::timeout(PATIENCE, events.try_next()).await.expect("an event in time").expect("an event");
        seen.push(match event.expect("no end") {
            WatchEvent::Added(map) => ("added", map.data.unwrap_or_default()["a"].clone()),
            WatchEvent::Modified(map) => ("modified", map.data.unwrap_or_default()["a"].clone()),
            WatchEvent::Deleted(map) => ("deleted", map.data.unwrap_or_default()["a"].clone()),
            other => panic!("{other:?}"),
        });
    }
    let expected = [("added", "b"), ("modified", "c"), ("deleted", "c")];
    assert_eq!(seen, expected.map(|(event, value)| (event, value.to_owned())));

    let missing = maps.get("one").await.expect_err("gone");
    let kube::Error::Api(status) = missing else { panic!("{missing}") };
    assert_eq!((status.code, status.message.as_str()), (404, "configmaps \"one\" not found"));
}

#[tokio::test]
async fn a_reflector_follows_what_there_is() {
    let served = Served::start("reflector").await;
    let maps: Api<ConfigMap> = Api::namespaced(served.client.clone(), "default");
    for streams in [false, true] {
        let config = watcher::Config::default();
        // With initial events in the watch, or with a list before it.
        let config = if streams { config.streaming_lists() } else { config };
        let (reader, writer) = reflector::store();
        let stream = watcher(maps.clone(), config).default_backoff().reflect(writer).applied_objects();
        let task = tokio::spawn(async move { stream.for_each(|_| async {}).await });
        reader.wait_until_ready().await.expect("ready");
        let name = format!("streams-{streams}");
        maps.create(&PostParams::default(), &config_map(&name)).await.expect("created");
        until("an object to come", async || reader.find(|map| map.name_any() == name)).await;
        maps.delete(&name, &DeleteParams::default()).await.expect("deleted");
        until("an object to go", async || reader.find(|map| map.name_any() == name).is_none().then_some(())).await;
        task.abort();
    }
}

/// What a controller works with.
struct Context {
    client: Client,
    resource: ApiResource,
}

/// A ConfigMap of the same name, owned by the Greeting, and a status.
async fn reconcile(greeting: Arc<DynamicObject>, context: Arc<Context>) -> Result<Action, kube::Error> {
    let (name, namespace) = (greeting.name_any(), greeting.namespace().unwrap_or_default());
    let text = format!("Hello, {}!", greeting.data["spec"]["to"].as_str().unwrap_or_default());
    let maps: Api<ConfigMap> = Api::namespaced(context.client.clone(), &namespace);
    let map = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "data": {"text": text},
        "metadata": {"name": name, "ownerReferences": [{
            "apiVersion": "example.com/v1", "kind": "Greeting", "name": name,
            "uid": greeting.metadata.uid, "controller": true,
        }]},
    });
    maps.patch(&name, &PatchParams::apply("greeter").force(), &Patch::Apply(map)).await?;
    let greetings: Api<DynamicObject> = Api::namespaced_with(context.client.clone(), &namespace, &context.resource);
    let status = json!({"status": {"said": text, "observedGeneration": greeting.metadata.generation}});
    greetings.patch_status(&name, &PatchParams::default(), &Patch::Merge(status)).await?;
    Ok(Action::await_change())
}

#[tokio::test]
async fn a_controller_keeps_a_config_map_for_each_custom_object() {
    let served = Served::start("controller").await;
    let client = served.client.clone();
    let definition =
        ApiResource::from_gvk(&GroupVersionKind::gvk("apiextensions.k8s.io", "v1", "CustomResourceDefinition"));
    let definitions: Api<DynamicObject> = Api::all_with(client.clone(), &definition);
    let text = json!({"type": "string"});
    let schema = json!({"type": "object", "properties": {
        "spec": {"type": "object", "required": ["to"], "properties": {"to": text}},
        "status": {"type": "object", "properties": {"said": text, "observedGeneration": {"type": "integer"}}},
    }});
    let greetings_definition: DynamicObject = serde_json::from_value(json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "greetings.example.com"},
        "spec": {
            "group": "example.com", "scope": "Namespaced",
            "names": {"plural": "greetings", "singular": "greeting", "kind": "Greeting"},
            "versions": [{
                "name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": schema},
            }],
        },
    }))
    .expect("a definition");
    definitions.create(&PostParams::default(), &greetings_definition).await.expect("defined");
    until("the definition", async || {
        let found = definitions.get("greetings.example.com").await.ok()?;
        let conditions = found.data["status"]["conditions"].as_array().cloned().unwrap_or_default();
        conditions.iter().any(|one| one["type"] == "Established" && one["status"] == "True").then_some(())
    })
    .await;

    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("example.com", "v1", "Greeting"));
    let greetings: Api<DynamicObject> = Api::namespaced_with(client.clone(), "default", &resource);
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), "default");
    let context = Arc::new(Context { client: client.clone(), resource: resource.clone() });
    let controller = Controller::new_with(greetings.clone(), watcher::Config::default(), resource.clone())
        .owns(maps.clone(), watcher::Config::default())
        .run(reconcile, |_, _, _| Action::requeue(Duration::from_secs(1)), context);
    let task = tokio::spawn(controller.for_each(|_| async {}));

    let greeting = |to: &str| -> DynamicObject {
        let object = json!({
            "apiVersion": "example.com/v1", "kind": "Greeting", "metadata": {"name": "first"}, "spec": {"to": to},
        });
        serde_json::from_value(object).expect("a Greeting")
    };
    greetings.create(&PostParams::default(), &greeting("Kim")).await.expect("created");
    let said = async |expected: &str| {
        until("the ConfigMap", async || {
            let map = maps.get_opt("first").await.expect("an answer")?;
            (map.data.as_ref()?.get("text")? == expected).then_some(map)
        })
        .await
    };
    let map = said("Hello, Kim!").await;
    assert_eq!(map.owner_references()[0].name, "first");
    until("the status", async || {
        let status = greetings.get_status("first").await.expect("a Greeting").data["status"].clone();
        (status == json!({"said": "Hello, Kim!", "observedGeneration": 1})).then_some(())
    })
    .await;
    let refused = greetings.patch("first", &PatchParams::default(), &Patch::Merge(json!({"spec": {"to": 1}}))).await;
    let Err(kube::Error::Api(status)) = refused else { panic!("{refused:?}") };
    assert_eq!(status.code, 422, "{}", status.message);

    // What the person changes and what is taken away is put right.
    let patch: Value = json!({"spec": {"to": "Lee"}});
    greetings.patch("first", &PatchParams::default(), &Patch::Merge(patch)).await.expect("patched");
    said("Hello, Lee!").await;
    maps.delete("first", &DeleteParams::default()).await.expect("deleted");
    said("Hello, Lee!").await;

    // What is owned goes with its owner.
    greetings.delete("first", &DeleteParams::background()).await.expect("deleted");
    until("the ConfigMap to go", async || maps.get_opt("first").await.expect("an answer").is_none().then_some(()))
        .await;
    task.abort();
}
