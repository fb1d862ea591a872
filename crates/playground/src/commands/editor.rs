//! The editor that `kubectl edit` opens.
//!
//! Follows k8s.io/kubectl/pkg/cmd/util/editor/editor.go. In the page there is no program that fills a terminal: `vi` and
//! `nano` are the page's own editor, and Return in the terminal says that the person is done.

use machine::{Process, Spawn, SpawnError};

/// What stands for the page's editor.
const OF_THE_PAGE: [&str; 3] = ["vi", "vim", "nano"];

/// Opens the editor on a file and waits until it is closed.
///
/// Errors: kubectl's words.
pub(super) async fn edit(process: &Process, host: &dyn ::kubectl::Host, path: &str) -> Result<(), String> {
    let (argv, shown) = ::kubectl::editor(host, path);
    let program = argv[0].rsplit('/').next().unwrap_or_default();
    if OF_THE_PAGE.contains(&program) && in_the_page(process, path).await {
        return Ok(());
    }
    let status = match process.spawn(Spawn::new(argv)) {
        Ok(child) => child.wait().await,
        Err(SpawnError::NotFound(_)) => return Err(format!("unable to launch the editor {shown:?}")),
        Err(error) => error.status(),
    };
    if status == 0 { Ok(()) } else { Err(format!("there was a problem with the editor {shown:?}")) }
}

/// Lets the person edit the file in the page, as a file of the home folder, until Return (or Ctrl-C, which leaves it as it
/// was) is typed. False where there is no page.
async fn in_the_page(process: &Process, path: &str) -> bool {
    let Ok(before) = process.read_file(path) else { return false };
    let here = format!("{}/{}", process.user().home, path.rsplit('/').next().unwrap_or(path));
    if !process.is_tty(0) || process.write_file(&here, &before).is_err() {
        return false;
    }
    let opened = process.open_editor(&here, true).is_some();
    if opened {
        process.catch_interrupt();
        let done = process.unless_interrupted(process.read_line(0)).await.flatten().is_some();
        if let Ok(after) = process.read_file(&here)
            && done
        {
            let _ = process.write_file(path, &after);
        }
    }
    let _ = process.remove_file(&here);
    opened
}
