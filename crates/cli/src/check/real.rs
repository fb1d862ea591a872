//! A lesson against a real cluster: by the bash and the kubectl of this computer.
//!
//! Here: a home folder with the lesson's files, scripts that run in it, what kubectl says of the cluster. Not here: what goals mean
//! (`lesson`). Two things differ from the playground: a real cluster cannot be copied, so that of a step's text nothing is run
//! where the step has a solution, and a script that checks a goal runs in the cluster itself; and nobody writes down there what a
//! person did, so that goals over it cannot be judged.

use std::cell::RefCell;
use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use lesson::check::{Problem, pieces};
use lesson::{Attempt, CommandRun, Condition, Evidence, Goal, Lang, Lesson, Life, Opened, PodFile, Step, WorldFile};
use playground::ScriptEnd;
use serde_json::Value;

/// How often is looked whether a script has ended, and how many times.
const GLANCE: Duration = Duration::from_millis(20);
const GLANCES: usize = 30_000;
/// How often is looked whether a step's goals are reached after its solution, and how many times.
const PAUSE: Duration = Duration::from_secs(1);
const PAUSES: usize = 60;
/// Between two pieces of a step's commands.
const PIECE: &str = "#-- piece --";

/// What came of a lesson.
#[derive(Default)]
pub struct Report {
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// What could not be looked at, a sentence each.
    pub not_judged: Vec<String>,
}

/// Plays a lesson against the cluster of a kubeconfig.
///
/// # Errors
/// Why it cannot be played there: no kubectl, no cluster, or one whose namespace `default` is not empty.
pub fn check(opened: &Opened, kubeconfig: &Path) -> Result<Report, String> {
    let cluster = Cluster::new(kubeconfig, &opened.files)?;
    cluster.is_fit()?;
    let mut report = Report::default();
    for word in lesson::check::programs(&opened.lesson) {
        let is_own = opened.files.iter().any(|(path, _)| path.rsplit('/').next() == Some(&word));
        if !is_own && cluster.run(&format!("type '{word}'")).status != 0 {
            report.not_judged.push(format!("{word} is not on this computer: what uses it fails"));
        }
    }
    for path in opened.files.iter().map(|(path, _)| path).filter(|path| path.starts_with('/')) {
        report.not_judged.push(format!("{path} is not put on this computer, only what goes to the home folder"));
    }
    for step in &opened.lesson.steps {
        cluster.step(&opened.lesson, step, &mut report);
    }
    Ok(report)
}

/// A cluster, and the home folder on this computer from which it is worked on; the folder is gone afterwards.
struct Cluster {
    home: PathBuf,
    kubeconfig: PathBuf,
    /// Why kubectl could not say what there is, the last time that it could not.
    trouble: RefCell<Option<String>>,
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.home);
    }
}

