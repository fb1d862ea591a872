//! A cluster that is served, for clients that are programs.

mod waiting;

use std::ffi::OsStr;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// How many seconds a world goes on at a time, while all wait.
const STEP: f64 = 0.1;
/// The least real time between two steps.
const PAUSE: Duration = Duration::from_millis(5);

/// A served cluster; gone when dropped.
pub struct Served {
    child: Child,
    /// A folder of its own, home of its clients, with the `kubeconfig`.
    pub folder: PathBuf,
}

impl Served {
    /// Starts one, with these options besides.
    #[expect(clippy::disallowed_methods, reason = "a test is no part of the simulator")]
    pub fn start(name: &str, options: &[&str]) -> Served {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        let kubeconfig = folder.join("kubeconfig");
        let child = Command::new(env!("CARGO_BIN_EXE_kube-playground"))
            .args(["serve", "--port", "0"])
            .args(options)
            .arg("--kubeconfig")
            .arg(&kubeconfig)
            .stderr(Stdio::null())
            .spawn()
            .expect("kube-playground");
        let mut served = Served { child, folder };
        // The file is there at once, its text a little later.
        let is_there = || fs::read_to_string(&kubeconfig).is_ok_and(|text| text.contains("current-context"));
        for _ in 0..600 {
            if is_there() || served.child.try_wait().is_ok_and(|ended| ended.is_some()) {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(is_there(), "serve of {name} did not begin");
        served
    }

    /// The folder with the real kubectl and helm.
    #[allow(dead_code, reason = "not every test asks")]
    pub fn clients() -> String {
        std::env::var("CLIENTS").expect("CLIENTS: the folder with kubectl and helm")
    }

    /// A command line for bash, with programs of these folders and this kubeconfig.
    #[allow(dead_code, reason = "not every test asks")]
    pub fn bash(&self, line: &str, programs: &str, folder: impl AsRef<OsStr>) -> Command {
        let path = format!("{programs}:{}", std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new("timeout");
        command.args(["60", "bash", "-c", line]).current_dir(Path::new(folder.as_ref())).stdin(Stdio::null());
        command.env("PATH", path).env("KUBECONFIG", self.folder.join("kubeconfig")).env("HOME", &self.folder);
        command.env_remove("KUBE_EDITOR").env_remove("EDITOR").env_remove("TMPDIR");
        command
    }

    /// Waits for a client's end and gives what it printed. The time of the world, which was started with `--paused`, goes on
    /// by [`STEP`] only when the client and the server both sleep, so that a client finds the same world on a slow machine.
    #[allow(dead_code, reason = "not every test asks")]
    #[expect(clippy::disallowed_methods, reason = "a test is no part of the simulator")]
    pub fn wait_for(&self, client: Child) -> Output {
        let (client_id, server_id) = (client.id(), self.child.id());
        std::thread::scope(|scope| {
            let ended = scope.spawn(|| client.wait_with_output().expect("an end"));
            while !ended.is_finished() {
                if waiting::wait_for_each_other(client_id, server_id) {
                    self.clock(&format!("advance?seconds={STEP}"));
                }
                std::thread::sleep(PAUSE);
            }
            ended.join().expect("an output")
        })
    }

    /// The address, without `http://`.
    #[allow(dead_code, reason = "not every test asks")]
    pub fn address(&self) -> String {
        let text = fs::read_to_string(self.folder.join("kubeconfig")).expect("a kubeconfig");
        let server = text.split_whitespace().find_map(|word| word.strip_prefix("http://"));
        server.expect("a server").to_owned()
    }

    /// Sends a request as it is written, on a connection of its own, and gives the answer up to the connection's end.
    #[allow(dead_code, reason = "not every test asks")]
    pub fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address()).expect("a connection");
        stream.write_all(request.as_bytes()).expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    /// Tells the clock of a paused world something; gives the seconds it then shows.
    #[allow(dead_code, reason = "not every test asks")]
    pub fn clock(&self, what: &str) -> f64 {
        let answer =
            self.ask(&format!("POST /playground/{what} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"));
        let time = answer.lines().find_map(sim::Time::parse_rfc3339).expect("a time");
        time.unix_micros() as f64 / 1e6
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What came of a command: standard output, standard error, status.
#[allow(dead_code, reason = "not every test asks")]
pub fn texts(output: &Output) -> (String, String, i32) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code().unwrap_or(-1))
}
