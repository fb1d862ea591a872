//! The right side: YAML files as tabs, what is wrong with them, Apply and Diff; below it the inspector.

mod check;
mod complete;

use std::rc::Rc;

use gloo::timers::callback::Timeout;
use js_sys::{Array, Object};
use lesson::Place;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use yew::prelude::*;

use crate::browser::address::Panel;
use crate::browser::{self, element};
use crate::command_button::CommandButton;
use crate::dividers::{Divider, PanelTools};
use crate::inspector::Inspector;
use crate::lesson_panel::inline;
use crate::menu::{Menu, toggle};
use crate::page::{Page, use_page};
use crate::session::ClusterView;
use crate::state::{Dialog, Do, Sizable};
pub use check::Problem;

#[derive(Properties, PartialEq)]
pub struct SideProps {
    /// The lesson's files, if there is a lesson.
    pub taught: Option<Vec<String>>,
    pub files: Rc<Vec<String>>,
    pub files_revision: u64,
    pub revision: u64,
    pub cluster: Rc<ClusterView>,
}

/// Milliseconds after the last keystroke before the text is looked at.
const REST: u32 = 250;

/// Editor and inspector.
#[component]
pub fn Side(props: &SideProps) -> Html {
    let page = use_page();
    let t = page.t;
    let ready = use_state(|| false);
    let problems = use_state(|| Rc::new(Vec::<Problem>::new()));
    let emptied = use_state(|| false);
    {
        let ready = ready.clone();
        use_effect_with((), move |()| element::when_defined("kp-editor", move || ready.set(true)));
    }
    let mut files: Vec<String> = props.files.iter().filter(|file| is_text(file)).cloned().collect();
    // In the order in which lessons use them, one's own last.
    let taught: Vec<&str> = lesson::list().iter().flat_map(|lesson| lesson.files).map(|file| file.name).collect();
    // Another lesson's files can wait until something opens them.
    if let Some(own) = &props.taught {
        files.retain(|file| {
            own.contains(file) || !taught.contains(&file.as_str()) || page.ui.file.as_ref() == Some(file)
        });
    }
    files.retain(|file| !page.ui.closed.contains(file) || page.ui.file.as_ref() == Some(file));
    let place = |file: &String| taught.iter().position(|name| name == file).unwrap_or(taught.len());
    sim::order::sort_by(&mut files, |a, b| place(a).cmp(&place(b)));
    let open = page.ui.file.clone().or_else(|| files.first().cloned());
    if let Some(open) = &open
        && !files.contains(open)
    {
        files.push(open.clone());
    }
    {
        // Files that do not fit beside each other are scrolled: the open one is in view.
        use_effect_with(open.clone(), |_| {
            if let Ok(Some(tab)) = gloo::utils::document().query_selector(".files [aria-selected=true]") {
                element::reveal(&tab, ".files > .names");
            }
        });
    }
    let new_file = {
        let page = page.clone();
        Callback::from(move |_| page.send(Do::Ask(Some(Dialog::NewFile))))
    };
    html! {
        <aside class="panel side" aria-label={t.editor}>
            <div class="files">
                <span role="tablist" aria-label={t.files} class="names">
                    { for files.iter().map(|file| {
                        let onclick = {
                            let (page, file) = (page.clone(), file.clone());
                            Callback::from(move |_| page.send(Do::Open(file.clone())))
                        };
                        let unapplied = page.ui.unapplied.contains(file);
                        html! {
                            <button role="tab" aria-selected={(Some(file) == open.as_ref()).to_string()} {onclick}>
                                { file }
                                if unapplied { <span class="unapplied" role="img" aria-label={t.unapplied} title={t.unapplied}>{ "●" }</span> }
                            </button>
                        }
                    }) }
                </span>
                <button aria-label={t.new_file} title={t.new_file} onclick={new_file}>{ "＋" }</button>
                if let Some(open) = &open {
                    <FileMenu file={open.clone()} next={beside(&files, open)} />
                }
                <PanelTools panel={Panel::Editor} typed=true />
            </div>
            <div class="editor-place">
                if let Some(path) = &open {
                    if *ready {
                        <Editor path={path.clone()} files_revision={props.files_revision} problems={problems.clone()} emptied={emptied.clone()} />
                    } else {
                        <p class="editor-empty" role="status">{ t.loading_editor }</p>
                    }
                } else {
                    <p class="editor-empty">{ t.no_file }</p>
                }
            </div>
            <Problems problems={(*problems).clone()} emptied={*emptied} />
            <ApplyBar path={open} />
            <Divider of={Sizable::Inspector} />
            <Inspector revision={props.revision} files_revision={props.files_revision} cluster={props.cluster.clone()} />
        </aside>
    }
}

