//! A small stand-in for the node's machine, and a cluster on it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

use api::{Method, PatchType, Request, Status, path};
use cluster::node::{
    CommandId, CommandState, ContainerId, ContainerSpec, ContainerState, ImageInfo, MountSource, Node, NodeFile, Probe,
    Pull, Sandbox, ServiceRule, StartError, VolumeFile,
};
use cluster::{Cluster, Cx, Settings, Step};
use serde_json::{Value, json};
use sim::{Rng, Time};

/// Every image is here but those called `nosuch/…`; `slow/…` takes two seconds; `crash` ends at once with 1, `done` with 0.
#[derive(Default)]
#[expect(missing_docs, reason = "what a test looks at is named as the kubelet calls it")]
pub struct StubNode {
    pub addresses: BTreeMap<String, Ipv4Addr>,
    /// Namespace and name of each Pod, by its uid.
    pub pods: BTreeMap<String, (String, String)>,
    pub last: u16,
    pub pulled: Vec<String>,
    pub containers: BTreeMap<String, (ContainerSpec, ContainerState)>,
    pub made: u32,
    /// Commands in containers: `true` and `false` end at once, `hang` does not.
    pub commands: BTreeMap<CommandId, CommandState>,
    pub directories: Vec<String>,
    pub rules: Vec<ServiceRule>,
    pub unready: bool,
    /// Whether containers do not end when they are asked to, only when they are killed.
    pub lingers: bool,
    pub now: Time,
    /// Who was sent the stop signal: the container's name, its grace in seconds, when.
    pub stopped: Vec<(String, u64, Time)>,
    /// The volumes whose files the kubelet wrote, by the Pod's uid and their name, and when it wrote them last.
    pub volumes: BTreeMap<(String, String), (Vec<VolumeFile>, Time)>,
    /// Files of the node beside its `directories`.
    pub node_files: BTreeMap<String, NodeFile>,
    /// What `emptyDir`s hold, by the volume's name, and what containers have written, by theirs.
    pub usage: BTreeMap<String, u64>,
    /// What containers keep busy, in thousandths of a processor, by the container's name; each holds eight megabytes.
    pub busy: BTreeMap<String, u64>,
    /// What every container has logged.
    pub log: Vec<String>,
}

