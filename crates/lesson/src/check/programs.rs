//! Which programs a lesson's commands and scripts name.

use playground::Playground;

use super::marked;
use crate::condition::Condition;
use crate::folder::WorldFile;
use crate::format::{Lang, Lesson};

/// The programs that a lesson's commands and scripts name, each once, in order of their first use.
pub fn programs(lesson: &Lesson) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for text in commands(lesson) {
        for word in command_words(&text) {
            if !words.contains(&word) {
                words.push(word);
            }
        }
    }
    words
}

/// Those of [`programs`] that do nothing in the lesson's world. What it brings along is none of them.
pub fn missing_programs(lesson: &Lesson, files: &[WorldFile]) -> Vec<String> {
    let playground = Playground::new(lesson.settings(Vec::new()));
    let is_own = |word: &str| files.iter().any(|(path, _)| path.rsplit('/').next() == Some(word));
    let mut words = programs(lesson);
    words.retain(|word| !is_own(word) && !playground.has_command(word));
    words
}

/// All that a lesson runs or has run: marked commands, solutions, scripts.
fn commands(lesson: &Lesson) -> Vec<String> {
    let mut all = Vec::new();
    for step in &lesson.steps {
        if lesson.markdown {
            all.extend(marked(step, Lang::En).into_iter().map(|(text, _)| text));
        }
        all.extend(
            step.actions.iter().filter(|action| action.on == crate::Place::Outside).map(|action| action.run.clone()),
        );
        all.extend(step.solution.iter().cloned());
        all.extend(step.scripts.background.iter().chain(&step.scripts.foreground).cloned());
        all.extend(step.goals.iter().filter_map(|goal| match &goal.when {
            Condition::Script(script) => Some(script.clone()),
            _ => None,
        }));
        all.extend(step.goals.iter().flat_map(|goal| goal.hint.iter().chain(&goal.fail)).cloned());
    }
    all
}

/// The words that stand where a command's name stands: at the beginning of a line, and after `|`, `;`, `&`, `(`, `then`, `do`.
/// Text of here-documents, quoted strings and comments is left out.
fn command_words(script: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut until: Option<String> = None;
    for line in script.lines() {
        if let Some(end) = &until {
            if line.trim() == end {
                until = None;
            }
            continue;
        }
        if let Some((_, end)) = line.split_once("<<")
            && !end.starts_with('<')
        {
            let end: String = end
                .trim_start_matches(['-', ' ', '\'', '"', '\\'])
                .chars()
                .take_while(char::is_ascii_alphanumeric)
                .collect();
            until = (!end.is_empty()).then_some(end);
        }
        let mut quote = None;
        let mut word = String::new();
        let mut at_command = true;
        let mut before = ' ';
        for c in without_arithmetic(line.trim_start()).chars().chain(['\n']) {
            let redirects = c == '&' && before == '>' || c == '>' && before == '&';
            before = c;
            match (c, quote) {
                (_, None) if redirects => word.push(c),
                ('\'' | '"', None) => quote = Some(c),
                (c, Some(open)) if c == open => quote = None,
                (_, Some(_)) => word.push('?'),
                ('#', None) if word.is_empty() => break,
                ('|' | ';' | '&' | '(' | ')' | '`' | ' ' | '\t' | '\n', None) => {
                    let finished = std::mem::take(&mut word);
                    let leads = matches!(
                        finished.as_str(),
                        "then" | "do" | "else" | "if" | "while" | "until" | "!" | "{" | "sudo" | "time"
                    );
                    if at_command && !finished.is_empty() && !leads && !finished.contains('=') {
                        words.push(finished);
                        at_command = false;
                    }
                    at_command |= !matches!(c, ' ' | '\t' | ')');
                }
                (c, None) => word.push(c),
            }
        }
    }
    // What the script defines itself is no program: `fail() {`.
    let is_function =
        |word: &str| script.contains(&format!("{word}()")) || script.contains(&format!("function {word}"));
    let is_name = |word: &str| word.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    words.retain(|word| word.starts_with(char::is_alphabetic) && is_name(word) && !is_function(word));
    words
}

/// A line without the insides of its `$((…))`.
fn without_arithmetic(line: &str) -> String {
    let mut kept = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("$((") {
        kept.push_str(before);
        kept.push('0');
        rest = after.split_once("))").map_or("", |(_, after)| after);
    }
    kept + rest
}
