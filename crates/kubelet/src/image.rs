//! Pulling images: one at a time, by the container's `imagePullPolicy`, with back-off after failures.
//!
//! <https://kubernetes.io/docs/concepts/containers/images/>, pkg/kubelet/images/image_manager.go

use std::time::Duration;

use api::path;
use apiserver::ObjectKey;
use component::node::Pull;
use sim::{SharedMap, Time};

use super::run::{ContainerSpecRef, PodSync};
use super::{ContainerStart, StartStage, image_name, pull_secrets};

/// How long the registry takes to refuse a pull.
const REFUSAL: Duration = Duration::from_millis(900);
/// How soon after a failed pull the Pod is synced again.
const SOON: Duration = Duration::from_millis(800);

/// Whether a container's image is there.
pub(super) enum Image {
    /// It is there.
    Ready,
    /// It is on its way; sync again at this time.
    Wait(Time),
    /// Its pull is queued; the Pod is enqueued when its turn comes.
    Queued,
    /// It cannot be had; sync again at this time.
    Failed(Time),
}

/// Pulls one image after another, in the order in which they were asked for.
#[derive(Clone, Default)]
pub(super) struct Puller {
    busy_until: Time,
    /// The Pods that wait, by their turns.
    queue: SharedMap<u64, ObjectKey>,
    last_turn: u64,
}

impl Puller {
    /// Whether the Pod with this turn may pull now; without a turn, whether no other Pod waits.
    fn is_free(&self, turn: Option<u64>, now: Time) -> bool {
        self.busy_until <= now && self.queue.first().is_none_or(|(first, _)| turn == Some(*first))
    }

    /// Gives a Pod its turn.
    fn queue(&mut self, key: &ObjectKey) -> u64 {
        self.last_turn += 1;
        self.queue.insert(self.last_turn, key.clone());
        self.last_turn
    }

    /// Removes a turn from the queue.
    pub fn leave(&mut self, turn: u64) {
        self.queue.remove(&turn);
    }

    /// The Pod whose turn is next, and when it is.
    pub fn next(&self) -> Option<(&ObjectKey, Time)> {
        self.queue.first().map(|(_, key)| (key, self.busy_until))
    }
}

/// Takes the pull of a container's image one stage further; `state.starting` says how far it has come.
pub(super) fn ensure(sync: &mut PodSync, container: &ContainerSpecRef) -> Image {
    let image = path::str(container.spec, "image");
    let now = sync.cx.now;
    match sync.state.starting.as_ref().map(|start| start.stage.clone()) {
        Some(StartStage::Queued { asked, turn }) => return begin(sync, container, image, asked, Some(turn)),
        Some(StartStage::Pulling { until, .. }) if until > now => return Image::Wait(until),
        Some(StartStage::Pulling { asked, began, until, fails }) => {
            sync.state.starting = None;
            return finish(sync, container, image, (asked, began, until), fails);
        }
        Some(StartStage::Starting { .. } | StartStage::PostStart { .. }) => return Image::Ready,
        None => {}
    }
    if let Err(message) = image_name::check(image) {
        let Some(record) = sync.state.containers.get_mut(container.name) else { return Image::Ready };
        record.wait("InvalidImageName", message.clone());
        sync.event(container, "Warning", "InspectFailed", message);
        sync.event(container, "Warning", "Failed", "Error: InvalidImageName");
        return Image::Failed(now + Duration::from_millis(12_500));
    }
    let accounts = pull_secrets::read(sync.cx, sync.pod);
    if !accounts.missing.is_empty() {
        let message = format!(
            "Unable to retrieve some image pull secrets ({}); attempting to pull the image may not succeed.",
            accounts.missing.join(", ")
        );
        sync.out.warning(sync.pod, "FailedToRetrieveImagePullSecret", message);
    }
    let pull = sync.node.pull_image(image, &accounts.all);
    let policy = path::str(container.spec, "imagePullPolicy");
    let Some(record) = sync.state.containers.get_mut(container.name) else { return Image::Ready };
    if let (Pull::Present(info), "IfNotPresent" | "Never" | "") = (&pull, policy) {
        record.image = Some(info.clone());
        sync.event(
            container,
            "Normal",
            "Pulled",
            format!("Container image \"{image}\" already present on machine and can be accessed by the pod"),
        );
        return Image::Ready;
    }
    if policy == "Never" {
        let message = format!("Container image \"{image}\" is not present with pull policy of Never");
        record.wait("ErrImageNeverPull", message.clone());
        sync.event(container, "Warning", "ErrImageNeverPull", message);
        sync.event(container, "Warning", "Failed", "Error: ErrImageNeverPull");
        return Image::Failed(now + Duration::from_secs(12));
    }
    if let Some(end) = record.pull_back_off.updated().and_then(|updated| record.pull_back_off.until(updated, now)) {
        let message = format!("Back-off pulling image \"{image}\"");
        record.wait("ImagePullBackOff", format!("{message}: ErrImagePull: {}", record.pull_error));
        sync.event(container, "Normal", "BackOff", message);
        sync.event(container, "Warning", "Failed", "Error: ImagePullBackOff");
        return Image::Failed(end.min(now + Duration::from_millis(12_500)));
    }
    sync.event(container, "Normal", "Pulling", format!("Pulling image \"{image}\""));
    begin(sync, container, image, now, None)
}

