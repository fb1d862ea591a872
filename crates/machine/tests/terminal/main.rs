//! The terminal: keys in, screen out; sessions; signals.

mod world;

use machine::terminal::{Completer, CompletionRequest};
use machine::{ExitStatus, Hint, Note, Program, Session, User};
use sim::Duration;
use userland::images;

use self::world::{Screen, computer, world};

#[test]
fn keys_edit_the_line() {
    for (keys, expected) in [
        ("echo hi\r", "$ echo hi\nhi\n$"),
        ("echo ac\x1b[Db\r", "$ echo abc\nabc\n$"),
        ("ho x\x01ec\x05y\r", "$ echo xy\nxy\n$"),
        ("echo one two\x17three\r", "$ echo one three\none three\n$"),
        ("echo one two\x15echo x\r", "$ echo x\nx\n$"),
        ("echo abcdef\x1b[D\x1b[D\x1b[D\x0b\r", "$ echo abc\nabc\n$"),
        ("echo xyz\x7f\x7f\r", "$ echo x\nx\n$"),
        ("echo axb\x1b[D\x1b[D\x1b[3~\r", "$ echo ab\nab\n$"),
        ("echo a-b\x1bb\x1bbX\r", "$ echo Xa-b\nXa-b\n$"),
        ("echo one\x15\x19 two\r", "$ echo one two\none two\n$"),
        ("echo 한글\x7f국\r", "$ echo 한국\n한국\n$"),
        ("echo 한글\x1b[D가\r", "$ echo 한가글\n한가글\n$"),
        ("nonsense\x03echo ok\r", "$ nonsense^C\n$ echo ok\nok\n$"),
        ("echo a\recho b\r\x1b[A\x1b[A\r", "$ echo a\na\n$ echo b\nb\n$ echo a\na\n$"),
        ("echo a\r\x1b[A\x1b[Bzz\x15", "$ echo a\na\n$"),
        ("echo apple\recho pear\r\x12app\r", "$ echo apple\napple\n$ echo pear\npear\n$ echo apple\napple\n$"),
        ("echo a\r!!\r", "$ echo a\na\n$ !!\na\n$"),
        ("echo 'a\rb'\r", "$ echo 'a\n> b'\na\nb\n$"),
        ("for i in 1 2; do\recho $i\rdone\r", "$ for i in 1 2; do\n> echo $i\n> done\n1\n2\n$"),
        ("cat <<EOF\rx\rEOF\r", "$ cat <<EOF\n> x\n> EOF\nx\n$"),
        ("if\x03", "$ if^C\n$"),
        ("\x1b[200~echo a\recho b\x1b[201~\r", "$ echo a\necho b\na\nb\n$"),
        ("nope\recho $?\r", "$ nope\nbash: nope: command not found\n$ echo $?\n127\n$"),
        ("echo a )\r", "$ echo a )\nbash: syntax error near unexpected token `)'\n$"),
        ("clear-me\x0c\x15echo x\r", "$ echo x\nx\n$"),
        ("cat\rhi\r\x04echo done\r", "$ cat\nhi\nhi\n$ echo done\ndone\n$"),
        ("cat\rab\x7fc\r⏳\x03", "$ cat\nac\nac\n^C\n$"),
        ("sleep 100; echo no\r\x03echo $?\r", "$ sleep 100; echo no\n^C\n$ echo $?\n130\n$"),
        ("false\recho $?\r", "$ false\n$ echo $?\n1\n$"),
        ("read -p 'name? ' n\rkim\recho $n\r", "$ read -p 'name? ' n\nname? kim\n$ echo $n\nkim\n$"),
        ("alias k='echo aliased'\rk x\r", "$ alias k='echo aliased'\n$ k x\naliased x\n$"),
        ("(exit 3)\rexit\r", "$ (exit 3)\n$ exit\nexit\n$"),
        ("history\r", "$ history\n    1  history\n$"),
    ] {
        let mut world = world();
        for part in keys.split('⏳') {
            world.keys(part);
        }
        let shown = world.screen.text().replace("student@laptop:~$", "$");
        assert_eq!(shown, expected, "{keys:?}");
    }
}

