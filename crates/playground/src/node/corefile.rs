//! What of a Corefile the name server here acts on: which zone a name is of, and of its plugins `log`, `hosts`, `rewrite name`,
//! `kubernetes` and `forward`.
//!
//! <https://coredns.io/manual/configuration/>

use std::net::Ipv4Addr;

/// The plugins of one server block, as their lines: the words of each, and those of the lines within its braces.
#[derive(Default, Debug)]
pub(super) struct Block {
    zones: Vec<String>,
    plugins: Vec<Plugin>,
}

#[derive(Default, Debug)]
struct Plugin {
    words: Vec<String>,
    inner: Vec<Vec<String>>,
}

/// What `hosts` knows of a name.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Hosts {
    /// These addresses.
    Known(Vec<Ipv4Addr>),
    /// Nothing, and nobody else is asked: there is no `fallthrough`.
    Failed,
    /// Nothing.
    Next,
}

/// Reads the block that serves a name: that of the longest zone the name is in.
pub(super) fn block_for(text: &str, name: &str) -> Option<Block> {
    let mut best: Option<(usize, Block)> = None;
    for block in blocks(text) {
        let fits = |zone: &&String| zone.is_empty() || name == **zone || name.ends_with(&format!(".{zone}"));
        let longest = block.zones.iter().filter(fits).map(String::len).max();
        if let Some(length) = longest.filter(|length| best.as_ref().is_none_or(|(before, _)| before < length)) {
            best = Some((length, block));
        }
    }
    best.map(|(_, block)| block)
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut depth = 0;
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let mut words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let closes = words.first().is_some_and(|word| word == "}");
        let opens = words.last().is_some_and(|word| word == "{");
        words.retain(|word| word != "{" && word != "}");
        match (depth, blocks.last_mut()) {
            (0, _) if opens => {
                let zone =
                    |word: &String| word.split(':').next().unwrap_or_default().trim_end_matches('.').to_lowercase();
                blocks.push(Block { zones: words.iter().map(zone).collect(), plugins: Vec::new() });
            }
            (1, Some(block)) if !words.is_empty() => block.plugins.push(Plugin { words, inner: Vec::new() }),
            (2.., Some(block)) if !words.is_empty() => {
                if let Some(plugin) = block.plugins.last_mut() {
                    plugin.inner.push(words);
                }
            }
            _ => {}
        }
        if closes {
            depth -= 1;
        }
        if opens {
            depth += 1;
        }
    }
    blocks
}

impl Block {
    fn plugins<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Plugin> {
        self.plugins.iter().filter(move |plugin| plugin.words.first().is_some_and(|word| word == name))
    }

    /// Whether a plugin is there.
    pub fn has(&self, name: &str) -> bool {
        self.plugins(name).next().is_some()
    }

    /// The name that is looked up in the place of another: the first `rewrite name` that fits, whose rule may stand in braces
    /// together with what becomes of the answer.
    pub fn rewritten(&self, name: &str) -> Option<String> {
        self.plugins("rewrite").find_map(|plugin| {
            let inner = plugin.inner.iter().find(|words| words[0] == "name");
            let mut words: Vec<&str> =
                plugin.words[1..].iter().chain(inner.into_iter().flatten()).map(String::as_str).collect();
            words.retain(|word| !matches!(*word, "stop" | "continue"));
            let bare = |word: &str| word.trim_end_matches('.').to_lowercase();
            match words.as_slice() {
                ["name", "suffix", from, to, ..] => {
                    let stem = name.strip_suffix(bare(from).as_str())?;
                    Some(format!("{stem}{}", bare(to)))
                }
                ["name", "prefix", from, to, ..] => {
                    let rest = name.strip_prefix(from.to_lowercase().as_str())?;
                    Some(format!("{}{rest}", to.to_lowercase()))
                }
                ["name", "substring", from, to, ..] => {
                    let from = from.to_lowercase();
                    name.contains(&from).then(|| name.replace(&from, &to.to_lowercase()))
                }
                ["name", "regex", pattern, to, ..] => matched(name, pattern, to),
                ["name", "exact", from, to, ..] => (bare(from) == name).then(|| bare(to)),
                ["name", from, to, ..] => (bare(from) == name).then(|| bare(to)),
                _ => None,
            }
        })
    }

