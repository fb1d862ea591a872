//! Tables as minikube draws them (tablewriter with pipes).

/// Draws a table: the header centred, numbers to the right, the rest to the left.
pub(super) fn draw(header: &[&str], rows: &[Vec<String>]) -> String {
    let widths: Vec<usize> = header
        .iter()
        .enumerate()
        .map(|(column, title)| {
            let cells = rows.iter().filter_map(|row| row.get(column)).flat_map(|cell| cell.lines());
            cells.map(|line| line.chars().count()).max().unwrap_or(0).max(title.chars().count())
        })
        .collect();
    let rule: String = widths.iter().map(|width| format!("|{}", "-".repeat(width + 2))).collect::<String>() + "|\n";
    let mut text = rule.clone();
    for (title, width) in header.iter().zip(&widths) {
        let free = width - title.chars().count();
        let left = free.div_ceil(2).min(free);
        text.push_str(&format!("| {}{title}{} ", " ".repeat(left), " ".repeat(free - left)));
    }
    text.push_str("|\n");
    text.push_str(&rule);
    for row in rows {
        let lines = row.iter().map(|cell| cell.lines().count()).max().unwrap_or(1).max(1);
        for line in 0..lines {
            for (column, width) in widths.iter().enumerate() {
                let cell = row.get(column).and_then(|cell| cell.lines().nth(line)).unwrap_or_default();
                let free = " ".repeat(width - cell.chars().count());
                let number = !cell.is_empty() && cell.chars().all(|c| c.is_ascii_digit());
                text.push_str(&if number { format!("| {free}{cell} ") } else { format!("| {cell}{free} ") });
            }
            text.push_str("|\n");
        }
    }
    text + &rule
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_table_is_as_wide_as_its_cells() {
        let rows = vec![vec!["default".to_owned(), "my-nginx".to_owned(), "80".to_owned()]];
        assert_eq!(
            super::draw(&["NAMESPACE", "NAME", "TARGET PORT"], &rows),
            "|-----------|----------|-------------|\n\
             | NAMESPACE |   NAME   | TARGET PORT |\n\
             |-----------|----------|-------------|\n\
             | default   | my-nginx |          80 |\n\
             |-----------|----------|-------------|\n"
        );
    }
}
