//! Plays a lesson as its author should before a class does: the untouched start must not pass, the solution must, and every command
//! in the text must do what its mark says.

mod pieces;
mod programs;

use std::rc::Rc;

use playground::{KeptShell, Playground, ScriptEnd, TerminalId};
use sim::{Duration, Time};

use crate::condition::Condition;
use crate::folder::WorldFile;
use crate::format::{Goal, Lang, Lesson, Step};
use crate::markdown;
use crate::{Progress, Seen, fill};

use pieces::marked;
pub use pieces::{Piece, is_like, pieces};
pub use programs::{missing_programs, programs};

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
    /// What is wrong.
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
/// commands of its text. A block `output` after a command is what that prints ([`is_like`]). Each question has a right choice and a
/// wrong one. A step that says what it needs is played once more in a fresh world, after the steps that it needs and without the
/// others. What is not looked at: predictions of actions, hints.
pub fn check(lesson: &Lesson, files: Vec<WorldFile>) -> Vec<Problem> {
    Checking::new(lesson.clone(), files, Lang::En).flatten().collect()
}

/// A lesson that is being played as [`check`] does: each item is what is wrong with the step that is played next.
pub struct Checking {
    player: Player,
    files: Vec<WorldFile>,
    /// The steps that are still to be played, and whether each is played alone.
    turns: std::vec::IntoIter<(usize, bool)>,
}

impl Checking {
    /// Begins a lesson in a world of its own. `lang` is the language of the problems.
    pub fn new(lesson: Lesson, files: Vec<WorldFile>, lang: Lang) -> Self {
        let alone = (0..lesson.steps.len()).filter(|step| lesson.steps[*step].needs.is_some()).map(|step| (step, true));
        let turns: Vec<(usize, bool)> = (0..lesson.steps.len()).map(|step| (step, false)).chain(alone).collect();
        let player = Player::new(Rc::new(lesson), files.clone(), lang);
        Checking { player, files, turns: turns.into_iter() }
    }
}

impl Iterator for Checking {
    type Item = Vec<Problem>;

    fn next(&mut self) -> Option<Vec<Problem>> {
        let (index, alone) = self.turns.next()?;
        let player = &mut self.player;
        let lesson = player.lesson.clone();
        let step = &lesson.steps[index];
        let found = if alone {
            Player::new(lesson.clone(), self.files.clone(), player.lang).alone(index, step)
        } else {
            player.progress.step = index;
            player.prepare(step);
            player.step(index, step)
        };
        Some(found.into_iter().map(|what| Problem { step: step.id.clone(), what }).collect())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.turns.size_hint()
    }
}

impl ExactSizeIterator for Checking {}

/// Runs the scripts that check a goal, each on a copy of the world: the end of `verify`, whose words are those of `hint` where that
/// has any, or of `fail` where the goal cannot be reached any more. Nothing where the goal is none of scripts, or while a command runs.
pub fn check_goal(goal: &Goal, playground: &Playground, lang: Lang) -> Option<ScriptEnd> {
    check_goal_by(goal, lang, &|script| playground.try_script(script, lang.code(), SCRIPT_TIME))
}

/// The same, where somebody else runs the scripts.
fn check_goal_by(goal: &Goal, lang: Lang, run: &dyn Fn(&str) -> Option<ScriptEnd>) -> Option<ScriptEnd> {
    let Condition::Script(verify) = &goal.when else { return None };
    if let Some(fail) = &goal.fail {
        let ScriptEnd { status, output } = run(fail)?;
        if status != 0 {
            let end = match lang {
                Lang::Ko => "여기서는 이 단계를 끝낼 수 없습니다. 되돌리거나 강의를 처음부터 다시 시작하세요.",
                Lang::En => "From here this step cannot be done any more: undo, or begin the lesson again.",
            };
            return Some(ScriptEnd { status, output: format!("{} {end}", output.trim()).trim().to_owned() });
        }
    }
    let mut end = run(verify)?;
    if end.status != 0
        && let Some(hint) = &goal.hint
    {
        let said = run(hint)?.output;
        if !said.trim().is_empty() {
            end.output = said;
        }
    }
    Some(end)
}

