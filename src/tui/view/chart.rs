//! A success rate over time as a trailing mean, and its SLO.
//!
//! A minute holds a dozen attempts, so one failure takes it far below any SLO. What is drawn at an instant is the mean
//! of the hour before it, or of as many hours as it takes to see enough attempts.

mod axis;
mod dots;
mod mean;

use chrono::{DateTime, TimeDelta, Utc};
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

pub use self::mean::FEWEST;
use self::{dots::Dots, mean::Sums};
use crate::{
    judge::ChartPoint,
    snapshot::{Span, minute_of},
    tui::{theme::Theme, times::Times, words},
    units::duration,
};

/// Columns left of the line, for the numbers.
const LABELS: u16 = 7;
/// Columns right of it, for the word SLO.
const TAIL: u16 = 5;
/// From so many rows on there are numbers between the top, the SLO and the bottom.
const TALL: u16 = 10;

/// What is drawn.
pub struct Chart<'a> {
    /// The rate by minute, oldest first; those before the window are in the mean at its beginning.
    pub points: &'a [ChartPoint],
    /// The worst acceptable rate.
    pub slo: f64,
    /// The window's begin.
    pub from: DateTime<Utc>,
    /// Its end.
    pub to: DateTime<Utc>,
    /// Whether the numbers cannot be relied on.
    pub blind: bool,
    /// Minutes that the mean goes back at least.
    pub mean: usize,
    /// What the rate could be, by column of the plot; empty where that is not drawn.
    pub band: Vec<Option<(f64, f64)>>,
    /// When telemetry had no data, oldest first.
    pub gaps: &'a [Span],
    /// Instants that get a line of their own, down to the axis.
    pub marks: Vec<DateTime<Utc>>,
    /// How instants are written.
    pub times: Times,
}

impl<'a> Chart<'a> {
    /// The mean of an hour, from then until then; nothing but the line and the SLO.
    pub fn new(points: &'a [ChartPoint], slo: f64, from: DateTime<Utc>) -> Self {
        let (to, blind, band, marks, times) = (from, false, Vec::new(), Vec::new(), Times::default());
        Self { points, slo, from, to, blind, mean: 60, band, gaps: &[], marks, times }
    }

    /// What the line is at its end: the mean of so long, or of so many attempts; None while there is too little to draw one.
    pub fn mean_of(&self) -> Option<String> {
        let sums = Sums::new(self);
        let begin = sums.window(sums.end(), self.mean)?;
        let span = duration(TimeDelta::minutes(self.mean as i64));
        Some(if sums.end() - begin <= self.mean { format!("{span} mean") } else { format!("mean of {FEWEST}") })
    }

    /// Where the line is in an area; none where there is no room for one.
    pub fn plot(area: Rect) -> Option<Rect> {
        (area.height >= 3 && area.width >= LABELS + TAIL + 8).then(|| Rect {
            x: area.x + LABELS,
            width: area.width - LABELS - TAIL,
            height: area.height - 1,
            ..area
        })
    }

    /// The column of the plot that this instant is in; none outside of the window. The minute before it is in its first:
    /// what happened there is why the window begins where it does.
    pub fn column(&self, at: DateTime<Utc>, columns: u16) -> Option<u16> {
        let (first, last) = (self.from.timestamp(), self.to.timestamp().max(self.from.timestamp() + 1));
        let at = if (first - 60..first).contains(&at.timestamp()) { first } else { at.timestamp() };
        let columns = i64::from(columns);
        let column = ((at - first) * columns / (last - first)).min(columns - 1);
        u16::try_from(column).ok().filter(|_| (first..=last).contains(&at))
    }

    /// Draws it, the times in the last row.
    pub fn render(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let Some(plot) = Self::plot(area) else { return };
        let dots = Dots::new(plot, theme);
        let sums = Sums::new(self);
        let rates = self.seen(sums.rates(dots.columns()));
        let last = dots.rows() - 1;
        let worst = rates.iter().flatten().copied().fold(1.0, f64::min);
        let (bottom, clipped) = self.bottom(worst, last as f64 / dots.down as f64);
        let height = |rate: f64| {
            let share = ((1.0 - rate) / (1.0 - bottom)).clamp(0.0, 1.0);
            ((share * last as f64).round() as usize).min(last)
        };
        for (column, band) in self.band.iter().enumerate().take(usize::from(plot.width)) {
            // Where there is a gap nothing is known of it either; nor where the counts are in doubt.
            let here = column * dots.across..(column + 1) * dots.across;
            let seen = !self.blind && rates[here].iter().any(Option::is_some);
            let Some((low, high)) = band.filter(|_| seen) else { continue };
            // Quieter than the line in it.
            dots.shade(buffer, column, (height(high), height(low)), theme.frame);
        }
        for x in self.marks.iter().filter_map(|at| self.column(*at, plot.width)) {
            for y in plot.top()..plot.bottom() {
                buffer.set_string(plot.x + x, y, theme.glyphs.frame[5], theme.dim);
            }
        }
        let slo_row = plot.y + (height(self.slo) / dots.down) as u16;
        buffer.set_style(Rect { y: slo_row, height: 1, ..plot }, Style::reset());
        for x in plot.left()..plot.right() {
            buffer.set_string(x, slo_row, theme.glyphs.dotted, theme.wait);
        }
        buffer.set_string(plot.right() + 1, slo_row, "SLO", theme.wait);
        let heights: Vec<Option<(usize, bool)>> =
            rates.iter().map(|rate| rate.map(|rate| (height(rate), rate < self.slo))).collect();
        dots.line(buffer, &heights, |below| match (self.blind, below) {
            (true, _) => theme.dim,
            (false, true) => theme.bad,
            (false, false) => theme.good,
        });
        self.gaps(buffer, plot, &rates, &sums.attempts(dots.columns()), dots.across, theme);
        let below = if clipped { "<" } else { "" };
        let mut rows = vec![(plot.y, "", 1.0), (plot.bottom() - 1, below, bottom), (slo_row, "", self.slo)];
        if plot.height >= TALL {
            let free = |row: &u16| rows.iter().all(|(taken, ..)| row.abs_diff(*taken) > 1);
            let between: Vec<u16> = (plot.top()..plot.bottom()).step_by(4).filter(free).collect();
            let rate = |row: u16| 1.0 - f64::from(row - plot.y) / f64::from(plot.height - 1) * (1.0 - bottom);
            rows.extend(between.into_iter().map(|row| (row, "", rate(row))));
        }
        for (row, sign, rate) in rows {
            let label = format!("{sign}{}", axis::label(rate, 1.0 - bottom));
            buffer.set_string(area.x, row, format!("{label:>6}"), theme.dim);
        }
        axis::times(self, buffer, Rect { y: area.bottom() - 1, height: 1, ..plot }, theme);
    }

