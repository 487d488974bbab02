//! The row below the chart that says where exposure changed.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::super::chart::Chart;
use crate::{
    judge::{Turn, Turned},
    tui::{theme::Theme, words},
};

/// Draws each change in its column with as many words as fit beside it; the worse of two that meet.
pub fn render(chart: &Chart, turns: &[Turn], buffer: &mut Buffer, area: Rect, theme: &Theme) {
    let mut placed: Vec<(u16, &Turn, usize)> = Vec::new();
    for turn in turns {
        let Some(column) = chart.column(turn.at, area.width) else { continue };
        match placed.last_mut() {
            Some(last) if last.0 == column => {
                let worse = if weight(turn.what) >= weight(last.1.what) { turn } else { last.1 };
                *last = (column, worse, last.2 + 1);
            }
            _ => placed.push((column, turn, 1)),
        }
    }
    if placed.is_empty() {
        let text = words::fit("exposure did not change here", usize::from(area.width), theme.glyphs.ellipsis);
        buffer.set_string(area.x, area.y, text, theme.dim);
        return;
    }
    let mut free = 0;
    for (i, (column, turn, many)) in placed.iter().enumerate() {
        let style = style(turn.what, theme);
        buffer.set_string(area.x + column, area.y, theme.glyphs.here, style);
        let end = placed.get(i + 1).map_or(area.width, |next| next.0);
        let column = usize::from(*column);
        let label = label(turn, *many);
        let width = words::width(&label);
        // To its right, else to its left where nothing stands yet.
        if column + 2 + width <= usize::from(end) {
            buffer.set_string(area.x + (column + 2) as u16, area.y, &label, style);
            free = column + 2 + width + 1;
            continue;
        }
        if column > free + width {
            buffer.set_string(area.x + (column - width - 1) as u16, area.y, &label, style);
        }
        free = column + 2;
    }
}

/// `advance 2`; `rollback`; `drift +2` where more happened in the same column.
fn label(turn: &Turn, many: usize) -> String {
    let stage = match (turn.what, &turn.stage) {
        (Turned::RolledBack | Turned::Drifted | Turned::Restored, _) | (_, None) => String::new(),
        (_, Some((index, _))) => format!(" {index}"),
    };
    let more = if many > 1 { format!(" +{}", many - 1) } else { String::new() };
    format!("{}{stage}{more}", turn.what.word())
}

/// How much it matters that it is seen.
fn weight(what: Turned) -> u8 {
    match what {
        Turned::Watched => 0,
        Turned::Advanced | Turned::Restored | Turned::Adopted => 1,
        Turned::Reduced => 2,
        Turned::Drifted => 3,
        Turned::RolledBack => 4,
    }
}

fn style(what: Turned, theme: &Theme) -> Style {
    match what {
        Turned::RolledBack => theme.bad,
        Turned::Drifted | Turned::Reduced => theme.wait,
        Turned::Watched | Turned::Advanced | Turned::Restored | Turned::Adopted => theme.accent,
    }
}
