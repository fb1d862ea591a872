//! The same seed and the same inputs give the same bytes; a checkpoint is as good as the world it was taken of.

use playground::{Output, Playground, Session, TerminalId};
use sim::{Duration, Rng};
use tests::world;

const LINES: &[&str] = &[
    "kubectl apply -f deployment.yaml",
    "kubectl apply -f service.yaml",
    "kubectl apply -f pvc.yaml -f pod-pvc.yaml",
    "kubectl get pod -o wide",
    "kubectl get all -A",
    "kubectl get events",
    "kubectl delete $(kubectl get pod -o name | head -1)",
    "kubectl delete pod mypod --wait=false",
    "kubectl delete -f deployment.yaml",
    "kubectl describe pod",
    "kubectl exec mypod -- touch /var/www/html/a /b",
    "kubectl exec -it mypod -- bash",
    "minikube ssh",
    "ls -la",
    "exit",
    "curl -s -m 2 $(minikube ip):$(kubectl get svc my-nginx -o jsonpath={.spec.ports[0].nodePort})",
    "curl 172.17.0.4",
    "ping -c 2 172.17.0.4",
    "ping 192.168.49.2",
    "while true; do :; done",
    "for i in 1 2 3; do echo $RANDOM > f$i; done; cat f?",
    "sleep 5",
    "cat bad/indent.yaml | kubectl apply -f -",
    "kubectl get pod -w",
    "kubectl logs -f deploy/nginx-deployment",
];

struct Run {
    world: Playground,
    terminals: Vec<TerminalId>,
    bytes: Vec<Vec<u8>>,
}

impl Run {
    fn collect(&mut self) {
        for (terminal, bytes) in self.terminals.iter().zip(&mut self.bytes) {
            for output in self.world.output(*terminal) {
                match output {
                    Output::Bytes(more) => bytes.extend(more),
                    Output::Restart => bytes.clear(),
                    Output::Note(note) => bytes.extend(format!("\n[{note:?}]\n").into_bytes()),
                }
            }
        }
    }
}

/// A person at one or two terminals, who types, waits, interrupts and saves files as chance will have it.
fn random_session(seed: u64) -> Run {
    let mut rng = Rng::new(seed);
    let mut run = Run { world: world(seed), terminals: Vec::new(), bytes: Vec::new() };
    for _ in 0..1 + rng.below(2) {
        let terminal = run.world.open_terminal(80 + rng.below(60) as u16, 24);
        run.terminals.push(terminal);
        run.bytes.push(Vec::new());
    }
    for _ in 0..14 {
        let terminal = run.terminals[rng.below(run.terminals.len() as u64) as usize];
        match rng.below(10) {
            0 => run.world.save_file("new.txt", rng.hex(8).as_bytes()),
            1 => run.world.input(terminal, b"\x03"),
            2 => run.world.input(terminal, b"kubectl get po\t\x15"),
            _ => {
                let line = LINES[rng.below(LINES.len() as u64) as usize];
                run.world.input(terminal, line.as_bytes());
                run.world.input(terminal, b"\r");
            }
        }
        // The host's frames: some short of steps, some long.
        for _ in 0..rng.below(6) {
            let until = run.world.now() + Duration::from_millis(rng.below(1500));
            run.world.advance(until, 20 + rng.below(4000));
            run.collect();
        }
    }
    run.collect();
    run
}

fn state(world: &Playground) -> (u64, Vec<String>, String, Vec<String>) {
    let objects = ["pods", "services", "events", "persistentvolumes"]
        .iter()
        .flat_map(|resource| world.objects(resource, None))
        .map(|object| object.to_string())
        .collect();
    (world.revision(), objects, format!("{:?}", world.timeline()), world.files())
}

#[test]
fn a_replayed_session_is_equal_byte_for_byte() {
    for seed in 1..=10 {
        let mut first = random_session(seed);
        let session = first.world.session();
        let text = session.to_json().to_string();
        let read = Session::from_json(&serde_json::from_str(&text).unwrap()).unwrap();
        assert_eq!(read, session);
        let mut second =
            Run { world: Playground::replay(&read), terminals: first.terminals.clone(), bytes: Vec::new() };
        second.bytes = vec![Vec::new(); second.terminals.len()];
        second.collect();
        assert_eq!(second.world.now(), first.world.now(), "seed {seed}");
        for (a, b) in first.bytes.iter().zip(&second.bytes) {
            assert_eq!(String::from_utf8_lossy(a), String::from_utf8_lossy(b), "seed {seed}");
        }
        assert_eq!(state(&first.world), state(&second.world), "seed {seed}");
        // And they go on alike.
        for world in [&mut first.world, &mut second.world] {
            let until = world.now() + Duration::from_secs(20);
            world.advance(until, 3_000); // a loop without end may be running
        }
        assert_eq!(state(&first.world), state(&second.world), "seed {seed}, later");
    }
}