/// What is wrong with the questions of a step: those of both texts are the same in number, and each has something to choose.
fn wrong_questions(step: &Step, lang: Lang) -> Vec<String> {
    let [ko, en] = [Lang::Ko, Lang::En].map(|lang| markdown::blocks(step.text.get(lang)));
    let (ko, en) = (markdown::questions(&ko), markdown::questions(&en));
    let mut problems = Vec::new();
    if ko.len() != en.len() {
        problems.push(match lang {
            Lang::Ko => format!("질문이 한국어 글에는 {}개, 영어 글에는 {}개입니다", ko.len(), en.len()),
            Lang::En => format!("it has {} questions in Korean, {} in English", ko.len(), en.len()),
        });
    }
    let rights = |question: &markdown::Question| question.choices.iter().map(|(_, is_right)| *is_right).collect();
    for (at, (ko, en)) in ko.iter().zip(&en).enumerate() {
        let (ko, en): (Vec<bool>, Vec<bool>) = (rights(ko), rights(en));
        if ko != en {
            problems.push(match lang {
                Lang::Ko => format!("질문 {}: 한국어와 영어에서 맞는 답이 다릅니다", at + 1),
                Lang::En => format!("question {}: other choices are right in Korean than in English", at + 1),
            });
        }
        if !en.contains(&true) || !en.contains(&false) {
            problems.push(match lang {
                Lang::Ko => format!("질문 {}: 맞는 답과 틀린 답이 하나씩은 있어야 합니다", at + 1),
                Lang::En => format!("question {}: it needs a right choice and a wrong one", at + 1),
            });
        }
    }
    problems
}

/// How a piece of a step's commands ended.
#[derive(Default)]
struct Ran {
    /// What its commands printed.
    output: String,
    /// The code of the last command that failed, and the line before it. 130 is none: such a command went on until it was interrupted.
    failed: Option<(i32, String)>,
}

/// What was done to a player's world.
#[derive(Clone)]
enum Did {
    Passed(Duration),
    Prepared(String),
    Saved(String, String),
    Ran(String),
}

struct Player {
    lesson: Rc<Lesson>,
    files: Vec<WorldFile>,
    /// All that was done since the beginning: beside a job in the background, which is no data, a copy does it again.
    did: Vec<Did>,
    /// The language in which it says what is wrong.
    lang: Lang,
    playground: Playground,
    terminal: TerminalId,
    /// What the shell keeps from command to command, also from step to step.
    shell: Option<KeptShell>,
    progress: Progress,
}

impl Player {
    fn new(lesson: Rc<Lesson>, files: Vec<WorldFile>, lang: Lang) -> Self {
        let mut playground = Playground::new(lesson.settings(files.clone())).without_checkpoints();
        let terminal = playground.open_terminal(120, 40);
        let (progress, did) = (Progress::default(), Vec::new());
        let mut player = Player { lesson, files, did, lang, playground, terminal, shell: None, progress };
        player.pass(Duration::from_secs(1));
        player
    }

    fn copy(&self) -> Player {
        let Some(playground) = self.playground.fork() else { return self.again() };
        Player {
            lesson: self.lesson.clone(),
            files: self.files.clone(),
            did: self.did.clone(),
            lang: self.lang,
            playground: playground.without_checkpoints(),
            terminal: self.terminal,
            shell: self.shell.clone(),
            progress: self.progress.clone(),
        }
    }

    /// A player in a world of its own to which the same was done.
    fn again(&self) -> Player {
        let mut player = Player::new(self.lesson.clone(), self.files.clone(), self.lang);
        // A new player has passed its first second.
        for did in &self.did[1..] {
            match did {
                Did::Passed(duration) => player.pass(*duration),
                Did::Prepared(script) => player.start(script),
                Did::Saved(path, text) => player.save(path, text),
                Did::Ran(script) => drop(player.run_script(script)),
            }
        }
        player.progress = self.progress.clone();
        player
    }

