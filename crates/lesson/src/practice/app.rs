//! An app: a Deployment, a Service before it, and a Pod `client` to ask from.

use serde_json::{Value, json};
use sim::Rng;

/// Names of apps.
const NAMES: [&str; 14] = [
    "tea", "photos", "tickets", "mail", "menu", "library", "parcels", "radio", "garden", "museum", "bakery", "rides",
    "recipes", "weather",
];
/// Names of teams, whose namespace it may be in.
const TEAMS: [&str; 5] = ["blue", "night", "north", "river", "pilot"];
/// The ports by which it is asked for.
const PORTS: [u64; 5] = [80, 8080, 3000, 5000, 9090];
/// Names of labels.
const LABELS: [&str; 3] = ["app", "tier", "run"];

/// An app, and what breaks it.
pub(super) struct App {
    pub name: &'static str,
    pub namespace: String,
    pub image: &'static str,
    pub replicas: u64,
    /// The port of its Service, by which `client` asks.
    pub port: u64,
    pub label: &'static str,
    pub deployment: Value,
    pub service: Value,
    /// Objects that are made before it, and shell that runs before them once `client` is ready.
    pub more: Vec<Value>,
    pub before: String,
    /// The title in Korean and English, and a sentence on what is to work, where the usual ones do not fit.
    pub title: [String; 2],
    pub task: Option<[String; 2]>,
    /// The goal's words, and what checks it.
    pub goal: [String; 2],
    pub verify: String,
    pub rng: Rng,
}

