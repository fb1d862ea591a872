//! Boots a world, applies a file, lets ten seconds pass, and prints the Pods: `cargo run -p playground --example pods`.

use playground::{Playground, Settings};
use sim::Duration;

const MANIFEST: &str = "
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: nginx
          image: nginx:1.27
";

fn main() {
    let files = vec![("web.yaml".to_owned(), MANIFEST.as_bytes().to_vec())];
    let mut playground = Playground::new(Settings { seed: 7, files, ..Settings::default() });
    playground.run_script("kubectl apply -f web.yaml", &mut |text| print!("{text}"));
    playground.advance(playground.now() + Duration::from_secs(10), u64::MAX);
    for pod in playground.objects("pods", Some("default")) {
        println!("{} {} {}", pod["metadata"]["name"], pod["status"]["phase"], pod["status"]["podIP"]);
    }
}
