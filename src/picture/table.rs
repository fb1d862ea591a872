//! The picture as a table: what screen readers read.

use std::rc::Rc;

use yew::prelude::*;

use crate::page::use_page;
use crate::session::ClusterView;

#[derive(Properties, PartialEq)]
pub struct TableProps {
    pub cluster: Rc<ClusterView>,
}

/// Rows beyond this are counted, not read out.
const ROWS: usize = 120;

/// The table twin of the picture, for those who cannot see it.
#[component]
pub fn Table(props: &TableProps) -> Html {
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
        rows.push(["Service".into(), service.name.clone(), service.ip.clone(), state]);
    }
    for pod in cluster.pods.iter().take(ROWS) {
        let old = pod.old_ip.as_ref().map(|old| format!(", {} {old}", t.old_ip)).unwrap_or_default();
        let ip = pod.ip.clone().unwrap_or_else(|| t.no_ip.to_owned());
        rows.push(["Pod".into(), pod.name.clone(), ip, format!("{}{old}", pod.status)]);
    }
    for claim in &cluster.claims {
        rows.push(["PersistentVolumeClaim".into(), claim.name.clone(), claim.size.clone(), claim.phase.clone()]);
    }
    for volume in &cluster.volumes {
        rows.push(["PersistentVolume".into(), volume.name.clone(), volume.size.clone(), volume.phase.clone()]);
    }
    html! {
        <table class="visually-hidden">
            <caption>{ t.table }</caption>
            <tbody>
                { for rows.into_iter().map(|[kind, name, address, state]| html! {
                    <tr><th scope="row">{ kind }{ " " }{ name }</th><td>{ address }</td><td>{ state }</td></tr>
                }) }
                if cluster.pods.len() > ROWS {
                    <tr><td colspan="3">{ (t.and_more)(cluster.pods.len() - ROWS) }</td></tr>
                }
            </tbody>
        </table>
    }
}