impl Node for StubNode {
    fn pull_image(&mut self, image: &str, _: &[cluster::node::Account]) -> Pull {
        let info = ImageInfo {
            canonical: image.to_owned(),
            image_id: format!("docker-pullable://{image}@sha256:0"),
            size: 72_000_000,
            user: if image.starts_with("named/") { "app".to_owned() } else { String::new() },
        };
        if image.starts_with("nosuch/") {
            Pull::Fails(format!("Error response from daemon: pull access denied for {image}"))
        } else if image.starts_with("slow/") && !self.pulled.iter().any(|known| known == image) {
            Pull::Takes(Duration::from_millis(2000), info)
        } else {
            Pull::Present(info)
        }
    }
    fn image_pulled(&mut self, image: &str) {
        self.pulled.push(image.to_owned());
    }
    fn create_sandbox(&mut self, sandbox: &Sandbox) -> Result<Ipv4Addr, String> {
        self.pods.insert(sandbox.uid.clone(), (sandbox.namespace.clone(), sandbox.pod.clone()));
        if sandbox.host_network {
            return Ok(Ipv4Addr::new(192, 168, 49, 2));
        }
        self.last += 1;
        let [high, low] = (self.last + 1).to_be_bytes();
        let ip = Ipv4Addr::new(172, 17, high, low);
        self.addresses.insert(sandbox.uid.clone(), ip);
        Ok(ip)
    }
    fn start_container(&mut self, spec: &ContainerSpec) -> Result<ContainerId, StartError> {
        self.made += 1;
        let id = format!("{:064x}", self.made);
        if spec.command.first().is_some_and(|command| command == "nosuch") {
            let message = "exec: \"nosuch\": executable file not found in $PATH: unknown".to_owned();
            return Err(StartError { id, message });
        }
        for mount in &spec.mounts {
            if let MountSource::Files { volume, files: Some(files), .. } = &mount.source {
                self.write_volume(&spec.pod_uid, volume, files, None);
            }
        }
        let state = match spec.image.as_str() {
            "crash" => ContainerState::Exited { code: 1, at: self.now },
            "done" => ContainerState::Exited { code: 0, at: self.now },
            _ => ContainerState::Running,
        };
        self.containers.insert(id.clone(), (spec.clone(), state));
        Ok(id)
    }
    fn container_load(&self, id: &str) -> cluster::node::Load {
        let busy = self.containers.get(id).and_then(|(spec, _)| self.busy.get(&spec.name)).copied().unwrap_or(1);
        cluster::node::Load { computed: Duration::ZERO, busy, memory: 8 << 20 }
    }
    fn container_state(&self, id: &str) -> Option<ContainerState> {
        self.containers.get(id).map(|(_, state)| state.clone())
    }
    fn stop_container(&mut self, id: &str, grace: Duration) {
        if let Some((spec, state)) = self.containers.get_mut(id) {
            self.stopped.push((spec.name.clone(), grace.as_secs(), self.now));
            if self.lingers && !grace.is_zero() {
                return;
            }
            *state = ContainerState::Exited { code: if grace.is_zero() { 137 } else { 143 }, at: self.now };
        }
    }
    fn resize_container(&mut self, id: &str, memory: Option<u64>, cpu: Option<i64>) {
        if let Some((spec, _)) = self.containers.get_mut(id) {
            (spec.memory_limit, spec.cpu_limit) = (memory, cpu);
        }
    }
    fn remove_container(&mut self, id: &str) {
        self.containers.remove(id);
    }
    fn remove_sandbox(&mut self, pod_uid: &str) {
        self.addresses.remove(pod_uid);
        self.containers.retain(|_, (spec, _)| spec.pod_uid != pod_uid);
    }
    fn probe(&mut self, _pod_ip: Ipv4Addr, _probe: &Probe) -> Result<(), String> {
        if self.unready { Err("HTTP probe failed with statuscode: 500".to_owned()) } else { Ok(()) }
    }
    fn start_command(&mut self, _container: &str, command: &[String]) -> Result<CommandId, String> {
        let state = match command[0].as_str() {
            "true" => CommandState::Exited { code: 0, output: String::new() },
            "false" => CommandState::Exited { code: 1, output: "no\n".to_owned() },
            "hang" => CommandState::Running,
            other => return Err(format!("exec: \"{other}\": executable file not found in $PATH: unknown")),
        };
        self.made += 1;
        self.commands.insert(u64::from(self.made), state);
        Ok(u64::from(self.made))
    }
    fn command_state(&self, id: CommandId) -> Option<CommandState> {
        self.commands.get(&id).cloned()
    }
    fn end_command(&mut self, id: CommandId) {
        self.commands.remove(&id);
    }
    fn container_log(&self, _id: &str) -> Vec<(Time, String)> {
        self.log.iter().map(|line| (self.now, line.clone())).collect()
    }
    fn write_volume(&mut self, pod_uid: &str, volume: &str, files: &[VolumeFile], _fs_group: Option<u32>) {
        let key = (pod_uid.to_owned(), volume.to_owned());
        if self.volumes.get(&key).is_none_or(|(known, _)| known != files) {
            self.volumes.insert(key, (files.to_vec(), self.now));
        }
    }
    fn volume_usage(&self, _pod_uid: &str, volume: &str) -> u64 {
        self.usage.get(volume).copied().unwrap_or(0)
    }
    fn disk_usage(&self) -> (u64, u64) {
        (0, 0)
    }

