//! `select name in words`: a menu on standard error, and a turn of the list for each line that is read.

use brush_parser::ast::ForClauseCommand;

use super::parse::SELECT;
use super::{Flow, Shell};

impl Shell {
    pub(super) async fn run_select(&mut self, clause: &ForClauseCommand) -> Result<i32, Flow> {
        let name = clause.variable_name.strip_prefix(SELECT).unwrap_or_default();
        let mut words = Vec::new();
        match &clause.values {
            Some(values) => {
                for value in values {
                    words.extend(self.expand_word(value).await?);
                }
            }
            None => words = self.state.positional.clone(),
        }
        let columns = self.state.get("COLUMNS").and_then(|text| text.parse().ok());
        let menu = menu(&words, columns.unwrap_or_else(|| usize::from(self.process.window().0)));
        let (mut status, mut shown) = (0, false);
        self.state.loops += 1;
        let result = loop {
            if words.is_empty() {
                break Ok(0);
            }
            if let Err(flow) = self.tick().await {
                break Err(flow);
            }
            if !std::mem::replace(&mut shown, true) {
                self.process.err(&menu).await;
            }
            let prompt = self.state.get("PS3").unwrap_or("#? ").to_owned();
            self.process.err(&prompt).await;
            let process = self.process.clone();
            let Some(line) = process.unless_interrupted(process.read_line(0)).await else { break Err(Flow::Interrupt) };
            let Some(line) = line else {
                self.process.out("\n").await;
                break Ok(1);
            };
            let line = String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned();
            self.state.set("REPLY", line.as_str());
            if line.trim().is_empty() {
                shown = false;
                continue;
            }
            let chosen = line.trim().parse::<usize>().ok().and_then(|number| words.get(number.checked_sub(1)?));
            self.assign_or_complain(name, chosen.cloned().unwrap_or_default()).await;
            let body = self.run_list(&clause.body.list).await;
            match self.turn(body, &mut status) {
                Ok(true) => {}
                Ok(false) => break Ok(status),
                Err(flow) => break Err(flow),
            }
        };
        self.state.loops -= 1;
        result
    }
}

/// The words with their numbers, in columns of a terminal so wide.
fn menu(words: &[String], columns: usize) -> String {
    let digits = words.len().to_string().len();
    let widest = words.iter().map(|word| word.chars().count()).max().unwrap_or(0) + digits + 2 + 2;
    let across = (columns / widest).max(1);
    let rows = if across == 1 { words.len() } else { words.len().div_ceil(across) };
    let rows = if rows == 1 { words.len() } else { rows };
    let mut text = String::new();
    for row in 0..rows {
        let mut at = row;
        let mut place = 0;
        while at < words.len() {
            let item = format!("{:>digits$}) {}", at + 1, words[at]);
            place += item.chars().count();
            text.push_str(&item);
            at += rows;
            if at < words.len() {
                let next = place.div_ceil(widest).max(1) * widest;
                text.push_str(&" ".repeat(next - place));
                place = next;
            }
        }
        text.push('\n');
    }
    text
}
