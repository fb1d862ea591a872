//! `file`: what a file is. file(1) 5.44.

use machine::FileType;

use super::prelude::*;

/// `file`: what a file is.
pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let operands: Vec<String> = p.args().iter().skip(1).filter(|arg| !arg.starts_with('-')).cloned().collect();
    for path in operands {
        let text = match p.symlink_metadata(&path) {
            Err(error) => format!("cannot open `{path}' ({error})"),
            Ok(metadata) => match metadata.file_type {
                FileType::Directory => "directory".to_owned(),
                FileType::Symlink => format!("symbolic link to {}", p.read_link(&path).unwrap_or_default()),
                FileType::Device => "character special".to_owned(),
                FileType::Socket => "socket".to_owned(),
                FileType::Fifo => "fifo (named pipe)".to_owned(),
                FileType::File => {
                    let data = p.read_file(&path).unwrap_or_default();
                    if data.is_empty() {
                        "empty"
                    } else if data.starts_with(b"\x7fELF") {
                        "ELF 64-bit LSB pie executable, x86-64"
                    } else if data.starts_with(b"#!") {
                        "POSIX shell script, ASCII text executable"
                    } else if data.is_ascii() && !data.contains(&0) {
                        "ASCII text"
                    } else if std::str::from_utf8(&data).is_ok() {
                        "Unicode text, UTF-8 text"
                    } else {
                        "data"
                    }
                    .to_owned()
                }
            },
        };
        p.out(&format!("{path}: {text}\n")).await;
    }
    Ok(())
}
