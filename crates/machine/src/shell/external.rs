//! Programs that a shell runs, or becomes.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::state::Flavour;
use super::{Flow, Shell};
use crate::spawn::Group;
use crate::{Errno, Exit, Fd, Hint, Signal, Spawn, SpawnError};

/// Commands that exist only on the outside computer: typed elsewhere, the person forgot where they are.
const OUTSIDE_COMMANDS: [&str; 2] = ["kubectl", "minikube"];

/// What people install beside kubectl, and no computer here has: names, and what to use. A word that exists nowhere is only not found.
const ELSEWHERE: &[(&str, &str)] = &[
    ("kind k3d k3s microk8s k0s kops", "there is one cluster here, and it runs already"),
    ("kustomize", "'kubectl kustomize' and 'kubectl apply -k' do the same"),
    ("stern kail", "'kubectl logs -f -l app=NAME --prefix' shows the logs of several Pods"),
    (
        "kubectx kubens",
        "'kubectl config use-context' and 'kubectl config set-context --current --namespace=NAME' do the same",
    ),
    ("k9s lens octant", "the picture shows the cluster, and 'kubectl get pods -w' what changes"),
    ("podman nerdctl buildah skopeo", "the cluster's containers are on the node: 'minikube ssh', then 'docker ps'"),
    ("psql mysql redis-cli mongosh mongo", "run it in a Pod of its image, with 'kubectl exec -it'"),
    ("htop btop glances", "'ps aux' shows the processes"),
    ("tmux screen", "the page has several terminals"),
    ("emacs code", "vim and nano are here"),
    ("kubeadm kubelet", "the control plane is no program here: see it with 'kubectl -n kube-system get pods'"),
    ("etcdctl etcdutl", "what the cluster keeps is not in an etcd here: kubectl shows all of it"),
    ("pip3 brew snap dnf yum pacman", "there is no package archive here"),
    (
        "terraform ansible ansible-playbook vagrant skaffold tilt istioctl linkerd cilium calicoctl argocd flux velero eksctl gcloud aws \
         az oc rancher krew kubeseal kubeval conftest trivy strace nmap ftp ufw ruby php",
        "the playground has no such program",
    ),
];

impl Shell {
    /// Runs a program and waits for it.
    pub(crate) async fn run_external(
        &mut self,
        words: &[String],
        whole_line: bool,
        in_place: bool,
    ) -> Result<i32, Flow> {
        self.process.catch_up().await;
        let environ: Vec<(String, String)> = self.state.environ().into_iter().collect();
        if in_place {
            return self.exec(words, environ).await;
        }
        let group = if self.state.interactive && !self.state.in_subshell { Group::New } else { Group::Inherit };
        let spawn = Spawn { argv: words.to_vec(), env: Some(environ), group, ..Spawn::default() };
        let child = match self.process.spawn(spawn) {
            Ok(child) => child,
            Err(error) => return self.not_started(&error).await,
        };
        let live = self.process.kernel.0.live.borrow().get(&child.pid()).cloned();
        if let Some(live) = &live {
            live.may_hand_over.set(whole_line && self.state.interactive);
        }
        let exit = self.wait_for_one(child, group).await?;
        if let Some(live) = live
            && let Some(session) = live.handover.take()
        {
            self.handover = Some(session);
        }
        self.program_ended(exit).await
    }

    /// The status of a program that ended in the foreground.
    pub(super) async fn program_ended(&mut self, exit: Exit) -> Result<i32, Flow> {
        self.state.pipe_status = vec![exit.status()];
        match exit {
            Exit::Signal(Signal::Interrupt) => Err(Flow::Interrupt),
            exit => {
                if self.state.interactive && self.state.flavour == Flavour::Bash {
                    self.print_signal(exit).await;
                }
                self.print_death(exit).await;
                Ok(exit.status())
            }
        }
    }

    async fn print_signal(&self, exit: Exit) {
        if let Exit::Signal(signal @ (Signal::Kill | Signal::Terminate)) = exit {
            self.process.err(&format!("{}\n", signal.description())).await;
        }
    }

    /// What dash and busybox' shell say of a child that a signal ended.
    pub(super) async fn print_death(&self, exit: Exit) {
        if self.state.flavour != Flavour::Bash {
            self.print_signal(exit).await;
        }
    }