/// The file that is shown once this one is not: the one after it, else the one before.
fn beside(files: &[String], file: &str) -> Option<String> {
    let at = files.iter().position(|other| other == file)?;
    files.get(at + 1).or_else(|| files.get(at.checked_sub(1)?)).cloned()
}

#[derive(Properties, PartialEq)]
struct FileMenuProps {
    file: String,
    next: Option<String>,
}

/// What can be done with the open file. Renaming and deleting are typed, so that undo takes them back.
#[component]
fn FileMenu(props: &FileMenuProps) -> Html {
    let page = use_page();
    let t = page.t;
    let open = use_state(|| false);
    let act = |what: fn(&Page, &FileMenuProps)| {
        let (page, open, props) =
            (page.clone(), open.clone(), FileMenuProps { file: props.file.clone(), next: props.next.clone() });
        Callback::from(move |_: MouseEvent| {
            open.set(false);
            what(&page, &props);
        })
    };
    let close = act(|page, props| page.send(Do::Close(props.file.clone(), props.next.clone())));
    let rename = act(|page, props| {
        page.send(Do::Open(props.file.clone()));
        page.send(Do::Ask(Some(Dialog::RenameFile)));
    });
    let delete = act(|page, props| {
        page.run(&Place::Outside, &format!("rm {}", word(&props.file)));
        // Its tab goes with the file, and comes back with it.
        if let Some(next) = &props.next {
            page.send(Do::Open(next.clone()));
        }
    });
    html! {
        <Menu class="file-menu" label="⋯" name={format!("{}: {}", t.file_menu, props.file)} open={*open} toggle={toggle(&open)} ghost=true>
            <li><button onclick={close}>{ t.close_file }</button></li>
            <li><button onclick={rename}>{ t.rename_file }</button></li>
            <li><button onclick={delete}>{ t.delete_file }</button></li>
        </Menu>
    }
}

/// A file's name as a word of the shell.
pub fn word(file: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "._-+:@%/".contains(letter);
    let dashed = if file.starts_with('-') { format!("./{file}") } else { file.to_owned() };
    if dashed.chars().all(plain) { dashed } else { format!("'{}'", dashed.replace('\'', "'\\''")) }
}

/// What the editor is for: manifests, scripts and texts; not what a download left in the home folder.
fn is_text(file: &str) -> bool {
    [".yaml", ".yml", ".json", ".sh", ".txt", ".html", ".conf"].iter().any(|end| file.ends_with(end))
        && !file.starts_with('.')
}

#[derive(Properties)]
struct EditorProps {
    path: String,
    files_revision: u64,
    problems: UseStateHandle<Rc<Vec<Problem>>>,
    emptied: UseStateHandle<bool>,
}

impl PartialEq for EditorProps {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path && self.files_revision == other.files_revision
    }
}