impl Cluster {
    fn new(kubeconfig: &Path, files: &[WorldFile]) -> Result<Cluster, String> {
        let told = |path: &Path| {
            let path = path.display().to_string();
            move |error| format!("{path}: {error}")
        };
        let kubeconfig = fs::canonicalize(kubeconfig).map_err(told(kubeconfig))?;
        let home = std::env::temp_dir().join(format!("kube-playground-check-{}", std::process::id()));
        let cluster = Cluster { home, kubeconfig, trouble: RefCell::new(None) };
        fs::create_dir_all(&cluster.home).map_err(told(&cluster.home))?;
        for (name, bytes) in files.iter().filter(|(name, _)| !name.starts_with('/')) {
            let path = cluster.home.join(name);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).map_err(told(folder))?;
            }
            fs::write(&path, bytes).map_err(told(&path))?;
        }
        Ok(cluster)
    }

    /// Whether a lesson may be played there: it leaves what it makes, and finds what others made.
    fn is_fit(&self) -> Result<(), String> {
        let found = self.run("kubectl get all -n default -o name");
        if found.status != 0 {
            return Err(format!("kubectl cannot reach the cluster: {}", found.output.trim()));
        }
        let others: Vec<&str> = found.output.lines().filter(|name| *name != "service/kubernetes").collect();
        if !others.is_empty() {
            let others = others.join(", ");
            return Err(format!(
                "the cluster's namespace default is not empty: {others}. A lesson needs a cluster of its own"
            ));
        }
        let namespace = self.run("kubectl config view --minify -o 'jsonpath={..namespace}'").output;
        if !matches!(namespace.trim(), "" | "default") {
            return Err(format!("the context's namespace is {}, and a lesson is played in default", namespace.trim()));
        }
        Ok(())
    }

    /// Runs a script by bash in the home folder. One that does not end is stopped, and gets 124 as from `timeout`.
    fn run(&self, script: &str) -> ScriptEnd {
        self.try_run(script).unwrap_or_else(|error| ScriptEnd { status: 127, output: format!("bash: {error}") })
    }

    #[expect(clippy::disallowed_methods, reason = "a real cluster has real time")]
    fn try_run(&self, script: &str) -> std::io::Result<ScriptEnd> {
        let (text, said) = (self.home.join(".lesson.sh"), self.home.join(".lesson.out"));
        fs::write(&text, format!("shopt -s expand_aliases\nalias k=kubectl\n{script}\n"))?;
        let output = File::create(&said)?;
        let mut command = Command::new("bash");
        command.arg(&text).current_dir(&self.home).stdin(Stdio::null());
        command.stderr(output.try_clone()?).stdout(output).process_group(0);
        command.env("HOME", &self.home).env("KUBECONFIG", &self.kubeconfig).env("LESSON_LANG", "en");
        let mut child = command.spawn()?;
        let mut status = None;
        for _ in 0..GLANCES {
            status = child.try_wait()?;
            if status.is_some() {
                break;
            }
            std::thread::sleep(GLANCE);
        }
        let status = status.map_or(124, |status| status.code().unwrap_or(1));
        // What it left in the background, too.
        let group = format!("-{}", child.id());
        let _ = Command::new("kill").args(["-9", "--", &group]).stderr(Stdio::null()).status();
        let _ = child.wait();
        Ok(ScriptEnd { status, output: String::from_utf8_lossy(&fs::read(&said)?).into_owned() })
    }

    fn step(&self, lesson: &Lesson, step: &Step, report: &mut Report) {
        let mut wrong = |what: String| report.problems.push(Problem { step: step.id.clone(), what });
        for script in step.scripts.background.iter().chain(&step.scripts.foreground) {
            let end = self.run(script);
            if end.status == 124 {
                wrong(format!("what it prepares does not end: {}", end.output.trim()));
            }
        }
        let (judged, others): (Vec<&Goal>, Vec<&Goal>) = step.goals.iter().partition(|goal| goal.when.is_seen_by_api());
        for goal in &others {
            let goal = goal.text.get(Lang::En);
            let why = "what people did is not written down there";
            report.not_judged.push(format!("{}: the goal \"{goal}\": {why}", step.id));
        }
        if others.is_empty() && !judged.is_empty() && self.open_goals(&judged).is_empty() {
            wrong("its goals are reached before anything was done".to_owned());
        }
        if step.solution.is_empty() {
            let played = if lesson.markdown { self.text(step) } else { Vec::new() };
            played.into_iter().for_each(&mut wrong);
        } else {
            let lines = step.solution.iter().map(|line| self.filled(line));
            self.run(&lines.collect::<Vec<String>>().join("\n"));
        }
        for goal in self.wait_for_goals(&judged) {
            wrong(format!("its solution does not reach its goal {goal}"));
        }
    }

    #[expect(clippy::disallowed_methods, reason = "a real cluster has real time")]
    fn wait_for_goals(&self, goals: &[&Goal]) -> Vec<String> {
        let mut open = self.open_goals(goals);
        for _ in 0..PAUSES {
            if open.is_empty() {
                break;
            }
            std::thread::sleep(PAUSE);
            open = self.open_goals(goals);
        }
        open
    }

    /// Why goals are not reached; nothing of those that are.
    fn open_goals(&self, goals: &[&Goal]) -> Vec<String> {
        let open = goals.iter().filter_map(|goal| {
            self.trouble.take();
            let ends = match &goal.when {
                Condition::Script(script) => vec![(script.clone(), self.judge(goal, script))],
                _ => Vec::new(),
            };
            let why = goal.when.check(&Judged { cluster: self, ends: &ends }).err();
            let why = self.trouble.take().or_else(|| Some(why?.text(Lang::En)))?;
            Some(format!("\"{}\": {why}", goal.text.get(Lang::En)))
        });
        open.collect()
    }

    /// How a goal's script ends; its words are those of its hint, if that has any.
    fn judge(&self, goal: &Goal, script: &str) -> ScriptEnd {
        let mut end = self.run(script);
        if end.status != 0
            && let Some(hint) = &goal.hint
        {
            let said = self.run(hint).output;
            if !said.trim().is_empty() {
                end.output = said;
            }
        }
        end
    }

    /// Runs what a step's text marks to be run, in one bash; what went otherwise than it says.
    fn text(&self, step: &Step) -> Vec<String> {
        let pieces = pieces(step, Lang::En);
        let mut script = String::new();
        for (number, piece) in pieces.iter().enumerate() {
            let name = format!(".piece-{number}.sh");
            if let Err(error) = fs::write(self.home.join(&name), self.filled(&piece.text)) {
                return vec![format!("{name}: {error}")];
            }
            script.push_str(&format!("echo '{PIECE}'\nsource ~/{name}\necho \"{PIECE}$?\"\n"));
        }
        let end = self.run(&script);
        let mut problems = Vec::new();
        let begins = format!("{PIECE}\n");
        let mut said = end.output.split(&begins).skip(1);
        for piece in &pieces {
            let Some((output, code)) = said.next().and_then(|said| said.rsplit_once(PIECE)) else {
                problems.push(format!(
                    "`{}` does not end, or ends the shell: {}",
                    piece.first_line(),
                    end.output.trim()
                ));
                break;
            };
            let code = code.trim().parse().unwrap_or(1);
            let failed = (code, output.lines().last().unwrap_or_default().to_owned());
            problems.extend(piece.wrong(lesson::Lang::En, output, (code != 0).then_some(&failed)));
        }
        problems
    }

    /// A command with its placeholders filled in, as far as the cluster has something for them.
    fn filled(&self, command: &str) -> String {
        lesson::fill(command, &Judged { cluster: self, ends: &[] }).unwrap_or_else(|| command.to_owned())
    }

    fn get(&self, resource: &str) -> Result<Vec<Rc<Value>>, String> {
        let end = self.run(&format!("kubectl get '{resource}' -n default -o json"));
        if end.status != 0 {
            return Err(end.output.trim().to_owned());
        }
        let list: Value =
            serde_json::from_str(&end.output).map_err(|error| format!("kubectl get {resource}: {error}"))?;
        Ok(list["items"].as_array().into_iter().flatten().cloned().map(Rc::new).collect())
    }
}

/// What can be seen of a real cluster: its objects; and how scripts ended.
struct Judged<'a> {
    cluster: &'a Cluster,
    ends: &'a [(String, ScriptEnd)],
}

impl Evidence for Judged<'_> {
    fn objects(&self, resource: &str) -> Vec<Rc<Value>> {
        self.cluster.get(resource).unwrap_or_else(|why| {
            self.cluster.trouble.replace(Some(why));
            Vec::new()
        })
    }

    fn lives(&self) -> Vec<Life> {
        Vec::new()
    }

    fn attempts(&self) -> Vec<Attempt> {
        Vec::new()
    }

    fn pod_files(&self, _pod: &str) -> Vec<PodFile> {
        Vec::new()
    }

    fn commands(&self) -> Vec<CommandRun> {
        Vec::new()
    }

    fn script(&self, text: &str) -> Option<ScriptEnd> {
        self.ends.iter().find(|(script, _)| script == text).map(|(_, end)| end.clone())
    }
}