#[test]
fn a_long_line_wraps_and_can_be_edited() {
    let mut world = world();
    let long = "x".repeat(100);
    world.keys(&format!("echo {long}\x01\x1b[C\x1b[C\x1b[C\x1b[C\x1b[C>\x7f\x05y"));
    let prompt = "student@laptop:~$ echo ";
    let (first, second) = long.split_at(80 - prompt.len());
    world.shows(&format!("{prompt}{first}\n{second}y"));
    world.keys("\r");
    let (top, rest) = long.split_at(80);
    world.shows(&format!("{prompt}{first}\n{second}y\n{top}\n{rest}y\nstudent@laptop:~$"));
}

#[test]
fn a_line_is_broken_where_the_window_ends_and_output_where_the_screen_does() {
    let mut world = world();
    world.screen.wide = true;
    let long = "x".repeat(100);
    world.keys(&format!("echo {long}\x01\x1b[C\x1b[C\x1b[C\x1b[C\x1b[C>\x7f\x05y"));
    let prompt = "student@laptop:~$ echo ";
    let (first, second) = long.split_at(80 - prompt.len());
    world.shows(&format!("{prompt}{first}\n{second}y"));
    world.keys("\r");
    world.shows(&format!("{prompt}{first}\n{second}y\n{long}y\nstudent@laptop:~$"));
}

#[test]
fn a_line_that_is_being_typed_fits_a_window_that_grows_or_shrinks() {
    let mut world = world();
    world.screen.wide = true;
    let (prompt, long) = ("student@laptop:~$ echo ", "한".repeat(30));
    world.keys(&format!("echo {long}"));
    let rows = |columns: usize| {
        let first: String = long.chars().take((columns - prompt.len()) / 2).collect();
        format!("{prompt}{first}\n{}", &long[first.len()..])
    };
    world.shows(&rows(80));
    for columns in [60, 79, 80, 66] {
        world.terminal.resize(columns, 24);
        world.settle();
        world.shows(&rows(columns.into()));
    }
    world.terminal.resize(200, 24);
    world.settle();
    world.shows(&format!("{prompt}{long}"));
    world.keys("\x12한\x1b[D");
    world.terminal.resize(70, 24);
    world.keys("\x05\x03");
    assert!(world.screen.text().starts_with(&rows(70)), "{}", world.screen.text());
}

#[test]
fn sessions_nest_and_end() {
    let mut world = world();
    world.keys("minikube ssh\rhostname\rkubectl get pod\rexit\recho $? $(hostname)\r");
    world.shows(
        "student@laptop:~$ minikube ssh\ndocker@minikube:~$ hostname\nminikube\n\
         docker@minikube:~$ kubectl get pod\n-bash: kubectl: command not found\n\
         docker@minikube:~$ exit\nlogout\nstudent@laptop:~$ echo $? $(hostname)\n127 laptop\nstudent@laptop:~$",
    );
    let hint = Hint::CommandNotInSession { command: "kubectl".into(), hostname: "minikube".into() };
    assert_eq!(world.screen.notes, [Note::Hint(hint)]);
}

#[test]
fn a_paste_is_drawn_once() {
    let mut world = world();
    let lines = "0123456789\n".repeat(1_000);
    world.keys(&format!("\x1b[200~cat << EOF > /dev/null\n{lines}EOF\x1b[201~"));
    let (_, drawn) =
        world.screen.text().split_once("EOF > /dev/null\n").map(|(a, b)| (a.len(), b.len())).expect("the paste");
    assert!(drawn <= lines.len() + 10, "{drawn}");
    assert!(world.screen.fed < 2 * lines.len(), "{} bytes to draw {}", world.screen.fed, lines.len());
    world.keys("\recho $?\r");
    assert!(world.screen.text().ends_with("$ echo $?\n0\nstudent@laptop:~$"));
    // More than a line may have is not taken.
    world.keys(&format!("\x1b[200~: {}\x1b[201~\recho $?\r", "a".repeat(100_000)));
    assert!(world.screen.text().ends_with("$ echo $?\n0\nstudent@laptop:~$"));
}

