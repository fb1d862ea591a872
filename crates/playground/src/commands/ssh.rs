//! `ssh` to minikube's node. ssh(1) of OpenSSH 9.2.

use machine::{ExitStatus, Process, Program, SessionEnd};
use network::Topology;

use super::minikube;
use crate::control::WeakShared;

/// The options that take a value.
const WITH_VALUE: &str = "bcDEeFIiJLlmOopQRSWw";
/// The user whom the node lets in with minikube's key.
const USER: &str = "docker";

pub(super) fn program(world: WeakShared) -> Program {
    Program::with("ssh", move |process| {
        let world = world.clone();
        Box::pin(async move {
            let words: Vec<String> = process.args()[1..].to_vec();
            ExitStatus::check(run(&process, &world, &words).await)
        })
    })
}

/// What is asked for.
struct Asked<'a> {
    key: Option<&'a str>,
    user: Option<&'a str>,
    host: &'a str,
    /// `-t`: the command gets a terminal.
    tty: bool,
    command: Vec<&'a str>,
}

fn parse(words: &[String]) -> Option<Asked<'_>> {
    let (mut key, mut user, mut tty) = (None, None, false);
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
            let place = word.strip_prefix("ssh://").unwrap_or(word);
            let (named, host) = place.rsplit_once('@').map_or((None, place), |(user, host)| (Some(user), host));
            return Some(Asked { key, user: named.or(user), host, tty, command: words.collect() });
        };
        tty |= letters.starts_with('t');
        let Some(at) = letters.find(|letter| WITH_VALUE.contains(letter)) else { continue };
        let value = if at + 1 < letters.len() { Some(&letters[at + 1..]) } else { words.next() };
        match &letters[at..=at] {
            "i" => key = value,
            "l" => user = value,
            _ => {}
        }
    }
    None
}

async fn run(process: &Process, world: &WeakShared, words: &[String]) -> i32 {
    let Some(asked) = parse(words) else {
        process.err("usage: ssh [-i identity_file] [-l login_name] [-o option] [-p port] destination [command [argument ...]]\n").await;
        return 255;
    };
    let node = Topology::NODE.to_string();
    if asked.host != node {
        process.hint_not_simulated("ssh");
        let why = format!("only the node is reached: 'minikube ssh', or 'ssh -i $(minikube ssh-key) {USER}@{node}'");
        process.err(&format!("ssh: not simulated: {why}\n")).await;
        return 255;
    }
    let own = process.user().name;
    let user = asked.user.unwrap_or(&own);
    let has_key = asked.key.is_some_and(|key| key.ends_with(minikube::KEY));
    if let Some(key) = asked.key.filter(|key| !has_key && process.metadata(key).is_err()) {
        process.err(&format!("Warning: Identity file {key} not accessible: No such file or directory.\n")).await;
    }
    if user != USER || !has_key {
        process.err(&format!("{user}@{node}: Permission denied (publickey,password).\n")).await;
        return 255;
    }
    minikube::on_node(process, world, &asked.command, asked.tty, SessionEnd::Silent).await
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn options_end_at_the_destination() {
        let words = ["-o", "StrictHostKeyChecking=no", "-tti", "k", "-p22", "docker@192.168.49.2", "ls", "-l"]
            .map(str::to_owned);
        let asked = parse(&words).expect("a destination");
        assert_eq!((asked.key, asked.user, asked.host), (Some("k"), Some("docker"), "192.168.49.2"));
        assert_eq!((asked.tty, asked.command), (true, vec!["ls", "-l"]));
        assert!(parse(&["-i".to_owned(), "k".to_owned()]).is_none());
    }
}
