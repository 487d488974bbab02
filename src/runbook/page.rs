//! Plain text for a terminal or a page: headings, hanging indents, lines that end in time.

use unicode_width::UnicodeWidthStr;

/// Columns a line may fill.
const WIDTH: usize = 92;

/// Text under layout.
#[derive(Default)]
pub(super) struct Page(String);

impl Page {
    /// The laid out text.
    pub fn into_text(self) -> String {
        self.0
    }

    /// A section's heading, a free line before it.
    pub fn heading(&mut self, text: &str) {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        self.line(0, "", &text.to_uppercase());
    }

    /// A free line.
    pub fn gap(&mut self) {
        self.0.push('\n');
    }

    /// `text` after `mark`, both `indent` columns in; lines that follow begin below the first letter of `text`.
    pub fn line(&mut self, indent: usize, mark: &str, text: &str) {
        let hang = indent + mark.width();
        let mut line = " ".repeat(indent) + mark;
        let mut column = hang;
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let space = usize::from(column > hang);
            if column > hang && column + space + word.width() > WIDTH {
                self.push(&line);
                line = " ".repeat(hang);
                column = hang;
            } else if space == 1 {
                line.push(' ');
                column += 1;
            }
            line.push_str(word);
            column += word.width();
        }
        self.push(&line);
    }

    /// A named fact, its text in a column of its own.
    pub fn fact(&mut self, indent: usize, name: &str, text: &str) {
        const NAME: usize = 13;
        self.line(indent, &format!("{name:<NAME$}"), text);
    }

    /// One line with a dash for each text.
    pub fn dashes(&mut self, indent: usize, texts: impl IntoIterator<Item = impl AsRef<str>>) {
        for text in texts {
            self.line(indent, "- ", text.as_ref());
        }
    }

    /// One numbered line for each text.
    pub fn numbers(&mut self, indent: usize, texts: impl IntoIterator<Item = impl AsRef<str>>) {
        for (index, text) in texts.into_iter().enumerate() {
            self.line(indent, &format!("{:>2}. ", index + 1), text.as_ref());
        }
    }

    fn push(&mut self, line: &str) {
        self.0.push_str(line.trim_end());
        self.0.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::Page;

    #[test]
    fn lines_end_in_time_and_hang_below_their_text() {
        let mut page = Page::default();
        page.line(2, "- ", &"word ".repeat(30));
        let text = page.into_text();
        assert_eq!(text.lines().count(), 2);
        assert!(text.lines().all(|line| line.len() <= super::WIDTH));
        assert!(text.lines().nth(1).unwrap().starts_with("    word"));
    }

    #[test]
    fn a_word_wider_than_the_page_has_a_line_of_its_own_and_is_not_cut() {
        let mut page = Page::default();
        let long = "x".repeat(200);
        page.line(0, "", &format!("a {long} b"));
        assert_eq!(page.into_text(), format!("a\n{long}\nb\n"));
    }
}