#[test]
fn what_was_meant_is_asked_and_tab_puts_it_in() {
    for (typed, line, keyboard) in [
        ("ㅡㅑㅜㅑㅏㅕㅠㄷ ssh", "minikube ssh", true),
        ("minkube ssh", "minikube ssh", false),
        ("ㅡㅑㅜㅏㅕㅠㄷ ㄴ노", "minikube ssh", true),
    ] {
        let mut world = world();
        world.keys(&format!("{typed}\r"));
        assert_eq!(world.screen.notes, [Note::Hint(Hint::Misspelt { line: line.into(), keyboard })]);
        world.keys("\t\rhostname\r");
        assert!(
            world.screen.text().contains(&format!("$ {line}\ndocker@minikube:~$ hostname")),
            "{}",
            world.screen.text()
        );
        // It is offered once.
        let mut world = self::world();
        world.keys(&format!("{typed}\rtrue\r\t"));
        assert!(world.screen.text().ends_with("$ true\nstudent@laptop:~$"), "{}", world.screen.text());
    }
    // Korean in the words of a command in Latin letters is meant.
    let mut korean = world();
    korean.keys("minkube 안녕\r");
    assert_eq!(korean.screen.notes, [Note::Hint(Hint::Misspelt { line: "minikube 안녕".into(), keyboard: false })]);
    let long = "a".repeat(1_500);
    for typed in ["nonsense", "true", "(exit 127)", "./minkube", "sl", &long] {
        let mut world = world();
        world.keys(&format!("{typed}\r"));
        assert_eq!(world.screen.notes, [], "{typed}");
    }
}

#[test]
fn a_failed_session_says_so() {
    let mut world = world();
    world.keys("exec-it\rexit 3\recho $?\r");
    world.shows(
        "student@laptop:~$ exec-it\n# exit 3\ncommand terminated with exit code 3\nstudent@laptop:~$ echo $?\n3\n\
         student@laptop:~$",
    );
}

#[test]
fn a_session_in_a_list_runs_inside_it() {
    let mut world = world();
    world.keys("minikube ssh && echo back\r").keys("echo in\r").keys("\x04");
    world.shows(
        "student@laptop:~$ minikube ssh && echo back\ndocker@minikube:~$ echo in\nin\ndocker@minikube:~$ logout\nback\n\
         student@laptop:~$",
    );
}

#[test]
fn a_machine_that_goes_away_ends_its_sessions() {
    let mut world = world();
    world.keys("exec-it\recho half a li");
    world.kernel.remove_machine(world.node);
    world.settle();
    world
        .shows("student@laptop:~$ exec-it\n# echo half a li\ncommand terminated with exit code 137\nstudent@laptop:~$");
    let mut other = self::world();
    other.keys("exec-it\rsleep 100\r");
    other.kernel.remove_machine(other.node);
    other.settle();
    other.keys("echo $?\r");
    other.shows(
        "student@laptop:~$ exec-it\n# sleep 100\ncommand terminated with exit code 137\nstudent@laptop:~$ echo $?\n137\n\
         student@laptop:~$",
    );
}

#[test]
fn a_placeholder_gives_bashs_error_and_a_hint() {
    for (line, expected, placeholder) in [
        ("curl -X GET <POD-IP> -vvv", "bash: POD-IP: No such file or directory", "<POD-IP>"),
        ("ping <POD-IP>", "bash: syntax error near unexpected token `newline'", "<POD-IP>"),
        ("curl -X GET $(minikube ip):<PORT>", "bash: syntax error near unexpected token `newline'", "<PORT>"),
    ] {
        let mut world = world();
        world.keys(line).keys("\r");
        world.shows(&format!("student@laptop:~$ {line}\n{expected}\nstudent@laptop:~$"));
        assert_eq!(world.screen.notes, [Note::Hint(Hint::Placeholder(placeholder.into()))]);
    }
    let mut world = world();
    world.keys("cat < nope > out\recho 'a <b> c' <<< x )\r");
    assert_eq!(world.screen.notes, [], "no placeholder, no hint");
}

