//! The writes that will be made, in order.

use ratatui::{style::Style, text::Line};

use super::line;
use crate::tui::{dialog::PlanSeen, theme::Theme};

/// The name that stands before the first of them.
const LABEL: &str = "writes   ";

/// Each write in its order; or that they are being read; or why there is no plan.
pub fn rows(plan: &PlanSeen, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
    match &plan.answer {
        None => {
            let text = format!("reading what will be written {}", theme.glyphs.ellipsis);
            vec![Line::from(vec![line::text(LABEL, theme.dim), line::text(text, theme.wait)])]
        }
        Some(Err(fault)) => {
            let label = format!("{} no plan  ", theme.glyphs.fail);
            line::paragraph(&label, theme.bad, &fault.to_string(), Style::new(), columns)
        }
        Some(Ok(plan)) if plan.writes.is_empty() => {
            line::paragraph(LABEL, theme.dim, "nothing: the store has it like this already", Style::new(), columns)
        }
        Some(Ok(plan)) => {
            let mut rows = Vec::new();
            for (i, write) in plan.writes.iter().enumerate() {
                let label = format!("{}{:<3}", if i == 0 { LABEL } else { "         " }, i + 1);
                rows.extend(line::paragraph(&label, theme.dim, &write.title, Style::new(), columns));
            }
            rows
        }
    }
}
