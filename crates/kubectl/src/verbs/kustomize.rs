//! `kubectl kustomize`: shows what a kustomization describes.

use crate::command::Verb;
use crate::error::{Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag, not_simulated};
use crate::kustomize;
use crate::session::Session;

const FLAGS: &[Flag] = &[
    flag("output", 'o', Takes::Text, ""),
    flag("load-restrictor", ' ', Takes::Text, "LoadRestrictionsRootOnly"),
    not_simulated("as-current-user", Takes::Bool, "false"),
    not_simulated("enable-alpha-plugins", Takes::Bool, "false"),
    not_simulated("enable-helm", Takes::Bool, "false"),
    Flag { short: 'e', ..not_simulated("env", Takes::List, "") },
    not_simulated("helm-api-versions", Takes::List, ""),
    not_simulated("helm-command", Takes::Text, "helm"),
    not_simulated("helm-debug", Takes::Bool, "false"),
    not_simulated("helm-kube-version", Takes::Text, ""),
    not_simulated("mount", Takes::List, ""),
    not_simulated("network", Takes::Bool, "false"),
    not_simulated("network-name", Takes::Text, "bridge"),
];

/// The verb.
pub static VERB: Verb =
    Verb { name: "kustomize", aliases: &[], flags: &[FLAGS], run: |session, args| Box::pin(show(session, args)) };

async fn show(session: &Session, args: &Args) -> Outcome {
    let folder = match args.words.as_slice() {
        [] => ".",
        [folder] => folder.as_str(),
        _ => return plain("specify one path to kustomization.yaml"),
    };
    let built = kustomize::build(&*session.host, folder);
    for warning in built.warnings {
        session.err(&format!("{}\n", warning.trim_end())).await;
    }
    let texts: Vec<String> = built.objects?.iter().map(manifest::to_yaml).collect();
    let text = texts.join("---\n");
    match args.text("output") {
        "" => session.out(&text).await,
        file => {
            if let Err(error) = session.host.write_file(file, text.as_bytes()) {
                return plain(format!("open {file}: {error}"));
            }
        }
    }
    Ok(())
}
