//! Not simulated yet.

use crate::reconcile::Outcome;
use crate::runtime::Context;
use crate::store::ObjectKey;

/// Looks at one object.
pub fn reconcile(_cx: &mut Context, _key: &ObjectKey) -> Outcome {
    Outcome::default()
}
