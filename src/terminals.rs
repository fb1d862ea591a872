//! The terminals: a tab each, and on a phone the keys its keyboard lacks.

use std::rc::Rc;

use js_sys::Uint8Array;
use lesson::Place;
use playground::TerminalId;
use yew::prelude::*;

use crate::browser::address::Panel;
use crate::browser::{self, element};
use crate::dividers::PanelTools;
use crate::page::use_page;
use crate::session::{Screen, Session, TabView};
use crate::text::Texts;

#[derive(Properties, PartialEq)]
pub struct TerminalsProps {
    pub tabs: Vec<TabView>,
    pub hurry: bool,
}

/// The terminals' panel.
#[component]
pub fn Terminals(props: &TerminalsProps) -> Html {
    let page = use_page();
    let t = page.t;
    let control = use_mut_ref(|| false);
    let ready = use_state(|| element::is_defined("kp-terminal"));
    {
        let ready = ready.clone();
        use_effect_with((), move |()| {
            if !*ready {
                element::when_defined("kp-terminal", move || ready.set(true));
            }
        });
    }
    let open = |place: Place| {
        let session = page.session.clone();
        Callback::from(move |_| session.open_terminal(&place))
    };
    let node_open = props.tabs.iter().any(|tab| tab.places.last() == Some(&playground::Place::Node));
    let active = props.tabs.iter().find(|tab| tab.active);
    let busy = active.is_some_and(|tab| tab.busy);
    let skip = {
        let session = page.session.clone();
        Callback::from(move |event: MouseEvent| {
            session.skip_wait();
            element::after_click(&event);
        })
    };
    html! {
        <section class="panel terminals" id="terminals" tabindex="-1" aria-label={t.terminal}>
            <div class="tabs">
                <span role="tablist" aria-label={t.terminal} class="tab">
                    { for props.tabs.iter().enumerate().map(|(nth, tab)| {
                        let (session, id) = (page.session.clone(), tab.id);
                        let onclick = Callback::from(move |_| session.show_terminal(id));
                        html! {
                            <button role="tab" aria-selected={tab.active.to_string()} aria-controls={format!("terminal-{}", id.0)} {onclick}>
                                { tab_title(&props.tabs, nth, t) }
                                if tab.busy { <span class="visually-hidden">{ t.command_runs }</span> }
                            </button>
                        }
                    }) }
                </span>
                if props.tabs.len() > 1 {
                    if let Some(tab) = active {
                        <button class="close" aria-label={t.close_terminal} title={t.close_terminal} onclick={
                            let (session, id) = (page.session.clone(), tab.id);
                            Callback::from(move |_| session.close_terminal(id))
                        }>{ "✕" }</button>
                    }
                }
                if !node_open {
                    <button onclick={open(Place::Node)}>{ "minikube ssh" }</button>
                }
                <button aria-label={t.new_terminal} title={t.new_terminal} onclick={open(Place::Outside)}>{ "＋" }</button>
                if busy {
                    <Wait skip={skip} hurry={props.hurry} />
                }
            </div>
            <span class="note">
                <span>{ t.leave }</span>
                <PanelTools panel={Panel::Terminal} typed=true />
            </span>
            <div class="screens">
                if *ready {
                    { for props.tabs.iter().map(|tab| html! {
                        <TerminalScreen key={tab.id.0} id={tab.id} active={tab.active} control={control.clone()} />
                    }) }
                } else {
                    <p class="waiting" role="status">{ t.loading_terminal }</p>
                }
            </div>
            if let Some(tab) = active {
                <Keys id={tab.id} control={control.clone()} />
            }
        </section>
    }
}

/// Where a terminal is; those in the same place are numbered.
fn tab_title(tabs: &[TabView], nth: usize, t: &Texts) -> String {
    let title = |tab: &TabView| match tab.places.last() {
        None | Some(playground::Place::Laptop) => t.my_computer.to_owned(),
        Some(playground::Place::Node) => "minikube ssh".to_owned(),
        Some(playground::Place::Container { pod, .. }) => pod.clone(),
    };
    let own = title(&tabs[nth]);
    match tabs[..nth].iter().filter(|before| title(before) == own).count() {
        0 => own,
        before => format!("{own} {}", before + 1),
    }
}

#[derive(Properties, PartialEq)]
struct WaitProps {
    skip: Callback<MouseEvent>,
    hurry: bool,
}

/// Offers to pass over a wait once a command has run for a while.
#[component]
fn Wait(props: &WaitProps) -> Html {
    let t = use_page().t;
    let long = use_state(|| false);
    {
        let long = long.clone();
        use_effect_with((), move |()| {
            let timeout = gloo::timers::callback::Timeout::new(2_500, move || long.set(true));
            move || drop(timeout)
        });
    }
    if !*long {
        return html! {};
    }
    html! { <button aria-pressed={props.hurry.to_string()} onclick={&props.skip}>
        <svg width="13" height="11" viewBox="0 0 13 11" aria-hidden="true"><path d="M0 1l6 4.5L0 10zM6.5 1l6 4.5-6 4.5z" fill="currentColor" /></svg>
        { " " }{ t.skip_wait }
    </button> }
}