    /// Becomes another program: the shell's process goes on as it, and ends with it.
    pub(crate) async fn exec(&mut self, words: &[String], environ: Vec<(String, String)>) -> Result<i32, Flow> {
        let process = &self.process;
        let environ: BTreeMap<String, String> = sim::order::collect(environ);
        match process.kernel.load(process.machine, &process.user, &environ, &process.cwd, words) {
            Ok(loaded) if loaded.command.is_some() || self.becomes_data(&loaded) => {
                let becomes_data = self.becomes_data(&loaded);
                let argv: Rc<[String]> = loaded.argv.into();
                process.kernel.with(|state| {
                    if let Some(data) = state.processes.get_mut(&process.pid) {
                        data.argv = argv.clone();
                        data.catches_interrupt = false;
                        data.handles.clear();
                    }
                });
                let process = crate::Process { argv, env: Rc::new(environ), ..process.clone() };
                process.compute(sim::Duration::from_millis(1)).await;
                if let Some(daemon) = loaded.daemon.filter(|_| becomes_data) {
                    let kernel = &self.process.kernel;
                    let start = |daemon| kernel.start_daemon(&process, daemon).map(|()| true);
                    match daemon(&process).and_then(|daemon| daemon.map_or(Ok(false), start)) {
                        Ok(true) => return Err(Flow::Suspended),
                        Err((text, status)) if loaded.command.is_none() => {
                            process.err(&text).await;
                            return Err(Flow::Exit(status));
                        }
                        Ok(false) | Err(_) => {}
                    }
                }
                self.process.fds.clear();
                match loaded.command {
                    Some(command) => {
                        let status = crate::ExitStatus::code(command(process).await);
                        self.state.traps.clear();
                        let kernel = &self.process.kernel;
                        Err(if kernel.is_data(self.process.pid) { Flow::Suspended } else { Flow::Exit(status) })
                    }
                    None => Ok(0),
                }
            }
            Ok(_) => {
                let spawn =
                    Spawn { argv: words.to_vec(), env: Some(environ.into_iter().collect()), ..Spawn::default() };
                match self.process.spawn(spawn) {
                    Ok(child) => Err(Flow::Exit(child.wait().await)),
                    Err(error) => self.not_started(&error).await,
                }
            }
            Err(error) => self.not_started(&error).await,
        }
    }

    /// Whether a program that this process becomes is to live as data: one that always does, or a container's first process.
    fn becomes_data(&self, loaded: &crate::spawn::Loaded) -> bool {
        let process = &self.process;
        let is_init = || {
            process.kernel.with(|state| {
                state.machines.get(&process.machine).is_some_and(|machine| machine.init == Some(process.pid))
            })
        };
        self.unresumable == 0
            && loaded.daemon.is_some()
            && !process.fds.values().any(Fd::is_pipe)
            && (loaded.anywhere || is_init())
    }

    /// Says why a program could not be started; gives the status.
    pub(crate) async fn not_started(&mut self, error: &SpawnError) -> Result<i32, Flow> {
        let (bash, name) = (self.state.flavour == Flavour::Bash, self.state.prefix());
        let text = match error {
            SpawnError::NotFound(command) if command.contains('/') => match bash {
                true => format!("{command}: No such file or directory"),
                false => format!("{command}: not found"),
            },
            SpawnError::NotFound(command) if bash => format!("{command}: command not found"),
            SpawnError::NotFound(command) => format!("{command}: not found"),
            SpawnError::NotExecutable(command, Errno::ENOEXEC) if bash => {
                format!("{command}: cannot execute binary file: Exec format error")
            }
            SpawnError::NotExecutable(command, Errno::EISDIR) if !bash => format!("{command}: Permission denied"),
            SpawnError::NotExecutable(command, errno) => format!("{command}: {errno}"),
            other => other.to_string(),
        };
        self.process.err(&format!("{name}: {text}\n")).await;
        if let SpawnError::NotFound(command) = error
            && OUTSIDE_COMMANDS.contains(&command.as_str())
        {
            let hint = Hint::CommandNotInSession { command: command.clone(), hostname: self.process.hostname() };
            self.process.kernel.hint(self.process.tty(), hint);
        }
        if let SpawnError::NotFound(command) = error
            && self.process.image().is_empty()
            && let Some((_, why)) = ELSEWHERE.iter().find(|(names, _)| names.split(' ').any(|name| name == command))
        {
            self.process.err(&format!("({command}: not simulated: {why})\n")).await;
            self.process.hint_not_simulated(command);
        }
        Ok(error.status())
    }
}
