//! Describers, one a kind: what `kubectl describe` says (k8s.io/kubectl/pkg/describe).

mod batch;
mod certificate;
mod config;
mod endpoints;
mod events;
mod generic;
mod limits;
mod networking;
mod node;
mod pod;
mod policy;
mod service;
mod storage;
mod template;
mod text;
mod workload;

use serde_json::Value;

use crate::error::Outcome;
use crate::session::Session;
use crate::tabwriter::{DESCRIBE, align};
use crate::target::Target;
use text::Text;

pub use template::pod_template;
pub use workload::replica_sets as replica_sets_of;

/// Describes an object; `None` for events leaves them out.
///
/// # Errors
/// What the server refuses of what belongs to the object.
pub async fn describe(session: &Session, target: &Target, show_events: bool) -> Outcome<String> {
    let events = match show_events {
        true => Some(events::search(session, target).await),
        false => None,
    };
    let mut text = Text::default();
    let object = &target.object;
    match target.resource.key() {
        "pods" => pod::describe(&mut text, object, session.now()),
        "deployments.apps" => workload::deployment(&mut text, session, object).await?,
        "replicasets.apps" | "replicationcontrollers" => workload::replica_set(&mut text, session, object).await?,
        "statefulsets.apps" => workload::stateful_set(&mut text, session, object).await?,
        "daemonsets.apps" => workload::daemon_set(&mut text, session, object).await?,
        "jobs.batch" => batch::job(&mut text, object),
        "cronjobs.batch" => batch::cron_job(&mut text, object),
        "services" => service::describe(&mut text, session, object).await?,
        "endpoints" => endpoints::endpoints(&mut text, object),
        "endpointslices.discovery.k8s.io" => endpoints::endpoint_slice(&mut text, object),
        "persistentvolumeclaims" => storage::claim(&mut text, session, object).await?,
        "persistentvolumes" => storage::volume(&mut text, object, session.now()),
        "storageclasses.storage.k8s.io" => storage::storage_class(&mut text, object),
        "nodes" => node::describe(&mut text, session, object).await?,
        "ingresses.networking.k8s.io" => networking::ingress(&mut text, session, object).await,
        "ingressclasses.networking.k8s.io" => networking::ingress_class(&mut text, object),
        "networkpolicies.networking.k8s.io" => return Ok(describe_without_events(object, networking::policy)),
        "priorityclasses.scheduling.k8s.io" => policy::priority_class(&mut text, object),
        "servicecidrs.networking.k8s.io" => networking::service_cidr(&mut text, object),
        "ipaddresses.networking.k8s.io" => networking::ip_address(&mut text, object),
        "csinodes.storage.k8s.io" => storage::csi_node(&mut text, object),
        "configmaps" => config::config_map(&mut text, object),
        // These are described without their events.
        "secrets" => return Ok(describe_without_events(object, config::secret)),
        "poddisruptionbudgets.policy" => policy::disruption_budget(&mut text, object),
        "limitranges" => return Ok(describe_without_events(object, limits::limit_range)),
        "horizontalpodautoscalers.autoscaling" => limits::autoscaler(&mut text, object),
        "resourcequotas" => return Ok(describe_without_events(object, policy::quota)),
        "roles.rbac.authorization.k8s.io" | "clusterroles.rbac.authorization.k8s.io" => {
            return Ok(describe_without_events(object, policy::role));
        }
        "rolebindings.rbac.authorization.k8s.io" | "clusterrolebindings.rbac.authorization.k8s.io" => {
            return Ok(describe_without_events(object, policy::role_binding));
        }
        "serviceaccounts" => config::service_account(&mut text, object),
        "namespaces" => {
            config::namespace(&mut text, session, object).await;
            return Ok(align(text.as_str(), DESCRIBE));
        }
        "certificatesigningrequests.certificates.k8s.io" => certificate::signing_request(&mut text, object)?,
        _ => generic::describe(&mut text, object),
    }
    if let Some(events) = events {
        events::describe(&mut text, &events, session.now());
    }
    Ok(align(text.as_str(), DESCRIBE))
}

fn describe_without_events(object: &Value, describe: fn(&mut Text, &Value)) -> String {
    let mut text = Text::default();
    describe(&mut text, object);
    align(text.as_str(), DESCRIBE)
}

/// A Pod template as `kubectl rollout history --revision` shows it: cells ended by tabs, not aligned.
pub fn template_with_tabs(template: &Value) -> String {
    let mut text = Text::default();
    pod_template(&mut text, template);
    text.as_str().to_owned()
}
