//! Scripts that run on the outside computer without a terminal: what a lesson prepares, and what it checks.

use machine::headless::Headless;
use sim::Duration;

use crate::control::Shared;
use crate::{Act, Playground, boot};

/// What `ps` shows such a script as: `bash -c lesson TEXT` would print the text; this is `$0`.
const NAME: &str = "lesson-script";
/// Where the text of a script that is tried lies.
const TRIED: &str = ".lesson/verify.sh";
/// The most steps a script that is tried may take.
const MOST_STEPS: u64 = 500_000;

/// How a script ended, and what it printed to either stream.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScriptEnd {
    /// Its exit status.
    pub status: i32,
    /// Its output.
    pub output: String,
}

impl Shared {
    /// Starts a script of [`Act::Script`].
    pub fn start_script(&self, text: &str) {
        let argv = ["bash", "-c", text, NAME].map(str::to_owned);
        // A computer that cannot start its bash has no room for processes: there is nobody to tell.
        let _ = self.kernel.start_command(self.laptop, &argv);
    }
}

impl Playground {
    /// Starts a script on the outside computer, by bash and without a terminal: what it prints is lost. It is part of the
    /// session.
    pub fn start_script(&mut self, text: &str) {
        self.act(Act::Script { text: text.to_owned() });
    }

    /// Whether a script that [`Playground::start_script`] started still runs.
    pub fn runs_script(&self) -> bool {
        let shared = &self.world.shared;
        let is_script = |process: &machine::ProcessData| {
            let named = process.argv.get(3).is_some_and(|word| word == NAME);
            named && process.machine == shared.laptop && process.ended.is_none()
        };
        shared.kernel.with(|kernel| kernel.processes.values().any(is_script))
    }

    /// Whether bash on the outside computer has a command of this name that does something (see
    /// [`machine::Kernel::has_command`]), or an alias of its `.bashrc`.
    pub fn has_command(&self, name: &str) -> bool {
        let shared = &self.world.shared;
        let bashrc = self.read_file(".bashrc").unwrap_or_default();
        let alias = format!("alias {name}=");
        let is_alias = String::from_utf8_lossy(&bashrc).lines().any(|line| line.starts_with(&alias));
        is_alias || shared.kernel.has_command(shared.laptop, name)
    }

    /// What a script says of this world: it runs on the outside computer of a copy, so nothing here changes and no time passes.
    /// One that runs for longer than `longest`, or takes very many steps, gets 124, as from `timeout`. `None` while a command
    /// runs in the foreground, since then there is no copy.
    ///
    /// `lang` (`ko`, `en`) is its `LESSON_LANG`: the language of who reads what it prints.
    pub fn try_script(&self, text: &str, lang: &str, longest: Duration) -> Option<ScriptEnd> {
        Some(self.fork_with_jobs()?.without_checkpoints().end_of_script(text, lang, longest))
    }

    /// As [`Playground::try_script`], in this world itself, which is used up: for who has made a copy in another way.
    pub fn end_of_script(mut self, text: &str, lang: &str, longest: Duration) -> ScriptEnd {
        let shared = self.world.shared.clone();
        boot::write_file(&shared, TRIED, text.as_bytes());
        let shell = Headless::new(&shared.kernel, shared.laptop);
        shell.start(&format!("LESSON_LANG={lang} bash ~/{TRIED}\n"));
        let until = self.now() + longest;
        let done = self.world.run_while(until, MOST_STEPS, &mut |_| shell.is_running());
        let output = shell.take_text();
        let status = if done && !shell.is_running() { shell.status() } else { 124 };
        ScriptEnd { status, output }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Computer, Session, Settings};

    fn at_rest(settings: Settings) -> Playground {
        let mut playground = Playground::new(settings);
        playground.open_terminal(80, 24);
        pass(&mut playground, 1);
        playground
    }

    fn pass(playground: &mut Playground, seconds: u64) {
        let until = playground.now() + Duration::from_secs(seconds);
        while playground.advance(until, 100_000).out_of_fuel {}
    }

    #[test]
    fn a_script_that_is_tried_changes_nothing_and_says_how_it_ended() {
        let playground = at_rest(Settings::default());
        let before = playground.version();
        for (text, status, output) in [
            ("kubectl get ns default -o name; exit 3", 3, "namespace/default\n"),
            (
                "kubectl create ns made; sleep 5; kubectl get ns made -o name",
                0,
                "namespace/made created\nnamespace/made\n",
            ),
            ("while true; do :; done", 124, ""),
            ("sleep 60", 124, ""),
        ] {
            let end = playground.try_script(text, "en", Duration::from_secs(30)).expect("nothing runs");
            assert_eq!((end.status, end.output.as_str()), (status, output), "{text}");
        }
        assert_eq!(playground.version(), before);
        assert!(playground.objects("namespaces", None).iter().all(|object| object["metadata"]["name"] != "made"));
    }

    #[test]
    fn a_script_is_tried_beside_a_job_in_the_background() {
        let mut playground = Playground::new(Settings::default());
        let terminal = playground.open_terminal(80, 24);
        pass(&mut playground, 1);
        playground.input(terminal, b"ping 192.168.49.2 >seen &\r");
        pass(&mut playground, 100);
        assert!(!playground.is_busy(terminal), "the shell has its prompt");
        assert!(playground.fork().is_none(), "a job is no data");
        let before = (playground.version(), playground.read_file("seen").expect("what it saw"));
        let script = "wc -l <seen; sleep 3; wc -l <seen";
        let end = playground.try_script(script, "en", Duration::from_secs(30)).expect("nothing runs in the foreground");
        let counts: Vec<usize> = end.output.lines().filter_map(|line| line.trim().parse().ok()).collect();
        let lines = before.1.iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(counts, [lines, lines + 3], "the job goes on in the copy");
        assert_eq!((playground.version(), playground.read_file("seen")), (before.0, Some(before.1)));
        playground.input(terminal, b"sleep 50\r");
        pass(&mut playground, 1);
        assert!(playground.try_script("true", "en", Duration::from_secs(1)).is_none());
    }

    #[test]
    fn a_script_of_the_lesson_runs_in_the_background_and_is_replayed() {
        let files = vec![("/opt/q1/pod.yaml".to_owned(), b"x".to_vec())];
        let settings = Settings { computer: Computer::ControlPlane, files, ..Settings::default() };
        let mut playground = at_rest(settings);
        playground.start_script("sleep 2; kubectl create ns prepared; kubectl get nodes -o name > /root/nodes.txt");
        assert!(playground.runs_script());
        pass(&mut playground, 4);
        assert!(!playground.runs_script());
        let nodes = playground.read_file("nodes.txt").expect("the script wrote it");
        assert_eq!(String::from_utf8_lossy(&nodes), "node/controlplane\n");
        let script = "whoami; hostname; cat /opt/q1/pod.yaml; pwd; echo $LESSON_LANG";
        let end = playground.try_script(script, "ko", Duration::from_secs(5)).expect("nothing runs");
        assert_eq!(end.output, "root\ncontrolplane\nx/root\nko\n");

        let session = Session::from_json(&playground.session().to_json()).expect("a session of ours");
        let again = Playground::replay(&session);
        assert_eq!((again.version(), again.read_file("nodes.txt")), (playground.version(), Some(nodes)));
    }
}
