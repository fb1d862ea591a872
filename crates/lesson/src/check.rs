//! Plays a lesson as its author should before a class does: the untouched start must not pass, the solution must, and every command
//! in the text must do what its mark says.

use playground::{Playground, ScriptEnd, Settings, TerminalId};
use sim::{Duration, Time};

use crate::condition::Condition;
use crate::folder::WorldFile;
use crate::format::{Lang, Lesson, Step};
use crate::markdown::{self, Mark};
use crate::{Progress, Seen, fill};

/// How long a script of the lesson may run, in virtual time.
pub const SCRIPT_TIME: Duration = Duration::from_secs(60);
/// How long what a step prepares may take, in virtual time.
const SETUP_TIME: Duration = Duration::from_secs(600);
/// After a command people look at what came, and images are pulled meanwhile.
const SETTLE: Duration = Duration::from_secs(12);

/// The line between two pieces of a step's commands.
const PIECE: &str = "# piece";

/// Something that is wrong with a lesson.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// The step, by its name.
    pub step: String,
    /// What is wrong, in English.
    pub what: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.step, self.what)
    }
}

/// Plays a lesson from its beginning to its end.
///
/// Of each step: its goals are not reached before anything was done; the commands that its text marks to be run end with 0 (or not,
/// if marked `should_fail`), in each language; its solution reaches its goals from there. A step without a solution goes by the
/// commands of its text. What is not looked at: outputs that the text shows, predictions, hints.
pub fn check(lesson: &Lesson, files: Vec<WorldFile>) -> Vec<Problem> {
    let mut player = Player::new(lesson, files);
    let mut problems = Vec::new();
    for (index, step) in lesson.steps.iter().enumerate() {
        player.progress.step = index;
        player.prepare(step);
        let found = player.step(index, step);
        problems.extend(found.into_iter().map(|what| Problem { step: step.id.clone(), what }));
    }
    problems
}

/// The programs that a lesson's commands and scripts name and that do nothing in its world, each once, in order of their first use.
/// What the lesson brings along is none of them.
pub fn missing_programs(lesson: &Lesson, files: &[WorldFile]) -> Vec<String> {
    let playground = Playground::new(Settings { computer: lesson.computer, ..Settings::default() });
    let mut words: Vec<String> = Vec::new();
    for text in commands(lesson) {
        for word in command_words(&text) {
            if !words.contains(&word) {
                words.push(word);
            }
        }
    }
    let is_own = |word: &str| files.iter().any(|(path, _)| path.rsplit('/').next() == Some(word));
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
    }
    all
}

