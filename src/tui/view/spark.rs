//! Rows of bars, one bar per minute or per some minutes.

use ratatui::{
    style::Style,
    text::{Line, Span},
};

use chrono::{DateTime, Utc};

use super::line;
use crate::{
    snapshot::{Counts, minute_of},
    tui::theme::Theme,
    units::count,
};

/// How high bars are. Never the whole cell: it would run into the row above; and above the line that they stand on.
const BLOCKS: [&str; 6] = ["▂", "▃", "▄", "▅", "▆", "▇"];
const ASCII: [&str; 6] = [".", ":", "=", "+", "*", "#"];

/// The line that bars stand on: where nothing is, there is no more than that.
fn nothing(theme: &Theme) -> Span<'static> {
    Span::styled(if theme.ascii { "_" } else { "▁" }, theme.frame)
}

/// A bar of this height, counted from one.
fn block(height: usize, style: Style, theme: &Theme) -> Span<'static> {
    let glyphs = if theme.ascii { ASCII } else { BLOCKS };
    Span::styled(glyphs[height.clamp(1, glyphs.len()) - 1], style)
}

/// A bar per number, as high as its share of `most`. The least is seen.
fn row(numbers: &[u64], most: u64, style: Style, theme: &Theme) -> Vec<Span<'static>> {
    let whole = BLOCKS.len();
    let bar = |&n: &u64| match n {
        0 => nothing(theme),
        // Rounded up: one upload of a thousand is one upload.
        n => {
            let height = (u128::from(n) * whole as u128).div_ceil(u128::from(most.max(n)));
            block(usize::try_from(height).unwrap_or(whole), style, theme)
        }
    };
    numbers.iter().map(bar).collect()
}

/// A bar as high as its share of the cell. The least is seen.
pub fn bar(share: f64, style: Style, theme: &Theme) -> Span<'static> {
    match (share.clamp(0.0, 1.0) * BLOCKS.len() as f64).ceil() as usize {
        0 => nothing(theme),
        height => block(height, style, theme),
    }
}

/// Bars on a scale of their own, as high as their share of the most.
pub fn bars(numbers: &[u64], style: Style, theme: &Theme) -> Vec<Span<'static>> {
    row(numbers, numbers.iter().copied().max().unwrap_or(0), style, theme)
}

/// Occurrences in the last `minutes` up to `at`, in at most `cells` parts of the same length, oldest first.
pub fn cells(counts: &Counts, at: DateTime<Utc>, minutes: i64, cells: usize) -> Vec<u64> {
    let room = i64::try_from(cells).unwrap_or(i64::MAX).min(minutes);
    // Parts of whole minutes, all of the same length.
    let Some(parts) = (1..=room).rev().find(|parts| minutes % parts == 0) else { return Vec::new() };
    let (length, end) = (minutes / parts, minute_of(at) + 1);
    (0..parts).map(|i| counts.between(end - (parts - i) * length, end - (parts - i - 1) * length)).collect()
}

/// Both paths by the minute, on one scale: minute, new path, old path; and the number of the last.
pub fn paths(all: &[(i64, u64, u64)], columns: usize, theme: &Theme) -> Vec<Line<'static>> {
    let Some(&(_, gone, back)) = all.last() else { return Vec::new() };
    const LABEL: usize = 20;
    let room = columns.saturating_sub(LABEL + 12);
    let shown = &all[all.len().saturating_sub(room)..];
    let most = shown.iter().map(|(_, gone, back)| *gone.max(back)).max().unwrap_or(0);
    let bars = |label: &str, numbers: Vec<u64>, now: u64, style: Style| {
        let mut spans: Vec<Span> = vec![line::text(format!("{label:<LABEL$}"), theme.dim)];
        spans.extend(row(&numbers, most, style, theme));
        spans.push(line::text(format!("  {}", count(now)), theme.strong));
        line::row(spans, Vec::new(), columns, theme)
    };
    vec![
        bars("new path a minute", shown.iter().map(|minute| minute.1).collect(), gone, theme.bad),
        bars("old path a minute", shown.iter().map(|minute| minute.2).collect(), back, theme.good),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::ThemeName;

    #[test]
    fn the_least_is_seen_and_nothing_is_no_more_than_the_line() {
        let theme = Theme::new(ThemeName::Dark, false, true);
        let spans = row(&[0, 1, 500, 1000], 1000, Style::new(), &theme);
        let text: String = spans.iter().map(|span| span.content.as_ref()).collect();
        assert_eq!(text, "▁▂▄▇");
    }

    #[test]
    fn cells_end_with_the_minute_that_fills_and_are_of_one_length() {
        let at = DateTime::from_timestamp(600 * 60 + 30, 0).unwrap();
        let mut counts = Counts::default();
        for (ago, n) in [(0, 1), (9, 2), (10, 4), (59, 8), (60, 16)] {
            counts.add(at - chrono::TimeDelta::minutes(ago), n);
        }
        assert_eq!(cells(&counts, at, 60, 6), [8, 0, 0, 0, 4, 3]);
        assert_eq!(cells(&counts, at, 60, 7), [8, 0, 0, 0, 4, 3], "an hour has no seven parts of whole minutes");
        assert!(cells(&counts, at, 60, 0).is_empty());
    }
}
