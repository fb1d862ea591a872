//! A Pod's volumes.

use std::collections::BTreeSet;
use std::fmt::Arguments;

use api::{Quantity, names, path};
use serde_json::Value;

use super::{Errors, one_of};

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
                one_of(source, "medium", here, &["", "HugePages", "Memory"], errors);
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
                required("path", errors);
            }
            _ => {}
        }
        if matches!(kind.as_str(), "secret" | "configMap") {
            for (index, item) in path::list(source, "items").iter().enumerate() {
                for name in ["key", "path"] {
                    if path::str(item, name).is_empty() {
                        errors.required(format_args!("{here}.items[{index}].{name}"), "");
                    }
                }
            }
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
