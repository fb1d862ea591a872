//! The picture as a table: what screen readers read.

use std::rc::Rc;

use gloo::timers::callback::Timeout;
use yew::prelude::*;

use crate::browser::milliseconds;
use crate::page::use_page;
use crate::session::{ClusterView, PodView};
use crate::text::trouble;

#[derive(Properties, PartialEq)]
pub struct TableProps {
    pub cluster: Rc<ClusterView>,
}

/// Rows beyond this are counted, not read out.
const ROWS: usize = 120;

fn named(namespace: &str, name: &str) -> String {
    match namespace {
        "" | "default" => name.to_owned(),
        namespace => format!("{namespace}/{name}"),
    }
}

fn row([kind, name, address, state]: [String; 4]) -> Html {
    html! { <tr><th scope="row">{ kind }{ " " }{ name }</th><td>{ address }</td><td>{ state }</td></tr> }
}

#[derive(Properties, PartialEq)]
struct PodProps {
    pod: Rc<PodView>,
}

/// A Pod's row: drawn again only when that Pod changed.
#[component]
fn PodRow(props: &PodProps) -> Html {
    let t = use_page().t;
    let pod = &props.pod;
    let old = pod.old_ip.as_ref().map(|old| format!(", {} {old}", t.old_ip)).unwrap_or_default();
    let ip = pod.ip.clone().unwrap_or_else(|| t.no_ip.to_owned());
    let wrong = pod.trouble.as_ref().map(|it| format!(", {}", trouble::on_card(it, None, t.lang)));
    let state = format!("{}{}{old}", pod.status, wrong.unwrap_or_default());
    row(["Pod".into(), named(&pod.namespace, &pod.name), ip, state])
}

/// The table says the same as the picture, but no more often than this, in milliseconds: to lay it out takes the browser longer
/// than all of the picture, and nobody hears it as fast as cards are seen.
const EVERY: f64 = 1_000.0;

/// What the table says, since when, and what will bring it up to date.
struct Said {
    cluster: Rc<ClusterView>,
    at: f64,
    next: Option<Timeout>,
}

/// The table twin of the picture, for those who cannot see it.
#[component]
pub fn Table(props: &TableProps) -> Html {
    let update = use_force_update();
    let said = use_mut_ref(|| Said { cluster: props.cluster.clone(), at: milliseconds(), next: None });
    let mut said = said.borrow_mut();
    if !Rc::ptr_eq(&said.cluster, &props.cluster) {
        let left = said.at + EVERY - milliseconds();
        if left <= 0.0 {
            *said = Said { cluster: props.cluster.clone(), at: milliseconds(), next: None };
        } else {
            said.next = Some(Timeout::new(left.ceil() as u32, move || update.force_update()));
        }
    }
    html! { <Rows cluster={said.cluster.clone()} /> }
}

#[component]
fn Rows(props: &TableProps) -> Html {
    let t = use_page().t;
    let cluster = &props.cluster;
    let mut rows: Vec<[String; 4]> = Vec::new();
    for node in &cluster.nodes {
        rows.push([
            "Node".into(),
            node.name.clone(),
            node.ip.clone(),
            if node.ready { "Ready" } else { "NotReady" }.into(),
        ]);
    }
    for service in &cluster.services {
        let node_port = service.ports.first().and_then(|(_, port)| *port).map(|port| format!(", NodePort {port}"));
        let state = format!("{}{}, {} endpoints", service.kind, node_port.unwrap_or_default(), service.endpoints.len());
        rows.push(["Service".into(), named(&service.namespace, &service.name), service.ip.clone(), state]);
    }
    for ingress in &cluster.ingresses {
        let rules = ingress.rules.iter().map(|(path, service)| format!("{path} → {service}"));
        let rules = rules.collect::<Vec<_>>().join(", ");
        let state = if ingress.address.is_empty() { t.ingress_idle } else { &ingress.address };
        rows.push(["Ingress".into(), named(&ingress.namespace, &ingress.name), rules, state.to_owned()]);
    }
    for workload in &cluster.workloads {
        let name = named(&workload.namespace, &workload.name);
        rows.push([
            workload.kind.into(),
            name,
            workload.schedule.clone(),
            format!("{}/{}", workload.ready, workload.want),
        ]);
    }
    let mut stored: Vec<[String; 4]> = Vec::new();
    for claim in &cluster.claims {
        let files = if claim.files.is_empty() { String::new() } else { format!(": {}", claim.files.join(", ")) };
        let name = named(&claim.namespace, &claim.name);
        stored.push(["PersistentVolumeClaim".into(), name, claim.size.clone(), format!("{}{files}", claim.phase)]);
    }
    for volume in &cluster.volumes {
        stored.push(["PersistentVolume".into(), volume.name.clone(), volume.size.clone(), volume.phase.clone()]);
    }
    html! {
        <table class="visually-hidden">
            <caption>{ t.table }</caption>
            <tbody>
                { for rows.into_iter().map(row) }
                { for cluster.pods.iter().take(ROWS).map(|pod| html! { <PodRow key={format!("{}/{}", pod.namespace, pod.name)} pod={pod.clone()} /> }) }
                { for stored.into_iter().map(row) }
                if cluster.pods.len() > ROWS {
                    <tr><td colspan="3">{ (t.and_more)(cluster.pods.len() - ROWS) }</td></tr>
                }
            </tbody>
        </table>
    }
}
