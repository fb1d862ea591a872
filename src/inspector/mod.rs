//! The inspector: why one object is not well, its summary, YAML, events, and for a Pod its files and what becomes of each.

mod facts;
mod files;

use std::rc::Rc;

use api::path;
use lesson::{Lang, Place};
use serde_json::Value;
use yew::prelude::*;

use crate::command_button::CommandButton;
use crate::page::{Page, use_page};
use crate::session::{ClusterView, ObjectRef, ServiceView};
use crate::state::Do;
use crate::text::why::{self, Link};
use files::PodFiles;

#[derive(Properties, PartialEq)]
pub struct InspectorProps {
    pub revision: u64,
    pub files_revision: u64,
    pub cluster: Rc<ClusterView>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tab {
    Why,
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
    let why = why_of(&props.cluster, &chosen, t.lang);
    let pod = props.cluster.pod(&chosen.namespace, &chosen.name).filter(|_| chosen.kind == "Pod");
    let mounts = pod.is_some_and(|pod| !pod.claims.is_empty());
    let first = match (why.is_empty(), mounts) {
        (false, _) => Tab::Why,
        (_, true) => Tab::Files,
        _ => Tab::Summary,
    };
    let shown = tab.unwrap_or(first);
    let mut tabs = vec![(Tab::Summary, t.summary), (Tab::Yaml, t.yaml), (Tab::Events, t.events)];
    if chosen.kind == "Pod" {
        tabs.insert(0, (Tab::Files, t.pod_files));
    }
    if chosen.kind == "PersistentVolumeClaim" {
        tabs.push((Tab::Files, t.pod_files));
    }
    if !why.is_empty() {
        tabs.insert(0, (Tab::Why, t.why));
    }
    let shown = if tabs.iter().any(|(tab, _)| *tab == shown) { shown } else { first };
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
                    Tab::Why => chain(&why),
                    Tab::Summary => facts::summary(&page, &chosen, object, &props.cluster),
                    Tab::Yaml => html! { <pre tabindex="0">{ manifest::to_yaml(&plain(object)) }</pre> },
                    Tab::Events => events(&page, &chosen),
                    Tab::Files if chosen.kind == "PersistentVolumeClaim" => {
                        let claim = props.cluster.claims.iter().find(|it| it.name == chosen.name && it.namespace == chosen.namespace);
                        files::of_claim(t, claim)
                    }
                    Tab::Files => html! { <PodFiles object={chosen.clone()} revision={props.revision} files_revision={props.files_revision} cluster={props.cluster.clone()} /> },
                } }
                <Actions object={chosen} />
            } else {
                <p class="quiet">{ t.gone }</p>
            }
        </section>
    }
}

fn find(playground: &playground::Playground, object: &ObjectRef) -> Option<Rc<Value>> {
    let namespace = Some(object.namespace.as_str()).filter(|namespace| !namespace.is_empty());
    let found = playground.objects(object.resource(), namespace).into_iter();
    found.into_iter().find(|found| path::str(found, "metadata.name") == object.name)
}

/// Why an object is not well; nothing for one that is, or of which nothing is known.
fn why_of(cluster: &ClusterView, object: &ObjectRef, lang: Lang) -> Vec<Link> {
    let same = |namespace: &str, name: &str| name == object.name && namespace == object.namespace;
    match object.kind {
        "Pod" => cluster.pod(&object.namespace, &object.name).map(|pod| why::pod(pod, lang)).unwrap_or_default(),
        "Service" => {
            let service = cluster.services.iter().find(|it| same(&it.namespace, &it.name));
            let matched =
                |service: &ServiceView| cluster.pods.iter().any(|pod| service.selects(&pod.namespace, &pod.labels));
            service.map(|service| why::service(service, matched(service), lang)).unwrap_or_default()
        }
        "PersistentVolumeClaim" => {
            let claim = cluster.claims.iter().find(|it| same(&it.namespace, &it.name));
            claim.map(|claim| why::claim(claim, lang)).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// From the symptom to the cause, each with the command that shows it.
#[inline(never)]
fn chain(links: &[Link]) -> Html {
    html! {
        <ol class="why">
            { for links.iter().map(|link| html! {
                <li>
                    <p>{ &link.text }</p>
                    <CommandButton class={classes!("command")} line={link.command.clone()}><code>{ &link.command }</code></CommandButton>
                </li>
            }) }
        </ol>
    }
}

/// The object without what only machines read.
fn plain(object: &Value) -> Value {
    let mut object = object.clone();
    path::remove(&mut object, "metadata.managedFields");
    object
}

#[inline(never)]
fn events(page: &Page, object: &ObjectRef) -> Html {
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
    // Events of the newer API (the scheduler's) have another field for it.
    fn moment(event: &Value) -> Option<sim::Time> {
        let at = ["lastTimestamp", "eventTime", "metadata.creationTimestamp"].map(|field| path::str(event, field));
        at.into_iter().find_map(sim::Time::parse_rfc3339)
    }
    sim::order::sort_by(&mut about, |one, other| moment(one).cmp(&moment(other)));
    if about.is_empty() {
        return html! { <p class="quiet">{ page.t.no_events }</p> };
    }
    html! {
        <ul class="events">
            { for about.iter().rev().map(|event| {
                let age = moment(event).map(|at| facts::age(now.since(at)));
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
    let kind = object.word();
    let namespace = match object.namespace.as_str() {
        "" | "default" => String::new(),
        namespace => format!(" -n {namespace}"),
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
            <CommandButton class={classes!("btn", "small")} line={format!("kubectl describe {kind} {name}{namespace}")}>{ t.describe }</CommandButton>
            if object.kind == "Pod" {
                <CommandButton class={classes!("btn", "small")} line={format!("kubectl logs {name}{namespace}")}>{ t.logs }</CommandButton>
                if namespace.is_empty() {
                    <button class="btn small" onclick={shell}>{ t.open_shell }</button>
                }
            }
            <CommandButton class={classes!("btn", "small", "danger")} line={format!("kubectl delete {kind} {name}{namespace}")}>{ t.delete }</CommandButton>
        </div>
    }
}
