//! The node's folder of static Pods, `/etc/kubernetes/manifests`: its files are written when somebody first looks at the node's
//! disk, and from then on the kubelet hears of each change.

use std::rc::Rc;

use machine::{Content, Inode};
use serde_json::Value;

use super::volumes::split;
use super::{NodeRuntime, NodeState};
use crate::control::Shared;

impl NodeRuntime<'_> {
    /// Writes the files from which the control plane runs.
    pub(super) fn show_manifests(&mut self) {
        let (now, disk) = (self.now(), self.state.disk);
        self.kernel.with(|state| {
            let Some(disk) = state.disks.get_mut(&disk) else { return };
            for (name, pod) in cluster::manifests(&self.state.settings) {
                disk.add_file(&format!("{}/{name}", cluster::MANIFESTS), manifest::to_yaml(&pod), 0o600, now);
            }
            self.state.manifests = disk.get(&split(cluster::MANIFESTS)).cloned();
        });
    }

    /// The Pods that the folder's files describe; hidden files are none.
    pub(super) fn read_static_pods(&self) -> Vec<Value> {
        let mut pods = Vec::new();
        let folder = self.folder_of_manifests();
        let Some(Content::Directory(entries)) = folder.as_ref().map(|folder| &folder.content) else { return pods };
        for (name, file) in entries.iter() {
            if let Content::File(bytes) = &file.content
                && !name.starts_with('.')
                && let Ok(pod) = read(bytes)
            {
                pods.push(pod);
            }
        }
        pods
    }

    fn folder_of_manifests(&self) -> Option<Rc<Inode>> {
        let disk = self.state.disk;
        self.kernel.with(|state| state.disks.get(&disk)?.get(&split(cluster::MANIFESTS)).cloned())
    }
}

/// The Pod of a file; `Err` says why there is none, as the kubelet does.
fn read(bytes: &[u8]) -> Result<Value, String> {
    let parsed = manifest::parse(&String::from_utf8_lossy(bytes));
    let first = parsed.documents.into_iter().next().map(|document| document.value).unwrap_or_default();
    if let Some(error) = parsed.error {
        return Err(format!("couldn't parse as pod({}), please check config file", error.message));
    }
    let name = first["metadata"]["name"].as_str().unwrap_or_default();
    if first["kind"] != "Pod" || first["apiVersion"] != "v1" || name.is_empty() {
        return Err("invalid pod: the file describes no Pod of v1 with a name".to_owned());
    }
    Ok(first)
}

/// What the kubelet's journal says of the folder's files: the file's path, what is wrong with it.
pub(super) fn complaints(state: &NodeState, kernel: &machine::Kernel) -> Vec<(sim::Time, String, String)> {
    let mut complaints = Vec::new();
    kernel.with(|kernel| {
        let folder = kernel.disks.get(&state.disk).and_then(|disk| disk.get(&split(cluster::MANIFESTS)));
        let Some(Content::Directory(entries)) = folder.map(|folder| &folder.content) else { return };
        for (name, file) in entries.iter().filter(|(name, _)| !name.starts_with('.')) {
            if let Content::File(bytes) = &file.content
                && let Err(why) = read(bytes)
            {
                complaints.push((file.modified, format!("{}/{name}", cluster::MANIFESTS), why));
            }
        }
    });
    complaints
}

impl Shared {
    /// Tells the kubelet when the folder has changed since it was looked at last.
    pub fn notice_manifests(&self) {
        let mut node = self.node.borrow_mut();
        if !node.shows_files {
            return;
        }
        let current = NodeRuntime { kernel: &self.kernel, state: &mut node }.folder_of_manifests();
        let same = match (&current, &node.manifests) {
            (Some(current), Some(before)) => Rc::ptr_eq(current, before),
            (current, before) => current.is_none() && before.is_none(),
        };
        if same {
            return;
        }
        node.manifests = current;
        self.control.borrow_mut().cluster.manifests_changed(self.sim.now());
    }
}

#[cfg(test)]
mod tests {
    use crate::{Playground, Settings};

    fn play(world: &mut Playground, script: &str) -> String {
        let mut text = String::new();
        world.run_script(script, &mut |more| text.push_str(more));
        // What is echoed, and what is said of a status.
        let lines = text.lines().filter(|line| !["$ ", "? ", "ssh: "].iter().any(|head| line.starts_with(head)));
        lines.map(|line| format!("{line}\n")).collect()
    }

    fn world(files: &[(&str, &str)]) -> Playground {
        let files = files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
        Playground::new(Settings { files, ..Settings::default() })
    }