/// The editor on one file.
#[component]
fn Editor(props: &EditorProps) -> Html {
    let page = use_page();
    let node = use_node_ref();
    let path = use_mut_ref(String::new);
    let rest = use_mut_ref(|| None::<Timeout>);
    let look = {
        let (node, problems, page) = (node.clone(), props.problems.setter(), page.clone());
        let emptied = props.emptied.setter();
        Rc::new(move |path: &str, text: &str| {
            emptied.set(page.session.has_emptied(path));
            let found = page.session.read(|playground| check::problems(path, text, playground, page.t.lang));
            if let Some(element) = node.cast::<web_sys::Element>() {
                element::set(&element, "diagnostics", &diagnostics(&found, page.t.fix));
            }
            problems.set(Rc::new(found));
        })
    };
    {
        let (node, page, path, rest, look) = (node.clone(), page.clone(), path.clone(), rest.clone(), look.clone());
        use_effect_with(page.t.lang_name, move |_| {
            let listeners = node.cast::<web_sys::Element>().map(|element| {
                let complete =
                    Closure::<dyn Fn(String, u32, u32) -> JsValue>::new(|text: String, line: u32, column: u32| {
                        // What may stand where, the rest of the page knows.
                        if browser::rest::is_here() {
                            choices(&complete::choices(&text, line as usize, column as usize))
                        } else {
                            choices(&[])
                        }
                    });
                element::set(&element, "complete", &complete.into_js_value());
                let changed = {
                    let (page, path) = (page.clone(), path.clone());
                    element::on(&element, "change", move |detail| {
                        let (text, path) = (detail.as_string().unwrap_or_default(), path.borrow().clone());
                        page.session.stage_file(&path, &text);
                        page.send(Do::Changed(path.clone()));
                        let look = look.clone();
                        let look = move || browser::rest::then(move || look(&path, &text));
                        *rest.borrow_mut() = Some(Timeout::new(REST, look));
                    })
                };
                let saved = {
                    let session = page.session.clone();
                    element::on(&element, "save", move |_| {
                        let session = session.clone();
                        browser::rest::then(move || session.save_staged());
                    })
                };
                let applied = element::on(&element, "apply", move |_| {
                    let (page, path) = (page.clone(), path.borrow().clone());
                    browser::rest::then(move || {
                        before_apply(&page, &path);
                        page.run(&Place::Outside, &apply(&path));
                    });
                });
                // `:wq`, as in vi.
                let left = element::on(&element, "leave", |_| element::focus_soon(element::TERMINAL));
                (changed, saved, applied, left)
            });
            move || drop(listeners)
        });
    }
    {
        // Another file, or the file was changed by a program (or by going back in time).
        let (node, session, look) = (node.clone(), page.session.clone(), look.clone());
        let rest = rest.clone();
        use_effect_with((props.path.clone(), props.files_revision), move |(wanted, _)| {
            let Some(element) = node.cast::<web_sys::Element>() else { return };
            *path.borrow_mut() = wanted.clone();
            // A look that waits is of what was there before.
            rest.take();
            let text = session.file(wanted).unwrap_or_default();
            element::set(&element, "path", &wanted.as_str().into());
            if element::get(&element, "value").as_string().as_deref() != Some(&text) {
                element::set(&element, "value", &text.as_str().into());
            }
            look(wanted, &text);
        });
    }
    let label = format!("{}: {}", page.t.editor, props.path);
    html! { <kp-editor ref={node} {label} unknown={page.t.vi_unknown}></kp-editor> }
}

fn diagnostics(problems: &[Problem], fix: &str) -> JsValue {
    let list = Array::new();
    for problem in problems {
        let one = Object::new();
        let set = |name: &str, value: JsValue| element::set(&one, name, &value);
        set("severity", if problem.warning { "warning" } else { "error" }.into());
        set("message", problem.message.as_str().into());
        set("line", (problem.line as u32).into());
        if let Some((from, to)) = problem.columns {
            set("column", (from as u32).into());
            set("endColumn", (to as u32).into());
        }
        if let Some(insert) = &problem.fix {
            let mend = Object::new();
            element::set(&mend, "label", &format!("{fix}: {insert}").into());
            element::set(&mend, "insert", &insert.as_str().into());
            set("fix", mend.into());
        }
        list.push(&one);
    }
    list.into()
}

