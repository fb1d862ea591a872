//! Go's text/tabwriter: cells end with tabs, a column is as wide as its widest cell in lines that follow each other.

/// How wide columns are.
#[derive(Clone, Copy, Debug)]
pub struct Tabs {
    /// The smallest width of a column, padding included.
    pub min_width: usize,
    /// Spaces behind the widest cell.
    pub padding: usize,
}

/// How `kubectl get` prints tables.
pub const GET: Tabs = Tabs { min_width: 6, padding: 3 };
/// How `kubectl describe` prints.
pub const DESCRIBE: Tabs = Tabs { min_width: 0, padding: 2 };

/// Aligns the cells of a text.
pub fn align(text: &str, tabs: Tabs) -> String {
    write(text, tabs, None)
}

/// Aligns the cells of a table, no column narrower than what is remembered; remembers the columns' widths (a watch prints
/// its rows one by one).
pub fn align_with(text: &str, tabs: Tabs, remembered: &mut Vec<usize>) -> String {
    write(text, tabs, Some(remembered))
}

fn write(text: &str, tabs: Tabs, remembered: Option<&mut Vec<usize>>) -> String {
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    let mut writer = Writer { lines, tabs, widths: Vec::new(), remembered, out: String::new() };
    let count = writer.lines.len();
    writer.format(0, count);
    if !text.ends_with('\n') && writer.out.ends_with('\n') {
        writer.out.pop();
    }
    writer.out
}

struct Writer<'a> {
    lines: Vec<Vec<&'a str>>,
    tabs: Tabs,
    widths: Vec<usize>,
    remembered: Option<&'a mut Vec<usize>>,
    out: String,
}

impl Writer<'_> {
    fn format(&mut self, start: usize, end: usize) {
        let column = self.widths.len();
        let (mut from, mut line) = (start, start);
        while line < end {
            if column + 1 >= self.lines[line].len() {
                line += 1;
                continue;
            }
            self.write(from, line);
            from = line;
            let mut width = self.tabs.min_width;
            while line < end && column + 1 < self.lines[line].len() {
                width = width.max(self.lines[line][column].chars().count() + self.tabs.padding);
                line += 1;
            }
            if let Some(remembered) = &mut self.remembered {
                match remembered.get_mut(column) {
                    Some(known) => {
                        width = width.max(*known);
                        *known = width;
                    }
                    None => remembered.push(width),
                }
            }
            self.widths.push(width);
            self.format(from, line);
            self.widths.pop();
            from = line;
        }
        self.write(from, end);
    }

    fn write(&mut self, start: usize, end: usize) {
        for line in start..end {
            for (column, cell) in self.lines[line].iter().enumerate() {
                self.out.push_str(cell);
                if let Some(width) = self.widths.get(column) {
                    let padding = width.saturating_sub(cell.chars().count());
                    // The last cell of a line is in no column.
                    if column + 1 < self.lines[line].len() {
                        self.out.extend(std::iter::repeat_n(' ', padding));
                    }
                }
            }
            self.out.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_in_blocks() {
        assert_eq!(align("NAME\tREADY\na-long-name\t1/1\n", GET), "NAME          READY\na-long-name   1/1\n");
        assert_eq!(align("0\t5s\n", GET), "0     5s\n");
        assert_eq!(
            align("Name:\tx\nAnnotations:\t<none>\nEvents:\n  Type\tReason\n  Normal\tY\n", DESCRIBE),
            "Name:         x\nAnnotations:  <none>\nEvents:\n  Type    Reason\n  Normal  Y\n"
        );
        assert_eq!(align("a\tb\t\n", GET), "a     b     \n");
        let mut widths = Vec::new();
        assert_eq!(
            align_with("NAME\tAGE\nlonger-name\t1s\n", GET, &mut widths),
            "NAME          AGE\nlonger-name   1s\n"
        );
        assert_eq!(align_with("b\t2s\n", GET, &mut widths), "b             2s\n");
    }
}
