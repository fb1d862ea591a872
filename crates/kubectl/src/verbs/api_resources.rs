//! `kubectl api-resources` and `kubectl api-versions`

use api::resources;
use serde_json::{Value, json};

use crate::command::Verb;
use crate::error::{Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::printers;
use crate::tabwriter::{GET, align};

const FLAGS: &[Flag] = &[
    flag("api-group", ' ', Takes::Text, ""),
    flag("cached", ' ', Takes::Bool, "false"),
    flag("categories", ' ', Takes::List, ""),
    flag("namespaced", ' ', Takes::Bool, "true"),
    flag("no-headers", ' ', Takes::Bool, "false"),
    flag("output", 'o', Takes::Text, ""),
    flag("sort-by", ' ', Takes::Text, ""),
    flag("show-managed-fields", ' ', Takes::Bool, "false"),
    flag("verbs", ' ', Takes::List, ""),
];

/// `kubectl api-resources`
pub static API_RESOURCES: Verb = Verb {
    name: "api-resources",
    aliases: &[],
    flags: &[FLAGS],
    run: |session, args| {
        Box::pin(async move {
            unexpected(args, "api-resources")?;
            let format = args.text("output");
            if !["", "json", "kyaml", "name", "wide", "yaml"].contains(&format) {
                return plain(format!(
                    "unable to match a printer suitable for the output format {format:?}, allowed formats are: json,kyaml,name,wide,yaml"
                ));
            }
            if !matches!(args.text("sort-by"), "" | "name" | "kind") {
                return plain("--sort-by accepts only name or kind");
            }
            let custom = session.custom_resources();
            let mut shown: Vec<&api::Resource> = resources()
                .iter()
                .chain(custom)
                .filter(|resource| is_preferred(resource))
                .filter(|resource| !args.has("api-group") || resource.group == args.text("api-group"))
                .filter(|resource| !args.has("namespaced") || resource.namespaced == args.on("namespaced"))
                .filter(|resource| args.list("verbs").iter().all(|verb| resource.can(verb)))
                .filter(|resource| {
                    args.list("categories").iter().all(|category| resource.categories.contains(&category.as_str()))
                })
                .collect();
            let key = |resource: &&api::Resource| match args.text("sort-by") {
                "name" => ("", resource.plural),
                "kind" => ("", resource.kind),
                _ => (resource.group, resource.plural),
            };
            sim::order::sort_by(&mut shown, |a, b| key(a).cmp(&key(b)));
            let wide = format == "wide";
            if format == "name" {
                let names: String = shown.iter().map(|resource| format!("{}\n", resource.key())).collect();
                session.out(&names).await;
                return Ok(());
            }
            if !wide && !format.is_empty() {
                let resources: Vec<Value> = shown.into_iter().map(entry).collect();
                let list =
                    json!({"apiVersion": "v1", "groupVersion": "", "kind": "APIResourceList", "resources": resources});
                let output = printers::output(&*session.host, args, false)?;
                session.out(&printers::whole(&output, &list, true)?.unwrap_or_default()).await;
                return Ok(());
            }
            let mut text = String::new();
            if !args.on("no-headers") {
                text.push_str("NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND");
                text.push_str(if wide { "\tVERBS\tCATEGORIES\n" } else { "\n" });
            }
            for resource in shown {
                text.push_str(&format!(
                    "{}\t{}\t{}\t{}\t{}",
                    resource.plural,
                    resource.short_names.join(","),
                    resource.api_version(),
                    resource.namespaced,
                    resource.kind
                ));
                if wide {
                    text.push_str(&format!("\t{}\t{}", resource.verbs.join(","), resource.categories.join(",")));
                }
                text.push('\n');
            }
            session.out(&align(&text, GET)).await;
            Ok(())
        })
    },
};

/// Refuses arguments where none are wanted.
///
/// # Errors
/// In kubectl's words.
pub fn unexpected(args: &Args, command: &str) -> Outcome {
    if args.words.is_empty() {
        return Ok(());
    }
    let words = args.words.join(" ");
    plain(format!("unexpected arguments: [{words}]\nSee 'kubectl {command} -h' for help and examples"))
}

/// A resource as `-o json` shows it.
fn entry(resource: &api::Resource) -> Value {
    let mut entry = json!({
        "kind": resource.kind, "name": resource.plural, "namespaced": resource.namespaced,
        "singularName": resource.singular, "verbs": resource.verbs, "version": resource.version,
    });
    if !resource.group.is_empty() {
        entry["group"] = resource.group.into();
    }
    for (field, list) in [("shortNames", &resource.short_names), ("categories", &resource.categories)] {
        if !list.is_empty() {
            entry[field] = list.clone().into();
        }
    }
    entry
}

/// Whether this is the version that its group prefers: the first that knows the resource.
fn is_preferred(resource: &api::Resource) -> bool {
    let same = |other: &&api::Resource| other.group == resource.group && other.plural == resource.plural;
    resources().iter().find(same).is_none_or(|first| first.version == resource.version)
}

/// `kubectl api-versions`
pub static API_VERSIONS: Verb = Verb {
    name: "api-versions",
    aliases: &[],
    flags: &[],
    run: |session, args| {
        Box::pin(async move {
            unexpected(args, "api-versions")?;
            let mut versions: Vec<String> =
                resources().iter().chain(session.custom_resources()).map(api::Resource::api_version).collect();
            sim::order::sort_texts(&mut versions);
            versions.dedup();
            session.out(&(versions.join("\n") + "\n")).await;
            Ok(())
        })
    },
};