/// Types a line and waits for the prompt.
fn line(world: &mut Playground, terminal: TerminalId, text: &str) -> String {
    world.input(terminal, format!("{text}\r").as_bytes());
    for _ in 0..600 {
        let until = world.now() + Duration::from_secs(1);
        world.advance_for_commands(until, u64::MAX);
        if !world.is_busy(terminal) {
            break;
        }
    }
    screen(world, terminal)
}

fn screen(world: &mut Playground, terminal: TerminalId) -> String {
    let mut bytes = Vec::new();
    for output in world.output(terminal) {
        match output {
            Output::Bytes(more) => bytes.extend(more),
            Output::Restart => bytes.clear(),
            Output::Note(_) => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn a_fork_goes_on_as_the_world_it_was_taken_of() {
    let mut world = world(3);
    let terminal = world.open_terminal(80, 24);
    line(&mut world, terminal, "kubectl apply -f deployment.yaml; cd /tmp; x=5");
    let until = world.now() + Duration::from_secs(5);
    world.advance(until, u64::MAX);
    let mut fork = world.fork().expect("no command runs");
    let mut elsewhere = world.fork().expect("no command runs");
    line(&mut elsewhere, terminal, "kubectl delete deployment nginx-deployment; cd /; x=6");
    let mut both = Vec::new();
    for world in [&mut world, &mut fork] {
        let mut seen = line(world, terminal, "echo $x $PWD; kubectl delete pod --all; kubectl get pod -o wide");
        seen = seen.rsplit("echo $x").next().unwrap_or_default().to_owned();
        assert!(seen.contains("5 /tmp"), "{seen}");
        both.push((seen, state(world)));
    }
    assert_eq!(both[0], both[1]);
    assert_ne!(state(&elsewhere).1, both[0].1.1);
}

#[test]
fn undo_redo_and_seek_live_the_same_again() {
    let mut world = world(4);
    let terminal = world.open_terminal(80, 24);
    line(&mut world, terminal, "kubectl apply -f deployment.yaml");
    let until = world.now() + Duration::from_secs(4);
    world.advance(until, u64::MAX);
    let before = state(&world);
    let middle = world.now();
    line(&mut world, terminal, "kubectl delete deployment nginx-deployment");
    let until = world.now() + Duration::from_secs(4);
    world.advance(until, u64::MAX);
    let after = state(&world);
    let end = world.now();
    assert!(world.can_undo() && !world.can_redo());
    world.undo();
    assert_eq!(state(&world), before);
    assert!(!screen(&mut world, terminal).contains("delete deployment"));
    assert!(world.can_redo());
    world.redo();
    assert_eq!((world.now(), state(&world)), (end, after.clone()));
    assert!(screen(&mut world, terminal).contains("delete deployment"));
    world.seek(middle);
    assert_eq!(state(&world), before);
    world.seek(end);
    assert_eq!(state(&world), after);
    world.reset();
    assert!(world.objects("pods", Some("default")).is_empty());
    world.redo();
    assert_eq!(state(&world), after);
    // Twice back to moments after the last command: the end is not forgotten.
    for back in [2, 3] {
        world.seek(sim::Time::from_unix_micros(end.unix_micros() - back * 1_000_000));
        assert!(world.can_redo());
        assert_eq!(world.furthest(), end);
    }
    world.redo();
    assert_eq!((world.now(), state(&world)), (end, after.clone()));
    assert!(!world.can_redo());
    world.seek(middle);
    // Something new makes another future.
    world.undo();
    line(&mut world, terminal, "kubectl scale deployment nginx-deployment --replicas=1 || true");
    assert!(!world.can_redo());
}

#[test]
fn a_world_with_a_thousand_pods_and_an_open_bash_is_cloned() {
    let mut world = world(5);
    let terminal = world.open_terminal(80, 24);
    line(&mut world, terminal, "sed 's/replicas: 3/replicas: 1000/' deployment.yaml | kubectl apply -f -");
    let until = world.now() + Duration::from_secs(60);
    world.advance(until, u64::MAX);
    let pods = world.objects("pods", Some("default"));
    assert_eq!(pods.len(), 1000);
    let running = pods.iter().filter(|pod| pod["status"]["phase"] == "Running").count();
    assert!((90..=110).contains(&running), "{running} run");
    line(&mut world, terminal, "y=7");
    let mut fork = world.fork().expect("no command runs");
    assert!(line(&mut fork, terminal, "echo $y; kubectl get pod --no-headers | wc -l").contains("7\r\n1000\r\n"));
    assert_eq!(world.objects("pods", Some("default")).len(), 1000);
}
