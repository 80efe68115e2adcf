//! A table of texts in Markdown: the first column is a name, the others are figures.

pub struct Grid {
    rows: Vec<Vec<String>>,
}

impl Grid {
    /// A table with these columns, the first of which has no name unless one is given.
    pub fn new(head: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let head = head.into_iter().map(Into::into).collect();
        Grid { rows: vec![head] }
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Prints it below its title.
    pub fn print(&self, title: &str) {
        println!("### {title}\n\n{}", self.markdown());
    }

    fn markdown(&self) -> String {
        let figures = self.rows[0].len() - 1;
        let rule = format!("|---|{}\n", "---:|".repeat(figures));
        let mut lines: Vec<String> = self.rows.iter().map(|row| line(row)).collect();
        lines.insert(1, rule);
        lines.concat()
    }
}

fn line(cells: &[String]) -> String {
    let mut line = String::from("|");
    for cell in cells {
        line.push(' ');
        line.push_str(cell);
        line.push_str(if cell.is_empty() { "|" } else { " |" });
    }
    line.push('\n');
    line
}
