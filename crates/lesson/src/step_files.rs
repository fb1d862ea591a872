//! The files of a step, `STEP.en.md`, `STEP.solve.sh` and their like (see [`crate::folder`]), put into the step of `lesson.yaml`.
//!
//! `build.rs` reads the tutorial's lessons by it, too, so it knows nothing of the crate.

use serde_json::{Value, json};

/// How the names of a step's files end, after its id and a dot.
#[allow(dead_code, reason = "the build's script does not ask")]
pub const ENDS: &[&str] = &["md", "ko.md", "en.md", "setup.sh", "verify.sh", "hint.sh", "fail.sh", "solve.sh"];

/// Puts what the files of a step say into it; true if its text is Markdown.
///
/// # Errors
/// What is wrong with them.
pub fn put(file: &dyn Fn(&str) -> Option<String>, step: &mut Value) -> Result<bool, String> {
    let Some(id) = step["id"].as_str().map(str::to_owned) else { return Ok(false) };
    let file = |end: &str| file(&format!("{id}.{end}"));
    let texts = [file("ko.md"), file("en.md")];
    let texts = match (texts, file("md")) {
        ([None, None], None) => None,
        ([None, None], Some(both)) => Some([both.clone(), both]),
        ([Some(one), None] | [None, Some(one)], _) => Some([one.clone(), one]),
        ([Some(ko), Some(en)], _) => Some([ko, en]),
    };
    let markdown = texts.is_some();
    if let Some(texts) = texts {
        let [ko, en] = texts.map(|text| parts(&text));
        if ko.hints.len() != en.hints.len() {
            return Err(format!("step {id}: {} hints in Korean, {} in English", ko.hints.len(), en.hints.len()));
        }
        let hints = ko.hints.iter().zip(&en.hints).map(|(ko, en)| json!({"ko": ko, "en": en}));
        step["hints"] = hints.collect();
        step["title"] = json!({"ko": ko.title, "en": en.title});
        step["text"] = json!({"ko": ko.text, "en": en.text});
        step["done"] = json!({"ko": ko.done, "en": en.done});
        if !ko.notes.is_empty() || !en.notes.is_empty() {
            step["notes"] = json!({"ko": ko.notes, "en": en.notes});
        }
    }
    if let Some(script) = file("solve.sh") {
        step["solution"] = script.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    }
    if let Some(script) = file("setup.sh") {
        if step["scripts"].is_null() {
            step["scripts"] = json!({});
        }
        step["scripts"].as_object_mut().map(|scripts| scripts.insert("background".to_owned(), script.into()));
    }
    let words = step.as_object_mut().and_then(|step| step.remove("verify"));
    if let Some(script) = file("verify.sh") {
        let words = words.unwrap_or_else(|| json!({"ko": "확인을 통과합니다", "en": "The check passes"}));
        let (hint, fail) = (file("hint.sh"), file("fail.sh"));
        let goal = json!({"text": words, "when": {"script": script}, "hint": hint, "fail": fail});
        match step["goals"].as_array_mut() {
            Some(goals) => goals.push(goal),
            None => step["goals"] = json!([goal]),
        }
    }
    for (key, value) in [("goals", json!([])), ("solution", json!([])), ("done", json!({"ko": "", "en": ""}))] {
        if step[key].is_null() {
            step[key] = value;
        }
    }
    Ok(markdown)
}

#[derive(Default)]
struct Parts {
    title: String,
    text: String,
    hints: Vec<String>,
    done: String,
    notes: String,
}

/// Takes a step's Markdown apart at its headings; a `#` in a block of code is none.
fn parts(markdown: &str) -> Parts {
    let mut parts = Parts::default();
    let mut section = String::new();
    let mut fenced = false;
    for line in markdown.lines() {
        fenced ^= line.trim_start().starts_with("```");
        if !fenced && let Some(title) = line.strip_prefix("# ").filter(|_| parts.title.is_empty()) {
            title.trim().clone_into(&mut parts.title);
            continue;
        }
        if !fenced && let Some(heading) = line.strip_prefix("## ") {
            let heading = heading.trim();
            if matches!(heading, "Hint" | "Done" | "Notes") {
                heading.clone_into(&mut section);
                if section == "Hint" {
                    parts.hints.push(String::new());
                }
                continue;
            }
            section.clear();
        }
        let into = match section.as_str() {
            "Hint" => parts.hints.last_mut().unwrap_or(&mut parts.text),
            "Done" => &mut parts.done,
            "Notes" => &mut parts.notes,
            _ => &mut parts.text,
        };
        into.push_str(line);
        into.push('\n');
    }
    for text in [&mut parts.text, &mut parts.done, &mut parts.notes].into_iter().chain(&mut parts.hints) {
        *text = text.trim().to_owned();
    }
    parts
}
