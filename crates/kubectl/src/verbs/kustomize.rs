//! `kubectl kustomize`: shows what a kustomization describes.

use crate::command::Verb;
use crate::error::{Outcome, plain};
use crate::flags::{Args, Flag, Takes, flag};
use crate::kustomize;
use crate::session::Session;

const FLAGS: &[Flag] = &[flag("output", 'o', Takes::Text, "", "If specified, write output to this path.")];

/// The verb.
pub static VERB: Verb = Verb {
    name: "kustomize",
    aliases: &[],
    usage: "DIR [flags] [options]",
    short: "Build a kustomization target from a directory or URL",
    long: "Build a set of KRM resources using a 'kustomization.yaml' file. The DIR argument must be a path to a directory containing 'kustomization.yaml'. If DIR is omitted, '.' is assumed.",
    examples: &["kubectl kustomize", "kubectl kustomize /home/config/production"],
    flags: &[FLAGS],
    run: |session, args| Box::pin(show(session, args)),
};

async fn show(session: &Session, args: &Args) -> Outcome {
    let folder = match args.words.as_slice() {
        [] => ".",
        [folder] => folder.as_str(),
        _ => return plain("specify one path to kustomization.yaml"),
    };
    let built = kustomize::build(&*session.host, folder)?;
    for warning in built.warnings {
        session.err(&format!("{warning}\n")).await;
    }
    let texts: Vec<String> = built.objects.iter().map(manifest::to_yaml).collect();
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
