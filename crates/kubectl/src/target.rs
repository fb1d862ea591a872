//! What a command is about: objects named by arguments or by files (cli-runtime's resource builder).

use api::{Resource, find_resource, path, schema};
use serde_json::{Value, json};

use crate::discovery;
use crate::error::{Error, Outcome, plain};
use crate::files::{self, Manifest};
use crate::flags::Args;
use crate::kustomize;
use crate::session::Session;

/// An object a command is about.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its resource.
    pub resource: &'static Resource,
    /// Its namespace; empty for cluster-scoped ones.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The object as a file or the server has it.
    pub object: Value,
    /// The file it came from; empty for none.
    pub source: String,
}

impl Target {
    /// A target for an object the server sent.
    pub fn of(resource: &'static Resource, object: Value) -> Target {
        Target {
            resource,
            namespace: path::str(&object, "metadata.namespace").to_owned(),
            name: path::str(&object, "metadata.name").to_owned(),
            object,
            source: String::new(),
        }
    }

    /// `deployment.apps/web`, as results are reported.
    pub fn label(&self) -> String {
        format!("{}/{}", kind_label(self.resource), self.name)
    }
}

/// `pod`, `deployment.apps`
pub fn kind_label(resource: &Resource) -> String {
    let kind = resource.kind.to_lowercase();
    if resource.group.is_empty() { kind } else { format!("{kind}.{}", resource.group) }
}

