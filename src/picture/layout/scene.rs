//! The picture once it is laid out: what stands where.

use std::rc::Rc;

use sim::Time;

use crate::picture::boxes::{Card, Group};
use crate::session::{PodView, ServiceView};
use crate::text::Texts;

/// A box.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
#[allow(missing_docs, reason = "the fields' names say it")]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
}

impl Rect {
    pub fn new(x: f64, y: f64, w: f64, h: f64) -> Rect {
        Rect { x, y, w, h }
    }

    pub fn right(&self) -> f64 {
        self.x + self.w
    }

    pub fn bottom(&self) -> f64 {
        self.y + self.h
    }

    /// The height of its middle.
    pub fn middle(&self) -> f64 {
        self.y + self.h / 2.0
    }
}

/// What the picture is laid out for.
#[derive(Clone, Copy)]
pub struct Viewport<'a> {
    /// The width there is.
    pub width: f64,
    /// The size of text, in pixels.
    pub text: f64,
    /// The words.
    pub t: &'a Texts,
    /// Now: waits are counted down.
    pub now: Time,
}

impl Viewport<'_> {
    /// A length that is `length` pixels where text is 12 pixels high.
    pub fn px(&self, length: f64) -> f64 {
        (length * self.text / 12.0).round()
    }
}

/// A line that is always there.
#[derive(Clone, PartialEq, Debug)]
pub struct Wire {
    /// Its corners.
    pub points: Vec<(f64, f64)>,
    /// How it looks.
    pub class: &'static str,
}

/// A frame with its caption.
#[derive(Clone, PartialEq, Debug)]
pub struct Frame {
    /// The namespace.
    pub name: String,
    /// Where.
    pub rect: Rect,
}

/// A Pod's place, as a route needs it.
#[derive(Clone, PartialEq, Debug)]
pub struct Spot {
    /// The Pod.
    pub pod: Rc<PodView>,
    /// Its card, or its square.
    pub rect: Rect,
    /// Whether nothing stands between the lane and it.
    pub first: bool,
}

/// Where the columns are.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Columns {
    /// The left edge and the width of Services.
    pub services: (f64, f64),
    /// The lane for wires, between Services and workloads; on a phone at the left of both.
    pub lane: f64,
    /// Where the brackets of workloads are.
    pub bracket: f64,
    /// The left edge and the width of workloads.
    pub groups: (f64, f64),
    /// The left edge and the width of volumes, where they stand at the side.
    pub volumes: Option<(f64, f64)>,
}

/// The scene: everything with its place.
#[derive(Clone, PartialEq, Debug, Default)]
#[allow(missing_docs, reason = "the fields' names say it")]
pub struct Scene {
    pub width: f64,
    pub height: f64,
    pub text: f64,
    /// One column, from top to bottom.
    pub narrow: bool,
    pub columns: Columns,
    pub laptop: Rect,
    pub node: Rect,
    pub frames: Vec<Frame>,
    pub cards: Vec<Rc<Card>>,
    pub groups: Vec<Rc<Group>>,
    pub wires: Vec<Wire>,
    pub spots: Vec<Spot>,
    /// The Services' cards.
    pub services: Vec<(Rc<ServiceView>, Rect)>,
}
