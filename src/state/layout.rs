//! How big a person made the panels and their type.

use serde_json::{Value, json};

use crate::browser::address::Panel;

/// What a person may size by hand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sizable {
    /// The lesson's width.
    Lesson,
    /// The width of editor and inspector.
    Side,
    /// The terminals' height.
    Terminals,
    /// The timeline's height.
    Timeline,
    /// The inspector's height.
    Inspector,
}

/// Each with its name among what is kept, which is also that of its CSS variable (`--own-NAME`).
pub const SIZED: [(Sizable, &str); 5] = [
    (Sizable::Lesson, "lesson"),
    (Sizable::Side, "side"),
    (Sizable::Terminals, "terminals"),
    (Sizable::Timeline, "timeline"),
    (Sizable::Inspector, "inspector"),
];

/// The panels with a type size of their own: the name among what is kept, the CSS variable and its unit, and the size in
/// pixels on a screen and on a projector.
pub const TYPED: [(Panel, &str, &str, &str, [i16; 2]); 3] = [
    (Panel::Picture, "pictureType", "--picture-size", "px", [12, 16]),
    (Panel::Terminal, "terminalType", "--term-size", "", [13, 18]),
    (Panel::Editor, "editorType", "--code-size", "px", [13, 17]),
];

/// The smallest and the largest type, in pixels.
const TYPE_RANGE: (i16, i16) = (10, 40);

/// Sizes that differ from how the page comes.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Layout {
    /// In CSS pixels, in the order of [`SIZED`].
    sizes: [Option<u16>; SIZED.len()],
    /// How much larger than usual the type is; in CSS pixels.
    types: [i16; 3],
    /// The panel that has all the room.
    pub maximised: Option<Panel>,
}

impl Layout {
    /// What was kept of an earlier visit. Whatever is no size is left out.
    pub fn from_kept(kept: &Value) -> Layout {
        Layout {
            sizes: SIZED.map(|(_, name)| kept[name].as_u64().and_then(|size| u16::try_from(size).ok())),
            types: TYPED.map(|(_, name, ..)| kept[name].as_i64().unwrap_or_default().clamp(-10, 30) as i16),
            maximised: None,
        }
    }

    /// What survives a reload.
    pub fn to_kept(&self) -> Value {
        let mut kept = json!({});
        for ((_, name), size) in SIZED.iter().zip(self.sizes) {
            if let Some(size) = size {
                kept[*name] = size.into();
            }
        }
        for ((_, name, ..), larger) in TYPED.iter().zip(self.types) {
            if larger != 0 {
                kept[*name] = larger.into();
            }
        }
        kept
    }

    /// Sizes something; `None` gives it back its usual size.
    pub fn resize(&mut self, what: Sizable, size: Option<u16>) {
        if let Some(at) = SIZED.iter().position(|(sized, _)| *sized == what) {
            self.sizes[at] = size;
        }
    }

    /// Makes a panel's type larger, or smaller, by so many pixels; 0 gives it back its usual size.
    pub fn enlarge(&mut self, panel: Panel, by: i16, projector: bool) {
        if let Some(at) = TYPED.iter().position(|(typed, ..)| *typed == panel) {
            let usual = TYPED[at].4[usize::from(projector)];
            let larger = (usual + self.types[at] + by).clamp(TYPE_RANGE.0, TYPE_RANGE.1) - usual;
            self.types[at] = if by == 0 { 0 } else { larger };
        }
    }

    /// The type of a panel, in pixels.
    pub fn type_size(&self, panel: Panel, projector: bool) -> i16 {
        let at = TYPED.iter().position(|(typed, ..)| *typed == panel).unwrap_or(0);
        (TYPED[at].4[usize::from(projector)] + self.types[at]).clamp(TYPE_RANGE.0, TYPE_RANGE.1)
    }

    /// The CSS variables that say it; `None` for what is as usual.
    pub fn variables(&self, projector: bool) -> Vec<(String, Option<String>)> {
        let sizes = (SIZED.iter().zip(self.sizes))
            .map(|((_, name), size)| (format!("--own-{name}"), size.map(|size| format!("{size}px"))));
        let types = TYPED.iter().zip(self.types).map(|((panel, _, variable, unit, _), larger)| {
            let size = self.type_size(*panel, projector);
            ((*variable).to_owned(), (larger != 0).then(|| format!("{size}{unit}")))
        });
        sizes.chain(types).collect()
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn sizes_survive_and_nonsense_does_not() {
        let mut layout = Layout::default();
        layout.resize(Sizable::Lesson, Some(420));
        layout.enlarge(Panel::Terminal, 3, false);
        let kept = layout.to_kept();
        assert_eq!(kept, json!({"lesson": 420, "terminalType": 3}));
        assert_eq!(Layout::from_kept(&kept), layout);
        assert_eq!(Layout::from_kept(&json!({"lesson": "wide", "side": -1, "terminals": 1e9})), Layout::default());
        let said = |layout: &Layout, projector| {
            let all = layout.variables(projector).into_iter();
            all.filter_map(|(name, value)| Some(format!("{name}:{}", value?))).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(said(&layout, false), "--own-lesson:420px --term-size:16");
        assert_eq!(said(&layout, true), "--own-lesson:420px --term-size:21");
        layout.enlarge(Panel::Terminal, 0, false);
        layout.resize(Sizable::Lesson, None);
        assert_eq!(layout, Layout::default());
        layout.enlarge(Panel::Picture, -50, false);
        assert_eq!(said(&layout, false), "--picture-size:10px");
    }
}