/// What resource arguments mean.
#[derive(Clone, Debug)]
pub enum Selection {
    /// Whole kinds: `pods`, `deploy,rs`, `all`.
    Kinds(Vec<&'static Resource>),
    /// Objects by name.
    Names(Vec<(&'static Resource, String)>),
}

/// The built-in resource of a word.
///
/// # Errors
/// That there is none.
pub fn resource_of(word: &str) -> Outcome<&'static Resource> {
    find_resource(word).ok_or_else(|| Session::no_resource_type(word))
}

/// Reads `TYPE`, `TYPE NAME…`, `TYPE/NAME…` and `TYPE,TYPE`.
///
/// # Errors
/// In cli-runtime's words.
pub fn select_arguments(session: &Session, words: &[String]) -> Outcome<Selection> {
    if words.iter().any(|word| word.contains('/')) {
        let mut names = Vec::new();
        for word in words {
            let Some((kind, name)) = word.split_once('/') else {
                let verb = "get";
                return plain(format!(
                    "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl {verb} resource/<resource_name>' instead of 'kubectl {verb} resource resource/<resource_name>'"
                ));
            };
            if name.contains('/') {
                return plain("arguments in resource/name form may not have more than one slash");
            }
            if kind.is_empty() || name.is_empty() {
                return plain("arguments in resource/name form must have a single resource and name");
            }
            names.push((session.resource_of(kind)?, name.to_owned()));
        }
        return Ok(Selection::Names(names));
    }
    let Some((kinds, names)) = words.split_first() else { return Ok(Selection::Kinds(Vec::new())) };
    let mut resources: Vec<&'static Resource> = Vec::new();
    for word in kinds.split(',') {
        if word.is_empty() {
            return plain("arguments in resource/name form must have a single resource and name");
        }
        let category = session.in_category(word);
        if category.is_empty() { resources.push(session.resource_of(word)?) } else { resources.extend(category) }
    }
    if names.is_empty() {
        return Ok(Selection::Kinds(resources));
    }
    let mut named = Vec::new();
    for resource in resources {
        named.extend(names.iter().map(|name| (resource, name.clone())));
    }
    Ok(Selection::Names(named))
}

/// The targets in the files of `-f`. Errors of single files come beside what could be read.
///
/// # Errors
/// When the flags make no sense together.
pub async fn from_files(session: &Session, args: &Args) -> Outcome<(Vec<Target>, Vec<Error>)> {
    if args.has("kustomize") && args.has("filename") {
        return plain("only one of -f or -k can be specified");
    }
    let mut targets = Vec::new();
    let (manifests, mut errors) = match args.text("kustomize") {
        "" => files::read(session, args.list("filename"), args.on("recursive")).await,
        folder => {
            let built = kustomize::build(&*session.host, folder);
            for warning in built.warnings {
                session.err(&format!("{}\n", warning.trim_end())).await;
            }
            let manifest = |value| Manifest { value, source: folder.to_owned() };
            (built.objects?.into_iter().map(manifest).collect(), Vec::new())
        }
    };
    let unknown = |manifest: &Manifest| {
        let of = |field: &str| path::str(&manifest.value, field);
        session.resource_of_kind(of("apiVersion"), of("kind")).is_none()
    };
    if manifests.iter().any(unknown) {
        session.discover().await;
    }
    for manifest in manifests {
        match target_of(session, manifest) {
            Ok(target) => targets.push(target),
            Err(error) => errors.push(error),
        }
    }
    Ok((targets, errors))
}

fn target_of(session: &Session, manifest: Manifest) -> Outcome<Target> {
    let Manifest { value: object, source } = manifest;
    // Metadata is read before anything else, by what all kinds have in common.
    if let Some(kind) = schema::struct_of_kind("v1", "Namespace") {
        let mut metadata = json!({"metadata": object["metadata"]});
        if let Some(error) = schema::decode(kind, &mut metadata).error {
            let said = error.message.replace("Namespace.metadata ", "metadataOnlyObject.metadata ");
            return plain(format!("unable to decode {source:?}: {said}"));
        }
    }
    let kind = path::str(&object, "kind");
    let version = path::str(&object, "apiVersion");
    let (name, namespace) = (path::str(&object, "metadata.name"), path::str(&object, "metadata.namespace"));
    let Some(resource) = session.resource_of_kind(version, kind) else {
        return Err(discovery::no_match(name, namespace, &source, kind, version));
    };
    if resource.namespaced && session.explicit_namespace && !namespace.is_empty() && namespace != session.namespace {
        return plain(format!(
            "the namespace from the provided object {namespace:?} does not match the namespace {:?}. You must pass '--namespace={namespace}' to perform this operation.",
            session.namespace
        ));
    }
    let place = match namespace {
        _ if !resource.namespaced => String::new(),
        "" => session.namespace.clone(),
        namespace => namespace.to_owned(),
    };
    Ok(Target { resource, namespace: place, name: name.to_owned(), object, source })
}

/// What is said where objects must be named and none are.
pub const NO_RESOURCES: &str = "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'";

/// What is said where `--local` is given for objects of a server.
pub const LOCAL: &str = "you must specify resources by --filename when --local is set.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'";

/// As [`find`], for a command that does not go through whole kinds unless `-l` or `--all` says so.
///
/// # Errors
/// As [`find`]; when nothing is named.
pub async fn find_named(session: &Session, args: &Args) -> Outcome<(Vec<Target>, Vec<Error>)> {
    if args.names_files() || args.on("all") || !args.text("selector").is_empty() {
        return find(session, args, &args.words).await;
    }
    if args.words.is_empty() {
        return plain(NO_RESOURCES);
    }
    find_only_named(session, args).await
}

/// As [`find`], for a command that never goes through whole kinds.
///
/// # Errors
/// As [`find`]; where a kind is given without a name.
pub async fn find_only_named(session: &Session, args: &Args) -> Outcome<(Vec<Target>, Vec<Error>)> {
    if !args.names_files() && matches!(select_arguments(session, &args.words)?, Selection::Kinds(_)) {
        return plain("resource(s) were provided, but no name was specified");
    }
    find(session, args, &args.words).await
}

/// What a verb that takes names of nodes is given, each alone or as `nodes/NAME`, as words for [`find`].
pub fn of_nodes(words: &[String]) -> Vec<String> {
    let mut all = vec!["nodes".to_owned()];
    all.extend(words.iter().map(|word| match word.split_once('/') {
        Some(("no" | "node" | "nodes", name)) => name.to_owned(),
        _ => word.clone(),
    }));
    all
}

/// The targets that arguments, selectors and files name, as the server has them now.
///
/// # Errors
/// When the arguments make no sense; errors of single objects come beside what was found.
pub async fn find(session: &Session, args: &Args, words: &[String]) -> Outcome<(Vec<Target>, Vec<Error>)> {
    find_by(session, args, words, args.text("selector")).await
}

/// As [`find`], with this label selector.
///
/// # Errors
/// As [`find`].
pub async fn find_by(
    session: &Session,
    args: &Args,
    words: &[String],
    selector: &str,
) -> Outcome<(Vec<Target>, Vec<Error>)> {
    if args.names_files() {
        if !words.is_empty() {
            return plain(
                "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well",
            );
        }
        let (files, mut errors) = from_files(session, args).await?;
        if args.on("local") {
            return Ok((files, errors));
        }
        let mut found = Vec::new();
        for file in files {
            match session.get(file.resource, &file.namespace, &file.name).await {
                Ok(object) => found.push(Target { object, ..file }),
                Err(error) => errors.push(error),
            }
        }
        return Ok((found, errors));
    }
    match select_arguments(session, words)? {
        Selection::Names(_) if !selector.is_empty() => plain("name cannot be provided when a selector is specified"),
        Selection::Names(names) => {
            let (mut found, mut errors) = (Vec::new(), Vec::new());
            for (resource, name) in names {
                match session.get(resource, &session.namespace, &name).await {
                    Ok(object) => found.push(Target::of(resource, object)),
                    Err(error) => errors.push(error),
                }
            }
            Ok((found, errors))
        }
        Selection::Kinds(kinds) => {
            let namespace = if args.on("all-namespaces") { "" } else { &session.namespace };
            let query = [("labelSelector", selector), ("fieldSelector", args.text("field-selector"))];
            let (mut found, mut errors) = (Vec::new(), Vec::new());
            for resource in kinds {
                match session.list(resource, namespace, &query).await {
                    Ok(items) => found.extend(items.into_iter().map(|object| Target::of(resource, object))),
                    Err(error) => errors.push(error),
                }
            }
            Ok((found, errors))
        }
    }
}
