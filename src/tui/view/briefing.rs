//! For a shared screen: the call, the stage, each gate in one line, and the poll.

use ratatui::{Frame, layout::Rect};

use super::panel;
use crate::tui::model::Model;

/// Draws the full screen.
pub fn render_screen(frame: &mut Frame, area: Rect, model: &Model) {
    panel::open(frame, area, "Briefing", Vec::new(), &model.theme);
}
