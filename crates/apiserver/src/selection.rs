//! The label and field selectors of a list or a watch.

use api::{FieldSelector, LabelSelector, Reason, Request, Resource, Status, path};
use serde_json::Value;

/// The selectors of a request, checked against what the resource supports.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    labels: LabelSelector,
    fields: FieldSelector,
}

impl Selection {
    /// Reads `labelSelector` and `fieldSelector`; a name selects by `metadata.name`.
    ///
    /// # Errors
    /// 400 with the parser's message, or `field label not supported: …`.
    pub fn new(resource: &Resource, name: &str, request: &Request) -> Result<Self, Status> {
        let bad = |message: String| Status::new(Reason::BadRequest, message);
        let labels = LabelSelector::parse(request.query("labelSelector").unwrap_or_default())
            .map_err(|error| bad(error.to_string()))?;
        let mut fields = FieldSelector::parse(request.query("fieldSelector").unwrap_or_default())
            .map_err(|error| bad(error.to_string()))?;
        for term in &fields.0 {
            if !supported(resource, &term.field) {
                let message = if has_own_conversion(resource) {
                    format!("field label not supported: {}", term.field)
                } else {
                    let known = "only \"metadata.name\", \"metadata.namespace\"";
                    format!("{:?} is not a known field selector: {known}", term.field)
                };
                return Err(bad(message));
            }
        }
        if !name.is_empty() {
            let field = "metadata.name".to_owned();
            fields.0.push(api::selector::FieldRequirement { field, equal: true, value: name.to_owned() });
        }
        Ok(Selection { labels, fields })
    }

    /// Whether every object is selected.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.0.is_empty()
    }

    /// Whether an object is selected.
    pub fn matches(&self, object: &Value) -> bool {
        (self.labels.is_empty() || self.labels.matches(&object["metadata"]["labels"]))
            && self.fields.0.iter().all(|term| (field(object, &term.field) == term.value) == term.equal)
    }

    /// The one name that can match, if the fields say so.
    pub fn name(&self) -> Option<&str> {
        self.fields.required("metadata.name")
    }
}

/// A field as text; what is missing is empty, and of Pods' booleans and Nodes' `false`, as the registries have it.
fn field(object: &Value, field: &str) -> String {
    let kind = path::str(object, "kind");
    match field {
        "spec.unschedulable" | "spec.hostNetwork" => path::bool(object, field).to_string(),
        "status.successful" => path::int(object, "status.succeeded").unwrap_or_default().to_string(),
        "status.replicas" => path::int(object, field).unwrap_or_default().to_string(),
        "status.podIP" => path::str(object, field).to_owned(),
        "source" if kind == "Event" => {
            let source = path::str(object, "source.component");
            if source.is_empty() { path::str(object, "reportingComponent").to_owned() } else { source.to_owned() }
        }
        "reportingComponent" if kind == "Event" => path::str(object, "reportingComponent").to_owned(),
        "status.phase" if kind == "Namespace" => path::str(object, field).to_owned(),
        _ => path::str(object, field).to_owned(),
    }
}

/// Whether a field can be selected by, resource by resource (kubernetes/pkg/apis/*/v1/conversion.go).
fn supported(resource: &Resource, field: &str) -> bool {
    let more: &[&str] = match resource.key() {
        "pods" => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ],
        "nodes" => &["spec.unschedulable"],
        "namespaces" => &["status.phase"],
        "secrets" => &["type"],
        "services" => &["spec.clusterIP", "spec.type"],
        "replicationcontrollers" | "replicasets.apps" => &["status.replicas"],
        "jobs.batch" => &["status.successful"],
        "events" | "events.events.k8s.io" => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        "certificatesigningrequests.certificates.k8s.io" => &["spec.signerName"],
        _ => &[],
    };
    field == "metadata.name" || (field == "metadata.namespace" && resource.namespaced) || more.contains(&field)
}

/// The kinds with a conversion of their own say `field label not supported: x`; the others name what they know.
fn has_own_conversion(resource: &Resource) -> bool {
    matches!(
        resource.key(),
        "pods"
            | "nodes"
            | "namespaces"
            | "secrets"
            | "services"
            | "replicationcontrollers"
            | "events"
            | "events.events.k8s.io"
            | "certificatesigningrequests.certificates.k8s.io"
    )
}
