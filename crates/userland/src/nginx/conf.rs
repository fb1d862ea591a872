//! nginx's configuration, as far as its directives are simulated.

use std::borrow::Cow;

/// A directive: its name, its words, and the block after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Directive {
    /// The name.
    pub name: String,
    /// The words after it.
    pub args: Vec<String>,
    /// What is in its braces.
    pub block: Option<Vec<Directive>>,
    /// Where it ends, or its block begins: `/etc/nginx/nginx.conf:12`.
    pub place: String,
}

/// One `location`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Location {
    /// `=`, `^~`, `~`, `~*`, or nothing for a prefix.
    pub modifier: String,
    /// What it matches.
    pub path: String,
    /// Replaces the location's path: `alias`.
    pub alias: Option<String>,
    /// The settings inside it.
    pub settings: Settings,
}

/// What can be set for a server and for a location.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Settings {
    /// Where files are.
    pub root: Option<String>,
    /// Names of index files.
    pub index: Vec<String>,
    /// `return CODE [TEXT or URL]`.
    pub returns: Option<(u16, String)>,
    /// `default_type`.
    pub default_type: Option<String>,
    /// `add_header`.
    pub headers: Vec<(String, String)>,
    /// `try_files`.
    pub try_files: Vec<String>,
    /// `autoindex on`.
    pub autoindex: bool,
    /// `proxy_pass`, and where it stands.
    pub proxy_pass: Option<(String, String)>,
    /// `rewrite`: pattern, replacement, and `last`, `break`, `redirect`, `permanent` or nothing. A location has its own only.
    pub rewrites: Vec<(String, String, String)>,
    /// `set`.
    pub variables: Vec<(String, String)>,
    /// `resolver`, and where it stands.
    pub resolver: Option<(String, String)>,
    /// `proxy_set_header`.
    pub proxy_headers: Vec<(String, String)>,
    /// Whether `error_page` sends this code somewhere.
    pub error_pages: Vec<(u16, String)>,
}

/// One `server`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Server {
    /// The ports it listens on.
    pub ports: Vec<u16>,
    /// Those of them at which it speaks TLS.
    pub secure_ports: Vec<u16>,
    /// The file of `ssl_certificate`.
    pub certificate: Option<String>,
    /// `server_name`.
    pub names: Vec<String>,
    /// Settings outside any location.
    pub settings: Settings,
    /// Its locations.
    pub locations: Vec<Location>,
}

/// A word, whether it was quoted, and its line.
type Word<'a> = (Cow<'a, str>, bool, usize);

/// The words of a text. `{`, `}` and `;` are words of their own; the last one is empty.
fn words<'a>(text: &'a str, path: &str) -> Result<Vec<Word<'a>>, String> {
    let mut words = Vec::new();
    let mut line = 1;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\n' => line += 1,
            c if c.is_whitespace() => {}
            '#' => while chars.next_if(|(_, c)| *c != '\n').is_some() {},
            '{' | '}' | ';' => words.push((Cow::Borrowed(&text[at..at + 1]), false, line)),
            '"' | '\'' => {
                let mut word = String::new();
                loop {
                    match chars.next().map(|(_, c)| c) {
                        None => {
                            return Err(format!("unexpected end of file, expecting \";\" or \"}}\" in {path}:{line}"));
                        }
                        Some('\\') => match chars.next().map(|(_, c)| c) {
                            Some('n') => word.push('\n'),
                            Some('t') => word.push('\t'),
                            Some(c) => word.push(c),
                            None => {}
                        },
                        Some(end) if end == c => break,
                        Some(c) => {
                            line += usize::from(c == '\n');
                            word.push(c);
                        }
                    }
                }
                words.push((Cow::Owned(word), true, line));
            }
            first => {
                // `${name}` keeps its braces.
                let (mut end, mut last, mut variable) = (text.len(), first, false);
                while let Some(&(next, c)) = chars.peek() {
                    let opens = c == '{' && last == '$';
                    if c.is_whitespace() || c == ';' || (c == '{' && !opens) || (c == '}' && !variable) {
                        end = next;
                        break;
                    }
                    variable |= opens;
                    last = c;
                    chars.next();
                }
                words.push((Cow::Borrowed(&text[at..end]), false, line));
            }
        }
    }
    words.push((Cow::Borrowed(""), true, line));
    Ok(words)
}

