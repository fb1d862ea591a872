//! `kubectl certificate`: approve and deny what asks for a certificate (k8s.io/kubectl/pkg/cmd/certificates). That a signer
//! then issues one is not simulated: an approved request stays at that.

use api::{Method, Request, find_resource, path};
use serde_json::{Value, json};

use crate::command::{FILES, PRINT, Verb};
use crate::error::{Error, Outcome, plain};
use crate::flags::{Args, Takes, flag};
use crate::printers::{self, Output};
use crate::session::{Session, is_conflict};
use crate::target::{self, Target};

const PLURAL: &str = "certificatesigningrequests";
/// How often a change that came too late is tried again.
const TRIES: usize = 10;

/// `kubectl certificate approve`
pub static APPROVE: Verb = Verb {
    name: "certificate approve",
    aliases: &[],
    flags: &[&[flag("force", ' ', Takes::Bool, "false")], FILES, PRINT],
    run: |session, args| Box::pin(decide(session, args, &APPROVED)),
};

/// `kubectl certificate deny`
pub static DENY: Verb = Verb {
    name: "certificate deny",
    aliases: &[],
    flags: &[&[flag("force", ' ', Takes::Bool, "false")], FILES, PRINT],
    run: |session, args| Box::pin(decide(session, args, &DENIED)),
};

struct Decision {
    condition: &'static str,
    opposite: &'static str,
    reason: &'static str,
    message: &'static str,
    done: &'static str,
}

const APPROVED: Decision = Decision {
    condition: "Approved",
    opposite: "Denied",
    reason: "KubectlApprove",
    message: "This CSR was approved by kubectl certificate approve.",
    done: "approved",
};

const DENIED: Decision = Decision {
    condition: "Denied",
    opposite: "Approved",
    reason: "KubectlDeny",
    message: "This CSR was denied by kubectl certificate deny.",
    done: "denied",
};

async fn decide(session: &Session, args: &Args, decision: &Decision) -> Outcome {
    let output = printers::output(&*session.host, args, false)?;
    if args.words.is_empty() && !args.names_files() {
        return plain("one or more CSRs must be specified as <name> or -f <filename>");
    }
    let words: Vec<String> = args.words.iter().map(|name| format!("{PLURAL}/{name}")).collect();
    let (targets, mut errors) = target::find(session, args, &words).await?;
    let mut found = false;
    for target in targets {
        match one(session, args, decision, &target).await {
            Ok(()) => {
                found = true;
                let text = match &output {
                    Output::Human => format!("{} {}\n", target.label(), decision.done),
                    output => printers::objects(output, &[target], true)?,
                };
                session.out(&text).await;
            }
            Err(error) => errors.push(error),
        }
    }
    if !found && errors.is_empty() {
        session.out("No resources found\n").await;
    }
    Error::all(errors)
}

async fn one(session: &Session, args: &Args, decision: &Decision, target: &Target) -> Outcome {
    let Some(resource) = find_resource(PLURAL) else { return plain("no certificates here") };
    if target.resource.key() != resource.key() {
        let wanted = format!("{}.{}", resource.kind, resource.group);
        let kind = target.resource.kind;
        let given = if target.resource.group.is_empty() {
            kind.to_owned()
        } else {
            format!("{kind}.{}", target.resource.group)
        };
        return plain(format!("can only handle {wanted} objects, got {given}"));
    }
    let place = format!("{}/approval", resource.path(None, Some(&target.name)));
    for attempt in 0.. {
        let mut object = session.get(resource, "", &target.name).await?;
        let has =
            |kind: &str| path::list(&object, "status.conditions").iter().any(|condition| condition["type"] == kind);
        if has(decision.opposite) {
            return plain(format!("certificate signing request {:?} is already {}", target.name, decision.opposite));
        }
        if has(decision.condition) {
            if !args.on("force") {
                break;
            }
        } else {
            let condition = json!({
                "type": decision.condition, "status": "True", "reason": decision.reason, "message": decision.message,
                "lastUpdateTime": session.now().rfc3339(),
            });
            match object["status"]["conditions"].as_array_mut() {
                Some(conditions) => conditions.push(condition),
                None => object["status"]["conditions"] = Value::Array(vec![condition]),
            }
        }
        let request = Request::new(Method::Put, place.clone()).with_body(object);
        match session.json(request).await {
            Err(error) if is_conflict(&error) && attempt < TRIES => {}
            answer => return answer.map(|_| ()),
        }
    }
    Ok(())
}