    fn container_usage(&self, id: &str) -> u64 {
        self.containers.get(id).and_then(|(spec, _)| self.usage.get(&spec.name)).copied().unwrap_or(0)
    }
    fn container_file(&self, id: &str, path: &str) -> Option<Vec<u8>> {
        let (spec, _) = self.containers.get(id)?;
        (path == "/dev/termination-log" && spec.args == ["says why"]).then(|| b"why".to_vec())
    }
    fn node_file(&self, path: &str) -> Option<NodeFile> {
        self.node_files
            .get(path)
            .copied()
            .or_else(|| self.directories.iter().any(|known| known == path).then_some(NodeFile::Directory))
    }
    fn make_file(&mut self, path: &str) -> bool {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let there = self.directories.iter().any(|known| known == folder);
        if there {
            self.node_files.insert(path.to_owned(), NodeFile::File);
        }
        there
    }
    fn make_directory(&mut self, path: &str) {
        self.directories.push(path.to_owned());
    }
    fn remove_directory(&mut self, path: &str) {
        self.directories.retain(|known| known != path);
    }
    fn sync_services(&mut self, rules: &[ServiceRule]) {
        self.rules = rules.to_vec();
    }
}

/// A cluster on a stand-in node, with its time.
#[expect(missing_docs, reason = "the fields' names say it")]
pub struct TestCluster {
    pub cluster: Cluster,
    pub node: StubNode,
    pub now: Time,
    pub rng: Rng,
    pub steps: Vec<Step>,
    /// Containers of whose end the kubelet was told.
    ended: BTreeSet<String>,
}

impl Default for TestCluster {
    fn default() -> Self {
        TestCluster::with(Settings::default())
    }
}

impl TestCluster {
    /// A cluster a minute and a half after its start.
    pub fn new() -> Self {
        TestCluster::default()
    }

    /// The same with other settings.
    pub fn with(settings: Settings) -> Self {
        let now = Time::from_unix_secs(1_795_341_600);
        let mut rng = Rng::new(7);
        let cluster = Cluster::new(settings, now, &mut rng);
        let mut world = TestCluster {
            cluster,
            node: StubNode {
                node_files: BTreeMap::from([("/tmp".to_owned(), NodeFile::Directory)]),
                ..StubNode::default()
            },
            now,
            rng,
            steps: Vec::new(),
            ended: BTreeSet::new(),
        };
        world.run(80.0);
        world
    }

    /// Lets this many seconds pass.
    pub fn run(&mut self, secs: f64) {
        let until = self.now + Duration::from_secs_f64(secs);
        let mut fuel = 2_000_000;
        loop {
            self.notice_ends();
            match self.cluster.next_due() {
                Some(due) if due <= until => {
                    self.now = self.now.max(due);
                    self.step();
                    fuel -= 1;
                    assert!(fuel > 0, "the cluster does not settle: {:?}", &self.steps[self.steps.len() - 20..]);
                }
                _ => break,
            }
        }
        self.now = until;
    }

    fn notice_ends(&mut self) {
        for (id, (spec, state)) in &self.node.containers {
            if *state != ContainerState::Running && self.ended.insert(id.clone()) {
                let (namespace, name) = &self.node.pods[&spec.pod_uid];
                self.cluster.pod_changed(namespace, name, self.now);
            }
        }
    }

    fn step(&mut self) {
        self.node.now = self.now;
        let mut cx = Cx { now: self.now, rng: &mut self.rng };
        let step = self.cluster.step(&mut cx, &mut self.node);
        self.steps.extend(step.filter(|step| !step.summary.is_empty()));
    }

    /// Sends a request to the API.
    ///
    /// # Errors
    /// What the API server refuses it with.
    pub fn send(&mut self, request: &Request) -> Result<Rc<Value>, Status> {
        let mut cx = Cx { now: self.now, rng: &mut self.rng };
        self.cluster.handle(&mut cx, request).json()
    }

