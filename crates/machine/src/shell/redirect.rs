//! Redirections.

use std::cell::Cell;
use std::collections::BTreeMap;

use brush_parser::ast::{IoFileRedirectKind as Kind, IoFileRedirectTarget as Target, IoRedirect};

use super::{Flow, Shell};
use crate::fd::{OpenFile, Stream};
use crate::files::{READ, join, permits};
use crate::{Content, Errno, Fd};

impl Shell {
    /// Redirects the shell's own files and gives what they were; `None`, having said why, if a file cannot be opened.
    pub(crate) async fn redirect(&mut self, redirects: &[IoRedirect]) -> Result<Option<BTreeMap<u32, Fd>>, Flow> {
        let saved = self.process.fds.clone();
        for redirect in redirects {
            match self.redirect_one(redirect).await {
                Ok(Ok(())) => {}
                Ok(Err((name, error))) => {
                    self.process.fds = saved;
                    self.complain(&match self.state.flavour {
                        super::Flavour::Bash => format!("{name}: {error}"),
                        _ => {
                            let verb =
                                if matches!(redirect, IoRedirect::File(_, Kind::Read, _)) { "open" } else { "create" };
                            let why = match error.as_str() {
                                "No such file or directory" if verb == "open" => "No such file",
                                "No such file or directory" => "Directory nonexistent",
                                other => other,
                            };
                            if self.state.flavour == super::Flavour::Dash {
                                format!("cannot {verb} {name}: {why}")
                            } else {
                                format!(
                                    "can't {verb} {name}: {}",
                                    if why.starts_with('D') { "nonexistent directory" } else { &error }
                                )
                            }
                        }
                    })
                    .await;
                    return Ok(None);
                }
                Err(flow) => {
                    self.process.fds = saved;
                    return Err(flow);
                }
            }
        }
        Ok(Some(saved))
    }

    async fn redirect_one(&mut self, redirect: &IoRedirect) -> Result<Result<(), (String, String)>, Flow> {
        match redirect {
            IoRedirect::File(number, kind, target) => {
                let number = number.and_then(|n| u32::try_from(n).ok());
                let word = match target {
                    Target::Fd(fd) => fd.to_string(),
                    Target::Filename(word) | Target::Duplicate(word) => {
                        let fields = self.expand_word(word).await?;
                        match fields.as_slice() {
                            [one] => one.clone(),
                            _ => return Ok(Err((word.value.clone(), "ambiguous redirect".into()))),
                        }
                    }
                    Target::ProcessSubstitution(_, subshell) => {
                        let output = self.output_of(&subshell.list.to_string()).await?;
                        self.process.fds.insert(number.unwrap_or(0), Fd::bytes(output));
                        return Ok(Ok(()));
                    }
                };
                let default = match kind {
                    Kind::Read | Kind::ReadAndWrite | Kind::DuplicateInput => 0,
                    _ => 1,
                };
                let given = number.is_some();
                let number = number.unwrap_or(default);
                let duplicates = matches!(kind, Kind::DuplicateInput | Kind::DuplicateOutput);
                if !duplicates && let Some(opening) = self.open_network_file(&word, number) {
                    return Ok(opening.await);
                }
                Ok(self.redirect_to(kind, word, number, given))
            }
            IoRedirect::HereDocument(number, document) => {
                let mut text = document.doc.value.clone();
                if document.remove_tabs {
                    let kept: Vec<&str> = text.split('\n').map(|line| line.trim_start_matches('\t')).collect();
                    text = kept.join("\n");
                }
                if document.requires_expansion {
                    text = self.expand_heredoc(&text).await?;
                }
                self.process.fds.insert(number.unwrap_or(0) as u32, Fd::bytes(text.into_bytes()));
                Ok(Ok(()))
            }
            IoRedirect::HereString(number, word) => {
                let text = self.expand_to_string(&word.value).await? + "\n";
                self.process.fds.insert(number.unwrap_or(0) as u32, Fd::bytes(text.into_bytes()));
                Ok(Ok(()))
            }
            IoRedirect::OutputAndError(word, append) => {
                let fields = self.expand_word(word).await?;
                match fields.as_slice() {
                    [one] => Ok(self.open_both(one, *append)),
                    _ => Ok(Err((word.value.clone(), "ambiguous redirect".into()))),
                }
            }
        }
    }