impl App {
    pub fn draw(seed: u64) -> App {
        let mut rng = Rng::new(seed);
        let name = pick(&mut rng, &NAMES);
        let namespace = if rng.below(2) == 0 { "default" } else { pick(&mut rng, &TEAMS) }.to_owned();
        let (image, replicas) = (pick(&mut rng, &["nginx", "httpd"]), 1 + rng.below(3));
        let (port, label) = (pick(&mut rng, &PORTS), pick(&mut rng, &LABELS));
        let labels = json!({label: name});
        let deployment = json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": labels},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {
                        "terminationGracePeriodSeconds": 1,
                        "containers": [{"name": name, "image": image, "ports": [{"containerPort": 80}]}],
                    },
                },
            },
        });
        let service = json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"selector": labels, "ports": [{"port": port, "targetPort": 80}]},
        });
        let mut app = App {
            name,
            namespace,
            image,
            replicas,
            port,
            label,
            deployment,
            service,
            more: Vec::new(),
            before: String::new(),
            title: [format!("`{name}`에서 답이 없습니다"), format!("No answer from `{name}`")],
            task: None,
            goal: Default::default(),
            verify: String::new(),
            rng,
        };
        app.answers();
        app
    }

    /// The goal that it answers, with all its Pods.
    fn answers(&mut self) {
        let (n, name, url, replicas) = (self.n(), self.name, self.url(), self.replicas);
        self.goal = [
            format!("`{name}`의 Pod {replicas}개가 모두 준비되었고, `client`에서 `{url}` 주소로 응답이 옵니다"),
            match replicas {
                1 => format!("The Pod of `{name}` is ready, and `{url}` answers in `client`"),
                _ => format!("{replicas} Pods of `{name}` are ready, and `{url}` answers in `client`"),
            },
        ];
        let ready = format!("kubectl{n} get deployment {name} -o jsonpath='{{.status.readyReplicas}}' 2>/dev/null");
        self.verify = format!(
            "{SAY}ready=$({ready})\n[ \"${{ready:-0}}\" -ge {replicas} ] || {{ say \"{name}의 Pod {replicas}개 중 ${{ready:-0}}개가 준비되었습니다.\" \
             \"${{ready:-0}} of {replicas} Pods of {name} are ready.\"; exit 1; }}\n\
             kubectl{n} exec client -- curl -s -m 3 {url} >/dev/null 2>&1 && exit 0\n\
             say \"client에서 {url} 주소로 아직 응답이 없습니다.\" \"{url} does not answer in client yet.\"\nexit 1\n"
        );
    }

    /// What kubectl is told of the namespace.
    pub fn n(&self) -> String {
        if self.namespace == "default" { String::new() } else { format!(" -n {}", self.namespace) }
    }

    /// The address by which it is asked for.
    pub fn url(&self) -> String {
        let port = if self.port == 80 { String::new() } else { format!(":{}", self.port) };
        format!("http://{}{port}", self.name)
    }

    /// Its container.
    pub fn container(&mut self) -> &mut Value {
        &mut self.deployment["spec"]["template"]["spec"]["containers"][0]
    }

    /// A solution that patches its Deployment's Pods: a strategic patch of their `spec`.
    pub fn mended_pods(&self, spec: &Value) -> Vec<String> {
        let patch = json!({"spec": {"template": {"spec": spec}}});
        let (n, name) = (self.n(), self.name);
        self.mended_by(format!("kubectl{n} patch deployment {name} -p '{patch}'"))
    }

    /// A command that waits until all of its Pods are ready.
    pub fn wait(&self) -> String {
        format!("kubectl{} rollout status deployment/{} --timeout=300s", self.n(), self.name)
    }

    /// A solution of one command: after it the Pods become ready, and the Service is told of them.
    pub fn mended_by(&self, command: String) -> Vec<String> {
        vec![command, self.wait(), "sleep 2".to_owned()]
    }

    /// A word with two letters in each other's place: a slip of the fingers.
    pub fn mistyped(&mut self, word: &str) -> String {
        let mut letters: Vec<char> = word.chars().collect();
        let places: Vec<usize> = (1..letters.len() - 1).filter(|at| letters[*at] != letters[at + 1]).collect();
        match places.as_slice() {
            [] => letters.push('s'),
            places => {
                let at = pick(&mut self.rng, places);
                letters.swap(at, at + 1);
            }
        }
        letters.into_iter().collect()
    }

    /// What the student reads: what there is, and what is to work.
    pub fn text(&self, lang: usize) -> String {
        let (name, url, replicas, namespace) = (self.name, self.url(), self.replicas, &self.namespace);
        if let Some(task) = &self.task {
            return task[lang].clone();
        }
        let is_default = namespace == "default";
        if lang == 0 {
            let place = if is_default { String::new() } else { format!("네임스페이스 `{namespace}`에 ") };
            return format!(
                "{place}`{name}` 앱이 있습니다. Pod {replicas}개짜리 Deployment와 Service이고, 옆의 Pod `client`에서 `curl {url}`로 접속합니다. \
                 그런데 되지 않습니다. 원인을 찾아 고쳐 주세요. Pod은 {replicas}개 그대로 두어야 합니다."
            );
        }
        let place = if is_default { String::new() } else { format!(" in the namespace `{namespace}`") };
        let pods = if replicas == 1 { "1 Pod".to_owned() } else { format!("{replicas} Pods") };
        format!(
            "The app `{name}`{place} is a Deployment of {pods} and a Service, and a Pod `client` beside them asks it by `curl {url}`. \
             It does not work. Find out why, and mend it; {pods} are wanted, no fewer."
        )
    }

    /// The shell that makes it, broken.
    pub fn setup(&self) -> String {
        let mut objects = Vec::new();
        if self.namespace != "default" {
            objects.push(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}));
        }
        objects.push(json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "client", "namespace": self.namespace},
            "spec": {
                "terminationGracePeriodSeconds": 1,
                "containers": [{"name": "curl", "image": "curlimages/curl", "command": ["sleep", "infinity"]}],
            },
        }));
        let list = |items: Vec<Value>| json!({"apiVersion": "v1", "kind": "List", "items": items});
        let apply = |items| format!("kubectl apply -f - <<'EOF'\n{}\nEOF\n", list(items));
        let mut rest = self.more.clone();
        rest.extend([self.deployment.clone(), self.service.clone()]);
        let (n, before) = (self.n(), &self.before);
        if before.is_empty() {
            objects.extend(rest);
            return apply(objects);
        }
        let wait = format!("kubectl{n} wait --for=condition=Ready pod/client --timeout=120s\n");
        apply(objects) + &wait + before + &apply(rest)
    }
}

/// What the scripts that check begin with.
pub(super) const SAY: &str = "say() { [ \"$LESSON_LANG\" = ko ] && echo \"$1\" || echo \"$2\"; }\n";

/// One of several.
pub(super) fn pick<T: Copy>(rng: &mut Rng, from: &[T]) -> T {
    from[rng.below(from.len() as u64) as usize]
}
