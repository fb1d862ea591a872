//! Disks, processes, containers: what the rest of the world relies on.

use std::cell::RefCell;
use std::rc::Rc;

use machine::headless::Headless;
use machine::{
    Change, Disk, Errno, Exit, ExitStatus, Fd, Kernel, Machine, MachineId, MountPoint, Output, Program, Session,
    SessionEnd, User,
};
use sim::{Duration, Sim, Time};
use userland::images;

fn now() -> Time {
    Time::from_unix_secs(1_795_341_600)
}

fn kernel() -> Kernel {
    Kernel::new(Sim::new(now(), 7), userland::programs())
}

fn machine(kernel: &Kernel, hostname: &str, disk: Disk, user: User) -> MachineId {
    kernel.with(|state| {
        let (disk, host) = (state.add_disk(disk), state.network.add_host(hostname));
        let mut machine = Machine::new(hostname, disk, host);
        machine.cwd = user.home.clone();
        machine.user = user;
        machine.env.insert("HOME".into(), machine.cwd.clone());
        state.add_machine(machine)
    })
}

fn pass(kernel: &Kernel, duration: Duration) {
    let until = kernel.sim().now() + duration;
    while let Some(due) =
        [kernel.sim().next_due(), kernel.next_due()].into_iter().flatten().min().filter(|due| *due <= until)
    {
        kernel.sim().set_now(due);
        if !kernel.sim().step() {
            kernel.step();
        }
    }
    kernel.sim().set_now(until);
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

#[test]
fn paths_follow_links_and_mounts() {
    let kernel = kernel();
    let mut root = Disk::new(now());
    root.add_file("/a/file", "hello", 0o644, now());
    root.add_symlink("/link", "a/file", now());
    root.add_symlink("/up", "/a/../a", now());
    root.add_symlink("/loop", "loop", now());
    root.add_symlink("/away", "/data/in", now());
    let mut other = Disk::new(now());
    other.add_file("/vol/in", "volume", 0o644, now());
    let id = machine(&kernel, "m", root, User::root());
    kernel.with(|state| {
        let disk = state.add_disk(other);
        let mount = |path: &str, read_only| MountPoint { path: path.into(), disk, subpath: "vol".into(), read_only };
        state.mount(id, mount("/data", false), now());
        state.mount(id, mount("/ro", true), now());
        let root = User::root();
        let read =
            |path: &str| state.read_file(id, &root, path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        for (path, expected) in [
            ("/a/file", Ok("hello")),
            ("//a/./../a/file", Ok("hello")),
            ("/link", Ok("hello")),
            ("/up/file", Ok("hello")),
            ("/data/in", Ok("volume")),
            ("/data/../data/in", Ok("volume")),
            ("/away", Ok("volume")),
            ("/ro/in", Ok("volume")),
            ("/loop", Err(Errno::ELOOP)),
            ("/nope", Err(Errno::ENOENT)),
            ("/a/file/x", Err(Errno::ENOTDIR)),
            ("/a/file/", Err(Errno::ENOTDIR)),
            ("/a", Err(Errno::EISDIR)),
            ("", Err(Errno::ENOENT)),
        ] {
            assert_eq!(read(path), expected.map(str::to_owned), "{path}");
        }
        assert!(state.read_dir(id, &root, "/").expect("a directory").iter().any(|entry| entry.name == "data"));
        assert_eq!(state.write_file(id, &root, "/ro/in", b"x", false, now()), Err(Errno::EROFS));
        assert_eq!(state.create_dir(id, &root, "/ro/d", 0o755, now()), Err(Errno::EROFS));
        assert_eq!(state.remove_dir(id, &root, "/data", now()), Err(Errno::EBUSY));
        assert_eq!(state.rename(id, &root, "/a/file", "/data/f", now()), Err(Errno::EXDEV));
        assert_eq!(state.rename(id, &root, "/a", "/a/b", now()), Err(Errno::EINVAL));
        assert_eq!(state.rename(id, &root, "/a/file", "/a/new", now()), Ok(()));
        assert_eq!(state.write_file(id, &root, "/data/new", b"seen twice", false, now()), Ok(()));
        assert_eq!(state.read_file(id, &root, "/ro/new"), Ok(b"seen twice".to_vec()));
    });
}

#[test]
fn permissions_are_kept() {
    let kernel = kernel();
    let mut disk = Disk::new(now());
    disk.add_file("/etc/secret", "x", 0o600, now());
    disk.add_dir("/tmp", now());
    disk.set_mode("/tmp", 0o1777);
    disk.add_dir("/home/student", now());
    disk.set_owner("/home/student", 1000, 1000);
    let id = machine(&kernel, "m", disk, User::root());
    let (root, student, other) = (User::root(), User::named("student", 1000), User::named("other", 1001));
    kernel.with(|state| {
        assert_eq!(state.read_file(id, &student, "/etc/secret"), Err(Errno::EACCES));
        assert_eq!(state.read_file(id, &root, "/etc/secret"), Ok(b"x".to_vec()));
        assert_eq!(state.write_file(id, &student, "/etc/new", b"", false, now()), Err(Errno::EACCES));
        assert_eq!(state.write_file(id, &student, "/home/student/f", b"mine", false, now()), Ok(()));
        assert_eq!(state.write_file(id, &student, "/tmp/f", b"mine", false, now()), Ok(()));
        assert_eq!(state.write_file(id, &other, "/tmp/f", b"", false, now()), Err(Errno::EACCES));
        assert_eq!(state.remove_file(id, &other, "/tmp/f", now()), Err(Errno::EPERM));
        assert_eq!(state.remove_file(id, &student, "/tmp/f", now()), Ok(()));
    });
}

#[test]
fn a_container_layer_knows_what_changed_and_shares_the_rest() {
    let mut image = Disk::new(now());
    image.add_file("/etc/conf", "old", 0o644, now());
    image.add_file("/etc/same", "same", 0o644, now());
    image.add_file("/gone", "x", 0o644, now());
    let mut layer = image.container_layer();
    assert_eq!(layer.changes(), []);
    layer.write(&["etc", "conf"], now(), |bytes| *bytes = b"new".to_vec()).expect("a file");
    layer.add_file("/root/made/here", "y", 0o644, now());
    layer.remove(&["gone"], now());
    let changes = [
        ("/etc/conf", Change::Changed),
        ("/root", Change::Added),
        ("/root/made", Change::Added),
        ("/root/made/here", Change::Added),
        ("/gone", Change::Removed),
    ];
    assert_eq!(layer.changes(), changes.map(|(path, change)| (path.to_owned(), change)));
    assert!(image.get(&["gone"]).is_some());
}

#[test]
fn a_disk_gets_full() {
    let kernel = kernel();
    let mut disk = Disk::new(now());
    disk.set_limit(100);
    let id = machine(&kernel, "m", disk, User::root());
    let root = User::root();
    kernel.with(|state| {
        assert_eq!(state.write_file(id, &root, "/a", &[b'x'; 90], false, now()), Ok(()));
        assert_eq!(state.write_file(id, &root, "/a", &[b'x'; 20], true, now()), Err(Errno::ENOSPC));
        // What there was room for is there.
        assert_eq!(state.read_file(id, &root, "/a").map(|bytes| bytes.len()), Ok(100));
        assert_eq!(state.remove_file(id, &root, "/a", now()), Ok(()));
        assert_eq!(state.write_file(id, &root, "/b", &[b'x'; 90], false, now()), Ok(()));
    });
}

#[test]
fn a_pipe_makes_its_writer_wait() {
    let kernel = kernel();
    let id = machine(&kernel, "laptop", images::laptop(now()), User::root());
    let shell = Headless::new(&kernel, id);
    // `yes` would never end if nobody stopped it.
    assert_eq!(shell.run("yes | head -3; echo ${PIPESTATUS[0]}", Duration::from_secs(5)), ("y\ny\ny\n141\n".into(), 0));
    assert_eq!(shell.run("yes | sleep 1; echo ${PIPESTATUS[0]}", Duration::from_secs(5)), ("141\n".into(), 0));
}

#[test]
fn containers_start_log_and_end() {
    let kernel = kernel();
    let container =
        |name: &str| machine(&kernel, name, images::lookup("busybox").expect("busybox").disk(), User::root());
    let start =
        |id, command: &[&str]| kernel.start_container(id, &command.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>());

    let id = container("bad");
    let error = start(id, &["foo"]).expect_err("no such program");
    assert_eq!(error, "exec: \"foo\": executable file not found in $PATH: unknown");

    let id = container("talks");
    start(id, &["sh", "-c", "echo one; echo two >&2; printf three; exit 5"]).expect("sh");
    pass(&kernel, Duration::from_secs(1));
    kernel.with(|state| {
        let lines: Vec<(bool, String)> =
            state.machines.get(&id).unwrap().log.iter().map(|line| (line.stderr, line.text.to_string())).collect();
        assert_eq!(lines, [(false, "one".into()), (true, "two".into()), (false, "three".into())]);
        let events = state.take_events();
        assert_eq!(events.iter().map(|event| (event.machine, event.exit)).collect::<Vec<_>>(), [(id, Exit::Code(5))]);
    });
    assert!(!kernel.container_runs(id));

    // PID 1 ignores SIGTERM without a handler; SIGKILL ends it, and all others with it.
    for command in [&["sleep", "3600"][..], &["sh", "-c", "sleep 3600"], &["sh", "-c", "while true; do sleep 1; done"]]
    {
        let id = container("sleeps");
        start(id, command).expect("a command");
        pass(&kernel, Duration::from_secs(2));
        kernel.terminate_container(id);
        pass(&kernel, Duration::from_secs(5));
        assert!(kernel.container_runs(id), "{command:?}");
        kernel.kill_container(id);
        pass(&kernel, Duration::from_secs(1));
        let events = kernel.with(machine::KernelState::take_events);
        assert_eq!(events.iter().map(|event| event.exit.status()).collect::<Vec<_>>(), [137], "{command:?}");
        assert!(kernel.is_idle(), "{command:?}");
        assert!(kernel.with(|state| state.processes.values().all(|process| process.machine != id)), "{command:?}");
    }

    let id = container("short");
    start(id, &["sleep", "3"]).expect("sleep");
    assert!(kernel.is_idle(), "a sleeping PID 1 is data");
    pass(&kernel, Duration::from_secs(4));
    assert_eq!(kernel.with(machine::KernelState::take_events).len(), 1);
}

#[test]
fn a_command_in_a_container_sees_its_processes() {
    let kernel = kernel();
    let id = machine(&kernel, "pod", images::lookup("busybox").expect("busybox").disk(), User::root());
    kernel.start_container(id, &words("sleep 1000")).expect("sleep");
    let output = Rc::new(RefCell::new(Vec::new()));
    let text = Fd::capture(output.clone());
    let child = kernel.execute(
        id,
        &["sh".into(), "-c".into(), "echo $$; kill -0 1 && echo alive; exit 4".into()],
        Fd::null(),
        text.clone(),
        text,
    );
    let child = child.expect("sh");
    pass(&kernel, Duration::from_secs(1));
    assert_eq!(child.ended(), Some(Exit::Code(4)));
    assert_eq!(String::from_utf8_lossy(&output.borrow()), "2\nalive\n");
}

/// What the headless shell answers when it is fed; `^C` and `^D` are keys.
fn fed(kernel: &Kernel, shell: &Headless, command: &str, lines: &[&str]) -> (String, i32) {
    shell.start(command);
    pass(kernel, Duration::from_secs(1));
    for line in lines {
        match *line {
            "^C" => shell.input(&[3]),
            "^D" => shell.input(&[4]),
            line => shell.input(format!("{line}\n").as_bytes()),
        }
        pass(kernel, Duration::from_secs(1));
    }
    assert!(!shell.is_running(), "{command}");
    (shell.take_text(), shell.status())
}

#[test]
fn a_headless_shell_is_fed_lines() {
    let kernel = kernel();
    let mut disk = images::laptop(now());
    disk.add_program("/usr/bin/exec-it", "exec-it", now());
    let laptop = machine(&kernel, "laptop", disk, User::named("student", 1000));
    let pod = machine(&kernel, "mypod", images::lookup("nginx:1.14.2").expect("nginx").disk(), User::root());
    kernel.with(|state| state.machines.get_mut(&pod).map(|pod| pod.cwd = "/".into()));
    kernel.register(Program::with("exec-it", move |process| {
        let mut session = Session::new(pod, process.args()[1..].to_vec());
        session.end = SessionEnd::Failed("command terminated with exit code {}".into());
        Box::pin(async move { ExitStatus::check(process.session(session).await) })
    }));
    let shell = Headless::new(&kernel, laptop);
    for (command, lines, expected, status) in [
        ("x=1; cd /tmp", &[][..], "", 0),
        ("echo $x $PWD", &[], "1 /tmp\n", 0),
        ("nope", &[], "bash: line 1: nope: command not found\n", 127),
        ("cat", &["a", "b", "^D"], "a\nb\n", 0),
        ("cat", &["^C"], "", 130),
        ("sleep 1000", &["^C"], "", 130),
        ("read a; echo got $a", &["word"], "got word\n", 0),
        ("[ -t 0 ] && echo tty; [ -t 1 ] || echo plain", &[], "tty\nplain\n", 0),
        (
            "exec-it bash",
            &["hostname -x 2>/dev/null; echo in", "exit 3"],
            "root@mypod:/# hostname -x 2>/dev/null; echo in\nin\nroot@mypod:/# exit 3\nexit\ncommand terminated with exit code 3\n",
            3,
        ),
        (
            "exec-it bash",
            &["sleep 50", "^C", "^D"],
            "root@mypod:/# sleep 50\n^C\nroot@mypod:/# exit\ncommand terminated with exit code 130\n",
            130,
        ),
        (
            "exec-it sh",
            &["echo hi", "nope", "^D"],
            "# echo hi\nhi\n# nope\nsh: 2: nope: not found\n# command terminated with exit code 127\n",
            127,
        ),
        ("exec-it sh -c 'exit 9'", &[], "command terminated with exit code 9\n", 9),
        ("exit 7", &[], "", 7),
        ("echo \"[$x]\"", &[], "[]\n", 0),
    ] {
        assert_eq!(fed(&kernel, &shell, command, lines), (expected.to_owned(), status), "{command} {lines:?}");
    }
}

#[test]
fn shells_say_not_found_in_their_own_words() {
    let kernel = kernel();
    for (image, command, expected) in [
        ("nginx:1.14.2", "sh", "sh: 1: vi: not found\n"),
        ("nginx:1.14.2", "bash", "bash: line 1: vi: command not found\n"),
        ("busybox", "sh", "sh: bash: not found\n"),
    ] {
        let id = machine(&kernel, "m", images::lookup(image).expect("an image").disk(), User::root());
        let output = Rc::new(RefCell::new(Vec::new()));
        let text = Fd::capture(output.clone());
        let script = if image == "busybox" { "bash" } else { "vi" };
        let child = kernel.execute(id, &[command.into(), "-c".into(), script.into()], Fd::null(), text.clone(), text);
        let child = child.expect("a shell");
        pass(&kernel, Duration::from_secs(1));
        assert_eq!(child.ended(), Some(Exit::Code(127)), "{image} {command}");
        assert_eq!(String::from_utf8_lossy(&output.borrow()), expected, "{image} {command}");
    }
}

#[test]
fn ctrl_c_reaches_whoever_is_in_front() {
    let kernel = kernel();
    let mut disk = images::laptop(now());
    disk.add_program("/usr/bin/catches", "catches", now());
    let laptop = machine(&kernel, "laptop", disk, User::named("student", 1000));
    kernel.register(Program::command("catches", |process| async move {
        process.catch_interrupt();
        process.interrupted().await;
        process.out("caught\n").await;
        Ok(())
    }));
    let shell = Headless::new(&kernel, laptop);
    // A program that handles it ends well, and the list goes on; one that does not takes the list with it.
    assert_eq!(fed(&kernel, &shell, "catches; echo $?", &["^C"]), ("caught\n0\n".into(), 0));
    assert_eq!(fed(&kernel, &shell, "sleep 100; echo $?", &["^C"]), (String::new(), 130));
    assert_eq!(fed(&kernel, &shell, "for i in 1 2 3; do echo $i; sleep 100; done", &["^C"]), ("1\n".into(), 130));
    assert_eq!(fed(&kernel, &shell, "yes > /dev/null", &["^C"]), (String::new(), 130));
    assert_eq!(fed(&kernel, &shell, "bash -c 'while :; do :; done'", &["^C"]), (String::new(), 130));
    assert_eq!(
        fed(&kernel, &shell, "trap 'echo trapped; exit 2' INT; while :; do :; done", &["^C"]),
        ("trapped\n".into(), 2)
    );
    assert!(kernel.is_idle());
}

#[test]
fn a_fork_bomb_ends() {
    let kernel = kernel();
    let laptop = machine(&kernel, "laptop", images::laptop(now()), User::named("student", 1000));
    let shell = Headless::new(&kernel, laptop);
    shell.run("f() { f | f & }; f", Duration::from_secs(2));
    assert!(!shell.is_running());
    let text: Vec<Output> = shell.take_output();
    assert!(text.len() < 10_000);
}
