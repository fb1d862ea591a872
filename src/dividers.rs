//! The lines between panels: dragged, or moved by the keyboard; twice clicked, a panel has its usual size again.

use yew::prelude::*;

use crate::browser;
use crate::browser::address::Panel;
use crate::page::use_page;
use crate::state::{Do, Sizable};

#[derive(Properties, PartialEq)]
pub struct DividerProps {
    /// What is sized.
    pub of: Sizable,
}

/// How something is measured.
struct Measure {
    selector: &'static str,
    variable: &'static str,
    /// It is the height that changes.
    upright: bool,
    /// The line is after what is sized: at its right.
    after: bool,
    /// The smallest size, in CSS pixels.
    least: f64,
    /// The most of the window that it may take.
    most: f64,
    /// It takes its height from the picture.
    leaves_picture: bool,
}

/// The height that is left for the picture, in CSS pixels.
const PICTURE: f64 = 60.0;

fn measure_of(what: Sizable) -> Measure {
    let (selector, variable) = match what {
        Sizable::Lesson => (".app > .lesson", "--own-lesson"),
        Sizable::Side => (".app > .side", "--own-side"),
        Sizable::Terminals => (".app > .terminals", "--own-terminals"),
        Sizable::Timeline => (".app > .timeline", "--own-timeline"),
        Sizable::Inspector => (".side > .inspector", "--own-inspector"),
    };
    let (upright, least, most) = match what {
        Sizable::Lesson => (false, 200.0, 0.45),
        Sizable::Side => (false, 240.0, 0.55),
        Sizable::Terminals => (true, 120.0, 0.75),
        Sizable::Timeline => (true, 84.0, 0.5),
        Sizable::Inspector => (true, 90.0, 0.7),
    };
    let leaves_picture = matches!(what, Sizable::Terminals | Sizable::Timeline);
    Measure { selector, variable, upright, after: what == Sizable::Lesson, least, most, leaves_picture }
}

impl Measure {
    /// The panel's edges, and the window's.
    fn measure(&self) -> Option<(web_sys::DomRect, f64)> {
        let panel = gloo::utils::document().query_selector(self.selector).ok().flatten()?;
        let root = gloo::utils::document_element();
        let window = if self.upright { root.client_height() } else { root.client_width() };
        Some((panel.get_bounding_client_rect(), f64::from(window)))
    }

    fn size(&self) -> f64 {
        self.measure().map_or(0.0, |(panel, _)| if self.upright { panel.height() } else { panel.width() })
    }

    fn range(&self) -> (f64, f64) {
        let window = self.measure().map_or(0.0, |(_, window)| window);
        let mut most = window * self.most;
        if self.leaves_picture
            && let Ok(Some(picture)) = gloo::utils::document().query_selector(".app > .picture")
        {
            most = most.min(self.size() + picture.get_bounding_client_rect().height() - PICTURE);
        }
        (self.least, most.max(self.least))
    }

    /// The size at which the line is under the pointer.
    fn under(&self, event: &PointerEvent) -> f64 {
        let Some((edges, _)) = self.measure() else { return self.least };
        match (self.upright, self.after) {
            (true, _) => edges.bottom() - f64::from(event.client_y()),
            (false, true) => f64::from(event.client_x()) - edges.left(),
            (false, false) => edges.right() - f64::from(event.client_x()),
        }
    }

    fn within(&self, size: f64) -> u16 {
        let (least, most) = self.range();
        size.clamp(least, most).round() as u16
    }
}

