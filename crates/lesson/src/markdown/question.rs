//! Questions in a text: a fence `quiz` or `predict` around Markdown with a task list of choices.
//!
//! ````text
//! ```quiz
//! Which address stays when a Pod is replaced?
//!
//! - [ ] the Pod's
//! - [x] the Service's
//!
//! A Pod gets another address; the Service stands in front of it.
//! ```
//! ````

use super::{Block, Inline, blocks};

/// A question with choices.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Question {
    /// What is asked.
    pub text: Vec<Block>,
    /// The choices, and whether each is right.
    pub choices: Vec<(Vec<Inline>, bool)>,
    /// What is said once it is answered.
    pub explanation: Vec<Block>,
    /// `predict`: who was right is told only after a command was run.
    pub waits_for_run: bool,
}

impl Question {
    /// Reads the body of a fence; nothing if it has no choices.
    pub(super) fn read(kind: &str, body: &str) -> Option<Question> {
        // A question in a question would let a text ask for any depth of calls.
        if body.lines().any(is_question) {
            return None;
        }
        let (mut text, mut explanation) = (String::new(), String::new());
        let mut choices: Vec<(String, bool)> = Vec::new();
        let mut in_choices = false;
        for line in body.lines() {
            let choice = ["- [ ] ", "- [x] ", "- [X] "].iter().find_map(|mark| Some((line.strip_prefix(mark)?, *mark)));
            if let Some((words, mark)) = choice {
                choices.push((words.to_owned(), mark != "- [ ] "));
                in_choices = true;
            } else if let Some((words, _)) = choices.last_mut().filter(|_| in_choices && line.starts_with("  ")) {
                words.push(' ');
                words.push_str(line.trim());
            } else {
                in_choices = false;
                let into = if choices.is_empty() { &mut text } else { &mut explanation };
                into.push_str(line);
                into.push('\n');
            }
        }
        let line = |words: &str| match blocks(words).into_iter().next() {
            Some(Block::Paragraph(line)) => line,
            _ => vec![Inline::Text(words.to_owned())],
        };
        let choices: Vec<(Vec<Inline>, bool)> =
            choices.iter().map(|(words, is_right)| (line(words), *is_right)).collect();
        let question = Question {
            text: blocks(&text),
            choices,
            explanation: blocks(&explanation),
            waits_for_run: kind == "predict",
        };
        (!question.choices.is_empty()).then_some(question)
    }
}

/// Whether a line opens the fence of a question.
fn is_question(line: &str) -> bool {
    let words = line.trim_start_matches(['`', '~', '>', ' ', '\t']);
    line.contains(['`', '~']) && (words.starts_with("quiz") || words.starts_with("predict"))
}

/// The questions of a text, in order.
pub fn questions(blocks: &[Block]) -> Vec<&Question> {
    let questions = blocks.iter().filter_map(|block| match block {
        Block::Question(question) => Some(question),
        _ => None,
    });
    questions.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::plain;

    #[test]
    fn a_fence_is_a_question() {
        let text = "```quiz\nWhich `one`\nstays?\n\n- [ ] the Pod's\n- [x] the **Service's**\n  address\n\nBecause.\n```\n\n```predict\nAnd?\n- [x] a\n- [ ] b\n```\n\n```quiz\nno choices\n```\n";
        let blocks = blocks(text);
        let [first, second] = questions(&blocks)[..] else { panic!("two questions: {blocks:?}") };
        let choices: Vec<(String, bool)> =
            first.choices.iter().map(|(line, is_right)| (plain(line), *is_right)).collect();
        assert_eq!(choices, [("the Pod's".to_owned(), false), ("the Service's address".to_owned(), true)]);
        assert!(matches!(&first.text[..], [Block::Paragraph(line)] if plain(line) == "Which one stays?"), "{first:?}");
        assert!(matches!(&first.explanation[..], [Block::Paragraph(line)] if plain(line) == "Because."), "{first:?}");
        assert_eq!((first.waits_for_run, second.waits_for_run, second.choices.len()), (false, true, 2));
        assert!(matches!(&blocks[2], Block::Code(code) if code.text == "no choices"), "{blocks:?}");
    }
}
