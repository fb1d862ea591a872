//! kubectl against a cluster on a stand-in node, without a computer: a few words of shell are enough to replay transcripts.

#![allow(dead_code, reason = "not every test uses all of it")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use api::{Body, LocalFuture, Request, Response, Transport, WatchEvent, WatchStream};
use cluster::{Cx, Reply, Watch};
use kubectl::Host;
use sim::{Duration, Time};

use test_support::TestCluster;

pub type Shared = Rc<RefCell<TestCluster>>;

/// What an API request takes.
const REQUEST: f64 = 0.004;

struct Api(Shared);

impl Transport for Api {
    fn send(&self, request: Request) -> LocalFuture<'_, Response> {
        let world = &mut *self.0.borrow_mut();
        world.run(REQUEST);
        let mut cx = Cx { now: world.now, rng: &mut world.rng };
        let response = match world.cluster.handle(&mut cx, &request).whole() {
            Reply::Json { code, value, warnings } => {
                Response { code, warnings, body: Body::Json(Rc::unwrap_or_clone(value)) }
            }
            Reply::Watch(watch) => {
                let events = Events { world: self.0.clone(), watch, ready: Vec::new() };
                Response { code: 200, warnings: Vec::new(), body: Body::Watch(Box::new(events)) }
            }
            Reply::Log(_) => Response { code: 200, warnings: Vec::new(), body: Body::Text("a line\n".to_owned()) },
            Reply::Exec(_) | Reply::Forward(_) | Reply::List(_) => Response {
                code: 500,
                warnings: Vec::new(),
                body: Body::Json(api::Status::internal("no machines here").to_value()),
            },
        };
        Box::pin(std::future::ready(response))
    }
}

struct Events {
    world: Shared,
    watch: Watch,
    ready: Vec<WatchEvent>,
}

impl WatchStream for Events {
    fn next(&mut self) -> LocalFuture<'_, Option<WatchEvent>> {
        Box::pin(std::future::poll_fn(move |_| {
            if self.ready.is_empty() {
                let world = self.world.borrow();
                self.ready = world.cluster.poll_watch(world.now, &mut self.watch);
                self.ready.reverse();
            }
            match self.ready.pop() {
                Some(event) => Poll::Ready(Some(event)),
                None => Poll::Pending,
            }
        }))
    }
}

#[derive(Default)]
struct Streams {
    out: Vec<u8>,
    err: Vec<u8>,
    both: Vec<u8>,
    stdin: Vec<u8>,
}

struct Laptop {
    world: Shared,
    files: Rc<RefCell<BTreeMap<String, Vec<u8>>>>,
    streams: RefCell<Streams>,
}

