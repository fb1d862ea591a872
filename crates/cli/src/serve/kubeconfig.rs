//! The kubeconfig that leads a client here.

use std::fs;

use super::Options;

/// The kubeconfig as text.
fn text(port: u16) -> String {
    let name = "kube-playground";
    format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: {name}\n  cluster:\n    server: http://127.0.0.1:{port}\n\
         contexts:\n- name: {name}\n  context:\n    cluster: {name}\n    user: {name}\n    namespace: default\n\
         users:\n- name: {name}\n  user: {{}}\ncurrent-context: {name}\n"
    )
}

/// Writes the kubeconfig where it is wanted, or prints it.
///
/// # Errors
/// When the file cannot be written.
pub fn announce(port: u16, options: &Options) -> Result<(), String> {
    eprintln!("A fresh cluster (seed {}, speed {}) listens on http://127.0.0.1:{port}.", options.seed, options.speed);
    match &options.kubeconfig {
        Some(file) => {
            fs::write(file, text(port)).map_err(|error| format!("{file}: {error}"))?;
            eprintln!("export KUBECONFIG={file}");
        }
        None => {
            eprintln!("This is the kubeconfig; --kubeconfig FILE writes it into a file.");
            print!("{}", text(port));
        }
    }
    Ok(())
}
