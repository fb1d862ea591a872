//! Resource quantities and what a Pod asks for: the sum of its containers, or its largest init container.
//!
//! <https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/>

use api::path;
use serde_json::Value;

/// Amounts of what a node has and Pods ask for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Resources {
    /// Thousandths of a CPU.
    pub milli_cpu: i64,
    /// Bytes.
    pub memory: i64,
    /// Bytes.
    pub ephemeral_storage: i64,
}

impl Resources {
    /// Reads a `requests`, `limits`, `capacity` or `allocatable` map.
    pub fn read(map: &Value) -> Resources {
        Resources {
            milli_cpu: milli(&map["cpu"]),
            memory: amount(&map["memory"]),
            ephemeral_storage: amount(&map["ephemeral-storage"]),
        }
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Resources) -> Resources {
        Resources {
            milli_cpu: self.milli_cpu.saturating_add(other.milli_cpu),
            memory: self.memory.saturating_add(other.memory),
            ephemeral_storage: self.ephemeral_storage.saturating_add(other.ephemeral_storage),
        }
    }

    /// What is left without the other.
    #[must_use]
    pub fn minus(self, other: Resources) -> Resources {
        Resources {
            milli_cpu: self.milli_cpu.saturating_sub(other.milli_cpu),
            memory: self.memory.saturating_sub(other.memory),
            ephemeral_storage: self.ephemeral_storage.saturating_sub(other.ephemeral_storage),
        }
    }

    fn max(self, other: Resources) -> Resources {
        Resources {
            milli_cpu: self.milli_cpu.max(other.milli_cpu),
            memory: self.memory.max(other.memory),
            ephemeral_storage: self.ephemeral_storage.max(other.ephemeral_storage),
        }
    }

    /// What a Pod asks of its node (`k8s.io/component-helpers/resource.PodRequests`).
    pub fn of_pod(pod: &Value) -> Resources {
        let mut sum = Resources::default();
        for container in path::list(pod, "spec.containers") {
            sum = sum.plus(Resources::read(&container["resources"]["requests"]));
        }
        let (mut sidecars, mut largest_init) = (Resources::default(), Resources::default());
        for container in path::list(pod, "spec.initContainers") {
            let asks = Resources::read(&container["resources"]["requests"]);
            if container["restartPolicy"] == "Always" {
                sidecars = sidecars.plus(asks);
                sum = sum.plus(asks);
                largest_init = largest_init.max(sidecars);
            } else {
                largest_init = largest_init.max(sidecars.plus(asks));
            }
        }
        sum.max(largest_init).plus(Resources::read(&pod["spec"]["overhead"]))
    }
}

fn text(quantity: &Value) -> String {
    match quantity {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// A quantity in thousandths, rounded up; 0 for what is none.
pub fn milli(quantity: &Value) -> i64 {
    parse_nano(&text(quantity)).map_or(0, |nano| i64::try_from((nano + 999_999) / 1_000_000).unwrap_or(i64::MAX))
}

/// A quantity in whole units, rounded up; 0 for what is none.
pub fn amount(quantity: &Value) -> i64 {
    parse_nano(&text(quantity))
        .map_or(0, |nano| i64::try_from((nano + 999_999_999) / 1_000_000_000).unwrap_or(i64::MAX))
}

/// `1.5Gi`, `100m`, `1e3` in billionths.
fn parse_nano(text: &str) -> Option<i128> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '+' || c == '-')).unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (negative, number) = match number.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, number.strip_prefix('+').unwrap_or(number)),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let mut value: i128 = if whole.is_empty() { 0 } else { whole.get(..whole.len().min(20))?.parse().ok()? };
    value = value.checked_mul(1_000_000_000)?;
    let digits: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    value += digits.parse::<i128>().ok()?;
    let scaled = match suffix {
        "" => value,
        "n" => value / 1_000_000_000,
        "u" => value / 1_000_000,
        "m" => value / 1000,
        "k" => value.checked_mul(1000)?,
        "M" => value.checked_mul(1_000_000)?,
        "G" => value.checked_mul(1_000_000_000)?,
        "T" => value.checked_mul(1_000_000_000_000)?,
        "P" => value.checked_mul(1_000_000_000_000_000)?,
        "E" => value.checked_mul(1_000_000_000_000_000_000)?,
        "Ki" => value.checked_mul(1 << 10)?,
        "Mi" => value.checked_mul(1 << 20)?,
        "Gi" => value.checked_mul(1 << 30)?,
        "Ti" => value.checked_mul(1 << 40)?,
        "Pi" => value.checked_mul(1 << 50)?,
        "Ei" => value.checked_mul(1 << 60)?,
        _ => {
            let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
            let factor = 10_i128.checked_pow(exponent.unsigned_abs().min(18))?;
            if exponent < 0 { value / factor } else { value.checked_mul(factor)? }
        }
    };
    Some(if negative { -scaled } else { scaled })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn quantities_are_read() {
        for (text, expected) in [
            ("1", 1000),
            ("100m", 100),
            ("1.5", 1500),
            ("0.1", 100),
            ("2k", 2_000_000),
            ("1e2", 100_000),
            ("", 0),
            ("bad", 0),
            ("1u", 1),
        ] {
            assert_eq!(milli(&json!(text)), expected, "{text}");
        }
        for (text, expected) in [("10Mi", 10 << 20), ("8Gi", 8 << 30), ("1G", 1_000_000_000), ("1.5Ki", 1536)] {
            assert_eq!(amount(&json!(text)), expected, "{text}");
        }
        assert_eq!(amount(&json!(5)), 5);
        assert_eq!(amount(&json!("99999999999999999999999999Ei")), 0);
    }

    #[test]
    fn a_pod_asks_for_its_containers_or_its_largest_init_container() {
        let pod = json!({"spec": {
            "containers": [{"resources": {"requests": {"cpu": "100m"}}}, {"resources": {"requests": {"cpu": "200m", "memory": "1Mi"}}}],
            "initContainers": [{"resources": {"requests": {"memory": "5Mi"}}}],
        }});
        let asks = Resources::of_pod(&pod);
        assert_eq!((asks.milli_cpu, asks.memory), (300, 5 << 20));
    }
}
