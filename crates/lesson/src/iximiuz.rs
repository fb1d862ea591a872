//! Challenges and tutorials as iximiuz Labs has them, as lessons: a page of Markdown whose front matter has `tasks`.
//!
//! Described at <https://labs.iximiuz.com/docs> (tasks with `init`, `run`, `needs`, `hintcheck`, `failcheck`; components such as
//! `::simple-task` and `::hint-box`). Not read: playgrounds' machines, tabs and networks (there is one cluster, with root's terminal
//! beside its control plane), `x(…)` expressions in scripts, quizzes of their own kind.

use serde_json::Value;

use crate::Condition;
use crate::folder::{Folder, Opened, text_of};
use crate::format::{Goal, Lesson, LessonError, Scripts, Step, Text};
use crate::markdown;

/// Whether a page's front matter is that of such a unit.
pub(crate) fn is_one(matter: &Value) -> bool {
    let kind = matter["kind"].as_str().unwrap_or_default();
    matter["tasks"].is_object() || matches!(kind, "challenge" | "tutorial" | "skill-path" | "lesson" | "unit")
}

/// The lesson of a unit; `text` is its page without the front matter.
///
/// # Errors
/// [`LessonError::Format`] where tasks need each other in a circle.
pub(crate) fn read(id: &str, folder: &Folder, matter: &Value, text: &str) -> Result<Opened, LessonError> {
    let title = matter["title"].as_str().unwrap_or(id);
    let page = components(text);
    let mut setup = String::new();
    let mut goals = Vec::new();
    for (name, task) in in_order(&matter["tasks"])? {
        let script = |key: &str| task[key]["run"].as_str().or_else(|| task[key].as_str()).map(str::to_owned);
        let Some(run) = script("run") else { continue };
        if task["init"] == true {
            setup.push_str(&format!("(\n{run}\n)\n"));
            continue;
        }
        let said = page.tasks.iter().find(|(known, _)| known == name).map(|(_, words)| words.as_str());
        let said = said.filter(|words| !words.is_empty()).unwrap_or(name);
        goals.push(Goal {
            text: Text::same(said),
            when: Condition::Script(run),
            hint: script("hintcheck"),
            fail: script("failcheck"),
        });
    }
    let mut hints: Vec<Text> = page.hints.iter().map(|hint| Text::same(hint)).collect();
    // Its solution is a page of its own, and comes last.
    let solution = text_of(folder, "solution.md").ok();
    let solution = solution
        .as_deref()
        .map(|text| text.strip_prefix("---\n").and_then(|it| it.split_once("\n---\n")).map_or(text, |(_, it)| it));
    hints.extend(solution.map(|text| Text::same(components(text).text.trim())));
    let step = Step {
        id: "task".to_owned(),
        title: Text::same(title),
        text: Text::same(page.text.trim()),
        goals,
        hints,
        scripts: Scripts { background: Some(setup).filter(|setup| !setup.is_empty()), foreground: None },
        ..Step::default()
    };
    let lesson = Lesson {
        id: id.to_owned(),
        title: Text::same(title),
        files: Vec::new(),
        steps: vec![step],
        computer: playground::Computer::ControlPlane,
        seed: None,
        markdown: true,
    };
    Ok(Opened { lesson, files: Vec::new() })
}

/// The tasks, each after those that it needs.
fn in_order(tasks: &Value) -> Result<Vec<(&String, &Value)>, LessonError> {
    let mut left: Vec<(&String, &Value)> = tasks.as_object().into_iter().flatten().collect();
    let mut ordered: Vec<(&String, &Value)> = Vec::new();
    while !left.is_empty() {
        let ready = left.iter().position(|(_, task)| {
            let needs = task["needs"].as_array().into_iter().flatten().filter_map(Value::as_str);
            // What is needed and not there keeps nobody waiting.
            needs.into_iter().all(|need| !left.iter().any(|(name, _)| *name == need))
        });
        let Some(ready) = ready else {
            let names: Vec<&str> = left.iter().map(|(name, _)| name.as_str()).collect();
            return Err(LessonError::Format(format!("tasks need each other: {}", names.join(", "))));
        };
        ordered.push(left.remove(ready));
    }
    Ok(ordered)
}

/// A page without its components.
#[derive(Default)]
struct Page {
    text: String,
    hints: Vec<String>,
    /// Of each task its name, and what is to be done in words.
    tasks: Vec<(String, String)>,
}

/// Takes the components out of a page: `::name`, perhaps properties between `---`, slots that begin with `#name`, and `::` at the end.
/// Hints and tasks are told apart; of pictures and terminals nothing stays, of any other component its text.
fn components(text: &str) -> Page {
    let mut page = Page::default();
    let mut open: Vec<Component> = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        let bare = line.trim();
        fenced ^= bare.starts_with("```") || bare.starts_with("~~~");
        if !fenced && let Some(name) = bare.strip_prefix("::") {
            let name = name.trim_start_matches(':');
            if name.is_empty() {
                if let Some(closed) = open.pop() {
                    match open.last_mut() {
                        Some(around) => around.text.push_str(&closed.plain()),
                        None => page.add(closed),
                    }
                }
            } else {
                open.push(Component::new(name));
            }
            continue;
        }
        match open.last_mut() {
            Some(component) => component.line(line),
            None => {
                page.text.push_str(line);
                page.text.push('\n');
            }
        }
    }
    while let Some(component) = open.pop() {
        page.add(component);
    }
    page
}