#[test]
fn an_endless_loop_ends_with_ctrl_c() {
    let mut world = world();
    world.keys("while true; do :; done\r");
    assert!(world.terminal.is_running());
    world.keys("\x03echo $?\r");
    world.shows("student@laptop:~$ while true; do :; done\n^C\nstudent@laptop:~$ echo $?\n130\nstudent@laptop:~$");
    assert!(world.terminal.is_idle() && world.kernel.is_idle());
}

#[test]
fn background_jobs_are_told_of() {
    let mut world = world();
    world.keys("sleep 5 &\rjobs\r");
    world.pass(10);
    world.keys("echo x\r");
    let text = world.screen.text();
    assert!(text.contains("[1]+  Running                 sleep 5 &"), "{text}");
    assert!(text.contains("[1]+  Done                    sleep 5\n"), "{text}");
}

#[test]
fn an_escape_does_not_swallow_ctrl_c() {
    for keys in ["echo abc\x1b\x03", "echo abc\x1b[\x03", "echo abc\x12ec\x1b\x03", "echo abc\x12ec\x03", "echo 한\x03"]
    {
        let mut world = world();
        world.keys("echo earlier\r");
        world.keys(keys);
        world.keys("echo next\r");
        let shown = world.screen.text();
        assert!(shown.ends_with("\nstudent@laptop:~$ echo next\nnext\nstudent@laptop:~$"), "{keys:?}\n{shown}");
        assert!(shown.contains("^C"), "{keys:?}\n{shown}");
    }
}

struct Fruits;

impl Completer for Fruits {
    fn complete(&self, request: &CompletionRequest<'_>) -> Option<Vec<String>> {
        let known = request.words.first().is_some_and(|word| word == "fruit");
        known.then(|| ["apple", "apricot", "cherry"].map(String::from).to_vec())
    }
}

#[test]
fn tab_completes() {
    for (keys, expected) in [
        ("ech\tx\r", "$ echo x\nx\n$"),
        ("touch pod.yaml\rcat po\t\r", "$ touch pod.yaml\n$ cat pod.yaml\n$"),
        ("mkdir -p some/dir\rcd so\t\t\rpwd\r", "$ mkdir -p some/dir\n$ cd some/dir/\n/dir$ pwd\n"),
        ("touch 'a b'\rls a\t\r", "$ touch 'a b'\n$ ls a\\ b\n'a b'\n$"),
        ("alias f=fruit\rf ch\t\x01echo \r", "$ alias f=fruit\n$ echo f cherry\nf cherry\n$"),
        ("fruit ap\t\t\x15", "$ fruit ap\napple    apricot\n$"),
        // The first Tab makes the word longer, the second lists.
        ("fruit a\t\t\x15", "$ fruit ap\napple    apricot\n$"),
        ("echo $HOM\t\r", "$ echo $HOME\n/home/student\n$"),
    ] {
        let mut world = world();
        world.terminal.set_completer(std::rc::Rc::new(Fruits));
        world.keys(keys);
        let shown = world.screen.text().replace("student@laptop:~$", "$").replace("student@laptop:~/some", "");
        assert!(shown.starts_with(expected), "{keys:?}\n{shown}");
    }
}

#[test]
fn a_checkpoint_with_a_session_open_goes_on_the_same() {
    let mut world = world();
    world.keys("x=5\rminikube ssh\recho a > f\rcd /tmp\r");
    assert!(world.terminal.is_idle() && world.kernel.is_idle());
    let saved = (world.kernel.sim().state(), world.kernel.state(), world.terminal.state());
    let tail = "cat ~/f\rpwd\rrm ~/f\rexit\recho $x\r";
    world.screen = Screen::default();
    world.keys(tail);
    let first = (world.screen.text(), world.kernel.sim().now());
    world.kernel.sim().restore(saved.0);
    world.kernel.restore(saved.1);
    world.terminal.restore(saved.2);
    world.screen = Screen::default();
    world.keys(tail);
    assert_eq!((world.screen.text(), world.kernel.sim().now()), first);
    assert!(
        first.0.contains("docker@minikube:/tmp$ pwd\n/tmp\n") && first.0.ends_with("echo $x\n5\nstudent@laptop:~$"),
        "{}",
        first.0
    );
}

