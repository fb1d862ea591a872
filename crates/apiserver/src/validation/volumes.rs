//! A Pod's volumes.

use std::collections::BTreeSet;
use std::fmt::Arguments;

use api::{Quantity, names, path};
use serde_json::Value;

use super::{Errors, container, one_of, storage};

const HOST_PATH_TYPES: &[&str] =
    &["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];

/// Checks the volumes; gives the names that mounts may use: those of the good ones.
pub fn volumes<'a>(volumes: &'a [Value], field: Arguments, errors: &mut Errors) -> BTreeSet<&'a str> {
    let mut good = BTreeSet::new();
    for (index, volume) in volumes.iter().enumerate() {
        let here = format_args!("{field}[{index}]");
        let before = errors.len();
        source(volume, here, errors);
        let name = path::str(volume, "name");
        if name.is_empty() {
            errors.required(format_args!("{here}.name"), "");
        } else {
            errors.invalid_all(format_args!("{here}.name"), name, &names::dns1123_label(name));
        }
        if good.contains(name) {
            errors.duplicate(format_args!("{here}.name"), name);
        }
        if errors.len() == before {
            good.insert(name);
        }
    }
    good
}

fn source(volume: &Value, field: Arguments, errors: &mut Errors) {
    let mut count = 0;
    for (kind, source) in volume.as_object().into_iter().flatten().filter(|(key, _)| *key != "name") {
        if source.is_null() {
            continue;
        }
        count += 1;
        let here = format_args!("{field}.{kind}");
        if count > 1 {
            errors.forbidden(here, "may not specify more than 1 volume type");
            continue;
        }
        let required = |name: &str, errors: &mut Errors| {
            if path::str(source, name).is_empty() {
                errors.required(format_args!("{here}.{name}"), "");
            }
        };
        match kind.as_str() {
            "emptyDir" => {
                let limit = source["sizeLimit"].as_str().and_then(|limit| Quantity::parse(limit).ok());
                if limit.is_some_and(|limit| limit.is_negative()) {
                    errors.forbidden(
                        format_args!("{here}.sizeLimit"),
                        "SizeLimit field must be a valid resource quantity",
                    );
                }
            }
            "hostPath" => {
                let path = path::str(source, "path");
                if path.is_empty() {
                    errors.required(format_args!("{here}.path"), "");
                } else if path.split('/').any(|part| part == "..") {
                    errors.invalid(format_args!("{here}.path"), path, "must not contain '..'");
                }
                one_of(source, "type", here, HOST_PATH_TYPES, errors);
            }
            "secret" => required("secretName", errors),
            "configMap" => required("name", errors),
            "persistentVolumeClaim" => required("claimName", errors),
            "nfs" => {
                required("server", errors);
                let path = path::str(source, "path");
                required("path", errors);
                if !path.is_empty() && !path.starts_with('/') {
                    errors.invalid(format_args!("{here}.path"), path, "must be an absolute path");
                }
            }
            "awsElasticBlockStore" => required("volumeID", errors),
            "gitRepo" => required("repository", errors),
            "csi" => required("driver", errors),
            "flexVolume" => required("driver", errors),
            "vsphereVolume" => required("volumePath", errors),
            "cinder" | "portworxVolume" => required("volumeID", errors),
            "photonPersistentDisk" => required("pdID", errors),
            "glusterfs" => {
                required("endpoints", errors);
                required("path", errors);
            }
            "rbd" => {
                if path::list(source, "monitors").is_empty() {
                    errors.required(format_args!("{here}.monitors"), "");
                }
                required("image", errors);
            }
            "cephfs" if path::list(source, "monitors").is_empty() => {
                errors.required(format_args!("{here}.monitors"), "");
            }
            "azureFile" => {
                required("secretName", errors);
                required("shareName", errors);
            }
            // Its path is that of the API's first version.
            "gcePersistentDisk" if path::str(source, "pdName").is_empty() => {
                errors.required(format_args!("{field}.persistentDisk.pdName"), "");
            }
            "image" => required("reference", errors),
            "ephemeral" => match source["volumeClaimTemplate"].get("spec") {
                None => errors.required(format_args!("{here}.volumeClaimTemplate"), ""),
                Some(spec) => storage::claim_spec(spec, format_args!("{here}.volumeClaimTemplate.spec"), errors),
            },
            "downwardAPI" => {
                for item in path::list(source, "items") {
                    downward_file(item, here, errors);
                }
            }
            "projected" => projected(source, here, errors),
            _ => {}
        }
        if matches!(kind.as_str(), "secret" | "configMap") {
            items(source, here, errors);
        }
        if matches!(kind.as_str(), "secret" | "configMap" | "downwardAPI" | "projected") {
            let mode = source["defaultMode"].as_i64().filter(|mode| !(0..=0o777).contains(mode));
            if let Some(mode) = mode {
                let why = "must be a number between 0 and 0777 (octal), both inclusive";
                errors.invalid(format_args!("{here}.defaultMode"), mode, why);
            }
        }
    }
    if count == 0 {
        errors.required(field, "must specify a volume type");
    }
}

