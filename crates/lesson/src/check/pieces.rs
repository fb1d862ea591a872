//! The commands that a step's text marks to be run, and whether they did what it says.

use crate::format::{Lang, Step};
use crate::markdown::{self, Mark};

/// The code of a step's text that is marked to be run.
pub(super) fn marked(step: &Step, lang: Lang) -> Vec<(String, Mark)> {
    let blocks = markdown::blocks(step.text.get(lang));
    let runs = |mark: &Mark| matches!(mark, Mark::Run | Mark::RunAfterInterrupt | Mark::RunToFail);
    let found = markdown::marked(&blocks).into_iter().filter(|(_, mark)| runs(mark));
    found.map(|(text, mark)| (text.to_owned(), mark)).collect()
}

/// A command, or several, that a step's text marks to be run.
pub struct Piece {
    /// What is typed.
    pub text: String,
    mark: Mark,
    /// What the text shows as printed by it: the block `output` that follows.
    shown: Option<String>,
}

impl Piece {
    /// Its first line.
    pub fn first_line(&self) -> &str {
        self.text.lines().next().unwrap_or_default()
    }

    /// What went otherwise than the text says, by what was printed, and the code of what failed with its last words. In `lang`.
    pub fn wrong(&self, lang: Lang, output: &str, failed: Option<&(i32, String)>) -> Vec<String> {
        let first = self.first_line();
        let mut problems = Vec::new();
        if self.shown.as_ref().is_some_and(|shown| !is_like(shown, output)) {
            let output = output.trim_end();
            problems.push(match lang {
                Lang::Ko => format!("`{first}`의 출력이 글에 적힌 것과 다릅니다. 실제 출력:\n{output}"),
                Lang::En => format!("`{first}` does not print what the text shows, but:\n{output}"),
            });
        }
        problems.extend(match (self.mark, failed, lang) {
            (Mark::RunToFail, None, Lang::Ko) => Some(format!("`{first}` 명령은 should_fail인데 실패하지 않습니다")),
            (Mark::RunToFail, None, Lang::En) => Some(format!("`{first}` is marked should_fail, and does not")),
            (Mark::Run | Mark::RunAfterInterrupt, Some((code, said)), Lang::Ko) => {
                Some(format!("`{first}` 명령이 실패합니다(코드 {code}): {said}"))
            }
            (Mark::Run | Mark::RunAfterInterrupt, Some((code, said)), Lang::En) => {
                Some(format!("`{first}` fails with {code}: {said}"))
            }
            _ => None,
        });
        problems
    }
}

/// What a step's text marks to be run, in its order.
pub fn pieces(step: &Step, lang: Lang) -> Vec<Piece> {
    let blocks = markdown::blocks(step.text.get(lang));
    let mut shown = outputs(&blocks).into_iter().peekable();
    let pieces = marked(step, lang).into_iter().map(|(text, mark)| {
        // Code in a line has a mark, too, and no output.
        let shown = shown.next_if(|(block, _)| *block == text).and_then(|(_, shown)| shown);
        Piece { text, mark, shown }
    });
    pieces.collect()
}

/// What a text shows as printed by its commands: for each of them, in order, the block `output` that follows.
fn outputs(blocks: &[markdown::Block]) -> Vec<(String, Option<String>)> {
    let mut found: Vec<(String, Option<String>)> = Vec::new();
    for code in markdown::codes(blocks) {
        if code.language == "output" {
            if let Some((_, output @ None)) = found.last_mut() {
                *output = Some(code.text.clone());
            }
        } else if matches!(code.mark, Some(Mark::Run | Mark::RunAfterInterrupt | Mark::RunToFail)) {
            found.push((code.text.clone(), None));
        }
    }
    found
}

/// Whether an output is what a text shows of it: spaces may be of any number, `...` in a line stands for any text, and a line of it
/// alone for any lines.
pub fn is_like(shown: &str, output: &str) -> bool {
    fn lines_fit(shown: &[&str], output: &[&str]) -> bool {
        // How far `shown` has fitted, and where to try again: after the last line of dots, a line later.
        let (mut at, mut line, mut again) = (0, 0, None);
        loop {
            if shown.get(at).is_some_and(|it| it.trim() == "...") {
                again = Some((at + 1, line));
                at += 1;
            } else if at == shown.len() && line == output.len() {
                return true;
            } else if at < shown.len() && line < output.len() && line_fits(shown[at], output[line]) {
                (at, line) = (at + 1, line + 1);
            } else {
                let Some((after, from)) = again.filter(|(_, from)| *from < output.len()) else { return false };
                again = Some((after, from + 1));
                (at, line) = (after, from + 1);
            }
        }
    }
    fn line_fits(shown: &str, line: &str) -> bool {
        let words = |text: &str| text.split_whitespace().collect::<Vec<&str>>().join(" ");
        let (shown, line) = (words(shown), words(line));
        let mut pieces = shown.split("...");
        let Some(mut rest) = line.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
        let mut pieces: Vec<&str> = pieces.collect();
        let Some(last) = pieces.pop() else { return rest.is_empty() };
        for piece in pieces {
            let Some((_, after)) = rest.split_once(piece) else { return false };
            rest = after;
        }
        rest.ends_with(last)
    }
    let (shown, output): (Vec<&str>, Vec<&str>) = (shown.trim().lines().collect(), output.trim().lines().collect());
    lines_fit(&shown, &output)
}
