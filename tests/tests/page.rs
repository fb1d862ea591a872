//! What the page is given: notes, traces, files and their survival, the timeline, steps, completion.

use playground::{LifeKind, MarkKind, Note, Output, Place, Playground, Survival, TerminalId, Verdict};
use sim::Duration;
use tests::world;

struct Person {
    world: Playground,
    terminal: TerminalId,
}

impl Person {
    fn new() -> Self {
        let mut world = world(1);
        let terminal = world.open_terminal(100, 30);
        let mut person = Person { world, terminal };
        person.run();
        person
    }

    /// Lets time pass while a command runs.
    fn run(&mut self) {
        for _ in 0..400 {
            let until = self.world.now() + Duration::from_millis(500);
            let advance = self.world.advance_for_commands(until, 200_000);
            if !advance.busy {
                break;
            }
        }
    }

    fn wait(&mut self, seconds: u64) {
        let until = self.world.now() + Duration::from_secs(seconds);
        self.world.advance(until, 2_000_000);
    }

    /// Types a line, and gives what the screen shows then, and the notes below it.
    fn types(&mut self, line: &str) -> (String, Vec<Note>) {
        self.world.input(self.terminal, line.as_bytes());
        self.world.input(self.terminal, b"\r");
        self.run();
        self.seen()
    }

    fn seen(&mut self) -> (String, Vec<Note>) {
        let (mut bytes, mut notes) = (Vec::new(), Vec::new());
        for output in self.world.output(self.terminal) {
            match output {
                Output::Bytes(more) => bytes.extend(more),
                Output::Restart => bytes.clear(),
                Output::Note(note) => notes.push(note),
            }
        }
        (String::from_utf8_lossy(&bytes).into_owned(), notes)
    }

    fn pod_ip(&self, index: usize) -> String {
        let pods = self.world.objects("pods", Some("default"));
        pods[index]["status"]["podIP"].as_str().unwrap_or_default().to_owned()
    }
}

#[test]
fn a_failed_curl_has_a_trace_that_says_why() {
    let mut person = Person::new();
    person.types("kubectl apply -f deployment.yaml");
    person.wait(4);
    let ip = person.pod_ip(0);
    let (screen, notes) = person.types(&format!("curl -X GET {ip} -vvv"));
    assert!(screen.contains("No route to host"), "{screen}");
    let [Note::Trace(id)] = notes[..] else { panic!("{notes:?}") };
    let record = person.world.trace(id).expect("the trace is kept");
    assert_eq!((record.program.as_str(), record.terminal), ("curl", Some(person.terminal)));
    assert_eq!(record.place, Some(Place::Laptop));
    assert!(matches!(record.trace.verdict, Verdict::HostUnreachable { .. }), "{:?}", record.trace);
    let (_, notes) = person.types("curl -X GET <POD-IP> -vvv");
    assert_eq!(notes, [Note::Placeholder { text: "<POD-IP>".to_owned() }]);
    person.types("minikube ssh");
    assert_eq!(person.world.terminal_places(person.terminal), [Place::Laptop, Place::Node]);
    let (screen, notes) = person.types("kubectl get pod");
    assert!(screen.contains("command not found"), "{screen}");
    assert_eq!(notes, [Note::LeaveToRun { command: "kubectl".to_owned(), place: Place::Node }]);
    let (screen, _) = person.types(&format!("curl -s {ip}"));
    assert!(screen.contains("Welcome to nginx!"), "{screen}");
    person.types("exit");
    assert_eq!(person.world.terminal_places(person.terminal), [Place::Laptop]);
    let lines: Vec<_> = person.world.commands().into_iter().map(|run| (run.line, run.place)).collect();
    assert_eq!(lines.first(), Some(&("kubectl apply -f deployment.yaml".to_owned(), Place::Laptop)));
    assert!(lines.contains(&("kubectl get pod".to_owned(), Place::Node)), "{lines:?}");
    assert!(person.world.commands().iter().all(|run| run.ended.is_some()));
}

