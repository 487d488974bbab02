//! Output as lines to be shown: without control sequences, and of a bounded length. Pure.

use crate::text::clean;

/// A longer line is shown in several.
const LONGEST: usize = 4096;

/// Takes bytes in as they come, and gives lines out.
#[derive(Debug, Default)]
pub struct Lines {
    begun: Vec<u8>,
}

impl Lines {
    /// The lines that these bytes end. What a carriage return would overwrite is a line, too.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        for &byte in bytes {
            match byte {
                b'\n' | b'\r' => lines.extend(self.end()),
                byte => self.begun.push(byte),
            }
            if self.begun.len() >= LONGEST {
                lines.extend(self.end());
            }
        }
        lines
    }

    /// The line that was begun and never ended, if there is one.
    pub fn end(&mut self) -> Option<String> {
        let begun = std::mem::take(&mut self.begun);
        if begun.is_empty() {
            return None;
        }
        let text = String::from_utf8_lossy(&begun);
        let text = anstream::adapter::strip_str(&text).to_string();
        Some(clean(text.trim_end()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_whole_however_the_bytes_come() {
        let text = b"\x1b[32m[a] first\x1b[0m\r\nR\xc3\xa9sult: \x1b]0;title\x07PASS\x07\n10 %\r20 %\rend";
        for size in 1..text.len() {
            let mut lines = Lines::default();
            let mut all: Vec<String> = text.chunks(size).flat_map(|chunk| lines.push(chunk)).collect();
            all.extend(lines.end());
            assert_eq!(all, ["[a] first", "R\u{e9}sult: PASS", "10 %", "20 %", "end"], "{size}");
        }
    }

    #[test]
    fn a_line_without_an_end_takes_no_memory() {
        let mut lines = Lines::default();
        let out = lines.push(&vec![b'x'; 3 * LONGEST + 5]);
        assert_eq!((out.len(), lines.begun.len()), (3, 5));
    }
}
