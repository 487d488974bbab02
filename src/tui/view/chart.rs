//! A success rate over time as a trailing mean, and its SLO.
//!
//! A minute holds a dozen attempts, so one failure takes it far below any SLO. What is drawn at an instant is the mean
//! of the hour before it, or of as many hours as it takes to see enough attempts.

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

/// Minutes that the mean goes back at least.
const WINDOW: usize = 60;
/// Attempts that the mean takes at least; before there are so many, nothing is drawn.
const FEWEST: u64 = 200;
/// Minutes without any attempt that are a gap in the line.
const GAP: usize = 15;

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
    /// What the line is at its end: the mean of an hour, or of so many attempts; None while there is too little to draw one.
    pub fn mean_of(&self) -> Option<String> {
        let sums = Sums::new(self);
        let end = sums.minutes();
        let begin = sums.window(end)?;
        Some(if end - begin <= WINDOW { "1 h mean".to_owned() } else { format!("mean of {FEWEST}") })
    }

    /// Draws it, the times in the last row.
    pub fn render(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        if area.height < 3 || area.width < LABELS + TAIL + 8 {
            return;
        }
        let plot = Rect { x: area.x + LABELS, width: area.width - LABELS - TAIL, height: area.height - 1, ..area };
        // Braille has two dots across a cell and four down; ASCII has one.
        let (across, down) = if theme.glyphs.braille { (2, 4) } else { (1, 1) };
        let rates = Sums::new(self).rates(usize::from(plot.width) * across);
        let dots = usize::from(plot.height) * down;
        let worst = rates.iter().flatten().copied().fold(1.0, f64::min);
        let (bottom, clipped) = self.bottom(worst, (dots - 1) as f64 / down as f64);
        let height = |rate: f64| {
            let share = ((1.0 - rate) / (1.0 - bottom)).clamp(0.0, 1.0);
            ((share * (dots - 1) as f64).round() as usize).min(dots - 1)
        };
        let slo_row = plot.y + (height(self.slo) / down) as u16;
        for x in plot.left()..plot.right() {
            buffer.set_string(x, slo_row, theme.glyphs.dotted, theme.wait);
        }
        buffer.set_string(plot.right() + 1, slo_row, "SLO", theme.wait);
        let heights: Vec<Option<usize>> = rates.iter().map(|rate| rate.map(height)).collect();
        for column in 0..plot.width {
            let first = usize::from(column) * across;
            self.column(buffer, (plot.x + column, plot.y), first..first + across, &rates, &heights, down, theme);
        }
        let below = if clipped { "<" } else { "" };
        for (row, sign, rate) in [(plot.y, "", 1.0), (plot.bottom() - 1, below, bottom), (slo_row, "", self.slo)] {
            let label = format!("{sign}{}", label(rate, 1.0 - bottom));
            buffer.set_string(area.x, row, format!("{label:>6}"), theme.dim);
        }
        self.times(buffer, Rect { y: area.bottom() - 1, height: 1, ..plot }, theme);
    }

    /// The lowest rate that is drawn, and whether there are lower ones: as far below the SLO as that is from 100 %, or
    /// down to the worst rate, as long as the SLO keeps a row of its own below the top.
    fn bottom(&self, worst: f64, rows: f64) -> (f64, bool) {
        let budget = 1.0 - self.slo;
        let lowest = (1.0 - budget * rows.max(2.0)).max(0.0);
        let bottom = worst.min(1.0 - 2.0 * budget).max(lowest);
        (bottom, worst < bottom)
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

/// Attempts and successes up to each minute of the window.
struct Sums {
    good: Vec<u64>,
    all: Vec<u64>,
    /// For each end, how many minutes ago the last attempt was.
    silent: Vec<usize>,
}

impl Sums {
    fn new(chart: &Chart) -> Self {
        let (first, last) = (minute_of(chart.from), minute_of(chart.to).max(minute_of(chart.from) + 1));
        let minutes = usize::try_from(last - first).unwrap_or(1);
        let (mut good, mut all) = (vec![0; minutes + 1], vec![0; minutes + 1]);
        for point in chart.points.iter().filter(|point| (first..last).contains(&point.minute)) {
            let end = usize::try_from(point.minute - first).unwrap_or(0) + 1;
            good[end] += point.successes.min(point.attempts);
            all[end] += point.attempts;
        }
        let mut silent = vec![GAP + 1; minutes + 1];
        for end in 1..=minutes {
            silent[end] = if all[end] > 0 { 0 } else { silent[end - 1].saturating_add(1) };
            good[end] += good[end - 1];
            all[end] += all[end - 1];
        }
        Self { good, all, silent }
    }

    fn minutes(&self) -> usize {
        self.all.len() - 1
    }

    /// Where the mean that ends here begins; None where there is too little for one.
    fn window(&self, end: usize) -> Option<usize> {
        let before = self.all[end].checked_sub(FEWEST)?;
        let enough = self.all[..=end].partition_point(|all| *all <= before) - 1;
        Some(enough.min(end.saturating_sub(WINDOW)))
    }

    /// The mean at the end of each of so many equal pieces of the window.
    fn rates(&self, pieces: usize) -> Vec<Option<f64>> {
        let minutes = self.minutes();
        let gap = GAP.max(minutes.div_ceil(pieces));
        let at = |piece: usize| {
            let end = ((piece + 1) * minutes).div_ceil(pieces);
            let begin = self.window(end).filter(|_| self.silent[end] <= gap)?;
            let all = self.all[end] - self.all[begin];
            (all > 0).then(|| (self.good[end] - self.good[begin]) as f64 / all as f64)
        };
        (0..pieces).map(at).collect()
    }
}

fn label(rate: f64, range: f64) -> String {
    let decimals = match range {
        _ if rate >= 1.0 || range > 0.1 => 0,
        0.005.. => 1,
        _ => 2,
    };
    format!("{:.decimals$}", rate * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(points: &[ChartPoint]) -> Chart<'_> {
        Chart { points, slo: 0.995, from: minute_start(0), to: minute_start(600), blind: false }
    }

    fn points(attempts: u64, failed: impl Fn(i64) -> u64) -> Vec<ChartPoint> {
        (0..600).map(|minute| ChartPoint { minute, successes: attempts - failed(minute), attempts }).collect()
    }

    #[test]
    fn one_failure_among_a_dozen_is_no_spike() {
        let points = points(12, |minute| u64::from(minute % 60 == 7));
        let rates = Sums::new(&chart(&points)).rates(200);
        assert!(rates[..5].iter().all(Option::is_none), "too few yet");
        assert!(rates[10..].iter().all(|rate| rate.is_some_and(|rate| rate >= 0.995)));
    }

    #[test]
    fn a_gap_is_a_gap_and_a_drop_is_seen_within_the_hour() {
        let mut points = points(12, |minute| if minute >= 400 { 1 } else { 0 });
        points.retain(|point| !(200..300).contains(&point.minute));
        let rates = Sums::new(&chart(&points)).rates(600);
        assert_eq!((rates[199], rates[250], rates[301]), (Some(1.0), None, Some(1.0)));
        assert!(rates[399] == Some(1.0) && rates[460].unwrap() < 0.92);
    }

    #[test]
    fn where_little_is_attempted_the_mean_goes_back_further() {
        let (few, many) = (points(1, |_| 0), points(9, |_| 0));
        assert_eq!(chart(&few).mean_of().as_deref(), Some("mean of 200"));
        assert_eq!(chart(&many).mean_of().as_deref(), Some("1 h mean"));
        assert_eq!(chart(&many[..9]).mean_of(), None);
    }

    #[test]
    fn the_slo_keeps_its_row_however_bad_it_gets() {
        let points = [];
        let chart = chart(&points);
        assert_eq!(chart.bottom(1.0, 6.0), (0.99, false));
        let (bottom, clipped) = chart.bottom(0.3, 6.0);
        assert!(clipped && (bottom - 0.97).abs() < 1e-9);
    }
}