    /// Redirects one of the shell's files to a file, or to what another of its numbers is. `given`: the number was written. Not in
    /// [`Shell::redirect_one`], because a shell within a shell holds many frames of that on the stack.
    #[inline(never)]
    fn redirect_to(&mut self, kind: &Kind, word: String, number: u32, given: bool) -> Result<(), (String, String)> {
        if matches!(kind, Kind::DuplicateInput | Kind::DuplicateOutput) {
            if word == "-" {
                self.process.fds.remove(&number);
                return Ok(());
            }
            let Ok(source) = word.trim_end_matches('-').parse::<u32>() else {
                if matches!(kind, Kind::DuplicateOutput) && !given {
                    return self.open_both(&word, false);
                }
                return Err((word, "ambiguous redirect".into()));
            };
            return match self.process.fds.get(&source).cloned() {
                Some(fd) => {
                    self.process.fds.insert(number, fd);
                    Ok(())
                }
                None => Err((word, Errno::EBADF.to_string())),
            };
        }
        let opened = match kind {
            Kind::Read => self.open(&word, true, false, false),
            Kind::Append => self.open(&word, false, true, false),
            Kind::ReadAndWrite => self.open(&word, true, true, false),
            Kind::Write if self.state.options.noclobber && self.is_regular(&word) => {
                return Err((word, "cannot overwrite existing file".into()));
            }
            _ => self.open(&word, false, false, true),
        };
        match opened {
            Ok(fd) => {
                self.process.fds.insert(number, fd);
                Ok(())
            }
            Err(error) => Err((word, error.to_string())),
        }
    }

    fn open_both(&mut self, word: &str, append: bool) -> Result<(), (String, String)> {
        let fd = self.open(word, false, append, !append).map_err(|error| (word.to_owned(), error.to_string()))?;
        self.process.fds.insert(1, fd.clone());
        self.process.fds.insert(2, fd);
        Ok(())
    }

    fn is_regular(&self, path: &str) -> bool {
        self.process.metadata(path).is_ok_and(|metadata| metadata.is_file())
    }

    /// Opens a file: to read, or to write (`append`, or emptied by `truncate`), or both.
    fn open(&self, path: &str, read: bool, append: bool, truncate: bool) -> Result<Fd, Errno> {
        let process = &self.process;
        if path.is_empty() {
            return Err(Errno::ENOENT);
        }
        let absolute = join(&process.cwd, path);
        let same = |number: u32| process.fds.get(&number).cloned().ok_or(Errno::ENOENT);
        match absolute.as_str() {
            "/dev/stdin" => return same(0),
            "/dev/stdout" => return same(1),
            "/dev/stderr" => return same(2),
            _ => {}
        }
        if let Some(number) = absolute.strip_prefix("/dev/fd/").and_then(|text| text.parse().ok()) {
            return same(number);
        }
        let (write, now, umask) = (!read || append, process.now(), self.state.umask);
        process.kernel.with(|state| {
            let place = if write {
                state.open_write(process.machine, &process.user, &absolute, truncate, umask, now)?
            } else {
                let place = state.walk(process.machine, &process.user, &absolute, true)?;
                let inode = state.inode(&place).ok_or(Errno::ENOENT)?;
                if !permits(&process.user, inode.mode, inode.uid, inode.gid, READ) {
                    return Err(Errno::EACCES);
                }
                place
            };
            let inode = state.inode(&place).ok_or(Errno::ENOENT)?;
            Ok(match &inode.content {
                Content::Device(device) => process.kernel.open_device((*device, (place.disk, inode.number)), write),
                _ => {
                    let (number, offset) = (inode.number, Cell::new(0));
                    Fd::new(Stream::File(OpenFile { place, number, offset, append: append && !read, read, write }))
                }
            })
        })
    }
}
