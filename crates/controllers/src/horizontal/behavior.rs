//! How fast an autoscaler may follow its metrics: `spec.behavior`.
//!
//! <https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#configurable-scaling-behavior>,
//! `normalizeDesiredReplicasWithBehaviors` in pkg/controller/podautoscaler/horizontal.go

use std::time::Duration;

use api::path;
use component::resources::milli;
use serde_json::{Value, json};
use sim::Time;

use super::metrics::Tolerance;

const DOWN_WINDOW: i64 = 300;
/// What is remembered at most of recommendations and changes, and for how long: the longest window and period.
const LONGEST: Duration = Duration::from_secs(3600);
const TOLERANCE: f64 = 0.1;

/// What the controller remembers of one autoscaler.
#[derive(Clone, Default)]
pub struct Known {
    recommendations: Vec<(Time, i64)>,
    /// By how many replicas it scaled up, and down.
    ups: Vec<(Time, i64)>,
    downs: Vec<(Time, i64)>,
}

/// The result of a recommendation.
pub struct Normal {
    pub replicas: i64,
    /// Reasons and messages of the conditions `AbleToScale` and `ScalingLimited`.
    pub able: (&'static str, &'static str),
    pub limited: Option<(&'static str, &'static str)>,
}

impl Known {
    /// A change was made.
    pub fn scaled(&mut self, now: Time, from: i64, to: i64) {
        let list = if to > from { &mut self.ups } else { &mut self.downs };
        list.retain(|(at, _)| *at + LONGEST > now);
        list.push((now, (to - from).abs()));
    }

    /// Limits a recommendation to what behavior and bounds allow.
    pub fn normalize(
        &mut self,
        spec: &Value,
        now: Time,
        (current, desired): (i64, i64),
        (least, most): (i64, i64),
    ) -> Normal {
        let stable = self.stabilize(spec, now, current, desired);
        let able = match stable == desired {
            true => ("ReadyForNewScale", "recommended size matches current size"),
            false if desired >= current => (
                "ScaleUpStabilized",
                "recent recommendations were lower than current one, applying the lowest recent recommendation",
            ),
            false => (
                "ScaleDownStabilized",
                "recent recommendations were higher than current one, applying the highest recent recommendation",
            ),
        };
        let bound = if stable > current {
            let fast = self.limit(&rules(spec, true), now, current, true).max(current);
            match fast < most {
                true => Some((
                    fast,
                    "ScaleUpLimit",
                    "the desired replica count is increasing faster than the maximum scale rate",
                )),
                false => {
                    Some((most, "TooManyReplicas", "the desired replica count is more than the maximum replica count"))
                }
            }
            .filter(|(bound, ..)| stable > *bound)
        } else if stable < current {
            let fast = self.limit(&rules(spec, false), now, current, false).min(current);
            match fast > least {
                true => Some((
                    fast,
                    "ScaleDownLimit",
                    "the desired replica count is decreasing faster than the maximum scale rate",
                )),
                false => {
                    Some((least, "TooFewReplicas", "the desired replica count is less than the minimum replica count"))
                }
            }
            .filter(|(bound, ..)| stable < *bound)
        } else {
            None
        };
        Normal {
            replicas: bound.map_or(stable, |(bound, ..)| bound),
            able,
            limited: bound.map(|(_, reason, message)| (reason, message)),
        }
    }

    fn stabilize(&mut self, spec: &Value, now: Time, current: i64, desired: i64) -> i64 {
        let window = |up: bool, default: i64| {
            let seconds = path::int(direction(spec, up), "stabilizationWindowSeconds").unwrap_or(default);
            Duration::from_secs(seconds.clamp(0, 3600) as u64)
        };
        let (up, down) = (window(true, 0), window(false, DOWN_WINDOW));
        let within = |window: Duration| self.recommendations.iter().filter(move |(at, _)| *at + window > now);
        let lowest = within(up).fold(desired, |lowest, (_, one)| lowest.min(*one));
        let highest = within(down).fold(desired, |highest, (_, one)| highest.max(*one));
        let stable = current.max(lowest).min(highest);
        self.recommendations.retain(|(at, _)| *at + up.max(down) > now);
        self.recommendations.push((now, desired));
        stable
    }

    /// The replicas that the policies allow.
    fn limit(&self, rules: &Value, now: Time, current: i64, up: bool) -> i64 {
        let choice = path::str(rules, "selectPolicy");
        if choice == "Disabled" {
            return current;
        }
        let proposals = path::list(rules, "policies").iter().map(|policy| {
            let period = Duration::from_secs(path::int(policy, "periodSeconds").unwrap_or(15).clamp(1, 3600) as u64);
            let sum = |list: &[(Time, i64)]| -> i64 {
                list.iter().filter(|(at, _)| *at + period > now).map(|(_, change)| change).sum()
            };
            let start = current - sum(&self.ups) + sum(&self.downs);
            let value = path::int(policy, "value").unwrap_or(0);
            match (path::str(policy, "type"), up) {
                ("Pods", true) => start.saturating_add(value),
                ("Pods", false) => start.saturating_sub(value),
                // Rounded up, either way: a share of one replica is one.
                (_, true) => (start.saturating_mul(100 + value) + 99) / 100,
                (_, false) => start.saturating_mul(100 - value) / 100,
            }
        });
        let widest = (choice != "Min") == up;
        if widest { proposals.max() } else { proposals.min() }.unwrap_or(current)
    }
}

fn direction(spec: &Value, up: bool) -> &Value {
    &spec["behavior"][if up { "scaleUp" } else { "scaleDown" }]
}

/// The rules of a direction, with the default ones where there are none.
fn rules(spec: &Value, up: bool) -> Value {
    let mut rules = direction(spec, up).clone();
    if path::list(&rules, "policies").is_empty() && rules["selectPolicy"] != "Disabled" {
        let all = json!({"type": "Percent", "value": 100, "periodSeconds": 15});
        let policies = if up { json!([{"type": "Pods", "value": 4, "periodSeconds": 15}, all]) } else { json!([all]) };
        rules = json!({"policies": policies, "selectPolicy": rules["selectPolicy"]});
    }
    rules
}

/// The tolerance: the deviation from the target within which nothing is scaled.
pub fn tolerance(spec: &Value) -> Tolerance {
    let of = |up: bool| match &direction(spec, up)["tolerance"] {
        Value::Null => TOLERANCE,
        share => milli(share) as f64 / 1000.0,
    };
    Tolerance { up: of(true), down: of(false) }
}
