//! Replacing what falls differently every time.

use std::sync::LazyLock;

use regex::Regex;

/// The rules of `tests/transcripts/reference/README.md`, in order: what to look for, what to put there.
static RULES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        // Timestamps.
        (r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})", "TIME"),
        (r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} [+-]\d{4}", "TIME"),
        (r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d+)?( [+-]\d{4}( UTC)?)?", "TIME"),
        // Identities.
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UID"),
        (r"sha256:[0-9a-f]{64}", "DIGEST"),
        (r"(docker|containerd)://[0-9a-f]{64}", "CONTAINER"),
        (r#"(resourceVersion"?: ?"?)\d+"#, "${1}N"),
        (r"(Resource Version: +)\d+", "${1}N"),
        (r"/tmp/(LIVE|MERGED)-\d+", "/tmp/$1-N"),
        (r"(/tmp/[a-z-]+-?)\d{6,}", "${1}N"),
        // Generated names: template hash and suffix, or one of them; then the suffix of a ReplicaSet's Pod.
        (r"-[bcdfghjklmnpqrstvwxz2456789]{8,10}\b(-[bcdfghjklmnpqrstvwxz2456789]{5}\b)?", "-HASH$1"),
        (r"=[bcdfghjklmnpqrstvwxz2456789]{8,10}\b", "=HASH"),
        (r#"(pod-template-hash"?: ?"?)[a-z0-9]+"#, "${1}HASH"),
        (r"-[bcdfghjklmnpqrstvwxz2456789]{5}\b", "-SUFFIX"),
        // Addresses and ports.
        (r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b", "IP"),
        (r"\b3[0-2]\d{3}\b", "PORT"),
        // Ages and durations, where they stand alone.
        (r"(^|[\s(=])(\d+y)?(\d+d)?(\d+h)?(\d+m)?(\d+(\.\d+)?(s|ms|µs))\b", "${1}AGE"),
        (r"(^|\s)(\d+y)?(\d+d)?(\d+h)?\d+m(\s|\)|$)", "${1}AGE$5"),
        (r"(^|\s)(\d+y)?(\d+d)?\d+h(\s|\)|$)", "${1}AGE$4"),
        (r"(^|\s)(\d+y)?\d+d(\s|\)|$)", "${1}AGE$3"),
        (r"<(unknown|invalid)>", "AGE"),
        (r"\(x\d+ over AGE\)", "(xN over AGE)"),
        // Lines and columns drawn as long as the values.
        (r"-{2,}", "--"),
    ]
    .into_iter()
    .map(|(pattern, with)| (Regex::new(pattern).expect("a rule"), with))
    .collect()
});

/// The ports that a manifest fixes; they are compared.
const FIXED_PORTS: &[&str] = &["30080", "30000", "32767"];

/// An output with everything volatile replaced, runs of spaces folded, and what may come in any order sorted.
pub fn normalize(output: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut events: Option<(usize, bool)> = None; // where a block of events begins, and whether it is `describe`'s
    for raw in output.lines() {
        // Images were "already present" in the recording.
        if is_image_event(raw) {
            continue;
        }
        let line = normalize_line(raw);
        let in_describe = raw.starts_with("  ") || raw.is_empty();
        if let Some((from, describe)) = events
            && ((describe && !in_describe) || raw.is_empty())
        {
            lines[from..].sort();
            events = None;
        }
        if raw.contains("spec: Forbidden: ") {
            lines.push(line);
            break; // what follows are Go structures
        }
        lines.push(line);
        if raw.starts_with("  ----") || raw.starts_with("LAST SEEN") {
            events = Some((lines.len(), raw.starts_with(' ')));
        }
    }
    if let Some((from, _)) = events {
        lines[from..].sort();
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines.join("\n")
}

fn is_image_event(line: &str) -> bool {
    let mut words = line.split_whitespace();
    words.any(|word| word == "Normal") && words.next().is_some_and(|word| word == "Pulling" || word == "Pulled")
}

fn normalize_line(line: &str) -> String {
    let mut line = line.replace('\t', " ");
    for (index, port) in FIXED_PORTS.iter().enumerate() {
        line = line.replace(port, &format!("«{index}»"));
    }
    for (rule, with) in RULES.iter() {
        // Twice, since two neighbours share the space between them.
        line = rule.replace_all(&line, *with).into_owned();
        line = rule.replace_all(&line, *with).into_owned();
    }
    for (index, port) in FIXED_PORTS.iter().enumerate() {
        line = line.replace(&format!("«{index}»"), port);
    }
    line.split_whitespace().map(sort_endpoints).collect::<Vec<_>>().join(" ")
}

/// `IP:80,IP:81`: endpoints come in any order.
fn sort_endpoints(word: &str) -> String {
    if !word.contains("IP") || !word.contains(',') {
        return word.to_owned();
    }
    let mut parts: Vec<&str> = word.split(',').collect();
    parts.sort_unstable();
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_falls_differently_is_replaced_and_nothing_else() {
        for (raw, expected) in [
            (
                "nginx-deployment-6c5f67b5f7-6n598   1/1  Running   0          4s",
                "nginx-deployment-HASH-SUFFIX 1/1 Running 0 AGE",
            ),
            ("nginx-deployment-6c5f67b5f7   3  3", "nginx-deployment-HASH 3 3"),
            (
                "my-nginx     NodePort    10.101.109.235   <none>        80:32468/TCP   1s",
                "my-nginx NodePort IP <none> 80:PORT/TCP AGE",
            ),
            ("fixed  NodePort 10.1.2.3 <none> 80:30080/TCP 5m26s", "fixed NodePort IP <none> 80:30080/TCP AGE"),
            ("  resourceVersion: \"246\"", "resourceVersion: \"N\""),
            ("  uid: 7549b847-ea96-4aab-a48c-a14b6873e6cd", "uid: UID"),
            ("Warning  X  2s (x2 over 2s)  me", "Warning X AGE (xN over AGE) me"),
            ("CreationTimestamp:  Sun, 22 Nov 2026 10:26:07 +0000", "CreationTimestamp: TIME"),
            ("Endpoints: 10.244.0.3:80,10.244.0.5:81,10.244.0.4:80", "Endpoints: IP:80,IP:80,IP:81"),
            ("kube-system   coredns-794dbfc84b-724mq   1/1", "kube-system coredns-HASH-SUFFIX 1/1"),
            ("Capacity:      10Mi", "Capacity: 10Mi"),
            ("minikube   Ready   control-plane   4m29s   v1.36.2", "minikube Ready control-plane AGE v1.36.2"),
            ("age 5m", "age AGE"),
            ("Status:        Terminating (lasts 0s)", "Status: Terminating (lasts AGE)"),
            ("\"nginx-deployment\" deleted", "\"nginx-deployment\" deleted"),
        ] {
            assert_eq!(normalize(raw), expected, "{raw}");
        }
        let events = "Events:\n  Type  Reason\n  ----  ----\n  Normal  B  2s\n  Normal  A  4s\n";
        let others =
            "Events:\n  Type  Reason\n  ----    ----\n  Normal  A  3s\n  Normal  Pulling  2s\n  Normal  B  3s\n";
        assert_eq!(normalize(events), normalize(others));
        assert_ne!(normalize("a 1\n"), normalize("a 2\n"));
        assert_eq!(normalize("x spec: Forbidden: y\nz"), normalize("x spec: Forbidden: y\nw"));
    }
}