#[derive(Properties)]
struct ScreenProps {
    id: TerminalId,
    active: bool,
    control: Rc<std::cell::RefCell<bool>>,
}

impl PartialEq for ScreenProps {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.active == other.active
    }
}

/// One terminal's screen: what the world prints goes in, what is typed comes out.
#[component]
fn TerminalScreen(props: &ScreenProps) -> Html {
    let page = use_page();
    let node = use_node_ref();
    {
        let (node, session, id, control) = (node.clone(), page.session.clone(), props.id, props.control.clone());
        use_effect_with((), move |()| {
            let listeners = node.cast::<web_sys::Element>().map(|element| connect(&element, &session, id, control));
            move || {
                drop(listeners);
                session.detach(id);
            }
        });
    }
    {
        let (node, embedded, seen) = (node.clone(), page.ui.embed, use_mut_ref(|| false));
        use_effect_with(props.active, move |active| {
            let first = !seen.replace(true);
            if *active && let Some(element) = node.cast::<web_sys::Element>() {
                element::call(&element, "fit", &[]);
                let asked = if first { browser::may_take_keyboard(embedded) } else { browser::has_keyboard() };
                if asked && !browser::is_phone() {
                    element::call(&element, "focus", &[]);
                }
            }
        });
    }
    let id = format!("terminal-{}", props.id.0);
    let reader = page.ui.screen_reader.then_some("");
    html! { <kp-terminal {id} ref={node} hidden={!props.active} label={page.t.terminal} screen-reader={reader}></kp-terminal> }
}

fn connect(
    element: &web_sys::Element,
    session: &Session,
    id: TerminalId,
    control: Rc<std::cell::RefCell<bool>>,
) -> Vec<gloo::events::EventListener> {
    let screen = element.clone();
    session.attach(
        id,
        Callback::from(move |shown: Screen| match shown {
            Screen::Bytes(bytes) => {
                element::call(&screen, "write", &[Uint8Array::from(bytes.as_slice()).into()]);
            }
            Screen::Restart => {
                element::call(&screen, "reset", &[]);
            }
        }),
    );
    let typed = {
        let session = session.clone();
        element::on(element, "data", move |detail| {
            let mut bytes = Uint8Array::new(&detail).to_vec();
            if control.replace(false) {
                bytes = bytes.first().map(|byte| byte.to_ascii_uppercase() & 0x1f).into_iter().collect();
            }
            session.input(id, &bytes);
        })
    };
    let resized = {
        let session = session.clone();
        element::on(element, "resize", move |size| resize(&session, id, &size))
    };
    element::call(element, "fit", &[]);
    // It may have had its size before anybody listened.
    resize(session, id, &element::get(element, "size"));
    session.catch_up();
    vec![typed, resized]
}

fn resize(session: &Session, id: TerminalId, size: &wasm_bindgen::JsValue) {
    let number = |name: &str| element::get(size, name).as_f64().unwrap_or(0.0) as u16;
    let (columns, rows) = (number("cols"), number("rows"));
    if columns > 0 && rows > 0 {
        session.resize(id, columns, rows);
    }
}

#[derive(Properties)]
struct KeysProps {
    id: TerminalId,
    control: Rc<std::cell::RefCell<bool>>,
}

impl PartialEq for KeysProps {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

/// The keys a phone's keyboard lacks.
#[component]
fn Keys(props: &KeysProps) -> Html {
    let page = use_page();
    let held = use_state(|| false);
    let keys: [(&str, &str); 9] = [
        ("Tab", "\t"),
        ("Esc", "\x1b"),
        ("↑", "\x1b[A"),
        ("↓", "\x1b[B"),
        ("←", "\x1b[D"),
        ("→", "\x1b[C"),
        ("|", "|"),
        ("-", "-"),
        ("/", "/"),
    ];
    let hold = {
        let (held, control) = (held.clone(), props.control.clone());
        Callback::from(move |_| {
            let now = !*control.borrow();
            *control.borrow_mut() = now;
            held.set(now);
        })
    };
    let interrupt = {
        let (session, id) = (page.session.clone(), props.id);
        Callback::from(move |_| session.input(id, b"\x03"))
    };
    // The phone's keyboard stays open only if the terminal keeps the focus.
    let keep_focus = Callback::from(|event: PointerEvent| event.prevent_default());
    html! {
        <div class="keys" role="toolbar" aria-label={page.t.keys} onpointerdown={keep_focus}>
            <button aria-pressed={(*held && *props.control.borrow()).to_string()} onclick={hold}>{ "Ctrl" }</button>
            <button onclick={interrupt}>{ "^C" }</button>
            { for keys.map(|(label, bytes)| {
                let (session, id) = (page.session.clone(), props.id);
                html! { <button onclick={Callback::from(move |_| session.input(id, bytes.as_bytes()))}>{ label }</button> }
            }) }
        </div>
    }
}
