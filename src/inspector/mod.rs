//! The inspector: one object's summary, YAML, events, and for a Pod its files and what becomes of each.

mod facts;
mod files;

use std::rc::Rc;

use api::path;
use lesson::Place;
use serde_json::Value;
use yew::prelude::*;

use crate::page::use_page;
use crate::session::{ClusterView, ObjectRef};
use crate::state::Do;
use files::PodFiles;

#[derive(Properties, PartialEq)]
pub struct InspectorProps {
    pub revision: u64,
    pub files_revision: u64,
    pub cluster: Rc<ClusterView>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tab {
    Summary,
    Yaml,
    Events,
    Files,
}

/// The inspector. With nothing chosen it shows the first Pod that mounts a claim: there is most to see in it.
#[component]
pub fn Inspector(props: &InspectorProps) -> Html {
    let page = use_page();
    let t = page.t;
    let tab = use_state(|| None::<Tab>);
    let chosen = page.ui.selected.clone().or_else(|| {
        let pod = props.cluster.pods.iter().find(|pod| !pod.claims.is_empty())?;
        Some(ObjectRef { kind: "Pod", namespace: pod.namespace.clone(), name: pod.name.clone() })
    });
    let Some(chosen) = chosen else {
        return html! {
            <section class="inspector" aria-label={t.inspector}><p class="quiet">{ t.nothing_selected }</p></section>
        };
    };
    let object = page.session.read(|playground| find(playground, &chosen));
    let pod = props
        .cluster
        .pods
        .iter()
        .find(|pod| chosen.kind == "Pod" && pod.name == chosen.name && pod.namespace == chosen.namespace);
    let mounts = pod.is_some_and(|pod| !pod.claims.is_empty());
    let shown = tab.unwrap_or(if mounts { Tab::Files } else { Tab::Summary });
    let mut tabs = vec![(Tab::Summary, t.summary), (Tab::Yaml, t.yaml), (Tab::Events, t.events)];
    if chosen.kind == "Pod" {
        tabs.insert(0, (Tab::Files, t.pod_files));
    }
    let shown = if tabs.iter().any(|(tab, _)| *tab == shown) { shown } else { Tab::Summary };
    let clear = {
        let page = page.clone();
        Callback::from(move |_| page.send(Do::Select(None)))
    };
    html! {
        <section class="inspector" aria-label={t.inspector}>
            <header>
                <h2><span class="kind">{ chosen.kind }{ " " }</span>{ &chosen.name }</h2>
                <span class="tabs" role="tablist">
                    { for tabs.into_iter().map(|(one, label)| {
                        let tab = tab.clone();
                        html! { <button role="tab" aria-selected={(one == shown).to_string()} onclick={Callback::from(move |_| tab.set(Some(one)))}>{ label }</button> }
                    }) }
                </span>
                if page.ui.selected.is_some() {
                    <button class="btn ghost icon small" aria-label={t.close} onclick={clear}>{ "✕" }</button>
                }
            </header>
            if let Some(object) = &object {
                { match shown {
                    Tab::Summary => facts::summary(&page, &chosen, object, &props.cluster),
                    Tab::Yaml => html! { <pre tabindex="0">{ manifest::to_yaml(&plain(object)) }</pre> },
                    Tab::Events => events(&page, &chosen),
                    Tab::Files => html! { <PodFiles object={chosen.clone()} revision={props.revision} files_revision={props.files_revision} cluster={props.cluster.clone()} /> },
                } }
                <Actions object={chosen} />
            } else {
                <p class="quiet">{ t.gone }</p>
            }
        </section>
    }
}

fn resource_of(kind: &str) -> &'static str {
    match kind {
        "Service" => "services",
        "PersistentVolumeClaim" => "persistentvolumeclaims",
        "PersistentVolume" => "persistentvolumes",
        "Deployment" => "deployments.apps",
        _ => "pods",
    }
}

fn find(playground: &playground::Playground, object: &ObjectRef) -> Option<Rc<Value>> {
    let namespace = Some(object.namespace.as_str()).filter(|namespace| !namespace.is_empty());
    let found = playground.objects(resource_of(object.kind), namespace).into_iter();
    found.into_iter().find(|found| path::str(found, "metadata.name") == object.name)
}

/// The object without what only machines read.
fn plain(object: &Value) -> Value {
    let mut object = object.clone();
    path::remove(&mut object, "metadata.managedFields");
    object
}

#[inline(never)]
fn events(page: &crate::page::Page, object: &ObjectRef) -> Html {
    let namespace = if object.namespace.is_empty() { "default" } else { &object.namespace };
    let (now, events) =
        page.session.read(|playground| (playground.now(), playground.objects("events", Some(namespace))));
    let mut about: Vec<_> = events
        .iter()
        .filter(|event| {
            path::str(event, "involvedObject.kind") == object.kind
                && path::str(event, "involvedObject.name") == object.name
        })
        .collect();
    sim::order::sort_by_text(&mut about, |event| path::str(event, "lastTimestamp"));
    if about.is_empty() {
        return html! { <p class="quiet">{ page.t.no_events }</p> };
    }
    html! {
        <ul class="events">
            { for about.iter().rev().map(|event| {
                let age = sim::Time::parse_rfc3339(path::str(event, "lastTimestamp")).map(|at| facts::age(now.since(at)));
                html! {
                    <li class={path::str(event, "type").to_owned()}>
                        <span class="age">{ age.unwrap_or_default() }</span>
                        <span class="reason">{ path::str(event, "reason") }</span>
                        { path::str(event, "message") }
                    </li>
                }
            }) }
        </ul>
    }
}

#[derive(Properties, PartialEq)]
struct ActionsProps {
    object: ObjectRef,
}

/// What can be done with the object. Every button types its command.
#[component]
fn Actions(props: &ActionsProps) -> Html {
    let page = use_page();
    let t = page.t;
    let object = &props.object;
    let kind = match object.kind {
        "Service" => "service",
        "PersistentVolumeClaim" => "pvc",
        "PersistentVolume" => "pv",
        "Deployment" => "deployment",
        _ => "pod",
    };
    let namespace = match object.namespace.as_str() {
        "" | "default" => String::new(),
        namespace => format!(" -n {namespace}"),
    };
    let run = |line: String| {
        let page = page.clone();
        Callback::from(move |_| page.run(&Place::Outside, &line))
    };
    let shell = {
        let (page, pod) = (page.clone(), object.name.clone());
        Callback::from(move |_| {
            page.session.open_terminal(&Place::Pod(pod.clone()));
            if crate::browser::is_phone() {
                page.send(Do::Go(crate::browser::address::Panel::Terminal));
            }
        })
    };
    let name = &object.name;
    html! {
        <div class="actions">
            <button class="btn small" onclick={run(format!("kubectl describe {kind} {name}{namespace}"))}>{ t.describe }</button>
            if object.kind == "Pod" {
                <button class="btn small" onclick={run(format!("kubectl logs {name}{namespace}"))}>{ t.logs }</button>
                if namespace.is_empty() {
                    <button class="btn small" onclick={shell}>{ t.open_shell }</button>
                }
            }
            <button class="btn small danger" onclick={run(format!("kubectl delete {kind} {name}{namespace}"))}>{ t.delete }</button>
        </div>
    }
}
