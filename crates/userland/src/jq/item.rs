//! A value on its way through a program, and the path that led to it.

use std::rc::Rc;

use super::json::Json;

/// Where a value was found, if that is asked for.
#[derive(Clone, Debug)]
pub(super) enum Path {
    /// Nobody asks.
    Untracked,
    /// The keys from the value that the search began at.
    At(Option<Rc<Step>>),
    /// Nowhere: the value was made.
    Nowhere,
}

/// A key, and those before it.
#[derive(Debug)]
pub(super) struct Step {
    key: Json,
    before: Option<Rc<Step>>,
}

impl Path {
    pub(super) fn then(&self, key: &Json) -> Result<Path, ()> {
        match self {
            Path::Untracked => Ok(Path::Untracked),
            Path::At(before) => Ok(Path::At(Some(Rc::new(Step { key: key.clone(), before: before.clone() })))),
            Path::Nowhere => Err(()),
        }
    }

    pub(super) fn made(&self) -> Path {
        if matches!(self, Path::Untracked) { Path::Untracked } else { Path::Nowhere }
    }

    pub(super) fn keys(&self) -> Option<Vec<Json>> {
        let Path::At(mut at) = self.clone() else { return None };
        let mut keys = Vec::new();
        while let Some(step) = at {
            keys.push(step.key.clone());
            at = step.before.clone();
        }
        keys.reverse();
        Some(keys)
    }
}

/// A value and where it was found.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub value: Json,
    pub path: Path,
}
