//! What a command says of an object it dealt with.

use crate::error::Outcome;
use crate::printers::{self, Output};
use crate::session::Session;
use crate::target::Target;

/// `deployment.apps/web restarted`, or the object in the format that `-o` asks for.
///
/// # Errors
/// What is wrong with a template.
pub async fn report(session: &Session, output: &Output, target: &Target, said: &str) -> Outcome {
    let text = match output {
        Output::Human => format!("{} {said}\n", target.label()),
        output => printers::one(session, output, target.clone())?,
    };
    session.out(&text).await;
    Ok(())
}
