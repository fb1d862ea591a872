//! `kube-playground check --kubeconfig`: lessons against a cluster that is served, with the project's own kubectl, and with the real
//! one where `CLIENTS` names its folder (`cargo xtask test clients`).

mod common;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Served, texts};

/// A folder with a program `kubectl`.
fn programs(served: &Served) -> PathBuf {
    let programs = served.folder.join("programs");
    fs::create_dir_all(&programs).expect("a folder");
    let kubectl = programs.join("kubectl");
    if let Ok(clients) = std::env::var("CLIENTS") {
        symlink(Path::new(&clients).join("kubectl"), &kubectl).expect("a link");
    } else {
        let text = format!("#!/bin/sh\nexec {} kubectl \"$@\"\n", env!("CARGO_BIN_EXE_kube-playground"));
        fs::write(&kubectl, text).expect("a script");
        assert!(Command::new("chmod").arg("+x").arg(&kubectl).status().is_ok_and(|status| status.success()));
    }
    programs
}

/// A lesson's folder, and what `check` says of it against a cluster of its own.
fn check(name: &str, files: &[(&str, &str)]) -> (String, String, i32) {
    // Twenty times as fast as real time: Pods are pulled and started meanwhile.
    let served = Served::start(&format!("real-{name}"), &["--speed", "20"]);
    let folder = served.folder.join("lesson");
    fs::create_dir_all(&folder).expect("a folder");
    for (name, text) in files {
        fs::write(folder.join(name), text).expect(name);
    }
    check_in(&served, &folder)
}

fn check_in(served: &Served, folder: &Path) -> (String, String, i32) {
    let path = format!("{}:{}", programs(served).display(), std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new(env!("CARGO_BIN_EXE_kube-playground"));
    command.args(["check", "--kubeconfig"]).arg(served.folder.join("kubeconfig")).arg(folder).env("PATH", path);
    let (out, err, code) = texts(&command.output().expect("the program"));
    (out.replace(&folder.display().to_string(), "LESSON"), err, code)
}

const LESSON: &str = "id: a
title: {ko: a, en: a}
files: [web.yaml]
steps:
- id: make
  goals:
  - text: {ko: a, en: The Deployment is available}
    when: {available: {deployment: web, replicas: 2}}
- id: text
  verify: {ko: a, en: There is a ConfigMap}
- id: reach
  goals:
  - text: {ko: a, en: It answered}
    when: {attempted: {from: outside, to: cluster_ip, protocol: tcp, reach: [answers]}}
";

const WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: nginx, image: nginx}]}
";

#[test]
fn a_lesson_is_played_in_a_cluster_of_its_own() {
    let (out, err, code) = check(
        "good",
        &[
            ("lesson.yaml", LESSON),
            ("web.yaml", WEB),
            ("make.md", "# Make\n"),
            ("make.solve.sh", "k apply -f web.yaml"),
            (
                "text.md",
                "# Text\n```sh,run\nname=found\nkubectl create configmap $name\n```\n```output\nconfigmap/... created\n```\n\n\
                 ```sh,should_fail\nkubectl get configmap nothing\n```\n\n```sh,run\nkubectl label configmap $name of=$name\n```\n",
            ),
            ("text.verify.sh", "kubectl get configmap -l of=found -o name | grep found"),
            ("reach.md", "# Reach\n"),
            ("reach.solve.sh", "kubectl get pods"),
        ],
    );
    assert_eq!((err.as_str(), code), ("", 0), "{out}");
    let (first, last) = out.split_once('\n').expect("two lines");
    let why = "not judged: reach: the goal \"It answered\": what people did is not written down there";
    assert_eq!(first, format!("LESSON: {why}"));
    assert!(last.starts_with("LESSON: ok (3 steps), in the cluster of "), "{last}");
}

#[test]
fn what_is_wrong_there_is_said() {
    let (out, _, code) = check(
        "bad",
        &[
            (
                "lesson.yaml",
                "id: a\ntitle: {ko: a, en: a}\nsteps:\n- {id: early, verify: {ko: a, en: It is}}\n- {id: text}\n",
            ),
            ("early.md", "# Early\n`nobodys-program`{{copy}}\n"),
            ("early.verify.sh", "kubectl get namespace default"),
            ("early.solve.sh", "nobodys-program"),
            (
                "text.md",
                "# Text\n```sh,run\necho a\nkubectl get pod nobody\n```\n```sh,should_fail\ntrue\n```\n```sh,run\necho b\n```\n```output\nc\n```\n",
            ),
        ],
    );
    let want = "LESSON: not judged: nobodys-program is not on this computer: what uses it fails
LESSON: early: its goals are reached before anything was done
LESSON: text: `echo a` fails with 1: Error from server (NotFound): pods \"nobody\" not found
LESSON: text: `true` is marked should_fail, and does not
LESSON: text: `echo b` does not print what the text shows, but:
b
";
    assert_eq!((out.as_str(), code), (want, 1));
}

#[test]
fn a_cluster_that_is_in_use_is_left_alone() {
    let served = Served::start("real-used", &[]);
    let programs = programs(&served).display().to_string();
    let made = served.bash("kubectl create deployment mine --image=nginx", &programs, &served.folder).output();
    assert!(made.is_ok_and(|made| made.status.success()));
    let folder = served.folder.join("lesson");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(
        folder.join("lesson.yaml"),
        LESSON.split("steps").next().expect("a head").replace("files: [web.yaml]\n", "steps: [{id: s}]\n"),
    )
    .expect("a lesson");
    fs::write(folder.join("s.md"), "# S\n").expect("a text");
    let _ = fs::remove_dir_all(served.folder.join("programs"));
    let (_, err, code) = check_in(&served, &folder);
    assert!(err.contains("namespace default is not empty: ") && err.contains("deployment.apps/mine"), "{err}");
    assert_eq!(code, 2);
}