/// Reads one file. The error is nginx's, without `nginx: [emerg] `.
pub(super) fn parse(text: &str, path: &str) -> Result<Vec<Directive>, String> {
    let words = words(text, path)?;
    let mut stack: Vec<(Directive, Vec<Directive>)> = Vec::new();
    let mut here: Vec<Directive> = Vec::new();
    let mut current: Vec<String> = Vec::new();
    for (index, (word, quoted, line)) in words.iter().enumerate() {
        if index + 1 == words.len() {
            if !current.is_empty() {
                return Err(format!("unexpected end of file, expecting \";\" or \"}}\" in {path}:{line}"));
            }
            if !stack.is_empty() {
                return Err(format!("unexpected end of file, expecting \"}}\" in {path}:{line}"));
            }
            break;
        }
        match &**word {
            ";" | "{" if !quoted && current.is_empty() => {
                return Err(format!("unexpected \"{word}\" in {path}:{line}"));
            }
            ";" if !quoted => {
                let name = current.remove(0);
                let place = format!("{path}:{line}");
                here.push(Directive { name, args: std::mem::take(&mut current), block: None, place });
            }
            "{" if !quoted => {
                if stack.len() > 16 {
                    return Err(format!("too deep nesting in {path}:{line}"));
                }
                let name = current.remove(0);
                let place = format!("{path}:{line}");
                let directive = Directive { name, args: std::mem::take(&mut current), block: None, place };
                stack.push((directive, std::mem::take(&mut here)));
            }
            "}" if !quoted => {
                if !current.is_empty() {
                    return Err(format!("unexpected \"}}\" in {path}:{line}"));
                }
                let Some((mut directive, outer)) = stack.pop() else {
                    return Err(format!("unexpected \"}}\" in {path}:{line}"));
                };
                directive.block = Some(std::mem::replace(&mut here, outer));
                here.push(directive);
            }
            word => current.push(word.to_owned()),
        }
    }
    Ok(here)
}

impl Settings {
    fn set(&mut self, directive: &Directive) {
        let args = &directive.args;
        let first = args.first().cloned();
        match directive.name.as_str() {
            "root" => self.root = first,
            "index" => self.index.clone_from(args),
            "default_type" => self.default_type = first,
            "try_files" => self.try_files.clone_from(args),
            "autoindex" => self.autoindex = first.as_deref() == Some("on"),
            "proxy_pass" => self.proxy_pass = first.map(|target| (target, directive.place.clone())),
            "set" => {
                if let [name, value, ..] = args.as_slice() {
                    self.variables.push((name.trim_start_matches('$').to_owned(), value.clone()));
                }
            }
            "rewrite" => {
                if let [pattern, to, flag @ ..] = args.as_slice() {
                    self.rewrites.push((pattern.clone(), to.clone(), flag.first().cloned().unwrap_or_default()));
                }
            }
            "resolver" => self.resolver = first.map(|server| (server, directive.place.clone())),
            "proxy_set_header" => {
                if let [name, value, ..] = args.as_slice() {
                    self.proxy_headers.push((name.clone(), value.clone()));
                }
            }
            "add_header" => {
                if let [name, value, ..] = args.as_slice() {
                    self.headers.push((name.clone(), value.clone()));
                }
            }
            "error_page" => {
                if let Some((target, codes)) = args.split_last() {
                    let codes = codes.iter().filter_map(|code| code.parse().ok());
                    self.error_pages.extend(codes.map(|code| (code, target.clone())));
                }
            }
            "return" => {
                let code = first.as_deref().and_then(|code| code.parse().ok());
                self.returns = Some(match code {
                    Some(code) => (code, args.get(1).cloned().unwrap_or_default()),
                    None => (302, first.unwrap_or_default()),
                });
            }
            _ => {}
        }
    }

