//! Conditions, predictions, placeholders and progress over a made-up world.

use std::net::Ipv4Addr;
use std::rc::Rc;

use lesson::*;
use serde_json::{Value, json};
use sim::Time;

#[derive(Default)]
struct World {
    objects: Vec<(&'static str, Value)>,
    lives: Vec<Life>,
    attempts: Vec<Attempt>,
    files: Vec<(&'static str, PodFile)>,
    commands: Vec<CommandRun>,
}

impl Evidence for World {
    fn objects(&self, resource: &str) -> Vec<Rc<Value>> {
        self.objects.iter().filter(|(of, _)| *of == resource).map(|(_, object)| Rc::new(object.clone())).collect()
    }
    fn lives(&self) -> Vec<Life> {
        self.lives.clone()
    }
    fn attempts(&self) -> Vec<Attempt> {
        self.attempts.clone()
    }
    fn pod_files(&self, pod: &str) -> Vec<PodFile> {
        self.files.iter().filter(|(of, _)| *of == pod).map(|(_, file)| file.clone()).collect()
    }
    fn commands(&self) -> Vec<CommandRun> {
        self.commands.clone()
    }
}

fn at(secs: i64) -> Time {
    Time::from_unix_secs(secs)
}

const POD: Ipv4Addr = Ipv4Addr::new(172, 17, 0, 4);
const NEXT_POD: Ipv4Addr = Ipv4Addr::new(172, 17, 0, 7);
const NODE: Ipv4Addr = Ipv4Addr::new(192, 168, 49, 2);

fn life(kind: LifeKind, name: &str, ip: Option<Ipv4Addr>, from: i64, until: Option<i64>) -> Life {
    let port = (kind == LifeKind::Service).then_some(30080);
    Life { kind, name: name.into(), ip, port, from: at(from), until: until.map(at) }
}

fn attempt(secs: i64, from: Place, to: Ipv4Addr, port: u16, reach: Reach) -> Attempt {
    Attempt { at: at(secs), from, to, port, protocol: Protocol::Tcp, reach, over: true }
}

/// The tutorial halfway: a Pod was deleted at 20, tried from outside before, reached through the node port after.
fn world() -> World {
    let cluster_ip = Some(Ipv4Addr::new(10, 96, 4, 4));
    World {
        objects: vec![
            (
                "deployments.apps",
                json!({"metadata": {"name": "web"}, "spec": {"replicas": 3}, "status": {"replicas": 3, "availableReplicas": 2}}),
            ),
            (
                "services",
                json!({"metadata": {"name": "my-nginx"}, "spec": {"type": "NodePort", "clusterIP": "10.96.4.4", "ports": [{"nodePort": 30080}]}}),
            ),
            (
                "endpointslices.discovery.k8s.io",
                json!({"metadata": {"labels": {"kubernetes.io/service-name": "my-nginx"}},
                    "endpoints": [{"conditions": {"ready": true}}, {"conditions": {"ready": false}}]}),
            ),
            (
                "pods",
                json!({"metadata": {"name": "web-b", "labels": {"app": "nginx"}},
                    "spec": {"volumes": [{"persistentVolumeClaim": {"claimName": "c"}}]},
                    "status": {"phase": "Running", "podIP": "172.17.0.7", "conditions": [{"type": "Ready", "status": "True"}]}}),
            ),
        ],
        lives: vec![
            life(LifeKind::Pod, "web-a", Some(POD), 0, Some(20)),
            life(LifeKind::Pod, "web-b", Some(NEXT_POD), 19, None),
            life(LifeKind::Service, "my-nginx", cluster_ip, 5, None),
            life(LifeKind::File, "web-b:/lost", None, 1, Some(20)),
        ],
        attempts: vec![
            attempt(10, Place::Outside, POD, 80, Reach::Unreachable),
            attempt(30, Place::Outside, NODE, 30080, Reach::Answers),
            attempt(31, Place::Node, POD, 80, Reach::TimedOut),
        ],
        files: vec![("web-b", PodFile { path: "/data/x".into(), kept: true })],
        commands: vec![CommandRun { at: at(40), place: Place::Pod("web-b".into()), line: "ls -la".into() }],
    }
}

#[test]
fn conditions_hold_or_say_what_differs() {
    let world = world();
    for (condition, want) in [
        (json!({"available": {"deployment": "web", "replicas": 3}}), "2 of 3 are ready."),
        (json!({"available": {"deployment": "nope", "replicas": 3}}), "There is no Deployment `nope` yet."),
        (json!({"service": {"name": "my-nginx", "type": "NodePort", "endpoints": 1}}), ""),
        (json!({"service": {"name": "my-nginx", "endpoints": 2}}), "1 of 2 are ready."),
        (json!({"service": {"name": "my-nginx", "type": "ClusterIP"}}), "`spec.type` is `NodePort`, not `ClusterIP`."),
        (json!({"pod_ready": {"pod": "web-b", "claim": "c"}}), ""),
        (json!({"pod_ready": {"pod": "web-b", "claim": "d"}}), "There is no PersistentVolumeClaim `d` yet."),
        (json!({"absent": {"resource": "pods", "name": "web-a"}}), ""),
        (json!({"absent": {"resource": "pods"}}), "`web-b` is still there."),
        (json!({"not": {"absent": {"resource": "pods"}}}), ""),
        (json!({"attempted": {"from": "outside", "to": "pod", "protocol": "tcp", "reach": ["unreachable"]}}), ""),
        (
            json!({"attempted": {"from": "outside", "to": "pod", "protocol": "tcp", "reach": ["answers"]}}),
            "It was tried, but ended otherwise: there was no way to it.",
        ),
        (
            // By then the address was nobody's: it does not count as a try at a Pod.
            json!({"attempted": {"from": "node", "to": "pod", "protocol": "tcp", "reach": ["timed_out"]}}),
            "Nobody has tried this yet.",
        ),
        (
            json!({"attempted": {"from": "outside", "to": "node_port", "protocol": "tcp", "reach": ["answers"], "after_deleted": "web-"}}),
            "",
        ),
        (
            json!({"attempted": {"from": "outside", "to": "pod", "protocol": "tcp", "reach": ["unreachable"], "after_deleted": "web-"}}),
            "Nobody has tried this yet.",
        ),
        (json!({"replaced": {"pods": "web-"}}), ""),
        (json!({"replaced": {"pods": "other-"}}), "No Pod has been deleted yet."),
        (json!({"file": {"pod": "web-b", "path": "/data/x", "kept": true}}), ""),
        (
            json!({"file": {"pod": "web-b", "path": "/data/x", "kept": false}}),
            "The file `/data/x` is on the other side of the mount.",
        ),
        (json!({"file": {"pod": "web-b", "path": "/x", "kept": true}}), "There is no file `/x`."),
        (json!({"file_lost": {"pod": "web-b", "path": "/lost"}}), ""),
        (json!({"file_lost": {"pod": "web-b", "path": "/data/x"}}), "No Pod has been deleted yet."),
        (json!({"any": [{"absent": {"resource": "pods"}}, {"absent": {"resource": "secrets"}}]}), ""),
    ] {
        let text = condition.to_string();
        let condition: Condition = serde_json::from_value(condition).unwrap();
        let said = condition.check(&world).err().map(|difference| difference.text(Lang::En)).unwrap_or_default();
        assert_eq!(said, want, "{text}");
    }
}

const LESSON: &str = r#"
id: x
title: {ko: "ㄱ", en: a}
steps:
  - id: one
    title: {ko: "ㄱ", en: a}
    text: {ko: "ㄱ", en: a}
    done: {ko: "ㄱ", en: a}
    solution: ["true"]
    actions:
      - run: curl $(minikube ip):<PORT>
        predict:
          question: {ko: "ㄱ", en: a}
          about: {reach: {from: outside, to: node_port, protocol: tcp}}
          choices: [{outcome: answers, text: {ko: "ㄱ", en: a}}]
      - run: ls
        on: {pod: web-b}
        predict:
          question: {ko: "ㄱ", en: a}
          about: {file: {pod: web-b, path: /lost}}
          choices: [{outcome: listed, text: {ko: "ㄱ", en: a}}]
    goals: [{text: {ko: "ㄱ", en: a}, when: {replaced: {pods: web-}}}]
  - id: two
    title: {ko: "ㄱ", en: a}
    text: {ko: "ㄱ", en: a}
    done: {ko: "ㄱ", en: a}
    solution: ["true"]
    goals: [{text: {ko: "ㄱ", en: a}, when: {replaced: {pods: web-}}}]
"#;

#[test]
fn progress_ticks_and_the_world_settles_guesses() {
    let lesson = Lesson::parse(LESSON).unwrap();
    let mut progress = Progress::default();
    progress.guess(0, 0, 0, at(25));
    progress.guess(0, 1, 0, at(25));
    assert!(progress.observe(&lesson, &world()));
    assert!(!progress.observe(&lesson, &world()), "nothing is new");
    assert_eq!(progress.guess_for(0, 0).unwrap().outcome, Some(Outcome::Answers));
    assert_eq!(progress.guess_for(0, 1).unwrap().outcome, Some(Outcome::NotListed));
    assert!(progress.is_done(0) && !progress.is_done(1), "a step not come to yet does not tick");
    assert!(!progress.observe(&lesson, &World::default()), "what was reached stays reached");
    progress.step = 1;
    let kept = Progress::from_value(&lesson, &progress.to_value());
    assert_eq!(kept, progress, "place, ticks and predictions are kept");
    let (right, all) = kept.score(&lesson);
    assert_eq!(all, 2, "both predictions were settled");
    let first = &lesson.steps[0].actions;
    let was_right = |at: usize, outcome| first[at].predict.as_ref().unwrap().choices[0].outcome == outcome;
    let expected = [was_right(0, Outcome::Answers), was_right(1, Outcome::NotListed)];
    assert_eq!(right, expected.iter().filter(|right| **right).count());
    let mut late = Progress::default();
    late.guess(0, 0, 0, at(35));
    late.observe(&lesson, &world());
    assert_eq!(late.guess_for(0, 0).unwrap().outcome, None, "what came before the guess does not count");
}

#[test]
fn a_step_waits_for_those_that_it_needs() {
    let text = "title: {ko: a, en: First}, text: {ko: a, en: a}, done: {ko: a, en: a}, solution: []";
    let never = "{file: {pod: nobody, path: /a, kept: true}}";
    let goal = |when: &str| format!("goals: [{{text: {{ko: a, en: a}}, when: {when}}}]");
    let yaml = format!(
        "id: x\ntitle: {{ko: a, en: a}}\nsteps:\n- {{id: one, {text}, {}}}\n- {{id: two, {text}, {}}}\n- {{id: three, needs: [one], {text}, {}}}\n",
        goal(never),
        goal(&format!("{{not: {never}}}")),
        goal(&format!("{{not: {never}}}")),
    );
    let lesson = Lesson::parse(&yaml).unwrap();
    let mut progress = Progress::default();
    progress.step = 2;
    progress.observe(&lesson, &world());
    assert!(progress.is_done(1) && !progress.is_done(2));
    assert_eq!(progress.waits_for(&lesson, 2), Some(0));
    let why = progress.difference(&lesson, 2, 0, &world()).unwrap();
    assert_eq!(why.text(Lang::En), "The step **First** comes first.");
}

#[test]
fn a_verdict_waits_for_the_end_of_the_command() {
    let lesson = Lesson::parse(LESSON).unwrap();
    let mut progress = Progress::default();
    progress.guess(0, 0, 0, at(25));
    let mut running = world();
    running.attempts.iter_mut().for_each(|attempt| attempt.over = false);
    progress.observe(&lesson, &running);
    assert_eq!(progress.guess_for(0, 0).unwrap().outcome, None, "its output is not all there yet");
    progress.observe(&lesson, &world());
    assert_eq!(progress.guess_for(0, 0).unwrap().outcome, Some(Outcome::Answers));
}

#[test]
fn placeholders_are_filled_from_the_cluster_or_not_at_all() {
    for (command, want) in [
        ("curl <POD-IP>", Some("curl 172.17.0.7")),
        ("curl $(minikube ip):<PORT>", Some("curl $(minikube ip):30080")),
        ("kubectl delete pod <POD>; curl <CLUSTER-IP>", Some("kubectl delete pod web-b; curl 10.96.4.4")),
        ("ls", Some("ls")),
    ] {
        assert_eq!(fill(command, &world()).as_deref(), want);
    }
    assert_eq!(fill("curl <POD-IP>", &World::default()), None);
}