fn choices(choices: &[complete::Choice]) -> JsValue {
    let list = Array::new();
    for choice in choices {
        let one = Object::new();
        element::set(&one, "label", &choice.label.as_str().into());
        element::set(&one, "detail", &choice.detail.as_str().into());
        element::set(&one, "insert", &choice.insert.as_str().into());
        list.push(&one);
    }
    list.into()
}

/// The command that applies a file.
fn apply(path: &str) -> String {
    format!("kubectl apply -f {}", word(path))
}

/// What comes before that command.
fn before_apply(page: &Page, path: &str) {
    page.session.save_staged();
    page.send(Do::Applied(path.to_owned()));
}

#[derive(Properties, PartialEq)]
struct ProblemsProps {
    problems: Rc<Vec<Problem>>,
    /// The editor holds nothing of a file that has something in it.
    emptied: bool,
}

/// What is wrong, in words; choosing one goes to its line.
#[component]
fn Problems(props: &ProblemsProps) -> Html {
    let page = use_page();
    let t = page.t;
    let undo = Callback::from(|_| {
        if let Ok(Some(editor)) = gloo::utils::document().query_selector("kp-editor") {
            element::call(&editor, "undo", &[]);
        }
    });
    let save = {
        let session = page.session.clone();
        Callback::from(move |_| session.save_staged())
    };
    let go = |line: usize| {
        Callback::from(move |_| {
            if let Ok(Some(editor)) = gloo::utils::document().query_selector("kp-editor") {
                element::call(&editor, "goTo", &[(line as u32).into()]);
            }
        })
    };
    let mend = |line: usize, (from, to): (usize, usize), insert: String| {
        Callback::from(move |_| {
            if let Ok(Some(editor)) = gloo::utils::document().query_selector("kp-editor") {
                let arguments =
                    [(line as u32).into(), (from as u32).into(), (to as u32).into(), insert.as_str().into()];
                element::call(&editor, "replace", &arguments);
            }
        })
    };
    html! {
        <div class="problems" role="status" aria-label={t.problems}>
            if props.emptied {
                <p class="problem warning">
                    { t.emptied }{ " " }
                    <button class="link" onclick={undo}>{ t.undo }</button>{ " " }
                    <button class="link" onclick={save}>{ t.save_empty }</button>
                </p>
            }
            { for props.problems.iter().map(|problem| html! {
                <p class={classes!("problem", problem.warning.then_some("warning"))}>
                    <button class="link" onclick={go(problem.line)}><b>{ (t.line)(problem.line) }</b></button>
                    { " " }{ &problem.message }
                    if let Some(help) = &problem.help {
                        <span class="advice">{ inline(help) }</span>
                    }
                    if let (Some(fix), Some(columns)) = (&problem.fix, problem.columns) {
                        { " " }<button class="link" onclick={mend(problem.line, columns, fix.clone())}>{ t.fix }</button>
                    }
                </p>
            }) }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct ApplyProps {
    path: Option<String>,
}

/// Apply, Diff, and the command that Apply types.
#[component]
fn ApplyBar(props: &ApplyProps) -> Html {
    let page = use_page();
    let t = page.t;
    let path = props.path.clone().unwrap_or_default();
    let before = {
        let (page, path) = (page.clone(), path.clone());
        Callback::from(move |()| before_apply(&page, &path))
    };
    let save = {
        let session = page.session.clone();
        Callback::from(move |()| session.save_staged())
    };
    let key = if browser::is_apple() { "⌘⏎" } else { "Ctrl ⏎" };
    html! {
        <div class="apply">
            <CommandButton class={classes!("btn", "primary")} disabled={props.path.is_none()} line={apply(&path)} {before}>
                { t.apply }{ " " }<kbd>{ key }</kbd>
            </CommandButton>
            <CommandButton class={classes!("btn")} disabled={props.path.is_none()} line={format!("kubectl diff -f {}", word(&path))} before={save}>
                { t.diff }
            </CommandButton>
            <span class="leave">{ t.leave }</span>
            if let Some(path) = &props.path {
                <span class="command mono" title={apply(path)}>{ apply(path) }</span>
            }
        </div>
    }
}
