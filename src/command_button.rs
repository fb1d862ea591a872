//! A button that types a command into a terminal. It acts once for each press that means it: not again while its command
//! runs, nor on a command that has taken the place of the one that ran.

use lesson::Place;
use yew::prelude::*;

use crate::browser::{self, element};
use crate::page::use_page;

#[derive(Properties, PartialEq)]
pub struct CommandButtonProps {
    /// The command.
    pub line: AttrValue,
    /// Where it belongs.
    #[prop_or_default]
    pub place: Place,
    pub class: Classes,
    #[prop_or_default]
    pub disabled: bool,
    #[prop_or_default]
    pub title: Option<AttrValue>,
    #[prop_or_default]
    pub label: Option<AttrValue>,
    /// Called before the command is typed.
    #[prop_or_default]
    pub before: Callback<()>,
    pub children: Html,
}

/// What the button remembers of its last press.
#[derive(Default)]
struct Last {
    /// The command that ran.
    line: Option<AttrValue>,
    /// It was pressed by keyboard, and has had the keyboard since.
    by_keyboard: bool,
}

/// The button. After a press by pointer the terminal has the keyboard; who came by keyboard keeps it here, and what is
/// typed then goes to the terminal.
#[component]
pub fn CommandButton(props: &CommandButtonProps) -> Html {
    let page = use_page();
    let last = use_mut_ref(Last::default);
    let changed = use_state(|| false);
    let onclick = {
        let (page, last, changed) = (page.clone(), last.clone(), changed.clone());
        let (line, place, before) = (props.line.clone(), props.place.clone(), props.before.clone());
        Callback::from(move |event: MouseEvent| {
            let by_keyboard = event.detail() == 0;
            if last.borrow().line.as_ref().is_some_and(|line| page.session.is_under_way(line)) {
                // The second press of a double click took the keyboard again.
                element::after_click(&event);
                return;
            }
            {
                let mut last = last.borrow_mut();
                let other = last.line.as_ref().is_some_and(|ran| *ran != line);
                if by_keyboard && last.by_keyboard && other {
                    *last = Last { line: None, by_keyboard };
                    changed.set(true);
                    return;
                }
                *last = Last { line: Some(line.clone()), by_keyboard };
            }
            changed.set(false);
            before.emit(());
            page.run(&place, &line);
            element::after_click(&event);
        })
    };
    let onkeydown = {
        let (page, last) = (page.clone(), last.clone());
        Callback::from(move |event: KeyboardEvent| {
            let key = event.key();
            if matches!(key.as_str(), "Enter" | " ") {
                // A key that is held down presses once.
                if event.repeat() {
                    event.prevent_default();
                }
                return;
            }
            let bytes = match (event.ctrl_key(), key.as_str()) {
                (true, "c") if browser::selected_text().is_empty() => "\x03",
                (false, letter) if letter.chars().count() == 1 && letter != "?" => letter,
                _ => return,
            };
            let pressed = last.borrow().line.is_some() || last.borrow().by_keyboard;
            if pressed && !event.alt_key() && !event.meta_key() {
                event.prevent_default();
                page.session.type_in_front(bytes.as_bytes());
                element::focus_now(element::TERMINAL);
            }
        })
    };
    let onblur = {
        let changed = changed.clone();
        Callback::from(move |_: FocusEvent| {
            last.borrow_mut().by_keyboard = false;
            changed.set(false);
        })
    };
    let note = if *changed { page.t.command_changed } else { "" };
    html! { <>
        <button class={props.class.clone()} disabled={props.disabled} title={props.title.clone()} aria-label={props.label.clone()}
            {onclick} {onkeydown} {onblur}>{ props.children.clone() }</button>
        <span class="changed" role="status">{ note }</span>
    </> }
}
