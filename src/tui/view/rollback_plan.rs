//! The rollback, before it is needed: what calls for it, its steps, and how far the one is that stands.

use ratatui::{Frame, layout::Rect};

use super::triggers;
use crate::tui::model::Model;

/// Draws the full screen.
pub fn render_screen(frame: &mut Frame, area: Rect, model: &Model) {
    triggers::render(frame, area, model);
}