    /// What the lines of `hosts { … }` say of a name.
    pub fn hosts(&self, name: &str) -> Hosts {
        let mut found = Vec::new();
        let mut last = false;
        for plugin in self.plugins("hosts") {
            last |= !plugin.inner.iter().any(|words| words[0] == "fallthrough");
            for words in &plugin.inner {
                if let Ok(address) = words[0].parse()
                    && words[1..].iter().any(|known| known.trim_end_matches('.').eq_ignore_ascii_case(name))
                {
                    found.push(address);
                }
            }
        }
        match (found.is_empty(), last) {
            (false, _) => Hosts::Known(found),
            (true, true) => Hosts::Failed,
            (true, false) => Hosts::Next,
        }
    }
}

/// What `rewrite name regex` makes of a name, which it sees with the dot at its end: `{1}` is the first group.
#[inline(never)]
fn matched(name: &str, pattern: &str, to: &str) -> Option<String> {
    let whole = format!("{name}.");
    let groups = regex_lite::Regex::new(pattern).ok()?.captures(&whole)?;
    let mut made = to.to_owned();
    for (number, group) in groups.iter().enumerate() {
        made = made.replace(&format!("{{{number}}}"), group.map_or("", |group| group.as_str()));
    }
    Some(made.trim_end_matches('.').to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = ".:53 {\n    log\n    rewrite name foo.example.com web.default.svc.cluster.local\n    rewrite name suffix .old. \
        .default.svc.cluster.local.\n    hosts {\n       10.1.1.1 a.example.com b.example.com # two\n       fallthrough\n    }\n    kubernetes \
        cluster.local {\n       pods insecure\n    }\n}\nexample.org:53 {\n    hosts {\n        10.2.2.2 x.example.org\n    }\n}\n";

    #[test]
    fn a_name_is_served_by_its_zones_block() {
        let root = block_for(FILE, "a.example.com").unwrap();
        assert!(root.has("log") && root.has("kubernetes") && !root.has("forward"));
        assert_eq!(root.hosts("b.example.com"), Hosts::Known(vec![Ipv4Addr::new(10, 1, 1, 1)]));
        assert_eq!(root.hosts("c.example.com"), Hosts::Next);
        assert_eq!(root.rewritten("foo.example.com").as_deref(), Some("web.default.svc.cluster.local"));
        assert_eq!(root.rewritten("web.old").as_deref(), Some("web.default.svc.cluster.local"));
        assert_eq!(root.rewritten("bar.example.com"), None);
        let other = block_for(FILE, "y.example.org").unwrap();
        assert_eq!((other.hosts("y.example.org"), other.has("log")), (Hosts::Failed, false));
        assert!(block_for("", "a").is_none());
    }

    #[test]
    fn names_are_rewritten_by_parts_and_by_patterns() {
        for (rule, name, wanted) in [
            ("name prefix old- new-", "old-a.example.com", Some("new-a.example.com")),
            ("name substring .dev. .prod.", "a.dev.example.com", Some("a.prod.example.com")),
            (
                r"name regex (.*)\.my\.company {1}.default.svc.cluster.local",
                "web.my.company",
                Some("web.default.svc.cluster.local"),
            ),
            (r"name regex (.*)-(eu)\.example\.com\.$ {2}.{1}.test answer auto", "a-eu.example.com", Some("eu.a.test")),
            ("stop {\n name regex (.*)[.]old {1}.new\n answer auto\n}", "a.old", Some("a.new")),
            (r"name regex (.*)\.my\.company {1}.test", "web.my.org", None),
        ] {
            let block = block_for(&format!(".:53 {{\n rewrite {rule}\n}}\n"), name).unwrap();
            assert_eq!(block.rewritten(name).as_deref(), wanted, "{rule}");
        }
    }
}
