//! `kube-webhook-certgen`: the Jobs of ingress-nginx that make a certificate for its admission webhook, which nothing here calls.

use api::{Method, Request};
use machine::{ExitStatus, Process, Program};
use serde_json::json;
use userland::tls;

use crate::control::{WeakShared, upgrade};

/// `kube-webhook-certgen create|patch --namespace=… --secret-name=…`.
pub(crate) fn program(world: WeakShared) -> Program {
    Program::with("kube-webhook-certgen", move |process| {
        let world = world.clone();
        Box::pin(async move { ExitStatus::check(run(process, &world).await) })
    })
}

async fn run(process: Process, world: &WeakShared) -> i32 {
    let Some(world) = upgrade(world) else { return 1 };
    let args = process.args().to_vec();
    let value = |name: &str| args.iter().find_map(|arg| arg.strip_prefix(name)).unwrap_or_default();
    let (namespace, secret) = (value("--namespace="), value("--secret-name="));
    match args.get(1).map(String::as_str) {
        Some("create") => {
            let names: Vec<String> = value("--host=").split(',').map(|name| format!("DNS:{name}")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let day = |days: i64| sim::Time::from_unix_secs(process.now().unix_secs() + days * 86_400);
            let certificate = tls::self_signed(&[("O", "nil1"), ("CN", "nil1")], &names, day(0), day(36_500));
            let encoded = api::base64::encode(tls::pem(&certificate).as_bytes());
            let mut request = Request::new(Method::Post, format!("/api/v1/namespaces/{namespace}/secrets"));
            request.body = json!({
                "apiVersion": "v1", "kind": "Secret", "metadata": {"name": secret, "namespace": namespace},
                "data": {"ca": encoded, "cert": encoded, "key": encoded}, "type": "Opaque",
            });
            world.handle(&request);
            process.err(&format!("W {}\n", "client_config.go:667] Neither --kubeconfig nor --master was specified.  Using the inClusterConfig.  This might not work.")).await;
            0
        }
        Some("patch") => 0,
        _ => {
            process.out("Use this to create a ca and signed certificates and patch admission webhooks to allow for quick\n installation and configuration of validating and admission webhooks.\n").await;
            0
        }
    }
}
