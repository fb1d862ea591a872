//! `vi`, `vim`, `nano`: the page's own editor opens on the file.

use super::prelude::*;

/// `vi`, `vim`, `nano`: the page's own editor opens on the file.
pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let name = name_of(&p);
    let Some(path) = p.args().iter().skip(1).find(|arg| !arg.starts_with('-') && !arg.starts_with('+')).cloned() else {
        p.err(&format!("{name}: name a file to edit, such as '{name} pod.yaml'\n")).await;
        return Err(ExitStatus(1));
    };
    if p.metadata(&path).is_ok_and(|metadata| metadata.is_dir()) {
        p.err(&format!("\"{path}\" is a directory\n")).await;
        return Err(ExitStatus(1));
    }
    match p.open_editor(&path, false) {
        Some(()) => Ok(()),
        None => {
            let text = format!(
                "{name}: there is no editor on this terminal; write the file with 'cat > {path} <<EOF', or change it with sed\n"
            );
            p.err(&text).await;
            Err(ExitStatus(1))
        }
    }
}