    /// Without what lies in a gap of the data.
    fn seen(&self, mut rates: Vec<Option<f64>>) -> Vec<Option<f64>> {
        let pieces = rates.len();
        for piece in self.gaps.iter().flat_map(|gap| self.pieces(*gap, pieces)) {
            rates[piece] = None;
        }
        rates
    }

    /// The pieces of the window that lie whole in a stretch of time.
    fn pieces(&self, (begin, end): Span, pieces: usize) -> std::ops::Range<usize> {
        let whole = (self.to - self.from).num_seconds().max(1) as f64;
        let place = |at: DateTime<Utc>| (at - self.from).num_seconds() as f64 / whole * pieces as f64;
        let first = place(begin).ceil().clamp(0.0, pieces as f64) as usize;
        first..(place(end).floor().clamp(0.0, pieces as f64) as usize).max(first)
    }

    /// Says of each gap that is wide enough what is missing there.
    fn gaps(
        &self,
        buffer: &mut Buffer,
        plot: Rect,
        rates: &[Option<f64>],
        attempts: &[u64],
        across: usize,
        theme: &Theme,
    ) {
        // The panel of the overview has no room for it.
        if self.band.is_empty() {
            return;
        }
        let missing = |column: usize| rates[column * across..(column + 1) * across].iter().all(Option::is_none);
        let columns = usize::from(plot.width);
        let mut column = 0;
        while column < columns {
            let begin = column;
            while column < columns && missing(column) {
                column += 1;
            }
            let pieces = begin * across..column * across;
            let in_gap = |piece| self.gaps.iter().any(|gap| self.pieces(*gap, rates.len()).contains(&piece));
            let word = match () {
                () if pieces.clone().any(in_gap) => "no data",
                () if attempts[pieces].iter().any(|n| *n > 0) => "too few",
                () => "no attempts",
            };
            let width = words::width(word);
            if column - begin > width + 1 {
                let x = plot.x + (begin + (column - begin - width) / 2) as u16;
                buffer.set_string(x, plot.y + plot.height / 2, word, theme.dim);
            }
            column += 1;
        }
    }

    /// The lowest rate that is drawn, and whether there are lower ones: as far below the SLO as that is from 100 %, or
    /// down to the worst rate, as long as the SLO keeps a row of its own below the top.
    fn bottom(&self, worst: f64, rows: f64) -> (f64, bool) {
        let budget = 1.0 - self.slo;
        let lowest = (1.0 - budget * rows.max(2.0)).max(0.0);
        let bottom = worst.min(1.0 - 2.0 * budget).max(lowest);
        (bottom, worst < bottom)
    }

    /// Where each column of the plot ends, in minutes.
    pub fn ends(&self, columns: u16) -> Vec<i64> {
        let (first, last) = (minute_of(self.from), minute_of(self.to).max(minute_of(self.from) + 1));
        (1..=i64::from(columns))
            .map(|column| first + (column * (last - first) + i64::from(columns) - 1) / i64::from(columns))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::minute_start;

    #[test]
    fn the_slo_keeps_its_row_however_bad_it_gets() {
        let chart = Chart::new(&[], 0.995, minute_start(0));
        assert_eq!(chart.bottom(1.0, 6.0), (0.99, false));
        let (bottom, clipped) = chart.bottom(0.3, 6.0);
        assert!(clipped && (bottom - 0.97).abs() < 1e-9);
    }

    #[test]
    fn an_instant_has_a_column_within_the_window_alone() {
        let chart = Chart { to: minute_start(60), ..Chart::new(&[], 0.995, minute_start(0)) };
        let column = |minute| chart.column(minute_start(minute), 30);
        assert_eq!(
            [column(-2), column(0), column(30), column(60), column(61)],
            [None, Some(0), Some(15), Some(29), None]
        );
    }

    #[test]
    fn what_lies_in_a_gap_of_the_data_is_not_drawn() {
        let gaps = [(minute_start(20), minute_start(40))];
        let chart = Chart { to: minute_start(60), gaps: &gaps, ..Chart::new(&[], 0.995, minute_start(0)) };
        let seen = chart.seen(vec![Some(1.0); 6]);
        assert_eq!(seen, [Some(1.0), Some(1.0), None, None, Some(1.0), Some(1.0)]);
    }
}
