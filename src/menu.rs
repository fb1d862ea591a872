//! A button that opens a list of choices.

use wasm_bindgen::JsCast;
use yew::prelude::*;

use crate::browser;

/// Opens and closes the menu whose state this is.
pub fn toggle(open: &UseStateHandle<bool>) -> Callback<bool> {
    let open = open.clone();
    Callback::from(move |wanted| open.set(wanted))
}

#[derive(Properties, PartialEq)]
pub struct MenuProps {
    pub class: AttrValue,
    /// What is on the button.
    pub label: AttrValue,
    /// The button's accessible name.
    pub name: AttrValue,
    pub open: bool,
    pub toggle: Callback<bool>,
    #[prop_or_default]
    pub ghost: bool,
    pub children: Children,
}

/// A button that opens a list of choices. Escape and leaving it close it.
#[component]
pub fn Menu(props: &MenuProps) -> Html {
    let (button, was_open) = (use_node_ref(), use_mut_ref(|| false));
    {
        // Closing takes the choice that had the keyboard away: it goes back to the button.
        let (button, was) = (button.clone(), was_open.clone());
        use_effect_with(props.open, move |open| {
            let closed = was.replace(*open) && !open;
            if closed && browser::nothing_has_focus() {
                browser::focus(&button);
            }
        });
    }
    let onclick = {
        let (toggle, open) = (props.toggle.clone(), props.open);
        Callback::from(move |_| toggle.emit(!open))
    };
    let onkeydown = {
        let toggle = props.toggle.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                toggle.emit(false);
            }
        })
    };
    let onfocusout = {
        let toggle = props.toggle.clone();
        Callback::from(move |event: FocusEvent| {
            let inside =
                |target: Option<web_sys::EventTarget>| target.and_then(|it| it.dyn_into::<web_sys::Node>().ok());
            let menu = event.current_target().and_then(|it| it.dyn_into::<web_sys::Node>().ok());
            if !menu.is_some_and(|menu| menu.contains(inside(event.related_target()).as_ref())) {
                toggle.emit(false);
            }
        })
    };
    html! {
        <span class={classes!("menu", props.class.to_string())} {onkeydown} {onfocusout}>
            <button ref={button} class={classes!("btn", props.ghost.then_some("ghost"))} aria-haspopup="true" aria-expanded={props.open.to_string()}
                aria-label={props.name.clone()} {onclick}>{ &props.label }</button>
            if props.open {
                <ul>{ props.children.clone() }</ul>
            }
        </span>
    }
}
