//! What the page's address asks for: `?lesson=service&step=3&lang=ko`.

use lesson::Lang;

/// The parameters the page knows. Whatever it does not know is named in `unknown`, so that the page can say so.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Address {
    /// `?lang=ko|en`
    pub lang: Option<Lang>,
    /// `?theme=light|dark`
    pub theme: Option<Theme>,
    /// `?lesson=ID`; `none` is a playground without a lesson.
    pub lesson: Option<String>,
    /// `?step=N`, counted from 1.
    pub step: Option<usize>,
    /// `?src=github:owner/repository/folder`: a lesson from elsewhere. Or a lesson that the address holds itself, `#lesson=…`.
    pub source: Option<String>,
    /// `?seed=N`
    pub seed: Option<u64>,
    /// `?embed=1`
    pub embed: bool,
    /// `?projector=1`
    pub projector: bool,
    /// `?panels=picture,terminal`
    pub panels: Option<Vec<Panel>>,
    /// `?run=LINE`, as often as there are lines: commands to run at the beginning.
    pub run: Option<String>,
    /// `?fill=LINE`: a command to type and not to run.
    pub fill: Option<String>,
    /// `?file=NAME`: the file to open in the editor.
    pub file: Option<String>,
    /// `name=value` of what was ignored.
    pub unknown: Vec<String>,
}

/// Light or dark.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// One of the page's places.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Panel {
    /// The lesson.
    Lesson,
    /// The picture.
    Picture,
    /// The timeline.
    Timeline,
    /// The terminals.
    Terminal,
    /// Editor and inspector.
    Editor,
}

impl Panel {
    /// Every panel with its name in `?panels=`.
    pub const ALL: [(Panel, &'static str); 5] = [
        (Panel::Lesson, "lesson"),
        (Panel::Picture, "picture"),
        (Panel::Timeline, "timeline"),
        (Panel::Terminal, "terminal"),
        (Panel::Editor, "editor"),
    ];

    /// Its name in `?panels=`.
    pub fn name(self) -> Option<&'static str> {
        Panel::ALL.iter().find(|(panel, _)| *panel == self).map(|(_, name)| *name)
    }

    fn named(name: &str) -> Option<Panel> {
        Panel::ALL.iter().find(|(_, known)| *known == name).map(|(panel, _)| *panel)
    }
}

/// How an address begins, behind its query, that holds a lesson (`www/lessons/link.ts`).
pub const HELD_LESSON: &str = "#lesson=";

impl Address {
    /// The address of this page.
    pub fn here() -> Address {
        let location = gloo::utils::window().location();
        let mut address = Address::parse(&location.search().unwrap_or_default());
        if let Some(lesson) = location.hash().ok().filter(|hash| hash.starts_with(HELD_LESSON)) {
            address.source = Some(lesson);
        }
        address
    }

    /// Reads a query string, with or without its question mark.
    pub fn parse(query: &str) -> Address {
        let mut address = Address::default();
        let Ok(parameters) = web_sys::UrlSearchParams::new_with_str(query) else { return address };
        for entry in js_sys::Array::from(&js_sys::Array::from(&parameters)).iter() {
            let entry = js_sys::Array::from(&entry);
            let (name, value) =
                (entry.get(0).as_string().unwrap_or_default(), entry.get(1).as_string().unwrap_or_default());
            if !address.take(&name, &value) {
                address.unknown.push(format!("{name}={value}"));
            }
        }
        // A step means nothing without its lesson.
        let steps = address.lesson.as_deref().and_then(lesson::find).map(|(lesson, _)| lesson.steps.len());
        if let Some(step) = address.step
            && (steps.is_some_and(|steps| step > steps) || address.unknown.iter().any(|it| it.starts_with("lesson=")))
        {
            address.unknown.push(format!("step={step}"));
            address.step = None;
        }
        address
    }

    /// The lesson changed: the address names it, and no step, which is where a reload would throw the work away.
    pub fn follow(lesson: Option<&str>) {
        change(|parameters| {
            parameters.delete("step");
            parameters.delete("seed");
            parameters.delete("run");
            parameters.delete("fill");
            if let Some(lesson) = lesson {
                parameters.delete("src");
                parameters.set("lesson", lesson);
            }
        });
        if lesson.is_some() {
            hold_lesson("");
        }
    }

    /// A lesson from elsewhere was opened: the address names where it came from, if it can be had there again.
    pub fn follow_source(source: &str) {
        change(|parameters| {
            for name in ["step", "seed", "lesson", "src"] {
                parameters.delete(name);
            }
            if !source.is_empty() && !source.starts_with(HELD_LESSON) {
                parameters.set("src", source);
            }
        });
        hold_lesson(source);
    }

