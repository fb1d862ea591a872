use sim::Time;
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;
use crate::session::{ClaimView, NodeView, Tone, Trouble};
use crate::text::texts;

fn pod(owner: Option<(&'static str, &str)>, name: &str, app: &str, ip: &str) -> Rc<PodView> {
    Rc::new(PodView {
        namespace: "default".into(),
        name: name.into(),
        node: "minikube".into(),
        ip: Some(ip.into()),
        status: "Running".into(),
        owner: owner.map(|(kind, name)| (kind, name.to_owned())),
        labels: vec![("app".into(), app.into())],
        ..PodView::default()
    })
}

fn workload(kind: &'static str, name: &str, count: i64) -> Rc<WorkloadView> {
    let (namespace, name) = ("default".into(), name.into());
    Rc::new(WorkloadView { kind, namespace, name, ready: count, want: count, schedule: String::new() })
}

fn service(name: &str, app: &str, endpoints: &[&str]) -> Rc<ServiceView> {
    Rc::new(ServiceView {
        namespace: "default".into(),
        name: name.into(),
        kind: "NodePort".into(),
        ip: "10.98.162.199".into(),
        ports: vec![(80, Some(30378))],
        endpoints: endpoints.iter().map(|ip| ((*ip).to_owned(), true)).collect(),
        selector: vec![("app".into(), app.into())],
        external_name: String::new(),
    })
}

/// Deployment web of `count` Pods behind a Service, a StatefulSet with claims, lone Pods in trouble, a Service without Pods.
fn cluster(count: usize) -> ClusterView {
    let mut cluster = ClusterView::default();
    cluster.nodes = vec![NodeView { name: "minikube".into(), ip: "192.168.49.2".into(), ready: true }];
    cluster.namespaces = vec!["default".into(), "shop".into()];
    cluster.workloads = vec![
        workload("Deployment", "web", count as i64),
        workload("StatefulSet", "db", 3),
        workload("Deployment", "a-deployment-with-a-name-of-many-words", 0),
    ];
    for index in 0..count {
        let name = format!("web-7957885594-x{index:04}");
        let mut one = (*pod(Some(("Deployment", "web")), &name, "web", &format!("172.17.1.{index}"))).clone();
        one.old_ip = (index % 2 == 0).then(|| format!("172.17.100.{index}"));
        cluster.pods.push(Rc::new(one));
    }
    for index in 0..3 {
        let mut one =
            (*pod(Some(("StatefulSet", "db")), &format!("db-{index}"), "db", &format!("172.17.2.{index}"))).clone();
        one.claims = vec![format!("data-db-{index}")];
        one.configs = vec![("ConfigMap", "db-conf".into())];
        cluster.pods.push(Rc::new(one));
        cluster.claims.push(Rc::new(ClaimView {
            namespace: "default".into(),
            name: format!("data-db-{index}"),
            phase: "Bound".into(),
            size: "1Gi".into(),
            files: vec!["hello.txt".into()],
            ..ClaimView::default()
        }));
    }
    let bad = (*pod(None, "bad", "bad", "172.17.3.1")).clone();
    let trouble = Some(Trouble::NoImage("registry.example.org/a/very/long/name/nginx:nope".into()));
    cluster.pods.push(Rc::new(PodView { tone: Tone::Failed, trouble, ..bad }));
    cluster.services = vec![
        service("web", "web", &["172.17.1.0"]),
        service("web-too", "web", &["172.17.1.0"]),
        service("db", "db", &[]),
        service("lonely", "lonly", &[]),
    ];
    cluster
}

fn touches(one: &Rect, other: &Rect) -> bool {
    one.x < other.right() && other.x < one.right() && one.y < other.bottom() && other.y < one.bottom()
}

#[wasm_bindgen_test]
fn nothing_overlaps_or_leaves_its_width_and_no_wire_passes_behind_a_card() {
    for text in [12.0, 16.0] {
        for width in [330.0, 390.0, 480.0, 560.0, 700.0, 1000.0, 1600.0] {
            for count in [0, 1, 7, 30, 110, 500] {
                let cluster = cluster(count);
                let viewport = Viewport { width, text, t: texts(lesson::Lang::En), now: Time::from_unix_micros(0) };
                let scene = place(&cluster, &viewport);
                let what = format!("{count} Pods in {width} px, text {text}");
                let mut all: Vec<(String, Rect)> =
                    scene.cards.iter().map(|card| (card.object.key(), card.rect)).collect();
                all.push(("laptop".into(), scene.laptop));
                all.extend(scene.groups.iter().filter_map(|group| Some(("crowd".into(), group.crowd.as_ref()?.rect))));
                for (nth, (name, rect)) in all.iter().enumerate() {
                    assert!(rect.x >= 0.0 && rect.right() <= width, "{name} leaves the picture: {what}");
                    assert!(rect.bottom() <= scene.height, "{name} is below the picture: {what}");
                    for (other, there) in &all[nth + 1..] {
                        assert!(!touches(rect, there), "{name} and {other} overlap: {what}");
                    }
                }
                for card in &scene.cards {
                    for line in &card.lines {
                        let wide: f64 = line
                            .iter()
                            .map(|span| {
                                let font = if span.class.starts_with('m') { Font::Mono } else { Font::Sans };
                                crate::picture::measure::width(&span.text, font, text)
                            })
                            .sum();
                        let viewport = card.rect.w - viewport.px(10.0);
                        assert!(wide <= viewport + 1.0, "{line:?} leaves its card of {viewport} px: {what}");
                    }
                }
                for group in &scene.groups {
                    let wide = caption_width(format!("{}  {}", group.caption, group.note).trim_end(), text);
                    let viewport =
                        scene.columns.volumes.map_or(scene.columns.groups.1, |(x, w)| x + w - scene.columns.groups.0);
                    assert!(wide <= viewport + 1.0, "{} leaves its column: {what}", group.caption);
                }
                assert_eq!(scene.services.len(), 4, "{what}");
                for wire in &scene.wires {
                    for pair in wire.points.windows(2) {
                        let ((a, b), (c, d)) = (pair[0], pair[1]);
                        let line = Rect::new(a.min(c), b.min(d), (a - c).abs().max(0.1), (b - d).abs().max(0.1));
                        for (name, rect) in &all {
                            let inner = Rect::new(rect.x + 1.0, rect.y + 1.0, rect.w - 2.0, rect.h - 2.0);
                            assert!(!touches(&line, &inner), "a wire passes behind {name}: {what}");
                        }
                    }
                    let (x, y) = wire.points[wire.points.len() - 1];
                    let ends = |group: &Rc<Group>| {
                        group.bracket.is_some_and(|(at, top, bottom, _)| at == x && y >= top && y <= bottom)
                    };
                    assert!(wire.class == "vol" || scene.groups.iter().any(ends), "a wire ends nowhere: {what}");
                }
            }
        }
    }
}
