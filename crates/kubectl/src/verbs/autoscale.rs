//! `kubectl autoscale`: a HorizontalPodAutoscaler for what has a scale.

use crate::verbs::apply::with_last_applied;
use api::path;
use serde_json::{Value, json};

use crate::command::{DRY_RUN, FILES, PRINT, SAVE_CONFIG, Verb, field_manager};
use crate::dry_run::DryRun;
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::printers::{self, Output};
use crate::session::Session;
use crate::target::{self, Target, resource_of};

const FLAGS: &[Flag] = &[
    flag("min", ' ', Takes::Int, "-1"),
    flag("max", ' ', Takes::Int, "-1"),
    flag("cpu", ' ', Takes::Text, ""),
    flag("cpu-percent", ' ', Takes::Int, "-1"),
    flag("memory", ' ', Takes::Text, ""),
    flag("name", ' ', Takes::Text, ""),
];

/// The verb.
pub static VERB: Verb = Verb {
    name: "autoscale",
    aliases: &[],
    flags: &[FLAGS, FILES, PRINT, DRY_RUN, SAVE_CONFIG, &[field_manager("kubectl-autoscale")]],
    run: |session, args| Box::pin(autoscale(session, args)),
};

fn metric(resource: &str, text: &str) -> Outcome<Value> {
    let target = match text.strip_suffix('%').map(str::parse::<u32>) {
        Some(Ok(percent)) => json!({"type": "Utilization", "averageUtilization": percent}),
        Some(Err(_)) => return plain(format!("invalid {resource} target: {text}")),
        None if api::Quantity::parse(text).is_ok() => json!({"type": "AverageValue", "averageValue": text}),
        None => return plain(format!("invalid {resource} target: {text}")),
    };
    Ok(json!({"type": "Resource", "resource": {"name": resource, "target": target}}))
}

async fn autoscale(session: &Session, args: &Args) -> Outcome {
    let dry_run = DryRun::of(args)?;
    let output = printers::output(&*session.host, args, false)?;
    if !args.has("max") {
        return plain("required flag(s) \"max\" not set");
    }
    let (min, max) = (args.int("min"), args.int("max"));
    if max < 1 {
        return plain("--max=MAXPODS is required and must be at least 1, max: ".to_owned() + &max.to_string());
    }
    if max < min {
        return plain(format!("--max=MAXPODS must be larger or equal to --min=MINPODS, max: {max}, min: {min}"));
    }
    let mut metrics: Vec<Value> = Vec::new();
    if args.int("cpu-percent") > 0 {
        session.err("Flag --cpu-percent has been deprecated, Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU).\n").await;
        metrics.push(metric("cpu", &format!("{}%", args.int("cpu-percent")))?);
    } else if !args.text("cpu").is_empty() {
        metrics.push(metric("cpu", args.text("cpu"))?);
    }
    if !args.text("memory").is_empty() {
        metrics.push(metric("memory", args.text("memory"))?);
    }
    let (targets, mut errors) = target::find_only_named(session, args).await?;
    for target in targets {
        if target.resource.subresource("scale").is_none() {
            errors.push(Error::Plain(format!(
                "cannot autoscale a {}: could not find scale subresource for {}, Resource={} in discovery information",
                target.resource.kind,
                crate::verbs::get::group_version(target.resource),
                target.resource.plural
            )));
            continue;
        }
        let name = match args.text("name") {
            "" => target.name.as_str(),
            name => name,
        };
        let mut spec = json!({
            "scaleTargetRef": {"apiVersion": target.resource.api_version(), "kind": target.resource.kind, "name": target.name},
            "maxReplicas": max,
        });
        if min > 0 {
            spec["minReplicas"] = min.into();
        }
        if !metrics.is_empty() {
            spec["metrics"] = metrics.clone().into();
        }
        let mut object = json!({
            "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": name, "namespace": target.namespace}, "spec": spec,
        });
        session.record(&mut object);
        if dry_run == DryRun::Client {
            object["status"] = json!({"currentMetrics": null, "desiredReplicas": 0});
            if !session.explicit_namespace {
                path::remove(&mut object, "metadata.namespace");
            }
        } else if args.on("save-config") {
            object = with_last_applied(&object);
        }
        let scalers = resource_of("horizontalpodautoscalers")?;
        let query = [dry_run.query(), ("fieldManager", args.text("field-manager"))];
        let made = match dry_run {
            DryRun::Client => Ok(object),
            _ => session.create(scalers, &target.namespace, object, &query).await,
        };
        match made {
            Ok(object) => {
                let made = Target::of(scalers, object);
                let text = match &output {
                    Output::Human => format!("{} autoscaled{}\n", made.label(), dry_run.suffix()),
                    output => printers::one(session, output, made)?,
                };
                session.out(&text).await;
            }
            // Without metrics there is no older version of it to try.
            Err(_) if metrics.is_empty() => errors.push(Error::Plain(
                "failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1: empty input"
                    .to_owned(),
            )),
            Err(error) => errors.push(error),
        }
    }
    Error::all(errors)
}
