//! Programs are checked as people use them: a command line in a shell on a machine of a small world.

mod http;

use std::cell::RefCell;
use std::net::Ipv4Addr;
use std::rc::Rc;

use machine::{Fd, Kernel, Machine, MachineId, User};
use network::Topology;
use sim::{Sim, Time};

use crate::images;

/// A laptop, a node, and containers on the node.
pub(crate) struct World {
    pub sim: Sim,
    pub kernel: Kernel,
    topology: Topology,
    pub laptop: MachineId,
    pub node: MachineId,
}

impl World {
    pub(crate) fn new() -> World {
        let epoch = Time::parse_rfc3339("2026-11-22T10:00:00Z").unwrap();
        let sim = Sim::new(epoch, 1);
        let kernel = Kernel::new(sim.clone(), crate::programs());
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
    pub(crate) fn container(&mut self, image: &str, address: [u8; 4], argv: &[&str]) -> MachineId {
        let image = images::lookup(image).unwrap();
        let machine = self.kernel.with(|state| {
            let disk = state.add_disk(image.disk().container_layer());
            let (bridge, pool) = (self.topology.bridge, &self.topology.pool);
            let host = Topology::add_container(&mut state.network, bridge, pool, "web", Ipv4Addr::from(address));
            let mut machine = Machine::new("web", disk, host);
            machine.env = image.env.iter().cloned().collect();
            machine.image = image.familiar.clone();
            machine.runtime = ("0123456789abcdef".to_owned(), "k8s_c_web_default_uid_0".to_owned());
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

    pub(crate) fn run_until(&self, done: impl Fn() -> bool) {
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
    pub(crate) fn run(&self, machine: MachineId, line: &str) -> (String, i32) {
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

    pub(crate) fn log(&self, machine: MachineId) -> Vec<String> {
        self.kernel
            .with(|state| state.machines.get(&machine).unwrap().log.iter().map(|line| line.text.to_string()).collect())
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
        (
            "tr a",
            "tr: missing operand after 'a'\nTwo strings must be given when translating.\nTry 'tr --help' for more information.\n? 1\n",
        ),
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
        (
            "rm -rf /",
            "rm: it is dangerous to operate recursively on '/'\nrm: use --no-preserve-root to override this failsafe\n? 1\n",
        ),
        ("touch no/such", "touch: cannot touch 'no/such': No such file or directory\n? 1\n"),
        ("touch /etc/x", "touch: cannot touch '/etc/x': Permission denied\n? 1\n"),
        ("find . -mindepth 1 -name '.*' -prune -o -print | sort", "./a\n./a/b\n./a/f\n./c\n./c/i\n./l\n"),
        ("find a -type f; find a -maxdepth 0; find . -name '?' -type d | sort", "a/f\na\n.\n./a\n./a/b\n./c\n"),
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
        (
            "ls -la a",
            "total 16\ndrwxr-xr-x 3 student student 4096 Nov 22 10:00 .\ndrwxr-xr-x 3 student student 4096 Nov 22 10:00 ..\ndrwxr-xr-x 2 student student 4096 Nov 22 10:00 b\n-rw-r--r-- 1 student student    3 Nov 22 10:00 f\n",
        ),
        ("ls -lh a/f; ls -F; ls -R a", "-rw-r--r-- 1 student student 3 Nov 22 10:00 a/f\na/\nl@\na:\nb\nf\n\na/b:\n"),
        (
            "cd /; ls -C -w 60",
            "bin   dev  home  lib64  mnt  proc  run   srv  tmp  var\nboot  etc  lib   media  opt  root  sbin  sys  usr\n",
        ),
    ]);
}

#[test]
fn grep_and_sed() {
    on_laptop(&[
        ("printf 'one\\nTwo\\nthree\\n' > t; printf 'apple\\n' > u", ""),
        ("grep o t", "one\nTwo\n"),
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
        (
            "echo hello | sed 's/\\(h\\)\\(.*\\)/\\U\\1\\E\\2/'; echo aaa | sed 's/a*/x/g'; echo abc | sed 's/x*/-/g'",
            "Hello\nx\n-a-b-c-\n",
        ),
        ("seq 10 | sed '2,5d;7,$d'; seq 3 | sed '2,1p'; printf 'a' | sed p", "1\n6\n1\n2\n2\n3\na\na"),
    ]);
}

#[test]
fn identities() {
    on_laptop(&[
        ("whoami; hostname; uname; uname -sr", "student\nlaptop\nLinux\nLinux 6.8.0-50-generic\n"),
        ("id", "uid=1000(student) gid=1000(student) groups=1000(student),999(docker)\n"),
        ("id -u; id root", "1000\nuid=0(root) gid=0(root) groups=0(root)\n"),
        ("id nosuch", "id: 'nosuch': no such user\n? 1\n"),
        ("hostname -I", "192.168.0.10 172.17.0.1 192.168.49.1 \n"),
        ("which ls nosuch", "/usr/bin/ls\n? 1\n"),
        ("env -i A=1 env", "A=1\n"),
        ("env nosuch", "env: 'nosuch': No such file or directory\n? 127\n"),
        ("timeout 1 sleep 5", "? 124\n"),
        ("/usr/bin/test a = a && echo yes; /usr/bin/[ 1 -gt 2 ]", "yes\n? 1\n"),
        ("expr 2 + 3 \\* 4; expr abc : 'a\\(.\\)'; expr 1 = 2", "14\nb\n0\n? 1\n"),
        (
            "vi x.yaml",
            "vi: there is no editor on this terminal; write the file with 'cat > x.yaml <<EOF', or change it with sed\n? 1\n",
        ),
        (
            "du -sh /etc/hostname; du -s nosuch",
            "4.0K\t/etc/hostname\ndu: cannot access 'nosuch': No such file or directory\n? 1\n",
        ),
        (
            "stat -c '%n %s %a %F' /etc/hostname; stat nosuch",
            "/etc/hostname 7 644 regular file\nstat: cannot statx 'nosuch': No such file or directory\n? 1\n",
        ),
        ("mkdir d; touch d/x; tree d", "d\n└── x\n\n0 directories, 1 file\n"),
        (
            "apt-get install vim",
            "apt-get: not simulated: there is no package archive here; choose an image that has what you need\n? 1\n",
        ),
        (
            "ip route",
            "default via 192.168.0.1 dev wlan0 \n172.17.0.0/16 dev docker0 proto kernel scope link src 172.17.0.1 linkdown \n192.168.0.0/24 dev wlan0 proto kernel scope link src 192.168.0.10 \n192.168.49.0/24 dev br-minikube proto kernel scope link src 192.168.49.1 \n",
        ),
        ("ip r get 172.17.0.4 | head -1", "172.17.0.4 dev docker0 src 172.17.0.1 uid 1000 \n"),
        (
            "getent passwd student; getent hosts localhost",
            "student:x:1000:1000:student,,,:/home/student:/bin/bash\n127.0.0.1       localhost\n",
        ),
    ]);
}

/// A world with nginx at 172.17.0.4.
#[test]
fn busybox_speaks_its_own_way() {
    let mut world = World::new();
    world.container("nginx:1.14.2", [172, 17, 0, 4], &[]);
    let box_ = world.container("busybox", [172, 17, 0, 5], &["sleep", "3600"]);
    for (line, expected) in [
        ("ls nosuch", "ls: nosuch: No such file or directory\n? 1\n"),
        ("rm nosuch", "rm: can't remove 'nosuch': No such file or directory\n? 1\n"),
        ("mkdir a/b", "mkdir: can't create directory 'a/b': No such file or directory\n? 1\n"),
        ("ls -l /etc/passwd", "-rw-r--r--    1 root     root           340 Sep 26  2024 /etc/passwd\n"),
        ("wget -qO- 172.17.0.4 | head -4 | tail -1", "<title>Welcome to nginx!</title>\n"),
        ("wget -qO- 172.17.0.4/x", "wget: server returned error: HTTP/1.1 404 Not Found\n? 1\n"),
        (
            "wget -T 1 -O- 172.17.0.4:81",
            "Connecting to 172.17.0.4:81 (172.17.0.4:81)\nwget: can't connect to remote host (172.17.0.4): Connection refused\n? 1\n",
        ),
        ("ps | head -2", "PID   USER     TIME  COMMAND\n    1 root      0:00 sleep 3600\n"),
        ("ping -c1 172.17.0.4 | tail -2 | head -1", "1 packets transmitted, 1 packets received, 0% packet loss\n"),
        ("ping nosuch.example", "ping: bad address 'nosuch.example'\n? 1\n"),
        ("curl x", "/bin/sh: line 1: curl: not found\n? 127\n"),
        ("busybox echo hi", "hi\n"),
        ("echo 172.17.0.5 web > /etc/hosts; hostname -i", "172.17.0.5\n"),
    ] {
        let (mut text, status) = world.run(box_, line);
        if status != 0 {
            text.push_str(&format!("? {status}\n"));
        }
        assert_eq!(text, expected, "$ {line}");
    }
}

#[test]
fn awk_and_diff() {
    on_laptop(&[
        ("printf 'a 1\\nb 2\\nc 3\\n' > t", ""),
        ("awk '{print $2}' t", "1\n2\n3\n"),
        ("awk 'NR>1{print NR\": \"$0, NF}' t", "2: b 2 2\n3: c 3 2\n"),
        ("awk '{s+=$2} END{print s, s/NR; printf \"%05.1f|%-3s|%d\\n\", s, \"x\", 7.9}' t", "6 2\n006.0|x  |7\n"),
        ("awk -F: '/^root/{print $1, $NF}' /etc/passwd", "root /bin/bash\n"),
        ("awk '$1==\"b\",/c/' t; awk '$2>=2 && !/c/{print $1}' t", "b 2\nc 3\nb\n"),
        ("echo 'a b a' | awk '{for(i=1;i<=NF;i++)n[$i]++} END{for(k in n)print k, n[k]}'", "a 2\nb 1\n"),
        (
            "echo hello | awk '{gsub(/l/,\"[&]\"); print toupper($0), length, substr($0,2,3), index($0,\"o\")}'",
            "HE[L][L]O 9 e[l 9\n",
        ),
        (
            "awk 'BEGIN{x=5; while(x>3)x--; if(x==3)print \"three\"; else print \"no\"; print 1/3, 2^10, 7%3, -x}'",
            "three\n0.333333 1024 1 -3\n",
        ),
        ("awk -v n=2 'NR==n{print; exit 3}' t", "b 2\n? 3\n"),
        ("echo a,b,c | awk -F, -v OFS=- '{$2=\"x\"; print; n=split($0,p,\"-\"); print n, p[3]}'", "a-x-c\n3-c\n"),
        ("awk 'BEGIN{for(;;);}'", "awk: the program takes too many steps\n? 2\n"),
        ("awk '{print' t", "awk: line 1: syntax error at or near end of line\n? 2\n"),
        ("sed s/b/B/ t > u; diff t u", "2c2\n< b 2\n---\n> B 2\n? 1\n"),
        (
            "diff -q t u; cmp t u; diff t t; diff t nosuch",
            "Files t and u differ\nt u differ: byte 5, line 2\ndiff: nosuch: No such file or directory\n? 2\n",
        ),
    ]);
}

#[test]
fn the_node_has_docker() {
    let (world, _) = http::with_nginx("nginx:1.14.2");
    let (text, status) = world.run(world.node, "sudo docker ps; sudo whoami; docker images | tail -1");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(status, 0, "{text}");
    assert_eq!(
        lines[0],
        "CONTAINER ID   IMAGE          COMMAND                  CREATED                  STATUS                  PORTS   NAMES"
    );
    assert!(lines[1].starts_with("0123456789ab ") && lines[1].ends_with(" k8s_c_web_default_uid_0"), "{text}");
    assert!(lines[1].contains("\"nginx -g daemon off;\"") && lines[2].contains("\"/pause\""), "{text}");
    assert!(lines[2].ends_with(" k8s_POD_web_default_uid_0"), "{text}");
    assert_eq!(lines[3], "root");
    assert!(lines[4].starts_with("nginx        1.14.2   ") && lines[4].ends_with("109MB"), "{text}");
    assert_eq!(world.run(world.laptop, "docker ps").1, 1);
}

/// Every program with words that nobody means: it ends, and nothing panics.
#[test]
fn odd_words_are_answered() {
    let world = World::new();
    let programs: Vec<String> = super::programs().into_iter().map(|program| program.name).collect();
    world.kernel.with(|state| {
        let disk = state.machines.get(&world.laptop).unwrap().mounts[0].disk;
        let now = world.sim.now();
        if let Some(disk) = state.disks.get_mut(&disk) {
            for name in &programs {
                disk.add_program(&format!("/opt/all/{name}"), name, now);
            }
        }
    });
    let odd: [&[&str]; 14] = [
        &[],
        &["-"],
        &["--"],
        &["-é"],
        &["--é=1", "x"],
        &["[", "(", "{", "\\"],
        &["s/\\(/[/", "/etc/passwd"],
        &["-n", "-1", "-c", "99999999999999999999", "/etc/passwd"],
        &["-f", "/nosuch", "-e", "[[:foo:]]"],
        &["%", "%é", "%9999999999d", "+%"],
        &["-I{}", "-k1.", "-d", "é", "-t", "é", "가나"],
        &["/", "/etc", "/dev/null", "가/나"],
        &["1", "0", "/", "%", "0", ":", "*"],
        &["-s", "reload", "999.999.999.999", "-w", "%{", "http://[::1", "a:b@c:d"],
    ];
    for name in &programs {
        for words in odd {
            let out = Fd::capture(Rc::default());
            let path = format!("/opt/all/{name}");
            let head = ["timeout", "2", path.as_str()];
            let argv: Vec<String> = head.iter().chain(words).map(|word| (*word).to_owned()).collect();
            let stdin = Fd::bytes(b"a b\n\xff\xfe\n'\n".to_vec());
            let child = world.kernel.execute(world.laptop, &argv, stdin, out.clone(), out).unwrap();
            world.run_until(|| child.ended().is_some());
        }
    }
}

/// What learners look at when a port does not answer.
#[test]
fn ports_are_looked_at_from_here_and_from_there() {
    let (world, _) = http::with_nginx("nginx:1.27");
    let on = |machine, line: &str| world.run(machine, line).0;
    assert_eq!(
        on(world.node, "sudo ss -tln | head -1; ss -tulnp | head -1; netstat -tln | head -2; route -n | head -3"),
        "State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n\
         Netid State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n\
         Active Internet connections (only servers)\n\
         Proto Recv-Q Send-Q Local Address           Foreign Address         State      \n\
         Kernel IP routing table\n\
         Destination     Gateway         Genmask         Flags Metric Ref    Use Iface\n\
         0.0.0.0         192.168.49.1    0.0.0.0         UG    0      0        0 eth0\n"
    );
    let text =
        on(world.node, "bash -c 'nc -l 9000 > got & sleep 1; echo hello | nc -w 1 192.168.49.2 9000; wait; cat got'");
    assert_eq!(text, "hello\n");
    let text = on(
        world.node,
        "echo answer | nc -l 9001 & sleep 1; echo q | nc 192.168.49.2 9001; sudo ss -tln | wc -l; nc -l 80",
    );
    assert!(text.contains("answer\n") && text.contains("q\n"), "{text}");
    assert!(text.ends_with("nc: Permission denied\n"), "{text}");
    assert_eq!(
        on(world.laptop, "telnet 192.168.49.2 1; lsof -i :1; echo $?"),
        "Trying 192.168.49.2...\ntelnet: Unable to connect to remote host: Connection refused\n1\n"
    );
}

#[test]
fn who_one_is_can_be_changed_by_root() {
    let world = World::new();
    let text = world.run(world.node, "sudo su docker -c 'id -un; echo $HOME'; sudo su nosuch; su -c id; sudo su nobody; sudo chroot / id -u; sudo chroot /nosuch; chroot / id; sudo nsenter -t 1 -m -u -n -i id -u; nsenter id").0;
    assert_eq!(
        text,
        "docker\n/home/docker\n\
         su: user nosuch does not exist or the user entry does not contain all the required fields\n\
         Password: \nsu: Authentication failure\n\
         This account is currently not available.\n0\n\
         chroot: cannot change root directory to '/nosuch': No such file or directory\n\
         chroot: cannot change root directory to '/': Operation not permitted\n0\n\
         nsenter: no target PID specified for --all\n"
    );
}

#[test]
fn debians_wget_is_gnus() {
    let (world, _) = http::with_nginx("nginx:1.27");
    let text = world.run(world.laptop, "wget -q http://192.168.49.2:1/; echo $?; wget -t1 http://192.168.49.2:1/ 2>&1 | tail -2; wget http://nosuch.example/ 2>&1 | tail -1; wget").0;
    assert_eq!(
        text,
        "4\n--2026-11-22 10:00:00--  http://192.168.49.2:1/\nConnecting to 192.168.49.2:1... failed: Connection refused.\n\
         wget: unable to resolve host address 'nosuch.example'\n\
         wget: missing URL\nUsage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.\n\
         "
    );
}