/// Pulls if it is its turn, else waits for it.
fn begin(sync: &mut PodSync, container: &ContainerSpecRef, image: &str, asked: Time, turn: Option<u64>) -> Image {
    let now = sync.cx.now;
    let start = |stage| Some(ContainerStart { container: container.name.to_owned(), stage });
    if !sync.kubelet.puller.is_free(turn, now) {
        let turn = turn.unwrap_or_else(|| sync.kubelet.puller.queue(sync.key));
        sync.state.starting = start(StartStage::Queued { asked, turn });
        return Image::Queued;
    }
    // Layers that are here already are not fetched again; asking the registry takes its time.
    let ask = Duration::from_millis(150 + sync.cx.rng.below(100));
    let accounts = pull_secrets::read(sync.cx, sync.pod).all;
    let (takes, fails) = match sync.node.pull_image(image, &accounts) {
        Pull::Present(_) => (ask, None),
        Pull::Takes(time, _) => (time, None),
        Pull::Fails(error) => (REFUSAL + Duration::from_millis(sync.cx.rng.below(300)), Some(error)),
    };
    let until = now + takes;
    sync.kubelet.puller.busy_until = until;
    sync.state.starting = start(StartStage::Pulling { asked, began: now, until, fails });
    Image::Wait(until)
}

/// Ends a pull whose time has passed.
fn finish(
    sync: &mut PodSync,
    container: &ContainerSpecRef,
    image: &str,
    (asked, began, until): (Time, Time, Time),
    fails: Option<String>,
) -> Image {
    let accounts = pull_secrets::read(sync.cx, sync.pod).all;
    let Some(record) = sync.state.containers.get_mut(container.name) else { return Image::Ready };
    let error = match fails {
        Some(error) => error,
        None => {
            sync.node.image_pulled(image);
            match sync.node.pull_image(image, &accounts) {
                Pull::Present(info) => {
                    let message = format!(
                        "Successfully pulled image \"{image}\" in {} ({} including waiting). Image size: {} bytes.",
                        go_duration(until.since(began)),
                        go_duration(until.since(asked)),
                        info.size
                    );
                    record.image = Some(info);
                    sync.event(container, "Normal", "Pulled", message);
                    return Image::Ready;
                }
                Pull::Fails(error) => error,
                Pull::Takes(..) => "image was removed while it was pulled".to_owned(),
            }
        }
    };
    let now = sync.cx.now;
    record.pull_back_off.next(now);
    record.pull_error = error.clone();
    record.wait("ErrImagePull", error.clone());
    sync.event(container, "Warning", "Failed", format!("Failed to pull image \"{image}\": {error}"));
    sync.event(container, "Warning", "Failed", "Error: ErrImagePull");
    Image::Failed(now + SOON)
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
