//! Storage and attach: what telemetry counts beside the primary rate, class by class.

use ratatui::{Frame, layout::Rect};

use super::tallies;
use crate::tui::model::Model;

/// Draws the full screen.
pub fn render_screen(frame: &mut Frame, area: Rect, model: &Model) {
    tallies::render(frame, area, model);
}