#[derive(Default)]
struct Component {
    name: String,
    properties: String,
    in_properties: bool,
    /// The slot that is being read, and the text of the slot that counts.
    slot: String,
    text: String,
}

impl Component {
    fn new(name: &str) -> Self {
        let name: String = name.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        Component { name, ..Component::default() }
    }

    fn line(&mut self, line: &str) {
        if line.trim() == "---" && (self.in_properties || self.text.trim().is_empty() && self.properties.is_empty()) {
            self.in_properties = !self.in_properties;
        } else if self.in_properties {
            self.properties.push_str(line);
            self.properties.push('\n');
        } else if self.name.ends_with("task") && line.starts_with('#') && !line.starts_with("# ") {
            line[1..].trim().clone_into(&mut self.slot);
        } else if self.slot != "completed" {
            self.text.push_str(line);
            self.text.push('\n');
        }
    }

    fn property(&self, name: &str) -> Option<&str> {
        let value = self
            .properties
            .lines()
            .find_map(|line| line.trim().trim_start_matches(':').strip_prefix(name)?.strip_prefix(':'));
        value.map(|value| value.trim().trim_matches(['"', '\'']))
    }

    fn plain(self) -> String {
        let silent = ["image", "terminal", "tabs", "youtube", "iframe"].iter().any(|kind| self.name.contains(kind));
        if silent { String::new() } else { self.text }
    }
}

impl Page {
    fn add(&mut self, component: Component) {
        if component.name.ends_with("task") {
            let name = component.property("name").unwrap_or_default().to_owned();
            // A goal is a line.
            let words = markdown::blocks(&component.text);
            let words = words.iter().find_map(|block| match block {
                markdown::Block::Paragraph(line) => Some(markdown::plain(line)),
                _ => None,
            });
            self.tasks.push((name, words.unwrap_or_default()));
        } else if component.name.starts_with("hint") {
            self.hints.push(component.text.trim().to_owned());
        } else if let Some(summary) = component.property("summary").map(str::to_owned) {
            let text = component.plain();
            self.text.push_str(&format!("\n<details><summary>{summary}</summary>\n\n{}\n\n</details>\n", text.trim()));
        } else {
            self.text.push_str(&component.plain());
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::folder::{Folder, Opened, open};
    use crate::{Condition, Lang};

    #[test]
    fn a_unit_becomes_a_lesson() {
        let page = "---\nkind: challenge\ntitle: A Pod\ntasks:\n  verify_ready:\n    needs: [verify_pod]\n    run: kubectl wait pod/a --for=condition=Ready --timeout=1s\n    hintcheck:\n      run: echo it is not ready\n  init_ns:\n    init: true\n    run: kubectl create ns team\n  verify_pod:\n    run: kubectl get pod a\n    failcheck:\n      run: kubectl get ns team\n---\nMake a Pod.\n\n::image-box\n---\n:src: x.png\n---\n::\n\n::simple-task\n---\n:tasks: tasks\n:name: verify_pod\n---\n#active\nWaiting for a **Pod**...\n\n#completed\nThere it is.\n::\n\n::hint-box\n---\n:summary: Hint 1\n---\n\nUse `kubectl run`.\n\n::\n\n::remark-box\nA remark.\n::\n\n```sh\n::\n```\n";
        let files = [("index.md", page), ("solution.md", "---\ntitle: x\n---\nRun it.")];
        let folder: Folder = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
        let Opened { lesson, .. } = open("pod", &folder).expect("it can be read");
        let [step] = &lesson.steps[..] else { panic!("one step") };
        assert_eq!((lesson.title.get(Lang::En), step.title.get(Lang::Ko)), ("A Pod", "A Pod"));
        let text = step.text.get(Lang::En);
        assert!(
            text.starts_with("Make a Pod.") && text.contains("A remark.") && text.ends_with("```sh\n::\n```"),
            "{text}"
        );
        assert!(!text.contains("Waiting") && !text.contains("png") && !text.contains("kubectl run"), "{text}");
        let goals: Vec<(&str, &Condition)> =
            step.goals.iter().map(|goal| (goal.text.get(Lang::En), &goal.when)).collect();
        assert_eq!(goals[0], ("Waiting for a Pod...", &Condition::Script("kubectl get pod a".to_owned())));
        assert_eq!(goals[1].0, "verify_ready");
        assert_eq!(step.goals[0].fail.as_deref(), Some("kubectl get ns team"));
        assert_eq!(step.goals[1].hint.as_deref(), Some("echo it is not ready"));
        assert_eq!(step.scripts.background.as_deref(), Some("(\nkubectl create ns team\n)\n"));
        let hints: Vec<&str> = step.hints.iter().map(|hint| hint.get(Lang::En)).collect();
        assert_eq!(hints, ["Use `kubectl run`.", "Run it."]);
    }

    #[test]
    fn tasks_that_need_each_other_are_refused() {
        let page = "---\ntasks:\n  a: {needs: [b], run: x}\n  b: {needs: [a], run: x}\n---\ntext\n";
        let folder: Folder = [("README.md".to_owned(), page.as_bytes().to_vec())].into_iter().collect();
        let error = open("pod", &folder).expect_err("a circle").to_string();
        assert!(error.contains("tasks need each other: a, b"), "{error}");
    }
}
