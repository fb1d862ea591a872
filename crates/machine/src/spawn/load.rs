//! Which program some words start: execve(2) and execvp(3).

use std::collections::BTreeMap;
use std::rc::Rc;

use super::SpawnError;
use crate::files::{EXECUTE, join, permits};
use crate::program::{CommandFn, DaemonFn, Program};
use crate::{Content, Errno, Kernel, MachineId, User};

pub(crate) struct Loaded {
    pub argv: Vec<String>,
    pub command: Option<CommandFn>,
    pub daemon: Option<DaemonFn>,
    /// The daemon is preferred wherever it is started.
    pub anywhere: bool,
}

impl Kernel {
    /// Where the program `name` is for this user, as execvp(3) looks for it.
    pub(crate) fn find_program(
        &self,
        machine: MachineId,
        user: &User,
        path: &str,
        cwd: &str,
        name: &str,
    ) -> Result<String, SpawnError> {
        let look = |file: &str| -> Result<(), Option<Errno>> {
            self.with(|state| {
                let place = state.walk(machine, user, file, true).map_err(Some)?;
                let inode = state.inode(&place).ok_or(None)?;
                if inode.is_dir() {
                    return Err(Some(Errno::EISDIR));
                }
                if !permits(user, inode.mode, inode.uid, inode.gid, EXECUTE) {
                    return Err(Some(Errno::EACCES));
                }
                Ok(())
            })
        };
        if name.contains('/') {
            return match look(&join(cwd, name)) {
                Ok(()) => Ok(join(cwd, name)),
                Err(None | Some(Errno::ENOENT)) => Err(SpawnError::NotFound(name.to_owned())),
                Err(Some(error)) => Err(SpawnError::NotExecutable(name.to_owned(), error)),
            };
        }
        let mut denied = None;
        for dir in path.split(':') {
            let file = join(cwd, &format!("{}/{name}", if dir.is_empty() { "." } else { dir.trim_end_matches('/') }));
            match look(&file) {
                Ok(()) if !name.is_empty() => return Ok(file),
                Err(Some(Errno::EACCES)) => denied = Some(file),
                _ => {}
            }
        }
        match denied {
            Some(file) => Err(SpawnError::NotExecutable(file, Errno::EACCES)),
            None => Err(SpawnError::NotFound(name.to_owned())),
        }
    }

    /// Finds what `argv` runs: an executable file of the program table, a script's interpreter, or `sh` for plain text.
    pub(crate) fn load(
        &self,
        machine: MachineId,
        user: &User,
        env: &BTreeMap<String, String>,
        cwd: &str,
        argv: &[String],
    ) -> Result<Loaded, SpawnError> {
        const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        let mut argv = argv.to_vec();
        if too_long(&argv, env) {
            return Err(SpawnError::NotExecutable(argv[0].clone(), Errno::E2BIG));
        }
        for _ in 0..4 {
            let name = argv.first().cloned().unwrap_or_default();
            let path = env.get("PATH").map_or(PATH, String::as_str);
            let file = self.find_program(machine, user, path, cwd, &name)?;
            let bytes = self
                .with(|state| {
                    let place = state.walk(machine, user, &file, true)?;
                    match &state.inode(&place).ok_or(Errno::ENOENT)?.content {
                        Content::File(bytes) => Ok(bytes.clone()),
                        Content::Long(file) => Ok(Rc::new(file.read(0, crate::MEMORY_LIMIT))),
                        _ => Err(Errno::EACCES),
                    }
                })
                .map_err(|error| SpawnError::NotExecutable(name.clone(), error))?;
            if let Some(program) = crate::disk::executable_program(&bytes) {
                let program = self.0.programs.borrow().get(program).cloned();
                let program = program.ok_or_else(|| SpawnError::NotExecutable(name.clone(), Errno::ENOEXEC))?;
                let Program { command, daemon, anywhere, .. } = program;
                return Ok(Loaded { argv, command, daemon, anywhere });
            }
            let text = String::from_utf8_lossy(&bytes[..bytes.len().min(256)]).into_owned();
            if bytes.contains(&0) {
                return Err(SpawnError::NotExecutable(name, Errno::ENOEXEC));
            }
            let mut with = match text.strip_prefix("#!") {
                Some(line) => {
                    let line = line.lines().next().unwrap_or_default().trim();
                    match line.split_once([' ', '\t']) {
                        Some((interpreter, word)) => vec![interpreter.to_owned(), word.trim().to_owned()],
                        None => vec![line.to_owned()],
                    }
                }
                None => vec!["/bin/sh".to_owned()],
            };
            with.push(file);
            with.extend(argv.drain(1..));
            argv = with;
        }
        Err(SpawnError::NotExecutable(argv.first().cloned().unwrap_or_default(), Errno::ELOOP))
    }

    /// Whether bash on a machine has a builtin, a keyword or a program of this name that does something. A program that is there
    /// only to say that it is not simulated does not count.
    pub fn has_command(&self, machine: MachineId, name: &str) -> bool {
        const KEYWORDS: &[&str] = &[
            "case", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in", "select", "then",
            "time", "until", "while",
        ];
        if KEYWORDS.contains(&name) || crate::shell::builtin_names().contains(&name) {
            return true;
        }
        let Some(process) = self.outsider(machine, None) else { return false };
        let path = process.env("PATH").unwrap_or_default();
        let Ok(file) = self.find_program(machine, &process.user(), &path, "/", name) else { return false };
        let bytes = self.with(|state| state.read_file(machine, &process.user(), &file));
        bytes.is_ok_and(|bytes| crate::disk::executable_program(&bytes) != Some("not-simulated"))
    }
}

/// Whether execve(2) refuses words and an environment: a string of more than 128 KiB, more than 2 MiB in all.
fn too_long(argv: &[String], env: &BTreeMap<String, String>) -> bool {
    const STRING_LIMIT: usize = 128 * 1024;
    const TOTAL_LIMIT: usize = 2 * 1024 * 1024;
    let words = argv.iter().map(|word| word.len() + 1);
    let lengths = words.chain(env.iter().map(|(name, value)| name.len() + value.len() + 2));
    let (mut total, mut longest) = (0, 0);
    for length in lengths {
        total += length + size_of::<u64>();
        longest = longest.max(length);
    }
    !argv.is_empty() && (longest > STRING_LIMIT || total > TOTAL_LIMIT)
}
