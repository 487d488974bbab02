//! A line of rates over time, and the SLO under it.

use chrono::{DateTime, Utc};
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    judge::ChartPoint,
    snapshot::{minute_of, minute_start},
    tui::theme::Theme,
};

/// Columns left of the line, for the numbers.
const LABELS: u16 = 7;
/// Columns right of it, for the word SLO.
const TAIL: u16 = 5;

/// What is drawn.
pub struct Chart<'a> {
    /// The rate by minute, oldest first.
    pub points: &'a [ChartPoint],
    /// The worst acceptable rate.
    pub slo: f64,
    /// The window's begin.
    pub from: DateTime<Utc>,
    /// Its end.
    pub to: DateTime<Utc>,
    /// Whether the numbers cannot be relied on.
    pub blind: bool,
}

impl Chart<'_> {
    /// Draws it, the times in the last row.
    pub fn render(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        if area.height < 3 || area.width < LABELS + TAIL + 8 {
            return;
        }
        let plot = Rect { x: area.x + LABELS, width: area.width - LABELS - TAIL, height: area.height - 1, ..area };
        // Braille has two dots across a cell and four down; ASCII has one.
        let (across, down) = if theme.glyphs.braille { (2, 4) } else { (1, 1) };
        let rates = self.rates(usize::from(plot.width) * across);
        let (bottom, top) = self.range(&rates);
        let dots = usize::from(plot.height) * down;
        let height = |rate: f64| {
            let share = ((top - rate) / (top - bottom)).clamp(0.0, 1.0);
            ((share * (dots - 1) as f64).round() as usize).min(dots - 1)
        };
        let row_of = |rate: f64| plot.y + (height(rate) / down) as u16;
        let slo_row = row_of(self.slo);
        for x in plot.left()..plot.right() {
            buffer.set_string(x, slo_row, theme.glyphs.dotted, theme.wait);
        }
        buffer.set_string(plot.right() + 1, slo_row, "SLO", theme.wait);
        let heights: Vec<Option<usize>> = rates.iter().map(|rate| rate.map(height)).collect();
        for column in 0..plot.width {
            let first = usize::from(column) * across;
            self.column(buffer, (plot.x + column, plot.y), first..first + across, &rates, &heights, down, theme);
        }
        for (row, rate) in [(plot.y, top), (plot.bottom() - 1, bottom), (slo_row, self.slo)] {
            buffer.set_string(area.x, row, format!("{:>6}", label(rate, top - bottom)), theme.dim);
        }
        self.times(buffer, Rect { y: area.bottom() - 1, height: 1, ..plot }, theme);
    }

    /// The rate in each of so many equal pieces of the window; None where nothing was tried.
    fn rates(&self, pieces: usize) -> Vec<Option<f64>> {
        let (first, last) = (minute_of(self.from), minute_of(self.to).max(minute_of(self.from) + 1));
        let minutes = (last - first + 1) as u64;
        let pieces_wide = pieces as u64;
        let mut sums = vec![(0_u64, 0_u64); pieces];
        for point in self.points.iter().filter(|point| (first..=last).contains(&point.minute)) {
            let offset = (point.minute - first) as u64;
            // A minute covers every piece that begins in it; where pieces are longer than minutes, the one it is in.
            let begin = offset * pieces_wide / minutes;
            let end = ((offset + 1) * pieces_wide / minutes).max(begin + 1);
            for sum in &mut sums[begin as usize..(end as usize).min(pieces)] {
                *sum = (sum.0 + point.successes.min(point.attempts), sum.1 + point.attempts);
            }
        }
        sums.into_iter().map(|(good, all)| (all > 0).then(|| good as f64 / all as f64)).collect()
    }

    /// From the worst rate seen, or as far below the SLO as it is from 100 %, up to 100 %.
    fn range(&self, rates: &[Option<f64>]) -> (f64, f64) {
        let worst = rates.iter().flatten().fold(2.0 * self.slo - 1.0, |worst, rate| worst.min(*rate));
        (worst.max(0.0), 1.0)
    }

    /// Draws the pieces that lie in one column of cells, each joined to the piece before it.
    #[expect(clippy::too_many_arguments, reason = "one call, in one loop")]
    fn column(
        &self,
        buffer: &mut Buffer,
        (x, y): (u16, u16),
        pieces: std::ops::Range<usize>,
        rates: &[Option<f64>],
        heights: &[Option<usize>],
        down: usize,
        theme: &Theme,
    ) {
        const BRAILLE: [[u32; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];
        // Row, dots, whether it is below the SLO.
        let mut cells: Vec<(usize, u32, bool)> = Vec::with_capacity(4);
        for (side, piece) in pieces.enumerate() {
            let (Some(dot), Some(rate)) = (heights[piece], rates[piece]) else { continue };
            let before = piece.checked_sub(1).and_then(|before| heights[before]).unwrap_or(dot);
            // Up to the height of the piece before, without its own dot.
            let joined = if before < dot { before + 1..=dot } else { dot..=before.saturating_sub(1).max(dot) };
            for dot in joined {
                let bit = BRAILLE[side.min(1)][dot % down % 4];
                match cells.iter_mut().find(|cell| cell.0 == dot / down) {
                    Some(cell) => (cell.1, cell.2) = (cell.1 | bit, cell.2 || rate < self.slo),
                    None => cells.push((dot / down, bit, rate < self.slo)),
                }
            }
        }
        for (row, bits, below) in cells {
            let symbol = if theme.glyphs.braille { char::from_u32(0x2800 + bits).unwrap_or('.') } else { '*' };
            let style = match (self.blind, below) {
                (true, _) => theme.dim,
                (false, true) => theme.bad,
                (false, false) => theme.good,
            };
            buffer.set_string(x, y + row as u16, symbol.encode_utf8(&mut [0; 4]), style);
        }
    }

    /// Round times under the line, as close as they fit.
    fn times(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        const STEPS: [i64; 13] = [1, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440, 10_080];
        let (first, last) = (minute_of(self.from), minute_of(self.to).max(minute_of(self.from) + 1));
        let (format, label_width) = if last - first > 24 * 60 { ("%d %H:%M", 8) } else { ("%H:%M", 5) };
        let columns = i64::from(area.width);
        let fits = |step: &&i64| **step * columns / (last - first) >= label_width + 5;
        let step = STEPS.iter().find(fits).copied().unwrap_or(10_080);
        let mut minute = first + (step - first.rem_euclid(step)) % step;
        while minute <= last {
            let column = (minute - first) * columns / (last - first + 1);
            if column + label_width <= columns + i64::from(TAIL) {
                let x = area.x + u16::try_from(column).unwrap_or(0);
                buffer.set_string(x, area.y, minute_start(minute).format(format).to_string(), theme.dim);
            }
            minute += step;
        }
    }
}

fn label(rate: f64, range: f64) -> String {
    let decimals = if rate >= 1.0 || range > 0.1 {
        0
    } else if range > 0.01 {
        1
    } else {
        2
    };
    format!("{:.decimals$}", rate * 100.0)
}