#[test]
fn files_live_as_long_as_what_holds_them() {
    let mut person = Person::new();
    person.types("kubectl apply -f pvc.yaml -f pod-pvc.yaml");
    person.wait(4);
    assert!(
        person.world.pod_files("default", "mypod").iter().all(|file| file.is_dir),
        "a fresh Pod has no file of its own"
    );
    person.types("kubectl exec -it mypod -- bash");
    assert_eq!(
        person.world.terminal_places(person.terminal).last(),
        Some(&Place::Container {
            namespace: "default".to_owned(),
            pod: "mypod".to_owned(),
            container: "myfrontend".to_owned()
        })
    );
    person.types("touch hi-jioni");
    person.types("cd /var/www/html");
    person.types("touch hi-jioni");
    person.wait(1);
    let files: Vec<_> = person
        .world
        .pod_files("default", "mypod")
        .into_iter()
        .filter(|file| !file.is_dir)
        .map(|file| (file.path, file.survival))
        .collect();
    let kept = Survival::Claim { claim: "myclaim".to_owned() };
    assert_eq!(
        files,
        [("/hi-jioni".to_owned(), Survival::ContainerLayer), ("/var/www/html/hi-jioni".to_owned(), kept.clone())]
    );
    person.types("exit");
    person.types("kubectl delete pod mypod");
    person.wait(1);
    let timeline = person.world.timeline();
    let life = |kind, name: &str| timeline.lives.iter().find(|life| life.kind == kind && life.name == name);
    let pod = life(LifeKind::Pod, "mypod").expect("the Pod's life");
    assert!(pod.ip.is_some() && pod.until.is_some());
    let lost = life(LifeKind::File, "mypod:/hi-jioni").expect("the file's life");
    assert!(lost.until.is_some(), "it ended with its container");
    let file = life(LifeKind::File, "mypod:/var/www/html/hi-jioni").expect("the file's life");
    assert_eq!((file.until, &file.survival), (None, &Some(kept)));
    assert!(life(LifeKind::Claim, "myclaim").is_some_and(|life| life.until.is_none()));
    let in_the_claim = |person: &Person| -> Vec<String> {
        person.world.claim_files("default", "myclaim").into_iter().map(|file| file.path).collect()
    };
    assert_eq!(in_the_claim(&person), ["/hi-jioni"], "while no Pod uses it");
    let deleted = |mark: &playground::Mark| mark.kind == MarkKind::Deleted && mark.object == "pod/mypod";
    assert!(timeline.marks.iter().any(deleted), "{:?}", timeline.marks);
    // A Pod of the same name has the one and not the other.
    person.types("kubectl apply -f pod-pvc.yaml");
    person.wait(4);
    let files: Vec<_> =
        person.world.pod_files("default", "mypod").into_iter().filter(|f| !f.is_dir).map(|f| f.path).collect();
    assert_eq!(files, ["/var/www/html/hi-jioni"]);
    person.types("kubectl delete pod mypod");
    person.types("kubectl delete pvc myclaim");
    person.wait(2);
    assert_eq!(in_the_claim(&person), [""; 0], "gone with the claim");
    let timeline = person.world.timeline();
    assert!(timeline.lives.iter().all(|life| life.until.is_some()), "{:?}", timeline.lives);
}

