//! Rows of bars, one bar per minute.

use ratatui::{
    style::Style,
    text::{Line, Span},
};

use super::line;
use crate::{tui::theme::Theme, units::count};

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
}
