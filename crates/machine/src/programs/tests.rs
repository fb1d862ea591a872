//! Programs are checked as people use them: a command line in a shell on a machine of a small world.

use std::cell::RefCell;
use std::net::Ipv4Addr;
use std::rc::Rc;

use network::Topology;
use sim::{Duration, Sim, Time};

use crate::{Fd, Kernel, Machine, MachineId, User, images};

/// A laptop, a node, and containers on the node.
pub struct World {
    pub sim: Sim,
    pub kernel: Kernel,
    topology: Topology,
    pub laptop: MachineId,
    pub node: MachineId,
}

impl World {
    pub fn new() -> World {
        let epoch = Time::parse_rfc3339("2026-11-22T10:00:00Z").unwrap();
        let sim = Sim::new(epoch, 1);
        let kernel = Kernel::new(sim.clone());
        let topology = Topology::new("172.17.0.0/16".parse().unwrap());
        let (laptop, node) = kernel.with(|state| {
            state.network = topology.network.clone();
            let mut add = |disk, name: &str, host, user: &str, locale: &str| {
                let disk = state.add_disk(disk);
                let mut machine = Machine::new(name, disk, host);
                machine.user = User::named(user, 1000);
                machine.cwd = format!("/home/{user}");
                machine.env.insert("HOME".into(), machine.cwd.clone());
                machine.env.insert("PATH".into(), "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin".into());
                machine.env.insert("LANG".into(), locale.into());
                state.add_machine(machine)
            };
            let laptop = add(images::laptop(epoch), "laptop", topology.laptop, "student", "");
            let node = add(images::node(epoch), "minikube", topology.node, "docker", "C.UTF-8");
            (laptop, node)
        });
        World { sim, kernel, topology, laptop, node }
    }

    /// Starts a container of an image at an address of the bridge.
    pub fn container(&mut self, image: &str, address: [u8; 4], argv: &[&str]) -> MachineId {
        let image = images::lookup(image).unwrap();
        let machine = self.kernel.with(|state| {
            let disk = state.add_disk(image.disk().container_layer());
            let (bridge, pool) = (self.topology.bridge, &self.topology.pool);
            let host = Topology::add_container(&mut state.network, bridge, pool, "web", Ipv4Addr::from(address));
            let mut machine = Machine::new("web", disk, host);
            machine.env = image.env.iter().cloned().collect();
            machine.image = image.familiar.clone();
            state.add_machine(machine)
        });
        let argv: Vec<String> = if argv.is_empty() {
            image.entrypoint.iter().chain(&image.cmd).cloned().collect()
        } else {
            argv.iter().map(|word| (*word).to_owned()).collect()
        };
        self.kernel.start_container(machine, &argv).unwrap();
        machine
    }

    pub fn run_until(&self, done: impl Fn() -> bool) {
        for _ in 0..1_000_000 {
            if done() {
                return;
            }
            let due = self.sim.next_due().into_iter().chain(self.kernel.next_due()).min();
            let Some(due) = due else { return };
            self.sim.set_now(due);
            if !self.sim.step() {
                self.kernel.step();
            }
        }
        panic!("it does not end");
    }

    /// Runs a command line in the machine's shell: what it printed (both streams as one), and its status.
    pub fn run(&self, machine: MachineId, line: &str) -> (String, i32) {
        let out = Rc::new(RefCell::new(Vec::new()));
        let fd = Fd::capture(out.clone());
        let argv = ["/bin/sh", "-c", line].map(str::to_owned);
        let child = self.kernel.execute(machine, &argv, Fd::null(), fd.clone(), fd).unwrap();
        let status = Rc::new(RefCell::new(None));
        let result = status.clone();
        self.sim.spawn(async move {
            let code = child.wait().await;
            *result.borrow_mut() = Some(code);
        });
        self.run_until(|| status.borrow().is_some());
        let text = String::from_utf8_lossy(&out.borrow()).into_owned();
        (text, status.borrow().unwrap_or(-1))
    }

    pub fn log(&self, machine: MachineId) -> Vec<String> {
        self.kernel.with(|state| state.machines[&machine].log.iter().map(|line| line.text.to_string()).collect())
    }
}

