//! `kubectl api-resources` and `kubectl api-versions`

use api::resources;

use crate::command::Verb;
use crate::error::plain;
use crate::flags::{Flag, Takes, flag};
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
            if let Some(word) = args.words.first() {
                return plain(format!(
                    "unexpected arguments: [{word}]\nSee 'kubectl api-resources -h' for help and examples"
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
            if !["", "name", "kind"].contains(&args.text("sort-by")) {
                return plain("--sort-by accepts only name or kind");
            }
            let key = |resource: &&api::Resource| match args.text("sort-by") {
                "name" => ("", resource.plural),
                "kind" => ("", resource.kind),
                _ => (resource.group, resource.plural),
            };
            sim::order::sort_by(&mut shown, |a, b| key(a).cmp(&key(b)));
            let wide = match args.text("output") {
                "name" => {
                    let names: String = shown.iter().map(|resource| format!("{}\n", resource.key())).collect();
                    session.out(&names).await;
                    return Ok(());
                }
                "wide" => true,
                "" => false,
                other => {
                    return plain(format!(
                        "unable to match a printer suitable for the output format {other:?}, allowed formats are: json,kyaml,name,wide,yaml"
                    ));
                }
            };
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
            if !args.words.is_empty() {
                return plain(format!(
                    "unexpected arguments: [{}]\nSee 'kubectl api-versions -h' for help and examples",
                    args.words.join(" ")
                ));
            }
            let mut versions: Vec<String> =
                resources().iter().chain(session.custom_resources()).map(api::Resource::api_version).collect();
            sim::order::sort_texts(&mut versions);
            versions.dedup();
            session.out(&(versions.join("\n") + "\n")).await;
            Ok(())
        })
    },
};
