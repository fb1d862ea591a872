//! `find`: finds files by what they are. find(1) of GNU findutils 4.9.0.

mod expression;
mod print;

use machine::{FileType, Spawn};

use self::expression::{Parser, Primary};
use super::listing::{Names, blocks, mode_text};
use super::prelude::*;

/// A file that is looked at.
struct Found {
    path: String,
    name: String,
    depth: usize,
    metadata: Metadata,
}

struct Walk {
    p: Process,
    status: Result<(), ExitStatus>,
    prune: bool,
    quit: bool,
    /// For each `-exec … +`, its words and the files gathered.
    gathered: Vec<(Vec<String>, Vec<String>)>,
}

impl Walk {
    async fn exec(&mut self, words: &[String]) -> bool {
        match self.p.spawn(Spawn::new(words.to_vec())) {
            Ok(child) => child.wait().await == 0,
            Err(error) => {
                let name = words.first().map_or("", String::as_str);
                let why = if error.status() == 127 { "No such file or directory" } else { "Permission denied" };
                complain(&self.p, &format!("{}: {why}", quote(&self.p, name))).await;
                false
            }
        }
    }

    fn test(&self, primary: &Primary, found: &Found) -> Option<bool> {
        let metadata = &found.metadata;
        Some(match primary {
            Primary::Name(pattern, false) => glob_match(pattern, &found.name),
            Primary::Name(pattern, true) => glob_match(&pattern.to_lowercase(), &found.name.to_lowercase()),
            Primary::Path(pattern) => glob_match(pattern, &found.path),
            Primary::Regex(regex) => regex.is_match(&found.path),
            Primary::Kind(kinds) => kinds.contains(match metadata.file_type {
                FileType::File => 'f',
                FileType::Directory => 'd',
                FileType::Symlink => 'l',
                FileType::Device => 'c',
                FileType::Socket => 's',
                FileType::Fifo => 'p',
            }),
            Primary::Empty => match metadata.file_type {
                FileType::File => metadata.size == 0,
                FileType::Directory => self.p.read_dir(&found.path).is_ok_and(|entries| entries.is_empty()),
                _ => false,
            },
            Primary::Links(sign, number) => {
                let links = u64::from(metadata.links);
                match sign {
                    '+' => links > *number,
                    '-' => links < *number,
                    _ => links == *number,
                }
            }
            Primary::Same(file) => metadata.identity == *file,
            Primary::Newer(time) => metadata.modified > *time,
            Primary::Size(sign, number, unit) => {
                let bytes = match unit {
                    'c' => 1,
                    'w' => 2,
                    'k' => 1 << 10,
                    'M' => 1 << 20,
                    'G' => 1 << 30,
                    _ => 512,
                };
                compare(*sign, metadata.size.div_ceil(bytes), *number)
            }
            Primary::Age(sign, number, unit) => {
                compare(*sign, self.p.now().since(metadata.modified).as_secs() / unit, *number)
            }
            Primary::Perm(mode, '-') => metadata.mode & mode == *mode,
            Primary::Perm(mode, '/') => *mode == 0 || metadata.mode & mode != 0,
            Primary::Perm(mode, _) => metadata.mode == *mode,
            Primary::User(uid) => metadata.uid == *uid,
            Primary::True => true,
            Primary::False => false,
            _ => return None,
        })
    }

    /// Whether the expression is true of a file; does what it says on the way.
    fn check<'a>(&'a mut self, primary: &'a Primary, found: &'a Found, index: &'a mut usize) -> boxed::Boxed<'a, bool> {
        Box::pin(async move {
            if let Some(result) = self.test(primary, found) {
                return result;
            }
            match primary {
                Primary::Not(inner) => !self.check(inner, found, index).await,
                Primary::And(all) => {
                    let mut result = true;
                    for inner in all {
                        // The count of gathering actions goes on, whether or not they are reached.
                        if result {
                            result = self.check(inner, found, index).await;
                        } else {
                            *index += gathering(inner);
                        }
                    }
                    result
                }
                Primary::Or(all) => {
                    let mut result = false;
                    for inner in all {
                        if result {
                            *index += gathering(inner);
                        } else {
                            result = self.check(inner, found, index).await;
                        }
                    }
                    result
                }
                Primary::Print => {
                    self.p.out(&format!("{}\n", found.path)).await;
                    true
                }
                Primary::Print0 => {
                    self.p.out(&format!("{}\0", found.path)).await;
                    true
                }
                Primary::Ls => {
                    let m = &found.metadata;
                    let (users, groups) = (Names::read(&self.p, "/etc/passwd"), Names::read(&self.p, "/etc/group"));
                    let line = format!(
                        "{:>9} {:>6} {} {:>3} {:<8} {:<8} {:>8} {} {}\n",
                        m.identity.1,
                        blocks(m),
                        mode_text(m),
                        m.links,
                        users.get(m.uid),
                        groups.get(m.gid),
                        m.size,
                        super::listing::date(m.modified, self.p.now()),
                        found.path
                    );
                    self.p.out(&line).await;
                    true
                }
                Primary::Printf(pattern) => {
                    self.p.out(&self.printf(pattern, found)).await;
                    true
                }
                Primary::Delete => {
                    if found.path == "." {
                        return true;
                    }
                    let removed = if found.metadata.is_dir() {
                        self.p.remove_dir(&found.path)
                    } else {
                        self.p.remove_file(&found.path)
                    };
                    if let Err(error) = removed {
                        self.status =
                            fail(&self.p, &format!("cannot delete {}: {error}", quote(&self.p, &found.path))).await;
                        return false;
                    }
                    true
                }
                Primary::Prune => {
                    self.prune = true;
                    true
                }
                Primary::Quit => {
                    self.quit = true;
                    true
                }
                Primary::Exec(words, false) => {
                    let words: Vec<String> = words.iter().map(|word| word.replace("{}", &found.path)).collect();
                    self.exec(&words).await
                }
                Primary::Exec(words, true) => {
                    if self.gathered.len() <= *index {
                        self.gathered.resize(*index + 1, Default::default());
                    }
                    self.gathered[*index].0.clone_from(words);
                    self.gathered[*index].1.push(found.path.clone());
                    *index += 1;
                    true
                }
                _ => true,
            }
        })
    }
}

