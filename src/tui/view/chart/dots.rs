//! Lines and shades of dots: braille has two across a cell and four down, ASCII one.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::tui::theme::Theme;

const BRAILLE: [[u32; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// The cells that are drawn on, and how fine.
#[derive(Clone, Copy)]
pub struct Dots {
    /// Where.
    pub plot: Rect,
    /// Dots across a cell.
    pub across: usize,
    /// Dots down a cell.
    pub down: usize,
    braille: bool,
}

impl Dots {
    /// As fine as the theme allows.
    pub fn new(plot: Rect, theme: &Theme) -> Self {
        let (across, down) = if theme.glyphs.braille { (2, 4) } else { (1, 1) };
        Self { plot, across, down, braille: theme.glyphs.braille }
    }

    /// Dots from the left to the right.
    pub fn columns(&self) -> usize {
        usize::from(self.plot.width) * self.across
    }

    /// Dots from the top to the bottom.
    pub fn rows(&self) -> usize {
        usize::from(self.plot.height) * self.down
    }

    /// A line through these heights, counted from the top, each joined to the one before it; in the style of each.
    /// Where two styles meet in a cell, the worse one is taken: the later by `rank`.
    pub fn line<R: Ord + Copy>(&self, buffer: &mut Buffer, heights: &[Option<(usize, R)>], style: impl Fn(R) -> Style) {
        for column in 0..usize::from(self.plot.width) {
            // Row, dots, rank.
            let mut cells: Vec<(usize, u32, R)> = Vec::with_capacity(4);
            for side in 0..self.across {
                let piece = column * self.across + side;
                let Some((dot, rank)) = heights.get(piece).copied().flatten() else { continue };
                let before = piece.checked_sub(1).and_then(|before| heights[before]).map_or(dot, |before| before.0);
                // Up to the height of the piece before, without its own dot.
                let joined = if before < dot { before + 1..=dot } else { dot..=before.saturating_sub(1).max(dot) };
                for dot in joined {
                    let bit = BRAILLE[side.min(1)][dot % self.down % 4];
                    match cells.iter_mut().find(|cell| cell.0 == dot / self.down) {
                        Some(cell) => (cell.1, cell.2) = (cell.1 | bit, cell.2.max(rank)),
                        None => cells.push((dot / self.down, bit, rank)),
                    }
                }
            }
            for (row, bits, rank) in cells {
                self.put(buffer, column, row, bits, "*", style(rank));
            }
        }
    }

    /// A light shade over these dots of a column of cells, counted from the top, both ends included.
    pub fn shade(&self, buffer: &mut Buffer, column: usize, (top, bottom): (usize, usize), style: Style) {
        let mut cells: Vec<(usize, u32)> = Vec::new();
        for dot in top..=bottom.min(self.rows().saturating_sub(1)) {
            let (row, within) = (dot / self.down, dot % self.down % 4);
            // One dot of four, and of two where it ends: a shade, and no line.
            let ends = dot == top || dot == bottom;
            if self.braille && dot % 2 == 1 && !ends {
                continue;
            }
            let side = if ends { dot } else { dot / 2 };
            let bits = BRAILLE[side % self.across][within];
            match cells.last_mut() {
                Some(cell) if cell.0 == row => cell.1 |= bits,
                _ => cells.push((row, bits)),
            }
        }
        for (row, bits) in cells {
            self.put(buffer, column, row, bits, ":", style);
        }
    }

    fn put(&self, buffer: &mut Buffer, column: usize, row: usize, bits: u32, plain: &str, style: Style) {
        let (x, y) = (self.plot.x + column as u16, self.plot.y + row as u16);
        // What was there shines through by its style alone, and that would be a lie.
        buffer.set_style(Rect { x, y, width: 1, height: 1 }, Style::reset());
        match char::from_u32(0x2800 + bits).filter(|_| self.braille) {
            Some(dots) => buffer.set_string(x, y, dots.encode_utf8(&mut [0; 4]), style),
            None => buffer.set_string(x, y, plain, style),
        }
    }
}
