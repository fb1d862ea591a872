//! How objects are written, for each resource.

use api::{Resource, path};
use serde_json::Value;

use super::validation::{self, Errors, Validation};
use super::{certificates, custom, defaults, prepare, resize};

/// How the objects of a resource are created and updated (`RESTCreateStrategy` and `RESTUpdateStrategy` of k8s.io/apiserver). That of
/// a custom resource goes by its schema.
pub struct Strategy {
    resource: &'static Resource,
    /// The schema of a custom resource's objects.
    schema: Option<&'static Value>,
    /// Whether `status` is a subresource: the main resource cannot change it, the subresource nothing else.
    pub has_status: bool,
    /// Whether `metadata.generation` counts changes of `spec`.
    pub has_generation: bool,
    default: fn(&mut Value),
    validation: Validation,
}

impl Strategy {
    /// The strategy of a resource.
    pub fn of(resource: &'static Resource) -> Strategy {
        Strategy {
            resource,
            schema: custom::schema_of(resource),
            has_status: resource.subresource("status").is_some(),
            has_generation: matches!(
                resource.group,
                "apps"
                    | "batch"
                    | "networking.k8s.io"
                    | "policy"
                    | "discovery.k8s.io"
                    | "apiextensions.k8s.io"
                    | "flowcontrol.apiserver.k8s.io"
                    | "admissionregistration.k8s.io"
                    | "scheduling.k8s.io"
            ) && !matches!(resource.plural, "controllerrevisions")
                || matches!(resource.key(), "pods" | "podtemplates" | "replicationcontrollers")
                || resource.definition.is_some(),
            default: defaults::of(resource.key()),
            validation: validation::of(resource.key()),
        }
    }

    /// Fills in what a new object leaves out.
    pub fn default(&self, object: &mut Value) {
        match self.schema {
            Some(schema) => custom::schema::default(schema, object),
            None => (self.default)(object),
        }
    }

    /// Fills in what a changed object leaves out. What an update of a status leaves as it was has its defaults, and no built-in
    /// status has any.
    pub fn default_update(&self, subresource: &str, new: &mut Value) {
        if subresource != "status" || self.schema.is_some() {
            self.default(new);
        }
    }

    /// Gives a new object the status that it begins with: controllers write the status, and what a client sends is dropped.
    pub fn reset_status(&self, object: &mut Value) {
        if !self.has_status || self.resource.key() == "events" {
            return;
        }
        match self.schema {
            Some(_) => _ = path::remove(object, "status"),
            None => prepare::reset_status(self.resource.key(), object),
        }
    }

    /// Sets what a new object has beside defaults. Its uid and name are set already.
    pub fn prepare_for_create(&self, object: &mut Value) {
        prepare::create(self.resource.key(), object);
    }

    /// Counts the generation of a changed object.
    pub fn count_generation(&self, new: &mut Value, old: &Value) {
        let differs = match self.schema {
            Some(_) => custom::content_differs(new, old, self.has_status),
            // A PodTemplate has a template in the place of a specification.
            None => ["spec", "template"].iter().any(|field| new.get(field) != old.get(field)),
        };
        if self.has_generation && differs {
            new["metadata"]["generation"] = (path::int(old, "metadata.generation").unwrap_or_default() + 1).into();
        }
    }

    /// Finds what is wrong with a new object, its metadata aside.
    pub fn validate(&self, object: &Value, errors: &mut Errors) {
        match self.schema {
            Some(schema) => custom::schema::validate(schema, object, errors),
            None => (self.validation.object)(object, errors),
        }
    }

    /// Finds what is wrong with a changed object or with the change, its metadata aside. Of a built-in status nothing is.
    pub fn validate_update(&self, subresource: &str, new: &Value, old: &Value, errors: &mut Errors) {
        if let Some(schema) = self.schema {
            return custom::schema::validate(schema, new, errors);
        }
        match subresource {
            _ if self.resource.key() == certificates::KEY => {
                certificates::validate_update(subresource, new, old, errors);
            }
            "" => {
                (self.validation.before)(new, old, errors);
                (self.validation.object)(new, errors);
                (self.validation.after)(new, old, errors);
            }
            "ephemeralcontainers" => validation::ephemeral_containers(new, old, errors),
            "resize" => {
                (self.validation.object)(new, errors);
                resize::validate(new, old, errors);
            }
            _ => {}
        }
    }
}
