//! The API, and what acts on objects.

use std::cell::RefCell;

use api::{Method, PatchType, Request};
use playground::{Answer, Playground};
use serde_json::{Value, json};
use sim::Duration;

use super::LARGEST;
use crate::worlds::world;

/// A world for one input: a copy of one that has run for a minute, so that no input depends on the one before.
pub(super) fn fresh() -> Playground {
    thread_local! {
        static READY: RefCell<Option<Playground>> = const { RefCell::new(None) };
    }
    READY.with_borrow_mut(|ready| {
        let ready = ready.get_or_insert_with(|| {
            let mut ready = world(1).without_checkpoints();
            pass(&mut ready, Duration::from_secs(60), 1_000_000);
            ready
        });
        ready.fork().expect("no command runs in it")
    })
}

/// Lets time pass, with so many steps at most.
pub(super) fn pass(world: &mut Playground, time: Duration, fuel: u64) {
    let until = world.now() + time;
    world.advance(until, fuel);
}

/// `METHOD PATH`, on the next line the body in JSON. It has an answer that is no internal error, and the API goes on.
///
/// # Panics
/// When it has not, or does not.
pub fn request(bytes: &[u8]) -> bool {
    let Some(request) = read(&String::from_utf8_lossy(bytes)) else { return false };
    let (mut world, mut taken) = (fresh(), true);
    if let Answer::Json { code, value, .. } = world.answer(&request) {
        taken = code < 400;
        // 500 without a reason is how the real server passes on an error of a patch that nothing interprets.
        let internal = code >= 500 && !value["reason"].is_null();
        assert!(code >= 200 && !internal, "{code} {value}");
        assert!(value.to_string().len() <= LARGEST, "a large answer");
        // What was stored is what was answered.
        let name = value["metadata"]["name"].as_str().unwrap_or_default();
        if code == 201 && request.method == Method::Post && !name.is_empty() && value["status"].is_null() {
            let stored = world.answer(&Request::get(format!("{}/{name}", request.path)));
            if let Answer::Json { code: 200, value: stored, .. } = stored {
                assert_eq!(stored["metadata"]["uid"], value["metadata"]["uid"]);
            }
        }
    }
    pass(&mut world, Duration::from_secs(1), 20_000);
    let health = world.answer(&Request::get("/version"));
    assert!(matches!(health, Answer::Json { code: 200, .. }), "it does not answer any more");
    taken
}

/// `None` for what is no request or has no JSON.
fn read(text: &str) -> Option<Request> {
    let (first, body) = text.split_once('\n')?;
    let (method, address) = first.split_once(' ')?;
    let (method, patch) = match method {
        "GET" => (Method::Get, None),
        "POST" => (Method::Post, None),
        "PUT" => (Method::Put, None),
        "DELETE" => (Method::Delete, None),
        "PATCH:Json" => (Method::Patch, Some(PatchType::Json)),
        "PATCH:Merge" => (Method::Patch, Some(PatchType::Merge)),
        "PATCH:Strategic" => (Method::Patch, Some(PatchType::Strategic)),
        "PATCH:Apply" => (Method::Patch, Some(PatchType::Apply)),
        _ => return None,
    };
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let mut request = Request::new(method, path);
    request.patch = patch;
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        request = request.with_query(name, value);
    }
    request.body = if body.is_empty() { Value::Null } else { serde_json::from_str(body).ok()? };
    Some(request)
}

/// CoreDNS' configuration: names are asked for under it, and the cluster goes on.
///
/// # Panics
/// When the cluster does not answer, or the shell does not.
pub fn corefile(bytes: &[u8]) -> bool {
    let mut world = fresh();
    let mut request = Request::new(Method::Patch, "/api/v1/namespaces/kube-system/configmaps/coredns");
    request.patch = Some(PatchType::Merge);
    request.body = json!({"data": {"Corefile": String::from_utf8_lossy(bytes)}});
    let Answer::Json { code: 200 | 422, .. } = world.answer(&request) else { panic!("no ConfigMap") };
    // Until the kubelet has written the file anew, and the server has read it.
    pass(&mut world, Duration::from_secs(150), 500_000);
    let mut said = String::new();
    for name in ["kubernetes.default.svc.cluster.local", "www.example.org", "a.b.c.cluster.local", "x"] {
        world.run_script(&format!("minikube ssh -- nslookup {name} 10.96.0.10; /bin/echo al''ive\n"), &mut |text| {
            said.push_str(text);
        });
    }
    assert_eq!(said.matches("\nalive").count(), 4, "{said}");
    assert!(said.len() <= 64 * 1024, "{} bytes", said.len());
    said.contains("\nAddress: 10.96.0.1\n")
}