fn marked(step: &Step, lang: Lang) -> Vec<(String, Mark)> {
    let blocks = markdown::blocks(step.text.get(lang));
    let runs = |mark: &Mark| matches!(mark, Mark::Run | Mark::RunAfterInterrupt | Mark::RunToFail);
    let found = markdown::marked(&blocks).into_iter().filter(|(_, mark)| runs(mark));
    found.map(|(text, mark)| (text.to_owned(), mark)).collect()
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
        for c in line.trim_start().chars().chain(['\n']) {
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

struct Player<'a> {
    lesson: &'a Lesson,
    playground: Playground,
    terminal: TerminalId,
    progress: Progress,
}

impl<'a> Player<'a> {
    fn new(lesson: &'a Lesson, files: Vec<WorldFile>) -> Self {
        let settings = Settings { computer: lesson.computer, files, ..Settings::default() };
        let mut playground = Playground::new(settings).without_checkpoints();
        let terminal = playground.open_terminal(120, 40);
        let mut player = Player { lesson, playground, terminal, progress: Progress::default() };
        player.pass(Duration::from_secs(1));
        player
    }

    fn copy(&self) -> Option<Player<'a>> {
        let playground = self.playground.fork()?.without_checkpoints();
        Some(Player { lesson: self.lesson, playground, terminal: self.terminal, progress: self.progress.clone() })
    }

    fn pass(&mut self, duration: Duration) {
        let until = self.playground.now() + duration;
        while self.playground.advance(until, 100_000).out_of_fuel {}
    }

    fn prepare(&mut self, step: &Step) {
        if let Some(script) = &step.scripts.background {
            self.playground.start_script(script);
        }
        if let Some(script) = &step.scripts.foreground {
            self.run(std::iter::once(script.as_str()));
        }
        let until: Time = self.playground.now() + SETUP_TIME;
        while self.playground.runs_script() && self.playground.now() < until {
            self.pass(Duration::from_secs(1));
        }
        self.pass(SETTLE);
    }

    /// Runs pieces of text as a person would, one after the other in one bash that knows the aliases of `.bashrc`; of each the code of
    /// the last command that failed, and the line before it. 130 is no failure: such a command went on until it was interrupted.
    fn run<'t>(&mut self, pieces: impl Iterator<Item = &'t str>) -> Vec<Option<(i32, String)>> {
        let mut script = "# quiet shopt -s expand_aliases\n# quiet source ~/.bashrc\n".to_owned();
        for piece in pieces {
            script.push_str(&format!("{PIECE}\n{piece}\n# sleep {}\n", SETTLE.as_micros() / 1_000_000));
        }
        let mut failed = Vec::new();
        let mut last = String::new();
        self.playground.run_script(&script, &mut |text| {
            for line in text.lines() {
                let code = line.strip_prefix("? ").and_then(|code| code.parse::<i32>().ok());
                match (code, failed.last_mut()) {
                    (Some(130), _) => {}
                    (Some(code), Some(piece)) => *piece = Some((code, std::mem::take(&mut last))),
                    _ if line == PIECE => failed.push(None),
                    _ => line.clone_into(&mut last),
                }
            }
        });
        failed
    }

    /// Why the step's goals are not reached yet; nothing if they are.
    fn open_goals(&mut self, index: usize) -> Vec<String> {
        let step = &self.lesson.steps[index];
        let ends: Vec<(String, ScriptEnd)> = (step.goals.iter())
            .filter_map(|goal| match &goal.when {
                Condition::Script(script) => {
                    Some((script.clone(), self.playground.try_script(script, Lang::En.code(), SCRIPT_TIME)?))
                }
                _ => None,
            })
            .collect();
        let seen = Seen::with_scripts(&self.playground, &ends);
        self.progress.observe(self.lesson, &seen);
        let goals = step.goals.iter().enumerate();
        let open = goals.filter_map(|(at, goal)| {
            let difference = self.progress.difference(self.lesson, index, at, &seen)?;
            Some(format!("\"{}\": {}", goal.text.get(Lang::En), difference.text(Lang::En)))
        });
        open.collect()
    }

    /// Plays a step that was prepared, and says what is wrong with it.
    fn step(&mut self, index: usize, step: &Step) -> Vec<String> {
        let mut problems = Vec::new();
        if !step.goals.is_empty() && self.open_goals(index).is_empty() {
            problems.push("its goals are reached before anything was done".to_owned());
        }
        let mut texts = vec![Lang::En];
        if step.text.get(Lang::Ko) != step.text.get(Lang::En) {
            texts.push(Lang::Ko);
        }
        let mut by_text = None;
        for lang in texts.into_iter().filter(|_| self.lesson.markdown) {
            let Some(mut copy) = self.copy() else { continue };
            problems.extend(copy.commands_of_text(step, lang));
            by_text = by_text.or(Some(copy));
        }
        if step.solution.is_empty() {
            if let Some(copy) = by_text {
                *self = copy;
            }
        } else {
            let seen = Seen::new(&self.playground);
            let lines: Vec<String> =
                step.solution.iter().map(|line| fill(line, &seen).unwrap_or_else(|| line.clone())).collect();
            // Some solutions show what fails: they are judged by their goals.
            self.run(std::iter::once(lines.join("\n").as_str()));
        }
        let runs_nothing = step.solution.is_empty() && !self.lesson.markdown
            || step.solution.is_empty() && marked(step, Lang::En).is_empty();
        for goal in self.open_goals(index) {
            problems.push(if runs_nothing {
                format!("it has no solution, so its goal cannot be checked: {goal}")
            } else if step.solution.is_empty() {
                format!("the commands of its text do not reach its goal {goal}")
            } else {
                format!("its solution does not reach its goal {goal}")
            });
        }
        problems
    }

    /// Runs what the text marks to be run; what went otherwise than marked.
    fn commands_of_text(&mut self, step: &Step, lang: Lang) -> Vec<String> {
        let blocks = markdown::blocks(step.text.get(lang));
        for (path, text) in written(&blocks) {
            self.playground.save_file(&path, format!("{text}\n").as_bytes());
        }
        let mut problems = Vec::new();
        let marked = marked(step, lang);
        let failed = self.run(marked.iter().map(|(text, _)| text.as_str()));
        for ((text, mark), failed) in marked.iter().zip(failed) {
            let first = text.lines().next().unwrap_or_default();
            match (mark, failed) {
                (Mark::RunToFail, None) => problems.push(format!("`{first}` is marked should_fail, and does not")),
                (Mark::Run | Mark::RunAfterInterrupt, Some((code, said))) => {
                    problems.push(format!("`{first}` fails with {code}: {said}"));
                }
                _ => {}
            }
        }
        problems
    }
}

