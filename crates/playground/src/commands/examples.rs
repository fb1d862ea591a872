//! The example manifests of kubernetes.io, by their addresses: the same objects, fields and names, written anew for this
//! playground, which has no network to fetch the real files from.

/// Where the documentation's examples are: any of these, before the file's path.
const PLACES: [&str; 5] = [
    "https://k8s.io/examples/",
    "http://k8s.io/examples/",
    "https://kubernetes.io/examples/",
    "https://raw.githubusercontent.com/kubernetes/website/main/content/en/examples/",
    "https://raw.githubusercontent.com/kubernetes/website/master/content/en/examples/",
];

/// All of them: each begins with a line `### PATH`.
const EXAMPLES: &str = include_str!("../../data/examples.yaml");

/// The manifest at a URL; `None` when it is no example, or one that is not here.
pub(super) fn at(url: &str) -> Option<&'static str> {
    let path = PLACES.iter().find_map(|place| url.strip_prefix(place))?;
    let examples = EXAMPLES.split("### ").filter_map(|example| example.split_once('\n'));
    examples.into_iter().find(|(name, _)| *name == path).map(|(_, manifest)| manifest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Playground, Settings};

    #[test]
    fn an_example_is_found_by_each_of_its_addresses() {
        for place in PLACES {
            let manifest = at(&format!("{place}pods/simple-pod.yaml")).expect(place);
            assert!(manifest.starts_with("apiVersion: v1\nkind: Pod\n") && !manifest.contains("###"), "{manifest}");
        }
        assert_eq!(at("https://k8s.io/examples/pods/none.yaml"), None);
        assert_eq!(at("https://example.com/pods/simple-pod.yaml"), None);
    }

    /// Every one, as people type it: a Kubernetes that validates strictly takes it.
    #[test]
    fn every_example_is_applied_without_a_complaint() {
        let mut playground = Playground::new(Settings::default());
        let paths: Vec<&str> = EXAMPLES.lines().filter_map(|line| line.strip_prefix("### ")).collect();
        assert!(paths.len() > 50, "{paths:?}");
        let mut script = String::new();
        for namespace in ["mem-example", "cpu-example", "qos-example"] {
            script.push_str(&format!("# quiet kubectl create ns {namespace}\n"));
        }
        for path in paths {
            script.push_str(&format!("kubectl create --dry-run=server -f https://k8s.io/examples/{path}\n"));
        }
        let mut said = String::new();
        playground.run_script(&script, &mut |text| said.push_str(text));
        let unexpected = |line: &&str| {
            let is_typed = line.starts_with("$ ") || line.starts_with("# ");
            !is_typed
                && !line.ends_with("created (server dry run)")
                && !line.starts_with("Warning: spec.shareProcessNamespace")
        };
        let wrong: Vec<&str> = said.lines().filter(unexpected).collect();
        assert_eq!(wrong, Vec::<&str>::new());
    }
}