/// The keys that a volume shows as files.
fn items(source: &Value, field: Arguments, errors: &mut Errors) {
    for (index, item) in path::list(source, "items").iter().enumerate() {
        let here = format_args!("{field}.items[{index}]");
        for name in ["key", "path"] {
            if path::str(item, name).is_empty() {
                errors.required(format_args!("{here}.{name}"), "");
            }
        }
        file_path(item, here, errors);
        mode(item, here, errors);
    }
}

/// `ValidateLocalNonReservedPath`
fn file_path(item: &Value, field: Arguments, errors: &mut Errors) {
    let path = path::str(item, "path");
    let here = format_args!("{field}.path");
    if path.starts_with('/') {
        errors.invalid(here, path, "must be a relative path");
    }
    if path.split('/').any(|part| part == "..") {
        errors.invalid(here, path, "must not contain '..'");
    } else if path.starts_with("..") {
        errors.invalid(here, path, "must not start with '..'");
    }
}

fn mode(item: &Value, field: Arguments, errors: &mut Errors) {
    if let Some(mode) = item["mode"].as_i64().filter(|mode| !(0..=0o777).contains(mode)) {
        let why = "must be a number between 0 and 0777 (octal), both inclusive";
        errors.invalid(format_args!("{field}.mode"), mode, why);
    }
}

/// A file that tells of the Pod; its errors name no index.
fn downward_file(item: &Value, field: Arguments, errors: &mut Errors) {
    const FIELDS: &[&str] =
        &["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];
    if path::str(item, "path").is_empty() {
        errors.required(format_args!("{field}.path"), "");
    }
    file_path(item, field, errors);
    match (&item["fieldRef"], &item["resourceFieldRef"]) {
        (Value::Null, Value::Null) => errors.required(field, "one of fieldRef and resourceFieldRef is required"),
        (Value::Null, reference) => {
            container::resource_reference(reference, true, format_args!("{field}.resourceFieldRef"), errors);
        }
        (reference, other) => {
            container::field_reference(reference, FIELDS, format_args!("{field}.fieldRef"), errors);
            if !other.is_null() {
                errors.invalid(field, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously");
            }
        }
    }
    mode(item, field, errors);
}

fn projected(source: &Value, field: Arguments, errors: &mut Errors) {
    for (index, source) in path::list(source, "sources").iter().enumerate() {
        let here = format_args!("{field}.sources[{index}]");
        for kind in ["secret", "configMap"] {
            let Some(keys) = source.get(kind).filter(|keys| keys.is_object()) else { continue };
            if path::str(keys, "name").is_empty() {
                errors.required(format_args!("{here}.{kind}.name"), "");
            }
            items(keys, format_args!("{here}.{kind}"), errors);
        }
        for item in path::list(&source["downwardAPI"], "items") {
            downward_file(item, format_args!("{here}.downwardAPI"), errors);
        }
        if let Some(token) = source.get("serviceAccountToken").filter(|token| token.is_object()) {
            let seconds = path::int(token, "expirationSeconds").unwrap_or_default();
            let place = format_args!("{here}.serviceAccountToken.expirationSeconds");
            if seconds < 600 {
                errors.invalid(place, seconds, "may not specify a duration less than 10 minutes");
            }
            if seconds > 1 << 32 {
                errors.invalid(place, seconds, "may not specify a duration larger than 2^32 seconds");
            }
            if path::str(token, "path").is_empty() {
                errors.required(format_args!("{here}.serviceAccountToken.path"), "");
            }
            file_path(token, format_args!("{here}.serviceAccountToken"), errors);
        }
    }
}