mod boxed {
    pub(super) type Boxed<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + 'a>>;
}

fn compare(sign: char, value: u64, number: u64) -> bool {
    match sign {
        '+' => value > number,
        '-' => value < number,
        _ => value == number,
    }
}

/// How many `-exec … +` an expression holds.
fn gathering(primary: &Primary) -> usize {
    match primary {
        Primary::Exec(_, true) => 1,
        Primary::Not(inner) => gathering(inner),
        Primary::And(all) | Primary::Or(all) => all.iter().map(gathering).sum(),
        _ => 0,
    }
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let args: Vec<String> = p.args().iter().skip(1).cloned().collect();
    let skipped = args.iter().take_while(|arg| matches!(arg.as_str(), "-H" | "-L" | "-P")).count();
    let follow = args[..skipped].iter().any(|arg| arg == "-L");
    let args = &args[skipped..];
    let is_expression =
        |arg: &String| (arg.starts_with('-') && arg.len() > 1) || matches!(arg.as_str(), "(" | ")" | "!");
    let split = args.iter().position(is_expression).unwrap_or(args.len());
    let mut roots = args[..split].to_vec();
    if roots.is_empty() {
        roots.push(".".to_owned());
    }
    let mut parser = Parser {
        p: &p,
        args: &args[split..],
        at: 0,
        max_depth: usize::MAX,
        min_depth: 0,
        depth_first: false,
        acts: false,
        nesting: 0,
    };
    let expression = match parser.or() {
        Ok(_) if parser.at < parser.args.len() => Err("invalid expression; you have too many ')'".to_owned()),
        expression => expression,
    };
    let expression = match expression {
        Ok(expression) => expression,
        Err(error) => {
            return fail_with(&p, 1, &error).await;
        }
    };
    let (max_depth, min_depth, depth_first, acts) =
        (parser.max_depth, parser.min_depth, parser.depth_first, parser.acts);
    let expression = if acts { expression } else { Primary::And(vec![expression, Primary::Print]) };
    let mut walk = Walk { p: p.clone(), status: Ok(()), prune: false, quit: false, gathered: Vec::new() };
    for root in roots {
        let name = super::basename::base_name(&root).to_owned();
        // Each file, and whether what is below it has been dealt with.
        let mut waiting = vec![(root.clone(), name, 0usize, false)];
        while let Some((path, name, depth, below_done)) = waiting.pop() {
            let metadata = if follow { p.metadata(&path) } else { p.symlink_metadata(&path) };
            let metadata = match metadata.or_else(|_| p.symlink_metadata(&path)) {
                Ok(metadata) => metadata,
                Err(error) => {
                    let shown = if is_busybox(&p) { path.clone() } else { quote(&p, &path) };
                    walk.status = fail(&p, &format!("{shown}: {error}")).await;
                    continue;
                }
            };
            let found = Found { path, name, depth, metadata };
            let visit = depth >= min_depth && (below_done || !depth_first || !found.metadata.is_dir());
            walk.prune = false;
            if visit {
                walk.check(&expression, &found, &mut 0).await;
            }
            if walk.quit {
                break;
            }
            if found.metadata.is_dir() && !below_done && depth < max_depth && depth < 200 && !walk.prune {
                if depth_first {
                    waiting.push((found.path.clone(), found.name.clone(), depth, true));
                }
                match p.read_dir(&found.path) {
                    Ok(entries) => waiting.extend(entries.into_iter().rev().map(|entry| {
                        let below = format!("{}/{}", found.path.trim_end_matches('/'), entry.name);
                        let below = if found.path == "/" { format!("/{}", entry.name) } else { below };
                        (below, entry.name, depth + 1, false)
                    })),
                    Err(error) => {
                        walk.status = fail(&p, &format!("{}: {error}", quote(&p, &found.path))).await;
                    }
                }
            } else if depth_first && found.metadata.is_dir() && !below_done && depth >= max_depth && depth >= min_depth
            {
                walk.check(&expression, &found, &mut 0).await;
            }
        }
        if walk.quit {
            break;
        }
    }
    for (words, files) in std::mem::take(&mut walk.gathered) {
        if files.is_empty() {
            continue;
        }
        let words: Vec<String> = words.into_iter().chain(files).collect();
        if !walk.exec(&words).await {
            walk.status = Err(ExitStatus(1));
        }
    }
    walk.status
}