#[test]
fn a_replaced_pod_has_another_address_and_the_service_keeps_its_own() {
    let mut person = Person::new();
    person.types("kubectl apply -f deployment.yaml -f service.yaml");
    person.wait(4);
    let before = person.world.timeline();
    person.types("kubectl delete $(kubectl get pod -o name | head -1)");
    person.wait(4);
    let after = person.world.timeline();
    let pods =
        |t: &playground::Timeline| t.lives.iter().filter(|l| l.kind == LifeKind::Pod).cloned().collect::<Vec<_>>();
    assert_eq!((pods(&before).len(), pods(&after).len()), (3, 4));
    let new = pods(&after).pop().expect("four lives");
    assert!(pods(&after).iter().all(|life| life.owner.as_deref() == Some("Deployment/nginx-deployment")));
    assert!(new.ip.is_some() && pods(&before).iter().all(|old| old.ip != new.ip));
    let service = |t: &playground::Timeline| t.lives.iter().find(|l| l.kind == LifeKind::Service).cloned();
    assert_eq!(service(&before), service(&after));
    assert!(service(&after).is_some_and(|life| life.until.is_none() && life.port.is_some()));
}

#[test]
fn the_editor_and_the_terminal_share_the_home_folder() {
    let mut person = Person::new();
    let revision = person.world.files_revision();
    person.world.save_file("new/pod.yaml", b"kind: Pod\n");
    assert_ne!(person.world.files_revision(), revision);
    let (screen, _) = person.types("cat new/pod.yaml; echo x > made.txt");
    assert!(screen.contains("kind: Pod"), "{screen}");
    assert_eq!(person.world.read_file("made.txt").as_deref(), Some(&b"x\n"[..]));
    assert!(person.world.files().contains(&"new/pod.yaml".to_owned()));
    let (_, notes) = person.types("vi made.txt");
    assert_eq!(notes, [Note::Edit { path: "made.txt".to_owned(), awaited: false }]);
    person.world.save_file("../outside", b"x");
    person.world.save_file("", b"x");
    person.world.save_file("made.txt/below", b"x");
    assert_eq!(person.world.read_file("../outside"), None);
}

#[test]
fn kubectl_edit_opens_the_editor_and_waits_for_return() {
    let mut person = Person::new();
    person.types("kubectl apply -f deployment.yaml");
    let edit = |person: &mut Person| {
        person.world.input(person.terminal, b"kubectl edit deploy/nginx-deployment\r");
        person.wait(2);
        let (_, notes) = person.seen();
        let [Note::Edit { path, awaited: true }] = notes.as_slice() else { panic!("{notes:?}") };
        let text = String::from_utf8(person.world.read_file(path).expect("the file")).expect("text");
        assert!(text.contains("# Please edit the object below.") && text.contains("\n  replicas: 3\n"), "{text}");
        person.world.save_file(path, text.replace("\n  replicas: 3\n", "\n  replicas: 5\n").as_bytes());
        path.clone()
    };
    // Ctrl-C leaves everything as it was.
    let path = edit(&mut person);
    person.world.input(person.terminal, b"\x03");
    person.run();
    let (screen, _) = person.seen();
    assert!(screen.contains("Edit cancelled, no changes made."), "{screen}");
    assert_eq!(person.world.read_file(&path), None);
    // Return applies what was saved.
    let path = edit(&mut person);
    person.world.input(person.terminal, b"\r");
    person.run();
    let (screen, _) = person.seen();
    assert!(screen.contains("deployment.apps/nginx-deployment edited"), "{screen}");
    assert_eq!(person.world.read_file(&path), None);
    assert_eq!(person.world.objects("deployments.apps", Some("default"))[0]["spec"]["replicas"], 5);
    // And lived again, it is the same.
    let again = Playground::replay(&person.world.session());
    assert_eq!(again.objects("deployments.apps", None), person.world.objects("deployments.apps", None));
}

#[test]
fn one_step_is_one_components_one_decision() {
    let mut person = Person::new();
    person.world.input(person.terminal, b"kubectl apply -f deployment.yaml\r");
    let mut components = Vec::new();
    for _ in 0..40 {
        if let Some(step) = person.world.step_one() {
            assert!(!step.summary.is_empty(), "{step:?}");
            components.push(step.component);
        }
    }
    for component in ["deployment-controller", "replicaset-controller", "default-scheduler", "kubelet"] {
        assert!(components.iter().any(|name| name == component), "{component} is not among {components:?}");
    }
}

