//! `find`: finds files by what they are. find(1) of GNU findutils 4.9.0.

use machine::{FileType, Spawn};

use super::listing::{Names, blocks, mode_text};
use super::prelude::*;

/// A test or an action.
enum Primary {
    Name(String, bool),
    Path(String),
    Kind(String),
    Empty,
    Newer(Time),
    Links(char, u64),
    Same((machine::DiskId, u64)),
    Size(char, u64, char),
    /// `-mtime` (a day) or `-mmin` (a minute): the sign, the number, the unit in seconds.
    Age(char, u64, u64),
    Perm(u32, char),
    User(u32),
    Regex(regex_lite::Regex),
    True,
    False,
    Print,
    Print0,
    Ls,
    Printf(String),
    Delete,
    Prune,
    Quit,
    /// The words, and whether it ends in `+`.
    Exec(Vec<String>, bool),
    Not(Box<Primary>),
    And(Vec<Primary>),
    Or(Vec<Primary>),
}

struct Parser<'a> {
    p: &'a Process,
    args: &'a [String],
    at: usize,
    max_depth: usize,
    min_depth: usize,
    depth_first: bool,
    acts: bool,
    nesting: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&str> {
        self.args.get(self.at).map(String::as_str)
    }

    fn or(&mut self) -> Result<Primary, String> {
        self.nesting += 1;
        if self.nesting > 50 {
            return Err("expression nested too deeply".to_owned());
        }
        let mut all = vec![self.and()?];
        while matches!(self.peek(), Some("-o" | "-or")) {
            self.at += 1;
            all.push(self.and()?);
        }
        self.nesting -= 1;
        Ok(if all.len() == 1 { all.remove(0) } else { Primary::Or(all) })
    }

    fn and(&mut self) -> Result<Primary, String> {
        let mut all = Vec::new();
        while let Some(word) = self.peek() {
            match word {
                "-o" | "-or" | ")" => break,
                "-a" | "-and" => self.at += 1,
                _ => all.push(self.primary()?),
            }
        }
        Ok(Primary::And(all))
    }

    fn word(&mut self, option: &str) -> Result<String, String> {
        let word = self.args.get(self.at).cloned().ok_or_else(|| format!("missing argument to `{option}'"))?;
        self.at += 1;
        Ok(word)
    }

    fn number(text: &str, option: &str) -> Result<(char, u64, char), String> {
        let sign = text.chars().next().filter(|c| "+-".contains(*c)).unwrap_or('=');
        let digits = text.trim_start_matches(['+', '-']);
        let unit = digits.chars().last().filter(char::is_ascii_alphabetic).unwrap_or('b');
        let number = digits.trim_end_matches(|c: char| c.is_ascii_alphabetic()).parse();
        number.map(|number| (sign, number, unit)).map_err(|_| format!("invalid argument `{text}' to `{option}'"))
    }

    fn primary(&mut self) -> Result<Primary, String> {
        let word = self.args[self.at].clone();
        self.at += 1;
        Ok(match word.as_str() {
            "!" | "-not" => {
                if self.peek().is_none() {
                    return Err("expected an expression after `!'".to_owned());
                }
                self.nesting += 1;
                if self.nesting > 50 {
                    return Err("expression nested too deeply".to_owned());
                }
                let inner = self.primary()?;
                self.nesting -= 1;
                Primary::Not(Box::new(inner))
            }
            "(" => {
                let inner = self.or()?;
                if self.peek() != Some(")") {
                    return Err(
                        "invalid expression; I was expecting to find a ')' somewhere but did not see one.".to_owned()
                    );
                }
                self.at += 1;
                inner
            }
            "-name" | "-iname" => Primary::Name(self.word(&word)?, word == "-iname"),
            "-path" | "-wholename" => Primary::Path(self.word(&word)?),
            "-regex" => {
                let text = self.word(&word)?;
                let regex = super::pattern::compile(&format!("^{text}$"), super::pattern::Syntax::Basic, false);
                Primary::Regex(
                    regex.map_err(|error| format!("failed to compile regular expression '{text}': {error}"))?,
                )
            }
            "-type" => {
                let kinds = self.word(&word)?;
                if let Some(bad) = kinds.chars().find(|c| !"bcdpflsD,".contains(*c)) {
                    return Err(format!("Unknown argument to -type: {bad}"));
                }
                Primary::Kind(kinds)
            }
            "-empty" => Primary::Empty,
            "-links" => {
                let (sign, number, _) = Self::number(&self.word(&word)?, &word)?;
                Primary::Links(sign, number)
            }
            "-samefile" => {
                let path = self.word(&word)?;
                let metadata =
                    self.p.symlink_metadata(&path).map_err(|error| format!("{}: {error}", quote(self.p, &path)))?;
                Primary::Same(metadata.identity)
            }
            "-newer" => {
                let path = self.word(&word)?;
                let metadata = self.p.metadata(&path).map_err(|error| format!("{}: {error}", quote(self.p, &path)))?;
                Primary::Newer(metadata.modified)
            }
            "-size" => {
                let (sign, number, unit) = Self::number(&self.word(&word)?, &word)?;
                Primary::Size(sign, number, unit)
            }
            "-mtime" | "-mmin" | "-ctime" | "-cmin" | "-atime" | "-amin" => {
                let (sign, number, _) = Self::number(&self.word(&word)?, &word)?;
                Primary::Age(sign, number, if word.ends_with("min") { 60 } else { 86_400 })
            }
            "-perm" => {
                let text = self.word(&word)?;
                let sign = text.chars().next().filter(|c| "-/".contains(*c)).unwrap_or('=');
                let mode = super::chmod::change_mode(text.trim_start_matches(['-', '/']), 0, false);
                Primary::Perm(mode.ok_or_else(|| format!("invalid mode {}", quote(self.p, &text)))?, sign)
            }
            "-user" => {
                let name = self.word(&word)?;
                let number = Names::read(self.p, "/etc/passwd").number(&name).or_else(|| name.parse().ok());
                Primary::User(
                    number.ok_or_else(|| format!("{} is not the name of a known user", quote(self.p, &name)))?,
                )
            }
            "-maxdepth" | "-mindepth" => {
                let text = self.word(&word)?;
                let depth = text.parse().map_err(|_| {
                    format!("Expected a positive decimal integer argument to {word}, but got {}", quote(self.p, &text))
                })?;
                if word == "-maxdepth" {
                    self.max_depth = depth;
                } else {
                    self.min_depth = depth;
                }
                Primary::True
            }
            "-depth" | "-d" => {
                self.depth_first = true;
                Primary::True
            }
            "-mount" | "-xdev" | "-follow" | "-true" | "-daystart" | "-noleaf" => Primary::True,
            "-false" => Primary::False,
            "-prune" => Primary::Prune,
            "-quit" => Primary::Quit,
            "-print" | "-print0" | "-ls" | "-printf" | "-delete" => {
                self.acts = true;
                match word.as_str() {
                    "-print" => Primary::Print,
                    "-print0" => Primary::Print0,
                    "-ls" => Primary::Ls,
                    "-printf" => Primary::Printf(self.word(&word)?),
                    _ => {
                        self.depth_first = true;
                        Primary::Delete
                    }
                }
            }
            "-exec" | "-execdir" | "-ok" => {
                self.acts = true;
                let mut words = Vec::new();
                loop {
                    let next = self.word(&word)?;
                    if next == ";" {
                        break Primary::Exec(words, false);
                    }
                    if next == "+" && words.last().is_some_and(|last| last == "{}") {
                        words.pop();
                        break Primary::Exec(words, true);
                    }
                    words.push(next);
                }
            }
            word if word.starts_with('-') => return Err(format!("unknown predicate `{word}'")),
            word => return Err(format!("paths must precede expression: `{word}'")),
        })
    }
}