impl Host for Laptop {
    fn stdout(&self, bytes: &[u8]) -> LocalFuture<'_, ()> {
        let mut streams = self.streams.borrow_mut();
        streams.out.extend_from_slice(bytes);
        streams.both.extend_from_slice(bytes);
        Box::pin(std::future::ready(()))
    }
    fn stderr(&self, bytes: &[u8]) -> LocalFuture<'_, ()> {
        let mut streams = self.streams.borrow_mut();
        streams.err.extend_from_slice(bytes);
        streams.both.extend_from_slice(bytes);
        Box::pin(std::future::ready(()))
    }
    fn read_stdin(&self) -> LocalFuture<'_, Vec<u8>> {
        Box::pin(std::future::ready(std::mem::take(&mut self.streams.borrow_mut().stdin)))
    }
    fn is_terminal_stdin(&self) -> bool {
        false
    }
    fn is_terminal_stdout(&self) -> bool {
        false
    }
    fn read_file(&self, path: &str) -> Result<Vec<u8>, String> {
        self.files.borrow().get(path).cloned().ok_or_else(|| "no such file or directory".to_owned())
    }
    fn read_dir(&self, path: &str) -> Result<Vec<String>, String> {
        let prefix = if path == "." { String::new() } else { format!("{}/", path.trim_end_matches('/')) };
        let mut names: Vec<String> = Vec::new();
        for name in self.files.borrow().keys().filter_map(|name| name.strip_prefix(&prefix)) {
            let name = name.split_once('/').map_or(name.to_owned(), |(folder, _)| format!("{folder}/"));
            if names.last() != Some(&name) {
                names.push(name);
            }
        }
        if names.is_empty() { Err("no such file or directory".to_owned()) } else { Ok(names) }
    }
    fn write_file(&self, path: &str, bytes: &[u8]) -> Result<(), String> {
        self.files.borrow_mut().insert(path.to_owned(), bytes.to_vec());
        Ok(())
    }
    fn make_dir(&self, _path: &str) -> Result<(), String> {
        Ok(())
    }

    fn now(&self) -> Time {
        self.world.borrow().now
    }
    fn sleep(&self, duration: Duration) -> LocalFuture<'_, ()> {
        let until = self.now() + duration;
        Box::pin(std::future::poll_fn(move |_| if self.now() >= until { Poll::Ready(()) } else { Poll::Pending }))
    }
    fn env(&self, name: &str) -> Option<String> {
        (name == "HOME").then(|| "/home/student".to_owned())
    }
    fn remove_file(&self, path: &str) {
        self.files.borrow_mut().remove(path);
    }
    fn edit(&self, _path: &str) -> LocalFuture<'_, Result<(), String>> {
        Box::pin(std::future::ready(Err("unable to launch the editor \"vi\"".to_owned())))
    }
}

/// A computer with manifests, and a cluster.
pub struct Shell {
    pub world: Shared,
    pub files: Rc<RefCell<BTreeMap<String, Vec<u8>>>>,
}

impl Shell {
    /// A fresh world with the project's manifests in the working directory.
    pub fn new() -> Shell {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/manifests");
        let mut files = BTreeMap::new();
        for folder in ["", "bad/", "crd/"] {
            for entry in std::fs::read_dir(format!("{root}/{folder}")).unwrap().flatten() {
                if entry.path().is_file() {
                    let name = format!("{folder}{}", entry.file_name().to_string_lossy());
                    files.insert(name, std::fs::read(entry.path()).unwrap());
                }
            }
        }
        Shell { world: Rc::new(RefCell::new(TestCluster::new())), files: Rc::new(RefCell::new(files)) }
    }

    /// Lets time pass.
    pub fn sleep(&self, secs: f64) {
        self.world.borrow_mut().run(secs);
    }

