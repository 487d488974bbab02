//! What a promotion rests on beside telemetry: automated gate, checklist, evidence, sign-off.

use ratatui::{Frame, layout::Rect, text::Line};

use super::panel;
use crate::tui::model::Model;

/// How many lines can be selected.
pub fn length(_model: &Model) -> usize {
    0
}

/// Draws the full screen.
pub fn render_screen(frame: &mut Frame, area: Rect, model: &Model) {
    panel::open(frame, area, "Readiness", Vec::new(), &model.theme);
}

/// Title and detail of the selected line.
pub fn selected(_model: &Model, _columns: usize) -> Option<(String, Vec<Line<'static>>)> {
    None
}