/// A line between two panels.
#[component]
pub fn Divider(props: &DividerProps) -> Html {
    let page = use_page();
    let what = props.of;
    let node = use_node_ref();
    // While it is held: the size it was dragged to, if it was.
    let drag = use_mut_ref(|| None::<Option<u16>>);
    let tell = {
        let node = node.clone();
        move || {
            let (how, Some(line)) = (measure_of(what), node.cast::<web_sys::Element>()) else { return };
            let (least, most) = how.range();
            for (name, value) in [("aria-valuenow", how.size()), ("aria-valuemin", least), ("aria-valuemax", most)] {
                let _ = line.set_attribute(name, &(value.round() as i64).to_string());
            }
        }
    };
    use_effect(tell.clone());
    let resize = {
        let page = page.clone();
        move |size: Option<u16>| {
            // At once, so that what is measured after it is right.
            browser::set_variable(measure_of(what).variable, size.map(|size| format!("{size}px")).as_deref());
            page.send(Do::Resize(what, size));
        }
    };
    let onpointerdown = {
        let (drag, node) = (drag.clone(), node.clone());
        Callback::from(move |event: PointerEvent| {
            if event.button() == 0 {
                // Nothing is selected on the way.
                event.prevent_default();
                if let Some(line) = node.cast::<web_sys::HtmlElement>() {
                    let _ = line.focus();
                    let _ = line.set_pointer_capture(event.pointer_id());
                }
                *drag.borrow_mut() = Some(None);
            }
        })
    };
    let onpointermove = {
        let drag = drag.clone();
        Callback::from(move |event: PointerEvent| {
            let how = measure_of(what);
            if let Some(dragged) = drag.borrow_mut().as_mut() {
                let size = how.within(how.under(&event));
                *dragged = Some(size);
                // The page is drawn anew once it is let go.
                browser::set_variable(how.variable, Some(&format!("{size}px")));
            }
        })
    };
    let let_go = {
        let (drag, resize) = (drag.clone(), resize.clone());
        Callback::from(move |_: PointerEvent| {
            if let Some(Some(size)) = drag.take() {
                resize(Some(size));
            }
        })
    };
    let ondblclick = {
        let resize = resize.clone();
        Callback::from(move |_| resize(None))
    };
    let onkeydown = {
        let resize = resize.clone();
        Callback::from(move |event: KeyboardEvent| {
            let how = measure_of(what);
            let (least, most) = how.range();
            let by = if event.shift_key() { 64.0 } else { 16.0 };
            let larger = if how.after { ["ArrowRight", "ArrowLeft"] } else { ["ArrowLeft", "ArrowRight"] };
            let size = match event.key().as_str() {
                "ArrowUp" if how.upright => how.size() + by,
                "ArrowDown" if how.upright => how.size() - by,
                key if !how.upright && key == larger[0] => how.size() + by,
                key if !how.upright && key == larger[1] => how.size() - by,
                "Home" => least,
                "End" => most,
                "Enter" | "Escape" => {
                    resize(None);
                    return;
                }
                _ => return,
            };
            event.prevent_default();
            resize(Some(how.within(size)));
        })
    };
    let (class, name) = match what {
        Sizable::Lesson => ("divider of-lesson", page.t.lesson),
        Sizable::Side => ("divider of-side", page.t.editor),
        Sizable::Terminals => ("divider of-terminals", page.t.terminal),
        Sizable::Timeline => ("divider of-timeline", page.t.timeline),
        Sizable::Inspector => ("divider of-inspector", page.t.inspector),
    };
    let onfocus = Callback::from(move |_: FocusEvent| tell());
    let orientation = if measure_of(what).upright { "horizontal" } else { "vertical" };
    html! {
        <div ref={node} {class} role="separator" tabindex="0" aria-orientation={orientation} aria-label={(page.t.size_of)(name)}
            title={page.t.size_help} aria-valuenow="0" {onpointerdown} {onpointermove} onpointerup={let_go.clone()} onpointercancel={let_go}
            {ondblclick} {onkeydown} {onfocus}></div>
    }
}

#[derive(Properties, PartialEq)]
pub struct ToolsProps {
    /// The panel they are for.
    pub panel: Panel,
    /// Smaller and larger type, too.
    #[prop_or_default]
    pub typed: bool,
    #[prop_or_default]
    pub class: Classes,
}

/// A panel's type size, and all the room for it.
#[component]
pub fn PanelTools(props: &ToolsProps) -> Html {
    let page = use_page();
    let (t, panel) = (page.t, props.panel);
    let maximised = page.ui.layout.maximised == Some(panel);
    let send = |action: Do| {
        let page = page.clone();
        Callback::from(move |_: MouseEvent| page.send(action.clone()))
    };
    let name = match panel {
        Panel::Lesson => t.lesson,
        Panel::Picture | Panel::Timeline => t.picture,
        Panel::Terminal => t.terminal,
        Panel::Editor => t.editor,
    };
    let label = if maximised { t.restore.to_owned() } else { (t.maximise)(name) };
    let icon =
        if maximised { "M7 2v5H2M9 14V9h5M7 7L2 2M9 9l5 5" } else { "M9.5 2H14v4.5M6.5 14H2V9.5M14 2L9 7M2 14l5-5" };
    html! {
        <span class={classes!("tools", props.class.clone())} role="group" aria-label={name}>
            if props.typed {
                <button class="smaller" aria-label={format!("{name}: {}", t.smaller)} title={t.smaller} onclick={send(Do::Enlarge(panel, -1))}></button>
                <button class="larger" aria-label={format!("{name}: {}", t.larger)} title={t.larger} onclick={send(Do::Enlarge(panel, 1))}></button>
            }
            <button class="room" aria-pressed={maximised.to_string()} aria-label={label.clone()} title={format!("{label} (Alt M)")}
                onclick={send(Do::Maximise((!maximised).then_some(panel)))}>
                <svg width="13" height="13" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.6" aria-hidden="true"><path d={icon} /></svg>
            </button>
        </span>
    }
}