#[test]
fn tab_completes_what_kubectl_knows() {
    let mut person = Person::new();
    person.types("kubectl apply -f pvc.yaml");
    person.world.input(person.terminal, b"kubectl get pvc mycl\t");
    let (screen, _) = person.seen();
    assert!(screen.contains("kubectl get pvc myclaim"), "{screen}");
    person.world.input(person.terminal, b"\x15k desc\t");
    let (screen, _) = person.seen();
    assert!(screen.contains("describe"), "{screen}");
}

#[test]
fn a_loop_without_end_leaves_the_host_in_charge() {
    let mut person = Person::new();
    person.world.input(person.terminal, b"while true; do :; done\r");
    let until = person.world.now() + Duration::from_secs(3600);
    let advance = person.world.advance(until, 5_000);
    assert!(advance.out_of_fuel && advance.busy && advance.now < until);
    person.world.input(person.terminal, b"\x03");
    person.run();
    assert!(!person.world.is_busy(person.terminal));
    let (screen, _) = person.types("echo $?");
    assert!(screen.contains("130"), "{screen}");
}

#[test]
fn a_pod_run_with_a_terminal_is_typed_into_and_left() {
    let mut person = Person::new();
    person.world.input(person.terminal, b"kubectl run -it --rm tmp --image=busybox --restart=Never -- sh\r");
    person.wait(6);
    let (screen, _) = person.seen();
    assert!(screen.contains("try pressing enter.\r\n"), "{screen:?}");
    assert!(screen.ends_with("/ # "), "{screen:?}");
    person.world.input(person.terminal, b"hostname\r");
    person.wait(1);
    assert_eq!(person.seen().0, "hostname\r\ntmp\r\n/ # ");
    // Ctrl-C is for what runs in the container.
    person.world.input(person.terminal, b"sleep 100\r");
    person.wait(1);
    person.world.input(person.terminal, b"\x03");
    person.wait(1);
    let (screen, _) = person.seen();
    assert!(screen.ends_with("^C\r\n/ # "), "{screen:?}");
    person.world.input(person.terminal, b"\x04");
    person.wait(3);
    let (screen, _) = person.seen();
    assert!(screen.contains("pod \"tmp\" deleted from default namespace\r\n"), "{screen:?}");
    assert!(screen.contains("$ "), "{screen:?}");
    // The outer shell's line editor is back.
    let (screen, _) = person.types("echo back");
    assert!(screen.contains("\r\nback\r\n"), "{screen:?}");
}

#[test]
fn a_forwarded_port_is_there_until_ctrl_c() {
    let mut person = Person::new();
    person.types("kubectl create deployment web --image=nginx");
    person.wait(5);
    person.world.input(person.terminal, b"kubectl port-forward deploy/web 8080:80\r");
    person.wait(1);
    let (screen, _) = person.seen();
    assert!(
        screen.ends_with("Forwarding from 127.0.0.1:8080 -> 80\r\nForwarding from [::1]:8080 -> 80\r\n"),
        "{screen:?}"
    );
    // From another tab.
    let first = person.terminal;
    person.terminal = person.world.open_terminal(100, 30);
    person.wait(1);
    person.seen();
    person.world.input(person.terminal, b"curl -s localhost:8080 | head -1\r");
    person.wait(1);
    let (screen, _) = person.seen();
    assert!(screen.contains("<!DOCTYPE html>\r\n"), "{screen:?}");
    person.terminal = first;
    assert_eq!(person.seen().0, "Handling connection for 8080\r\n");
    person.world.input(person.terminal, b"\x03");
    person.wait(1);
    let (screen, _) = person.types("echo $?; curl -s localhost:8080 || echo closed");
    assert!(screen.contains("\r\n0\r\nclosed\r\n"), "{screen:?}");
}
