//! Scenarios as Killercoda and Katacoda have them, as lessons: a folder with an `index.json`.
//!
//! Described at <https://killercoda.com/creators> (structure of `index.json`, marks in Markdown, `verify`, `foreground`,
//! `background`, assets) and, of the older form, at <https://www.katacoda.com/docs/scenarios/index-json>. Not read: layouts, `finish`'s
//! badges, images other than the one cluster that there is.

use serde_json::Value;

use crate::Condition;
use crate::folder::{Folder, Opened, WorldFile, text_of};
use crate::format::{Goal, Lesson, LessonError, Scripts, Step, Text};

/// The scenario in a folder, and the files that its world begins with.
///
/// # Errors
/// [`LessonError`] names the file that is missing or cannot be read.
pub(crate) fn read(id: &str, folder: &Folder) -> Result<Opened, LessonError> {
    let index = text_of(folder, "index.json")?;
    let index: Value = serde_json::from_str(index.trim_start_matches('\u{feff}'))
        .map_err(|error| LessonError::Format(format!("index.json: {error}")))?;
    let details = &index["details"];
    let listed = details["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
    let title = index["title"].as_str().unwrap_or(id);
    let mut steps = Vec::new();
    let parts = [("intro", &details["intro"])].into_iter();
    let numbered = listed.iter().map(|step| ("step", step));
    for (kind, part) in parts.chain(numbered).chain([("finish", &details["finish"])]) {
        if part.is_object() {
            let name = if kind == "step" { format!("step{}", steps.len() + 1) } else { kind.to_owned() };
            steps.push(step(folder, name, part, title)?);
        }
    }
    if steps.is_empty() {
        return Err(LessonError::Empty);
    }
    let (files, modes) = assets(folder, &details["assets"]);
    if let Some(Step { scripts: Scripts { background, foreground }, .. }) =
        steps.first_mut().filter(|_| !modes.is_empty())
    {
        // The two run at the same time, and either may call what the assets bring.
        *background = Some(format!("{modes}{}", background.take().unwrap_or_default()));
        *foreground = foreground.take().map(|script| format!("{modes}{script}"));
    }
    let lesson = Lesson {
        id: id.to_owned(),
        title: Text::same(title),
        files: files.iter().filter_map(|(path, _)| Some(path.strip_prefix("/root/")?.to_owned())).collect(),
        steps,
        computer: playground::Computer::ControlPlane,
        seed: None,
        markdown: true,
    };
    Ok(Opened { lesson, files })
}

fn step(folder: &Folder, id: String, part: &Value, lesson_title: &str) -> Result<Step, LessonError> {
    let named = |key: &str| part[key].as_str().filter(|name| !name.is_empty());
    let optional = |keys: &[&str]| {
        let name = keys.iter().find_map(|key| named(key));
        name.map(|name| text_of(folder, name)).transpose()
    };
    let text = named("text").map(|name| text_of(folder, name)).transpose()?.unwrap_or_default();
    let (heading, text) = split_title(&text);
    let title = named("title").map(str::to_owned).or(heading).unwrap_or_else(|| lesson_title.to_owned());
    let verify = optional(&["verify"])?;
    let goals = verify.into_iter().map(|script| Goal {
        text: Text {
            ko: "이 단계의 확인을 통과합니다".to_owned(), en: "This step's check passes".to_owned()
        },
        when: Condition::Script(script),
        hint: None,
        fail: None,
    });
    Ok(Step {
        id,
        title: Text::same(&title),
        text: Text::same(&text),
        goals: goals.collect(),
        scripts: Scripts {
            background: optional(&["background", "courseData"])?,
            foreground: optional(&["foreground", "code"])?,
        },
        ..Step::default()
    })
}

/// The first heading, if the text begins with one, and the rest.
fn split_title(text: &str) -> (Option<String>, String) {
    let bare = text.trim_start();
    let title = bare.lines().next().and_then(|line| line.strip_prefix("# "));
    match title {
        Some(title) => (Some(title.trim().to_owned()), bare.split_once('\n').map_or("", |(_, rest)| rest).to_owned()),
        None => (None, text.to_owned()),
    }
}

/// The files that `details.assets` puts on the machine, and the commands that set their modes.
fn assets(folder: &Folder, assets: &Value) -> (Vec<WorldFile>, String) {
    let mut files = Vec::new();
    let mut modes = String::new();
    // Of several hosts the first is the one with the terminal.
    let hosts = assets.as_object().into_iter().flatten();
    for entry in hosts.filter(|(host, _)| *host == "host01").flat_map(|(_, list)| list.as_array().into_iter().flatten())
    {
        let (pattern, target) = (entry["file"].as_str().unwrap_or_default(), entry["target"].as_str().unwrap_or("~/"));
        let target = target.strip_prefix('~').map_or_else(|| target.to_owned(), |rest| format!("/root{rest}"));
        for (path, bytes) in folder {
            let Some(name) = path.strip_prefix("assets/") else { continue };
            let Some(below) = matched(pattern, name) else { continue };
            let place = format!("{}/{below}", target.trim_end_matches('/'));
            if let Some(mode) = entry["chmod"].as_str().filter(|mode| is_mode(mode)) {
                modes.push_str(&format!("chmod {mode} '{}'\n", place.replace('\'', "'\\''")));
            }
            files.push((place, bytes.clone()));
        }
    }
    (files, modes)
}

fn is_mode(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-=,".contains(&byte))
}

/// What of a name below `assets/` goes to the target: `*` is the files of a folder, `**` what is below it too.
fn matched<'a>(pattern: &str, name: &'a str) -> Option<&'a str> {
    let pattern = pattern.trim_start_matches("./");
    let Some((before, after)) = pattern.split_once('*') else {
        return (pattern == name).then(|| name.rsplit('/').next().unwrap_or(name));
    };
    let rest = name.strip_prefix(before)?;
    let deep = after.starts_with('*');
    let end = after.trim_start_matches(['*', '/', '.']);
    let fits = rest.ends_with(end) && (deep || !rest.contains('/'));
    let folder = before.rfind('/').map_or(0, |at| at + 1);
    fits.then(|| &name[folder..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lang;

    fn folder(files: &[(&str, &str)]) -> Folder {
        files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn a_scenario_becomes_a_lesson() {
        let index = r#"{"title": "Pods", "description": "x", "details": {
            "intro": {"text": "intro.md", "background": "setup.sh", "foreground": "two.sh"},
            "steps": [{"title": "Make one", "text": "one/text.md", "verify": "one/verify.sh"}, {"text": "two.md", "code": "two.sh"}],
            "finish": {"text": "finish.md"},
            "assets": {"host01": [{"file": "*.yaml", "target": "/root/k8s"}, {"file": "bin/*", "target": "~/", "chmod": "+x"}]}
        }, "backend": {"imageid": "kubernetes-kubeadm-1node"}}"#;
        let folder = folder(&[
            ("index.json", index),
            ("intro.md", "# Welcome\n\nHello."),
            ("setup.sh", "kubectl create ns a"),
            ("one/text.md", "Run `kubectl run a --image=nginx`{{exec}}"),
            ("one/verify.sh", "kubectl get pod a"),
            ("two.md", "# Two\ntext"),
            ("two.sh", "ls"),
            ("finish.md", "Done."),
            ("assets/a.yaml", "a"),
            ("assets/deep/b.yaml", "b"),
            ("assets/bin/tool", "#!/bin/bash"),
        ]);
        let Opened { lesson, files } = read("pods", &folder).expect("it can be read");
        let titles: Vec<&str> = lesson.steps.iter().map(|step| step.title.get(Lang::Ko)).collect();
        assert_eq!(titles, ["Welcome", "Make one", "Two", "Pods"]);
        assert_eq!(lesson.steps[0].text.get(Lang::En), "Hello.");
        assert_eq!(lesson.steps[1].goals[0].when, Condition::Script("kubectl get pod a".to_owned()));
        assert_eq!(lesson.steps[2].scripts.foreground.as_deref(), Some("ls"));
        assert_eq!(lesson.steps[0].scripts.foreground.as_deref(), Some("chmod +x '/root/tool'\nls"));
        assert_eq!(lesson.steps[0].scripts.background.as_deref(), Some("chmod +x '/root/tool'\nkubectl create ns a"));
        let places: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(places, ["/root/k8s/a.yaml", "/root/tool"]);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (files, why) in [
            (vec![], "index.json is missing"),
            (vec![("index.json", "{")], "index.json: EOF"),
            (vec![("index.json", r#"{"details": {"steps": [{"text": "a.md"}]}}"#)], "a.md is missing"),
            (vec![("index.json", "{}")], "no steps"),
        ] {
            let error = read("x", &folder(&files)).expect_err(why).to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