    /// This, with what is not set here taken from `outer`.
    pub(super) fn within(&self, outer: &Settings) -> Settings {
        let mut inner = self.clone();
        inner.root = inner.root.or_else(|| outer.root.clone());
        inner.default_type = inner.default_type.or_else(|| outer.default_type.clone());
        inner.autoindex |= outer.autoindex;
        inner.resolver = inner.resolver.or_else(|| outer.resolver.clone());
        inner.variables = [outer.variables.as_slice(), &inner.variables].concat();
        if inner.index.is_empty() {
            inner.index.clone_from(&outer.index);
        }
        if inner.headers.is_empty() {
            inner.headers.clone_from(&outer.headers);
        }
        if inner.proxy_headers.is_empty() {
            inner.proxy_headers.clone_from(&outer.proxy_headers);
        }
        if inner.error_pages.is_empty() {
            inner.error_pages.clone_from(&outer.error_pages);
        }
        if inner.try_files.is_empty() && inner.proxy_pass.is_none() {
            inner.try_files.clone_from(&outer.try_files);
        }
        inner
    }
}

/// The servers of a parsed configuration whose includes have been put in.
pub(super) fn servers(directives: &[Directive]) -> Vec<Server> {
    let Some(http) = directives.iter().find(|directive| directive.name == "http").and_then(|http| http.block.as_ref())
    else {
        return Vec::new();
    };
    let mut outer = Settings::default();
    http.iter().for_each(|directive| outer.set(directive));
    let blocks = http.iter().filter(|directive| directive.name == "server");
    blocks
        .map(|block| {
            let mut server = Server::default();
            for directive in block.block.iter().flatten() {
                match directive.name.as_str() {
                    "listen" => {
                        let address = directive.args.first().map_or("", String::as_str);
                        let port = address.rsplit(':').next().unwrap_or(address);
                        let port = port.parse().unwrap_or(80);
                        if !server.ports.contains(&port) {
                            server.ports.push(port);
                        }
                        if directive.args.iter().any(|arg| arg == "ssl") {
                            server.secure_ports.push(port);
                        }
                    }
                    "ssl_certificate" => server.certificate = directive.args.first().cloned(),
                    "server_name" => server.names.clone_from(&directive.args),
                    "location" => {
                        let mut location = Location::default();
                        match directive.args.as_slice() {
                            [path] => location.path.clone_from(path),
                            [modifier, path, ..] => {
                                location.modifier.clone_from(modifier);
                                location.path.clone_from(path);
                            }
                            [] => continue,
                        }
                        for inner in directive.block.iter().flatten() {
                            if inner.name == "alias" {
                                location.alias = inner.args.first().cloned();
                            }
                            location.settings.set(inner);
                        }
                        server.locations.push(location);
                    }
                    _ => server.settings.set(directive),
                }
            }
            if server.ports.is_empty() {
                server.ports.push(80);
            }
            server.settings = server.settings.within(&outer);
            server
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_comes_apart() {
        let text = "http { # all\n server { listen 8080; listen [::]:8080; server_name a b;\n location / { root /x; index \
                    i.html; }\n location = /ok { return 200 \"fine; {really}\\n\"; } } }";
        let servers = servers(&parse(text, "f").unwrap());
        assert_eq!(servers.len(), 1);
        assert_eq!((servers[0].ports.as_slice(), servers[0].names.len()), (&[8080][..], 2));
        assert_eq!(servers[0].locations[0].settings.root.as_deref(), Some("/x"));
        assert_eq!(servers[0].locations[1].settings.returns, Some((200, "fine; {really}\n".to_owned())));
        for (bad, error) in [
            ("a {", "unexpected end of file, expecting \"}\" in f:1"),
            ("a", "unexpected end of file, expecting \";\" or \"}\" in f:1"),
            ("a;\n}", "unexpected \"}\" in f:2"),
            (";", "unexpected \";\" in f:1"),
        ] {
            assert_eq!(parse(bad, "f"), Err(error.to_owned()), "{bad}");
        }
    }
}
