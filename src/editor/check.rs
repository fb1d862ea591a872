//! What `kubectl apply` would complain about, with the place in the text: first what a file alone shows, then what the API
//! server says to a dry run.

use api::{Method, PatchType, Request, Status, path, resource_of_kind, schema, strategic};
use lesson::Lang;
use manifest::{Diagnostic, Document, Severity};
use playground::Playground;
use serde_json::{Map, Value};

use crate::text::help;

/// Something wrong with a file.
#[derive(Clone, PartialEq, Debug)]
pub struct Problem {
    /// kubectl takes it, but it is probably not meant.
    pub warning: bool,
    /// In kubectl's words.
    pub message: String,
    /// What to do about it, in the person's language.
    pub help: Option<String>,
    /// The line, from 1.
    pub line: usize,
    /// From and to, in UTF-16 units from 0; `None` is the whole line.
    pub columns: Option<(usize, usize)>,
    /// What the marked text should be.
    pub fix: Option<String>,
}

/// Looks at a file. Only YAML and JSON can be wrong.
pub fn problems(file: &str, text: &str, playground: &Playground, lang: Lang) -> Vec<Problem> {
    if ![".yaml", ".yml", ".json"].iter().any(|end| file.ends_with(end)) || text.trim().is_empty() {
        return Vec::new();
    }
    let mut found = manifest::diagnose(text);
    if !found.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        for document in &manifest::parse(text).documents {
            found.extend(refused(document, playground));
        }
    }
    found.iter().map(|diagnostic| problem(text, diagnostic, lang)).collect()
}

/// What the server says to a dry run: of making the object or, when it is there already, of what `kubectl apply` would change
/// of it. A live object's own addresses and ports are its own then.
fn refused(document: &Document, playground: &Playground) -> Vec<Diagnostic> {
    let object = &document.value;
    let Some(resource) = resource_of_kind(path::str(object, "apiVersion"), path::str(object, "kind")) else {
        return Vec::new();
    };
    let namespace = match path::str(object, "metadata.namespace") {
        "" => "default",
        namespace => namespace,
    };
    let name = Some(path::str(object, "metadata.name")).filter(|name| !name.is_empty());
    let current = name.and_then(|name| {
        let request = Request::new(Method::Get, resource.path(Some(namespace), Some(name)));
        Some((name, playground.get(&request))).filter(|(_, found)| found["kind"] != "Status")
    });
    let request = match current {
        Some((name, current)) => {
            let mut request = Request::new(Method::Patch, resource.path(Some(namespace), Some(name)));
            let original = Value::Object(Map::new());
            let body = match schema::struct_of(resource) {
                Some(kind) => {
                    request.patch = Some(PatchType::Strategic);
                    strategic::three_way(&original, object, &current, Some(kind)).unwrap_or_else(|_| object.clone())
                }
                None => {
                    request.patch = Some(PatchType::Merge);
                    object.clone()
                }
            };
            request.with_body(body)
        }
        None => Request::new(Method::Post, resource.path(Some(namespace), None)).with_body(object.clone()),
    };
    let request = request.with_query("dryRun", "All").with_query("fieldValidation", "Strict");
    let answer = playground.get(&request);
    if answer["kind"] != "Status" || answer["status"] != "Failure" || answer["code"] == 409 {
        return Vec::new();
    }
    manifest::place_status(document, &Status::from_value(&answer))
}

fn problem(text: &str, diagnostic: &Diagnostic, lang: Lang) -> Problem {
    let span = diagnostic.span;
    let line = text.lines().nth(span.line.saturating_sub(1)).unwrap_or_default();
    // Columns count characters; the editor counts UTF-16 units.
    let units = |column: usize| line.chars().take(column.saturating_sub(1)).map(char::len_utf16).sum();
    let columns = (span.end_column > span.column).then(|| (units(span.column), units(span.end_column)));
    Problem {
        warning: diagnostic.severity == Severity::Warning,
        message: diagnostic.message.clone(),
        help: diagnostic.help.as_ref().map(|advice| help::advice(advice, lang)),
        line: span.line.max(1),
        columns,
        fix: diagnostic.help.as_ref().and_then(|advice| advice.fix.clone()),
    }
}

#[cfg(test)]
mod tests {
    use playground::Settings;
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    fn runs(playground: &mut Playground, line: &str) {
        let terminal = playground.terminals().first().copied().unwrap_or_else(|| playground.open_terminal(200, 50));
        playground.input(terminal, format!("{line}\r").as_bytes());
        let until = playground.now() + sim::Duration::from_secs(20);
        while playground.advance(until, 10_000).out_of_fuel {}
    }

    #[wasm_bindgen_test]
    fn a_healthy_live_object_has_no_problem_and_a_change_that_is_refused_has_one() {
        let mut playground = Playground::new(Settings::default());
        let manifests = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: NodePort, ports: [{port: 80, nodePort: 30080}], selector: {a: b}}\n\
             ---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n    spec: {containers: [{name: c, image: nginx}]}\n\
             ---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n";
        playground.save_file("all.yaml", manifests.as_bytes());
        runs(&mut playground, "kubectl apply -f all.yaml");
        for object in [
            "service/web",
            "deployment/web",
            "pod -l a=b",
            "pvc/data",
            "node/minikube",
            "namespace/default",
            // Two of its ports have one number.
            "service/kube-dns -n kube-system",
        ] {
            runs(&mut playground, &format!("kubectl get {object} -o yaml > live.yaml"));
            let text = String::from_utf8(playground.read_file("live.yaml").unwrap_or_default()).unwrap_or_default();
            assert!(text.contains("uid:"), "{object}: {text}");
            let found = problems("live.yaml", &text, &playground, Lang::En);
            assert!(found.is_empty(), "{object}: {found:?}");
        }
        let found = problems("all.yaml", manifests, &playground, Lang::En);
        assert!(found.is_empty(), "a port of its own is called taken: {found:?}");
        for (from, to, says) in [
            ("matchLabels: {a: b}", "matchLabels: {a: c}", "field is immutable"),
            ("storage: 1Gi", "storage: 1Gi, sise: 1", "sise"),
            ("port: 80,", "port: 80000,", "80000"),
            ("name: web}\nspec: {type", "name: other}\nspec: {type", "already allocated"),
        ] {
            let found = problems("all.yaml", &manifests.replace(from, to), &playground, Lang::En);
            assert!(found.iter().any(|problem| problem.message.contains(says)), "{to}: {found:?}");
        }
    }
}
