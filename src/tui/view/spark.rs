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

const BLOCKS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const ASCII: [&str; 8] = [".", ":", "-", "=", "+", "*", "#", "@"];

/// A bar per number, as high as its share of `most`. Nothing is a line and no bar; the least is seen.
fn row(numbers: &[u64], most: u64, style: Style, theme: &Theme) -> Vec<Span<'static>> {
    let glyphs = if theme.ascii { ASCII } else { BLOCKS };
    numbers
        .iter()
        .map(|&n| match n {
            0 => Span::styled(if theme.ascii { "_" } else { theme.glyphs.thin }, theme.dim),
            n => {
                // Rounded up: one upload of a thousand is one upload.
                let height = (u128::from(n) * 8).div_ceil(u128::from(most.max(n))).clamp(1, 8);
                Span::styled(glyphs[usize::try_from(height).unwrap_or(8) - 1], style)
            }
        })
        .collect()
}

/// A bar as high as its share of the cell. Nothing is a line and no bar; the least is seen.
pub fn bar(share: f64, style: Style, theme: &Theme) -> Span<'static> {
    let glyphs = if theme.ascii { ASCII } else { BLOCKS };
    match (share.clamp(0.0, 1.0) * 8.0).ceil() as usize {
        0 => Span::styled(if theme.ascii { "_" } else { theme.glyphs.thin }, theme.dim),
        // Never the whole cell: it would run into the row above.
        height => Span::styled(glyphs[height.min(7) - 1], style),
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
    fn the_least_is_seen_and_nothing_is_no_bar() {
        let theme = Theme::new(ThemeName::Dark, false, true);
        let spans = row(&[0, 1, 500, 1000], 1000, Style::new(), &theme);
        let text: String = spans.iter().map(|span| span.content.as_ref()).collect();
        assert_eq!(text, "─▁▄█");
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
