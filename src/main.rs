//! The page: a Yew app around the simulated cluster, and the only code that knows the browser.

mod app;
mod authoring;
mod browser;
mod command_button;
mod dialogs;
mod dividers;
mod editor;
mod embedded;
mod handout;
mod header;
mod inspector;
mod lesson_folders;
mod lesson_panel;
mod menu;
mod notices;
mod open_lesson;
mod page;
mod picture;
mod presenter;
mod session;
mod share;
mod state;
mod step_line;
mod terminals;
mod text;
mod thumbs;
mod timeline;

fn main() {
    browser::rest::offer();
    browser::page::install_panic_hook();
    api::schema::descriptions::provide(|| browser::texts::read("descriptions.txt"));
    playground::provide_help(|| browser::texts::read("help.txt"));
    wasm_bindgen_futures::spawn_local(async {
        browser::page::begin().await;
        let mut lived = session::Lived::default();
        if app::begins_with_a_replay() {
            // Replayed commands need all of the wasm; the page's frame is there meanwhile.
            browser::rest::arrive().await;
            lived = app::live_again().await;
        }
        let start = app::Start::open(&lived).await;
        // What comes next is long, too.
        browser::page::breathe().await;
        let root = gloo::utils::document().get_element_by_id("app");
        let root = root.unwrap_or_else(|| gloo::utils::body().into());
        yew::Renderer::<app::App>::with_root_and_props(root, start).render();
    });
}