    const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {role: myrole}}\nspec:\n  containers: [{name: web, image: nginx}]\n";

    fn node(command: &str) -> String {
        format!("minikube ssh 'sudo sh -c \"{command}\"'")
    }

    #[test]
    fn a_file_in_the_folder_is_a_pod_and_its_mirror_cannot_end_it() {
        let mut world = world(&[("web.yaml", POD)]);
        let put = "minikube ssh 'sudo tee /etc/kubernetes/manifests/web.yaml > /dev/null' < web.yaml; sleep 20";
        let text = play(
            &mut world,
            &format!(
                "{put}; kubectl get pods --no-headers; kubectl get pod web-minikube -o jsonpath='{{.metadata.annotations}}{{.metadata.uid}}'"
            ),
        );
        assert!(text.starts_with("web-minikube   1/1   Running   0     "), "{text}");
        assert!(text.contains("\"kubernetes.io/config.source\":\"file\""), "{text}");
        let text = play(
            &mut world,
            "kubectl exec web-minikube -- touch /mark; kubectl delete pod web-minikube; sleep 3; kubectl get pods --no-headers; kubectl exec web-minikube -- ls /mark",
        );
        assert!(
            text.contains("pod \"web-minikube\" deleted from default namespace\nweb-minikube   1/1   Running   0"),
            "{text}"
        );
        assert!(text.ends_with("/mark\n"), "{text}");
        let change = node("sed -i s/myrole/other/ /etc/kubernetes/manifests/web.yaml");
        let text = play(
            &mut world,
            &format!(
                "{change}; sleep 40; kubectl get pods --show-labels --no-headers; kubectl exec web-minikube -- ls /mark"
            ),
        );
        assert!(text.contains("role=other"), "{text}");
        assert!(text.contains("No such file"), "{text}");
        let text =
            play(&mut world, &format!("{}; sleep 40; kubectl get pods", node("rm /etc/kubernetes/manifests/web.yaml")));
        assert_eq!(text, "No resources found in default namespace.\n");
    }

    #[test]
    fn what_a_moved_manifest_ran_stops_and_what_it_did_with_it() {
        let mut world = world(&[]);
        let away = |name: &str| node(&format!("mv /etc/kubernetes/manifests/{name}.yaml /tmp/"));
        let back = |name: &str| node(&format!("mv /tmp/{name}.yaml /etc/kubernetes/manifests/"));
        let text = play(
            &mut world,
            &format!(
                "{}; sleep 35; kubectl run a --image=nginx; sleep 20; kubectl get pods -A --no-headers | grep -e scheduler -e ' a '",
                away("kube-scheduler")
            ),
        );
        assert!(
            text.ends_with("created\ndefault       a                                  0/1   Pending   0     20s\n"),
            "{text}"
        );
        let text = play(&mut world, &format!("{}; sleep 20; kubectl get pods --no-headers", back("kube-scheduler")));
        assert!(text.starts_with("a     1/1   Running"), "{text}");
        let text = play(
            &mut world,
            &format!(
                "{}; sleep 35; kubectl create deployment d --image=nginx --replicas=2; sleep 10; kubectl get deploy,rs --no-headers",
                away("kube-controller-manager")
            ),
        );
        assert!(text.ends_with("deployment.apps/d   0/2   0     0     10s\n"), "{text}");
        let text = play(
            &mut world,
            &format!("{}; sleep 30; kubectl get deploy --no-headers", back("kube-controller-manager")),
        );
        assert!(text.starts_with("d     2/2   2     2"), "{text}");
        for part in ["kube-apiserver", "etcd"] {
            let text = play(&mut world, &format!("{}; sleep 35; kubectl get pods; minikube status", away(part)));
            let refused = "The connection to the server 192.168.49.2:8443 was refused - did you specify the right host or port?\n";
            assert!(text.contains(refused), "{part}: {text}");
            assert!(text.contains("apiserver: Stopped\n"), "{part}: {text}");
            let text = play(
                &mut world,
                &format!(
                    "{}; sleep 30; kubectl get deploy --no-headers; minikube ssh 'docker ps' | grep -c kube",
                    back(part)
                ),
            );
            assert!(text.starts_with("d     2/2   2     2"), "{part}: {text}");
        }
    }

    #[test]
    fn a_file_that_is_no_pod_is_named_in_the_journal() {
        let mut world = world(&[]);
        let put = node("echo kind: > /etc/kubernetes/manifests/bad.yaml");
        let text = play(
            &mut world,
            &format!(
                "{put}; sleep 5; minikube ssh 'sudo journalctl -u kubelet' | grep -c 'Could not process manifest file.*bad.yaml'; kubectl get pods -n kube-system --no-headers | wc -l"
            ),
        );
        assert_eq!(text, "1\n7\n");
    }

    #[test]
    fn on_the_computer_controlplane_the_node_is_at_hand() {
        let settings = Settings { computer: crate::Computer::ControlPlane, ..Settings::default() };
        let mut world = Playground::new(settings);
        let text = play(
            &mut world,
            "ls /etc/kubernetes/manifests; journalctl -u kubelet -q | grep -c minikube; journalctl -u kubelet | grep -o 'controlplane systemd.*Started' | head -1; systemctl is-active kubelet",
        );
        let files = "etcd.yaml\nkube-apiserver.yaml\nkube-controller-manager.yaml\nkube-scheduler.yaml\n0\n";
        assert!(text.starts_with(files), "{text}");
        assert!(text.ends_with("controlplane systemd[1]: Started\nactive\n"), "{text}");
        let text = play(
            &mut world,
            "mv /etc/kubernetes/manifests/kube-scheduler.yaml /tmp; sleep 35; kubectl get pods -n kube-system | grep -c scheduler; mv /tmp/kube-scheduler.yaml /etc/kubernetes/manifests; sleep 20; kubectl get pods -n kube-system --no-headers | grep scheduler",
        );
        assert!(text.starts_with("0\nkube-scheduler-controlplane                1/1   Running   0"), "{text}");
    }
}