    fn take(&mut self, name: &str, value: &str) -> bool {
        match (name, value) {
            ("lang", "ko") => self.lang = Some(Lang::Ko),
            ("lang", "en") => self.lang = Some(Lang::En),
            ("theme", "light") => self.theme = Some(Theme::Light),
            ("theme", "dark") => self.theme = Some(Theme::Dark),
            ("embed", "0" | "1") => self.embed = value == "1",
            ("projector", "0" | "1") => self.projector = value == "1",
            ("lesson", "none") => self.lesson = Some("none".to_owned()),
            ("lesson", id) if lesson::list().iter().any(|lesson| lesson.id == id) => self.lesson = Some(id.to_owned()),
            ("step", number) => match number.parse() {
                Ok(step) if step >= 1 => self.step = Some(step),
                _ => return false,
            },
            ("src", source) if !source.is_empty() => self.source = Some(source.to_owned()),
            ("seed", number) => match number.parse() {
                Ok(seed) => self.seed = Some(seed),
                Err(_) => return false,
            },
            ("run", lines) if is_typed(lines) => match &mut self.run {
                Some(before) => before.extend(["\n", lines]),
                None => self.run = Some(lines.to_owned()),
            },
            ("fill", line) if is_typed(line) && !line.contains('\n') => self.fill = Some(line.to_owned()),
            ("file", name) if !name.is_empty() => self.file = Some(name.to_owned()),
            ("panels", names) => {
                let (known, unknown): (Vec<_>, Vec<_>) =
                    names.split(',').map(|name| (Panel::named(name), name)).partition(|(panel, _)| panel.is_some());
                for (_, name) in unknown {
                    self.unknown.push(format!("panels={name}"));
                }
                let panels: Vec<Panel> = known.into_iter().filter_map(|(panel, _)| panel).collect();
                if !panels.is_empty() {
                    self.panels = Some(panels);
                }
            }
            _ => return false,
        }
        true
    }
}

/// Whether it is lines of text: no key but letters and Return.
pub fn is_typed(text: &str) -> bool {
    !text.trim().is_empty() && !text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\t'))
}

/// The address of this page outside of a frame: the same lesson at the same step, with all panels.
pub fn full_page() -> String {
    let location = gloo::utils::window().location();
    let query = location.search().unwrap_or_default();
    let kept: Vec<&str> = (query.trim_start_matches('?').split('&'))
        .filter(|part| !part.is_empty() && !part.starts_with("embed=") && !part.starts_with("panels="))
        .collect();
    format!("{}?{}", location.pathname().unwrap_or_default(), kept.join("&"))
}

/// Loads the page anew, with a link's part of the address if there is one.
pub fn open(link: Option<&str>) {
    let location = gloo::utils::window().location();
    change(|parameters| {
        for (name, value) in link.unwrap_or_default().split('&').filter_map(|part| part.split_once('=')) {
            if let Ok(value) = js_sys::decode_uri_component(value) {
                parameters.set(name, &String::from(value));
            }
        }
    });
    let _ = location.reload();
}

/// The address holds this lesson from now on, if the source is one; no other.
fn hold_lesson(source: &str) {
    let location = gloo::utils::window().location();
    let held = location.hash().unwrap_or_default();
    let wanted = if source.starts_with(HELD_LESSON) { source } else { "" };
    if held != wanted && (held.starts_with(HELD_LESSON) || !wanted.is_empty()) {
        let path = location.pathname().unwrap_or_default();
        replace(&format!("{path}{}{wanted}", location.search().unwrap_or_default()));
    }
}

/// Another address for the page that is here.
fn replace(address: &str) {
    let history = super::element::get(&gloo::utils::window(), "history");
    super::element::call(&history, "replaceState", &[wasm_bindgen::JsValue::NULL, "".into(), address.into()]);
}

/// Changes the address without loading anything.
fn change(how: impl FnOnce(&web_sys::UrlSearchParams)) {
    let window = gloo::utils::window();
    let before = window.location().search().unwrap_or_default();
    let Ok(parameters) = web_sys::UrlSearchParams::new_with_str(&before) else { return };
    let written = |parameters: &web_sys::UrlSearchParams| String::from(parameters.to_string());
    let unchanged = written(&parameters);
    how(&parameters);
    let after = written(&parameters);
    if after == unchanged {
        return;
    }
    let path = window.location().pathname().unwrap_or_default();
    let part = window.location().hash().unwrap_or_default();
    let address = if after.is_empty() { format!("{path}{part}") } else { format!("{path}?{after}{part}") };
    replace(&address);
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    fn what_is_known_is_taken_and_the_rest_is_named() {
        let address = Address::parse("?lang=ko&theme=dark&lesson=pvc&step=3&seed=7&embed=1&panels=picture,terminal");
        assert_eq!((address.lang, address.theme), (Some(Lang::Ko), Some(Theme::Dark)));
        assert_eq!((address.lesson.as_deref(), address.step, address.seed), (Some("pvc"), Some(3), Some(7)));
        assert!(address.embed && !address.projector && address.unknown.is_empty());
        assert_eq!(address.panels, Some(vec![Panel::Picture, Panel::Terminal]));

        let address = Address::parse("?run=echo+1&run=echo%202%0Aecho+3&fill=kubectl+get+pods&file=service.yaml");
        assert_eq!(address.run.as_deref(), Some("echo 1\necho 2\necho 3"));
        assert_eq!(
            (address.fill.as_deref(), address.file.as_deref()),
            (Some("kubectl get pods"), Some("service.yaml"))
        );
        let address = Address::parse("?run=%1b%5B200~ls&fill=a%0Ab&run=+");
        assert_eq!((address.run, address.fill, address.unknown.len()), (None, None, 3));

        let address = Address::parse("?lang=fr&step=0&seed=x&lesson=nothing&panels=picture,sound&colour=red");
        assert_eq!(address.unknown, ["lang=fr", "step=0", "seed=x", "lesson=nothing", "panels=sound", "colour=red"]);
        assert_eq!(address.panels, Some(vec![Panel::Picture]));
        assert_eq!(Address::parse(""), Address::default());

        let address = Address::parse("?step=3&lesson=nothing");
        assert_eq!((address.step, address.unknown.len()), (None, 2));
        let address = Address::parse("?step=99&lesson=pvc");
        assert_eq!((address.step, address.unknown), (None, vec!["step=99".to_owned()]));
    }
}