/// Runs lines one after the other in one world and compares what each printed; `? N` at the end is a status.
fn check(machine: impl Fn(&World) -> MachineId, lines: &[(&str, &str)]) {
    let world = World::new();
    let machine = machine(&world);
    for (line, expected) in lines {
        let (mut text, status) = world.run(machine, line);
        if status != 0 {
            text.push_str(&format!("? {status}\n"));
        }
        assert_eq!(text, *expected, "$ {line}");
    }
}

fn on_laptop(lines: &[(&str, &str)]) {
    check(|world| world.laptop, lines);
}

#[test]
fn text_programs() {
    on_laptop(&[
        ("printf 'b 2\\na 10\\nc 3\\na 10\\n' > t", ""),
        ("cat -n t", "     1\tb 2\n     2\ta 10\n     3\tc 3\n     4\ta 10\n"),
        ("cat t nosuch 2>&1 | tail -1", "cat: nosuch: No such file or directory\n"),
        ("cat .", "cat: .: Is a directory\n? 1\n"),
        ("sort t", "a 10\na 10\nb 2\nc 3\n"),
        ("sort -u t | wc -l", "3\n"),
        ("sort -k2n t", "b 2\nc 3\na 10\na 10\n"),
        ("sort -t' ' -k2,2nr -k1,1 t", "a 10\na 10\nc 3\nb 2\n"),
        ("sort t | uniq -c", "      2 a 10\n      1 b 2\n      1 c 3\n"),
        ("sort t | uniq -d", "a 10\n"),
        ("wc t", " 4  8 18 t\n"),
        ("wc -l < t", "4\n"),
        ("cat t | wc", "      4       8      18\n"),
        ("wc -l t nosuch", "wc: nosuch: No such file or directory\n      4 t\n      4 total\n? 1\n"),
        ("head -n2 t; head -1 t; head -n -3 t", "b 2\na 10\nb 2\nb 2\n"),
        ("tail -n1 t; tail -2 t; tail -n +4 t", "a 10\nc 3\na 10\na 10\n"),
        ("head -n1 t t", "==> t <==\nb 2\n\n==> t <==\nb 2\n"),
        ("head nosuch", "head: cannot open 'nosuch' for reading: No such file or directory\n? 1\n"),
        ("cut -d' ' -f2 t | head -2", "2\n10\n"),
        ("echo abcdef | cut -c2-4,6", "bcdf\n"),
        ("echo a:b:c | cut -d: -f1,3", "a:c\n"),
        ("echo Hello | tr a-z A-Z", "HELLO\n"),
        ("echo 'a  b' | tr -s ' '", "a b\n"),
        ("echo abc123 | tr -d '[:digit:]'", "abc\n"),
        ("echo abc | tr -cd 'a\\n'", "a\n"),
        ("tr a", "tr: missing operand after 'a'\nTwo strings must be given when translating.\nTry 'tr --help' for more information.\n? 1\n"),
        ("seq 3 | tac", "3\n2\n1\n"),
        ("seq 2 2 8 | tr '\\n' ' '", "2 4 6 8 "),
        ("seq -w 8 10; seq 0.5 0.5 1.5", "08\n09\n10\n0.5\n1.0\n1.5\n"),
        ("echo a | tee x y; cat x y", "a\na\na\n"),
        ("yes | head -2", "y\ny\n"),
        ("echo abc | rev", "cba\n"),
        ("printf 'a\\n\\nb\\n' | nl", "     1\ta\n       \n     2\tb\n"),
        ("echo admin | base64; echo YWRtaW4K | base64 -d", "YWRtaW4K\nadmin\n"),
        ("printf hello | sha256sum", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824  -\n"),
        ("basename /a/b.txt .txt; dirname /a/b.txt; dirname b", "b\n/a\n.\n"),
        ("cat -z t", "cat: invalid option -- 'z'\nTry 'cat --help' for more information.\n? 1\n"),
        ("sleep x", "sleep: invalid time interval 'x'\nTry 'sleep --help' for more information.\n? 1\n"),
        ("date; date +%F; date -d @0 -I", "Sun Nov 22 10:00:00 UTC 2026\n2026-11-22\n1970-01-01\n"),
    ]);
}

#[test]
fn file_programs() {
    on_laptop(&[
        ("mkdir -p a/b; touch a/f; ls a; ls", "b\nf\na\n"),
        ("mkdir a", "mkdir: cannot create directory 'a': File exists\n? 1\n"),
        ("mkdir x/y", "mkdir: cannot create directory 'x/y': No such file or directory\n? 1\n"),
        ("mkdir -v c", "mkdir: created directory 'c'\n"),
        ("rmdir a", "rmdir: failed to remove 'a': Directory not empty\n? 1\n"),
        ("rm a", "rm: cannot remove 'a': Is a directory\n? 1\n"),
        ("rm nosuch", "rm: cannot remove 'nosuch': No such file or directory\n? 1\n"),
        ("rm -f nosuch", ""),
        ("rm", "rm: missing operand\nTry 'rm --help' for more information.\n? 1\n"),
        ("echo hi > a/f; cp a/f g; cat g", "hi\n"),
        ("cp a h", "cp: -r not specified; omitting directory 'a'\n? 1\n"),
        ("cp -rv a h", "'a' -> 'h'\n'a/b' -> 'h/b'\n'a/f' -> 'h/f'\n"),
        ("cp nosuch g", "cp: cannot stat 'nosuch': No such file or directory\n? 1\n"),
        ("cp g", "cp: missing destination file operand after 'g'\nTry 'cp --help' for more information.\n? 1\n"),
        ("cp g g", "cp: 'g' and 'g' are the same file\n? 1\n"),
        ("cp g h nosuch", "cp: target 'nosuch': No such file or directory\n? 1\n"),
        ("mv -v g i; ls", "renamed 'g' -> 'i'\na\nc\nh\ni\n"),
        ("mv i c; ls c", "i\n"),
        ("mv nosuch x", "mv: cannot stat 'nosuch': No such file or directory\n? 1\n"),
        ("ln -s c/i l; cat l; readlink l", "hi\nc/i\n"),
        ("rm -rv h", "removed directory 'h/b'\nremoved 'h/f'\nremoved directory 'h'\n"),
        ("rm -rf /", "rm: it is dangerous to operate recursively on '/'\nrm: use --no-preserve-root to override this failsafe\n? 1\n"),
        ("touch no/such", "touch: cannot touch 'no/such': No such file or directory\n? 1\n"),
        ("touch /etc/x", "touch: cannot touch '/etc/x': Permission denied\n? 1\n"),
        ("find . -name '.*' -prune -o -print | sort", ".\n./a\n./a/b\n./a/f\n./c\n./c/i\n./l\n"),
        ("find a -type f; find a -maxdepth 0; find . -name '?' -type d | sort", "a/f\na\n./a\n./c\n"),
        ("find a -type f -exec echo got {} \\;", "got a/f\n"),
        ("find . -type f -name '[fi]' -exec echo {} + | tr ' ' '\\n' | sort", "./a/f\n./c/i\n"),
        ("find nosuch", "find: 'nosuch': No such file or directory\n? 1\n"),
        ("find . -foo", "find: unknown predicate `-foo'\n? 1\n"),
        ("find c -delete; ls", "a\nl\n"),
        ("echo 'a b' c | xargs -n1 echo x", "x a\nx b\nx c\n"),
        ("printf '1\\n2\\n' | xargs -I{} echo n{}", "n1\nn2\n"),
        ("echo x | xargs nosuch", "xargs: nosuch: No such file or directory\n? 127\n"),
        ("ls nosuch", "ls: cannot access 'nosuch': No such file or directory\n? 2\n"),
        ("ls -z", "ls: invalid option -- 'z'\nTry 'ls --help' for more information.\n? 2\n"),
        ("ls --nosuch", "ls: unrecognized option '--nosuch'\nTry 'ls --help' for more information.\n? 2\n"),
        ("ls -la a", "total 16\ndrwxr-xr-x 3 student student 4096 Nov 22 10:00 .\ndrwxr-xr-x 3 student student 4096 Nov 22 10:00 ..\ndrwxr-xr-x 2 student student 4096 Nov 22 10:00 b\n-rw-r--r-- 1 student student    3 Nov 22 10:00 f\n"),
        ("ls -lh a/f; ls -F; ls -R a", "-rw-r--r-- 1 student student 3 Nov 22 10:00 a/f\na/\nl@\na:\nb\nf\n\na/b:\n"),
        ("ls -C / | head -2", "bin   dev  home  lib64\tmnt  proc  run\t srv  tmp  var\n"),
    ]);
}

#[test]
fn grep_and_sed() {
    on_laptop(&[
        ("printf 'one\\nTwo\\nthree\\n' > t; printf 'apple\\n' > u", ""),
        ("grep o t", "one\nTwo\n".trim_start_matches("x")),
        ("grep -i TWO t; grep -c e t; grep -n e t", "Two\n2\n1:one\n3:three\n"),
        ("grep -v e t; grep -o 'e*' t | head -2; grep -w on t", "Two\ne\nee\n? 1\n"),
        ("grep -q one t && echo yes; grep -q nosuch t || echo no", "yes\nno\n"),
        ("grep -E 'one|two' -i t u", "t:one\nt:Two\n"),
        ("grep -l e t u; grep -rn e . --include=u", "t\nu\n./u:1:apple\n"),
        ("grep -A1 one t; grep -B1 Two t; grep -C1 -n Two t", "one\nTwo\none\nTwo\n1-one\n2:Two\n3-three\n"),
        ("grep x nosuch", "grep: nosuch: No such file or directory\n? 2\n"),
        ("grep e .", "grep: .: Is a directory\n? 2\n"),
        ("grep", "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n? 2\n"),
        ("grep '[' t", "grep: Unmatched [, [^, [:, [., or [=\n? 2\n"),
        ("grep -z", "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n? 2\n"),
        ("echo 'a.c abc' | grep -F -o a.c; echo ab | grep 'a\\|x' ", "a.c\nab\n"),
        ("sed 's/o/0/' t", "0ne\nTw0\nthree\n"),
        ("sed -n '2p' t; sed -n '$p' t; sed 1d t | head -1", "Two\nthree\nTwo\n"),
        ("sed -n '/one/,/three/p' t | wc -l; sed '2q' t | tail -1", "3\nTwo\n"),
        ("sed -E 's/(o)(n)/\\2\\1/; s/e/[&]/g' t", "no[e]\nTwo\nthr[e][e]\n"),
        ("sed 's#o#/#g;s/T/t/' t", "/ne\ntw/\nthree\n"),
        ("sed -e 1i\\\\zero -e '$a end' t", "zero\none\nTwo\nthree\nend\n"),
        ("sed 'y/abc/xyz/' u; sed 's/P/q/I2' u", "xpple\napqle\n"),
        ("sed -i 's/one/ONE/' t; cat t", "ONE\nTwo\nthree\n"),
        ("sed -i.bak '/Two/d' t; ls; cat t", "t\nt.bak\nu\nONE\nthree\n"),
        ("sed -n p nosuch", "sed: can't read nosuch: No such file or directory\n? 2\n"),
        ("sed s/a t", "sed: -e expression #1, char 3: unterminated `s' command\n? 1\n"),
        ("sed '2c changed' t; sed '1!d' t; sed -n '$=' t", "ONE\nchanged\nONE\n2\n"),
        ("seq 5 | sed -n '2,4{p;3q}'; seq 6 | sed 'n;d'; seq 4 | sed '$!N;s/\\n/-/'", "2\n3\n1\n3\n5\n1-2\n3-4\n"),
        ("echo hello | sed 's/\\(h\\)\\(.*\\)/\\U\\1\\E\\2/'; echo aaa | sed 's/a*/x/g'; echo abc | sed 's/x*/-/g'", "Hello\nx\n-a-b-c-\n"),
        ("seq 10 | sed '2,5d;7,$d'; seq 3 | sed '2,1p'; printf 'a' | sed p", "1\n6\n1\n2\n2\n3\na\na"),
    ]);
}