#[test]
fn the_same_keys_give_the_same_bytes() {
    let bytes = || {
        let mut world = world();
        for keys in ["echo $RANDOM $$\r", "for i in 1 2 3; do echo $i & done; wait\r", "seq 5 | sort -r | head -2\r"] {
            world.keys(keys);
        }
        (world.screen.text(), world.kernel.sim().steps(), world.kernel.sim().now())
    };
    assert_eq!(bytes(), bytes());
}

#[test]
fn shells_of_containers_have_their_prompts() {
    for (image, shell, expected) in [
        ("nginx:1.14.2", "bash", "root@mypod:/# cd /etc\nroot@mypod:/etc# exit\nexit\n"),
        ("nginx:1.14.2", "sh", "# cd /etc\n# exit\n"),
        ("busybox", "sh", "/ # cd /etc\n/etc # exit\n"),
    ] {
        let mut world = world();
        let image = images::lookup(image).expect("an image");
        let pod = computer(&world.kernel, "mypod", image.disk(), User::root());
        world.kernel.with(|state| state.machines.get_mut(&pod).map(|pod| pod.cwd = "/".into()));
        world.kernel.register(Program::with("exec-it", move |process| {
            let session = Session::new(pod, [shell]);
            Box::pin(async move { ExitStatus::check(process.session(session).await) })
        }));
        world.keys("exec-it\rcd /etc\rexit\r");
        world.shows(&format!("student@laptop:~$ exec-it\n{expected}student@laptop:~$"));
    }
}

#[test]
fn a_session_that_cannot_start_says_so() {
    let mut world = world();
    let pod = computer(&world.kernel, "mypod", images::lookup("busybox").expect("busybox").disk(), User::root());
    assert_eq!(
        world.kernel.check_command(pod, &["bash".to_owned()]),
        Err("exec: \"bash\": executable file not found in $PATH: unknown".to_owned())
    );
    world.kernel.register(Program::with("exec-it", move |process| {
        Box::pin(async move { ExitStatus::check(process.session(Session::new(pod, ["bash"])).await) })
    }));
    world.keys("exec-it\recho $?\r");
    world.shows("student@laptop:~$ exec-it\nstudent@laptop:~$ echo $?\n127\nstudent@laptop:~$");
}

#[test]
fn random_keys_never_panic() {
    const KEYS: [&str; 45] = [
        "a",
        "b c",
        "한",
        "👍",
        "\r",
        "\x01",
        "\x02",
        "\x03",
        "\x04",
        "\x05",
        "\x06",
        "\x08",
        "\t",
        "\t\t",
        "\x0b",
        "\x0c",
        "\x0e",
        "\x10",
        "\x12",
        "\x14",
        "\x15",
        "\x17",
        "\x19",
        "\x1b[A",
        "\x1b[B",
        "\x1b[C",
        "\x1b[D",
        "\x1b[3~",
        "\x1b[H",
        "\x1b[F",
        "\x1bb",
        "\x1bf",
        "\x1bd",
        "\x1b\x7f",
        "\x1b[200~x\ny",
        "\x1b[201~",
        "\x1b",
        "\x7f",
        "echo ",
        "minikube ssh\r",
        "exit\r",
        "cat\r",
        "'",
        "$(",
        "!!",
    ];
    let mut rng = sim::Rng::new(11);
    for _ in 0..25 {
        let world = world();
        for _ in 0..150 {
            let key = KEYS[rng.below(KEYS.len() as u64) as usize];
            let bytes = key.as_bytes();
            // Sometimes only a part arrives: a cut character, a cut sequence.
            let part = if rng.below(12) == 0 { bytes.len() / 2 } else { bytes.len() };
            world.terminal.input(&bytes[..part]);
            if rng.below(40) == 0 {
                world.terminal.resize(2 + rng.below(90) as u16, 1 + rng.below(30) as u16);
            }
            if rng.below(3) == 0 {
                let until = world.kernel.sim().now() + Duration::from_millis(20);
                while let Some(due) = world.kernel.sim().next_due().filter(|due| *due <= until) {
                    world.kernel.sim().set_now(due);
                    world.kernel.sim().step();
                }
                world.kernel.sim().set_now(until);
                world.terminal.take_output();
            }
        }
    }
}