/// A file that is looked at.
struct Found {
    path: String,
    name: String,
    depth: usize,
    metadata: Metadata,
}

struct Walk {
    p: Process,
    status: i32,
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
                fail(&self.p, &format!("{}: {why}", quote(&self.p, name))).await;
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

    fn printf(&self, pattern: &str, found: &Found) -> String {
        let m = &found.metadata;
        let (text, _) = machine::libc::escape::unescape(pattern.as_bytes(), false);
        let text = String::from_utf8_lossy(&text).into_owned();
        let mut out = String::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            match chars.next() {
                Some('p') => out.push_str(&found.path),
                Some('f') => out.push_str(&found.name),
                Some('h') => out.push_str(found.path.rsplit_once('/').map_or(".", |(dir, _)| dir)),
                Some('s') => out.push_str(&m.size.to_string()),
                Some('m') => out.push_str(&format!("{:o}", m.mode)),
                Some('M') => out.push_str(&mode_text(m)),
                Some('d') => out.push_str(&found.depth.to_string()),
                Some('u') => out.push_str(&Names::read(&self.p, "/etc/passwd").get(m.uid)),
                Some('g') => out.push_str(&Names::read(&self.p, "/etc/group").get(m.gid)),
                Some('U') => out.push_str(&m.uid.to_string()),
                Some('y') => out.push(match m.file_type {
                    FileType::File => 'f',
                    FileType::Directory => 'd',
                    FileType::Symlink => 'l',
                    FileType::Device => 'c',
                    FileType::Socket => 's',
                    FileType::Fifo => 'p',
                }),
                Some('l') => out.push_str(&self.p.read_link(&found.path).unwrap_or_default()),
                Some('t') => out.push_str(&strftime::format(m.modified, "%a %b %e %H:%M:%S.%N0 %Y")),
                Some('T') => {
                    let pattern = chars
                        .next()
                        .map_or(String::new(), |c| if c == '@' { "%s.%N0".to_owned() } else { format!("%{c}") });
                    out.push_str(&strftime::format(m.modified, &pattern));
                }
                Some('%') => out.push('%'),
                Some(other) => out.extend(['%', other]),
                None => out.push('%'),
            }
        }
        out
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

pub(crate) async fn run(p: Process) -> i32 {
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
            fail(&p, &error).await;
            return 1;
        }
    };
    let (max_depth, min_depth, depth_first, acts) =
        (parser.max_depth, parser.min_depth, parser.depth_first, parser.acts);
    let expression = if acts { expression } else { Primary::And(vec![expression, Primary::Print]) };
    let mut walk = Walk { p: p.clone(), status: 0, prune: false, quit: false, gathered: Vec::new() };
    for root in roots {
        let name = super::basename::base_name(&root).to_owned();
        // Each file, and whether what is below it has been dealt with.
        let mut waiting = vec![(root.clone(), name, 0usize, false)];
        while let Some((path, name, depth, below_done)) = waiting.pop() {
            let metadata = if follow { p.metadata(&path) } else { p.symlink_metadata(&path) };
            let metadata = match metadata.or_else(|_| p.symlink_metadata(&path)) {
                Ok(metadata) => metadata,
                Err(error) => {
                    walk.status = fail(&p, &format!("{}: {error}", quote(&p, &path))).await;
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
            walk.status = 1;
        }
    }
    walk.status
}
