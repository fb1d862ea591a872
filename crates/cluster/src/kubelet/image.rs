//! Pulling images: one at a time, by the container's `imagePullPolicy`, with back-off after failures.
//!
//! <https://kubernetes.io/docs/concepts/containers/images/>, pkg/kubelet/images/image_manager.go

use std::rc::Rc;
use std::time::Duration;

use api::path;
use serde_json::Value;
use sim::Time;

use super::{Job, Kubelet, PodState, Stage};
use crate::node::{Node, Pull};
use crate::reconcile::Outcome;
use crate::runtime::Context;

/// How long the registry takes to say no.
const REFUSAL: Duration = Duration::from_millis(900);
/// How soon after a failed pull the Pod is looked at again.
const SOON: Duration = Duration::from_millis(800);

/// What has come of asking for an image.
pub(super) enum Image {
    /// It is there.
    Ready,
    /// It is on its way; look again at this time.
    Wait(Time),
    /// It cannot be had; look again at this time.
    Failed(Time),
}

/// Goes on with getting a container's image. `state.job` says how far it has come.
#[expect(clippy::too_many_arguments)]
pub(super) fn ensure(
    kubelet: &mut Kubelet,
    cx: &mut Context,
    pod: &Rc<Value>,
    container: &Value,
    state: &mut PodState,
    node: &mut dyn Node,
    part: &str,
    out: &mut Outcome,
) -> Image {
    let name = path::str(container, "name");
    let image = path::str(container, "image");
    let now = cx.now;
    match state.job.as_ref().map(|job| job.stage.clone()) {
        Some(Stage::Queued { asked }) => return begin(kubelet, cx, image, name, asked, state, node),
        Some(Stage::Pulling { until, .. }) if until > now => return Image::Wait(until),
        Some(Stage::Pulling { asked, began, until, fails }) => {
            state.job = None;
            return finish(cx, pod, image, name, (asked, began, until), fails, state, node, part, out);
        }
        Some(Stage::Starting { .. }) => return Image::Ready,
        None => {}
    }
    let pull = node.pull_image(image);
    let policy = path::str(container, "imagePullPolicy");
    let Some(record) = state.containers.get_mut(name) else { return Image::Ready };
    if let (Pull::Present(info), "IfNotPresent" | "Never" | "") = (&pull, policy) {
        record.image = Some(info.clone());
        let message = format!("Container image \"{image}\" already present on machine");
        out.event(pod, "Normal", "Pulled", message, part.to_owned());
        return Image::Ready;
    }
    if policy == "Never" {
        let message = format!("Container image \"{image}\" is not present with pull policy of Never");
        out.event(pod, "Warning", "ErrImageNeverPull", message.clone(), part.to_owned());
        out.event(pod, "Warning", "Failed", "Error: ErrImageNeverPull".to_owned(), part.to_owned());
        record.wait("ErrImageNeverPull", message);
        return Image::Failed(now + Duration::from_secs(12));
    }
    if let Some(end) = record.pulls.updated().and_then(|updated| record.pulls.until(updated, now)) {
        out.event(pod, "Normal", "BackOff", format!("Back-off pulling image \"{image}\""), part.to_owned());
        out.event(pod, "Warning", "Failed", "Error: ImagePullBackOff".to_owned(), part.to_owned());
        let message = format!("Back-off pulling image \"{image}\": ErrImagePull: {}", record.pull_error);
        record.wait("ImagePullBackOff", message);
        return Image::Failed(end.min(now + Duration::from_millis(12_500)));
    }
    out.event(pod, "Normal", "Pulling", format!("Pulling image \"{image}\""), part.to_owned());
    begin(kubelet, cx, image, name, now, state, node)
}

/// Pulls if nobody else does, else waits for its turn.
fn begin(
    kubelet: &mut Kubelet,
    cx: &mut Context,
    image: &str,
    name: &str,
    asked: Time,
    state: &mut PodState,
    node: &mut dyn Node,
) -> Image {
    let now = cx.now;
    let job = |stage| Some(Job { container: name.to_owned(), stage });
    if kubelet.puller_busy_until > now {
        state.job = job(Stage::Queued { asked });
        return Image::Wait(kubelet.puller_busy_until);
    }
    // Layers that are here already are not fetched again; asking the registry takes its time.
    let ask = Duration::from_millis(150 + cx.rng.below(100));
    let (takes, fails) = match node.pull_image(image) {
        Pull::Present(_) => (ask, None),
        Pull::Takes(time, _) => (time, None),
        Pull::Fails(error) => (REFUSAL + Duration::from_millis(cx.rng.below(300)), Some(error)),
    };
    let until = now + takes;
    kubelet.puller_busy_until = until;
    state.job = job(Stage::Pulling { asked, began: now, until, fails });
    Image::Wait(until)
}

#[expect(clippy::too_many_arguments)]
fn finish(
    cx: &Context,
    pod: &Rc<Value>,
    image: &str,
    name: &str,
    (asked, began, until): (Time, Time, Time),
    fails: Option<String>,
    state: &mut PodState,
    node: &mut dyn Node,
    part: &str,
    out: &mut Outcome,
) -> Image {
    let Some(record) = state.containers.get_mut(name) else { return Image::Ready };
    let error = match fails {
        Some(error) => error,
        None => {
            node.image_pulled(image);
            match node.pull_image(image) {
                Pull::Present(info) => {
                    let message = format!(
                        "Successfully pulled image \"{image}\" in {} ({} including waiting). Image size: {} bytes.",
                        go_duration(until.since(began)),
                        go_duration(until.since(asked)),
                        info.size
                    );
                    out.event(pod, "Normal", "Pulled", message, part.to_owned());
                    record.image = Some(info);
                    return Image::Ready;
                }
                Pull::Fails(error) => error,
                Pull::Takes(..) => "image was removed while it was pulled".to_owned(),
            }
        }
    };
    out.event(pod, "Warning", "Failed", format!("Failed to pull image \"{image}\": {error}"), part.to_owned());
    out.event(pod, "Warning", "Failed", "Error: ErrImagePull".to_owned(), part.to_owned());
    record.pulls.next(cx.now);
    record.pull_error = error.clone();
    record.wait("ErrImagePull", error);
    Image::Failed(cx.now + SOON)
}

/// A duration as Go writes it, to the millisecond: `912ms`, `4.1s`, `1m2.5s`.
pub(super) fn go_duration(duration: Duration) -> String {
    let millis = duration.as_millis() as u64;
    if millis == 0 {
        return "0s".to_owned();
    }
    if millis < 1000 {
        return format!("{millis}ms");
    }
    let (hours, minutes, rest) = (millis / 3_600_000, millis / 60_000 % 60, millis % 60_000);
    let mut text = String::new();
    if hours > 0 {
        text.push_str(&format!("{hours}h"));
    }
    if millis >= 60_000 {
        text.push_str(&format!("{minutes}m"));
    }
    let seconds = format!("{}.{:03}", rest / 1000, rest % 1000);
    text.push_str(seconds.trim_end_matches('0').trim_end_matches('.'));
    text.push('s');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_gos() {
        for (millis, text) in [
            (0, "0s"),
            (912, "912ms"),
            (1000, "1s"),
            (4100, "4.1s"),
            (62_345, "1m2.345s"),
            (300_000, "5m0s"),
            (3_600_000, "1h0m0s"),
        ] {
            assert_eq!(go_duration(Duration::from_millis(millis)), text);
        }
    }
}
