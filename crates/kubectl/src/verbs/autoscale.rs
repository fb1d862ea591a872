//! `kubectl autoscale`: a HorizontalPodAutoscaler for what has a scale.

use serde_json::{Value, json};

use crate::command::{DRY_RUN, FILES, PRINT, Verb, WRITE};
use crate::dry_run::DryRun;
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::printers::{self, Output};
use crate::session::Session;
use crate::target::{self, Target, resource_of};

const FLAGS: &[Flag] = &[
    flag("min", ' ', Takes::Int, "-1", "The lower limit for the number of pods that can be set by the autoscaler."),
    flag(
        "max",
        ' ',
        Takes::Int,
        "-1",
        "The upper limit for the number of pods that can be set by the autoscaler. Required.",
    ),
    flag(
        "cpu",
        ' ',
        Takes::Text,
        "",
        "Target CPU utilization over all the pods: a percentage (70%) or a quantity (500m).",
    ),
    flag(
        "cpu-percent",
        ' ',
        Takes::Int,
        "-1",
        "The target average CPU utilization over all the pods. Deprecated: use --cpu.",
    ),
    flag(
        "memory",
        ' ',
        Takes::Text,
        "",
        "Target memory utilization over all the pods: a percentage (60%) or a quantity (200Mi).",
    ),
    flag("name", ' ', Takes::Text, "", "The name for the newly created object."),
];

/// The verb.
pub static VERB: Verb = Verb {
    name: "autoscale",
    aliases: &[],
    usage: "(-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu=CPU] [--memory=MEMORY] [options]",
    short: "Auto-scale a deployment, replica set, stateful set, or replication controller",
    long: "",
    examples: &["kubectl autoscale deployment foo --min=2 --max=10 --cpu=80%"],
    flags: &[FLAGS, FILES, PRINT, DRY_RUN, WRITE],
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
    let (targets, mut errors) = target::find(session, args, &args.words).await?;
    for target in targets {
        if target.resource.subresource("scale").is_none() {
            errors.push(Error::Plain(format!(
                "cannot autoscale a {}: no kind \"{}\" is scalable",
                target.resource.kind, target.resource.kind
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
        let object = json!({
            "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": name, "namespace": target.namespace}, "spec": spec,
        });
        let scalers = resource_of("horizontalpodautoscalers")?;
        let query = [dry_run.query(), ("fieldManager", "kubectl-autoscale")];
        let made = match dry_run {
            DryRun::Client => Ok(object),
            _ => session.create(scalers, &target.namespace, object, &query).await,
        };
        match made {
            Ok(object) => {
                let made = Target::of(scalers, object);
                let text = match &output {
                    Output::Human => format!("{} autoscaled{}\n", made.label(), dry_run.suffix()),
                    output => printers::objects(output, &[made], true)?,
                };
                session.out(&text).await;
            }
            Err(error) => errors.push(error),
        }
    }
    Error::all(errors)
}
