//! A row of bars, one per minute.

use ratatui::{style::Style, text::Span};

use crate::tui::theme::Theme;

const BLOCKS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const ASCII: [&str; 8] = [".", ":", "-", "=", "+", "*", "#", "@"];

/// A bar per number, as high as its share of `most`. Nothing is a line and no bar; the least is seen.
pub fn row(numbers: &[u64], most: u64, style: Style, theme: &Theme) -> Vec<Span<'static>> {
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