    /// How a script ends in a copy of the world.
    fn try_script(&self, script: &str) -> ScriptEnd {
        let lang = self.lang.code();
        let end = self.playground.fork().and_then(|_| self.playground.try_script(script, lang, SCRIPT_TIME));
        end.unwrap_or_else(|| self.again().playground.end_of_script(script, lang, SCRIPT_TIME))
    }

    fn start(&mut self, script: &str) {
        self.did.push(Did::Prepared(script.to_owned()));
        self.playground.start_script(script);
    }

    fn save(&mut self, path: &str, text: &str) {
        self.did.push(Did::Saved(path.to_owned(), text.to_owned()));
        self.playground.save_file(path, text.as_bytes());
    }

    fn pass(&mut self, duration: Duration) {
        self.did.push(Did::Passed(duration));
        let until = self.playground.now() + duration;
        while self.playground.advance(until, 100_000).out_of_fuel {}
    }

    fn prepare(&mut self, step: &Step) {
        if let Some(script) = &step.scripts.background {
            self.start(script);
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

    /// Runs pieces of text as a person would, one after the other in the one bash of the lesson, which knows the aliases of
    /// `.bashrc`.
    fn run<'t>(&mut self, pieces: impl Iterator<Item = &'t str>) -> Vec<Ran> {
        let mut script = match self.shell {
            Some(_) => String::new(),
            None => "# quiet shopt -s expand_aliases\n# quiet source ~/.bashrc\n".to_owned(),
        };
        for piece in pieces {
            script.push_str(&format!("{PIECE}\n{piece}\n# sleep {}\n", SETTLE.as_micros() / 1_000_000));
        }
        self.run_script(&script)
    }

    fn run_script(&mut self, script: &str) -> Vec<Ran> {
        self.did.push(Did::Ran(script.to_owned()));
        let mut ran: Vec<Ran> = Vec::new();
        self.shell = self.playground.go_on_with_script(self.shell.take(), script, &mut |text| {
            for line in text.lines() {
                let code = line.strip_prefix("? ").and_then(|code| code.parse::<i32>().ok());
                match (code, ran.last_mut()) {
                    _ if line == PIECE => ran.push(Ran::default()),
                    (Some(130), _) | (_, None) => {}
                    (Some(code), Some(piece)) => {
                        let said = piece.output.lines().last().unwrap_or_default().to_owned();
                        piece.failed = Some((code, said));
                    }
                    (None, Some(_)) if ["$ ", "> ", "# "].iter().any(|typed| line.starts_with(typed)) => {}
                    (None, Some(piece)) => piece.output.push_str(&format!("{line}\n")),
                }
            }
        });
        ran
    }

    /// Why the step's goals are not reached yet; nothing if they are.
    fn open_goals(&mut self, index: usize) -> Vec<String> {
        let lesson = self.lesson.clone();
        let step = &lesson.steps[index];
        let ends: Vec<(String, ScriptEnd)> = (step.goals.iter())
            .filter_map(|goal| match &goal.when {
                Condition::Script(script) => {
                    let end = check_goal_by(goal, self.lang, &|script| Some(self.try_script(script)));
                    Some((script.clone(), end?))
                }
                _ => None,
            })
            .collect();
        let seen = Seen::with_scripts(&self.playground, &ends);
        self.progress.observe(&lesson, &seen);
        let goals = step.goals.iter().enumerate();
        let open = goals.filter_map(|(at, goal)| {
            let difference = self.progress.difference(&lesson, index, at, &seen)?;
            Some(format!("\"{}\": {}", goal.text.get(self.lang), difference.text(self.lang)))
        });
        open.collect()
    }

    /// Plays a step that was prepared, and says what is wrong with it.
    fn step(&mut self, index: usize, step: &Step) -> Vec<String> {
        let mut problems = if self.lesson.markdown { wrong_questions(step, self.lang) } else { Vec::new() };
        let unknown = step.goals.iter().flat_map(|goal| goal.when.unknown_resources());
        problems.extend(unknown.map(|name| match self.lang {
            Lang::Ko => format!("이름이 {name}인 리소스는 없습니다"),
            Lang::En => format!("no resource is called {name}"),
        }));
        if !step.goals.is_empty() && self.open_goals(index).is_empty() {
            problems.push(match self.lang {
                Lang::Ko => "아무것도 하지 않았는데 목표가 이미 이루어져 있습니다".to_owned(),
                Lang::En => "its goals are reached before anything was done".to_owned(),
            });
        }
        let mut texts = vec![Lang::En];
        if step.text.get(Lang::Ko) != step.text.get(Lang::En) {
            texts.push(Lang::Ko);
        }
        let mut by_text = None;
        for lang in texts.into_iter().filter(|_| self.lesson.markdown) {
            let mut copy = self.copy();
            problems.extend(copy.commands_of_text(step, lang));
            by_text = by_text.or(Some(copy));
        }
        match by_text {
            Some(copy) if step.solution.is_empty() => *self = copy,
            _ => self.solve(step),
        }
        let runs_nothing = step.solution.is_empty() && !self.lesson.markdown
            || step.solution.is_empty() && marked(step, Lang::En).is_empty();
        for goal in self.open_goals(index) {
            problems.push(match self.lang {
                Lang::Ko if runs_nothing => format!("풀이가 없어서 목표를 확인할 수 없습니다: {goal}"),
                Lang::Ko if step.solution.is_empty() => {
                    format!("글에 있는 명령을 다 해도 목표에 이르지 못합니다 {goal}")
                }
                Lang::Ko => format!("풀이대로 해도 목표에 이르지 못합니다 {goal}"),
                Lang::En if runs_nothing => format!("it has no solution, so its goal cannot be checked: {goal}"),
                Lang::En if step.solution.is_empty() => {
                    format!("the commands of its text do not reach its goal {goal}")
                }
                Lang::En => format!("its solution does not reach its goal {goal}"),
            });
        }
        problems
    }

    /// Plays a step after the steps that it needs, the others undone, but with what they prepare.
    fn alone(&mut self, index: usize, step: &Step) -> Vec<String> {
        let lesson = self.lesson.clone();
        let needed = lesson.needed(index);
        for (earlier, before) in lesson.steps[..index].iter().enumerate() {
            self.progress.step = earlier;
            self.prepare(before);
            if needed.contains(&earlier) {
                if before.solution.is_empty() {
                    self.commands_of_text(before, Lang::En);
                }
                self.solve(before);
                self.open_goals(earlier);
            }
        }
        self.progress.step = index;
        self.prepare(step);
        let names: Vec<&str> = needed.iter().map(|at| lesson.steps[*at].id.as_str()).collect();
        let before = match (names.as_slice(), self.lang) {
            ([], Lang::Ko) => "이 단계만 하면".to_owned(),
            ([], Lang::En) => "after nothing else, as it needs".to_owned(),
            (names, Lang::Ko) => format!("needs에 적은 {}만 먼저 하면", names.join(", ")),
            (names, Lang::En) => format!("after {}, as it needs", names.join(", ")),
        };
        self.step(index, step).into_iter().map(|what| format!("{before}: {what}")).collect()
    }

    /// Runs the solution. Some show what fails: they are judged by their goals.
    fn solve(&mut self, step: &Step) {
        let seen = Seen::new(&self.playground);
        let lines: Vec<String> =
            step.solution.iter().map(|line| fill(line, &seen).unwrap_or_else(|| line.clone())).collect();
        if !lines.is_empty() {
            self.run(std::iter::once(lines.join("\n").as_str()));
        }
    }

    /// Runs what the text marks to be run; what went otherwise than marked.
    fn commands_of_text(&mut self, step: &Step, lang: Lang) -> Vec<String> {
        let blocks = markdown::blocks(step.text.get(lang));
        for (path, text) in written(&blocks) {
            self.save(&path, &format!("{text}\n"));
        }
        let pieces = pieces(step, lang);
        let ran = self.run(pieces.iter().map(|piece| piece.text.as_str()));
        let wrong = |(piece, ran): (&Piece, Ran)| piece.wrong(self.lang, &ran.output, ran.failed.as_ref());
        pieces.iter().zip(ran).flat_map(wrong).collect()
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
mod tests;
