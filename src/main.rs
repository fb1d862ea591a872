//! The page: a Yew app around the simulated cluster.

use yew::{Html, function_component, html};

/// The whole page.
#[function_component]
fn App() -> Html {
    html! { <main id="app"><h1>{ "kube-playground" }</h1></main> }
}

fn main() {
    yew::Renderer::<App>::new().render();
}