    /// Runs kubectl: standard output, both outputs in order, exit code.
    pub fn kubectl(&self, args: Vec<String>, stdin: &[u8]) -> (Vec<u8>, Vec<u8>, i32) {
        self.sleep(0.03);
        let laptop =
            Rc::new(Laptop { world: self.world.clone(), files: self.files.clone(), streams: RefCell::default() });
        laptop.streams.borrow_mut().stdin = stdin.to_vec();
        let mut future = pin!(kubectl::run(args, laptop.clone(), Rc::new(Api(self.world.clone()))));
        let mut code = 130;
        for _ in 0..60_000 {
            if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                code = done;
                break;
            }
            self.sleep(0.01);
        }
        let streams = laptop.streams.borrow();
        (streams.out.clone(), streams.both.clone(), code)
    }

    /// Runs a command line: `;`, `|`, `>`, `$( )`, quotes, and the few programs transcripts use.
    pub fn run(&self, line: &str) -> (String, i32) {
        let (mut shown, mut code) = (Vec::new(), 0);
        for command in split(line, ';') {
            let (out, status) = self.pipeline(&command);
            shown.extend(out);
            code = status;
        }
        (String::from_utf8_lossy(&shown).into_owned(), code)
    }

    fn pipeline(&self, line: &str) -> (Vec<u8>, i32) {
        let stages = split(line, '|');
        let (mut input, mut shown, mut code) = (Vec::new(), Vec::new(), 0);
        for (index, stage) in stages.iter().enumerate() {
            let (mut words, mut file) = (self.words(stage), None);
            if let Some(at) = words.iter().position(|word| word == ">") {
                file = words.get(at + 1).cloned();
                words.truncate(at);
            }
            let (out, both, status) = self.program(&words, &input);
            code = status;
            let last = index + 1 == stages.len();
            match file {
                Some(file) => {
                    self.files.borrow_mut().insert(file, out.clone());
                }
                None if last => shown.extend(both),
                // What a stage in the middle says on standard error is seen first.
                None if both.len() > out.len() && out.is_empty() => shown.extend(both),
                None => {}
            }
            input = out;
        }
        (shown, code)
    }

    fn program(&self, words: &[String], input: &[u8]) -> (Vec<u8>, Vec<u8>, i32) {
        let text = |input: &[u8]| String::from_utf8_lossy(input).into_owned();
        let name = words.first().map(String::as_str).unwrap_or_default();
        let out = match name {
            "kubectl" => return self.kubectl(words[1..].to_vec(), input),
            "sleep" => {
                self.sleep(words[1].parse().unwrap());
                String::new()
            }
            "cat" => text(&self.files.borrow()[&words[1]]),
            "head" => {
                let count: usize = words[1].trim_start_matches('-').parse().unwrap();
                text(input).split_inclusive('\n').take(count).collect()
            }
            "sed" => {
                let in_place = words[1] == "-i";
                let script = &words[1 + usize::from(in_place)];
                let file = words.get(2 + usize::from(in_place));
                let source = file.map_or_else(|| text(input), |file| text(&self.files.borrow()[file]));
                let separator = script.chars().nth(1).unwrap();
                let parts: Vec<&str> = script.split(separator).collect();
                let pattern = regex::Regex::new(parts[1]).unwrap();
                let with = parts[2].replace("\\n", "\n");
                let changed: String = source
                    .split_inclusive('\n')
                    .map(|line| pattern.replace(line, with.as_str()).into_owned())
                    .collect();
                if in_place {
                    self.files.borrow_mut().insert(file.unwrap().clone(), changed.into_bytes());
                    String::new()
                } else {
                    changed
                }
            }
            "printf" => words[1].replace("\\n", "\n"),
            "wc" => format!("{}\n", input.len()),
            "base64" => format!("({})", text(input)),
            other => format!("{other}: command not found\n"),
        };
        (out.clone().into_bytes(), out.into_bytes(), 0)
    }

    fn words(&self, line: &str) -> Vec<String> {
        let (mut words, mut word, mut started) = (Vec::new(), String::new(), false);
        let mut chars = line.chars().peekable();
        let mut quote = None;
        while let Some(c) = chars.next() {
            match (quote, c) {
                (None, ' ') => {
                    if std::mem::take(&mut started) {
                        words.push(std::mem::take(&mut word));
                    }
                }
                (None, '\'' | '"') => {
                    quote = Some(c);
                    started = true;
                }
                (Some(open), c) if c == open => quote = None,
                (None, '$') if chars.peek() == Some(&'(') => {
                    let inner: String = chars.by_ref().skip(1).take_while(|c| *c != ')').collect();
                    let (out, _) = self.pipeline(&inner);
                    word.push_str(String::from_utf8_lossy(&out).trim_end());
                    started = true;
                }
                (_, c) => {
                    word.push(c);
                    started = true;
                }
            }
        }
        if started {
            words.push(word);
        }
        words
    }
}

/// Cuts at a character that is neither in quotes nor in `$( )`.
fn split(line: &str, at: char) -> Vec<String> {
    let (mut parts, mut quote, mut depth) = (vec![String::new()], None, 0);
    for c in line.chars() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            _ => {}
        }
        if quote.is_none() && depth == 0 && c == at {
            parts.push(String::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts
}