    /// Creates an object.
    pub fn create(&mut self, object: Value) -> Rc<Value> {
        let resource = api::resource_of_kind(path::str(&object, "apiVersion"), path::str(&object, "kind")).unwrap();
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or("default").to_owned();
        let path = resource.path(resource.namespaced.then_some(namespace.as_str()), None);
        self.send(&Request::new(Method::Post, path).with_body(object)).unwrap()
    }

    /// A strategic merge patch of an object of `default`.
    pub fn patch(&mut self, resource: &str, name: &str, body: Value) -> Rc<Value> {
        let resource = api::resource_of_key(resource).unwrap();
        let path = resource.path(resource.namespaced.then_some("default"), Some(name));
        let mut request = Request::new(Method::Patch, path).with_body(body);
        request.patch = Some(PatchType::Strategic);
        self.send(&request).unwrap()
    }

    /// Deletes an object of `default`.
    pub fn delete(&mut self, resource: &str, name: &str) {
        let resource = api::resource_of_key(resource).unwrap();
        let path = resource.path(resource.namespaced.then_some("default"), Some(name));
        let options = json!({"propagationPolicy": "Background"});
        self.send(&Request::new(Method::Delete, path).with_body(options)).unwrap();
    }

    /// All objects of a resource in `default` (or without namespace).
    pub fn list(&self, resource: &str) -> Vec<Rc<Value>> {
        self.list_in(resource, "default")
    }

    /// The names of the objects of a kind in the namespace `default`.
    pub fn names(&self, resource: &str) -> Vec<String> {
        self.list(resource).iter().map(|object| path::str(object, "metadata.name").to_owned()).collect()
    }

    /// All objects of a resource in a namespace.
    pub fn list_in(&self, resource: &str, namespace: &str) -> Vec<Rc<Value>> {
        let namespaced = api::resource_of_key(resource).is_some_and(|resource| resource.namespaced);
        self.cluster.store().list(resource, namespaced.then_some(namespace)).map(|(_, object)| object.clone()).collect()
    }

    /// The object of this name in `default` (or without namespace).
    ///
    /// # Panics
    /// When there is none.
    pub fn get(&self, resource: &str, name: &str) -> Rc<Value> {
        self.try_get(resource, name).unwrap_or_else(|| panic!("no {resource} {name}"))
    }

    /// The object of this name in `default` (or without namespace), if there is one.
    pub fn try_get(&self, resource: &str, name: &str) -> Option<Rc<Value>> {
        self.list(resource).into_iter().find(|object| object["metadata"]["name"] == name)
    }

    /// `Type Reason Component Message xCount` of the events about an object, in the order of their making.
    pub fn events(&self, name: &str) -> Vec<String> {
        let mut events = self.list("events");
        events.retain(|event| event["involvedObject"]["name"] == name);
        events.sort_by_key(|event| {
            let name = path::str(event, "metadata.name");
            name.rsplit_once('.').map(|(_, suffix)| suffix.to_owned())
        });
        let line = |event: &Rc<Value>| {
            let count = event["count"].as_i64().or_else(|| path::int(event, "series.count")).unwrap_or(1);
            let from = path::str(event, "reportingComponent");
            let times = if count > 1 { format!(" (x{count})") } else { String::new() };
            format!(
                "{} {} {from} {}{times}",
                path::str(event, "type"),
                path::str(event, "reason"),
                path::str(event, "message")
            )
        };
        events.iter().map(line).collect()
    }
}

/// The tutorial's Deployment, with this many replicas and this image.
pub fn deployment(replicas: i64, image: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "nginx-deployment", "labels": {"app": "nginx"}},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": "nginx"}},
            "template": {
                "metadata": {"labels": {"app": "nginx"}},
                "spec": {"containers": [{"name": "nginx", "image": image, "ports": [{"containerPort": 80}]}]},
            },
        },
    })
}

/// A Pod with one container `c`.
pub fn pod(name: &str, image: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
        "spec": {"containers": [{"name": "c", "image": image}]},
    })
}
