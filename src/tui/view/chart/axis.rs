//! What stands beside and below a chart: rates, and round times.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Chart, TAIL};
use crate::{
    snapshot::{minute_of, minute_start},
    tui::theme::Theme,
};

/// Round times under the line, as close as they fit.
pub fn times(chart: &Chart, buffer: &mut Buffer, area: Rect, theme: &Theme) {
    const STEPS: [i64; 13] = [1, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440, 10_080];
    let (first, last) = (minute_of(chart.from), minute_of(chart.to).max(minute_of(chart.from) + 1));
    let (format, label_width) = if last - first > 24 * 60 { ("%d %H:%M", 8) } else { ("%H:%M", 5) };
    let columns = i64::from(area.width);
    let fits = |step: &&i64| **step * columns / (last - first) >= label_width + 5;
    let step = STEPS.iter().find(fits).copied().unwrap_or(10_080);
    let mut minute = first + (step - first.rem_euclid(step)) % step;
    while minute <= last {
        let column = (minute - first) * columns / (last - first + 1);
        if column + label_width <= columns + i64::from(TAIL) {
            let x = area.x + u16::try_from(column).unwrap_or(0);
            buffer.set_string(x, area.y, chart.times.write(minute_start(minute), format), theme.dim);
        }
        minute += step;
    }
}

/// A rate with as many decimals as tell it from its neighbours.
pub fn label(rate: f64, range: f64) -> String {
    let decimals = match range {
        _ if rate >= 1.0 || range > 0.1 => 0,
        0.005.. => 1,
        _ => 2,
    };
    format!("{:.decimals$}", rate * 100.0)
}
