//! `kubectl api-resources` and `kubectl api-versions`

use api::resources;

use crate::command::Verb;
use crate::error::plain;
use crate::flags::{Flag, Takes, flag};
use crate::tabwriter::{GET, align};

const FLAGS: &[Flag] = &[
    flag("api-group", ' ', Takes::Text, "", "Limit to resources in the specified API group."),
    flag("cached", ' ', Takes::Bool, "false", "Use the cached list of resources if available."),
    flag("categories", ' ', Takes::List, "", "Limit to resources that belong to the specified categories."),
    flag(
        "namespaced",
        ' ',
        Takes::Bool,
        "true",
        "If false, non-namespaced resources will be returned, otherwise returning namespaced resources by default.",
    ),
    flag(
        "no-headers",
        ' ',
        Takes::Bool,
        "false",
        "When using the default or custom-column output format, don't print headers.",
    ),
    flag("output", 'o', Takes::Text, "", "Output format. One of: (wide, name)."),
    flag(
        "sort-by",
        ' ',
        Takes::Text,
        "",
        "If non-empty, sort list of resources using specified field. One of (name, kind).",
    ),
    flag("verbs", ' ', Takes::List, "", "Limit to resources that support the specified verbs."),
];

/// `kubectl api-resources`
pub static API_RESOURCES: Verb = Verb {
    name: "api-resources",
    aliases: &[],
    usage: "[flags] [options]",
    short: "Print the supported API resources on the server",
    long: "",
    examples: &[
        "kubectl api-resources",
        "kubectl api-resources --namespaced=true",
        "kubectl api-resources --api-group=rbac.authorization.k8s.io",
    ],
    flags: &[FLAGS],
    run: |session, args| {
        Box::pin(async move {
            if let Some(word) = args.words.first() {
                return plain(format!(
                    "unexpected arguments: [{word}]\nSee 'kubectl api-resources -h' for help and examples"
                ));
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
            api::order::sort_by(&mut shown, |a, b| key(a).cmp(&key(b)));
            let wide = match args.text("output") {
                "name" => {
                    let names: String = shown.iter().map(|resource| format!("{}\n", resource.key())).collect();
                    session.out(&names).await;
                    return Ok(());
                }
                "wide" => true,
                "" => false,
                other => return plain(format!("--output {other} is not available")),
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
    usage: "",
    short: "Print the supported API versions on the server, in the form of \"group/version\"",
    long: "",
    examples: &["kubectl api-versions"],
    flags: &[],
    run: |session, _| {
        Box::pin(async move {
            let mut versions: Vec<String> =
                resources().iter().chain(session.custom_resources()).map(api::Resource::api_version).collect();
            api::order::sort_texts(&mut versions);
            versions.dedup();
            session.out(&(versions.join("\n") + "\n")).await;
            Ok(())
        })
    },
};
