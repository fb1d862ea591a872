//! A Pod's files beyond its image, with what becomes of each, and the chain from the Pod to its volume.

use std::rc::Rc;

use playground::{PodFile, Survival};
use yew::prelude::*;

use crate::page::use_page;
use crate::session::{ClaimView, ClusterView, ObjectRef};
use crate::text::Texts;

#[derive(Properties, PartialEq)]
pub struct FilesProps {
    pub object: ObjectRef,
    pub revision: u64,
    pub files_revision: u64,
    pub cluster: Rc<ClusterView>,
}

/// The files.
#[component]
pub fn PodFiles(props: &FilesProps) -> Html {
    let page = use_page();
    let t = page.t;
    let (object, cluster) = (&props.object, &props.cluster);
    let tick = use_state(|| 0_u32);
    {
        // Files change without the store changing: look once a second.
        let tick = tick.clone();
        use_effect_with(*tick, move |_| {
            let timeout = gloo::timers::callback::Timeout::new(800, move || tick.set(tick.wrapping_add(1)));
            move || drop(timeout)
        });
    }
    let (files, mounts) = page.session.read(|playground| {
        let pod = super::find(playground, object);
        (playground.pod_files(&object.namespace, &object.name), pod.map(|pod| claim_mounts(&pod)).unwrap_or_default())
    });
    let pod = cluster.pods.iter().find(|pod| pod.name == object.name && pod.namespace == object.namespace);
    let claim = pod.and_then(|pod| pod.claims.first()).and_then(|name| {
        cluster.claims.iter().find(|claim| claim.name == *name && claim.namespace == object.namespace)
    });
    let inside = |file: &PodFile| mounts.iter().any(|(at, _)| file.path.starts_with(&format!("{at}/")));
    let plain = files.iter().filter(|file| !file.is_dir && !inside(file));
    html! { <>
        <div>
            if files.is_empty() && mounts.is_empty() {
                <p class="quiet">{ t.no_files }</p>
            }
            { for plain.map(|file| row(t, file, &file.path)) }
            { for mounts.iter().map(|(at, claim)| html! { <>
                <div class="file mount"><span class="path">{ format!("{at} ⇢ {claim}") }</span><span class="tag vol">{ t.kept_in_volume }</span></div>
                { for files.iter().filter(|file| !file.is_dir).filter_map(|file| {
                    let below = file.path.strip_prefix(at.as_str())?.strip_prefix('/')?;
                    Some(row(t, file, &format!("\u{a0}\u{a0}{below}")))
                }) }
            </> }) }
        </div>
        if let Some(claim) = claim {
            { chain(&object.name, claim, cluster) }
        }
    </> }
}

/// The files in a claim's volume, whether a Pod uses it now or not.
#[inline(never)]
pub fn of_claim(t: &Texts, claim: Option<&Rc<ClaimView>>) -> Html {
    let files = claim.map(|claim| &claim.files[..]).unwrap_or_default();
    if files.is_empty() {
        return html! { <p class="quiet">{ t.no_files }</p> };
    }
    html! {
        <div>
            { for files.iter().map(|file| html! {
                <div key={file.clone()} class="file"><span class="path">{ file }</span><span class="tag vol">{ t.kept_in_volume }</span></div>
            }) }
        </div>
    }
}

#[inline(never)]
fn row(t: &Texts, file: &PodFile, label: &str) -> Html {
    let (word, class) = match &file.survival {
        Survival::ContainerLayer => (t.lost_with_container, "wait"),
        Survival::PodVolume { .. } => (t.lost_with_pod, "wait"),
        Survival::Claim { .. } => (t.kept_in_volume, "vol"),
        Survival::NodePath { .. } => (t.kept_on_node, "vol"),
    };
    html! {
        <div key={file.path.clone()} class="file"><span class="path">{ label.to_owned() }</span><span class={classes!("tag", class)}>{ word }</span></div>
    }
}

/// Where a Pod's first container mounts claims: path, claim.
fn claim_mounts(pod: &serde_json::Value) -> Vec<(String, String)> {
    let volumes = api::path::list(pod, "spec.volumes");
    let mounts = pod["spec"]["containers"][0]["volumeMounts"].as_array().into_iter().flatten();
    mounts
        .filter_map(|mount| {
            let volume = volumes.iter().find(|volume| volume["name"] == mount["name"])?;
            let claim = volume["persistentVolumeClaim"]["claimName"].as_str()?;
            Some((mount["mountPath"].as_str()?.trim_end_matches('/').to_owned(), claim.to_owned()))
        })
        .collect()
}

/// Pod, claim, volume, in a row.
#[inline(never)]
fn chain(pod: &str, claim: &ClaimView, cluster: &ClusterView) -> Html {
    let volume = cluster.volumes.iter().find(|volume| Some(&volume.name) == claim.volume.as_ref());
    let short = |name: &str| match name.char_indices().nth(10) {
        Some((end, _)) if name.chars().count() > 11 => format!("{}…", &name[..end]),
        _ => name.to_owned(),
    };
    let part = |x: u32, width: u32, class: &'static str, name: String, below: String| {
        let middle = (x + width / 2).to_string();
        let style = match class {
            "pod" => "fill:var(--pod-bg)",
            _ => "fill:var(--vol-bg);stroke:var(--vol)",
        };
        html! { <>
            <rect x={x.to_string()} y="4" width={width.to_string()} height="50" rx="9" {style} />
            <text x={middle.clone()} y="26" text-anchor="middle" font-weight="600">{ name }</text>
            <text x={middle} y="43" text-anchor="middle" class="small">{ below }</text>
        </> }
    };
    html! {
        <svg class="chain" viewBox="0 0 369 58" role="img" aria-label={format!("Pod {pod} - PVC {} - PV {}", claim.name, claim.volume.clone().unwrap_or_default())}>
            <path d="M110 29H130M239 29H259" stroke="var(--vol)" stroke-width="2" />
            { part(1, 109, "pod", short(pod), "Pod".to_owned()) }
            { part(130, 109, "vol", short(&claim.name), format!("{} · {}", claim.size, claim.phase)) }
            if let Some(volume) = volume {
                { part(259, 109, "vol", short(&volume.name), format!("PV · {}", volume.source)) }
            }
        </svg>
    }
}
