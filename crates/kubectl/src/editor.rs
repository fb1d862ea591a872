//! Which editor `kubectl edit` opens.

use crate::Host;

/// The command that opens the person's editor on a file, and the editor as errors name it.
///
/// Follows k8s.io/kubectl/pkg/cmd/util/editor/editor.go.
pub fn editor(host: &dyn Host, path: &str) -> (Vec<String>, String) {
    let set = |name: &str| host.env(name).filter(|value| !value.is_empty());
    let editor = set("KUBE_EDITOR").or_else(|| set("EDITOR")).unwrap_or_else(|| "vi".to_owned());
    if editor.contains(' ') && editor.contains(['"', '\'', '\\']) {
        // Rather than parse the words, kubectl leaves that to the shell.
        let shell = set("SHELL").unwrap_or_else(|| "/bin/bash".to_owned());
        let shown = format!("{shell} -c {editor}");
        return (vec![shell, "-c".to_owned(), format!("{editor} {path:?}")], shown);
    }
    let mut argv: Vec<String> = editor.split(' ').map(str::to_owned).collect();
    argv.push(path.to_owned());
    (argv, editor)
}