/// The files that blocks of a text are to be written to.
fn written(blocks: &[markdown::Block]) -> Vec<(String, String)> {
    let file = |block: &markdown::Block| match block {
        markdown::Block::Code(code) => Some((code.file.clone()?, code.text.clone())),
        _ => None,
    };
    blocks.iter().filter_map(file).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::{Folder, Opened, open};

    fn lesson(files: &[(&str, &str)]) -> Opened {
        let folder: Folder = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
        open("lesson", &folder).expect("it is a lesson")
    }

    fn problems(files: &[(&str, &str)]) -> Vec<String> {
        let Opened { lesson, files } = lesson(files);
        check(&lesson, files).iter().map(ToString::to_string).collect()
    }

    const HEAD: &str = "id: a\ntitle: {ko: a, en: a}\ncomputer: controlplane\nsteps: [{id: one}, {id: two}]\n";

    #[test]
    fn a_lesson_whose_steps_work_has_no_problems() {
        let found = problems(&[
            ("lesson.yaml", HEAD),
            ("one.setup.sh", "kubectl create ns team"),
            (
                "one.md",
                "# One\nType `kubectl -n team run web --image=nginx`{{exec}}.\n\n```sh,should_fail\nkubectl get pod no\n```\n",
            ),
            (
                "one.verify.sh",
                "kubectl -n team get pod web -o jsonpath={.status.phase} | grep Running || { echo not yet; exit 1; }",
            ),
            (
                "two.md",
                "# Two\n```yaml,file=more.yaml\napiVersion: v1\nkind: Namespace\nmetadata: {name: more}\n```\n\n```sh,run\nkubectl apply -f more.yaml\n```\n",
            ),
            ("two.solve.sh", "kubectl create ns more"),
            ("two.verify.sh", "kubectl get ns more"),
        ]);
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn what_is_wrong_with_a_step_is_said() {
        let found = problems(&[
            ("lesson.yaml", HEAD),
            ("one.md", "# One\n`kubectl get pod no`{{exec}}\n\n```sh,should_fail\ntrue\n```\n"),
            ("one.verify.sh", "kubectl get ns default"),
            ("two.md", "# Two\n"),
            ("two.solve.sh", "kubectl create ns other\nfalse"),
            ("two.verify.sh", "kubectl get ns more >/dev/null 2>&1 || { echo there is no more; exit 1; }"),
        ]);
        assert_eq!(
            found,
            [
                "one: its goals are reached before anything was done",
                "one: `kubectl get pod no` fails with 1: Error from server (NotFound): pods \"no\" not found",
                "one: `true` is marked should_fail, and does not",
                "two: its solution does not reach its goal \"The check passes\": there is no more",
            ]
        );
    }

    #[test]
    fn programs_that_are_not_simulated_are_found() {
        let Opened { lesson, files } = lesson(&[
            ("lesson.yaml", HEAD),
            (
                "one.md",
                "# One\n`etcdctl get a | grep b`{{exec}} `k get pods`{{exec}} `FOO=1 terraform plan && ls`{{exec}}\n",
            ),
            (
                "two.md",
                "# Two\n```sh,run\ncat <<EOF | kubectl apply -f -\nfoo bar\nEOF\nif helm list; then echo 'x | nothing' 2>&1; fi # velero\nown() { true; }\nown\n```\n",
            ),
        ]);
        assert_eq!(missing_programs(&lesson, &files), ["etcdctl", "terraform", "helm"]);
        let own = [("/usr/local/bin/etcdctl".to_owned(), Vec::new())];
        assert_eq!(missing_programs(&lesson, &own), ["terraform", "helm"]);
    }
}
