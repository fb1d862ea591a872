//! Aliases: the first word of a command replaced by text.

use brush_parser::ast::{Command, CommandSuffix, SimpleCommand};

use super::{Shell, parse};

impl Shell {
    /// The commands that an aliased command stands for; `None` if its first word is no alias. An alias whose text is not
    /// plain commands joined by `;` is left alone.
    pub(crate) fn aliased(&self, command: &SimpleCommand) -> Option<Vec<SimpleCommand>> {
        let first = command.word_or_name.as_ref()?;
        if !self.state.options.expand_aliases || !self.state.aliases.contains_key(&first.value) {
            return None;
        }
        let mut seen: Vec<String> = Vec::new();
        let mut commands = vec![command.clone()];
        while let Some(word) = commands.first().and_then(|first| first.word_or_name.as_ref()) {
            let name = word.value.clone();
            if seen.contains(&name) {
                break;
            }
            let Some(text) = self.state.aliases.get(&name) else { break };
            let mut found = Vec::new();
            for list in parse(&format!("{text}\n")).ok()?.complete_commands {
                for item in list.0 {
                    match item.0.first.seq.as_slice() {
                        [Command::Simple(simple)] if item.0.additional.is_empty() => found.push(simple.clone()),
                        _ => return None,
                    }
                }
            }
            let old = commands.remove(0);
            let last = found.last_mut()?;
            let mut suffix = last.suffix.take().map_or_else(Vec::new, |suffix| suffix.0);
            suffix.extend(old.suffix.map_or_else(Vec::new, |suffix| suffix.0));
            last.suffix = if suffix.is_empty() { None } else { Some(CommandSuffix(suffix)) };
            if let (Some(first), Some(prefix)) = (found.first_mut(), old.prefix)
                && first.prefix.is_none()
            {
                first.prefix = Some(prefix);
            }
            found.extend(commands);
            commands = found;
            seen.push(name);
        }
        if seen.is_empty() { None } else { Some(commands) }
    }
}
